package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/plain"
	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// openCopyMenu offers what can be copied. It goes to the terminal's clipboard (OSC 52), over ssh too.
func (m *Model) openCopyMenu() tea.Cmd {
	now := m.current()
	r := now.Report
	host := now.Host
	if host == "" {
		host = r.Host
	}
	total := 1
	if g := m.group(); g != nil {
		total = g.Count
	}
	text := func(name, text string) item {
		return item{name + ": " + text, func(m *Model) tea.Cmd { return m.copied(name, text) }}
	}
	report := func(name string, redact bool) item {
		return item{name, func(m *Model) tea.Cmd {
			s, err := m.o.Backend.Markdown(r, now.Source, redact)
			if err != nil {
				m.fail("%v", err)
				return nil
			}
			return m.copied("report", s)
		}}
	}
	items := []item{
		text("a line for a chat", chatLine(r, host, now, total)),
		text("verdict", verdictText(r)),
		report("report for a bug tracker (markdown), hosts and addresses masked", true),
		report("report for a bug tracker (markdown), with everything", false),
		text("fingerprint", plain.Text(r.Fingerprint.Similar, true)),
	}
	if x := bestMatch(r); x != nil && x.Fix != nil && x.Fix.Commit != "" {
		items = append(items, text("commit of the fix", plain.Text(x.Fix.Commit, true)))
	}
	m.overlay = &menu{title: "Copy", items: items}
	return nil
}

func (m *Model) copied(what, text string) tea.Cmd {
	m.say("%s: sent to the clipboard of your terminal, %s", strings.SplitN(what, ":", 2)[0],
		count(len(text), "byte", "bytes"))
	return tea.SetClipboard(text)
}

// bestMatch is the match that the verdict speaks of, nil where nothing fits.
func bestMatch(r *triage.Report) *triage.Match {
	if r.Verdict.Status == "unknown" || len(r.Matches) == 0 {
		return nil
	}
	for i := range r.Matches {
		if r.Matches[i].ID == r.Verdict.ID {
			return &r.Matches[i]
		}
	}
	return &r.Matches[0]
}

// verdictText is the answer in a few lines of ASCII.
func verdictText(r *triage.Report) string {
	x := bestMatch(r)
	if x == nil {
		return plain.Text("unknown bug: "+r.Title+". "+r.Verdict.Sentence, true)
	}
	s := fmt.Sprintf("%s: %s (%s, score %.2f)", answer(x.Verdict), x.Title, x.ID, x.Score)
	if len(x.FixedIn) > 0 {
		s += ", fixed in " + strings.Join(x.FixedIn, ", ")
	}
	switch x.Affected {
	case "yes":
		s += "; this kernel is affected"
	case "no":
		s += "; this kernel is not affected"
	}
	if len(r.Advice) > 0 {
		s += ". Do now: " + strings.TrimSpace(r.Advice[0].Text+" "+r.Advice[0].Command)
	}
	return plain.Text(s, true)
}

// chatLine tells those who were not there: where, when, what, whether it is known, what now.
func chatLine(r *triage.Report, host string, c *store.Crash, total int) string {
	var parts []string
	if host != "" {
		parts = append(parts, host)
	}
	if !c.Seen.IsZero() {
		parts = append(parts, c.Seen.UTC().Format("2006-01-02 15:04Z"))
	}
	s := strings.Join(parts, " ")
	if s != "" {
		s += ": "
	}
	s += r.Title
	if r.Kernel != "" {
		s += " on " + r.Kernel
	}
	x := bestMatch(r)
	switch {
	case x == nil:
		s += " = unknown bug"
	case len(x.FixedIn) > 0:
		s += fmt.Sprintf(" = %s %s, fixed in %s", answer(x.Verdict), x.ID, strings.Join(x.FixedIn, ", "))
	default:
		s += fmt.Sprintf(" = %s %s", answer(x.Verdict), x.ID)
	}
	if len(r.Advice) > 0 {
		s += "; do now: " + strings.TrimSuffix(r.Advice[0].Text, ".")
	}
	if total > 1 {
		s += fmt.Sprintf("; %d crashes of this bug", total)
	}
	if r.Fingerprint.Similar != "" {
		s += " [" + r.Fingerprint.Similar + "]"
	}
	return plain.Text(s, true)
}
