// Package triage joins what the parts of nfoops know about one crash: the log (oops), its code (disasm), the symbols
// and the known bugs (kb) meet here and nowhere else. Analyze hands a finished Report to whoever shows it.
package triage

// Schema names the form of a Document. Fields are added within v1, never renamed or given another meaning.
const Schema = "nfoops.report/v1"

// Document is what "--format json" prints: the reports of one run.
type Document struct {
	Schema     string      `json:"schema"`
	Tool       Tool        `json:"tool"`
	Inputs     []Input     `json:"inputs"`
	Reports    []*Report   `json:"reports"`
	Suspicious []Suspicion `json:"suspicious"`
}

// Tool is who made the report.
type Tool struct {
	Version string `json:"version"`
	KB      string `json:"kb"` // number of entries and a digest of them
}

// Input is one file that was read.
type Input struct {
	Name   string `json:"name"` // as the user gave it; "-" for standard input
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"` // "" where it was not read whole, or hashing costs more than all else
	Error  string `json:"error,omitempty"`  // why it, or its rest, could not be read
}

// Suspicion is a line that looked like crash text but has no known form.
type Suspicion struct {
	Input int    `json:"input"` // index into Document.Inputs
	Line  int    `json:"line"`
	Text  string `json:"text"`
	Why   string `json:"why"`
}

// Report is everything that is known about one incident. The JSON form is report.v1; a field that is not known is
// absent. Strings from the log are as the log has them: whoever shows them makes them harmless.
type Report struct {
	Title        string         `json:"title"`
	AltTitles    []string       `json:"alt_titles"`
	Kind         string         `json:"kind"`
	Severity     string         `json:"severity"`
	Kernel       string         `json:"kernel,omitempty"`
	KernelBuild  string         `json:"kernel_build,omitempty"`
	Arch         string         `json:"arch"`
	Host         string         `json:"host,omitempty"`
	Time         string         `json:"time,omitempty"`
	CPU          *int           `json:"cpu,omitempty"`
	PID          *int           `json:"pid,omitempty"`
	Comm         string         `json:"comm,omitempty"`
	Tainted      []string       `json:"tainted"`
	Context      string         `json:"context"`
	IP           *Place         `json:"ip,omitempty"`
	FaultAddress Hex            `json:"fault_address,omitempty"`
	Access       string         `json:"access,omitempty"`
	ErrorCode    Hex            `json:"error_code,omitempty"`
	Registers    map[string]Hex `json:"registers"`
	Code         *Code          `json:"code,omitempty"`
	Trace        []Frame        `json:"trace"`
	Modules      []string       `json:"modules"`
	Panic        string         `json:"panic,omitempty"`
	FollowOn     []FollowOn     `json:"follow_on"`
	Corrupted    bool           `json:"corrupted"`
	Completeness float64        `json:"completeness"`
	Damage       []Damage       `json:"damage"`
	Culprit      *Culprit       `json:"culprit,omitempty"`
	Cause        *Cause         `json:"cause,omitempty"`
	Verdict      Verdict        `json:"verdict"`
	Matches      []Match        `json:"matches"`
	Symbols      []SymbolSource `json:"symbols"`
	Missing      []Missing      `json:"missing"`
	Advice       []Step         `json:"advice"`
	Fingerprint  Fingerprint    `json:"fingerprint"`
	Span         Span           `json:"span"`
	Input        string         `json:"input,omitempty"` // name of the input that Span is in
	Test         *Test          `json:"test,omitempty"`
	Count        int            `json:"count,omitempty"` // crashes that this report stands for; 0 is one
	Places       []Spot         `json:"places,omitempty"`
	Standing     *Standing      `json:"standing,omitempty"`
	Quotes       map[int]string `json:"-"` // the lines that facts were read from, by line number, transport removed
	Facts        map[string]int `json:"-"` // fact ("kernel", "ip", "fault_address", …) to the line it was read from
	Order        []string       `json:"-"` // register names in printed order
}

// Hex is an address or an offset as JSON has it: "0x" and lower-case digits; "" is absent.
type Hex string

// Place is a place in the code.
type Place struct {
	Address Hex    `json:"address,omitempty"`
	Symbol  string `json:"symbol,omitempty"`
	Offset  Hex    `json:"offset,omitempty"`
	Size    Hex    `json:"size,omitempty"`
	Module  string `json:"module,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	// Inlines are the functions that the compiler put into Symbol at this place, innermost first; File and Line are
	// Symbol's own. A trace has them as frames instead.
	Inlines []Inline `json:"inlines,omitempty"`
	// Candidates are the places in the source that the name can mean, where several functions have it; without a
	// Symbol, the places whose code is that of the log.
	Candidates []string `json:"candidates,omitempty"`
	// Forced says that the symbol or the line comes from a file that is not of this kernel, as the user asked.
	Forced bool `json:"forced,omitempty"`
}

// Inline is a call that the compiler put into its caller.
type Inline struct {
	Symbol string `json:"symbol"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
}

// Frame is one entry of the call trace, innermost first.
type Frame struct {
	Place
	Reliable bool   `json:"reliable"`
	Context  string `json:"context,omitempty"`
	Inlined  bool   `json:"inlined"`
	LogLine  int    `json:"log_line,omitempty"` // line of the input
	// ByOrder says that two CPUs printed through each other, and only the order of a dump's parts tells whose frame
	// this is.
	ByOrder bool `json:"by_order,omitempty"`
}

// Code is the Code: line and what it means.
type Code struct {
	Bytes        string        `json:"bytes"`       // the units as printed, markers removed
	FaultIndex   *int          `json:"fault_index"` // index of the marked unit, null where none is known
	Unit         int           `json:"unit"`        // bytes per unit
	Instructions []Instruction `json:"instructions"`
	Confidence   float64       `json:"confidence"`
	Note         string        `json:"note,omitempty"`
}

// Instruction is one line of the disassembly.
type Instruction struct {
	Offset   int    `json:"offset"` // bytes from the fault; from the first byte where no fault is known
	Bytes    string `json:"bytes"`
	Text     string `json:"text"` // GNU syntax
	Fault    bool   `json:"fault"`
	Reliable bool   `json:"reliable"`
	Note     string `json:"note,omitempty"`
}

// FollowOn is what belongs to the incident without being its root.
type FollowOn struct {
	Title string `json:"title"`
	Line  int    `json:"line"`
}

// Damage is what is missing or garbled in the log.
type Damage struct {
	Kind   string `json:"kind"`
	Line   int    `json:"line,omitempty"`
	Detail string `json:"detail"`
}

// Culprit is the function to blame, with the reason.
type Culprit struct {
	Symbol string `json:"symbol"`
	Module string `json:"module,omitempty"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Why    string `json:"why"`
}

// Cause says what the faulting instruction did, in words and parts.
type Cause struct {
	Summary      string `json:"summary"`
	BaseRegister string `json:"base_register,omitempty"`
	BaseValue    Hex    `json:"base_value,omitempty"`
	Offset       Hex    `json:"offset,omitempty"` // displacement; "-0x8" where it is negative
	Struct       string `json:"struct,omitempty"`
	Field        string `json:"field,omitempty"`
	Poison       string `json:"poison,omitempty"`
}

// Verdict is the answer in one word and one sentence each: is it known, am I affected, what now.
type Verdict struct {
	Status   string `json:"status"` // known, likely, possible or unknown
	ID       string `json:"id,omitempty"`
	Sentence string `json:"sentence"`
}

// Match is a known bug that fits, best first.
type Match struct {
	ID         string     `json:"id"`
	Title      string     `json:"title"`
	Class      string     `json:"class"`   // bug, or lesson: general advice, which is never more than possible
	Verdict    string     `json:"verdict"` // known, likely or possible
	Score      float64    `json:"score"`   // 0 to 1
	Evidence   []Evidence `json:"evidence"`
	Against    []Evidence `json:"against"`
	Affected   string     `json:"affected"` // yes, no or unknown
	FixedIn    []string   `json:"fixed_in"`
	Fix        *Fix       `json:"fix,omitempty"`
	Workaround string     `json:"workaround,omitempty"`
	WorkCost   string     `json:"workaround_cost,omitempty"`
	WorkUndo   string     `json:"workaround_undo,omitempty"`
	RootCause  string     `json:"root_cause,omitempty"`
	CVE        []string   `json:"cve,omitempty"`
	References []string   `json:"references"`
}

// Evidence is one fact for or against a match.
type Evidence struct {
	Fact   string  `json:"fact"`
	Weight float64 `json:"weight"`
	Line   int     `json:"line,omitempty"` // 0: derived
}

// Fix is the repair of a known bug.
type Fix struct {
	Commit      string `json:"commit,omitempty"`
	Subject     string `json:"subject,omitempty"`
	Diff        string `json:"diff,omitempty"`
	Explanation string `json:"explanation,omitempty"`
}

// SymbolSource is a file that the user gave, and what became of it.
type SymbolSource struct {
	Name   string `json:"name"`
	Used   bool   `json:"used"`
	Detail string `json:"detail"` // how it fits the log, or why it was refused
}

// Missing is something that would tell more, ranked by what it gives.
type Missing struct {
	What  string `json:"what"`
	Gives string `json:"gives"`
	How   string `json:"how,omitempty"` // what to type, or what to set up for the next time
}

// Step is something to type or to do now.
type Step struct {
	Text    string `json:"text"`           // one sentence
	More    string `json:"more,omitempty"` // what else is to be said of it
	Command string `json:"command,omitempty"`
	Cost    string `json:"cost,omitempty"`
	Undo    string `json:"undo,omitempty"`
}

// Fingerprint names the crash: Exact is the same build and the same place, Similar the same bug on another build,
// host or KASLR base.
type Fingerprint struct {
	Exact   string `json:"exact"`
	Similar string `json:"similar"`
}

// Span is where the incident stands in its input.
type Span struct {
	Input     int   `json:"input"`
	FirstLine int   `json:"first_line"`
	LastLine  int   `json:"last_line"`
	Offset    int64 `json:"offset"` // bytes
	Length    int64 `json:"length"` // bytes
}

// Test is what a test runner had said last before the crash.
type Test struct {
	Name   string `json:"name"`
	State  string `json:"state"`  // "running", or "after": the test had ended, so the crash is its echo or the next one's
	Runner string `json:"runner"` // whose form the line has: "tap", "kselftest", "lava", ...
	Line   int    `json:"line"`   // line of the input
}

// Spot is where one of the crashes was seen that a report stands for.
type Spot struct {
	Input string `json:"input"`
	Line  int    `json:"line"`
}

// Standing is how a report stands with the rules of a scan.
type Standing struct {
	Finding bool   `json:"finding"`            // it is at or above the level that fails the scan
	Base    string `json:"baseline,omitempty"` // "new" or "known" to the baseline; absent without one
	Ignored string `json:"ignored,omitempty"`  // the reason for which the ignore file passes over it
}
