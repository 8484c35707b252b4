package disasm

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// x86Families are the names of the sixteen integer registers in the order of
// their numbers, with all their widths.
var x86Families = [16][]string{
	{"rax", "eax", "ax", "al", "ah"}, {"rcx", "ecx", "cx", "cl", "ch"},
	{"rdx", "edx", "dx", "dl", "dh"}, {"rbx", "ebx", "bx", "bl", "bh"},
	{"rsp", "esp", "sp", "spl"}, {"rbp", "ebp", "bp", "bpl"},
	{"rsi", "esi", "si", "sil"}, {"rdi", "edi", "di", "dil"},
	{"r8", "r8d", "r8w", "r8b", "r08"}, {"r9", "r9d", "r9w", "r9b", "r09"},
	{"r10", "r10d", "r10w", "r10b"}, {"r11", "r11d", "r11w", "r11b"},
	{"r12", "r12d", "r12w", "r12b"}, {"r13", "r13d", "r13w", "r13b"},
	{"r14", "r14d", "r14w", "r14b"}, {"r15", "r15d", "r15w", "r15b"},
}

// x86Family leads from a register's name to its number.
var x86Family = func() map[string]int {
	m := make(map[string]int)
	for i, names := range x86Families {
		for _, name := range names {
			m[name] = i
		}
	}
	return m
}()

// An x86Registers is what a log says about the registers.
type x86Registers struct {
	mode  int
	value [16]uint64
	has   [16]bool
	// The bases of fs and gs, where the log prints them; the selector alone says
	// nothing.
	segment map[string]uint64
	pc      *uint64
}

// readRegisters takes registers by the names that logs use, in any case.
func readRegisters(regs map[string]uint64, mode int, pc *uint64) x86Registers {
	r := x86Registers{mode: mode, pc: pc}
	for name, v := range regs {
		low := strings.ToLower(strings.TrimPrefix(name, "%"))
		if i, ok := x86Family[low]; ok && (low[0] == 'r' || low[0] == 'e') {
			r.value[i], r.has[i] = v, true
			continue
		}
		switch low {
		case "rip", "eip", "ip":
			if r.pc == nil {
				r.pc = &v
			}
		case "fs", "gs", "fs_base", "gs_base":
			if v > 0xffff {
				if r.segment == nil {
					r.segment = make(map[string]uint64)
				}
				r.segment[low[:2]] = v
			}
		}
	}
	return r
}

// get returns the value of a register.
func (r *x86Registers) get(reg x86asm.Reg) (uint64, bool) {
	i, bits, high := regNumber(reg)
	if i < 0 || !r.has[i] {
		return 0, false
	}
	v := r.value[i]
	if high {
		v >>= 8
	}
	if bits < 64 {
		v &= 1<<bits - 1
	}
	return v, true
}

// regNumber returns the number of an integer register, -1 for others, its width
// in bits, and whether it is the second byte (ah, ch, dh, bh).
func regNumber(reg x86asm.Reg) (number, bits int, high bool) {
	switch {
	case reg >= x86asm.AL && reg <= x86asm.BL:
		return int(reg - x86asm.AL), 8, false
	case reg >= x86asm.AH && reg <= x86asm.BH:
		return int(reg - x86asm.AH), 8, true
	case reg >= x86asm.SPB && reg <= x86asm.R15B:
		return int(reg-x86asm.SPB) + 4, 8, false
	case reg >= x86asm.AX && reg <= x86asm.R15W:
		return int(reg - x86asm.AX), 16, false
	case reg >= x86asm.EAX && reg <= x86asm.R15L:
		return int(reg - x86asm.EAX), 32, false
	case reg >= x86asm.RAX && reg <= x86asm.R15:
		return int(reg - x86asm.RAX), 64, false
	}
	return -1, 0, false
}
