package disasm

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

func TestExplain(t *testing.T) {
	type regs = map[string]uint64
	for _, tt := range []struct {
		name  string
		arch  Arch
		code  string
		pc    *uint64
		regs  regs
		fault *uint64
		want  Effect
	}{
		{
			"field of NULL", I386, "Code: <0f> b6 43 17 89 d9", ptr[uint64](0xf8a45f2a), regs{"EBX": 0}, ptr[uint64](0x17),
			Effect{Access: "read", Size: 1, Base: "ebx", HasBase: true, Offset: 0x17, Address: 0x17, HasAddress: true,
				Agrees: ptr(true), Null: true, Why: "reads 1 byte at 0x17 = %ebx (0x0) + 0x17, as the log says; %ebx is NULL"},
		},
		{
			"the log lacks the register", I386, "Code: <0f> b6 43 17 89 d9", nil, nil, ptr[uint64](0x17),
			Effect{Access: "read", Size: 1, Base: "ebx", Offset: 0x17, Null: true,
				Why: "reads 1 byte at %ebx + 0x17; the address lies in the first page: the base was NULL"},
		},
		{
			"the compiler folded NULL", X8664, "Code: <80> 3c 25 e0 00 00 00 07", nil, regs{"RAX": 1}, ptr[uint64](0xe0),
			Effect{Access: "read", Size: 1, Offset: 0xe0, Address: 0xe0, HasAddress: true, Agrees: ptr(true), Null: true,
				Why: "reads 1 byte at 0xe0, as the log says; the compiler knew that the base is NULL: 0xe0 is the " +
					"offset of a field, and no register holds the pointer"},
		},
		{
			"another address in the log", X8664, "Code: <48> 8b 47 10", nil, regs{"RDI": 0xffff888012345678}, ptr[uint64](0x30),
			Effect{Access: "read", Size: 8, Base: "rdi", BaseValue: 0xffff888012345678, HasBase: true, Offset: 0x10,
				Address: 0xffff888012345688, HasAddress: true, Agrees: ptr(false),
				Why: "reads 8 bytes at 0xffff888012345688 = %rdi (0xffff888012345678) + 0x10; the log names another " +
					"address, 0x30; the address in the log lies in the first page: a NULL pointer and the offset of " +
					"a field"},
		},
		{
			"base, index and scale", X8664, "Code: <8b> 54 c8 08", nil, regs{"RAX": 0xffffc90000000000, "RCX": 3},
			ptr[uint64](0xffffc90000000020),
			Effect{Access: "read", Size: 4, Base: "rax", BaseValue: 0xffffc90000000000, HasBase: true, Index: "rcx",
				IndexValue: 3,
				HasIndex:   true, Scale: 8, Offset: 8, Address: 0xffffc90000000020, HasAddress: true, Agrees: ptr(true),
				Why: "reads 4 bytes at 0xffffc90000000020 = %rax (0xffffc90000000000) + %rcx (0x3) * 8 + 0x8, as the " +
					"log says"},
		},
		{
			"list poison, new", X8664, "Code: <48> 89 50 08", nil, regs{"RAX": 0xdead000000000122, "RDX": 0}, nil,
			Effect{Access: "write", Size: 8, Base: "rax", BaseValue: 0xdead000000000122, HasBase: true, Offset: 8,
				Address: 0xdead00000000012a, HasAddress: true, Poison: "LIST_POISON2",
				Why: "writes 8 bytes at 0xdead00000000012a = %rax (0xdead000000000122) + 0x8; %rax holds " +
					"LIST_POISON2: the entry was already taken off its list"},
		},
		{
			"list poison, i386 before 4.3", I386, "Code: 85 c0 <89> 50 04 8b", nil, regs{"EAX": 0x00100100, "edx": 0xc0ffee00},
			ptr[uint64](0x00100104),
			Effect{Access: "write", Size: 4, Base: "eax", BaseValue: 0x00100100, HasBase: true, Offset: 4, Address: 0x100104,
				HasAddress: true, Agrees: ptr(true), Poison: "LIST_POISON1",
				Why: "writes 4 bytes at 0x100104 = %eax (0x100100) + 0x4, as the log says; %eax holds LIST_POISON1: " +
					"the entry was already taken off its list"},
		},
		{
			"freed memory", X8664, "Code: <48> 8b 00", nil, regs{"RAX": 0x6b6b6b6b6b6b6b6b}, nil,
			Effect{Access: "read", Size: 8, Base: "rax", BaseValue: 0x6b6b6b6b6b6b6b6b, HasBase: true,
				Address: 0x6b6b6b6b6b6b6b6b, HasAddress: true, Poison: "POISON_FREE",
				Why: "reads 8 bytes at 0x6b6b6b6b6b6b6b6b = %rax (0x6b6b6b6b6b6b6b6b); %rax holds POISON_FREE: the " +
					"pointer was read from memory that had been freed"},
		},
		{
			"error pointer", X8664, "Code: <80> 78 28 07", nil, regs{"RAX": 0xfffffffffffffff4}, ptr[uint64](0x1c),
			Effect{Access: "read", Size: 1, Base: "rax", BaseValue: 0xfffffffffffffff4, HasBase: true, Offset: 0x28,
				Address:    0x1c,
				HasAddress: true, Agrees: ptr(true), Poison: "ERR_PTR(-12)",
				Why: "reads 1 byte at 0x1c = %rax (0xfffffffffffffff4) + 0x28, as the log says; %rax holds " +
					"ERR_PTR(-12), -ENOMEM: an error that nobody looked for was used as a pointer"},
		},
		{
			"not canonical", X8664, "Code: <8b> 40 10", nil, regs{"RAX": 0x1234567812345678}, nil,
			Effect{Access: "read", Size: 4, Base: "rax", BaseValue: 0x1234567812345678, HasBase: true, Offset: 0x10,
				Address: 0x1234567812345688, HasAddress: true,
				Why: "reads 4 bytes at 0x1234567812345688 = %rax (0x1234567812345678) + 0x10; no such address can " +
					"exist (it is not canonical)"},
		},
		{
			"not canonical, and the log names the base", X8664, "Code: <8b> 40 10", nil, regs{"RAX": 0x1234567812345678},
			ptr[uint64](0x1234567812345678),
			Effect{Access: "read", Size: 4, Base: "rax", BaseValue: 0x1234567812345678, HasBase: true, Offset: 0x10,
				Address: 0x1234567812345688, HasAddress: true, Agrees: ptr(true),
				Why: "reads 4 bytes at 0x1234567812345688 = %rax (0x1234567812345678) + 0x10, as the log says; no " +
					"such address can exist (it is not canonical)"},
		},
		{
			"per-CPU", X8664, "Code: <65> 48 8b 04 25 28 00 00 00", nil, nil, nil,
			Effect{Access: "read", Size: 8, Offset: 0x28, Segment: "gs", Why: "reads 8 bytes at the base of %gs + 0x28; the address is relative to the CPU's own data " +
				"(per-CPU)"},
		},
		{
			"rip-relative", X8664, "Code: <8b> 05 10 00 00 00", ptr[uint64](0xffffffff81000000), nil,
			ptr[uint64](0xffffffff81000016),
			Effect{Access: "read", Size: 4, Base: "rip", BaseValue: 0xffffffff81000006, HasBase: true, Offset: 0x10,
				Address: 0xffffffff81000016, HasAddress: true, Agrees: ptr(true),
				Why: "reads 4 bytes at 0xffffffff81000016 = %rip (0xffffffff81000006) + 0x10, as the log says"},
		},
		{
			"KASAN shadow", X8664, "Code: <80> 3c 02 00 0f 85", nil, regs{"RAX": kasanShadow, "RDX": 4}, nil,
			Effect{Access: "read", Size: 1, Base: "rdx", BaseValue: 4, HasBase: true, Index: "rax", IndexValue: kasanShadow,
				HasIndex: true, Scale: 1, Address: kasanShadow + 4, HasAddress: true, Shadow: ptr[uint64](0x20), Null: true,
				Why: "reads 1 byte at 0xdffffc0000000004 = %rdx (0x4) + %rax (0xdffffc0000000000); it is KASAN's " +
					"check of 0x20 to 0x27, so a NULL pointer was about to be used"},
		},
		{
			"push on a bad stack", I386, "Code: <55> 89 e5", nil, regs{"ESP": 0xc1000000}, ptr[uint64](0xc0fffffc),
			Effect{Access: "write", Size: 4, Base: "esp", BaseValue: 0xc1000000, HasBase: true, Offset: -4, Address: 0xc0fffffc,
				HasAddress: true, Agrees: ptr(true), Why: "writes 4 bytes on the stack at 0xc0fffffc = %esp (0xc1000000) - 0x4, as the log says; the " +
					"stack is full: the address lies in the page below it"},
		},
		{
			"call through a structure", X8664, "Code: <ff> 50 18", nil, regs{"RAX": 0, "RSP": 0xffffc90000001000},
			ptr[uint64](0x18),
			Effect{Access: "read", Size: 8, Base: "rax", HasBase: true, Offset: 0x18, Address: 0x18, HasAddress: true,
				Agrees: ptr(true), Null: true, Why: "reads 8 bytes at 0x18 = %rax (0x0) + 0x18, as the log says; %rax is NULL"},
		},
		{
			"call of a bad pointer", X8664, "Code: <ff> d0", nil, regs{"RAX": 0x6b6b6b6b6b6b6b6b,
				"RSP": 0xffffc90000001000}, nil,
			Effect{Access: "exec", Base: "rax", BaseValue: 0x6b6b6b6b6b6b6b6b, HasBase: true, Address: 0x6b6b6b6b6b6b6b6b,
				HasAddress: true, Poison: "POISON_FREE",
				Why: "calls or jumps through 0x6b6b6b6b6b6b6b6b = %rax (0x6b6b6b6b6b6b6b6b); %rax holds POISON_FREE: " +
					"the pointer was read from memory that had been freed, and was called as a function"},
		},
		{
			"NULL function pointer", X8664, "Code: Bad RIP value.", ptr[uint64](0), nil, ptr[uint64](0),
			Effect{Access: "exec", HasAddress: true, Agrees: ptr(true), Null: true,
				Why: "the processor was sent to 0x0; a NULL function pointer was called"},
		},
		{
			"data executed", X8664, "Code: <00> 00 00", ptr[uint64](0xffff888000001000), nil, ptr[uint64](0xffff888000001000),
			Effect{Access: "exec", Address: 0xffff888000001000, HasAddress: true, Agrees: ptr(true),
				Why: "the processor was sent to 0xffff888000001000; no code can be executed there: a wrong function " +
					"pointer or return address"},
		},
		{
			"string copy, bad source", X8664, "Code: <f3> 48 a5", nil, regs{"RSI": 0x10, "RDI": 0xffff888000001000, "RCX": 8},
			ptr[uint64](0x10),
			Effect{Access: "read", Size: 8, Base: "rsi", BaseValue: 0x10, HasBase: true, Address: 0x10, HasAddress: true,
				Agrees: ptr(true), Null: true,
				Why: "reads 8 bytes at 0x10 = %rsi (0x10), as the log says; %rsi points into the first page: a field " +
					"of a NULL structure"},
		},
		{
			"string fill, bad target", I386, "Code: <f3> ab", nil, regs{"EDI": 0, "ECX": 8, "EAX": 0}, ptr[uint64](0),
			Effect{Access: "write", Size: 4, Base: "edi", HasBase: true, HasAddress: true, Agrees: ptr(true), Null: true,
				Why: "writes 4 bytes at 0x0 = %edi (0x0), as the log says; %edi is NULL"},
		},
		{
			"BUG", X8664, "Code: 48 89 c7 <0f> 0b", nil, nil, nil,
			Effect{Trap: "bug", Why: "ud2 traps on purpose; the kernel reached a BUG() or WARN()"},
		},
		{
			"WARN of 6.19", X8664, "Code: <67> 48 0f b9 3a", nil, nil, nil,
			Effect{Trap: "ud1", Why: "ud1 traps on purpose; a WARN() with a text, or a check of UBSAN"},
		},
		{
			"division by zero", I386, "Code: 31 d2 <f7> f1", nil, regs{"ECX": 0}, nil,
			Effect{Trap: "divide", Base: "ecx", HasBase: true, Why: "divides by %ecx (0x0); the divisor is 0"},
		},
		{
			"sub-register, two digits", X8664, "Code: <41> f7 f0", nil, regs{"R08": 0x1100000000}, nil,
			Effect{Trap: "divide", Base: "r8d", HasBase: true, Why: "divides by %r8d (0x0); the divisor is 0"},
		},
		{
			"no memory", X8664, "Code: <48> 89 c7", nil, nil, nil,
			Effect{Why: "the instruction touches no memory"},
		},
		{
			"address only", X8664, "Code: <48> 8d 47 10", nil, regs{"RDI": 0}, nil,
			Effect{Why: "the instruction touches no memory"},
		},
		{
			"atomic on NULL", X8664, "Code: <f0> ff 40 08", nil, regs{"RAX": 0}, ptr[uint64](8),
			Effect{Access: "write", Size: 4, Base: "rax", HasBase: true, Offset: 8, Address: 8, HasAddress: true,
				Agrees: ptr(true), Null: true, Why: "writes 4 bytes at 0x8 = %rax (0x0) + 0x8, as the log says; %rax is NULL"},
		},
		{
			"second half of a crossing access", X8664, "Code: <48> 8b 00", nil, regs{"RAX": 0xffffc90000000ffc},
			ptr[uint64](0xffffc90000001000),
			Effect{Access: "read", Size: 8, Base: "rax", BaseValue: 0xffffc90000000ffc, HasBase: true,
				Address: 0xffffc90000000ffc, HasAddress: true, Agrees: ptr(true),
				Why: "reads 8 bytes at 0xffffc90000000ffc = %rax (0xffffc90000000ffc), as the log says"},
		},
		{
			"no code", X8664, "Code: Bad RIP value.", ptr[uint64](0xffffffffa0000010), nil, nil,
			Effect{Why: "the log does not show the instruction"},
		},
		{
			"another architecture", ARM64, "Code: aa0003e0 (f9401863)", nil, nil, nil,
			Effect{Access: "read", Size: 8, Base: "x3", Offset: 0x30, Why: "reads 8 bytes at x3 + 0x30"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := Disassemble(Request{Arch: tt.arch, Code: ParseCode(tt.code), PC: tt.pc})
			if diff := cmp.Diff(tt.want, Explain(l, tt.regs, tt.fault)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPoisonName(t *testing.T) {
	for _, tt := range []struct {
		value uint64
		arch  Arch
		want  string
	}{
		{0xdead000000000100, X8664, "LIST_POISON1"},
		{0xdead0000000000f8, X8664, "LIST_POISON1"},
		{0xdead000000000122, X8664, "LIST_POISON2"},
		{0xdead000000000200, X8664, "LIST_POISON2"},
		{0xdead000000100100, X8664, "LIST_POISON1"},
		{0xdead000000200200, X8664, "LIST_POISON2"},
		{0x0000000000200200, X8664, "LIST_POISON2"},
		{0x5a5a5a5a5a5a5a5a, X8664, "POISON_INUSE"},
		{0x6b6b6b6b6b6b6c0b, X8664, "POISON_FREE"},
		{0x100, X8664, ""},
		{0x100, I386, "LIST_POISON1"},
		{0x122, I386, "LIST_POISON2"},
		{0x104, I386, ""},
		{0x001000f8, I386, "LIST_POISON1"},
		{0x6b6b6b73, I386, "POISON_FREE"},
		{0xfffffff4, I386, "ERR_PTR(-12)"},
		{0xfffffffffffff000, X8664, ""},
		{0xfffffffffffff001, X8664, "ERR_PTR(-4095)"},
		{0x122, S390X, "LIST_POISON2"},
		{0x122, LoongArch, "LIST_POISON2"},
		{0x122, ARM64, ""},
		{0xa56b6b6b6b6b6b6b, X8664, "POISON_FREE"},
		{0xa55a5a5a, I386, "POISON_INUSE"},
		{0xdead000000000400, X8664, "TAIL_MAPPING"},
		{0xdead0000000000f5, X8664, "VFS_PTR_POISON"},
		{0, X8664, ""},
		{0xffff888012345678, X8664, ""},
		{0xc0123456, I386, ""},
	} {
		if got := poisonName(tt.value, tt.arch); got != tt.want {
			t.Errorf("poisonName(%#x, %s) = %q, want %q", tt.value, tt.arch, got, tt.want)
		}
	}
}
