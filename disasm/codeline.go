package disasm

import (
	"strings"
)

// maxCodeText is the length in bytes after which the text of a Code: line is
// clipped. The longest honest line has 8192 units (the kernel's code_bytes=
// parameter on x86), three characters each.
const maxCodeText = 64 << 10

// A CodeLine is what a Code: line says, before anything is decoded. Damage is
// data: what can't be read is left out or kept as an unreadable unit.
type CodeLine struct {
	// Units are the hexadecimal units in the order of the line, lower case,
	// without markers and without the halves that a cut left. A unit that the
	// kernel or the transport made unreadable ("????????", "XXXXXXXX", "??")
	// keeps its place as a run of question marks of the right length.
	Units []string
	// Unit is the width of one unit in bytes: 1 (x86), 2 (thumb, riscv) or 4.
	// It is 0 where there are no units.
	Unit int
	// Fault is the index into Units of the marked unit, "<8b>" or "(e5934008)";
	// -1 where nothing is marked.
	Fault int
	// CutFront and CutBack say that a half unit was dropped at that end, or that
	// the line says itself that it goes on there ("...." or an ellipsis).
	CutFront, CutBack bool
	// Note holds the kernel's own words where it printed no bytes or gave up
	// among them, such as "Bad EIP value." (2.4 to 4.x, i386), "Bad RIP value."
	// or "Unable to access opcode bytes at 0x...." (5.11 and later, x86).
	Note string
}

// codeLabels are the words that the kernels print before the units, longest
// first: s390, powerpc up to 6.1, sparc, and everybody else.
var codeLabels = []string{"Instruction dump:", "Instruction DUMP:", "Krnl Code:", "Code:"}

// codeNotes are the beginnings, in lower case, of what a kernel prints in place
// of bytes (arch/*/kernel/traps.c, process.c and dumpstack.c of 2.4 to 7.x).
var codeNotes = []string{
	"bad eip value", "bad rip value", "bad pc value", "bad ip value",
	"unable to access opcode bytes", "(bad address in", "bad address in",
}

// ParseCode reads the text of one Code: line, with or without its label and
// whatever stands before the label. Physical lines that belong together may be
// joined by newlines. It never fails: reading stops where the units stop, so
// that text of another message after the bytes is left out.
func ParseCode(text string) CodeLine {
	c := CodeLine{Fault: -1}
	if len(text) > maxCodeText {
		// Cut between two units where there is a gap nearby.
		at := maxCodeText
		if i := strings.LastIndexAny(text[at-64:at], " \t\n"); i >= 0 {
			at = at - 64 + i
		}
		text, c.CutBack = text[:at], true
	}
	for _, label := range codeLabels {
		if i := strings.Index(text, label); i >= 0 {
			text = text[i+len(label):]
			break
		}
	}
	if listing, ok := parseListing(text); ok {
		return listing
	}
	text, c.Note = splitNote(strings.ToLower(text), text)
	if c.Note != "" && strings.TrimSpace(text) != "" {
		c.CutBack = true
	}
	atoms, cutFront, cutBack := scanAtoms(text)
	c.CutFront = c.CutFront || cutFront
	c.CutBack = c.CutBack || cutBack
	c.take(atoms)
	return c
}

// splitNote cuts the kernel's words in place of bytes from the text, of which
// low is the copy in lower case.
func splitNote(low, text string) (rest, note string) {
	if len(low) != len(text) {
		low = text // characters whose cases differ in length: not a kernel's line
	}
	for _, n := range codeNotes {
		i := strings.Index(low, n)
		if i < 0 {
			continue
		}
		note = text[i:]
		if j := strings.IndexAny(note, "\r\n"); j >= 0 {
			note = note[:j]
		}
		return low[:i], strings.TrimSpace(note)
	}
	return low, ""
}

// An atom is a run of hexadecimal digits, or of the signs that stand for
// unreadable ones.
type atom struct {
	text   string // lower case; unreadable digits are '?'
	marked bool
}

// scanAtoms splits the text into atoms. It stops at the first thing that can't
// belong to a code line.
func scanAtoms(text string) (atoms []atom, cutFront, cutBack bool) {
	atoms = make([]atom, 0, len(text)/3+1)
	marked := false
	for i := 0; i < len(text); {
		switch ch := text[i]; {
		case ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r' || ch == '|':
			i++
		case ch == '<' || ch == '(':
			marked = true
			i++
		case ch == '>' || ch == ')':
			marked = false
			i++
		case ch == '.' || strings.HasPrefix(text[i:], "\u2026"):
			if len(atoms) == 0 {
				cutFront = true
			} else {
				cutBack = true
			}
			if ch == '.' {
				i++
			} else {
				i += len("\u2026")
			}
		case isUnitChar(ch):
			j := i
			for j < len(text) && isUnitChar(text[j]) {
				j++
			}
			if j < len(text) && isWordChar(text[j]) {
				return atoms, cutFront, cutBack // "fc Unable": a word
			}
			if marked && j-i == 1 && j < len(text) && text[j] == '>' {
				return atoms, cutFront, cutBack // "<1>": a printk level
			}
			if cutBack {
				return atoms, cutFront, true // bytes after dots belong to something else
			}
			if j-i > 2 && text[i] == '0' && text[i+1]|0x20 == 'x' {
				i += 2
			}
			atoms = append(atoms, atom{unreadable(text[i:j]), marked})
			marked = false
			i = j
		default:
			return atoms, cutFront, cutBack
		}
	}
	return atoms, cutFront, cutBack
}

func isHex(ch byte) bool {
	return ch >= '0' && ch <= '9' || ch >= 'a' && ch <= 'f' || ch >= 'A' && ch <= 'F'
}

func isUnitChar(ch byte) bool {
	return isHex(ch) || ch == '?' || ch == 'x' || ch == 'X' || ch == '*'
}

func isWordChar(ch byte) bool {
	return ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch == '_' || ch == ':' || ch == '[' || ch == ']' ||
		ch == '=' || ch == '/' || ch == '+' || ch == ','
}

// unreadable writes every sign that is no digit as '?', in lower case.
func unreadable(s string) string {
	for i := range len(s) {
		if !isHex(s[i]) || s[i] < 'a' && s[i] > '9' {
			b := []byte(strings.ToLower(s))
			for j, ch := range b {
				if !isHex(ch) {
					b[j] = '?'
				}
			}
			return string(b)
		}
	}
	return s
}

// take finds the width of the units and fills in Units, Unit and Fault.
func (c *CodeLine) take(atoms []atom) {
	if len(atoms) == 0 {
		return
	}
	digits := unitDigits(atoms)
	c.Unit = digits / 2
	atoms = joinHalves(atoms, digits)
	c.Units = make([]string, 0, len(atoms))
	for i, a := range atoms {
		first := i == 0
		last := i == len(atoms)-1
		if len(a.text)%digits != 0 {
			// Half a unit: dropped at the ends, unreadable in the middle.
			if last && !first {
				c.CutBack = true
				a.text = a.text[:len(a.text)-len(a.text)%digits]
			} else if first {
				c.CutFront = true
				a.text = a.text[len(a.text)%digits:]
			} else {
				n := (len(a.text) + digits - 1) / digits
				whole := len(a.text) - len(a.text)%digits
				a.text = a.text[:whole] + strings.Repeat("?", n*digits-whole)
			}
			if a.text == "" {
				continue
			}
		}
		if a.marked && c.Fault < 0 {
			c.Fault = len(c.Units)
		}
		for ; a.text != ""; a.text = a.text[digits:] {
			u := a.text[:digits]
			if strings.Contains(u, "?") {
				u = strings.Repeat("?", digits)
			}
			c.Units = append(c.Units, u)
		}
	}
	if len(c.Units) == 0 {
		c.Unit, c.Units = 0, nil
	}
}

// joinHalves puts a unit together that the edge of a terminal cut in two: "79 1",
// newline, "4 e9".
func joinHalves(atoms []atom, digits int) []atom {
	out := atoms[:0]
	for i := 0; i < len(atoms); i++ {
		a := atoms[i]
		if i+1 < len(atoms) && len(a.text) < digits && len(a.text)+len(atoms[i+1].text) == digits &&
			(digits == 2 || i > 0) {
			a.text += atoms[i+1].text
			a.marked = a.marked || atoms[i+1].marked
			i++
		}
		out = append(out, a)
	}
	return out
}

// unitDigits returns the number of digits of one unit: the width that most
// atoms have, of 2, 4 and 8.
func unitDigits(atoms []atom) int {
	var count [9]int
	for _, a := range atoms {
		switch n := len(a.text); {
		case n <= 8:
			count[n]++
		case n == 16:
			count[8]++ // two words
		default:
			count[2]++ // bytes without spaces
		}
	}
	digits := 2
	for _, n := range []int{4, 8} {
		if count[n] > count[digits] {
			digits = n
		}
	}
	return digits
}
