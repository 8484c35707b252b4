package triage

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/kb"
)

// evaluation counts how well the known bugs are told apart.
type evaluation struct {
	positives, first, nearMisses, quiet int
	others                              []string       // entries that are likely for the log of another
	verdicts                            map[string]int // of the entry for its own log
	wrong                               []string
}

func (e *evaluation) table() string {
	var s strings.Builder
	share := func(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
	fmt.Fprintf(&s, "logs of an entry     %5d\n", e.positives)
	fmt.Fprintf(&s, "  entry comes first  %5d  %5.1f %%\n", e.first, share(e.first, e.positives))
	for _, v := range []string{"known", "likely", "possible", "none"} {
		fmt.Fprintf(&s, "  verdict %-8s   %5d  %5.1f %%\n", v, e.verdicts[v], share(e.verdicts[v], e.positives))
	}
	fmt.Fprintf(&s, "  another is likely  %5d\n", len(e.others))
	for _, o := range e.others {
		fmt.Fprintf(&s, "    %s\n", o)
	}
	fmt.Fprintf(&s, "near misses          %5d\n", e.nearMisses)
	fmt.Fprintf(&s, "  not its entry      %5d  %5.1f %%\n", e.quiet, share(e.quiet, e.nearMisses))
	return s.String()
}

// firstReport reads a log and returns the report on its first crash, nil if it has none.
func firstReport(t *testing.T, base *kb.Base, name string, log []byte) *Report {
	t.Helper()
	for r, err := range NewSession(Sources{KB: base}, "test").Read(context.Background(), name, bytes.NewReader(log)) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return r
	}
	return nil
}

// Each entry with a log has to come first for it, and not at all for its near miss; through all of the program, not
// only the matcher.
func TestEvaluation(t *testing.T) {
	base, err := kb.Load()
	if err != nil {
		t.Fatal(err)
	}
	e := evaluation{verdicts: map[string]int{}}
	for _, entry := range base.All() {
		if log, found := base.Log(entry.ID); found {
			e.positives++
			verdict := "none"
			if r := firstReport(t, base, entry.ID+".log", log); r != nil {
				for i, m := range r.Matches {
					if m.ID == entry.ID {
						verdict = m.Verdict
						if i == 0 {
							e.first++
						}
					} else if m.Verdict == "likely" {
						e.others = append(e.others, entry.ID+": "+m.ID)
					} else if m.Verdict == "known" {
						e.wrong = append(e.wrong, fmt.Sprintf("the log of %s is known as %s too", entry.ID, m.ID))
					}
				}
				if len(r.Matches) == 0 || r.Matches[0].ID != entry.ID {
					e.wrong = append(e.wrong, entry.ID+" does not come first for its log")
				}
			}
			e.verdicts[verdict]++
		}
		if log, found := base.MissLog(entry.ID); found {
			e.nearMisses++
			miss := true
			if r := firstReport(t, base, entry.ID+".miss.log", log); r != nil {
				for _, m := range r.Matches {
					if m.ID == entry.ID {
						miss = false
						e.wrong = append(e.wrong, fmt.Sprintf("the near miss of %s matches it (%s)", m.ID, m.Verdict))
					}
				}
			}
			if miss {
				e.quiet++
			}
		}
	}
	t.Logf("\n%s", e.table())
	for _, w := range e.wrong {
		t.Error(w)
	}
	if e.first*100 < e.positives*95 {
		t.Errorf("%d of %d come first, less than 95 %%", e.first, e.positives)
	}
}

// With NFOOPS_CORPUS=DIR this lists every match in the logs of a directory that is known or likely, for a person to read.
func TestEvaluationElsewhere(t *testing.T) {
	dir := os.Getenv("NFOOPS_CORPUS")
	if dir == "" {
		t.Skip("NFOOPS_CORPUS names no directory of logs")
	}
	base, err := kb.Load()
	if err != nil {
		t.Fatal(err)
	}
	files, crashes := 0, 0
	err = filepath.WalkDir(dir, func(path string, item fs.DirEntry, err error) error {
		if err != nil || !item.Type().IsRegular() {
			return err
		}
		log, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for r, err := range NewSession(Sources{KB: base}, "test").Read(t.Context(), path, bytes.NewReader(log)) {
			if err != nil {
				return err
			}
			crashes++
			for _, m := range r.Matches {
				if m.Verdict == "possible" {
					continue
				}
				t.Logf("%s: %s %.3f %s: %s (kernel %q, affected %s)", path, m.Verdict, m.Score, m.ID, r.Title, r.Kernel, m.Affected)
				for _, e := range m.Evidence {
					t.Logf("    + %.2f %s", e.Weight, e.Fact)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d crashes", files, crashes)
}
