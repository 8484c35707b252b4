package frame

import (
	"bytes"
	"strconv"
	"strings"
)

// takeRecord: a record of /dev/kmsg or of extended netconsole (Documentation/ABI/testing/dev-kmsg,
// Documentation/networking/netconsole.rst):
//
//	[release,]level,seq,usec,flag[,key=value…];text
//
// and the dictionary lines that may follow it (" SUBSYSTEM=net", " cpu=3").
func takeRecord(l *Line, s string) (string, bool) {
	if l.Format&(Record|Stamp) != 0 {
		return s, false
	}
	if rest, ok := takeDict(l, s); ok {
		return rest, true
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return s, false
	}
	head, text, ok := strings.Cut(s, ";")
	if !ok || len(head) > 512 || strings.Count(head, ",") < 3 {
		return s, false
	}
	f := strings.Split(head, ",")
	if digitRun(f[0]) != len(f[0]) || f[0] == "" {
		if !isRelease(f[0]) {
			return s, false
		}
		l.Release = f[0]
		f = f[1:]
	}
	if len(f) < 4 {
		return s, false
	}
	for _, v := range f[:3] {
		if v == "" || len(v) > 18 || digitRun(v) != len(v) {
			return s, false
		}
	}
	if f[3] != "-" && f[3] != "c" && f[3] != "+" {
		return s, false
	}
	l.Level = atoi(f[0]) & 7
	l.Seq = int64(atoi(f[1]))
	l.Usec = int64(atoi(f[2]))
	if l.Time == "" {
		l.Time = strconv.FormatInt(l.Usec/1e6, 10) + "." + padded(l.Usec%1e6)
	}
	for _, kv := range f[4:] {
		if v, ok := strings.CutPrefix(kv, "caller="); ok {
			l.Caller = v
		}
		if v, ok := strings.CutPrefix(kv, "cpu="); ok { // package netconsole puts it here
			l.takeCPU(v)
		}
	}
	text, escaped := unescapeRecord(text)
	if escaped {
		l.Format |= Escape
	}
	return text, true
}

// netlogBytes takes off the header that netconsole of RHEL 4 (2.6.9) puts before each message that it sends to netlog:
// version 4, a number, the code 2 and an offset, the last three of four bytes each with the highest first. A number
// that has a line end in it ends the row, so that the rest of the header begins the next.
func netlogBytes(b []byte) []byte {
	const header, rest = 13, 8 // bytes: of the header, and of its code and offset
	if len(b) == 0 || b[0] != 4 && b[0] != 0 {
		return b
	}
	code := [4]byte{3: 2}
	if len(b) >= header-1 && b[0] == 4 && b[1] == 0 && bytes.Equal(b[5:9], code[:]) {
		return b[min(header, len(b)):]
	}
	if len(b) >= rest && bytes.Equal(b[:4], code[:]) && b[4] == 0 {
		return b[rest:]
	}
	return b
}

func padded(usec int64) string {
	s := strconv.FormatInt(usec, 10)
	return strings.Repeat("0", 6-len(s)) + s
}

// isRelease: the uname -r that the 'r' option puts first; a dot tells it from a level.
func isRelease(s string) bool {
	return len(s) > 2 && len(s) < 65 && s[0] >= '0' && s[0] <= '9' &&
		strings.IndexByte(s, '.') > 0 && !strings.ContainsAny(s, " \t[")
}

// takeDict: " KEY=value" with one space in front.
func takeDict(l *Line, s string) (string, bool) {
	if l.Format != 0 || len(s) < 4 || s[0] != ' ' {
		return s, false
	}
	k, v, ok := strings.Cut(s[1:], "=")
	if !ok || k == "" {
		return s, false
	}
	switch k {
	case "SUBSYSTEM", "DEVICE", "taskname", "release", "msgid":
	case "cpu":
		l.takeCPU(v)
	default:
		return s, false
	}
	l.Format |= Dict
	return "", true
}

func (l *Line) takeCPU(v string) {
	if n := digitRun(v); n > 0 && n < 6 {
		l.CPU = atoi(v[:n])
	}
}

// unescapeRecord undoes the \xHH escapes of kmsg records. Line ends survive (the record is split there), other
// control bytes are dropped.
func unescapeRecord(s string) (string, bool) {
	if !strings.Contains(s, `\x`) {
		return s, false
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' && hexRun(s[i+2:i+4]) == 2 {
			v, _ := strconv.ParseUint(s[i+2:i+4], 16, 8) // two hex digits
			if c := byte(v); c == '\n' || c == '\t' || c >= 0x20 && c != 0x7f {
				b.WriteByte(c)
			}
			i += 4
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String(), true
}
