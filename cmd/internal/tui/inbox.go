package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/store"
)

// firstGroups is how many bugs are asked for before all are: more than a screen shows.
const firstGroups = 100

// grouping is how the rows of the inbox are put together.
type grouping int

const (
	byBug grouping = iota
	byHost
	byKernel
	groupings
)

var groupingNames = [groupings]string{"bug", "host", "kernel"}

// inbox is the list of bugs.
type inbox struct {
	window
	groups   []*store.Group // all, those that crashed last first; one that changes is replaced
	loaded   bool           // all that there are have come
	rows     []row          // what is shown
	grouping grouping
	filter   string
	closed   bool // closed ones are shown too
	hidden   int  // closed ones that are not shown
	preview  bool
	shown    *store.Crash // the crash that the preview tells of
	asked    string       // the group that the preview was asked for
	activity []store.Bucket
	latest   time.Time // of all crashes
	polls    int
	ranked   bool     // what is known stands first
	touched  bool     // the user has chosen a row
	answer   []string // text of shown
	answerAt int      // its width
}

// row is a line of the list: a bug, or the host or kernel that the bugs below it crashed on.
type row struct {
	heading string // "" for a bug
	bugs    int    // below the heading
	group   *store.Group
	count   int
}

// load asks the store for groups.
func (m *Model) load(f store.Filter, whole bool) tea.Cmd {
	return func() tea.Msg {
		groups, err := m.o.Store.Groups(m.ctx, f)
		return groupsMsg{groups: groups, whole: whole, err: err}
	}
}

// poll looks for what came since the last look, and now and then for everything: others write notes and close bugs.
func (m *Model) poll() tea.Cmd {
	m.inbox.polls++
	if !m.inbox.loaded || m.inbox.polls%15 == 0 {
		return tea.Batch(m.load(store.Filter{}, true), m.activity())
	}
	return tea.Batch(m.load(store.Filter{Since: m.inbox.latest}, false), m.activity())
}

func (m *Model) reload() tea.Cmd {
	m.say("looked into %s", m.o.Name)
	m.inbox.shown, m.inbox.asked = nil, ""
	return tea.Batch(m.load(store.Filter{}, true), m.activity())
}

func (m *Model) activity() tea.Cmd {
	id := m.inbox.activityKey()
	end := m.now.Truncate(time.Hour).Add(time.Hour)
	return func() tea.Msg {
		buckets, err := m.o.Store.Activity(m.ctx, id, end, time.Hour, activityHours)
		if err != nil {
			return nil // the list says so too
		}
		return activityMsg{key: id, buckets: buckets}
	}
}

// activityKey is the group that the sparkline is about; it is about all.
func (in *inbox) activityKey() string { return "" }

func (m *Model) takeGroups(msg groupsMsg) tea.Cmd {
	if msg.err != nil {
		m.fail("%v", msg.err)
		return nil
	}
	in := &m.inbox
	before := in.crashes()
	known := len(in.groups) > 0
	if msg.whole {
		in.groups, in.loaded = nil, true
		for i := range msg.groups {
			in.groups = append(in.groups, &msg.groups[i])
		}
	} else {
		in.merge(msg.groups)
	}
	for _, g := range in.groups {
		if g.Last.After(in.latest) {
			in.latest = g.Last
		}
	}
	if n := in.crashes() - before; known && in.loaded && n > 0 && !m.o.Files && m.screen == inboxScreen {
		m.say("%s came in", count(n, "crash", "crashes"))
	}
	in.arrange()
	return m.loadPreview()
}

// merge takes groups that are new or have changed.
func (in *inbox) merge(changed []store.Group) {
	for i := range changed {
		g := &changed[i]
		if i := slices.IndexFunc(in.groups, func(x *store.Group) bool { return x.ID == g.ID }); i >= 0 {
			in.groups[i] = g
		} else {
			in.groups = append(in.groups, g)
		}
	}
	slices.SortStableFunc(in.groups, func(a, b *store.Group) int { return b.Last.Compare(a.Last) })
}

func (in *inbox) crashes() int {
	n := 0
	for i := range in.groups {
		n += in.groups[i].Count
	}
	return n
}

// arrange makes the rows anew. What was chosen stays chosen.
func (in *inbox) arrange() {
	var chosen row
	if in.pos < len(in.rows) {
		chosen = in.rows[in.pos]
	}
	match := parseFilter(in.filter)
	var groups []*store.Group
	in.hidden = 0
	for _, g := range in.groups {
		switch {
		case !match(g):
		case g.Status == store.Closed && !in.closed:
			in.hidden++
		default:
			groups = append(groups, g)
		}
	}
	if in.ranked {
		slices.SortStableFunc(groups, func(a, b *store.Group) int { return cmp.Compare(rank(a.Verdict), rank(b.Verdict)) })
	}
	if in.grouping == byBug {
		in.rows = in.rows[:0]
		for _, g := range groups {
			in.rows = append(in.rows, row{group: g, count: g.Count})
		}
	} else {
		in.rows = sections(groups, in.grouping)
	}
	in.n = len(in.rows)
	at := slices.IndexFunc(in.rows, func(r row) bool {
		return r.heading == chosen.heading && (r.group == nil) == (chosen.group == nil) &&
			(r.group == nil || r.group.ID == chosen.group.ID)
	})
	if at < 0 && chosen.group != nil { // below another heading
		at = slices.IndexFunc(in.rows, func(r row) bool { return r.group != nil && r.group.ID == chosen.group.ID })
	}
	switch {
	case !in.touched:
		in.pos = 0
	case at >= 0:
		in.pos = at
	}
	in.to(in.pos)
}

// rank of a verdict in the list of what files hold: what has an answer first.
func rank(verdict string) int {
	return slices.Index([]string{"known", "likely", "possible"}, verdict) & 3 // -1 is the last
}

// sections puts bugs below the hosts or kernels that they crashed on, those with most crashes first.
func sections(groups []*store.Group, by grouping) []row {
	type section struct {
		rows  []row
		count int
	}
	all := map[string]*section{}
	var names []string
	for _, g := range groups {
		tallies := g.Hosts
		if by == byKernel {
			tallies = g.Kernels
		}
		for _, t := range tallies {
			s := all[t.Name]
			if s == nil {
				s = new(section)
				all[t.Name] = s
				names = append(names, t.Name)
			}
			s.rows = append(s.rows, row{heading: t.Name, group: g, count: t.Count})
			s.count += t.Count
		}
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(all[b].count, all[a].count), cmp.Compare(a, b))
	})
	var rows []row
	for _, n := range names {
		rows = append(rows, row{heading: n, bugs: len(all[n].rows), count: all[n].count})
		rows = append(rows, all[n].rows...)
	}
	return rows
}

// chosen is the bug of the chosen row; a heading has none.
func (in *inbox) chosen() *store.Group {
	if in.pos < len(in.rows) {
		return in.rows[in.pos].group
	}
	return nil
}

func (in *inbox) byID(id string) *store.Group {
	for _, g := range in.groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// loadPreview asks for the last crash of the chosen bug.
func (m *Model) loadPreview() tea.Cmd {
	in := &m.inbox
	g := in.chosen()
	if g == nil || in.shown != nil && in.shown.Group == g.ID && !g.Last.After(in.shown.Seen) || in.asked == g.ID {
		return nil
	}
	id := g.ID
	in.asked = id
	return func() tea.Msg {
		list, err := m.o.Store.Crashes(m.ctx, id, 1)
		if err != nil || len(list) == 0 {
			return previewMsg{group: id, err: err}
		}
		return previewMsg{group: id, crash: &list[0]}
	}
}

func (m *Model) takePreview(msg previewMsg) tea.Cmd {
	in := &m.inbox
	if in.asked == msg.group {
		in.asked = ""
	}
	if msg.err != nil {
		m.fail("%v", msg.err)
		return nil
	}
	if msg.crash == nil {
		return nil
	}
	if g := in.chosen(); g != nil && g.ID == msg.group {
		in.shown, in.answer = msg.crash, nil
		return nil
	}
	return m.loadPreview()
}

func (m *Model) nextGrouping() tea.Cmd {
	m.inbox.grouping = (m.inbox.grouping + 1) % groupings
	m.inbox.arrange()
	m.say("grouped by %s", groupingNames[m.inbox.grouping])
	return m.loadPreview()
}

func (m *Model) toggleClosed() tea.Cmd {
	m.inbox.closed = !m.inbox.closed
	m.inbox.arrange()
	return m.loadPreview()
}

func (m *Model) togglePreview() tea.Cmd {
	m.inbox.preview = !m.inbox.preview
	return nil
}

func (m *Model) askFilter() tea.Cmd {
	before := m.inbox.filter
	p := newPrompt(m, "filter", before)
	p.each = func(m *Model, text string) tea.Cmd { m.inbox.filter = text; m.inbox.arrange(); return m.loadPreview() }
	p.undo = func(m *Model) { m.inbox.filter = before; m.inbox.arrange() }
	m.overlay = p
	return p.focus()
}

func (m *Model) clearFilter() tea.Cmd {
	m.inbox.filter = ""
	m.inbox.arrange()
	return m.loadPreview()
}

// count is "1 crash" or "3 crashes".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// ago is how long something is past, in the largest unit: 3m, 5h, 12d.
func ago(now, t time.Time) string {
	switch d := now.Sub(t); {
	case t.IsZero():
		return "?"
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d/time.Hour))
	case d < 1000*24*time.Hour:
		return fmt.Sprintf("%dd", int(d/(24*time.Hour)))
	}
	return t.Format(time.DateOnly)
}

// tallied is the first name and how many more there are.
func tallied(list []store.Tally) string {
	switch {
	case len(list) == 0 || len(list) == 1 && list[0].Name == "":
		return "unknown"
	case len(list) == 1:
		return list[0].Name
	}
	name := list[0].Name
	if name == "" {
		name = "unknown"
	}
	more := fmt.Sprint(len(list) - 1)
	if len(list) >= store.MaxTally {
		more += "+"
	}
	return name + " +" + strings.TrimSpace(more)
}
