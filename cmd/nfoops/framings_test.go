package main

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
)

// framings are the ways in which a console log reaches people: each turns the bare lines into its own.
var framings = map[string]func(n int, line string) string{
	"printk time": func(n int, l string) string { return fmt.Sprintf("[%5d.%06d] %s", 412, 118220+31*n, l) },
	"caller task": func(n int, l string) string { return fmt.Sprintf("[%5d.%06d][ T2214] %s", 412, 118220+31*n, l) },
	"caller cpu":  func(n int, l string) string { return fmt.Sprintf("[%5d.%06d][    C0] %s", 412, 118220+31*n, l) },
	"level":       func(_ int, l string) string { return "<1>" + l },
	"level, time": func(n int, l string) string { return fmt.Sprintf("<1>[%5d.%06d] %s", 412, 118220+31*n, l) },
	"rfc 3164":    func(_ int, l string) string { return "May 17 12:03:04 gate kernel: " + l },
	"rfc 3339":    func(_ int, l string) string { return "2005-05-17T12:03:04.118220+02:00 gate kernel: " + l },
	"rfc 3164, time": func(n int, l string) string {
		return fmt.Sprintf("May 17 12:03:04 gate kernel: [%5d.%06d] %s", 412, 118220+31*n, l)
	},
	"journald short-iso": func(_ int, l string) string { return "2005-05-17T12:03:04+0200 gate kernel: " + l },
	"kmsg":               func(n int, l string) string { return fmt.Sprintf("1,%d,%d,-;%s", 500+n, 412118220+31*n, l) },
	"extended netconsole": func(n int, l string) string {
		return fmt.Sprintf("1,%d,%d,-,caller=T2214;%s", 500+n, 412118220+31*n, l)
	},
	"CR LF":  func(_ int, l string) string { return l + "\r" },
	"ANSI":   func(_ int, l string) string { return "\x1b[0m" + l + "\x1b[K" },
	"NUL":    func(_ int, l string) string { return "\x00" + l + "\x00" },
	"quoted": func(_ int, l string) string { return "> " + l },
	"html":   func(_ int, l string) string { return html.EscapeString(l) },
	"quoted syslog": func(_ int, l string) string {
		return "> May 17 12:03:04 gate kernel: " + l
	},
	"80 columns": func(_ int, l string) string { return wrapped(l) },
	"time, 80 columns": func(n int, l string) string {
		return wrapped(fmt.Sprintf("[%5d.%06d] %s", 412, 118220+31*n, l))
	},
	"rfc 3164, 80 columns": func(_ int, l string) string { return wrapped("May 17 12:03:04 gate kernel: " + l) },
}

// wrapped breaks a line as a terminal of 80 columns does.
func wrapped(l string) string {
	var rows []string
	for len(l) > 80 {
		rows, l = append(rows, l[:80]), l[80:]
	}
	return strings.Join(append(rows, l), "\n")
}

// bare is what a report says without where it was read, when, and on which host: that is the transport's.
func bare(t *testing.T, log string) map[string]any {
	t.Helper()
	base, err := kb.Load()
	if err != nil {
		t.Fatal(err)
	}
	session := triage.NewSession(triage.Sources{KB: base}, "")
	var first *triage.Report
	n := 0
	for r, err := range session.Read(t.Context(), "log", strings.NewReader(log)) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			first = r
		}
	}
	if n != 1 {
		t.Fatalf("%d crashes, want 1", n)
	}
	data, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"span", "time", "host"} {
		delete(doc, key)
	}
	dropDamage(doc)
	dropLines(doc)
	return doc
}

// dropDamage takes out that rows were joined: it is true of wrapped logs only, and tells no other fact.
func dropDamage(doc map[string]any) {
	var kept []any
	for _, d := range doc["damage"].([]any) {
		if d.(map[string]any)["kind"] != "wrapped" {
			kept = append(kept, d)
		}
	}
	doc["damage"] = kept
}

func dropLines(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "line")
		delete(v, "log_line")
		for _, x := range v {
			dropLines(x)
		}
	case []any:
		for _, x := range v {
			dropLines(x)
		}
	}
}

// The same crash in each framing is the same report but for where it stands.
func TestFramings(t *testing.T) {
	for _, path := range []string{
		"../../testdata/kernels/connlimit-2.6.11/oops.txt", "../../testdata/logs/nf-conntrack-x86_64-6.x/oops.txt",
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.SplitSeq(strings.TrimRight(string(data), "\n"), "\n") {
			if _, text, found := strings.Cut(line, "] "); found && strings.HasPrefix(line, "[  4") {
				line = text // the log's own time
			}
			lines = append(lines, line)
		}
		want := bare(t, strings.Join(lines, "\n")+"\n")
		if want["ip"] == nil || want["code"] == nil || len(want["trace"].([]any)) < 20 {
			t.Fatalf("%s: the bare log is not read in full", path)
		}
		for name, frame := range framings {
			t.Run(name+"/"+want["arch"].(string), func(t *testing.T) {
				var b strings.Builder
				for n, line := range lines {
					b.WriteString(frame(n, line) + "\n")
				}
				if diff := cmp.Diff(want, bare(t, b.String())); diff != "" {
					t.Errorf("-bare +%s:\n%s", name, diff)
				}
			})
		}
	}
}
