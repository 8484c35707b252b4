package policy

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// joined is what Groups makes of parts, as JSON.
func joined(t *testing.T, parts ...[]*triage.Report) []*triage.Report {
	t.Helper()
	g := NewGroups(0)
	for _, part := range parts {
		for _, r := range part {
			if !g.Add(r) {
				t.Fatal("a group without limit is full")
			}
		}
	}
	return slices.Collect(g.All())
}

func form2(t *testing.T, list []*triage.Report) string {
	t.Helper()
	data, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Joining is associative and free of order: any split of the reports, in any order, joined part by part, gives the
// same bytes as all at once.
func TestJoiningIsFreeOfOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		var all []*triage.Report
		for range random.IntN(40) {
			r := report([]string{"info", "warning", "oops", "panic"}[random.IntN(4)], fmt.Sprintf("%016x", random.IntN(5)))
			r.Title = fmt.Sprint("title ", random.IntN(3))
			r.Completeness = float64(random.IntN(3)) / 3
			r.Input, r.Span.FirstLine = fmt.Sprint("log", random.IntN(30)), 1+random.IntN(9)
			if random.IntN(4) == 0 {
				r.Fingerprint.Similar = ""
			}
			if random.IntN(3) == 0 {
				r.Count = 1 + random.IntN(5)
			}
			all = append(all, r)
		}
		want := form2(t, joined(t, all))
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		a, b := 0, 0
		if len(all) > 0 {
			a = random.IntN(len(all))
			b = a + random.IntN(len(all)-a)
		}
		left := joined(t, joined(t, joined(t, all[:a]), joined(t, all[a:b])), joined(t, all[b:]))
		right := joined(t, joined(t, all[:a]), joined(t, joined(t, all[b:]), joined(t, all[a:b])))
		for name, got := range map[string]string{"left": form2(t, left), "right": form2(t, right)} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("round %d, %s: -want +got\n%s", round, name, diff)
			}
		}
	}
}

func TestGroupsCount(t *testing.T) {
	weak, strong := report("warning", one), report("panic", one)
	weak.Input, strong.Input = "b", "a"
	weak.Count = 4
	g := NewGroups(1)
	if !g.Add(weak) || !g.Add(strong) {
		t.Fatal("not taken")
	}
	if g.Add(report("panic", two)) {
		t.Error("a second fingerprint is over the limit, and was taken")
	}
	got := slices.Collect(g.All())
	if len(got) != 1 || got[0].Count != 5 || got[0].Severity != "panic" {
		t.Fatalf("got %+v", got)
	}
	if diff := cmp.Diff([]triage.Spot{{Input: "a"}, {Input: "b"}}, got[0].Places); diff != "" {
		t.Error(diff)
	}
	if weak.Count != 4 || strong.Count != 0 {
		t.Error("the reports that went in were changed")
	}
}
