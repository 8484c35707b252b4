package oops

import "strings"

// phrase is a literal that a line may have anywhere.
type phrase struct {
	text  string
	bytes byteSet
}

func phraseOf(text string) phrase { return phrase{text, bytesIn(text)} }

func phrasesOf(texts ...string) []phrase {
	out := make([]phrase, len(texts))
	for i, text := range texts {
		out[i] = phraseOf(text)
	}
	return out
}

// byteSet has a bit for each byte of a text, by its lower six bits.
type byteSet uint64

func bytesIn(text string) (set byteSet) {
	for i := range len(text) {
		set |= 1 << (text[i] & 63)
	}
	return set
}

// phrases answers which phrases a line has. Nearly always it has none of those that are asked for, which the set of its
// bytes tells; it is made when the first is asked for.
type phrases struct {
	text  string
	bytes byteSet
	read  bool
}

// of makes p answer for another line.
func (p *phrases) of(text string) { p.text, p.read = text, false }

func (p *phrases) has(literal phrase) bool {
	if !p.read {
		p.bytes, p.read = bytesIn(p.text), true
	}
	return literal.bytes&^p.bytes == 0 && strings.Contains(p.text, literal.text)
}
