package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// input is one stream to read, as the user named it.
type input struct {
	name  string
	named bool // by the user, not found in a folder
	io.Reader
	lines *lineCounter
	close func() error
}

// inputs opens the files that the arguments name, one after another: "-" is standard input, a folder stands for all
// regular files below it. What can't be opened comes with an error; the rest follows.
func (a *app) inputs(args []string) iter.Seq2[*input, error] {
	return func(yield func(*input, error) bool) {
		for _, arg := range args {
			if !a.inputsOf(arg, yield) {
				return
			}
		}
	}
}

func (a *app) inputsOf(arg string, yield func(*input, error) bool) bool {
	if arg == "-" {
		in, err := unpacked("-", a.in, func() error { return nil })
		return yield(in, err)
	}
	info, err := os.Stat(arg)
	if err != nil {
		return yield(nil, pathError(arg, err))
	}
	if !info.IsDir() {
		in, err := openInput(arg)
		return yield(in, err)
	}
	going := true
	// WalkDir follows no links, so it ends.
	_ = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			going = yield(nil, pathError(path, err))
		case d.Type().IsRegular():
			in, openErr := openInput(path)
			if in != nil {
				in.named = false
			}
			going = yield(in, openErr)
		}
		if !going {
			return fs.SkipAll
		}
		return nil
	})
	return going
}

func openInput(path string) (*input, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	in, err := unpacked(path, f, f.Close)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return in, nil
}

// unpacked undoes gzip, which the first bytes tell.
func unpacked(name string, r io.Reader, closer func() error) (*input, error) {
	in := &input{name: name, named: true, close: closer}
	buffered := bufio.NewReaderSize(r, 64<<10)
	magic, err := buffered.Peek(3)
	if err != nil && err != io.EOF {
		return nil, pathError(name, err)
	}
	in.lines = &lineCounter{r: buffered}
	if bytes.Equal(magic, []byte{0x1f, 0x8b, 8}) {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, pathError(name, err)
		}
		in.lines.r = z
	}
	in.Reader = in.lines
	return in, nil
}

// pathError names the input and says what is wrong, without the name of the system call.
func pathError(name string, err error) error {
	if p, named := errors.AsType[*fs.PathError](err); named {
		return fmt.Errorf("%s: %w", p.Path, p.Err)
	}
	if name == "-" {
		name = "standard input"
	}
	return fmt.Errorf("%s: %w", name, err)
}

// lineCounter counts the lines that pass.
type lineCounter struct {
	r    io.Reader
	n    int64
	open bool // the last line has no end yet
}

func (l *lineCounter) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if n > 0 {
		l.n += int64(bytes.Count(p[:n], []byte{'\n'}))
		l.open = p[n-1] != '\n'
	}
	return n, err
}

func (l *lineCounter) lines() int64 {
	if l.open {
		return l.n + 1
	}
	return l.n
}
