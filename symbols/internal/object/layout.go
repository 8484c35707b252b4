package object

import (
	"debug/elf"
	"strings"
)

// Base addresses of modules that were not loaded: where the kernel loads them on x86_64 without KASLR
// (arch/x86/include/asm/pgtable_64_types.h:MODULES_VADDR is lower, 5.x and later), and an arbitrary place of the upper
// half elsewhere.
const (
	base64 = 0xffffffffc0000000
	base32 = 0xf8000000
)

// place gives addresses to the alloc sections of a relocatable file as kernel/module.c:layout_sections does, 2.6 to
// 6.x: code, read-only data, data that is read-only after the initialisation, data; of each kind in the file's order.
// Those whose name starts with .init come after all others, from a page of their own: they are freed. So offsets from
// the start of the code are those of the loaded module, as long as the kernel has no per-CPU or arch sections before.
func (f *File) place() {
	f.Base = base32
	if f.Wide {
		f.Base = base64
	}
	const kinds = elf.SHF_WRITE | elf.SHF_EXECINSTR | elf.SHF_ALLOC
	order := []elf.SectionFlag{
		elf.SHF_EXECINSTR | elf.SHF_ALLOC, elf.SHF_ALLOC, elf.SHF_WRITE | elf.SHF_ALLOC,
		elf.SHF_WRITE | elf.SHF_EXECINSTR | elf.SHF_ALLOC,
	}
	at := f.Base
	for _, init := range []bool{false, true} {
		for _, kind := range order {
			for i := range f.Sections {
				s := &f.Sections[i]
				if s.Flags&elf.SHF_ALLOC == 0 || s.Flags&kinds != kind || isInit(s.Name) != init {
					continue
				}
				// A hostile size must not wrap around: such a section has no address.
				start := alignUp(at, max(1, min(s.align, 1<<20)))
				if start < at || s.Size > 1<<28 || start+s.Size < start || !f.Wide && start+s.Size > 1<<32-1 {
					s.Flags &^= elf.SHF_ALLOC
					continue
				}
				s.Addr, at = start, start+s.Size
			}
			at = alignUp(at, 4096)
		}
	}
	f.End = at
}

func isInit(name string) bool {
	return strings.HasPrefix(name, ".init")
}

func alignUp(v, align uint64) uint64 {
	if align&(align-1) != 0 {
		return v
	}
	return (v + align - 1) &^ (align - 1)
}
