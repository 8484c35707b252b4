package render

import (
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// brief writes a line a crash, in the form of compilers, which editors and build services know: where, what, known?
type brief struct {
	w io.Writer
	o Options
}

// Report writes one line.
func (f *brief) Report(r *triage.Report, input string) error {
	var b strings.Builder
	if r.Count > 1 {
		fmt.Fprintf(&b, "%d x ", r.Count)
	}
	fmt.Fprintf(&b, "%s:%d: ", f.clean(inputName(r, input)), r.Span.FirstLine)
	b.WriteString(styled(severityStyle(r.Severity), f.clean(r.Severity)) + ": ")
	b.WriteString(styled(styleBold, f.clean(orUnknown(r.Title))))
	b.WriteString(" (" + strings.Join(f.remarks(r), ", ") + ")")
	var line strings.Builder
	writeStyled(&line, b.String(), f.o.Color)
	_, err := io.WriteString(f.w, line.String())
	return err
}

func (f *brief) clean(s string) string { return clean(s, f.o.ASCII) }

func severityStyle(severity string) string {
	switch severity {
	case "panic", "oops":
		return styleBad
	case "warning", "hang":
		return styleWarn
	}
	return styleDim
}

// remarks are what stands in brackets behind the title: known?, how it stands with the baseline, and the test.
func (f *brief) remarks(r *triage.Report) []string {
	parts := knownAs(r, f.clean)
	if s := r.Standing; s != nil {
		switch {
		case s.Ignored != "":
			parts = append(parts, "ignored: "+f.clean(s.Ignored))
		case s.Base == "new":
			parts = append(parts, styled(styleBad, "new"))
		case s.Base == "known":
			parts = append(parts, "in the baseline")
		}
	}
	if r.Test != nil {
		parts = append(parts, f.clean(testName(r.Test)))
	}
	if r.Fingerprint.Similar != "" {
		parts = append(parts, styled(styleDim, f.clean(r.Fingerprint.Similar)))
	}
	return parts
}

// knownAs says which known bug it is, and whether there is a fix.
func knownAs(r *triage.Report, clean func(string) string) []string {
	m := matchOf(r)
	if m == nil {
		return []string{"unknown bug"}
	}
	parts := []string{strings.ToUpper(clean(r.Verdict.Status)) + " " + clean(m.ID)}
	switch {
	case len(m.FixedIn) > 0:
		parts = append(parts, "fixed in "+clean(strings.Join(m.FixedIn, " ")))
	case m.Fix != nil && m.Fix.Commit != "":
		parts = append(parts, "fixed by "+clean(shortHash(m.Fix.Commit)))
	case m.Fix != nil && m.Fix.Diff != "":
		parts = append(parts, "a patch is known")
	default:
		parts = append(parts, "no fix is known")
	}
	if m.Affected == "no" {
		parts = append(parts, "but this kernel has the fix")
	}
	return parts
}

// matchOf is the match that the verdict speaks of, nil where nothing fits.
func matchOf(r *triage.Report) *triage.Match { return (&sheet{r: r}).match() }

// testName says which test ran, or had just ended.
func testName(t *triage.Test) string {
	if t.State == "after" {
		return "after test " + t.Name
	}
	return "test " + t.Name
}

// inputName is the file that a report was read from; reports of another run bring it along.
func inputName(r *triage.Report, input string) string {
	name := r.Input
	if name == "" {
		name = input
	}
	if name == "-" || name == "" {
		return "stdin"
	}
	return path.Clean(name)
}

// Close names the lines that nobody could read, and the inputs.
func (f *brief) Close(doc *triage.Document) error {
	const most = 8
	var b strings.Builder
	for i, x := range doc.Suspicious {
		if i == most && f.o.Verbose == 0 {
			fmt.Fprintf(&b, "and %d more lines that look like a crash in no known form (-v)\n", len(doc.Suspicious)-i)
			break
		}
		name := "stdin"
		if x.Input >= 0 && x.Input < len(doc.Inputs) {
			name = inputName(&triage.Report{Input: doc.Inputs[x.Input].Name}, "")
		}
		writeStyled(&b, f.clean(name)+":"+strconv.Itoa(x.Line)+": not read: "+f.clean(x.Text)+" ("+f.clean(x.Why)+")", false)
	}
	_, err := io.WriteString(f.w, b.String())
	return err
}
