package cli

import (
	"testing"
	"time"
)

func TestPeriod(t *testing.T) {
	now := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		since, until, text string
		want               bool
	}{
		{"", "", "Mar  3 11:02:17", true},
		{"2h", "", "Mar  3 11:02:17", true},
		{"30m", "", "Mar  3 11:02:17", false},
		{"", "1h", "Mar  3 11:02:17", false},
		{"2026-03-03 11:00", "2026-03-03 11:30", "2026-03-03T11:02:17.123456+00:00", true},
		{"2026-03-03 11:00", "", "2026-03-03T11:02:17+0200", false},
		{"2026-03-01", "", "Dec 24 18:00:00", false}, // of the year before
		{"2025-12-24", "2025-12-25", "Dec 24 18:00:00", true},
		{"1h", "", "Tue Mar  3 11:30:00 2026", true},
		{"1h", "", "2026-03-03 10:30:00,250", false},
		{"1h", "", "12.345678", true}, // seconds since boot: not known
		{"1h", "", "", true},
	} {
		p, err := readPeriod(c.since, c.until, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.has(c.text, now); got != c.want {
			t.Errorf("%q to %q has %q: %v", c.since, c.until, c.text, got)
		}
	}
	if _, err := readPeriod("yesterday", "", now); err == nil {
		t.Error("a word is no time")
	}
	if _, err := readPeriod("1h", "2h", now); err == nil {
		t.Error("no time is between one hour ago and two hours ago")
	}
}
