package oops_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/oops/marker"
)

// FuzzParse: nothing panics; lines and spans are inside the input and in order; the text of a span has a crash again;
// time does not run away.
func FuzzParse(f *testing.F) {
	for _, log := range testLogs(f) {
		if len(log) < 16<<10 {
			f.Add(log)
		}
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		start := time.Now()
		found := crashes(t, log)
		if d, limit := time.Since(start), 2*time.Second+time.Duration(len(log))*50*time.Microsecond; d > limit {
			t.Fatalf("%s for %d bytes", d, len(log))
		}
		lines := bytes.Count(log, []byte("\n")) + 1
		for _, c := range found {
			if c.Span.Off < 0 || c.Span.Len < 0 || c.Span.Off+c.Span.Len > int64(len(log))+1 {
				t.Fatalf("span %+v of %d bytes", c.Span, len(log))
			}
			if c.FirstLine < 1 || c.LastLine < c.FirstLine || c.LastLine > lines {
				t.Fatalf("lines %d to %d of %d", c.FirstLine, c.LastLine, lines)
			}
			for _, fact := range stated(c) {
				if fact.name != "code" && (fact.line < 0 || fact.line > lines) {
					t.Fatalf("%s is of line %d of %d", fact.name, fact.line, lines)
				}
			}
			if c.Title == "" || c.Kind == "" || c.Severity == "" || c.Arch == "" {
				t.Fatalf("no title, kind, severity or architecture: %+v", c)
			}
		}
		// Two streams (callers, CPUs) share lines, rows are joined by what stands around them, and a crash without its
		// first line is looked for only where a line before it spoke of one; then a span alone may tell less. So it is where
		// all that was a reason to look stands behind the span.
		if len(found) == 1 && !mixed(found[0]) && !strings.HasPrefix(found[0].Title, "crash in ") {
			c := found[0]
			end := min(c.Span.Off+c.Span.Len, int64(len(log)))
			part := log[c.Span.Off:end]
			wide := bytes.HasPrefix(log, []byte("\xff\xfe")) || bytes.HasPrefix(log, []byte("\xfe\xff"))
			if !wide && marker.Opens(part) && len(crashes(t, part)) == 0 {
				t.Fatalf("no crash in the span %q of %q", part, c.Title)
			}
		}
	})
}

// mixed says that more than one stream of lines runs through the crash, or that rows of it were joined.
func mixed(c *oops.Crash) bool {
	callers := map[string]bool{}
	for i := range c.Lines {
		callers[c.Lines[i].Caller] = true
		if c.Lines[i].Last > c.Lines[i].Num {
			return true
		}
	}
	for _, d := range c.Damage {
		if d.Kind == oops.DamageInterleaved {
			return true
		}
	}
	return len(callers) > 1
}
