package disasm

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// x86Operation describes a decoded x86 instruction.
func x86Operation(in *Inst, m *machine) operation {
	asm := &in.x86.asm
	if ext := in.x86.ext; ext != nil {
		return x86ExtOperation(asm, ext)
	}
	switch asm.Op {
	case x86asm.NOP, x86asm.PAUSE, x86asm.LFENCE, x86asm.MFENCE, x86asm.SFENCE, x86asm.CLI, x86asm.STI, x86asm.CLD,
		x86asm.PREFETCHNTA, x86asm.PREFETCHT0, x86asm.PREFETCHT1, x86asm.PREFETCHT2, x86asm.PREFETCHW:
		return newOperation(opNop)
	case x86asm.UD2, x86asm.INT:
		return newOperation(opTrap)
	case x86asm.RET, x86asm.LRET, x86asm.IRET, x86asm.IRETD, x86asm.IRETQ, x86asm.SYSRET, x86asm.SYSEXIT:
		return newOperation(opReturn)
	case x86asm.CALL, x86asm.JMP:
		return x86Transfer(in, m)
	case x86asm.CMP, x86asm.TEST, x86asm.BT:
		o := newOperation(opTest)
		o.x86Operands(asm)
		return o
	case x86asm.PUSH:
		o := newOperation(opStore)
		o.src = x86Source(asm.Args[0])
		o.writes.add(m.sp)
		return o
	case x86asm.POP:
		o := newOperation(opLoad)
		if r, ok := asm.Args[0].(x86asm.Reg); ok {
			n, _, _ := regNumber(r)
			o.set(n)
		}
		o.mem = memory{set: true, base: m.sp, index: -1, size: m.bits / 8, access: "read"}
		o.writes.add(m.sp)
		return o
	}
	if strings.HasPrefix(in.Text, "j") || strings.HasPrefix(in.Text, "loop") {
		o := newOperation(opBranch)
		if rel, ok := asm.Args[0].(x86asm.Rel); ok {
			o.to, o.hasTo = in.Offset+asm.Len+int(rel), true
		}
		return o
	}
	return x86Arithmetic(in, m)
}

func x86ExtOperation(asm *x86asm.Inst, ext *extRow) operation {
	o := newOperation(opNop)
	switch ext.name {
	case "ud0", "ud1":
		o.kind = opTrap
		return o
	}
	for _, arg := range asm.Args {
		if r, ok := arg.(x86asm.Reg); ok && ext.form != extMemReg && ext.form != extNop {
			o.kind = opOther
			n, _, _ := regNumber(r)
			o.writes.add(n)
		}
	}
	if strings.HasPrefix(ext.name, "vm") || strings.HasSuffix(ext.name, "call") {
		o.kind, o.writes = opOther, ^regSet(0)
	}
	return o
}

// x86Transfer describes calls and jumps.
func x86Transfer(in *Inst, m *machine) operation {
	asm := &in.x86.asm
	kind := opJump
	if asm.Op == x86asm.CALL {
		kind = opCall
	}
	o := newOperation(kind)
	if kind == opCall {
		o.writes = m.scratch
	}
	switch arg := asm.Args[0].(type) {
	case x86asm.Rel:
		o.to, o.hasTo = in.Offset+asm.Len+int(arg), true
		if i := strings.IndexByte(in.Text, '<'); i >= 0 {
			o.target = strings.TrimSuffix(in.Text[i+1:], ">")
		}
	case x86asm.Reg:
		o.src = x86Source(arg)
	case x86asm.Mem:
		o.x86Operands(asm)
		o.mem.access = "read"
	}
	return o
}

// x86Source returns the register of an operand, -1 where it is none.
func x86Source(arg x86asm.Arg) int {
	if r, ok := arg.(x86asm.Reg); ok {
		n, _, _ := regNumber(r)
		return n
	}
	return -1
}

// x86Operands fills in mem, and src where a register is read.
func (o *operation) x86Operands(asm *x86asm.Inst) {
	for i, arg := range asm.Args {
		switch arg := arg.(type) {
		case x86asm.Mem:
			o.mem = x86Memory(asm, arg)
		case x86asm.Reg:
			if n, _, _ := regNumber(arg); i > 0 || asm.Args[1] == nil || o.kind == opTest {
				if o.src < 0 {
					o.src = n
				}
			}
		case x86asm.Imm:
			o.imm = int64(arg)
		}
	}
}

func x86Memory(asm *x86asm.Inst, arg x86asm.Mem) memory {
	mem := memory{set: true, base: -1, index: -1, scale: int64(arg.Scale), disp: arg.Disp, size: asm.MemBytes,
		access: "read"}
	if arg.Base == x86asm.RIP || arg.Base == x86asm.EIP {
		mem.pcRelative = true
	} else if arg.Base != 0 {
		mem.base, _, _ = regNumber(arg.Base)
	}
	if arg.Index != 0 {
		mem.index, _, _ = regNumber(arg.Index)
	}
	if arg.Segment == x86asm.FS || arg.Segment == x86asm.GS {
		mem.segment = strings.ToLower(arg.Segment.String())
	}
	return mem
}

// x86Arithmetic describes moves and what computes.
func x86Arithmetic(in *Inst, m *machine) operation {
	asm := &in.x86.asm
	dst, isReg := asm.Args[0].(x86asm.Reg)
	if !isReg {
		if arg, ok := asm.Args[0].(x86asm.Mem); ok && !isString(asm.Op) {
			o := newOperation(opUpdate)
			if asm.Op == x86asm.MOV {
				o.kind = opStore
			}
			o.mem = x86Memory(asm, arg)
			o.mem.access = "write"
			o.src = x86Source(asm.Args[1])
			if asm.Op == x86asm.XCHG || asm.Op == x86asm.XADD {
				o.writes.add(o.src)
			}
			o.writes |= x86Implicit(asm.Op)
			return o
		}
		o := newOperation(opOther)
		o.writes = x86Implicit(asm.Op)
		if isString(asm.Op) {
			o.writes = regsOf(1, 6, 7)
			if strings.HasPrefix(asm.Op.String(), "LODS") {
				o.writes.add(0)
			}
		}
		return o
	}
	number, bits, high := regNumber(dst)
	o := newOperation(opOther)
	o.set(number)
	if asm.Op != x86asm.IMUL || asm.Args[1] == nil {
		o.writes |= x86Implicit(asm.Op)
	}
	o.narrow = bits < m.bits
	if bits < 32 || high {
		return o // the rest of the register stays
	}
	switch asm.Op {
	case x86asm.MOV, x86asm.MOVZX, x86asm.MOVSX, x86asm.MOVSXD:
		o.x86Move(asm)
	case x86asm.LEA:
		mem, _ := asm.Args[1].(x86asm.Mem)
		o.x86Address(x86Memory(asm, mem))
	case x86asm.ADD, x86asm.SUB:
		o.x86Add(asm, number)
	case x86asm.INC:
		o.kind, o.src, o.imm = opAdd, number, 1
	case x86asm.DEC:
		o.kind, o.src, o.imm = opAdd, number, -1
	case x86asm.XOR:
		if x86Source(asm.Args[1]) == number {
			o.kind, o.imm, o.narrow = opConst, 0, false
		}
	case x86asm.XCHG:
		o.writes.add(x86Source(asm.Args[1]))
	case x86asm.SHL:
		if n, ok := asm.Args[1].(x86asm.Imm); ok && n >= 0 && n < 32 {
			o.kind, o.index, o.scale = opSum, number, 1<<uint(n)
		}
	case x86asm.SHR:
		if n, ok := asm.Args[1].(x86asm.Imm); ok && n == 3 && bits == m.bits {
			o.kind, o.src, o.imm = opShadow, number, 3
		}
	case x86asm.IMUL:
		if n, ok := asm.Args[2].(x86asm.Imm); ok {
			if src := x86Source(asm.Args[1]); src >= 0 {
				o.kind, o.index, o.scale = opSum, src, int64(n)
			} else {
				o.x86Operands(asm)
				o.src = -1
			}
		}
	default:
		if strings.HasPrefix(asm.Op.String(), "CMOV") {
			o.x86Move(asm)
			o.may = true
		} else if mem, ok := asm.Args[1].(x86asm.Mem); ok {
			o.mem = x86Memory(asm, mem)
		}
	}
	return o
}

// x86Move describes dst = operand 1.
func (o *operation) x86Move(asm *x86asm.Inst) {
	switch arg := asm.Args[1].(type) {
	case x86asm.Reg:
		if n, bits, _ := regNumber(arg); n >= 0 {
			o.kind, o.src = opCopy, n
			o.narrow = o.narrow || bits < 32
		}
	case x86asm.Imm:
		o.kind, o.imm = opConst, int64(arg)
		o.narrow = false
		if o.imm < 0 && asm.DataSize == 32 {
			o.imm &= 0xffffffff
		}
	case x86asm.Mem:
		o.kind, o.mem = opLoad, x86Memory(asm, arg)
		o.narrow = o.mem.size < 8 && (asm.Mode == 64 || o.mem.size < 4)
	}
}

// x86Address describes dst = the address of mem.
func (o *operation) x86Address(mem memory) {
	mem.access = ""
	switch {
	case mem.pcRelative:
		o.kind = opConst
		o.mem = mem
		o.narrow = true // the value depends on the address of the code
	case mem.base < 0 && mem.index < 0:
		o.kind, o.imm = opConst, mem.disp
	case mem.index < 0:
		o.kind, o.src, o.imm = opAdd, mem.base, mem.disp
		if mem.disp == 0 {
			o.kind = opCopy
		}
	default:
		o.kind, o.src, o.index, o.scale, o.imm = opSum, mem.base, mem.index, mem.scale, mem.disp
	}
}

// x86Add describes add and sub with a register as destination.
func (o *operation) x86Add(asm *x86asm.Inst, number int) {
	sign := int64(1)
	if asm.Op == x86asm.SUB {
		sign = -1
	}
	switch arg := asm.Args[1].(type) {
	case x86asm.Imm:
		o.kind, o.src, o.imm = opAdd, number, sign*int64(arg)
	case x86asm.Reg:
		n, _, _ := regNumber(arg)
		if sign < 0 && n == number {
			o.kind, o.imm, o.narrow = opConst, 0, false
			return
		}
		o.kind, o.src, o.index, o.scale = opSum, number, n, sign
	case x86asm.Mem:
		o.mem = x86Memory(asm, arg)
	}
}

// x86Implicit are the registers that an operation changes without naming them.
func x86Implicit(op x86asm.Op) regSet {
	switch op {
	case x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.CDQ, x86asm.CQO, x86asm.CWD, x86asm.RDTSC, x86asm.RDMSR,
		x86asm.CMPXCHG8B, x86asm.CMPXCHG16B:
		return regsOf(0, 2)
	case x86asm.IMUL:
		return regsOf(0, 2)
	case x86asm.CMPXCHG, x86asm.CBW, x86asm.CWDE, x86asm.CDQE, x86asm.LAHF, x86asm.IN:
		return regsOf(0)
	case x86asm.CPUID, x86asm.RDTSCP:
		return regsOf(0, 1, 2, 3)
	case x86asm.RDPMC, x86asm.XGETBV:
		return regsOf(0, 2)
	case x86asm.LEAVE:
		return regsOf(4, 5)
	case x86asm.POPA, x86asm.POPAD, x86asm.SYSCALL, x86asm.SYSENTER:
		return ^regSet(0)
	}
	return 0
}
