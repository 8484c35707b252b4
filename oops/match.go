package oops

import (
	"iter"
	"regexp"
	"strings"
	"sync"
)

// compiled holds the regular expressions of rules, made when first needed: most runs need two or three.
var compiled = func() []func() *regexp.Regexp {
	out := make([]func() *regexp.Regexp, len(rules))
	for i := range rules {
		if expr := rules[i].expr; expr != "" {
			out[i] = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
		}
	}
	return out
}()

// gates and nevers are the literals of rules and of never.
var gates, nevers = func() (g, n []literal) {
	for i := range rules {
		for text := range strings.SplitSeq(rules[i].gate, "|") {
			g = append(g, literalOf(text, i))
		}
	}
	for i, text := range never {
		n = append(n, literalOf(text, i))
	}
	return g, n
}()

// literal is a text of two bytes or more, with two of the pairs of its bytes: its first and the one in its middle.
type literal struct {
	text          string
	first, middle uint16
	row           int // of its table
}

func literalOf(text string, row int) literal {
	m := len(text) / 2
	return literal{text, pairOf(text[0], text[1]), pairOf(text[m-1], text[m]), row}
}

// pairSet has a bit for each pair of bytes that follow each other in a text, by a hash: what has a pair that is not in
// it is not in the text.
type pairSet [16]uint64

func pairOf(a, b byte) uint16 { return (uint16(a)*31 + uint16(b)) & (16*64 - 1) }

func pairsOf(text string) (set pairSet) {
	for i := 1; i < len(text); i++ {
		p := pairOf(text[i-1], text[i])
		set[p>>6] |= 1 << (p & 63)
	}
	return set
}

// rowsIn yields the rows of the literals that are in a text, whose pairs are set, in their order. A row that has several
// literals comes for each of them.
func rowsIn(text string, set *pairSet, literals []literal) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range literals {
			l := &literals[i]
			if set[l.first>>6&15]>>(l.first&63)&(set[l.middle>>6&15]>>(l.middle&63))&1 != 0 &&
				strings.Contains(text, l.text) && !yield(l.row) {
				return
			}
		}
	}
}

// gated yields the indexes of the rules whose gate is in a text, in their order; none where the text is one of never.
func gated(text string) iter.Seq[int] {
	set := pairsOf(text)
	for range rowsIn(text, &set, nevers) {
		return func(func(int) bool) {}
	}
	return rowsIn(text, &set, gates)
}

// matched is a rule that fits a line, with what its groups caught.
type matched struct {
	*rule
	groups map[string]string
}

// matchRule finds the rule for a line, if it has one.
func matchRule(text string) (matched, bool) {
	for i := range gated(text) {
		r := &rules[i]
		groups, ok := map[string]string(nil), true
		switch {
		case r.opens:
			var what string
			what, ok = opened(text, r.gate)
			groups = map[string]string{"what": what}
		case r.expr != "":
			groups, ok = match(compiled[i](), text)
		}
		if ok {
			return matched{rule: r, groups: groups}, true
		}
	}
	return matched{}, false
}

// fitting is the rule of matchRule, or nil, without what its groups caught: that is most of the work.
func fitting(text string) *rule {
	for i := range gated(text) {
		r, ok := &rules[i], true
		switch {
		case r.opens:
			_, ok = opened(text, r.gate)
		case r.expr != "":
			ok = compiled[i]().MatchString(text)
		}
		if ok {
			return r
		}
	}
	return nil
}

// match gives what the named groups of an expression catch.
func match(re *regexp.Regexp, text string) (map[string]string, bool) {
	m := re.FindStringSubmatch(text)
	if m == nil {
		return nil, false
	}
	groups := map[string]string{}
	for i, name := range re.SubexpNames() {
		if name != "" && m[i] != "" {
			groups[name] = m[i]
		}
	}
	return groups, true
}

// opened gives what stands behind a gate that opens the line, or a part of it: behind "]", ":" or "[ ", whose "]" at the
// end of the line is not of it.
func opened(text, gate string) (what string, ok bool) {
	for at := 0; ; at++ {
		i := strings.Index(text[at:], gate)
		if i < 0 {
			return "", false
		}
		at += i
		what = text[at+len(gate):]
		if what == "" {
			return "", false
		}
		if at > 0 && partBegins.end(text[:at]) == "" {
			continue
		}
		if cut := strings.TrimSuffix(what, " ]"); cut != "" {
			what = cut
		}
		return what, true
	}
}

var partBegins = endings("] ", ": ", "[ ")
