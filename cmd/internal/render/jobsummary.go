package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// jobSummary writes the markdown of a scan: a table with a row for each crash, the whole reports behind it. It is for
// the page of a job ($GITHUB_STEP_SUMMARY), which may have 1 MiB
// (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands): what does not fit is counted.
type jobSummary struct {
	w       io.Writer
	o       Options
	rows    strings.Builder
	whole   bytes.Buffer
	reports Renderer // into whole
	n       int      // crashes
	unshown int      // rows that had no room
	folded  int      // reports that had no room
}

// rowRoom and wholeRoom are what the table and the reports may take, in bytes.
const (
	rowRoom   = 200 << 10
	wholeRoom = 700 << 10
)

func newJobSummary(w io.Writer, o Options) Renderer {
	s := &jobSummary{w: w, o: o}
	s.reports = &markdown{w: &s.whole, o: o}
	return s
}

// Report takes one report; nothing is written yet.
func (s *jobSummary) Report(r *triage.Report, input string) error {
	s.n += max(r.Count, 1)
	if s.rows.Len() < rowRoom {
		s.row(r, input)
	} else {
		s.unshown++
	}
	if s.whole.Len() > wholeRoom {
		s.folded++
		return nil
	}
	before := s.whole.Len()
	err := s.reports.Report(r, input)
	if s.whole.Len() > wholeRoom {
		s.whole.Truncate(before)
		s.folded++
	}
	return err
}

func (s *jobSummary) row(r *triage.Report, input string) {
	standing := ""
	if x := r.Standing; x != nil {
		switch {
		case x.Ignored != "":
			standing = "ignored: " + x.Ignored
		case x.Finding && x.Base == "new":
			standing = "**new**"
		case x.Finding:
			standing = "**finding**"
		case x.Base == "known":
			standing = "in the baseline"
		}
	}
	if !strings.HasPrefix(standing, "**") {
		standing = mdText(standing)
	}
	test := ""
	if r.Test != nil {
		test = mdCode(r.Test.Name)
	}
	fmt.Fprintf(&s.rows, "| %d | %s | %s | %s | %s | %s | %s |\n", max(r.Count, 1), mdText(r.Severity),
		mdCode(fmt.Sprintf("%s:%d", fileOf(r, input, s.o.Folder), r.Span.FirstLine)), mdCode(orUnknown(r.Title)),
		mdText(strings.Join(knownAs(r, func(x string) string { return x }), ", ")), standing, test)
}

// Close writes all of it.
func (s *jobSummary) Close(doc *triage.Document) error {
	var b strings.Builder
	if s.n == 0 {
		b.WriteString("## No kernel crash found\n\n")
	} else {
		fmt.Fprintf(&b, "## Kernel crashes: %d\n\n| | severity | where | what | known? | | test |\n", s.n)
		b.WriteString("|---|---|---|---|---|---|---|\n")
		b.WriteString(s.rows.String())
		if s.unshown > 0 {
			fmt.Fprintf(&b, "\n%d more are not shown: there is no room for them.\n", s.unshown)
		}
	}
	for i, in := range doc.Inputs {
		if i == 0 {
			fmt.Fprintf(&b, "\nInputs read: %d.\n", len(doc.Inputs))
		}
		if in.Error != "" && b.Len() < rowRoom*5/4 {
			fmt.Fprintf(&b, "\nNot, or not wholly, read: %s: %s\n", mdCode(relative(in.Name, s.o.Folder)), mdText(in.Error))
		}
	}
	if s.whole.Len() > 0 {
		b.WriteString("\n<details><summary>The whole reports</summary>\n\n")
		b.Write(s.whole.Bytes())
		b.WriteString("\n</details>\n")
	}
	if s.folded > 0 {
		fmt.Fprintf(&b, "\n%d more reports are not shown: there is no room for them.\n", s.folded)
	}
	if _, err := io.WriteString(s.w, b.String()); err != nil {
		return err
	}
	few := *doc
	few.Suspicious = doc.Suspicious[:min(len(doc.Suspicious), 100)]
	return (&markdown{w: s.w, o: s.o}).Close(&few)
}
