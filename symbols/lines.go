package symbols

import (
	"path"
	"strings"

	"github.com/nfoops/nfoops/symbols/internal/dwarf"
	"github.com/nfoops/nfoops/symbols/internal/object"
)

// Line is one function at an address, and the place in its source.
type Line struct {
	// Function is the name in the source, without the compiler's suffixes; "" if it is not known (assembler).
	Function string
	// File is the path in the kernel's source tree where that can be told, else as the compiler had it. Path is always
	// the compiler's, with the folder of compilation.
	File, Path string
	// Line and Column count from 1; 0 is not known.
	Line, Column int
	// Inlined is true if the compiler put this function's code into that of the next one.
	Inlined bool
}

const (
	// ReasonNoDebug is an image without debug sections.
	ReasonNoDebug Reason = "in an image without debug information"
	// ReasonNoLine is an address that the debug sections don't cover.
	ReasonNoLine Reason = "not covered by the debug information"
	// ReasonDamagedDebug is an address whose debug sections can't be read.
	ReasonDamagedDebug Reason = "in a part of the debug information that is damaged"
)

// Lines returns the functions at an address of the image, innermost first: all but the last one are inlined. For RIP,
// EIP and pc give the address itself; for the return addresses of a call trace one less, as [CallSite] does: the
// address itself belongs to what comes after the call, another line or even another function.
func (m *Image) Lines(addr uint64) ([]Line, Reason) {
	x, reason := m.dwarf()
	if x == nil {
		return nil, reason
	}
	frames, err := x.Frames(addr)
	switch {
	case err != nil:
		return nil, ReasonDamagedDebug
	case len(frames) == 0:
		return nil, ReasonNoLine
	}
	out := make([]Line, 0, len(frames))
	for _, f := range frames {
		out = append(out, Line{
			Function: plain(f.Function), File: plain(sourcePath(f.File, f.Dir)), Path: plain(path.Clean(orDot(f.File))),
			Line: f.Line, Column: f.Column, Inlined: f.Inlined,
		})
	}
	return out, ""
}

func orDot(s string) string {
	if s == "" {
		return "?"
	}
	return s
}

// CallSite returns the address to ask for a frame of a call trace: one before the return address, but not before the
// start of the function, which is where a frame that was never called stands.
func CallSite(addr, offset uint64) uint64 {
	if offset == 0 {
		return addr
	}
	return addr - 1
}

// sourcePath makes a path relative to the kernel's source tree.
func sourcePath(file, dir string) string {
	if file == "" {
		return ""
	}
	file = path.Clean(file)
	if dir = path.Clean(dir); dir != "." && strings.HasPrefix(file, dir+"/") {
		return file[len(dir)+1:]
	}
	// A build outside of the source tree: what follows the part that both paths have, without the name of the build
	// folder. The first folder of the kernel's own tree tells where it starts.
	best := -1
	for _, top := range treeTops {
		if strings.HasPrefix(file, top) {
			return file
		}
		if i := strings.Index(file, "/"+top); i >= 0 && (best < 0 || i < best) {
			best = i
		}
	}
	if best >= 0 {
		return file[best+1:]
	}
	return strings.TrimLeft(strings.TrimPrefix(file, "../"), "/")
}

// treeTops are the folders at the top of the kernel's source that code is in.
var treeTops = []string{
	"arch/", "block/", "certs/", "crypto/", "drivers/", "fs/", "include/", "init/", "io_uring/", "ipc/", "kernel/", "lib/",
	"mm/", "net/", "rust/", "samples/", "security/", "sound/", "tools/", "virt/",
}

// dwarf returns the index over the debug sections, nil with a reason if there's none.
func (m *Image) dwarf() (*dwarf.Index, Reason) {
	m.indexOnce.Do(func() {
		if m.debug != nil {
			m.index, m.indexErr = dwarf.New(sections{m.debug}, m.debug.Order)
		}
	})
	switch {
	case m.debug == nil:
		return nil, ReasonNoDebug
	case m.indexErr != nil:
		return nil, ReasonDamagedDebug
	}
	return m.index, ""
}

// sections gives the DWARF reader the sections of an ELF file.
type sections struct{ f *object.File }

// SectionSize returns the size of a section, 0 if the file has no bytes of it.
func (s sections) SectionSize(name string) uint64 {
	if sec := s.f.Section(name); sec != nil && sec.HasBytes() {
		return sec.Size
	}
	return 0
}

// ReadSection returns n bytes of a section from off.
func (s sections) ReadSection(name string, off, n uint64) ([]byte, error) {
	sec := s.f.Section(name)
	if sec == nil {
		return nil, object.ErrNoSection
	}
	return s.f.Read(sec, off, n)
}
