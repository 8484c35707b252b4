package dwarf

import "fmt"

// attr is one attribute of an abbreviation.
type attr struct {
	name     uint16
	form     uint16
	implicit int64 // the value of formImplicitConst
}

// abbrev is the shape of a DIE.
type abbrev struct {
	tag      uint16
	children bool
	attrs    []attr
	// fixed is the size of all attributes together, -1 if they vary. Most DIEs are stepped over by it.
	fixed int
	// sibling is where DW_AT_sibling is among the bytes of a DIE, with the form ref4; -1 if it isn't.
	sibling int
}

// abbrevs is a table of abbreviations. Compilers number them from 1.
type abbrevs struct {
	dense []abbrev // code 1 is [0]
	other map[uint64]abbrev
}

func (t *abbrevs) get(code uint64) *abbrev {
	if code-1 < uint64(len(t.dense)) {
		return &t.dense[code-1]
	}
	if a, ok := t.other[code]; ok {
		return &a
	}
	return nil
}

// maxAbbrevs bounds the bytes of one table; those of a kernel's units take 2 to 20 KB.
const maxAbbrevs = 4 << 20

// abbrevsAt reads the table at an offset of .debug_abbrev. addrSize and offSize are those of the unit.
func (x *Index) abbrevsAt(off uint64, u *unit) (*abbrevs, error) {
	key := [3]uint64{off, uint64(u.addrSize)<<8 | uint64(u.offSize), uint64(u.version)}
	t := x.abbrevs[key]
	if t != nil {
		return t, nil
	}
	for n := uint64(8 << 10); ; n *= 4 {
		b, err := x.window(".debug_abbrev", off, n)
		if err != nil {
			return nil, err
		}
		t, ok := parseAbbrevs(b, u)
		if ok {
			if len(x.abbrevs) > 256 { // a bound on memory; a trace needs 20
				clear(x.abbrevs)
			}
			x.abbrevs[key] = t
			return t, nil
		}
		if uint64(len(b)) < n || n >= maxAbbrevs {
			return nil, fmt.Errorf(".debug_abbrev: the table at %#x has no end", off)
		}
	}
}

func parseAbbrevs(b []byte, u *unit) (*abbrevs, bool) {
	c := cursor{b: b, order: u.x.order}
	t := &abbrevs{}
	pool := make([]attr, 0, len(b)/3)
	for {
		code := c.uleb()
		if code == 0 {
			return t, !c.bad
		}
		a := abbrev{tag: uint16(c.uleb()), children: c.u8() != 0, sibling: -1}
		start := len(pool)
		for {
			name, form := c.uleb(), c.uleb()
			if c.bad {
				return nil, false
			}
			if name == 0 && form == 0 {
				break
			}
			at := attr{name: uint16(name), form: uint16(form)}
			if form == formImplicitConst {
				at.implicit = c.sleb()
			}
			size := u.formSize(at.form)
			switch {
			case a.fixed < 0:
			case size < 0:
				a.fixed = -1
			default:
				if at.name == atSibling && at.form == formRef4 {
					a.sibling = a.fixed
				}
				a.fixed += size
			}
			pool = append(pool, at)
		}
		a.attrs = pool[start:len(pool):len(pool)]
		if code == uint64(len(t.dense)+1) {
			t.dense = append(t.dense, a)
		} else {
			if t.other == nil {
				t.other = map[uint64]abbrev{}
			}
			t.other[code] = a
		}
	}
}
