package oops

import "strings"

// literals is a set of texts of two bytes or more that lines begin or end with. It is found by two bytes, so that one
// look into a table tells of most lines that they have none of them.
type literals struct {
	pairs [256]uint64   // by the first byte of a text, a bit for each second byte, by its lower six bits
	texts [256][]string // by the first byte, in the order of the table
}

// beginnings makes the set of what lines begin with.
func beginnings(texts ...string) *literals {
	set := new(literals)
	for _, t := range texts {
		set.add(t, t[0], t[1])
	}
	return set
}

// endings makes the set of what lines end with.
func endings(texts ...string) *literals {
	set := new(literals)
	for _, t := range texts {
		set.add(t, t[len(t)-1], t[len(t)-2])
	}
	return set
}

func (set *literals) add(text string, outer, inner byte) {
	set.pairs[outer] |= 1 << (inner & 63)
	set.texts[outer] = append(set.texts[outer], text)
}

// begin gives the first text of a set of beginnings that s begins with; "" if there is none.
func (set *literals) begin(s string) string {
	if len(s) < 2 || set.pairs[s[0]]>>(s[1]&63)&1 == 0 {
		return ""
	}
	for _, t := range set.texts[s[0]] {
		if strings.HasPrefix(s, t) {
			return t
		}
	}
	return ""
}

// end gives the first text of a set of endings that s ends with; "" if there is none.
func (set *literals) end(s string) string {
	if len(s) < 2 || set.pairs[s[len(s)-1]]>>(s[len(s)-2]&63)&1 == 0 {
		return ""
	}
	for _, t := range set.texts[s[len(s)-1]] {
		if strings.HasSuffix(s, t) {
			return t
		}
	}
	return ""
}
