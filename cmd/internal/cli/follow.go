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

// follower reads a file that grows. Where its name becomes another file's, as logs are rotated, or where it becomes
// shorter, it ends with io.EOF, and the next Read begins with what is there now: lines are counted from 1 again.
type follower struct {
	ctx    context.Context
	path   string
	f      *os.File
	at     int64
	failed bool // with another error than io.EOF: nothing follows
	moved  bool // the name is another file's; what was written to this one in between is read before
}

// followed are the inputs that go on: a file and what follows under its name, or standard input.
func (a *app) followed(ctx context.Context, path string) iter.Seq2[*input, error] {
	return func(yield func(*input, error) bool) {
		// It is not closed: a read may still be under way, and the program ends.
		nothing := func() error { return nil }
		next := func(r io.Reader) bool {
			in := &input{name: path, named: true, Reader: newPatient(ctx, r), live: true, close: nothing}
			return yield(in, nil) && ctx.Err() == nil
		}
		if path == "-" {
			next(a.in)
			return
		}
		f, err := os.Open(path)
		if err != nil {
			yield(nil, pathError(path, err))
			return
		}
		for r := (&follower{ctx: ctx, path: path, f: f}); next(r) && !r.failed; {
		}
	}
}

// Read implements io.Reader. It waits for bytes, and ends with the context's error.
func (f *follower) Read(p []byte) (n int, err error) {
	defer func() { f.failed = err != nil && !errors.Is(err, io.EOF) }()
	for {
		n, err = f.f.Read(p)
		f.at += int64(n)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		if f.moved && f.reopen() {
			return 0, io.EOF
		}
		select {
		case <-f.ctx.Done():
			return 0, f.ctx.Err()
		case <-time.After(followEvery):
		}
		named, err := os.Stat(f.path)
		if err != nil {
			continue // between two files
		}
		here, err := f.f.Stat()
		if err != nil {
			return 0, err
		}
		switch f.moved = !os.SameFile(named, here); {
		case f.moved:
		case here.Size() < f.at:
			f.at = 0
			if _, err := f.f.Seek(0, io.SeekStart); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
	}
}

// reopen goes to the file that has the name now; it fails where that is gone again, or not to be read yet.
func (f *follower) reopen() bool {
	next, err := os.Open(f.path)
	if err != nil {
		return false
	}
	_ = f.f.Close()
	f.f, f.at, f.moved = next, 0, false
	return true
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
