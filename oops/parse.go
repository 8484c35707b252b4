package oops

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/nfoops/nfoops/oops/frame"
	"github.com/nfoops/nfoops/oops/marker"
)

// Bounds of one window: the rows that are looked at together. The kernel's longest reports (lockdep chains, stalls
// of many CPUs) stay below; a longer run is read in several windows.
const (
	quietRows   = 60      // so many rows without anything of a crash end the window
	partRows    = 1500    // the same where pstore's parts may stand in another order than they were printed
	vagueRows   = 300     // the same where all that they have are words and numbers as they are in ordinary logs, too
	windowRows  = 6000    // rows
	windowBytes = 4 << 20 // bytes
)

// The header of a crash may stand before its first marker: marker.LeadRows are kept.
var _ = [1]struct{}{}[frame.MaxRow-marker.MaxRow] // rows are cut where a finder thinks they are

// Parser reads one input. The zero value is ready; it must not be used for a second input.
type Parser struct {
	suspicious []Suspicion
	prefixes   frame.Prefixes
	booted     banners // of the last "Linux version" lines
}

// maxSuspicious bounds the list of lines that looked like a crash: a hostile log is nothing but such lines.
const maxSuspicious = 100

// Suspicious gives the lines that looked like crash text and have no known form, after the crashes were read.
func (p *Parser) Suspicious() []Suspicion { return p.suspicious }

// Crashes reads r to its end and yields its crashes in the order of their first lines. A read error is yielded
// last, with a nil Crash, after what could be read.
func (p *Parser) Crashes(r io.Reader) iter.Seq2[*Crash, error] {
	return func(yield func(*Crash, error) bool) {
		w := windows.Get().(*window)
		w.collects = true
		defer w.release()
		defer p.suspect(w)
		flush := func() bool { return p.flush(w, yield) }
		for row, err := range frame.Rows(r) {
			if err != nil {
				if flush() {
					yield(nil, err)
				}
				return
			}
			if w.add(row) && !flush() {
				return
			}
		}
		flush()
	}
}

// Finder goes through an input and tells where crashes may be. oops/scan has one.
type Finder interface {
	// Next gives the place of the first marker at or behind the offset from. It returns io.EOF behind the last one, or
	// the error that ended the input.
	Next(from int64) (marker.Place, error)
	// Region gives what stands around that place.
	Region() marker.Region
}

// Found is Crashes for an input that a finder has gone through: the same crashes, with less to read. Suspicious has the
// lines near them only: one that is so by words that ordinary programs use, too, is not looked for.
func (p *Parser) Found(f Finder) iter.Seq2[*Crash, error] {
	return func(yield func(*Crash, error) bool) {
		w := windows.Get().(*window)
		defer w.release()
		for from := int64(0); ; {
			place, err := f.Next(from)
			if err == nil && place.Row != nil && !plausible(frame.Row{Text: place.Row}, place.Behind) {
				from = place.End
				continue
			}
			if err == nil {
				from, err = p.region(f.Region(), w, yield)
			}
			switch {
			case errors.Is(err, errStopped), errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(nil, err)
				return
			}
		}
	}
}

// errStopped says that the caller wants no more.
var errStopped = errors.New("stopped")

// region reads a region until its window closes, and says where that was; io.EOF at the end of the input.
func (p *Parser) region(r marker.Region, w *window, yield func(*Crash, error) bool) (end int64, err error) {
	w.empty()
	for row, err := range frame.RowsFrom(r, r.Off, r.Line, r.Cut) {
		if err != nil {
			if !p.flush(w, yield) {
				return 0, errStopped
			}
			if errors.Is(err, marker.ErrPause) {
				return end, nil
			}
			return 0, err
		}
		end = row.Span.Off + row.Span.Len
		if end <= r.Marker && !w.open && !r.Whole {
			m, _ := marker.Find(row.Text)
			row.Dull = m == nil
			w.keep(row)
			continue
		}
		switch {
		case w.add(row):
			if !p.flush(w, yield) {
				return 0, errStopped
			}
			if !r.Whole {
				return end, nil
			}
		case !w.open && !w.waits && !r.Whole:
			return end, nil // the marker was none, or was cut with its row
		}
	}
	if !p.flush(w, yield) {
		return 0, errStopped
	}
	return 0, io.EOF
}

// flush yields the crashes of the window, if it is open, and says whether more are wanted.
func (p *Parser) flush(w *window, yield func(*Crash, error) bool) bool {
	if w.decide(nil); !w.open {
		return true
	}
	for _, c := range p.window(w) {
		if !yield(c, nil) {
			return false
		}
	}
	w.reset()
	return true
}

// window collects rows: a few from before the first marker, then all until it goes quiet.
type window struct {
	rows  []frame.Row
	text  []byte       // the chunk that the rows' texts are copied to
	end   int64        // rows before this offset were part of the window before
	lines []frame.Line // a buffer for those of the rows
	bytes int
	quiet int // rows since the last that looks at all like one of a crash
	vague int // rows since the last that surely does
	open  bool
	parts bool // rows of pstore were seen
	waits bool // the last row has a marker; whether it opens the window, the next row tells

	collects bool        // odd is wanted
	odd      []frame.Row // outside of windows, with a marker; text of their own
}

// windows holds the buffers of windows for the next input. The lines that are made of rows keep nothing of them.
var windows = sync.Pool{New: func() any { return new(window) }}

// release gives the buffers back, but for large ones.
func (w *window) release() {
	const largest = 1 << 10 // rows
	if cap(w.rows) <= largest && cap(w.text) <= textChunk && cap(w.lines) <= largest {
		clear(w.rows[:cap(w.rows)])
		clear(w.lines)
		*w = window{rows: w.rows[:0], text: w.text[:0], lines: w.lines[:0]}
		windows.Put(w)
	}
}

// textChunk is the size in bytes of the chunks that hold the texts of the rows.
const textChunk = 8 << 10

// add takes a row and says whether the window is complete.
func (w *window) add(row frame.Row) (full bool) {
	w.decide(row.Text)
	m, at := marker.Find(row.Text)
	row.Dull = m == nil
	opens := m != nil && (m.Class != marker.Weak || marker.Opens(row.Text[at+1:]))
	switch {
	case w.open:
	case opens && row.Span.Off >= w.end:
		w.lead()
		w.append(row)
		w.waits = true
		return false
	default:
		if m != nil && !opens {
			w.noteOdd(row)
		}
		w.keep(row)
		return false
	}
	w.append(row)
	switch {
	case opens || looksKernel(row.Text):
		w.quiet, w.vague = 0, 0
	case vaguelyKernel(row.Text):
		w.quiet, w.vague = 0, w.vague+1
	default:
		w.quiet, w.vague = w.quiet+1, w.vague+1
	}
	if frame.IsPart(row.Text) {
		w.parts = true
	}
	quiet := w.quiet > quietRows || w.vague > vagueRows
	if w.parts {
		quiet = w.quiet > partRows
	}
	return quiet || len(w.rows) >= windowRows || w.bytes >= windowBytes
}

// decide opens the window if its last row has a marker and can be of a crash; next is the row behind it.
func (w *window) decide(next []byte) {
	if w.waits {
		w.waits = false
		w.open = plausible(w.rows[len(w.rows)-1], next)
		if w.open {
			from := w.rows[0].Span.Off
			w.odd = slices.DeleteFunc(w.odd, func(r frame.Row) bool { return r.Span.Off >= from }) // of the window now
		} else {
			w.noteOdd(w.rows[len(w.rows)-1])
		}
	}
}

// noteOdd keeps a row that may be suspicious.
func (w *window) noteOdd(row frame.Row) {
	if w.collects && len(w.odd) < maxSuspicious {
		row.Text = bytes.Clone(row.Text)
		w.odd = append(w.odd, row)
	}
}

// suspect adds the rows outside of windows that a rule fits.
func (p *Parser) suspect(w *window) {
	n := len(p.suspicious)
	for _, row := range w.odd {
		for _, ln := range frame.Strip(row) {
			text := strings.TrimSpace(ln.Text)
			if fitting(text) != nil && len(p.suspicious) < maxSuspicious && !userFault(text) {
				p.suspicious = append(p.suspicious, Suspicion{Line: ln.Num, Text: ln.Text, Why: "no call trace follows"})
			}
		}
	}
	if len(p.suspicious) > n {
		slices.SortStableFunc(p.suspicious, func(a, b Suspicion) int { return a.Line - b.Line })
	}
}

// keep remembers a row that may turn out to stand just before a crash.
func (w *window) keep(row frame.Row) {
	if isHole(row.Text) {
		w.drop(len(w.rows))
		return
	}
	if len(w.rows) >= 2*marker.LeadRows || w.bytes >= 2*marker.LeadBytes {
		w.lead()
	}
	w.append(row)
}

// isHole says that a row is a hole in a file, or of a disk image: what stands before it is far away.
func isHole(b []byte) bool {
	return len(b) > 0 && b[0] == 0 && len(bytes.Trim(b, "\x00")) == 0
}

// lead leaves as many rows as may belong to what comes. It is the same whatever was read before them, so that a finder
// may begin anywhere.
func (w *window) lead() {
	n := max(0, len(w.rows)-marker.LeadRows)
	size := w.bytes
	for i, r := range w.rows {
		if i < n || size > marker.LeadBytes || isHole(r.Text) {
			n = max(n, i+1)
		}
		size -= int(r.Span.Len)
	}
	w.drop(n)
}

func (w *window) drop(n int) {
	for _, r := range w.rows[:n] {
		w.bytes -= int(r.Span.Len)
	}
	w.rows = append(w.rows[:0], w.rows[n:]...)
}

func (w *window) append(row frame.Row) {
	if len(row.Text) > cap(w.text)-len(w.text) {
		w.text = make([]byte, 0, max(textChunk, len(row.Text)))
	}
	if w.rows == nil {
		w.rows = make([]frame.Row, 0, 2*marker.LeadRows)
	}
	from := len(w.text)
	w.text = append(w.text, row.Text...)
	row.Text = w.text[from:len(w.text):len(w.text)]
	w.rows = append(w.rows, row)
	w.bytes += int(row.Span.Len)
}

// fresh is the index of the first row that was not part of the window before.
func (w *window) fresh() int {
	for i := range w.rows {
		if w.rows[i].Span.Off >= w.end {
			return i
		}
	}
	return len(w.rows)
}

// reset closes the window; its last rows may stand before the next.
func (w *window) reset() {
	last := w.rows[len(w.rows)-1].Span
	w.end = last.Off + last.Len
	w.open, w.quiet, w.vague, w.parts = false, 0, 0, false
	w.lead()
}

// empty forgets the rows, for those of another place of the input.
func (w *window) empty() { w.drop(len(w.rows)) }

// saysDropped: "** 12 printk messages dropped **", with the next line behind it.
func saysDropped(row []byte) bool {
	return len(row) > 0 && row[0] == '*' && bytes.Contains(row, []byte("printk messages dropped"))
}

// lostBefore keeps the numbers of lines that have a text of their own behind the words about dropped messages.
func lostBefore(lines []frame.Line, numbers []int) []int {
	var out []int
	for i := range lines {
		if ln := &lines[i]; ln.Format&frame.Noise != 0 && dropsBefore(numbers, ln.Num) {
			out = append(out, ln.Num)
		}
	}
	return out
}

// window reads the crashes of one window. Rows that belong to the window before start nothing.
func (p *Parser) window(w *window) []*Crash {
	fresh := w.fresh()
	if fresh >= len(w.rows) {
		return nil
	}
	rows := frame.InOrder(w.rows)
	var dropped []int // lines before which the kernel said that messages were dropped
	var lost []Damage
	kept := rows
	for i := range rows {
		if detail, ok := frame.LossOf(rows[i].Text); ok {
			if len(lost) == 0 {
				kept = slices.Clone(rows[:i])
			}
			lost = append(lost, Damage{Kind: DamageLost, Line: rows[i].Num, Detail: "the network lost " + detail})
			continue
		}
		if saysDropped(rows[i].Text) {
			dropped = append(dropped, rows[i].Num)
		}
		if len(lost) > 0 {
			kept = append(kept, rows[i])
		}
	}
	lines := frame.AppendStrip(slices.Grow(w.lines[:0], len(kept)), kept...)
	w.lines = lines
	if len(dropped) > 0 {
		dropped = lostBefore(lines, dropped)
	}
	p.prefixes.Learn(lines, anchor)
	p.prefixes.Take(lines, startsPlain)
	lines = frame.Unwrap(once(lines), grammar)
	clip(lines)
	var out []*Crash
	for _, lines := range byHost(lines) {
		b := newBuilder(p, ofKernel(lines), rows[:fresh])
		b.dropped, b.lost = dropped, lost
		if found := b.run(); len(out) == 0 {
			out = found
		} else {
			out = append(out, found...)
			sort.SliceStable(out, func(i, j int) bool { return out[i].FirstLine < out[j].FirstLine })
		}
	}
	return out
}
