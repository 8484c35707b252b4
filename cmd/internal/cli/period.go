package cli

import (
	"fmt"
	"strings"
	"time"
)

// period is the time that --since and --until leave. A zero end is open.
type period struct{ since, until time.Time }

// stampLayouts are the wall clocks that logs have (RFC 3164, RFC 3339 and its relatives, dmesg -T) and users type.
var stampLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02 15:04:05.999999999-07:00",
	"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02",
	"Mon Jan _2 15:04:05 2006", time.Stamp, time.StampMilli, time.StampMicro,
}

// wallClock reads a time as a log has it; one without a zone is local, one without a year is of the last twelve months
// before now. ok is false for everything else, such as the seconds since the boot.
func wallClock(text string, now time.Time) (t time.Time, ok bool) {
	text = strings.Replace(strings.TrimSpace(text), ",", ".", 1) // some write the fraction so
	for _, layout := range stampLayouts {
		t, err := time.ParseInLocation(layout, text, now.Location())
		if err != nil {
			continue
		}
		if t.Year() == 0 {
			t = t.AddDate(now.Year(), 0, 0)
			if t.After(now.AddDate(0, 0, 1)) {
				t = t.AddDate(-1, 0, 0)
			}
		}
		return t, true
	}
	return time.Time{}, false
}

// readPeriod reads the two flags: a time, or how long ago ("90m", "24h").
func readPeriod(since, until string, now time.Time) (period, error) {
	var p period
	for _, f := range []struct {
		name, text string
		to         *time.Time
	}{{"--since", since, &p.since}, {"--until", until, &p.until}} {
		if f.text == "" {
			continue
		}
		if ago, err := time.ParseDuration(f.text); err == nil && ago >= 0 {
			*f.to = now.Add(-ago)
			continue
		}
		t, ok := wallClock(f.text, now)
		if !ok {
			return p, fmt.Errorf("%s is a time (2026-03-03 11:02:17) or how long ago (90m, 24h), not %q", f.name, f.text)
		}
		*f.to = t
	}
	if !p.until.IsZero() && p.since.After(p.until) {
		return p, fmt.Errorf("--since %s is later than --until %s: no time is between them", since, until)
	}
	return p, nil
}

// has says whether a crash of this time is inside. One whose time is not known is.
func (p period) has(text string, now time.Time) bool {
	if p == (period{}) || text == "" {
		return true
	}
	t, ok := wallClock(text, now)
	if !ok {
		return true
	}
	return !t.Before(p.since) && (p.until.IsZero() || !t.After(p.until))
}
