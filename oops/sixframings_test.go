package oops_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// capturedRows are the lines of a captured crash without the printk time.
func capturedRows(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "logs", "captured", name, "serial.log"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for row := range strings.Lines(string(data)) {
		_, text, ok := strings.Cut(strings.TrimRight(row, "\r\n"), "] ")
		if ok {
			out = append(out, text)
		}
	}
	return out
}

func eraLog(t *testing.T, name string) string {
	t.Helper()
	for _, e := range append(append([]era{}, eras...), pasted...) {
		if e.name == name {
			return e.log
		}
	}
	t.Fatalf("no era %q", name)
	return ""
}

// TestSixFramings redoes the table that compares log parsers, with crashes that were captured for this project, and
// prints it (go test -v). Each row needs one report of the right place, or one for each of two CPUs.
func TestSixFramings(t *testing.T) {
	rows := capturedRows(t, "connlimit-natural-kaslr")
	framed := func(format func(n int, text string) string) string {
		var b strings.Builder
		for n, text := range rows {
			b.WriteString(format(n, text) + "\n")
		}
		return b.String()
	}
	ext, err := os.ReadFile(filepath.Join("..", "testdata", "logs", "captured", "connlimit-natural-kaslr", "netconsole-ext.log"))
	if err != nil {
		t.Fatal(err)
	}
	warn := func(cpu int) []string {
		place := [2]string{"nf_conntrack_put+0x4a/0x120", "tcp_close+0x1e1/0x760"}[cpu]
		head := fmt.Sprintf("WARNING: CPU: %d PID: %d at net/core/dev.c:3131 %s", cpu, 100+cpu, place)
		return dumpOf(cpu, []string{head}, place, []string{[2]string{"nf_hook_slow+0x4a/0x120", "inet_release+0x1e1/0x760"}[cpu]})
	}
	called := func() string {
		var b strings.Builder
		for i, row := range strings.Split(strings.TrimSpace(mix(warn(0), warn(1), 1)), "\n") {
			who := i % 2 // the first line is of 0, then 1 and 0 take turns
			fmt.Fprintf(&b, "[   12.%06d][  T%d] %s\n", i, 100+who, row)
		}
		return b.String()
	}
	user := "RIP: 0033:0x47b7a0\nCode: 40 00 48 c7 c2 e0 ff ff ff f7 d8 64 89 02 48 c7 c0 ff ff ff ff <eb> b7 0f 1f 00\nRSP: 002b:00007ffe EFLAGS: 00000202\n"
	matcher := "BUG: kernel NULL pointer dereference, address: 0000000000000018\nOops: 0000 [#1] SMP\n" +
		"CPU: 1 PID: 12 Comm: nc Not tainted 6.6.12 #1\nRIP: 0010:string_mt+0x21/0x90 [xt_string]\n" +
		"Code: 48 89 e5 41 54 53 48 89 fb <48> 8b 07 48 85 c0 74 0c\nCall Trace:\n ipt_do_table+0x1a1/0x5c0 [ip_tables]\n nf_hook_slow+0x44/0xa0\n"
	count := "count_them+0x16d"
	for _, row := range []struct {
		name, log string
		places    []string
	}{
		{"bare lines (basic netconsole)", framed(func(_ int, s string) string { return s }), []string{count}},
		{"[time][ T970]", framed(func(n int, s string) string { return fmt.Sprintf("[    7.%06d][  T970] %s", n, s) }), []string{count}},
		{"syslog", framed(func(n int, s string) string { return fmt.Sprintf("Mar  7 04:05:06 gate kernel: [    7.%06d] %s", n, s) }), []string{count}},
		{"extended netconsole, as captured", string(ext), []string{count}},
		{"2.6.9 x86_64", eraLog(t, "2.6.9 x86_64, braces and decimal offsets"), []string{"tcp_packet+0xb2"}},
		{"2.6 i386", eraLog(t, "2.6.10 i386, BUG with VLI"), []string{"destroy_conntrack+0xb2"}},
		{"two warnings through each other", mix(warn(0), warn(1), 1), []string{"nf_conntrack_put+0x4a", "tcp_close+0x1e1"}},
		{"the same with callers", called(), []string{"nf_conntrack_put+0x4a", "tcp_close+0x1e1"}},
		{"an oops, then user mode's RIP and Code", framed(func(_ int, s string) string { return s }) + user, []string{count}},
		{"RIP in string_mt [xt_string]", matcher, []string{"string_mt+0x21"}},
	} {
		var places, titles []string
		var p oops.Parser
		for c, err := range p.Crashes(strings.NewReader(row.log)) {
			if err != nil {
				t.Fatal(err)
			}
			places = append(places, fmt.Sprintf("%s+%#x", c.IP.Value.Symbol, c.IP.Value.Offset))
			titles = append(titles, c.Title)
			mixed := strings.Contains(row.name, "through each other") // whose each frame is can't be told, and is said
			if strings.Contains(c.Code.Value.Text, "<eb>") || c.Corrupted != mixed {
				t.Errorf("%s: corrupted %v, code %s", row.name, c.Corrupted, c.Code.Value.Text)
			}
			if i := len(places) - 1; i < len(row.places) && c.Culprit.Symbol != strings.Split(row.places[i], "+")[0] {
				t.Errorf("%s: the culprit is %s", row.name, c.Culprit.Symbol)
			}
		}
		t.Logf("| %-40s | %s |", row.name, strings.Join(titles, "; "))
		if strings.Join(places, " ") != strings.Join(row.places, " ") {
			t.Errorf("%s: %v, want %v", row.name, places, row.places)
		}
	}
}
