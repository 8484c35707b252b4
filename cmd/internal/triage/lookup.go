package triage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/symbols"
)

// Lookup answers what lies at an address or a name of a kernel, from all that is known of it: the first source that
// knows gives the answer. It is for one goroutine.
type Lookup struct {
	src    Sources
	ctx    context.Context
	fits   []lookupFit
	slide  uint64 // of the images
	kernel *openKernel
	done   func()
	pairs  []symbols.Pair // that a live log showed, see Learn
	said   map[string]bool
	sizes  map[string]*agreement // of images, by path

	// StripBase is taken off the compiler's paths, in place of finding the folder of the source; "" finds it.
	StripBase string
	// Complain is told once about each file that can't be used; nil for nobody.
	Complain func(string)
}

// agreement counts the symbols whose printed size an image has, and those that it has with another one.
type agreement struct{ right, wrong int }

// trusted reports whether an image can be of this kernel: one torn line must not cost the right one, and one of another
// kernel has the sizes of many functions, too.
func (g *agreement) trusted() bool { return g.right >= 8*g.wrong }

// lookupFit is a map, moved to where the kernel was.
type lookupFit struct {
	*symbols.Fit
	file *SymbolFile
}

// Answer is one place that a question can mean.
type Answer struct {
	Place
	From string `json:"from"` // the file that told
}

// NewLookup opens a look-up. slide is the number in the log's line "Kernel Offset:", nil if there's none. release is
// the one that the log names, "" for the running kernel's, where the sources ask for AutoRelease. The caller closes it,
// and the sources' Kernel after it.
func NewLookup(ctx context.Context, src Sources, slide *uint64, release string) (*Lookup, error) {
	l := &Lookup{src: src, ctx: ctx, said: map[string]bool{}, sizes: map[string]*agreement{}, done: func() {}}
	if src.Kernel != nil {
		o, done, err := src.Kernel.of(ctx, release, "")
		if err != nil {
			return nil, err
		}
		l.kernel, l.done = o, done
		if o.Image() == nil {
			if f := src.Kernel.systemMap(o); f != nil {
				l.src.Symbols = append(slices.Clone(l.src.Symbols), *f)
			}
		}
	}
	for i := range l.src.Symbols {
		f := &l.src.Symbols[i]
		fit, err := f.Table.Fit(nil, slideOf(f.Table, slide, src.Base))
		if err != nil {
			return nil, err
		}
		l.fits = append(l.fits, lookupFit{fit, f})
	}
	if m := l.vmlinux(); m != nil {
		if t, err := m.Table(); err == nil {
			if s := slideOf(t, slide, src.Base); s != nil {
				l.slide = *s
			}
		}
	}
	return l, nil
}

// slideOf is how far the kernel was moved, as the user says: by the slide, or by the address of its first byte.
func slideOf(t *symbols.Table, slide, base *uint64) *uint64 {
	if base == nil {
		return slide
	}
	for _, name := range [...]string{"_text", "_stext"} {
		if s := t.Named(name); len(s) > 0 {
			moved := *base - s[0].Addr
			return &moved
		}
	}
	return slide
}

// Close ends the look-up.
func (l *Lookup) Close() { l.done() }

func (l *Lookup) vmlinux() *symbols.Image {
	if l.kernel == nil {
		return nil
	}
	return l.kernel.Image()
}

// complain tells of a file once.
func (l *Lookup) complain(key, format string, args ...any) {
	if l.Complain != nil && !l.said[key] {
		l.said[key] = true
		l.Complain(fmt.Sprintf(format, args...))
	}
}

// Address returns what is at an address, with the place in the source. ret says that it is a return address of a call
// trace, so that the call in front of it is meant. reason says why there's no answer.
func (l *Lookup) Address(addr uint64, ret bool) (answers []Answer, reason symbols.Reason) {
	for _, fit := range l.fits {
		p, why := fit.Find(addr)
		if p.Symbol.Name == "" {
			if reason == "" {
				reason = why
			}
			continue
		}
		a := Answer{From: fit.file.Name, Place: Place{Address: hexOf(addr), Symbol: p.Symbol.Name, Module: p.Symbol.Module,
			Offset: hexOf(p.Offset)}}
		if p.Symbol.Size > 0 {
			a.Size = hexOf(p.Symbol.Size)
		}
		q := symbols.Query{Name: p.Symbol.Name, Offset: p.Offset, Size: p.Symbol.Size, Module: p.Symbol.Module, Return: ret}
		if found, _ := l.images(q, false); len(found) == 1 {
			a.File, a.Line, a.Inlines = found[0].File, found[0].Line, found[0].Inlines
		}
		return []Answer{a}, ""
	}
	m := l.vmlinux()
	if m == nil {
		return nil, reason
	}
	found, why, err := m.Find(addr-l.slide, ret)
	switch {
	case err != nil:
		return nil, symbols.Reason(err.Error())
	case why != "":
		return nil, why
	}
	a := l.answer(m, found, false)
	a.Address = hexOf(addr)
	return []Answer{a}, ""
}

// Name returns the places that "name+offset/size [module]" can mean, with their lines.
func (l *Lookup) Name(q symbols.Query) (answers []Answer, reason symbols.Reason) {
	found, why := l.images(q, true)
	if len(found) > 0 && found[0].Address != "" {
		return found, ""
	}
	reason = why
	for _, fit := range l.fits {
		addrs, why := fit.At(q.Name, q.Offset, q.Size)
		if len(addrs) == 0 {
			if reason == "" {
				reason = why
			}
			continue
		}
		for _, addr := range addrs {
			p, _ := fit.Find(addr)
			if q.Module != "" && p.Symbol.Module != q.Module {
				continue
			}
			a := Answer{From: fit.file.Name, Place: Place{Address: hexOf(addr), Symbol: q.Name, Module: p.Symbol.Module,
				Offset: hexOf(q.Offset)}}
			if q.Size > 0 {
				a.Size = hexOf(q.Size)
			}
			if len(found) == 1 && len(addrs) == 1 {
				a.File, a.Line, a.Inlines = found[0].File, found[0].Line, found[0].Inlines
			}
			answers = append(answers, a)
		}
		if len(answers) > 0 {
			return answers, ""
		}
	}
	if len(found) > 0 {
		return found, ""
	}
	return nil, reason
}

// images asks the images for a name. A module's answers have no address: nothing tells where it was. With anywhere a
// name without a module may be of one that the user named as a file.
func (l *Lookup) images(q symbols.Query, anywhere bool) (out []Answer, reason symbols.Reason) {
	for _, m := range l.candidates(q, anywhere) {
		found, why, err := m.Resolve(q)
		forced := false
		if err == nil && len(found) == 0 && l.src.Force && q.Size != 0 {
			again := q
			again.Size = 0
			if found, _, err = m.Resolve(again); len(found) > 0 {
				forced = true
			}
		}
		if err != nil {
			l.complain(m.Name(), "%v", err)
			continue
		}
		if len(found) == 0 {
			if reason == "" || why != symbols.ReasonNoName {
				reason = why
			}
			if why == symbols.ReasonSize {
				l.agreement(m).wrong++
				l.complain(m.Name(), "%s is not of this kernel: its %s has another size than %#x (--force uses it all the same)",
					m.Name(), q.Name, q.Size)
			}
			continue
		}
		g := l.agreement(m)
		if q.Size != 0 && !forced {
			g.right++
		}
		if !g.trusted() && !l.src.Force {
			reason = "in " + symbols.Reason(m.Name()) + ", which is not of this kernel"
			continue
		}
		for _, f := range found {
			out = append(out, l.answer(m, f, forced || !g.trusted()))
		}
		return out, ""
	}
	return nil, reason
}

func (l *Lookup) agreement(m *symbols.Image) *agreement {
	g := l.sizes[m.Path()]
	if g == nil {
		g = &agreement{}
		l.sizes[m.Path()] = g
	}
	return g
}

// candidates are the images that can have a name.
func (l *Lookup) candidates(q symbols.Query, anywhere bool) []*symbols.Image {
	if l.kernel == nil {
		return nil
	}
	if q.Module != "" {
		m, err := l.kernel.Module(l.ctx, q.Module, q.BuildID)
		if err != nil && l.src.Force {
			m, err = l.kernel.Module(l.ctx, q.Module, "")
		}
		switch {
		case errors.Is(err, symbols.ErrNoImage): // nothing is wrong, it isn't there
		case err != nil:
			l.complain(q.Module, "%v", err)
		default:
			return []*symbols.Image{m}
		}
		return nil
	}
	var out []*symbols.Image
	if m := l.vmlinux(); m != nil {
		out = append(out, m)
	}
	if anywhere {
		out = append(out, l.kernel.NamedModules(l.ctx)...)
	}
	return out
}

// answer is an image's answer as a place.
func (l *Lookup) answer(m *symbols.Image, f symbols.Answer, forced bool) Answer {
	a := Answer{From: m.Path(), Place: Place{Symbol: f.Symbol.Name, Module: m.Module(), Offset: hexOf(f.Offset),
		Forced: forced}}
	if f.Symbol.Size > 0 {
		a.Size = hexOf(f.Symbol.Size)
	}
	if m.Module() == "" {
		a.Address = hexOf(f.Addr + l.slide)
	}
	outer := len(f.Lines) - 1
	a.File, a.Line = l.file(&f.Lines[outer]), f.Lines[outer].Line
	for i := range f.Lines[:outer] {
		in := &f.Lines[i]
		a.Inlines = append(a.Inlines, Inline{Symbol: in.Function, File: l.file(in), Line: in.Line})
	}
	return a
}

// file is the path of a line as it is shown.
func (l *Lookup) file(line *symbols.Line) string {
	if l.StripBase == "" || line.File == "" {
		return line.File
	}
	if rest, ok := strings.CutPrefix(line.Path, strings.TrimSuffix(l.StripBase, "/")+"/"); ok {
		return rest
	}
	return line.Path
}

// maxLearned is how many pairs of a live log are compared with the maps.
const maxLearned = 64

// Learn holds the maps against a symbol that a log prints with its address. A map that is contradicted is dropped; with
// Force it stays.
func (l *Lookup) Learn(p symbols.Pair) {
	if len(l.fits) == 0 || len(l.pairs) >= maxLearned || slices.Contains(l.pairs, p) {
		return
	}
	l.pairs = append(l.pairs, p)
	l.fits = slices.DeleteFunc(l.fits, func(f lookupFit) bool {
		fit, err := f.file.Table.Fit(l.pairs, nil)
		var wrong *symbols.MismatchError
		switch {
		case err == nil:
			*f.Fit = *fit
		case errors.As(err, &wrong) && !l.src.Force:
			l.complain(f.file.Name, "%v", err)
			return true
		}
		return false
	})
}
