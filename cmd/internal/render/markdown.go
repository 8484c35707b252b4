package render

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// markdown writes reports to be pasted into a bug tracker or a mail.
type markdown struct {
	w io.Writer
	o Options
	n int
}

func newMarkdown(w io.Writer, o Options) Renderer {
	if o.Brief {
		return newJobSummary(w, o)
	}
	return &markdown{w: w, o: o}
}

// Report writes one report as a section.
func (m *markdown) Report(r *triage.Report, input string) error {
	var b strings.Builder
	if m.n++; m.n > 1 {
		b.WriteString("\n---\n\n")
	}
	s := &sheet{page: page{width: 100}, r: r, o: Options{ASCII: true, Verbose: 1, Tool: m.o.Tool}, input: input}
	fmt.Fprintf(&b, "## %s\n\n", mdText(orUnknown(r.Title)))
	m.verdict(&b, s)
	m.facts(&b, s)
	m.lists(&b, s)
	s.lines = nil
	s.code()
	s.registers()
	s.trace()
	s.modules()
	b.WriteString(mdBlock("", strings.TrimRight(string(s.bytes(false)), "\n")))
	if x := s.match(); x != nil && x.Fix != nil && x.Fix.Diff != "" {
		b.WriteString("### Fix\n\n")
		if x.Fix.Explanation != "" {
			b.WriteString(mdText(x.Fix.Explanation) + "\n\n")
		}
		var diff []string
		for line := range strings.SplitSeq(strings.TrimRight(x.Fix.Diff, "\n"), "\n") {
			diff = append(diff, cleanLine(line, true, 8))
		}
		b.WriteString(mdBlock("diff", strings.Join(diff, "\n")))
	}
	fmt.Fprintf(&b, "%s\n", mdText(s.tool()))
	_, err := io.WriteString(m.w, b.String())
	return err
}

// Close lists the lines that nobody could read.
func (m *markdown) Close(doc *triage.Document) error {
	if len(doc.Suspicious) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("\n### Not read\n\n")
	for _, x := range doc.Suspicious {
		fmt.Fprintf(&b, "- line %d: %s %s\n", x.Line, mdCode(x.Text), mdText(x.Why))
	}
	_, err := io.WriteString(m.w, b.String())
	return err
}

func orUnknown(s string) string {
	if strings.TrimSpace(s) == "" {
		return "UNKNOWN"
	}
	return s
}

func (m *markdown) verdict(b *strings.Builder, s *sheet) {
	r := s.r
	x := s.match()
	if x == nil {
		fmt.Fprintf(b, "**UNKNOWN.** %s\n\n", mdText(cmp.Or(r.Verdict.Sentence, noMatch)))
	} else {
		fmt.Fprintf(b, "**%s:** %s (%s, score %.2f of 1)\n\n", strings.ToUpper(mdText(r.Verdict.Status)),
			mdText(x.Title), mdCode(x.ID), x.Score)
	}
	quiet := *r
	quiet.Facts = nil // the marks of lines are for the text report
	q := &sheet{page: page{width: 100}, r: &quiet, o: s.o, input: s.input}
	fmt.Fprintf(b, "- Fixed in: %s\n", mdFlat(q, q.fixedIn()))
	fmt.Fprintf(b, "- You run: %s\n", mdFlat(q, q.affected()))
	for _, step := range r.Advice {
		fmt.Fprintf(b, "- Do now: %s", mdText(strings.TrimSpace(step.Text+" "+step.More)))
		if step.Command != "" {
			fmt.Fprintf(b, " %s", mdCode(step.Command))
		}
		if step.Cost != "" {
			fmt.Fprintf(b, " Cost: %s", mdText(step.Cost))
		}
		if step.Undo != "" {
			fmt.Fprintf(b, " Undo: %s", mdText(step.Undo))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}

// mdFlat takes lines of the text report as one line of prose, without their heading.
func mdFlat(s *sheet, lines []string) string {
	var parts []string
	for _, l := range lines {
		parts = append(parts, strings.TrimSpace(l[min(indent, len(l)):]))
	}
	p := page{lines: []string{strings.Join(parts, " ")}, width: s.width}
	return mdText(strings.TrimSpace(string(p.bytes(false))))
}

func (m *markdown) facts(b *strings.Builder, s *sheet) {
	r := s.r
	b.WriteString("| | |\n|---|---|\n")
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "| %s | %s |\n", name, mdCode(value))
		}
	}
	if r.IP != nil {
		row("where", s.place(*r.IP, true))
		row("inlined", strings.TrimPrefix(s.inlines(), "in inlined "))
	}
	if c := r.Culprit; c != nil {
		row("culprit", strings.TrimSpace(c.Symbol+moduleOf(c.Module)+sourceOf(c.File, c.Line)))
	}
	if r.Cause != nil && r.Cause.Summary != "" {
		fmt.Fprintf(b, "| cause | %s |\n", mdText(s.cause(r.Cause)))
	}
	row("address", string(r.FaultAddress))
	row("access", r.Access)
	row("kernel", strings.TrimSpace(r.Kernel+" "+r.KernelBuild))
	row("arch", r.Arch)
	row("context", r.Context)
	row("task", r.Comm)
	row("tainted", strings.Join(r.Tainted, " "))
	row("panic", r.Panic)
	if r.Test != nil {
		row("test", fmt.Sprintf("%s (%s, line %d)", r.Test.Name, r.Test.State, r.Test.Line))
	}
	if len(r.Places) > 1 {
		row("seen", fmt.Sprintf("%d times, at %s", max(r.Count, 1), spots(r.Places)))
	}
	row("exact fingerprint", r.Fingerprint.Exact)
	row("similar fingerprint", r.Fingerprint.Similar)
	row("input", s.inputLines())
	b.WriteByte('\n')
}

func (m *markdown) lists(b *strings.Builder, s *sheet) {
	list := func(title string, items []string) {
		if len(items) == 0 {
			return
		}
		fmt.Fprintf(b, "### %s\n\n", title)
		for _, i := range items {
			fmt.Fprintf(b, "- %s\n", i)
		}
		b.WriteByte('\n')
	}
	if x := s.match(); x != nil {
		list("Because", mdEvidence(x.Evidence))
		list("But", mdEvidence(x.Against))
	}
	var items []string
	for _, d := range s.r.Damage {
		items = append(items, mdText(d.Detail)+mdLine(d.Line))
	}
	list("Damage", items)
	items = nil
	for _, x := range s.r.Missing {
		items = append(items, strings.TrimSpace(mdText(x.What)+": "+mdText(x.Gives)+mdHow(x.How)))
	}
	list("Missing", items)
	items = nil
	for _, x := range s.r.Symbols {
		verb := ""
		if x.Used {
			verb = "used: "
		}
		items = append(items, mdCode(x.Name)+" "+verb+mdText(x.Detail))
	}
	list("Symbols", items)
}

func mdEvidence(list []triage.Evidence) []string {
	var items []string
	for _, e := range list {
		items = append(items, fmt.Sprintf("%s (%.2f)%s", mdText(strings.TrimSuffix(e.Fact, ".")), e.Weight, mdLine(e.Line)))
	}
	return items
}

func mdHow(how string) string {
	if how == "" {
		return ""
	}
	return " -- " + mdText(how)
}

func mdLine(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" (line %d)", n)
}

// mdSpecial are the characters that mean something in some dialect of markdown, as entities; a blank of no width
// behind @ and # keeps them from calling people and linking issues.
var mdSpecial = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "&#96;", "|", "&#124;", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`,
	"~", `\~`, "!", `\!`, `\`, `\\`, "@", "@&#8203;", "#", "#&#8203;", "$", "&#36;", "://", ":&#8203;//",
	"www.", "www&#8203;.",
)

// mdText makes a string harmless in the running text of markdown.
func mdText(s string) string {
	s = mdSpecial.Replace(clean(s, true))
	if s != "" && strings.ContainsRune("-+=0123456789:", rune(s[0])) { // a list, a heading's underline
		return "&#8203;" + s
	}
	return s
}

// mdCode makes a span of code, in which nothing is special but its own end, and the pipe inside of a table.
func mdCode(s string) string {
	s = strings.ReplaceAll(clean(s, true), "|", `\x7c`)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// mdBlock makes a block of code out of cleaned lines.
func mdBlock(language, body string) string {
	if strings.TrimSpace(body) == "" {
		return ""
	}
	fence := strings.Repeat("`", max(longestRun(body, '`')+1, 3))
	return fence + language + "\n" + body + "\n" + fence + "\n\n"
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] == c {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}
