package symbols

import (
	"fmt"
	"strings"
	"sync"

	"github.com/nfoops/nfoops/symbols/internal/dwarf"
)

// TypeKind is what a [Type] is.
type TypeKind byte

// The kinds of types.
const (
	// KindUnknown is a type that can't be read.
	KindUnknown TypeKind = iota
	// KindVoid is void.
	KindVoid
	// KindBase is a number.
	KindBase
	// KindPointer points to its Elem.
	KindPointer
	// KindArray is Count times its Elem.
	KindArray
	// KindStruct and KindUnion have Members.
	KindStruct
	KindUnion
	// KindEnum is an enumeration.
	KindEnum
	// KindTypedef is another name of its Elem.
	KindTypedef
	// KindQualifier is its Elem with the word that is its Name: const, volatile, restrict.
	KindQualifier
	// KindFunc has parameters as Members and the result as Elem.
	KindFunc
)

// Type is a type of C, from DWARF or BTF. What it consists of is read when it is asked for, and kept. It can be used
// from several goroutines, as long as its image is open.
type Type struct {
	// Kind is what it is.
	Kind TypeKind
	// Name is the tag of a struct, union or enum, else the name; "" if it has none.
	Name string
	// Size is in bytes, 0 if it isn't known.
	Size uint64
	// Count is the number of elements of an array; 0 for a flexible one.
	Count uint64
	// Signed is true for a signed number.
	Signed bool

	once     sync.Once
	fill     func() (elem *Type, members []Member)
	elem     *Type
	elements []Member
}

// Member is a member of a struct or union, or a parameter of a function.
type Member struct {
	// Name is "" for an anonymous struct or union, and for a parameter without a name.
	Name string
	// Offset is in bytes from the start of the struct.
	Offset uint64
	// BitSize is the number of bits of a bit field, 0 for other members; the field starts BitOffset bits after Offset.
	BitOffset, BitSize uint64
	// Type is never nil.
	Type *Type
}

// NewType returns a type whose parts are read by fill, on the first use of Elem or Members. It is for packages that
// read other formats. t's own fields are copied.
func NewType(kind TypeKind, name string, size, count uint64, signed bool, fill func() (*Type, []Member)) *Type {
	return &Type{Kind: kind, Name: plain(name), Size: size, Count: count, Signed: signed, fill: fill}
}

func (t *Type) parts() (*Type, []Member) {
	t.once.Do(func() {
		if t.fill != nil {
			t.elem, t.elements = t.fill()
			t.fill = nil
		}
	})
	return t.elem, t.elements
}

// Elem returns what a pointer points to, what an array consists of, what a typedef or qualifier names, what a function
// returns. It is nil for other types.
func (t *Type) Elem() *Type {
	e, _ := t.parts()
	return e
}

// Members returns the members of a struct or union, or the parameters of a function. The caller doesn't change them.
func (t *Type) Members() []Member {
	_, m := t.parts()
	return m
}

// Underlying returns the type without typedefs and qualifiers.
func (t *Type) Underlying() *Type {
	for range 64 {
		if t.Kind != KindTypedef && t.Kind != KindQualifier || t.Elem() == nil {
			break
		}
		t = t.Elem()
	}
	return t
}

// Pointee returns the struct or union that a pointer points to, nil for anything else.
func (t *Type) Pointee() *Type {
	p := t.Underlying()
	if p.Kind != KindPointer || p.Elem() == nil {
		return nil
	}
	if e := p.Elem().Underlying(); e.Kind == KindStruct || e.Kind == KindUnion {
		return e
	}
	return nil
}

// String writes the type as C does without a variable: "struct nf_conn *".
func (t *Type) String() string { return t.declare("", 0) }

// declare writes a declaration of a name.
func (t *Type) declare(name string, depth int) string {
	if depth > 32 {
		return "…" + name
	}
	spaced := func(s string) string {
		if name == "" {
			return s
		}
		return s + " " + name
	}
	tag := t.Name
	if tag == "" {
		tag = "{…}"
	}
	e := t.Elem()
	switch t.Kind {
	case KindVoid:
		return spaced("void")
	case KindStruct:
		return spaced("struct " + tag)
	case KindUnion:
		return spaced("union " + tag)
	case KindEnum:
		return spaced("enum " + tag)
	case KindBase, KindTypedef:
		return spaced(t.Name)
	case KindQualifier:
		if e == nil {
			return spaced(t.Name)
		}
		if e.Kind == KindPointer {
			return e.declare(strings.TrimSpace(t.Name+" "+name), depth+1)
		}
		return t.Name + " " + e.declare(name, depth+1)
	case KindPointer:
		if e == nil {
			return spaced("void *")
		}
		if e.Kind == KindArray || e.Kind == KindFunc {
			return e.declare("(*"+name+")", depth+1)
		}
		return e.declare("*"+name, depth+1)
	case KindArray:
		n := ""
		if t.Count > 0 {
			n = fmt.Sprint(t.Count)
		}
		if e == nil {
			return name + "[" + n + "]"
		}
		return e.declare(name+"["+n+"]", depth+1)
	case KindFunc:
		if e == nil {
			return name + "()"
		}
		return e.declare(name+"("+parameters(t.Members(), depth+1)+")", depth+1)
	}
	return spaced("?")
}

func parameters(ps []Member, depth int) string {
	if len(ps) == 0 {
		return "void"
	}
	var out []string
	for _, p := range ps {
		out = append(out, p.Type.declare(p.Name, depth))
	}
	return strings.Join(out, ", ")
}

// Prototype is a function as its source declares it.
type Prototype struct {
	// Name is the function's.
	Name string
	// File and Line are where it is defined, "" and 0 if not known.
	File string
	Line int
	// Result is never nil; Params are in order.
	Result *Type
	Params []Member
	// Variadic is true if the last parameter is "...".
	Variadic bool
	// Altered is true if the compiler changed the interface (.isra, .constprop, .part): registers at the entry don't hold
	// the parameters in order.
	Altered bool
}

// String writes the prototype as C does.
func (p *Prototype) String() string {
	ps := parameters(p.Params, 0)
	if p.Variadic {
		ps += ", ..."
	}
	return p.Result.declare(plain(p.Name)+"("+ps+")", 0)
}

// Prototype returns the prototype of the function at an address of the image. depth is the index in what [Image.Lines]
// gives there: 0 for the innermost function, which may be inlined.
func (m *Image) Prototype(addr uint64, depth int) (*Prototype, Reason) {
	x, reason := m.dwarf()
	if x == nil {
		return nil, reason
	}
	f := x.FunctionAt(addr, depth)
	if f == nil {
		return nil, ReasonNoLine
	}
	p := &Prototype{Name: plain(f.Name), File: plain(sourcePath(f.File, f.Dir)), Line: f.Line,
		Result: fromDWARF(x, f.Result), Variadic: f.Variadic}
	for _, a := range f.Params {
		p.Params = append(p.Params, member(x, a))
	}
	if t, err := m.Table(); err == nil {
		if at, r := t.Find(addr); r == "" {
			for _, mark := range []string{".isra.", ".constprop.", ".part.", ".cold"} {
				p.Altered = p.Altered || strings.Contains(at.Symbol.Name, mark)
			}
		}
	}
	return p, ""
}

// Struct returns the definition of a struct, union, enum or typedef by its name, without the word struct. near is an
// address of the image whose source file is looked at first, 0 for none: files can have different types of one name. If
// it is in none, all of a vmlinux's debug information is read, which takes a second or two.
func (m *Image) Struct(name string, near uint64) (*Type, Reason) {
	x, reason := m.dwarf()
	if x == nil {
		return nil, reason
	}
	t := x.Named(name, near)
	if t == nil {
		return nil, ReasonNoType
	}
	return fromDWARF(x, t), ""
}

const (
	// ReasonNoType is a type that isn't defined in the debug information.
	ReasonNoType Reason = "not a type in this debug information"
)

// fromDWARF makes a type of one that DWARF has.
func fromDWARF(x *dwarf.Index, t *dwarf.Type) *Type {
	if t == nil {
		return &Type{}
	}
	kinds := map[dwarf.Kind]TypeKind{
		dwarf.Void: KindVoid, dwarf.Base: KindBase, dwarf.Pointer: KindPointer, dwarf.Array: KindArray,
		dwarf.Struct: KindStruct, dwarf.Union: KindUnion, dwarf.Enum: KindEnum, dwarf.Typedef: KindTypedef,
		dwarf.Qualifier: KindQualifier, dwarf.Func: KindFunc,
	}
	return NewType(kinds[t.Kind], t.Name, t.Size, t.Count, t.Signed, func() (*Type, []Member) {
		var elem *Type
		if e := x.Elem(t); e != nil {
			elem = fromDWARF(x, e)
		}
		var members []Member
		switch t.Kind {
		case dwarf.Struct, dwarf.Union, dwarf.Func:
			for _, d := range x.Members(t) {
				members = append(members, member(x, d))
			}
		}
		return elem, members
	})
}

func member(x *dwarf.Index, d dwarf.Member) Member {
	return Member{Name: plain(d.Name), Offset: d.Offset, BitOffset: d.BitOffset, BitSize: d.BitSize,
		Type: fromDWARF(x, d.Type)}
}
