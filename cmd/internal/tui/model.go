package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// The smallest screen that shows anything useful.
const (
	leastWidth  = 60
	leastHeight = 15
)

// screen is what fills the terminal.
type screen int

const (
	inboxScreen screen = iota
	crashScreen
	compareScreen
	helpScreen
)

// overlay is what lies over the lower part of a screen and gets the keys: a menu, a question, a note.
type overlay interface {
	place() place
	update(m *Model, msg tea.Msg) tea.Cmd // what is no key of the table
	accept(m *Model) tea.Cmd
	lines(m *Model, w, h int) []string
}

// Model is the state of all screens. It belongs to one bubbletea program.
type Model struct {
	o     Options
	ctx   context.Context
	theme theme
	keys  []key
	now   time.Time

	width, height int
	screen        screen
	back          []screen
	overlay       overlay
	message       string // one line of talk, until the next key
	bad           bool   // the message is an error
	busy          string // what is going on; "" nothing
	done          float64
	feed          string // what the feed is doing

	inbox   inbox
	crash   crash
	compare compare
	help    pages
	marked  *store.Crash

	waiting  int  // changes of the store that are on their way
	quitting bool // as soon as they have arrived
}

// New makes a model that shows what o says. ctx ends the commands that are under way.
func New(ctx context.Context, o Options) *Model {
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Model{o: o, ctx: ctx, theme: newTheme(o.ASCII), keys: bindings(), now: o.Now()}
	m.inbox.preview, m.inbox.ranked = true, o.Files
	return m
}

// Init asks for what the first screen shows: a first handful at once, then all of it.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(tea.Sequence(m.load(store.Filter{Limit: firstGroups}, false), m.load(store.Filter{}, true)),
		m.activity(), m.tick())
}

// Update takes a message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.take(msg)
	m.layout()
	if m.quitting && m.waiting == 0 {
		return m, tea.Quit
	}
	return m, cmd
}

func (m *Model) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.crash.stale()
		return nil
	case tea.KeyPressMsg:
		return m.press(msg)
	case tickMsg:
		m.now = m.o.Now()
		return tea.Batch(m.poll(), m.tick())
	case feedMsg:
		return m.takeFeed(msg)
	case groupsMsg:
		return m.takeGroups(msg)
	case activityMsg:
		if msg.key == m.inbox.activityKey() {
			m.inbox.activity = msg.buckets
		}
		return nil
	case previewMsg:
		return m.takePreview(msg)
	case crashesMsg:
		return m.takeCrashes(msg)
	case analysedMsg:
		return m.takeAnalysed(msg)
	case progressMsg:
		m.done = msg.done
		return await(msg.next)
	case symbolsMsg:
		return m.takeSymbols(msg)
	case savedMsg:
		return m.takeSaved(msg)
	case notesMsg:
		return m.takeNotes(msg)
	case foundMsg:
		return m.takeFound(msg)
	case spawnedMsg:
		if msg.err != nil {
			m.fail("%s: %v", msg.what, msg.err)
		}
		return nil
	}
	if m.overlay != nil {
		return m.overlay.update(m, msg)
	}
	return nil
}

// press does what the table says of a key.
func (m *Model) press(msg tea.KeyPressMsg) tea.Cmd {
	m.message, m.bad = "", false
	if m.tooSmall() {
		if msg.String() == "q" || msg.String() == "ctrl+c" {
			return m.quit()
		}
		return nil
	}
	k, known := m.find(m.where(), msg.String())
	if !known {
		if m.overlay != nil {
			return m.overlay.update(m, msg)
		}
		return nil
	}
	if k.why != nil {
		if why := k.why(m); why != "" {
			m.say("%s: %s", keyName(msg.String()), why)
			return nil
		}
	}
	return k.do(m)
}

// where is the place that keys are looked up for.
func (m *Model) where() place {
	if m.overlay != nil {
		return m.overlay.place()
	}
	switch m.screen {
	case crashScreen:
		return onReport << m.crash.tab
	case compareScreen:
		return onCompare
	case helpScreen:
		return onHelp
	}
	return onInbox
}

func (m *Model) say(format string, args ...any) {
	m.message, m.bad = m.theme.clean(fmt.Sprintf(format, args...)), false
}

func (m *Model) fail(format string, args ...any) {
	m.say(format, args...)
	m.bad = true
}

// group is the bug that keys are about.
func (m *Model) group() *store.Group {
	if m.screen == inboxScreen {
		return m.inbox.chosen()
	}
	return m.inbox.byID(m.crash.group)
}

// current is the crash that keys are about: the one that is open, or the last one of the chosen bug.
func (m *Model) current() *store.Crash {
	if m.screen != inboxScreen {
		return m.crash.current()
	}
	if g := m.inbox.chosen(); g != nil && m.inbox.shown != nil && m.inbox.shown.Group == g.ID {
		return m.inbox.shown
	}
	return nil
}

// report is that of the current crash, nil where it is not there yet.
func (m *Model) report() *triage.Report {
	if c := m.current(); c != nil {
		return c.Report
	}
	return nil
}

func (m *Model) open(s screen) {
	if m.screen != s {
		m.back = append(m.back, m.screen)
		m.screen = s
	}
}

func (m *Model) goBack() tea.Cmd {
	if m.screen == crashScreen && m.crash.search != "" && m.crash.tab != tabRaw {
		m.crash.search = ""
		return nil
	}
	if n := len(m.back); n > 0 {
		m.screen, m.back = m.back[n-1], m.back[:n-1]
	}
	return nil
}

// quit ends the program when all that was written is in the store.
func (m *Model) quit() tea.Cmd {
	var cmd tea.Cmd
	if n, open := m.overlay.(*note); open && n.text() != "" {
		cmd = m.saveNote(n)
	}
	m.quitting = true
	if m.waiting > 0 {
		m.busy = "saving"
	}
	return cmd
}

func (m *Model) accept() tea.Cmd {
	if m.overlay == nil {
		return nil
	}
	return m.overlay.accept(m)
}

func (m *Model) cancel() tea.Cmd {
	over := m.overlay
	m.overlay = nil
	switch x := over.(type) {
	case *confirm:
		m.overlay = x.from
	case *prompt:
		if x.undo != nil {
			x.undo(m)
		}
	}
	return nil
}

// decline answers a question with no.
func (m *Model) decline() tea.Cmd {
	c, ok := m.overlay.(*confirm)
	m.overlay = nil
	if ok && c.no != nil {
		return c.no(m)
	}
	return nil
}

// tick comes back when it is time to look into the store.
func (m *Model) tick() tea.Cmd {
	every := 2 * time.Second
	switch {
	case m.o.Poll < 0:
		return nil
	case m.o.Poll > 0:
		every = m.o.Poll
	case m.o.Calm:
		every = 10 * time.Second
	}
	return tea.Tick(every, func(t time.Time) tea.Msg { return tickMsg(t) })
}

func (m *Model) takeFeed(msg feedMsg) tea.Cmd {
	m.feed = m.theme.clean(msg.text)
	if msg.done >= 0 && msg.text != "" {
		m.feed = fmt.Sprintf("%s %2.0f %%", m.feed, 100*msg.done)
	}
	if msg.over {
		m.feed = ""
		if msg.err != nil {
			m.fail("%v", msg.err)
		}
		return m.load(store.Filter{}, true)
	}
	return nil
}

// move goes up or down in whatever is shown.
func (m *Model) move(by int) tea.Cmd {
	if x, ok := m.overlay.(*menu); ok {
		x.move(by)
		return nil
	}
	switch m.screen {
	case inboxScreen:
		m.inbox.touched = true
		m.inbox.move(by)
		return m.loadPreview()
	case crashScreen:
		return m.crash.move(by)
	case compareScreen:
		m.compare.scroll(by)
	case helpScreen:
		m.help.scroll(by)
	}
	return nil
}

// jump goes to the top or the end.
func (m *Model) jump(end bool) tea.Cmd {
	if m.screen == crashScreen && m.crash.tab == tabRaw && m.overlay == nil {
		return m.crash.rawJump(end)
	}
	const far = 1 << 40
	if end {
		return m.move(far)
	}
	return m.move(-far)
}

// page is how far a page is.
func (m *Model) page() int {
	if m.screen == crashScreen {
		return m.crash.page()
	}
	return max(m.bodyHeight()-4, 1)
}

func (m *Model) tooSmall() bool {
	return m.width > 0 && (m.width < leastWidth || m.height < leastHeight)
}

// bodyHeight is the height without the two lines at the bottom.
func (m *Model) bodyHeight() int { return max(m.height-2, 1) }

// layout tells every part how large it is, so that what is chosen stays in sight.
func (m *Model) layout() {
	if m.width == 0 || m.tooSmall() {
		return
	}
	if x, ok := m.overlay.(*menu); ok {
		x.size(len(x.items), min(len(x.items), m.bodyHeight()-3))
	}
	switch m.screen {
	case inboxScreen:
		m.inbox.layout(m)
	case crashScreen:
		m.crash.layout(m)
	case compareScreen:
		m.compare.layout(m)
	case helpScreen:
		m.help.layout(m.bodyHeight() - 2)
	}
}

// View draws the screen.
func (m *Model) View() tea.View {
	v := tea.NewView(m.draw())
	v.AltScreen = true
	v.WindowTitle = "nfoops"
	return v
}

func (m *Model) draw() string {
	switch {
	case m.width == 0:
		return ""
	case m.tooSmall():
		text := fmt.Sprintf("nfoops needs %d columns and %d lines; this is %d by %d. Make the window larger, or q quits.",
			leastWidth, leastHeight, m.width, m.height)
		lines := wrap(text, m.width)
		return strings.Join(lines[:min(len(lines), max(m.height, 1))], "\n")
	}
	h := m.bodyHeight()
	var body []string
	switch m.screen {
	case crashScreen:
		body = m.crash.lines(m)
	case compareScreen:
		body = m.compare.lines(m)
	case helpScreen:
		body = m.helpLines()
	default:
		body = m.inbox.lines(m)
	}
	for len(body) < h {
		body = append(body, "")
	}
	body = body[:h]
	if m.overlay != nil {
		box := m.overlay.lines(m, m.width, h-1)
		box = box[:min(len(box), h-1)]
		rule := strings.Repeat(m.theme.rule, m.width)
		copy(body[h-len(box)-1:], slices.Concat([]string{m.theme.dim.Render(rule)}, box))
	}
	body = append(body, m.talk(), m.bar(m.width))
	for i := range body {
		body[i] = m.theme.fit(gate(body[i]), m.width)
	}
	return strings.Join(body, "\n")
}

// talk is the line above the keys.
func (m *Model) talk() string {
	switch {
	case m.message != "" && m.bad:
		return " " + m.theme.bad.Render("ERROR") + " " + m.message
	case m.message != "":
		return " " + m.message
	case m.busy != "":
		return " " + m.busy + " " + m.progressBar()
	}
	if m.screen == crashScreen {
		return " " + m.crash.talk(m)
	}
	return ""
}
