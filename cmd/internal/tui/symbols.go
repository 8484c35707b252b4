package tui

import (
	"path"

	tea "charm.land/bubbletea/v2"
)

// askSymbols asks for a file of symbols, and fills in those that this machine has.
func (m *Model) askSymbols() tea.Cmd {
	p := newPrompt(m, "symbols", "")
	p.hint = "System.map, saved kallsyms or vmlinux of the crashed kernel: names for addresses, source lines, fields."
	if r := m.report(); r != nil {
		p.guesses = m.o.Backend.SymbolGuesses(r)
		if r.Kernel != "" {
			p.hint += " The kernel is " + r.Kernel + "."
		}
	}
	if len(p.guesses) > 0 {
		p.hint += " Found here (Tab):"
	}
	p.done = func(m *Model, name string) tea.Cmd {
		if name == "" {
			return nil
		}
		return m.loadSymbols(name)
	}
	m.overlay = p
	return p.focus()
}

func (m *Model) loadSymbols(name string) tea.Cmd {
	m.busy, m.done = "loading symbols", 0
	return withProgress(func(progress func(float64)) tea.Msg {
		return symbolsMsg{path: name, err: m.o.Backend.LoadSymbols(m.ctx, name, progress)}
	})
}

// takeSymbols reads the open crash again, which says in its report whether the symbols fit.
func (m *Model) takeSymbols(msg symbolsMsg) tea.Cmd {
	m.busy = ""
	if msg.err != nil {
		m.fail("%v", msg.err)
		return nil
	}
	if m.screen != crashScreen {
		m.say("%s is loaded, for every crash that is opened from now on", path.Base(msg.path))
		return nil
	}
	m.say("%s is loaded; SYMBOLS in the report says how it fits", path.Base(msg.path))
	return m.analyse()
}
