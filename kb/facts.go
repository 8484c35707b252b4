package kb

// Facts is what is known of one crash. All of it may be missing: an empty string, nil or zero means "not known".
// A line number is the input line that a fact came from, counted from 1; 0 means that the fact was derived.
type Facts struct {
	// Kind is the report's kind: null-deref, gpf, warn…; panic and other say as little as an empty one.
	Kind string
	// Kernel is uname -r as printed; KernelBuild is the rest of the version line (distributions put theirs there).
	Kernel      string
	KernelBuild string
	// Arch is a name of the report's arch list.
	Arch string
	// IP is where the crash is.
	IP Frame
	// Frames is the call trace in printed order, innermost first. Only the first 512 are looked at.
	Frames []Frame
	// Modules are the loaded ones, names only.
	Modules []string
	// Tainted are the taint letters.
	Tainted []string
	// Context is task, softirq, hardirq or nmi.
	Context string
	// Panic is the text after "Kernel panic - not syncing: ".
	Panic string
	// Comm is the task's name.
	Comm string
	// FaultAddress is the address that could not be accessed.
	FaultAddress *uint64
	// Access is read, write or exec.
	Access string
	// BaseNull says that the base of the faulting access was NULL (or that there is none: an absolute address).
	BaseNull bool
	// BaseOffset is the displacement in bytes from the NULL or poison base.
	BaseOffset *int64
	// Poison names the value the base held, "LIST_POISON1".
	Poison string
	// Code holds what the search for code signatures found, by SignatureRef.Key.
	Code map[string]CodeHit
	// Lines says where the facts above came from.
	Lines Lines
}

// Frame is one place in the code.
type Frame struct {
	// Symbol is the function as printed, compiler suffix included.
	Symbol string
	// Inlined are functions that were inlined into it and name the place better, as decoded logs print them.
	Inlined []string
	// Offset and Size are in bytes; a Size of 0 says that neither was printed.
	Offset uint64
	Size   uint64
	// Module is empty for code in the kernel image, or where it was not printed.
	Module string
	// Reliable is false for a frame printed with a question mark.
	Reliable bool
	Line     int
}

// CodeHit says how far the crash's code agrees with one signature.
type CodeHit struct {
	// How is "shape" (all instructions agree), "bytes" (all reference bytes are there) or "fragment" (some are).
	How string
	// Bytes agree, out of Of. Fewer than five say nothing.
	Bytes int
	Of    int
	Line  int
}

// Lines holds the input line of each fact that has one. Frames and code hits carry their own.
type Lines struct {
	Kind, Kernel, Arch, Modules, Context, Panic, Comm, Fault int
}

// SignatureRef is one code signature of an entry, for the caller to look for.
type SignatureRef struct {
	// ID is the entry's, N the place of the signature in it, counted from 0.
	ID string
	N  int
	// Key is where Facts.Code expects the hit: ID#N.
	Key  string
	Arch string
	// Shape belongs to the entry: don't change it.
	Shape []string
	Ref   string
}

// Match is one entry that fits a crash.
type Match struct {
	ID    string
	Title string
	// Class is "bug" or "lesson". A lesson is general advice: it is never more than possible.
	Class string
	// Verdict is "known" (specific evidence and nothing against it), "likely" or "possible".
	Verdict string
	// Score is the weight of the evidence, 0 to 1.
	Score float64
	// Evidence speaks for the entry and Against against it, the heaviest first.
	Evidence []Evidence
	Against  []Evidence
	// Affected says whether the kernel has the bug: "yes", "no" or "unknown".
	Affected string
	// FixedIn are the first versions with the fix, that of the crashed kernel's own series first.
	FixedIn []string
	// Entry is shared with the Base.
	Entry *Entry

	own bool // see weighing.isOwn
}

// Evidence is one fact that speaks for or against an entry.
type Evidence struct {
	// Fact is a plain sentence. It may quote the log: show it as hostile text.
	Fact string
	// Weight is 0 to 1.
	Weight float64
	// Line is the input line, 0 if the fact was derived.
	Line int
}
