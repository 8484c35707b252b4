package disasm

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// This file writes instructions as objdump (binutils 2.40) does. x86asm's own
// GNUSyntax follows the older binutils, leaves out displacements that are zero
// and those behind %gs:, and prints immediates as signed numbers; only the
// names of the floating point and vector instructions come from there.

// gnuText returns the text of the instruction whose first byte is code[0]. pc is
// its address, nil where it is not known: then branches are shown relative to the
// instruction, ".+0x10". symbol may be nil.
func (in *x86Inst) gnuText(code []byte, pc *uint64, symbol func(uint64) (string, uint64)) string {
	w := x86Writer{in: in, a: &in.asm, code: code, symbol: symbol}
	if pc != nil {
		w.setPC(*pc)
	}
	return string(w.write())
}

// An x86Writer holds one instruction while it is written.
type x86Writer struct {
	in      *x86Inst
	a       *x86asm.Inst
	code    []byte
	pc      uint64 // counts where hasPC is set
	hasPC   bool
	symbol  func(uint64) (string, uint64)
	buf     []byte
	hint    string // ",pt" or ",pn" of a conditional branch
	segment string // "%gs:" of the memory operand
	comment string // " # 0x…", the address that a rip-relative operand means
}

// setPC tells the address of the instruction.
func (w *x86Writer) setPC(pc uint64) {
	if w.a.Mode != 64 {
		pc &= 0xffffffff
	}
	w.pc, w.hasPC = pc, true
}

// write appends the whole instruction to buf and returns it.
func (w *x86Writer) write() []byte {
	name := w.mnemonic()
	w.prefixes(name)
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, w.hint...)
	w.operands(name)
	w.buf = append(w.buf, w.comment...)
	return w.buf
}

// mnemonic returns the name with its size suffix.
func (w *x86Writer) mnemonic() string {
	a := w.a
	if w.in.ext != nil {
		return w.in.ext.mnemonic(a)
	}
	if a.Mode == 16 {
		if name := w.mnemonic16(); name != "" {
			return name
		}
	}
	switch a.Op {
	case x86asm.MOVZX, x86asm.MOVSX, x86asm.MOVSXD:
		if a.Op == x86asm.MOVSXD && a.DataSize != 64 {
			return "movsxd"
		}
		name := "movz"
		if a.Op != x86asm.MOVZX {
			name = "movs"
		}
		return name + suffixOf(w.width(a.Args[1])) + suffixOf(w.width(a.Args[0]))
	case x86asm.MOV:
		if w.wideMove() {
			return "movabs"
		}
	case x86asm.INT:
		if a.Opcode>>24 == 0xcc {
			return "int3"
		}
	case x86asm.NOP:
		if a.Opcode>>24 == 0x90 && a.DataSize == 16 {
			return "xchg" // 66 90, the two-byte nop of binutils
		}
	case x86asm.CRC32:
		if _, reg := a.Args[1].(x86asm.Reg); reg {
			return "crc32"
		}
		return "crc32" + suffixOf(a.MemBytes)
	case x86asm.PUSH, x86asm.POP:
		if _, reg := a.Args[0].(x86asm.Reg); !reg && a.DataSize == 16 {
			return x86Names[a.Op].name + "w"
		}
	case x86asm.LRET, x86asm.SYSRET, x86asm.SYSEXIT:
		return w.farReturn()
	case x86asm.LGDT, x86asm.LIDT, x86asm.SGDT, x86asm.SIDT:
		if a.Mode == 64 {
			return strings.ToLower(a.Op.String())
		}
	case x86asm.CALL, x86asm.JMP, x86asm.RET:
		if a.DataSize == 16 && a.Mode != 64 {
			return x86Names[a.Op].name + "w"
		}
	}
	row, ok := x86Names[a.Op]
	if !ok {
		return w.foreignName()
	}
	if row.suffix == suffixNever {
		return row.name
	}
	for i, arg := range a.Args {
		r, isReg := arg.(x86asm.Reg)
		if isReg && !(row.shift && i > 0 && r == x86asm.CL) {
			return row.name // the register shows the size
		}
	}
	return row.name + suffixOf(a.MemBytes)
}

// mnemonic16 returns the name of instructions whose usual size is another in code
// of a 16-bit segment, "" for the others.
func (w *x86Writer) mnemonic16() string {
	a := w.a
	wide := ""
	if a.DataSize == 32 {
		wide = "l"
	}
	switch a.Op {
	case x86asm.CALL, x86asm.JMP, x86asm.RET:
		return x86Names[a.Op].name + wide
	case x86asm.PUSH, x86asm.POP:
		if _, reg := a.Args[0].(x86asm.Reg); reg {
			return ""
		}
		return x86Names[a.Op].name + wide
	case x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE:
		return strings.ToLower(a.Op.String())
	case x86asm.PUSHA, x86asm.POPA, x86asm.IRET, x86asm.PUSHF, x86asm.POPF:
		return strings.ToLower(a.Op.String())
	case x86asm.PUSHAD, x86asm.POPAD, x86asm.IRETD, x86asm.PUSHFD, x86asm.POPFD:
		name := strings.ToLower(a.Op.String())
		return name[:len(name)-1] + "l"
	case x86asm.NOP:
		if a.Opcode>>24 == 0x90 {
			return map[bool]string{true: "xchg", false: "nop"}[a.DataSize == 32]
		}
	}
	return ""
}

// farReturn returns the name of an instruction that leaves the kernel. Only
// REX.W makes lret a 64-bit one; sysret and sysexit show their size always.
func (w *x86Writer) farReturn() string {
	name := strings.ToLower(w.a.Op.String())
	switch {
	case scanPrefixes(w.code, w.a.Mode).rexW:
		return name + "q"
	case w.a.Mode == 64 && w.a.Op != x86asm.LRET:
		return name + "l"
	}
	return name
}

// foreignName takes the name of an instruction outside of x86Names from x86asm.
func (w *x86Writer) foreignName() string {
	a := *w.a
	if !a.Prefix[0].IsVEX() && !a.Prefix[0].IsEVEX() {
		a.Prefix = x86asm.Prefixes{}
	}
	text := x86asm.GNUSyntax(a, 0, nil)
	if i := strings.IndexByte(text, ' '); i >= 0 {
		text = text[:i]
	}
	return text
}

// wideMove reports whether a mov carries a 64-bit immediate or address.
func (w *x86Writer) wideMove() bool {
	a := w.a
	if a.Mode != 64 {
		return false
	}
	switch op := byte(a.Opcode >> 24); {
	case op >= 0xa0 && op <= 0xa3:
		return true
	case op >= 0xb8 && op <= 0xbf:
		return a.DataSize == 64
	}
	return false
}

// prefixes writes the prefix bytes that are not part of the instruction's
// meaning otherwise.
func (w *x86Writer) prefixes(name string) {
	a := w.a
	mem := w.memorySegment()
	if w.in.ext != nil {
		for _, b := range w.code[:min(len(w.code), scanPrefixes(w.code, a.Mode).n)] {
			switch b {
			case 0x2e:
				w.buf = append(w.buf, "cs "...)
			case 0x3e:
				w.buf = append(w.buf, "ds "...)
			}
		}
		return
	}
	for i, p := range a.Prefix {
		if p == 0 || p.IsVEX() || p.IsEVEX() {
			break
		}
		if p.IsREX() {
			if p&x86asm.PrefixImplicit == 0 && !(a.Op == x86asm.LRET && p == x86asm.PrefixREX|x86asm.PrefixREXW) {
				w.buf = append(w.buf, "rex"...)
				if p&0xf != 0 {
					w.buf = append(w.buf, p.String()[3:]...)
				}
				w.buf = append(w.buf, ' ')
			}
			continue
		}
		switch b := byte(p); b {
		case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65:
			if i == mem {
				continue
			}
			if isCondJump(a.Op) && (b == 0x2e || b == 0x3e) {
				w.hint = map[byte]string{0x2e: ",pn", 0x3e: ",pt"}[b]
				continue
			}
			if b == 0x3e && (a.Op == x86asm.CALL || a.Op == x86asm.JMP) && !isRel(a.Args[0]) {
				w.buf = append(w.buf, "notrack "...)
				continue
			}
			w.buf = append(w.buf, segmentWord[b]...)
			w.buf = append(w.buf, ' ')
		case 0x66:
			used := i+1 < len(a.Prefix) && a.Prefix[i+1] == 0 &&
				(a.Op == x86asm.PUSH || a.Op == x86asm.POP || name == "xchg")
			if p&x86asm.PrefixImplicit == 0 && !used {
				w.buf = append(w.buf, map[bool]string{true: "data32 ", false: "data16 "}[a.Mode == 16]...)
			}
		case 0x67:
			if p&x86asm.PrefixImplicit == 0 {
				w.buf = append(w.buf, map[bool]string{true: "addr32 ", false: "addr16 "}[a.Mode != 32]...)
			}
		case 0xf0:
			w.buf = append(w.buf, "lock "...)
		case 0xf2, 0xf3:
			if p&x86asm.PrefixImplicit == 0 {
				w.buf = append(w.buf, repWord(a.Op, b)...)
				w.buf = append(w.buf, ' ')
			}
		}
	}
}

// repWord returns the name of a repeat prefix in front of op.
func repWord(op x86asm.Op, b byte) string {
	switch op {
	case x86asm.CMPSB, x86asm.CMPSW, x86asm.CMPSD, x86asm.CMPSQ,
		x86asm.SCASB, x86asm.SCASW, x86asm.SCASD, x86asm.SCASQ:
	case x86asm.CALL, x86asm.JMP, x86asm.RET:
		if b == 0xf2 {
			return "bnd"
		}
	default:
		if b == 0xf3 && isString(op) {
			return "rep"
		}
		if b == 0xf2 && isCondJump(op) {
			return "bnd"
		}
	}
	if b == 0xf2 {
		return "repnz"
	}
	return "repz"
}

var segmentWord = map[byte]string{0x26: "es", 0x2e: "cs", 0x36: "ss", 0x3e: "ds", 0x64: "fs", 0x65: "gs"}

// memorySegment returns the index of the prefix that moves the memory operand
// to another segment, -1 where none does, and keeps the segment's name. In
// 64-bit code only fs and gs do so.
func (w *x86Writer) memorySegment() int {
	a := w.a
	hasMem := false
	for _, arg := range a.Args {
		if _, ok := arg.(x86asm.Mem); ok {
			hasMem = true
		}
	}
	if !hasMem {
		return -1
	}
	found := -1
	for i, b := range w.code[:min(len(w.code), scanPrefixes(w.code, a.Mode).n)] {
		if name := segmentWord[b]; name != "" && (a.Mode != 64 || b == 0x64 || b == 0x65) {
			found = i
			w.segment = "%" + name + ":"
		}
	}
	return found
}

// width returns the size of an operand in bytes.
func (w *x86Writer) width(arg x86asm.Arg) int {
	if r, ok := arg.(x86asm.Reg); ok {
		return regBits(r) / 8
	}
	return w.a.MemBytes
}

// mnemonic returns the name of an overlay instruction with its suffix.
func (r *extRow) mnemonic(a *x86asm.Inst) string {
	switch {
	case r.form == extNop:
		if _, mem := a.Args[0].(x86asm.Mem); mem {
			return r.name + suffixOf(a.DataSize/8)
		}
	case r.name == "monitorx" && a.Mode == 64:
		return "monitorx %rax,%ecx,%edx"
	case r.name == "monitorx":
		return "monitorx %eax,%ecx,%edx"
	case r.name == "mwaitx":
		return "mwaitx %eax,%ecx,%ebx"
	}
	if r.size == sizeY {
		switch {
		case r.name == "tpause" || r.name == "umwait" || r.name == "movdiri":
			return r.name
		case r.name == "ptwrite":
			if _, mem := a.Args[0].(x86asm.Mem); !mem || a.Mode == 32 {
				return r.name
			}
			return r.name + map[bool]string{true: "q", false: "l"}[a.DataSize == 64]
		case a.DataSize == 64:
			return r.name + "q"
		}
		return r.name + "d"
	}
	return r.name
}
