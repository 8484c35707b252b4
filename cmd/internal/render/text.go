package render

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// firstScreen is the height of a terminal: verdict, fix, advice, place and cause have to fit into it.
const firstScreen = 24

// text writes reports for people: the verdict first, then what it rests on.
type text struct {
	w     io.Writer
	o     Options
	count int
}

func newText(w io.Writer, o Options) Renderer {
	if o.Width == 0 {
		o.Width = 80
	}
	o.Width = min(max(o.Width, 60), 100)
	if o.Brief {
		return &brief{w: w, o: o}
	}
	return &text{w: w, o: o}
}

// Report writes one report.
func (t *text) Report(r *triage.Report, input string) error {
	t.count++
	s := &sheet{page: page{width: t.o.Width}, r: r, o: t.o, input: input}
	if t.count > 1 {
		s.lines = append(s.lines, "", strings.Repeat("=", s.width), "")
	}
	if t.o.CodeOnly {
		s.bare()
	} else {
		s.whole()
	}
	_, err := t.w.Write(s.bytes(t.o.Color))
	return err
}

// Close writes the lines that nobody could read: they are never dropped silently.
func (t *text) Close(doc *triage.Document) error {
	if len(doc.Suspicious) == 0 {
		return nil
	}
	p := &page{width: t.o.Width}
	if t.count > 0 {
		p.lines = append(p.lines, "")
	}
	p.entry("NOT READ", "Lines that look like a crash, in a form that is not known:")
	shown := doc.Suspicious
	if t.o.Verbose == 0 && len(shown) > 8 {
		shown = shown[:8]
	}
	for _, x := range shown {
		name := ""
		if len(doc.Inputs) > 1 && x.Input >= 0 && x.Input < len(doc.Inputs) {
			name = clean(doc.Inputs[x.Input].Name, t.o.ASCII) + ": "
		}
		p.entry("", name+clean(x.Text, t.o.ASCII)+": "+clean(x.Why, t.o.ASCII)+lineMark(x.Line))
	}
	if n := len(doc.Suspicious) - len(shown); n > 0 {
		p.entry("", fmt.Sprintf("and %d more (-v)", n))
	}
	_, err := t.w.Write(p.bytes(t.o.Color))
	return err
}

// sheet is the text of one report while it is written.
type sheet struct {
	page
	r     *triage.Report
	o     Options
	input string
}

func (s *sheet) clean(text string) string { return clean(text, s.o.ASCII) }

// at is the quiet mark of the line that a fact was read from.
func (s *sheet) at(fact string) string { return lineMark(s.r.Facts[fact]) }

func lineMark(line int) string {
	if line <= 0 {
		return ""
	}
	return " " + styled(styleDim, "[l."+strconv.Itoa(line)+"]")
}

// whole writes everything that is known of a crash.
func (s *sheet) whole() {
	where, what := s.where(), s.what()
	room := firstScreen - len(where) - len(what) - 2 // two empty lines
	full := s.head(room)
	s.blank()
	s.lines = append(append(s.lines, where...), what...)
	s.blank()
	if full != nil {
		s.lines = append(s.lines, full...)
		s.blank()
	}
	s.reasons()
	s.damage()
	s.missing()
	s.symbols()
	s.blank()
	s.fix()
	s.code()
	s.registers()
	s.trace()
	s.modules()
	s.others()
	s.quotes()
	s.foot()
}

// bare writes what there is to say of code bytes alone.
func (s *sheet) bare() {
	if m := s.match(); m != nil {
		s.entry(s.label(), styled(styleBold, s.clean(m.Title))+" ("+s.clean(m.ID)+")")
		s.blank()
	}
	if ip := s.r.IP; ip != nil && (ip.Symbol != "" || len(ip.Candidates) > 0) {
		s.lines = append(s.lines, s.where()...)
		s.blank()
	}
	s.code()
	if c := s.r.Cause; c != nil && c.Summary != "" {
		s.entry(styled(styleBold, "WHAT"), s.cause(c))
		s.blank()
	}
	if len(s.r.Symbols) > 0 {
		s.symbols()
		s.blank()
	}
	s.reasons()
	s.blank()
	for len(s.lines) > 0 && s.lines[len(s.lines)-1] == "" {
		s.lines = s.lines[:len(s.lines)-1]
	}
}

// match is the one that the verdict speaks of, nil where nothing fits.
func (s *sheet) match() *triage.Match {
	if s.r.Verdict.Status == "unknown" || len(s.r.Matches) == 0 {
		return nil
	}
	for i := range s.r.Matches {
		if s.r.Matches[i].ID == s.r.Verdict.ID {
			return &s.r.Matches[i]
		}
	}
	return &s.r.Matches[0]
}

func (s *sheet) label() string {
	switch s.r.Verdict.Status {
	case "known":
		return styled(styleBad, "KNOWN BUG")
	case "likely":
		return styled(styleWarn, "LIKELY")
	case "possible":
		return styled(styleWarn, "POSSIBLE")
	}
	return styled(styleBold, "UNKNOWN")
}

// where says where it crashed, in four lines at most.
func (s *sheet) where() []string {
	r := s.r
	var lines []string
	told := false // who is to blame
	switch {
	case r.IP != nil && r.IP.Symbol == "" && len(r.IP.Candidates) > 0:
		text := "one of these has the code: " + s.clean(strings.Join(r.IP.Candidates, ", "))
		lines = entryLines(s.width, styled(styleBold, "WHERE"), text+s.at("ip"))
	case r.IP != nil && (r.IP.Symbol != "" || r.IP.Address != ""):
		lines = entryLines(s.width, styled(styleBold, "WHERE"), s.place(*r.IP, true)+s.at("ip"))
	case s.blamed() != "" && !s.lost("no-ip", "header-lost"): // a panic or a hang, for which the kernel prints no place
		lines, told = entryLines(s.width, styled(styleBold, "WHERE"), s.blamed()), true
	default:
		lines = entryLines(s.width, styled(styleBold, "WHERE"),
			"UNKNOWN place: the line with EIP, RIP or pc would tell")
	}
	lines = s.fold(lines, 2)
	if in := s.inlines(); in != "" {
		lines = append(lines, s.fold(entryLines(s.width, "", in), 1)...)
	}
	if blamed := s.blamed(); blamed != "" && !told {
		lines = append(lines, s.fold(entryLines(s.width, "", "blame "+blamed), 1)...)
	}
	if via := s.callers(); via != "" && len(lines) < 3 {
		lines = append(lines, s.fold(entryLines(s.width, "", via), 1)...)
	}
	if c := s.circumstances(); c != "" {
		lines = append(lines, s.fold(entryLines(s.width, "", c), 4-len(lines))...)
	}
	return lines
}

// blamed is the function to blame and why it is, if that is another than the place.
func (s *sheet) blamed() string {
	c := s.r.Culprit
	if c == nil || c.Symbol == "" || s.r.IP != nil && c.Symbol == s.r.IP.Symbol {
		return ""
	}
	return s.clean(c.Symbol) + moduleOf(s.clean(c.Module)) + sourceOf(s.clean(c.File), c.Line) + ": " + s.clean(c.Why)
}

// lost says that something of these kinds is not in the log.
func (s *sheet) lost(kinds ...string) bool {
	return slices.ContainsFunc(s.r.Damage, func(d triage.Damage) bool { return slices.Contains(kinds, d.Kind) })
}

// inlines are the calls that the compiler put into the function at the fault, innermost first.
func (s *sheet) inlines() string {
	if s.r.IP == nil || len(s.r.IP.Inlines) == 0 {
		return ""
	}
	var calls []string
	for _, in := range s.r.IP.Inlines {
		calls = append(calls, s.clean(in.Symbol)+sourceOf(s.clean(in.File), in.Line))
	}
	return "in inlined " + strings.Join(calls, " < ")
}

// callers names the first functions on the way out, leaving out what the kernel doubts and pointers to functions
// that lie on the stack (offset 0).
func (s *sheet) callers() string {
	var names []string
	for _, f := range s.r.Trace {
		same := s.r.IP != nil && f.Symbol == s.r.IP.Symbol
		if !f.Reliable || f.Inlined || f.Symbol == "" || f.Offset == "0x0" || same || slices.Contains(names, f.Symbol) {
			continue
		}
		names = append(names, f.Symbol)
		if len(names) == 4 {
			break
		}
	}
	for i := range names {
		names[i] = s.clean(names[i])
	}
	if len(names) == 0 {
		return ""
	}
	return "via " + strings.Join(names, " < ")
}

func (s *sheet) circumstances() string {
	r := s.r
	var parts []string
	add := func(text, fact string) {
		if text != "" {
			parts = append(parts, text+s.at(fact))
		}
	}
	if r.Context != "" && r.Context != "unknown" {
		add(s.clean(r.Context), "context")
	}
	if r.CPU != nil {
		add("CPU "+strconv.Itoa(*r.CPU), "cpu")
	}
	switch {
	case r.PID != nil && r.Comm != "":
		add(fmt.Sprintf("pid %d %s", *r.PID, s.clean(r.Comm)), "pid")
	case r.PID != nil:
		add(fmt.Sprintf("pid %d", *r.PID), "pid")
	case r.Comm != "":
		add("task "+s.clean(r.Comm), "comm")
	}
	if len(r.Tainted) > 0 {
		add("tainted "+s.clean(strings.Join(r.Tainted, " ")), "tainted")
	}
	if r.Host != "" {
		add("host "+s.clean(r.Host), "host")
	}
	if r.Time != "" {
		add("at "+s.clean(r.Time), "time")
	}
	if r.Test != nil {
		parts = append(parts, s.clean(testName(r.Test))+lineMark(r.Test.Line))
	}
	return strings.Join(parts, ", ")
}

// what says what happened, in five lines at most.
func (s *sheet) what() []string {
	r := s.r
	title := spoken(r.Title, r.AltTitles)
	lines := s.fold(entryLines(s.width, styled(styleBold, "WHAT"), styled(styleBold, s.clean(title))+s.at("title")), 2)
	switch {
	case r.Cause != nil && r.Cause.Summary != "":
		lines = append(lines, s.fold(entryLines(s.width, "", s.cause(r.Cause)+s.at("fault_address")), 6)...)
	case r.FaultAddress != "":
		access := r.Access
		if access == "" {
			access = "access"
		}
		lines = append(lines, s.fold(entryLines(s.width, "",
			s.clean(access)+" at address "+s.clean(string(r.FaultAddress))+s.at("fault_address")), 2)...)
	}
	if r.Panic != "" && !strings.Contains(title, r.Panic) {
		then := "then panic: "
		if strings.HasPrefix(title, "kernel panic: ") {
			then = "panic: " // the title is a part of the panic's own words
		}
		lines = append(lines, s.fold(entryLines(s.width, "", then+s.clean(r.Panic)+s.at("panic")), 1)...)
	} else if r.Panic == "" && len(r.FollowOn) > 0 {
		f := r.FollowOn[0]
		more := ""
		if len(r.FollowOn) > 1 {
			more = fmt.Sprintf(" and %d more", len(r.FollowOn)-1)
		}
		lines = append(lines, s.fold(entryLines(s.width, "", "then "+s.clean(f.Title)+lineMark(f.Line)+more), 1)...)
	}
	return lines
}

// spoken says a title to people. syzbot's form, which the other formats keep, has "corrupted" for a function that the
// trace does not bear out; the place itself may name one, which is then among the other titles.
func spoken(title string, others []string) string {
	kind, unplaced := strings.CutSuffix(title, " in corrupted")
	switch {
	case title == "", unplaced && kind == "crash":
		return "UNKNOWN kind of crash: its first lines would tell"
	case !unplaced:
		return title
	}
	for _, other := range others {
		if strings.HasPrefix(other, kind+" in ") {
			return other + " (not sure)"
		}
	}
	return kind + " in an UNKNOWN function"
}

func (s *sheet) cause(c *triage.Cause) string {
	text := s.clean(c.Summary)
	if c.Field != "" && !strings.Contains(c.Summary, c.Field) {
		text += "; there lies " + s.clean(strings.Trim(c.Struct+"."+c.Field, "."))
	}
	if c.Poison != "" && !strings.Contains(c.Summary, c.Poison) {
		text += "; the base is " + s.clean(c.Poison)
	}
	return text
}

// place is symbol+offset/size [module] (address) file:line.
func (s *sheet) place(p triage.Place, address bool) string {
	var b strings.Builder
	if p.Forced { // in front, where no fold takes it away
		b.WriteString("FORCED ")
	}
	switch {
	case p.Symbol != "":
		b.WriteString(s.clean(p.Symbol))
		if p.Offset != "" {
			b.WriteString("+" + s.clean(string(p.Offset)))
			if p.Size != "" {
				b.WriteString("/" + s.clean(string(p.Size)))
			}
		}
		b.WriteString(moduleOf(s.clean(p.Module)))
		if address && p.Address != "" {
			b.WriteString(" at " + s.clean(string(p.Address)))
		}
	case p.Address != "":
		b.WriteString(s.clean(string(p.Address)))
		if p.Module != "" && p.Offset != "" {
			b.WriteString(" +" + s.clean(string(p.Offset)))
		}
		b.WriteString(moduleOf(s.clean(p.Module)))
	default:
		b.WriteString("UNKNOWN")
	}
	b.WriteString(sourceOf(s.clean(p.File), p.Line))
	if n := len(p.Candidates); n > 0 {
		fmt.Fprintf(&b, " (one of %d: %s", n, s.clean(strings.Join(p.Candidates[:min(n, candidatesShown)], ", ")))
		if n > candidatesShown {
			b.WriteString(", ...")
		}
		b.WriteString(")")
	}
	return b.String()
}

// candidatesShown is how many places are told that an ambiguous name can mean.
const candidatesShown = 3

func moduleOf(module string) string {
	if module == "" {
		return ""
	}
	return " [" + module + "]"
}

func sourceOf(file string, line int) string {
	switch {
	case file == "":
		return ""
	case line <= 0:
		return " " + file
	}
	return " " + file + ":" + strconv.Itoa(line)
}

// fold keeps the first n lines and ends the last of them in dots if there were more; -v shows all.
func (s *sheet) fold(lines []string, n int) []string {
	n = max(n, 1)
	if len(lines) <= n || s.o.Verbose > 0 {
		return lines
	}
	last := lines[n-1]
	for columns(last)+4 > s.width {
		at := strings.LastIndexByte(last, ' ')
		if at < indent {
			runes := []rune(last)
			last = string(runes[:len(runes)-4])
			break
		}
		last = last[:at]
	}
	kept := slices.Clone(lines[:n])
	kept[n-1] = last + styleEnd + " ..."
	return kept
}
