package frame

import (
	"encoding/binary"
	"html"
	"strings"
	"unicode/utf8"
)

// clean drops what is never text: control bytes, ANSI sequences, byte order marks. The blanks that mailers and
// browsers put in place of spaces (no-break space, en and em spaces) become spaces, bytes that are no UTF-8 the mark
// for that. It reports whether it dropped anything but a carriage return, and returns b itself where nothing was
// changed.
func clean(b []byte) ([]byte, bool) {
	i := firstNoise(b)
	if i < 0 {
		return b, false
	}
	out := append(make([]byte, 0, len(b)), b[:i]...)
	dropped := false
	for i < len(b) {
		c := b[i]
		switch {
		case c == 0x1b:
			i += escapeLen(b[i:])
			dropped = true
		case c == '\r':
			i++
		case c < 0x20 && c != '\t' || c == 0x7f:
			i++
			dropped = true
		default:
			r, n := utf8.DecodeRune(b[i:])
			if isBlank(r) {
				out = append(out, ' ')
			} else if r == utf8.RuneError && n == 1 {
				out = utf8.AppendRune(out, r) // half a character must not meet its other half where something was dropped
			} else if isNoise(r) && n > 1 {
				dropped = true
			} else {
				out = append(out, b[i:i+n]...)
			}
			i += n
		}
	}
	return out, dropped
}

// printable says that none of eight bytes is below 0x20 or above 0x7e. The lowest byte that is sets its highest bit in
// one of the three terms; where there is none, nothing is carried from byte to byte.
func printable(eight []byte) bool {
	const each = 0x0101010101010101
	v := binary.LittleEndian.Uint64(eight)
	return (v|(v-0x20*each)|(v+each))&(0x80*each) == 0
}

// firstNoise is where the first byte is that clean drops or changes; -1 if there is none.
func firstNoise(b []byte) int {
	start := 0
	const word = 8 // bytes
	for len(b)-start >= word && printable(b[start:]) {
		start += word
	}
	if len(b) >= word && len(b)-start < word && printable(b[len(b)-word:]) {
		return -1
	}
	for i := start; i < len(b); i++ {
		c := b[i]
		if c-0x20 < 0x7f-0x20 || c == '\t' {
			continue
		}
		if c < 0x80 {
			return i
		}
		for i < len(b) {
			r, n := utf8.DecodeRune(b[i:])
			if isNoise(r) || r == utf8.RuneError && n == 1 {
				return i
			}
			i += n
		}
		return -1
	}
	return -1
}

// isNoise: C0 and C1 controls, DEL, byte order mark, and the marks that turn the direction of writing.
func isNoise(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\t'
	case r < 0x7f:
		return false
	case r <= 0x9f, isBlank(r), r == 0xfeff,
		r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

// isBlank: the blanks of Unicode that stand for a space.
func isBlank(r rune) bool {
	return r == 0xa0 || r >= 0x2000 && r <= 0x200a || r == 0x202f || r == 0x205f || r == 0x3000
}

// escapeLen is the length in bytes of the escape sequence at b[0] (ECMA-48: CSI, OSC, two-byte escapes). An
// unfinished one ends with the row; an OSC is bounded so that a stray one cannot eat a line.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return len(b)
	}
	switch b[1] {
	case '[':
		for i := 2; i < len(b) && i < 64; i++ {
			if b[i] >= 0x40 && b[i] <= 0x7e {
				return i + 1
			}
			if b[i] < 0x20 {
				return i
			}
		}
		return 2
	case ']', 'P', '^', '_', 'X':
		for i := 2; i < len(b) && i < 256; i++ {
			if b[i] == 0x07 {
				return i + 1
			}
			if b[i] == 0x1b && i+1 < len(b) && b[i+1] == '\\' {
				return i + 2
			}
		}
		return 2
	case '(', ')', '*', '+', '#', '%', ' ':
		return min(3, len(b))
	}
	return 2
}

// htmlEnds are the tags that end rows.
var htmlEnds = [...]string{"<br>", "<br/>", "<br />", "<BR>", "</pre>", "</p>"}

// unescapeHTML undoes the entities that bug trackers and web archives put into pasted logs.
func unescapeHTML(s string) (string, bool) {
	for i := 0; i < len(htmlEnds) && s != "" && s[len(s)-1] == '>'; i++ {
		if t, ok := strings.CutSuffix(s, htmlEnds[i]); ok {
			out, _ := unescapeHTML(t)
			return out, true
		}
	}
	if strings.IndexByte(s, '&') < 0 {
		return s, false
	}
	for _, e := range [...]string{"&lt;", "&gt;", "&amp;", "&quot;", "&#", "&nbsp;", "&apos;"} {
		if strings.Contains(s, e) {
			return strings.Map(dropControl, html.UnescapeString(s)), true
		}
	}
	return s, false
}

// dropControl keeps an entity or an escape from smuggling in what clean would have dropped.
func dropControl(r rune) rune {
	if isBlank(r) {
		return ' '
	}
	if isNoise(r) {
		return -1
	}
	return r
}
