package kb

// Entry is one known bug, or one lesson, as its YAML file states it. Entries of a Base are shared: read them, don't
// change them. A field that is empty was not seen anywhere; that is not the same as "does not apply".
type Entry struct {
	// ID names the entry and its files: ID.yaml, ID.log, ID.miss.log.
	ID string `yaml:"id" json:"id,omitzero"`
	// Title is one line in plain words.
	Title string `yaml:"title" json:"title,omitzero"`
	// Class is "bug" (kernel code was wrong) or "lesson" (no bug of the code named: what to look at first). The id of a
	// lesson starts with "lesson-"; it fits by Kinds and Requires alone.
	Class string `yaml:"class" json:"class,omitzero"`
	// Quality is "rich" (a person read the fix and wrote the entry) or "thin" (made from one line of a list of fixes). A
	// thin entry never gets a better verdict than "possible".
	Quality string `yaml:"quality" json:"quality,omitzero"`
	// Subsystem is conntrack, nat, nf_tables, xtables, ipset, ipvs, bridge, queue, log, flowtable or other.
	Subsystem string `yaml:"subsystem" json:"subsystem,omitzero"`
	// Symptom says what the machine's owner sees.
	Symptom string `yaml:"symptom" json:"symptom,omitzero"`
	// RootCause says what the code did wrong.
	RootCause string `yaml:"root_cause" json:"root_cause,omitzero"`
	// Functions are those in which the crash strikes, inlined callers included; "name [module]" holds only in that
	// module, for names like match that many modules share.
	Functions []string `yaml:"functions" json:"functions,omitzero"`
	// Modules are those that hold the Functions; names of other eras match too (ip_conntrack is nf_conntrack), and *
	// stands for any run of characters. None means the code is always built in.
	Modules []string `yaml:"modules" json:"modules,omitzero"`
	// Kinds are the report kinds ("null-deref", "warn", …) in which this bug shows; "kasan-*" is allowed.
	Kinds []string `yaml:"kinds" json:"kinds,omitzero"`
	// Contexts are "task", "softirq", "hardirq" or "nmi".
	Contexts []string `yaml:"contexts" json:"contexts,omitzero"`
	// Sites are exact places in exact builds, as printed.
	Sites []Site `yaml:"sites" json:"sites,omitzero"`
	// Faults are the variants of the faulting access.
	Faults []Fault `yaml:"faults" json:"faults,omitzero"`
	// Code holds machine code that gives the bug away.
	Code []Signature `yaml:"code" json:"code,omitzero"`
	// Frames are call sequences, innermost first. Other frames may stand between, the order may not change.
	Frames [][]string `yaml:"frames" json:"frames,omitzero"`
	// Preconditions are what has to be set up before the bug can strike.
	Preconditions Preconditions `yaml:"preconditions" json:"preconditions,omitzero"`
	// Introduced says when the bug came in.
	Introduced Introduced `yaml:"introduced" json:"introduced,omitzero"`
	// Fixed says when it went away.
	Fixed Fixed `yaml:"fixed" json:"fixed,omitzero"`
	// CVE holds the numbers given to the bug, "CVE-2024-42270".
	CVE []string `yaml:"cve" json:"cve,omitzero"`
	// Workaround is what to do until the fixed kernel runs.
	Workaround Workaround `yaml:"workaround" json:"workaround,omitzero"`
	// Affected overrides what Introduced and Fixed say about a kernel, where more is known.
	Affected Affected `yaml:"affected" json:"affected,omitzero"`
	// Fix shows the repair itself.
	Fix Fix `yaml:"fix" json:"fix,omitzero"`
	// Pattern says how source with the bug differs from source with the fix; empty for most entries.
	Pattern SourcePattern `yaml:"check" json:"check,omitzero"`
	// Requires are facts without which there is no match.
	Requires []Condition `yaml:"requires" json:"requires,omitzero"`
	// Excludes are facts that rule the entry out.
	Excludes []Condition `yaml:"excludes" json:"excludes,omitzero"`
	// References are addresses worth reading.
	References []string `yaml:"references" json:"references,omitzero"`
	// Sources say where each fact of the entry was seen.
	Sources []Source `yaml:"sources" json:"sources,omitzero"`
}

// Site is a place in one build of the kernel: same symbol, offset and size mean the same machine code, or nearly so.
// Behind a generic crash site it is the first telling frame.
type Site struct {
	// At is "function+0xOFFSET/0xSIZE".
	At string `yaml:"at" json:"at,omitzero"`
	// Arch is a name of the report's arch list.
	Arch string `yaml:"arch" json:"arch,omitzero"`
	// Kernel is the release that printed it, where known.
	Kernel string `yaml:"kernel" json:"kernel,omitzero"`
}

// Fault is one variant of the faulting access. Layouts differ with architecture, version and configuration, so an
// entry often has several; each counts only on its Arch and inside its Kernel window, where these are given.
type Fault struct {
	// Offset is the displacement in bytes from the NULL (or poison) base: for a NULL base it is the fault address.
	Offset *uint64 `yaml:"offset" json:"offset,omitzero"`
	// Address is an exact fault address, for faults that have no such base.
	Address *uint64 `yaml:"address" json:"address,omitzero"`
	// Poison is the value the base held, "LIST_POISON1".
	Poison string `yaml:"poison" json:"poison,omitzero"`
	// Access is "read", "write" or "exec".
	Access string `yaml:"access" json:"access,omitzero"`
	// Struct and Field name what lives at Offset.
	Struct string `yaml:"struct" json:"struct,omitzero"`
	Field  string `yaml:"field" json:"field,omitzero"`
	Arch   string `yaml:"arch" json:"arch,omitzero"`
	Kernel Window `yaml:"kernel" json:"kernel,omitzero"`
}

// Signature is machine code that belongs to the bug.
type Signature struct {
	// Arch is a name of the report's arch list.
	Arch string `yaml:"arch" json:"arch,omitzero"`
	// Shape holds instructions in GNU syntax, %a, %b… standing for registers. Only for i386 and x86_64.
	Shape []string `yaml:"shape" json:"shape,omitzero"`
	// Ref is one real encoding of Shape: bytes in hex as logs print them, separated by blanks.
	Ref string `yaml:"ref" json:"ref,omitzero"`
	// Note says what the code does.
	Note string `yaml:"note" json:"note,omitzero"`
	// Tells is "bug" for code that only the bug has, "fix" for code that only the fixed function has; empty for code that
	// both may have, which still gives a crash away. Only the first two decide about an image.
	Tells string `yaml:"tells" json:"tells,omitzero"`
}

// Preconditions are what has to be there for the bug to strike. Each is empty when not known or not needed.
type Preconditions struct {
	Rule   string `yaml:"rule" json:"rule,omitzero"`
	Sysctl string `yaml:"sysctl" json:"sysctl,omitzero"`
	Config string `yaml:"config" json:"config,omitzero"`
	// UserNamespaces is "yes" where an unprivileged user can trigger the bug from a user namespace, "no" where not.
	UserNamespaces string `yaml:"user_namespaces" json:"user_namespaces,omitzero"`
	Other          string `yaml:"other" json:"other,omitzero"`
}

// Introduced says when the bug came in.
type Introduced struct {
	// Mainline is the first release with the bug, "6.1" or "6.13-rc1".
	Mainline string `yaml:"mainline" json:"mainline,omitzero"`
	// Approximate says that the bug may have come in one release before Mainline: a tag was missing where it was looked
	// up.
	Approximate bool `yaml:"approximate" json:"approximate,omitzero"`
	// Stable maps a stable series to the first of its releases that took the bug over in a backport.
	Stable map[string]string `yaml:"stable" json:"stable,omitzero"`
	// Commit is the hash of the change, 12 to 40 hex digits.
	Commit string `yaml:"commit" json:"commit,omitzero"`
}

// Fixed says when the bug went away.
type Fixed struct {
	// Mainline is the first release with the fix.
	Mainline string `yaml:"mainline" json:"mainline,omitzero"`
	// Approximate says that the release before Mainline may have the fix already.
	Approximate bool `yaml:"approximate" json:"approximate,omitzero"`
	// Stable maps a stable series ("6.1", "2.6.32") to the first of its releases with the backport.
	Stable map[string]string `yaml:"stable" json:"stable,omitzero"`
	// StableComplete says that no other series has a backport; without it they are unknown.
	StableComplete bool `yaml:"stable_complete" json:"stable_complete,omitzero"`
	// Commits are hashes of the fix, 12 to 40 hex digits, the mainline one first.
	Commits []string `yaml:"commits" json:"commits,omitzero"`
	// Subject is the title of the fix, to search for it.
	Subject string `yaml:"subject" json:"subject,omitzero"`
}

// Workaround is what can be done at once.
type Workaround struct {
	Text string `yaml:"text" json:"text,omitzero"`
	// Cost is what one loses by it.
	Cost string `yaml:"cost" json:"cost,omitzero"`
	// Undo is how to go back once the fixed kernel runs.
	Undo string `yaml:"undo" json:"undo,omitzero"`
}

// Affected tells which kernels have the bug where Introduced and Fixed can't say it.
type Affected struct {
	// Windows, if there are any, are the whole truth: a kernel outside all of them does not have the bug.
	Windows []Window `yaml:"windows" json:"windows,omitzero"`
	// Builds decide for single distribution builds, before all else.
	Builds []Build `yaml:"builds" json:"builds,omitzero"`
	Note   string  `yaml:"note" json:"note,omitzero"`
}

// Window is a range of kernel versions.
type Window struct {
	// From is the first version inside, Before the first one behind the window; empty means open.
	From   string `yaml:"from" json:"from,omitzero"`
	Before string `yaml:"before" json:"before,omitzero"`
	// Modules, where given, must be loaded (one of them, by exactly this name) for the window to count.
	Modules []string `yaml:"modules" json:"modules,omitzero"`
	Note    string   `yaml:"note" json:"note,omitzero"`
}

// Build is what is known of distribution kernels whose backports their version does not show.
type Build struct {
	// Release is a pattern of uname -r, or of the rest of the version line, where Debian has its package's version:
	// "*Debian 6.1.27-*". * stands for any run of characters.
	Release string `yaml:"release" json:"release,omitzero"`
	// Affected is "yes" or "no".
	Affected string `yaml:"affected" json:"affected,omitzero"`
	Note     string `yaml:"note" json:"note,omitzero"`
}

// Fix shows the repair.
type Fix struct {
	// Diff is a unified diff, for entries whose source a user may hold in hand; usually empty.
	Diff string `yaml:"diff" json:"diff,omitzero"`
	// Before and After show the wrong and the right lines.
	Before      string `yaml:"before" json:"before,omitzero"`
	After       string `yaml:"after" json:"after,omitzero"`
	Explanation string `yaml:"explanation" json:"explanation,omitzero"`
}

// Condition is a fact that must hold (Requires) or must not (Excludes). It holds when one of Any fits the fact named
// by Fact; a fact that the crash does not have never holds.
type Condition struct {
	// Fact is kind, arch, module (loaded, or in the trace), trace_module (in the trace), function (where the crash is,
	// generic sites left out), site (the innermost function, generic or not), frame (anywhere in the trace), context,
	// access, poison, address ("one-bit-off"), taint (a letter), build, panic or comm. For build, panic and comm a part
	// of the text is enough.
	Fact string `yaml:"fact" json:"fact,omitzero"`
	// Any are the values that fit; * stands for any run of characters.
	Any []string `yaml:"any" json:"any,omitzero"`
}

// Source says where facts of an entry were seen.
type Source struct {
	// Facts names them in a few words.
	Facts string `yaml:"facts" json:"facts,omitzero"`
	// Where is an address, a file in a public tree, or a message id.
	Where string `yaml:"where" json:"where,omitzero"`
}
