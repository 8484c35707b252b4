package disasm

import (
	"fmt"
	"strings"
)

// A shapeLine is one compiled line of a shape.
type shapeLine struct {
	gap    bool // "..."
	tokens []shapeToken
}

// A shapeToken is a piece of an instruction's text.
type shapeToken struct {
	kind tokenKind
	text string // of a literal
	slot int    // of a variable, 0 for %a
}

type tokenKind uint8

const (
	literal tokenKind = iota
	variable
	anyNumber
)

// compileLine compiles one line of a shape.
func compileLine(line string) (shapeLine, error) {
	text := strings.Join(strings.Fields(strings.ReplaceAll(line, ",", " , ")), " ")
	text = strings.ReplaceAll(text, " , ", ",")
	if text == "..." {
		return shapeLine{gap: true}, nil
	}
	if text == "" {
		return shapeLine{}, fmt.Errorf("empty")
	}
	var p shapeLine
	lit := func(s string) {
		if s != "" {
			p.tokens = append(p.tokens, shapeToken{kind: literal, text: s})
		}
	}
	for from, i := 0, 0; ; {
		if i >= len(text) {
			lit(text[from:])
			break
		}
		switch {
		case text[i] == '%' && isVariable(text[i:]):
			lit(text[from:i])
			p.tokens = append(p.tokens, shapeToken{kind: variable, slot: int(text[i+1] - 'a')})
			i += 2
			from = i
		case text[i] == '*' && !indirect(text, i):
			lit(text[from:i])
			p.tokens = append(p.tokens, shapeToken{kind: anyNumber})
			i++
			from = i
		default:
			i++
		}
	}
	return p, nil
}

// isVariable reports whether s begins with a percent sign and a lone letter.
func isVariable(s string) bool {
	return len(s) >= 2 && s[1] >= 'a' && s[1] <= 'z' && (len(s) == 2 || !isNameByte(s[2]))
}

func isNameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9'
}

// indirect reports whether the star at i is that of an indirect call or jump,
// "call *%a" or "jmp *0x10(%a)", and not a number left open. "call **(%a)" has
// one of each.
func indirect(text string, i int) bool {
	before := text[:i]
	if !strings.HasSuffix(before, "call ") && !strings.HasSuffix(before, "jmp ") {
		return false
	}
	return i+1 < len(text)
}

// A binding remembers which registers the variables stand for.
type binding struct {
	family [26]int8 // 0 is free; the register's number plus one
	used   uint32   // one bit for each register that is taken
}

// match compares an instruction's text with the line and extends b.
func (p *shapeLine) match(text string, b *binding) bool {
	if i := strings.Index(text, " # "); i >= 0 {
		text = text[:i]
	}
	for i := range p.tokens {
		t := &p.tokens[i]
		switch t.kind {
		case literal:
			if !strings.HasPrefix(text, t.text) {
				return false
			}
			text = text[len(t.text):]
		case variable:
			n := 1
			for n < len(text) && isNameByte(text[n]) {
				n++
			}
			if text == "" || text[0] != '%' || !b.bind(t.slot, text[1:n]) {
				return false
			}
			text = text[n:]
		case anyNumber:
			n := numberLen(text)
			if n == 0 {
				return false
			}
			text = text[n:]
		}
	}
	return text == ""
}

// bind lets a variable stand for a register, or checks that it does.
func (b *binding) bind(slot int, name string) bool {
	family, ok := x86Family[name]
	if !ok {
		return false
	}
	bit := uint32(1) << family
	if have := b.family[slot]; have != 0 {
		return int(have) == family+1
	}
	if b.used&bit != 0 {
		return false
	}
	b.family[slot] = int8(family + 1)
	b.used |= bit
	return true
}

// numberLen returns the length of the number, or of the branch target, that
// text begins with.
func numberLen(text string) int {
	i := 0
	if strings.HasPrefix(text, ".+") || strings.HasPrefix(text, ".-") {
		i = 2
	} else if strings.HasPrefix(text, "-") {
		i = 1
	}
	if !strings.HasPrefix(text[i:], "0x") {
		return 0
	}
	i += 2
	start := i
	for i < len(text) && (isHex(text[i])) {
		i++
	}
	if i == start {
		return 0
	}
	if strings.HasPrefix(text[i:], " <") {
		if j := strings.IndexByte(text[i:], '>'); j >= 0 {
			i += j + 1
		}
	}
	return i
}

// A shapeRun is a range of instructions that fit a shape.
type shapeRun struct{ from, to int }

// matchShape looks for the shape. Of several places it prefers the one with the
// most reliable instructions, then the one that holds the fault, then the first.
func (s *Signature) matchShape(insts []Inst) (best shapeRun, ok bool) {
	m := shapeMatcher{shape: s.shape, insts: insts, steps: 20000 + 200*len(insts)}
	bestScore := -1
	for from := range insts {
		to := m.run(0, from, binding{})
		if to < 0 {
			continue
		}
		score := 0
		for _, in := range insts[from:to] {
			if in.Reliable {
				score += 2
			}
			if in.Fault {
				score++
			}
		}
		if score > bestScore {
			best, bestScore, ok = shapeRun{from, to}, score, true
		}
	}
	return best, ok
}

// A shapeMatcher walks a shape and a listing side by side. steps bounds the work
// that several gaps can cause.
type shapeMatcher struct {
	shape []shapeLine
	insts []Inst
	steps int
}

// run matches the shape from line on against the instructions from at on, and
// returns the index after the last one, or -1.
func (m *shapeMatcher) run(line, at int, b binding) int {
	for ; line < len(m.shape); line++ {
		if m.steps--; m.steps < 0 {
			return -1
		}
		if m.shape[line].gap {
			for skip := 0; skip <= maxGap && at+skip < len(m.insts); skip++ {
				if to := m.run(line+1, at+skip, b); to >= 0 {
					return to
				}
				if m.insts[at+skip].x86 == nil {
					return -1
				}
			}
			return -1
		}
		if at >= len(m.insts) || m.insts[at].x86 == nil || !m.shape[line].match(m.insts[at].Text, &b) {
			return -1
		}
		at++
	}
	return at
}
