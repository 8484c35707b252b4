package tui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// bigInbox is an inbox on the disk with 10,000 crashes of so many bugs.
func bigInbox(b *testing.B, bugs int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "inbox.db")
	s, err := store.Open(context.Background(), path)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := range 10_000 {
		r := natReport()
		r.Title = fmt.Sprintf("general protection fault in sample_%d", i%bugs)
		r.Fingerprint.Similar = fmt.Sprintf("%016x", i%bugs)
		c := &store.Crash{
			Seen: noon.Add(-time.Duration(i) * time.Minute), Host: fmt.Sprintf("host-%d", i%500), Report: r, Raw: []byte(rawLog),
		}
		if _, err := s.Add(context.Background(), c); err != nil {
			b.Fatal(err)
		}
	}
	return path
}

// BenchmarkFirstScreen opens an inbox of 10,000 crashes and draws the first screen that shows them, with the answer;
// "all" is the same until all of them are in the list.
func BenchmarkFirstScreen(b *testing.B) {
	for _, bugs := range []int{200, 10_000} {
		path := bigInbox(b, bugs)
		for _, all := range []bool{false, true} {
			b.Run(fmt.Sprintf("bugs=%d/all=%v", bugs, all), func(b *testing.B) {
				for b.Loop() {
					s, err := store.Open(context.Background(), path)
					if err != nil {
						b.Fatal(err)
					}
					m := New(context.Background(), Options{
						Store: s, Backend: &backend{}, Name: path, Calm: true, Poll: -1, Now: func() time.Time { return noon },
					})
					send(m, tea.WindowSizeMsg{Width: 120, Height: 40})
					run(m, m.load(store.Filter{Limit: firstGroups}, false))
					if all {
						run(m, m.load(store.Filter{}, true))
						run(m, m.activity())
					}
					if text := m.draw(); !strings.Contains(text, "general protection fault in sample_0") {
						b.Fatal(text)
					}
					_ = s.Close()
				}
			})
		}
	}
}

// BenchmarkFilterKey is a key typed into the filter of 10,000 bugs, and the screen after it.
func BenchmarkFilterKey(b *testing.B) {
	s := new(Memory)
	for i := range 10_000 {
		r := unknownReport()
		r.Title, r.Fingerprint.Similar = fmt.Sprintf("WARNING in sample_%d", i), fmt.Sprintf("%016x", i)
		_, _ = s.Add(context.Background(), &store.Crash{Seen: noon.Add(-time.Duration(i) * time.Minute), Report: r})
	}
	m := screenOf(b, 120, 40, func(o *Options) { o.Store = s })
	press(m, "/")
	for i := 0; b.Loop(); i++ {
		press(m, []string{"7", "backspace"}[i%2])
		m.draw()
	}
}

// BenchmarkRawScroll scrolls a raw log of 50 MB: a step and a frame of 120 by 40 each.
func BenchmarkRawScroll(b *testing.B) {
	path := filepath.Join(b.TempDir(), "big.log")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	line := "[ 1234.567890] IN=eth0 OUT= MAC=52:54:00:aa:bb:cc SRC=192.0.2.7 DST=198.51.100.1 LEN=60 PROTO=TCP SPT=33000 DPT=22 SYN\n"
	for range (50 << 20) / len(line) / 1000 {
		if _, err := f.WriteString(strings.Repeat(line, 1000)); err != nil {
			b.Fatal(err)
		}
	}
	defer f.Close()
	info, _ := f.Stat()
	r := natReport()
	r.Span = triage.Span{FirstLine: 200_001, LastLine: 200_020, Offset: int64(200_000 * len(line))}
	m := screenOf(b, 120, 40, nil)
	press(m, "enter 5")
	m.crash.rawLog, m.crash.size = f, info.Size()
	m.crash.raw.open(f, info.Size(), r)
	m.layout()
	for _, c := range []struct{ name, key string }{{"down", "down"}, {"up", "up"}, {"pagedown", "pgdown"}, {"pageup", "pgup"}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				press(m, c.key)
				if !strings.Contains(m.draw(), "PROTO=TCP") {
					b.Fatal("the log is not shown")
				}
			}
		})
	}
	b.Run("end and top", func(b *testing.B) {
		for b.Loop() {
			press(m, "G")
			m.draw()
			press(m, "g")
			m.draw()
		}
	})
	b.Run("search all", func(b *testing.B) {
		for b.Loop() {
			m.crash.search = "nothing like this"
			send(m, m.findRaw(1)())
		}
	})
}
