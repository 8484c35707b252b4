package tui

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// prompt asks for a line of text.
type prompt struct {
	title   string
	input   textinput.Model
	hint    string
	guesses []string
	guess   int
	each    func(*Model, string) tea.Cmd // after every key; nil for nothing
	done    func(*Model, string) tea.Cmd // at the end; nil for nothing
	undo    func(*Model)                 // left with Esc
}

func newPrompt(m *Model, title, text string) *prompt {
	p := &prompt{title: title, input: textinput.New()}
	p.input.Prompt = ""
	p.input.CharLimit = 4096
	p.input.SetValue(text)
	p.input.SetWidth(max(m.width-len(title)-6, 20))
	p.input.CursorEnd()
	p.input.KeyMap.Paste.SetEnabled(false) // it would run a program; what the terminal pastes comes in as text
	styles := p.input.Styles()
	styles.Cursor.Blink = !m.o.Calm
	p.input.SetStyles(styles)
	return p
}

func (p *prompt) focus() tea.Cmd { return p.input.Focus() }

func (p *prompt) place() place { return inPrompt }

func (p *prompt) update(m *Model, msg tea.Msg) tea.Cmd {
	before := p.input.Value()
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	if text := p.input.Value(); text != before && p.each != nil {
		return tea.Batch(cmd, p.each(m, text))
	}
	return cmd
}

func (p *prompt) accept(m *Model) tea.Cmd {
	m.overlay = nil
	if p.done == nil {
		return nil
	}
	return p.done(m, strings.TrimSpace(p.input.Value()))
}

func (p *prompt) lines(m *Model, w, _ int) []string {
	lines := []string{" " + m.theme.bold.Render(p.title) + ": " + p.input.View()}
	if p.hint != "" {
		for _, l := range wrap(m.theme.clean(p.hint), w-2) {
			lines = append(lines, " "+l)
		}
	}
	for i, g := range p.guesses {
		lead := "   "
		if i == p.guess {
			lead = " " + m.theme.cursor + " "
		}
		lines = append(lines, lead+m.theme.clean(g))
	}
	return lines
}

func (m *Model) nextGuess() tea.Cmd {
	p, ok := m.overlay.(*prompt)
	if !ok || len(p.guesses) == 0 {
		return nil
	}
	if p.input.Value() == p.guesses[p.guess] {
		p.guess = (p.guess + 1) % len(p.guesses)
	}
	p.input.SetValue(p.guesses[p.guess])
	p.input.CursorEnd()
	return nil
}

// confirm asks before something that is not easily undone.
type confirm struct {
	question string
	yes, no  func(*Model) tea.Cmd // no may be nil
	from     overlay              // where Esc goes back to; nil for the screen
}

func (c *confirm) place() place { return inConfirm }

func (c *confirm) update(*Model, tea.Msg) tea.Cmd { return nil }

func (c *confirm) accept(m *Model) tea.Cmd {
	m.overlay = nil
	return c.yes(m)
}

func (c *confirm) lines(m *Model, w, _ int) []string {
	var lines []string
	for _, l := range wrap(m.theme.clean(c.question), w-2) {
		lines = append(lines, " "+m.theme.bold.Render(l))
	}
	return lines
}

// menu is a list of things to do.
type menu struct {
	window
	title string
	items []item
}

// item is a row of a menu.
type item struct {
	name string
	do   func(*Model) tea.Cmd
}

func (x *menu) place() place { return inMenu }

func (x *menu) update(*Model, tea.Msg) tea.Cmd { return nil }

func (x *menu) accept(m *Model) tea.Cmd {
	m.overlay = nil
	if x.pos < len(x.items) {
		return x.items[x.pos].do(m)
	}
	return nil
}

func (x *menu) lines(m *Model, w, _ int) []string {
	lines := []string{" " + m.theme.bold.Render(x.title)}
	from, to := x.rows()
	for i := from; i < to; i++ {
		text := "   " + m.theme.clean(x.items[i].name)
		if i == x.pos {
			text = m.theme.chosen.Render(m.theme.fit(" "+m.theme.cursor+" "+m.theme.clean(x.items[i].name), w))
		}
		lines = append(lines, text)
	}
	return lines
}
