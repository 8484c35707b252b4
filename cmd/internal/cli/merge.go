package cli

import (
	"errors"
	"fmt"

	"github.com/nfoops/nfoops/cmd/internal/policy"
)

// badLinesNamed is how many lines of a file are named that are no reports; a log that was given by mistake has many.
const badLinesNamed = 3

// merge joins the reports of scans that ran anywhere: lines as -f jsonl writes them, in files or standard input. All of
// a fingerprint become one with their count. It does not matter what was joined with what before, nor the order.
func (s *scanRun) merge(args []string) error {
	s.groups = policy.NewGroups(0) // as many reports as there are fingerprints
	for in, err := range s.inputs(args) {
		if err != nil {
			s.unread(err)
			continue
		}
		if s.out.writes(in.name) {
			_ = in.close()
			continue
		}
		s.files++
		broken := 0
		for r, err := range policy.ReadReports(in) {
			if ctxErr := s.cmd.Context().Err(); ctxErr != nil {
				_ = in.close()
				return ctxErr
			}
			if err != nil {
				if broken++; broken <= badLinesNamed {
					s.complain(pathError(in.name, err))
				}
				if broken == 1 {
					s.broken++
					s.session.Unread(in.name, errors.New("not all lines are reports"))
				}
				continue
			}
			s.groups.Add(r)
		}
		if more := broken - badLinesNamed; more > 0 {
			s.complain(pathError(in.name, fmt.Errorf("%s more", plural(more, "such line", "such lines"))))
		}
		_ = in.close()
	}
	return nil
}
