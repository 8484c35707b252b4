package symbols

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// movedPairs returns pairs as a log has them after the image was moved by slide.
func movedPairs(pairs []Pair, slide uint64) []Pair {
	out := slices.Clone(pairs)
	for i := range out {
		if out[i].Module == "" {
			out[i].Addr += slide
		}
	}
	return out
}

var (
	i386Pairs = []Pair{
		{Addr: 0xc02a0104, Name: "nf_hook_slow", Offset: 0x44, Size: 0xf0, Line: 10},
		{Addr: 0xc02a0054, Name: "nf_iterate", Offset: 0x14, Size: 0x80, Line: 11},
		{Addr: 0xc02a0604, Name: "checkentry", Offset: 0x4, Size: 0x80, Line: 12},
		{Addr: 0xc02a0690, Name: "ip_rcv", Offset: 0x10, Size: 0x280, Line: 13},
	}
	x86Pairs = []Pair{
		{Addr: 0xffffffff81901404, Name: "checkentry", Offset: 0x4, Size: 0x80, Line: 20},
		{Addr: 0xffffffff81900044, Name: "nf_hook_slow", Offset: 0x44, Size: 0x110, Line: 21},
		{Addr: 0xffffffff81901a30, Name: "checkentry", Offset: 0x30, Size: 0x40, Line: 22},
		{Addr: 0xffffffff81901500, Name: "ipt_do_table", Offset: 0x80, Size: 0x580, Line: 23},
		{Addr: 0xffffffffc0a50010, Name: "nft_rbtree_walk", Offset: 0x10, Size: 0x200, Module: "nft_set_rbtree", Line: 24},
	}
)

func ptr(v uint64) *uint64 { return &v }

func TestFit(t *testing.T) {
	old, modern, live := load(t, i386Map), load(t, x86Map), load(t, kallsymsText)
	const slide = 0x1a000000
	tests := []struct {
		name   string
		table  *Table
		pairs  []Pair
		stated *uint64
		want   Fit // Modules are not compared
	}{
		{"no KASLR", old, i386Pairs, nil, Fit{Verified: true, Checked: 4}},
		{"KASLR disabled", modern, x86Pairs, ptr(0), Fit{Verified: true, Checked: 4}},
		{"stated offset", modern, movedPairs(x86Pairs, slide), ptr(slide),
			Fit{Slide: slide, Verified: true, Checked: 4}},
		{"solved", modern, movedPairs(x86Pairs, slide), nil, Fit{Slide: slide, Verified: true, Checked: 4}},
		{"solved from one", modern, movedPairs(x86Pairs[1:2], slide), nil,
			Fit{Slide: slide, Verified: true, Checked: 1}},
		{"solved, i386", load(t, i386Map), movedPairs(i386Pairs, 0xa00000), nil,
			Fit{Slide: 0xa00000, Verified: true, Checked: 4}},
		{"moved and says disabled", old, movedPairs(i386Pairs, 0xa00000), ptr(0),
			Fit{Slide: 0xa00000, Verified: true, Checked: 4, Notes: []string{
				"the log states a kernel offset of 0x0, its addresses fit System.map at 0xa00000"}}},
		{"kallsyms of the same boot", live, movedPairs(slices.Delete(slices.Clone(x86Pairs), 2, 3), slide), ptr(slide),
			Fit{Verified: true, Checked: 3, Notes: []string{
				"System.map has the addresses of this boot already", "1 module of System.map not verified"}}},
		{"the same, nothing to verify", live, nil, ptr(slide), Fit{Notes: []string{
			"System.map has the addresses of this boot already",
			"System.map is not verified: the log has no address together with a symbol of the kernel image",
			"2 modules of System.map not verified"}}},
		{"kallsyms of another boot, lower", live, movedPairs(x86Pairs[:2], 0x2000000), nil,
			Fit{Slide: 0xffffffffe8000000, Verified: true, Checked: 2, Notes: []string{
				"System.map is of another boot: 2 modules are left out, as nothing tells where they were"}}},
		{"no pairs", modern, nil, nil, Fit{Notes: []string{
			"System.map is not verified: the log has no address together with a symbol of the kernel image"}}},
		{"sizes alone", modern, []Pair{
			{Name: "nf_hook_slow", Offset: 0x44, Size: 0x110}, {Name: "checkentry", Offset: 0x20, Size: 0x40},
			{Name: "checkentry", Offset: 0x20, Size: 0x80}, {Name: "nft_rbtree_walk", Size: 0x9, Module: "nft_set_rbtree"},
			{Name: "ip_rcv", Size: 0x10}, {Name: "ipt_do_table", Offset: 4}}, ptr(slide),
			Fit{Slide: slide, Sized: 3, Missing: 1, Skipped: 2, Notes: []string{
				"System.map is not verified: the log has no address together with a symbol of the kernel image, " +
					"only 3 symbols agree in size"}}},
		{"sizes beside addresses", modern, append(movedPairs(x86Pairs, slide), Pair{Name: "ipt_do_table", Size: 0x580}), nil,
			Fit{Slide: slide, Verified: true, Checked: 4, Sized: 1}},
		{"no pairs, stated", modern, x86Pairs[4:], ptr(slide), Fit{Slide: slide, Notes: []string{
			"System.map is not verified: the log has no address together with a symbol of the kernel image"}}},
		{"mostly missing names", old, []Pair{i386Pairs[0],
			{Addr: 0xc02a0800, Name: "bpf_prog_1234", Offset: 1, Line: 3}, {Addr: 0xc02a0810, Name: "xt_foo", Line: 4}}, nil,
			Fit{Checked: 1, Missing: 2, Notes: []string{
				"System.map is not verified: it has 1 of the 3 symbols that the log prints"}}},
		{"what can't be compared", old, append(slices.Clone(i386Pairs),
			Pair{Addr: 0x12345678, Name: "ip_rcv", Offset: 1},                  // a hashed pointer
			Pair{Addr: 0xc02a0104, Name: "ip_rcv", Offset: 0x300, Size: 0x280}, // garbled
			Pair{Addr: 0xffffffffc02a0104, Name: "ip_rcv", Offset: 1},          // 64 bits
			Pair{Name: "ip_rcv"}, Pair{Addr: 0xc02a0104}, i386Pairs[0]), nil,
			Fit{Verified: true, Checked: 4, Skipped: 5}},
		{"another suffix that fits", modern, append(movedPairs(x86Pairs, slide),
			Pair{Addr: 0xffffffff81900dff + slide, Name: "nft_do_chain.isra.0", Offset: 0xff, Size: 0x700}), nil,
			Fit{Slide: slide, Verified: true, Checked: 5}},
		{"another suffix that doesn't", modern, append(movedPairs(x86Pairs, slide),
			Pair{Addr: 0xffffffff81900dff + slide, Name: "nft_do_chain.isra.0", Offset: 0xff, Size: 0x123}), nil,
			Fit{Slide: slide, Verified: true, Checked: 4, Missing: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.table.Fit(tt.pairs, tt.stated)
			if err != nil {
				t.Fatal(err)
			}
			clean := *got
			clean.table, clean.Modules = nil, nil
			if diff := cmp.Diff(tt.want, clean, cmp.AllowUnexported(Fit{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			mapsBack(t, got, tt.pairs)
		})
	}
}

// mapsBack holds the promise of an accepted fit: a pair of the image whose name is in the map is found where it was.
func mapsBack(t *testing.T, f *Fit, pairs []Pair) {
	t.Helper()
	for _, p := range pairs {
		named := f.Named(p.Name)
		if p.Module != "" || !f.Verified || p.Addr == 0 || p.Size != 0 && p.Offset > p.Size || len(named) == 0 ||
			named[0].Name != p.Name || named[0].Module != "" || f.table.layout.foreign(p.Addr) || p.Offset > p.Addr {
			continue
		}
		addrs, reason := f.At(p.Name, p.Offset, p.Size)
		if !slices.Contains(addrs, p.Addr) {
			t.Errorf("%s+%#x/%#x at %#x is accepted, and At says %#x %q", p.Name, p.Offset, p.Size, p.Addr, addrs, reason)
		}
	}
}

func TestFitRefuses(t *testing.T) {
	old, modern := load(t, i386Map), load(t, x86Map)
	const slide = 0x1a000000
	change := func(pairs []Pair, i int, f func(*Pair)) []Pair {
		pairs = slices.Clone(pairs)
		f(&pairs[i])
		return pairs
	}
	tests := []struct {
		name   string
		table  *Table
		pairs  []Pair
		stated *uint64
		want   string
	}{
		{"one symbol elsewhere", old, change(i386Pairs, 1, func(p *Pair) { p.Addr += 0x40 }), nil,
			"System.map is not of this kernel: line 11 of the log puts nf_iterate at 0xc02a0080, the map at 0xc02a0040 " +
				"(3 of 4 symbols agree)"},
		{"a size differs", old, change(i386Pairs, 0, func(p *Pair) { p.Size = 0xe0 }), nil,
			"System.map is not of this kernel: line 10 of the log gives nf_hook_slow at 0xc02a00c0 a size of 0xe0, " +
				"the map gives 0xf0 (3 of 4 symbols agree)"},
		{"an offset is too large", old, []Pair{i386Pairs[0], {Addr: 0xc02a0150, Name: "nf_iterate", Offset: 0x110}}, nil,
			"System.map is not of this kernel: the log has the offset 0x110 in nf_iterate at 0xc02a0040, which has a " +
				"size of 0x80 in the map (1 of 2 symbols agree)"},
		{"under every slide", modern, change(movedPairs(x86Pairs, slide), 3, func(p *Pair) { p.Addr += 0x10 }), nil,
			"System.map is not of this kernel: line 23 of the log puts ipt_do_table at 0xffffffff9b901490, the map at " +
				"0xffffffff9b901480 after a slide of 0x1a000000 (3 of 4 symbols agree)"},
		{"the stated offset is refuted by one", modern, movedPairs(x86Pairs[1:2], slide), ptr(0x200000),
			"System.map is not of this kernel: line 21 of the log puts nf_hook_slow at 0xffffffff9b900000, the map at " +
				"0xffffffff81b00000 after a slide of 0x200000 (0 of 1 symbols agree)"},
		{"a slide that can't be", modern, movedPairs(x86Pairs, 0x12340), nil,
			"System.map is not of this kernel: line 21 of the log puts nf_hook_slow at 0xffffffff81912340, the map at " +
				"0xffffffff81900000: 0x12340 apart, and KASLR can't move a kernel that way (steps of 0x200000)"},
		{"a slide downwards that can't be", modern, movedPairs(x86Pairs, ^uint64(0xf)), nil,
			"System.map is not of this kernel: line 21 of the log puts nf_hook_slow at 0xffffffff818ffff0, the map at " +
				"0xffffffff81900000: -0x10 apart, and KASLR can't move a kernel that way (steps of 0x200000)"},
		{"another kernel, with a symbol in its place by chance", old, []Pair{
			{Addr: 0xc02a0104, Name: "nf_hook_slow", Offset: 0x44, Size: 0xf0, Line: 10},
			{Addr: 0xc02a0154, Name: "nf_iterate", Offset: 0x14, Size: 0x80, Line: 11},
			{Addr: 0xc02a0790, Name: "ip_rcv", Offset: 0x10, Size: 0x280, Line: 13}}, nil,
			"System.map is not of this kernel: line 11 of the log puts nf_iterate at 0xc02a0140, the map at 0xc02a0040 " +
				"(1 of 3 symbols agree)"},
		{"down by a slide", old, change(movedPairs(i386Pairs, ^uint64(0x5fffff)), 3, func(p *Pair) { p.Addr-- }), nil,
			"System.map is not of this kernel: line 13 of the log puts ip_rcv at 0xbfca067f, the map at 0xbfca0680 after " +
				"a slide of -0x600000 (3 of 4 symbols agree)"},
		{"too far", modern, movedPairs(x86Pairs, 0x60000000), nil,
			"System.map is not of this kernel: line 21 of the log puts nf_hook_slow at 0xffffffffe1900000, the map at " +
				"0xffffffff81900000: 0x60000000 apart, and KASLR can't move a kernel that way (steps of 0x200000)"},
		{"a size differs, without an address", modern, []Pair{
			{Name: "nf_hook_slow", Offset: 0x44, Size: 0x110, Line: 5},
			{Name: "checkentry", Offset: 0x20, Size: 0x60, Line: 6}, {Name: "ip_rcv", Size: 0x10}}, ptr(slide),
			"System.map is not of this kernel: line 6 of the log gives checkentry a size of 0x60, the map gives 0x80 " +
				"(1 of 2 symbols agree)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.table.Fit(tt.pairs, tt.stated)
			var mismatch *MismatchError
			if !errors.As(err, &mismatch) {
				t.Fatalf("got %+v, %v", got, err)
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

// Every change of one digit in one address or size is noticed.
func TestFitNoticesEveryDigit(t *testing.T) {
	modern := load(t, x86Map)
	pairs := movedPairs(x86Pairs[:4], 0x1a000000)
	for i := range pairs {
		for bit := range 30 {
			wrong := slices.Clone(pairs)
			wrong[i].Addr ^= 1 << bit
			if f, err := modern.Fit(wrong, nil); err == nil {
				t.Errorf("pair %d, bit %d of the address: accepted, %+v", i, bit, f)
			}
		}
		for bit := range 12 {
			wrong := slices.Clone(pairs)
			if wrong[i].Size ^= 1 << bit; wrong[i].Size < wrong[i].Offset || wrong[i].Size == 0 {
				continue // garbled by itself: skipped
			}
			if f, err := modern.Fit(wrong, nil); err == nil {
				t.Errorf("pair %d, bit %d of the size: accepted, %+v", i, bit, f)
			}
		}
	}
}

func TestFitUndecided(t *testing.T) {
	// Two functions of one name and size, 2 MiB apart: the log's one can be either.
	table := load(t, "ffffffff81000000 T startup_64\nffffffff81000000 T _text\nffffffff81001000 t checkentry\n"+
		"ffffffff81001040 t a\nffffffff81201000 t checkentry\nffffffff81201040 t b\nffffffff82000000 B _end\n")
	_, err := table.Fit([]Pair{{Addr: 0xffffffff91001004, Name: "checkentry", Offset: 4, Size: 0x40}}, nil)
	if !errors.Is(err, ErrUndecided) {
		t.Errorf("got %v, want %v", err, ErrUndecided)
	}
	f, err := table.Fit([]Pair{{Addr: 0xffffffff91001004, Name: "checkentry", Offset: 4, Size: 0x40},
		{Addr: 0xffffffff91201042, Name: "b", Offset: 2}}, nil)
	if err != nil || f.Slide != 0x10000000 {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestFitAnswers(t *testing.T) {
	const slide = 0x1a000000
	f, err := load(t, x86Map).WithModules([]Module{{"nft_set_rbtree", 0xffffffffc0a50000, 0x8000}}).
		Fit(movedPairs(x86Pairs, slide), ptr(slide))
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[uint64]string{
		0xffffffff9b900044: "nf_hook_slow+0x44/0x110",
		0xffffffff81900044: string(ReasonOutside),
		0xffffffffc0a50010: "nft_set_rbtree:+0x10/0x8000, " + string(ReasonModuleBase),
		0xffffffffc0900000: string(ReasonModuleArea),
		0x1004:             string(ReasonUser),
	} {
		if got := told(f.Find(addr)); got != want {
			t.Errorf("Find(%#x) = %s, want %s", addr, got, want)
		}
	}
	if p, _ := f.Find(0xffffffff9b900044); p.Symbol.Addr != 0xffffffff9b900000 {
		t.Errorf("the symbol is at %#x", p.Symbol.Addr)
	}
	if got := f.Named("ip_rcv"); len(got) != 0 {
		t.Errorf("Named: %v", got)
	}
	if got := f.Named("ipt_do_table"); len(got) != 1 || got[0].Addr != 0xffffffff9b901480 {
		t.Errorf("Named: %v", got)
	}
	if got, reason := f.At("checkentry", 4, 0x40); reason != "" || !slices.Equal(got, []uint64{0xffffffff9b901a04}) {
		t.Errorf("At: %#x %q", got, reason)
	}
	if !f.Text(0xffffffff9b900044) || f.Text(0xffffffff81900044) {
		t.Error("Text is not moved")
	}
}

func TestFitModules(t *testing.T) {
	live := load(t, kallsymsText)
	image := Pair{Addr: 0xffffffff9b900044, Name: "nf_hook_slow", Offset: 0x44, Size: 0x110, Line: 1}
	walk := Pair{Addr: 0xffffffffc0a50010, Name: "nft_rbtree_walk", Offset: 0x10, Size: 0x200, Line: 2}
	gc := Pair{Addr: 0xffffffffc0a50210, Name: "nft_rbtree_gc", Offset: 0x10, Size: 0x80, Line: 3}
	eval := Pair{Addr: 0xffffffffc0a10010, Name: "nft_lookup_eval", Offset: 0x10, Module: "nf_tables", Line: 4}
	walk.Module, gc.Module = "nft_set_rbtree", "nft_set_rbtree"
	by := func(p Pair, n uint64) Pair { p.Addr += n; return p }
	tests := []struct {
		name  string
		pairs []Pair
		want  []ModuleFit
		found map[uint64]string
	}{
		{"the same boot", []Pair{image, walk, gc}, []ModuleFit{
			{Name: "nf_tables", Used: true}, {Name: "nft_set_rbtree", Pairs: 2, Used: true},
		}, map[uint64]string{
			0xffffffffc0a50010: "nft_set_rbtree:nft_rbtree_walk+0x10/0x200",
			0xffffffffc0a10010: "nf_tables:nft_lookup_eval+0x10/0x100",
		}},
		{"another boot", []Pair{image, by(walk, 0x7000), by(gc, 0x7000)}, []ModuleFit{
			{Name: "nf_tables"}, {Name: "nft_set_rbtree", Slide: 0x7000, Pairs: 2, Used: true},
		}, map[uint64]string{
			0xffffffffc0a57010: "nft_set_rbtree:nft_rbtree_walk+0x10/0x200",
			0xffffffffc0a50010: string(ReasonModuleArea),
			0xffffffffc0a10010: string(ReasonModuleArea),
		}},
		{"another module", []Pair{image, walk, by(gc, 0x10)}, []ModuleFit{
			{Name: "nf_tables"}, {Name: "nft_set_rbtree", Pairs: 2},
		}, map[uint64]string{0xffffffffc0a50010: string(ReasonModuleArea)}},
		{"one of two built anew", []Pair{image, walk, by(gc, 0x10), eval}, []ModuleFit{
			{Name: "nf_tables", Pairs: 1, Used: true}, {Name: "nft_set_rbtree", Pairs: 2},
		}, map[uint64]string{
			0xffffffffc0a50010: string(ReasonModuleArea),
			0xffffffffc0a10010: "nf_tables:nft_lookup_eval+0x10/0x100",
		}},
		{"not moved by pages", []Pair{image, by(walk, 0x10)}, []ModuleFit{
			{Name: "nf_tables"}, {Name: "nft_set_rbtree", Pairs: 1},
		}, map[uint64]string{0xffffffffc0a50010: string(ReasonModuleArea)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := live.Fit(tt.pairs, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, f.Modules); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			for addr, want := range tt.found {
				if got := told(f.Find(addr)); got != want {
					t.Errorf("Find(%#x) = %s, want %s", addr, got, want)
				}
			}
			if got := told(f.Find(0xffffffff9b900044)); got != "nf_hook_slow+0x44/0x110" {
				t.Errorf("the image: %s", got)
			}
		})
	}
}

// A log that was made to take long costs a second at most: here 4,096 pairs and a name that 20,000 symbols share.
func TestFitBounds(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "%x t checkentry\n", 0xc0100000+i*0x1000)
	}
	table := load(t, text.String())
	var pairs []Pair
	for i := range 10_000 {
		pairs = append(pairs, Pair{Addr: 0xc0100004 + uint64(i)*0x1000, Name: "checkentry", Offset: 4})
	}
	f, err := table.Fit(pairs, nil)
	if err != nil || f.Checked != maxPairs || f.Skipped != len(pairs)-maxPairs {
		t.Errorf("got %+v, %v", f, err)
	}
	if _, err := table.Fit(movedPairs(pairs, 0x800), nil); !errors.Is(err, ErrUndecided) {
		t.Errorf("got %v, want %v", err, ErrUndecided)
	}
}

func FuzzFit(f *testing.F) {
	add := func(kind byte, pairs []Pair, stated uint64) {
		data := []byte{kind}
		for _, p := range pairs {
			data = binary.LittleEndian.AppendUint64(data, p.Addr)
			data = binary.LittleEndian.AppendUint16(data, uint16(p.Offset))
			data = binary.LittleEndian.AppendUint16(data, uint16(p.Size))
			data = append(data, byte(slices.Index(fuzzNames, p.Name)), byte(len(p.Module)))
		}
		f.Add(data, stated, stated != 0)
	}
	add(0, i386Pairs, 0)
	add(0, movedPairs(i386Pairs, 0xa00000), 0)
	add(1, x86Pairs, 0)
	add(1, movedPairs(x86Pairs, 0x1a000000), 0x1a000000)
	add(1, movedPairs(x86Pairs, 0x1a000000), 0)
	add(2, movedPairs(x86Pairs, 0x1a000000), 0x1a000000)
	tables := []*Table{load(f, i386Map), load(f, x86Map), load(f, kallsymsText)}
	f.Fuzz(func(t *testing.T, data []byte, offset uint64, stated bool) {
		if len(data) == 0 {
			return
		}
		table := tables[int(data[0])%len(tables)]
		var pairs []Pair
		for data = data[1:]; len(data) >= 14 && len(pairs) < 50; data = data[14:] {
			p := Pair{
				Addr:   binary.LittleEndian.Uint64(data),
				Offset: uint64(binary.LittleEndian.Uint16(data[8:])),
				Size:   uint64(binary.LittleEndian.Uint16(data[10:])),
				Name:   fuzzNames[int(data[12])%len(fuzzNames)],
				Line:   len(pairs) + 1,
			}
			switch data[13] & 3 {
			case 1:
				p.Module = "nf_tables"
			case 2:
				p.Module = "nft_set_rbtree"
			}
			pairs = append(pairs, p)
		}
		var kernelOffset *uint64
		if stated {
			kernelOffset = &offset
		}
		fit, err := table.Fit(pairs, kernelOffset)
		if err != nil {
			var mismatch *MismatchError
			if !errors.As(err, &mismatch) && !errors.Is(err, ErrUndecided) {
				t.Fatal(err)
			}
			if err.Error() == "" || fit != nil {
				t.Fatal("an error without a text, or a fit beside it")
			}
			return
		}
		if fit.Verified != (fit.Checked > 0 && fit.Missing <= fit.Checked) {
			t.Fatalf("%+v", fit)
		}
		mapsBack(t, fit, pairs)
		for _, p := range pairs {
			place, reason := fit.Find(p.Addr)
			if reason == "" && table.wrap(place.Symbol.Addr+place.Offset) != p.Addr {
				t.Fatalf("Find(%#x) = %+v", p.Addr, place)
			}
			fit.Text(p.Addr)
		}
	})
}

var fuzzNames = []string{
	"nf_hook_slow", "nf_iterate", "checkentry", "ip_rcv", "ipt_do_table", "nft_do_chain", "nft_do_chain.isra.0",
	"nft_rbtree_walk", "nft_lookup_eval", "nf_hook_slow.cold", "_text", "missing", "_end", "fixed_percpu_data",
}
