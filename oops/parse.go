package oops

import (
	"bytes"
	"io"
	"iter"
	"sync"

	"github.com/nfoops/nfoops/oops/frame"
	"github.com/nfoops/nfoops/oops/marker"
)

// Bounds of one window: the rows that are looked at together. The kernel's longest reports (lockdep chains, stalls
// of many CPUs) stay below; a longer run is read in several windows.
const (
	rowsBefore  = 40      // rows kept from before the first marker: the header may have come before it
	quietRows   = 60      // so many rows without anything of a crash end the window
	windowRows  = 6000    // rows
	windowBytes = 4 << 20 // bytes
)

// Parser reads one input. The zero value is ready; it must not be used for a second input.
type Parser struct {
	suspicious []Suspicion
	kernel     Fact[string] // of the last "Linux version" banner
	build      Fact[string]
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
		defer w.release()
		flush := func() bool {
			for _, c := range p.window(w.rows, w.fresh) {
				if !yield(c, nil) {
					return false
				}
			}
			w.reset()
			return true
		}
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
		if w.open {
			flush()
		}
	}
}

// window collects rows: a few from before the first marker, then all until it goes quiet.
type window struct {
	rows  []frame.Row
	text  []byte // the chunk that the rows' texts are copied to
	fresh int    // rows before this index were part of the window before
	bytes int
	quiet int
	open  bool
}

// windows holds the buffers of windows for the next input. The lines that are made of rows keep nothing of them.
var windows = sync.Pool{New: func() any { return new(window) }}

// release gives the buffers back, but for large ones.
func (w *window) release() {
	const largest = 1 << 10 // rows
	if cap(w.rows) <= largest && cap(w.text) <= textChunk {
		clear(w.rows[:cap(w.rows)])
		*w = window{rows: w.rows[:0], text: w.text[:0]}
		windows.Put(w)
	}
}

// textChunk is the size in bytes of the chunks that hold the texts of the rows.
const textChunk = 8 << 10

// add takes a row and says whether the window is complete.
func (w *window) add(row frame.Row) (full bool) {
	m, _ := marker.Find(row.Text)
	if !w.open {
		if m == nil {
			w.keep(row)
			return false
		}
		w.open = true
	}
	w.append(row)
	if m != nil || looksKernel(row.Text) || oneWord(row.Text) {
		w.quiet = 0
	} else {
		w.quiet++
	}
	return w.quiet > quietRows || len(w.rows) >= windowRows || w.bytes >= windowBytes
}

// keep remembers a row that may turn out to stand just before a crash.
func (w *window) keep(row frame.Row) {
	if len(row.Text) > 0 && row.Text[0] == 0 && len(bytes.Trim(row.Text, "\x00")) == 0 {
		return // a hole in a file, or a disk image: nothing to read
	}
	if len(w.rows) >= 2*rowsBefore {
		w.drop(len(w.rows) - rowsBefore)
	}
	w.append(row)
	for w.bytes > windowBytes/4 && len(w.rows) > 1 {
		w.drop(1)
	}
}

func (w *window) drop(n int) {
	for _, r := range w.rows[:n] {
		w.bytes -= len(r.Text)
	}
	w.rows = append(w.rows[:0], w.rows[n:]...)
	w.fresh = max(0, w.fresh-n)
}

func (w *window) append(row frame.Row) {
	if len(row.Text) > cap(w.text)-len(w.text) {
		w.text = make([]byte, 0, max(textChunk, len(row.Text)))
	}
	if w.rows == nil {
		w.rows = make([]frame.Row, 0, 2*rowsBefore)
	}
	from := len(w.text)
	w.text = append(w.text, row.Text...)
	row.Text = w.text[from:len(w.text):len(w.text)]
	w.rows = append(w.rows, row)
	w.bytes += len(row.Text)
}

func (w *window) reset() {
	n := max(0, len(w.rows)-rowsBefore)
	w.drop(n)
	w.fresh = len(w.rows)
	w.open, w.quiet = false, 0
}

// looksKernel is a cheap test for rows that belong to a dump: symbols with offsets, addresses, bytes.
func looksKernel(b []byte) bool {
	for _, s := range [...]string{"+0x", "[<", "ffff", "0000", "]---", "linked in", "Tainted", "tainted", "lock"} {
		if bytes.Contains(b, []byte(s)) {
			return true
		}
	}
	return false
}

// oneWord says that a short row has one word behind its time: a list of modules that was printed name by name.
func oneWord(b []byte) bool {
	const longest = 96 // bytes: transport and a name
	if len(b) > longest {
		return false
	}
	if i := bytes.LastIndexByte(b, ']'); i >= 0 {
		b = b[i+1:]
	}
	b = bytes.TrimSpace(b)
	return len(b) > 0 && bytes.IndexByte(b, ' ') < 0 && isModuleName(string(b))
}

// window reads the crashes of one window. Rows before fresh belong to the window before and start nothing.
func (p *Parser) window(rows []frame.Row, fresh int) []*Crash {
	if fresh >= len(rows) {
		return nil
	}
	lines := make([]frame.Line, 0, len(rows))
	var dropped []int // lines before which the kernel said that messages were dropped
	var lost []Damage
	for _, r := range rows {
		if detail, ok := frame.LossOf(r.Text); ok {
			lost = append(lost, Damage{Kind: DamageLost, Line: r.Num, Detail: "the network lost " + detail})
			continue
		}
		n := len(lines)
		lines = frame.AppendStrip(lines, r)
		if n < len(lines) && lines[n].Format&frame.Noise != 0 && bytes.Contains(r.Text, []byte("printk messages dropped")) {
			dropped = append(dropped, lines[n].Num)
		}
	}
	lines = frame.Unwrap(lines, grammar)
	b := newBuilder(p, lines, rows[fresh].Span.Off)
	b.dropped, b.lost = dropped, lost
	return b.run()
}
