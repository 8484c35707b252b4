// Package oops reads the grammar of Linux kernel crashes: console lines in, one Crash per incident out.
//
// Start with Parse, which streams: memory is one crash, not one log. Everything that a Crash says carries the line
// it was read from. What is missing or garbled is Damage, never an error. The package does no I/O of its own, asks
// no clock, and never fails on its input, whatever that is.
//
// The grammar is data: rules.go has a row for every kind of first line, skip.go the functions that are never to
// blame, marker.Table the literals that gate them.
package oops

import "github.com/nfoops/nfoops/oops/frame"

// Fact is a value with the line of the input that it was read from.
type Fact[T any] struct {
	Value T
	Line  int // 1-based physical line; 0 where the fact is not known
}

// Known says whether the log has the fact.
func (f Fact[T]) Known() bool { return f.Line > 0 }

// set keeps the first value that was read.
func (f *Fact[T]) set(v T, line int) {
	if f.Line == 0 {
		f.Value, f.Line = v, line
	}
}

// Crash is one incident: the oops, its panic, and what followed from it.
type Crash struct {
	Title     string   // in the form syzbot uses, so that it can be searched there and on the lists
	AltTitles []string // other titles of the same bug; two crashes may be one bug if the sets meet
	Kind      Kind
	Severity  Severity
	Arch      Arch
	Context   Context

	Kernel  Fact[string] // uname -r
	Build   Fact[string] // what stands behind the release: "#1 SMP Debian 6.1.90-1 (2024-05-03)"
	Host    Fact[string] // from syslog
	Time    Fact[string] // as printed, wall-clock or seconds since boot
	CPU     Fact[int]
	PID     Fact[int]
	Comm    Fact[string]
	Tainted Fact[[]string] // letters ("P", "OE" gives "O", "E"); empty and known: "Not tainted"
	Number  Fact[int]      // n of "Oops: 0000 [#n]"

	IP           Fact[Location] // the faulting instruction
	IPWithin     Fact[Location] // the function that IP was inlined into, where a decoded log names both
	LR           Fact[Location] // the link register, where the architecture has one
	FaultAddress Fact[uint64]   // CR2, FAR, BADVADDR, DAR or the address in the first line
	Access       Fact[string]   // "read", "write" or "exec"
	ErrorCode    Fact[uint64]   // x86 page fault error code, arm64 ESR, …
	Registers    []Register     // in printed order, kernel mode only
	Code         Fact[CodeText]
	Trace        []Frame
	Stack        []StackWord // raw words of a Stack: dump
	Modules      []Module
	Panic        Fact[string] // what stands behind "Kernel panic - not syncing: "
	KernelOffset Fact[uint64] // of the line "Kernel Offset: 0x…" (KASLR)
	Source       Fact[Source] // file and line of BUG(), WARN() and UBSAN

	Culprit Culprit

	FollowOn     []FollowOn
	Corrupted    bool
	Completeness float64 // 0 to 1: how much of what this kind of crash prints was there
	Damage       []Damage

	Fingerprint Fingerprint

	Lines     []frame.Line // the lines of the incident, in order: every fact can be quoted from here
	FirstLine int
	LastLine  int
	Span      frame.Span

	ordered  map[int]bool // numbers of the lines that only their order gave to this crash
	headline string       // the text of the first line of the root crash
	era      era
	open     *open // what Reconsider needs
}

// Location is a place in the code, as far as the log tells it.
type Location struct {
	Address    uint64
	HasAddress bool
	Symbol     string // "" where only the address was printed
	Offset     uint64 // bytes from the start of Symbol
	HasOffset  bool
	Size       uint64 // of Symbol in bytes, 0 if not printed
	Module     string // "" for the kernel image, or where the log does not say
	BuildID    string // of Module, in hex, where the log prints it beside the name (5.14)
	File       string // source file, where the log was decoded already
	Line       int
}

// Register is one register of the first kernel-mode dump.
type Register struct {
	Name  string // lower case, as the architecture's manuals write it
	Value uint64
	Line  int
}

// Frame is one entry of the call trace, innermost first.
type Frame struct {
	Location
	Reliable bool    // false for entries printed with '?' and for raw stack words
	Context  Context // from the marks around it: <IRQ>, <NMI>, <TASK>
	Inlined  bool
	InLine   int // line of the input
}

// StackWord is one word of the raw stack, topmost first.
type StackWord struct {
	Value uint64
	Line  int
}

// Module is one entry of "Modules linked in:".
type Module struct {
	Name  string
	Flags string // "OE+", without brackets
	Base  uint64 // load address where that era prints it; 0 unknown
	Line  int
}

// CodeText is a Code: line (or what the architecture calls it) as printed.
type CodeText struct {
	Text string // units and marker, joined over rows
	// FromIP says that this era prints the bytes from the instruction pointer on, without a marker
	// (2.4 i386 and 2.6.9 x86_64: 20 bytes).
	FromIP bool
}

// Source is a place in a source file.
type Source struct {
	File string
	Line int
}

// Culprit is the function to blame, with the reason.
type Culprit struct {
	Symbol string
	Module string
	File   string
	Line   int
	Why    string
	At     int // line of the input
}

// FollowOn is something that belongs to the incident but is not its root.
type FollowOn struct {
	Title string
	Line  int
}

// Damage is something that is missing or garbled.
type Damage struct {
	Kind   string // one of the Damage… constants
	Line   int    // 0 where it cannot be pinned to a line
	Detail string
}

// The kinds of damage.
const (
	DamageHeaderLost  = "header-lost"  // the first line of the crash is not there
	DamageCut         = "cut"          // the log ends inside the crash, or its rows end early
	DamageNoTrace     = "no-trace"     // a call trace is missing or empty
	DamageNoIP        = "no-ip"        // the faulting place was not printed
	DamageNoRegisters = "no-registers" // no register dump
	DamageNoCode      = "no-code"      // no Code: line, or the kernel could not read it
	DamageCodeCut     = "code-cut"     // the Code: line is shorter than the kernel prints it, or torn
	DamageWrapped     = "wrapped"      // rows were broken by a terminal or a mailer and joined again
	DamageLost        = "lost"         // the log says that messages were dropped
	DamageGap         = "gap"          // sequence numbers of the records jump inside the crash
	DamageInterleaved = "interleaved"  // another CPU wrote into this crash
	DamageLongLine    = "long-line"    // a line longer than frame.MaxRow
)

// Fingerprint names a crash: Exact is the same build and the same place, Similar the same bug on another build,
// host or KASLR base. Both are hex; "" where the log has too little to tell.
type Fingerprint struct {
	Exact   string
	Similar string
}

// Suspicion is a line that looked like part of a crash but has no known form.
type Suspicion struct {
	Line int
	Text string
	Why  string
}
