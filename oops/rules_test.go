package oops

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// example is a small log of testdata/rules.txt with what is expected of its first crash.
type example struct {
	title, kind string
	corrupted   bool
	line        int
	log         string
}

// examples reads testdata/rules.txt. There, "@trace f g" stands for a call trace, "@rip f" for a register dump.
func examples(t testing.TB) []example {
	t.Helper()
	data, err := os.ReadFile("testdata/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []example
	want := 0
	clock := 100
	for n, row := range strings.Split(string(data), "\n") {
		switch {
		case strings.HasPrefix(row, "#"):
		case strings.HasPrefix(row, ">>> "):
			out = append(out, example{title: row[4:], line: n + 1})
			want = 1
		case want == 1:
			kind, rest, _ := strings.Cut(row, " ")
			e := &out[len(out)-1]
			e.kind, e.corrupted = kind, rest == "corrupted"
			want = 0
		case row != "" && len(out) > 0:
			for _, s := range expand(row) {
				clock++
				out[len(out)-1].log += fmt.Sprintf("[%5d.%06d] %s\n", clock/100, clock%100*10000, s)
			}
		}
	}
	return out
}

func expand(row string) []string {
	names := strings.Fields(row)
	switch names[0] {
	case "@trace":
		out := []string{"Call Trace:"}
		for i, f := range names[1:] {
			if q, ok := strings.CutPrefix(f, "?"); ok {
				out = append(out, fmt.Sprintf(" ? %s+0x%x/0x200", q, 0x10+i))
				continue
			}
			out = append(out, fmt.Sprintf(" %s+0x%x/0x200", f, 0x10+i))
		}
		return out
	case "@rip":
		return []string{
			"CPU: 1 PID: 4711 Comm: probe Not tainted 6.6.0 #1",
			"RIP: 0010:" + names[1] + "+0x21/0x90",
			"Code: 48 89 e5 41 54 53 48 89 fb <48> 8b 07 48 85 c0 74 0c",
			"RSP: 0018:ffffc90000123d48 EFLAGS: 00010246",
			"RAX: 0000000000000000 RBX: ffff888100a1b2c0 RCX: 0000000000000001",
		}
	}
	return []string{row}
}

// TestRuleExamples parses every example and holds that no row of rules is without one.
func TestRuleExamples(t *testing.T) {
	shown := map[*rule]bool{}
	for _, e := range examples(t) {
		for _, row := range strings.Split(e.log, "\n") {
			if _, text, ok := strings.Cut(row, "] "); ok {
				if m, ok := matchRule(strings.TrimSpace(text)); ok {
					shown[m.rule] = true
				}
			}
		}
		crash := first(e.log)
		if crash == nil {
			t.Errorf("testdata/rules.txt:%d: no crash found, want %q", e.line, e.title)
			continue
		}
		if crash.Title != e.title || string(crash.Kind) != e.kind || crash.Corrupted != e.corrupted {
			t.Errorf("testdata/rules.txt:%d: got %q, kind %s, corrupted %v; want %q, kind %s, corrupted %v\n%v",
				e.line, crash.Title, crash.Kind, crash.Corrupted, e.title, e.kind, e.corrupted, crash.Damage)
		}
	}
	for i := range rules {
		if !shown[&rules[i]] {
			t.Errorf("rules[%d] has no example in testdata/rules.txt: gate %q, title %q", i, rules[i].gate, rules[i].title)
		}
	}
}

func first(log string) *Crash {
	var p Parser
	for c := range p.Crashes(strings.NewReader(log)) {
		if c != nil {
			return c
		}
	}
	return nil
}

// TestRulesTable holds what every row must have.
func TestRulesTable(t *testing.T) {
	for i, r := range rules {
		if r.gate == "" || r.kind == "" || r.sev == "" || r.title == "" {
			t.Errorf("rules[%d] lacks gate, kind, severity or title: %+v", i, r)
		}
		if strings.Contains(r.title, "{F}") && r.from == fromNone {
			t.Errorf("rules[%d]: title %q does not go with where its function is looked for", i, r.title)
		}
	}
}
