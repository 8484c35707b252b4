package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// read takes reports and errors apart.
func read(text string) (reports []*triage.Report, problems []string) {
	for r, err := range ReadReports(strings.NewReader(text)) {
		if err != nil {
			problems = append(problems, err.Error())
		} else {
			reports = append(reports, r)
		}
	}
	return reports, problems
}

const good = `{"title":"t","fingerprint":{"similar":"` + one + `"}}`

func TestReadReports(t *testing.T) {
	tests := []struct {
		name, text string
		reports    int
		problems   []string
	}{
		{"nothing", "", 0, nil},
		{"empty lines", "\n \r\n" + good + "\r\n\n" + good, 2, nil},
		{"no report", "{}\n" + good + "\n", 1, []string{"line 1: this is no report of nfoops -f jsonl: it has no title"}},
		{"no JSON", good + "\nnfoops: error\n" + good, 2, []string{"line 2: this is no report of nfoops -f jsonl: invalid"}},
		{"another type", `{"title":1}` + "\n", 0, []string{"line 1: this is no report"}},
		{"cut off", good[:20], 0, []string{"line 1: this is no report of nfoops -f jsonl: unexpected end"}},
		{"a log", strings.Repeat("x", reportLimit+1) + "\n" + good, 1, []string{"line 1: it is longer than"}},
	}
	for _, test := range tests {
		reports, problems := read(test.text)
		if len(reports) != test.reports || len(problems) != len(test.problems) {
			t.Errorf("%s: %d reports, problems %q", test.name, len(reports), problems)
			continue
		}
		for i, want := range test.problems {
			if !strings.HasPrefix(problems[i], want) {
				t.Errorf("%s: %q, want %q", test.name, problems[i], want)
			}
		}
	}
	broken := errors.New("broken")
	var last error
	n := 0
	for r, err := range ReadReports(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(good)))) {
		last = err
		if r != nil {
			n++
		}
	}
	if n != 0 || !errors.Is(last, iotest.ErrTimeout) {
		t.Errorf("%d reports, error %v", n, last)
	}
	for _, err := range ReadReports(iotest.ErrReader(broken)) {
		last = err
	}
	if !errors.Is(last, broken) {
		t.Errorf("error %v", last)
	}
}

func FuzzReadReports(f *testing.F) {
	f.Add(good)
	f.Add(`{"title":"t","fingerprint":{"similar":"x"},"count":-1,"matches":[{}],"code":{},"places":[{"line":-1}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		reports, _ := read(text)
		g := NewGroups(0)
		for _, r := range reports {
			if !g.Add(r) {
				t.Fatal("not taken")
			}
		}
		// What comes out goes in again, and stays what it is.
		var b bytes.Buffer
		for r := range g.All() {
			data, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(data, '\n'))
		}
		again := NewGroups(0)
		reread, problems := read(b.String())
		if len(problems) > 0 {
			t.Fatalf("%q is not read again: %s", b.String(), problems)
		}
		random := rand.New(rand.NewPCG(uint64(len(text)), 0))
		random.Shuffle(len(reread), func(i, j int) { reread[i], reread[j] = reread[j], reread[i] })
		for _, r := range reread {
			again.Add(r)
		}
		if diff := cmp.Diff(form2(t, slices.Collect(g.All())), form2(t, slices.Collect(again.All()))); diff != "" {
			t.Error(diff)
		}
	})
}
