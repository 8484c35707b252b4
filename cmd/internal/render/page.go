package render

import (
	"strings"
	"unicode/utf8"
)

// Marks that switch styles inside of a line. Clean never lets one through, so that they can be told from text, and
// they have no width. The page turns them into colours or drops them.
const (
	styleEnd  = "\x00"
	styleBold = "\x01"
	styleDim  = "\x02"
	styleBad  = "\x03"
	styleGood = "\x04"
	styleWarn = "\x05"
)

var colours = map[byte]string{
	styleEnd[0]:  "\x1b[0m",
	styleBold[0]: "\x1b[1m",
	styleDim[0]:  "\x1b[2m",
	styleBad[0]:  "\x1b[1;31m",
	styleGood[0]: "\x1b[32m",
	styleWarn[0]: "\x1b[33m",
}

// unstyled takes the styles out of a line.
var unstyled = strings.NewReplacer(
	styleEnd, "", styleBold, "", styleDim, "", styleBad, "", styleGood, "", styleWarn, "")

func styled(style, s string) string {
	if s == "" {
		return ""
	}
	return style + s + styleEnd
}

// page collects lines of at most width columns.
type page struct {
	width int
	loose bool // but for lines that are longer by themselves
	lines []string
}

// indent is where text stands behind its heading, in columns.
const indent = 12

func (p *page) blank() {
	if len(p.lines) > 0 && p.lines[len(p.lines)-1] != "" {
		p.lines = append(p.lines, "")
	}
}

// entry puts text behind a heading, wrapped with a hanging indent.
func (p *page) entry(heading, text string) {
	p.lines = append(p.lines, entryLines(p.width, heading, text)...)
}

// entryLines is what entry adds.
func entryLines(width int, heading, text string) []string {
	lines := wrap(text, width-indent)
	out := make([]string, 0, len(lines))
	for i, l := range lines {
		if i > 0 {
			heading = ""
		}
		out = append(out, pad(heading, indent)+l)
	}
	return out
}

// hang adds text with its first line at column first and the others at column rest.
func (p *page) hang(lead string, rest int, text string) {
	for i, l := range wrap(text, p.width-rest) {
		if i > 0 {
			lead = ""
		}
		p.lines = append(p.lines, pad(lead, rest)+l)
	}
}

// bytes returns the page with its styles as colours, or without them. No line is wider than the page: those that hold
// what no log should hold, such as a register with a name of a hundred letters, are broken at the edge.
func (p *page) bytes(color bool) []byte {
	var b strings.Builder
	for _, line := range p.lines {
		for !p.loose && columns(line) > p.width {
			head, rest := breakWord(line, p.width)
			writeStyled(&b, head, color)
			line = "    " + strings.TrimLeft(rest, " ")
		}
		writeStyled(&b, strings.TrimRight(line, " "), color)
	}
	return []byte(b.String())
}

// writeStyled writes a line with its styles as colours, or without them. Cleaned parts that were put together could
// begin it with "::", which commands to build services begin with.
func writeStyled(b *strings.Builder, line string, color bool) {
	at := strings.IndexByte(line, ':')
	if at >= 0 && strings.HasPrefix(strings.TrimLeft(unstyled.Replace(line), " "), "::") {
		line = line[:at] + `\x3a` + line[at+1:]
	}
	for i := range len(line) {
		if sgr, isStyle := colours[line[i]]; !isStyle {
			b.WriteByte(line[i])
		} else if color {
			b.WriteString(sgr)
		}
	}
	b.WriteByte('\n')
}

// wrap breaks cleaned text at blanks into lines of at most width columns, and words that are longer where they reach
// the end. There is always at least one line. A style goes on in the next line.
func wrap(text string, width int) []string {
	width = max(width, 20)
	var lines []string
	line, used := "", 0
	for word := range strings.SplitSeq(text, " ") {
		n := columns(word)
		if n == 0 {
			line += word // styles only
			continue
		}
		if used > 0 && used+1+n > width {
			lines, line, used = append(lines, line), "", 0
		}
		for n > width {
			head, rest := breakWord(word, width)
			lines = append(lines, line+head)
			line, word = "", rest
			n = columns(word)
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	return append(lines, line)
}

// breakWord cuts a long word so that no line starts with a colon: a build service reads "::" there as a command.
func breakWord(word string, width int) (head, rest string) {
	used, at := 0, 0
	for i, r := range word {
		n := runeColumns(r)
		if used+n > width {
			break
		}
		used += n
		at = i + utf8.RuneLen(r)
	}
	if !startsWithColon(word[at:]) {
		return word[:at], word[at:]
	}
	for cut := at - 1; cut > at-8 && cut > at/2; cut-- {
		if utf8.RuneStart(word[cut]) && !startsWithColon(word[cut:]) {
			return word[:cut], word[cut:]
		}
	}
	return word[:at], strings.Replace(word[at:], ":", `\x3a`, 1) // nothing but colons
}

func startsWithColon(s string) bool {
	return strings.HasPrefix(strings.TrimLeft(s, "\x00\x01\x02\x03\x04\x05"), ":")
}

// columns is the width of cleaned text on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns knows the wide blocks of East Asia and the pictures; everything else that Clean leaves takes one column.
func runeColumns(r rune) int {
	switch {
	case r < ' ':
		return 0 // a style
	case r < 0x1100:
		return 1
	case r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xa960 && r <= 0xa97f, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6,
		r >= 0x1f000 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// pad fills s with blanks up to n columns; at least one blank stands at its end.
func pad(s string, n int) string {
	fill := n - columns(s)
	if fill <= 0 && s != "" && !strings.HasSuffix(s, " ") {
		fill = 1
	}
	return s + strings.Repeat(" ", max(fill, 0))
}
