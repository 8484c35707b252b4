package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// github writes annotations of GitHub Actions, one for all crashes of a fingerprint. GitHub shows 10 errors and 10
// warnings of a step and drops the others
// (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands), so the gravest 10 are
// written, and where there are more the last says how many.
type github struct {
	w     io.Writer
	o     Options
	shown [failure + 1][]*annotation // by grade, notes are not shown
	count map[string]*annotation     // by key
	more  [failure + 1]int
	notes int
}

// annotation is what a step shows of one crash.
type annotation struct {
	rank, crashes     int
	file, title, text string
	line              int
}

// stepLimit is how many annotations of a grade GitHub shows for a step.
const stepLimit = 10

func newGitHub(w io.Writer, o Options) Renderer {
	return &github{w: w, o: o, count: map[string]*annotation{}}
}

var ranks = map[string]int{"panic": 2, "oops": 1}

// Report takes one report; nothing is written yet.
func (g *github) Report(r *triage.Report, input string) error {
	n := max(r.Count, 1)
	at := gradeOf(r)
	if at == note {
		g.notes += n
		return nil
	}
	key := keyOf(r)
	if old := g.count[key]; old != nil {
		old.crashes += n
		return nil
	}
	a := &annotation{
		rank: ranks[r.Severity], crashes: n, file: fileOf(r, input, g.o.Folder), line: r.Span.FirstLine,
		title: clean(r.Severity, false) + ": " + headline(r), text: strings.Join(sentences(r), "\n"),
	}
	if len(g.count) < docLimit {
		g.count[key] = a
	}
	list := g.shown[at]
	i := len(list)
	for i > 0 && list[i-1].rank < a.rank {
		i--
	}
	list = slices.Insert(list, i, a)
	if len(list) > stepLimit {
		list = list[:stepLimit]
		g.more[at]++
	}
	g.shown[at] = list
	return nil
}

// Close writes the annotations.
func (g *github) Close(doc *triage.Document) error {
	var b strings.Builder
	unread := 0
	for _, in := range doc.Inputs {
		if in.Error != "" {
			unread++
		}
	}
	if unread > 0 { // the first of the warnings: it says that the others may not be all
		a := &annotation{title: "not everything could be read", crashes: 1, text: fmt.Sprintf(
			"inputs that could not, or not wholly, be read: %d; the log of this step names them", unread)}
		list := slices.Insert(g.shown[warning], 0, a)
		if len(list) > stepLimit {
			list = list[:stepLimit]
			g.more[warning]++
		}
		g.shown[warning] = list
	}
	for _, at := range []grade{failure, warning} {
		list := g.shown[at]
		if g.more[at] > 0 {
			last := list[len(list)-1]
			rest := g.more[at] + 1
			list[len(list)-1] = &annotation{
				title: fmt.Sprintf("and %d more", rest), crashes: 1,
				text: fmt.Sprintf("%d more different crashes, among them %s. The summary of the job or the report has all.",
					rest, last.title),
			}
		}
		for _, a := range list {
			b.WriteString(a.command(map[grade]string{failure: "error", warning: "warning"}[at]))
		}
	}
	_, err := io.WriteString(g.w, b.String())
	return err
}

// command is ::error file=F,line=N,title=T::text, as actions/toolkit (packages/core/src/command.ts) writes and escapes
// it.
func (a *annotation) command(name string) string {
	text := a.text
	if a.crashes > 1 {
		text = fmt.Sprintf("%d times\n%s", a.crashes, text)
	}
	var properties []string
	if a.file != "" {
		properties = append(properties, "file="+ghProperty.Replace(clean(a.file, false)))
		if a.line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d", a.line))
		}
	}
	properties = append(properties, "title="+ghProperty.Replace(clean(a.title, false)))
	return "::" + name + " " + strings.Join(properties, ",") + "::" + ghData.Replace(text) + "\n"
}

// What is special in a command, and how it is escaped.
var (
	ghData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	ghProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
