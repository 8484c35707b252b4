package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/nfoops/nfoops/oops/marker"
)

// Options of a search. The zero value is good.
type Options struct {
	Jobs  int // shards that are searched at once; 0 or less is 1
	Shard int // size of a shard in bytes; 0 or less is 1 MiB
}

const defaultShard = 1 << 20

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
	f := &Finder{free: freeShard, stop: stop}
	if size <= int64(o.shard()) { // most files are small: no goroutine
		f.next = func() *shard {
			s := &shard{err: io.EOF}
			load(s)
			return orStopped(ctx, s)
		}
		return f
	}
	f.next = ahead(ctx, o, func(s *shard) (finish func(*shard)) {
		if s.off+int64(o.shard()) >= size {
			s.err = io.EOF
		}
		return load
	})
	return f
}

// Stream searches a stream to its end.
func Stream(ctx context.Context, r io.Reader, o Options) *Finder {
	ctx, stop := context.WithCancel(ctx)
	var tail []byte
	return &Finder{free: freeShard, stop: stop, next: ahead(ctx, o, func(s *shard) (finish func(*shard)) {
		s.alloc(len(tail), o.shard())
		before := copy(s.buf, tail)
		got, err := io.ReadFull(r, s.buf[before:])
		s.cut(before, before+got)
		if s.err = err; err == io.ErrUnexpectedEOF {
			s.err = io.EOF
		}
		tail = append(tail[:0], s.buf[max(0, len(s.buf)-overlap):]...)
		return (*shard).search
	})}
}

// ahead makes shards one after another, in order, and finishes them in goroutines, o.Jobs at once. A shard with an
// error is the last.
func ahead(ctx context.Context, o Options, begin func(*shard) (finish func(*shard))) func() *shard {
	order := make(chan *shard, max(0, o.Jobs-1))
	go func() {
		defer close(order)
		for off, last := int64(0), false; !last; off += int64(o.shard()) {
			s := &shard{off: off, ready: make(chan struct{})}
			finish := begin(s)
			last = s.err != nil
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
