package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// registerNames are the registers in the order of the log.
func registerNames(r *triage.Report) []string {
	var names []string
	for _, n := range r.Order {
		if _, there := r.Registers[n]; there && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	var rest []string
	for n := range r.Registers {
		if !slices.Contains(names, n) {
			rest = append(rest, n)
		}
	}
	slices.Sort(rest)
	return append(names, rest...)
}

func (c *crash) registerLines(m *Model, r *triage.Report) []string {
	t := m.theme
	names := registerNames(r)
	if len(names) == 0 {
		return absent(m, "The log has no registers. "+missingWords(r))
	}
	from, to := c.registers.rows()
	var lines []string
	for i := from; i < to; i++ {
		lead := "  "
		if i == c.registers.pos {
			lead = t.cursor + " "
		}
		says := registerSays(r, names[i])
		text := lead + t.fit(t.clean(names[i]), 8) + t.fit(t.clean(string(r.Registers[names[i]])), 20) + t.clean(says)
		switch {
		case i == c.registers.pos:
			text = t.chosen.Render(t.fit(text, m.width))
		case says != "" && r.Cause != nil && names[i] == r.Cause.BaseRegister:
			text = t.bad.Render(text)
		}
		lines = append(lines, text)
	}
	return lines
}

// registerSays is what is known of a register's value.
func registerSays(r *triage.Report, name string) string {
	value := r.Registers[name]
	var says []string
	if x := r.Cause; x != nil && name == x.BaseRegister {
		text := "the base that crashed"
		if x.Offset != "" {
			text += fmt.Sprintf(", at %s + %s", name, x.Offset)
		}
		if x.Field != "" {
			text += " = " + strings.Trim(x.Struct+"."+x.Field, ".")
		}
		if x.Poison != "" {
			text += "; " + x.Poison
		}
		says = append(says, text)
	}
	switch {
	case value == "0x0":
		says = append(says, "zero")
	case value == r.FaultAddress && value != "":
		says = append(says, "the address that crashed")
	}
	return strings.Join(says, "; ")
}

// registerLine is the line of the log that has the chosen register: near the first of them, by its name.
func (c *crash) registerLine(r *triage.Report) int {
	names := registerNames(r)
	first := r.Facts["registers"]
	if first == 0 || c.registers.pos >= len(names) {
		return first
	}
	name := strings.ToLower(names[c.registers.pos])
	between := func(x rune) bool { return strings.ContainsRune(" :=(),", x) }
	for line := first; line < first+40; line++ {
		fields := strings.FieldsFunc(strings.ToLower(r.Quotes[line]), between)
		if slices.Contains(fields, name) {
			return line
		}
	}
	return first
}
