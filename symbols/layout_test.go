package symbols

import "testing"

// What an address is told to be where no symbol covers it, by the layouts of several architectures.
func TestEmptiness(t *testing.T) {
	maps := map[string]string{
		"arm":     "c0004000 A swapper_pg_dir\nc0008000 T _text\nc0008000 T stext\nc0500000 B _end\n",
		"mips":    "80100000 T _text\n80100000 T kernel_entry\n80900000 B _end\n",
		"mips64":  "ffffffff80100000 T _text\nffffffff80100400 T do_IRQ\nffffffff80900000 B _end\n",
		"arm64":   "ffff800008000000 T _text\nffff800008010000 T _stext\nffff80000a000000 B _end\n",
		"ppc64":   "c000000000000000 T _stext\nc000000000000000 T _text\nc000000001500000 B _end\n",
		"riscv64": "ffffffff80000000 T _start\nffffffff80002000 T _stext\nffffffff81800000 B _end\n",
		"s390x":   "0000000000100000 T _stext\n0000000000100000 T _text\n0000000001800000 B _end\n",
		"sparc64": "0000000000404000 T _stext\n0000000000404000 T start\n0000000001000000 B _end\n",
		"no end":  "ffffffff81000000 T startup_64\nffffffff81000000 T _text\nffffffffffe00000 T last\n",
	}
	tests := []struct {
		arch string
		addr uint64
		want Reason
	}{
		{"arm", 0xbf001234, ReasonModuleArea}, {"arm", 0xe0801234, ReasonModuleArea}, {"arm", 0xb6f01234, ReasonUser},
		{"arm", 0x1c, ReasonUser},
		{"mips", 0xc0123456, ReasonModuleArea}, {"mips", 0x7f801234, ReasonModuleArea}, {"mips", 0x77801234, ReasonUser},
		{"mips64", 0xffffffffc0123456, ReasonModuleArea}, {"mips64", 0xfff0001234, ReasonUser},
		{"arm64", 0xffff800000c01234, ReasonModuleArea}, {"arm64", 0xffff000012345678, ReasonOutside},
		{"arm64", 0xffff12345678, ReasonUser},
		{"ppc64", 0xc0003f0012345678, ReasonOutside}, {"ppc64", 0x10001234, ReasonUser},
		{"riscv64", 0xffffffff01234567, ReasonModuleArea}, {"riscv64", 0xff60001234567890, ReasonOutside},
		{"s390x", 0x3ff80012345, ReasonOutside}, {"s390x", 0x10, ReasonOutside},
		{"sparc64", 0x10001234, ReasonModuleArea}, {"sparc64", 0xfffff80012345678, ReasonOutside},
		{"no end", 0xffffffffffffffff, ReasonOutside}, {"no end", 0xfffffffffff80000, ReasonOutside},
	}
	for _, tt := range tests {
		p, reason := load(t, maps[tt.arch]).Find(tt.addr)
		if reason != tt.want {
			t.Errorf("%s %#x: got %q %+v, want %q", tt.arch, tt.addr, reason, p, tt.want)
		}
	}
}

// An arm64 kernel moves in steps of 64 KiB, and far.
func TestFitArm64(t *testing.T) {
	table := load(t, "ffff800008000000 T _text\nffff800008010000 T _stext\nffff800008c51000 t nft_do_chain\n"+
		"ffff800008c51700 T nf_hook_slow\nffff800008c51800 T nf_iterate\nffff80000a000000 B _end\n")
	const slide = 0x21a4251b0000
	pairs := []Pair{
		{Addr: 0xffff800008c51744 + slide, Name: "nf_hook_slow", Offset: 0x44, Size: 0x100},
		{Addr: 0xffff800008c51010 + slide, Name: "nft_do_chain", Offset: 0x10, Size: 0x700},
	}
	for _, stated := range []*uint64{nil, ptr(slide)} {
		f, err := table.Fit(pairs, stated)
		if err != nil || f.Slide != slide || !f.Verified {
			t.Fatalf("got %+v, %v", f, err)
		}
		if got := told(f.Find(0xffff800008c51744 + slide)); got != "nf_hook_slow+0x44/0x100" {
			t.Error(got)
		}
	}
}
