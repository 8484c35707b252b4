package triage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/symbols"
)

// symbolise gives names to the addresses that the log printed without, with the first map that fits, and lines of the
// source to all. A map or an image that cannot belong to this kernel is refused, with the reason.
func (a *analysis) symbolise(ctx context.Context) {
	for i := range a.src.Symbols {
		a.useMap(&a.src.Symbols[i])
	}
	if a.kernel == nil {
		return
	}
	if m := a.image(ctx, "", ""); m != nil {
		a.useImage(m)
	} else if f := a.src.Kernel.systemMap(a.kernel); f != nil {
		a.useMap(f)
	}
	if n := a.nameModules(ctx); n > 0 {
		a.reconsider()
	}
	a.sourceLines(ctx)
}

// useMap names what a map knows.
func (a *analysis) useMap(f *SymbolFile) {
	s := SymbolSource{Name: f.Name}
	fit, err := a.fit(f.Table)
	switch {
	case err == nil:
		s.Used, s.Detail = true, fitSentence(fit, a.names(fit, false))
		a.finders = append(a.finders, fit.Find)
	case a.src.Force:
		named := a.names(f.Table.Unchecked(a.forcedSlide(err)), true)
		s.Used = true
		s.Detail = fmt.Sprintf("FORCED: %s; names %s that had none", err, count(named, "address", "addresses"))
	default:
		s.Detail = refusal(err)
	}
	a.r.Symbols = append(a.r.Symbols, s)
}

// useImage names what the symbols of a vmlinux know.
func (a *analysis) useImage(m *image) {
	s := &a.r.Symbols[m.source]
	t, err := m.Table()
	if err != nil {
		return // it would not be here
	}
	fit, err := a.fit(t)
	switch {
	case err == nil && !m.forced:
		if fit.Slide != 0 {
			s.Detail += fmt.Sprintf("; the kernel was moved by %#x", fit.Slide)
		}
	case a.src.Force || m.forced:
		if err != nil && !m.forced {
			s.Detail = "FORCED: " + err.Error()
		}
		m.forced = true
		fit = t.Unchecked(a.forcedSlide(err))
	case errors.Is(err, symbols.ErrUndecided):
		s.Detail += "; " + err.Error() // names still lead to lines
		return
	default:
		s.Used, s.Detail = false, refusal(err)
		a.images[" "] = nil
		return
	}
	a.finders = append(a.finders, fit.Find)
	if named := a.names(fit, m.forced); named > 0 {
		s.Detail += fmt.Sprintf("; names %s that had none", count(named, "address", "addresses"))
	}
}

// forcedSlide is where a map that does not fit is put: where the log says, or where most of its symbols agree.
func (a *analysis) forcedSlide(err error) uint64 {
	var mismatch *symbols.MismatchError
	switch {
	case a.crash.KernelOffset.Known():
		return a.crash.KernelOffset.Value
	case errors.As(err, &mismatch):
		return mismatch.Slide
	}
	return 0
}

// refusal is the reason in the words of the symbols package.
func refusal(err error) string {
	var mismatch *symbols.MismatchError
	var wrong *symbols.WrongImageError
	if errors.As(err, &mismatch) || errors.As(err, &wrong) {
		return "refused: " + err.Error()
	}
	return "not used: " + err.Error()
}

func fitSentence(fit *symbols.Fit, named int) string {
	s := "not verified: the log prints no symbol and its address together"
	if fit.Verified {
		s = fmt.Sprintf("verified by %s of the log", count(fit.Checked, "symbol", "symbols"))
	}
	for _, n := range fit.Notes {
		s += "; " + n
	}
	if fit.Slide != 0 {
		s += fmt.Sprintf("; the kernel was moved by %#x", fit.Slide)
	}
	if named == 0 {
		return s + "; every address in the log has its name already"
	}
	return s + fmt.Sprintf("; names %s that had none", count(named, "address", "addresses"))
}

// count is "1 symbol", "3 symbols".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// allPairs are the symbols that the log itself prints, with their addresses or sizes: names that a map gave prove
// nothing for the next one.
func (a *analysis) allPairs() []symbols.Pair {
	if a.logged != nil {
		return a.logged
	}
	c := a.crash
	pairs := []symbols.Pair{}
	add := func(l *oops.Location, line int) {
		if l.Symbol != "" && l.HasOffset && (l.HasAddress || l.Size > 0) {
			pairs = append(pairs, symbols.Pair{
				Addr: l.Address, Name: l.Symbol, Offset: l.Offset, Size: l.Size, Module: l.Module, Line: line,
			})
		}
	}
	add(&c.IP.Value, c.IP.Line)
	for i := range c.Trace {
		add(&c.Trace[i].Location, c.Trace[i].InLine)
	}
	a.logged = pairs
	return pairs
}

// fit checks a map against what the log prints together, and moves it to where the kernel was.
func (a *analysis) fit(t *symbols.Table) (*symbols.Fit, error) {
	pairs := a.allPairs()
	c := a.crash
	var modules []symbols.Module
	for _, m := range c.Modules {
		if m.Base != 0 {
			modules = append(modules, symbols.Module{Name: m.Name, Base: m.Base})
		}
	}
	if len(modules) > 0 {
		t = t.WithModules(modules)
	}
	var offset *uint64
	if c.KernelOffset.Known() {
		offset = &c.KernelOffset.Value
	}
	if a.src.Base != nil {
		for _, name := range [...]string{"_text", "_stext"} {
			if s := t.Named(name); len(s) > 0 {
				slide := *a.src.Base - s[0].Addr
				offset = &slide
				break
			}
		}
	}
	return fitTolerant(t, pairs, offset)
}

// fitTolerant leaves out a pair that contradicts the map if it stands alone against many that agree: one torn address
// in a damaged log must not cost the right map. A map of another kernel has many such pairs.
func fitTolerant(t *symbols.Table, pairs []symbols.Pair, offset *uint64) (*symbols.Fit, error) {
	const enough = 8 // pairs that must agree for one that does not
	fit, err := t.Fit(pairs, offset)
	var mismatch *symbols.MismatchError
	if err == nil || !errors.As(err, &mismatch) || mismatch.Line == 0 ||
		mismatch.Agree < enough || mismatch.Checked-mismatch.Agree > 1 {
		return fit, err
	}
	var rest []symbols.Pair
	for _, p := range pairs {
		if p.Line != mismatch.Line {
			rest = append(rest, p)
		}
	}
	again, errAgain := t.Fit(rest, offset)
	if errAgain != nil {
		return fit, err
	}
	again.Notes = append(again.Notes, fmt.Sprintf("line %d contradicts the map and was left out", mismatch.Line))
	return again, nil
}

// names fills in the symbols of bare addresses, and reads the raw stack where there is no trace at all. It returns
// how many addresses got a name.
func (a *analysis) names(fit *symbols.Fit, forced bool) int {
	n := 0
	c := a.crash
	if ip := &c.IP.Value; c.IP.Known() && ip.Symbol == "" && ip.HasAddress {
		if p, reason := fit.Find(ip.Address); reason == "" {
			locate(ip, p)
			out := place(ip)
			out.Forced = forced
			a.r.IP = &out
			n++
		}
	}
	for i := range c.Trace {
		f := &c.Trace[i]
		if f.Symbol != "" || !f.HasAddress || !fit.Text(f.Address) {
			continue
		}
		if a.nameFrame(fit, f) {
			a.r.Trace[i].Place = place(&f.Location)
			a.r.Trace[i].Forced = forced
			a.r.Trace[i].Reliable = f.Reliable
			n++
		}
	}
	if len(c.Trace) == 0 {
		n += a.readStack(fit, forced)
	}
	if n > 0 {
		a.reconsider()
	}
	return n
}

// reconsider takes over what the new names tell.
func (a *analysis) reconsider() {
	c := a.crash
	c.Reconsider()
	a.r.Title, a.r.AltTitles = c.Title, list(c.AltTitles)
	a.r.Context = string(c.Context)
	a.r.Corrupted = c.Corrupted
	a.r.Damage = slices.DeleteFunc(a.r.Damage, func(d Damage) bool { return d.Kind != oops.DamageCodeCut })
	for _, d := range c.Damage {
		if !slices.Contains(a.r.Damage, Damage(d)) {
			a.r.Damage = append(a.r.Damage, Damage(d))
		}
	}
	a.r.Fingerprint = Fingerprint(c.Fingerprint)
	if c.Culprit.Symbol != "" {
		a.r.Culprit = culprit(&c.Culprit)
	}
}

// nameFrame names a return address. A function's first byte is no return address: it is a pointer that the stack scan
// of old kernels met.
func (a *analysis) nameFrame(fit *symbols.Fit, f *oops.Frame) bool {
	p, reason := fit.Find(f.Address)
	if reason != "" {
		return false
	}
	if p.Offset == 0 && f.Address > 0 {
		before, why := fit.Find(f.Address - 1)
		if why == "" && f.Reliable && before.Offset+1 == before.Symbol.Size && !a.stackScan() {
			before.Offset++ // a call that never returns ended its function: the kernel prints f+size/size (2.6.39)
			p = before
		} else {
			f.Reliable = false
		}
	}
	locate(&f.Location, p)
	return true
}

// stackScan says that the trace is of an era that scans the stack for anything that looks like code: 2.4 and 2.6.
func (a *analysis) stackScan() bool {
	return strings.HasPrefix(a.r.Kernel, "2.") || a.r.Kernel == ""
}

func locate(l *oops.Location, p symbols.Place) {
	l.Symbol, l.Module = p.Symbol.Name, p.Symbol.Module
	l.Offset, l.HasOffset, l.Size = p.Offset, true, p.Symbol.Size
}

// readStack maps the words of a raw stack dump; every hit is a guess.
func (a *analysis) readStack(fit *symbols.Fit, forced bool) int {
	const most = 64
	n := 0
	c := a.crash
	for _, w := range c.Stack {
		if n >= most || !fit.Text(w.Value) {
			continue
		}
		f := oops.Frame{Context: oops.InUnknown, InLine: w.Line}
		f.Address, f.HasAddress = w.Value, true
		if !a.nameFrame(fit, &f) {
			continue
		}
		f.Reliable = false
		c.Trace = append(c.Trace, f)
		out := Frame{Place: place(&f.Location), LogLine: w.Line}
		out.Forced = forced
		a.r.Trace = append(a.r.Trace, out)
		n++
	}
	return n
}
