package oops

import "strings"

// dumpRow is the place of a row in the register block of a dump: rows of one block come in the order of their numbers.
type dumpRow int

// Where the blocks of the architectures begin. x86-64's rows are those of registerRows, by index.
const (
	noRow      dumpRow = -1
	x86Rows    dumpRow = 0
	i386Rows   dumpRow = 100 // EAX, ESI, DS, CR0: arch/x86/kernel/process_32.c __show_regs(), since 4.10
	arm64LR    dumpRow = 200 // lr, sp, pmr_save: arch/arm64/kernel/process.c __show_regs()
	arm64Rows  dumpRow = 300 // then x29 to x0, three or two of them in a row
	arm64First         = 29
)

var i386RowNames = [...]string{"EAX:", "ESI:", "DS:", "CR0:"}

// rowOf tells which row of registers text is, and which comes next; noRow if it is none.
func rowOf(text string) (row, next dumpRow) {
	if n := registerRow(text); n >= 0 {
		return x86Rows + dumpRow(n), x86Rows + dumpRow(n) + 1
	}
	for i, name := range i386RowNames {
		if strings.HasPrefix(text, name) {
			return i386Rows + dumpRow(i), i386Rows + dumpRow(i) + 1
		}
	}
	switch {
	case strings.HasPrefix(text, "lr : "):
		return arm64LR, arm64LR + 1
	case strings.HasPrefix(text, "sp : "):
		return arm64LR + 1, arm64Rows
	case len(text) > 4 && text[0] == 'x':
		n := decLen(text[1:])
		if n == 0 || n > 2 || !strings.HasPrefix(strings.TrimLeft(text[1+n:], " "), ": ") {
			break
		}
		last := number(text[1:])
		row = arm64Rows + dumpRow(arm64First-last)
		return row, row + dumpRow(strings.Count(text, "x"))
	}
	return noRow, noRow
}

// registersEnd says that a register block can end before the row that would come next.
func registersEnd(next dumpRow) bool {
	switch {
	case next >= arm64LR:
		return next > arm64Rows+arm64First
	case next >= i386Rows:
		return next == i386Rows+dumpRow(len(i386RowNames))
	}
	return true
}

// firstRow is the row that comes behind a line that names the place.
func firstRow(text string) dumpRow {
	switch {
	case strings.HasPrefix(text, "pc : "):
		return arm64LR
	case strings.HasPrefix(text, "EIP: "):
		return i386Rows
	}
	return x86Rows
}

// Confidence says how sure it is that a line is of the crash that has it.
type Confidence uint8

// The confidences. A line that two crashes may both have printed is in neither.
const (
	Told    Confidence = iota // by the caller or the CPU that came with the line, or nothing else was printed meanwhile
	Ordered                   // by the order of a dump's parts, where two were printed through each other
)

// Confidence is that of the i-th of Lines, 0 <= i < len(c.Lines).
func (c *Crash) Confidence(i int) Confidence {
	if c.ordered[c.Lines[i].Num] {
		return Ordered
	}
	return Told
}
