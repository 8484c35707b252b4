package symbols

import (
	"cmp"
	"fmt"
	"slices"
)

// FieldPath is one member that lies at an offset of a struct.
type FieldPath struct {
	// Path is how C reaches it from the struct: "proto.tcp.state", "tuplehash[1].tuple.src.u3.ip".
	Path string
	// Type is the member's.
	Type *Type
	// Offset is the distance from the member's start, 0 where the path names what starts there.
	Offset uint64
	// BitOffset and BitSize are those of a bit field, 0 for others.
	BitOffset, BitSize uint64
}

const (
	// maxPaths bounds the members of unions that are told.
	maxPaths = 256
	// maxNesting bounds the depth of structs in structs.
	maxNesting = 64
)

// FieldPaths returns what lies at an offset of a struct, union or array: one path, or one for each member of the unions
// on the way, in the order of the source. size is how many bytes are read or written there, 0 if that isn't known:
// members of that size come first. It is empty for a hole between members and for an offset beyond the end.
func (t *Type) FieldPaths(offset, size uint64) []FieldPath {
	w := &walker{}
	w.walk(t, "", offset, 0)
	if size != 0 {
		fits := func(p FieldPath) int {
			if p.Type.Size == size && p.Offset == 0 && p.BitSize == 0 {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(w.out, func(a, b FieldPath) int { return cmp.Compare(fits(a), fits(b)) })
	}
	return w.out
}

// walker collects paths.
type walker struct {
	out   []FieldPath
	steps int
}

func (w *walker) walk(t *Type, path string, off uint64, depth int) {
	if w.steps++; depth > maxNesting || w.steps > 1<<16 || len(w.out) >= maxPaths {
		return
	}
	u := t.Underlying()
	switch u.Kind {
	case KindStruct, KindUnion:
		w.members(u, path, off, depth)
	case KindArray:
		e := u.Elem()
		if e == nil || e.Size == 0 {
			w.out = append(w.out, FieldPath{Path: path, Type: t, Offset: off})
			return
		}
		i := off / e.Size
		if u.Count != 0 && i >= u.Count {
			return
		}
		w.walk(e, fmt.Sprintf("%s[%d]", path, i), off%e.Size, depth+1)
	default:
		w.out = append(w.out, FieldPath{Path: path, Type: t, Offset: off})
	}
}

func (w *walker) members(u *Type, path string, off uint64, depth int) {
	members := u.Members()
	for i, m := range members {
		if off < m.Offset {
			continue
		}
		at := off - m.Offset
		if m.BitSize != 0 {
			if off*8 < m.Offset*8+m.BitOffset+m.BitSize { // the byte has bits of it
				w.out = append(w.out, FieldPath{Path: join(path, m.Name), Type: m.Type, Offset: at,
					BitOffset: m.BitOffset, BitSize: m.BitSize})
			}
			continue
		}
		end := m.Type.Size
		if end == 0 && at > 0 {
			// A flexible array goes on to the end of the memory; an empty struct and an array of 0 in the middle don't.
			if i != len(members)-1 || m.Type.Underlying().Kind != KindArray {
				continue
			}
		} else if end != 0 && at >= end {
			continue
		}
		if end == 0 && m.Type.Underlying().Kind != KindArray {
			continue
		}
		w.walk(m.Type, join(path, m.Name), at, depth+1)
	}
}

// join adds a member to a path. An anonymous one adds nothing.
func join(path, name string) string {
	switch {
	case name == "":
		return path
	case path == "":
		return name
	}
	return path + "." + name
}

// Reached is a field that a parameter of a function leads to.
type Reached struct {
	// Param is the index of the parameter.
	Param int
	// Path is the C expression: "ct->proto.tcp.state", "par->ct->status".
	Path string
	// Struct is the type that the last pointer of the path points to, Field what lies at the offset in it.
	Struct *Type
	Field  FieldPath
}

// Reach returns the fields at an offset from a pointer that the function has as a parameter, or, with through greater
// than 0, from a pointer in the struct that a parameter points to, and so on through as many more; no more than limit.
// size is as in [Type.FieldPaths], and only fields of that size are returned if there are some. Those with fewer
// pointers on the way come first.
func (p *Prototype) Reach(offset, size uint64, through, limit int) []Reached {
	var out []Reached
	type start struct {
		param int
		path  string
		t     *Type
	}
	var level []start
	for i, a := range p.Params {
		if s := a.Type.Pointee(); s != nil {
			level = append(level, start{i, a.Name, s})
		}
	}
	const maxStarts = 4096
	for step := 0; step <= through && len(out) < limit; step++ {
		var next []start
		for _, s := range level {
			if offset < s.t.Size {
				for _, f := range s.t.FieldPaths(offset, size) {
					out = append(out, Reached{Param: s.param, Path: s.path + "->" + f.Path, Struct: s.t, Field: f})
				}
			}
			if step == through {
				continue
			}
			for _, m := range pointers(s.t, "", 0) {
				if len(next) < maxStarts {
					next = append(next, start{s.param, s.path + "->" + m.Name, m.Type.Pointee()})
				}
			}
		}
		level = next
	}
	if size != 0 {
		fit := slices.DeleteFunc(slices.Clone(out), func(r Reached) bool {
			return r.Field.Type.Size != size || r.Field.Offset != 0
		})
		if len(fit) > 0 {
			out = fit
		}
	}
	return out[:min(len(out), max(0, limit))]
}

// pointers returns the members of a struct that point to structs, with their paths as names.
func pointers(t *Type, path string, depth int) (out []Member) {
	if depth > 4 {
		return nil
	}
	for _, m := range t.Members() {
		name := join(path, m.Name)
		switch u := m.Type.Underlying(); {
		case m.Type.Pointee() != nil:
			out = append(out, Member{Name: name, Type: m.Type})
		case u.Kind == KindStruct || u.Kind == KindUnion:
			out = append(out, pointers(u, name, depth+1)...)
		}
		if len(out) > 512 {
			break
		}
	}
	return out
}
