package triage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/symbols"
)

const (
	// leastLocated is how many bits of code must count for a place to be looked for, and leastValues how many different
	// bytes there must be: fewer are found by chance, and filler everywhere.
	leastLocated, leastValues = 96, 10
	// mostLocated is how many places with the same code are told.
	mostLocated = 8
	// mostSearched is how many modules are searched for a log that names none: all of a distribution take a minute.
	mostSearched = 256
)

// locate finds the function of the fault by its code, in the images of the kernel, where the log does not name it. An
// address that the log has is held against it: an image with other code there is refused.
func (a *analysis) locate(ctx context.Context) {
	if a.kernel == nil || !a.decoded || !a.bare {
		return
	}
	ip := &a.crash.IP.Value
	byAddress := ip.Symbol != "" && a.crash.IP.Known() // named by a map or an image
	if byAddress {
		m := a.image(ctx, ip.Module, "")
		if m == nil || m.forced {
			return
		}
		evidence := a.codeEvidence(ip.Module)
		trust, err := m.Verify(symbols.Evidence{Code: evidence})
		if err == nil {
			if trust.CodeBytes > 0 {
				a.confirm(m, fmt.Sprintf("has %d bytes of the log's code at the address", trust.CodeBytes))
			}
			return
		}
		var wrong *symbols.WrongImageError
		if !errors.As(err, &wrong) {
			return
		}
	}
	p := a.listing.Pattern()
	loose, values := make([]bool, len(p.Mask)), map[byte]bool{}
	for i, m := range p.Mask {
		if loose[i] = m != 0xff; !loose[i] {
			values[p.Bytes[i]] = true
		}
	}
	if p.Fixed < leastLocated || len(values) < leastValues {
		if !byAddress {
			a.notLocated("too few bytes of the code count to be looked for")
		}
		return
	}
	q := symbols.CodeQuery{Bytes: p.Bytes, Loose: loose, At: p.Fault, Modules: a.r.Modules, Most: mostSearched,
		Limit: mostLocated + 1}
	if len(a.crash.Lines) == 1 {
		q.Most = 1 << 20 // for bare code nothing else is asked
	}
	found, searched, err := a.kernel.Search(ctx, &q)
	switch {
	case err != nil:
		return
	case len(found) == 0 && byAddress:
		a.refuseImage(ctx, ip.Module, fmt.Sprintf("at %#x it has %s and not the code of the log", ip.Address, ip.Symbol))
	case len(found) == 0 && searched == 1:
		a.notLocated("the code of the log is not there")
	case len(found) == 0:
		a.notLocated(fmt.Sprintf("none of %d images has the code of the log", searched))
	case len(found) == 1 && a.elsewhere(&found[0]):
		a.refuseImage(ctx, found[0].Module, fmt.Sprintf("its code at %s is the log's, but %#x can't be that place: "+
			"a kernel moves by whole pages", placesOf(found)[0], ip.Address))
	case len(found) == 1:
		a.settle(ctx, &found[0])
	default:
		a.r.IP = &Place{Address: a.ipAddress(), Candidates: placesOf(found)}
		a.r.Facts["ip"] = a.crash.Code.Line
	}
}

// ipAddress is the address of the fault, "" where the log has none.
func (a *analysis) ipAddress() Hex {
	if ip := &a.crash.IP.Value; a.crash.IP.Known() && ip.HasAddress {
		return hexOf(ip.Address)
	}
	return ""
}

// placesOf writes places as the log would.
func placesOf(found []symbols.CodePlace) []string {
	var out []string
	for i := range found {
		p := &found[i]
		s := fmt.Sprintf("%s+%#x", p.Place.Symbol.Name, p.Place.Offset)
		if p.Module != "" {
			s += " [" + p.Module + "]"
		}
		out = append(out, s)
	}
	return out
}

// settle takes the one place that has the code for the place of the fault.
func (a *analysis) settle(ctx context.Context, f *symbols.CodePlace) {
	c := a.crash
	ip := &c.IP.Value
	ip.Symbol, ip.Module, ip.Size = f.Place.Symbol.Name, f.Module, f.Place.Symbol.Size
	ip.Offset, ip.HasOffset = f.Place.Offset, true
	if !c.IP.Known() {
		c.IP.Line = c.Code.Line
		a.r.Facts["ip"] = c.Code.Line
	}
	p := place(ip)
	a.r.IP = &p
	m := a.image(ctx, f.Module, "")
	if m == nil {
		return
	}
	slide := uint64(0)
	if ip.HasAddress {
		slide = ip.Address - f.Addr
	}
	how := "has the log's code at " + placesOf([]symbols.CodePlace{*f})[0] + " and nowhere else"
	if slide != 0 && f.Module == "" {
		how += fmt.Sprintf("; the kernel was moved by %#x", slide)
	}
	a.confirm(m, how)
	if t, err := m.Table(); err == nil {
		a.finders = append(a.finders, func(addr uint64) (symbols.Place, symbols.Reason) { return t.Find(addr - slide) })
	}
	if a.request.PC == nil {
		a.request.PC = &f.Addr
		a.r.Code.Note = joined(a.r.Code.Note, "addresses are those of "+m.Name())
	}
	a.relist()
	a.faultLine(ctx)
	if len(c.Lines) > 1 {
		a.reconsider()
	}
}

// relist reads the code again, now that its address and the names of its calls are known.
func (a *analysis) relist() {
	a.listing = disasm.Disassemble(a.request)
	a.trustEntry()
	for i := range a.listing.Insts {
		if in := &a.listing.Insts[i]; i < len(a.r.Code.Instructions) && a.r.Code.Instructions[i].Offset == in.Offset {
			a.r.Code.Instructions[i].Text, a.r.Code.Instructions[i].Reliable = in.Text, in.Reliable
		}
	}
}

// confirm says of an image what its code tells.
func (a *analysis) confirm(m *image, how string) {
	s := &a.r.Symbols[m.source]
	if strings.HasPrefix(s.Detail, "not verified: ") {
		_, rest, _ := strings.Cut(s.Detail, "; ")
		s.Detail = joined(how, rest)
		return
	}
	s.Detail = joined(s.Detail, "it "+how)
}

// elsewhere says that the address of the log can't be that of a place in the kernel. Where the loader puts the sections
// of a module is its own affair.
func (a *analysis) elsewhere(f *symbols.CodePlace) bool {
	const page = 4096
	ip := &a.crash.IP.Value
	return a.crash.IP.Known() && ip.HasAddress && f.Module == "" && (ip.Address-f.Addr)%page != 0
}

// refuseImage takes back what an image said of the fault.
func (a *analysis) refuseImage(ctx context.Context, module, why string) {
	if m := a.image(ctx, module, ""); m != nil {
		s := &a.r.Symbols[m.source]
		s.Used, s.Detail = false, "refused: it is not of this kernel: "+why
	}
	a.images[module+" "] = nil
	a.finders = nil
	ip := &a.crash.IP.Value
	ip.Symbol, ip.Module, ip.Offset, ip.HasOffset, ip.Size = "", "", 0, false, 0
	p := place(ip)
	a.r.IP = &p
	a.relist()
}

// notLocated says of each image why nothing was found in it.
func (a *analysis) notLocated(why string) {
	if m := a.image(context.Background(), "", ""); m != nil {
		s := &a.r.Symbols[m.source]
		if strings.HasPrefix(s.Detail, "not verified: ") {
			s.Used, s.Detail = false, "not used: "+why
			return
		}
		s.Detail = joined(s.Detail, why)
		return
	}
	a.r.Symbols = append(a.r.Symbols, SymbolSource{Name: "the modules", Detail: "not used: " + why})
}
