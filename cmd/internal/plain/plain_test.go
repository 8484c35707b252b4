package plain

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ in, text, line string }{
		{"a  b\tc", "a b c", "a  b    c"},
		{"\x1b[2J\x1b]0;x\a", `\x1b[2J\x1b]0;x\x07`, `\x1b[2J\x1b]0;x\x07`},
		{"a\u202eb\u200bc", `a\u202eb\u200bc`, `a\u202eb\u200bc`},
		{"\xff\xc0", `\xff\xc0`, `\xff\xc0`},
		{"::error::x", `\x3a:error::x`, `\x3a:error::x`},
		{"##[error]", `\x23#[error]`, `\x23#[error]`},
	} {
		if got := Text(c.in, false); got != c.text {
			t.Errorf("Text(%q) is %q, want %q", c.in, got, c.text)
		}
		if got := Line(c.in, false, 4); got != c.line {
			t.Errorf("Line(%q) is %q, want %q", c.in, got, c.line)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\tb\x1b[31m\u202e\xff::##")
	f.Fuzz(func(t *testing.T, s string) {
		for _, ascii := range []bool{false, true} {
			for _, got := range []string{Text(s, ascii), Line(s, ascii, 8)} {
				if strings.ContainsFunc(got, Harmful) || ascii && strings.ContainsFunc(got, func(r rune) bool { return r > '~' }) {
					t.Errorf("%q became %q", s, got)
				}
			}
		}
	})
}
