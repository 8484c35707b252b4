package oops

import (
	"slices"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// columnsOfStores are widths at which programs and databases cut lines: of a row of such a width, and none wider, it is
// believed. Of other widths one that is visibly not whole has to be among the rows that have it.
var columnsOfStores = []int{1000, 1023, 1024, 2000, 2047, 2048, 4000, 4095, 4096}

// clip takes the last word off the rows that something has cut at a column: half a number is another number, half a
// name another function. It changes lines.
func clip(lines []frame.Line) {
	width, rows, seen, joined, padded := 0, 0, false, 0, 0
	for i := range lines {
		ln := &lines[i]
		n := len(ln.Raw)
		if ln.Last > ln.Num { // broken there, and not cut
			joined++
			continue
		}
		switch {
		case n < width || n == 0:
			continue
		case n > width:
			width, rows, seen, padded = n, 0, false, 0
		}
		rows++
		if strings.HasSuffix(ln.Raw, "  ") { // to the width of a terminal
			padded++
		}
		seen = seen || i < len(lines)-1 && notWhole(ln.Text) // the last row ends where the log does
	}
	if joined >= rows || padded*2 > rows || !seen && !slices.Contains(columnsOfStores, width) {
		return
	}
	for i := range lines {
		ln := &lines[i]
		if len(ln.Raw) != width || ln.Last > ln.Num || ln.Text == "" {
			continue
		}
		ln.Clipped = true
		if last := ln.Raw[width-1]; last != ' ' && last != '\t' {
			ln.Text = strings.TrimRight(ln.Text[:lastWord(ln.Text)], " \t")
		}
		if i := strings.LastIndex(ln.Text, "Tainted: "); i >= 0 && !strings.ContainsAny(ln.Text[i:], "0123456789") {
			ln.Text = ln.Text[:i] // there may be more letters
		}
	}
}

// lastWord is where the last word of a text begins; of "name+0x12/0x34" the size only, which nothing is told by.
func lastWord(text string) int {
	at := strings.LastIndexAny(text, " \t") + 1
	if i := strings.Index(text[at:], "/0x"); i > 0 && strings.Contains(text[at:at+i], "+0x") {
		return at + i
	}
	return at
}

// notWhole says that a text visibly lacks its end: a bracket is open, or a value or a place is begun only.
func notWhole(text string) bool {
	text = strings.TrimSpace(text)
	if i := strings.LastIndexAny(text, "[({<"); i > 0 && !strings.ContainsAny(text[i:], "])}>") {
		return true
	}
	i := strings.LastIndexByte(text, ' ')
	word := text[i+1:]
	switch {
	case strings.Contains(word, "+0x"):
		i := strings.LastIndexByte(word, '/')
		return i < 0 || i >= len(word)-len("/0x")
	case strings.Contains(text, " Debian ") && strings.HasSuffix(text, " "+word) && strings.HasPrefix(text, "CPU: "):
		return !strings.HasSuffix(word, ")") && decLen(word[strings.LastIndexByte(word, '-')+1:]) == 0
	case strings.HasPrefix(text, "CPU: "), strings.HasPrefix(text, "Pid: "):
		if taintIndex(text) < 0 {
			return strings.Contains(text, "PID: ")
		}
		return !strings.Contains(text, " #")
	case strings.HasPrefix(text, "Code: "):
		marked := strings.ContainsAny(text, "<(")
		return len(word) == 1 || len(word) == 2 && strings.Count(text, " ") > unmarkedUnits && !marked
	case registerRow(text) >= 0:
		value := word[strings.LastIndexByte(word, ':')+1:]
		return hexLen(value) < len(value) || !isValue(value)
	}
	if i < 0 || hexLen(word) < len(word) || isValue(word) {
		return false
	}
	before := strings.TrimRight(text[:i], " ")
	before = before[strings.LastIndexByte(before, ' ')+1:]
	_, named := registerArch[strings.TrimSuffix(before, ":")]
	return before == "address:" || named || hexLen(before) == len(before) && isValue(before)
}

// unmarkedUnits is how many bytes of code x86 printed without a mark, until 2.6.22.
const unmarkedUnits = 20

// isValue says that a hex number has as many digits as values in dumps have.
func isValue(word string) bool { return len(word) == 4 || len(word) == 8 || len(word) == 16 }
