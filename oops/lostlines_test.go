package oops_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// TestLostLines drops lines at random: what is left may tell less, but nothing else. Places, registers, code and the
// task of a damaged log are those of the whole one, or unknown.
func TestLostLines(t *testing.T) {
	wrong, n := 0, 0
	rnd := rand.New(rand.NewPCG(7, 17))
	logs := testLogs(t)
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		log := logs[name]
		want := crashes(t, log)
		if strings.HasPrefix(name, "ia64") || len(want) == 1 && want[0].Kind == oops.RCUStall {
			continue // whose registers come between traces
		}
		if len(want) != 1 || len(log) > 24<<10 || slices.ContainsFunc(want[0].FollowOn, func(f oops.FollowOn) bool {
			return !strings.HasPrefix(f.Title, "kernel panic")
		}) {
			continue // several dumps: which is the first may be another
		}
		rows := strings.SplitAfter(string(log), "\n")
		for range 12 {
			var b strings.Builder
			for _, row := range rows {
				if rnd.IntN(100) >= 15 {
					b.WriteString(row)
				}
			}
			for _, got := range crashes(t, []byte(b.String())) {
				n++
				if names := changed(want[0], got); len(names) > 0 {
					wrong++
					t.Logf("%s: %s\n%s", name, strings.Join(names, ", "), b.String())
				}
			}
		}
	}
	t.Logf("%d of %d damaged logs have a wrong fact", wrong, n)
	if wrong*200 > n { // code whose every neighbour was lost may be anybody's
		t.Errorf("%d of %d damaged logs have a wrong fact", wrong, n)
	}
}

// changed names the facts that got states otherwise than want.
func changed(want, got *oops.Crash) (names []string) {
	facts := map[string]fact{}
	for _, f := range stated(want) {
		facts[f.name] = f
	}
	for _, f := range stated(got) {
		w := facts[f.name]
		if (f.name == "pid" || f.name == "comm") && got.Kind != want.Kind {
			continue // the task that panics for a hung one
		}
		if f.name != "code" && f.line > 0 && w.line > 0 && f.value != w.value && f.value != "" && w.value != "" {
			names = append(names, f.name)
		}
	}
	a, b := want.Code.Value.Text, got.Code.Value.Text
	if want.Code.Known() && got.Arch.X86() && a != b && b != "" {
		names = append(names, "code")
	}
	for _, r := range got.Registers {
		if w, ok := want.Register(r.Name); !ok && len(want.Registers) > 0 || ok && w.Value != r.Value {
			names = append(names, "register "+r.Name)
		}
	}
	return names
}
