package disasm

import (
	"strconv"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// This file writes the operands of instructions: registers, immediates, memory,
// branch targets.

// operands writes the operands, in reverse of Intel's order.
func (w *x86Writer) operands(name string) {
	a := w.a
	args := a.Args[:]
	for i, arg := range args {
		if arg == nil {
			args = args[:i]
			break
		}
	}
	if name == "xchg" && a.Op == x86asm.NOP {
		w.buf = append(w.buf, map[bool]string{true: " %eax,%eax", false: " %ax,%ax"}[a.Mode == 16]...)
		return
	}
	switch a.Op {
	case x86asm.MONITOR:
		w.buf = append(w.buf, map[bool]string{true: " %rax,%ecx,%edx", false: " %eax,%ecx,%edx"}[a.Mode == 64]...)
	case x86asm.MWAIT:
		w.buf = append(w.buf, " %eax,%ecx"...)
	case x86asm.INT:
		if name == "int3" {
			return
		}
	case x86asm.NOP:
		if a.Opcode>>24 == 0x90 {
			return
		}
	case x86asm.SHL, x86asm.SHR, x86asm.SAR, x86asm.ROL, x86asm.ROR, x86asm.RCL, x86asm.RCR:
		if a.Opcode>>24&^1 == 0xd0 {
			args = args[:1] // the 1 is in the opcode
		}
	case x86asm.BOUND, x86asm.ENTER, x86asm.LCALL, x86asm.LJMP:
		args = []x86asm.Arg{args[len(args)-1], args[0]}[:len(args)]
	case x86asm.CMPPS, x86asm.CMPPD, x86asm.CMPSS, x86asm.CMPSD_XMM, x86asm.PCLMULQDQ,
		x86asm.VCMPPS, x86asm.VCMPPD, x86asm.VCMPSS, x86asm.VCMPSD:
		if name != strings.ToLower(a.Op.String()) && len(args) > 0 {
			args = args[:len(args)-1] // the predicate is in the name
		}
	}
	for i := len(args) - 1; i >= 0; i-- {
		if i == len(args)-1 {
			w.buf = append(w.buf, ' ')
		} else {
			w.buf = append(w.buf, ',')
		}
		w.operand(args[i])
	}
}

// operand writes one operand.
func (w *x86Writer) operand(arg x86asm.Arg) {
	switch arg := arg.(type) {
	case x86asm.Reg:
		switch w.a.Op {
		case x86asm.CALL, x86asm.JMP:
			w.buf = append(w.buf, '*')
		case x86asm.IN, x86asm.OUT, x86asm.INSB, x86asm.INSW, x86asm.INSD,
			x86asm.OUTSB, x86asm.OUTSW, x86asm.OUTSD:
			if arg == x86asm.DX {
				w.buf = append(w.buf, "(%dx)"...)
				return
			}
		}
		w.buf = append(w.buf, '%')
		w.buf = append(w.buf, regName(arg)...)
		if arg == x86asm.F0 && w.a.Args[1] == nil {
			w.buf = append(w.buf, "(0)"...)
		}
	case x86asm.Mem:
		switch w.a.Op {
		case x86asm.CALL, x86asm.JMP, x86asm.LCALL, x86asm.LJMP:
			w.buf = append(w.buf, '*')
		}
		w.memory(arg)
	case x86asm.Rel:
		w.target(int64(arg))
	case x86asm.Imm:
		w.buf = append(w.buf, '$')
		w.hex(w.immediate(int64(arg)))
	default:
		w.buf = append(w.buf, arg.String()...)
	}
}

// immediate cuts a sign-extended immediate to the width of the operation.
func (w *x86Writer) immediate(v int64) uint64 {
	a := w.a
	bits := a.DataSize
	switch a.Op {
	case x86asm.SHL, x86asm.SHR, x86asm.SAR, x86asm.ROL, x86asm.ROR, x86asm.RCL, x86asm.RCR, x86asm.SHLD,
		x86asm.SHRD, x86asm.BT, x86asm.BTS, x86asm.BTR, x86asm.BTC, x86asm.INT, x86asm.IN, x86asm.OUT:
		bits = 8
	case x86asm.RET, x86asm.LRET, x86asm.ENTER:
		bits = 16
	case x86asm.PUSH:
		if bits != 16 && a.Mode != 16 {
			bits = a.Mode
		}
	default:
		if _, ok := x86Names[a.Op]; !ok {
			bits = 8 // vector instructions have byte immediates only
		} else if r, ok := a.Args[0].(x86asm.Reg); ok {
			bits = regBits(r)
		} else if a.MemBytes > 0 {
			bits = a.MemBytes * 8
		}
	}
	if bits >= 64 || bits <= 0 {
		return uint64(v)
	}
	return uint64(v) & (1<<bits - 1)
}

// memory writes a memory operand.
func (w *x86Writer) memory(m x86asm.Mem) {
	a := w.a
	switch {
	case w.segment != "" && !isDestString(a.Op, m):
		w.buf = append(w.buf, w.segment...)
	case isString(a.Op) || a.Op == x86asm.XLATB:
		if isDestString(a.Op, m) {
			w.buf = append(w.buf, "%es:"...)
		} else {
			w.buf = append(w.buf, "%ds:"...)
		}
	}
	disp := m.Disp
	if m.Base == 0 && m.Index == 0 {
		// An absolute address is unsigned.
		switch {
		case a.AddrSize == 16:
			disp &= 0xffff
		case a.Mode != 64 || a.AddrSize == 32:
			disp &= 0xffffffff
		}
		w.hex(uint64(disp))
		if (m.Scale > 0 && a.Mode == 32 || m.Scale > 1) && !w.isMoffs() {
			w.buf = append(w.buf, map[bool]string{true: "(,%riz,", false: "(,%eiz,"}[a.Mode == 64]...)
			w.buf = strconv.AppendInt(w.buf, int64(m.Scale), 10)
			w.buf = append(w.buf, ')')
		}
		return
	}
	if m.Base != 0 && regBits(m.Base) == 32 || m.Index != 0 && regBits(m.Index) == 32 {
		disp = int64(int32(disp))
	}
	if m.Base != 0 && regBits(m.Base) == 16 {
		disp = int64(int16(disp))
	}
	if disp != 0 || w.dispBytes() > 0 {
		if disp < 0 {
			w.buf = append(w.buf, '-')
			w.hex(uint64(-disp))
		} else {
			w.hex(uint64(disp))
		}
	}
	w.buf = append(w.buf, '(')
	if m.Base != 0 {
		w.buf = append(w.buf, '%')
		w.buf = append(w.buf, regName(m.Base)...)
	}
	switch {
	case m.Index != 0:
		w.buf = append(w.buf, ",%"...)
		w.buf = append(w.buf, regName(m.Index)...)
		if regBits(m.Index) != 16 {
			w.scale(m.Scale)
		}
	case m.Scale > 1 || m.Scale == 1 && !isStackBase(m.Base):
		w.buf = append(w.buf, map[bool]string{true: ",%riz", false: ",%eiz"}[regBits(m.Base) == 64]...)
		w.scale(m.Scale)
	}
	w.buf = append(w.buf, ')')
	if (m.Base == x86asm.RIP || m.Base == x86asm.EIP) && w.hasPC {
		at := w.pc + uint64(a.Len) + uint64(disp)
		w.comment = " # 0x" + strconv.FormatUint(at, 16) + w.symbolOf(at)
	}
}

func (w *x86Writer) scale(n uint8) {
	w.buf = append(w.buf, ',')
	w.buf = strconv.AppendInt(w.buf, int64(n), 10)
}

// isStackBase reports whether base always needs a SIB byte, so that one without
// an index means nothing.
func isStackBase(base x86asm.Reg) bool {
	switch base {
	case x86asm.ESP, x86asm.RSP, x86asm.R12, x86asm.R12L:
		return true
	}
	return false
}

// isMoffs reports whether the operand is an address without a ModRM byte.
func (w *x86Writer) isMoffs() bool {
	op := byte(w.a.Opcode >> 24)
	return op >= 0xa0 && op <= 0xa3 && w.a.Op == x86asm.MOV
}

// dispBytes returns the number of displacement bytes of the ModRM operand.
func (w *x86Writer) dispBytes() int {
	at := modrmIndex(w.code, w.a.Mode)
	if at < 0 || at >= len(w.code) || isString(w.a.Op) || w.a.Op == x86asm.XLATB {
		return 0
	}
	modrm := w.code[at]
	sixteen := w.a.AddrSize == 16
	switch modrm >> 6 {
	case 1:
		return 1
	case 2:
		if sixteen {
			return 2
		}
		return 4
	case 0:
		switch {
		case sixteen:
			if modrm&7 == 6 {
				return 2
			}
		case modrm&7 == 5:
			return 4
		case modrm&7 == 4 && at+1 < len(w.code) && w.code[at+1]&7 == 5:
			return 4
		}
	}
	return 0
}

// modrmIndex returns the index of the byte that holds the ModRM byte of an
// instruction that has one, -1 where code is too short to tell.
func modrmIndex(code []byte, mode int) int {
	i := scanPrefixes(code, mode).n
	if i+1 >= len(code) {
		return -1
	}
	vex := mode == 64 || code[i+1]&0xc0 == 0xc0
	switch {
	case code[i] == 0x0f && (code[i+1] == 0x38 || code[i+1] == 0x3a):
		return i + 3
	case code[i] == 0x0f:
		return i + 2
	case code[i] == 0xc5 && vex:
		return i + 3
	case code[i] == 0xc4 && vex:
		return i + 4
	case code[i] == 0x62 && vex:
		return i + 5
	}
	return i + 1
}

// target writes where a branch leads.
func (w *x86Writer) target(rel int64) {
	rel += int64(w.a.Len)
	if !w.hasPC {
		if rel < 0 {
			w.buf = append(w.buf, ".-"...)
			w.hex(uint64(-rel))
		} else {
			w.buf = append(w.buf, ".+"...)
			w.hex(uint64(rel))
		}
		return
	}
	at := w.pc + uint64(rel)
	if w.a.Mode != 64 {
		at &= 0xffffffff
	}
	w.hex(at)
	w.buf = append(w.buf, w.symbolOf(at)...)
}

func (w *x86Writer) symbolOf(at uint64) string { return symbolSuffix(w.symbol, at) }

// symbolSuffix returns " <name+0x10>" or "".
func symbolSuffix(symbol func(uint64) (string, uint64), at uint64) string {
	if symbol == nil {
		return ""
	}
	name, base := symbol(at)
	if name == "" || base > at {
		return ""
	}
	if base == at {
		return " <" + name + ">"
	}
	return " <" + name + "+0x" + strconv.FormatUint(at-base, 16) + ">"
}

func (w *x86Writer) hex(v uint64) {
	w.buf = append(w.buf, "0x"...)
	w.buf = strconv.AppendUint(w.buf, v, 16)
}
