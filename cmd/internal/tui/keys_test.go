package tui

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// No key means two things at one place, and every row says what it does.
func TestKeyTable(t *testing.T) {
	keys := bindings()
	for i, k := range keys {
		if k.help == "" || k.do == nil || len(k.keys) == 0 || k.bits == 0 {
			t.Errorf("row %d (%v) is not whole", i, k.keys)
		}
		for _, other := range keys[i+1:] {
			if k.bits&other.bits == 0 {
				continue
			}
			for _, name := range k.keys {
				if slices.Contains(other.keys, name) {
					t.Errorf("%s is %q and %q", name, k.help, other.help)
				}
			}
		}
	}
}

// Every row of the table stands in the help, under one heading.
func TestHelpHasEveryKey(t *testing.T) {
	for _, k := range bindings() {
		n := 0
		for _, p := range places {
			if k.in(p.bits) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%v (%s) stands under %d headings", k.keys, k.help, n)
		}
	}
}

// docs/keys.md is made from the table.
func TestKeysDocument(t *testing.T) {
	const path = "../../../docs/keys.md"
	want := keysDocument()
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/keys.md is stale (%v): make golden-update", err)
	}
}

// Every key works everywhere: each one of the table on every screen, with every kind of crash, changes nothing into
// a panic and leaves a screen of the right size.
func TestEveryKeyEverywhere(t *testing.T) {
	ways := []string{"", "m", "a G", "G", "enter", "enter 2", "enter 3", "enter 4", "enter 5", "enter 6", "?", "v G d", "v G enter d", "y", "o",
		"enter 2 o", "/", "enter /", "s", "t", `t "x"`, `t "x" esc`, "c", "G enter 3"}
	for _, files := range []bool{false, true} {
		for _, way := range ways {
			for _, k := range bindings() {
				for _, name := range k.keys[:1] { // the others do the same
					m := screenOf(t, 80, 24, func(o *Options) { o.Files = files })
					press(m, way)
					press(m, name)
					checkSize(t, m, 80, 24, way+" "+name)
				}
			}
		}
	}
}

// A key that can't be used says why, and what would help.
func TestDisabledKeysSayWhy(t *testing.T) {
	for _, c := range []struct {
		keys, want string
		files      bool
	}{
		{keys: "d", want: "d: mark the other crash first: v"},
		{keys: "r", want: "r: it is open: its status is known"},
		{keys: "t", want: "t: notes are kept in an inbox", files: true},
		{keys: "c", want: "c: only the inbox keeps what is closed", files: true},
		{keys: "enter E", want: "E: this is the newest crash of this bug"},
		{keys: "enter n", want: "n: search first: /"},
		{keys: "G enter 6 +", want: "+: no other known bug is alike"},
		{keys: "down enter 2 enter", want: "Enter: the raw log of this crash was not kept"},
		{keys: "s tab esc esc", want: "Esc: there is no filter; q quits"},
	} {
		m := screenOf(t, 80, 24, func(o *Options) { o.Files = c.files })
		press(m, c.keys)
		if !strings.HasPrefix(m.message, c.want) {
			t.Errorf("%q says %q, want %q", c.keys, m.message, c.want)
		}
	}
}

func checkSize(t *testing.T, m *Model, w, h int, what string) {
	t.Helper()
	lines := strings.Split(m.draw(), "\n")
	if len(lines) != h {
		t.Errorf("%s: %d lines instead of %d", what, len(lines), h)
	}
	for i, l := range lines {
		if n := len([]rune(stripped(l))); n > w {
			t.Errorf("%s: line %d has %d columns: %q", what, i, n, l)
		}
	}
}

var _ tea.Model = (*Model)(nil)
