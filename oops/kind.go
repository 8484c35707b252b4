package oops

// Kind says what sort of crash it is; the strings are those of report.v1.
type Kind string

// The kinds. KASAN, KMSAN and KFENCE kinds carry the sanitizer's own word behind the dash
// ("kasan-slab-use-after-free").
const (
	NullDeref      Kind = "null-deref"
	PagingRequest  Kind = "paging-request"
	GPF            Kind = "gpf"
	StackSegment   Kind = "stack-segment"
	Bug            Kind = "bug"
	Warn           Kind = "warn"
	Refcount       Kind = "refcount"
	ListCorruption Kind = "list-corruption"
	DivideError    Kind = "divide-error"
	InvalidOpcode  Kind = "invalid-opcode"
	DoubleFault    Kind = "double-fault"
	StackOverflow  Kind = "stack-overflow"
	Unaligned      Kind = "unaligned"
	SoftLockup     Kind = "soft-lockup"
	HardLockup     Kind = "hard-lockup"
	RCUStall       Kind = "rcu-stall"
	HungTask       Kind = "hung-task"
	Workqueue      Kind = "workqueue-stall"
	Lockdep        Kind = "lockdep"
	AtomicSleep    Kind = "atomic-sleep"
	PageState      Kind = "page-state"
	KCSAN          Kind = "kcsan"
	UBSAN          Kind = "ubsan"
	MemoryLeak     Kind = "memory-leak"
	MCE            Kind = "mce"
	OOMPanic       Kind = "oom-panic"
	Panic          Kind = "panic"
	Other          Kind = "other"

	kasanPrefix  Kind = "kasan-"
	kmsanPrefix  Kind = "kmsan-"
	kfencePrefix Kind = "kfence-"
)

// Severity says what became of the machine, as far as the log tells.
type Severity string

// The severities, worst first. A panic that follows an oops makes the whole incident a panic.
const (
	SevPanic   Severity = "panic"
	SevOops    Severity = "oops"
	SevHang    Severity = "hang"
	SevWarning Severity = "warning"
	SevInfo    Severity = "info"
)

// Context is where the CPU was when it crashed.
type Context string

// The contexts.
const (
	InTask    Context = "task"
	InSoftirq Context = "softirq"
	InHardirq Context = "hardirq"
	InNMI     Context = "nmi"
	InUnknown Context = "unknown"
)

// Arch is a processor architecture by the name that report.v1 gives it.
type Arch string

// The architectures.
const (
	I386    Arch = "i386"
	X8664   Arch = "x86_64"
	ARM     Arch = "arm"
	ARM64   Arch = "arm64"
	MIPS    Arch = "mips"
	MIPS64  Arch = "mips64"
	PPC     Arch = "ppc"
	PPC64   Arch = "ppc64"
	RISCV64 Arch = "riscv64"
	S390X   Arch = "s390x"
	LoongA  Arch = "loongarch64"
	SPARC64 Arch = "sparc64"
	IA64    Arch = "ia64"
	Unknown Arch = "unknown"
)

// X86 says whether a is one of the two x86 architectures.
func (a Arch) X86() bool { return a == I386 || a == X8664 }
