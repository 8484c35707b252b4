package kb

// weights says how much each fact counts. Facts for an entry add up as independent chances do: two of 0.5 make 0.75.
// Facts against it multiply what is left by one minus their weight.
//
// The figures were set by hand so that these hold: a function alone is "possible"; function, module and kind with a
// full call sequence are "likely"; function, module and fault offset reach "known" when nothing speaks against them;
// six bytes of code and a panic in an interrupt are "likely"; a kernel that has the fix leaves nothing of any of it.
var weights = struct {
	site, functionHere, functionBehind, module, moduleLoaded                float64
	faultOffset, faultAddress, poison                                       float64
	codeComplete, codePerByte, codeFragmentMost                             float64
	frames, kind, context, taskContext, affected                            float64
	notAffected, otherKind, nearKind, otherFault, elsewhere, elsewhereGuess float64
	otherModule, lessonFact                                                 float64
}{
	site:           0.50, // the first telling frame has symbol, offset and size of a log of this bug: the same build
	functionHere:   0.45, // the instruction pointer is in a function of the entry
	functionBehind: 0.35, // so is the first frame that is not generic
	module:         0.15, // and its module is the entry's
	moduleLoaded:   0.05, // the module is only known to be loaded

	faultOffset:  0.45, // same displacement from a NULL or poison base
	faultAddress: 0.50, // same fault address
	poison:       0.20, // same poison value

	codeComplete:     0.70, // the whole signature is in the code
	codePerByte:      0.10, // a fragment of it, per byte that agrees
	codeFragmentMost: 0.62, // never more than this for a fragment

	frames:      0.35, // the call sequence, whole and in order; less in proportion
	kind:        0.10,
	context:     0.15, // in an interrupt, where the bug lives
	taskContext: 0.05, // in a task, as most crashes are
	affected:    0.10, // the kernel's version has the bug

	notAffected:    0.85, // the version has the fix, or is older than the bug
	otherKind:      0.50,
	nearKind:       0.15, // another of the page faults' kinds: one bug shows as any of them
	otherFault:     0.60, // the access is known and is none of the entry's
	elsewhere:      0.60, // the instruction pointer is in a function that has no part in the entry
	elsewhereGuess: 0.40, // so is the first frame that is not generic
	otherModule:    0.50,

	lessonFact: 0.40, // each fact that a lesson requires
}

// The score that a verdict needs at least; "known" needs specific evidence besides, and nothing against it.
const (
	knownScore    = 0.75
	likelyScore   = 0.65
	possibleScore = 0.40
)

// leastFarOffset is where the offsets begin that say something by themselves.
const leastFarOffset = 0x40

// leastCodeBytes is the shortest fragment that says anything: four bytes agree by chance too often.
const leastCodeBytes = 5

// pageFaultKinds are reported apart by the kernel, but one bug can show as any of them: it depends on what the bad
// pointer happens to hold.
var pageFaultKinds = set("null-deref", "paging-request", "gpf", "stack-segment", "unaligned")

// sayNothingKinds tell no more than that there was a crash.
var sayNothingKinds = set("", "panic", "other")
