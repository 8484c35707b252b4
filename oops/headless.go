package oops

import (
	"strings"
)

// headlessRule stands for a crash whose first line was lost.
var headlessRule = rule{kind: Other, sev: SevOops, title: "crash in {F}"}

// userCode says that line i is the Code: line of a program. A line just above it was about a fault in user space, and
// no crash of the kernel waits for code; or registers follow that come behind the crash's trace.
func (b *builder) userCode(i int, text string) bool {
	if !strings.HasPrefix(text, "Code: ") {
		return false
	}
	if b.cur != nil {
		for j := i + 1; j < min(i+3, len(b.lines)); j++ {
			next := strings.TrimSpace(b.lines[j].Text)
			if row, _ := rowOf(next); row != noRow && row < arm64LR && b.cur.behindTrace(next) {
				return true
			}
		}
		if b.cur.c.IP.Known() {
			return false
		}
	}
	for j := max(0, i-6); j < i; j++ {
		if userFault(b.lines[j].Text) {
			return true
		}
	}
	return false
}

// userFault says that a line is about a fault in user space: "nginx[123]: segfault at 0 ip 0000… sp … error 4",
// "traps: foo[12] general protection fault ip:… sp:…". The Code: line behind it is the program's.
func userFault(text string) bool {
	return strings.Contains(text, " ip") && strings.Contains(text, " sp") &&
		(strings.Contains(text, "segfault at ") || strings.Contains(text, "traps: ") ||
			strings.Contains(text, " trap ") || strings.Contains(text, "general protection"))
}

// headlessStart says that a line proves a crash whose head was lost.
func headlessStart(text string) bool {
	if strings.HasPrefix(text, "Code: ") {
		return codeOpen(strings.TrimRight(firstUnits(text[len("Code: "):]), " ."), "00")
	}
	k, loc, _ := parsePlace(text)
	if k == placeIP &&
		(loc.Symbol != "" || strings.HasPrefix(text, "RIP: 0010:") || strings.HasPrefix(text, "EIP")) {
		return true
	}
	return text == "Call Trace:" || text == "Call trace:"
}

// firstUnits cuts a list of bytes to what tells that it is one.
func firstUnits(s string) string {
	const enough = 24
	if len(s) > enough {
		s = s[:enough]
		if i := strings.LastIndexByte(s, ' '); i > 0 {
			s = s[:i]
		}
	}
	return s
}
