package frame

import "strings"

// takeRunner: what build and container systems put before each row, behind a time or with one of their own:
//
//	[2024-05-03T12:34:56.123Z] text                  Jenkins
//	2024-05-03T12:34:56.123456Z 00O text             GitLab; 01E, and "+" where a row was cut
//	2024-05-03T12:34:56.123456789Z stdout F text     Kubernetes (CRI)
//	05-03 12:34:56.789     0     0 W tag     : text  logcat -b kernel, which takes a first word with a colon for a tag
func takeRunner(l *Line, s string) (string, bool) {
	if l.Format&(Stamp|Record) != 0 || len(s) < 5 {
		return s, false
	}
	if l.Format&Syslog != 0 {
		return afterRunner(s)
	}
	if s[0] == '[' && len(s) > 21 {
		if s[5] != '-' { // behind the year
			return s, false
		}
		end := strings.IndexByte(s, ']')
		if end < 20 || end > 40 || rfc3339Len(s[1:end]) != end-1 {
			return s, false
		}
		l.Time = s[1:end]
		return strings.TrimPrefix(s[end+1:], " "), true
	}
	return takeLogcat(l, s)
}

// afterRunner takes off the stream that GitLab and Kubernetes name behind the time.
func afterRunner(s string) (string, bool) {
	for _, p := range [...]string{"stdout F ", "stderr F ", "stdout P ", "stderr P "} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest, true
		}
	}
	if len(s) >= 4 && (s[2] == 'O' || s[2] == 'E') && (s[3] == ' ' || s[3] == '+') && hexRun(s[:2]) == 2 {
		return s[4:], true
	}
	return s, false
}

// takeSection: the rows that GitLab puts around the sections of a job: "section_start:1741320306:step_script". They
// have no text.
func takeSection(l *Line, s string) (string, bool) {
	rest, ok := strings.CutPrefix(s, "section_")
	if !ok || l.Format&(Stamp|Record) != 0 {
		return s, false
	}
	what, rest, _ := strings.Cut(rest, ":")
	when, _, ok := strings.Cut(rest, ":")
	if !ok || what != "start" && what != "end" || when == "" || digitRun(when) != len(when) {
		return s, false
	}
	l.Format |= Dict
	return "", true
}

// takeLogcat: "05-03 12:34:56.789     0     0 W tag     : text" of logcat -v threadtime.
func takeLogcat(l *Line, s string) (string, bool) {
	if len(s) < 30 || digitRun(s) != 2 || s[2] != '-' || digitRun(s[3:]) != 2 || s[5] != ' ' ||
		!isClock(s[6:]) || s[14] != '.' {
		return s, false
	}
	n := 15 + digitRun(s[15:])
	t := s[n:]
	for range 2 { // process and thread
		t = strings.TrimLeft(t, " ")
		d := digitRun(t)
		if d == 0 {
			return s, false
		}
		t = t[d:]
	}
	t = strings.TrimLeft(t, " ")
	if len(t) < 3 || strings.IndexByte("VDIWEF", t[0]) < 0 || t[1] != ' ' {
		return s, false
	}
	l.Time = s[:n]
	t = t[2:]
	tag, rest, ok := strings.Cut(t, ":")
	if !ok {
		return t, true
	}
	if name := strings.TrimSpace(tag); name == "" || name == "kernel" {
		return strings.TrimPrefix(rest, " "), true
	} else if len(name) < len(tag) {
		return name + ":" + rest, true // padded: the kernel's own first word
	}
	return t, true
}
