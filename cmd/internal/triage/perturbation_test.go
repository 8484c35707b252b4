package triage

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/kb"
)

// The logs of the entries are what their writers knew, so that finding them again shows little. The perturbations below
// change each log in the ways in which the next crash of the same bug differs, or in which another bug looks alike.

var (
	placeForm   = regexp.MustCompile(`\b([a-zA-Z_][\w.]*)\+0x([0-9a-f]+)/0x([0-9a-f]+)`)
	moduleForm  = regexp.MustCompile(`(/0x[0-9a-f]+) \[[a-zA-Z]\w*\]`)
	codeLine    = regexp.MustCompile(`(?m)^.*\bCode: .*\n`)
	versionForm = regexp.MustCompile(`((?:Not tainted|Tainted: [A-Z ]*[A-Z])\s+\(?)([2-7]\.[0-9]+[^\s)]*)`)
	lockdepForm = regexp.MustCompile(`(?m)^([2-7]\.[0-9]+\S*) (#\d+ (?:Not t|T)ainted)`)
)

// perturbation changes the log of an entry; "" where the change makes no sense for this log.
type perturbation struct {
	name   string
	change func(e *kb.Entry, log string) string
}

// rebuilt gives all places the offsets of another build: some bytes on, in longer functions.
func rebuilt(_ *kb.Entry, log string) string {
	return placeForm.ReplaceAllStringFunc(log, func(s string) string {
		m := placeForm.FindStringSubmatch(s)
		offset, _ := strconv.ParseUint(m[2], 16, 64)
		size, _ := strconv.ParseUint(m[3], 16, 64)
		return fmt.Sprintf("%s+%#x/%#x", m[1], offset+7, size+0x20)
	})
}

func suffixed(suffix string) func(*kb.Entry, string) string {
	return func(e *kb.Entry, log string) string {
		return placeForm.ReplaceAllStringFunc(rebuilt(e, log), func(s string) string {
			if strings.Contains(s, ".") {
				return s
			}
			return strings.Replace(s, "+", suffix+"+", 1)
		})
	}
}

// shortened cuts the trace behind its first n frames.
func shortened(n int) func(*kb.Entry, string) string {
	return func(e *kb.Entry, log string) string {
		head, trace, found := cutTrace(rebuilt(e, log))
		if !found {
			return ""
		}
		var kept []string
		left := n
		for line := range strings.Lines(trace) {
			if left == 0 {
				break
			}
			if placeForm.MatchString(line) && !strings.Contains(line, "kasan") && !strings.Contains(line, "dump_stack") {
				left--
			}
			kept = append(kept, line)
		}
		return head + strings.Join(kept, "")
	}
}

// cutTrace splits a log behind the head of its first trace.
func cutTrace(log string) (head, trace string, found bool) {
	for _, mark := range []string{"Call Trace:\n", "Call trace:\n", "Backtrace:\n", "Call Trace: \n"} {
		if head, trace, found := strings.Cut(log, mark); found {
			return head + mark, trace, true
		}
	}
	return log, "", false
}

// another puts the log on a kernel of another version.
func another(version func(*kb.Entry) string) func(*kb.Entry, string) string {
	return func(e *kb.Entry, log string) string {
		v := version(e)
		if v == "" || !versionForm.MatchString(log) && !lockdepForm.MatchString(log) {
			return ""
		}
		return lockdepForm.ReplaceAllString(versionForm.ReplaceAllString(log, "${1}"+v), v+" $2")
	}
}

// same are what the next crash of the same bug looks like: the entry has to come first still.
var same = []perturbation{
	{"another build", rebuilt},
	{"suffix .isra.0", suffixed(".isra.0")},
	{"suffix .constprop.0.isra.0", suffixed(".constprop.0.isra.0")},
	{"no Code line", func(e *kb.Entry, log string) string { return codeLine.ReplaceAllString(rebuilt(e, log), "") }},
	{"built in", func(e *kb.Entry, log string) string { return moduleForm.ReplaceAllString(rebuilt(e, log), "$1") }},
	{"one frame", shortened(1)},
	{"three frames", shortened(3)},
	{"syslog", func(e *kb.Entry, log string) string {
		var out strings.Builder
		for line := range strings.Lines(rebuilt(e, log)) {
			out.WriteString("Mar  5 11:30:12 gateway kernel: [ 1825.349056] " + line)
		}
		return out.String()
	}},
	{"quoted in a mail", func(e *kb.Entry, log string) string {
		return "> " + strings.ReplaceAll(strings.TrimSuffix(rebuilt(e, log), "\n"), "\n", "\n> ") + "\n"
	}},
	{"no kernel version", func(e *kb.Entry, log string) string {
		return versionForm.ReplaceAllString(rebuilt(e, log), "$1")
	}},
	{"arm64", func(e *kb.Entry, log string) string {
		log = codeLine.ReplaceAllString(rebuilt(e, log), "")
		if !strings.Contains(log, "RIP: 0010:") {
			return ""
		}
		return strings.NewReplacer("RIP: 0010:", "pc : ", "Call Trace:", "Call trace:").Replace(log)
	}},
	{"last vendor build", another(func(e *kb.Entry) string {
		if e.Introduced.Mainline == "" || len(e.Affected.Windows) > 0 {
			return ""
		}
		return e.Introduced.Mainline + ".0-99-generic"
	})},
}

// different are other crashes: the entry may not be known or likely.
var different = []perturbation{
	{"mainline with the fix", another(func(e *kb.Entry) string {
		if e.Fixed.Mainline == "" || strings.Contains(e.Fixed.Mainline, "rc") {
			return ""
		}
		return nextSeries(e.Fixed.Mainline)
	})},
	{"stable with the fix", another(func(e *kb.Entry) string {
		if series := slices.Sorted(maps.Keys(e.Fixed.Stable)); len(series) > 0 {
			return e.Fixed.Stable[series[len(series)-1]]
		}
		return ""
	})},
	{"before the bug", another(func(e *kb.Entry) string {
		if e.Introduced.Mainline == "" || len(e.Introduced.Stable) > 0 || len(e.Fixed.Stable) > 0 {
			return ""
		}
		if strings.HasPrefix(e.Introduced.Mainline, "2.6.") {
			return "2.4.20"
		}
		return "2.6.18"
	})},
	{"another function", func(e *kb.Entry, log string) string {
		for _, f := range places(e) {
			log = strings.ReplaceAll(log, f, "nf_other_function")
		}
		return log
	}},
	{"another kind", func(e *kb.Entry, log string) string {
		head, trace, found := cutTrace(log)
		place := placeForm.FindString(log)
		if !found || place == "" || slices.ContainsFunc(e.Kinds, func(k string) bool { return strings.Contains(k, "lock") }) {
			return ""
		}
		version := versionForm.FindStringSubmatch(head)
		if version == nil {
			return ""
		}
		return "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [nft:1234]\n" +
			"CPU: 1 PID: 1234 Comm: nft Not tainted " + version[2] + " #1\nRIP: 0010:" + place + "\nCall Trace:\n" + trace
	}},
	{"only allocated there", func(_ *kb.Entry, log string) string {
		_, trace, found := cutTrace(log)
		version := versionForm.FindStringSubmatch(log)
		if !found || version == nil {
			return ""
		}
		trace, _, _ = strings.Cut(trace, "\n\n")
		return "BUG: KASAN: slab-use-after-free in ext4_find_extent+0x1f4/0x8a0\n" +
			"Read of size 8 at addr ffff88810597ebf0 by task fsx/1234\n\n" +
			"CPU: 1 PID: 1234 Comm: fsx Not tainted " + version[2] + " #1\nCall Trace:\n <TASK>\n dump_stack_lvl+0x64/0x80\n" +
			" print_report+0xc4/0x620\n kasan_report+0xb4/0xe0\n ext4_find_extent+0x1f4/0x8a0\n ext4_map_blocks+0x88/0x500\n" +
			" vfs_write+0x31/0x200\n </TASK>\n\nAllocated by task 1200:\n kasan_save_stack+0x20/0x40\n __kasan_kmalloc+0x7f/0x90\n" +
			trace + "\nFreed by task 1201:\n kasan_save_stack+0x20/0x40\n kfree+0x7f/0x190\n" + trace + "\n"
	}},
}

// places are the functions that name the entry, those of its frames included.
func places(e *kb.Entry) []string {
	var list []string
	for _, sequence := range append([][]string{e.Functions}, e.Frames...) {
		for _, f := range sequence {
			name, _, _ := strings.Cut(f, " ")
			list = append(list, name)
		}
	}
	slices.Sort(list)
	slices.Reverse(list) // the longer of two names with the same start first
	return slices.Compact(list)
}

// nextSeries is the release after a mainline one.
func nextSeries(v string) string {
	dot := strings.LastIndexByte(v, '.')
	n, err := strconv.Atoi(v[dot+1:])
	if err != nil {
		return ""
	}
	return v[:dot+1] + strconv.Itoa(n+1)
}

// sum counts what became of the logs under one perturbation.
type sum struct{ logs, first, known, likely, possible, others int }

func TestPerturbations(t *testing.T) {
	base, err := kb.Load()
	if err != nil {
		t.Fatal(err)
	}
	var table, wrong strings.Builder
	fmt.Fprintf(&table, "%-28s %5s %6s %6s %6s %8s %6s\n", "", "logs", "first", "known", "likely", "possible", "others")
	var all sum
	for _, family := range [][]perturbation{same, different} {
		keeps := &family[0] == &same[0]
		for _, p := range family {
			var s sum
			for _, e := range base.All() {
				log, found := base.Log(e.ID)
				if !found {
					continue
				}
				text := p.change(e, string(log))
				if text == "" {
					continue
				}
				s.logs++
				r := firstReport(t, base, e.ID, []byte(text))
				if r == nil {
					if keeps {
						t.Logf("%s: %s: no crash found", p.name, e.ID)
					}
					continue
				}
				verdict := ""
				for i, m := range r.Matches {
					if m.ID != e.ID {
						if m.Verdict == "known" || m.Verdict == "likely" && keeps && r.Matches[0].ID != e.ID {
							s.others++
							fmt.Fprintf(&wrong, "%s: %s: %s is %s %.3f\n", p.name, e.ID, m.ID, m.Verdict, m.Score)
						}
						continue
					}
					verdict = m.Verdict
					if i == 0 {
						s.first++
					}
				}
				switch verdict {
				case "known":
					s.known++
				case "likely":
					s.likely++
				case "possible":
					s.possible++
				}
				if !keeps && (verdict == "known" || verdict == "likely") {
					fmt.Fprintf(&wrong, "%s: %s is %s\n", p.name, e.ID, verdict)
				}
				if keeps && (len(r.Matches) == 0 || r.Matches[0].ID != e.ID) {
					fmt.Fprintf(&wrong, "%s: %s does not come first\n", p.name, e.ID)
				}
			}
			fmt.Fprintf(&table, "%-28s %5d %6d %6d %6d %8d %6d\n", p.name, s.logs, s.first, s.known, s.likely, s.possible, s.others)
			if keeps {
				all.logs, all.first = all.logs+s.logs, all.first+s.first
			}
		}
	}
	t.Logf("\n%s", table.String())
	t.Logf("\n%s", wrong.String())
	t.Logf("%d of %d come first, %.1f %%", all.first, all.logs, 100*float64(all.first)/float64(all.logs))
	if all.first*100 < all.logs*93 {
		t.Errorf("%d of %d come first, less than 93 %%", all.first, all.logs)
	}
}
