package disasm

import (
	"math/bits"
	"strconv"
	"strings"
)

// A judge weighs one fault.
type judge struct {
	l    *Listing
	e    *Effect
	f    *Facts
	m    *machine
	v    *values
	code faultCode
}

// judgeCause names what was wrong. e is what the instruction did.
func judgeCause(l *Listing, e *Effect, f *Facts, m *machine, v *values) Cause {
	j := &judge{l: l, e: e, f: f, m: m, v: v, code: faultCodeOf(l.arch, f.ErrorCode, f.Kind)}
	var c Cause
	switch {
	case e.Trap != "":
		c = j.trap()
	case e.Access == "":
		return j.noAccess()
	case e.Access == "exec":
		c = j.exec()
	default:
		c = j.access()
	}
	if c.Register == "" && c.Kind != NoCause && c.Kind != StackOverflow {
		c.Register = e.Base
	}
	j.suspect(&c)
	return c
}

// reg writes the base register.
func (j *judge) reg() string { return j.m.sigil + j.e.Base }

// noAccess handles faults of instructions that touch no memory.
func (j *judge) noAccess() Cause {
	in := j.l.Fault()
	if in == nil || in.Bytes == nil {
		return Cause{}
	}
	if j.l.arch == S390X {
		// The PSW of a program check points behind the instruction.
		switch j.f.Kind {
		case "bug":
			return Cause{Kind: BugTrap, Why: "the instruction before it is the trap of a BUG()"}
		case "warn":
			return Cause{Kind: WarnTrap, Why: "the instruction before it is the trap of a WARN()"}
		}
	}
	switch j.f.Kind {
	case "invalid-opcode":
		return Cause{Kind: InvalidOpcode, Why: "the processor does not know the instruction"}
	case "gpf":
		return Cause{Kind: ProtectionFault, Why: "the processor refused the instruction itself, not an address"}
	}
	return Cause{}
}

// exec handles places that can't be executed.
func (j *judge) exec() Cause {
	e := j.e
	at := e.Address
	switch {
	case e.HasAddress && at == 0:
		return Cause{Kind: NullCall, Why: "a NULL function pointer was called"}
	case e.HasAddress && at < firstPage || !e.HasAddress && e.Null:
		return Cause{Kind: NullCall, Why: "a function pointer that holds " + hexOf(at) +
			" was called: it comes from a NULL structure"}
	case e.Poison != "":
		c := j.poisoned()
		c.Why += ", and was called as a function"
		return c
	case !e.HasAddress:
		return Cause{}
	case !plausible(at, j.l.arch):
		return Cause{Kind: NonCanonical, Why: "the function pointer is no address at all"}
	case j.user(at):
		if j.code.known && j.code.permission {
			return Cause{Kind: UserExec, Why: "the kernel jumped into the memory of a user process, which the processor " +
				"forbids (SMEP, PXN)"}
		}
		return Cause{Kind: UserExec, Why: "the kernel jumped into the memory of a user process"}
	case j.code.known && j.code.permission:
		return Cause{Kind: ExecData, Why: "the page is there and must not be executed: it holds data"}
	}
	return Cause{Kind: BadCall, Why: "no code can be executed there: a wrong function pointer or return address"}
}

// user reports whether an address belongs to user processes.
func (j *judge) user(at uint64) bool {
	switch j.l.arch {
	case I386:
		return at >= 16*firstPage && at < 0xc0000000 // the common split (CONFIG_VMSPLIT_3G)
	case ARM:
		return at >= 16*firstPage && at < 0x80000000
	case X8664, RISCV64, S390X:
		return j.l.arch != S390X && at >= 16*firstPage && at < 1<<56
	case ARM64:
		return at >= 16*firstPage && at < 1<<52
	case MIPS:
		return at >= 16*firstPage && at < 0x80000000
	}
	return false
}

// address is the address of the fault: that of the log, else the computed one.
func (j *judge) address() (uint64, bool) {
	if j.f.FaultAddress != nil {
		return *j.f.FaultAddress, true
	}
	return j.e.Address, j.e.HasAddress
}

// access handles memory that could not be read or written.
func (j *judge) access() Cause {
	e := j.e
	at, known := j.address()
	if e.Agrees != nil && !*e.Agrees {
		// The registers are not those of this access: only the address counts.
		if known && at < firstPage {
			return Cause{Kind: NullField, Register: e.Base,
				Why: "the address in the log lies in the first page: a NULL pointer and the offset of a field"}
		}
	}
	switch {
	case e.Base == j.m.names[j.m.sp] && e.HasBase && j.user(e.BaseValue) && j.f.Kind != "":
		return Cause{Kind: BadPointer, Register: e.Base,
			Why: "the stack pointer itself is wrong: it leads to no stack of the kernel"}
	case j.stack(at, known):
		c := Cause{Kind: StackOverflow, Register: j.m.names[j.m.sp], Why: "the stack is full"}
		if sp, ok := j.v.get(j.m.sp); ok && known && at < sp && at/firstPage != sp/firstPage {
			c.Why += ": the address lies in the page below it"
		}
		return c
	case j.f.Kind == "unaligned" || j.code.unaligned:
		return Cause{Kind: Unaligned, Why: "the address is not aligned as the access needs"}
	case e.Shadow != nil:
		return j.shadow()
	case e.Segment != "":
		return j.perCPU()
	case e.Poison != "":
		return j.poisoned()
	case e.Null:
		return j.null()
	case known && !plausible(at, j.l.arch) || e.HasAddress && !plausible(e.Address, j.l.arch):
		return Cause{Kind: NonCanonical, Why: "no such address can exist (it is not canonical)"}
	case j.f.Kind == "gpf" && j.l.arch == X8664 && known && int64(at)>>47 != 0 && int64(at)>>47 != -1:
		return Cause{Kind: NonCanonical, Why: "no such address can exist (it is not canonical)"}
	case j.code.reserved:
		return Cause{Kind: PageTable, Why: "the page table itself is damaged: it has bits that must be 0"}
	case j.code.key:
		return Cause{Kind: ProtectionKey, Why: "a protection key locks the page"}
	case j.code.external:
		return Cause{Kind: BusError, Why: "the address exists, and the bus or the memory answered with an error"}
	case !known:
		return Cause{}
	case at < firstPage:
		return Cause{Kind: NullField, Why: "the address lies in the first page: the base was NULL, or nearly"}
	case j.user(at):
		if j.code.known && j.code.permission {
			return Cause{Kind: UserPointer, Why: "the address belongs to a user process, and the kernel may not touch it " +
				"there (SMAP, PAN): a user pointer was used without copy_from_user()"}
		}
		return Cause{Kind: UserPointer, Why: "the address belongs to user processes, not to the kernel"}
	case j.code.known && j.code.permission && (j.code.write || e.Access == "write"):
		return Cause{Kind: WriteReadOnly, Why: "the page is there and must not be written: it holds code or constants"}
	case j.f.Kind == "null-deref" || j.f.Kind == "paging-request" || j.f.Kind == "double-fault":
		return Cause{Kind: BadPointer, Why: "it is an address of the kernel where nothing is mapped"}
	case j.f.Kind == "":
		return Cause{}
	}
	return Cause{}
}

// stack reports whether the fault lies below the stack.
func (j *judge) stack(at uint64, known bool) bool {
	if j.f.Kind == "stack-overflow" {
		return true
	}
	sp, ok := j.v.get(j.m.sp)
	if !ok || !known || sp < firstPage {
		return false
	}
	if j.e.Base != j.m.names[j.m.sp] && j.f.Kind != "double-fault" {
		return false
	}
	// The stack is aligned to its size, so the page below begins where sp's page
	// number has no low bits left. With a stack of another size the page of sp
	// itself would be mapped: a fault in the page below is proof enough.
	page, spPage := at/firstPage, sp/firstPage
	switch {
	case page+1 == spPage || page == spPage && j.f.Kind == "double-fault":
		return true
	case page < spPage && sp-at < j.m.stack:
		return true
	}
	return false
}

// shadow handles the check of KASAN that comes before an access.
func (j *judge) shadow() Cause {
	meant := *j.e.Shadow
	say := "it is KASAN's check of " + hexOf(meant) + " to " + hexOf(meant+7)
	if j.l.arch == ARM64 && (j.e.IndexValue>>60 == 0xe || j.e.Address>>60 == 0xe) {
		say = "it is KASAN's check of " + hexOf(meant) + " to " + hexOf(meant+15)
	}
	switch {
	case j.e.Null:
		return Cause{Kind: NullField, Why: say + ", so a NULL pointer was about to be used"}
	case j.e.Poison != "":
		c := j.poisoned()
		c.Why = say + ", which is " + j.e.Poison
		return c
	case !plausible(meant, j.l.arch):
		return Cause{Kind: NonCanonical, Why: say + ", an address that can't exist"}
	case meant < 16*firstPage:
		return Cause{Kind: NullField, Why: say + ": NULL with a large offset, or a small number used as a pointer"}
	case j.user(meant):
		return Cause{Kind: UserPointer, Why: say + ", which belongs to user processes"}
	}
	return Cause{Kind: BadPointer, Why: say + ", of which KASAN has no record"}
}

// perCPU handles addresses relative to a CPU's own data.
func (j *judge) perCPU() Cause {
	e := j.e
	c := Cause{Kind: PerCPU, Why: "the address is relative to the CPU's own data (per-CPU)"}
	if e.HasBase && (e.BaseValue < firstPage || !plausible(e.BaseValue, j.l.arch)) && e.Base != "" {
		c.Why += ", and " + j.reg() + " holds " + hexOf(e.BaseValue) + ", which is no per-CPU pointer"
	}
	return c
}

// null handles NULL and the offset of a field.
func (j *judge) null() Cause {
	e := j.e
	switch {
	case e.Base == "":
		return Cause{Kind: NullFolded, Why: "the compiler knew that the base is NULL: " + hexOf(e.Address) +
			" is the offset of a field, and no register holds the pointer"}
	case e.HasBase && e.BaseValue == 0:
		return Cause{Kind: NullField, Why: j.reg() + " is NULL"}
	case e.HasBase:
		return Cause{Kind: NullField, Why: j.reg() + " points into the first page: a field of a NULL structure"}
	}
	return Cause{Kind: NullField, Why: "the address lies in the first page: the base was NULL"}
}

// poisoned handles values that mean something.
func (j *judge) poisoned() Cause {
	e := j.e
	subject := "the address is "
	if e.Base != "" && e.Shadow == nil {
		subject = j.reg() + " holds "
	}
	c := Cause{Kind: PoisonPointer, Name: e.Poison, Why: subject + e.Poison}
	if n, ok := strings.CutPrefix(e.Poison, "ERR_PTR(-"); ok {
		c.Kind = ErrorPointer
		c.Errno, _ = strconv.Atoi(strings.TrimSuffix(n, ")"))
		if c.Name = errnoName(c.Errno); c.Name != "" {
			c.Why += ", -" + c.Name
		}
		c.Why += ": an error that nobody looked for was used as a pointer"
		return c
	}
	switch name := e.Poison; {
	case strings.HasPrefix(name, "LIST_POISON"):
		c.Kind = ListPoison
		c.Why += ": the entry was already taken off its list"
	case name == "POISON_FREE":
		c.Kind = UseAfterFree
		c.Why += ": the pointer was read from memory that had been freed"
	case name == "POISON_INUSE":
		c.Kind = Uninitialised
		c.Why += ": the pointer was read from memory that was allocated and never filled in"
	case name == "PAGE_POISON" || name == "POISON_FREE_INITMEM" || name == "SLUB_RED_INACTIVE" ||
		name == "MUTEX_DEBUG_FREE" ||
		name == "POOL_POISON_FREED" || name == "JBD_POISON_FREE" || name == "JBD2_POISON_FREE":
		c.Kind = UseAfterFree
		c.Why += ": the pointer was read from memory that had been given back"
		if name == "POISON_FREE_INITMEM" {
			c.Why += " after boot, or from the red zone behind an object (SLUB_RED_ACTIVE)"
		}
	case name == "POISON_POINTER_DELTA":
		c.Why += " and some more: a pointer that the kernel marked as dead"
	}
	return c
}

// trap handles instructions that trap on purpose, and division.
func (j *judge) trap() Cause {
	e := j.e
	if e.Trap == "divide" {
		switch {
		case e.Access != "":
			return Cause{Kind: DivideByZero, Why: "what lies there was 0, or the quotient does not fit"}
		case e.HasBase && e.BaseValue == 0:
			return Cause{Kind: DivideByZero, Why: "the divisor is 0"}
		case e.HasBase:
			return Cause{Kind: DivideOverflow, Why: "the divisor is not 0, so the quotient does not fit"}
		case j.f.Kind == "divide-error":
			return Cause{Kind: DivideByZero, Why: "the divisor was 0, or the quotient does not fit"}
		}
		return Cause{}
	}
	if e.Trap == "int3" {
		return Cause{Kind: Breakpoint, Why: "a probe, patched code, or filler that never runs"}
	}
	if e.Trap == "ud0" {
		return Cause{Kind: InvalidOpcode, Why: "ud0 is never a valid instruction"}
	}
	if c, ok := j.immediate(); ok {
		return c
	}
	if j.cfi() {
		return Cause{Kind: CFITrap, Why: "the check before an indirect call failed: the function has another type than the " +
			"caller expects"}
	}
	switch kind := j.f.Kind; {
	case kind == "warn":
		return Cause{Kind: WarnTrap, Why: "the kernel reached a WARN()"}
	case kind == "refcount":
		return Cause{Kind: RefcountTrap, Why: "a reference counter was used wrongly: the kernel reached a WARN() of " +
			"refcount_t"}
	case kind == "list-corruption":
		return Cause{Kind: ListTrap, Why: "the links of a list do not fit together: the kernel's own check found it"}
	case kind == "ubsan":
		return Cause{Kind: UBSANTrap, Why: "a check for undefined behaviour failed"}
	case kind == "bug":
		return Cause{Kind: BugTrap, Why: "the kernel reached a BUG()"}
	case e.Trap == "ud1":
		return Cause{Kind: WarnTrap, Why: "a WARN() with a text, or a check of UBSAN"}
	}
	return Cause{Kind: BugTrap, Why: "the kernel reached a BUG() or WARN()"}
}

// suspect notes what the values allow one to think.
func (j *judge) suspect(c *Cause) {
	if j.e.Access == "" || !j.e.HasBase && !j.e.HasAddress {
		return
	}
	value, name := j.e.BaseValue, j.reg()
	if !j.e.HasBase {
		value, name = j.e.Address, "the address"
	}
	switch c.Kind {
	case NonCanonical, BadPointer:
	default:
		return
	}
	if text := textOfBytes(value, j.m.bits); text != "" {
		c.Suspicions = append(c.Suspicions, "the bytes of "+name+" are text, "+strconv.Quote(text)+": a string may have "+
			"been written over the pointer")
		return
	}
	if s := j.flipped(value, name); s != "" {
		c.Suspicions = append(c.Suspicions, s)
	} else if c.Kind == NonCanonical && j.l.arch == X8664 && bits.OnesCount64(value) > 16 && bits.OnesCount64(value) < 48 {
		c.Suspicions = append(c.Suspicions, "a value without any pattern may be a hardened free-list pointer, "+
			"read from an object that was freed (CONFIG_SLAB_FREELIST_HARDENED), or data")
	}
}

// textOfBytes returns the bytes of a value in the order of memory if all of them
// are letters, digits or signs, and most are letters or digits.
func textOfBytes(v uint64, width int) string {
	var b []byte
	letters := 0
	for shift := 0; shift < width; shift += 8 {
		ch := byte(v >> shift)
		if ch < ' ' || ch > '~' {
			return ""
		}
		if isHex(ch) || ch|0x20 >= 'a' && ch|0x20 <= 'z' || ch == ' ' {
			letters++
		}
		b = append(b, ch)
	}
	if letters*4 < len(b)*3 || v == 0x6b6b6b6b6b6b6b6b || strings.Count(string(b), string(b[0])) == len(b) {
		return ""
	}
	return string(b)
}

// flipped says whether one wrong bit explains a value.
func (j *judge) flipped(value uint64, name string) string {
	const lowest = 20 // of a bit that is believed: pointers often differ in the lower ones
	for r := range j.m.names {
		other, ok := j.v.get(r)
		if !ok || j.m.names[r] == j.e.Base || other < 1<<24 || j.m.bits == 64 && other>>48 != 0xffff {
			continue
		}
		if diff := value ^ other; bits.OnesCount64(diff) == 1 && bits.TrailingZeros64(diff) >= lowest {
			return name + " differs from " + j.m.name(r) + " in bit " + strconv.Itoa(bits.TrailingZeros64(diff)) +
				" only: that may be a memory error"
		}
	}
	if j.l.arch != X8664 && j.l.arch != ARM64 {
		return ""
	}
	top := value >> 47 // 17 bits that are all set in a kernel address
	if missing := ^top & 0x1ffff; bits.OnesCount64(missing) == 1 {
		return name + " would be an address of the kernel if bit " + strconv.Itoa(47+bits.TrailingZeros64(missing)) +
			" were set: that may be a memory error"
	}
	return ""
}
