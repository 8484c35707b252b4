package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// Level says which reports are findings, those that fail a scan.
type Level string

// The levels. Any counts what a baseline knows, too; the others count only what it does not.
const (
	Any        Level = "any"
	Warning    Level = "warning"
	Oops       Level = "oops"
	KnownFixed Level = "known-fixed"
	New        Level = "new"
	Never      Level = "never"
)

// levels in the order of the help; covers says whether a report that no baseline knows is a finding.
var levels = []struct {
	level  Level
	covers func(r *triage.Report) bool
}{
	{Any, func(*triage.Report) bool { return true }},
	{Warning, func(r *triage.Report) bool { return rank(r.Severity) >= rank("warning") }},
	// A machine that hangs is down, too.
	{Oops, func(r *triage.Report) bool { return rank(r.Severity) >= rank("hang") }},
	{KnownFixed, knownAndFixed},
	{New, func(*triage.Report) bool { return true }},
	{Never, func(*triage.Report) bool { return false }},
}

// severities, mildest first.
var severities = []string{"info", "warning", "hang", "oops", "panic"}

// rank orders severities; one that is not known is the mildest.
func rank(severity string) int { return max(slices.Index(severities, severity), 0) }

// Levels lists the levels in the order of the help. The slice is the caller's.
func Levels() []string {
	names := make([]string, len(levels))
	for i, l := range levels {
		names[i] = string(l.level)
	}
	return names
}

// ParseLevel returns the level of this name. The error lists those that there are.
func ParseLevel(name string) (Level, error) {
	for _, l := range levels {
		if string(l.level) == name {
			return l.level, nil
		}
	}
	return "", fmt.Errorf("there is no level %q; there are %s", name, strings.Join(Levels(), ", "))
}

func (l Level) covers(r *triage.Report) bool {
	for _, x := range levels {
		if x.level == l {
			return x.covers(r)
		}
	}
	return false
}

// knownAndFixed says that the crash is a bug that somebody has mended already, as far as a match can tell: "possible"
// is no such match, and a kernel that has the fix died of something else.
func knownAndFixed(r *triage.Report) bool {
	if r.Verdict.Status != "known" && r.Verdict.Status != "likely" {
		return false
	}
	for i := range r.Matches {
		m := &r.Matches[i]
		if m.ID == r.Verdict.ID {
			return m.Affected != "no" && (len(m.FixedIn) > 0 || m.Fix != nil && (m.Fix.Commit != "" || m.Fix.Diff != ""))
		}
	}
	return false
}
