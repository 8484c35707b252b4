package disasm

import (
	"strings"
	"testing"
)

// Every kind of cause, on each architecture that has it; what the bytes are is
// said by the text of the instruction.
func TestCauseKinds(t *testing.T) {
	type regs = map[string]uint64
	for _, tt := range []struct {
		name   string
		arch   Arch
		code   string
		facts  Facts
		cause  CauseKind
		text   string // of the faulting instruction
		pieces []string
	}{
		{"NULL and an offset", X8664, "<48> 8b 50 18", Facts{Kind: "null-deref", Registers: regs{"rax": 0}, FaultAddress: ptr[uint64](0x18)},
			NullField, "mov 0x18(%rax),%rdx", []string{"%rax is NULL"}},
		{"NULL, the offset folded", X8664, "<80> 3c 25 e0 00 00 00 07", Facts{Kind: "null-deref", FaultAddress: ptr[uint64](0xe0)},
			NullFolded, "cmpb $0x7,0xe0", []string{"the compiler knew that the base is NULL: 0xe0 is the offset of a field"}},
		{"NULL, folded, i386", I386, "<80> 3d b8 00 00 00 07", Facts{Kind: "null-deref", FaultAddress: ptr[uint64](0xb8)},
			NullFolded, "cmpb $0x7,0xb8", []string{"0xb8 is the offset of a field"}},
		{"a call through a field of NULL", X8664, "<ff> 50 10", Facts{Kind: "null-deref", Registers: regs{"rax": 0}, FaultAddress: ptr[uint64](0x10)},
			NullField, "call *0x10(%rax)", []string{"%rax is NULL"}},
		{"a call of NULL", X8664, "<ff> d0", Facts{Registers: regs{"rax": 0}}, NullCall, "call *%rax", []string{"NULL function pointer"}},
		{"the way to NULL", X8664, "Bad RIP value.", Facts{Kind: "null-deref", PC: ptr[uint64](0), FaultAddress: ptr[uint64](0)},
			NullCall, "", []string{"a NULL function pointer was called"}},

		{"POISON_FREE", X8664, "<48> 8b 50 18", Facts{Kind: "gpf", Registers: regs{"rax": 0x6b6b6b6b6b6b6b6b}}, UseAfterFree, "", []string{"POISON_FREE", "freed"}},
		{"the last word of a freed object", X8664, "<48> 8b 50 18", Facts{Kind: "gpf", Registers: regs{"rax": 0xa56b6b6b6b6b6b6b}}, UseAfterFree, "", []string{"POISON_FREE", "freed"}},
		{"POISON_FREE, i386", I386, "<8b> 50 18", Facts{Kind: "paging-request", Registers: regs{"eax": 0x6b6b6b6b}, FaultAddress: ptr[uint64](0x6b6b6b83)}, UseAfterFree, "", []string{"POISON_FREE"}},
		{"POISON_FREE, arm64", ARM64, "(f9400c02)", Facts{Kind: "paging-request", Registers: regs{"x0": 0x6b6b6b6b6b6b6b6b}, FaultAddress: ptr[uint64](0x6b6b6b6b6b6b6b83)}, UseAfterFree, "", []string{"POISON_FREE"}},
		{"POISON_INUSE", X8664, "<48> 8b 50 18", Facts{Kind: "gpf", Registers: regs{"rax": 0x5a5a5a5a5a5a5a5a}}, Uninitialised, "", []string{"POISON_INUSE", "never filled in"}},
		{"a freed page", X8664, "<48> 8b 50 18", Facts{Kind: "gpf", Registers: regs{"rax": 0xaaaaaaaaaaaaaaaa}}, UseAfterFree, "", []string{"PAGE_POISON"}},
		{"a list entry that was deleted, 2.6 i386", I386, "<8b> 50 04", Facts{Kind: "paging-request", Registers: regs{"eax": 0x00100100}, FaultAddress: ptr[uint64](0x00100104)}, ListPoison, "", []string{"LIST_POISON1", "taken off its list"}},
		{"the other link, 2.6 i386", I386, "<89> 10", Facts{Kind: "paging-request", Registers: regs{"eax": 0x00200200}, FaultAddress: ptr[uint64](0x00200200)}, ListPoison, "", []string{"LIST_POISON2"}},
		{"before POISON_POINTER_DELTA, x86_64", X8664, "<48> 8b 50 08", Facts{Kind: "paging-request", Registers: regs{"rax": 0x00100100}, FaultAddress: ptr[uint64](0x00100108)}, ListPoison, "", []string{"LIST_POISON1"}},
		{"2.6.33 to 4.2, x86_64", X8664, "<48> 89 10", Facts{Kind: "gpf", Registers: regs{"rax": 0xdead000000200200}}, ListPoison, "", []string{"LIST_POISON2"}},
		{"4.3, x86_64", X8664, "<48> 89 10", Facts{Kind: "gpf", Registers: regs{"rax": 0xdead000000000200}}, ListPoison, "", []string{"LIST_POISON2"}},
		{"5.x, x86_64", X8664, "<48> 89 10", Facts{Kind: "gpf", Registers: regs{"rax": 0xdead000000000122}}, ListPoison, "", []string{"LIST_POISON2"}},
		{"5.x, i386", I386, "<89> 10", Facts{Kind: "null-deref", Registers: regs{"eax": 0x122}, FaultAddress: ptr[uint64](0x122)}, ListPoison, "", []string{"LIST_POISON2"}},
		{"arm", ARM, "(e5830004)", Facts{Kind: "paging-request", Registers: regs{"r3": 0x100}, FaultAddress: ptr[uint64](0x104)}, ListPoison, "str r0, [r3, #4]", []string{"LIST_POISON1"}},
		{"arm64", ARM64, "(f9000440)", Facts{Kind: "paging-request", Registers: regs{"x2": 0xdead000000000100}, FaultAddress: ptr[uint64](0xdead000000000108)}, ListPoison, "", []string{"LIST_POISON1"}},
		{"ppc64", PPC64, "<f8690008>", Facts{Kind: "paging-request", Registers: regs{"r9": 0x5deadbeef0000100}, FaultAddress: ptr[uint64](0x5deadbeef0000108)}, ListPoison, "std r3,8(r9)", []string{"LIST_POISON1"}},
		{"riscv64", RISCV64, "(e798)", Facts{Kind: "paging-request", Registers: regs{"a5": 0xdead000000000122}, FaultAddress: ptr[uint64](0xdead00000000012a)}, ListPoison, "sd a4,8(a5)", []string{"LIST_POISON2"}},
		{"loongarch64", LoongArch, "<29c02184>", Facts{Kind: "paging-request", Registers: regs{"t0": 0xdead000000000122}, FaultAddress: ptr[uint64](0xdead00000000012a)}, ListPoison, "st.d $a0, $t0, 8", []string{"LIST_POISON2"}},
		{"mips64, which has no delta", MIPS64, "<fc430008>", Facts{Kind: "paging-request", Registers: regs{"$2": 0x122}, FaultAddress: ptr[uint64](0x12a)}, ListPoison, "sd v1,8(v0)", []string{"LIST_POISON2"}},
		{"dead beef", I386, "<8b> 50 04", Facts{Kind: "paging-request", Registers: regs{"eax": 0xdeadbeef}, FaultAddress: ptr[uint64](0xdeadbef3)}, PoisonPointer, "", []string{"DEADBEEF"}},
		{"a hardened free list", X8664, "<48> 8b 50 18", Facts{Kind: "gpf", Registers: regs{"rax": 0x2f4c19aa7be308d5}}, NonCanonical, "", []string{"CONFIG_SLAB_FREELIST_HARDENED"}},

		{"ERR_PTR", X8664, "<48> 8b 50 18", Facts{Kind: "paging-request", Registers: regs{"rax": 0xfffffffffffffff4}, FaultAddress: ptr[uint64](0xc)}, ErrorPointer, "", []string{"ERR_PTR(-12), -ENOMEM"}},
		{"ERR_PTR, i386", I386, "<8b> 50 18", Facts{Kind: "paging-request", Registers: regs{"eax": 0xffffffea}, FaultAddress: ptr[uint64](2)}, ErrorPointer, "", []string{"-EINVAL"}},
		{"ERR_PTR, internal", ARM64, "(f9400c02)", Facts{Kind: "paging-request", Registers: regs{"x0": 0xfffffffffffffdfb}, FaultAddress: ptr[uint64](0xfffffffffffffe13)}, ErrorPointer, "", []string{"-EPROBE_DEFER"}},
		{"ERR_PTR, riscv64", RISCV64, "(6f98)", Facts{Kind: "paging-request", Registers: regs{"a5": 0xfffffffffffffffe}, FaultAddress: ptr[uint64](0x16)}, ErrorPointer, "ld a4,24(a5)", []string{"-ENOENT"}},

		{"not canonical", X8664, "<48> 8b 50 18", Facts{Kind: "gpf", Registers: regs{"rax": 0x4142000000000010}}, NonCanonical, "", []string{"not canonical"}},
		{"one bit of a kernel address", X8664, "<48> 8b 50 18", Facts{Kind: "gpf", Registers: regs{"rax": 0xfbff888004561200}}, NonCanonical, "", []string{"if bit 58 were set: that may be a memory error"}},
		{"one bit of a neighbour", X8664, "<48> 8b 50 18", Facts{Kind: "paging-request", Registers: regs{"rax": 0xffff888204561200, "rbx": 0xffff888004561200}, FaultAddress: ptr[uint64](0xffff888204561218)},
			BadPointer, "", []string{"%rax differs from %rbx in bit 33 only"}},
		{"SMAP", X8664, "<48> 8b 07", Facts{Kind: "paging-request", Registers: regs{"rdi": 0x7f0012345678}, FaultAddress: ptr[uint64](0x7f0012345678), ErrorCode: ptr[uint64](1)}, UserPointer, "", []string{"SMAP"}},
		{"PAN", ARM64, "(f9400c02)", Facts{Kind: "paging-request", Registers: regs{"x0": 0xffff12345678}, FaultAddress: ptr[uint64](0xffff12345690), ErrorCode: ptr[uint64](0x9600000f)}, UserPointer, "", []string{"PAN"}},
		{"a user's pointer, i386", I386, "<8b> 07", Facts{Kind: "paging-request", Registers: regs{"edi": 0xb7f12345}, FaultAddress: ptr[uint64](0xb7f12345), ErrorCode: ptr[uint64](0)}, UserPointer, "", []string{"user processes"}},
		{"NX", X8664, "<48> 8b 07", Facts{Kind: "paging-request", PC: ptr[uint64](0xffff888001234500), FaultAddress: ptr[uint64](0xffff888001234500), ErrorCode: ptr[uint64](0x11)}, ExecData, "", []string{"must not be executed"}},
		{"PXN", ARM64, "(f9400c02)", Facts{Kind: "paging-request", PC: ptr[uint64](0xffff000001234500), FaultAddress: ptr[uint64](0xffff000001234500), ErrorCode: ptr[uint64](0x8600000f)}, ExecData, "", []string{"must not be executed"}},
		{"SMEP", X8664, "<48> 8b 07", Facts{Kind: "paging-request", PC: ptr[uint64](0x401000), FaultAddress: ptr[uint64](0x401000), ErrorCode: ptr[uint64](0x11)}, UserExec, "", []string{"SMEP"}},
		{"read-only", X8664, "<48> 89 07", Facts{Kind: "paging-request", Registers: regs{"rdi": 0xffffffff82000000}, FaultAddress: ptr[uint64](0xffffffff82000000), ErrorCode: ptr[uint64](3)}, WriteReadOnly, "", []string{"must not be written"}},
		{"read-only, arm64", ARM64, "(f9000440)", Facts{Kind: "paging-request", Registers: regs{"x2": 0xffff800081000000}, FaultAddress: ptr[uint64](0xffff800081000008), ErrorCode: ptr[uint64](0x9600004f)}, WriteReadOnly, "", []string{"must not be written"}},
		{"the stack is full", X8664, "<50>", Facts{Kind: "paging-request", Registers: regs{"rsp": 0xffffc90000004000}, FaultAddress: ptr[uint64](0xffffc90000003ff8)}, StackOverflow, "push %rax", []string{"the page below it"}},
		{"the stack is full, arm64", ARM64, "(a9b07bfd)", Facts{Kind: "stack-overflow", Registers: regs{"sp": 0xffff800010000080}, FaultAddress: ptr[uint64](0xffff80000fffff80)}, StackOverflow, "", []string{"the stack is full"}},

		{"divide by a register", X8664, "<f7> f1", Facts{Kind: "divide-error", Registers: regs{"rcx": 0}}, DivideByZero, "div %ecx", []string{"divides by %ecx (0x0)", "the divisor is 0"}},
		{"divide by memory", X8664, "<f7> 73 08", Facts{Kind: "divide-error", Registers: regs{"rbx": 0xffff888001234500}}, DivideByZero, "divl 0x8(%rbx)", []string{"divides by what lies at 0xffff888001234508 = %rbx"}},
		{"the quotient does not fit", I386, "<f7> f9", Facts{Kind: "divide-error", Registers: regs{"ecx": 2}}, DivideOverflow, "idiv %ecx", []string{"does not fit"}},

		{"BUG", X8664, "<0f> 0b", Facts{Kind: "bug"}, BugTrap, "ud2", []string{"BUG()"}},
		{"WARN", X8664, "<0f> 0b", Facts{Kind: "warn"}, WarnTrap, "ud2", []string{"WARN()"}},
		{"WARN with a text", X8664, "<67> 48 0f b9 3a", Facts{Kind: "warn"}, WarnTrap, "ud1 (%edx),%rdi", []string{"WARN()"}},
		{"refcount", X8664, "<0f> 0b", Facts{Kind: "refcount"}, RefcountTrap, "ud2", []string{"refcount_t"}},
		{"UBSAN, x86", X8664, "<67> 0f b9 40 12", Facts{Kind: "ubsan"}, UBSANTrap, "ud1 0x12(%eax),%eax", []string{"array index out of bounds"}},
		{"kCFI, x86", X8664, "41 ba 78 56 34 12 45 03 53 f1 74 02 <0f> 0b", Facts{}, CFITrap, "ud2", []string{"another type"}},
		{"BUG, arm64", ARM64, "(d4210000)", Facts{Kind: "bug"}, BugTrap, "brk #0x800", []string{"BUG()"}},
		{"WARN, arm64", ARM64, "(d4210000)", Facts{Kind: "warn"}, WarnTrap, "brk #0x800", []string{"WARN()"}},
		{"KASAN's tags", ARM64, "(d4212400)", Facts{}, KASANTrap, "brk #0x920", []string{"tag"}},
		{"UBSAN, arm64", ARM64, "(d42aa240)", Facts{}, UBSANTrap, "brk #0x5512", []string{"array index out of bounds"}},
		{"kCFI, arm64", ARM64, "(d4304500)", Facts{}, CFITrap, "brk #0x8228", []string{"x8 has another type"}},
		{"BUG, riscv64", RISCV64, "(9002)", Facts{Kind: "bug"}, BugTrap, "ebreak", []string{"BUG()"}},
		{"WARN, riscv64", RISCV64, "(9002)", Facts{Kind: "warn"}, WarnTrap, "ebreak", []string{"WARN()"}},
		{"kCFI, riscv64", RISCV64, "2303 ffc5 53b7 1234 839b 6783 0463 0073 (9002)", Facts{Kind: "bug"}, CFITrap, "ebreak", []string{"another type"}},
		{"BUG, arm", ARM, "(e7f001f2)", Facts{Kind: "bug"}, BugTrap, "udf #18", []string{"BUG()"}},
		{"BUG, thumb", ARM, "(de02)", Facts{Kind: "bug"}, BugTrap, "udf #2", []string{"BUG()"}},
		{"BUG, ppc64", PPC64, "<0fe00000>", Facts{Kind: "bug"}, BugTrap, "twui r0,0", []string{"BUG()"}},
		{"BUG_ON, ppc64", PPC64, "<0b090000>", Facts{Kind: "bug", Registers: regs{"r9": 1}}, BugTrap, "tdnei r9,0", []string{"BUG()"}},
		{"BUG, s390x", S390X, "c0 20 00 00 00 00 af 00 00 00 <a7> f4 00 01", Facts{Kind: "bug"}, BugTrap, "", []string{"BUG()"}},
		{"BUG, mips", MIPS, "<000c000d>", Facts{Kind: "bug"}, BugTrap, "break 0xc", []string{"BUG()"}},
		{"BUG_ON, mips", MIPS, "<00028036>", Facts{Kind: "bug"}, BugTrap, "tne zero,v0,0x200", []string{"BUG()"}},
		{"BUG, loongarch64", LoongArch, "<002a0001>", Facts{Kind: "bug"}, BugTrap, "break 0x1", []string{"BUG()"}},
		{"no instruction", X8664, "<0f> 0b", Facts{Kind: "invalid-opcode"}, BugTrap, "ud2", nil},

		{"per-CPU, NULL", X8664, "<65> 48 ff 40 10", Facts{Kind: "paging-request", Registers: regs{"rax": 0}, FaultAddress: ptr[uint64](0xffff88801f000010)}, PerCPU, "incq %gs:0x10(%rax)", []string{"per-CPU"}},
		{"KASAN's shadow of NULL", X8664, "<42> 80 3c 28 00", Facts{Kind: "gpf", Registers: regs{"rax": 3, "r13": 0xdffffc0000000000}}, NullField, "cmpb $0x0,(%rax,%r13,1)", []string{"KASAN's check of 0x18 to 0x1f"}},
		{"KASAN's shadow of a poison", X8664, "<42> 80 3c 28 00", Facts{Kind: "gpf", Registers: regs{"rax": 0x1bd5a00000000020, "r13": 0xdffffc0000000000}}, ListPoison, "", []string{"LIST_POISON1"}},
		{"KASAN's shadow, the offset in the instruction", X8664, "<0f> b6 04 02", Facts{Kind: "gpf", Registers: regs{"rax": 0xdffffc0000000000, "rdx": 0x0000000000000005}}, NullField, "", []string{"KASAN's check of 0x28 to 0x2f"}},
		{"KASAN's shadow, arm64", ARM64, "(38f46ab8)", Facts{Kind: "paging-request", Registers: regs{"x21": 3, "x20": 0xdfff800000000000}, FaultAddress: ptr[uint64](0xdfff800000000003)}, NullField, "", []string{"KASAN's check of 0x18 to 0x1f"}},
		{"KASAN's shadow, added up before", X8664, "<0f> b6 00", Facts{Kind: "gpf", Registers: regs{"rax": 0xdffffc0000000003}}, NullField, "movzbl (%rax),%eax", []string{"KASAN's check of 0x18 to 0x1f"}},
		{"KASAN's shadow, tags", ARM64, "(386c6908)", Facts{Kind: "paging-request", Registers: regs{"x8": 0xefff800000000000, "x12": 4}, FaultAddress: ptr[uint64](0xefff800000000004)}, NullField, "ldrb w8, [x8, x12]", []string{"KASAN's check of 0x40 to 0x4f"}},
		{"KASAN's shadow, riscv64", RISCV64, "(00978783)", Facts{Kind: "paging-request", Registers: regs{"a5": 0xdfffffff00000000}, FaultAddress: ptr[uint64](0xdfffffff00000009)}, NullField, "lb a5,9(a5)", []string{"KASAN's check of 0x48 to 0x4f"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := Disassemble(Request{Arch: tt.arch, Code: ParseCode("Code: " + tt.code)})
			d := Diagnose(l, tt.facts)
			if d.Cause.Kind != tt.cause {
				t.Errorf("cause %q, want %q", d.Cause.Kind, tt.cause)
			}
			if in := l.Fault(); tt.text != "" && (in == nil || in.Text != tt.text) {
				t.Errorf("the instruction is %v, want %q", in, tt.text)
			}
			for _, piece := range tt.pieces {
				if !strings.Contains(d.Why(""), piece) {
					t.Errorf("the sentence lacks %q", piece)
				}
			}
			if t.Failed() {
				t.Log(d.Why(""))
			}
		})
	}
}
