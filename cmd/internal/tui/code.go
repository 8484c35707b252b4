package tui

import (
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// faultRow is the index of the faulting instruction, 0 where none is known.
func faultRow(code *triage.Code) int {
	for i := range code.Instructions {
		if code.Instructions[i].Fault {
			return i
		}
	}
	return 0
}

// codeHead says in at most three lines what the instruction did that crashed.
func codeHead(m *Model, r *triage.Report) []string {
	cause := "the instruction that crashed is marked =>"
	switch {
	case r.Code == nil:
		return nil
	case r.Code.FaultIndex == nil:
		cause = "the log does not mark which instruction crashed"
	case r.Cause != nil && r.Cause.Summary != "":
		cause = r.Cause.Summary
	}
	lines := wrap(m.theme.clean(cause), m.width-4)
	lines = lines[:min(len(lines), 3)]
	for i := range lines {
		lines[i] = "  " + m.theme.bold.Render(lines[i])
	}
	return lines
}

func (c *crash) codeLines(m *Model, r *triage.Report) []string {
	t := m.theme
	if r.Code == nil || len(r.Code.Instructions) == 0 {
		return absent(m, "The log has no Code: line that can be read. "+missingWords(r))
	}
	lines := codeHead(m, r)
	wide := 0
	from, to := c.code.rows()
	for i := from; i < to; i++ {
		wide = max(wide, len(r.Code.Instructions[i].Bytes))
	}
	wide = min(wide, m.width/3)
	for i := from; i < to; i++ {
		x := &r.Code.Instructions[i]
		mark := "  "
		switch {
		case x.Fault:
			mark = "=>"
		case !x.Reliable:
			mark = " ?"
		}
		lead := "  "
		if i == c.code.pos {
			lead = t.cursor + " "
		}
		text := fmt.Sprintf("%s%s %5s  %s  %s", lead, mark, offsetText(x.Offset), t.fit(t.clean(x.Bytes), wide),
			t.clean(x.Text))
		if x.Note != "" {
			text += "   # " + t.clean(x.Note)
		}
		switch {
		case i == c.code.pos:
			text = t.chosen.Render(t.fit(text, m.width))
		case x.Fault:
			text = t.bad.Render(text)
		case !x.Reliable:
			text = t.dim.Render(text)
		}
		lines = append(lines, text)
	}
	return lines
}

// offsetText is +0x12, -0x8 or 0.
func offsetText(n int) string {
	switch {
	case n < 0:
		return fmt.Sprintf("-%#x", -n)
	case n > 0:
		return fmt.Sprintf("+%#x", n)
	}
	return "0"
}

func instructionSays(t theme, x *triage.Instruction) string {
	says := "before the fault"
	switch {
	case x.Fault:
		says = "the instruction that crashed"
	case x.Offset > 0:
		says = "behind the fault"
	}
	if !x.Reliable {
		says += "; where instructions begin is a guess here"
	}
	if x.Note != "" {
		says += "; " + x.Note
	}
	return t.clean(says)
}

// litFrom is which bytes of the Code: line the chosen instruction is, as the words of that line: from, and how many.
func (c *crash) litFrom(r *triage.Report) [2]int {
	if c.tab != tabCode || r.Code == nil || c.code.pos >= len(r.Code.Instructions) || r.Code.Unit < 1 {
		return [2]int{}
	}
	x := &r.Code.Instructions[c.code.pos]
	at := x.Offset
	if r.Code.FaultIndex != nil {
		at += *r.Code.FaultIndex * r.Code.Unit
	}
	n := len(strings.ReplaceAll(x.Bytes, " ", "")) / 2
	return [2]int{at / r.Code.Unit, max(n/r.Code.Unit, 1)}
}

// words finds n words of a Code: line behind its heading, as positions in the text.
func words(line string, from, n int) (begin, end int, found bool) {
	at := strings.Index(line, "ode: ")
	if at < 0 || n <= 0 || from < 0 {
		return 0, 0, false
	}
	at += len("ode: ")
	for i := 0; at < len(line); i++ {
		for at < len(line) && line[at] == ' ' {
			at++
		}
		if i == from {
			begin = at
		}
		for at < len(line) && line[at] != ' ' {
			at++
		}
		if i == from+n-1 {
			return begin, at, begin < at
		}
	}
	return begin, len(line), begin > 0 && begin < len(line)
}
