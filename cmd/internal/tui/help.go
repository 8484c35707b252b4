package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
)

func (m *Model) openHelp() tea.Cmd {
	m.help = pages{}
	m.help.set(m.helpText())
	m.open(helpScreen)
	return nil
}

// helpText is the table of keys, those that work where the user comes from first.
func (m *Model) helpText() []string {
	t := m.theme
	from := m.where()
	lines := []string{t.bold.Render("Keys that work where you come from")}
	list := func(keep func(key) bool) {
		for _, k := range m.keys {
			if keep(k) {
				names := fmt.Sprintf("  %-20s ", keyNames(k))
				for _, l := range wrap(k.help, m.width-len(names)-2) {
					lines = append(lines, names+l)
					names = strings.Repeat(" ", len(names))
				}
			}
		}
	}
	list(func(k key) bool { return k.bits&from != 0 })
	for _, p := range places {
		lines = append(lines, "", t.bold.Render(p.title))
		list(func(k key) bool { return k.in(p.bits) })
	}
	const answers = "An answer is KNOWN where the log fits a known bug in all that counts, LIKELY and possible where it " +
		"fits less, unknown where nothing does. New bugs are those that nobody has looked at."
	return append(append(lines, ""), wrap(answers, m.width-3)...)
}

// in says whether a row of the table belongs below a heading of the help.
func (k key) in(bits place) bool {
	if k.bits == bits {
		return true
	}
	wide := k.bits&onInbox != 0 && k.bits&onCrash != 0
	switch bits {
	case onScreen:
		return wide || k.bits&(onCompare|onHelp) != 0
	case onInbox:
		return k.bits == onInbox
	case onCrash:
		return k.bits&onCrash != 0 && !wide && k.bits&(onCompare|onHelp) == 0
	}
	return k.bits&bits != 0 && k.bits&onScreen == 0
}

func (m *Model) helpLines() []string {
	t := m.theme
	lines := []string{" " + t.bold.Render("nfoops tui: keys"), t.dim.Render(strings.Repeat(t.rule, m.width))}
	return append(lines, m.help.view(m, "")...)
}

// keysDocument is docs/keys.md.
func keysDocument() string {
	var b strings.Builder
	b.WriteString("# Keys of nfoops tui\n\nMade from the table in cmd/internal/tui/keys.go by `make golden-update`. " +
		"A key that can't be used\nsays why. Every screen shows those that matter most at its bottom; `?` shows all.\n")
	for _, p := range places {
		fmt.Fprintf(&b, "\n## %s\n| key | |\n|---|---|\n", p.title)
		for _, k := range bindings() {
			if k.in(p.bits) {
				names := strings.ReplaceAll(keyNames(k), "|", `\|`)
				fmt.Fprintf(&b, "| `%s` | %s%s |\n", strings.ReplaceAll(names, " ", "` `"), k.help, k.only())
			}
		}
	}
	return b.String()
}

// only says on which tabs a key of a crash works, where it is not all of them.
func (k key) only() string {
	if k.bits&onCrash == 0 || k.bits&onCrash == onCrash {
		return ""
	}
	var names []string
	for i, n := range tabNames {
		if k.bits&(onReport<<i) != 0 {
			names = append(names, n)
		}
	}
	return " (" + strings.Join(names, ", ") + ")"
}
