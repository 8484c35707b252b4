package render

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// noMatch is the verdict where the report has no words of its own.
const noMatch = "No known bug fits this crash."

// head writes the answers: is it known, where is it fixed, am I affected, what do I type now. It takes room lines at
// most; advice that does not fit comes back as a section of its own.
func (s *sheet) head(room int) (fullAdvice []string) {
	lines := s.verdict()
	lines = append(lines, s.fixedIn()...)
	lines = append(lines, s.affected()...)

	advice := s.advice("  do now", 0)
	if room -= len(lines); len(advice) > room && s.o.Verbose == 0 {
		fullAdvice = s.advice(styled(styleBold, "ADVICE"), 0)
		room = max(room-1, 1)
		advice = s.advice("  do now", shortAdvice)
		for most := room; most > 0 && len(advice) > room; most-- {
			advice = s.advice("  do now", most)
		}
		advice = append(advice[:min(room, len(advice))], entryLines(s.width, "", "(all of it below, under ADVICE)")...)
	}
	s.lines = append(append(s.lines, lines...), advice...)
	return fullAdvice
}

func (s *sheet) verdict() []string {
	m := s.match()
	if m == nil {
		sentence := s.clean(cmp.Or(s.r.Verdict.Sentence, noMatch))
		return s.fold(entryLines(s.width, s.label(), sentence), 4)
	}
	title := styled(styleBold, s.clean(m.Title))
	lines := s.fold(entryLines(s.width, s.label(), title), 2)
	score := fmt.Sprintf("%s, score %.2f of 1", s.clean(m.ID), m.Score)
	lines = append(lines, s.fold(entryLines(s.width, "", score), 1)...)
	if sentence := s.r.Verdict.Sentence; sentence != "" && !strings.Contains(sentence, m.Title) {
		lines = append(lines, s.fold(entryLines(s.width, "", s.clean(s.r.Verdict.Sentence)), 3)...)
	}
	return lines
}

func (s *sheet) fixedIn() []string {
	m := s.match()
	var text string
	switch {
	case m == nil:
		text = "UNKNOWN, as the bug is"
	case len(m.FixedIn) > 0:
		text = styled(styleGood, s.clean(strings.Join(m.FixedIn, ", ")))
		if m.Fix != nil && m.Fix.Subject != "" {
			text += ": " + s.clean(m.Fix.Subject)
		}
		if m.Fix != nil && m.Fix.Commit != "" {
			text += " (" + s.clean(shortHash(m.Fix.Commit)) + ")"
		}
	case m.Fix != nil && m.Fix.Diff != "":
		text = "no release: the source has to be changed, see FIX below"
	case m.Fix != nil && m.Fix.Commit != "":
		text = "commit " + s.clean(shortHash(m.Fix.Commit)) + " " + s.clean(m.Fix.Subject) + ", in an UNKNOWN release"
	default:
		text = "UNKNOWN: no fix is known"
	}
	return s.fold(entryLines(s.width, "  fixed in", text), 2)
}

func shortHash(h string) string { return h[:min(len(h), 12)] }

func (s *sheet) affected() []string {
	m := s.match()
	kernel := s.clean(s.r.Kernel) + s.at("kernel")
	if s.r.Kernel == "" {
		kernel = "an UNKNOWN kernel"
	}
	if s.r.Arch != "" && s.r.Arch != "unknown" {
		kernel += " on " + s.clean(s.r.Arch)
	}
	answer := "-> UNKNOWN whether affected"
	if m != nil {
		switch m.Affected {
		case "yes":
			answer = "-> " + styled(styleBad, "affected")
		case "no":
			answer = "-> " + styled(styleGood, "not affected")
		}
	}
	return s.fold(entryLines(s.width, "  you run", kernel+" "+answer), 2)
}

// shortAdvice leaves out what else is to be said of a step, and its cost and undo.
const shortAdvice = -1

// advice lists the steps; a command stands in a line of its own, to be copied. With most > 0 it is brief: that many
// lines of text for a step; shortAdvice is the step's own sentence, 0 is everything.
func (s *sheet) advice(heading string, most int) []string {
	var p page
	p.width = s.width
	steps := s.r.Advice
	if len(steps) == 0 {
		steps = []triage.Step{s.report()}
	}
	for i, step := range steps {
		lead, rest := pad(heading, indent), indent
		if len(steps) > 1 {
			lead, rest = lead+strconv.Itoa(i+1)+".", indent+3
		}
		heading = ""
		at := len(p.lines)
		text := s.clean(step.Text)
		if step.More != "" && most == 0 {
			text += " " + s.clean(step.More)
		}
		p.hang(lead, rest, text)
		if most > 0 {
			p.lines = append(p.lines[:at], s.fold(p.lines[at:], most)...)
		}
		if step.Command != "" {
			p.command(rest, s.clean(step.Command))
		}
		if step.Cost != "" && most == 0 {
			p.hang(strings.Repeat(" ", rest)+"cost:", rest+6, s.clean(step.Cost))
		}
		if step.Undo != "" && most == 0 {
			p.hang(strings.Repeat(" ", rest)+"undo:", rest+6, s.clean(step.Undo))
		}
	}
	return p.lines
}

// report is the advice where there is no other: somebody else may know.
func (s *sheet) report() triage.Step {
	name := s.input
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._/+-", r))
	}) || name[0] == '-' {
		name = "FILE" // a name that a shell could take for more
	}
	return triage.Step{
		Text:    "Keep the whole log. This makes a report for the people who maintain the code:",
		Command: "nfoops -f markdown " + name,
	}
}

// command adds a command that can be copied: it is broken at blanks outside of quotes, with a backslash.
func (p *page) command(at int, command string) {
	width := p.width - at - 4 // "$ " in front, " \" behind
	lead := "$ "
	for _, line := range commandLines(command, width) {
		p.lines = append(p.lines, strings.Repeat(" ", at)+lead+styled(styleBold, line))
		lead = "  "
	}
}

func commandLines(command string, width int) []string {
	if columns(command) <= width {
		return []string{command}
	}
	var lines []string
	line, quote := "", byte(0)
	flush := func() { lines = append(lines, line); line = "" }
	for word := range strings.SplitSeq(command, " ") {
		if line != "" && quote == 0 && columns(line)+1+columns(word) > width {
			line += ` \`
			flush()
		}
		if line != "" {
			line += " "
		}
		line += word
		for i := range len(word) {
			switch c := word[i]; {
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case c == quote:
				quote = 0
			}
		}
	}
	flush()
	var fit []string
	for _, l := range lines {
		fit = append(fit, wrap(l, width+2)...) // a quoted argument or a word that is longer than the line
	}
	return fit
}

// reasons gives the evidence for and against the match.
func (s *sheet) reasons() {
	m := s.match()
	if m == nil {
		return
	}
	s.evidence("BECAUSE", m.Evidence, 4)
	s.evidence("BUT", m.Against, 3)
}

func (s *sheet) evidence(heading string, list []triage.Evidence, most int) {
	shown := list
	if s.o.Verbose == 0 && len(shown) > most {
		shown = shown[:most]
	}
	lead := styled(styleBold, heading)
	for _, e := range shown {
		text := strings.TrimSuffix(s.clean(e.Fact), ".")
		if s.o.Verbose > 0 {
			text += fmt.Sprintf(" (%.2f)", e.Weight)
		}
		s.entry(lead, text+lineMark(e.Line))
		lead = ""
	}
	if n := len(list) - len(shown); n > 0 {
		s.entry("", fmt.Sprintf("and %d more (-v)", n))
	}
}

func (s *sheet) damage() {
	lead := styled(styleBold, "DAMAGE")
	if len(s.r.Damage) == 0 {
		s.entry(lead, "none seen")
		return
	}
	shown := s.r.Damage
	if s.o.Verbose == 0 && len(shown) > 6 {
		shown = shown[:6]
	}
	for _, d := range shown {
		s.entry(lead, s.clean(d.Detail)+lineMark(d.Line))
		lead = ""
	}
	if n := len(s.r.Damage) - len(shown); n > 0 {
		s.entry("", fmt.Sprintf("and %d more (-v)", n))
	}
	if c := s.r.Completeness; c > 0 && c < 1 {
		s.entry("", fmt.Sprintf("%.0f %% of what such a crash prints is there", 100*c))
	}
}

func (s *sheet) missing() {
	lead := styled(styleBold, "MISSING")
	for _, m := range s.r.Missing {
		text := s.clean(m.What)
		if m.Gives != "" {
			text += ": " + s.clean(m.Gives)
		}
		s.entry(lead, text)
		if m.How != "" {
			command, remark, _ := strings.Cut(s.clean(m.How), " # ")
			s.command(indent+2, command)
			if remark != "" {
				s.hang("", indent+4, "("+remark+")")
			}
		}
		lead = ""
	}
	if len(s.r.Missing) == 0 && s.match() == nil {
		s.entry(lead, "nothing of the log; somebody has to find this bug, and then an entry makes it known (see nfoops kb)")
	}
}

func (s *sheet) symbols() {
	lead := styled(styleBold, "SYMBOLS")
	for _, f := range s.r.Symbols {
		text := "used: " + s.clean(f.Detail)
		if !f.Used {
			text = s.clean(f.Detail) // "refused: …", "not used: …", "not found …"
			if rest, refused := strings.CutPrefix(text, "refused"); refused {
				text = styled(styleWarn, "REFUSED") + rest
			}
		}
		s.entry(lead, s.clean(f.Name)+" "+text)
		lead = ""
	}
}
