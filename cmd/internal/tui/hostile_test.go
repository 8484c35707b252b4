package tui

import (
	"context"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/nfoops/nfoops/cmd/internal/plain"
	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// nasty is what a log can hold to trick a terminal: the title of the window, the clipboard, a cleared screen, the
// cursor, C1 controls, text that runs backwards, characters that can't be seen, bytes that are no text, what a build
// service takes for a command, wide characters, and no end.
var nasty = "\x1b]0;owned\a\x1b]52;c;b3duZWQ=\x1b\\\x1b[2J\x1b[1;1H\x1b[31mred\x9b31m\u009b\u202eevil\u2066\u200b\u00ad" +
	"e\u0301\u0301\u0301\xff\xc0\r\n\t\b\x7f\x00::error::x##[error]漢字" + strings.Repeat("Z", 300)

// spoil puts the nasty text into every string of a value.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + nasty)
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "Quotes" && name != "Facts" && name != "Order" {
				spoil(v.Field(i))
			}
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			value := v.MapIndex(k)
			v.SetMapIndex(reflect.ValueOf(k.String()+nasty).Convert(k.Type()), value)
		}
	}
}

// harmless fails where a screen has anything but text and SGR, or is of another size.
func harmless(t *testing.T, m *Model, w, h int, what string) {
	t.Helper()
	lines := strings.Split(m.draw(), "\n")
	if len(lines) != h {
		t.Errorf("%s: %d lines instead of %d", what, len(lines), h)
	}
	for i, l := range lines {
		for rest := l; rest != ""; {
			if n := sgr(rest); n > 0 {
				rest = rest[n:]
				continue
			}
			r := []rune(rest[:min(len(rest), 4)])[0]
			if plain.Harmful(r) {
				t.Fatalf("%s: line %d has %q: %q", what, i, r, l)
			}
			rest = rest[len(string(r)):]
		}
		if n := ansiWidth(l); n > w {
			t.Errorf("%s: line %d has %d columns", what, i, n)
		}
	}
}

// hostile is a backend whose every word is nasty.
type hostile struct{ backend }

func (h *hostile) Entry(string, int) ([]string, error) {
	return []string{nasty, "\x1b[1mbold\x1b[0m", strings.Repeat("long ", 100)}, nil
}

func (h *hostile) SymbolGuesses(*triage.Report) []string { return []string{"/boot/" + nasty} }

func (h *hostile) Text(_ *triage.Report, _ string, _ int, _ bool) []string {
	return []string{nasty, "\x1b[1mbold\x1b[0m", strings.Repeat("long ", 100)}
}

// Nothing of a log, an inbox, a note or a file name gets to the terminal as anything but text, on any screen.
func TestHostileEverywhere(t *testing.T) {
	ways := []string{"", "m", "m m down", "a G", "enter", "enter m", "enter 2 down", "enter 3", "enter 4 down", "enter 5 > >", "enter 6 +",
		"v enter e d", "v down enter d", "y", "enter 2 o", "s tab", "t", "c", "?", `/ "zz"`, "enter e", "G enter", "v"}
	for _, files := range []bool{false, true} {
		for _, ascii := range []bool{false, true} {
			s := new(Memory)
			for i := range 3 {
				r := natReport()
				if i == 2 {
					r = unknownReport()
				}
				spoil(reflect.ValueOf(r).Elem())
				r.Verdict.Status = "known"
				for n := range r.Quotes {
					r.Quotes[n] += nasty
				}
				raw := strings.ReplaceAll(rawLog, "\n", nasty+"\n")
				c := &store.Crash{Seen: noon, Host: "h" + nasty, Source: "/x/" + nasty, Report: r, Raw: []byte(raw)}
				a, err := s.Add(context.Background(), c)
				if err != nil {
					t.Fatal(err)
				}
				_ = s.AddNote(context.Background(), a.Group, store.Note{At: noon, Text: nasty})
				_ = s.SetStatus(context.Background(), a.Group, store.Reopened, nasty)
			}
			for _, size := range [][2]int{{60, 15}, {80, 24}, {120, 40}} {
				for _, way := range ways {
					m := screenOf(t, size[0], size[1], func(o *Options) {
						o.Store, o.Name, o.Files, o.ASCII = s, nasty, files, ascii
						o.Backend = &hostile{}
					})
					press(m, way)
					send(m, feedMsg{text: "reading " + nasty, done: 0.5})
					harmless(t, m, size[0], size[1], way)
					send(m, savedMsg{err: errNasty{}})
					harmless(t, m, size[0], size[1], way)
				}
			}
		}
	}
}

type errNasty struct{}

func (errNasty) Error() string { return nasty }

func FuzzGate(f *testing.F) {
	f.Add(nasty)
	f.Fuzz(func(t *testing.T, s string) {
		m := screenOf(t, 80, 24, nil)
		m.say("%s", s)
		m.inbox.filter = s
		send(m, tea.WindowSizeMsg{Width: 80, Height: 24})
		harmless(t, m, 80, 24, s)
		for _, r := range stripSGR(gate(s)) {
			if plain.Harmful(r) {
				t.Errorf("%q came through", r)
			}
		}
	})
}

func stripSGR(s string) string {
	var b strings.Builder
	for s != "" {
		if n := sgr(s); n > 0 {
			s = s[n:]
			continue
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String()
}
