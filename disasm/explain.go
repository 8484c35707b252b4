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

// lowShadow is the size in bytes of the shadow of user space, from where the shadow
// begins: no such place exists, so a byte that is read there is a check of NULL or
// of a user's pointer, whatever registers hold it.
const lowShadow = 1 << 44

// Explain says what the faulting instruction of a listing did and what was wrong.
// regs holds the registers by the names that logs print, in any case; they may be
// incomplete. faultAddr is the address that the log gives (CR2, FAR, …), nil where
// it gives none. Diagnose says more.
func Explain(l Listing, regs map[string]uint64, faultAddr *uint64) Effect {
	f := Facts{Registers: regs, FaultAddress: faultAddr}
	e := explain(l, &f)
	if m := machines[l.arch]; m != nil {
		v := readValues(m, regs)
		if c := judgeCause(&l, &e, &f, m, &v); c.Why != "" {
			e.Why += "; " + c.Why
		}
	}
	return e
}

// explain says what the faulting instruction did; Why holds just that.
func explain(l Listing, f *Facts) Effect {
	in := l.Fault()
	pc := f.PC
	if pc == nil {
		pc = l.pc
	}
	if code := faultCodeOf(l.arch, f.ErrorCode, f.Kind); code.fetch && f.FaultAddress != nil {
		pc = f.FaultAddress
	}
	if pc == nil {
		for _, name := range []string{"rip", "RIP", "eip", "EIP", "pc", "PC", "ip", "epc", "nip"} {
			if v, ok := f.Registers[name]; ok && pc == nil && !(l.arch == ARM && name == "ip") {
				pc = &v
			}
		}
	}
	if e, ok := explainJump(l.arch, in, pc, f); ok {
		return e
	}
	if e, ok := explainFrame(&l, f); ok {
		return e
	}
	if in == nil {
		return Effect{Why: "the log does not show the instruction"}
	}
	if in.Note == noteCut {
		return Effect{Why: "the instruction is cut"}
	}
	if !l.arch.isX86() {
		return explainWord(&l, in, f)
	}
	if in.x86 == nil {
		return Effect{Why: "the instruction can't be decoded"}
	}
	r := readRegisters(f.Registers, l.arch.mode(), l.pc)
	if e, ok := explainTrap(in, &r); ok {
		return e
	}
	x := explainer{arch: l.arch, in: in, asm: &in.x86.asm, ext: in.x86.ext, regs: &r, fault: f.FaultAddress}
	if in.x86.asm.Mode == 16 {
		x.fault = nil
	}
	x.collect()
	e := x.effect()
	if in.x86.asm.Mode == 16 && e.Access != "" {
		e.Address, e.HasAddress, e.Null, e.Poison = 0, false, false, ""
		e.Why += ", in a segment of 16 bits whose base is not known"
	}
	if op := in.x86.asm.Op; f.Kind == "divide-error" && (op == x86asm.DIV || op == x86asm.IDIV) {
		return Effect{Access: "read", Size: e.Size, Address: e.Address, HasAddress: e.HasAddress, Trap: "divide",
			Why: "divides by what lies at " + place(&e, "%")}
	}
	return e
}

// explainJump handles the fault of fetching the instruction itself: a call of a
// NULL pointer, or of data.
func explainJump(arch Arch, in *Inst, pc *uint64, f *Facts) (Effect, bool) {
	if pc == nil {
		return Effect{}, false
	}
	at, faultAddr := *pc, f.FaultAddress
	switch f.Kind {
	case "", "null-deref", "paging-request", "gpf":
	default:
		return Effect{}, false
	}
	if !(faultAddr != nil && *faultAddr == at) && !(at < firstPage && (in == nil || in.Bytes == nil)) {
		return Effect{}, false
	}
	e := Effect{Access: "exec", Address: at, HasAddress: true, Null: at < firstPage}
	e.Poison = poisonName(at, arch)
	if e.Null {
		e.Poison = ""
	}
	e.Why = "the processor was sent to " + hexOf(at)
	if faultAddr != nil {
		yes := true
		e.Agrees = &yes
	}
	return e, true
}

// explainFrame handles a stack so full that the processor could not store the
// frame of an exception or interrupt: the address in the log is that of the
// frame, whatever the instruction did.
func explainFrame(l *Listing, f *Facts) (Effect, bool) {
	m := machines[l.arch]
	if m == nil || f.FaultAddress == nil || f.Kind != "stack-overflow" && f.Kind != "double-fault" {
		return Effect{}, false
	}
	v := readValues(m, f.Registers)
	const frame = 0xd0 // bytes, more than any frame has
	sp, ok := v.get(m.sp)
	if !ok || sp <= *f.FaultAddress || sp-*f.FaultAddress > frame {
		return Effect{}, false
	}
	if in := l.Fault(); in != nil && in.x86 != nil && sp-*f.FaultAddress <= uint64(m.bits/8) {
		if o, _ := l.operationOf(in); o.writes.has(m.sp) || o.mem.base == m.sp || o.kind == opCall {
			return Effect{}, false // the instruction's own push
		}
	}
	e := Effect{Access: "write", Base: m.names[m.sp], BaseValue: sp, HasBase: true, Offset: -int64(sp - *f.FaultAddress),
		Address: *f.FaultAddress, HasAddress: true}
	yes := true
	e.Agrees = &yes
	e.Why = "an interrupt or exception came, and the processor could not store its frame at " + place(&e, m.sigil) +
		", as the log says"
	return e, true
}

// action writes what an access did. sigil stands before register names.
func action(e *Effect, what, sigil string, fault *uint64) string {
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
	b.WriteString(place(e, sigil))
	switch {
	case e.Agrees != nil && *e.Agrees:
		b.WriteString(", as the log says")
	case e.Agrees != nil && fault != nil:
		b.WriteString("; the log names another address, " + hexOf(*fault))
	}
	return b.String()
}

// place writes the address and where it comes from, "0x84 = %eax (0x0) + 0x84".
func place(e *Effect, sigil string) string {
	var parts []string
	if e.Segment != "" {
		parts = append(parts, "the base of "+sigil+e.Segment)
	}
	name := func(reg string, v uint64, known bool) string {
		if known {
			return sigil + reg + " (" + hexOf(v) + ")"
		}
		return sigil + reg
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
