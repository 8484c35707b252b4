package tui

import (
	"strings"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/nfoops/nfoops/cmd/internal/plain"
)

// theme is how things look. Whatever a colour says, a glyph or a word says too.
type theme struct {
	ascii bool

	title, dim, bold, bad, good, warn, chosen, lit, hit lipgloss.Style

	cursor, rule, more, sep, mark, dot, arrow string
	bars                                      []rune
}

func newTheme(ascii bool) theme {
	s := lipgloss.NewStyle
	t := theme{
		ascii: ascii,
		title: s().Bold(true), dim: s().Faint(true), bold: s().Bold(true),
		bad: s().Bold(true).Foreground(lipgloss.Red), good: s().Foreground(lipgloss.Green),
		warn: s().Foreground(lipgloss.Yellow), chosen: s().Reverse(true), lit: s().Bold(true),
		hit:    s().Underline(true).Bold(true),
		cursor: "▸", rule: "─", more: "…", sep: "·", mark: "▌", dot: "●", arrow: "→",
		bars: []rune(" ▁▂▃▄▅▆▇█"),
	}
	if ascii {
		t.cursor, t.rule, t.more, t.sep, t.mark, t.dot, t.arrow = ">", "-", "~", "-", "|", "*", "->"
		t.bars = []rune(" .:-=+*#@")
	}
	return t
}

// clean makes text of a log, an inbox or a file system harmless in one line.
func (t theme) clean(s string) string { return plain.Text(s, t.ascii) }

// cleanLine keeps the blanks.
func (t theme) cleanLine(s string) string { return plain.Line(s, t.ascii, 8) }

// fit cuts or fills text that may hold SGR sequences to exactly w columns.
func (t theme) fit(s string, w int) string {
	if w <= 0 {
		return ""
	}
	n := ansi.StringWidth(s)
	switch {
	case n > w:
		s = ansi.Truncate(s, w, t.more)
		return s + strings.Repeat(" ", max(w-ansi.StringWidth(s), 0))
	case n < w:
		return s + strings.Repeat(" ", w-n)
	}
	return s
}

// ends puts one text at each end of a line of w columns; what is left of it is cut if there is no room.
func (t theme) ends(left, right string, w int) string {
	n := ansi.StringWidth(right)
	if n+2 > w {
		return t.fit(left, w)
	}
	return t.fit(left, w-n-1) + " " + right
}

// wrap breaks cleaned text at blanks into lines of at most w columns.
func wrap(s string, w int) []string {
	return strings.Split(ansi.Wrap(s, max(w, 1), " "), "\n")
}

// gate is the last thing that a line passes on its way to the terminal: sequences that are no SGR, and what else is
// no text, become visible.
func gate(line string) string {
	if !strings.ContainsFunc(line, plain.Harmful) {
		return line
	}
	var b strings.Builder
	for len(line) > 0 {
		if n := sgr(line); n > 0 {
			b.WriteString(line[:n])
			line = line[n:]
			continue
		}
		r, n := utf8.DecodeRuneInString(line)
		if plain.Harmful(r) || r == utf8.RuneError && n == 1 {
			b.WriteString(plain.Text(line[:n], true))
		} else {
			b.WriteString(line[:n])
		}
		line = line[n:]
	}
	return b.String()
}

// sgr is the length of the SGR sequence that s begins with, 0 if it begins with none.
func sgr(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	for i := 2; i < len(s) && i < 40; i++ {
		switch c := s[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}
