package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/nfoops/nfoops/oops/marker"
)

// Options of a search. The zero value is good.
type Options struct {
	Jobs  int // shards that are searched at once; 0 or less is 1
	Shard int // size of a shard in bytes; 0 or less is 256 KiB
	// Live says that a stream comes slowly: what a read gives is searched at once. Its reader may return
	// ErrPause, and goes on behind it.
	Live bool
	// Progress is called with the bytes that were gone through since the last call, by whoever calls the Finder.
	Progress func(n int)
}

const defaultShard = 256 << 10

// queued is how many shards each job but the first may be ahead.
const queued = 8

func (o Options) shard() int {
	if o.Shard <= 0 {
		return defaultShard
	}
	return o.Shard
}

// pooled is the size in bytes from which on buffers are kept for the next shard.
const pooled = 64 << 10

// buffers holds those of shards of the default size.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, overlap+defaultShard)
	return &b
}}

// ErrPause is what the reader of a live stream returns where it has been silent for a while; it goes on behind it.
var ErrPause = marker.ErrPause

// ErrShrank is wrapped by the error for a file that became shorter while it was read.
var ErrShrank = errors.New("the file became shorter while it was read")

// File searches the first size bytes of a file, in shards that are read at their places.
func File(ctx context.Context, r io.ReaderAt, size int64, o Options) *Finder {
	ctx, stop := context.WithCancel(ctx)
	load := func(s *shard) {
		before := min(s.off, int64(overlap))
		n := min(int64(o.shard()), size-s.off)
		s.alloc(int(before), int(n))
		want := len(s.buf)
		got, err := r.ReadAt(s.buf, s.off-before)
		s.cut(int(before), got)
		switch {
		case got < want && (err == nil || err == io.EOF):
			s.err = fmt.Errorf("%w: %d of %d bytes", ErrShrank, s.off-before+int64(got), size)
		case got < want:
			s.err = err
		}
		s.search()
	}
	f := &Finder{free: freeShard, stop: stop, progress: o.Progress}
	if size <= int64(o.shard()) { // most files are small: no goroutine
		f.next = func() *shard {
			s := &shard{err: io.EOF}
			load(s)
			return orStopped(ctx, s)
		}
		return f
	}
	f.next = ahead(ctx, o, func(s *shard) (finish func(*shard), n int) {
		if s.off+int64(o.shard()) >= size {
			s.err = io.EOF
		}
		return load, o.shard()
	})
	return f
}

// Stream searches a stream to its end.
func Stream(ctx context.Context, r io.Reader, o Options) *Finder {
	ctx, stop := context.WithCancel(ctx)
	var tail []byte
	f := &Finder{free: freeShard, stop: stop, progress: o.Progress}
	f.next = ahead(ctx, o, func(s *shard) (finish func(*shard), n int) {
		if o.Live {
			s.buf = make([]byte, len(tail)+pooled)
		} else {
			s.alloc(len(tail), o.shard())
		}
		before := copy(s.buf, tail)
		var got int
		if o.Live {
			got, s.err = r.Read(s.buf[before:])
			s.buf = slices.Clone(s.buf[:before+got]) // there may be many small ones
		} else if got, s.err = io.ReadFull(r, s.buf[before:]); errors.Is(s.err, io.ErrUnexpectedEOF) {
			s.err = io.EOF
		}
		s.cut(before, before+got)
		tail = append(tail[:0], s.buf[max(0, len(s.buf)-overlap):]...)
		return (*shard).search, got
	})
	return f
}

// ahead makes shards one after another, in order, and finishes them in goroutines, o.Jobs at once. n is how many bytes
// the shard has. One with an error is the last, but for a pause.
func ahead(ctx context.Context, o Options, begin func(*shard) (finish func(*shard), n int)) func() *shard {
	// The parser stops at a crash for as long as many shards take to be read; the decompressor goes on meanwhile.
	order := make(chan *shard, max(0, o.Jobs-1)*queued)
	go func() {
		defer close(order)
		for off, last := int64(0), false; !last; {
			s := &shard{off: off, ready: make(chan struct{})}
			finish, n := begin(s)
			off += int64(n)
			last = s.err != nil && !errors.Is(s.err, marker.ErrPause)
			select {
			case order <- s:
			case <-ctx.Done():
				return
			}
			go func() {
				finish(s)
				close(s.ready)
			}()
		}
	}()
	var off int64
	return func() *shard {
		select {
		case s, more := <-order:
			if more {
				<-s.ready
				off = s.off + int64(len(s.data))
				return orStopped(ctx, s)
			}
		case <-ctx.Done():
		}
		return &shard{off: off, err: context.Cause(ctx)}
	}
}

func orStopped(ctx context.Context, s *shard) *shard {
	if err := ctx.Err(); err != nil {
		s.err = err
	}
	return s
}

// alloc makes room for n bytes, and for those before them.
func (s *shard) alloc(before, n int) {
	if before+n > pooled && before+n <= overlap+defaultShard {
		s.buf = (*buffers.Get().(*[]byte))[:before+n]
	} else {
		s.buf = make([]byte, before+n)
	}
}

// cut says how much of the buffer was read: before bytes are from before the shard.
func (s *shard) cut(before, n int) {
	s.buf = s.buf[:max(before, n)]
	s.data = s.buf[before:]
}

func freeShard(s *shard) {
	if cap(s.buf) == overlap+defaultShard {
		b := s.buf[:cap(s.buf)]
		buffers.Put(&b)
	}
	s.buf, s.data = nil, nil
}

// search finds the markers and counts the lines.
func (s *shard) search() {
	before := len(s.buf) - len(s.data)
	marker.Search(s.buf, func(begin, end int) {
		if end > before {
			s.hits = append(s.hits, begin-before)
		}
	})
	s.lines = bytes.Count(s.data, []byte{'\n'})
}
