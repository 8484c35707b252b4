package tui

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// linesOf is what a log's lines are, found in the plainest way.
func linesOf(log string) []anchor {
	list := []anchor{{1, 0}}
	for i := range len(log) - 1 {
		if log[i] == '\n' {
			list = append(list, anchor{len(list) + 1, int64(i + 1)})
		}
	}
	return list
}

func checkRaw(t *testing.T, log string, first int) {
	t.Helper()
	want := linesOf(log)
	first = min(max(first, 1), len(want))
	r := &triage.Report{Span: triage.Span{FirstLine: first, LastLine: first + 2, Offset: want[first-1].offset}}
	var v rawView
	v.open(bytes.NewReader([]byte(log)), int64(len(log)), r)
	v.layout(5)
	for _, w := range want {
		if got := v.seek(w.line); got != w {
			t.Fatalf("line %d is at %v, want %v, from %v", w.line, got, w, v.top)
		}
		if got := v.lineAt(w.offset); got != w {
			t.Fatalf("byte %d is in %v, want %v", w.offset, got, w)
		}
	}
	last := want[len(want)-1]
	if got, n := v.count(); got != last || n != len(want) {
		t.Fatalf("the last of %d lines is %v, want %v of %d", n, got, last, len(want))
	}
	for range len(want) + 3 {
		v.move(1)
	}
	if bottom := v.forward(v.top, v.h-1); bottom != last {
		t.Fatalf("the bottom is %v, want %v", bottom, last)
	}
	for range len(want) + 3 {
		v.move(-1)
	}
	if v.top != want[0] {
		t.Fatalf("the top is %v", v.top)
	}
}

func TestRawLines(t *testing.T) {
	long := strings.Repeat("x", 3*rawChunk)
	for _, log := range []string{
		"a", "a\n", "\n", "\n\n\n", rawLog, long, long + "\n" + long + "\nend\n", strings.Repeat("line\n", 3000),
	} {
		checkRaw(t, log, 3)
	}
}

func FuzzRawLines(f *testing.F) {
	f.Add("a\n\nb", 2)
	f.Fuzz(func(t *testing.T, log string, first int) {
		if len(log) > 0 {
			checkRaw(t, log, first)
		}
	})
}

// A line without an end is shown in pieces; nothing looks further than it has to.
func TestRawLineWithoutAnEnd(t *testing.T) {
	log := strings.Repeat("y", 3*rawFar)
	var v rawView
	v.open(strings.NewReader(log), int64(len(log)), &triage.Report{Span: triage.Span{FirstLine: 1}})
	v.layout(5)
	v.move(1)
	v.move(1)
	v.move(-1)
	if got := len(v.text(v.top)); got == 0 || got > rawLine {
		t.Errorf("%d bytes of a line are looked at", got)
	}
}

func TestRawSearch(t *testing.T) {
	m := screenOf(t, 80, 24, nil)
	press(m, `enter 5 / "hook" enter`)
	if got := m.crash.raw.top.line; got != 16 {
		t.Errorf("found line %d", got)
	}
	press(m, "n")
	if got := m.crash.raw.top.line; got != 16 {
		t.Errorf("the only hit is line 16, not %d", got)
	}
	press(m, `/ ctrl+u "nf_" enter`)
	if got := m.crash.raw.top.line; got != 2 {
		t.Errorf("found line %d from the top", got)
	}
	press(m, "n")
	if got := m.crash.raw.top.line; got != 7 {
		t.Errorf("the next hit is line %d", got)
	}
	press(m, "N")
	if got := m.crash.raw.top.line; got != 2 {
		t.Errorf("the hit before is line %d", got)
	}
	press(m, `/ ctrl+u "nothing" enter`)
	if !strings.Contains(m.message, "is not in the log") {
		t.Errorf("the message is %q", m.message)
	}
}
