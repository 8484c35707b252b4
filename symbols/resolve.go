package symbols

import (
	"cmp"
	"context"
	"slices"
)

// Query asks for a place that a log prints by name: "nf_ct_delete+0x2a/0x120 [nf_conntrack 0c10b0…]".
type Query struct {
	// Name, Offset and Size are as printed; Size is 0 if it isn't.
	Name         string
	Offset, Size uint64
	// Module is the module's name, "" for the kernel image, BuildID what is printed beside it, "" if nothing is.
	Module, BuildID string
	// Return is true for the return addresses of a call trace, false for RIP, EIP and pc: see [CallSite].
	Return bool
}

// Answer is one place that a query can mean.
type Answer struct {
	// Image is the file's name.
	Image string
	// Addr is the address in the image's own terms, Symbol where it lies, Offset the distance from its start.
	Addr   uint64
	Symbol Symbol
	Offset uint64
	// Lines are the functions there, innermost first. Without debug information there's one, with the symbol's name
	// alone, and Reason says why.
	Lines  []Line
	Reason Reason
}

// Resolve returns the places that a query can mean: one if the size decides among equal names, several if it doesn't,
// none with a reason. The error says why an image isn't there, see [Kernel.Module].
func (k *Kernel) Resolve(ctx context.Context, q Query) ([]Answer, Reason, error) {
	m, err := k.imageOf(ctx, q.Module, q.BuildID)
	if err != nil {
		return nil, "", err
	}
	return m.Resolve(q)
}

func (k *Kernel) imageOf(ctx context.Context, module, buildID string) (*Image, error) {
	if module != "" {
		return k.Module(ctx, module, buildID)
	}
	if k.vmlinux == nil {
		return nil, &ImageError{Name: "vmlinux", Looks: "no image of the kernel", Err: ErrNoImage}
	}
	return k.vmlinux, nil
}

// Resolve is [Kernel.Resolve] for one image. Query.Module and Query.BuildID aren't looked at.
func (m *Image) Resolve(q Query) ([]Answer, Reason, error) {
	t, err := m.Table()
	if err != nil {
		return nil, "", err
	}
	addrs, reason := t.At(q.Name, q.Offset, q.Size)
	if reason != "" {
		return nil, reason, nil
	}
	out := make([]Answer, 0, len(addrs))
	named := t.Named(q.Name)
	for _, addr := range addrs {
		a := Answer{Image: m.name, Addr: addr, Offset: q.Offset}
		for _, s := range named {
			if s.Addr == t.wrap(addr-q.Offset) {
				a.Symbol = s
			}
		}
		m.describe(&a, q.Return)
		out = append(out, a)
	}
	return out, "", nil
}

// Find returns what is at an address of the image. ret is true for a return address. The reason is that of
// [Table.Find].
func (m *Image) Find(addr uint64, ret bool) (Answer, Reason, error) {
	t, err := m.Table()
	if err != nil {
		return Answer{}, "", err
	}
	p, reason := t.Find(addr)
	if ret {
		// A call that ends its function returns to the next one.
		if before, r := t.Find(addr - 1); r == "" {
			p, reason = before, ""
			p.Offset++
		}
	}
	if reason != "" {
		return Answer{}, reason, nil
	}
	a := Answer{Image: m.name, Addr: addr, Symbol: p.Symbol, Offset: p.Offset}
	m.describe(&a, ret)
	return a, "", nil
}

// Find returns what is at an address of the log. slide is that of a [Fit], 0 without KASLR. loaded are the modules that
// the log tells the addresses of, as for [Table.WithModules].
func (k *Kernel) Find(ctx context.Context, addr, slide uint64, loaded []Module, ret bool) (Answer, Reason, error) {
	at := addr
	if ret && at > 0 {
		at-- // may be the last byte of a module
	}
	bases := (&Table{}).WithModules(loaded)
	if mod, ok := bases.moduleAt(at); ok {
		m, err := k.Module(ctx, mod.Name, "")
		if err != nil {
			return Answer{}, ReasonModuleBase, err
		}
		return m.Find(addr-mod.Base+m.Base(), ret)
	}
	m, err := k.imageOf(ctx, "", "")
	if err != nil {
		return Answer{}, "", err
	}
	return m.Find(addr-slide, ret)
}

// describe adds the lines to an answer.
func (m *Image) describe(a *Answer, ret bool) {
	pc := a.Addr
	if ret {
		pc = CallSite(a.Addr, a.Offset)
	}
	a.Lines, a.Reason = m.Lines(pc)
	if len(a.Lines) == 0 {
		a.Lines = []Line{{Function: a.Symbol.Name}}
	}
	// Assembler has lines and no functions.
	if last := &a.Lines[len(a.Lines)-1]; last.Function == "" {
		last.Function = a.Symbol.Name
	}
}

// sizes returns the sizes of the symbols that have a name, smallest first, for a message about a size that fits
// none.
func (m *Image) sizes(name string) []uint64 {
	t, err := m.Table()
	if err != nil {
		return nil
	}
	var out []uint64
	for _, s := range t.Named(name) {
		out = append(out, s.Size)
	}
	slices.SortFunc(out, cmp.Compare[uint64])
	return slices.Compact(out)
}
