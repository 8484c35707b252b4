package tui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// traceRow is a line of the call trace.
type traceRow struct {
	mark string // "=>" where it crashed, "?" where the kernel doubts it
	name string
	more string // source, module
	says string
	line int    // of the log
	file string // source file, where it is known
	at   int    // line of file
}

// traceRows are the place of the crash and the frames, innermost first.
func traceRows(r *triage.Report) []traceRow {
	var rows []traceRow
	if r.IP != nil && (r.IP.Symbol != "" || r.IP.Address != "") {
		row := frameRow(r.IP)
		row.mark, row.line = "=>", r.Facts["ip"]
		row.says = "It crashed here" + row.says
		rows = append(rows, row)
	}
	context := ""
	for i := range r.Trace {
		f := &r.Trace[i]
		row := frameRow(&f.Place)
		row.line = f.LogLine
		says := "Was called from here"
		switch {
		case f.Inlined:
			row.mark, says = "in", "Inlined by the compiler, told by the debug symbols"
		case !f.Reliable:
			row.mark, says = "?", "The kernel found this on the stack and doubts that it was a call"
		}
		if f.Context != context { // only where it changes
			context = f.Context
			row.more = strings.TrimSpace("<" + f.Context + "> " + row.more)
		}
		row.says = says + row.says
		rows = append(rows, row)
	}
	return rows
}

// source is file:line.
func (row *traceRow) source() string {
	if row.at <= 0 {
		return row.file
	}
	return row.file + ":" + strconv.Itoa(row.at)
}

func frameRow(p *triage.Place) traceRow {
	row := traceRow{file: p.File, at: p.Line}
	switch {
	case p.Symbol != "" && p.Offset != "" && p.Size != "":
		row.name = p.Symbol + "+" + string(p.Offset) + "/" + string(p.Size)
	case p.Symbol != "" && p.Offset != "":
		row.name = p.Symbol + "+" + string(p.Offset)
	case p.Symbol != "":
		row.name = p.Symbol
	default:
		row.name = string(p.Address)
		row.says = "; no name is known: s loads symbols"
	}
	if p.Module != "" {
		row.more = "[" + p.Module + "]"
	}
	if p.File != "" {
		row.more = strings.TrimSpace(row.more + " " + row.source())
		row.says += ": " + row.source() + "; o opens it"
	}
	return row
}

func (c *crash) traceLines(m *Model, r *triage.Report) []string {
	rows := traceRows(r)
	if len(rows) == 0 {
		return absent(m, "The log has no call trace. "+missingWords(r))
	}
	t := m.theme
	from, to := c.trace.rows()
	wide := 20
	for _, row := range rows[from:to] {
		wide = max(wide, len([]rune(t.clean(row.name))))
	}
	wide = min(wide, m.width-24)
	var lines []string
	for i := from; i < to; i++ {
		row := rows[i]
		lead := "  "
		if i == c.trace.pos {
			lead = t.cursor + " "
		}
		number := fmt.Sprintf("%3d", i)
		if row.mark != "" {
			number = fmt.Sprintf("%3s", row.mark)
		}
		text := lead + number + "  " + t.fit(t.clean(row.name), wide) + "  " + t.clean(row.more)
		if row.line > 0 {
			text = t.ends(text, fmt.Sprintf("l.%d ", row.line), m.width)
		}
		switch {
		case i == c.trace.pos:
			text = t.chosen.Render(t.fit(text, m.width))
		case row.mark == "?":
			text = t.dim.Render(text)
		case row.mark == "=>":
			text = t.bold.Render(text)
		}
		lines = append(lines, text)
	}
	return lines
}

// absent says on the whole screen that something is not there.
func absent(m *Model, why string) []string {
	lines := []string{""}
	for _, l := range wrap(m.theme.clean(why), m.width-4) {
		lines = append(lines, "  "+l)
	}
	return lines
}

// missingWords is the first thing that would tell more.
func missingWords(r *triage.Report) string {
	if len(r.Missing) == 0 {
		return ""
	}
	return "What would tell more: " + r.Missing[0].What + "."
}
