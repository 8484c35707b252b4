package oops

import (
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// codeLabels are what the architectures print before the bytes of code: s390, powerpc until 6.1, sparc, everybody.
var codeLabels = beginnings("Krnl Code:", "Instruction dump:", "Instruction DUMP:", "Code:", "Code :")

// codeFacts reads the Code: line of any architecture, and the rows below it where the words stand on rows of their own
// (powerpc: two rows, sparc64 and alpha: a row for each word, s390: a row of disassembly for each instruction).
func (o *open) codeFacts(ln *frame.Line, text string) bool {
	c := o.c
	if label := codeLabels.begin(text); label != "" {
		o.modules = false
		o.codeRow = 0
		if o.user || o.ended || c.Code.Known() {
			return true
		}
		rest := strings.TrimSpace(text[len(label):])
		if _, ok := disassemblyRow(rest); ok {
			rest, _ = disassemblyRow(rest)
		}
		c.Code.set(CodeText{Text: o.untorn(ln, rest)}, ln.Num)
		if !ln.Clipped {
			o.codeRow = ln.Last
		}
		return true
	}
	if o.codeRow == 0 || ln.Num > o.codeRow+2 {
		return false
	}
	row, disassembled := disassemblyRow(text)
	if !disassembled {
		if row = text; !codeOpen(c.Code.Value.Text, text) || !hexRow(text) {
			return false
		}
	}
	if len(c.Code.Value.Text)+len(row) < maxCode {
		c.Code.Value.Text = strings.TrimSpace(c.Code.Value.Text + " " + row)
	}
	if o.codeRow = ln.Last; ln.Clipped {
		o.codeRow = 0 // what stands below does not go on where the row ends
	}
	return true
}

// maxCode bounds the text of a Code: line that is collected from rows, in bytes; the longest honest line has 8192
// units (code_bytes= of x86).
const maxCode = 32 << 10

// hexRow: nothing but units of code.
func hexRow(text string) bool {
	for w := range strings.FieldsSeq(text) {
		w = strings.Trim(w, "<>()")
		if hexLen(w) != len(w) && strings.Trim(w, "X?") != "" || len(w) > 8 {
			return false
		}
	}
	return true
}

// disassemblyRow reads a row of s390's disassembly (arch/s390/kernel/dis.c, since 2.6.25) and gives its bytes, the
// first one marked where the row is that of the PSW:
//
//	>0000000000123456: e31020080004	lg	%r1,8(%r2)
//	#000000000012345a: a7f40001		brc	15,12345c
func disassemblyRow(s string) (row string, ok bool) {
	t := strings.TrimLeft(s, " ")
	marked := strings.HasPrefix(t, ">") || strings.HasPrefix(t, "*")
	t = strings.TrimLeft(t, "#>* ")
	n := hexLen(t)
	if n != 16 && n != 8 || !strings.HasPrefix(t[n:], ": ") {
		return "", false
	}
	word, _, _ := strings.Cut(strings.TrimLeft(t[n+2:], " "), "\t")
	word, _, _ = strings.Cut(word, " ")
	if n := hexLen(word); n != len(word) || n != 4 && n != 8 && n != 12 {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(word); i += 2 {
		if i > 0 {
			b.WriteByte(' ')
		}
		if marked && i == 0 {
			b.WriteString("<" + word[:2] + ">")
		} else {
			b.WriteString(word[i : i+2])
		}
	}
	return b.String(), true
}

// untorn mends a list of bytes that a copy tore: "0f b6 4 5 26" was one row, broken inside a byte, and the halves
// belong together; where a long run of blanks stands between the halves, columns were lost, and what follows is not
// believed.
func (o *open) untorn(ln *frame.Line, list string) string {
	if allBytes(list) {
		return list
	}
	if !torn(list) {
		if strings.Contains(list, "  ") || strings.Contains(list, "\t") {
			list = strings.Join(strings.Fields(list), " ")
		}
		return spaced(list)
	}
	const lostColumns = 8 // blanks; a wrap leaves one, an indented one a few
	at := 0
	for at < len(list) {
		i := nextUnit(list, at)
		if i < 0 {
			break
		}
		end := i + 1
		for end < len(list) && list[end] != ' ' {
			end++
		}
		if end-i == 1 && isHex(list[i]) {
			next := nextUnit(list, end)
			if next < 0 {
				break
			}
			o.c.damage(DamageCodeCut, ln.Num, "the bytes are torn apart by blanks")
			if next-end >= lostColumns || next+1 < len(list) && list[next+1] != ' ' {
				return strings.TrimSpace(list[:i])
			}
			list = list[:end] + list[next:]
			end++
		}
		at = end
	}
	return spaced(strings.Join(strings.Fields(list), " "))
}

// allBytes says that a list is nothing but bytes as the kernel prints them, one blank between them and one of them
// marked; there is nothing to mend.
func allBytes(list string) bool {
	for i := 0; ; i++ {
		marked := i < len(list) && list[i] == '<'
		if marked {
			i++
		}
		if len(list) < i+2 || !isHex(list[i]) || !isHex(list[i+1]) {
			return false
		}
		i += 2
		if marked {
			if i == len(list) || list[i] != '>' {
				return false
			}
			i++
		}
		if i == len(list) {
			return true
		}
		if list[i] != ' ' {
			return false
		}
	}
}

// spaced puts blanks between bytes that a join of rows left glued: "8b4510", "04<8b>".
func spaced(list string) string {
	bytes, glued := 0, 0
	for w := range strings.FieldsSeq(list) {
		switch {
		case len(w) == 2 && isHex(w[0]) && isHex(w[1]), len(strings.Trim(w, "<>")) == 2:
			bytes++
		case strings.ContainsAny(w, "<>") && len(w) > 4, len(w)%2 == 0 && hexLen(w) == len(w):
			glued++
		}
	}
	if glued == 0 || bytes < 4*glued {
		return list
	}
	var b strings.Builder
	for w := range strings.FieldsSeq(list) {
		for len(w) > 2 {
			n := 2
			if w[0] == '<' {
				n = strings.IndexByte(w, '>') + 1
			}
			if n != 2 && n != 4 || n > len(w) || n == 2 && hexLen(w) < 2 {
				break // no bytes: leave the word as it is
			}
			b.WriteString(w[:n] + " ")
			w = w[n:]
		}
		if w != "" {
			b.WriteString(w + " ")
		}
	}
	return strings.TrimSpace(b.String())
}

// torn says that a list of bytes has a single digit before its end.
func torn(list string) bool {
	width := 0
	for w := range strings.FieldsSeq(list) {
		if width == 1 {
			return true
		}
		if width = len(w); width > 4 {
			return false // words, or "<8b>": not yet torn
		}
	}
	return false
}

// nextUnit is where the next word begins in s at or after i; -1 if there is none.
func nextUnit(s string, i int) int {
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if i == len(s) {
		return -1
	}
	return i
}
