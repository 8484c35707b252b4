package cli

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"time"

	"github.com/nfoops/nfoops/oops/scan"
)

const (
	followEvery = 250 * time.Millisecond // between two looks at a file that has no more
	followPause = 2 * time.Second        // of silence after which a crash is reported, whole or not
)

// follower reads a file that grows. Where its name becomes another file's, as logs are rotated, it goes on there; where
// it becomes shorter, at its beginning.
type follower struct {
	ctx  context.Context
	path string
	f    *os.File
	at   int64
}

// followed is one input that goes on: a file, or standard input.
func (a *app) followed(ctx context.Context, path string) iter.Seq2[*input, error] {
	return func(yield func(*input, error) bool) {
		r := a.in
		if path != "-" {
			f, err := os.Open(path)
			if err != nil {
				yield(nil, pathError(path, err))
				return
			}
			r = &follower{ctx: ctx, path: path, f: f}
		}
		// It is not closed: a read may still be under way, and the program ends.
		nothing := func() error { return nil }
		yield(&input{name: path, named: true, Reader: newPatient(ctx, r), live: true, close: nothing}, nil)
	}
}

// Read implements io.Reader. It waits for bytes, and ends with the context's error.
func (f *follower) Read(p []byte) (int, error) {
	for {
		n, err := f.f.Read(p)
		f.at += int64(n)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		select {
		case <-f.ctx.Done():
			return 0, f.ctx.Err()
		case <-time.After(followEvery):
		}
		if err := f.turn(); err != nil {
			return 0, err
		}
	}
}

// turn goes to the file that has the name now, if it is another, or to the beginning of one that was cut.
func (f *follower) turn() error {
	named, err := os.Stat(f.path)
	if err != nil {
		return nil // between two files
	}
	here, err := f.f.Stat()
	if err != nil {
		return err
	}
	switch {
	case !os.SameFile(named, here):
		next, err := os.Open(f.path)
		if err != nil {
			return nil // gone again, or not to be read yet
		}
		_ = f.f.Close()
		f.f, f.at = next, 0
	case here.Size() < f.at:
		f.at = 0
		_, err = f.f.Seek(0, io.SeekStart)
	}
	return err
}

// patient reads ahead from a reader that may block, and tells of pauses.
type patient struct {
	got  chan piece
	rest piece
	told bool // the pause was told
}

// piece is what one read gave.
type piece struct {
	data []byte
	err  error
}

// newPatient reads r until the context ends.
func newPatient(ctx context.Context, r io.Reader) *patient {
	p := &patient{got: make(chan piece)}
	go func() {
		for {
			buf := make([]byte, 32<<10)
			n, err := r.Read(buf)
			select {
			case p.got <- piece{buf[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

// Read implements io.Reader. It returns scan.ErrPause once where nothing came for a while.
func (p *patient) Read(b []byte) (int, error) {
	if len(p.rest.data) == 0 && p.rest.err == nil {
		wait := time.After(followPause)
		if p.told {
			wait = nil
		}
		select {
		case p.rest = <-p.got:
			p.told = false
		case <-wait:
			p.told = true
			return 0, scan.ErrPause
		}
	}
	n := copy(b, p.rest.data)
	if p.rest.data = p.rest.data[n:]; len(p.rest.data) == 0 {
		return n, p.rest.err
	}
	return n, nil
}
