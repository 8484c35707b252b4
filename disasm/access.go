package disasm

import "golang.org/x/arch/x86/x86asm"

// collect lists the memory accesses of the instruction in the order in which
// the processor makes them.
func (x *explainer) collect() {
	asm := x.asm
	w := x86Writer{in: x.in.x86, a: asm, code: x.in.Bytes}
	w.memorySegment()
	segment := ""
	if len(w.segment) > 2 {
		segment = w.segment[1:3]
	}
	if segment != "fs" && segment != "gs" {
		segment = "" // the others have base 0
	}
	word := x.regs.mode / 8
	if isString(asm.Op) {
		x.stringOp(segment)
		return
	}
	for i, arg := range asm.Args {
		mem, ok := arg.(x86asm.Mem)
		if !ok {
			continue
		}
		if kind := x.accessKind(i); kind != "" {
			x.list = append(x.list, x86Access{kind: kind, mem: mem, segment: segment, size: asm.MemBytes})
		}
	}
	switch asm.Op {
	case x86asm.PUSH, x86asm.PUSHF, x86asm.PUSHFD, x86asm.PUSHFQ, x86asm.CALL:
		x.stack("write", -int64(word), word)
	case x86asm.POP, x86asm.POPF, x86asm.POPFD, x86asm.POPFQ, x86asm.RET, x86asm.LRET, x86asm.IRET, x86asm.IRETD,
		x86asm.IRETQ:
		x.stack("read", 0, word)
	case x86asm.LEAVE:
		base := x86asm.RBP
		if x.regs.mode == 32 {
			base = x86asm.EBP
		}
		x.list = append(x.list, x86Access{kind: "read", mem: x86asm.Mem{Base: base}, size: word, what: "the stack"})
	}
	if asm.Op == x86asm.CALL || asm.Op == x86asm.JMP {
		if reg, ok := asm.Args[0].(x86asm.Reg); ok {
			// First: a pointer that leads nowhere is what one looks for.
			x.list = append([]x86Access{{kind: "exec", target: reg}}, x.list...)
		}
	}
}

// stack adds an access relative to the stack pointer.
func (x *explainer) stack(kind string, disp int64, size int) {
	base := x86asm.RSP
	if x.regs.mode == 32 {
		base = x86asm.ESP
	}
	x.list = append(x.list, x86Access{kind: kind, mem: x86asm.Mem{Base: base, Disp: disp}, size: size, what: "the stack"})
}

// stringOp adds the accesses of a string instruction: (r)si is read, (r)di is
// written, or read where it is compared.
func (x *explainer) stringOp(segment string) {
	for _, arg := range x.asm.Args {
		mem, ok := arg.(x86asm.Mem)
		if !ok {
			continue
		}
		a := x86Access{kind: "read", mem: x86asm.Mem{Base: mem.Base}, size: stringSize(x.asm.Op)}
		if isDestString(x.asm.Op, mem) {
			switch x.asm.Op {
			case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ, x86asm.STOSB, x86asm.STOSW, x86asm.STOSD,
				x86asm.STOSQ, x86asm.INSB, x86asm.INSW, x86asm.INSD:
				a.kind = "write"
			}
		} else {
			a.segment = segment
		}
		x.list = append(x.list, a)
	}
}

// stringSize returns the number of bytes of one step of a string instruction.
func stringSize(op x86asm.Op) int {
	name := op.String()
	switch name[len(name)-1] {
	case 'B':
		return 1
	case 'W':
		return 2
	case 'D':
		return 4
	}
	return 8
}

// accessKind says what the instruction does to its memory operand, which is
// argument i in Intel order; "" where it only computes with the address.
func (x *explainer) accessKind(i int) string {
	if x.ext != nil {
		switch x.ext.form {
		case extNop:
			return ""
		case extMemReg:
			return "write"
		}
		switch x.ext.name {
		case "cldemote", "clwb", "clflushopt", "prefetch":
			return ""
		}
		return "read"
	}
	switch x.asm.Op {
	case x86asm.LEA, x86asm.NOP, x86asm.INVLPG, x86asm.PREFETCHNTA, x86asm.PREFETCHT0, x86asm.PREFETCHT1,
		x86asm.PREFETCHT2, x86asm.PREFETCHW:
		return ""
	case x86asm.XCHG, x86asm.XADD:
		return "write"
	}
	if i > 0 {
		return "read"
	}
	if readsFirst[x.asm.Op] {
		return "read"
	}
	return "write"
}

// readsFirst holds the operations that only read their first operand.
var readsFirst = func() map[x86asm.Op]bool {
	m := make(map[x86asm.Op]bool)
	for _, op := range []x86asm.Op{
		x86asm.CMP, x86asm.TEST, x86asm.BT, x86asm.PUSH, x86asm.CALL, x86asm.JMP, x86asm.LCALL, x86asm.LJMP,
		x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.IMUL, x86asm.LGDT, x86asm.LIDT, x86asm.LLDT, x86asm.LTR,
		x86asm.LMSW, x86asm.VERR, x86asm.VERW, x86asm.LDMXCSR, x86asm.FXRSTOR, x86asm.FXRSTOR64, x86asm.XRSTOR,
		x86asm.XRSTOR64, x86asm.XRSTORS, x86asm.XRSTORS64, x86asm.FLD, x86asm.FILD, x86asm.FLDCW, x86asm.FLDENV,
		x86asm.FRSTOR, x86asm.FADD, x86asm.FSUB, x86asm.FSUBR, x86asm.FMUL, x86asm.FDIV, x86asm.FDIVR, x86asm.FCOM,
		x86asm.FCOMP, x86asm.FIADD, x86asm.FISUB, x86asm.FIMUL, x86asm.FIDIV, x86asm.FICOM, x86asm.CLFLUSH,
		x86asm.BOUND,
	} {
		m[op] = true
	}
	return m
}()
