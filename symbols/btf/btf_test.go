package btf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nfoops/nfoops/symbols"
)

const objects = "../../testdata/kernels/symbols"

func open(t testing.TB, name string) *symbols.Image {
	t.Helper()
	m, err := symbols.OpenImage(filepath.Join(objects, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// TestLikeDWARF: BTF and the debug information of one kernel say the same of every byte.
func TestLikeDWARF(t *testing.T) {
	m := open(t, "vmlinux")
	types, err := FromImage(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	// pahole writes window[2][3] as window[6].
	flat := strings.NewReplacer("window[0][0]", "window[0]", "window[0][1]", "window[1]", "window[0][2]", "window[2]",
		"window[1][0]", "window[3]", "window[1][1]", "window[4]", "window[1][2]", "window[5]")
	paths := func(ty *symbols.Type) (out []string) {
		for off := range ty.Size + 4 {
			for _, size := range []uint64{0, 1, 2, 4, 8} {
				for _, p := range ty.FieldPaths(off, size) {
					out = append(out, fmt.Sprintf("%d/%d %s+%d %d:%d %s", off, size, flat.Replace(p.Path), p.Offset, p.BitOffset,
						p.BitSize, p.Type))
				}
			}
		}
		return out
	}
	for _, name := range []string{"conn", "tuple", "params", "tcp_state", "ext", "addr"} {
		b, reason := types.Struct(name)
		d, reason2 := m.Struct(name, 0)
		if reason != "" || reason2 != "" {
			t.Fatal(name, reason, reason2)
		}
		if diff := cmp.Diff(paths(d), paths(b)); diff != "" {
			t.Errorf("%s: DWARF (-) and BTF (+) differ:\n%s", name, diff)
		}
	}
	table, err := m.Table()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"count_them", "match_it", "look_up", "traced"} {
		b, reason := types.Prototype(name)
		d, _ := m.Prototype(table.Named(name)[0].Addr, 0)
		if reason != "" || b.String() != d.String() {
			t.Errorf("%s: %s, DWARF says %s", b, reason, d)
		}
	}
	if _, reason := types.Struct("nothing"); reason != symbols.ReasonNoType {
		t.Errorf("nothing: %q", reason)
	}
	if _, reason := types.Prototype("conn"); reason != symbols.ReasonNoType {
		t.Errorf("a struct as a function: %q", reason)
	}
}

// TestSplit: a module's BTF on top of its vmlinux's, which is given or in .BTF.base, says what its debug information says.
func TestSplit(t *testing.T) {
	kernel, err := FromImage(open(t, "vmlinux"), nil)
	if err != nil {
		t.Fatal(err)
	}
	debug := open(t, "nf_story.ko")
	table, err := debug.Table()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file string
		base *Types
	}{{"nf_story-split.ko", kernel}, {"nf_story-base.ko", nil}, {"nf_story-base.ko", kernel}} {
		types, err := FromImage(open(t, tt.file), tt.base)
		if err != nil {
			t.Fatalf("%s: %v", tt.file, err)
		}
		for _, name := range []string{"conn", "tuple", "params"} {
			b, reason := types.Struct(name)
			d, _ := debug.Struct(name, 0)
			if reason != "" || b.Size != d.Size {
				t.Errorf("%s: %s: %s", tt.file, name, reason)
				continue
			}
			for off := range d.Size {
				x, y := b.FieldPaths(off, 0), d.FieldPaths(off, 0)
				if len(x) != len(y) || len(x) > 0 && !strings.Contains(x[0].Path, "window") && x[0].Path != y[0].Path {
					t.Errorf("%s: %s+%d: %v, DWARF says %v", tt.file, name, off, x, y)
				}
			}
		}
		for _, name := range []string{"count_them", "match_it", "story_init"} {
			b, reason := types.Prototype(name)
			d, _ := debug.Prototype(table.Named(name)[0].Addr, 0)
			if reason != "" || b.String() != d.String() {
				t.Errorf("%s: %s: %s %s, DWARF says %s", tt.file, name, b, reason, d)
			}
		}
	}
	// Without its base it can't be read.
	if types, err := FromImage(open(t, "nf_story-split.ko"), nil); err == nil {
		if p, reason := types.Prototype("count_them"); reason == "" {
			t.Errorf("without a base: %s", p)
		}
	} else if !strings.HasPrefix(err.Error(), "nf_story-split.ko: ") {
		t.Error(err)
	}
}

func TestNoBTF(t *testing.T) {
	if _, err := FromImage(open(t, "nf_story.ko"), nil); !errors.Is(err, ErrNoBTF) ||
		!strings.HasPrefix(err.Error(), "nf_story.ko: ") {
		t.Errorf("got %v", err)
	}
	for _, raw := range []string{
		"", "\x9f\xeb\x01", "\x7fELF" + strings.Repeat("x", 100), "\x9f\xeb" + strings.Repeat("\xff", 60),
	} {
		if _, err := Load("a", []byte(raw), nil); err == nil || !strings.HasPrefix(err.Error(), "a: ") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// TestDebian reads the BTF of a kernel and of a module on top of it.
func TestDebian(t *testing.T) {
	dir := os.Getenv("NFOOPS_DBG")
	if dir == "" {
		t.Skip("NFOOPS_DBG is not set: the unpacked linux-image-…-dbg package")
	}
	find := func(pattern string) string {
		var out string
		_ = filepath.WalkDir(dir, func(p string, _ os.DirEntry, _ error) error {
			if ok, _ := filepath.Match(pattern, filepath.Base(p)); ok {
				out = p
			}
			return nil
		})
		return out
	}
	load := func(path string, base *Types) (*symbols.Image, *Types) {
		m, err := symbols.OpenImage(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Close() })
		types, err := FromImage(m, base)
		if err != nil {
			t.Fatal(err)
		}
		return m, types
	}
	_, kernel := load(find("vmlinux-*"), nil)
	m, module := load(find("nf_conntrack.ko"), kernel)
	for _, name := range []string{"nf_conn", "nf_conntrack_expect", "sk_buff", "nf_conntrack_net"} {
		b, reason := module.Struct(name)
		d, reason2 := m.Struct(name, 0)
		if reason != "" || reason2 != "" {
			t.Errorf("%s: %s %s", name, reason, reason2)
			continue
		}
		n := 0
		for off := range d.Size {
			var x, y []string
			for _, p := range b.FieldPaths(off, 0) {
				x = append(x, p.Path)
			}
			for _, p := range d.FieldPaths(off, 0) {
				y = append(y, p.Path)
			}
			if diff := cmp.Diff(y, x); diff != "" {
				t.Errorf("%s+%d: DWARF (-) and BTF (+) differ:\n%s", name, off, diff)
				break
			}
			n += len(y)
		}
		t.Logf("%s: %d bytes, %d paths equal", name, d.Size, n)
	}
	if p, reason := module.Prototype("nf_ct_delete"); reason != "" {
		t.Error(reason)
	} else {
		t.Log(p)
	}
}

// FuzzBTF: whatever the bytes, no panic; and what can be decoded can be walked. An input is either BTF itself or a list
// of changes to that of the small kernel, three bytes each: where, and the new byte. Changes reach what lies behind the
// header's checks, and short inputs are what the fuzzer minimizes in no time: with the whole BTF as a seed it did
// nothing else.
func FuzzBTF(f *testing.F) {
	m := open(f, "vmlinux")
	whole, err := m.Section(".BTF")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole[:24])
	f.Add([]byte("\x9f\xeb\x01\x00\x18\x00\x00\x00"))
	f.Add([]byte{0, 24, 1, 0, 30, 0xff})
	f.Add([]byte{1, 0, 0, 1, 4, 4, 2, 8, 13})
	f.Fuzz(func(t *testing.T, b []byte) {
		raw := b
		if !bytes.HasPrefix(b, []byte("\x9f\xeb")) {
			raw = bytes.Clone(whole)
			for ; len(b) >= 3; b = b[3:] {
				raw[(int(b[0])<<8|int(b[1]))%len(raw)] = b[2]
			}
		}
		types, err := Load("fuzz", raw, nil)
		if err != nil {
			if types != nil {
				t.Error("types and an error")
			}
			return
		}
		for _, name := range []string{"conn", "tuple", "u32", "list"} {
			if ty, reason := types.Struct(name); reason == "" {
				for off := uint64(0); off < 256; off += 3 {
					ty.FieldPaths(off, 4)
				}
				_ = ty.String()
			}
		}
		if p, reason := types.Prototype("match_it"); reason == "" {
			_ = p.String()
			p.Reach(80, 1, 2, 50)
		}
	})
}
