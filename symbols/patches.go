package symbols

import (
	"cmp"
	"debug/elf"
	"slices"

	"github.com/nfoops/nfoops/symbols/internal/object"
)

// patchTables are the tables by which the kernel patches its own code at boot or while it runs. In a module they are
// sections, in a vmlinux sections or between two symbols. The layouts are those of x86 (and arm64 where it has the
// table): arch/x86/kernel/{alternative,jump_label,static_call,ftrace}.c, 4.x to 6.x.
var patchTables = []struct {
	section, start, stop string
	read                 func(p *patchReader)
}{
	{".smp_locks", "__smp_locks", "__smp_locks_end", func(p *patchReader) { p.relative(4, 1) }},
	{".retpoline_sites", "__retpoline_sites", "__retpoline_sites_end", func(p *patchReader) { p.relative(4, 6) }},
	{".return_sites", "__return_sites", "__return_sites_end", func(p *patchReader) { p.relative(4, 5) }},
	{".call_sites", "__call_sites", "__call_sites_end", func(p *patchReader) { p.relative(4, 5) }},
	{".ibt_endbr_seal", "__ibt_endbr_seal", "__ibt_endbr_seal_end", func(p *patchReader) { p.relative(4, 4) }},
	{".static_call_sites", "__start_static_call_sites", "__stop_static_call_sites",
		func(p *patchReader) { p.relative(8, 5) }},
	{"__mcount_loc", "__start_mcount_loc", "__stop_mcount_loc", func(p *patchReader) { p.absolute(p.word, 5) }},
	{".parainstructions", "__parainstructions", "__parainstructions_end", (*patchReader).paravirt},
	{".altinstructions", "__alt_instructions", "__alt_instructions_end", (*patchReader).alternatives},
	{"__jump_table", "__start___jump_table", "__stop___jump_table", (*patchReader).jumps},
}

// maxPatchTable bounds one table. The largest of a kernel has 400 KB.
const maxPatchTable = 16 << 20

// patched returns what the tables name, by address. It is read once.
func (m *Image) patched() []object.Range {
	m.patchOnce.Do(func() {
		for _, t := range patchTables {
			addr, b := m.patchTable(t.section, t.start, t.stop)
			if len(b) == 0 {
				continue
			}
			p := &patchReader{m: m, addr: addr, b: b, word: 4}
			if m.object.Wide {
				p.word = 8
			}
			t.read(p)
			m.patches = append(m.patches, p.out...)
		}
		slices.SortFunc(m.patches, func(a, b object.Range) int { return cmp.Compare(a.Addr, b.Addr) })
	})
	return m.patches
}

// patchTable returns the bytes of a table and its address.
func (m *Image) patchTable(section, start, stop string) (uint64, []byte) {
	if s := m.object.Section(section); s != nil && s.HasBytes() && s.Flags&elf.SHF_ALLOC != 0 {
		b, err := m.object.ReadAll(s, maxPatchTable)
		if err != nil {
			return 0, nil
		}
		return s.Addr, b
	}
	if m.module != "" {
		return 0, nil
	}
	t, err := m.Table()
	if err != nil {
		return 0, nil
	}
	from, to := t.Named(start), t.Named(stop)
	if len(from) != 1 || len(to) != 1 || to[0].Addr <= from[0].Addr || to[0].Addr-from[0].Addr > maxPatchTable {
		return 0, nil
	}
	s := m.object.At(from[0].Addr)
	if s == nil {
		return 0, nil
	}
	b, err := m.object.Read(s, from[0].Addr-s.Addr, to[0].Addr-from[0].Addr)
	if err != nil {
		return 0, nil
	}
	return from[0].Addr, b
}

// patchReader reads one table.
type patchReader struct {
	m    *Image
	addr uint64 // of b
	b    []byte
	word int // bytes of an address
	out  []object.Range
}

func (p *patchReader) rel(at int) uint64 {
	return p.addr + uint64(at) + uint64(int64(int32(p.m.object.Order.Uint32(p.b[at:]))))
}

func (p *patchReader) abs(at int) uint64 {
	if p.word == 8 {
		return p.m.object.Order.Uint64(p.b[at:])
	}
	return uint64(p.m.object.Order.Uint32(p.b[at:]))
}

func (p *patchReader) add(addr, n uint64) {
	if addr != 0 && n > 0 && n < 256 {
		p.out = append(p.out, object.Range{Addr: addr, Len: n})
	}
}

// isText reports whether an address is in code, which tells a guess at a layout right.
func (p *patchReader) isText(addr uint64) bool {
	s := p.m.object.At(addr)
	return s != nil && s.Flags&elf.SHF_EXECINSTR != 0
}

// relative reads entries of a size that start with a distance from themselves.
func (p *patchReader) relative(size int, n uint64) {
	for at := 0; at+size <= len(p.b); at += size {
		p.add(p.rel(at), n)
	}
}

// absolute reads entries that start with an address.
func (p *patchReader) absolute(size int, n uint64) {
	for at := 0; at+size <= len(p.b); at += size {
		p.add(p.abs(at), n)
	}
}

// paravirt reads struct paravirt_patch_site: address, type, length.
func (p *patchReader) paravirt() {
	size := 2 * p.word
	for at := 0; at+size <= len(p.b); at += size {
		p.add(p.abs(at), uint64(p.b[at+p.word+1]))
	}
}

// alternatives reads struct alt_instr: two distances, the feature, the lengths. Its size changed: 12 bytes before 4.1
// and from 5.14 on, 13 between (a third length), 14 from 6.3 on (a wider feature); arm64 has 12.
func (p *patchReader) alternatives() {
	for _, l := range []struct{ size, length int }{{12, 10}, {14, 12}, {13, 10}} {
		if len(p.b)%l.size != 0 || !p.plausible(l.size) {
			continue
		}
		for at := 0; at < len(p.b); at += l.size {
			p.add(p.rel(at), uint64(p.b[at+l.length]))
		}
		return
	}
}

// plausible reports whether all entries of a size, or the first thousand, start with a distance to code.
func (p *patchReader) plausible(size int) bool {
	for at := 0; at+size <= len(p.b) && at < 1000*size; at += size {
		if !p.isText(p.rel(at)) {
			return false
		}
	}
	return true
}

// jumps reads struct jump_entry: two distances and the key since 4.19, three addresses before. A site takes 5 bytes, or
// 2 since 5.14.
func (p *patchReader) jumps() {
	size := 8 + p.word
	if len(p.b)%size == 0 && p.plausible(size) {
		p.relative(size, 5)
		return
	}
	p.absolute(3*p.word, 5)
}
