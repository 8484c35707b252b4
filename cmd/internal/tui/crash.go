package tui

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// tab is a view of a crash. The places of the key table are in the same order.
type tab int

const (
	tabReport tab = iota
	tabTrace
	tabCode
	tabRegisters
	tabRaw
	tabEntry
	tabCount
)

var (
	tabNames = [tabCount]string{"Report", "Trace", "Code", "Registers", "Raw", "KB"}
	tabHelp  = [tabCount]string{
		"report", "call trace", "code around the fault", "registers", "raw log", "known bug that fits best",
	}
)

// mostCrashes is how many crashes of a bug can be looked at one after another: those that came last.
const mostCrashes = 100

// crash is the screen of one crash, and the list of those of the same bug.
type crash struct {
	group string
	list  []store.Crash // newest first
	total int           // of this bug
	at    int           // in list
	id    int64         // of the crash that was analysed
	tab   tab

	text    pages // report
	verbose bool
	entry   pages
	match   int // index into the matches that entry shows

	trace     window
	code      window
	registers window
	left      int // columns that are off the left edge in lists of long lines
	lit       int // line of the log that was chosen before the raw log was shown

	raw    rawView
	rawLog io.ReaderAt
	size   int64

	search string
}

func (c *crash) current() *store.Crash {
	if c.at < len(c.list) {
		return &c.list[c.at]
	}
	return nil
}

// openGroup shows the crash of the chosen bug that came last, which is known already where the list shows its answer,
// and asks for all of them.
func (m *Model) openGroup(show tab) tea.Cmd {
	g := m.inbox.chosen()
	last := m.current()
	m.crash.closeRaw()
	m.crash = crash{group: g.ID, total: g.Count, tab: show, verbose: m.crash.verbose}
	var cmd tea.Cmd
	if last != nil {
		m.crash.list = []store.Crash{*last}
	}
	m.open(crashScreen)
	if last != nil {
		cmd = m.showCrash(0)
	}
	id, total := g.ID, g.Count
	return tea.Batch(cmd, func() tea.Msg {
		list, err := m.o.Store.Crashes(m.ctx, id, mostCrashes)
		return crashesMsg{group: id, total: total, crashes: list, err: err}
	})
}

func (m *Model) takeCrashes(msg crashesMsg) tea.Cmd {
	c := &m.crash
	switch {
	case msg.group != c.group:
		return nil // another one was opened meanwhile
	case msg.err != nil:
		m.fail("%v", msg.err)
		return nil
	case len(msg.crashes) == 0:
		m.say("this bug has no crashes any more")
		return nil
	}
	c.total = max(msg.total, len(msg.crashes))
	now := c.current()
	if now == nil {
		c.list = msg.crashes
		return m.showCrash(0)
	}
	// What was read meanwhile stays.
	c.at = slices.IndexFunc(msg.crashes, func(x store.Crash) bool { return x.ID == now.ID })
	if c.at < 0 {
		msg.crashes, c.at = append([]store.Crash{*now}, msg.crashes...), 0
	} else {
		msg.crashes[c.at] = *now
	}
	c.list = msg.crashes
	return nil
}

// showCrash shows another crash of the same bug, at once as it was stored, and then as it is read today.
func (m *Model) showCrash(at int) tea.Cmd {
	c := &m.crash
	c.closeRaw()
	c.at, c.id, c.size, c.match, c.lit = at, 0, 0, 0, 0
	c.trace, c.code, c.registers, c.raw = window{}, window{}, window{}, rawView{}
	c.stale()
	return m.analyse()
}

// analyse reads the current crash again.
func (m *Model) analyse() tea.Cmd {
	if m.crash.current() == nil {
		return nil
	}
	now := *m.crash.current()
	m.busy, m.done = "reading the log", 0
	return withProgress(func(progress func(float64)) tea.Msg {
		full := now
		if stored, err := m.o.Store.Crash(m.ctx, now.ID); err == nil {
			full = *stored
		}
		r, err := m.o.Backend.Analyse(m.ctx, &full, progress)
		if err != nil {
			return analysedMsg{id: now.ID, err: err}
		}
		raw, size, err := m.o.Backend.Raw(&full)
		return analysedMsg{id: now.ID, crash: &full, report: r, raw: raw, size: size, err: err}
	})
}

func (m *Model) takeAnalysed(msg analysedMsg) tea.Cmd {
	c := &m.crash
	if now := c.current(); now == nil || now.ID != msg.id {
		return nil // another one is shown by now
	}
	m.busy = ""
	if msg.report != nil {
		if was := c.list[c.at].Report; was != nil && was.Verdict.Status != msg.report.Verdict.Status {
			m.say("when it came in the answer was %s; read now it is %s", answer(was.Verdict.Status),
				answer(msg.report.Verdict.Status))
		}
		c.list[c.at].Report = msg.report
		c.list[c.at].Raw = msg.crash.Raw
		c.closeRaw()
		c.rawLog, c.size, c.id = msg.raw, msg.size, msg.id
		c.raw.open(msg.raw, msg.size, msg.report)
		c.stale()
	}
	if msg.err != nil {
		m.fail("%v", msg.err)
	}
	return nil
}

// closeRaw lets go of the log.
func (c *crash) closeRaw() {
	if f, ok := c.rawLog.(io.Closer); ok {
		_ = f.Close()
	}
	c.rawLog, c.raw.log = nil, nil
}

// stale makes the pages be written anew: the width or the report is another.
func (c *crash) stale() { c.text.lines, c.entry.lines = nil, nil }

func (m *Model) showTab(to tab) tea.Cmd {
	if m.crash.tab != to {
		m.crash.search = ""
	}
	if to == tabRaw {
		if line := m.crash.line(); line > 0 && m.crash.tab != tabRaw {
			m.crash.lit = line
			m.crash.raw.show(line)
		}
	}
	m.crash.tab, m.crash.left = to, 0
	return nil
}

func (m *Model) toggleVerbose() tea.Cmd {
	m.crash.verbose = !m.crash.verbose
	m.crash.text.lines = nil
	return nil
}

func (m *Model) showMatch(by int) tea.Cmd {
	n := len(m.report().Matches)
	m.crash.match = (m.crash.match + by + n) % n
	m.crash.entry.lines = nil
	return nil
}

func (c *crash) move(by int) tea.Cmd {
	switch c.tab {
	case tabReport:
		c.text.scroll(by)
	case tabEntry:
		c.entry.scroll(by)
	case tabTrace:
		c.trace.move(by)
	case tabCode:
		c.code.move(by)
	case tabRegisters:
		c.registers.move(by)
	case tabRaw:
		c.raw.move(by)
	}
	return nil
}

func (c *crash) page() int {
	switch c.tab {
	case tabReport:
		return max(c.text.h-1, 1)
	case tabEntry:
		return max(c.entry.h-1, 1)
	case tabTrace:
		return c.trace.h
	case tabCode:
		return c.code.h
	case tabRegisters:
		return c.registers.h
	}
	return max(c.raw.h-1, 1)
}

func (c *crash) shift(by int) { c.left = min(max(c.left+by, 0), 4096) }

// line is the line of the log that tells what is chosen, 0 where none does.
func (c *crash) line() int {
	now := c.current()
	if now == nil || now.Report == nil {
		return 0
	}
	r := now.Report
	switch c.tab {
	case tabTrace:
		if rows := traceRows(r); c.trace.pos < len(rows) {
			return rows[c.trace.pos].line
		}
	case tabCode:
		return r.Facts["code"]
	case tabRegisters:
		return c.registerLine(r)
	}
	return r.Span.FirstLine
}

// detailHead is how many lines stand above the tab's own.
const detailHead = 3

// splitHeight is how many lines of the raw log stand below a list, with the rule; 0 on a small screen.
func (c *crash) splitHeight(m *Model) int {
	h := m.bodyHeight()
	if h < 18 || c.size == 0 {
		return 0
	}
	switch c.tab {
	case tabTrace, tabCode, tabRegisters:
		return min(max(h/3, 6), 14)
	}
	return 0
}

func (c *crash) layout(m *Model) {
	now := c.current()
	if now == nil || now.Report == nil {
		return
	}
	h := m.bodyHeight() - detailHead
	switch c.tab {
	case tabReport:
		if c.text.lines == nil {
			c.text.set(m.o.Backend.Text(now.Report, now.Source, m.width-2, c.verbose))
		}
		c.text.layout(h)
	case tabEntry:
		if c.entry.lines == nil {
			c.entry.set(m.entryLines(now.Report, c.match))
		}
		c.entry.layout(h)
	case tabTrace:
		c.trace.size(len(traceRows(now.Report)), h-c.splitHeight(m))
	case tabCode:
		n := 0
		if now.Report.Code != nil {
			n = len(now.Report.Code.Instructions)
		}
		fresh := c.code.n == 0 && n > 0
		c.code.size(n, h-c.splitHeight(m)-len(codeHead(m, now.Report)))
		if fresh {
			c.code.to(faultRow(now.Report.Code))
		}
	case tabRegisters:
		c.registers.size(len(registerNames(now.Report)), h-c.splitHeight(m))
	case tabRaw:
		if v := &c.raw; h < v.h && c.lit >= v.top.line && c.lit < v.top.line+v.h {
			v.show(c.lit) // a smaller screen keeps the chosen line
		}
		c.raw.layout(h)
	}
}

func (c *crash) lines(m *Model) []string {
	now := c.current()
	if now == nil {
		return []string{"", " reading ..."}
	}
	t := m.theme
	place := ""
	if c.total > 1 {
		place = fmt.Sprintf("crash %d of %d", c.at+1, c.total)
	}
	when := ago(m.now, now.Seen) + " ago"
	switch {
	case m.o.Files:
		when = path.Base(now.Source)
	case now.Host != "":
		when = now.Host + ", " + when
	}
	title := ""
	if now.Report != nil {
		title = t.clean(short(now.Report.Title))
	}
	right := strings.Join(slices.DeleteFunc([]string{place, when}, func(s string) bool { return s == "" }), ", ")
	lines := []string{t.ends(" "+t.bold.Render(title), t.clean(right)+" ", m.width), c.tabs(m),
		t.dim.Render(strings.Repeat(t.rule, m.width))}
	if now.Report == nil {
		return append(lines, " reading ...")
	}
	switch c.tab {
	case tabReport:
		lines = append(lines, c.text.view(m, c.search)...)
	case tabEntry:
		lines = append(lines, c.entry.view(m, c.search)...)
	case tabTrace:
		lines = append(lines, c.traceLines(m, now.Report)...)
	case tabCode:
		lines = append(lines, c.codeLines(m, now.Report)...)
	case tabRegisters:
		lines = append(lines, c.registerLines(m, now.Report)...)
	case tabRaw:
		lines = append(lines, c.rawLines(m, now.Report)...)
	}
	if split := c.splitHeight(m); split > 0 {
		lines = append(lines, c.split(m, now.Report, split, m.bodyHeight()-len(lines))...)
	}
	return lines
}

func (c *crash) tabs(m *Model) string {
	var b strings.Builder
	b.WriteByte(' ')
	for i, name := range tabNames {
		text := fmt.Sprintf("%d %s", i+1, name)
		if tab(i) == c.tab {
			b.WriteString(m.theme.chosen.Render("[" + text + "]"))
		} else {
			b.WriteString(" " + text + " ")
		}
	}
	return b.String()
}

// split is the raw log around the line that tells what is chosen.
func (c *crash) split(m *Model, r *triage.Report, h, room int) []string {
	var lines []string
	for len(lines) < room-h {
		lines = append(lines, "")
	}
	line := c.line()
	heading := " raw log, no line tells this "
	if line > 0 {
		heading = fmt.Sprintf(" raw log, line %d ", line)
	}
	t := m.theme
	rule := t.rule + t.rule + heading
	lines = append(lines, t.dim.Render(rule+strings.Repeat(t.rule, max(m.width-len([]rune(rule)), 0))))
	if line == 0 {
		return lines
	}
	view := rawView{log: c.rawLog, size: c.size, anchors: c.raw.anchors, first: c.raw.first, last: c.raw.last}
	view.show(line)
	view.layout(h - 1)
	return append(lines, view.lines(m, rawLook{lit: line, left: c.left, from: c.litFrom(r)})...)
}

// talk is what the line above the keys says of the chosen row: what is cut off at the edge, in words.
func (c *crash) talk(m *Model) string {
	now := c.current()
	if now == nil || now.Report == nil {
		return ""
	}
	switch c.tab {
	case tabReport:
		return c.text.place()
	case tabEntry:
		return c.entry.place()
	case tabRaw:
		return c.raw.place()
	case tabTrace:
		if rows := traceRows(now.Report); c.trace.pos < len(rows) {
			return m.theme.clean(rows[c.trace.pos].says)
		}
	case tabRegisters:
		if names := registerNames(now.Report); c.registers.pos < len(names) {
			if says := registerSays(now.Report, names[c.registers.pos]); says != "" {
				return m.theme.clean(names[c.registers.pos] + ": " + says)
			}
		}
	case tabCode:
		if code := now.Report.Code; code != nil && c.code.pos < len(code.Instructions) {
			return instructionSays(m.theme, &code.Instructions[c.code.pos])
		}
	}
	return ""
}
