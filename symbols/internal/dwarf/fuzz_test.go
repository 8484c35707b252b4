package dwarf

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/nfoops/nfoops/symbols/internal/object"
)

// sections is a Source of bytes.
type sections map[string][]byte

func (s sections) SectionSize(name string) uint64 { return uint64(len(s[name])) }

func (s sections) ReadSection(name string, off, n uint64) ([]byte, error) {
	b := s[name]
	off = min(off, uint64(len(b)))
	return bytes.Clone(b[off:min(uint64(len(b)), off+n)]), nil
}

// load reads the debug sections of a small object.
func load(t testing.TB, name string) (sections, []uint64) {
	t.Helper()
	b, err := os.ReadFile("../../../testdata/kernels/symbols/" + name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := object.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := sections{}
	for i := range f.Sections {
		s := &f.Sections[i]
		if len(s.Name) > 6 && s.Name[:6] == ".debug" {
			if out[s.Name], err = f.Read(s, 0, s.Size); err != nil {
				t.Fatal(err)
			}
		}
	}
	var code []uint64
	err = f.Symbols(func(s object.Symbol) {
		if s.Type|0x20 == 't' {
			code = append(code, s.Addr, s.Addr+9)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, code
}

func ask(x *Index, code []uint64) (found int) {
	var walk func(t *Type, depth int)
	walk = func(t *Type, depth int) {
		if t == nil || depth > 4 {
			return
		}
		walk(x.Elem(t), depth+1)
		for _, m := range x.Members(t) {
			walk(m.Type, depth+1)
		}
	}
	for _, pc := range code {
		frames, err := x.Frames(pc)
		if err == nil {
			found += len(frames)
		}
		for depth := range frames {
			if f := x.FunctionAt(pc, depth); f != nil {
				for _, p := range f.Params {
					walk(p.Type, 0)
				}
			}
		}
	}
	for _, name := range []string{"conn", "u32", "nothing"} {
		walk(x.Named(name, 0), 0)
	}
	return found
}

// TestWithoutARanges: a compiler that leaves out .debug_aranges costs a look at all units, and no answer.
func TestWithoutARanges(t *testing.T) {
	for _, name := range []string{"vmlinux", "vmlinux-dwarf4", "nf_story.ko", "nf_story-i386.ko"} {
		s, code := load(t, name)
		x, err := New(s, binary.LittleEndian)
		if err != nil {
			t.Fatal(err)
		}
		want := ask(x, code) // an address beyond a short function can be in none
		delete(s, ".debug_aranges")
		if x, err = New(s, binary.LittleEndian); err != nil {
			t.Fatal(err)
		}
		if got := ask(x, code); got != want || got < len(code)*3/4 {
			t.Errorf("%s: %d frames for %d addresses, want %d", name, got, len(code), want)
		}
	}
	if _, err := New(sections{}, binary.LittleEndian); err == nil {
		t.Error("an index over nothing")
	}
}

// FuzzDWARFIndex changes bytes of one debug section: no panic, no hang, and answers of bounded size.
func FuzzDWARFIndex(f *testing.F) {
	names := []string{".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_line_str", ".debug_rnglists",
		".debug_ranges", ".debug_aranges"}
	var all []sections
	var codes [][]uint64
	for i, file := range []string{"vmlinux", "vmlinux-dwarf4", "nf_story.ko"} {
		s, code := load(f, file)
		all, codes = append(all, s), append(codes, code)
		for n := range names {
			f.Add(uint8(i), uint8(n), uint32(0), []byte{})
			f.Add(uint8(i), uint8(n), uint32(40*n), []byte{0xff, 0x7f, 0xff, 0xff})
		}
	}
	f.Fuzz(func(t *testing.T, file, section uint8, at uint32, with []byte) {
		from := all[int(file)%len(all)]
		s := sections{}
		for name, b := range from {
			s[name] = b
		}
		name := names[int(section)%len(names)]
		if b := bytes.Clone(s[name]); len(b) > 0 {
			copy(b[int(at)%len(b):], with)
			s[name] = b
		}
		x, err := New(s, binary.LittleEndian)
		if err != nil {
			return
		}
		code := codes[int(file)%len(codes)]
		if found := ask(x, code); found > len(code)*maxDepth {
			t.Errorf("%d frames for %d addresses", found, len(code))
		}
	})
}
