package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// pstoreFile is a file that holds one part of a dump, as /sys/fs/pstore has them.
type pstoreFile struct {
	path string
	part frame.Part
}

// pstorePart tells whether a file begins with the row that pstore puts before a part.
func pstorePart(path string) (pstoreFile, bool) {
	const longest = 64 // bytes of that row
	f, err := os.Open(path)
	if err != nil {
		return pstoreFile{}, false
	}
	defer f.Close()
	var buf [longest]byte
	n, _ := io.ReadFull(f, buf[:]) // a short file is as good
	row, _, _ := bytes.Cut(buf[:n], []byte{'\n'})
	part, ok := frame.ParsePart(strings.TrimSpace(string(row)))
	return pstoreFile{path, part}, ok
}

// dumpID is what the names of the files of one dump have in common. EFI's and ERST's are a time, then two digits for
// the part and three for the count; ramoops' are a single number.
func dumpID(path string) string {
	const tail, shortest = 5, 12 // digits
	name := filepath.Base(path)
	digits := len(name) - len(strings.TrimRight(name, "0123456789"))
	if digits < shortest {
		return filepath.Dir(path)
	}
	return path[:len(path)-tail]
}

// dumps sorts the parts, which are in the order of their names, by the dump that they are of; each dump has its oldest
// part first.
func dumps(files []pstoreFile) [][]pstoreFile {
	var out [][]pstoreFile
	open := map[string]int{} // the last dump of an id
	for _, f := range files {
		id := dumpID(f.path) + "\x00" + f.part.Dump
		n, ok := open[id]
		if !ok || slices.ContainsFunc(out[n], func(g pstoreFile) bool { return g.part.Num == f.part.Num }) {
			n = len(out)
			open[id] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], f)
	}
	for _, d := range out {
		slices.SortFunc(d, func(a, b pstoreFile) int { return b.part.Num - a.part.Num })
	}
	return out
}

// openDump opens the parts of a dump as one input, whose lines are counted from the oldest part on.
func openDump(parts []pstoreFile, yield func(*input, error) bool) bool {
	if len(parts) == 1 {
		return openInput(parts[0].path, false, yield)
	}
	var files []io.Closer
	closeAll := func() error {
		for _, f := range files {
			_ = f.Close() // it was only read
		}
		return nil
	}
	var readers []io.Reader
	for _, p := range parts {
		f, err := os.Open(p.path)
		if err != nil {
			_ = closeAll()
			return yield(nil, pathError(p.path, err))
		}
		files = append(files, f)
		readers = append(readers, f, &lineEnd{f: f})
	}
	name := filepath.Dir(parts[0].path) // what to type to read it again
	return yield(&input{name: name, Reader: io.MultiReader(readers...), close: closeAll}, nil)
}

// lineEnd gives the line end that a file lacks.
type lineEnd struct {
	f    *os.File
	done bool
}

func (l *lineEnd) Read(p []byte) (int, error) {
	if l.done || len(p) == 0 {
		return 0, io.EOF
	}
	l.done = true
	info, err := l.f.Stat()
	if err != nil || info.Size() == 0 {
		return 0, io.EOF
	}
	if _, err := l.f.ReadAt(p[:1], info.Size()-1); err != nil || p[0] == '\n' {
		return 0, io.EOF
	}
	p[0] = '\n'
	return 1, nil
}
