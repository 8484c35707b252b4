package object

import (
	"bytes"
	"debug/elf"
	"fmt"
)

// maxSymbols bounds the memory of a symbol table. A large kernel has 600,000.
const maxSymbols = 16 << 20

// Symbol is one defined symbol. Name points into the file's string table: copy it.
type Symbol struct {
	Name       []byte
	Addr, Size uint64
	// Type is the letter that nm gives; A and a are absolute values.
	Type byte
	// Section is the index in File.Sections, 0 for an absolute value.
	Section int
}

// Symbols calls yield for every symbol that nm would list as defined, in the order of the file. Symbols of sections
// that aren't loaded are left out, those of files and sections too. A file without .symtab has no symbols and no error.
func (f *File) Symbols(yield func(Symbol)) (err error) {
	defer guard(&err)
	tab, names, err := f.symtab()
	if tab == nil || err != nil {
		return err
	}
	for i := 1; i < f.count(tab); i++ {
		name, info, shndx, value, size := f.symbol(tab, i)
		kind := elf.ST_TYPE(info)
		if shndx == elf.SHN_UNDEF || kind == elf.STT_FILE || kind == elf.STT_SECTION || name >= uint32(len(names)) {
			continue
		}
		s := Symbol{Addr: value, Size: size}
		n := bytes.IndexByte(names[name:], 0)
		if n <= 0 {
			continue
		}
		s.Name = names[name : int(name)+n]
		switch {
		case shndx == elf.SHN_ABS:
			s.Type = 'a'
		case int(shndx) < len(f.Sections) && shndx < elf.SHN_LORESERVE:
			sec := &f.Sections[shndx]
			if sec.Flags&elf.SHF_ALLOC == 0 {
				continue
			}
			s.Section = int(shndx)
			s.Type = letter(sec, kind)
			if f.Relocatable {
				s.Addr += sec.Addr
			}
		default:
			continue
		}
		switch bind := elf.ST_BIND(info); {
		case bind == elf.STB_WEAK && kind == elf.STT_OBJECT:
			s.Type = 'V'
		case bind == elf.STB_WEAK:
			s.Type = 'W'
		case bind == elf.STB_GLOBAL:
			s.Type -= 'a' - 'A'
		}
		if !f.Wide {
			s.Addr &= 0xffffffff
		}
		yield(s)
	}
	return nil
}

// SymbolCount returns the number of entries of .symtab and the bytes of their names, as far as the file can hold these.
func (f *File) SymbolCount() (symbols, names int) {
	for i := range f.Sections {
		s := &f.Sections[i]
		if s.Type == elf.SHT_SYMTAB && s.HasBytes() && int(s.Link) < len(f.Sections) {
			size := min(s.Size, uint64(f.size), maxSymbols*24)
			return int(size / elf.Sym64Size), int(min(f.Sections[s.Link].Size, uint64(f.size)))
		}
	}
	return 0, 0
}

func letter(s *Section, kind elf.SymType) byte {
	switch {
	case s.Flags&elf.SHF_EXECINSTR != 0, kind == elf.STT_FUNC:
		return 't'
	case s.Type == elf.SHT_NOBITS && s.Flags&elf.SHF_WRITE != 0:
		return 'b'
	case s.Flags&elf.SHF_WRITE != 0:
		return 'd'
	}
	return 'r'
}

// symtab returns the bytes of .symtab and of its names, nil if there's none.
func (f *File) symtab() (tab, names []byte, err error) {
	for i := range f.Sections {
		s := &f.Sections[i]
		if s.Type != elf.SHT_SYMTAB || !s.HasBytes() {
			continue
		}
		if int(s.Link) >= len(f.Sections) || s.Size > maxSymbols*24 {
			return nil, nil, fmt.Errorf("section %q is damaged", s.Name)
		}
		if tab, err = f.raw(s, 0, s.Size); err != nil {
			return nil, nil, err
		}
		str := &f.Sections[s.Link]
		if str.Size > 1<<30 {
			return nil, nil, fmt.Errorf("section %q has %d bytes, too many", str.Name, str.Size)
		}
		names, err = f.raw(str, 0, str.Size)
		return tab, names, err
	}
	return nil, nil, nil
}

func (f *File) count(tab []byte) int {
	if f.Wide {
		return len(tab) / elf.Sym64Size
	}
	return len(tab) / elf.Sym32Size
}

func (f *File) symbol(tab []byte, i int) (name uint32, info byte, shndx elf.SectionIndex, value, size uint64) {
	o := f.Order
	if f.Wide {
		b := tab[i*elf.Sym64Size:]
		return o.Uint32(b), b[4], elf.SectionIndex(o.Uint16(b[6:])), o.Uint64(b[8:]), o.Uint64(b[16:])
	}
	b := tab[i*elf.Sym32Size:]
	return o.Uint32(b), b[12], elf.SectionIndex(o.Uint16(b[14:])), uint64(o.Uint32(b[4:])), uint64(o.Uint32(b[8:]))
}

// loadAddresses fills symAddr: what relocations add to.
func (f *File) loadAddresses() error {
	f.symOnce.Do(func() {
		tab, _, err := f.symtab()
		if err != nil {
			f.symErr = err
			return
		}
		f.symAddr = make([]uint64, max(1, f.count(tab)))
		for i := 1; i < f.count(tab); i++ {
			_, _, shndx, value, _ := f.symbol(tab, i)
			if int(shndx) < len(f.Sections) && shndx < elf.SHN_LORESERVE && shndx != elf.SHN_UNDEF {
				value += f.Sections[shndx].Addr
			}
			f.symAddr[i] = value
		}
	})
	return f.symErr
}
