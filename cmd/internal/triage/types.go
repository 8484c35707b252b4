package triage

import (
	"context"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/symbols"
	"github.com/nfoops/nfoops/symbols/btf"
)

// typeReader answers for the types of the kernel's source, from the debug information of the crash's images, or from
// BTF. It implements disasm.Types. It is for one crash and one goroutine.
type typeReader struct {
	a    *analysis
	ctx  context.Context
	own  *image // that the fault is in, nil if it isn't there
	at   uint64 // the fault, in own; 0 if it isn't known
	btf  []*btf.Types
	read bool                     // btf of the images
	seen map[string]*symbols.Type // that were handed out, by their text
}

// types answers for the types of the kernel's source; nil where nothing was given that has types.
func (a *analysis) types(ctx context.Context) disasm.Types {
	if t := a.reader(ctx); t != nil {
		return t
	}
	return nil
}

// reader is types with all that this package asks besides.
func (a *analysis) reader(ctx context.Context) *typeReader {
	if a.kernel == nil || a.typed != nil {
		return a.typed
	}
	t := &typeReader{a: a, ctx: ctx, btf: slices.Clone(a.src.Kernel.types), seen: map[string]*symbols.Type{}}
	ip := &a.crash.IP.Value
	if a.crash.IP.Known() && ip.Symbol != "" {
		t.own = a.image(ctx, ip.Module, ip.BuildID)
	}
	if t.own != nil && ip.HasOffset {
		q := symbols.Query{Name: ip.Symbol, Offset: ip.Offset, Size: ip.Size}
		if answers, _, err := t.own.Resolve(q); err == nil && len(answers) == 1 {
			t.at = answers[0].Addr
		}
	}
	if t.own == nil && a.image(ctx, "", "") == nil && len(t.btf) == 0 {
		return nil
	}
	a.typed = t
	return t
}

// images are where to look: the one with the fault, then the kernel's.
func (t *typeReader) images() []*image {
	var out []*image
	for _, m := range []*image{t.own, t.a.image(t.ctx, "", "")} {
		if m != nil && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// allBTF is the BTF that was given, and that of the images.
func (t *typeReader) allBTF() []*btf.Types {
	if t.read {
		return t.btf
	}
	t.read = true
	var base *btf.Types
	if len(t.btf) > 0 {
		base = t.btf[0]
	}
	for _, m := range slices.Backward(t.images()) { // the kernel's first: it is the base of its modules'
		if m.Module() == "" && base != nil {
			continue
		}
		found, err := btf.FromImage(m.Image, base)
		if err != nil {
			continue // it has none
		}
		if m.Module() == "" {
			base = found
		}
		t.btf = append(t.btf, found)
	}
	return t.btf
}

// prototype is how the source declares a function; nil where that isn't known, or where several functions of the name
// are declared in different ways.
func (t *typeReader) prototype(function string) *symbols.Prototype {
	if function == "" {
		return nil
	}
	if t.at != 0 && function == t.a.crash.IP.Value.Symbol {
		lines, reason := t.own.Lines(t.at)
		if reason == "" {
			if p, reason := t.own.Prototype(t.at, len(lines)-1); reason == "" {
				return p
			}
		}
	}
	for _, m := range t.images() {
		table, err := m.Table()
		if err != nil {
			continue
		}
		var found *symbols.Prototype
		for _, s := range table.Named(function) {
			lines, reason := m.Lines(s.Addr)
			if reason != "" {
				continue
			}
			p, reason := m.Prototype(s.Addr, len(lines)-1)
			switch {
			case reason != "":
			case found != nil && found.String() != p.String():
				return nil
			default:
				found = p
			}
		}
		if found != nil {
			return found
		}
	}
	for _, b := range slices.Backward(t.allBTF()) {
		if p, reason := b.Prototype(function); reason == "" {
			return p
		}
	}
	return nil
}

// Param implements disasm.Types. A function whose interface the compiler changed has no arguments in their places.
func (t *typeReader) Param(function string, n int) (name, typ string, ok bool) {
	p := t.prototype(function)
	if p == nil || p.Altered || n < 1 || n > len(p.Params) {
		return "", "", false
	}
	a := p.Params[n-1]
	return a.Name, t.text(a.Type), true
}

// Result implements disasm.Types.
func (t *typeReader) Result(function string) (typ string, ok bool) {
	p := t.prototype(function)
	if p == nil {
		return "", false
	}
	return t.text(p.Result), true
}

// maxTold is how many fields of a union are told before it is called ambiguous.
const maxTold = 3

// Field implements disasm.Types. Where a union has several members at the offset it names them all, "a or b", as long
// as they are few; what they point to is then known only if they agree.
func (t *typeReader) Field(typ string, offset int64) (path, fieldType string, ok bool) {
	s := t.pointee(typ)
	if s == nil || offset < 0 {
		return "", "", false
	}
	paths := s.FieldPaths(uint64(offset), 0)
	names, types := toldPaths(paths), map[string]bool{}
	for _, p := range paths {
		fieldType = t.text(p.Type)
		types[fieldType] = true
	}
	if len(names) == 0 || len(names) > maxTold {
		return "", "", false
	}
	if len(types) > 1 {
		fieldType = ""
	}
	return strings.Join(names, " or "), fieldType, true
}

// toldPaths are the different paths that start at the offset, or if none does, those that go on there.
func toldPaths(paths []symbols.FieldPath) []string {
	var starts, within []string
	for _, p := range paths {
		switch {
		case p.Path == "" || slices.Contains(starts, p.Path) || slices.Contains(within, p.Path):
		case p.Offset == 0:
			starts = append(starts, p.Path)
		default:
			within = append(within, p.Path)
		}
	}
	if len(starts) > 0 {
		return starts
	}
	return within
}

// text is a type as C writes it. The type is kept for the next question.
func (t *typeReader) text(typ *symbols.Type) string {
	s := typ.String()
	if t.seen[s] == nil {
		t.seen[s] = typ
	}
	return s
}

// pointee is what a pointer leads to, nil for anything that isn't a struct or union.
func (t *typeReader) pointee(typ string) *symbols.Type {
	if known := t.seen[typ]; known != nil {
		if s := known.Pointee(); s == nil || s.Size > 0 {
			return s
		}
	}
	// Declared only in this file of the source: it is defined in another.
	name := strings.TrimSpace(typ)
	for _, word := range []string{"const ", "volatile ", "struct ", "union "} {
		name = strings.TrimPrefix(name, word)
	}
	name, pointer := strings.CutSuffix(name, "*")
	if name = strings.TrimSpace(name); !pointer || name == "" || strings.ContainsAny(name, "*() ") {
		return nil
	}
	return t.structure(name)
}

// structure is the definition of a struct.
func (t *typeReader) structure(name string) *symbols.Type {
	if t.own != nil {
		if s, reason := t.own.Struct(name, t.at); reason == "" && s.Underlying().Size > 0 {
			return s.Underlying()
		}
	}
	for _, b := range slices.Backward(t.allBTF()) {
		if s, reason := b.Struct(name); reason == "" && s.Underlying().Size > 0 {
			return s.Underlying()
		}
	}
	if m := t.a.image(t.ctx, "", ""); m != nil && m != t.own {
		if s, reason := m.Struct(name, 0); reason == "" && s.Underlying().Size > 0 {
			return s.Underlying()
		}
	}
	return nil
}

// fieldsAt are the fields that lie at an offset of what a pointer leads to. The type is one that Param, Result or Field
// named.
func (t *typeReader) fieldsAt(typ string, offset int64, size int) []string {
	s := t.pointee(typ)
	if s == nil || offset < 0 {
		return nil
	}
	return sized(s.FieldPaths(uint64(offset), uint64(max(size, 0))), uint64(max(size, 0)))
}

// sized are the paths to what has the size of the access, if there are some, else all.
func sized(paths []symbols.FieldPath, size uint64) []string {
	var fit []symbols.FieldPath
	for _, p := range paths {
		if size != 0 && p.Type.Size == size && p.Offset == 0 && p.BitSize == 0 {
			fit = append(fit, p)
		}
	}
	if len(fit) > 0 {
		paths = fit
	}
	return toldPaths(paths)
}

// variable is a pointer of the source that can be meant by an access: what lies at the offset has its size.
type variable struct {
	name   string // of the variable, "found_ct"
	record string // the struct's tag, "nf_conn"
	field  string // "proto.tcp.state"
}

// variables are the pointers in scope at the fault that have a field of a size, 0 for any, at an offset: those of the
// innermost function that has some.
func (t *typeReader) variables(offset, size uint64) []variable {
	if t.at == 0 {
		return nil
	}
	locals, reason := t.own.Locals(t.at)
	if reason != "" {
		return nil
	}
	var out []variable
	depth := 0
	for _, l := range locals {
		if len(out) > 0 && l.Depth != depth {
			break
		}
		s := l.Type.Pointee()
		if s == nil {
			continue
		}
		if s.Size == 0 && s.Name != "" {
			if s = t.structure(s.Name); s == nil {
				continue
			}
		}
		for _, p := range s.FieldPaths(offset, size) {
			if p.Offset != 0 || p.BitSize != 0 || size != 0 && p.Type.Size != size {
				continue
			}
			v := variable{name: l.Name, record: s.Name, field: p.Path}
			if !slices.Contains(out, v) {
				out, depth = append(out, v), l.Depth
			}
		}
	}
	return out
}

var _ disasm.Types = (*typeReader)(nil)

// callee names the function that holds an address, for the targets of calls; base is its first address, name "" for one
// that isn't known. It is disasm.Request.Symbol.
func (a *analysis) callee(addr uint64) (name string, base uint64) {
	for _, find := range a.finders {
		if p, reason := find(addr); reason == "" && p.Symbol.Name != "" {
			return p.Symbol.Name, addr - p.Offset
		}
	}
	return "", 0
}
