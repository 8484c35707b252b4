package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// compare is two crashes side by side.
type compare struct {
	window
	a, b    *store.Crash
	why     string
	rows    []compareRow
	crashes [2]string
}

// compareRow is one thing that two crashes have or have not in common.
type compareRow struct {
	name string
	a, b string
	same sameness
}

type sameness int

const (
	unsaid    sameness = iota // one of them does not tell
	same                      //
	different                 //
)

func (m *Model) markCrash() tea.Cmd {
	now := m.current()
	if now == nil || now.Report == nil {
		m.say("the crash is still being read: try again in a moment")
		return nil
	}
	kept := *now
	m.marked = &kept
	m.say("marked: %s. d compares it with another crash", kept.Report.Title)
	return nil
}

func (m *Model) openCompare() tea.Cmd {
	now := m.current()
	if now.ID == m.marked.ID {
		m.say("this is the marked crash itself: go to another one")
		return nil
	}
	c := compare{a: m.marked, b: now}
	c.rows = compared(m.marked.Report, now.Report)
	c.why = whySame(m.marked.Report, now.Report, c.rows)
	for i, x := range []*store.Crash{c.a, c.b} {
		c.crashes[i] = strings.Join(slices.DeleteFunc([]string{cmp.Or(x.Host, x.Report.Host), ago(m.now, x.Seen) + " ago"},
			func(s string) bool { return s == "" }), ", ")
	}
	m.compare = c
	m.open(compareScreen)
	return nil
}

// comparedFrames is how many of the innermost frames are compared.
const comparedFrames = 12

// compared puts side by side what tells whether two crashes are one bug, what tells most first.
func compared(a, b *triage.Report) []compareRow {
	var rows []compareRow
	add := func(name, x, y string) {
		how := different
		switch {
		case x == "" && y == "":
			return
		case x == "" || y == "":
			how = unsaid
		case x == y:
			how = same
		}
		rows = append(rows, compareRow{name, x, y, how})
	}
	add("title", a.Title, b.Title)
	add("kind", a.Kind, b.Kind)
	add("where", ipText(a.IP), ipText(b.IP))
	add("culprit", culpritText(a), culpritText(b))
	add("address", string(a.FaultAddress), string(b.FaultAddress))
	add("offset", causeOffset(a), causeOffset(b))
	add("known bug", a.Verdict.ID, b.Verdict.ID)
	add("fingerprint", a.Fingerprint.Similar, b.Fingerprint.Similar)
	add("exact print", a.Fingerprint.Exact, b.Fingerprint.Exact)
	add("kernel", a.Kernel, b.Kernel)
	add("arch", a.Arch, b.Arch)
	add("context", known(a.Context), known(b.Context))
	add("tainted", strings.Join(a.Tainted, " "), strings.Join(b.Tainted, " "))
	x, y := callers(a), callers(b)
	for i := range max(len(x), len(y)) {
		add(fmt.Sprintf("frame %d", i), at(x, i), at(y, i))
	}
	onlyA, onlyB := only(a.Modules, b.Modules), only(b.Modules, a.Modules)
	if len(a.Modules) > 0 && len(b.Modules) > 0 && len(onlyA)+len(onlyB) > 0 {
		rows = append(rows, compareRow{"modules", "only: " + cmp.Or(strings.Join(onlyA, " "), "none"),
			"only: " + cmp.Or(strings.Join(onlyB, " "), "none"), different})
	}
	return rows
}

func known(s string) string {
	if s == "unknown" {
		return ""
	}
	return s
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// only are the names in a that b has not.
func only(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func ipText(p *triage.Place) string {
	if p == nil {
		return ""
	}
	return frameRow(p).name + moduleText(p.Module)
}

func moduleText(module string) string {
	if module == "" {
		return ""
	}
	return " [" + module + "]"
}

func culpritText(r *triage.Report) string {
	if r.Culprit == nil {
		return ""
	}
	return r.Culprit.Symbol + moduleText(r.Culprit.Module)
}

// causeOffset is the displacement of the access that crashed, from its base.
func causeOffset(r *triage.Report) string {
	if r.Cause == nil {
		return ""
	}
	return string(r.Cause.Offset)
}

// callers are the functions of the innermost frames that the kernel does not doubt.
func callers(r *triage.Report) []string {
	var list []string
	for _, f := range r.Trace {
		if f.Reliable && !f.Inlined && f.Symbol != "" {
			list = append(list, f.Symbol+moduleText(f.Module))
		}
		if len(list) == comparedFrames {
			break
		}
	}
	return list
}

// whySame is the conclusion, in a sentence that names its reasons.
func whySame(a, b *triage.Report, rows []compareRow) string {
	var alike, unlike []string
	frames, equal := 0, 0
	for _, r := range rows {
		switch isFrame := strings.HasPrefix(r.name, "frame "); {
		case isFrame:
			if r.same != unsaid {
				frames++
			}
			if r.same == same {
				equal++
			}
		case strings.HasSuffix(r.name, "print") || r.name == "modules" || r.name == "kind":
		case r.same == same:
			alike = append(alike, r.name)
		case r.same == different:
			unlike = append(unlike, r.name)
		}
	}
	if frames > 0 {
		text := fmt.Sprintf("%d of %s", equal, count(frames, "frame", "frames"))
		if 2*equal >= frames {
			alike = append(alike, text)
		} else {
			unlike = append(unlike, "only "+text+" alike")
		}
	}
	verdict := "PROBABLY NOT THE SAME BUG"
	switch {
	case a.Fingerprint.Exact != "" && a.Fingerprint.Exact == b.Fingerprint.Exact:
		verdict = "THE SAME BUG, in the same place of the same build"
	case a.Fingerprint.Similar != "" && a.Fingerprint.Similar == b.Fingerprint.Similar:
		verdict = "THE SAME BUG, on another build or host"
	case a.Verdict.ID != "" && a.Verdict.ID == b.Verdict.ID && a.Verdict.Status == "known" && b.Verdict.Status == "known":
		verdict = "THE SAME KNOWN BUG, seen in two forms"
	case culpritText(a) != "" && culpritText(a) == culpritText(b) && a.Kind == b.Kind:
		verdict = "PERHAPS THE SAME BUG"
	}
	s := verdict + "."
	if len(alike) > 0 {
		s += " Alike: " + strings.Join(alike, ", ") + "."
	}
	if len(unlike) > 0 {
		s += " Not alike: " + strings.Join(unlike, ", ") + "."
	}
	return s
}

func (c *compare) layout(m *Model) {
	c.n, c.h = len(c.table(m)), max(m.bodyHeight()-2-len(wrap(c.why, m.width-2))-2, 1)
	c.scroll(0)
}

// compareName is the width of the names of rows.
const compareName = 13

// table is the rows as lines; what is too long for its column goes on below.
func (c *compare) table(m *Model) []string {
	t := m.theme
	const name = compareName
	w := (m.width - name - 5) / 2
	var lines []string
	for _, r := range c.rows {
		sign := " ? "
		switch r.same {
		case same:
			sign = " = "
		case different:
			sign = " # "
		}
		x, y := wrap(cmp.Or(t.clean(r.a), "-"), w), wrap(cmp.Or(t.clean(r.b), "-"), w)
		heading := r.name
		for i := range max(len(x), len(y)) {
			line := " " + t.fit(heading, name) + t.fit(at(x, i), w) + sign + at(y, i)
			switch r.same {
			case different:
				line = t.warn.Render(line)
			case unsaid:
				line = t.dim.Render(line)
			}
			lines = append(lines, line)
			heading, sign = "", "   "
		}
	}
	return lines
}

func (c *compare) lines(m *Model) []string {
	t := m.theme
	lines := []string{" " + t.bold.Render("Compare") + "   = alike   # not alike   ? one of them does not tell"}
	for _, l := range wrap(t.clean(c.why), m.width-2) {
		lines = append(lines, " "+t.bold.Render(l))
	}
	lines = append(lines, t.dim.Render(strings.Repeat(t.rule, m.width)))
	const name = compareName
	w := (m.width - name - 5) / 2
	lines = append(lines, " "+t.fit("", name)+t.dim.Render(t.fit(t.clean("marked: "+c.crashes[0]), w))+"   "+
		t.dim.Render(t.clean("this: "+c.crashes[1])))
	from, to := c.window.rows()
	return append(lines, c.table(m)[from:to]...)
}
