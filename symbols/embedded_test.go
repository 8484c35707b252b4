package symbols

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
)

// kernelBytes makes a raw kernel that carries names as scripts/kallsyms.c writes them. The tokens are single bytes, and
// "nf_" at an unused one.
func kernelBytes(order binary.AppendByteOrder, names []string, offsets []uint32, base uint64, late bool) []byte {
	align := func(b []byte) []byte {
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
		return b
	}
	b := append([]byte("Linux version 6.1.0-raw (x86_64) #1 SMP\x00"), bytes.Repeat([]byte{0x90, 0xc3, 0}, 3000)...)
	addresses := func() {
		b = align(b)
		for _, o := range offsets {
			b = order.AppendUint32(b, o)
		}
		b = order.AppendUint64(align(b), base)
	}
	if !late {
		addresses()
	}
	b = align(order.AppendUint32(align(b), uint32(len(names))))
	var markers []uint32
	start := len(b)
	for i, n := range names {
		if i%256 == 0 {
			markers = append(markers, uint32(len(b)-start))
		}
		n = string(bytes.ReplaceAll([]byte(n), []byte("nf_"), []byte{0x80}))
		b = append(b, byte(len(n)))
		b = append(b, n...)
	}
	b = align(b)
	for _, m := range markers {
		b = order.AppendUint32(b, m)
	}
	b = align(b)
	var index []byte
	start = len(b)
	for c := range 256 {
		index = order.AppendUint16(index, uint16(len(b)-start))
		switch {
		case c == 0x80:
			b = append(b, "nf_"...)
		case c == 0:
			b = append(b, "x"...) // the first token is never empty in a kernel
		case c < 0x80:
			b = append(b, byte(c))
		}
		b = append(b, 0)
	}
	b = append(align(b), index...)
	if late {
		addresses()
	}
	return append(b, bytes.Repeat([]byte("the rest"), 100)...)
}

func embeddedNames() (names []string, offsets []uint32) {
	names = []string{"T_text", "T_stext", "Tstartup_64"}
	offsets = []uint32{0, 0, 0}
	rng := rand.New(rand.NewPCG(1, 2))
	at := uint32(0x40)
	for i := range 1500 {
		names = append(names, fmt.Sprintf("tnf_%d_function_%x", i, rng.Uint32()))
		offsets = append(offsets, at)
		at += 16 * (1 + rng.Uint32N(40))
	}
	return append(names, "T_etext", "D_end"), append(offsets, at, at+0x10000)
}

func TestEmbeddedKallsyms(t *testing.T) {
	names, offsets := embeddedNames()
	const base = 0xffffffff81000000
	percpu := make([]uint32, len(offsets))
	for i, o := range offsets {
		percpu[i] = ^o
	}
	for _, tc := range []struct {
		name    string
		order   binary.AppendByteOrder
		offsets []uint32
		late    bool
	}{
		{"before 6.4", binary.LittleEndian, offsets, false},
		{"6.4", binary.LittleEndian, offsets, true},
		{"per-CPU", binary.LittleEndian, percpu, false},
		{"big-endian", binary.BigEndian, offsets, false},
	} {
		b := kernelBytes(tc.order, names, tc.offsets, base, tc.late)
		m := &Image{name: "vmlinuz", raw: b, object: rawObject(b)}
		table, err := m.Table()
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if table.Len() != len(names) {
			t.Errorf("%s: %d symbols, want %d", tc.name, table.Len(), len(names))
		}
		for i, n := range names {
			if got := table.Named(n[1:]); len(got) != 1 || got[0].Addr != base+uint64(offsets[i]) || got[0].Type != n[0] {
				t.Fatalf("%s: %s: %+v", tc.name, n, got)
			}
		}
		if r, _ := m.Release(); r != "6.1.0-raw" {
			t.Errorf("%s: release %q", tc.name, r)
		}
		if _, reason := m.Lines(base + 0x40); reason != ReasonNoDebug {
			t.Errorf("%s: lines: %q", tc.name, reason)
		}
	}
	// Any part of it missing: no symbols, and no panic.
	b := kernelBytes(binary.LittleEndian, names, offsets, base, false)
	for n := 0; n < len(b); n += 509 {
		m := &Image{name: "cut", raw: b[:n], object: rawObject(b[:n])}
		if table, err := m.Table(); err == nil && table.Len() != len(names) {
			t.Errorf("cut at %d: %d symbols", n, table.Len())
		}
	}
}

// FuzzEmbedded changes bytes of a kernel that carries its names: no panic, and names that can be shown.
func FuzzEmbedded(f *testing.F) {
	names, offsets := embeddedNames()
	b := kernelBytes(binary.LittleEndian, names, offsets, 0xffffffff81000000, false)
	f.Add(uint32(0), []byte{})
	f.Add(uint32(len(b)/2), []byte("0\x001\x002\x003\x00"))
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		c := bytes.Clone(b)
		copy(c[int(at)%len(c):], with)
		m := &Image{name: "fuzz", raw: c, object: rawObject(c)}
		table, err := m.Table()
		if err != nil {
			return
		}
		for i := range table.Len() {
			s := table.symbol(table.entry(i), 0)
			if plain(s.Name) != s.Name {
				t.Errorf("name %q", s.Name)
			}
		}
	})
}
