package frame

import (
	"fmt"
	"strings"
	"testing"
)

// words is a grammar of three words, which are lines' beginnings.
func words(text string) (int, string) {
	for _, w := range [...]string{"Apple", "Pear", "Plum"} {
		if i := strings.Index(text, w); i >= 0 {
			return i, w
		}
	}
	return -1, ""
}

func learn(rows ...string) []Line {
	var lines []Line
	for i, r := range rows {
		lines = AppendStrip(lines, Row{Num: i + 1, Text: []byte(r)})
	}
	var p Prefixes
	p.Learn(lines, words)
	p.Take(lines, func(text string) bool { at, _ := words(text); return at == 0 })
	return lines
}

// TestLearned holds what is learned from repetition, and what is not.
func TestLearned(t *testing.T) {
	for _, test := range []struct {
		name string
		row  string // %d is a number that grows, %s the text
		bare bool   // nothing may be learned
	}{
		{"host and clock", "gate|04:05:%02d| %s", false},
		{"bracket", "[bench-3 +%d ms] %s", false},
		{"csv", `"gate",%d,%s`, false},
		{"one word is the line's own", "fruit: %[2]s", true},
		{"glued to a word", "%d-x%s", true},
		{"nothing", "%[2]s", true},
	} {
		texts := []string{"Apple one", "Pear two", "Plum three", "Apple four", "Pear five", "some fruit", "  indented"}
		var rows []string
		for i, text := range texts {
			rows = append(rows, fmt.Sprintf(test.row, 7+i*5, text))
			if test.row[:2] == "%[" || strings.HasPrefix(test.row, "fruit") {
				rows[i] = strings.ReplaceAll(test.row, "%[2]s", text)
			}
		}
		for i, l := range learn(rows...) {
			want := texts[i]
			if test.bare {
				want = rows[i]
			}
			if l.Text != want || (l.Format&Learned != 0) == test.bare {
				t.Errorf("%s: %q gives %q, format %b", test.name, rows[i], l.Text, l.Format)
			}
		}
	}
}

// TestLearnedMixed holds that lines of another source in the same input, and those that begin as the grammar's do, stay
// as they are; and that few lines teach nothing.
func TestLearnedMixed(t *testing.T) {
	rows := []string{
		"a#1> Apple", "b!2! Plum", "a#2> Pear", "Pear 3> x", "b!3! Apple", "a#4> Plum", "b!5! Pear", "a#6> Apple", "b!7! Plum",
		"c#8> seed", "a#9> stone",
	}
	want := []string{"Apple", "Plum", "Pear", "Pear 3> x", "Apple", "Plum", "Pear", "Apple", "Plum", "c#8> seed", "stone"}
	for i, l := range learn(rows...) {
		if l.Text != want[i] {
			t.Errorf("%q gives %q, want %q", rows[i], l.Text, want[i])
		}
	}
	for i, l := range learn(rows[:3]...) {
		if l.Text != rows[i] {
			t.Errorf("%q gives %q: three lines taught something", rows[i], l.Text)
		}
	}
}
