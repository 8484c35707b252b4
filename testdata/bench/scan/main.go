// Command scan measures nfoops scan beside the tools that people use today, over a log that it makes itself. It is run
// by "make bench-scan".
//
// All figures are of one run on one machine. Ratios are of processor time, which other work on the machine does not
// change much; the wall clock is shown beside it.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/nfoops/nfoops/symbols/unpack"
)

func main() {
	size := flag.Int64("size", 2048, "size of the log in MiB")
	dir := flag.String("dir", ".cache/bench-scan", "where to write it; deleted afterwards")
	program := flag.String("nfoops", "bin/nfoops", "the program to measure")
	root := flag.String("root", ".", "the repository")
	miss := flag.Int("miss", 400, "one of so many lines is a near miss")
	keep := flag.Bool("keep", false, "keep the log")
	discard := flag.String("discard", "", "only unpack this file, to nowhere: the decompressor alone")
	flag.Parse()
	if *discard != "" {
		if err := unpackOnly(*discard); err != nil {
			fail(err)
		}
		return
	}
	b := &bench{program: *program, dir: *dir, size: *size << 20, miss: *miss}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		fail(err)
	}
	var err error
	if b.crashes, err = readCrashes(*root); err == nil {
		err = b.run()
	}
	if !*keep {
		if removeErr := os.RemoveAll(*dir); err == nil {
			err = removeErr
		}
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench-scan:", err)
	os.Exit(1)
}

func unpackOnly(path string) error {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := unpack.NewReader(f)
	if err != nil {
		return err
	}
	defer z.Close()
	_, err = io.Copy(io.Discard, z)
	return err
}
