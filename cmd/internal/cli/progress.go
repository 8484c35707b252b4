package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on a terminal how far a long scan has come. A nil one shows nothing.
type progress struct {
	begin time.Time
	bar   *progressbar.ProgressBar
	held  int // bytes that it does not show yet
	shown bool
}

// patience is how long a scan takes before it shows that it is at work.
const patience = time.Second

// newProgress returns nil where nobody would see it.
func (a *app) newProgress() *progress {
	if a.quiet || !isTerminal(a.err) {
		return nil
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(a.err), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription("scanning"), progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionSpinnerType(9), progressbar.OptionClearOnFinish())
	return &progress{begin: time.Now(), bar: bar}
}

// add counts bytes.
func (p *progress) add(n int) {
	if p == nil {
		return
	}
	if p.held += n; time.Since(p.begin) < patience {
		return
	}
	p.shown = true
	_ = p.bar.Add(p.held) // a terminal that is gone is noticed elsewhere
	p.held = 0
}

// hide makes room for a line of output.
func (p *progress) hide() {
	if p != nil && p.shown {
		_ = p.bar.Clear()
	}
}
