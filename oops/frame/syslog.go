package frame

import "strings"

// takeSyslog: the time, host and tag that syslog daemons and journalctl put in front. Known forms:
//
//	May  3 12:34:56 host kernel: text       RFC 3164, journalctl -o short
//	2024-05-03T12:34:56.123456+02:00 host kernel: text    RFC 3339 (rsyslog), journalctl -o short-iso[-precise]
//	2024-05-03T12:34:56,123456+02:00 text   dmesg --time-format iso, CI runners' own time
func takeSyslog(l *Line, s string) (string, bool) {
	if l.Format&(Stamp|Record) != 0 || len(s) < 15 {
		return s, false
	}
	n := rfc3339Len(s)
	if n == 0 {
		n = rfc3164Len(s)
	}
	if n == 0 {
		return s, false
	}
	if l.Time == "" {
		l.Time = s[:n]
	}
	rest := strings.TrimPrefix(s[n:], " ")
	if _, ok := afterRunner(rest); ok {
		return rest, true
	}
	return takeHost(l, rest), true
}

// rfc3164Len is the length of "May  3 12:34:56" at the start of s (also with fractions, or a year before or behind the
// clock), 0 if s does not begin so. journalctl and dmesg write the month in the user's language, OpenWrt's logread puts
// the day of the week before it.
func rfc3164Len(s string) int {
	i := dateWord(s)
	if i == 0 {
		return 0
	}
	weekday := false
	if n := dateWord(s[i:]); n > 0 {
		i += n
		weekday = true
	}
	n := digitRun(s[i:])
	if n == 0 || n > 2 || i+n >= len(s) || s[i+n] != ' ' {
		return 0
	}
	i += n + 1
	if len(s) > i+5 && digitRun(s[i:]) == 4 && s[i+4] == ' ' {
		i += 5
	}
	if !isClock(s[i:]) {
		return 0
	}
	i += 8
	if i < len(s) && s[i] == '.' {
		i += 1 + digitRun(s[i+1:])
	}
	if weekday && len(s) > i+5 && s[i] == ' ' && digitRun(s[i+1:]) == 4 && s[i+5] == ' ' {
		i += 5
	}
	if i < len(s) && s[i] != ' ' && s[i] != ':' {
		return 0
	}
	return i
}

// dateWord is the length of a word that can be the name of a month or a day, with the blanks behind it; 0 if there is
// none: letters of any language, a number in front or a dot behind ("7月", "juil.").
func dateWord(s string) int {
	const longest = 24 // bytes
	i, letters := 0, 0
	for i < len(s) && i < longest && s[i] != ' ' {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= 0x80:
			letters++
		case c >= '0' && c <= '9' && i < 2, c == '.' && letters > 1:
		default:
			return 0
		}
		i++
	}
	if letters < 2 || i == len(s) || i == longest {
		return 0
	}
	for i < len(s) && s[i] == ' ' {
		i++
	}
	return i
}

// rfc3339Len is the length of "2024-05-03T12:34:56.123456+02:00" and its relatives ('T' or a space, '.' or ',', "Z",
// "+0200", "+02:00" or nothing), 0 if s does not begin so.
func rfc3339Len(s string) int {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != ' ' ||
		digitRun(s) != 4 || digitRun(s[5:]) != 2 || digitRun(s[8:]) != 2 || !isClock(s[11:]) {
		return 0
	}
	i := 19
	if i < len(s) && (s[i] == '.' || s[i] == ',') {
		i += 1 + digitRun(s[i+1:])
	}
	if i < len(s) && s[i] == 'Z' {
		i++
	} else if i+4 < len(s) && (s[i] == '+' || s[i] == '-') {
		j := i + 1
		for j < len(s) && (s[j] >= '0' && s[j] <= '9' || s[j] == ':') {
			j++
		}
		i = j
	}
	if i < len(s) && s[i] != ' ' {
		return 0
	}
	return i
}

// takeHost: "host kernel: ", "host tag[123]: ", "host " in front of a printk time, or nothing.
func takeHost(l *Line, s string) string {
	if strings.HasPrefix(s, "[") || strings.HasPrefix(s, " ") {
		return s
	}
	first, rest, _ := strings.Cut(s, " ")
	if isPriority(first) {
		first, rest, _ = strings.Cut(rest, " ")
	}
	if tag, ok := tagOf(first); ok && surely(first, tag) {
		l.Tag = tag
		return rest
	}
	if !isHost(first) {
		return s
	}
	rest1 := strings.TrimLeft(rest, " ")
	if strings.HasPrefix(rest1, "[") && (stampLen(rest1) > 0 || dateLen(rest1) > 0) {
		l.Host = first
		return rest1
	}
	second, after, _ := strings.Cut(rest, " ")
	if isPriority(second) {
		second, after, _ = strings.Cut(after, " ")
	}
	if tag, ok := tagOf(second); ok && (surely(second, tag) || !kernelWords[first]) {
		l.Host, l.Tag = first, tag
		return after
	}
	return s
}

// surely says that a word with a colon is a tag wherever it stands: it is the kernel's, or has a process behind it.
// Others ("RAX:", "opcode:") may be the kernel's own words behind a runner's time.
func surely(word, tag string) bool { return tag == kernelTag || len(word) > len(tag)+1 }

// kernelTag is what daemons write before the kernel's own lines.
const kernelTag = "kernel"

// kernelWords begin lines of the kernel whose second word has a colon ("invalid opcode:", "Kernel Offset:"): no hosts.
var kernelWords = map[string]bool{
	"invalid": true, "divide": true, "double": true, "stack": true, "alignment": true, "Internal": true, "Kernel": true,
	"Krnl": true, "Call": true, "Instruction": true, "Failing": true, "Unhandled": true, "Faulting": true, "machine": true,
	"Data": true, "Memory": true, "Stack": true, "Hardware": true, "Bad": true, "Mem": true,
}

// isPriority: "kern.warn", which busybox and OpenWrt's logread write before the tag.
func isPriority(w string) bool {
	facility, level, ok := strings.Cut(w, ".")
	if !ok || len(facility) < 3 || len(facility) > 8 {
		return false
	}
	switch level {
	case "emerg", "alert", "crit", "err", "error", "warn", "warning", "notice", "info", "debug":
		return true
	}
	return false
}

// tagOf: "kernel:" or "systemd[1]:".
func tagOf(w string) (string, bool) {
	w, ok := strings.CutSuffix(w, ":")
	if !ok || w == "" || len(w) > 64 {
		return "", false
	}
	if i := strings.IndexByte(w, '['); i > 0 && strings.HasSuffix(w, "]") {
		w = w[:i]
	}
	for i := range len(w) {
		c := w[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || i > 0 && (c == '-' || c == '_' || c == '.' || c == '/') ||
			c >= 'A' && c <= 'Z' && w != "BUG" && w != "WARNING" && w != "INFO" && w != "RIP" && w != "UBSAN" {
			continue
		}
		return "", false
	}
	// What looks like a tag may be the kernel's own word where the daemon wrote none.
	switch w {
	case "BUG", "WARNING", "INFO", "RIP", "EIP", "UBSAN", "Oops",
		"Code", "Stack", "CPU", "Pid", "Call", "CR2", "RSP", "PANIC":
		return "", false
	}
	return w, true
}

// isHost: a host name or an address, not a word of the kernel's.
func isHost(w string) bool {
	if w == "" || len(w) > 255 || strings.HasSuffix(w, ":") && !strings.Contains(w, "::") {
		return false
	}
	for i := range len(w) {
		c := w[i]
		if c < 0x80 && !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			c == '-' || c == '.' || c == '_' || c == ':') {
			return false
		}
	}
	return true
}
