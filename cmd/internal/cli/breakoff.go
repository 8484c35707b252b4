package cli

import (
	"context"
	"io"
)

// breakOff makes reads of r end when the run is interrupted: those of a pipe or a terminal would wait on. It must not
// be read by several goroutines at once.
func breakOff(ctx context.Context, r io.Reader) io.Reader {
	return &breakable{ctx: ctx, r: r, done: make(chan readResult, 1)}
}

type breakable struct {
	ctx  context.Context
	r    io.Reader
	done chan readResult
	rest []byte // of buf, not handed out yet
	err  error  // behind rest
	buf  [64 << 10]byte
}

type readResult struct {
	n   int
	err error
}

// Read implements io.Reader.
func (b *breakable) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		if err := b.ctx.Err(); err != nil { // an earlier read may still use buf
			return 0, err
		}
		go func() {
			n, err := b.r.Read(b.buf[:])
			b.done <- readResult{n, err}
		}()
		select {
		case got := <-b.done:
			b.rest, b.err = b.buf[:got.n], got.err
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	if len(b.rest) == 0 && n == 0 {
		return 0, b.err
	}
	return n, nil
}
