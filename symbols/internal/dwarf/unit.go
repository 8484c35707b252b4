package dwarf

import (
	"errors"
	"fmt"
)

// maxUnit bounds the bytes of one unit; the largest of a kernel, with everything linked by LTO, has 300 MB.
const maxUnit = 1 << 30

// unit is a compile unit. Its bytes are those of .debug_info from off on, so a reference within it is an index.
type unit struct {
	x        *Index
	off, end uint64 // in .debug_info
	version  int
	offSize  int
	addrSize int
	data     []byte
	abbrevs  *abbrevs
	first    int // where its root DIE starts, in data
	children int // where the first child of the root starts, in data; 0 if it has none

	name, dir string
	language  uint64
	stmtList  uint64
	hasLines  bool
	low       uint64
	root      die
	strBase   uint64
	addrBase  uint64
	rangeBase uint64
	functions []function // by address
	listed    bool
	lines     *lineTable
	linesErr  error
	linesRead bool
	foreign   map[uint64]*unit // of references out of the unit
}

// header reads a unit's header; data holds at least its first 64 bytes.
func (x *Index) header(data []byte, off uint64) (u *unit, abbrevOff uint64, err error) {
	c := cursor{b: data, order: x.order}
	n, offSize := c.length()
	start := uint64(c.at)
	u = &unit{x: x, off: off, offSize: offSize, version: int(c.u16())}
	kind := uint8(1)
	switch {
	case c.bad || n > x.infoSize || off+start+n > x.infoSize:
		return nil, 0, fmt.Errorf(".debug_info: the unit at %#x has a length of %#x", off, n)
	case u.version >= 2 && u.version <= 4:
		abbrevOff = c.word(offSize)
		u.addrSize = int(c.u8())
	case u.version == 5:
		kind = c.u8()
		u.addrSize = int(c.u8())
		abbrevOff = c.word(offSize)
		switch kind {
		case 4, 5: // skeleton, split compile: an id
			c.u64()
		case 2, 6: // type units: signature and offset
			c.u64()
			c.word(offSize)
		}
	default:
		u.end = off + start + n
		return u, 0, errOtherUnit
	}
	u.end = off + start + n
	u.first = c.at
	if c.bad || u.addrSize != 4 && u.addrSize != 8 {
		return u, 0, fmt.Errorf(".debug_info: the unit at %#x has addresses of %d bytes", off, u.addrSize)
	}
	if kind == 2 || kind == 6 {
		return u, 0, errOtherUnit
	}
	return u, abbrevOff, nil
}

var errOtherUnit = errors.New(".debug_info: a unit of another kind")

// headerWindow is how much of a unit is read to see its header and the root DIE.
const headerWindow = 4096

// peek reads the header and the root DIE of the unit at off. The next one starts at u.end, which is set even with an
// error if it is known.
func (x *Index) peek(off uint64) (*unit, error) {
	b, err := x.window(".debug_info", off, headerWindow)
	if err != nil {
		return nil, err
	}
	u, abbrevOff, err := x.header(b, off)
	if err != nil {
		return u, err
	}
	if u.abbrevs, err = x.abbrevsAt(abbrevOff, u); err != nil {
		return u, err
	}
	u.data = b
	return u, u.readRoot()
}

// load reads the whole unit.
func (x *Index) load(off uint64) (*unit, error) {
	u := x.units[off]
	if u != nil {
		return u, nil
	}
	b, err := x.window(".debug_info", off, headerWindow)
	if err != nil {
		return nil, err
	}
	u, abbrevOff, err := x.header(b, off)
	if err != nil {
		return nil, err
	}
	if u.end-off > maxUnit {
		return nil, fmt.Errorf(".debug_info: the unit at %#x has %d bytes, too many", off, u.end-off)
	}
	if u.abbrevs, err = x.abbrevsAt(abbrevOff, u); err != nil {
		return nil, err
	}
	if u.data, err = x.window(".debug_info", off, u.end-off); err != nil {
		return nil, err
	}
	if err := u.readRoot(); err != nil {
		return nil, err
	}
	if x.held += len(u.data); x.held > maxHeld {
		clear(x.units)
		x.held = len(u.data)
	}
	x.units[off] = u
	return u, nil
}

// readRoot reads what the root DIE says about the unit.
func (u *unit) readRoot() error {
	d, ok := u.die(u.first)
	if !ok {
		return fmt.Errorf(".debug_info: the first DIE of the unit at %#x is damaged", u.off)
	}
	u.root = d
	if d.children {
		u.children = d.next
	}
	// The bases come first: the other attributes may need them.
	u.strBase, u.addrBase, u.rangeBase = d.strBase, d.addrBase, d.rangeBase
	if u.version == 5 && u.strBase == 0 {
		u.strBase = 8
	}
	u.name, u.dir = u.text(d.name), u.text(d.dir)
	u.language = d.language
	u.stmtList, u.hasLines = d.stmtList, d.hasLines
	if v, ok := u.address(d.low); ok {
		u.low = v
	}
	return nil
}

// unitOf returns the unit that has an offset of .debug_info.
func (u *unit) unitOf(off uint64) (*unit, bool) {
	if off >= u.off && off < u.end {
		return u, true
	}
	if f := u.foreign[off]; f != nil {
		return f, true
	}
	start, ok := u.x.unitStart(off)
	if !ok {
		return nil, false
	}
	f, err := u.x.load(start)
	if err != nil || off < f.off || off >= f.end {
		return nil, false
	}
	if u.foreign == nil {
		u.foreign = map[uint64]*unit{}
	}
	u.foreign[off] = f
	return f, true
}
