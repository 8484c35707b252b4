package disasm

import "golang.org/x/arch/x86/x86asm"

// explainTrap handles instructions that trap whatever memory holds.
func explainTrap(in *Inst, r *x86Registers) (Effect, bool) {
	asm := &in.x86.asm
	if ext := in.x86.ext; ext != nil {
		switch ext.name {
		case "ud1":
			return Effect{Trap: "ud1", Why: "ud1 traps on purpose"}, true
		case "ud0":
			return Effect{Trap: "ud0", Why: "ud0 is never a valid instruction"}, true
		}
		return Effect{}, false
	}
	switch asm.Op {
	case x86asm.UD2:
		return Effect{Trap: "bug", Why: "ud2 traps on purpose"}, true
	case x86asm.INT:
		if asm.Opcode>>24 == 0xcc {
			return Effect{Trap: "int3", Why: "int3 is a breakpoint"}, true
		}
	case x86asm.DIV, x86asm.IDIV:
		reg, ok := asm.Args[0].(x86asm.Reg)
		if !ok {
			return Effect{}, false
		}
		e := Effect{Trap: "divide", Base: regName(reg)}
		e.BaseValue, e.HasBase = r.get(reg)
		e.Why = "divides by %" + e.Base
		if e.HasBase {
			e.Why += " (" + hexOf(e.BaseValue) + ")"
		}
		return e, true
	}
	return Effect{}, false
}

// An x86Access is one memory access of an instruction.
type x86Access struct {
	kind    string // "read", "write", "exec"
	mem     x86asm.Mem
	segment string
	size    int
	what    string // "the stack", or ""
	target  x86asm.Reg
}

// An explainer evaluates the accesses of one instruction.
type explainer struct {
	arch  Arch
	in    *Inst
	asm   *x86asm.Inst
	ext   *extRow
	regs  *x86Registers
	fault *uint64
	list  []x86Access
}

// effect picks the access that faulted and describes it.
func (x *explainer) effect() Effect {
	if len(x.list) == 0 {
		return Effect{Why: "the instruction touches no memory"}
	}
	best, score := 0, -1
	for i := range x.list {
		if s := x.score(&x.list[i]); s > score {
			best, score = i, s
		}
	}
	return x.describe(&x.list[best])
}

// score says how well an access fits the fault: its address is the one that the
// log gives; else it is one that can't be.
func (x *explainer) score(a *x86Access) int {
	addr, ok := x.address(a)
	switch {
	case !ok:
		return 1
	case x.fault != nil && addr == *x.fault:
		return 4
	case x.fault != nil && x.near(addr, a.size):
		return 3
	case x.fault == nil && (!canonical(addr, x.regs.mode) || addr < firstPage || poisonName(addr, x.arch) != ""):
		return 2
	}
	return 0
}

// near reports whether the fault lies within the bytes of the access: one that
// crosses a page can fault in its second part.
func (x *explainer) near(addr uint64, size int) bool {
	return *x.fault-addr < uint64(max(size, 1))
}

// address evaluates the effective address.
func (x *explainer) address(a *x86Access) (uint64, bool) {
	if a.target != 0 {
		return x.regs.get(a.target)
	}
	sum := uint64(a.mem.Disp)
	if a.segment != "" {
		base, ok := x.regs.segment[a.segment]
		if !ok {
			return 0, false
		}
		sum += base
	}
	if a.mem.Base == x86asm.RIP || a.mem.Base == x86asm.EIP {
		if x.regs.pc == nil {
			return 0, false
		}
		sum += *x.regs.pc + uint64(x.asm.Len)
	} else if a.mem.Base != 0 {
		v, ok := x.regs.get(a.mem.Base)
		if !ok {
			return 0, false
		}
		sum += v
	}
	if a.mem.Index != 0 {
		v, ok := x.regs.get(a.mem.Index)
		if !ok {
			return 0, false
		}
		sum += v * uint64(a.mem.Scale)
	}
	if x.regs.mode == 32 {
		sum &= 0xffffffff
	}
	return sum, true
}

// canonical reports whether a processor accepts an address. Addresses of five
// level page tables (57 bits) pass.
func canonical(addr uint64, mode int) bool {
	if mode == 32 {
		return true
	}
	top := int64(addr) >> 56
	return top == 0 || top == -1
}

// describe fills in the effect of an access.
func (x *explainer) describe(a *x86Access) Effect {
	e := Effect{Access: a.kind, Size: a.size, Offset: a.mem.Disp, Segment: a.segment}
	e.Address, e.HasAddress = x.address(a)
	base := a.mem.Base
	if a.target != 0 {
		base = a.target
	}
	if base != 0 {
		e.Base = regName(base)
		if base == x86asm.RIP || base == x86asm.EIP {
			if x.regs.pc != nil {
				e.BaseValue, e.HasBase = *x.regs.pc+uint64(x.asm.Len), true
			}
		} else {
			e.BaseValue, e.HasBase = x.regs.get(base)
		}
	}
	if a.mem.Index != 0 {
		e.Index, e.Scale = regName(a.mem.Index), int(a.mem.Scale)
		e.IndexValue, e.HasIndex = x.regs.get(a.mem.Index)
	}
	x.orderBases(&e)
	if e.HasAddress && x.fault != nil {
		// Before 5.11 or so the kernel names the base of an address that is not
		// canonical, without the displacement.
		fits := x.near(e.Address, a.size) || e.HasBase && e.BaseValue == *x.fault && !canonical(*x.fault, x.regs.mode)
		e.Agrees = &fits
	}
	x.judge(&e)
	e.Why = action(&e, a.what, "%", x.fault)
	return e
}

// orderBases makes the register with the bad value the base, where both are
// added as they are: (%rax,%rdx,1) has no order.
func (x *explainer) orderBases(e *Effect) {
	if e.Scale != 1 || !e.HasBase || !e.HasIndex || x.regs.mode == 64 && e.Segment != "" {
		return
	}
	odd := func(v uint64) bool {
		return v < firstPage || !canonical(v, x.regs.mode) || poisonName(v, x.arch) != ""
	}
	// A small index beside a pointer is only an index.
	if odd(e.IndexValue) && !odd(e.BaseValue) && e.IndexValue >= firstPage {
		e.Base, e.Index = e.Index, e.Base
		e.BaseValue, e.IndexValue = e.IndexValue, e.BaseValue
	}
}

// judge names what is wrong with the base or the address.
func (x *explainer) judge(e *Effect) {
	mode := x.regs.mode
	if mode == 64 && e.HasAddress && e.Access == "read" && x.asm.MemBytes <= 2 &&
		(e.HasBase && e.BaseValue == kasanShadow || e.HasIndex && e.IndexValue == kasanShadow ||
			e.Address-kasanShadow < lowShadow) {
		e.shadowFirst(kasanShadow)
		meant := (e.Address - kasanShadow) << 3
		e.Shadow = &meant
		e.Null = meant < firstPage
		e.Poison = poisonName(meant, x.arch)
		if e.Null {
			e.Poison = ""
		}
		return
	}
	if e.Segment != "" {
		return
	}
	switch {
	case e.HasBase && e.Base != "rip" && e.Base != "eip":
		e.Poison = poisonName(e.BaseValue, x.arch)
		e.Null = e.BaseValue < firstPage && e.Poison == "" && (!e.HasAddress || e.Address < 16*firstPage || e.Index != "")
	case e.HasAddress && e.Index == "":
		e.Null = e.Address < firstPage
		if !e.Null {
			e.Poison = poisonName(e.Address, x.arch)
		}
	case e.Index == "" && e.Base != "" && x.fault != nil && *x.fault < firstPage:
		// The register is not in the log, but the address is.
		e.Null = true
	}
}

// shadowFirst makes the register that holds the pointer's share the base, and the
// one with the shadow's offset the index.
func (e *Effect) shadowFirst(offset uint64) {
	if e.HasIndex && e.Scale <= 1 && e.BaseValue == offset {
		e.Base, e.Index = e.Index, e.Base
		e.BaseValue, e.IndexValue = e.IndexValue, e.BaseValue
	}
}
