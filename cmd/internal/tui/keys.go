package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// place is where a key works. The values are bits.
type place uint

const (
	onInbox place = 1 << iota
	onReport
	onTrace
	onCode
	onRegisters
	onRaw
	onEntry
	onCompare
	onHelp
	inMenu
	inPrompt
	inNote
	inConfirm

	onCrash  = onReport | onTrace | onCode | onRegisters | onRaw | onEntry
	onScreen = onInbox | onCrash | onCompare | onHelp
	onPages  = onReport | onEntry
)

// places in the order of the help.
var places = []struct {
	bits  place
	title string
}{
	{onScreen, "Everywhere"},
	{onInbox, "Inbox"},
	{onCrash, "A crash: report, trace, code, registers, raw log, known bug"},
	{inMenu | inPrompt | inNote | inConfirm, "Menus, questions and notes"},
}

// key is one row of the table: what it does, where, and when it can't.
type key struct {
	keys  []string // as bubbletea names them; the first is shown
	bits  place
	short string // for the bar at the bottom; "" keeps it out of there
	help  string
	why   func(*Model) string // why it can't be done now, "" if it can; nil if it always can
	do    func(*Model) tea.Cmd
}

// bindings is the table of all keys. Where two rows have the same key at the same place the first one counts, which a
// test forbids.
func bindings() []key {
	return slices.Concat(moveKeys(), inboxKeys(), crashKeys(), everywhereKeys(), overlayKeys())
}

func moveKeys() []key {
	const lists = onScreen | inMenu
	move := func(by func(*Model) int) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { return m.move(by(m)) }
	}
	return []key{
		{keys: []string{"down", "j"}, bits: lists, help: "down a line", do: move(func(*Model) int { return 1 })},
		{keys: []string{"up", "k"}, bits: lists, help: "up a line", do: move(func(*Model) int { return -1 })},
		{keys: []string{"space", "pgdown", "ctrl+f"}, bits: lists, help: "down a page",
			do: move(func(m *Model) int { return m.page() })},
		{keys: []string{"b", "pgup", "ctrl+b"}, bits: lists, help: "up a page",
			do: move(func(m *Model) int { return -m.page() })},
		{keys: []string{"g", "home"}, bits: lists, help: "to the top", do: func(m *Model) tea.Cmd { return m.jump(false) }},
		{keys: []string{"G", "end"}, bits: lists, help: "to the end", do: func(m *Model) tea.Cmd { return m.jump(true) }},
	}
}

func inboxKeys() []key {
	return []key{
		{keys: []string{"enter", "l", "right"}, bits: onInbox, short: "open",
			help: "open the crash that came last of this bug",
			why:  noGroup, do: func(m *Model) tea.Cmd { return m.openGroup(tabReport) }},
		{keys: []string{"/"}, bits: onInbox, short: "filter",
			help: "show only bugs with all these words; !word without it, ~word where its letters come in this order",
			do:   (*Model).askFilter},
		{keys: []string{"m"}, bits: onInbox, short: "group", help: "group by bug, host or kernel", do: (*Model).nextGrouping},
		{keys: []string{"a"}, bits: onInbox, help: "show or hide what is closed", do: (*Model).toggleClosed},
		{keys: []string{"p"}, bits: onInbox, help: "show or hide the answer below the list", do: (*Model).togglePreview},
		{keys: []string{"R"}, bits: onInbox, help: "look into the inbox now", do: (*Model).reload},
		{keys: []string{"t"}, bits: onInbox | onCrash, short: "note", help: "write a note, read those that are there",
			why: noNotes, do: (*Model).openNote},
		{keys: []string{"c"}, bits: onInbox | onCrash, short: "close", help: "close this bug, until it comes back",
			why: cannotClose, do: (*Model).askClose},
		{keys: []string{"r"}, bits: onInbox | onCrash, help: "open this bug again", why: cannotReopen, do: (*Model).reopen},
		{keys: []string{"v"}, bits: onInbox | onCrash, help: "mark this crash, to compare it with another",
			why: noGroup, do: (*Model).markCrash},
		{keys: []string{"d"}, bits: onInbox | onCrash, help: "compare the marked crash with this one",
			why: noMark, do: (*Model).openCompare},
		{keys: []string{"y"}, bits: onInbox | onCrash, short: "copy",
			help: "copy the verdict, a line for a chat or a report for a bug tracker", why: noReport, do: (*Model).openCopyMenu},
		{keys: []string{"o"}, bits: onInbox | onCrash, short: "fix",
			help: "open the fix, what to read of it, or the source and the log in $EDITOR", why: noReport,
			do: (*Model).openTargets},
		{keys: []string{"s"}, bits: onInbox | onCrash, help: "load symbols of the crashed kernel", why: noGroup,
			do: (*Model).askSymbols},
	}
}

func crashKeys() []key {
	var list []key
	for i, name := range tabNames {
		list = append(list, key{keys: []string{fmt.Sprint(i + 1)}, bits: onCrash, help: "show the " + tabHelp[i],
			do: func(m *Model) tea.Cmd { return m.showTab(tab(i)) }})
		_ = name
	}
	return append(list, []key{
		{keys: []string{"tab", "]", "right"}, bits: onCrash, short: "next tab", help: "next tab",
			do: func(m *Model) tea.Cmd { return m.showTab((m.crash.tab + 1) % tabCount) }},
		{keys: []string{"shift+tab", "[", "left"}, bits: onCrash, help: "tab before",
			do: func(m *Model) tea.Cmd { return m.showTab((m.crash.tab + tabCount - 1) % tabCount) }},
		{keys: []string{"e"}, bits: onCrash, help: "next crash of this bug, an older one", why: noOlder,
			do: func(m *Model) tea.Cmd { return m.showCrash(m.crash.at + 1) }},
		{keys: []string{"E"}, bits: onCrash, help: "crash before, a newer one", why: noNewer,
			do: func(m *Model) tea.Cmd { return m.showCrash(m.crash.at - 1) }},
		{keys: []string{"m"}, bits: onReport, short: "more", help: "show all of the report, or only what matters",
			do: (*Model).toggleVerbose},
		{keys: []string{"+"}, bits: onEntry, short: "next match", help: "next known bug that is alike", why: oneMatch,
			do: func(m *Model) tea.Cmd { return m.showMatch(1) }},
		{keys: []string{"-"}, bits: onEntry, help: "known bug before", why: oneMatch,
			do: func(m *Model) tea.Cmd { return m.showMatch(-1) }},
		{keys: []string{"enter"}, bits: onTrace | onCode | onRegisters, short: "raw", help: "show its line in the raw log",
			why: noRaw, do: func(m *Model) tea.Cmd { return m.showTab(tabRaw) }},
		{keys: []string{"enter"}, bits: onRaw, short: "crash", help: "back to the line of what is chosen",
			do: (*Model).rawHome},
		{keys: []string{"h", "<"}, bits: onRaw | onTrace | onCode, help: "what is left of the edge",
			do: func(m *Model) tea.Cmd { m.crash.shift(-16); return nil }},
		{keys: []string{"l", ">"}, bits: onRaw | onTrace | onCode, help: "what is right of the edge",
			do: func(m *Model) tea.Cmd { m.crash.shift(16); return nil }},
		{keys: []string{"/"}, bits: onPages | onRaw, short: "search", help: "search", do: (*Model).askSearch},
		{keys: []string{"n"}, bits: onPages | onRaw, help: "next hit", why: noSearch,
			do: func(m *Model) tea.Cmd { return m.nextHit(1) }},
		{keys: []string{"N"}, bits: onPages | onRaw, help: "hit before", why: noSearch,
			do: func(m *Model) tea.Cmd { return m.nextHit(-1) }},
	}...)
}

func everywhereKeys() []key {
	return []key{
		{keys: []string{"esc", "backspace"}, bits: onScreen &^ onInbox, short: "back", help: "back", do: (*Model).goBack},
		{keys: []string{"esc"}, bits: onInbox, help: "take the filter away", why: noFilter, do: (*Model).clearFilter},
		{keys: []string{"?", "f1"}, bits: onScreen &^ onHelp, short: "keys", help: "all keys", do: (*Model).openHelp},
		{keys: []string{"?"}, bits: onHelp, help: "back", do: (*Model).goBack},
		{keys: []string{"ctrl+l"}, bits: onScreen, help: "draw the screen anew",
			do: func(*Model) tea.Cmd { return tea.ClearScreen }},
		{keys: []string{"q"}, bits: onScreen, short: "quit", help: "quit", do: (*Model).quit},
		{keys: []string{"ctrl+c"}, bits: onScreen | inMenu | inPrompt | inConfirm | inNote,
			help: "quit at once; a note that is open is kept", do: (*Model).quit},
	}
}

func overlayKeys() []key {
	return []key{
		{keys: []string{"enter"}, bits: inMenu | inPrompt, short: "ok", help: "take it", do: (*Model).accept},
		{keys: []string{"esc"}, bits: inMenu | inPrompt | inConfirm, short: "cancel", help: "leave it as it is",
			do: (*Model).cancel},
		{keys: []string{"tab"}, bits: inPrompt, help: "fill in the next guess", why: noGuess, do: (*Model).nextGuess},
		{keys: []string{"y"}, bits: inConfirm, short: "yes", help: "yes", do: (*Model).accept},
		{keys: []string{"n"}, bits: inConfirm, short: "no", help: "no", do: (*Model).decline},
		{keys: []string{"ctrl+s"}, bits: inNote, short: "save", help: "save the note", do: (*Model).accept},
		{keys: []string{"esc"}, bits: inNote, short: "leave", help: "leave the note; asks if there is text",
			do: (*Model).leaveNote},
	}
}

// find is the row of a key at a place.
func (m *Model) find(at place, name string) (key, bool) {
	for _, k := range m.keys {
		if k.bits&at != 0 && slices.Contains(k.keys, name) {
			return k, true
		}
	}
	return key{}, false
}

// bar is the line of keys at the bottom, as many as fit.
func (m *Model) bar(w int) string {
	at := m.where()
	var b strings.Builder
	used := 1
	b.WriteByte(' ')
	for _, k := range m.keys {
		if k.bits&at == 0 || k.short == "" {
			continue
		}
		if k.why != nil && k.why(m) != "" {
			continue // pressed, it says why
		}
		name := keyName(k.keys[0])
		n := len([]rune(name)) + 1 + len(k.short) + 2
		if used+n > w+1 {
			break
		}
		used += n
		b.WriteString(m.theme.bold.Render(name) + " " + k.short + "  ")
	}
	return b.String()
}

// keyName is a key as people write it.
func keyName(k string) string {
	switch k {
	case "down", "up", "left", "right", "enter", "space", "tab", "home", "end", "backspace":
		return strings.ToUpper(k[:1]) + k[1:]
	case "esc":
		return "Esc"
	case "pgdown":
		return "PgDn"
	case "pgup":
		return "PgUp"
	case "f1":
		return "F1"
	case "shift+tab":
		return "Shift+Tab"
	}
	if rest, found := strings.CutPrefix(k, "ctrl+"); found {
		return "Ctrl+" + strings.ToUpper(rest)
	}
	return k
}

// keyNames are all keys of a row.
func keyNames(k key) string {
	var names []string
	for _, n := range k.keys {
		names = append(names, keyName(n))
	}
	return strings.Join(names, " ")
}

// Why a key can't be used now.

func noGroup(m *Model) string {
	if m.group() == nil {
		return "there is no crash here"
	}
	return ""
}

func noReport(m *Model) string {
	if why := noGroup(m); why != "" {
		return why
	}
	if m.report() == nil {
		return "the crash is still being read: try again in a moment"
	}
	return ""
}

func noNotes(m *Model) string {
	if m.o.Files {
		return "notes are kept in an inbox, and these are files: nfoops tui without files opens the inbox"
	}
	return noGroup(m)
}

func cannotClose(m *Model) string {
	switch why := noGroup(m); {
	case why != "":
		return why
	case m.o.Files:
		return "only the inbox keeps what is closed, and these are files: nfoops tui without files opens it"
	case m.group().Status == "closed":
		return "it is closed; r opens it again"
	}
	return ""
}

func cannotReopen(m *Model) string {
	switch why := noGroup(m); {
	case why != "":
		return why
	case m.group().Status != "closed":
		return "it is open: its status is " + string(m.group().Status)
	}
	return ""
}

func noMark(m *Model) string {
	if m.marked == nil {
		return "mark the other crash first: v"
	}
	return noReport(m)
}

func noOlder(m *Model) string {
	switch c := &m.crash; {
	case c.at+1 < len(c.list):
		return ""
	case c.total > len(c.list):
		return fmt.Sprintf("only the last %d crashes of a bug are looked at, of %d", len(c.list), c.total)
	}
	return "this is the oldest crash of this bug"
}

func noNewer(m *Model) string {
	if m.crash.at == 0 {
		return "this is the newest crash of this bug"
	}
	return ""
}

func oneMatch(m *Model) string {
	if r := m.report(); r == nil || len(r.Matches) < 2 {
		return "no other known bug is alike"
	}
	return ""
}

func noRaw(m *Model) string {
	switch {
	case m.crash.size == 0:
		return "the raw log of this crash was not kept"
	case m.crash.line() == 0:
		return "no line of the log tells this"
	}
	return ""
}

func noSearch(m *Model) string {
	if m.crash.search == "" {
		return "search first: /"
	}
	return ""
}

func noFilter(m *Model) string {
	if m.inbox.filter == "" {
		return "there is no filter; q quits"
	}
	return ""
}

func noGuess(m *Model) string {
	if p, ok := m.overlay.(*prompt); !ok || len(p.guesses) == 0 {
		return "nothing to fill in"
	}
	return ""
}
