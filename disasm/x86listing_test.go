package disasm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDisassembleX86(t *testing.T) {
	symbol := func(addr uint64) (string, uint64) {
		if addr >= 0xffffffff81000000 && addr < 0xffffffff81001000 {
			return "nf_hook", 0xffffffff81000000
		}
		return "", 0
	}
	for _, tt := range []struct {
		name string
		req  Request
		want string
		note string
	}{
		{"both sides of the fault", Request{Arch: X8664, Code: ParseCode(
			"Code: 24 08 48 89 d8 48 8b 40 08 85 c0 74 10 <48> 8b 50 10 e8 00 01 00 00 0f")}, `
? -13 2408 (cut) | tail of an instruction whose first bytes are missing
  -11 4889d8 mov %rbx,%rax
  -8 488b4008 mov 0x8(%rax),%rax
  -4 85c0 test %eax,%eax
  -2 7410 je .+0x12
* 0 488b5010 mov 0x10(%rax),%rdx
  4 e800010000 call .+0x105
  9 0f (cut) | the instruction is cut: the rest of its bytes is missing`, ""},
		{"names", Request{Arch: X8664, Code: ParseCode("Code: <48> 8b 05 f0 01 00 00 e8 f4 00 00 00 e9 00 10 00 00"),
			PC: ptr[uint64](0xffffffff81000000), Symbol: symbol}, `
* 0 488b05f0010000 mov 0x1f0(%rip),%rax # 0xffffffff810001f7 <nf_hook+0x1f7>
  7 e8f4000000 call 0xffffffff81000100 <nf_hook+0x100>
  12 e900100000 jmp 0xffffffff81001011`, ""},
		{"2.4: from eip, no marker", Request{Arch: I386, Code: ParseCode("Code: 8b 42 04 83 f8 07 75 f6"),
			PC: ptr[uint64](0xc0123456)}, `
* 0 8b4204 mov 0x4(%edx),%eax
  3 83f807 cmp $0x7,%eax
  6 75f6 jne 0xc0123454`, ""},
		{"the fault is no instruction", Request{Arch: X8664, Code: ParseCode("Code: c3 90 <06> 90 c3")}, `
? -2 c3 (cut) | tail of an instruction whose first bytes are missing
? -1 90 nop
* 0 06 (bad) | no instruction begins with this byte
  1 90 nop
  2 c3 ret`, ""},
		{"the fault is cut", Request{Arch: I386, Code: ParseCode("Code: 89 d8 <8d> 04")}, `
? -2 89d8 mov %ebx,%eax
* 0 8d04 lea (cut) | the instruction is cut: the rest of its bytes is missing`, ""},
		{"an unreadable byte", Request{Arch: I386, Code: ParseCode("Code: 8b 42 04 ?? 89 d8 89 c1 <8b> 00 ??")}, `
? -8 8b4204 mov 0x4(%edx),%eax
? -5  (unreadable) | the log does not show this byte
? -4 89d8 mov %ebx,%eax
  -2 89c1 mov %eax,%ecx
* 0 8b00 mov (%eax),%eax
? 2  (unreadable) | the log does not show this byte`, ""},
		{"a wrong byte before the fault", Request{Arch: X8664, Code: ParseCode(
			"Code: 89 d8 31 d2 89 f1 89 c8 85 c0 85 d2 89 df 89 c8 48 8b 80 <0f> 0b")}, `
? -19 89d8 mov %ebx,%eax
? -17 31d2 xor %edx,%edx
? -15 89f1 mov %esi,%ecx
? -13 89c8 mov %ecx,%eax
? -11 85c0 test %eax,%eax
? -9 85d2 test %edx,%edx
? -7 89df mov %ebx,%edi
? -5 89c8 mov %ecx,%eax
? -3 488b80 mov (cut) | the instruction is cut: the rest of its bytes is missing
* 0 0f0b ud2`, noteNoWay},
		{"no bytes", Request{Arch: X8664, Code: ParseCode("Code: Bad RIP value.")}, "", "Bad RIP value."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := Disassemble(tt.req)
			var want []string
			if tt.want != "" {
				want = strings.Split(strings.Trim(tt.want, "\n"), "\n")
			}
			if diff := cmp.Diff(want, show(l.Insts)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if l.Note != tt.note {
				t.Errorf("note %q, want %q", l.Note, tt.note)
			}
		})
	}
}

// TestOverlay holds that each row of the overlay decodes to its own name, with
// all of its bytes and no more.
func TestOverlay(t *testing.T) {
	for i := range extRows {
		r := &extRows[i]
		code := []byte{r.prefix, 0x0f, r.op[0], r.op[1], r.modrm}
		if r.op[0] != 0x38 {
			code = append(code[:3], r.modrm)
		}
		if r.prefix == 0 {
			code = code[1:]
		}
		last := len(code) - 1
		switch r.form {
		case extFixed:
		case extNone:
			code = code[:last]
		case extMem, extAny:
			code[last] = r.modrm<<3 | 7
		case extReg:
			code[last] = 0xc0 | r.modrm<<3 | 7
		default:
			code[last] = 0x07
		}
		n := len(code)
		in, ok := decodeWhole(append(code, 0x90, 0x90, 0x90), 64)
		if !ok || in.asm.Len != n {
			t.Errorf("%s: % x: length %d, want %d", r.name, code[:n], in.asm.Len, n)
			continue
		}
		got := in.gnuText(code[:n], nil, nil)
		if r.form == extNop {
			continue // some of these have names, which win
		}
		if !strings.HasPrefix(got, r.name) {
			t.Errorf("%s: % x reads %q", r.name, code[:n], got)
		}
		if _, what := decodeX86(code[:n-1], 64); what != cut && r.form != extNone {
			t.Errorf("%s: % x without its last byte is not cut", r.name, code[:n-1])
		}
	}
}
