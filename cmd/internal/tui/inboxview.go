package tui

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/store"
)

// layout shares the screen between the rows and the answer.
func (in *inbox) layout(m *Model) {
	in.size(len(in.rows), m.bodyHeight()-len(in.head(m))-in.answerHeight(m))
}

// answerHeight is what the answer takes, with its rule: nothing on a small screen, or where nothing is to be said.
func (in *inbox) answerHeight(m *Model) int {
	h := m.bodyHeight()
	if !in.preview || len(in.rows) == 0 {
		return 0
	}
	if h < 18 { // what the rows leave, if that is enough for an answer
		if left := h - len(in.head(m)) - len(in.rows); left >= 6 {
			return left
		}
		return 0
	}
	return min(11+max(h-22, 0)/2, 24)
}

// head is what stands above the rows: the name, the sparkline, the titles of the columns.
func (in *inbox) head(m *Model) []string {
	t := m.theme
	lines := []string{t.ends(" "+t.title.Render("nfoops")+"  "+in.summary(m), in.state(m)+" ", m.width)}
	switch {
	case in.filter != "":
		lines = append(lines, " filter: "+t.bold.Render(t.clean(in.filter))+"   (Esc takes it away)")
	case !m.o.Files:
		lines = append(lines, " "+t.dim.Render(t.activityLine(in.activity)))
	}
	return append(lines, in.columns(m, nil))
}

func (in *inbox) lines(m *Model) []string {
	t := m.theme
	lines := in.head(m)
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
		if unseen(g.Status) {
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
	if fresh > 0 && !m.o.Files {
		s += ", " + m.theme.bold.Render(fmt.Sprintf("%d new", fresh))
	}
	if known > 0 {
		s += fmt.Sprintf(", %d with an answer", known)
	}
	if in.hidden > 0 {
		s += fmt.Sprintf(", %d closed", in.hidden)
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
	if in.hostless() || in.grouping == byHost {
		host = 0
	}
	if r == nil {
		text := fmt.Sprintf("  %-8s  %-8s  ", "ANSWER", "STATUS")
		if m.o.Files {
			text = fmt.Sprintf("  %-8s  %-8s  ", "ANSWER", "SEVERITY")
		} else {
			text += fmt.Sprintf("%5s ", "LAST")
		}
		return t.dim.Render(text + fmt.Sprintf("%5s  ", "COUNT") + t.fit("HOST", host) + gap(host) + "CRASH")
	}
	chosen := in.pos < len(in.rows) && r == &in.rows[in.pos]
	lead := "  "
	if chosen {
		lead = t.cursor + " "
	}
	if r.group == nil {
		return in.headingRow(m, r, lead, chosen)
	}
	g := r.group
	verdict, status := t.fit(answer(g.Verdict), 8), t.fit(statusWord(g.Status), 8)
	rest := fmt.Sprintf("%5s %5d  ", ago(m.now, g.Last), r.count)
	if m.o.Files {
		status = t.fit(t.clean(g.Severity), 8)
		rest = fmt.Sprintf("%5d  ", r.count)
	}
	rest += t.fit(t.clean(tallied(g.Hosts)), host) + gap(host) + t.clean(short(g.Title))
	if chosen {
		return t.chosen.Render(t.fit(lead+verdict+"  "+status+"  "+rest, m.width))
	}
	switch g.Verdict {
	case "known":
		verdict = t.bad.Render(verdict)
	case "likely":
		verdict = t.warn.Render(verdict)
	}
	switch {
	case m.o.Files:
	case unseen(g.Status):
		status = t.bold.Render(status)
	case g.Status == store.Closed:
		status = t.dim.Render(status)
	}
	return lead + verdict + "  " + status + "  " + rest
}

// headingRow is a host or a kernel that bugs stand below.
func (in *inbox) headingRow(m *Model, r *row, lead string, chosen bool) string {
	t := m.theme
	name := t.clean(r.heading)
	if r.heading == "" {
		name = "unknown " + groupingNames[in.grouping]
	}
	what := count(r.count, "crash", "crashes") + " of " + count(r.bugs, "bug", "bugs")
	text := t.fit(lead+t.fit(name, 34)+"  "+what, m.width)
	if chosen {
		return t.chosen.Render(text)
	}
	return t.bold.Render(text)
}

// hostless says that no crash tells its host, as is usual for single files.
func (in *inbox) hostless() bool {
	for _, g := range in.groups {
		if len(g.Hosts) > 1 || len(g.Hosts) == 1 && g.Hosts[0].Name != "" {
			return false
		}
	}
	return true
}

func gap(column int) string {
	if column == 0 {
		return ""
	}
	return "  "
}

// short leaves out the words that most titles begin with, so that a narrow column shows what tells them apart.
func short(title string) string {
	return strings.TrimPrefix(strings.TrimPrefix(title, "BUG: unable to handle kernel "), "BUG: unable to handle ")
}

// unseen says that nobody has looked at a bug, or not since it came back.
func unseen(s store.Status) bool { return s == store.New || s == store.Known || s == store.Reopened }

// statusWord is a status as the list shows it. That the bug is known stands in the column before.
func statusWord(s store.Status) string {
	switch s {
	case store.Known:
		return string(store.New)
	case store.Reopened:
		return "BACK"
	}
	return string(s)
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

// story is how often and where a bug struck, and what people made of it; "" where that is a single crash.
func story(now time.Time, g *store.Group) string {
	var parts []string
	if g.Count > 1 {
		parts = append(parts, fmt.Sprintf("%d crashes in %s", g.Count, ago(now, g.First)))
		if len(g.Hosts) > 1 {
			parts = append(parts, tallies(g.Hosts))
		}
	}
	if g.Why != "" {
		parts = append(parts, g.Why)
	}
	if g.Notes > 0 {
		parts = append(parts, count(g.Notes, "note", "notes")+" (t)")
	}
	return strings.Join(parts, "; ")
}

// tallies are the first few names with their counts.
func tallies(list []store.Tally) string {
	var parts []string
	for _, t := range list[:min(len(list), 3)] {
		parts = append(parts, fmt.Sprintf("%s %d", cmp.Or(t.Name, "unknown"), t.Count))
	}
	if n := len(list) - len(parts); n > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(parts, ", ")
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
	if text := m.theme.clean(story(m.now, g)); text != "" && !m.o.Files {
		lines = append(lines, " "+text)
	}
	for _, l := range in.answer {
		lines = append(lines, " "+l)
	}
	if len(lines) > h {
		lines = append(lines[:h-1], m.theme.dim.Render(" "+m.theme.more+" Enter shows all of it"))
	}
	return lines
}
