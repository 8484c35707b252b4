package main

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// crash is a place in a generated log.
type crash struct{ first, last int } // numbers of its lines

// plan says what a log is to be.
type plan struct {
	size    int64
	crashes int
	miss    int // one of so many lines is a near miss; 0 none
}

// crashLogs are those that are put in: each is one crash.
var crashLogs = []string{
	"testdata/logs/nf-conntrack-x86_64-6.x/oops.txt",
	"testdata/logs/unrelated-ext4/oops.txt",
	"testdata/kernels/connlimit-2.6.11/oops.txt",
}

// readCrashes reads them.
func readCrashes(root string) ([][]byte, error) {
	var out [][]byte
	for _, name := range crashLogs {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		out = append(out, append(bytes.TrimRight(b, "\n"), '\n'))
	}
	return out, nil
}

// generate writes a log. It is the same whenever the plan is. The crashes are about as far from each other, with ordinary
// lines between them.
func generate(path string, p plan, crashes [][]byte) ([]crash, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w := &writer{w: bufio.NewWriterSize(f, 1<<20), rnd: rand.New(rand.NewPCG(20040813, 8)), line: 1}
	var at []crash
	for w.size < p.size {
		if len(at) < p.crashes && w.size >= p.size/int64(p.crashes+1)*int64(len(at)+1) {
			text := crashes[len(at)%len(crashes)]
			n := bytes.Count(text, []byte("\n"))
			at = append(at, crash{w.line, w.line + n - 1})
			w.raw(text)
			w.line += n
			w.usec += 500e6 // what comes next is long after it
		}
		if p.miss > 0 && w.rnd.IntN(p.miss) == 0 {
			w.row(nearMisses[w.rnd.IntN(len(nearMisses))])
		}
		w.row(ordinary[w.rnd.IntN(len(ordinary))])
	}
	if err := w.w.Flush(); err != nil {
		return nil, err
	}
	return at, f.Close()
}
