package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// many are n reports of different crashes, the second half of them warnings.
func many(n int) []*triage.Report {
	list := make([]*triage.Report, n)
	for i := range list {
		r := sample()
		r.Standing, r.Severity = nil, "oops"
		if i >= n/2 {
			r.Severity = "warning"
		}
		r.Fingerprint.Similar = fmt.Sprintf("%016x", i)
		list[i] = r
	}
	return list
}

// checkSARIF holds a document against the OASIS schema, which the library brings along.
func checkSARIF(t *testing.T, out []byte) *sarif.Report {
	t.Helper()
	var written map[string]any
	if err := json.Unmarshal(out, &written); err != nil {
		t.Fatal(err)
	}
	log, err := sarif.FromBytes(out, sarif.WithStrictValidation())
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Validate(); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(log)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(again, &back); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(written) != fmt.Sprint(back) {
		t.Fatal("the library read less than was written: not all was held against the schema")
	}
	return log
}

func TestSARIF(t *testing.T) {
	log := checkSARIF(t, shown(t, "sarif", Options{}, sample(), nothing(), sample()))
	run := log.Runs[0]
	if len(run.Results) != 2 {
		t.Fatalf("%d results, want 2: a repeat is counted", len(run.Results))
	}
	first := run.Results[0]
	if *first.OccurrenceCount != 6 || first.PartialFingerprints["similar/v1"] != sample().Fingerprint.Similar {
		t.Errorf("occurrenceCount %d, fingerprints %v", *first.OccurrenceCount, first.PartialFingerprints)
	}
	if id := *run.Tool.Driver.Rules[first.RuleIndex].ID; id != *first.RuleID || id != "kb/an-entry" {
		t.Errorf("rule %q", id)
	}
	steps := first.CodeFlows[0].ThreadFlows[0].Locations
	if got := *steps[len(steps)-1].Location.Message.Text; !strings.Contains(got, "count_them+0xa5") {
		t.Errorf("the flow ends at %q, not at the fault", got)
	}
	checkSARIF(t, shown(t, "sarif", Options{}))
	full, err := sarif.FromBytes(shown(t, "sarif", Options{}, many(docLimit+7)...))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(full.Runs[0].Results); n != docLimit {
		t.Errorf("%d results", n)
	}
	// The schema can fail, too.
	log.Runs[0].Results[0].Level = "terrible"
	if log.Validate() == nil {
		t.Error("the schema allows any level")
	}
}

func TestURIs(t *testing.T) {
	tests := []struct{ name, path, uri string }{
		{"-", "stdin", "stdin"},
		{"./a/b.log", "a/b.log", "a/b.log"},
		{"/work/a b.log", "a b.log", "a%20b.log"},
		{"/work", "/work", "file:///work"},
		{"/else/x", "/else/x", "file:///else/x"},
		{"../x", "../x", "../x"},
		{"a:b", "a:b", "./a:b"},
		{"x\x1b\xff?#.log", "x\x1b\xff?#.log", "x%1B%FF%3F%23.log"},
		{`dir\a.log`, "dir/a.log", "dir/a.log"},
	}
	for _, test := range tests {
		got := relative(test.name, "/work")
		if got != test.path || uri(got) != test.uri {
			t.Errorf("%q: path %q uri %q, want %q %q", test.name, got, uri(got), test.path, test.uri)
		}
	}
}

// junitForm is what the readers of Jenkins, GitLab and Maven Surefire have in common: which elements may stand where,
// with which attributes; those with ! have to be there. JUnit XML has no standard, so this table is ours.
var junitForm = map[string]struct{ parent, attributes string }{
	"testsuites": {"", "name tests failures errors skipped time"},
	"testsuite":  {"testsuites", "name! tests! failures! errors! id skipped time! file"},
	"testcase":   {"testsuite", "name! classname! time"},
	"failure":    {"testcase", "message! type"},
	"error":      {"testcase", "message! type"},
	"skipped":    {"testcase", "message"},
	"system-out": {"testcase", ""},
}

// checkJUnit holds a document against junitForm and its own sums, and returns how many elements there are of each.
func checkJUnit(t *testing.T, out []byte) map[string]int {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(out))
	count := map[string]int{}
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			form, known := junitForm[x.Name.Local]
			parent := ""
			if len(open) > 0 {
				parent = open[len(open)-1]
			}
			if !known || form.parent != parent {
				t.Fatalf("<%s> in <%s>", x.Name.Local, parent)
			}
			allowed := strings.Fields(form.attributes)
			for _, a := range x.Attr {
				i := slices.IndexFunc(allowed, func(f string) bool { return strings.TrimSuffix(f, "!") == a.Name.Local })
				if i < 0 {
					t.Fatalf("<%s %s>", x.Name.Local, a.Name.Local)
				}
				allowed = slices.Delete(allowed, i, i+1)
			}
			if s := strings.Join(allowed, " "); strings.Contains(s, "!") {
				t.Fatalf("<%s> lacks %s", x.Name.Local, s)
			}
			open = append(open, x.Name.Local)
			count[x.Name.Local]++
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 || strings.HasPrefix(open[len(open)-1], "test") {
				if strings.TrimSpace(string(x)) != "" {
					t.Fatalf("text %q in %v", x, open)
				}
			}
		}
	}
	var sums struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	if err := xml.Unmarshal(out, &sums); err != nil {
		t.Fatal(err)
	}
	if sums.Tests != count["testcase"] || sums.Failures != count["failure"] || sums.Errors != count["error"] ||
		sums.Skipped != count["skipped"] {
		t.Errorf("the sums %+v are not those of %v", sums, count)
	}
	return count
}

func TestJUnit(t *testing.T) {
	passed, ignored := sample(), sample()
	passed.Standing = &triage.Standing{}
	ignored.Standing = &triage.Standing{Ignored: "flaky"}
	got := checkJUnit(t, shown(t, "junit", Options{}, sample(), nothing(), passed, ignored))
	if got["failure"] != 2 || got["skipped"] != 1 || got["system-out"] != 1 || got["testsuite"] != 1 {
		t.Errorf("got %v", got)
	}
	got = checkJUnit(t, shown(t, "junit", Options{}))
	if got["testcase"] != 1 || got["failure"] != 0 {
		t.Errorf("an input without a crash is not one test that passed: %v", got)
	}
	got = checkJUnit(t, shown(t, "junit", Options{}, many(docLimit+7)...))
	if got["failure"] != docLimit+1 {
		t.Errorf("%d failures, want %d and one for the rest", got["failure"], docLimit)
	}
}

// Inputs that could not be read are in each document.
func TestUnreadInputs(t *testing.T) {
	for _, format := range []string{"json", "sarif", "junit", "github", "gitlab"} {
		var b bytes.Buffer
		newRenderer, _ := For(format)
		doc := &triage.Document{Inputs: []triage.Input{{Name: "a.log", Error: "permission denied"}}}
		if err := newRenderer(&b, Options{}).Close(doc); err != nil {
			t.Fatal(err)
		}
		want := "permission denied"
		if format == "github" {
			want = "::warning title=not everything could be read::"
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s does not say it: %s", format, b.String())
		}
		switch format {
		case "sarif":
			if *checkSARIF(t, b.Bytes()).Runs[0].Invocations[0].ExecutionSuccessful {
				t.Error("sarif: the execution was successful")
			}
		case "junit":
			if checkJUnit(t, b.Bytes())["error"] != 1 {
				t.Error("junit: no error")
			}
		}
	}
}

// githubLine is an annotation: the values of properties hold none of , : % CR LF but as escapes, the text no CR, LF.
var githubLine = regexp.MustCompile(
	`^::(error|warning) (?:file=(?:[^,:%]|%(?:25|0D|0A|3A|2C))*,)?(?:line=[0-9]+,)?title=(?:[^,:%]|%(?:25|0D|0A|3A|2C))*` +
		`::((?:[^%]|%(?:25|0D|0A))*)$`)

// checkGitHub holds that each line is one annotation, and that a step has no more of them than are shown.
func checkGitHub(t *testing.T, out []byte) map[string]int {
	t.Helper()
	count := map[string]int{}
	for line := range strings.Lines(string(out)) {
		m := githubLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Fatalf("this is no annotation: %q", line)
		}
		count[m[1]]++
	}
	if count["error"] > stepLimit || count["warning"] > stepLimit {
		t.Errorf("there are more annotations than a step shows: %v", count)
	}
	return count
}

func TestGitHub(t *testing.T) {
	out := shown(t, "github", Options{}, many(50)...)
	if got := checkGitHub(t, out); got["error"] != 10 || got["warning"] != 10 {
		t.Errorf("got %v", got)
	}
	if n := strings.Count(string(out), "title=and 16 more::16 more different crashes"); n != 2 {
		t.Errorf("%d lines sum up the rest, want 2:\n%s", n, out)
	}
	// The gravest comes first, a repeat is counted, and what the rules let pass is left out.
	panicked, passed := sample(), sample()
	panicked.Standing, panicked.Severity, panicked.Fingerprint.Similar = nil, "panic", "x"
	passed.Standing, passed.Fingerprint.Similar = &triage.Standing{}, "y"
	out = shown(t, "github", Options{}, append(many(4), many(2)[0], panicked, passed)...)
	lines := strings.Split(string(out), "\n")
	if got := checkGitHub(t, out); got["error"] != 3 || got["warning"] != 2 || !strings.Contains(lines[0], "title=panic") ||
		!strings.Contains(lines[1], "::6 times%0A") {
		t.Errorf("got %v:\n%s", got, out)
	}
	if got := shown(t, "github", Options{}); len(got) != 0 {
		t.Errorf("nothing gives %q", got)
	}
	exactly := many(20)
	if out := shown(t, "github", Options{}, exactly...); strings.Contains(string(out), "more") {
		t.Errorf("10 and 10 are all there:\n%s", out)
	}
}

// checkGitLab holds that all that GitLab requires is there, and that fingerprints differ.
func checkGitLab(t *testing.T, out []byte) []gitlabIssue {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(out))
	d.DisallowUnknownFields()
	var issues []gitlabIssue
	if err := d.Decode(&issues); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, x := range issues {
		if x.Description == "" || x.CheckName == "" || x.Location.Path == "" || x.Location.Lines.Begin < 1 ||
			!slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, x.Severity) ||
			seen[x.Fingerprint] || len(x.Fingerprint) != 32 {
			t.Errorf("this is no issue: %+v", x)
		}
		seen[x.Fingerprint] = true
	}
	return issues
}

func TestGitLab(t *testing.T) {
	if got := checkGitLab(t, shown(t, "gitlab", Options{}, sample(), nothing(), sample())); len(got) != 2 {
		t.Errorf("got %+v", got)
	}
	if got := string(shown(t, "gitlab", Options{})); got != "[]\n" {
		t.Errorf("nothing gives %q", got)
	}
}

func TestJobSummaryFits(t *testing.T) {
	out := shown(t, "markdown", Options{Brief: true}, many(3000)...)
	if len(out) > 1<<20 {
		t.Errorf("%d bytes: GitHub shows no more than 1 MiB", len(out))
	}
	for _, want := range []string{"## Kernel crashes: 9000", "more are not shown", "more reports are not shown"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("there is no %q", want)
		}
	}
}

// What a log says acts in none of the documents.
func TestHostileDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("many documents")
	}
	for i, attack := range attacks {
		r := poisoned(attack)
		for _, severity := range []string{"oops", attack} {
			r.Severity = severity
			for _, standing := range []*triage.Standing{nil, r.Standing} {
				c := *r
				c.Standing = standing
				out := shown(t, "sarif", Options{}, &c)
				checkHarmless(t, out, 0)
				checkSARIF(t, out)
				out = shown(t, "junit", Options{}, &c)
				checkHarmless(t, bytes.ReplaceAll(out, []byte("\t"), nil), 0) // the encoder's indents
				checkJUnit(t, out)
				out = shown(t, "gitlab", Options{}, &c)
				checkHarmless(t, out, 0)
				checkGitLab(t, out)
				out = shown(t, "github", Options{}, &c)
				checkGitHub(t, out)
				checkHarmless(t, bytes.ReplaceAll(bytes.ReplaceAll(out, []byte("::error"), nil), []byte("::warning"), nil), 0)
			}
		}
		if t.Failed() {
			t.Fatalf("attack %d: %q", i, attack)
		}
	}
}

// Whatever stands in a log: each document keeps its form, and nothing in it acts.
func FuzzDocuments(f *testing.F) {
	for _, a := range attacks {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, attack string) {
		r := poisoned(attack)
		r.Standing = nil
		checkHarmless(t, shown(t, "plain", Options{Brief: true}, r), 0)
		checkMarkdown(t, 0, shown(t, "markdown", Options{Brief: true}, r))
		checkJUnit(t, shown(t, "junit", Options{}, r))
		checkGitLab(t, shown(t, "gitlab", Options{}, r))
		r.Severity = "oops"
		checkGitHub(t, shown(t, "github", Options{}, r))
		out := shown(t, "sarif", Options{}, r)
		checkHarmless(t, out, 0)
		if _, err := sarif.FromBytes(out, sarif.WithStrictValidation()); err != nil {
			t.Fatal(err)
		}
	})
}
