// Package plain makes foreign text harmless before it reaches a terminal, a build's log or a document. Everything that
// shows what stood in a log, in a file name or in an inbox takes it through here.
package plain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the longest string, in bytes, that is shown. The kernel's own lines end near 1 KiB; what is longer is
// damage, and is there in full in the JSON form.
const maxText = 4096

// Text makes a string from a log, or from any other place that can't be trusted, harmless in one line of a terminal
// or of a build's log. Control characters (C0, C1, with them all ANSI and OSC sequences), bidirectional marks, other
// invisible characters and bytes that are no UTF-8 become visible as \x1b, \u202e; runs of white space become one
// blank; and what a build service would take for a command ("::error::", "##[error]") is broken up.
// With ascii set only printable ASCII is left.
func Text(s string, ascii bool) string { return scrub(s, ascii, false) }

// Line is Text for code, diffs and raw logs, whose blanks count: tabs become blanks up to the next multiple of tab.
func Line(s string, ascii bool, tab int) string {
	if strings.Contains(s[:min(len(s), maxText)], "\t") {
		var b strings.Builder
		for _, r := range s[:min(len(s), maxText)] {
			if r == '\t' {
				b.WriteString(strings.Repeat(" ", tab-b.Len()%tab))
			} else {
				b.WriteRune(r)
			}
		}
		s = b.String() + s[min(len(s), maxText):]
	}
	return scrub(s, ascii, true)
}

func scrub(s string, ascii, blanks bool) string {
	cut := len(s) > maxText
	if cut {
		s = s[:maxText]
	}
	var b strings.Builder
	b.Grow(len(s))
	blank := true // at the start, and behind a blank
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		rest := s[i+size:]
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			if !blank || blanks {
				b.WriteByte(' ')
			}
			blank = true
			i += size
			continue
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == ':' && blank && strings.HasPrefix(rest, ":"):
			b.WriteString(`\x3a`)
		case r == '#' && strings.HasPrefix(rest, "#"):
			b.WriteString(`\x23`)
		case r < utf8.RuneSelf && r >= ' ' && r != 0x7f:
			b.WriteByte(byte(r))
		case Harmful(r):
			b.WriteString(escaped(r))
		case ascii:
			b.WriteString(asciiFor(r))
		default:
			b.WriteRune(r)
		}
		blank = false
		i += size
	}
	text := strings.TrimRight(b.String(), " ")
	if cut {
		text += " [...]"
	}
	return text
}

// Harmful says that r moves the cursor, reorders or hides text, or can't be seen.
func Harmful(r rune) bool {
	switch {
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return true
	case r < 0xa0:
		return false
	case r == 0xad || r == 0x34f || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0:
		return true // soft hyphen and fillers, which show nothing
	}
	// Marks that combine (M) may pile up over other lines; Cf holds the bidirectional marks and the zero widths.
	return !unicode.IsGraphic(r) || unicode.Is(unicode.M, r) || unicode.Is(unicode.Z, r)
}

func escaped(r rune) string {
	switch {
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// typography is what authors of entries use, and how it reads in ASCII.
var typography = map[rune]string{
	'‘': "'", '’': "'", '“': `"`, '”': `"`, '–': "-", '—': "-", '…': "...", '→': "->", '←': "<-",
	'×': "x", '·': "-",
	'•': "*", '≥': ">=", '≤': "<=",
}

func asciiFor(r rune) string {
	if s, known := typography[r]; known {
		return s
	}
	return escaped(r)
}
