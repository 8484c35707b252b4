package symbols

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/nfoops/nfoops/symbols/internal/dwarf"
	"github.com/nfoops/nfoops/symbols/internal/object"
)

// Image is one ELF file of a kernel: its vmlinux, or one module. It answers what a [Table] can't: file and line,
// inlined functions, types, the bytes of the code. It can be used from several goroutines until it is closed.
//
// Addresses are those of the file. For a vmlinux they're those of its System.map: take them through a [Fit] if the log
// has KASLR. A module's file has none, so its sections get addresses from [Image.Base] on, in the order in which the
// kernel loads them: ask by name and offset, or subtract the difference between the module's base in the log and Base.
type Image struct {
	name   string // of the file, for messages
	path   string // "" if it was not opened by path
	module string
	object *object.File
	debug  *object.File // what has .debug_info; nil if nothing has
	raw    []byte       // a kernel that is no ELF file: its bytes in memory
	notes  []string
	closer []io.Closer

	cache  string // where the table is kept, "" for nowhere
	cached bool   // it is there

	tableOnce sync.Once
	table     *Table
	tableErr  error
	indexOnce sync.Once
	index     *dwarf.Index
	indexErr  error
	bannerOne sync.Once
	banner    string
	patchOnce sync.Once
	patches   []object.Range
}

// ImageError is a file that can't be used as an image.
type ImageError struct {
	// Name is the file's name, without its folder.
	Name string
	// Looks says what it is instead, or what is wrong with it, as the end of "this is …".
	Looks string
	// Err is the cause, nil if there's none but Looks.
	Err error
}

// Error names the file and what is wrong.
func (e *ImageError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Name, e.Looks, e.Err)
	}
	return fmt.Sprintf("%s: neither vmlinux nor a module: this is %s", e.Name, e.Looks)
}

// Unwrap returns the cause.
func (e *ImageError) Unwrap() error { return e.Err }

// OpenImage opens a vmlinux, a bzImage, or a module, compressed or not; what it is, the bytes say. The debug sections
// may be in another file: one that .gnu_debuglink or the build id names is looked for beside it, in .debug beside it,
// and under /usr/lib/debug, and is used only if its build id is the same. Close the image after use.
//
// The error is an [*ImageError] or one of the operating system.
func OpenImage(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		f.Close()
		if err == nil {
			err = &ImageError{Name: plain(filepath.Base(path)), Looks: "not a regular file"}
		}
		return nil, err
	}
	m, err := newImage(path, f, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	m.path = path
	if m.object != nil && m.closer == nil {
		m.closer = append(m.closer, f)
	} else {
		f.Close() // unpacked into memory
	}
	if m.debug == nil {
		m.attach(debugFiles(path, m))
	}
	return m, nil
}

// NewImage is [OpenImage] for size bytes that are somewhere else. name is used in messages, and for the name of a
// module that doesn't tell its own. r must stay readable as long as the image is used.
func NewImage(name string, r io.ReaderAt, size int64) (*Image, error) {
	return newImage(name, r, size)
}

func newImage(name string, r io.ReaderAt, size int64) (*Image, error) {
	base := filepath.Base(name)
	m := &Image{name: plain(base)}
	r, size, packed, err := unpacked(m.name, r, size)
	if err != nil {
		return nil, err
	}
	if packed {
		m.closer = []io.Closer{} // the file is not needed any more
	}
	head := make([]byte, 64)
	n, _ := r.ReadAt(head, 0)
	head = head[:n]
	if data, ok := r.(memory); ok && !bytes.HasPrefix(head, []byte(elf.ELFMAG)) && isRawKernel(data) {
		m.raw = data
		m.object = rawObject(data)
		m.notes = append(m.notes, m.name+" is no ELF file: it has the kernel's own symbols at most")
		return m, nil
	}
	if !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		looks := "something else"
		if l := lookalike(head); l != "" {
			looks = l
		} else if hasSymbol(head) {
			looks = "a list of symbols: give it as a System.map"
		}
		return nil, &ImageError{Name: m.name, Looks: looks}
	}
	f, err := object.Open(r, size)
	if err != nil {
		return nil, &ImageError{Name: m.name, Looks: "a damaged ELF file", Err: err}
	}
	m.object = f
	if f.Relocatable {
		m.module = moduleName(f, base)
	}
	if s := f.Section(".debug_info"); s != nil && s.HasBytes() {
		m.debug = f
	}
	return m, nil
}

// isRawKernel reports whether bytes are a kernel as it lies in memory.
func isRawKernel(data []byte) bool { return bytes.Contains(data, []byte("Linux version ")) }

func rawObject(data []byte) *object.File { return object.Raw(rawIsWide(data)) }

// rawIsWide reports whether a raw kernel has addresses of 64 bits: arm64 says so, others by the release's vermagic or
// the names of their entry points; 32 bits are the exception for what has no ELF header.
func rawIsWide(data []byte) bool {
	return len(data) > 64 && string(data[0x38:0x3c]) == "ARM\x64" || bytes.Contains(data, []byte("x86_64"))
}

// moduleName returns the name that the kernel prints for a module: what modpost wrote into .modinfo (4.13 and later),
// or the file's name with - replaced (scripts/Makefile.lib, all eras).
func moduleName(f *object.File, file string) string {
	if names := f.ModInfo("name"); len(names) == 1 && names[0] != "" && plain(names[0]) == names[0] {
		return names[0]
	}
	return ModuleName(file)
}

// ModuleName returns the name under which the kernel knows a module, from the name of its file: nf-nat.ko.xz is nf_nat.
func ModuleName(file string) string {
	name := filepath.Base(file)
	for _, suffix := range []string{".debug", ".gz", ".xz", ".zst", ".ko", ".o"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return plain(strings.NewReplacer("-", "_", ",", "_").Replace(name))
}

// Close closes the files. The image can't be used after it; what it returned can.
func (m *Image) Close() error {
	m.keepTable()
	var errs []error
	for _, c := range m.closer {
		errs = append(errs, c.Close())
	}
	m.closer = nil
	return errors.Join(errs...)
}

// Name returns the file's name without its folder, printable.
func (m *Image) Name() string { return m.name }

// Path returns the path that [OpenImage] was given, "" for [NewImage].
func (m *Image) Path() string { return m.path }

// Module returns the module's name, "" for a vmlinux.
func (m *Image) Module() string { return m.module }

// BuildID returns the GNU build id in hex, "" if the file has none.
func (m *Image) BuildID() string { return m.object.BuildID() }

// Notes returns what was wrong or is missing, in sentences without a full stop. The caller owns the slice.
func (m *Image) Notes() []string { return slices.Clone(m.notes) }

// HasLines reports whether the image can tell files and lines: it has debug sections, or a debug file was found.
func (m *Image) HasLines() bool { return m.debug != nil }

// Base returns where a module's code was put, 0 for a vmlinux.
func (m *Image) Base() uint64 { return m.object.Base }

// ErrStripped is wrapped by the error of [Image.Table] for a file without symbols, if no debug file has them either.
var ErrStripped = errors.New("it is stripped, and no debug file of its build is beside it or below /usr/lib/debug")

// Table returns the symbols of the image. It is made on the first call, and can be used after Close. The error is an
// [*ImageError].
func (m *Image) Table() (*Table, error) {
	m.tableOnce.Do(func() { m.table, m.tableErr = m.makeTable() })
	return m.table, m.tableErr
}

func (m *Image) makeTable() (*Table, error) {
	if t := m.cachedTable(); t != nil {
		return t, nil
	}
	t, err := tableOf(m.name, m.module, m.object)
	if t == nil && err == nil && m.debug != nil && m.debug != m.object {
		t, err = tableOf(m.name, m.module, m.debug)
	}
	if t == nil && err == nil && m.module == "" {
		t = m.embedded()
	}
	switch {
	case err != nil:
		return nil, &ImageError{Name: m.name, Looks: "its symbols can't be read", Err: err}
	case t == nil:
		return nil, &ImageError{Name: m.name, Looks: "no symbols", Err: ErrStripped}
	}
	return t, nil
}

// tableOf makes a table of an ELF file's symbols, nil if it has none.
func tableOf(name, module string, f *object.File) (*Table, error) {
	var fail error
	symbols, names := f.SymbolCount()
	t := buildTable(name, module, f.Wide, symbols, names+3*symbols, func(add func(byte, uint64, []byte)) {
		fail = f.Symbols(func(s object.Symbol) {
			if !isLabel(s.Name) && (module == "" || s.Section != 0) {
				add(s.Type, s.Addr, s.Name)
			}
		})
	})
	if fail != nil {
		return nil, fail
	}
	return t, nil
}

// buildTable makes a table of the symbols that fill adds, as if they had been read from a listing. It is nil if there
// are none. Names that are no names are left out. symbols and size are guesses at their number and the bytes of the
// listing.
func buildTable(name, module string, wide bool, symbols, size int,
	fill func(add func(kind byte, addr uint64, name []byte))) *Table {
	l := &listing{modules: []string{""}, wide: wide, imageSorted: true, loadedSorted: true}
	owner := uint16(0)
	if module != "" {
		l.modules = append(l.modules, module)
		owner = 1
	}
	var text strings.Builder
	text.Grow(size)
	entries := make([]entry, 0, symbols)
	bad := 0
	fill(func(kind byte, addr uint64, name []byte) {
		if len(name) == 0 || len(name) > maxName || nameEndBytes(name) != len(name) || text.Len() > 1<<30 ||
			len(entries) >= maxSymbols {
			bad++
			return
		}
		text.WriteByte(kind)
		text.WriteByte(' ')
		entries = append(entries, entry{addr, uint32(text.Len()), uint16(len(name)), owner})
		text.Write(name)
		text.WriteByte('\n')
	})
	if len(entries) == 0 {
		return nil
	}
	l.text = text.String()
	entries = byAddress(entries, l.text)
	if owner != 0 {
		l.loaded = entries
	} else {
		l.image = entries
		for _, e := range entries {
			if n := l.text[e.name : e.name+uint32(e.length)]; isMark(n) || n == "startup_64" || n == "startup_32" {
				l.marks = append(l.marks, e)
			}
		}
	}
	t := newTable(name, l, nil)
	t.notes = nil // of lines that are there twice: an ELF file has such symbols
	if bad > 0 {
		t.notes = append(t.notes, count(bad, "symbol has", "symbols have")+" a name that is no name, and left out")
	}
	return t
}

// byAddress sorts entries by address, and those at one address by name, as nm -n does.
func byAddress(entries []entry, text string) []entry {
	// Numbers sort twice as fast as structs: the address in steps from the lowest one, if that leaves room for the place.
	low, high := ^uint64(0), uint64(0)
	for _, e := range entries {
		if e.addr >= 1<<32 { // without the per-CPU symbols of x86_64, which count from 0
			low = min(low, e.addr)
		}
		high = max(high, e.addr)
	}
	names := func(a, b entry) int {
		return strings.Compare(text[a.name:a.name+uint32(a.length)], text[b.name:b.name+uint32(b.length)])
	}
	shift := bits.Len(uint(len(entries)))
	if low > high || high-low >= 1<<(62-shift) {
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.addr, b.addr), names(a, b)) })
		return entries
	}
	keys := make([]uint64, len(entries))
	for i, e := range entries {
		key := e.addr // below 2^32
		if e.addr >= low {
			key = 1<<(62-shift) + e.addr - low
		}
		keys[i] = key<<shift | uint64(i)
	}
	slices.Sort(keys)
	out := make([]entry, len(entries))
	for i, k := range keys {
		out[i] = entries[k&(1<<shift-1)]
	}
	for i := 0; i < len(out); {
		j := i + 1
		for j < len(out) && out[j].addr == out[i].addr {
			j++
		}
		if j > i+1 {
			slices.SortStableFunc(out[i:j], names)
		}
		i = j
	}
	return out
}

// isLabel reports whether a symbol is a label of the assembler or a mark of the architecture ($a, $d, $x), which
// neither nm -n | mksysmap nor the kernel lists.
func isLabel(name []byte) bool {
	return name[0] == '$' || bytes.HasPrefix(name, []byte(".L")) || bytes.HasPrefix(name, []byte("L0\x01"))
}

func nameEndBytes(name []byte) int {
	for i, c := range name {
		if c <= ' ' || c >= 0x7f {
			return i
		}
	}
	return len(name)
}

// maxSectionData bounds what Section gives. The BTF of a vmlinux has 4 to 10 MB.
const maxSectionData = 256 << 20

// Section returns the bytes of a section, such as .BTF, from the image or from its debug file. The caller owns them.
// The error wraps [ErrNoSection] if neither has it.
func (m *Image) Section(name string) ([]byte, error) {
	for _, f := range []*object.File{m.object, m.debug} {
		if f == nil {
			continue
		}
		if s := f.Section(name); s != nil && s.HasBytes() {
			b, err := f.ReadAll(s, maxSectionData)
			if err != nil {
				return nil, &ImageError{Name: m.name, Looks: "a damaged ELF file", Err: err}
			}
			return b, nil
		}
	}
	return nil, &ImageError{Name: m.name, Looks: "it has no " + plain(name), Err: ErrNoSection}
}

// ErrNoSection is wrapped by the error of [Image.Section].
var ErrNoSection = object.ErrNoSection
