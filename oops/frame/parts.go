package frame

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Part is what the row says that pstore puts before each part of a dump: "Panic#1 Part2" (fs/pstore/platform.c). Part 1
// is the newest, the end of the dump.
type Part struct {
	Dump string // "Panic#1": parts of one dump have the same
	Num  int
}

// ParsePart reads such a row; ok is false for every other.
func ParsePart(row string) (p Part, ok bool) {
	if len(row) < 10 || len(row) > 40 {
		return Part{}, false
	}
	head, part, ok := strings.Cut(row, " Part")
	reason, num, ok2 := strings.Cut(head, "#")
	if !ok || !ok2 || digitRun(part) != len(part) || part == "" || num == "" || digitRun(num) != len(num) {
		return Part{}, false
	}
	switch reason {
	case "Panic", "Oops", "Emergency", "Restart", "Halt", "Poweroff", "Shutdown", "Unknown":
	default:
		return Part{}, false
	}
	n, err := strconv.Atoi(part)
	return Part{Dump: head, Num: n}, err == nil
}

// IsPart says that a raw row is such a row.
func IsPart(row []byte) bool {
	if row = trimRow(row); len(row) < 10 || row[len(row)-1] > '9' || !bytes.Contains(row, []byte(" Part")) {
		return false
	}
	_, ok := ParsePart(string(row))
	return ok
}

// takePart: the row before a part has no text.
func takePart(l *Line, s string) (string, bool) {
	if l.Format&^Noise != 0 {
		return s, false
	}
	if _, ok := ParsePart(s); !ok {
		return s, false
	}
	l.Format |= Record | Dict
	return "", true
}

// InOrder puts the parts of pstore's dumps in the order in which the kernel printed them: the files of a dump are read
// by name, the newest part first. Rows keep their numbers and spans. rows itself is changed only if it has such parts,
// and rows before the first part stay where they are.
func InOrder(rows []Row) []Row {
	type block struct {
		part Part
		rows []Row
	}
	var blocks []block
	for i := range rows {
		switch {
		case IsPart(rows[i].Text):
			p, _ := ParsePart(string(trimRow(rows[i].Text)))
			blocks = append(blocks, block{part: p, rows: rows[i : i+1]})
		case len(blocks) > 0:
			b := &blocks[len(blocks)-1]
			b.rows = b.rows[:len(b.rows)+1] // the rows of a part stand together
		}
	}
	if len(blocks) < 2 {
		return rows
	}
	sorted := true
	for from := 0; from < len(blocks); {
		to := from + 1
		seen := map[int]bool{blocks[from].part.Num: true}
		for to < len(blocks) && blocks[to].part.Dump == blocks[from].part.Dump && !seen[blocks[to].part.Num] {
			seen[blocks[to].part.Num] = true
			to++
		}
		oldest := func(a, b block) int { return b.part.Num - a.part.Num }
		if !slices.IsSortedFunc(blocks[from:to], oldest) {
			slices.SortFunc(blocks[from:to], oldest)
			sorted = false
		}
		from = to
	}
	if sorted {
		return rows
	}
	lead := len(rows)
	for i := range blocks {
		lead -= len(blocks[i].rows)
	}
	out := append(make([]Row, 0, len(rows)), rows[:lead]...)
	for i := range blocks {
		out = append(out, blocks[i].rows...)
	}
	return out
}

// trimRow is a row without the control bytes that may stand around it, if it is short enough to matter.
func trimRow(b []byte) []byte {
	const longest = 60
	if len(b) > longest {
		return nil
	}
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}
