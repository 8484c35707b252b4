package disasm

// A CauseKind is the sort of thing that was wrong.
type CauseKind string

// The causes.
const (
	NoCause         CauseKind = ""
	NullField       CauseKind = "null-field"       // a field of a structure whose pointer was NULL
	NullFolded      CauseKind = "null-folded"      // the same, and the compiler knew: an address without a base register
	NullCall        CauseKind = "null-call"        // a function pointer that was NULL
	BadCall         CauseKind = "bad-call"         // a function pointer that leads to no code
	ExecData        CauseKind = "exec-data"        // data was executed; the page forbids it
	UserExec        CauseKind = "user-exec"        // memory of a user process was executed
	UseAfterFree    CauseKind = "use-after-free"   // a pointer read from memory that was freed
	Uninitialised   CauseKind = "uninitialised"    // a pointer read from memory that was never filled in
	ListPoison      CauseKind = "list-poison"      // an entry that was taken off its list before
	PoisonPointer   CauseKind = "poison"           // another value that the kernel writes to mark a dead pointer
	ErrorPointer    CauseKind = "error-pointer"    // ERR_PTR(-errno) used as a pointer
	NonCanonical    CauseKind = "non-canonical"    // a value that is no address at all
	UserPointer     CauseKind = "user-pointer"     // an address of a user process
	WriteReadOnly   CauseKind = "write-read-only"  // a page that must not be written
	StackOverflow   CauseKind = "stack-overflow"   // the stack ran into its guard page
	PerCPU          CauseKind = "per-cpu"          // an address relative to the CPU's own data
	BadPointer      CauseKind = "bad-pointer"      // a kernel address where nothing is mapped
	PageTable       CauseKind = "page-table"       // the page table itself was damaged
	Unaligned       CauseKind = "unaligned"        // an address that the access may not have
	ProtectionKey   CauseKind = "protection-key"   // a page that a protection key locks
	BusError        CauseKind = "bus-error"        // a device or the memory did not answer
	DivideByZero    CauseKind = "divide-by-zero"   // the divisor is 0
	DivideOverflow  CauseKind = "divide-overflow"  // the quotient does not fit
	BugTrap         CauseKind = "bug"              // BUG(): the kernel stopped itself
	WarnTrap        CauseKind = "warn"             // WARN(): the kernel complained and went on
	RefcountTrap    CauseKind = "refcount"         // a reference counter was used wrongly
	ListTrap        CauseKind = "list-corruption"  // a list whose links don't fit was found
	UBSANTrap       CauseKind = "ubsan"            // a check of the undefined behaviour sanitizer
	CFITrap         CauseKind = "cfi"              // an indirect call to a function of another type
	KASANTrap       CauseKind = "kasan"            // a check of the address sanitizer's tags
	Breakpoint      CauseKind = "breakpoint"       // a probe, or filler that never runs
	InvalidOpcode   CauseKind = "invalid-opcode"   // no instruction of this processor
	ProtectionFault CauseKind = "protection-fault" // something else that the processor does not allow
)

// A Cause is what was wrong, as data and in words.
type Cause struct {
	Kind CauseKind
	// Register is the GNU name, without a sign, of the register with the wrong
	// value, "" where none is known.
	Register string
	// Name is the value's own name where it has one: LIST_POISON1, ENOMEM, the
	// sanitizer's check.
	Name string
	// Errno is n of ERR_PTR(-n), else 0.
	Errno int
	// Number is the immediate of a trap, else 0.
	Number uint64
	// Suspicions are thoughts that the values allow and do not prove, each a
	// sentence without a full stop.
	Suspicions []string
	// Why is the reason in one plain sentence, without a full stop.
	Why string
}

// A Diagnosis is what the code and the registers tell of a crash.
type Diagnosis struct {
	Effect Effect
	Cause  Cause
	// Origin is the way of the wrong value through the visible code.
	Origin Origin
	// Idioms are well-known pieces of kernel code in view.
	Idioms []Idiom
}

// Diagnose says what the faulting instruction of a listing did, what was wrong,
// and where the wrong value came from. It never fails: what can't be known is
// said in words.
func Diagnose(l Listing, f Facts) Diagnosis {
	d := Diagnosis{}
	fault := -1
	for i := range l.Insts {
		if l.Insts[i].Fault {
			fault = i
			break
		}
	}
	d.Effect = explain(l, &f)
	m := machines[l.arch]
	if m == nil {
		return d
	}
	v := readValues(m, f.Registers)
	d.Cause = judgeCause(&l, &d.Effect, &f, m, &v)
	if fault < 0 {
		return d
	}
	first, why := l.followedBefore(fault, &f)
	w := l.newFlow(first, fault)
	d.Idioms = l.idioms(w, first, &f)
	d.Origin = l.origin(w, first, fault, why, &d, &f, &v)
	return d
}

// Why is the whole of a diagnosis in one line: what the instruction did, what was
// wrong, where it came from. The parts are joined by semicolons; there is no full
// stop. What is known of the wrong value besides, "" for nothing, stands before
// where it came from.
func (d *Diagnosis) Why(known string) string {
	s := d.Effect.Why
	for _, part := range append([]string{d.Cause.Why, known, d.Origin.Why}, d.Cause.Suspicions...) {
		if part == "" {
			continue
		}
		if s != "" {
			s += "; "
		}
		s += part
	}
	return s
}
