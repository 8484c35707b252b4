package tui

import (
	"fmt"
	"strings"

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
	page, err := m.o.Backend.Entry(x.ID, min(m.width-4, 100))
	if err != nil {
		return append(lines, "", " "+m.theme.clean(err.Error()))
	}
	lines = append(lines, "")
	for _, l := range page {
		lines = append(lines, " "+gate(l))
	}
	return lines
}
