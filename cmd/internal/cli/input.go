package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/nfoops/nfoops/oops/scan"
	"github.com/nfoops/nfoops/symbols/unpack"
)

// input is one stream to read, as the user named it.
type input struct {
	name  string // that of an archive's member stands behind the archive's
	named bool   // by the user, not found in a folder or an archive
	io.Reader
	file  io.ReaderAt // where it is a file that is not compressed; else nil
	size  int64       // of file, in bytes
	live  bool        // it goes on
	close func() error
}

// finder goes through the input.
func (in *input) finder(ctx context.Context, o scan.Options) *scan.Finder {
	if in.file != nil {
		return scan.File(ctx, in.file, in.size, o)
	}
	return scan.Stream(ctx, in.Reader, o)
}

// inputs opens the files that the arguments name, one after another: "-" is standard input, a folder stands for all
// regular files below it, a pattern (** goes down into folders) for what fits it, an archive for its members. What
// can't be opened comes with an error; the rest follows.
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
		return members("-", true, a.in, nil, 0, yield)
	}
	info, err := os.Stat(arg)
	if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?[{") && doublestar.ValidatePathPattern(arg) {
		return matches(arg, yield)
	}
	if err != nil {
		return yield(nil, pathError(arg, err))
	}
	if !info.IsDir() {
		return openInput(arg, true, yield)
	}
	return folder(arg, yield)
}

// matches opens what fits a pattern.
func matches(pattern string, yield func(*input, error) bool) bool {
	paths, err := doublestar.FilepathGlob(pattern, doublestar.WithFilesOnly())
	switch {
	case err != nil:
		return yield(nil, pathError(pattern, err))
	case len(paths) == 0:
		return yield(nil, pathError(pattern, errors.New("no file fits this pattern")))
	}
	for _, path := range paths {
		if !openInput(path, false, yield) {
			return false
		}
	}
	return true
}

// folder opens all regular files below a path. The files of pstore that are parts of one dump are one input, behind the
// others.
func folder(top string, yield func(*input, error) bool) bool {
	going := true
	var parts []pstoreFile
	// WalkDir follows no links, so it ends.
	_ = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			going = yield(nil, pathError(path, err))
		case d.Type().IsRegular():
			if p, ok := pstorePart(path); ok {
				parts = append(parts, p)
				return nil
			}
			going = openInput(path, false, yield)
		}
		if !going {
			return fs.SkipAll
		}
		return nil
	})
	for _, d := range dumps(parts) {
		going = going && openDump(d, yield)
	}
	return going
}

// openInput opens a file: one input, or the members of an archive.
func openInput(path string, named bool, yield func(*input, error) bool) bool {
	f, err := os.Open(path)
	if err != nil {
		return yield(nil, pathError(path, err))
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		var buf [unpack.HeadSize]byte
		var n int
		if n, err = f.ReadAt(buf[:], 0); errors.Is(err, io.EOF) {
			err = nil
		}
		if err == nil && unpack.IsPlain(buf[:n]) {
			return yield(&input{name: path, named: named, Reader: f, file: f, size: info.Size(), close: f.Close}, nil)
		}
	}
	defer f.Close()
	switch {
	case err != nil:
		return yield(nil, pathError(path, err))
	case info.Mode().IsRegular():
		return members(path, named, f, f, info.Size(), yield)
	}
	return members(path, named, f, nil, 0, yield)
}

// members yields what is in a stream: itself, or the members of an archive.
func members(path string, named bool, r io.Reader, file io.ReaderAt, size int64, yield func(*input, error) bool) bool {
	for m, err := range unpack.Members(r, file, size) {
		name := path
		if m != nil && m.Name != "" {
			name += "/" + m.Name
		}
		if err != nil {
			if !yield(nil, pathError(name, err)) {
				return false
			}
			continue
		}
		in := &input{name: name, named: named && m.Name == "", Reader: m, close: func() error { return nil }}
		if !yield(in, nil) {
			return false
		}
	}
	return true
}

// inputError is what is wrong with the input that it names.
type inputError struct {
	name string // as errors show it
	err  error
}

func (e *inputError) Error() string { return e.name + ": " + e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

// pathError names the input and says what is wrong, without the name of the system call.
func pathError(name string, err error) error {
	if p, named := errors.AsType[*fs.PathError](err); named {
		return &inputError{p.Path, p.Err}
	}
	if name == "-" {
		name = "standard input"
	}
	return &inputError{name, err}
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
