// Package scan goes through logs of any size and tells where crashes may be, so that the parser (package oops) reads
// those places only. Begin with [File] or [Stream]; the [Finder] is what oops.Parser's Found asks.
//
// What it finds and what the parser would find without it are the same crashes: it looks for the markers that the
// grammar looks for (package oops/marker), with the rows around them.
//
// Memory is a few shards for an input of any length. Nothing here knows what an oops is.
package scan

import (
	"bytes"
	"context"
	"errors"
	"math"

	"github.com/nfoops/nfoops/oops/marker"
)

// Finder goes through one input, once. It must not be used by several goroutines at once.
type Finder struct {
	next func() *shard // the shards in order; the last one has an error
	free func(*shard)  // takes a shard that is needed no more
	stop context.CancelFunc

	progress func(n int)
	shards   []*shard // those that the regions still need, in order
	done     error    // of the last shard
	line     int      // number of the line at the end of shards
	start    int64    // where that line begins
	whole    bool
	found    struct {
		shard int   // index of the one with the hit
		at    int64 // offset of the marker
	}
	gone int64 // bytes that were gone through
	open bool  // the last line has no end
}

// shard is a part of the input.
type shard struct {
	off   int64  // of data in the input
	data  []byte // what is there
	buf   []byte // overlap bytes from before data, and data
	hits  []int  // where markers begin that end in data: indexes of data, negative for those that began before
	lines int    // line ends in data
	err   error  // behind data; io.EOF at the end of the input
	ready chan struct{}

	line  int                     // number of the line at off
	start int64                   // where that line begins
	known struct{ at, lines int } // so many line ends before the index at of data
}

// overlap is how many bytes before a shard can belong to a marker that ends in it.
var overlap = func() int {
	n := 0
	for i := range marker.Table {
		n = max(n, len(marker.Table[i].Text))
	}
	return n - 1
}()

// Lines is the number of lines that were gone through.
func (f *Finder) Lines() int {
	if f.open {
		return f.line
	}
	return f.line - 1
}

// Bytes is the number of bytes that were gone through.
func (f *Finder) Bytes() int64 { return f.gone }

// Close ends the reading ahead. What is read is not closed.
func (f *Finder) Close() { f.stop() }

// Next gives the place of the first marker at or behind the offset from, which must not be less than in the call
// before. It returns io.EOF behind the last one, or the error that ended the input.
func (f *Finder) Next(from int64) (marker.Place, error) {
	if f.whole {
		return marker.Place{}, f.finish()
	}
	for i := 0; ; i++ {
		for i >= len(f.shards) {
			switch err := f.pull(); {
			case errors.Is(err, marker.ErrPause):
				continue // nothing waits
			case err != nil:
				return marker.Place{}, err
			}
			f.forget(max(from, f.shards[i].off-int64(overlap)), &i)
			if f.whole {
				return marker.Place{}, nil
			}
		}
		s := f.shards[i]
		for k, hit := range s.hits {
			if at := s.off + int64(hit); at >= from {
				s.hits = s.hits[k:]
				f.forget(at, &i)
				f.found.shard, f.found.at = i, at
				return s.place(hit), nil
			}
		}
		s.hits = nil
	}
}

// nearRow is how many bytes before and behind a marker its row, and the one behind, are looked for.
const nearRow = 4 << 10

// place gives the rows at a marker, if they are short and lie in this shard.
func (s *shard) place(hit int) (p marker.Place) {
	if hit < 0 {
		return p
	}
	from := max(0, hit-nearRow)
	b := s.data[from:min(len(s.data), hit+nearRow)]
	begin := bytes.LastIndexByte(b[:hit-from], '\n') + 1
	end := begin + bytes.IndexByte(b[begin:], '\n')
	if begin == 0 || end < begin {
		return p
	}
	row := bytes.TrimRight(b[begin:end], "\r")
	behind, _, whole := bytes.Cut(b[end+1:], []byte{'\n'})
	if !whole || bytes.IndexByte(row, '\r') >= 0 {
		return p
	}
	behind, _, _ = bytes.Cut(behind, []byte{'\r'})
	return marker.Place{Row: row, Behind: behind, End: s.off + int64(from+end+1)}
}

// Region gives what stands around the place that Next has found last. It may be asked for once.
func (f *Finder) Region() marker.Region {
	if f.whole {
		return marker.Region{Reader: &reader{f: f}, Line: 1, Marker: math.MaxInt64, Whole: true}
	}
	return f.region(f.found.shard, f.found.at)
}

// finish goes through what is left.
func (f *Finder) finish() error {
	for {
		if err := f.pull(); err != nil {
			return err
		}
		i := len(f.shards)
		f.forget(math.MaxInt64, &i)
	}
}

// pull takes the next shard.
func (f *Finder) pull() error {
	if f.done != nil {
		return f.done
	}
	s := f.next()
	if errors.Is(s.err, marker.ErrPause) {
		return s.err
	}
	f.done = s.err
	if f.progress != nil {
		f.progress(len(s.data))
	}
	if s.off == 0 {
		f.line = 1
		switch {
		case bytes.HasPrefix(s.data, []byte{0xff, 0xfe}), bytes.HasPrefix(s.data, []byte{0xfe, 0xff}):
			f.whole = true
		case bytes.HasPrefix(s.data, []byte{0xef, 0xbb, 0xbf}):
			f.start = 3
		}
	}
	s.line, s.start = f.line, f.start
	f.line += s.lines
	if i := bytes.LastIndexByte(s.data, '\n'); i >= 0 {
		f.start = s.off + int64(i) + 1
	}
	if n := len(s.data); n > 0 {
		f.gone += int64(n)
		f.open = s.data[n-1] != '\n'
	}
	f.shards = append(f.shards, s)
	return nil
}

// reach is how far before a marker its region can begin: the rows may be the pieces of one.
const reach = marker.LeadBytes + 2*marker.MaxRow

// Lookback is how many bytes before a region can still be had from Before.
const Lookback = 256 << 10

// Before appends to dst what stands before the offset off of the last region or of what was read of it: at most
// Lookback bytes, none of them before from. It gives less, at worst nothing, where they are not held any more.
func (f *Finder) Before(dst []byte, from, off int64) []byte {
	from = max(from, off-Lookback)
	for _, s := range f.shards {
		lo, hi := max(from-s.off, 0), min(off-s.off, int64(len(s.data)))
		if lo < hi {
			dst = append(dst, s.data[lo:hi]...)
		}
	}
	return dst
}

// forget drops the shards that no region of a marker at or behind the offset at needs, and moves the index i along.
func (f *Finder) forget(at int64, i *int) {
	n := 0
	for n < len(f.shards)-1 && n < *i && f.shards[n+1].off <= at-reach-Lookback {
		f.free(f.shards[n])
		n++
	}
	f.shards = append(f.shards[:0], f.shards[n:]...)
	*i -= n
}

// region makes the region of the marker at an offset that is in the i-th shard or in the end of the one before.
func (f *Finder) region(i int, at int64) marker.Region {
	r := marker.Region{Marker: at}
	first := f.shards[0].off
	rows := 0
	limit := max(first, at-reach)
	begin := int64(-1) // of the line that is the farthest
	for j := i; j >= 0 && rows <= marker.LeadRows; j-- {
		s := f.shards[j]
		b := s.data[:max(0, min(int64(len(s.data)), at-s.off))]
		for rows <= marker.LeadRows {
			k := bytes.LastIndexByte(b, '\n')
			if k < 0 || s.off+int64(k)+1 < limit {
				break
			}
			begin, b = s.off+int64(k)+1, b[:k]
			rows++
		}
	}
	switch {
	case rows > marker.LeadRows:
		r.Off = begin
	case limit == 0:
		r.Off = 0
	default: // a piece of the line that begins before
		start := f.lineStart(limit)
		r.Off = start + (limit-start+marker.MaxRow-1)/marker.MaxRow*marker.MaxRow
		if r.Off > start {
			r.Cut = true
		}
		if begin >= 0 && r.Off >= begin {
			r.Off, r.Cut = begin, false
		}
	}
	r.Line = f.lineAt(r.Off)
	r.Reader = &reader{f: f, at: r.Off}
	return r
}

// lineStart is where the line begins that the offset is in.
func (f *Finder) lineStart(off int64) int64 {
	s := f.shards[f.shardAt(off)]
	if k := bytes.LastIndexByte(s.data[:off-s.off], '\n'); k >= 0 {
		return s.off + int64(k) + 1
	}
	return s.start
}

func (f *Finder) lineAt(off int64) int {
	s := f.shards[f.shardAt(off)]
	at := int(off - s.off)
	if at < s.known.at {
		s.known.at, s.known.lines = 0, 0
	}
	s.known.lines += bytes.Count(s.data[s.known.at:at], []byte{'\n'})
	s.known.at = at
	return s.line + s.known.lines
}

// shardAt is the index of the shard that holds the offset.
func (f *Finder) shardAt(off int64) int {
	i := len(f.shards) - 1
	for i > 0 && f.shards[i].off > off {
		i--
	}
	return i
}

// reader gives the bytes from an offset on, and takes further shards as it needs them.
type reader struct {
	f  *Finder
	at int64
}

// step bounds one read: most regions are short.
const step = 8 << 10

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	f := r.f
	for {
		s := f.shards[f.shardAt(r.at)]
		if from := r.at - s.off; from < int64(len(s.data)) {
			n := copy(p[:min(len(p), step)], s.data[from:])
			r.at += int64(n)
			return n, nil
		}
		if err := f.pull(); err != nil {
			return 0, err
		}
		if f.whole {
			i := len(f.shards)
			f.forget(r.at, &i)
		}
	}
}
