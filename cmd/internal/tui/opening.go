package tui

import (
	"bytes"
	"fmt"
	"net/url"
	"os/exec"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// openTargets offers what can be opened: the fix, what to read, the source of what is chosen, the log.
func (m *Model) openTargets() tea.Cmd {
	now := m.current()
	var items []item
	seen := []string{}
	web := func(name, address string) {
		if webAddress(address) && !slices.Contains(seen, address) {
			seen = append(seen, address)
			items = append(items, item{name + "  " + address, func(m *Model) tea.Cmd { return m.browse(address) }})
		}
	}
	if x := bestMatch(now.Report); x != nil {
		if x.Fix != nil && isHash(x.Fix.Commit) {
			web("fix", "https://git.kernel.org/torvalds/c/"+x.Fix.Commit)
		}
		for _, r := range x.References {
			web("read", r)
		}
	}
	for _, s := range m.spots(now.Report) {
		items = append(items, item{fmt.Sprintf("edit  %s:%d", s.file, s.line), func(m *Model) tea.Cmd {
			return m.edit(func() (*exec.Cmd, error) { return m.o.Backend.Source(s.file, s.line) })
		}})
	}
	line := now.Report.Span.FirstLine
	if m.screen == crashScreen && m.crash.line() > 0 {
		line = m.crash.line()
	}
	items = append(items, item{fmt.Sprintf("edit  the log, line %d", line), func(m *Model) tea.Cmd {
		return m.edit(func() (*exec.Cmd, error) { return m.o.Backend.Log(now, line) })
	}})
	m.overlay = &menu{title: "Open", items: items}
	return nil
}

// spot is a line of a source file.
type spot struct {
	file string
	line int
}

// spots are the places in source files that can be edited: what is chosen, then what is to blame.
func (m *Model) spots(r *triage.Report) []spot {
	var list []spot
	add := func(file string, line int) {
		if p := (spot{file, line}); file != "" && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	if m.screen == crashScreen && m.crash.tab == tabTrace {
		if rows := traceRows(r); m.crash.trace.pos < len(rows) {
			add(rows[m.crash.trace.pos].file, rows[m.crash.trace.pos].at)
		}
	}
	if r.Culprit != nil {
		add(r.Culprit.File, r.Culprit.Line)
	}
	if r.IP != nil {
		for _, in := range r.IP.Inlines {
			add(in.File, in.Line)
		}
		add(r.IP.File, r.IP.Line)
	}
	return list
}

// webAddress says whether text is an address that a browser may be given.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		!bytes.ContainsFunc([]byte(s), func(r rune) bool { return r <= ' ' || r > '~' })
}

// isHash says whether a string is (the beginning of) a commit's hash.
func isHash(s string) bool {
	return len(s) >= 8 && len(s) <= 40 && !slices.ContainsFunc([]byte(s), func(c byte) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'f')
	})
}

// browse shows an address; where there is no browser it goes to the clipboard.
func (m *Model) browse(address string) tea.Cmd {
	cmd, err := m.o.Backend.Browse(address)
	if err != nil {
		m.say("%v; in your clipboard: %s", err, address)
		return tea.SetClipboard(address)
	}
	m.say("opening %s", address)
	return func() tea.Msg {
		return spawnedMsg{what: "the browser", err: cmd.Run()}
	}
}

// edit gives the terminal to an editor.
func (m *Model) edit(command func() (*exec.Cmd, error)) tea.Cmd {
	cmd, err := command()
	if err != nil {
		m.fail("%v", err)
		return nil
	}
	return tea.ExecProcess(cmd, func(err error) tea.Msg { return spawnedMsg{what: "the editor", err: err} })
}
