package kb

import (
	"fmt"
	"strings"
	"testing"
)

// madeUp are crashes made from what an entry says, and of nothing else: each of its call sequences, on a kernel as a
// distribution names it, on several stable ones, and on one that is not known. No place, no address and no code is
// given: only what bugs of one function share.
func madeUp(e *Entry) []Facts {
	function, _, _ := strings.Cut(e.Functions[0], " ")
	module := ""
	if len(e.Modules) > 0 {
		module = strings.ReplaceAll(e.Modules[0], "*", "ip")
	}
	sequences := e.Frames
	if len(sequences) == 0 {
		sequences = [][]string{{function}}
	}
	kernels := []string{"", "6.1.50", "5.15.60", "4.19.100"}
	if v := e.Introduced.Mainline; v != "" && !strings.Contains(v, "rc") {
		kernels = append(kernels, v+".0-1-generic")
	}
	var list []Facts
	for _, kernel := range kernels {
		for _, sequence := range sequences {
			f := Facts{
				Kind: strings.ReplaceAll(e.Kinds[0], "*", "use-after-free"), Kernel: kernel, Arch: "x86_64", Context: "task",
				IP: Frame{Symbol: function, Offset: 0x33, Size: 0x777, Module: module},
			}
			for _, call := range append(sequence[:len(sequence):len(sequence)], "caller_a", "caller_b", "caller_c") {
				if name, _, _ := strings.Cut(call, " "); name != function {
					f.Frames = append(f.Frames, Frame{Symbol: name, Offset: 0x5, Size: 0x99, Reliable: true})
				}
			}
			list = append(list, f)
		}
	}
	return list
}

// Where only functions and calls speak, no entry may be taken for another one: never known, and hardly ever likely.
func TestMadeUpCrashes(t *testing.T) {
	b := load(t)
	crashes, first, known, likely := 0, 0, 0, 0
	var others strings.Builder
	for _, e := range b.All() {
		if e.Class == "lesson" || len(e.Functions) == 0 {
			continue
		}
		for _, f := range madeUp(e) {
			crashes++
			for i, m := range b.Match(f) {
				switch {
				case m.ID == e.ID:
					if i == 0 {
						first++
					}
				case m.Verdict == "known":
					known++
					t.Errorf("%s on %q is known as %s", e.ID, f.Kernel, m.ID)
				case m.Verdict == "likely":
					likely++
					fmt.Fprintf(&others, "  %s on %q is likely %s\n", e.ID, f.Kernel, m.ID)
				}
				if m.ID == e.ID && e.Quality == "thin" && m.Verdict != "possible" {
					t.Errorf("%s is thin and %s", e.ID, m.Verdict)
				}
			}
		}
	}
	t.Logf("%d made-up crashes: their entry is first for %d, another one known for %d and likely for %d\n%s",
		crashes, first, known, likely, others.String())
	if likely*100 > crashes {
		t.Errorf("another entry is likely for %d of %d, more than 1 %%", likely, crashes)
	}
}
