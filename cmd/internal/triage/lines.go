package triage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/symbols"
)

// sourceLines gives the fault, the frames and the culprit their places in the source, and puts the calls that the
// compiler inlined between the frames.
func (a *analysis) sourceLines(ctx context.Context) {
	if a.kernel == nil {
		return
	}
	c := a.crash
	a.faultLine(ctx)
	trace := make([]Frame, 0, len(a.r.Trace))
	for i := range a.r.Trace {
		f := a.r.Trace[i]
		var inner []symbols.Line
		if !f.Inlined {
			inner = a.place(ctx, &f.Place, &c.Trace[i].Location, !a.isInterrupted(i))
		}
		for _, l := range inner {
			trace = append(trace, Frame{
				Place:    Place{Symbol: l.Function, Module: f.Module, File: l.File, Line: l.Line, Forced: f.Forced},
				Reliable: f.Reliable, Context: f.Context, Inlined: true, LogLine: f.LogLine,
				ByOrder: f.ByOrder,
			})
		}
		trace = append(trace, f)
	}
	a.r.Trace = trace
	a.culpritLine()
}

// faultLine gives the fault its place in the source.
func (a *analysis) faultLine(ctx context.Context) {
	if !a.crash.IP.Known() || a.r.IP == nil {
		return
	}
	for _, l := range a.place(ctx, a.r.IP, &a.crash.IP.Value, false) {
		a.r.IP.Inlines = append(a.r.IP.Inlines, Inline{Symbol: l.Function, File: l.File, Line: l.Line})
	}
}

// isInterrupted says that a frame of the trace repeats the place of the fault: its address is that of an instruction
// and none to return to.
func (a *analysis) isInterrupted(i int) bool {
	ip, f := &a.crash.IP.Value, &a.crash.Trace[i]
	return a.crash.IP.Known() && f.Symbol != "" && f.Symbol == ip.Symbol && f.HasOffset == ip.HasOffset &&
		f.Offset == ip.Offset && f.Module == ip.Module
}

// place asks the image of a location for its line, which goes into p, and returns the calls that were inlined there,
// innermost first.
func (a *analysis) place(ctx context.Context, p *Place, l *oops.Location, ret bool) (inner []symbols.Line) {
	if l.Symbol == "" || !l.HasOffset || l.File != "" {
		return nil
	}
	m := a.image(ctx, l.Module, l.BuildID)
	if m == nil {
		return nil
	}
	m.places++
	answers, _, err := m.Resolve(symbols.Query{Name: l.Symbol, Offset: l.Offset, Size: l.Size, Return: ret})
	if (err != nil || len(answers) == 0) && m.forced {
		// Of another build: the size is of no use, and an offset beyond the end says nothing.
		answers, _, err = m.Resolve(symbols.Query{Name: l.Symbol, Offset: l.Offset, Return: ret})
	}
	if err != nil || len(answers) == 0 {
		return nil
	}
	lines := answers[0].Lines
	if len(answers) > 1 {
		if p.Candidates = candidates(answers); len(p.Candidates) > 1 {
			return nil
		}
		p.Candidates = nil
	}
	outer := lines[len(lines)-1]
	if outer.File == "" {
		return nil
	}
	m.lined++
	p.File, p.Line, p.Forced = outer.File, outer.Line, m.forced
	return lines[:len(lines)-1]
}

// candidates are the different places that several answers name.
func candidates(answers []symbols.Answer) []string {
	var out []string
	for _, a := range answers {
		l := a.Lines[len(a.Lines)-1]
		text := fmt.Sprintf("%s:%d", l.File, l.Line)
		if l.File == "" {
			text = fmt.Sprintf("%#x", a.Addr)
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// culpritLine gives the culprit the line of the frame that it was found in.
func (a *analysis) culpritLine() {
	c := a.r.Culprit
	if c == nil || c.File != "" {
		return
	}
	if ip := a.r.IP; ip != nil && ip.Symbol == c.Symbol && ip.Module == c.Module {
		c.File, c.Line = ip.File, ip.Line
		return
	}
	for i := range a.r.Trace {
		if f := &a.r.Trace[i]; !f.Inlined && f.Symbol == c.Symbol && f.Module == c.Module {
			c.File, c.Line = f.File, f.Line
			return
		}
	}
}

// countLines says for each image how much it told, and what went wrong on the way to others.
func (a *analysis) countLines() {
	if a.kernel == nil {
		return
	}
	for _, n := range a.kernel.Notes() {
		a.r.Symbols = append(a.r.Symbols, SymbolSource{Name: "other files of this kernel", Detail: "not used: " + n})
	}
	for _, m := range a.images {
		if m == nil || m.places == 0 {
			continue
		}
		s := &a.r.Symbols[m.source]
		switch {
		case m.lined > 0:
			s.Detail += fmt.Sprintf("; source lines for %d of %s", m.lined, count(m.places, "place", "places"))
		case !m.HasLines():
			s.Detail += "; it has no debug information, so no source lines"
		default:
			s.Detail += "; its debug information covers none of the places"
		}
		for _, n := range m.Notes() {
			s.Detail += "; " + n
		}
	}
}

// nameModules names bare addresses in modules, whose bases the log tells, or other frames of the same module.
func (a *analysis) nameModules(ctx context.Context) (named int) {
	bases := a.moduleBases(ctx)
	if len(bases) == 0 {
		return 0
	}
	forced := false
	find := func(addr uint64, ret bool) (answer symbols.Answer, module string, ok bool) {
		at := addr
		if ret {
			at-- // a call can be the last instruction of a module
		}
		i, found := slices.BinarySearchFunc(bases, at, func(m symbols.Module, at uint64) int {
			return cmp.Compare(m.Base, at)
		})
		if !found {
			i--
		}
		if i < 0 {
			return answer, "", false
		}
		m := a.image(ctx, bases[i].Name, "")
		if m == nil {
			return answer, "", false
		}
		answer, reason, err := m.Find(addr-bases[i].Base+m.Base(), ret)
		forced = m.forced
		return answer, bases[i].Name, err == nil && reason == ""
	}
	a.finders = append(a.finders, func(addr uint64) (symbols.Place, symbols.Reason) {
		if answer, _, ok := find(addr, false); ok {
			return symbols.Place{Symbol: answer.Symbol, Offset: answer.Offset}, ""
		}
		return symbols.Place{}, symbols.ReasonModuleArea
	})
	name := func(l *oops.Location, ret bool) bool {
		if l.Symbol != "" || !l.HasAddress {
			return false
		}
		answer, module, ok := find(l.Address, ret)
		if ok {
			l.Symbol, l.Module = answer.Symbol.Name, module
			l.Offset, l.HasOffset, l.Size = answer.Offset, true, answer.Symbol.Size
		}
		return ok
	}
	c := a.crash
	if c.IP.Known() && name(&c.IP.Value, false) {
		out := place(&c.IP.Value)
		out.Forced = forced
		a.r.IP = &out
		named++
	}
	for i := range c.Trace {
		if name(&c.Trace[i].Location, true) {
			a.r.Trace[i].Place = place(&c.Trace[i].Location)
			a.r.Trace[i].Forced = forced
			named++
		}
	}
	return named
}

// moduleBases are where modules were: as the log prints it, or by a symbol of the module that stands beside its
// address. They are in order.
func (a *analysis) moduleBases(ctx context.Context) []symbols.Module {
	var out []symbols.Module
	seen := map[string]bool{}
	for _, m := range a.crash.Modules {
		if m.Base != 0 && !seen[m.Name] {
			seen[m.Name] = true
			out = append(out, symbols.Module{Name: m.Name, Base: m.Base})
		}
	}
	for _, p := range a.allPairs() {
		if p.Module == "" || p.Addr == 0 || seen[p.Module] {
			continue
		}
		seen[p.Module] = true
		m := a.image(ctx, p.Module, "")
		if m == nil {
			continue
		}
		t, err := m.Table()
		if err != nil {
			continue
		}
		if at, _ := t.At(p.Name, p.Offset, p.Size); len(at) == 1 {
			if base := p.Addr - at[0] + m.Base(); base%4096 == 0 {
				out = append(out, symbols.Module{Name: p.Module, Base: base})
			}
		}
	}
	slices.SortFunc(out, func(a, b symbols.Module) int {
		return cmp.Or(cmp.Compare(a.Base, b.Base), strings.Compare(a.Name, b.Name))
	})
	return out
}
