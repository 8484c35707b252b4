package oops

import "strings"

// blame fills Culprit: the title's function, in words, with netfilter's dispatchers below what they call.
func (o *open) blame() {
	c := o.c
	f, why := o.suspect()
	if f == nil && o.freed.Known() && c.Kind == PageState {
		f, why = &o.freed.Value, "it freed the object that was written to afterwards"
	}
	if f == nil {
		return
	}
	if f == &c.IP.Value && c.Access.Value == "exec" && len(c.Trace) > 0 && c.Trace[0].Symbol != "" &&
		!isPlumbing(&c.Trace[0].Location) {
		f, why = &c.Trace[0].Location, "it jumped to "+f.Symbol+", which is no code that may run"
	}
	if netfilterDispatch[BareName(f.Symbol)] && f != &c.IP.Value {
		if g := belowDispatch(c.Trace, f); g != nil {
			f, why = g, "the innermost function that a dispatcher called"
		}
	}
	if g := o.moduleCaller(f); g != nil {
		f, why = g, "it called "+f.Symbol+" of the kernel's core, which many use"
	}
	if g := o.serviceCaller(f); g != nil {
		f, why = g, "it called "+f.Symbol+", which does what its callers ask for"
	}
	if o.accused.Known() && c.Kind == Warn {
		f, why = &o.accused.Value, "the kernel's message names it"
	}
	c.Culprit = Culprit{
		Symbol: strings.TrimPrefix(f.Symbol, "."),
		Module: f.Module,
		File:   f.File,
		Line:   f.Line,
		Why:    why,
		At:     o.lineOf(f),
	}
	if c.Culprit.File == "" && c.Source.Known() && f == &c.IP.Value {
		c.Culprit.File, c.Culprit.Line = c.Source.Value.File, c.Source.Value.Line
	}
}

// moduleCaller is the module's function from which the trace came into the kernel image, a few calls above f. Code that
// all of the kernel uses is less often wrong than the one module that uses it now. nil if f is of a module itself, or
// if the work that f did was not begun by one.
func (o *open) moduleCaller(f *Location) *Location {
	const reach = 7 // calls
	switch o.rule.from {
	case fromStall, fromHang, fromLock, fromSafe, fromLast:
		return nil
	}
	if ofNetfilter(f) {
		return nil
	}
	seen := 0
	context := Context("")
	for i := range o.c.Trace {
		g := &o.c.Trace[i]
		if context == "" || context == InUnknown {
			context = g.Context
		}
		switch {
		case !g.Reliable || g.Symbol == "" || isPlumbing(&g.Location):
			continue
		case dispatches(&g.Location), seen >= reach, g.Context != context:
			return nil
		case ofNetfilter(&g.Location):
			return &g.Location
		}
		seen++
	}
	return nil
}

// suspect is the function to blame and the reason.
func (o *open) suspect() (*Location, string) {
	c := o.c
	ip := &c.IP.Value
	switch o.rule.from {
	case fromStall:
		if !c.IP.Known() {
			ip = nil
		}
		if f := o.leafCaller(); f != nil {
			return f, "it was running when the stall was found"
		}
		if f := firstBlamed(ip, c.Trace[o.stallBegin():], nil); f != nil {
			return f, "it was running when the stall was found"
		}
	case fromWork:
		if f := o.overflowed(); f != nil {
			return f, "it is on the stack that overflowed, again and again or innermost of netfilter"
		}
		return o.workFrom(0, false), "the work that filled the stack began in it"
	case fromHang:
		return o.hangFrame(false), "it waits, through functions that wait for their caller"
	case fromLock, fromSafe:
		if f := o.blamed("{F}"); f != nil && len(o.locks) > 0 {
			return f, "the lock in question was taken here"
		}
	case fromLine:
		loc := o.lineFunction()
		if loc == nil || o.titleFromTrace() {
			break
		}
		if ip.Symbol != "" && BareName(ip.Symbol) == BareName(loc.Symbol) {
			loc = ip
		}
		if !isPlumbing(loc) {
			if o.rule.kind == Warn {
				return loc, "the check that failed is in it"
			}
			return loc, "the access that was reported is in it"
		}
		return o.blamed("{F}"), "it called " + loc.Symbol + ", which does what its callers ask for"
	}
	if o.rule.from != fromIP && o.rule.from != fromNone {
		return o.blamed("{F}"), "the innermost function of the trace that is not plumbing"
	}
	if !c.IP.Known() {
		ip = nil
	}
	f := firstBlamed(ip, c.Trace, o.extra())
	switch {
	case f != ip && o.leafCaller() != nil:
		return o.leafCaller(), "it called " + ip.Symbol + ", which does what its callers ask for"
	case f == nil:
		return firstBlamed(ip, c.Trace, nil), "the innermost function of the trace that is not plumbing"
	case f == ip && (c.Kind == Warn || c.Kind == Bug || c.Kind == Refcount):
		return f, "the check that failed is in it"
	case f == ip:
		return f, "the instruction that faulted is in it"
	case ip != nil && ip.Symbol != "" && isPlumbing(ip):
		return f, "it called " + ip.Symbol + ", which does what its callers ask for"
	}
	return f, "the innermost function of the trace that is not plumbing"
}

// leafCaller is the function in the link register where the faulting function is plumbing and made no frame of its
// own: traces by frame pointer (arm64, arm) then miss its caller. nil otherwise.
func (o *open) leafCaller() *Location {
	c := o.c
	lr := &c.LR.Value
	ip := &c.IP.Value
	if ip.Symbol == "" || !isPlumbing(ip) || lr.Symbol == "" || isPlumbing(lr) || lr.Symbol == ip.Symbol {
		return nil
	}
	for i := range c.Trace {
		if c.Trace[i].Symbol == lr.Symbol {
			return nil
		}
	}
	return lr
}

// titleFromTrace: the place that the first line names is a checker's.
func (o *open) titleFromTrace() bool {
	if o.rule.kind != Warn || !o.c.Source.Known() {
		return false
	}
	return checkerTitle("", o.c.Source.Value.File, BareName(o.c.IP.Value.Symbol)) != ""
}

// lineOf is the line that a location was read from, 0 if it was made up.
func (o *open) lineOf(f *Location) int {
	c := o.c
	if f == &c.IP.Value {
		return c.IP.Line
	}
	for i := range c.Trace {
		if &c.Trace[i].Location == f {
			return c.Trace[i].InLine
		}
	}
	if f == &c.LR.Value {
		return c.LR.Line
	}
	if f == &o.accused.Value {
		return o.accused.Line
	}
	if f == &o.freed.Value {
		return o.freed.Line
	}
	for i := range o.locks {
		if &o.locks[i] == f {
			return o.lockLine
		}
	}
	return c.FirstLine
}

// belowDispatch is the frame that a dispatcher called, where the trace shows one that is marked as a guess.
func belowDispatch(trace []Frame, f *Location) *Location {
	for i := range trace {
		if &trace[i].Location != f {
			continue
		}
		for j := i - 1; j >= 0; j-- {
			if g := &trace[j].Location; g.Symbol != "" && g.Module != "" && !isPlumbing(g) {
				return g
			}
		}
	}
	return nil
}
