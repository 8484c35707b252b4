package disasm

import (
	"strconv"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// ubsanChecks are the checks of UBSAN by the number that clang (handler numbers
// of ubsan's trap mode) and the kernel (include/linux/ubsan.h, report_ubsan_failure
// of 6.9 and later) give them.
var ubsanChecks = [...]string{"add overflow", "builtin unreachable", "CFI check failure", "division overflow",
	"dynamic type cache miss", "float cast overflow", "function type mismatch", "implicit conversion",
	"invalid builtin", "invalid ObjC cast", "invalid value", "missing return", "multiplication overflow",
	"negation overflow", "nullability argument", "nullability return", "nonnull argument", "nonnull return",
	"array index out of bounds", "pointer overflow", "shift out of bounds", "subtraction overflow", "type mismatch",
	"alignment assumption", "VLA bound not positive"}

// immediate judges traps whose immediate says what they are for: brk of arm64
// (arch/arm64/include/asm/brk-imm.h), ud1 of x86 as UBSAN's trap mode has it.
func (j *judge) immediate() (Cause, bool) {
	in := j.l.Fault()
	if in == nil {
		return Cause{}, false
	}
	switch j.l.arch {
	case ARM64:
		t := splitText(in.Text)
		n, ok := t.number(0)
		if t.name != "brk" || !ok {
			return Cause{}, false
		}
		return j.brk(uint64(n))
	case I386, X8664:
		if in.x86 == nil || in.x86.ext == nil || in.x86.ext.name != "ud1" {
			return Cause{}, false
		}
		asm := &in.x86.asm
		for _, arg := range asm.Args {
			// 67 0f b9 40 NN: ud1 0xNN(%eax),%eax.
			if mem, ok := arg.(x86asm.Mem); ok && (mem.Base == x86asm.EAX || mem.Base == x86asm.RAX) && mem.Index == 0 &&
				mem.Disp >= 0 && mem.Disp < 256 && len(in.Bytes) >= 4 && in.Bytes[0] == 0x67 {
				return ubsan(uint64(mem.Disp)), true
			}
		}
	}
	return Cause{}, false
}

func ubsan(n uint64) Cause {
	c := Cause{Kind: UBSANTrap, Number: n, Why: "a check for undefined behaviour (UBSAN) failed"}
	if n < uint64(len(ubsanChecks)) {
		c.Name = ubsanChecks[n]
		c.Why += ": " + c.Name
	}
	return c
}

// brk judges the immediate of arm64's brk.
func (j *judge) brk(n uint64) (Cause, bool) {
	switch {
	case n == 0x800: // BUG_BRK_IMM: BUG() and WARN()
		c := Cause{Kind: BugTrap, Number: n, Why: "the kernel reached a BUG() or WARN()"}
		switch j.f.Kind {
		case "warn":
			c.Kind, c.Why = WarnTrap, "the kernel reached a WARN()"
		case "refcount":
			c.Kind, c.Why = RefcountTrap, "a reference counter was used wrongly: the kernel reached a WARN() of refcount_t"
		case "list-corruption":
			c.Kind, c.Why = ListTrap, "the links of a list do not fit together: the kernel's own check found it"
		case "bug":
			c.Why = "the kernel reached a BUG()"
		}
		return c, true
	case n == 0x100: // FAULT_BRK_IMM
		return Cause{Kind: InvalidOpcode, Number: n,
			Why: "the kernel puts this where code must never run, as after a failed translation of BPF"}, true
	case n >= 4 && n <= 7:
		return Cause{Kind: Breakpoint, Number: n, Why: "a probe (kprobe or uprobe)"}, true
	case n == 0x400 || n == 0x401:
		return Cause{Kind: Breakpoint, Number: n, Why: "a breakpoint of the kernel debugger"}, true
	case n >= 0x900 && n <= 0x9ff: // KASAN_BRK_IMM, software tags
		return Cause{Kind: KASANTrap, Number: n, Name: map[bool]string{true: "write", false: "read"}[n&0x10 != 0],
			Why: "the tag of the pointer does not fit the memory: KASAN found an access to memory that is freed or not its " +
				"own"}, true
	case n >= 0x5500 && n <= 0x55ff: // UBSAN_BRK_IMM
		return ubsan(n & 0xff), true
	case n >= 0x8000 && n <= 0x83ff: // CFI_BRK_IMM_BASE: bits 4:0 target, 9:5 type
		return Cause{Kind: CFITrap, Number: n, Register: "x" + strconv.Itoa(int(n&31)),
			Why: "the check before an indirect call failed: the function at x" + strconv.Itoa(int(n&31)) +
				" has another type than the caller expects"}, true
	}
	return Cause{Kind: BugTrap, Number: n, Why: "the kernel stopped itself"}, true
}

// cfi reports whether the trap is that of kCFI (clang, 6.1 and later): the type of
// the function is compared with a constant, and a branch leads over the trap. On
// x86 that is add or cmpl and je, on riscv64 lui, addiw and beq
// (arch/riscv/kernel/cfi.c).
func (j *judge) cfi() bool {
	for i := range j.l.Insts {
		if !j.l.Insts[i].Fault || i < 2 {
			continue
		}
		jump, check := &j.l.Insts[i-1], &j.l.Insts[i-2]
		if j.l.arch == RISCV64 {
			return strings.HasPrefix(jump.Text, "beq t1,t2,") && strings.HasPrefix(check.Text, "addiw t2,t2,")
		}
		return strings.HasPrefix(jump.Text, "je ") && len(jump.Bytes) == 2 && jump.Bytes[1] == 2 &&
			(strings.HasPrefix(check.Text, "add -0x") || strings.HasPrefix(check.Text, "cmpl $0x") &&
				strings.Contains(check.Text, ",-0x"))
	}
	return false
}
