package render

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// gitlab writes the Code Quality report of GitLab
// (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format). GitLab compares the fingerprints of
// two branches, and each may be there once: so crashes of one fingerprint are one issue.
type gitlab struct {
	w    io.Writer
	o    Options
	seen map[string]bool
	n    int
}

func newGitLab(w io.Writer, o Options) Renderer { return &gitlab{w: w, o: o, seen: map[string]bool{}} }

// gitlabIssue is one element of the report; all of it is required.
type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"` // info, minor, major, critical or blocker
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

var gitlabSeverities = map[string]string{
	"panic": "blocker", "oops": "critical", "hang": "critical", "warning": "major",
}

// Report writes one issue, the first time that its fingerprint is seen.
func (g *gitlab) Report(r *triage.Report, input string) error {
	severity := gitlabSeverities[r.Severity]
	if severity == "" || gradeOf(r) == note {
		severity = "info"
	}
	return g.issue(keyOf(r), gitlabIssue{
		Description: headline(r) + " (" + strings.Join(sentences(r), "; ") + ")", CheckName: ruleOf(r), Severity: severity,
		Location: gitlabLocation{clean(fileOf(r, input, g.o.Folder), false), gitlabLines{max(r.Span.FirstLine, 1)}},
	})
}

func (g *gitlab) issue(key string, x gitlabIssue) error {
	sum := sha256.Sum256([]byte(key))
	x.Fingerprint = hex.EncodeToString(sum[:16])
	if g.seen[x.Fingerprint] || len(g.seen) >= docLimit {
		return nil
	}
	g.seen[x.Fingerprint] = true
	data, err := encode(x, " ", " ")
	if err != nil {
		return err
	}
	lead := ",\n "
	if g.n++; g.n == 1 {
		lead = "[\n "
	}
	_, err = io.WriteString(g.w, lead+string(data))
	return err
}

// Close writes the inputs that could not be read, and the end.
func (g *gitlab) Close(doc *triage.Document) error {
	for _, in := range doc.Inputs {
		if in.Error == "" {
			continue
		}
		name := clean(relative(in.Name, g.o.Folder), false)
		err := g.issue("unread "+name, gitlabIssue{
			Description: "The log could not, or not wholly, be read: " + clean(in.Error, false), CheckName: "unreadable",
			Severity: "major", Location: gitlabLocation{name, gitlabLines{1}},
		})
		if err != nil {
			return err
		}
	}
	end := "\n]\n"
	if g.n == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(g.w, end)
	return err
}
