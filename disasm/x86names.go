package disasm

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// A suffixRule says when the name of an instruction shows its operand size.
type suffixRule uint8

const (
	suffixMemory suffixRule = iota // where no register shows it
	suffixNever
)

// An x86Name is the AT&T name of an x86asm operation.
type x86Name struct {
	name   string
	suffix suffixRule
	shift  bool // a count in %cl says nothing about the operand's size
}

// x86Names holds the operations that ordinary kernel code is made of.
var x86Names = func() map[x86asm.Op]x86Name {
	names := make(map[x86asm.Op]x86Name)
	for _, op := range []x86asm.Op{
		x86asm.ADC, x86asm.ADD, x86asm.AND, x86asm.BT, x86asm.BTC, x86asm.BTR, x86asm.BTS, x86asm.CMP,
		x86asm.CMPXCHG, x86asm.DEC, x86asm.DIV, x86asm.IDIV, x86asm.IMUL, x86asm.INC, x86asm.MOV,
		x86asm.MOVBE, x86asm.MUL, x86asm.NEG, x86asm.NOP, x86asm.NOT, x86asm.OR, x86asm.SBB, x86asm.SUB,
		x86asm.TEST, x86asm.XADD, x86asm.XCHG, x86asm.XOR,
	} {
		names[op] = x86Name{name: strings.ToLower(op.String())}
	}
	for _, op := range []x86asm.Op{
		x86asm.RCL, x86asm.RCR, x86asm.ROL, x86asm.ROR, x86asm.SAR, x86asm.SHL, x86asm.SHR, x86asm.SHLD, x86asm.SHRD,
	} {
		names[op] = x86Name{name: strings.ToLower(op.String()), shift: true}
	}
	for _, op := range []x86asm.Op{
		x86asm.BSF, x86asm.BSR, x86asm.BSWAP, x86asm.CLC, x86asm.CLD, x86asm.CLI, x86asm.CLFLUSH, x86asm.CLTS,
		x86asm.CMC, x86asm.CMOVA, x86asm.CMOVAE, x86asm.CMOVB, x86asm.CMOVBE, x86asm.CMOVE, x86asm.CMOVG,
		x86asm.CMOVGE, x86asm.CMOVL, x86asm.CMOVLE, x86asm.CMOVNE, x86asm.CMOVNO, x86asm.CMOVNP, x86asm.CMOVNS,
		x86asm.CMOVO, x86asm.CMOVP, x86asm.CMOVS, x86asm.CMPXCHG8B, x86asm.CMPXCHG16B, x86asm.CPUID,
		x86asm.HLT, x86asm.INVD, x86asm.INVLPG, x86asm.JA, x86asm.JAE, x86asm.JB, x86asm.JBE, x86asm.JCXZ,
		x86asm.JE, x86asm.JECXZ, x86asm.JG, x86asm.JGE, x86asm.JL, x86asm.JLE, x86asm.JNE, x86asm.JNO,
		x86asm.JNP, x86asm.JNS, x86asm.JO, x86asm.JP, x86asm.JRCXZ, x86asm.JS, x86asm.LAR, x86asm.LEA,
		x86asm.LEAVE, x86asm.LFENCE, x86asm.LSL, x86asm.LZCNT, x86asm.MFENCE, x86asm.PAUSE, x86asm.POP,
		x86asm.POPCNT, x86asm.PUSH, x86asm.RDMSR, x86asm.RDPMC, x86asm.RDTSC, x86asm.RDTSCP, x86asm.RET,
		x86asm.SETA, x86asm.SETAE, x86asm.SETB, x86asm.SETBE, x86asm.SETE, x86asm.SETG, x86asm.SETGE,
		x86asm.SETL, x86asm.SETLE, x86asm.SETNE, x86asm.SETNO, x86asm.SETNP, x86asm.SETNS, x86asm.SETO,
		x86asm.SETP, x86asm.SETS, x86asm.SFENCE, x86asm.STC, x86asm.STD, x86asm.STI, x86asm.SWAPGS,
		x86asm.SYSCALL, x86asm.SYSENTER, x86asm.TZCNT, x86asm.UD2, x86asm.WBINVD, x86asm.WRMSR,
		x86asm.CALL, x86asm.JMP, x86asm.INT, x86asm.IN, x86asm.OUT, x86asm.VERW, x86asm.VERR, x86asm.LTR,
		x86asm.LLDT, x86asm.SLDT, x86asm.STR, x86asm.ENTER, x86asm.LAHF, x86asm.SAHF, x86asm.INTO,
		x86asm.AAA, x86asm.AAS, x86asm.DAA, x86asm.DAS, x86asm.ARPL, x86asm.BOUND, x86asm.LDS, x86asm.LES,
		x86asm.LFS, x86asm.LGS, x86asm.LSS, x86asm.IRETQ, x86asm.ANDN, x86asm.BEXTR, x86asm.BLSI,
		x86asm.BLSMSK, x86asm.BLSR, x86asm.BZHI, x86asm.MULX, x86asm.PDEP, x86asm.PEXT, x86asm.RORX, x86asm.SARX,
		x86asm.SHLX, x86asm.SHRX,
	} {
		names[op] = x86Name{name: strings.ToLower(op.String()), suffix: suffixNever}
	}
	for op, name := range map[x86asm.Op]string{
		x86asm.CBW: "cbtw", x86asm.CWDE: "cwtl", x86asm.CDQE: "cltq", x86asm.CWD: "cwtd", x86asm.CDQ: "cltd",
		x86asm.CQO: "cqto", x86asm.UD1: "ud1", x86asm.PUSHF: "pushf", x86asm.PUSHFD: "pushf", x86asm.PUSHFQ: "pushf",
		x86asm.POPF: "popf", x86asm.POPFD: "popf", x86asm.POPFQ: "popf", x86asm.PUSHA: "pushaw", x86asm.PUSHAD: "pusha",
		x86asm.POPA: "popaw", x86asm.POPAD: "popa", x86asm.IRETD: "iret", x86asm.IRET: "iretw", x86asm.XLATB: "xlat",
		x86asm.ICEBP: "int1", x86asm.LCALL: "lcall", x86asm.LJMP: "ljmp",
	} {
		names[op] = x86Name{name: name, suffix: suffixNever}
	}
	for op, name := range map[x86asm.Op]string{
		x86asm.MOVSB: "movsb", x86asm.MOVSW: "movsw", x86asm.MOVSD: "movsl", x86asm.MOVSQ: "movsq",
		x86asm.CMPSB: "cmpsb", x86asm.CMPSW: "cmpsw", x86asm.CMPSD: "cmpsl", x86asm.CMPSQ: "cmpsq",
		x86asm.LODSB: "lods", x86asm.LODSW: "lods", x86asm.LODSD: "lods", x86asm.LODSQ: "lods",
		x86asm.STOSB: "stos", x86asm.STOSW: "stos", x86asm.STOSD: "stos", x86asm.STOSQ: "stos",
		x86asm.SCASB: "scas", x86asm.SCASW: "scas", x86asm.SCASD: "scas", x86asm.SCASQ: "scas",
		x86asm.INSB: "insb", x86asm.INSW: "insw", x86asm.INSD: "insl",
		x86asm.OUTSB: "outsb", x86asm.OUTSW: "outsw", x86asm.OUTSD: "outsl",
	} {
		names[op] = x86Name{name: name, suffix: suffixNever}
	}
	return names
}()

// suffixOf returns the AT&T suffix of an operand of n bytes.
func suffixOf(n int) string {
	switch n {
	case 1:
		return "b"
	case 2:
		return "w"
	case 4:
		return "l"
	case 8:
		return "q"
	}
	return ""
}

// regNames holds the AT&T names without the percent sign.
var regNames = func() (names [256]string) {
	for r := x86asm.AL; r <= x86asm.TR7; r++ {
		name := strings.ToLower(r.String())
		switch {
		case r >= x86asm.SPB && r <= x86asm.DIB:
			name = name[:len(name)-1] + "l" // spb: spl
		case r >= x86asm.R8L && r <= x86asm.R15L:
			name = name[:len(name)-1] + "d"
		case r == x86asm.F0:
			name = "st"
		case r > x86asm.F0 && r <= x86asm.F7:
			name = "st(" + name[1:] + ")"
		case r >= x86asm.M0 && r <= x86asm.M7:
			name = "mm" + name[1:]
		case r >= x86asm.X0 && r <= x86asm.X31:
			name = "xmm" + name[1:]
		case r >= x86asm.Y0 && r <= x86asm.Y31:
			name = "ymm" + name[1:]
		case r >= x86asm.Z0 && r <= x86asm.Z31:
			name = "zmm" + name[1:]
		case r >= x86asm.DR0 && r <= x86asm.DR15:
			name = "db" + name[2:]
		}
		names[r] = name
	}
	return names
}()

func regName(r x86asm.Reg) string { return regNames[r] }

// regBits returns the width of a register; 0 for those outside of the integers.
func regBits(r x86asm.Reg) int {
	switch {
	case r >= x86asm.AL && r <= x86asm.R15B:
		return 8
	case r >= x86asm.AX && r <= x86asm.R15W || r >= x86asm.ES && r <= x86asm.GS || r == x86asm.IP:
		return 16
	case r >= x86asm.EAX && r <= x86asm.R15L || r == x86asm.EIP:
		return 32
	case r >= x86asm.RAX && r <= x86asm.R15 || r == x86asm.RIP:
		return 64
	}
	return 0
}

// isString reports whether op is a string instruction.
func isString(op x86asm.Op) bool {
	switch op {
	case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ, x86asm.CMPSB, x86asm.CMPSW, x86asm.CMPSD,
		x86asm.CMPSQ, x86asm.LODSB, x86asm.LODSW, x86asm.LODSD, x86asm.LODSQ, x86asm.STOSB, x86asm.STOSW,
		x86asm.STOSD, x86asm.STOSQ, x86asm.SCASB, x86asm.SCASW, x86asm.SCASD, x86asm.SCASQ,
		x86asm.INSB, x86asm.INSW, x86asm.INSD, x86asm.OUTSB, x86asm.OUTSW, x86asm.OUTSD:
		return true
	}
	return false
}

// isDestString reports whether m is the (r)di operand of a string instruction,
// which always lies in es.
func isDestString(op x86asm.Op, m x86asm.Mem) bool {
	return isString(op) && (m.Base == x86asm.RDI || m.Base == x86asm.EDI || m.Base == x86asm.DI)
}

// isCondJump reports whether op is a conditional jump.
func isCondJump(op x86asm.Op) bool {
	switch op {
	case x86asm.JA, x86asm.JAE, x86asm.JB, x86asm.JBE, x86asm.JE, x86asm.JG, x86asm.JGE, x86asm.JL, x86asm.JLE,
		x86asm.JNE, x86asm.JNO, x86asm.JNP, x86asm.JNS, x86asm.JO, x86asm.JP, x86asm.JS, x86asm.JCXZ,
		x86asm.JECXZ, x86asm.JRCXZ, x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE:
		return true
	}
	return false
}

func isRel(arg x86asm.Arg) bool {
	_, ok := arg.(x86asm.Rel)
	return ok
}
