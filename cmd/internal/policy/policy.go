// Package policy decides what a scan makes of the reports it found: which of them fail it, which are known from an
// earlier scan or passed over on purpose, and which are the same crash once more. A Policy judges report after report;
// Groups joins those of one fingerprint. Files and the clock are the caller's.
package policy

import (
	"time"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// Policy is the rules of one scan. It must not be used by several goroutines at once.
type Policy struct {
	FailOn   Level     // "" is Warning
	Baseline *List     // crashes of an earlier scan; nil for none
	Ignore   *List     // crashes to pass over; nil for none
	Now      time.Time // by which entries of Ignore expire
}

// Judge sets r.Standing. Ignored wins over all; then the level decides, and under each of them but Any what the
// baseline knows is no finding.
func (p *Policy) Judge(r *triage.Report) {
	s := &triage.Standing{}
	r.Standing = s
	known := false
	if p.Baseline != nil {
		s.Base = "new"
		if p.Baseline.find(r) != nil {
			s.Base, known = "known", true
		}
	}
	if e := p.Ignore.find(r); e != nil && !e.expired(p.Now) {
		s.Ignored = e.reason
		return
	}
	level := p.FailOn
	if level == "" {
		level = Warning
	}
	s.Finding = level.covers(r) && (level == Any || !known)
}

// Problems tells, after the last report, which entries of the ignore file have expired and which no report needed.
func (p *Policy) Problems() []Problem { return p.Ignore.problems(p.Now) }
