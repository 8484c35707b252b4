package dwarf

// die is a debugging information entry with the attributes that this package looks at. A value with form 0 is absent.
type die struct {
	at       int // where it starts, in unit.data
	next     int // where the next one starts: the first child, if it has children
	tag      uint16
	children bool
	sibling  int // where the next one after its children starts, 0 if not told

	name, linkage, dir             value
	low, high, ranges              value
	origin, specification, typ     value
	callFile, callLine, callColumn uint64
	declFile, declLine             uint64
	size, bitSize, bitOffset       value
	dataBitOffset, location        value
	upper, count                   value
	encoding                       uint64
	declaration                    bool
	language, stmtList             uint64
	hasLines                       bool
	strBase, addrBase, rangeBase   uint64
}

// die reads the DIE at an index of data. A null entry has tag 0.
func (u *unit) die(at int) (d die, ok bool) {
	if at <= 0 || at >= len(u.data) {
		return die{}, false
	}
	c := cursor{b: u.data, at: at, order: u.x.order}
	code := c.uleb()
	d.at = at
	if code == 0 {
		d.next = c.at
		return d, !c.bad
	}
	a := u.abbrevs.get(code)
	if a == nil {
		return die{}, false
	}
	d.tag, d.children = a.tag, a.children
	for i := range a.attrs {
		v := u.read(&c, a.attrs[i])
		switch a.attrs[i].name {
		case atSibling:
			if ref, ok := u.reference(v); ok && ref > u.off+uint64(at) && ref < u.end {
				d.sibling = int(ref - u.off)
			}
		case atName:
			d.name = v
		case atLinkageName, atMIPSLinkage:
			d.linkage = v
		case atCompDir:
			d.dir = v
		case atLowPC:
			d.low = v
		case atHighPC:
			d.high = v
		case atRanges:
			d.ranges = v
		case atAbstractOrigin:
			d.origin = v
		case atSpecification:
			d.specification = v
		case atType:
			d.typ = v
		case atCallFile:
			d.callFile = v.num
		case atCallLine:
			d.callLine = v.num
		case atCallColumn:
			d.callColumn = v.num
		case atDeclFile:
			d.declFile = v.num
		case atDeclLine:
			d.declLine = v.num
		case atByteSize:
			d.size = v
		case atBitSize:
			d.bitSize = v
		case atBitOffset:
			d.bitOffset = v
		case atDataBitOffset:
			d.dataBitOffset = v
		case atDataMemberLoc:
			d.location = v
		case atUpperBound:
			d.upper = v
		case atCount:
			d.count = v
		case atEncoding:
			d.encoding = v.num
		case atDeclaration:
			d.declaration = v.num != 0
		case atLanguage:
			d.language = v.num
		case atStmtList:
			d.stmtList, d.hasLines = v.num, true
		case atStrOffsetsBase:
			d.strBase = v.num
		case atAddrBase:
			d.addrBase = v.num
		case atRnglistsBase:
			d.rangeBase = v.num
		}
	}
	d.next = c.at
	return d, !c.bad
}

// tagAt returns the tag and where the next DIE is, without reading the attributes if possible. after is where the next
// one after its children is, 0 if that is not known.
func (u *unit) tagAt(at int) (tag uint16, children bool, next, after int, ok bool) {
	c := cursor{b: u.data, at: at, order: u.x.order}
	code := c.uleb()
	if code == 0 {
		return 0, false, c.at, c.at, !c.bad
	}
	a := u.abbrevs.get(code)
	if a == nil {
		return 0, false, 0, 0, false
	}
	if a.sibling >= 0 {
		s := cursor{b: u.data, at: min(c.at+a.sibling, len(u.data)), order: u.x.order}
		if n := int(s.u32()); !s.bad && n > at && n < len(u.data) {
			after = n
		}
	}
	if a.fixed >= 0 {
		c.take(uint64(a.fixed))
	} else {
		for i := range a.attrs {
			v := u.read(&c, a.attrs[i])
			if a.attrs[i].name == atSibling {
				if ref, ok := u.reference(v); ok && ref > u.off+uint64(at) && ref < u.end {
					after = int(ref - u.off)
				}
			}
		}
	}
	if !a.children {
		after = c.at
	}
	return a.tag, a.children, c.at, after, !c.bad
}

// maxDepth bounds the nesting of DIEs. Inlined functions of a kernel reach 40.
const maxDepth = 512

// skip returns where the DIE after this one and its children starts.
func (u *unit) skip(at int) (int, bool) {
	depth := 0
	for {
		tag, children, next, after, ok := u.tagAt(at)
		if !ok {
			return 0, false
		}
		switch {
		case tag == 0:
			if depth--; depth < 0 {
				return 0, false
			}
			at = next
		case after != 0:
			at = after
		case children:
			if depth++; depth > maxDepth {
				return 0, false
			}
			at = next
		default:
			at = next
		}
		if depth == 0 {
			return at, true
		}
	}
}

// each calls f for every child from at on, until there's none left or f returns false. f gets where the child starts.
func (u *unit) each(at int, f func(at int, tag uint16) bool) {
	for at > 0 && at < len(u.data) {
		tag, _, _, after, ok := u.tagAt(at)
		if !ok || tag == 0 || !f(at, tag) {
			return
		}
		if after == 0 {
			if after, ok = u.skip(at); !ok {
				return
			}
		}
		if after <= at {
			return
		}
		at = after
	}
}
