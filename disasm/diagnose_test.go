package disasm

import (
	"strings"
	"testing"
)

// connTypes knows two types, as DWARF would.
type connTypes struct{}

func (connTypes) Param(function string, n int) (name, typ string, ok bool) {
	if function == "count_them" && n == 1 {
		return "data", "struct connlimit_data *", true
	}
	return "", "", false
}

func (connTypes) Result(function string) (typ string, ok bool) {
	return "struct nf_conn *", function == "find_get"
}

func (connTypes) Field(typ string, offset int64) (path, fieldType string, ok bool) {
	switch {
	case typ == "struct connlimit_data *" && offset == 0x10:
		return "head.next", "struct nf_conn *", true
	case typ == "struct nf_conn *" && offset == 0xe0:
		return "proto.tcp.state", "u8", true
	}
	return "", "", false
}

func TestDiagnose(t *testing.T) {
	type regs = map[string]uint64
	none := int64(0)
	for _, tt := range []struct {
		name  string
		arch  Arch
		code  string
		pc    *uint64
		facts Facts
		cause CauseKind
		why   []string // pieces of the sentence
	}{
		{"loaded from an argument", X8664, "0f 1f 44 00 00 48 8b 47 10 <80> b8 e0 00 00 00 07", nil,
			Facts{Registers: regs{"rax": 0, "rdi": 0xffff888001234500}, FaultAddress: ptr[uint64](0xe0), Func: "count_them",
				FuncOffset: ptr[int64](9), Types: connTypes{}},
			NullField, []string{"%rax is NULL", "%rax was read from %rdi + 0x10, %rdi being 0xffff888001234500",
				"%rdi is the first argument of count_them()", "that is proto.tcp.state of a struct nf_conn"}},
		{"an argument, not changed", X8664, "<80> bf e0 00 00 00 07", nil,
			Facts{Registers: regs{"rdi": 0}, FaultAddress: ptr[uint64](0xe0), FuncOffset: &none},
			NullField, []string{"%rdi was not changed since the function's entry: it is the first argument"}},
		{"what a call returned", X8664, "48 89 df 48 89 f7 48 89 d6 e8 10 00 00 00 48 89 c3 48 85 db 74 10 <80> bb e0 00 00 00 07",
			ptr[uint64](0xffffffff81000000), Facts{Registers: regs{"rbx": 0}, FaultAddress: ptr[uint64](0xe0), Types: connTypes{}},
			NullField, []string{"%rbx is a copy of %rax", "%rax is what find_get() returned", "proto.tcp.state of a struct nf_conn"}},
		{"a call in between", X8664, "48 89 df 48 89 f7 48 89 d6 48 89 fb 48 89 ce e8 10 00 00 00 <80> b9 e0 00 00 00 07", nil,
			Facts{Registers: regs{"rcx": 0}, FaultAddress: ptr[uint64](0xe0)},
			NullField, []string{"a call in between may have changed %rcx"}},
		{"the registers contradict the code", X8664, "48 89 df 48 89 f7 48 89 d6 48 89 fb 48 8d 43 f0 eb 03 48 89 ce 48 8d 43 f0 <80> b8 e0 00 00 00 07",
			nil, Facts{Registers: regs{"rax": 0, "rbx": 0xffff888001234500}, FaultAddress: ptr[uint64](0xe0)},
			NullField, []string{"by a jump from elsewhere, with %rax already NULL"}},
		{"container_of and its value", X8664, "48 89 df 48 89 f7 48 89 d6 48 89 fb 48 8b 5f 08 48 8d 43 f0 <80> b8 e0 00 00 00 07", nil,
			Facts{Registers: regs{"rax": 0xfffffffffffffff0, "rbx": 0}, FaultAddress: ptr[uint64](0xd0)},
			ErrorPointer, []string{"%rax is %rbx (0x0) - 0x10, as container_of() does", "%rbx was read from %rdi + 0x8"}},
		{"a step along a list", X8664, "48 89 f7 48 89 d6 48 89 fb 48 89 ce 48 8b 1b <80> bb e0 00 00 00 07", nil,
			Facts{Registers: regs{"rbx": 0x6b6b6b6b6b6b6b6b}}, UseAfterFree, []string{"a step of a walk along a list"}},
		{"the stack keeps it", X8664, "48 89 df 48 89 5c 24 18 48 89 d6 48 89 ce 48 8b 44 24 18 <80> b8 e0 00 00 00 07", nil,
			Facts{Registers: regs{"rax": 0, "rsp": 0xffffc90000001000}, FaultAddress: ptr[uint64](0xe0)},
			NullField, []string{"%rax was kept on the stack, where %rbx was stored"}},
		{"a user's pointer", X8664, "<48> 8b 07", nil,
			Facts{Kind: "paging-request", Registers: regs{"rdi": 0x7f0012345678}, FaultAddress: ptr[uint64](0x7f0012345678), ErrorCode: ptr[uint64](1)},
			UserPointer, []string{"SMAP", "copy_from_user()"}},
		{"code of a user", X8664, "<48> 8b 07", ptr[uint64](0x401000),
			Facts{Kind: "paging-request", FaultAddress: ptr[uint64](0x401000), ErrorCode: ptr[uint64](0x11)}, UserExec, []string{"SMEP"}},
		{"read-only", X8664, "<c7> 00 00 00 00 00", nil,
			Facts{Kind: "paging-request", Registers: regs{"rax": 0xffffffffc059c000}, FaultAddress: ptr[uint64](0xffffffffc059c000), ErrorCode: ptr[uint64](3)},
			WriteReadOnly, []string{"must not be written"}},
		{"a damaged page table", X8664, "<48> 8b 00", nil,
			Facts{Kind: "paging-request", Registers: regs{"rax": 0xffffffffc059c000}, FaultAddress: ptr[uint64](0xffffffffc059c000), ErrorCode: ptr[uint64](9)},
			PageTable, []string{"bits that must be 0"}},
		{"one bit off another register", X8664, "<48> 8b 00", nil,
			Facts{Kind: "gpf", Registers: regs{"rax": 0xfbff888001234500, "rbx": 0xffff888001234500}},
			NonCanonical, []string{"%rax differs from %rbx in bit 58 only: that may be a memory error"}},
		{"text", X8664, "<48> 8b 00", nil, Facts{Kind: "gpf", Registers: regs{"rax": 0x6f77206f6c6c6568}},
			NonCanonical, []string{`the bytes of %rax are text, "hello wo"`}},
		{"UBSAN", X8664, "<67> 0f b9 40 12", nil, Facts{Kind: "invalid-opcode"}, UBSANTrap, []string{"array index out of bounds"}},
		{"kCFI", X8664, "41 ba 78 56 34 12 45 03 53 f1 74 02 <0f> 0b", nil, Facts{Kind: "bug"}, CFITrap, []string{"another type"}},
		{"old slab magic", I386, "<8b> 40 04", nil, Facts{Kind: "paging-request", Registers: regs{"eax": 0x5a2cf071}, FaultAddress: ptr[uint64](0x5a2cf075)},
			PoisonPointer, []string{"RED_INACTIVE"}},
		{"arm64 CFI", ARM64, "d503201f (d4304500)", nil, Facts{}, CFITrap, []string{"x8 has another type"}},
		{"arm64 UBSAN", ARM64, "d503201f (d42aa240)", nil, Facts{}, UBSANTrap, []string{"array index out of bounds"}},
		{"arm64 error pointer", ARM64, "f9400c02 (f9401043)", nil,
			Facts{Kind: "paging-request", Registers: regs{"x2": 0xffffffffffffffea, "x0": 0xffff000001234500}, FaultAddress: ptr[uint64](0xa)},
			ErrorPointer, []string{"-EINVAL", "x2 was read from x0 + 0x18"}},
		{"arm64 call of NULL", ARM64, "f9400c02 (d63f0040)", nil, Facts{Registers: regs{"x2": 0}}, NullCall, []string{"x2 was read from x0 + 0x18"}},
		{"arm64 pair, written back", ARM64, "aa0003e1 (a8c10823)", nil, Facts{Registers: regs{"x1": 0}, FaultAddress: ptr[uint64](0)},
			NullField, []string{"reads 16 bytes at 0x0 = x1 (0x0), as the log says", "x1 is a copy of x0"}},
		{"arm", ARM, "e5943008 (e5835004)", nil, Facts{Registers: regs{"r3": 0x00200200}, FaultAddress: ptr[uint64](0x00200204)},
			ListPoison, []string{"writes 4 bytes", "r3 was read from r4 + 0x8"}},
		{"thumb", ARM, "6883 (685a)", nil, Facts{Registers: regs{"r3": 0}, FaultAddress: ptr[uint64](4)},
			NullField, []string{"r3 is NULL"}},
		{"riscv", RISCV64, "6794 (4398)", nil, Facts{Registers: regs{"a5": 0}, FaultAddress: ptr[uint64](0)}, NullField,
			[]string{"reads 4 bytes at 0x0 = a5 (0x0)"}},
		{"ppc64", PPC64, "e93f0018 <89490054>", nil, Facts{Registers: regs{"r9": 0}, FaultAddress: ptr[uint64](0x54)}, NullField,
			[]string{"r9 is NULL", "r9 was read from r31 + 0x18"}},
		{"s390x", S390X, "e3 20 30 18 00 04 <95> 07 20 54", nil, Facts{Registers: regs{"r2": 0}, FaultAddress: ptr[uint64](0x54)}, NullField,
			[]string{"reads 1 byte at 0x54 = %r2 (0x0) + 0x54"}},
		{"mips", MIPS, "8c820018 <90430054>", nil, Facts{Registers: regs{"$2": 0}, FaultAddress: ptr[uint64](0x54)}, NullField,
			[]string{"v0 is NULL", "v0 was read from a0 + 0x18"}},
		{"loongarch", LoongArch, "28c0608c <2a015184>", nil, Facts{Registers: regs{"t0": 0}, FaultAddress: ptr[uint64](0x54)}, NullField,
			[]string{"$t0 is NULL", "$t0 was read from $a0 + 0x18"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := Disassemble(Request{Arch: tt.arch, Code: ParseCode("Code: " + tt.code), PC: tt.pc,
				Symbol: func(at uint64) (string, uint64) { return "find_get", at }})
			d := Diagnose(l, tt.facts)
			if d.Cause.Kind != tt.cause {
				t.Errorf("cause %q, want %q", d.Cause.Kind, tt.cause)
			}
			for _, piece := range tt.why {
				if !strings.Contains(d.Why(""), piece) {
					t.Errorf("the sentence lacks %q: %s", piece, d.Why(""))
				}
			}
			if t.Failed() {
				for _, line := range show(l.Insts) {
					t.Log(line)
				}
			}
		})
	}
}
