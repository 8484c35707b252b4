package disasm

// explainWord says what the faulting instruction of an architecture other than
// x86 did.
func explainWord(l *Listing, in *Inst, f *Facts) Effect {
	m := machines[l.arch]
	if m == nil {
		return Effect{Why: "operands of " + string(l.arch) + " are not evaluated"}
	}
	o, known := l.operationOf(in)
	if !known {
		return Effect{Why: "the instruction can't be decoded"}
	}
	v := readValues(m, f.Registers)
	switch {
	case o.kind == opTrap:
		return Effect{Trap: "bug", Why: splitText(in.Text).name + " traps on purpose"}
	case (o.kind == opCall || o.kind == opJump) && o.src >= 0 && !o.mem.set:
		e := Effect{Access: "exec", Base: m.names[o.src]}
		e.BaseValue, e.HasBase = v.get(o.src)
		e.Address, e.HasAddress = e.BaseValue, e.HasBase
		e.judgeWord(m, f.FaultAddress, 1)
		e.Why = action(&e, "", m.sigil, f.FaultAddress)
		return e
	case !o.mem.set || o.mem.access == "":
		return Effect{Why: "the instruction touches no memory"}
	}
	e := Effect{Access: o.mem.access, Size: o.mem.size, Offset: o.mem.disp}
	what := ""
	if o.mem.base >= 0 {
		e.Base = m.names[o.mem.base]
		e.BaseValue, e.HasBase = v.get(o.mem.base)
		if o.mem.base == m.sp {
			what = "the stack"
		}
	}
	if o.mem.index >= 0 {
		e.Index, e.Scale = m.names[o.mem.index], int(o.mem.scale)
		e.IndexValue, e.HasIndex = v.get(o.mem.index)
	}
	if o.mem.base >= 0 && !o.mem.pcRelative {
		e.Address, e.HasAddress = wordAddress(&o.mem, m, &v)
	}
	if e.Index != "" && e.HasBase && e.HasIndex && e.Scale == 1 && o.mem.extend == 0 && oddValue(e.IndexValue, m) &&
		!oddValue(e.BaseValue, m) && e.IndexValue >= firstPage {
		e.Base, e.Index = e.Index, e.Base
		e.BaseValue, e.IndexValue = e.IndexValue, e.BaseValue
	}
	e.judgeWord(m, f.FaultAddress, o.mem.size)
	e.Why = action(&e, what, m.sigil, f.FaultAddress)
	if o.mem.pcRelative {
		e.Why = "reads a constant beside the code"
	}
	return e
}

// oddValue reports whether a register can't hold an ordinary pointer.
func oddValue(v uint64, m *machine) bool {
	return v < firstPage || !plausible(v, m.arch) || poisonName(v, m.arch) != ""
}

func (v *values) get(reg int) (uint64, bool) {
	if !v.has.has(reg) {
		return 0, false
	}
	return v.value[reg], true
}

// wordAddress evaluates the address of an access.
func wordAddress(mem *memory, m *machine, v *values) (uint64, bool) {
	base, ok := v.get(mem.base)
	if !ok {
		return 0, false
	}
	at := base + uint64(mem.disp)
	if mem.index >= 0 {
		index, ok := v.get(mem.index)
		if !ok {
			return 0, false
		}
		switch mem.extend {
		case 32:
			index &= 0xffffffff
		case -32:
			index = uint64(int64(int32(index)))
		}
		at += index * uint64(mem.scale)
	}
	if m.bits == 32 {
		at &= 0xffffffff
	}
	return at, true
}

// A kasanPlace is a place of KASAN's shadow: the record of an address lies at
// (address >> shift) + offset (KASAN_SHADOW_OFFSET in arch/*/Kconfig: of arm64 for
// 48, 47, 42 and 39 bits of addresses, the third that of 4.x and 5.0 to 5.10; of
// riscv64 since 5.17 or so).
type kasanPlace struct {
	arch   Arch
	offset uint64
	shift  uint
}

var kasanPlaces = [...]kasanPlace{
	{ARM64, 0xdfff800000000000, 3}, {ARM64, 0xdfffc00000000000, 3}, {ARM64, 0xdfffa00000000000, 3},
	{ARM64, 0xdfff200000000000, 3}, {ARM64, 0xdffffe0000000000, 3}, {ARM64, 0xdfffffc000000000, 3},
	{ARM64, 0xefff800000000000, 4}, {ARM64, 0xefffc00000000000, 4}, {ARM64, 0xeffffe0000000000, 4},
	{ARM64, 0xefffffc000000000, 4}, {RISCV64, 0xdfffffff00000000, 3},
}

// shadowOf finds the place of the shadow that a read of one byte belongs to: one
// whose offset is in a register, or that of addresses near NULL.
func (e *Effect) shadowOf(arch Arch) *kasanPlace {
	if !e.HasAddress || !e.HasBase || e.Size != 1 || e.Access != "read" {
		return nil
	}
	for i := range kasanPlaces {
		p := &kasanPlaces[i]
		if p.arch == arch && (e.BaseValue == p.offset || e.Index != "" && e.HasIndex && e.IndexValue == p.offset ||
			e.Address-p.offset < 16*firstPage>>p.shift) {
			return p
		}
	}
	return nil
}

// judgeWord names what is wrong with the base or the address, and compares the
// address with that of the log.
func (e *Effect) judgeWord(m *machine, fault *uint64, size int) {
	if e.HasAddress && fault != nil {
		fits := *fault-e.Address < uint64(max(size, 1))
		if m.arch == ARM64 && !fits {
			// The top byte may hold a tag, which the address register does not keep.
			const tag = 0xff << 56
			fits = *fault&^tag-e.Address&^tag < uint64(max(size, 1))
		}
		if m.arch == S390X && !fits {
			fits = *fault&^0xfff == e.Address&^0xfff // only the page is known
		}
		e.Agrees = &fits
	}
	if p := e.shadowOf(m.arch); p != nil {
		e.shadowFirst(p.offset)
		meant := (e.Address - p.offset) << p.shift
		e.Shadow = &meant
		e.Null = meant < firstPage
		return
	}
	switch {
	case e.HasBase:
		e.Poison = poisonName(e.BaseValue, m.arch)
		e.Null = e.BaseValue < firstPage && e.Poison == "" && (e.Address < 16*firstPage || e.Index != "")
	case e.Base != "" && e.Index == "" && fault != nil && *fault < firstPage:
		e.Null = true
	}
}

// plausible reports whether a value may be an address of the architecture at all.
func plausible(v uint64, arch Arch) bool {
	switch arch {
	case X8664:
		return canonical(v, 64)
	case ARM64:
		return v>>52 == 0 || v>>52 == 0xfff
	case RISCV64:
		return int64(v)>>56 == 0 || int64(v)>>56 == -1
	}
	return true
}
