package cli

import (
	"errors"

	"github.com/nfoops/nfoops/cmd/internal/policy"
)

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
		broken := false
		for r, err := range policy.ReadReports(in) {
			if ctxErr := s.cmd.Context().Err(); ctxErr != nil {
				_ = in.close()
				return ctxErr
			}
			if err != nil {
				s.complain(pathError(in.name, err))
				if !broken {
					broken = true
					s.broken++
					s.session.Unread(in.name, errors.New("not all lines are reports"))
				}
				continue
			}
			s.groups.Add(r)
		}
		_ = in.close()
	}
	return nil
}
