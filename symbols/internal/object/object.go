// Package object reads the ELF files of a kernel: vmlinux, modules and their debug files.
//
// [Open] reads the headers only; [File.Read] reads as much of a section as is asked for, with relocations applied, so
// a vmlinux of 600 MB costs what is looked at. The alloc sections of a relocatable file, a module, all start at
// address 0: they get addresses of their own, in the order in which the kernel loads them (see layout.go), so that an
// address means one place.
//
// Files are hostile: every error names the section, nothing panics, and no more memory is taken than the caller asks
// for, or 100 times the bytes of a compressed section.
package object

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrNoSection is wrapped by the error of a read from a section that the file doesn't have, or has no bytes of.
var ErrNoSection = errors.New("no such section")

const (
	// maxRatio is how many bytes one byte of a compressed section may become. Debug sections reach 10.
	maxRatio = 100
	// maxUnpacked bounds one compressed section: the largest .debug_info of a kernel has some 500 MB.
	maxUnpacked = 2 << 30
)

// File is an open ELF file. It can be used from several goroutines.
type File struct {
	// Machine is the file's e_machine.
	Machine elf.Machine
	// Order is its byte order.
	Order binary.ByteOrder
	// Wide is true if addresses have 64 bits.
	Wide bool
	// Relocatable is true for a module: addresses are made up, from Base to End.
	Relocatable bool
	// Base and End are where the alloc sections of a relocatable file were put, 0 in other files.
	Base, End uint64
	// Sections are in the order of the file; [0] is the null section.
	Sections []Section

	r      io.ReaderAt
	size   int64
	elf    *elf.File
	relocs map[int][]int // sections with the relocations of a section

	mu       sync.Mutex
	unpacked map[int][]byte
	sorted   map[int]bool         // a section of relocations is in order of offset
	loaded   map[int][]relocation // those that are not, sorted
	symOnce  sync.Once
	symAddr  []uint64 // address by symbol index, for relocations
	symErr   error
}

// Section is one section.
type Section struct {
	// Name is as the file has it; not escaped.
	Name string
	Type elf.SectionType
	// Flags are SHF_ALLOC and so on.
	Flags elf.SectionFlag
	// Addr is the address of its first byte. That of a section without SHF_ALLOC is 0.
	Addr uint64
	// Size is the number of bytes, of a compressed section after unpacking.
	Size uint64
	// Link and Info are the raw fields.
	Link, Info uint32
	// Entsize is the size of an entry, as the file says.
	Entsize uint64

	index int
	align uint64
}

// Open reads the headers of an ELF file of size bytes.
func Open(r io.ReaderAt, size int64) (f *File, err error) {
	defer guard(&err)
	e, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("damaged ELF header: %w", err)
	}
	f = &File{
		Machine: e.Machine, Order: e.ByteOrder, Wide: e.Class == elf.ELFCLASS64, Relocatable: e.Type == elf.ET_REL,
		r: r, size: size, elf: e, relocs: map[int][]int{}, unpacked: map[int][]byte{}, sorted: map[int]bool{},
		loaded: map[int][]relocation{},
	}
	for i, s := range e.Sections {
		sec := Section{Name: s.Name, Type: s.Type, Flags: s.Flags, Size: s.Size, Link: s.Link, Info: s.Info,
			Entsize: s.Entsize, index: i, align: s.Addralign}
		if s.Flags&elf.SHF_ALLOC != 0 {
			sec.Addr = s.Addr
		}
		f.Sections = append(f.Sections, sec)
		if f.Relocatable && (s.Type == elf.SHT_RELA || s.Type == elf.SHT_REL) && int(s.Info) < len(e.Sections) {
			f.relocs[int(s.Info)] = append(f.relocs[int(s.Info)], i)
		}
	}
	if f.Relocatable {
		f.place()
	}
	return f, nil
}

// Raw returns a file without sections, for a kernel that is no ELF file.
func Raw(wide bool) *File {
	return &File{Order: binary.LittleEndian, Wide: wide, Sections: make([]Section, 1)}
}

// guard turns a panic of debug/elf into an error: it has some for damaged files (golang/go issues 10219, 33121).
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("damaged ELF file: %v", r)
	}
}

// Section returns the first section of a name, nil if there's none.
func (f *File) Section(name string) *Section {
	for i := range f.Sections {
		if f.Sections[i].Name == name {
			return &f.Sections[i]
		}
	}
	return nil
}

// At returns the alloc section that holds an address, nil if none does. Sections of per-CPU data, which have addresses
// from 0, are left out.
func (f *File) At(addr uint64) *Section {
	for i := range f.Sections {
		s := &f.Sections[i]
		if s.Flags&elf.SHF_ALLOC != 0 && s.Addr != 0 && addr >= s.Addr && addr-s.Addr < s.Size {
			return s
		}
	}
	return nil
}

// HasBytes reports whether the file has the section's bytes: a debug file has only the header of many.
func (s *Section) HasBytes() bool {
	return s.Type != elf.SHT_NOBITS && s.Type != elf.SHT_NULL && s.Size > 0
}

// Read returns n bytes of a section from off on, or fewer at its end, with relocations applied. The caller owns them.
func (f *File) Read(s *Section, off, n uint64) (b []byte, err error) {
	defer guard(&err)
	b, err = f.raw(s, off, n)
	if err != nil {
		return nil, err
	}
	for _, r := range f.relocs[s.index] {
		if err := f.relocate(&f.Sections[r], s, off, b); err != nil {
			return nil, fmt.Errorf("section %q: %w", s.Name, err)
		}
	}
	return b, nil
}

// ReadAll returns the whole section if it isn't larger than limit.
func (f *File) ReadAll(s *Section, limit uint64) ([]byte, error) {
	if s.Size > limit {
		return nil, fmt.Errorf("section %q has %d bytes, too many", s.Name, s.Size)
	}
	return f.Read(s, 0, s.Size)
}

// raw is Read without relocations.
func (f *File) raw(s *Section, off, n uint64) ([]byte, error) {
	if !s.HasBytes() {
		return nil, fmt.Errorf("section %q: %w", s.Name, ErrNoSection)
	}
	if off > s.Size {
		return nil, fmt.Errorf("section %q ends at %#x, before %#x", s.Name, s.Size, off)
	}
	n = min(n, s.Size-off)
	e := f.elf.Sections[s.index]
	if e.Flags&elf.SHF_COMPRESSED != 0 {
		all, err := f.unpack(s)
		if err != nil {
			return nil, err
		}
		if off >= uint64(len(all)) {
			return nil, nil
		}
		return append([]byte(nil), all[off:min(uint64(len(all)), off+n)]...), nil
	}
	// The size in the header may be a lie: nothing is taken beyond the file.
	start := e.Offset + off
	if start < off || start > uint64(f.size) {
		return nil, fmt.Errorf("section %q lies beyond the end of the file", s.Name)
	}
	b := make([]byte, min(n, uint64(f.size)-start))
	got, err := f.r.ReadAt(b, int64(start))
	if got < len(b) {
		return nil, fmt.Errorf("section %q: %w", s.Name, err)
	}
	if uint64(len(b)) < n {
		return nil, fmt.Errorf("section %q goes on after the end of the file", s.Name)
	}
	return b, nil
}

// unpack returns the bytes of a compressed section. They are kept.
func (f *File) unpack(s *Section) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b, ok := f.unpacked[s.index]; ok {
		return b, nil
	}
	e := f.elf.Sections[s.index]
	if s.Size > maxUnpacked || s.Size > e.FileSize*maxRatio+1<<16 || e.FileSize > uint64(f.size) {
		return nil, fmt.Errorf("section %q unpacks to %d bytes, too many", s.Name, s.Size)
	}
	b, err := e.Data()
	if err != nil {
		return nil, fmt.Errorf("section %q: %w", s.Name, err)
	}
	f.unpacked[s.index] = b
	return b, nil
}
