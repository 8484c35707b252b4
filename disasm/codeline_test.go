package disasm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCode(t *testing.T) {
	f := func(s string) []string { return strings.Fields(s) }
	for _, tt := range []struct {
		name, text string
		want       CodeLine
	}{
		{"x86, marked", "[ 1.5] Code: 0f b6 <43> 17 89 d9", CodeLine{Units: f("0f b6 43 17 89 d9"), Unit: 1, Fault: 2}},
		{"2.4, from eip", "Code: 8b 42 04 83 \n", CodeLine{Units: f("8b 42 04 83"), Unit: 1, Fault: -1}},
		{"no label", "43 17 89 d9 8d 04 ........", CodeLine{Units: f("43 17 89 d9 8d 04"), Unit: 1, Fault: -1,
			CutBack: true}},
		{"dots in front", "Code: .... 17 89 D9", CodeLine{Units: f("17 89 d9"), Unit: 1, Fault: -1, CutFront: true}},
		{"ellipsis", "Code: 8b 42 \u2026", CodeLine{Units: f("8b 42"), Unit: 1, Fault: -1, CutBack: true}},
		{"half unit behind", "Code: 18 65 48 8b 04 2", CodeLine{Units: f("18 65 48 8b 04"), Unit: 1, Fault: -1,
			CutBack: true}},
		{"half unit in front", "Code: 8 65 48 8b", CodeLine{Units: f("65 48 8b"), Unit: 1, Fault: -1, CutFront: true}},
		{"half unit within", "Code: 18 6 48 8b", CodeLine{Units: f("18 ?? 48 8b"), Unit: 1, Fault: -1}},
		{"unit in two halves", "Code: 86 79 1     4 e9 <0f>", CodeLine{Units: f("86 79 14 e9 0f"), Unit: 1, Fault: 4}},
		{"glued units", "Code: 75 3946 <8b> 04 24", CodeLine{Units: f("75 39 46 8b 04 24"), Unit: 1, Fault: 3}},
		{"glued marker", "Code: 75 39<8b>04 24 25", CodeLine{Units: f("75 39 8b 04 24 25"), Unit: 1, Fault: 2}},
		{"wrapped marker", "Code: 75 39 <8b\n> 04 24", CodeLine{Units: f("75 39 8b 04 24"), Unit: 1, Fault: 2}},
		{"wrapped before the digits", "Code: 75 39 <\n8b> 04", CodeLine{Units: f("75 39 8b 04"), Unit: 1, Fault: 2}},
		{"another oops among the bytes", "Code: 8b 42 fc <1>Unable to handle kernel 77 07",
			CodeLine{Units: f("8b 42 fc"), Unit: 1, Fault: -1}},
		{"next message behind", "Code: 8b 42 fc EIP: [<c0123456>]", CodeLine{Units: f("8b 42 fc"), Unit: 1, Fault: -1}},
		{"i386 gave up", "Code:  Bad EIP value.", CodeLine{Fault: -1, Note: "Bad EIP value."}},
		{"gave up among bytes", "Code: 8b 42 Bad EIP value.",
			CodeLine{Units: f("8b 42"), Unit: 1, Fault: -1, CutBack: true, Note: "Bad EIP value."}},
		{"x86_64 gave up", "Code: Unable to access opcode bytes at RIP 0xffffffffffffffd6.",
			CodeLine{Fault: -1, Note: "Unable to access opcode bytes at RIP 0xffffffffffffffd6."}},
		{"arm gave up", "Code: bad PC value", CodeLine{Fault: -1, Note: "bad PC value"}},
		{"mips gave up", "Code: (Bad address in epc)", CodeLine{Fault: -1, Note: "(Bad address in epc)"}},
		{"arm64", "Code: d2bfd001 f2df7fe1 (39000274) ", CodeLine{Units: f("d2bfd001 f2df7fe1 39000274"), Unit: 4, Fault: 2}},
		{"arm64, unreadable", "Code: ???????? d2bfd001 (????????)",
			CodeLine{Units: f("???????? d2bfd001 ????????"), Unit: 4, Fault: 2}},
		{"powerpc", "Instruction dump:\n4bffff1c XXXXXXXX <7c0802a6>",
			CodeLine{Units: f("4bffff1c ???????? 7c0802a6"), Unit: 4, Fault: 2}},
		{"riscv", "Code: f06f ff5f (8053) f002", CodeLine{Units: f("f06f ff5f 8053 f002"), Unit: 2, Fault: 2}},
		{"mips", "Code: 3c130004  8e230008 <88640003> 98640000", CodeLine{
			Units: f("3c130004 8e230008 88640003 98640000"), Unit: 4, Fault: 2}},
		{"bytes without spaces", "0fb6431789d98d0440", CodeLine{Units: f("0f b6 43 17 89 d9 8d 04 40"), Unit: 1, Fault: -1}},
		{"words, cut", "Code: 130004 8e230008 88640003 9864", CodeLine{
			Units: f("8e230008 88640003"), Unit: 4, Fault: -1, CutFront: true, CutBack: true}},
		{"s390x, bytes", "Krnl Code: c0 20 ff ff <e0> 06", CodeLine{Units: f("c0 20 ff ff e0 06"), Unit: 1, Fault: 4}},
		{"s390x, listing", "Krnl Code: 000003ff8086d02a: c020ffffe006\tlarl\t%r2,3ff80869036\n" +
			"          #000003ff8086d030: 07f4\tbcr\t15,%r4\n          >000003ff8086d032: b904002c\tlgr\t%r2,%r12\n",
			CodeLine{Units: f("c020 ffff e006 07f4 b904 002c"), Unit: 2, Fault: 4}},
		{"nothing", "Code: ", CodeLine{Fault: -1}},
		{"no code", "Call Trace:", CodeLine{Fault: -1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, ParseCode(tt.text)); diff != "" {
				t.Errorf("ParseCode(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestParseCodeClips(t *testing.T) {
	c := ParseCode("Code: " + strings.Repeat("90 ", 1<<20))
	if n := len(c.Units); n > maxCodeText/3 || n < maxCodeText/3-30 || !c.CutBack {
		t.Errorf("got %d units, CutBack %v; want about %d, true", n, c.CutBack, maxCodeText/3)
	}
}
