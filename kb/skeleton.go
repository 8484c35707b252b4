package kb

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// mostSkeletonFrames is how many calls a skeleton's sequence has: enough to tell, and short enough to fit other builds.
const mostSkeletonFrames = 6

// Skeleton writes the YAML of a new entry with what one crash tells: place, access, calls, kind. All that a person has
// to find out is left blank, and lint names each blank that has to be filled. An id that can not be one is left blank
// as well. What comes from the crash is taken only where it has the form of a name or a number.
func Skeleton(id string, f Facts) []byte {
	if !isID(id) {
		id = ""
	}
	t := newTrace(&f)
	var s skeleton
	s.text("id", id, "the name of the file, for instance the CVE number")
	s.text("title", "", "one line in plain words")
	s.text("class", "bug", "bug, or lesson for a way of use that ends in this crash")
	s.text("quality", "rich", "")
	s.text("subsystem", "", "one of "+strings.Join(knownSubsystems, ", "))
	s.text("symptom", "", "what the machine's owner sees")
	s.text("root_cause", "", "what the code did wrong")
	s.place(t)
	if isKind(f.Kind) {
		s.list("kinds", []string{f.Kind}, "as what else can it show? kasan-* stands for all KASAN reports")
	} else {
		s.line("kinds: [] # null-deref, paging-request, gpf, warn, kasan-*…")
	}
	if slices.Contains(knownContexts, f.Context) {
		s.list("contexts", []string{f.Context}, "")
	}
	s.site(t, &f)
	s.fault(&f)
	s.frames(t)
	s.line("preconditions:")
	s.line("  rule: \"\" # the rule that brings it on")
	s.line("  sysctl: \"\"")
	s.line("  config: \"\"")
	s.line("introduced:")
	s.line("  mainline: \"\" # the first release with the bug")
	s.line("fixed:")
	s.line("  mainline: \"\" # the first release with the fix")
	s.line("  stable: {} # \"6.1\": \"6.1.90\" and so on")
	s.line("  commits: []")
	s.line("  subject: \"\"")
	s.line("cve: []")
	s.line("workaround:")
	s.line("  text: \"\" # what to do at once")
	s.line("  cost: \"\" # what one loses by it")
	s.line("  undo: \"\"")
	s.line("fix:")
	s.line("  explanation: \"\"")
	s.line("references: []")
	s.line("sources:")
	s.line("  - facts: \"\" # which of the facts above…")
	s.line("    where: \"\" # …were seen where")
	return []byte(s.String())
}

// skeleton builds the text of a new entry.
type skeleton struct{ strings.Builder }

func (s *skeleton) line(text string) { s.WriteString(text + "\n") }

func (s *skeleton) text(key, value, hint string) {
	if value == "" {
		value = `""`
	}
	if hint != "" {
		hint = " # " + hint
	}
	s.line(key + ": " + value + hint)
}

func (s *skeleton) list(key string, values []string, hint string) {
	if hint != "" {
		hint = " # " + hint
	}
	s.line(key + ": [" + strings.Join(quoted(values), ", ") + "]" + hint)
}

// quoted puts into quotes what YAML could take for something else. JSON's quotes are YAML's, too.
func quoted(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		q, err := json.Marshal(v)
		if err == nil {
			out[i] = string(q)
		}
	}
	return out
}

func (s *skeleton) place(t *trace) {
	c := t.culprit
	if c == nil || !isSymbol(c.name) {
		s.line("functions: [] # where it strikes: the first function that is no general helper, and its callers if inlined")
		s.line("modules: []")
		return
	}
	s.list("functions", []string{c.name}, "and its callers, where the compiler may inline it")
	if isModule(c.Module) {
		s.list("modules", []string{c.Module}, "")
	} else {
		s.line("modules: [] # none for code of the kernel image")
	}
}

func (s *skeleton) site(t *trace, f *Facts) {
	c := t.culprit
	if c == nil || c.Size == 0 || c.Offset >= c.Size || !isSymbol(c.Symbol) {
		return
	}
	s.line("sites:")
	s.line(fmt.Sprintf("  - {at: %s+%#x/%#x%s%s}", c.Symbol, c.Offset, c.Size, s.arch(f), s.kernel(f)))
}

func (s *skeleton) arch(f *Facts) string {
	if slices.Contains(knownArchs, f.Arch) {
		return ", arch: " + f.Arch
	}
	return ""
}

func (s *skeleton) kernel(f *Facts) string {
	if _, ok := parseKernel(f.Kernel, ""); !ok {
		return ""
	}
	return ", kernel: " + quoted([]string{f.Kernel})[0]
}

func (s *skeleton) fault(f *Facts) {
	offset, known := faultOffset(f)
	if !known {
		return
	}
	var more string
	if isSymbol(f.Poison) {
		more += ", poison: " + f.Poison
	}
	if slices.Contains(knownAccesses, f.Access) {
		more += ", access: " + f.Access
	}
	s.line("faults:")
	s.line(fmt.Sprintf("  - {offset: %#x%s%s} # with kernel: {from: …, before: …} where the layout is known",
		offset, more, s.arch(f)))
}

func (s *skeleton) frames(t *trace) {
	var calls []string
	for i := range t.frames {
		c := &t.frames[i]
		if !isSymbol(c.name) || genericSites[c.name] || slices.Contains(calls, c.name) {
			continue
		}
		if calls = append(calls, c.name); len(calls) == mostSkeletonFrames {
			break
		}
	}
	if len(calls) < 2 {
		return
	}
	s.line("frames:")
	s.line("  - [" + strings.Join(quoted(calls), ", ") + "]")
}
