package tui

import (
	"bytes"
	"context"
	"encoding/base64"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/teatest/v2"

	"github.com/nfoops/nfoops/cmd/internal/store"
)

// flow is the whole program with a keyboard and a screen of bytes.
type flow struct {
	t     *testing.T
	tm    *teatest.TestModel
	store store.Store
}

func newFlow(t *testing.T) *flow {
	t.Helper()
	s := new(Memory)
	fill(t, s)
	m := New(context.Background(), Options{
		Store: s, Backend: &backend{}, Name: "inbox.db", Calm: true, Poll: 20 * time.Millisecond,
		Now: func() time.Time { return noon },
	})
	return &flow{t: t, tm: teatest.NewTestModel(t, m, teatest.WithInitialTermSize(80, 24)), store: s}
}

// sees waits until the terminal was sent a text. What does not change between two screens is not sent again.
func (f *flow) sees(text string) {
	f.t.Helper()
	teatest.WaitFor(f.t, f.tm.Output(), func(b []byte) bool { return bytes.Contains(b, []byte(text)) },
		teatest.WithCheckInterval(5*time.Millisecond), teatest.WithDuration(time.Minute))
}

func (f *flow) press(keys ...string) {
	for _, k := range keys {
		f.tm.Send(keyPress(k))
	}
}

// quit ends the program by its key, and gives the model as it was.
func (f *flow) quit() *Model {
	f.t.Helper()
	f.press("q")
	return f.tm.FinalModel(f.t, teatest.WithFinalTimeout(time.Minute)).(*Model)
}

// The first job: what crashed, is it known, what do I type now.
func TestFlowReadTheAnswer(t *testing.T) {
	f := newFlow(t)
	f.sees("apt install linux-image-amd64")
	f.press("enter")
	f.sees("crash 1 of 21, web-07, 3m ago")
	if m := f.quit(); m.screen != crashScreen || m.crash.tab != tabReport {
		t.Errorf("the screen is %d", m.screen)
	}
}

// The second: where did it crash, and what did the log say there.
func TestFlowTraceToLog(t *testing.T) {
	f := newFlow(t)
	f.sees("KNOWN")
	f.press("enter", "2", "down", "down")
	f.sees("raw log, line 15")
	f.press("enter")
	f.sees("Linux version")
	if m := f.quit(); m.crash.tab != tabRaw || m.crash.lit != 15 {
		t.Errorf("tab %d, line %d", m.crash.tab, m.crash.lit)
	}
}

// The third: find a bug, say what was done about it.
func TestFlowFindAndNote(t *testing.T) {
	f := newFlow(t)
	f.sees("KNOWN")
	f.press("/")
	f.tm.Type("rcu")
	f.sees("sample_poll() never ends")
	f.press("enter", "t")
	f.sees("Note on")
	f.tm.Type("took the card out")
	f.press("ctrl+s")
	f.sees("note saved")
	f.quit()
	groups, _ := f.store.Groups(context.Background(), store.Filter{Text: "rcu"})
	notes, _ := f.store.Notes(context.Background(), groups[0].ID)
	if len(notes) != 1 || notes[0].Text != "took the card out" || groups[0].Status != store.Noted {
		t.Errorf("notes %v, status %s", notes, groups[0].Status)
	}
}

// The fourth: tell the others. The clipboard of the terminal gets it, in the way that works over ssh.
func TestFlowCopy(t *testing.T) {
	f := newFlow(t)
	f.sees("apt install")
	f.press("y", "down")
	f.sees("a line for a chat")
	f.press("up", "enter")
	f.sees("\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte("web-07 2026-11-29 11:57Z: BUG: un")))
	f.quit()
}

// The fifth: is this the same crash as that one.
func TestFlowCompare(t *testing.T) {
	f := newFlow(t)
	f.sees("apt install")
	f.press("v")
	f.sees("marked:")
	f.press("down")
	f.sees("sample_poll() never ends")
	f.press("d")
	f.sees("PROBABLY NOT THE SAME BUG")
	f.quit()
}

// While nobody presses a key: a crash that comes in shows up by itself.
func TestFlowLive(t *testing.T) {
	f := newFlow(t)
	f.sees("apt install")
	r := otherReport()
	r.Title, r.Fingerprint.Similar = "kernel BUG in sample_live", "abcd000011112222"
	c := &store.Crash{Seen: noon.Add(-time.Second), Host: "db-3", Report: r}
	if _, err := f.store.Add(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	f.sees("sample_live")
	f.quit()
}
