package symbols

import (
	"bytes"
	"cmp"
	"debug/elf"
	"slices"

	"github.com/nfoops/nfoops/symbols/internal/object"
)

// Code is bytes of an image, as the file has them.
type Code struct {
	// Addr is where Bytes starts, in the image's own addresses.
	Addr uint64
	// Bytes are the image's, with relocations applied as if it were loaded at its own addresses.
	Bytes []byte
	// Loose is true for each byte that the running kernel may have changed: by relocation, or by patching (alternatives,
	// paravirt, lock prefixes, retpolines, ftrace, static keys and calls). Don't compare these.
	Loose []bool
}

const (
	// ReasonNoCode is an address at which the image has no bytes: data without content, or a file of debug sections only.
	ReasonNoCode Reason = "without bytes in this image"
	// maxCode bounds what Code gives at once.
	maxCode = 1 << 20
)

// Code returns up to n bytes from an address on; fewer at the end of a section.
func (m *Image) Code(addr uint64, n int) (Code, Reason) {
	s := m.object.At(addr)
	if s == nil || !s.HasBytes() || n <= 0 {
		return Code{}, ReasonNoCode
	}
	b, err := m.object.Read(s, addr-s.Addr, uint64(min(n, maxCode)))
	if err != nil || len(b) == 0 {
		return Code{}, ReasonNoCode
	}
	return Code{Addr: addr, Bytes: b, Loose: m.loose(addr, len(b))}, ""
}

// loose tells which of n bytes at addr are not to be compared.
func (m *Image) loose(addr uint64, n int) []bool {
	out := make([]bool, n)
	mark := func(r object.Range) {
		for a := max(r.Addr, addr); a < r.Addr+r.Len && a < addr+uint64(n); a++ {
			out[a-addr] = true
		}
	}
	relocated, err := m.object.Relocated(addr, uint64(n))
	if err == nil {
		for _, r := range relocated {
			mark(r)
		}
	}
	all := m.patched()
	const reach = 256 // no alternative is longer
	from := addr - min(addr, reach)
	i, _ := slices.BinarySearchFunc(all, from, func(r object.Range, a uint64) int { return cmp.Compare(r.Addr, a) })
	for ; i < len(all) && all[i].Addr < addr+uint64(n); i++ {
		mark(all[i])
	}
	return out
}

const (
	// minAnchor is how many bytes of a pattern must be fixed in a row for a search to start there. maxAnchors is how many
	// places of a pattern are searched for: some of them may be patched in the image. A small section can take more of
	// both, and code in which every second instruction is a call or a return needs it.
	minAnchor, maxAnchors           = 6, 16
	smallText                       = 2 << 20
	minAnchorSmall, maxAnchorsSmall = 4, 64
	// maxHits bounds the places that are compared for one anchor.
	maxHits = 1 << 14
	// minCompared is how many bytes must have been compared for a place to be found.
	minCompared = 12
)

// Search returns the addresses where the image's code is the pattern, lowest first, no more than limit. loose is true
// for bytes of the pattern that don't count, nil if all count; bytes that the kernel patches don't count either. A
// pattern of which fewer than 12 bytes count, or no 6 in a row (4 in a module), is found nowhere.
func (m *Image) Search(pattern []byte, loose []bool, limit int) []uint64 {
	if loose == nil {
		loose = make([]bool, len(pattern))
	}
	if len(loose) != len(pattern) || len(pattern) > maxCode {
		return nil
	}
	wide := anchors(loose, minAnchor, 4, maxAnchors)
	narrow := anchors(loose, minAnchorSmall, 1, maxAnchorsSmall)
	var out []uint64
	for i := range m.object.Sections {
		s := &m.object.Sections[i]
		if s.Flags&elf.SHF_EXECINSTR == 0 || s.Flags&elf.SHF_ALLOC == 0 || s.Addr == 0 || !s.HasBytes() {
			continue
		}
		text, err := m.object.Read(s, 0, s.Size)
		if err != nil {
			continue
		}
		starts := wide
		if len(text) < smallText {
			starts = narrow
		}
		for _, a := range starts {
			want := pattern[a.at : a.at+a.n]
			hits := 0
			for at := 0; hits < maxHits; hits++ {
				i := bytes.Index(text[at:], want)
				if i < 0 {
					break
				}
				at += i + 1
				start := at - 1 - a.at
				if start < 0 || start+len(pattern) > len(text) {
					continue
				}
				if m.same(s.Addr+uint64(start), text[start:start+len(pattern)], pattern, loose) {
					out = append(out, s.Addr+uint64(start))
				}
			}
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), max(0, limit))]
}

// anchor is a run of fixed bytes in a pattern.
type anchor struct{ at, n int }

// anchors returns runs of least or more fixed bytes that start every few steps and so overlap: a call every few bytes
// then spoils some and not all. The longest come first.
func anchors(loose []bool, least, step, limit int) []anchor {
	var out []anchor
	for i := 0; i < len(loose); {
		j := i
		for j < len(loose) && !loose[j] {
			j++
		}
		for ; j-i >= least; i += step {
			out = append(out, anchor{i, min(least+2, j-i)})
		}
		i = j + 1
	}
	slices.SortStableFunc(out, func(a, b anchor) int { return cmp.Compare(b.n, a.n) })
	return out[:min(len(out), limit)]
}

// same compares a place with a pattern.
func (m *Image) same(addr uint64, text, pattern []byte, loose []bool) bool {
	// Most places differ in bytes that are neither: look before asking for the patches.
	differ := 0
	for i := range pattern {
		if !loose[i] && text[i] != pattern[i] {
			differ++
		}
	}
	if differ > len(pattern)*3/4 {
		return false
	}
	free := m.loose(addr, len(pattern))
	compared := 0
	for i := range pattern {
		if loose[i] || free[i] {
			continue
		}
		if text[i] != pattern[i] {
			return false
		}
		compared++
	}
	return compared >= minCompared
}
