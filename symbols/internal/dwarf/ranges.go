package dwarf

// span is a run of addresses: lo <= address < hi.
type span struct{ lo, hi uint64 }

// maxRanges bounds the spans of one DIE. The units of a kernel have some thousand.
const maxRanges = 1 << 16

// spans returns the addresses that a DIE covers.
func (u *unit) spans(d *die) []span {
	if d.ranges.form != 0 {
		return u.rangeList(d.ranges)
	}
	lo, ok := u.address(d.low)
	if !ok || d.high.form == 0 {
		return nil
	}
	hi, absolute := u.address(d.high)
	if !absolute {
		hi = lo + d.high.num
	}
	if hi <= lo {
		return nil
	}
	return []span{{lo, hi}}
}

// covers reports whether a DIE covers an address.
func (u *unit) covers(d *die, pc uint64) bool {
	if d.ranges.form == 0 && d.low.form == formAddr && d.low.num > pc {
		return false
	}
	for _, s := range u.spans(d) {
		if pc >= s.lo && pc < s.hi {
			return true
		}
	}
	return false
}

// rangeList reads a list of .debug_rnglists, or of .debug_ranges before version 5.
func (u *unit) rangeList(v value) []span {
	section, off := ".debug_rnglists", v.num
	if u.version < 5 {
		section = ".debug_ranges"
	} else if v.form == formRnglistx {
		at := u.rangeBase + v.num*uint64(u.offSize)
		b, err := u.x.window(section, at, uint64(u.offSize))
		if err != nil || len(b) < u.offSize {
			return nil
		}
		c := cursor{b: b, order: u.x.order}
		off = u.rangeBase + c.word(u.offSize)
	}
	for n := uint64(512); ; n *= 8 {
		b, err := u.x.window(section, off, n)
		if err != nil {
			return nil
		}
		c := cursor{b: b, order: u.x.order}
		var out []span
		var whole bool
		if u.version < 5 {
			out, whole = u.oldRanges(&c)
		} else {
			out, whole = u.newRanges(&c)
		}
		if whole || uint64(len(b)) < n || n > maxRanges*16 {
			return out
		}
	}
}

func (u *unit) oldRanges(c *cursor) (out []span, whole bool) {
	base := u.low
	top := ^uint64(0)
	if u.addrSize == 4 {
		top = 0xffffffff
	}
	for len(out) < maxRanges {
		lo, hi := c.word(u.addrSize), c.word(u.addrSize)
		switch {
		case c.bad:
			return out, false
		case lo == 0 && hi == 0:
			return out, true
		case lo == top:
			base = hi
		case lo < hi:
			out = append(out, span{base + lo, base + hi})
		}
	}
	return out, true
}

func (u *unit) newRanges(c *cursor) (out []span, whole bool) {
	base := u.low
	for len(out) < maxRanges {
		var lo, hi uint64
		switch kind := c.u8(); kind {
		case 0: // end of list
			return out, !c.bad
		case 1: // base_addressx
			base, _ = u.addressAt(c.uleb())
			continue
		case 2: // startx_endx
			lo, _ = u.addressAt(c.uleb())
			hi, _ = u.addressAt(c.uleb())
		case 3: // startx_length
			lo, _ = u.addressAt(c.uleb())
			hi = lo + c.uleb()
		case 4: // offset_pair
			lo = base + c.uleb()
			hi = base + c.uleb()
		case 5: // base_address
			base = c.word(u.addrSize)
			continue
		case 6: // start_end
			lo, hi = c.word(u.addrSize), c.word(u.addrSize)
		case 7: // start_length
			lo = c.word(u.addrSize)
			hi = lo + c.uleb()
		default:
			return out, true
		}
		if c.bad {
			return out, false
		}
		if lo < hi {
			out = append(out, span{lo, hi})
		}
	}
	return out, true
}
