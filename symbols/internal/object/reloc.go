package object

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
)

// relocation is one entry of a .rela or .rel section.
type relocation struct {
	off    uint64
	sym    uint32
	kind   uint32
	addend int64
}

// action is what a type of relocation does to the bytes.
type action struct {
	size int  // bytes that are written, 0 for a type that is left alone; -1 is a ULEB128
	kind byte // 'S' symbol+addend, 'P' the same relative to the place, '+' and '-' added to what is there
}

// actions tells of the relocations that debug sections and 32- and 64-bit words of data have, and of the calls of x86.
// The numbers are those of the psABI documents. Other types of code are left as they are: [File.Relocated] tells where.
var actions = map[elf.Machine]map[uint32]action{
	elf.EM_X86_64: {1: {8, 'S'}, 2: {4, 'P'}, 4: {4, 'P'}, 10: {4, 'S'}, 11: {4, 'S'}, 24: {8, 'P'}},
	elf.EM_386:    {1: {4, 'S'}, 2: {4, 'P'}, 4: {4, 'P'}},
	elf.EM_AARCH64: {
		257: {8, 'S'}, 258: {4, 'S'}, 260: {8, 'P'}, 261: {4, 'P'},
	},
	elf.EM_ARM:     {2: {4, 'S'}, 3: {4, 'P'}},
	elf.EM_PPC:     {1: {4, 'S'}, 26: {4, 'P'}},
	elf.EM_PPC64:   {1: {4, 'S'}, 26: {4, 'P'}, 38: {8, 'S'}, 44: {8, 'P'}},
	elf.EM_S390:    {4: {4, 'S'}, 5: {4, 'P'}, 22: {8, 'S'}, 23: {8, 'P'}},
	elf.EM_MIPS:    {2: {4, 'S'}, 18: {8, 'S'}},
	elf.EM_SPARCV9: {3: {4, 'S'}, 23: {4, 'S'}, 32: {8, 'S'}, 54: {8, 'S'}},
	elf.EM_RISCV: {
		1: {4, 'S'}, 2: {8, 'S'}, 33: {1, '+'}, 34: {2, '+'}, 35: {4, '+'}, 36: {8, '+'},
		37: {1, '-'}, 38: {2, '-'}, 39: {4, '-'}, 40: {8, '-'}, 52: {1, '6'}, 53: {1, '6'},
		54: {1, 'S'}, 55: {2, 'S'}, 56: {4, 'S'}, 57: {4, 'P'},
	},
	elf.EM_LOONGARCH: {
		1: {4, 'S'}, 2: {8, 'S'}, 47: {1, '+'}, 48: {2, '+'}, 50: {4, '+'}, 51: {8, '+'},
		52: {1, '-'}, 53: {2, '-'}, 55: {4, '-'}, 56: {8, '-'}, 99: {4, 'P'},
	},
}

// relocate applies the relocations of section r to b, which is s from off on. A relocation that sticks out of b at
// either end is left out: readers ask for whole units.
func (f *File) relocate(r, s *Section, off uint64, b []byte) error {
	table := actions[f.Machine]
	if table == nil {
		return fmt.Errorf("relocations of %v are not known", f.Machine)
	}
	if err := f.loadAddresses(); err != nil {
		return err
	}
	relocs, err := f.window(r, off, off+uint64(len(b)))
	if err != nil {
		return err
	}
	for _, x := range relocs {
		a := table[x.kind]
		at := x.off - off
		if a.size <= 0 || x.off < off || at > uint64(len(b)) || uint64(len(b))-at < uint64(a.size) {
			continue
		}
		if int(x.sym) >= len(f.symAddr) {
			return fmt.Errorf("relocation at %#x names symbol %d of %d", x.off, x.sym, len(f.symAddr))
		}
		v := f.symAddr[x.sym] + uint64(x.addend)
		p := b[at:]
		if r.Type == elf.SHT_REL {
			v += f.stored(p, a.size)
		}
		switch a.kind {
		case 'P':
			v -= s.Addr + x.off
		case '+':
			v = f.stored(p, a.size) + v
		case '-':
			v = f.stored(p, a.size) - v
		case '6': // the low six bits of a DW_CFA_advance_loc: not of interest here
			continue
		}
		f.store(p, a.size, v)
	}
	return nil
}

func (f *File) stored(p []byte, size int) uint64 {
	switch size {
	case 1:
		return uint64(p[0])
	case 2:
		return uint64(f.Order.Uint16(p))
	case 4:
		return uint64(int64(int32(f.Order.Uint32(p))))
	}
	return f.Order.Uint64(p)
}

func (f *File) store(p []byte, size int, v uint64) {
	switch size {
	case 1:
		p[0] = byte(v)
	case 2:
		f.Order.PutUint16(p, uint16(v))
	case 4:
		f.Order.PutUint32(p, uint32(v))
	case 8:
		f.Order.PutUint64(p, v)
	}
}

// entrySize is the size of a relocation in r.
func (f *File) entrySize(r *Section) uint64 {
	n := uint64(8)
	if r.Type == elf.SHT_RELA {
		n = 12
	}
	if f.Wide {
		n *= 2
	}
	return n
}

func (f *File) decode(r *Section, b []byte) relocation {
	var x relocation
	if f.Wide {
		x.off = f.Order.Uint64(b)
		info := f.Order.Uint64(b[8:])
		x.sym, x.kind = uint32(info>>32), uint32(info)
		if f.Machine == elf.EM_MIPS {
			// MIPS has the symbol first and three types after it, byte by byte, whatever the byte order.
			x.sym, x.kind = f.Order.Uint32(b[8:]), uint32(b[15])
		}
		if f.Machine == elf.EM_SPARCV9 {
			x.kind &= 0xff // the rest is data
		}
		if r.Type == elf.SHT_RELA {
			x.addend = int64(f.Order.Uint64(b[16:]))
		}
		return x
	}
	x.off = uint64(f.Order.Uint32(b))
	info := f.Order.Uint32(b[4:])
	x.sym, x.kind = info>>8, info&0xff
	if r.Type == elf.SHT_RELA {
		x.addend = int64(int32(f.Order.Uint32(b[8:])))
	}
	return x
}

// window returns the relocations of r with from <= offset < to. Assemblers write them in order: this is checked once,
// by a pass over the section; if they're not, they are kept sorted.
func (f *File) window(r *Section, from, to uint64) ([]relocation, error) {
	size := f.entrySize(r)
	count := r.Size / size
	sorted, err := f.inOrder(r)
	if err != nil {
		return nil, err
	}
	if !sorted {
		all := f.loaded[r.index]
		lo, _ := slices.BinarySearchFunc(all, from, func(x relocation, v uint64) int { return cmp.Compare(x.off, v) })
		hi, _ := slices.BinarySearchFunc(all, to, func(x relocation, v uint64) int { return cmp.Compare(x.off, v) })
		return all[lo:max(lo, hi)], nil
	}
	var fail error
	search := func(v uint64) uint64 {
		lo, hi := uint64(0), count
		for lo < hi {
			mid := (lo + hi) / 2
			b, err := f.raw(r, mid*size, size)
			if err != nil || uint64(len(b)) < size {
				fail = fmt.Errorf("relocations %q can't be read", r.Name)
				return 0
			}
			if f.decode(r, b).off < v {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		return lo
	}
	lo, hi := search(from), search(to)
	if fail != nil || lo >= hi {
		return nil, fail
	}
	b, err := f.raw(r, lo*size, (hi-lo)*size)
	if err != nil {
		return nil, err
	}
	out := make([]relocation, 0, hi-lo)
	for ; uint64(len(b)) >= size; b = b[size:] {
		out = append(out, f.decode(r, b))
	}
	return out, nil
}

// inOrder reports whether the relocations of r are sorted by offset. Those that are not are loaded and sorted.
func (f *File) inOrder(r *Section) (bool, error) {
	f.mu.Lock()
	sorted, known := f.sorted[r.index]
	f.mu.Unlock()
	if known {
		return sorted, nil
	}
	size := f.entrySize(r)
	var last uint64
	sorted = true
	const chunk = 4096
	for at := uint64(0); sorted && at+size <= r.Size; at += chunk * size {
		b, err := f.raw(r, at, min(chunk*size, (r.Size-at)/size*size))
		if err != nil {
			return false, err
		}
		for ; uint64(len(b)) >= size; b = b[size:] {
			off := f.offset(b)
			if off < last {
				sorted = false
				break
			}
			last = off
		}
	}
	var all []relocation
	if !sorted {
		b, err := f.raw(r, 0, r.Size)
		if err != nil {
			return false, err
		}
		all = make([]relocation, 0, uint64(len(b))/size)
		for ; uint64(len(b)) >= size; b = b[size:] {
			all = append(all, f.decode(r, b))
		}
		slices.SortStableFunc(all, func(a, b relocation) int { return cmp.Compare(a.off, b.off) })
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sorted[r.index] = sorted
	f.loaded[r.index] = all
	return sorted, nil
}

func (f *File) offset(b []byte) uint64 {
	if f.Wide {
		return f.Order.Uint64(b)
	}
	return uint64(f.Order.Uint32(b))
}

// Range is a run of bytes at an address.
type Range struct {
	Addr, Len uint64
}

// Relocated returns the bytes that relocations change within n bytes at addr. In a linked file these are the ones that
// the linker kept (--emit-relocs) and that depend on where the image lies; relative ones are left out there. It is
// empty if the file has no relocations.
func (f *File) Relocated(addr, n uint64) (out []Range, err error) {
	defer guard(&err)
	s := f.At(addr)
	if s == nil {
		return nil, nil
	}
	off := addr - s.Addr
	for i := range f.Sections {
		r := &f.Sections[i]
		if int(r.Info) != s.index || r.Type != elf.SHT_RELA && r.Type != elf.SHT_REL || r.Flags&elf.SHF_ALLOC != 0 {
			continue
		}
		from := off
		if !f.Relocatable { // offsets are addresses there
			from = addr
		}
		relocs, err := f.window(r, from-min(from, 8), from+n)
		if err != nil {
			return nil, err
		}
		for _, x := range relocs {
			a, known := actions[f.Machine][x.kind]
			size := uint64(4) // instructions of fixed length
			switch {
			case known && a.size > 0:
				size = uint64(a.size)
			case known:
				continue
			}
			if !f.Relocatable && known && a.kind != 'S' {
				continue
			}
			at := x.off
			if f.Relocatable {
				at += s.Addr
			}
			out = append(out, Range{at, size})
		}
	}
	return out, nil
}
