// Package btf reads types from BTF, the type information that a kernel carries itself since 5.2: in the section .BTF of
// its vmlinux and modules, and in /sys/kernel/btf of a running one. It answers as the debug information does, without a
// debug package, but has no lines, and no inlined functions.
//
// A module's BTF continues that of its vmlinux: give that as the base. From 6.11 on a module built outside of the tree
// has a small base of its own, in .BTF.base.
//
// What BTF doesn't say: pahole writes an array of several dimensions as one of as many elements in all, and the size of
// a pointer isn't recorded; it is taken for 8.
//
// Files are hostile: what the decoder can't read is an error that names the file, never a panic.
package btf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/cilium/ebpf/btf"
	"github.com/nfoops/nfoops/symbols"
)

// ErrNoBTF is wrapped by the error of [FromImage] for an image without BTF.
var ErrNoBTF = errors.New("no BTF in it")

// Types are the types of one kernel or module. They can be used from several goroutines.
type Types struct {
	name string
	spec *btf.Spec
	base *Types

	mu   sync.Mutex
	made map[btf.Type]*symbols.Type
}

// maxBTF bounds what is decoded. A vmlinux has 4 to 10 MB; decoding takes some ten times as much memory.
const maxBTF = 64 << 20

// Load decodes the bytes of a .BTF section or of a file of /sys/kernel/btf. name is for messages. base is the vmlinux's
// for a module, else nil.
func Load(name string, raw []byte, base *Types) (t *Types, err error) {
	defer func() { // the decoder is fuzzed by its authors, and panics on damaged input have been found in it
		if r := recover(); r != nil {
			t, err = nil, fmt.Errorf("%s: damaged BTF: %v", name, r)
		}
	}()
	if len(raw) > maxBTF {
		return nil, fmt.Errorf("%s: BTF of %d bytes is too large", name, len(raw))
	}
	if len(raw) < 24 || raw[0] != 0x9f && raw[0] != 0xeb {
		return nil, fmt.Errorf("%s: %w", name, ErrNoBTF)
	}
	var spec *btf.Spec
	if base == nil {
		spec, err = btf.LoadSpecFromReader(bytes.NewReader(raw))
	} else {
		spec, err = btf.LoadSplitSpecFromReader(bytes.NewReader(raw), base.spec)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: damaged BTF: %w", name, err)
	}
	return &Types{name: name, spec: spec, base: base, made: map[btf.Type]*symbols.Type{}}, nil
}

// Read decodes what a file of /sys/kernel/btf holds, as [Load] does. It reads no more than 64 MiB.
func Read(name string, r io.Reader, base *Types) (*Types, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBTF+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return Load(name, raw, base)
}

// FromImage decodes the BTF of an image. base is the vmlinux's, for a module; a module that has a base of its own uses
// that.
func FromImage(m *symbols.Image, base *Types) (*Types, error) {
	raw, err := m.Section(".BTF")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name(), ErrNoBTF)
	}
	if own, err := m.Section(".BTF.base"); err == nil {
		if base, err = Load(m.Name(), own, nil); err != nil {
			return nil, err
		}
	}
	return Load(m.Name(), raw, base)
}

// Struct returns a struct, union, enum or typedef by its name, without the word struct. The reason is
// [symbols.ReasonNoType] if there's none.
func (t *Types) Struct(name string) (out *symbols.Type, reason symbols.Reason) {
	defer func() {
		if recover() != nil {
			out, reason = nil, symbols.ReasonDamagedDebug
		}
	}()
	found, err := t.spec.AnyTypesByName(name)
	if err != nil && t.base != nil {
		return t.base.Struct(name)
	}
	if err != nil {
		return nil, symbols.ReasonNoType
	}
	// A struct before a typedef of the same name.
	var best btf.Type
	for _, f := range found {
		switch f.(type) {
		case *btf.Struct, *btf.Union, *btf.Enum:
			return t.convert(f), ""
		case *btf.Typedef:
			best = f
		}
	}
	if best == nil {
		return nil, symbols.ReasonNoType
	}
	return t.convert(best), ""
}

// Prototype returns the prototype of a function. BTF has one for each function that the compiler left its interface.
// Of several static functions with one name the first is returned; reason is not "" if there's none.
func (t *Types) Prototype(function string) (p *symbols.Prototype, reason symbols.Reason) {
	defer func() {
		if recover() != nil {
			p, reason = nil, symbols.ReasonDamagedDebug
		}
	}()
	found, err := t.spec.AnyTypesByName(function)
	if err != nil && t.base != nil {
		return t.base.Prototype(function)
	}
	if err != nil {
		return nil, symbols.ReasonNoType
	}
	for _, f := range found {
		fn, ok := f.(*btf.Func)
		if !ok {
			continue
		}
		proto, ok := fn.Type.(*btf.FuncProto)
		if !ok {
			continue
		}
		p := &symbols.Prototype{Name: function, Result: t.convert(proto.Return)}
		p.Params, p.Variadic = t.params(proto)
		return p, ""
	}
	return nil, symbols.ReasonNoType
}

func (t *Types) params(proto *btf.FuncProto) (out []symbols.Member, variadic bool) {
	for i, a := range proto.Params {
		if _, void := a.Type.(*btf.Void); void && i == len(proto.Params)-1 {
			return out, true
		}
		out = append(out, symbols.Member{Name: a.Name, Type: t.convert(a.Type)})
	}
	return out, false
}

// convert makes a type of one of BTF, the same one each time.
func (t *Types) convert(b btf.Type) *symbols.Type {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.made[b]; c != nil {
		return c
	}
	var c *symbols.Type
	size := uint64(0)
	if n, err := btf.Sizeof(b); err == nil && n >= 0 {
		size = uint64(n)
	}
	elem := func(e btf.Type) func() (*symbols.Type, []symbols.Member) {
		return func() (*symbols.Type, []symbols.Member) { return t.convert(e), nil }
	}
	members := func(ms []btf.Member) func() (*symbols.Type, []symbols.Member) {
		return func() (*symbols.Type, []symbols.Member) { return nil, t.members(ms) }
	}
	switch b := b.(type) {
	case *btf.Void:
		c = symbols.NewType(symbols.KindVoid, "void", 0, 0, false, nil)
	case *btf.Int:
		c = symbols.NewType(symbols.KindBase, b.Name, size, 0, b.Encoding == btf.Signed, nil)
	case *btf.Float:
		c = symbols.NewType(symbols.KindBase, b.Name, size, 0, true, nil)
	case *btf.Enum:
		c = symbols.NewType(symbols.KindEnum, b.Name, size, 0, b.Signed, nil)
	case *btf.Pointer:
		c = symbols.NewType(symbols.KindPointer, "", size, 0, false, elem(b.Target))
	case *btf.Array:
		c = symbols.NewType(symbols.KindArray, "", size, uint64(b.Nelems), false, elem(b.Type))
	case *btf.Struct:
		c = symbols.NewType(symbols.KindStruct, b.Name, size, 0, false, members(b.Members))
	case *btf.Union:
		c = symbols.NewType(symbols.KindUnion, b.Name, size, 0, false, members(b.Members))
	case *btf.Typedef:
		c = symbols.NewType(symbols.KindTypedef, b.Name, size, 0, false, elem(b.Type))
	case *btf.Const:
		c = symbols.NewType(symbols.KindQualifier, "const", size, 0, false, elem(b.Type))
	case *btf.Volatile:
		c = symbols.NewType(symbols.KindQualifier, "volatile", size, 0, false, elem(b.Type))
	case *btf.Restrict:
		c = symbols.NewType(symbols.KindQualifier, "restrict", size, 0, false, elem(b.Type))
	case *btf.TypeTag:
		c = symbols.NewType(symbols.KindQualifier, "", size, 0, false, elem(b.Type))
	case *btf.FuncProto:
		c = symbols.NewType(symbols.KindFunc, "", 0, 0, false, func() (*symbols.Type, []symbols.Member) {
			ps, _ := t.params(b)
			return t.convert(b.Return), ps
		})
	case *btf.Fwd:
		kind := symbols.KindStruct
		if b.Kind == btf.FwdUnion {
			kind = symbols.KindUnion
		}
		c = symbols.NewType(kind, b.Name, 0, 0, false, nil)
	default:
		c = symbols.NewType(symbols.KindUnknown, "", 0, 0, false, nil)
	}
	t.made[b] = c
	return c
}

func (t *Types) members(ms []btf.Member) []symbols.Member {
	out := make([]symbols.Member, 0, len(ms))
	for _, m := range ms {
		s := symbols.Member{Name: m.Name, Offset: uint64(m.Offset) / 8, Type: t.convert(m.Type)}
		if m.BitfieldSize != 0 && uint64(m.BitfieldSize) < math.MaxUint8 {
			s.BitSize, s.BitOffset = uint64(m.BitfieldSize), uint64(m.Offset)%8
		}
		out = append(out, s)
	}
	return out
}
