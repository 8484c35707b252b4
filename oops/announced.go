package oops

import "slices"

// joinAnnounced makes one incident of a report and the fault that it announced: KASAN sees the bad access, reports it,
// lets it happen, and the CPU faults; a WARN_ON in a function says that a pointer is bad, and the next instruction
// follows it. It reports whether c went into the crash before it.
//
// After a sanitizer the report stays the root, because it knows better what happened; the place, the registers and the
// bytes are those of the fault, where it is in the same function (the sanitizer prints a return address). After a WARN
// the fault is the root.
func (b *builder) joinAnnounced(c *Crash) bool {
	if len(b.done) <= b.streamStart {
		return false
	}
	p := b.done[len(b.done)-1]
	gap := c.FirstLine - p.LastLine
	if !isFault(c.Kind) || p.Panic.Known() || gap < 0 || p.open == nil || c.open == nil || c.open.headless ||
		differ(p.CPU, c.CPU) || differ(p.PID, c.PID) {
		return false
	}
	same := p.IP.Known() && c.IP.Known() && p.IP.Value.Symbol != "" &&
		BareName(p.IP.Value.Symbol) == BareName(c.IP.Value.Symbol)
	switch {
	case p.open.trapKind == "" && p.announces() && len(p.Trace) > 0 && (gap <= 6 || gap <= 40 && same):
		p.takeFault(c, same)
	case p.Kind == Warn && same && gap <= 4:
		c.takeWarning(p)
		b.done[len(b.done)-1] = c
	default:
		return false
	}
	return true
}

// differ says that both facts are known and not the same.
func differ(a, b Fact[int]) bool { return a.Known() && b.Known() && a.Value != b.Value }

// takeFault adds the fault that a sanitizer's report announced.
func (c *Crash) takeFault(f *Crash, same bool) {
	c.FollowOn = append(append(c.FollowOn, FollowOn{Title: f.Title, Line: f.FirstLine}), f.FollowOn...)
	if same || !c.IP.Known() {
		c.IP, c.Code, c.Registers, c.LR = f.IP, f.Code, f.Registers, f.LR
		c.ErrorCode, c.Stack = f.ErrorCode, f.Stack
	}
	fill(&c.FaultAddress, f.FaultAddress)
	fill(&c.Number, f.Number)
	fill(&c.Panic, f.Panic)
	fill(&c.KernelOffset, f.KernelOffset)
	fill(&c.Kernel, f.Kernel)
	fill(&c.Build, f.Build)
	fill(&c.CPU, f.CPU)
	fill(&c.PID, f.PID)
	fill(&c.Comm, f.Comm)
	fill(&c.Tainted, f.Tainted)
	if c.Arch == Unknown {
		c.Arch = f.Arch
	}
	if len(c.Modules) == 0 {
		c.Modules = f.Modules
	}
	c.Severity = f.Severity
	c.era = f.era
	c.join(c, f)
	c.Reconsider()
}

// takeWarning puts the warning that came just before the fault into its incident.
func (c *Crash) takeWarning(w *Crash) {
	c.FollowOn = slices.Insert(c.FollowOn, 0, FollowOn{Title: w.Title, Line: w.FirstLine})
	c.FirstLine = w.FirstLine
	c.join(w, c)
}

// fill keeps what is known.
func fill[T any](f *Fact[T], other Fact[T]) {
	if !f.Known() {
		*f = other
	}
}

// join makes c span the lines of both.
func (c *Crash) join(first, second *Crash) {
	end := second.Span.Off + second.Span.Len
	c.Span.Off = first.Span.Off
	c.Span.Len = end - first.Span.Off
	c.FirstLine, c.LastLine = first.FirstLine, second.LastLine
	c.Lines = slices.Concat(first.Lines, second.Lines)
}
