//go:build !windows && !plan9

package listen

import (
	"context"
	"log/syslog"
)

// systemLog writes a line for each crash to this machine's system log.
func systemLog() (func(context.Context, *alert) error, error) {
	w, err := syslog.New(syslog.LOG_CRIT|syslog.LOG_DAEMON, "nfoops")
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, a *alert) error { return w.Crit(a.line()) }, nil
}
