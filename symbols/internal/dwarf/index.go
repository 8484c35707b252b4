// Package dwarf finds functions, lines, inlined calls and types in the DWARF of a kernel, versions 2 to 5.
//
// A kernel's .debug_info has 150 to 500 MB, and a crash log asks for 20 places. So nothing is read but what the answer
// needs: an [Index] reads which unit has which addresses (.debug_aranges, or the units' first entries if a compiler
// left that out), then the one unit of an address, its table of abbreviations, and its line table once.
//
// Everything in a file can be a lie. Reads are bounded, references must point into their unit, trees have a greatest
// depth, and what can't be read is missing from the answer.
package dwarf

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
)

// Source gives an index the bytes of sections.
type Source interface {
	// SectionSize returns the size of a section, 0 if there's none.
	SectionSize(name string) uint64
	// ReadSection returns n bytes from off on, or fewer at the end, with relocations applied. The caller owns them.
	ReadSection(name string, off, n uint64) ([]byte, error)
}

const (
	// maxHeld is how many bytes of units are kept before all are dropped. The units of one trace take some 4 MB.
	maxHeld = 24 << 20
	// smallSection is what is read as a whole on the first use.
	smallSection = 256 << 10
	// maxSection bounds what must be read as a whole: .debug_aranges. A kernel's has 200 KB.
	maxSection = 64 << 20
)

// Index answers questions about the DWARF of one file. It can be used from several goroutines, one at a time gets its
// answer.
type Index struct {
	src      Source
	order    binary.ByteOrder
	infoSize uint64

	mu       sync.Mutex
	small    map[string][]byte
	abbrevs  map[[3]uint64]*abbrevs
	units    map[uint64]*unit
	held     int
	ranges   []unitRange // by lo
	indexed  bool
	complete bool     // all units were visited, not .debug_aranges
	starts   []uint64 // of all units; see allUnits
	strings  []byte   // .debug_str, once a name was looked for
}

// unitRange is a run of addresses of one unit.
type unitRange struct {
	lo, hi, unit uint64
}

// New returns an index over the sections of src, or an error if it has no .debug_info.
func New(src Source, order binary.ByteOrder) (*Index, error) {
	x := &Index{
		src: src, order: order, infoSize: src.SectionSize(".debug_info"), small: map[string][]byte{},
		abbrevs: map[[3]uint64]*abbrevs{}, units: map[uint64]*unit{},
	}
	if x.infoSize == 0 {
		return nil, fmt.Errorf("no .debug_info")
	}
	return x, nil
}

// window reads a part of a section.
func (x *Index) window(name string, off, n uint64) ([]byte, error) {
	if b, ok := x.small[name]; ok {
		return cut(b, off, n), nil
	}
	size := x.src.SectionSize(name)
	if size == 0 {
		return nil, fmt.Errorf("no %s", name)
	}
	if size <= smallSection {
		b, err := x.src.ReadSection(name, 0, size)
		if err != nil {
			return nil, err
		}
		x.small[name] = b
		return cut(b, off, n), nil
	}
	if off >= size {
		return nil, fmt.Errorf("%s ends at %#x, before %#x", name, size, off)
	}
	return x.src.ReadSection(name, off, min(n, size-off))
}

func cut(b []byte, off, n uint64) []byte {
	if off >= uint64(len(b)) {
		return nil
	}
	return b[off:min(uint64(len(b)), off+min(n, uint64(len(b))))]
}

// maxText bounds a name; C++ and Rust have some of a thousand bytes.
const maxText = 16 << 10

// textAt reads a string of a section, "" if there's none.
func (x *Index) textAt(section string, off uint64) string {
	for n := uint64(96); n <= maxText; n *= 8 {
		b, err := x.window(section, off, n)
		if err != nil {
			return ""
		}
		if end := bytes.IndexByte(b, 0); end >= 0 {
			return string(b[:end])
		}
		if uint64(len(b)) < n {
			return ""
		}
	}
	return ""
}

// find returns the unit that has code at pc. Without one in .debug_aranges all units are looked at, once.
func (x *Index) find(pc uint64) (uint64, bool) {
	if !x.indexed {
		x.indexed = true
		if x.ranges = x.readARanges(); len(x.ranges) == 0 {
			x.visitAll()
		}
	}
	if off, ok := x.lookup(pc); ok {
		return off, true
	}
	if x.complete {
		return 0, false
	}
	x.visitAll()
	return x.lookup(pc)
}

func (x *Index) lookup(pc uint64) (uint64, bool) {
	i, found := slices.BinarySearchFunc(x.ranges, pc, func(r unitRange, pc uint64) int { return cmp.Compare(r.lo, pc) })
	if found {
		for i+1 < len(x.ranges) && x.ranges[i+1].lo == pc {
			i++
		}
	} else {
		i--
	}
	for n := 0; i >= 0 && n < 64; i, n = i-1, n+1 { // ranges can overlap
		if r := x.ranges[i]; pc >= r.lo && pc < r.hi {
			return r.unit, true
		}
	}
	return 0, false
}

// readARanges reads .debug_aranges.
func (x *Index) readARanges() []unitRange {
	size := x.src.SectionSize(".debug_aranges")
	if size == 0 || size > maxSection {
		return nil
	}
	b, err := x.src.ReadSection(".debug_aranges", 0, size)
	if err != nil {
		return nil
	}
	var out []unitRange
	c := cursor{b: b, order: x.order}
	for c.left() > 0 {
		start := c.at
		n, offSize := c.length()
		end := uint64(c.at) + n
		if c.bad || end > uint64(len(b)) || n > uint64(len(b)) {
			break
		}
		version := c.u16()
		unit := c.word(offSize)
		addrSize, segment := int(c.u8()), c.u8()
		if version != 2 || segment != 0 || addrSize != 4 && addrSize != 8 || unit >= x.infoSize {
			c.at = int(end)
			continue
		}
		if pad := (c.at - start) % (2 * addrSize); pad != 0 {
			c.take(uint64(2*addrSize - pad))
		}
		for uint64(c.at)+uint64(2*addrSize) <= end {
			lo, length := c.word(addrSize), c.word(addrSize)
			if lo == 0 && length == 0 {
				break
			}
			if length != 0 && lo != 0 && lo+length > lo {
				out = append(out, unitRange{lo, lo + length, unit})
			}
		}
		c.at = int(end)
	}
	slices.SortFunc(out, func(a, b unitRange) int {
		return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(b.hi, a.hi))
	})
	return out
}

// allUnits returns where the units start.
func (x *Index) allUnits() []uint64 {
	if x.starts != nil {
		return x.starts
	}
	for off := uint64(0); off < x.infoSize; {
		b, err := x.window(".debug_info", off, 64)
		if err != nil {
			break
		}
		u, _, err := x.header(b, off)
		if u == nil || u.end <= off {
			break
		}
		if err == nil {
			x.starts = append(x.starts, off)
		}
		off = u.end
	}
	return x.starts
}

// unitStart returns the start of the unit that holds an offset.
func (x *Index) unitStart(off uint64) (uint64, bool) {
	starts := x.allUnits()
	i, found := slices.BinarySearch(starts, off)
	if !found {
		i--
	}
	if i < 0 {
		return 0, false
	}
	return starts[i], true
}

// visitAll asks every unit for its addresses.
func (x *Index) visitAll() {
	x.complete = true
	var out []unitRange
	for _, off := range x.allUnits() {
		u, err := x.peek(off)
		if err != nil {
			continue
		}
		for _, s := range u.spans(&u.root) {
			if s.lo != 0 {
				out = append(out, unitRange{s.lo, s.hi, off})
			}
		}
	}
	slices.SortFunc(out, func(a, b unitRange) int {
		return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(b.hi, a.hi))
	})
	if len(out) > 0 {
		x.ranges = out
	}
}
