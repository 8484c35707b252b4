package oops

import (
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

// search goes through literals and finds those that are in a text.
type search struct {
	text  string
	pairs pairSet // of the text
	at    int     // the literal that comes next
}

// next is the row of the next of the literals that is in the text; -1 behind the last. A row that has several literals
// comes for each of them.
func (s *search) next(literals []literal) int {
	for s.at < len(literals) {
		l := &literals[s.at]
		s.at++
		if s.pairs[l.first>>6&15]>>(l.first&63)&(s.pairs[l.middle>>6&15]>>(l.middle&63))&1 != 0 &&
			strings.Contains(s.text, l.text) {
			return l.row
		}
	}
	return -1
}

// gated begins the search for the rules whose gate is in a text; ok is false where the text is one of never.
func gated(text string) (s search, ok bool) {
	s = search{text: text, pairs: pairsOf(text)}
	ok = s.next(nevers) < 0
	s.at = 0
	return s, ok
}

// matched is a rule that fits a line, with what its groups caught.
type matched struct {
	*rule
	groups map[string]string
}

// matchRule finds the rule for a line, if it has one.
func matchRule(text string) (matched, bool) {
	search, ok := gated(text)
	if !ok {
		return matched{}, false
	}
	for i := search.next(gates); i >= 0; i = search.next(gates) {
		r := &rules[i]
		groups, ok := map[string]string(nil), true
		switch {
		case r.opens:
			var what string
			if what, ok = opened(text, r.gate); ok {
				groups = map[string]string{"what": what}
			}
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
	search, ok := gated(text)
	if !ok {
		return nil
	}
	for i := search.next(gates); i >= 0; i = search.next(gates) {
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

// opened gives what stands behind a gate that opens the line, or a part of it: behind "]", ":" or "[ ", whose "]" at
// the end of the line is not of it.
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
		if at > 0 && (partBegins.end(text[:at]) == "" || ofProcess(text[:at])) {
			continue
		}
		if cut := strings.TrimSuffix(what, " ]"); cut != "" {
			what = cut
		}
		return what, true
	}
}

// ofProcess says that a text begins as the lines of a program do that writes to the kernel's log: "collector[99]: ".
func ofProcess(before string) bool {
	name, ok := strings.CutSuffix(before, "]: ")
	i := strings.LastIndexByte(name, '[')
	return ok && i > 0 && i+1 < len(name) && decLen(name[i+1:]) == len(name)-i-1 && !strings.Contains(name[:i], " ")
}

var partBegins = endings("] ", ": ", "[ ")
