package tui

import (
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/store"
)

// head is how many lines stand above the rows: the name, the sparkline, the titles of the columns.
const head = 3

// layout shares the screen between the rows and the answer.
func (in *inbox) layout(m *Model) {
	in.size(len(in.rows), m.bodyHeight()-head-in.answerHeight(m))
}

// answerHeight is what the answer takes, with its rule: nothing on a small screen, or where nothing is to be said.
func (in *inbox) answerHeight(m *Model) int {
	h := m.bodyHeight()
	if !in.preview || h < 18 || len(in.rows) == 0 {
		return 0
	}
	return min(11+max(h-22, 0)/2, 24)
}

func (in *inbox) lines(m *Model) []string {
	t := m.theme
	lines := []string{t.ends(" "+t.title.Render("nfoops")+"  "+in.summary(m), in.state(m)+" ", m.width)}
	activity := t.activityLine(in.activity)
	if in.filter != "" {
		activity = "filter: " + t.clean(in.filter) + "   (Esc takes it away)"
	}
	lines = append(lines, " "+t.dim.Render(activity))
	lines = append(lines, in.columns(m, nil))
	from, to := in.window.rows()
	for i := from; i < to; i++ {
		lines = append(lines, in.columns(m, &in.rows[i]))
	}
	if len(in.rows) == 0 {
		lines = append(lines, "")
		for _, l := range wrap(in.empty(m), m.width-4) {
			lines = append(lines, "  "+l)
		}
	}
	answer := in.answerHeight(m)
	if answer == 0 {
		return lines
	}
	for len(lines) < m.bodyHeight()-answer {
		lines = append(lines, "")
	}
	lines = append(lines, t.dim.Render(strings.Repeat(t.rule, m.width)))
	return append(lines, in.answerLines(m, answer-1)...)
}

// summary is what is in the inbox, in one line.
func (in *inbox) summary(m *Model) string {
	fresh, known := 0, 0
	for _, g := range in.groups {
		switch g.Status {
		case store.New, store.Reopened:
			fresh++
		}
		if g.Verdict == "known" || g.Verdict == "likely" {
			known++
		}
	}
	if !in.loaded && len(in.groups) == 0 {
		return "reading " + m.theme.clean(m.o.Name)
	}
	s := count(in.crashes(), "crash", "crashes") + ", " + count(len(in.groups), "bug", "bugs")
	if known > 0 {
		s += fmt.Sprintf(", %d known", known)
	}
	if fresh > 0 && !m.o.Files {
		s += ", " + m.theme.bold.Render(fmt.Sprintf("%d new", fresh))
	}
	if in.hidden > 0 {
		s += fmt.Sprintf(", %d closed (a shows)", in.hidden)
	}
	return s
}

// state is what goes on by itself.
func (in *inbox) state(m *Model) string {
	switch {
	case m.feed != "":
		return m.feed
	case m.o.Files:
		return m.theme.clean(m.o.Name)
	}
	return "live"
}

// empty says why there is nothing, and what to do about it.
func (in *inbox) empty(m *Model) string {
	switch {
	case !in.loaded:
		return "reading ..."
	case in.filter != "":
		return "No bug fits the filter. Esc takes it away."
	case in.hidden > 0:
		return "Nothing is open. a shows what is closed."
	case m.feed != "":
		return "No crash so far."
	case m.o.Files:
		return "There is no crash in these files. nfoops analyze FILE says what it took for suspicious."
	}
	return "The inbox is empty, which is good. Crashes get into it by nfoops listen; nfoops tui FILE opens logs " +
		"without an inbox, and nfoops doctor says whether this machine would tell you of its crashes. " +
		"What comes in shows up here by itself."
}

// columns draws a row, or the titles of the columns for nil.
func (in *inbox) columns(m *Model, r *row) string {
	t := m.theme
	host := 12
	if m.width >= 100 {
		host = 24
	}
	if r == nil {
		return "  " + t.dim.Render(fmt.Sprintf("%-8s  %-8s %8s %5s  %-*s  %s", "ANSWER", "STATUS", "LAST", "COUNT", host, "HOST",
			"CRASH"))
	}
	chosen := in.pos < len(in.rows) && r == &in.rows[in.pos]
	lead := "  "
	if chosen {
		lead = t.cursor + " "
	}
	if r.group == nil {
		name := t.clean(r.heading)
		if r.heading == "" {
			name = "unknown " + groupingNames[in.grouping]
		}
		text := lead + t.fit(name, 34) + "  " + count(r.count, "crash", "crashes") + " of " + count(r.bugs, "bug", "bugs")
		if chosen {
			return t.chosen.Render(t.fit(text, m.width))
		}
		return t.bold.Render(t.fit(text, m.width))
	}
	g := r.group
	verdict, status := t.fit(answer(g.Verdict), 8), t.fit(string(g.Status), 8)
	if m.o.Files {
		status = t.fit(t.clean(g.Severity), 8)
	}
	hosts := t.fit(t.clean(tallied(g.Hosts)), host)
	rest := fmt.Sprintf(" %8s %5d  %s  %s", ago(m.now, g.Last), r.count, hosts, t.clean(g.Title))
	if chosen {
		return t.chosen.Render(t.fit(lead+verdict+"  "+status+rest, m.width))
	}
	switch g.Verdict {
	case "known":
		verdict = t.bad.Render(verdict)
	case "likely":
		verdict = t.warn.Render(verdict)
	}
	switch g.Status {
	case store.New, store.Reopened:
		if !m.o.Files {
			status = t.bold.Render(status)
		}
	case store.Closed:
		status = t.dim.Render(status)
	}
	return lead + verdict + "  " + status + rest
}

// answer is a verdict as a list shows it.
func answer(verdict string) string {
	switch verdict {
	case "known":
		return "KNOWN"
	case "likely":
		return "LIKELY"
	case "possible":
		return "possible"
	}
	return "unknown"
}

// answerLines are the first lines of the report of the chosen bug's last crash: what it is and what to do now.
func (in *inbox) answerLines(m *Model, h int) []string {
	g := in.chosen()
	if g == nil {
		return []string{"", "  A group. Choose one of the bugs below it."}
	}
	if in.shown == nil || in.shown.Group != g.ID {
		return []string{"", "  reading ..."}
	}
	if in.answer == nil || in.answerAt != m.width {
		in.answerAt = m.width
		in.answer = m.o.Backend.Text(in.shown.Report, in.shown.Source, m.width-2, false)
	}
	var lines []string
	if why := m.theme.clean(g.Why); why != "" {
		lines = append(lines, " "+m.theme.fit(strings.ToUpper(string(g.Status)), 12)+why)
	}
	for _, l := range in.answer {
		if len(lines) == h {
			lines[h-1] = m.theme.fit(lines[h-1], m.width-13) + m.theme.dim.Render("Enter: more")
			break
		}
		lines = append(lines, " "+l)
	}
	return lines
}
