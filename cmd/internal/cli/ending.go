package cli

import (
	"context"
	"sync/atomic"
)

// ending says how a run ends when a signal comes. Most commands are left where they are: what was reported stands. One
// that has work to finish asks to be waited for.
type ending struct{ waited atomic.Bool }

type endingKey struct{}

// waitForMe makes Run wait for the command when a signal comes. A second signal ends it all the same.
func waitForMe(ctx context.Context) {
	if e, ok := ctx.Value(endingKey{}).(*ending); ok {
		e.waited.Store(true)
	}
}
