package marker

import (
	"encoding/binary"

	mathbits "math/bits"

	"sync"
)

// The search for all markers at once in long texts. Every marker has four bytes of its own that are rare in logs, its
// fingerprint. Where the fingerprint of one may stand is found 32 or 64 bytes at a time: its bytes index tables of
// sixteen groups of fingerprints, as in the "Teddy" search of Hyperscan. A table of bits by the hash of all four leaves
// out nearly all that is none, and the rest is compared whole.
// Machines without such instructions look up pairs of bytes in a table of bits, which finds the same.

// Search calls found for each place where a marker stands, but for the weak ones, with the indexes of its first byte
// and behind its last. Places on different lines come in order. A byte that begins several markers may come several
// times.
func Search(b []byte, found func(begin, end int)) {
	var v *vector
	if len(vectorSearches) > 0 {
		v = &vectorSearches[0]
	}
	searcher().search(b, found, v)
}

// finder holds the tables.
type finder struct {
	prints []fingerprint
	slots  [1 << slotBits]uint8 // index+1 of the first fingerprint of a hash; the next ones follow it in prints
	// By the first byte of a fingerprint, a bit for each second byte, by its lower six bits.
	seconds [256]uint64
	tables
}

// tables are what the vector search reads; the assembly knows where they stand.
type tables struct {
	groups nibbles
	sixes  [groupCount / 8][fingerprintLen][64]byte // by byte of the fingerprint and its lower six bits: the same
	hashes bitmap                                   // a bit for the upper half of the hash of each fingerprint
}

// bitmap is a set of numbers of 16 bits.
type bitmap [1 << 16 / 32]uint32

func (b *bitmap) add(n uint16)      { b[n>>5] |= 1 << (n & 31) }
func (b *bitmap) bit(n uint16) int  { return int(b[n>>5] >> (n & 31) & 1) }
func (b *bitmap) has(n uint16) bool { return b.bit(n) != 0 }

// nibbles are tables by byte of the fingerprint, low nibble then high: a bit for each of eight groups. The other eight
// have tables of their own.
type nibbles [groupCount / 8][fingerprintLen][2][16]byte

const slotBits = 11

// hash is Knuth's, by the golden ratio.
func hash(v uint32) uint32 { return v * 0x9e3779b1 }

var searcher = sync.OnceValue(func() *finder { return newFinder(Table) })

// newFinder makes the tables. There may be 255 markers at most.
func newFinder(table []Marker) *finder {
	f := new(finder)
	for i := range table {
		if table[i].Class == Weak {
			continue
		}
		p := fingerprintOf(table[i].Text)
		f.prints = append(f.prints, p)
		f.seconds[p.text[p.at]] |= 1 << (p.text[p.at+1] & 63)
		f.hashes.add(uint16(hash(p.bytes) >> 16))
	}
	sets := grouped(f.prints)
	// Those of one slot stand together.
	for i := range f.prints {
		for j := i; j > 0 && f.prints[j-1].slot > f.prints[j].slot; j-- {
			f.prints[j-1], f.prints[j] = f.prints[j], f.prints[j-1]
		}
	}
	for i := len(f.prints) - 1; i >= 0; i-- {
		f.slots[f.prints[i].slot] = uint8(i + 1)
	}
	for g := range sets {
		for k := range sets[g] {
			for n := range 16 {
				f.groups[g/8][k][0][n] |= byte(sets[g][k].low>>n&1) << (g % 8)
				f.groups[g/8][k][1][n] |= byte(sets[g][k].high>>n&1) << (g % 8)
			}
			for n := range 64 {
				f.sixes[g/8][k][n] |= byte(sets[g][k].six>>n&1) << (g % 8)
			}
		}
	}
	return f
}

// chunk is how many bytes the vector search looks at before the places are taken from it.
const chunk = 4 << 10

// vector is a way to find where a fingerprint may begin, in blocks of width bytes. The text is whole blocks, at most
// chunk bytes; three bytes behind it are read, too.
type vector struct {
	width int
	find  func(text []byte, t *tables, out *blocks)
}

// blocks are those where a fingerprint may begin. The assembly knows where the fields stand.
type blocks struct {
	bits    [chunk / 32]uint64 // of each block, a bit for each byte
	numbers [chunk / 32]uint8  // of the blocks in the text
	count   int
}

// search looks at all of b, with the vector search as far as whole blocks go.
func (f *finder) search(b []byte, found func(begin, end int), v *vector) {
	at := 0
	if v != nil {
		var have blocks
		var places [chunk + always]uint16
		for {
			n := min(len(b)-at-(fingerprintLen-1), chunk) / v.width * v.width
			if n <= 0 {
				break
			}
			v.find(b[at:at+n], &f.tables, &have)
			for _, i := range f.likely(b[at:], have.flatten(v.width, &places)) {
				f.compare(b, at+int(i), found)
			}
			at += n
		}
	}
	for ; at+fingerprintLen <= len(b); at++ {
		if f.seconds[b[at]]>>(b[at+1]&63)&1 != 0 {
			f.compare(b, at, found)
		}
	}
}

// Whether a block has one bit or two is as good as random, and so is whether the place has the hash of a fingerprint. A
// branch on either would often be predicted wrong, so flatten and likely have none: with AVX2 that took a third of the
// time.

// always is how many places flatten writes for each block, whether there are so many or not. More are rare.
const always = 2

// flatten lists the places.
func (have *blocks) flatten(width int, places *[chunk + always]uint16) []uint16 {
	n := 0
	for i, v := range have.bits[:have.count] {
		first := width * int(have.numbers[i])
		k := mathbits.OnesCount64(v)
		next := (*[always]uint16)(places[n:])
		next[0] = uint16(first + mathbits.TrailingZeros64(v))
		v &= v - 1
		next[1] = uint16(first + mathbits.TrailingZeros64(v))
		v &= v - 1
		for j := always; j < k; j++ {
			places[n+j] = uint16(first + mathbits.TrailingZeros64(v))
			v &= v - 1
		}
		n += k
	}
	return places[:n]
}

// likely keeps the places whose four bytes have the hash of a fingerprint.
func (f *finder) likely(b []byte, places []uint16) []uint16 {
	n := 0
	for _, i := range places {
		places[n] = i
		n += f.hashes.bit(uint16(hash(binary.LittleEndian.Uint32(b[i:])) >> 16))
	}
	return places[:n]
}

// compare looks for the markers that have their fingerprint at index i.
func (f *finder) compare(b []byte, i int, found func(begin, end int)) {
	v := binary.LittleEndian.Uint32(b[i:])
	if !f.hashes.has(uint16(hash(v) >> 16)) {
		return
	}
	slot := hash(v) >> (32 - slotBits)
	first := f.slots[slot]
	if first == 0 {
		return
	}
	for k := int(first) - 1; k < len(f.prints) && f.prints[k].slot == slot; k++ {
		p := &f.prints[k]
		begin := i - p.at
		end := begin + len(p.text)
		if p.bytes == v && begin >= 0 && end <= len(b) && string(b[begin:end]) == p.text {
			found(begin, end)
		}
	}
}
