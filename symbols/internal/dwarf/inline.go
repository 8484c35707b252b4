package dwarf

import (
	"cmp"
	"slices"
)

// Frame is one function at an address, with the place in the source.
type Frame struct {
	// Function is the name in the source, "" if the DWARF has none there. Linkage is the mangled name of a Rust or C++
	// function, "" in C.
	Function, Linkage string
	// File is the path as the compiler has it, after the folder of compilation; Dir is that folder.
	File, Dir string
	// Line and Column count from 1; 0 is not known.
	Line, Column int
	// Inlined is true if the function's code was put into the next frame's.
	Inlined bool
}

// function is a run of addresses of a subprogram.
type function struct {
	span
	at int // its DIE, in unit.data
}

// Frames returns the functions at pc, innermost first. It is empty if no unit has code there.
func (x *Index) Frames(pc uint64) (out []Frame, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	off, ok := x.find(pc)
	if !ok {
		return nil, nil
	}
	u, err := x.load(off)
	if err != nil {
		return nil, err
	}
	return u.frames(pc), nil
}

func (u *unit) frames(pc uint64) []Frame {
	lines, _ := u.lineTable()
	here := Frame{Dir: u.dir}
	if lines != nil {
		if r, ok := lines.find(pc); ok {
			here.File, here.Line, here.Column = lines.file(uint64(r.file)), int(r.line), int(r.col)
		}
	}
	chain := u.chain(pc)
	if len(chain) == 0 {
		if here.File == "" {
			return nil
		}
		return []Frame{here} // assembler has lines and no functions
	}
	out := make([]Frame, 0, len(chain))
	for i := len(chain) - 1; i >= 0; i-- {
		d := &chain[i]
		here.Function, here.Linkage = u.names(d, 0)
		here.Inlined = d.tag == tagInlinedSubroutine
		out = append(out, here)
		here = Frame{Dir: u.dir, Line: int(min(d.callLine, 1<<31)), Column: int(min(d.callColumn, 1<<16))}
		if lines != nil {
			here.File = lines.file(d.callFile)
		}
	}
	return out
}

// names returns the names of a subprogram, following the references to its declaration.
func (u *unit) names(d *die, depth int) (name, linkage string) {
	if d.name.form != 0 {
		name = u.text(d.name)
	}
	if d.linkage.form != 0 {
		linkage = u.text(d.linkage)
	}
	if name != "" && linkage != "" || depth > 8 {
		return name, linkage
	}
	for _, v := range []value{d.origin, d.specification} {
		if v.form == 0 {
			continue
		}
		if o, od, ok := u.follow(v); ok {
			n, l := o.names(&od, depth+1)
			name, linkage = cmp.Or(name, n), cmp.Or(linkage, l)
		}
	}
	return name, linkage
}

// follow reads the DIE that a value refers to, and the unit it is in.
func (u *unit) follow(v value) (*unit, die, bool) {
	off, ok := u.reference(v)
	if !ok {
		return nil, die{}, false
	}
	o, ok := u.unitOf(off)
	if !ok {
		return nil, die{}, false
	}
	d, ok := o.die(int(off - o.off))
	return o, d, ok && d.tag != 0
}

// chain returns the DIEs of the functions that cover pc, the outermost first.
func (u *unit) chain(pc uint64) []die {
	at, ok := u.functionAt(pc)
	if !ok {
		return nil
	}
	d, ok := u.die(at)
	if !ok {
		return nil
	}
	out := []die{d}
	for d.children && len(out) < maxDepth {
		inner, ok := u.within(d.next, pc, 0)
		if !ok {
			break
		}
		out = append(out, inner)
		d = inner
	}
	return out
}

// within finds the inlined function that covers pc among the DIEs from at on, looking into blocks.
func (u *unit) within(at int, pc uint64, depth int) (found die, ok bool) {
	if depth > maxDepth {
		return die{}, false
	}
	u.each(at, func(at int, tag uint16) bool {
		switch tag {
		case tagInlinedSubroutine:
			if d, good := u.die(at); good && u.covers(&d, pc) {
				found, ok = d, true
				return false
			}
		case tagLexicalBlock:
			d, good := u.die(at)
			if !good || !d.children {
				return true
			}
			// A block without addresses of its own can still have inlined functions.
			if (d.low.form != 0 || d.ranges.form != 0) && !u.covers(&d, pc) {
				return true
			}
			if found, ok = u.within(d.next, pc, depth+1); ok {
				return false
			}
		}
		return true
	})
	return found, ok
}

// functionAt returns the subprogram that covers pc, the smallest one if several do.
func (u *unit) functionAt(pc uint64) (at int, ok bool) {
	u.list()
	i, found := slices.BinarySearchFunc(u.functions, pc, func(f function, pc uint64) int { return cmp.Compare(f.lo, pc) })
	if found {
		for i+1 < len(u.functions) && u.functions[i+1].lo == pc {
			i++
		}
	} else {
		i--
	}
	var best function
	for n := 0; i >= 0 && n < 64; i, n = i-1, n+1 {
		f := u.functions[i]
		if pc >= f.lo && pc < f.hi && (!ok || f.hi-f.lo < best.hi-best.lo) {
			best, ok = f, true
		}
	}
	return best.at, ok
}

// list finds the unit's subprograms.
func (u *unit) list() {
	if u.listed {
		return
	}
	u.listed = true
	u.listIn(u.children, 0)
	slices.SortStableFunc(u.functions, func(a, b function) int { return cmp.Compare(a.lo, b.lo) })
}

func (u *unit) listIn(at, depth int) {
	u.each(at, func(at int, tag uint16) bool {
		switch tag {
		case tagSubprogram:
			if d, ok := u.die(at); ok && (d.low.form != 0 || d.ranges.form != 0) {
				for _, s := range u.spans(&d) {
					if s.lo != 0 {
						u.functions = append(u.functions, function{s, at})
					}
				}
			}
		case tagNamespace, tagStructureType, tagClassType, tagEnumerationType, tagUnionType:
			// Rust puts functions into these, C doesn't (languages 1, 2, 12 and 29).
			if depth > 32 || u.isC() {
				return true
			}
			if _, children, next, _, ok := u.tagAt(at); ok && children {
				u.listIn(next, depth+1)
			}
		}
		return true
	})
}

// isC reports whether the unit is C of some version.
func (u *unit) isC() bool {
	switch u.language {
	case 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x8001: // C89, C, C99, C11, C17, assembler
		return true
	}
	return false
}
