package disasm

import (
	"strconv"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// An Effect is what the instruction at the fault did.
type Effect struct {
	// Access is "read", "write" or "exec"; "" where the instruction touches no
	// memory or is not known. Reading and writing in one instruction counts as
	// writing, as in the error code of a page fault.
	Access string
	// Size is the number of bytes of the access, 0 where it is not known.
	Size int
	// Base is the GNU name, without the percent sign, of the register that held
	// the base of the address; "" for an absolute address. BaseValue counts where
	// HasBase is set.
	Base      string
	BaseValue uint64
	HasBase   bool
	// Index is the register that is multiplied by Scale and added, or "".
	Index      string
	IndexValue uint64
	HasIndex   bool
	Scale      int
	// Offset is the displacement in bytes: of a field, mostly.
	Offset int64
	// Segment is "fs" or "gs" where the address lies in such a segment (per-CPU
	// data), else "".
	Segment string
	// Address is the effective address, or for "exec" the place that was jumped
	// to. It counts where HasAddress is set.
	Address    uint64
	HasAddress bool
	// Agrees says whether Address fits the address that the log gives; nil where
	// one of them is not known.
	Agrees *bool
	// Shadow is the address whose KASAN shadow byte the instruction read (x86_64,
	// generic KASAN); nil for ordinary accesses.
	Shadow *uint64
	// Poison names the value in the base register, or the address: LIST_POISON1,
	// POISON_FREE, ERR_PTR(-12), …; "" for ordinary ones.
	Poison string
	// Null is set where the base was NULL, or the address lies in the first page.
	Null bool
	// Trap is set where the instruction traps by itself: "bug" for ud2 (BUG and
	// WARN), "ud1" (WARN with a text since 6.19, UBSAN), "int3", "divide".
	Trap string
	// Why says the same in one plain sentence.
	Why string
}

// firstPage is the size of the page that is never mapped, so that addresses in
// it come from NULL.
const firstPage = 4096

// kasanShadow is KASAN_SHADOW_OFFSET of x86_64 since 4.0: the shadow byte of an
// address lies at (address >> 3) + kasanShadow.
const kasanShadow = 0xdffffc0000000000

// Explain says what the faulting instruction of a listing did. regs holds the
// registers by the names that logs print, in any case; they may be incomplete.
// faultAddr is the address that the log gives (CR2), nil where it gives none.
// x86 is explained now; for other architectures only Why is filled in.
func Explain(l Listing, regs map[string]uint64, faultAddr *uint64) Effect {
	if !l.arch.isX86() {
		return Effect{Why: "operands of " + string(l.arch) + " are not evaluated"}
	}
	in := l.Fault()
	r := readRegisters(regs, l.arch.mode(), l.pc)
	if e, ok := explainJump(in, &r, faultAddr); ok {
		return e
	}
	if in == nil {
		return Effect{Why: "the log does not show the instruction"}
	}
	if in.x86 == nil && in.Note == noteCut {
		return Effect{Why: "the instruction is cut"}
	}
	if in.x86 == nil {
		return Effect{Why: "the instruction can't be decoded"}
	}
	e, ok := explainTrap(in, &r)
	if ok {
		return e
	}
	x := explainer{in: in, asm: &in.x86.asm, ext: in.x86.ext, regs: &r, fault: faultAddr}
	x.collect()
	return x.effect()
}

// explainJump handles the fault of fetching the instruction itself: a call of a
// NULL pointer, or of data.
func explainJump(in *Inst, r *x86Registers, faultAddr *uint64) (Effect, bool) {
	if r.pc == nil {
		return Effect{}, false
	}
	at := *r.pc
	if !(faultAddr != nil && *faultAddr == at) && !(at < firstPage && in == nil) {
		return Effect{}, false
	}
	e := Effect{Access: "exec", Address: at, HasAddress: true, Null: at < firstPage}
	e.Poison = poisonName(at, r.mode)
	if e.Null {
		e.Poison = ""
	}
	if faultAddr != nil {
		yes := true
		e.Agrees = &yes
	}
	switch {
	case e.Null:
		e.Why = "the processor was sent to " + hexOf(at) + ": a NULL function pointer was called"
	case e.Poison != "":
		e.Why = "the processor was sent to " + hexOf(at) + ", which is " + e.Poison
	default:
		e.Why = "the processor was sent to " + hexOf(at) + ", where it may not execute"
	}
	return e, true
}

// explainTrap handles instructions that trap whatever memory holds.
func explainTrap(in *Inst, r *x86Registers) (Effect, bool) {
	asm := &in.x86.asm
	if ext := in.x86.ext; ext != nil {
		switch ext.name {
		case "ud1":
			return Effect{Trap: "ud1", Why: "ud1 traps on purpose: a WARN() with a text, or a check of UBSAN"}, true
		case "ud0":
			return Effect{Trap: "ud0", Why: "ud0 is never a valid instruction"}, true
		}
		return Effect{}, false
	}
	switch asm.Op {
	case x86asm.UD2:
		return Effect{Trap: "bug", Why: "ud2 traps on purpose: the kernel reached a BUG() or WARN()"}, true
	case x86asm.INT:
		if asm.Opcode>>24 == 0xcc {
			return Effect{Trap: "int3", Why: "int3 is a breakpoint: a probe, patched code, or filler that never runs"}, true
		}
	case x86asm.DIV, x86asm.IDIV:
		reg, ok := asm.Args[0].(x86asm.Reg)
		if !ok {
			return Effect{}, false
		}
		e := Effect{Trap: "divide", Base: regName(reg)}
		e.BaseValue, e.HasBase = r.get(reg)
		switch {
		case e.HasBase && e.BaseValue == 0:
			e.Why = "divides by %" + e.Base + ", which is 0"
		case e.HasBase:
			e.Why = "divides by %" + e.Base + " = " + hexOf(e.BaseValue) + "; a fault means that the quotient does not fit"
		default:
			e.Why = "divides by %" + e.Base
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
	case x.fault == nil && (!canonical(addr, x.regs.mode) || addr < firstPage || poisonName(addr, x.regs.mode) != ""):
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
	e.Why = why(&e, a.what)
	return e
}

// orderBases makes the register with the bad value the base, where both are
// added as they are: (%rax,%rdx,1) has no order.
func (x *explainer) orderBases(e *Effect) {
	if e.Scale != 1 || !e.HasBase || !e.HasIndex || x.regs.mode == 64 && e.Segment != "" {
		return
	}
	odd := func(v uint64) bool {
		return v < firstPage || !canonical(v, x.regs.mode) || poisonName(v, x.regs.mode) != ""
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
		(e.HasBase && e.BaseValue == kasanShadow || e.HasIndex && e.IndexValue == kasanShadow) {
		meant := (e.Address - kasanShadow) << 3
		e.Shadow = &meant
		e.Null = meant < firstPage
		e.Poison = poisonName(meant, mode)
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
		e.Poison = poisonName(e.BaseValue, mode)
		e.Null = e.BaseValue < firstPage && e.Poison == "" && (!e.HasAddress || e.Address < 16*firstPage || e.Index != "")
	case e.HasAddress && e.Index == "":
		e.Null = e.Address < firstPage
		if !e.Null {
			e.Poison = poisonName(e.Address, mode)
		}
	case e.Index == "" && e.Base != "" && x.fault != nil && *x.fault < firstPage:
		// The register is not in the log, but the address is.
		e.Null = true
	}
}

// why writes the sentence.
func why(e *Effect, what string) string {
	var b strings.Builder
	switch e.Access {
	case "exec":
		b.WriteString("calls or jumps through ")
	case "write":
		b.WriteString("writes ")
	default:
		b.WriteString("reads ")
	}
	if e.Size > 0 && e.Access != "exec" {
		b.WriteString(strconv.Itoa(e.Size) + map[bool]string{true: " byte", false: " bytes"}[e.Size == 1] + " ")
	}
	if what != "" {
		b.WriteString("on " + what + " ")
	}
	if e.Access != "exec" {
		b.WriteString("at ")
	}
	b.WriteString(place(e))
	switch {
	case e.Shadow != nil && e.Null:
		b.WriteString(": the KASAN shadow of " + hexOf(*e.Shadow) + ", so a NULL pointer was about to be used")
	case e.Shadow != nil:
		b.WriteString(": the KASAN shadow of " + hexOf(*e.Shadow))
	case e.Poison != "" && e.Base != "":
		b.WriteString("; %" + e.Base + " holds " + e.Poison)
	case e.Poison != "":
		b.WriteString("; the address is " + e.Poison)
	case e.Null && e.Base == "":
		b.WriteString("; the compiler knew that the base is NULL")
	case e.Null && e.HasBase && e.BaseValue == 0:
		b.WriteString("; %" + e.Base + " is NULL")
	case e.Null && e.HasBase:
		b.WriteString("; %" + e.Base + " points into the first page: a field of a NULL structure")
	case e.Null:
		b.WriteString("; the address lies in the first page: the base was NULL")
	case e.HasAddress && e.Access != "" && len(hexOf(e.Address)) > 10 && !canonical(e.Address, 64):
		b.WriteString("; no such address can exist (it is not canonical)")
	}
	if e.Agrees != nil && !*e.Agrees {
		b.WriteString("; the log names another address")
	}
	return b.String()
}

// place writes the address and where it comes from, "0x84 = %eax (0x0) + 0x84".
func place(e *Effect) string {
	var parts []string
	if e.Segment != "" {
		parts = append(parts, "the base of %"+e.Segment)
	}
	name := func(reg string, v uint64, known bool) string {
		if known {
			return "%" + reg + " (" + hexOf(v) + ")"
		}
		return "%" + reg
	}
	if e.Base != "" {
		parts = append(parts, name(e.Base, e.BaseValue, e.HasBase))
	}
	if e.Index != "" {
		s := name(e.Index, e.IndexValue, e.HasIndex)
		if e.Scale > 1 {
			s += " * " + strconv.Itoa(e.Scale)
		}
		parts = append(parts, s)
	}
	sum := strings.Join(parts, " + ")
	switch {
	case sum == "" && e.HasAddress:
		return hexOf(e.Address)
	case sum == "":
		return hexOf(uint64(e.Offset))
	case e.Offset < 0:
		sum += " - " + hexOf(uint64(-e.Offset))
	case e.Offset > 0:
		sum += " + " + hexOf(uint64(e.Offset))
	}
	if e.HasAddress {
		return hexOf(e.Address) + " = " + sum
	}
	return sum
}

func hexOf(v uint64) string { return "0x" + strconv.FormatUint(v, 16) }
