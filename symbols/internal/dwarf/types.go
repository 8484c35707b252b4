package dwarf

import (
	"bytes"
	"cmp"
)

// Kind is what a type is.
type Kind byte

// The kinds of types.
const (
	Unknown Kind = iota
	Void
	Base
	Pointer
	Array
	Struct
	Union
	Enum
	Typedef
	Qualifier // const, volatile, restrict, _Atomic
	Func
)

// Type is a type of C. What it consists of is read when it is asked for.
type Type struct {
	Kind Kind
	// Name is the tag, the typedef or the base type, for a qualifier its word.
	Name string
	// Size is in bytes, 0 if it isn't known.
	Size uint64
	// Count is the number of elements of an array, 0 if it isn't known. Signed is true for signed numbers.
	Count    uint64
	Signed   bool
	Variadic bool
	// Incomplete is true for a declaration without a body.
	Incomplete bool

	u    *unit
	at   int // its DIE
	dim  int // of an array: the index of its dimension
	dims []uint64
}

// Member is a member of a struct or union, or a parameter of a function.
type Member struct {
	Name   string
	Offset uint64 // in bytes
	// BitSize is not 0 for a bit field; BitOffset counts from the least significant bit of Offset's byte on a
	// little-endian machine.
	BitOffset, BitSize uint64
	Type               *Type
}

// Function is a function's prototype.
type Function struct {
	Name, Linkage string
	File, Dir     string
	Line          int
	Result        *Type
	Params        []Member
	Variadic      bool
}

// typeOf returns the type that a value refers to: void for an absent one.
func (u *unit) typeOf(v value, depth int) *Type {
	if v.form == 0 {
		return &Type{Kind: Void, Name: "void"}
	}
	o, d, ok := u.follow(v)
	if !ok {
		return &Type{}
	}
	return o.typeAt(&d, depth)
}

// maxTypedefs bounds a chain of typedefs and qualifiers.
const maxTypedefs = 64

func (u *unit) typeAt(d *die, depth int) *Type {
	t := &Type{u: u, at: d.at, Name: u.text(d.name), Incomplete: d.declaration}
	if d.size.isConstant() {
		t.Size = d.size.num
	}
	switch d.tag {
	case tagBaseType:
		t.Kind = Base
		t.Signed = d.encoding == 5 || d.encoding == 6 || d.encoding == 13 // signed, signed_char, signed_fixed
	case tagPointerType, tagReferenceType:
		t.Kind = Pointer
		if t.Size == 0 {
			t.Size = uint64(u.addrSize)
		}
	case tagStructureType, tagClassType:
		t.Kind = Struct
	case tagUnionType:
		t.Kind = Union
	case tagEnumerationType:
		t.Kind = Enum
	case tagTypedef:
		t.Kind = Typedef
	case tagConstType, tagVolatileType, tagRestrictType, tagAtomicType:
		t.Kind = Qualifier
		t.Name = map[uint16]string{tagConstType: "const", tagVolatileType: "volatile", tagRestrictType: "restrict",
			tagAtomicType: "_Atomic"}[d.tag]
	case tagSubroutineType:
		t.Kind = Func
	case tagArrayType:
		t.Kind = Array
		u.readDims(d, t)
	default:
		return &Type{}
	}
	// These have the size of what they name.
	if (t.Kind == Typedef || t.Kind == Qualifier) && t.Size == 0 && depth < maxTypedefs {
		t.Size = u.typeOf(d.typ, depth+1).Size
	}
	if t.Kind == Array && t.Size == 0 && depth < maxTypedefs {
		size := u.typeOf(d.typ, depth+1).Size
		for _, n := range t.dims {
			size *= n
		}
		t.Size = size
	}
	return t
}

// readDims reads the dimensions of an array.
func (u *unit) readDims(d *die, t *Type) {
	if !d.children {
		return
	}
	u.each(d.next, func(at int, tag uint16) bool {
		if tag == tagSubrangeType && len(t.dims) < 16 {
			r, _ := u.die(at)
			var n uint64
			switch {
			case r.count.isConstant():
				n = r.count.num
			case r.upper.isConstant():
				n = r.upper.num + 1 // -1 for a length of 0
			}
			t.dims = append(t.dims, n)
		}
		return true
	})
	if len(t.dims) > 0 {
		t.Count = t.dims[0]
	}
}

// Elem returns what a pointer points to, what an array consists of, what a typedef or qualifier names, what a function
// returns; nil for other types.
func (x *Index) Elem(t *Type) *Type {
	x.mu.Lock()
	defer x.mu.Unlock()
	if t.u == nil {
		return nil
	}
	d, ok := t.u.die(t.at)
	if !ok {
		return nil
	}
	switch t.Kind {
	case Pointer, Typedef, Qualifier, Func:
		return t.u.typeOf(d.typ, 0)
	case Array:
		if t.dim+1 < len(t.dims) {
			e := *t
			e.dim++
			e.Count = e.dims[e.dim]
			if e.Size = 0; t.Count > 0 {
				e.Size = t.Size / t.Count
			}
			return &e
		}
		return t.u.typeOf(d.typ, 0)
	}
	return nil
}

// maxMembers bounds the members of one type.
const maxMembers = 1 << 16

// Members returns the members of a struct or union, or the parameters of a function type.
func (x *Index) Members(t *Type) (out []Member) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if t.u == nil {
		return nil
	}
	u := t.u
	d, ok := u.die(t.at)
	if !ok || !d.children {
		return nil
	}
	want := uint16(tagMember)
	if t.Kind == Func {
		want = tagFormalParameter
	}
	u.each(d.next, func(at int, tag uint16) bool {
		if tag == tagUnspecifiedParams {
			t.Variadic = true
		}
		if tag != want && (tag != tagInheritance || want != tagMember) || len(out) >= maxMembers {
			return true
		}
		m, ok := u.die(at)
		if !ok {
			return false
		}
		if m.declaration { // static, C++
			return true
		}
		out = append(out, u.member(&m))
		return true
	})
	return out
}

func (u *unit) member(d *die) Member {
	m := Member{Name: u.text(d.name), Type: u.typeOf(d.typ, 0)}
	switch {
	case d.location.isConstant():
		m.Offset = d.location.num
	case d.location.isBlock():
		// DWARF 2: DW_OP_plus_uconst and a number.
		end := min(d.location.num+uint64(d.location.size), uint64(len(u.data)))
		c := cursor{b: u.data[:end], at: int(d.location.num), order: u.x.order}
		if c.u8() == 0x23 {
			m.Offset = c.uleb()
		}
	}
	if !d.bitSize.isConstant() {
		return m
	}
	m.BitSize = d.bitSize.num
	switch {
	case d.dataBitOffset.isConstant():
		m.Offset = d.dataBitOffset.num / 8
		m.BitOffset = d.dataBitOffset.num % 8
	case d.bitOffset.isConstant():
		// DWARF 2 and 3 count from the most significant bit of the storage unit.
		size := m.Type.Size
		if d.size.isConstant() {
			size = d.size.num
		}
		if off := size*8 - d.bitOffset.num - m.BitSize; off < size*8 {
			m.Offset += off / 8
			m.BitOffset = off % 8
		}
	}
	return m
}

// unitAt is the unit whose code is at pc; nil if there's none, or if it can't be read. x.mu is held.
func (x *Index) unitAt(pc uint64) *unit {
	off, ok := x.find(pc)
	if !ok {
		return nil
	}
	u, err := x.load(off)
	if err != nil {
		return nil
	}
	return u
}

// FunctionAt returns the prototype of the function whose code is at pc, as the source has it; for one that is inlined
// there, depth says which of the chain, 0 for the innermost. nil if there's none.
func (x *Index) FunctionAt(pc uint64, depth int) *Function {
	x.mu.Lock()
	defer x.mu.Unlock()
	u := x.unitAt(pc)
	if u == nil {
		return nil
	}
	chain := u.chain(pc)
	i := len(chain) - 1 - depth
	if i < 0 || depth < 0 {
		return nil
	}
	return u.prototype(&chain[i])
}

// prototype reads a prototype from the abstract entry of a function, if it has one: the concrete one may lack
// parameters that the compiler removed.
func (u *unit) prototype(d *die) *Function {
	f := &Function{Dir: u.dir}
	f.Name, f.Linkage = u.names(d, 0)
	for range 8 {
		v := d.origin
		if v.form == 0 {
			v = d.specification
		}
		if v.form == 0 {
			break
		}
		o, od, ok := u.follow(v)
		if !ok {
			break
		}
		u, d = o, &od
	}
	if lines, err := u.lineTable(); err == nil && d.declFile != 0 {
		f.File = lines.file(d.declFile)
	}
	f.Line = int(min(d.declLine, 1<<31))
	f.Result = u.typeOf(d.typ, 0)
	if !d.children {
		return f
	}
	u.each(d.next, func(at int, tag uint16) bool {
		switch tag {
		case tagFormalParameter:
			if p, ok := u.die(at); ok && len(f.Params) < 256 {
				f.Params = append(f.Params, u.member(&p))
			}
		case tagUnspecifiedParams:
			f.Variadic = true
		}
		return true
	})
	return f
}

// maxStrings bounds .debug_str for a search by name. A kernel's has 4 MB.
const maxStrings = 512 << 20

// Named returns the definition of a struct, union, enum or typedef, nil if no unit has it. The unit with code at near
// is looked at first: two units can have different types of one name. All units are read if none has it, which takes a
// second for a vmlinux.
func (x *Index) Named(name string, near uint64) *Type {
	x.mu.Lock()
	defer x.mu.Unlock()
	offsets := x.stringOffsets(name)
	if near != 0 {
		if off, ok := x.find(near); ok {
			if u, err := x.load(off); err == nil {
				if t := u.named(name, offsets); t != nil {
					return t
				}
			}
		}
	}
	for _, off := range x.allUnits() {
		held := x.units[off] != nil
		u, err := x.load(off)
		if err != nil {
			continue
		}
		if t := u.named(name, offsets); t != nil {
			return t
		}
		if !held { // a search doesn't fill the memory
			delete(x.units, off)
			x.held -= len(u.data)
		}
	}
	return nil
}

// stringOffsets returns where in .debug_str a name is: linkers let short names be the ends of longer ones.
func (x *Index) stringOffsets(name string) map[uint64]bool {
	size := x.src.SectionSize(".debug_str")
	if size == 0 || size > maxStrings || name == "" {
		return nil
	}
	if x.strings == nil {
		b, err := x.src.ReadSection(".debug_str", 0, size)
		if err != nil {
			return nil
		}
		x.strings = b
	}
	out := map[uint64]bool{}
	want := append([]byte(name), 0)
	for at := 0; len(out) < 1<<12; {
		i := bytes.Index(x.strings[at:], want)
		if i < 0 {
			break
		}
		out[uint64(at+i)] = true
		at += i + 1
	}
	return out
}

// named looks for a definition among the unit's outermost types.
func (u *unit) named(name string, offsets map[uint64]bool) (found *Type) {
	if u.children == 0 {
		return nil
	}
	u.each(u.children, func(at int, tag uint16) bool {
		switch tag {
		case tagStructureType, tagUnionType, tagEnumerationType, tagTypedef, tagClassType:
		default:
			return true
		}
		d, ok := u.die(at)
		if !ok {
			return false
		}
		var same bool
		switch d.name.form {
		case 0:
			return true
		case formStrp:
			same = offsets[d.name.num]
		default:
			same = u.text(d.name) == name
		}
		if !same || d.declaration {
			return true
		}
		t := u.typeAt(&d, 0)
		// A typedef of the same name only stands for a struct if no struct has it.
		if found == nil || cmp.Compare(found.Kind, t.Kind) > 0 {
			found = t
		}
		return found.Kind == Typedef
	})
	return found
}
