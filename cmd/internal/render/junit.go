package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// junitLog writes JUnit XML: a suite for each input, a test for each crash, one that passes where there is none. A
// crash that the rules of the scan let pass is a test that passes, an ignored one is skipped.
type junitLog struct {
	w      io.Writer
	o      Options
	suites map[string]*junit.Testsuite
	order  []string
	cases  int
	rest   int
}

// wholeLimit is how many tests show the whole report; those behind show a line.
const wholeLimit = 1000

func newJUnit(w io.Writer, o Options) Renderer {
	return &junitLog{w: w, o: o, suites: map[string]*junit.Testsuite{}}
}

func (j *junitLog) suite(file string) *junit.Testsuite {
	s := j.suites[file]
	if s == nil {
		s = &junit.Testsuite{Name: xmlText(file), File: xmlText(file), ID: len(j.order), Time: "0.000"}
		j.suites[file] = s
		j.order = append(j.order, file)
	}
	return s
}

// Report takes one report; nothing is written yet.
func (j *junitLog) Report(r *triage.Report, input string) error {
	if j.cases >= docLimit {
		j.rest++
		return nil
	}
	j.cases++
	file := fileOf(r, input, j.o.Folder)
	class := "kernel"
	if r.Test != nil {
		class = r.Test.Name
	}
	c := junit.Testcase{Name: xmlText(orUnknown(r.Title)), Classname: xmlText(class), Time: "0.000"}
	place := fmt.Sprintf("%s:%d: ", file, r.Span.FirstLine)
	if r.Count > 1 {
		place = fmt.Sprintf("%d x %s", r.Count, place)
	}
	short := xmlText(place + strings.Join(sentences(r), "; "))
	whole := short
	if j.cases <= wholeLimit {
		whole = "\n" + j.whole(r, input)
	}
	switch s := r.Standing; {
	case s == nil || s.Finding:
		c.Failure = &junit.Result{Message: short, Type: xmlText(ruleOf(r)), Data: whole}
	case s.Ignored != "":
		c.Skipped = &junit.Result{Message: xmlText("ignored: " + s.Ignored), Data: whole}
	default:
		c.SystemOut = &junit.Output{Data: whole}
	}
	j.suite(file).AddTestcase(c)
	return nil
}

// whole is the report as plain text.
func (j *junitLog) whole(r *triage.Report, input string) string {
	s := &sheet{page: page{width: 80}, r: r, o: Options{ASCII: true, Tool: j.o.Tool}, input: input}
	s.whole()
	return string(s.bytes(false))
}

// xmlText makes a string harmless. Clean leaves no character that XML forbids but the noncharacters U+FFFE and U+FFFF,
// which are not graphic and so are escaped as well; markup is escaped by the encoder.
func xmlText(s string) string { return clean(s, false) }

// Close writes the document.
func (j *junitLog) Close(doc *triage.Document) error {
	for _, in := range doc.Inputs {
		file := relative(in.Name, j.o.Folder)
		s := j.suite(file)
		switch {
		case in.Error != "":
			s.AddTestcase(junit.Testcase{
				Name: "the input can be read", Classname: "nfoops", Time: "0.000",
				Error: &junit.Result{Message: xmlText(in.Error), Type: "unreadable"},
			})
		case len(s.Testcases) == 0:
			s.AddTestcase(junit.Testcase{Name: "no crash", Classname: "kernel", Time: "0.000"})
		}
	}
	if j.rest > 0 {
		s := &junit.Testsuite{Name: "more", ID: len(j.order), Time: "0.000"}
		s.AddTestcase(junit.Testcase{Name: "more crashes", Classname: "nfoops", Time: "0.000", Failure: &junit.Result{
			Message: fmt.Sprintf("%d more crashes are not shown: there is room for %d", j.rest, docLimit), Type: "more",
		}})
		j.suites["\x00"] = s
		j.order = append(j.order, "\x00")
	}
	all := junit.Testsuites{Name: "nfoops", Time: "0.000"}
	for _, file := range j.order {
		all.AddSuite(*j.suites[file])
	}
	if _, err := io.WriteString(j.w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"); err != nil {
		return err
	}
	return all.WriteXML(j.w)
}
