package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/store"
)

func TestFilter(t *testing.T) {
	g := &store.Group{
		Title: "general protection fault in nft_sample_eval", Entry: "an-entry", Verdict: "likely", Status: store.New,
		Hosts: []store.Tally{{Name: "fw-02", Count: 1}}, Kernels: []store.Tally{{Name: "6.1.90-1-amd64", Count: 1}},
	}
	for text, want := range map[string]bool{
		"": true, "  ": true, "protection": true, "PROTECTION nft": true, "fw-02": true, "6.1.90": true, "an-entry": true,
		"!nft": false, "!web": true, "!": true, "~nftsev": true, "~vestfn": false, "!~nftsev": false, "~": true, "nope": false,
		"fw-02 nope": false, "likely": true, "new": true,
	} {
		if got := parseFilter(text)(g); got != want {
			t.Errorf("filter %q: %v", text, got)
		}
	}
}

// A size, a filter and crashes that come in leave the chosen bug chosen.
func TestSelectionStays(t *testing.T) {
	m := screenOf(t, 80, 24, nil)
	press(m, "down")
	title := m.group().Title
	same := func(what string) {
		t.Helper()
		if g := m.group(); g == nil || g.Title != title {
			t.Errorf("%s: another bug is chosen", what)
		}
	}
	for _, size := range [][2]int{{60, 15}, {200, 70}, {40, 10}, {80, 24}} {
		send(m, tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		same("size")
	}
	press(m, "/")
	press(m, `"rcu" enter`)
	same("filter")
	press(m, "esc m")
	same("by host")
	press(m, "m m")
	same("by bug")
	r := unknownReport()
	r.Title, r.Fingerprint.Similar = "kernel BUG in sample_new", "ffff000011112222"
	if _, err := m.o.Store.Add(context.Background(), &store.Crash{Seen: noon.Add(-time.Second), Report: r}); err != nil {
		t.Fatal(err)
	}
	send(m, tickMsg(noon))
	same("a crash came in")
	if !strings.Contains(shown(m), "kernel BUG in sample_new") || m.message != "1 crash came in" {
		t.Errorf("the crash that came in is not shown: %q", m.message)
	}
	press(m, "enter 2")
	send(m, tea.WindowSizeMsg{Width: 60, Height: 15})
	if m.crash.tab != tabTrace {
		t.Error("the size changed the tab")
	}
}

// Whoever has not chosen anything sees what came in last at the top.
func TestNewCrashIsChosenUntilTheUserChooses(t *testing.T) {
	m := screenOf(t, 80, 24, nil)
	r := unknownReport()
	r.Title, r.Fingerprint.Similar = "kernel BUG in sample_new", "ffff000011112222"
	_, _ = m.o.Store.Add(context.Background(), &store.Crash{Seen: noon.Add(-time.Second), Report: r})
	send(m, tickMsg(noon))
	if m.group().Title != r.Title {
		t.Errorf("%s is chosen", m.group().Title)
	}
}

func notesOf(t *testing.T, m *Model) []store.Note {
	t.Helper()
	notes, err := m.o.Store.Notes(context.Background(), m.group().ID)
	if err != nil {
		t.Fatal(err)
	}
	return notes
}

func TestNotes(t *testing.T) {
	for _, c := range []struct {
		name, keys string
		want       int
	}{
		{"saved", `t "seen" ctrl+s`, 1},
		{"left and saved", `t "seen" esc y`, 1},
		{"thrown away", `t "seen" esc n`, 0},
		{"gone on with", `t "se" esc esc "en" ctrl+s`, 1},
		{"quit at once", `t "seen" ctrl+c`, 1},
		{"empty", `t ctrl+s esc`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := screenOf(t, 80, 24, nil)
			press(m, c.keys)
			notes := notesOf(t, m)
			if len(notes) != c.want || c.want == 1 && notes[0].Text != "seen" {
				t.Errorf("notes are %v", notes)
			}
			if g, err := m.o.Store.Group(context.Background(), m.group().ID); c.want == 1 && (err != nil || g.Status != store.Noted) {
				t.Errorf("the status is %v, %v", g, err)
			}
		})
	}
}

// A program that is killed keeps the note that was being written.
func TestNoteSurvivesTheEnd(t *testing.T) {
	m := screenOf(t, 80, 24, nil)
	press(m, `t "seen"`)
	if err := m.keepDraft(); err != nil {
		t.Fatal(err)
	}
	if notes := notesOf(t, m); len(notes) != 1 || notes[0].Text != "seen" {
		t.Errorf("notes are %v", notes)
	}
}

// failing is a store whose disk is full.
type failing struct{ store.Store }

func (failing) AddNote(context.Context, string, store.Note) error {
	return errors.New("the disk is full")
}

// A note that can't be saved is in the editor again, and the program does not end.
func TestNoteThatCannotBeSaved(t *testing.T) {
	m := screenOf(t, 80, 24, nil)
	m.o.Store = failing{m.o.Store}
	press(m, `t "seen" ctrl+c`)
	n, open := m.overlay.(*note)
	if !open || n.text() != "seen" || m.quitting || !m.bad || !strings.Contains(m.message, "the disk is full") {
		t.Errorf("overlay %T, quitting %v, message %q", m.overlay, m.quitting, m.message)
	}
}

// A bug is closed only after a question, and comes back with r.
func TestClose(t *testing.T) {
	m := screenOf(t, 80, 24, nil)
	id := m.group().ID
	status := func() store.Status {
		g, err := m.o.Store.Group(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		return g.Status
	}
	press(m, "c n")
	press(m, "c esc")
	if status() != store.Known {
		t.Fatalf("closed without a yes: %s", status())
	}
	press(m, "c y")
	if status() != store.Closed || strings.Contains(shown(m), "nf_nat_sample") {
		t.Fatalf("the status is %s", status())
	}
	press(m, "a g")
	if m.group().ID != id {
		t.Fatal("a does not show what is closed")
	}
	press(m, "r")
	if status() != store.Reopened {
		t.Errorf("the status is %s", status())
	}
}

func TestCopy(t *testing.T) {
	for keys, want := range map[string]string{
		"y enter": "web-07 2026-11-29 11:57Z: BUG: unable to handle kernel NULL pointer dereference in nf_nat_sample on " +
			"6.1.90-1-amd64 = KNOWN nf-nat-sample-ext, fixed in 6.1.94, 6.6.34, 6.10; do now: Install the kernel that has the " +
			"fix, and boot it:; 21 crashes of this bug [d2ba376fd5c22943]",
		"y down enter": "KNOWN: nf_nat: the extension is read before it is there (nf-nat-sample-ext, score 0.93), fixed in " +
			"6.1.94, 6.6.34, 6.10; this kernel is affected. Do now: Install the kernel that has the fix, and boot it: " +
			"apt install linux-image-amd64",
		"y down down enter":      "redact=true",
		"y down down down enter": "redact=false",
	} {
		m := screenOf(t, 80, 24, nil)
		fields := strings.Fields(keys)
		press(m, strings.Join(fields[:len(fields)-1], " "))
		_, cmd := m.Update(keyPress("enter"))
		if cmd == nil {
			t.Fatalf("%s copies nothing", keys)
		}
		if got := toText(cmd()); !strings.Contains(got, want) {
			t.Errorf("%s copies\n%s\nwant\n%s", keys, got, want)
		}
	}
}

// Symbols are loaded, and the open crash is read again with them; a file that isn't there is said.
func TestSymbols(t *testing.T) {
	m := screenOf(t, 80, 24, nil)
	b := m.o.Backend.(*backend)
	press(m, "enter s tab enter")
	if len(b.symbols) != 1 || b.symbols[0] != "/boot/System.map-6.1.90-1-amd64" || b.analysed != 2 {
		t.Errorf("loaded %v, read %d times", b.symbols, b.analysed)
	}
	press(m, `s "missing" enter`)
	if !m.bad || !strings.Contains(m.message, "no such file") {
		t.Errorf("the message is %q", m.message)
	}
}

func TestOpenAsksTheBackend(t *testing.T) {
	m := screenOf(t, 80, 24, nil)
	press(m, "enter 2 o down down enter")
	if got := m.o.Backend.(*backend).editor; got != "net/netfilter/nf_nat_core.c:612" {
		t.Errorf("opened %q", got)
	}
	press(m, "esc enter 3 o end enter")
	if got := m.o.Backend.(*backend).editor; got != "log:8" {
		t.Errorf("opened %q", got)
	}
	press(m, "o enter")
	if !strings.Contains(m.message, "in your clipboard: https://git.kernel.org/torvalds/c/9e8f1ba3c2d19e8f1ba3") {
		t.Errorf("the message is %q", m.message)
	}
}

// Only addresses of the web are offered to a browser, and only hashes are made into one.
func TestWebAddress(t *testing.T) {
	for s, want := range map[string]bool{
		"https://example.org/a?b=c#d": true, "http://example.org": true, "file:///etc/passwd": false, "javascript:1": false,
		"https://user@example.org": false, "--help": false, "https://": false, "https://a b": false, "https://a\x1b[0m": false,
		"https://exämple.org": false,
	} {
		if webAddress(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
	for s, want := range map[string]bool{"9e8f1ba3": true, "9e8f": false, "../../..": false, "9E8F1BA3": false} {
		if isHash(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

// toText is what a message of bubbletea for the clipboard holds.
func toText(msg tea.Msg) string {
	switch x := msg.(type) {
	case interface{ String() string }:
		return x.String()
	case nil:
		return ""
	}
	return strings.TrimSpace(sprint(msg))
}
