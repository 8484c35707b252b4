package triage

import (
	"bytes"

	"github.com/nfoops/nfoops/oops/testrun"
)

// attribution tells which test ran when an input's crashes happened, from what stands before them. Each byte is looked
// at once, so the cost does not grow with the number of crashes.
type attribution struct {
	finder Finder
	buf    []byte
	end    int64 // how far it has looked
	last   *Test // the last test line before end; nil for none in reach
}

// of is the last test line before the crash, nil where none is in reach. Crashes come in the order of the input; where
// two of them interleave, the second has the test of the first.
func (a *attribution) of(r *Report) *Test {
	off := r.Span.Offset
	if off <= a.end {
		return a.last
	}
	a.buf = a.finder.Before(a.buf[:0], a.end, off)
	rows := a.buf
	start := off - int64(len(rows))
	if start > a.end { // some is out of reach: what was known is out of date, and the first row is a piece
		a.last = nil
		rows = rows[bytes.IndexByte(rows, '\n')+1:]
	}
	a.end = off
	if t, found := testrun.Last(rows); found {
		a.last = &Test{
			Name: t.Name, State: string(t.State), Runner: t.Runner,
			Line: r.Span.FirstLine - bytes.Count(rows[t.Off:], []byte{'\n'}),
		}
	}
	return a.last
}
