package tui

import (
	"fmt"
	"strings"

	"charm.land/glamour/v2"
	"charm.land/glamour/v2/ansi"
	"charm.land/glamour/v2/styles"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// entryLines is the page of a known bug that is like the crash.
func (m *Model) entryLines(r *triage.Report, match int) []string {
	if len(r.Matches) == 0 {
		return absent(m, "No known bug is like this crash. nfoops kb search WORD looks for one by hand; nfoops kb new "+
			"begins an entry for it.")
	}
	x := &r.Matches[min(match, len(r.Matches)-1)]
	lines := []string{fmt.Sprintf(" Match %d of %d, score %.2f of 1: %s", match+1, len(r.Matches), x.Score,
		m.theme.bold.Render(strings.ToUpper(m.theme.clean(x.Verdict))))}
	text, err := m.o.Backend.Entry(x.ID)
	if err != nil {
		return append(lines, "", " "+m.theme.clean(err.Error()))
	}
	style := styles.NoTTYStyleConfig
	var none uint
	bold := true
	style.Document.Margin = &none
	style.H1.Prefix, style.H2.Prefix = "", ""
	style.H1.Bold, style.H2.Bold = &bold, &bold
	style.Strong = ansi.StylePrimitive{Bold: &bold}
	style.Emph = ansi.StylePrimitive{Underline: &bold}
	renderer, err := glamour.NewTermRenderer(glamour.WithStyles(style), glamour.WithWordWrap(min(m.width-4, 100)))
	if err == nil {
		text, err = renderer.Render(text)
	}
	if err != nil {
		return append(lines, "", " "+m.theme.clean(err.Error()))
	}
	for l := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, " "+strings.TrimRight(gate(l), " "))
	}
	return lines
}
