package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// How much is shown without -v.
const (
	framesShown = 16
	codeBefore  = 8
	codeAfter   = 4
)

// fix shows the change to the source, for bugs that no release repairs.
func (s *sheet) fix() {
	m := s.match()
	if m == nil || m.Fix == nil || m.Fix.Diff == "" {
		return
	}
	s.entry(styled(styleBold, "FIX"), s.clean(m.Fix.Explanation))
	lines := strings.Split(strings.TrimRight(m.Fix.Diff, "\n"), "\n")
	tab := 8 // narrower where a line would have to be broken: the diff is to be read here, kb show has it to apply
	for _, line := range lines {
		for tab > 2 && columns(cleanLine(line, s.o.ASCII, tab)) > s.width-2 {
			tab /= 2
		}
	}
	for _, line := range lines {
		style := ""
		switch {
		case strings.HasPrefix(line, "+"):
			style = styleGood
		case strings.HasPrefix(line, "-"):
			style = styleBad
		case strings.HasPrefix(line, "@"):
			style = styleDim
		}
		s.verbatim(2, style, cleanLine(line, s.o.ASCII, tab))
	}
	s.blank()
}

// verbatim adds a line whose blanks count, broken only at the edge of the page.
func (s *sheet) verbatim(at int, style, line string) {
	lead := strings.Repeat(" ", at)
	for !s.loose && columns(line) > s.width-at {
		head, rest := breakWord(line, s.width-at)
		s.lines = append(s.lines, lead+styled(style, head))
		line, lead = rest, strings.Repeat(" ", at)
	}
	s.lines = append(s.lines, lead+styled(style, line))
}

// code lists the instructions around the fault.
func (s *sheet) code() {
	c := s.r.Code
	lead := styled(styleBold, "CODE")
	if c == nil || len(c.Instructions) == 0 {
		if c != nil && c.Note != "" {
			s.entry(lead, "UNKNOWN: "+s.clean(c.Note)+s.at("code"))
			s.blank()
		}
		return
	}
	first, last := s.codeWindow(c.Instructions)
	s.entry(lead, s.codeSummary(c, c.Instructions[first:last])+s.at("code"))
	if first > 0 {
		s.lines = append(s.lines, fmt.Sprintf("      ... %d more before (-v)", first))
	}
	wide := 0
	for _, in := range c.Instructions[first:last] {
		wide = max(wide, min(columns(s.clean(in.Bytes)), 20))
	}
	for _, in := range c.Instructions[first:last] {
		s.instruction(c, in, wide)
	}
	if n := len(c.Instructions) - last; n > 0 {
		s.lines = append(s.lines, fmt.Sprintf("      ... %d more behind (-v)", n))
	}
	s.blank()
}

func (s *sheet) codeWindow(list []triage.Instruction) (first, last int) {
	fault := slices.IndexFunc(list, func(in triage.Instruction) bool { return in.Fault })
	if s.o.Verbose > 0 || s.o.CodeOnly || fault < 0 {
		return 0, len(list)
	}
	first, last = max(0, fault-codeBefore), min(len(list), fault+codeAfter+1)
	if first == 1 { // the line that says so would take the same room
		first = 0
	}
	if last == len(list)-1 {
		last = len(list)
	}
	return first, last
}

func (s *sheet) codeSummary(c *triage.Code, shown []triage.Instruction) string {
	units := len(strings.Fields(c.Bytes))
	noun := "bytes"
	if c.Unit > 1 {
		noun = fmt.Sprintf("units of %d bytes", c.Unit)
	}
	text := fmt.Sprintf("%d %s of %s code", units, noun, s.clean(s.r.Arch))
	if c.FaultIndex != nil {
		text += fmt.Sprintf(", => is the fault (%s %d)", strings.TrimSuffix(noun, "s"), *c.FaultIndex)
		if c.Unit > 1 {
			text = strings.Replace(text, "(units of", "(unit of", 1)
		}
	} else {
		text += ", the fault is not marked"
	}
	if slices.ContainsFunc(shown, func(in triage.Instruction) bool { return !in.Reliable && !in.Fault }) {
		text += ", ~ is not sure"
	}
	if c.Confidence > 0 && c.Confidence < 0.995 {
		text += fmt.Sprintf(" (%.0f %% that it starts as shown)", 100*c.Confidence)
	}
	if c.Note != "" {
		text += "; " + s.clean(c.Note)
	}
	return text
}

func (s *sheet) instruction(c *triage.Code, in triage.Instruction, wide int) {
	mark, style := "  ", ""
	switch {
	case in.Fault:
		mark, style = "=>", styleBad
	case !in.Reliable:
		mark, style = "~ ", styleDim
	}
	head := fmt.Sprintf("  %s %6s  ", mark, s.codeOffset(c, in.Offset))
	text := s.clean(in.Text)
	if in.Note != "" {
		text += "  ; " + s.clean(in.Note)
	}
	bytes := s.clean(in.Bytes)
	if columns(bytes) > wide { // up to 15 bytes: the rest goes where it hurts least
		text = bytes + "  " + text
		bytes = ""
	}
	lead := head + bytes + strings.Repeat(" ", wide-columns(bytes)+2)
	at := columns(lead)
	for i, l := range wrap(text, s.width-at) {
		if i > 0 {
			lead = strings.Repeat(" ", at)
		}
		s.lines = append(s.lines, lead+styled(style, l))
	}
}

// codeOffset counts from the start of the function where that is known, as objdump does, else from the fault.
func (s *sheet) codeOffset(c *triage.Code, offset int) string {
	if c.FaultIndex != nil && s.r.IP != nil && s.r.IP.Offset != "" {
		base, err := strconv.ParseInt(strings.TrimPrefix(string(s.r.IP.Offset), "0x"), 16, 32)
		if err == nil && int(base)+offset >= 0 {
			return "+" + strconv.FormatInt(base+int64(offset), 16)
		}
	}
	switch {
	case offset < 0:
		return "-" + strconv.Itoa(-offset)
	case c.FaultIndex == nil:
		return strconv.Itoa(offset)
	}
	return "+" + strconv.Itoa(offset)
}

func (s *sheet) registers() {
	if len(s.r.Registers) == 0 {
		return
	}
	names := s.registerNames()
	wideName, wideValue := 0, 8
	for _, n := range names {
		wideName = max(wideName, min(columns(s.clean(n)), 3))
		if len(s.r.Registers[n]) > len("0x")+8 {
			wideValue = 16
		}
	}
	base := ""
	if s.r.Cause != nil {
		base = s.r.Cause.BaseRegister
	}
	legend := ""
	if _, there := s.r.Registers[base]; there {
		legend = "* is the base of the faulting access"
	}
	s.entry(styled(styleBold, "REGISTERS"), strings.TrimSpace(legend+s.at("registers")))
	row, inRow := "", 0
	for _, n := range names {
		value := s.clean(strings.TrimPrefix(string(s.r.Registers[n]), "0x"))
		value = strings.Repeat("0", max(0, wideValue-len(value))) + value
		mark, style := " ", ""
		if n == base {
			mark, style = "*", styleBad
		}
		cell := "  " + mark + pad(s.clean(n), wideName+1) + styled(style, value)
		if inRow == 4 || inRow > 0 && columns(row)+columns(cell) > s.width {
			s.lines = append(s.lines, row)
			row, inRow = "", 0
		}
		row, inRow = row+cell, inRow+1
	}
	s.verbatim(0, "", row)
	s.blank()
}

// registerNames are in printed order; those that the order does not name come last.
func (s *sheet) registerNames() []string {
	var names []string
	for _, n := range s.r.Order {
		if _, there := s.r.Registers[n]; there && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(s.r.Registers)) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

func (s *sheet) trace() {
	list := s.r.Trace
	if len(list) == 0 {
		return
	}
	shown := list
	if s.o.Verbose == 0 && len(list) > framesShown+1 {
		shown = list[:framesShown]
	}
	legend := fmt.Sprintf("%d frames", len(list))
	if len(list) == 1 {
		legend = "1 frame"
	}
	if slices.ContainsFunc(list, func(f triage.Frame) bool { return !f.Reliable }) {
		legend += ", ? is not sure"
	}
	if slices.ContainsFunc(list, func(f triage.Frame) bool { return f.ByOrder }) {
		legend += ", ~ may be of another CPU: it was told apart by its order"
	}
	s.entry(styled(styleBold, "TRACE"), legend)
	context := ""
	for _, f := range shown {
		if f.Context != context && f.Context != "" && f.Context != "unknown" {
			s.lines = append(s.lines, "    "+styled(styleDim, "<"+s.clean(f.Context)+">"))
		}
		context = f.Context
		mark, style := "  ", ""
		switch {
		case !f.Reliable:
			mark, style = "? ", styleDim
		case f.ByOrder:
			mark = "~ "
		}
		text := s.place(f.Place, false)
		if f.Inlined {
			text += " (inlined)"
		}
		for i, l := range wrap(text+lineMark(f.LogLine), s.width-8) {
			if i > 0 {
				mark = "    "
			}
			s.lines = append(s.lines, "  "+mark+styled(style, l))
		}
	}
	if n := len(list) - len(shown); n > 0 {
		s.lines = append(s.lines, fmt.Sprintf("    ... %d more (-v)", n))
	}
	s.blank()
}

func (s *sheet) modules() {
	if len(s.r.Modules) == 0 || s.o.Verbose == 0 {
		return
	}
	names := make([]string, len(s.r.Modules))
	for i, m := range s.r.Modules {
		names[i] = s.clean(m)
	}
	s.entry(styled(styleBold, "MODULES"), strings.Join(names, " ")+s.at("modules"))
	s.blank()
}

// others are the entries that come close: beside the verdict's match, or where nothing fits.
func (s *sheet) others() {
	m := s.match()
	lead := styled(styleBold, "ALSO")
	shown := 0
	for i := range s.r.Matches {
		x := &s.r.Matches[i]
		if m != nil && x.ID == m.ID {
			continue
		}
		if shown++; s.o.Verbose == 0 && shown > 3 {
			break
		}
		text := fmt.Sprintf("%s: %s (%s, %.2f)", s.clean(x.ID), s.clean(x.Title), s.clean(x.Verdict), x.Score)
		if len(x.Against) > 0 {
			text += "; against it: " + s.clean(x.Against[0].Fact)
		}
		s.entry(lead, text)
		lead = ""
	}
	if shown > 0 {
		s.blank()
	}
}

// quotes repeats the lines that facts were read from.
func (s *sheet) quotes() {
	if s.o.Verbose < 2 || len(s.r.Quotes) == 0 {
		return
	}
	s.entry(styled(styleBold, "LINES"), "as the log has them")
	for _, n := range slices.Sorted(maps.Keys(s.r.Quotes)) {
		lead, line := fmt.Sprintf("  %5d  ", n), cleanLine(s.r.Quotes[n], s.o.ASCII, 8)
		for columns(line) > s.width-9 {
			head, rest := breakWord(line, s.width-9)
			if i := strings.LastIndexByte(head, ' '); i > len(head)/2 && !startsWithColon(line[i+1:]) {
				head, rest = line[:i], line[i+1:]
			}
			s.lines = append(s.lines, lead+head)
			lead, line = strings.Repeat(" ", 9), rest
		}
		s.lines = append(s.lines, lead+line)
	}
	s.blank()
}

func (s *sheet) foot() {
	r := s.r
	if r.Fingerprint.Exact != "" || r.Fingerprint.Similar != "" {
		text := ""
		if r.Fingerprint.Exact != "" {
			text = "exact " + s.clean(r.Fingerprint.Exact)
		}
		if r.Fingerprint.Similar != "" {
			text = strings.TrimSpace(text + " similar " + s.clean(r.Fingerprint.Similar))
		}
		s.entry(styled(styleDim, "fingerprint"), text)
	}
	s.entry(styled(styleDim, "input"), s.inputLines()+"; "+s.tool())
}

// inputLines is where the incident stands: name:first-last.
func (s *sheet) inputLines() string {
	name := s.clean(s.input)
	if s.input == "-" {
		name = "standard input"
	}
	if s.r.Span.FirstLine <= 0 {
		return name
	}
	return fmt.Sprintf("%s:%d-%d", name, s.r.Span.FirstLine, s.r.Span.LastLine)
}

func (s *sheet) tool() string {
	text := "nfoops " + s.clean(s.o.Tool.Version)
	if s.o.Tool.KB != "" {
		text += ", kb " + s.clean(s.o.Tool.KB)
	}
	return text
}
