package symbols

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
)

// A kernel with CONFIG_KALLSYMS carries its own names in .rodata, compressed by a table of 256 tokens
// (scripts/kallsyms.c:write_src, kernel/kallsyms.c). A vmlinuz has nothing else to tell them. No header says where the
// tables are, so they are found by what they must look like, and every part confirms another one:
//
//	token_table    256 strings; those of the digits are the digits themselves
//	token_index    256 numbers of 16 bits: where each string starts
//	markers        rising numbers, the first is 0: where every 256th name starts
//	names          a length, then as many tokens; 256 names end where the next marker says
//	num_syms       in the word before the names
//	offsets        of 32 bits from relative_base, before num_syms (4.6 to 6.3) or after token_index (6.4 and later);
//	addresses      whole addresses in their place, without CONFIG_KALLSYMS_BASE_RELATIVE and before 4.6
type embeddedTables struct {
	b       []byte
	order   binary.ByteOrder
	word    int // bytes of an address
	tokens  [256]string
	table   int // where token_table starts
	end     int // where token_index ends
	markers []uint64
	names   int // where names starts
	count   int
}

// embedded returns the table of the names that an image carries, nil if it has none.
func (m *Image) embedded() *Table {
	word := 4
	if m.object.Wide {
		word = 8
	}
	for _, part := range m.embeddedParts() {
		t := &embeddedTables{b: part, word: word}
		if !t.findTokens() || !t.findMarkers() || !t.findNames() {
			continue
		}
		addrs, base := t.addresses()
		if addrs == nil {
			continue
		}
		fill := func(add func(kind byte, addr uint64, name []byte)) {
			t.each(func(i int, name []byte) bool {
				if len(name) > 1 {
					add(name[0], addrs[i], name[1:])
				}
				return true
			})
		}
		table := buildTable(m.name, "", word == 8, t.count, 24*t.count, fill)
		if table == nil {
			return nil
		}
		if len(table.Named("_text"))+len(table.Named("_stext")) == 0 {
			continue
		}
		table.notes = append(table.notes, fmt.Sprintf("the symbols of %s are those that the kernel carries for itself",
			m.name))
		if base == 0 {
			table.notes = append(table.notes, fmt.Sprintf("%s doesn't tell where it is linked: its addresses count from 0",
				m.name))
		}
		return table
	}
	return nil
}

// embeddedParts returns where the tables can be: the read-only data of an ELF file, or all of a raw image.
func (m *Image) embeddedParts() (out [][]byte) {
	if m.raw != nil {
		return [][]byte{m.raw}
	}
	for i := range m.object.Sections {
		s := &m.object.Sections[i]
		if s.Flags&elf.SHF_ALLOC == 0 || s.Flags&elf.SHF_EXECINSTR != 0 || s.Size < 1<<12 {
			continue
		}
		if b, err := m.object.ReadAll(s, 1<<30); err == nil {
			out = append(out, b)
		}
	}
	return out
}

// findTokens finds token_table and token_index.
func (t *embeddedTables) findTokens() bool {
	digits := []byte("0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00")
	for from, n := 0, 0; n < 64; n++ {
		i := bytes.Index(t.b[from:], digits)
		if i < 0 {
			return false
		}
		at := from + i
		from = at + 1
		// Back over the 47 tokens before "0". What the first one starts with only token_index tells.
		for range '0' - 1 {
			prev := bytes.LastIndexByte(t.b[:max(0, at-1)], 0)
			if prev < 0 || at-prev > 256 {
				at = -1
				break
			}
			at = prev + 1
		}
		if at > 0 && t.readTokens(at) {
			return true
		}
	}
	return false
}

// readTokens reads the tokens, of which the second one starts at an index of b.
func (t *embeddedTables) readTokens(second int) bool {
	var starts [256]int // from the second one on
	pos := second
	for i := 1; i < 256; i++ {
		n := bytes.IndexByte(t.b[pos:min(len(t.b), pos+256)], 0)
		if n < 0 {
			return false
		}
		starts[i] = pos - second
		t.tokens[i] = string(t.b[pos : pos+n])
		pos += n + 1
	}
	for index := pos; index < pos+16 && index+512 <= len(t.b); index++ {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			first := int(order.Uint16(t.b[index+2:]))
			same := order.Uint16(t.b[index:]) == 0 && first > 0 && first <= second
			for i := 2; same && i < 256; i++ {
				same = int(order.Uint16(t.b[index+2*i:]))-first == starts[i]
			}
			if same {
				t.table = second - first
				t.tokens[0] = string(t.b[t.table : second-1])
				t.order, t.end = order, index+512
				return true
			}
		}
	}
	return false
}

func (t *embeddedTables) number(at, size int) uint64 {
	if at < 0 || at+size > len(t.b) {
		return 0
	}
	if size == 8 {
		return t.order.Uint64(t.b[at:])
	}
	return uint64(t.order.Uint32(t.b[at:]))
}

// findMarkers finds the longest run of rising numbers from 0 before the tokens. A name has 1 to 512 tokens.
func (t *embeddedTables) findMarkers() bool {
	const least, most = 256 * 2, 256 * 512
	best := 0
	for _, size := range []int{4, t.word} {
		if size == 8 && best > 0 {
			break
		}
		for at := t.table &^ 3; at >= 4 && t.table-at < 64<<20; at -= 4 {
			if t.number(at, size) != 0 {
				continue
			}
			n, last := 1, uint64(0)
			for at+(n+1)*size <= t.table {
				v := t.number(at+n*size, size)
				if v < last+least || v > last+most {
					break
				}
				last = v
				n++
			}
			if n > best && n > 2 {
				best = n
				t.markers = t.markers[:0]
				for i := range n {
					t.markers = append(t.markers, t.number(at+i*size, size))
				}
				t.names = at // of the markers, for now
			}
		}
	}
	return best > 2
}

// next returns where the name after the one at an index of b starts, and the name's tokens.
func (t *embeddedTables) next(at int) (tokens []byte, after int) {
	if at < 0 || at >= len(t.b) {
		return nil, -1
	}
	n := int(t.b[at])
	at++
	if n&0x80 != 0 && at < len(t.b) { // two bytes, since 6.1
		n = n&0x7f | int(t.b[at])<<7
		at++
	}
	if n == 0 || n > len(t.b)-at {
		return nil, -1
	}
	return t.b[at : at+n], at + n
}

// findNames finds where the names start: before the markers, so that the markers are right and the names end there.
func (t *embeddedTables) findNames() bool {
	end := t.names
	last := int(min(t.markers[len(t.markers)-1], 1<<31))
	for start := (end - last) &^ 3; start > 8 && end-last-start < 256*512; start -= 4 {
		if t.skip(start, 256) != start+int(t.markers[1]) {
			continue
		}
		for _, at := range []int{start - 4, start - 8} {
			n := int(t.number(at, 4))
			if (n+255)/256 != len(t.markers) {
				continue
			}
			tail := t.skip(start+last, n-256*(len(t.markers)-1))
			if tail > 0 && tail <= end && end-tail < 16 {
				t.names, t.count = start, n
				return true
			}
		}
	}
	return false
}

// skip returns where the name after n names starts, -1 if there aren't so many.
func (t *embeddedTables) skip(at, n int) int {
	for ; n > 0 && at >= 0; n-- {
		_, at = t.next(at)
	}
	return at
}

// each calls f with every name, its type letter first. f doesn't keep the name.
func (t *embeddedTables) each(f func(i int, name []byte) bool) {
	at := t.names
	buf := make([]byte, 0, 512)
	for i := range t.count {
		var tokens []byte
		if tokens, at = t.next(at); at < 0 {
			return
		}
		buf = buf[:0]
		for _, token := range tokens {
			buf = append(buf, t.tokens[token]...)
		}
		if !f(i, buf) {
			return
		}
	}
}

// addresses returns the address of every name, and the base they count from; nil if none of the layouts gives rising
// addresses.
func (t *embeddedTables) addresses() (addrs []uint64, base uint64) {
	up := func(n int) int { return (n + t.word - 1) &^ (t.word - 1) }
	before := (t.names - 4) &^ (t.word - 1) // num_syms, in a word of its own
	if t.number(before, 4) != uint64(t.count) {
		before -= t.word
	}
	after := up(t.end)
	for _, l := range []struct{ offsets, base int }{
		{after, up(after + 4*t.count)},
		{before - t.word - up(4*t.count), before - t.word},
	} {
		if l.offsets < 0 || l.offsets+4*t.count > len(t.b) {
			continue
		}
		base := t.number(l.base, t.word)
		if base != 0 && base&0xfff != 0 {
			continue
		}
		// With per-CPU symbols (x86_64 before 6.15) negative offsets count down from the base, the others are addresses.
		for _, percpu := range []bool{false, true} {
			addrs := make([]uint64, t.count)
			for i := range addrs {
				off := uint32(t.number(l.offsets+4*i, 4))
				switch {
				case !percpu:
					addrs[i] = base + uint64(off)
				case int32(off) >= 0:
					addrs[i] = uint64(off)
				default:
					addrs[i] = base - 1 - uint64(int64(int32(off)))
				}
				if t.word == 4 {
					addrs[i] &= 0xffffffff
				}
			}
			if slices.IsSorted(addrs) && addrs[t.count-1] > addrs[0] {
				return addrs, base
			}
		}
	}
	start := before - t.word*t.count
	if start < 0 {
		return nil, 0
	}
	addrs = make([]uint64, t.count)
	for i := range addrs {
		addrs[i] = t.number(start+t.word*i, t.word)
	}
	if slices.IsSorted(addrs) && addrs[t.count-1] > addrs[0] {
		return addrs, 1
	}
	return nil, 0
}
