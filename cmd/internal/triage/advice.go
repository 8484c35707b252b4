package triage

import (
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/oops"
)

// conclude writes the answer: the verdict, what to do now, and what would tell more.
func (a *analysis) conclude() {
	a.verdict()
	a.steps()
	a.missing()
}

// lesson is the class of entries that are no bug: advice for a kind of crash that nothing specific explains.
const lesson = "lesson"

// verdict answers whether the bug is known.
func (a *analysis) verdict() {
	r := a.r
	if len(r.Matches) == 0 {
		r.Verdict = Verdict{Status: "unknown", Sentence: a.unknownSentence()}
		return
	}
	m := &r.Matches[0]
	if m.Class == lesson {
		advice := " What such crashes teach in general: " + m.Title + "."
		r.Verdict = Verdict{Status: "unknown", Sentence: a.unknownSentence() + advice}
		return
	}
	words := map[string]string{"known": "This is", "likely": "This is probably", "possible": "This may be"}
	r.Verdict = Verdict{Status: m.Verdict, ID: m.ID, Sentence: words[m.Verdict] + " " + m.ID + ": " + m.Title}
}

func (a *analysis) unknownSentence() string {
	if a.src.KB == nil {
		return "No knowledge base was asked."
	}
	n := a.src.KB.Len()
	why := "no entry names this function, code or place"
	if !a.crash.IP.Known() && len(a.crash.Trace) == 0 && len(a.hits) == 0 {
		why = "the log has neither the place nor a trace nor code that an entry knows"
	}
	return fmt.Sprintf("None of %d known bugs fits: %s.", n, why)
}

// steps says what to type now.
func (a *analysis) steps() {
	r := a.r
	add := func(s Step) { r.Advice = append(r.Advice, s) }
	if len(r.Matches) == 0 {
		return
	}
	m := &r.Matches[0]
	if m.Class == lesson {
		first, rest := firstSentence(m.Workaround)
		add(Step{Text: first, More: rest, Command: "nfoops kb show " + m.ID})
		return
	}
	if m.Affected == "no" {
		add(Step{Text: "This kernel has the fix already: look for another cause before you change anything."})
	} else {
		if len(m.FixedIn) > 0 {
			add(Step{Text: "Boot a kernel that has the fix: " + strings.Join(m.FixedIn, ", ") + " or later."})
		}
		if m.Workaround != "" {
			first, rest := firstSentence(m.Workaround)
			add(Step{Text: first, More: rest, Cost: m.WorkCost, Undo: m.WorkUndo})
		}
	}
	if m.Fix != nil && m.Fix.Diff != "" {
		add(Step{Text: "If you build this kernel or module, patch its source in DIR:",
			Command: "nfoops kb apply --source DIR " + m.ID})
	} else if m.Verdict != "known" {
		add(Step{Text: "Read what speaks for and against it:", Command: "nfoops kb show " + m.ID})
	}
}

// firstSentence cuts a text behind its first sentence.
func firstSentence(s string) (first, rest string) {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '.' && s[i+1] == ' ' && s[i+2] >= 'A' && s[i+2] <= 'Z' {
			return s[:i+1], strings.TrimSpace(s[i+1:])
		}
	}
	return s, ""
}

// missing says what would tell more, the most telling first.
func (a *analysis) missing() {
	c, r := a.crash, a.r
	add := func(what, gives, how string) { r.Missing = append(r.Missing, Missing{what, gives, how}) }
	headless := false
	for _, d := range r.Damage {
		headless = headless || d.Kind == oops.DamageHeaderLost
	}
	if headless || !c.IP.Known() && len(c.Trace) == 0 {
		add("the whole dump, from its first line to the end mark",
			"the function, the registers, the trace and the kernel version",
			"dmesg -n 8; modprobe netconsole netconsole=+@/eth0,6666@RECEIVER/ # for the next time; before 4.4 without the +")
	}
	bare := 0
	if c.IP.Known() && c.IP.Value.Symbol == "" && c.IP.Value.HasAddress {
		bare++
	}
	for i := range c.Trace {
		if c.Trace[i].Symbol == "" {
			bare++
		}
	}
	if bare > 0 || len(c.Trace) == 0 && len(c.Stack) > 0 {
		release := r.Kernel
		if release == "" {
			release = "RELEASE"
		}
		add("the System.map of this kernel, or its /proc/kallsyms",
			"names for "+count(max(bare, len(c.Stack)), "address", "addresses"),
			"nfoops analyze --system-map /boot/System.map-"+shellWord(release)+" LOG")
	}
	if !c.Kernel.Known() && !headless {
		add("the kernel version", "whether this kernel has the fix", "uname -r # on the machine, or see its boot loader")
	}
	if c.IP.Known() && !c.Code.Known() && !headless {
		add("the Code: line", "the faulting instruction", "")
	} else if a.decoded && len(c.Registers) == 0 && a.listing.Fault() != nil {
		add("the registers", "which pointer was bad", "")
	}
	a.missingLines(add)
}

// shellWord keeps a word from the log from being more than a word in a command that is shown.
func shellWord(s string) string {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-_+~", c) >= 0) {
			return "RELEASE"
		}
	}
	return s
}
