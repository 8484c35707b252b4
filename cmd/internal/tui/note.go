package tui

import (
	"context"
	"strings"

	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/store"
)

// note is the notes of a bug, and one that is being written.
type note struct {
	group string
	title string
	old   []store.Note
	area  textarea.Model
}

// notesMsg are the notes that are there.
type notesMsg struct {
	group string
	notes []store.Note
	err   error
}

func (m *Model) openNote() tea.Cmd {
	return m.editNote(m.group().ID, "")
}

// editNote opens the editor with a text.
func (m *Model) editNote(group, text string) tea.Cmd {
	n := &note{group: group, area: textarea.New()}
	if g := m.inbox.byID(group); g != nil {
		n.title = g.Title
	}
	n.area.Prompt = " "
	n.area.ShowLineNumbers = false
	n.area.CharLimit = 16 << 10
	n.area.Placeholder = "what you found, what you did"
	n.area.SetWidth(m.width - 2)
	n.area.SetHeight(5)
	n.area.SetValue(text)
	n.area.KeyMap.Paste.SetEnabled(false) // see newPrompt
	styles := n.area.Styles()
	styles.Cursor.Blink = !m.o.Calm
	n.area.SetStyles(styles)
	m.overlay = n
	return tea.Batch(n.area.Focus(), func() tea.Msg {
		notes, err := m.o.Store.Notes(m.ctx, group)
		return notesMsg{group: group, notes: notes, err: err}
	})
}

func (m *Model) takeNotes(msg notesMsg) tea.Cmd {
	if msg.err != nil {
		m.fail("%v", msg.err)
	}
	if n, open := m.overlay.(*note); open && n.group == msg.group {
		n.old = msg.notes
	}
	return nil
}

func (n *note) text() string { return strings.TrimSpace(n.area.Value()) }

func (n *note) place() place { return inNote }

func (n *note) update(_ *Model, msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	n.area, cmd = n.area.Update(msg)
	return cmd
}

func (n *note) accept(m *Model) tea.Cmd {
	if n.text() == "" {
		m.say("the note is empty: Esc leaves it")
		return nil
	}
	m.overlay = nil
	return m.saveNote(n)
}

func (m *Model) saveNote(n *note) tea.Cmd {
	m.waiting++
	text, group, at := n.text(), n.group, m.o.Now()
	return func() tea.Msg {
		// What was written is kept even while everything else is being stopped.
		err := m.o.Store.AddNote(context.WithoutCancel(m.ctx), group, store.Note{At: at, Text: text})
		return savedMsg{what: "note saved", draft: text, group: group, err: err}
	}
}

// keepDraft saves the note that was open when the program ended without the user's doing.
func (m *Model) keepDraft() error {
	n, open := m.overlay.(*note)
	if !open || n.text() == "" || m.waiting > 0 {
		return nil
	}
	return m.o.Store.AddNote(context.WithoutCancel(m.ctx), n.group, store.Note{At: m.o.Now(), Text: n.text()})
}

func (m *Model) leaveNote() tea.Cmd {
	n, open := m.overlay.(*note)
	if !open {
		return nil
	}
	if n.text() == "" {
		m.overlay = nil
		return nil
	}
	m.overlay = &confirm{
		question: "Save the note? y saves it, n throws it away, Esc goes on writing.",
		from:     n,
		yes:      func(m *Model) tea.Cmd { return m.saveNote(n) },
		no:       func(m *Model) tea.Cmd { m.say("the note is thrown away"); return nil },
	}
	return nil
}

func (n *note) lines(m *Model, w, h int) []string {
	var lines []string
	lines = append(lines, " "+m.theme.bold.Render("Note on")+" "+m.theme.clean(short(n.title)))
	for _, o := range n.old {
		first := o.At.Local().Format("2006-01-02 15:04") + "  "
		for _, text := range strings.Split(o.Text, "\n") {
			for _, l := range wrap(m.theme.clean(text), w-22) {
				lines = append(lines, "   "+first+l)
				first = strings.Repeat(" ", len(first))
			}
		}
	}
	if most := max(h-6, 2); len(lines) > most {
		lines = append(lines[:1], lines[len(lines)-most+1:]...)
	}
	return append(lines, strings.Split(n.area.View(), "\n")...)
}

// takeSaved says what became of a change. A note that could not be saved comes back into the editor.
func (m *Model) takeSaved(msg savedMsg) tea.Cmd {
	m.waiting--
	if msg.err != nil {
		m.quitting, m.busy = false, ""
		var cmd tea.Cmd
		if msg.draft != "" {
			cmd = m.editNote(msg.group, msg.draft)
		}
		m.fail("not saved: %v", msg.err)
		return cmd
	}
	m.say("%s", msg.what)
	id := msg.group
	return func() tea.Msg {
		g, err := m.o.Store.Group(m.ctx, id)
		if err != nil {
			return groupsMsg{err: err}
		}
		return groupsMsg{groups: []store.Group{*g}}
	}
}

func (m *Model) setStatus(group string, s store.Status, what string) tea.Cmd {
	m.waiting++
	return func() tea.Msg {
		err := m.o.Store.SetStatus(context.WithoutCancel(m.ctx), group, s, "")
		return savedMsg{what: what, group: group, err: err}
	}
}

func (m *Model) askClose() tea.Cmd {
	g := m.group()
	m.overlay = &confirm{
		question: "Close " + quoted(short(g.Title)) + "? It leaves the list until it crashes again.",
		yes: func(m *Model) tea.Cmd {
			return m.setStatus(g.ID, store.Closed, "closed; a shows what is closed, r opens it again")
		},
	}
	return nil
}

func (m *Model) reopen() tea.Cmd {
	return m.setStatus(m.group().ID, store.Reopened, "open again")
}

func quoted(title string) string {
	if len(title) > 200 {
		title = title[:200] + "..."
	}
	if title == "" {
		return "this bug"
	}
	return "“" + title + "”"
}
