package oops

import "strings"

// panic gives a panic line to the crash before it, or begins one.
func (b *builder) panic(m matched, i int, text string) bool {
	o := b.cur
	ln := &b.lines[i]
	if o.c.Panic.Known() && !(o.weak || o.headless) {
		o.last = i
		o.c.FollowOn = append(o.c.FollowOn, FollowOn{Title: panicTitle(text), Line: ln.Num})
		return true
	}
	if o.weak && len(o.c.Trace) == 0 {
		b.finish()
		b.begin(m, i)
		b.cur.head(ln, m, text)
		return true
	}
	o.c.Panic.set(panicReason(text), ln.Num)
	o.c.Severity = SevPanic
	o.last = i
	o.c.LastLine = max(o.c.LastLine, ln.Last)
	if o.headless {
		o.rule = m
		o.c.Kind = m.kind
		o.c.headline = text
	} else {
		o.c.FollowOn = append(o.c.FollowOn, FollowOn{Title: panicTitle(text), Line: ln.Num})
	}
	if len(o.c.Trace) > 0 {
		o.trace = traceClosed
		o.ended = true
	}
	return true
}

func panicTitle(text string) string { return sanitize("kernel panic: " + panicReason(text)) }

// panicReason is what stands behind "Kernel panic - not syncing: " ("Kernel panic: " in 2.4).
func panicReason(text string) string {
	for _, p := range [...]string{
		"Kernel panic - not syncing: ", "Kernel panic - not syncing:", "Kernel panic: ", "Kernel panic - not syncing",
	} {
		if rest, ok := cutAfter(text, p); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// panicReasons are reasons whose rest varies: a device, a number, a name.
var panicReasons = [...]string{
	"Attempted to kill init!", "Attempted to kill the idle task!", "Couldn't open N_TTY ldisc", "Fatal exception",
	"Out of memory", "System is deadlocked on memory", "VFS: Unable to mount root fs", "panic_on_warn set",
	"softlockup: hung tasks", "hung_task: blocked tasks", "Hard LOCKUP",
}

// cutPanic cuts a panic's reason where it begins to vary.
func cutPanic(reason string) string {
	for _, r := range panicReasons {
		if strings.HasPrefix(reason, r) {
			return r
		}
	}
	return reason
}

// announced: panics that only say that something had gone wrong before.
func announced(reason string) bool {
	for _, r := range [...]string{
		"Fatal exception", "panic_on_warn", "kernel: panic_on_warn", "hung_task", "softlockup",
		"Oops: Fatal exception", "Couldn't open N_TTY",
	} {
		if strings.HasPrefix(reason, r) {
			return true
		}
	}
	return false
}
