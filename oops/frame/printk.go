package frame

import "strings"

// takeStamp: "[   12.345678] " of CONFIG_PRINTK_TIME (kernel/printk, since 2.6.11), "[Mon May  3 12:34:56 2021] "
// of dmesg -T in any language, and "[T123]" callers that share the bracket in some trees.
func takeStamp(l *Line, s string) (string, bool) {
	t := s
	for t != "" && (t[0] == ' ' || t[0] == '\t') {
		t = t[1:]
	}
	if len(t) < 5 || t[0] != '[' {
		return s, false
	}
	if begin, n, usec := readStamp(t); n > 0 {
		l.Usec = usec
		if l.Time == "" {
			l.Time = t[begin : n-1]
		}
		return afterStamp(t[n:]), true
	}
	if n := dateLen(t); n > 0 {
		l.Time = t[1 : n-1]
		return afterStamp(t[n:]), true
	}
	return s, false
}

// afterStamp drops the one space that printk puts behind the bracket; further ones belong to the text.
func afterStamp(s string) string { return strings.TrimPrefix(s, " ") }

// stampLen is the length of "[ddddd.dddddd]" at the start of s, 0 if there is none.
func stampLen(s string) int {
	_, n, _ := readStamp(s)
	return n
}

// readStamp reads "[ddddd.dddddd]" at the start of s: where its digits begin, its length, 0 if there is none, and the
// time in microseconds.
func readStamp(s string) (begin, n int, usec int64) {
	if len(s) == 0 || s[0] != '[' {
		return 0, 0, 0
	}
	i := 1
	for i < len(s) && s[i] == ' ' {
		i++
	}
	begin = i
	sec, i := readDigits(s, i)
	if n := i - begin; n == 0 || n > 10 || i >= len(s) || s[i] != '.' {
		return 0, 0, 0
	}
	dot := i
	usec, i = readDigits(s, i+1)
	n = i - dot - 1
	if n < 3 || n > 9 || i >= len(s) || s[i] != ']' {
		return 0, 0, 0
	}
	for ; n < 6; n++ {
		usec *= 10
	}
	for ; n > 6; n-- {
		usec /= 10
	}
	return begin, i + 1, sec*1e6 + usec
}

// readDigits reads the digits of s from i on: their value, if there are not more than 18, and where they end.
func readDigits(s string, i int) (v int64, end int) {
	for i < len(s) {
		d := s[i] - '0'
		if d > 9 {
			break
		}
		v = v*10 + int64(d)
		i++
	}
	return v, i
}

// dateLen is the length of a bracket with a clock and a year in it at the start of s: dmesg -T prints names of
// days and months in the user's language.
func dateLen(s string) int {
	end := strings.IndexByte(s, ']')
	if end < 16 || end > 48 {
		return 0
	}
	in := s[1:end]
	c := strings.IndexByte(in, ':')
	if c < 2 || len(in) < c+6 || !isClock(in[c-2:]) || len(in) < 4 || digitRun(in[len(in)-4:]) != 4 {
		return 0
	}
	return end + 1
}

// isClock: "hh:mm:ss" at the start of s.
func isClock(s string) bool {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return false
	}
	for _, i := range [...]int{0, 1, 3, 4, 6, 7} {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// findStamp is where a printk time stands inside s after something unknown: a login prompt, a test runner's or a
// CI system's prefix. 0 if there is none near the start.
func findStamp(s string) int {
	const near = 160
	for at := 0; ; at++ {
		i := strings.IndexByte(s[at:min(len(s), near)], '[')
		if i < 0 {
			return 0
		}
		if at += i; stampLen(s[at:]) >= 9 {
			return at
		}
	}
}

// takeCaller: "[  T123]" or "[    C1]" behind the time (CONFIG_PRINTK_CALLER, since 5.1; "[T123,C1]"-like forms of
// later trees keep the first).
func takeCaller(l *Line, s string) (string, bool) {
	if l.Format&(Stamp|Level|Syslog) == 0 || len(s) < 4 || s[0] != '[' {
		return s, false
	}
	t := strings.TrimLeft(s[1:], " ")
	if len(t) < 3 || t[0] != 'T' && t[0] != 'C' {
		return s, false
	}
	n := digitRun(t[1:])
	if n == 0 || n+1 >= len(t) || t[n+1] != ']' {
		return s, false
	}
	l.Caller = t[:n+1]
	return afterStamp(t[n+2:]), true
}
