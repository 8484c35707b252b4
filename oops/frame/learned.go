package frame

import "strings"

// Prefixes are the prefixes that one input has before its lines and that no layer knows: those of a syslog template, of
// a test bench, of a collector's own. They are learned from the input: where a grammar finds the beginnings of several
// of its lines behind texts of one shape, that shape is transport. The zero value has learned nothing.
type Prefixes struct {
	shapes []shape
}

// Bounds of what is learned.
const (
	longestPrefix = 160 // bytes
	mostShapes    = 16  // of one input: so many hosts or collectors may be mixed in it
	enoughLines   = 4   // with a shape, behind which …
	enoughWords   = 3   // … so many different beginnings of lines stand
)

// shape is a prefix as a list of its words and what stands between them.
type shape []token

// token is a word or a run of other bytes. A word that is not the same in all lines is known by what it is made of.
type token struct {
	text  string // "" where it varies
	class class
}

type class uint8

const (
	other   class = iota // between words: always the same
	blanks               // one or more
	digits               // a number
	letters              // a word
	mixed                // both
)

// Learn looks for prefixes in lines that no layer has taken anything off. anchor tells where in a text a line of the
// kernel begins, and which beginning it is; -1 if nowhere.
func (p *Prefixes) Learn(lines []Line, anchor func(text string) (at int, what string)) {
	type found struct {
		prefixes []string
		words    map[string]bool
	}
	var keys []string
	groups := map[string]*found{}
	for i := range lines {
		l := &lines[i]
		if l.Framed() || l.Format&Dict != 0 || l.Dull && l.Format&Noise == 0 {
			continue
		}
		at, what := anchor(l.Text)
		if at <= 0 || at > longestPrefix || !separates(l.Text[at-1]) {
			continue
		}
		prefix := l.Text[:at]
		key := keyOf(prefix)
		g := groups[key]
		if g == nil {
			if len(groups) >= 8*mostShapes {
				continue
			}
			g = &found{words: map[string]bool{}}
			groups[key] = g
			keys = append(keys, key)
		}
		g.prefixes = append(g.prefixes, prefix)
		g.words[what] = true
	}
	for _, key := range keys {
		g := groups[key]
		if len(g.prefixes) < enoughLines || len(g.words) < enoughWords || len(p.shapes) >= mostShapes {
			continue
		}
		if s := common(g.prefixes); s.tells() && !p.knows(s) {
			p.shapes = append(p.shapes, s)
		}
	}
}

// Take takes a learned prefix off the lines that have it and that no layer has taken anything off, and what other
// transport stands behind it. starts says that a text is a line of the grammar as it is.
func (p *Prefixes) Take(lines []Line, starts func(text string) bool) {
	if len(p.shapes) == 0 {
		return
	}
	for i := range lines {
		l := &lines[i]
		if l.Framed() || l.Format&Dict != 0 || starts(l.Text) {
			continue
		}
		for _, s := range p.shapes {
			if rest, ok := s.cut(l.Text); ok {
				l.Format |= Learned
				l.Text = strings.TrimRight(l.takeLayers(rest), " \t")
				break
			}
		}
	}
}

func separates(c byte) bool { return classOf(c) == other || classOf(c) == blanks }

func classOf(c byte) class {
	switch {
	case c == ' ' || c == '\t':
		return blanks
	case c >= '0' && c <= '9':
		return digits
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c >= 0x80:
		return letters
	}
	return other
}

// nextToken is the first token of s.
func nextToken(s string) token {
	first := classOf(s[0])
	i := 1
	for i < len(s) {
		c := classOf(s[i])
		if first == other || first == blanks {
			if c != first {
				break
			}
		} else if c == other || c == blanks {
			break
		} else if c != first {
			first = mixed
		}
		i++
	}
	return token{text: s[:i], class: first}
}

// keyOf is the shape of a prefix without its words.
func keyOf(s string) string {
	var b strings.Builder
	for s != "" {
		t := nextToken(s)
		switch t.class {
		case other:
			b.WriteString(t.text)
		case blanks:
			b.WriteByte(' ')
		default:
			b.WriteByte('w')
		}
		s = s[len(t.text):]
	}
	return b.String()
}

// common is the shape of prefixes that have the same key: words that are the same in all of them stay.
func common(prefixes []string) shape {
	var s shape
	for i, p := range prefixes {
		for n := 0; p != ""; n++ {
			t := nextToken(p)
			p = p[len(t.text):]
			switch {
			case i == 0:
				s = append(s, t)
			case t.class != s[n].class:
				s[n] = token{class: mixed}
			case t.text != s[n].text && t.class != other:
				s[n].text = ""
			}
		}
	}
	return s
}

// tells says that a shape is surely no part of a line: two words, or one that never changes with more than a blank or a
// colon behind it.
func (s shape) tells() bool {
	words := 0
	for _, t := range s {
		if t.class >= digits {
			words++
		}
	}
	last := s[len(s)-1].text
	return words >= 2 || words == 1 && strings.Trim(last, ": ") != ""
}

func (p *Prefixes) knows(s shape) bool {
	for _, old := range p.shapes {
		if len(old) != len(s) {
			continue
		}
		same := true
		for i := range s {
			same = same && s[i] == old[i]
		}
		if same {
			return true
		}
	}
	return false
}

// cut takes the shape off the front of s.
func (s shape) cut(text string) (rest string, ok bool) {
	for i, want := range s {
		if text == "" {
			return "", false
		}
		t := nextToken(text)
		switch {
		case i == len(s)-1 && want.class == blanks && t.class == blanks:
			t.text = t.text[:1] // further blanks are the line's
		case i == len(s)-1 && want.class == other && strings.HasPrefix(t.text, want.text):
			t.text = want.text
		case want.class == blanks && t.class == blanks:
		case want.text != "" && want.text != t.text,
			t.class != want.class && (want.class != mixed || t.class < digits):
			return "", false
		}
		text = text[len(t.text):]
	}
	return text, true
}
