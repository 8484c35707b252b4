package disasm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// show writes a listing the way the goldens below hold it: "*" at the fault, "?"
// for what is not reliable.
func show(insts []Inst) []string {
	var out []string
	for _, in := range insts {
		mark := " "
		switch {
		case in.Fault:
			mark = "*"
		case !in.Reliable:
			mark = "?"
		}
		line := fmt.Sprintf("%s %d %x %s", mark, in.Offset, in.Bytes, in.Text)
		if in.Note != "" {
			line += " | " + in.Note
		}
		out = append(out, line)
	}
	return out
}

func TestDisassembleWords(t *testing.T) {
	for _, tt := range []struct {
		name string
		arch Arch
		text string
		pc   *uint64
		want string
		note string
	}{
		{"arm64", ARM64, "Code: 97fcf6fe 35fffc20 ???????? (d4210000)", nil, `
  -12 97fcf6fe bl .-0xc2408
  -8 35fffc20 cbnz w0, .-0x7c
? -4  (unreadable) | the log does not show this unit
* 0 d4210000 brk #0x800`, ""},
		{"arm64 with its address", ARM64, "Code: 97fcf6fe (39000274)", ptr[uint64](0xffff800008000010), `
  -4 97fcf6fe bl 0xffff800007f3dc04
* 0 39000274 strb w20, [x19]`, ""},
		{"arm64, what x/arch lacks", ARM64, "Code: 00000012 b8e10002 f8e08020 c8e0fc41 3821303f (f820303f)", nil, `
  -20 00000012 udf #18
  -16 b8e10002 ldaddal w1, w2, [x0]
  -12 f8e08020 swpal x0, x0, [x1]
  -8 c8e0fc41 casal x0, x1, [x2]
  -4 3821303f stsetb w1, [x1]
* 0 f820303f stset x0, [x1]`, ""},
		{"arm64, unknown", ARM64, "Code: d503201f (ffffffff)", nil, `
  -4 d503201f nop
* 0 ffffffff .inst 0xffffffff`, ""},
		{"arm BUG", ARM, "Code: e1a00000 (e7f001f2)", nil, `
  -4 e1a00000 mov r0, r0
* 0 e7f001f2 udf #18`, ""},
		{"arm", ARM, "Code: e5973000 ebfcdd4b (e5934008)", nil, `
  -8 e5973000 ldr r3, [r7]
  -4 ebfcdd4b bl .-0xc8acc
* 0 e5934008 ldr r4, [r3, #8]`, ""},
		{"thumb", ARM, "Code: b580 (4b05)", nil, `
? -2 b580 push {r7, lr}
* 0 4b05 ldr r3, [pc, #20]`, ""},
		{"powerpc", PPC, "Code: 813f0008 4bfffea0 <0fe00000> XXXXXXXX", nil, `
  -8 813f0008 lwz r9,8(r31)
  -4 4bfffea0 b .-0x160
* 0 0fe00000 twui r0,0
? 4  (unreadable) | the log does not show this unit`, ""},
		{"riscv", RISCV64, "Code: 3823 00b4 (b023) 0007 8082", nil, `
? -4 382300b4 sd a1,16(s0)
* 0 b0230007 sd zero,0(a5)
  4 8082 ret`, ""},
		{"s390x", S390X, "Krnl Code: c0 20 ff ff e0 06 <b9> 04 00 2c 07 f4", nil, `
? -6 c020ffffe006 larl %r2,.-0x3ff4
* 0 b904002c lgr %r2,%r12
  4 07f4 br %r4`, ""},
		{"s390x, cut", S390X, "Krnl Code: <b9> 04 00", nil, `
* 0 b90400 (cut) | the instruction is cut: the rest of its bytes is missing`, ""},
		{"loongarch", LoongArch, "Code: 28c02061 (28c00084) 4c000020", nil, `
  -4 28c02061 ld.d $ra, $sp, 8
* 0 28c00084 ld.d $a0, $a0, 0
  4 4c000020 ret`, ""},
		{"mips", MIPS, "Code: 8e230008 <88640003>", nil, `
  -4 8e230008 lw v1,8(s1)
* 0 88640003 lwl a0,3(v1)`, ""},
		{"unknown", Unknown, "Code: 8b <42>", nil, `
  -1 8b .byte 0x8b
* 0 42 .byte 0x42`, "instructions of unknown are not decoded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := Disassemble(Request{Arch: tt.arch, Code: ParseCode(tt.text), PC: tt.pc})
			want := strings.Split(strings.Trim(tt.want, "\n"), "\n")
			if diff := cmp.Diff(want, show(l.Insts)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if l.Note != tt.note {
				t.Errorf("note %q, want %q", l.Note, tt.note)
			}
		})
	}
}
