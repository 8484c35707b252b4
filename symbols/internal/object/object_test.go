package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../../testdata/kernels/symbols/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestPlaces: the sections of a module have addresses of their own, code first, what is freed last.
func TestPlaces(t *testing.T) {
	for _, name := range []string{"nf_story.ko", "nf_story-i386.ko"} {
		f := open(t, read(t, name))
		if !f.Relocatable || f.Section(".text").Addr != f.Base {
			t.Errorf("%s: .text is at %#x, base %#x", name, f.Section(".text").Addr, f.Base)
		}
		if cold := f.Section(".text.unlikely"); cold.Addr-f.Base < f.Section(".text").Size || cold.Addr-f.Base >= 4096 {
			t.Errorf("%s: .text.unlikely is at %#x", name, cold.Addr)
		}
		var last uint64
		for _, n := range []string{".text", ".text.unlikely", ".modinfo", ".bss", ".init.text"} {
			s := f.Section(n)
			if s.Addr <= last || f.At(s.Addr) != s {
				t.Errorf("%s: %s is at %#x, after %#x", name, n, s.Addr, last)
			}
			last = s.Addr
		}
		if f.At(f.End) != nil || f.At(0) != nil {
			t.Errorf("%s: something is at %#x or at 0", name, f.End)
		}
	}
}

// TestUnsortedRelocations: an assembler may write relocations in any order.
func TestUnsortedRelocations(t *testing.T) {
	b := read(t, "nf_story.ko")
	f := open(t, b)
	info := f.Section(".debug_info")
	want, err := f.ReadAll(info, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := f.raw(info, 0, info.Size)
	if bytes.Equal(raw, want) {
		t.Fatal("relocations change nothing")
	}
	part, err := f.Read(info, 100, 300)
	if err != nil {
		t.Fatal(err)
	}
	// Addresses and offsets that stick out are left alone: these are whole within the part.
	same := 0
	for i := range part {
		if part[i] == want[100+i] {
			same++
		}
	}
	if same < len(part)-8 {
		t.Errorf("a part of the section differs in %d bytes", len(part)-same)
	}
	e := f.elf.Section(".rela.debug_info")
	c := bytes.Clone(b)
	rela := c[e.Offset : e.Offset+e.Size]
	for i, j := 0, len(rela)-24; i < j; i, j = i+24, j-24 {
		one := bytes.Clone(rela[i : i+24])
		copy(rela[i:], rela[j:j+24])
		copy(rela[j:], one)
	}
	g := open(t, c)
	got, err := g.ReadAll(g.Section(".debug_info"), 1<<20)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("in reverse order: equal %v, %v", bytes.Equal(got, want), err)
	}
}

// TestLies: sizes and offsets that the file doesn't have give errors that name the section.
func TestLies(t *testing.T) {
	b := read(t, "vmlinux")
	le := binary.LittleEndian
	shoff := le.Uint64(b[0x28:])
	f := open(t, b)
	text := f.Section(".text")
	header := b[shoff+uint64(text.index)*64:]
	for _, tc := range []struct {
		at   int
		v    uint64
		want string
	}{
		{24, 1 << 40, `section ".text" lies beyond the end of the file`},
		{32, 1 << 40, `section ".text" goes on after the end of the file`},
	} {
		old := le.Uint64(header[tc.at:])
		le.PutUint64(header[tc.at:], tc.v)
		g, err := Open(bytes.NewReader(b), int64(len(b)))
		if err == nil {
			_, err = g.Read(g.Section(".text"), 0, 1<<41)
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) && !strings.Contains(err.Error(), "ELF") {
			t.Errorf("%#x at %d: %v, want %s", tc.v, tc.at, err, tc.want)
		}
		le.PutUint64(header[tc.at:], old)
	}
	if _, err := f.ReadAll(text, 4); err == nil || !strings.Contains(err.Error(), `".text"`) {
		t.Errorf("a limit: %v", err)
	}
}

func TestNotes(t *testing.T) {
	f := open(t, read(t, "nf_story.ko"))
	if id := f.BuildID(); len(id) != 40 {
		t.Errorf("build id %q", id)
	}
	if v := f.ModInfo("vermagic"); !slices.Equal(v, []string{"6.1.0-story SMP preempt mod_unload "}) {
		t.Errorf("vermagic %q", v)
	}
	if name, _, err := open(t, read(t, "vmlinux-stripped")).DebugLink(); err != nil || name != "vmlinux-stripped.debug" {
		t.Errorf("debug link %q, %v", name, err)
	}
	// An endless note.
	if id := f.buildID(bytes.Repeat([]byte{4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 3, 0, 0, 0}, 3)); id != "" {
		t.Errorf("build id %q", id)
	}
}

// TestRelocated: the bytes of a call of another file are loose.
func TestRelocated(t *testing.T) {
	f := open(t, read(t, "nf_story.ko"))
	text := f.Section(".text")
	rs, err := f.Relocated(text.Addr, text.Size)
	if err != nil || len(rs) < 3 {
		t.Fatal(rs, err)
	}
	for _, r := range rs {
		if r.Len != 4 || r.Addr < text.Addr || r.Addr >= text.Addr+text.Size {
			t.Errorf("%+v", r)
		}
	}
	if rs, err := f.Relocated(1, 100); rs != nil || err != nil {
		t.Error(rs, err)
	}
	if f.Machine != elf.EM_X86_64 {
		t.Error(f.Machine)
	}
}
