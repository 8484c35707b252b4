package symbols

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// exercise asks an image for everything. What it answers doesn't matter; that it comes back does.
func exercise(m *Image) {
	m.BuildID()
	m.Release()
	table, err := m.Table()
	var addrs []uint64
	if err == nil {
		for i := 0; i < table.Len() && i < 20; i++ {
			s := table.symbol(table.entry(i), 0)
			addrs = append(addrs, s.Addr, s.Addr+5)
		}
	}
	for _, name := range []string{"count_them", "checkentry", "traced", "look_up"} {
		as, _, err := m.Resolve(Query{Name: name, Offset: 4, Return: true})
		if err == nil {
			for _, a := range as {
				addrs = append(addrs, a.Addr)
			}
		}
	}
	for _, a := range addrs {
		m.Lines(a)
		if p, reason := m.Prototype(a, 0); reason == "" {
			_ = p.String()
			p.Reach(80, 1, 1, 20)
		}
		if c, reason := m.Code(a, 40); reason == "" {
			m.Search(c.Bytes, c.Loose, 3)
			_, _ = m.Verify(Evidence{Release: "6.1.0-story", Code: []CodeEvidence{{Name: "look_up", Bytes: c.Bytes, Index: 3}}})
		}
	}
	if t, reason := m.Struct("conn", 0); reason == "" {
		for off := uint64(0); off < 200; off += 7 {
			t.FieldPaths(off, 4)
		}
		_ = t.String()
	}
	_, _ = m.Section(".BTF")
	m.Notes()
}

// FuzzELF changes bytes of real kernels and modules, or takes others for one: no panic, no hang.
func FuzzELF(f *testing.F) {
	names := []string{"vmlinux", "vmlinux-zstd", "nf_story.ko", "nf_story-i386.ko", "nf_story-dwarf4.ko"}
	var files [][]byte
	for i, name := range names {
		b, err := os.ReadFile(filepath.Join(objects, name))
		if err != nil {
			f.Fatal(err)
		}
		files = append(files, b)
		f.Add(uint8(i), uint32(0), []byte{})
		f.Add(uint8(i), uint32(0x28), []byte{0xff, 0xff, 0xff, 0x7f})        // e_shoff
		f.Add(uint8(i), uint32(len(b)/2), []byte{0xff, 0xff, 0xff, 0xff, 0}) // somewhere in the debug sections
	}
	f.Fuzz(func(_ *testing.T, which uint8, at uint32, with []byte) {
		b := bytes.Clone(files[int(which)%len(files)])
		copy(b[int(at)%len(b):], with)
		if m, err := NewImage("fuzz", bytes.NewReader(b), int64(len(b))); err == nil {
			exercise(m)
		}
	})
}

// TestDamagedImages changes every byte of the headers, and cuts the files everywhere.
func TestDamagedImages(t *testing.T) {
	for _, name := range []string{"vmlinux", "nf_story.ko", "nf_story-i386.ko"} {
		b, err := os.ReadFile(filepath.Join(objects, name))
		if err != nil {
			t.Fatal(err)
		}
		try := func(b []byte) {
			if m, err := NewImage(name, bytes.NewReader(b), int64(len(b))); err == nil {
				exercise(m)
			}
		}
		for n := 0; n < len(b); n += 1021 {
			try(b[:n])
		}
		c := bytes.Clone(b)
		for i := range c {
			if i < 64 || i%499 == 0 || i > len(c)-31*64 && i%97 == 0 { // the section headers are at the end
				for _, v := range []byte{0, 0xff, b[i] ^ 0x40} {
					c[i] = v
					try(c)
				}
				c[i] = b[i]
			}
		}
	}
}
