package dwarf

// Local is a parameter or a variable of a function.
type Local struct {
	Name string
	Type *Type
	// Function is the source name of the function that has it, Depth the function's place in [Index.Frames]: 0 is the
	// innermost.
	Function string
	Depth    int
	Param    bool
}

// maxLocals bounds the variables of one place. Generated code of the kernel reaches a few hundred.
const maxLocals = 4096

// Locals returns the parameters and variables in scope at pc, those of the innermost function first. Variables that the
// compiler removed are among them: their names and types are still true of the source.
func (x *Index) Locals(pc uint64) (out []Local) {
	x.mu.Lock()
	defer x.mu.Unlock()
	u := x.unitAt(pc)
	if u == nil {
		return nil
	}
	chain := u.chain(pc)
	for depth := range chain {
		d := &chain[len(chain)-1-depth]
		if !d.children {
			continue
		}
		name, _ := u.names(d, 0)
		u.locals(d.next, pc, 0, func(l Local) bool {
			l.Function, l.Depth = name, depth
			out = append(out, l)
			return len(out) < maxLocals
		})
	}
	return out
}

// locals calls f for the variables among the DIEs from at on, and in the blocks around pc.
func (u *unit) locals(at int, pc uint64, depth int, f func(Local) bool) {
	if depth > maxDepth {
		return
	}
	u.each(at, func(at int, tag uint16) bool {
		switch tag {
		case tagFormalParameter, tagVariable:
			d, ok := u.die(at)
			if !ok {
				return false
			}
			o, named := u.declared(&d)
			if l := (Local{Name: o.text(named.name), Param: tag == tagFormalParameter}); l.Name != "" {
				l.Type = o.typeOf(named.typ, 0)
				return f(l)
			}
		case tagLexicalBlock:
			d, ok := u.die(at)
			if !ok || !d.children {
				return ok
			}
			if (d.low.form != 0 || d.ranges.form != 0) && !u.covers(&d, pc) {
				return true
			}
			u.locals(d.next, pc, depth+1, f)
		}
		return true
	})
}

// declared returns the entry that has the name and the type: the variable's own, or the one that it is a copy of.
func (u *unit) declared(d *die) (*unit, die) {
	out := *d
	for range 8 {
		if out.name.form != 0 || out.origin.form == 0 {
			break
		}
		o, od, ok := u.follow(out.origin)
		if !ok {
			break
		}
		u, out = o, od
	}
	return u, out
}
