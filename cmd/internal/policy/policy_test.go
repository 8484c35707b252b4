package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

const (
	one = "00000000000000a1"
	two = "00000000000000b2"
)

var noon = time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)

func report(severity, similar string) *triage.Report {
	return &triage.Report{Severity: severity, Title: "t", Fingerprint: triage.Fingerprint{Similar: similar, Exact: two}}
}

func known(affected string, fixedIn ...string) *triage.Report {
	r := report("info", one)
	r.Verdict = triage.Verdict{Status: "known", ID: "x"}
	r.Matches = []triage.Match{{ID: "x", Affected: affected, FixedIn: fixedIn}}
	return r
}

func TestLevels(t *testing.T) {
	possible := known("yes", "6.1")
	possible.Verdict.Status = "possible"
	tests := []struct {
		name string
		r    *triage.Report
		want string // the levels at which it is a finding, without any and new, at which each is
	}{
		{"info", report("info", one), ""},
		{"warning", report("warning", one), "warning"},
		{"hang", report("hang", one), "warning oops"},
		{"oops", report("oops", one), "warning oops"},
		{"panic", report("panic", one), "warning oops"},
		{"a severity of later days", report("doom", one), ""},
		{"known and fixed", known("yes", "6.1"), "known-fixed"},
		{"known and fixed, kernel not told", known("unknown", "6.1"), "known-fixed"},
		{"the kernel has the fix", known("no", "6.1"), ""},
		{"known, not fixed", known("yes"), ""},
		{"only possible", possible, ""},
	}
	for _, test := range tests {
		var got []string
		for _, name := range Levels() {
			level, err := ParseLevel(name)
			if err != nil {
				t.Fatal(err)
			}
			p := Policy{FailOn: level, Now: noon}
			if p.Judge(test.r); test.r.Standing.Finding {
				got = append(got, name)
			}
		}
		want := strings.Join(strings.Fields("any "+test.want+" new"), " ")
		if strings.Join(got, " ") != want {
			t.Errorf("%s: a finding at %q, want %q", test.name, got, want)
		}
	}
	if _, err := ParseLevel("Any"); err == nil {
		t.Error("there is a level Any")
	}
}

func lines(t *testing.T, text string, read func(string, *strings.Reader) (*List, error)) *List {
	t.Helper()
	l, err := read("list", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func baseline(name string, r *strings.Reader) (*List, error) { return ReadBaseline(name, r) }
func ignore(name string, r *strings.Reader) (*List, error)   { return ReadIgnore(name, r) }

func TestJudge(t *testing.T) {
	tests := []struct {
		name, baseline, ignore string
		level                  Level
		r                      *triage.Report
		want                   triage.Standing
	}{
		{"no lists", "", "", "", report("warning", one), triage.Standing{Finding: true}},
		{"new", "# nothing\n", "", New, report("info", one), triage.Standing{Finding: true, Base: "new"}},
		{"in the baseline", one + " # t\n", "", Warning, report("panic", one), triage.Standing{Base: "known"}},
		{"any counts the baseline", one + "\n", "", Any, report("info", one), triage.Standing{Finding: true, Base: "known"}},
		{"by the exact fingerprint", two + "\n", "", New, report("info", one), triage.Standing{Base: "known"}},
		{"ignored", "", one + " # flaky\n", Any, report("panic", one), triage.Standing{Ignored: "flaky"}},
		{"ignored today", "", one + " exp:2027-01-31 # x\n", Any, report("panic", one), triage.Standing{Ignored: "x"}},
		{"expired", "", one + " exp:2027-01-30 # x\n", Any, report("panic", one), triage.Standing{Finding: true}},
		{"ignored and new", "#\n", one + " # x\n", New, report("info", one), triage.Standing{Base: "new", Ignored: "x"}},
	}
	for _, test := range tests {
		p := Policy{FailOn: test.level, Now: noon}
		if test.baseline != "" {
			p.Baseline = lines(t, test.baseline, baseline)
		}
		if test.ignore != "" {
			p.Ignore = lines(t, test.ignore, ignore)
		}
		p.Judge(test.r)
		if diff := cmp.Diff(test.want, *test.r.Standing); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.name, diff)
		}
	}
}

func TestProblems(t *testing.T) {
	p := Policy{Now: noon, Ignore: lines(t, "# head\n\n"+two+" # used\n"+
		"00000000000000c3 # nobody has it\n"+one+" exp:2026-12-31 # old\n", ignore)}
	p.Judge(report("panic", one))
	var got []string
	for _, x := range p.Problems() {
		got = append(got, x.Error())
	}
	want := []string{
		"list:4: 00000000000000c3 is stale: no crash has this fingerprint",
		"list:5: " + one + " has expired, it holds no more",
	}
	// The report's similar fingerprint is in line 5, so its exact one in line 3 is not asked for.
	want = append([]string{"list:3: " + two + " is stale: no crash has this fingerprint"}, want...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestBadLists(t *testing.T) {
	tests := []struct{ text, want string }{
		{"abc # x", "list:1: a line is FINGERPRINT"},
		{"\n" + strings.ToUpper(one) + " # x", "list:2: a line is FINGERPRINT"},
		{one, "list:1: the reason is missing"},
		{one + " #  ", "list:1: the reason is missing"},
		{one + " exp:2027-02-30 # x", `list:1: "2027-02-30" is no date`},
		{one + " tomorrow # x", `list:1: "tomorrow" is neither`},
		{one + " # x\n" + one + " # y", "list:2: " + one + " is in line 1 already"},
		{"# " + strings.Repeat("x", 5000), "list: a line is longer than 4096 bytes"},
		{"\x7fELF\x01\x02", "list:1: a line is FINGERPRINT"},
	}
	for _, test := range tests {
		_, err := ReadIgnore("list", strings.NewReader(test.text))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%.30q: %v, want %s", test.text, err, test.want)
		}
	}
}

func TestBaselineComesBack(t *testing.T) {
	var b strings.Builder
	titles := map[string]string{two: "two", one: "one " + strings.Repeat("x", 5000)}
	if err := WriteBaseline(&b, titles, strings.TrimSpace); err != nil {
		t.Fatal(err)
	}
	l := lines(t, b.String(), baseline)
	if len(l.entries) != 2 || l.entries[two].reason != "two" {
		t.Errorf("%q came back as %v", b.String(), l.entries)
	}
}

func FuzzReadIgnore(f *testing.F) {
	f.Add(one + " exp:2027-01-31 # x\n")
	f.Add("# \xff\n\n" + one)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ReadIgnore("list", strings.NewReader(text))
		if (l == nil) != (err != nil) {
			t.Fatalf("list %v, error %v", l, err)
		}
		if l != nil {
			l.problems(noon)
		}
	})
}
