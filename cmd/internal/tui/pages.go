package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// pages is finished text that scrolls: a report, a known bug, the help.
type pages struct {
	window
	lines []string // may hold SGR sequences
}

func (p *pages) set(lines []string) { p.lines = lines }

func (p *pages) layout(h int) {
	p.n, p.h = len(p.lines), max(h, 1)
	p.scroll(0)
}

// view is what is in sight; lines with the search in them are marked.
func (p *pages) view(m *Model, search string) []string {
	from, to := p.rows()
	var out []string
	for _, l := range p.lines[from:to] {
		lead := " "
		if search != "" && contains(ansi.Strip(l), search) {
			lead = m.theme.hit.Render(m.theme.cursor)
		}
		out = append(out, lead+l)
	}
	return out
}

// place says where in the text this is.
func (p *pages) place() string {
	if p.n <= p.h {
		return ""
	}
	from, to := p.rows()
	return fmt.Sprintf("lines %d-%d of %d", from+1, to, p.n)
}

// next brings the next line with the search into sight, from the top again behind the end.
func (p *pages) next(search string, by int) bool {
	n := len(p.lines)
	for i := 1; i <= n; i++ {
		at := ((p.top+by*i)%n + n) % n
		if contains(ansi.Strip(p.lines[at]), search) {
			p.top = max(min(at, n-p.h), 0)
			if p.top != at && by > 0 && i < n && at < p.top { // can't be at the top: the end is in sight
				continue
			}
			return true
		}
	}
	return false
}

// contains ignores case unless the search has a capital letter.
func contains(s, search string) bool {
	if search == strings.ToLower(search) {
		s = strings.ToLower(s)
	}
	return strings.Contains(s, search)
}

func (m *Model) askSearch() tea.Cmd {
	p := newPrompt(m, "search", m.crash.search)
	p.done = func(m *Model, text string) tea.Cmd {
		m.crash.search = text
		if text == "" {
			return nil
		}
		return m.nextHit(1)
	}
	m.overlay = p
	return p.focus()
}

func (m *Model) nextHit(by int) tea.Cmd {
	c := &m.crash
	found := true
	switch c.tab {
	case tabReport:
		found = c.text.next(c.search, by)
	case tabEntry:
		found = c.entry.next(c.search, by)
	case tabRaw:
		return m.findRaw(by)
	}
	if !found {
		m.say("%q is not in here", c.search)
	}
	return nil
}
