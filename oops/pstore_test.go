package oops_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nfoops/nfoops/oops"
)

// TestPstoreOrder holds that the parts of a pstore dump are one crash in any order: by name the newest comes first.
func TestPstoreOrder(t *testing.T) {
	texts := consoleLines(t, filepath.Join("..", "testdata", "logs", "nf-conntrack-x86_64-6.x", "oops.txt"))
	want := onlyCrash(t, strings.Join(texts, "\n")+"\n")
	for n := range 200 {
		texts = append([]string{fmt.Sprintf("audit: type=1131 pid=%d uid=0", n)}, texts...)
	}
	var parts []string
	for part := range slices.Chunk(texts, 23) {
		parts = append(parts, strings.Join(part, "\n")+"\n")
	}
	for i := range parts {
		parts[i] = fmt.Sprintf("Panic#1 Part%d\n", len(parts)-i) + parts[i]
	}
	newest := slices.Clone(parts)
	slices.Reverse(newest)
	byName := slices.Clone(parts) // Part1, Part10, Part11, Part2, …
	slices.Sort(byName)
	for name, order := range map[string][]string{"oldest first": parts, "newest first": newest, "by name": byName} {
		log := strings.Join(order, "")
		got := onlyCrash(t, log)
		if got == nil {
			t.Errorf("%s: not one crash", name)
			continue
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(oops.Crash{})); diff != "" {
			t.Errorf("%s: differs from the plain log (-plain +parts):\n%s", name, diff)
		}
		var p oops.Parser
		for c := range p.Crashes(strings.NewReader(log)) {
			if c.FirstLine > c.LastLine || c.Span.Off < 0 || c.Span.Len <= 0 || c.Span.Off+c.Span.Len > int64(len(log)) {
				t.Errorf("%s: lines %d to %d, span %+v", name, c.FirstLine, c.LastLine, c.Span)
			}
		}
	}
}
