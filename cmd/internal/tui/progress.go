package tui

import (
	"charm.land/bubbles/v2/progress"
	tea "charm.land/bubbletea/v2"
)

// withProgress runs something that takes a while. What it says of its progress arrives as messages; the last one is
// what it returns.
func withProgress(work func(progress func(float64)) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		out := make(chan tea.Msg, 1)
		go func() {
			last := work(func(done float64) {
				select {
				case out <- progressMsg{done: done, next: out}:
				default: // nobody has seen the one before
				}
			})
			out <- last
		}()
		return <-out
	}
}

// await takes the next message of something that takes a while.
func await(next <-chan tea.Msg) tea.Cmd {
	return func() tea.Msg { return <-next }
}

// progressBar is empty as long as nothing is known.
func (m *Model) progressBar() string {
	if m.done <= 0 {
		return "..."
	}
	full, empty := '█', '░'
	if m.theme.ascii {
		full, empty = '#', '.'
	}
	bar := progress.New(progress.WithWidth(30), progress.WithFillCharacters(full, empty))
	return bar.ViewAs(min(m.done, 1))
}
