package symbols

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told is a place as one string, so that the tables below can be read.
func told(p Place, reason Reason) string {
	s := p.Symbol.Name
	if p.Symbol.Module != "" {
		s = p.Symbol.Module + ":" + s
	}
	s = fmt.Sprintf("%s+%#x/%#x", s, p.Offset, p.Symbol.Size)
	switch {
	case p == Place{}:
		return string(reason)
	case reason != "":
		return s + ", " + string(reason)
	}
	return s
}

func TestFind(t *testing.T) {
	old, modern, live := load(t, i386Map), load(t, x86Map), load(t, kallsymsText)
	withModules := old.WithModules([]Module{
		{"ip_nat", 0xf8a40000, 0x5000}, {"ip_conntrack", 0xf8a20000, 0}, {"", 1, 1}, {"no_base", 0, 1},
	})
	tests := []struct {
		name  string
		table *Table
		addr  uint64
		want  string
	}{
		{"start of a symbol", old, 0xc02a00c0, "nf_hook_slow+0x0/0xf0"},
		{"inside, past a checksum", old, 0xc02a0190, "nf_hook_slow+0xd0/0xf0"},
		{"last byte", old, 0xc02a01af, "nf_hook_slow+0xef/0xf0"},
		{"first of equal names", old, 0xc02a01b4, "checkentry+0x4/0x40"},
		{"not the mark at the same place", old, 0xc0101001, "rest_init+0x1/0x40"},
		{"last function ends at the mark", old, 0xc02a0700, "ip_rcv+0x80/0x280"},
		{"data", old, 0xc0300004, "nf_hooks+0x4/0x10000"},
		{"checksum's value", old, 0x0a1b2c3d, string(ReasonUser)},
		{"user space", old, 0xb7701234, string(ReasonUser)},
		{"null page", old, 0x14, string(ReasonUser)},
		{"between the split and the image", old, 0xc0001234, string(ReasonOutside)},
		{"end of the image", old, 0xc0400000, string(ReasonModuleArea)},
		{"a module", old, 0xf8a45f2a, string(ReasonModuleArea)},
		{"more than 32 bits", old, 0xffffffffc02a00c0, string(ReasonOutside)},
		{"a known module", withModules, 0xf8a41f2a, "ip_nat:+0x1f2a/0x5000, " + string(ReasonModuleBase)},
		{"behind a known module", withModules, 0xf8a45000, string(ReasonModuleArea)},
		{"a module of unknown size", withModules, 0xf8a20010, "ip_conntrack:+0x10/0x0, " + string(ReasonModuleBase)},
		{"image beside modules", withModules, 0xc02a00c0, "nf_hook_slow+0x0/0xf0"},

		{"64 bits", modern, 0xffffffff81900004, "nf_hook_slow+0x4/0x110"},
		{"the strong name", modern, 0xffffffff81000000, "startup_64+0x0/0x60"},
		{"prefix symbol", modern, 0xffffffff81001008, "__pfx_do_one_initcall+0x8/0x10"},
		{"direct map", modern, 0xffff888012345678, string(ReasonOutside)},
		{"module area", modern, 0xffffffffc0a50010, string(ReasonModuleArea)},
		{"per-CPU offset", modern, 0x1004, string(ReasonUser)},
		{"error pointer", modern, 0xffffffffffffffea, string(ReasonOutside)},

		{"kallsyms image", live, 0xffffffff9b900010, "nf_hook_slow+0x10/0x110"},
		{"kallsyms module", live, 0xffffffffc0a50010, "nft_set_rbtree:nft_rbtree_walk+0x10/0x200"},
		{"modules out of order", live, 0xffffffffc0a100ff, "nf_tables:nft_lookup_eval+0xff/0x100"},
		{"last symbol of the image", live, 0xffffffff9b902010, "_etext+0x10/0x0"},
		{"far above the image", live, 0xffffffff9d000000, string(ReasonModuleArea)},
		{"far above a module", live, 0xffffffffc1000000, string(ReasonModuleArea)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := told(tt.table.Find(tt.addr)); got != tt.want {
				t.Errorf("Find(%#x) = %s, want %s", tt.addr, got, tt.want)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	old, modern, live := load(t, i386Map), load(t, x86Map), load(t, kallsymsText)
	tests := []struct {
		table *Table
		name  string
		want  []Symbol
	}{
		{old, "checkentry", []Symbol{
			{Addr: 0xc02a01b0, Size: 0x40, Name: "checkentry", Type: 't'},
			{Addr: 0xc02a0600, Size: 0x80, Name: "checkentry", Type: 't'},
		}},
		{old, "checkentr", []Symbol{}},
		// The exact name wins over the same body.
		{modern, "nft_do_chain", []Symbol{{Addr: 0xffffffff81900d00, Size: 0x700, Name: "nft_do_chain", Type: 'T'}}},
		{modern, "nft_do_chain.constprop.0", []Symbol{
			{Addr: 0xffffffff81900500, Size: 0x800, Name: "nft_do_chain.constprop.0", Type: 't'}}},
		// Another number or suffix of the same code.
		{modern, "ipt_do_table.isra.3", []Symbol{
			{Addr: 0xffffffff81901480, Size: 0x580, Name: "ipt_do_table", Type: 'T'}}},
		{modern, "nf_hook_slow.cold.7", []Symbol{
			{Addr: 0xffffffff81901a40, Size: 0x40, Name: "nf_hook_slow.cold", Type: 't'}}},
		{modern, "nf_hook_entries_grow.isra.1.part.4", []Symbol{
			{Addr: 0xffffffff81900110, Size: 0x1f0, Name: "nf_hook_entries_grow.part.0", Type: 't'}}},
		// A split piece is not the function.
		{modern, "do_one_initcall.cold", []Symbol{}},
		{live, "nft_rbtree_gc", []Symbol{
			{Addr: 0xffffffffc0a50200, Size: 0x3e00, Name: "nft_rbtree_gc", Module: "nft_set_rbtree", Type: 't'}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.table.Named(tt.name)); diff != "" {
			t.Errorf("Named(%q): -want +got\n%s", tt.name, diff)
		}
	}
}

func TestBodyOf(t *testing.T) {
	for name, want := range map[string]string{
		"nf_hook_slow":                        "nf_hook_slow",
		"foo.isra.0":                          "foo",
		"foo.constprop.12.isra.3":             "foo",
		"foo.llvm.1234567890123":              "foo",
		"foo.lto_priv.0":                      "foo",
		"__key.42":                            "__key",
		"foo.part.0.isra.1":                   "foo.part",
		"foo.isra.0.cold":                     "foo.cold",
		"foo.cold.12":                         "foo.cold",
		".nf_hook_slow":                       ".nf_hook_slow",
		"event.attr":                          "event.attr",
		"foo.":                                "foo",
		"foo..1":                              "foo.",
		"trace_event.constprop.0.isra.0.cold": "trace_event.cold",
	} {
		if got := bodyOf(name); got != want {
			t.Errorf("bodyOf(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestAt(t *testing.T) {
	old, modern, live := load(t, i386Map), load(t, x86Map), load(t, kallsymsText)
	tests := []struct {
		name         string
		table        *Table
		symbol       string
		offset, size uint64
		want         []uint64
		reason       Reason
	}{
		{"plain", old, "nf_hook_slow", 0x44, 0xf0, []uint64{0xc02a0104}, ""},
		{"no size", old, "nf_hook_slow", 0x44, 0, []uint64{0xc02a0104}, ""},
		{"equal names", old, "checkentry", 4, 0, []uint64{0xc02a01b4, 0xc02a0604}, ""},
		{"equal names by size", old, "checkentry", 4, 0x80, []uint64{0xc02a0604}, ""},
		{"equal names by offset", old, "checkentry", 0x50, 0, []uint64{0xc02a0650}, ""},
		{"no such size", old, "checkentry", 4, 0x48, nil, ReasonSize},
		{"offset above size", old, "checkentry", 0x81, 0x80, nil, ReasonOffset},
		{"offset above all", old, "checkentry", 0x81, 0, nil, ReasonOffset},
		{"offset at the end", old, "checkentry", 0x80, 0x80, []uint64{0xc02a0680}, ""},
		{"no name", old, "xt_checkentry", 4, 0, nil, ReasonNoName},
		{"not over a function", modern, "do_one_initcall", 4, 0x8ff0a0, nil, ReasonSize},
		{"module", live, "nft_lookup_eval", 4, 0x100, []uint64{0xffffffffc0a10004}, ""},
		{"last code of a module", live, "nft_immediate_eval", 4, 0x80, []uint64{0xffffffffc0a10104}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, reason := tt.table.At(tt.symbol, tt.offset, tt.size)
			if !slices.Equal(got, tt.want) || reason != tt.reason {
				t.Errorf("got %#x %q, want %#x %q", got, reason, tt.want, tt.reason)
			}
		})
	}
}

// A kernel without CONFIG_KALLSYMS_ALL sees its last function end at the next code, and names that kallsyms leaves
// out don't end a function.
func TestSizeBeyondGap(t *testing.T) {
	table := load(t, "c0100000 T _text\nc0100000 T a\nc0100100 t __ARMV7PILongThunk_b\nc0100120 T b\nc0100200 D data\n"+
		"c0100300 T _sinittext\nc0100300 t c\nc0100400 T d\nc0100500 D _end\n")
	for _, tt := range []struct {
		name string
		size uint64
		want bool
	}{
		{"a", 0x100, true}, {"a", 0x120, true}, {"a", 0x200, false}, {"a", 0x110, false},
		{"b", 0xe0, true}, {"b", 0x1e0, true}, {"c", 0x100, true}, {"c", 0x200, false},
	} {
		if _, reason := table.At(tt.name, 0, tt.size); (reason == "") != tt.want {
			t.Errorf("%s of size %#x: %q", tt.name, tt.size, reason)
		}
	}
}

func TestText(t *testing.T) {
	old := load(t, i386Map).WithModules([]Module{{"ip_nat", 0xf8a40000, 0x5000}})
	bare := load(t, "c0101000 t rest_init\nc02a00c0 T nf_hook_slow\nc0300000 d nf_hooks\nc0300100 d nf_log\n")
	live := load(t, kallsymsText)
	for _, tt := range []struct {
		table *Table
		addr  uint64
		want  bool
	}{
		{old, 0xc02a00d0, true}, {old, 0xc0101000, true}, {old, 0xc02a08ff, true}, {old, 0xc02a0900, false},
		{old, 0xc0100000, false}, {old, 0xc0300000, false}, {old, 0xc0310004, false}, {old, 0xf8a41000, true},
		{old, 0xf8a45000, false}, {old, 4, false}, {bare, 0xc02a00d0, true}, {bare, 0xc0300004, false},
		{live, 0xffffffffc0a10004, true}, {live, 0xffffffffc0a18004, false},
	} {
		if got := tt.table.Text(tt.addr); got != tt.want {
			t.Errorf("Text(%#x) = %v, want %v", tt.addr, got, tt.want)
		}
	}
}

func TestDemangled(t *testing.T) {
	for name, want := range map[string]string{
		"nf_hook_slow":                                 "nf_hook_slow",
		"_RNvNtCs1234_7mycrate3foo3bar":                "mycrate::foo::bar",
		"_ZN4core9panicking5panic17h0123456789abcdefE": "core::panicking::panic",
		"_ZN4core":  "_ZN4core",
		"_Rfoo":     "_Rfoo",
		"_ZN_R_ZNK": "_ZN_R_ZNK",
	} {
		if got := (Symbol{Name: name}).Demangled(); got != want {
			t.Errorf("Demangled(%q) = %q, want %q", name, got, want)
		}
	}
}

// The name index is made by whoever comes first.
func TestConcurrent(t *testing.T) {
	table := load(t, kallsymsText)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := table.Named("nft_lookup_eval"); len(got) != 1 {
				t.Errorf("got %v", got)
			}
			if _, err := table.Fit(nil, nil); err != nil {
				t.Error(err)
			}
			table.Find(0xffffffff9b900010)
		})
	}
	group.Wait()
}

// Of several names at one address, the kernel's choice.
func TestFindAmongAliases(t *testing.T) {
	for _, tt := range []struct{ lines, want string }{
		{"t zebra|t aardvark", "zebra"},
		{"W sys_nfsservctl|T sys_ni_syscall", "sys_ni_syscall"},
		{"T __nf_hook|T nf_hook", "nf_hook"},
		{"T __start_ipt|T ___nf_hook", "___nf_hook"},
		{"T __stop_ipt|T __nf_end|t ___a", "___a"},
		{"T pvm_ds_hc_end|T pvm_eretu_body", "pvm_ds_hc_end"},
		{"A _text|w weak", "weak"},
		{"N debug|? stab|U undefined|t real", "real"},
		{"a absolute|A __crc_ip_rcv|d data", "data"},
	} {
		var text strings.Builder
		text.WriteString("c0100000 T _stext\n")
		for line := range strings.SplitSeq(tt.lines, "|") {
			text.WriteString("c0200000 " + line + "\n")
		}
		text.WriteString("c0300000 T next\n")
		p, reason := load(t, text.String()).Find(0xc0200004)
		if p.Symbol.Name != tt.want || reason != "" {
			t.Errorf("%s: got %q %q, want %s", tt.lines, p.Symbol.Name, reason, tt.want)
		}
	}
}
