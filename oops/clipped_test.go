package oops_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// TestClipped cuts rows at a column, as consoles and databases do: where it is seen, and said, no half value is taken for
// a whole one.
func TestClipped(t *testing.T) {
	seen, cut := 0, 0
	for _, e := range append(eras, machines...) {
		var whole strings.Builder
		var rows []string
		for text := range strings.Lines(e.log) {
			row := stamp(93712345678+int64(len(rows))*31) + strings.TrimSuffix(text, "\n")
			rows = append(rows, row)
			whole.WriteString(row + "\n")
		}
		want := onlyCrash(t, whole.String())
		for _, width := range []int{72, 80, 90, 100, 110, 120, 128, 140} {
			var b strings.Builder
			some := false
			for _, row := range rows {
				some = some || len(row) > width
				b.WriteString(row[:min(len(row), width)] + "\n")
			}
			found := crashes(t, []byte(b.String()))
			if !some || len(found) != 1 {
				continue
			}
			cut++
			got := found[0]
			if !slices.ContainsFunc(got.Damage, func(d oops.Damage) bool { return d.Kind == oops.DamageCut }) {
				continue // nothing tells
			}
			seen++
			for name, pair := range map[string][2]string{
				"kernel":  {want.Kernel.Value, got.Kernel.Value},
				"build":   {want.Build.Value, got.Build.Value},
				"comm":    {want.Comm.Value, got.Comm.Value},
				"place":   {want.IP.Value.Symbol, got.IP.Value.Symbol},
				"module":  {want.IP.Value.Module, got.IP.Value.Module},
				"address": {fmt.Sprint(want.FaultAddress.Value), strings.TrimPrefix(fmt.Sprint(got.FaultAddress.Value), "0")},
				"code":    {want.Code.Value.Text, got.Code.Value.Text},
				"panic":   {want.Panic.Value, got.Panic.Value},
			} {
				// lists and sentences may have lost words at their end
				if part := pair[1]; part != "" && part != pair[0] && !strings.HasPrefix(pair[0], part+" ") {
					t.Errorf("%s at %d: %s %q, was %q", e.name, width, name, part, pair[0])
				}
			}
			for _, r := range got.Registers {
				if w, ok := want.Register(r.Name); ok && w.Value != r.Value {
					t.Errorf("%s at %d: %s %#x, was %#x", e.name, width, r.Name, r.Value, w.Value)
				}
			}
			for _, m := range got.Modules {
				if !slices.ContainsFunc(want.Modules, func(w oops.Module) bool { return w.Name == m.Name && w.Flags == m.Flags }) {
					t.Errorf("%s at %d: a module %s(%s)", e.name, width, m.Name, m.Flags)
				}
			}
		}
	}
	t.Logf("%d of %d cut logs are known to be", seen, cut)
	if seen*3 < cut*2 {
		t.Errorf("only %d of %d cut logs are known to be", seen, cut)
	}
}

// TestDoubled holds that a log in which each line came twice is read as if it had come once.
func TestDoubled(t *testing.T) {
	for _, e := range append(eras, machines...) {
		var b strings.Builder
		for text := range strings.Lines(e.log) {
			b.WriteString(text + text)
		}
		found := crashes(t, []byte(b.String()))
		want := crashes(t, []byte(e.log))
		if len(found) != len(want) {
			t.Errorf("%s: %d crashes, were %d", e.name, len(found), len(want))
			continue
		}
		for i := range found {
			a, b := want[i], found[i]
			if a.Title != b.Title || len(a.Trace) != len(b.Trace) || len(a.Registers) != len(b.Registers) ||
				len(a.Modules) != len(b.Modules) || a.Code.Value != b.Code.Value || a.Fingerprint != b.Fingerprint {
				t.Errorf("%s: %q with %d frames, was %q with %d", e.name, b.Title, len(b.Trace), a.Title, len(a.Trace))
			}
		}
	}
}
