package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Memory is one crash, not one log, whatever the log is.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a gigabyte")
	}
	dir := t.TempDir()
	zeros := filepath.Join(dir, "zeros")
	if err := os.WriteFile(zeros, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(zeros, 1<<30); err != nil {
		t.Fatal(err)
	}
	line := filepath.Join(dir, "line")
	f, err := os.Create(line)
	if err != nil {
		t.Fatal(err)
	}
	mib := append([]byte("Oops: 0000 [#1] "), bytes.Repeat([]byte("x"), 1<<20)...)
	for range 200 {
		if _, err := f.Write(mib); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{zeros, line} {
		cmd := exec.Command("nfoops", "-q", "-f", "jsonl", path)
		cmd.Stdout = io.Discard
		var talk strings.Builder
		cmd.Stderr = &talk
		err := cmd.Run()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != 0 && code != 1 || talk.Len() > 0 {
			t.Errorf("%s: status %d, standard error %q", filepath.Base(path), code, talk.String())
		}
		const limit = 200 << 10 // KiB
		peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
		if peak > limit {
			t.Errorf("%s: %d KiB of memory, the limit is %d", filepath.Base(path), peak, limit)
		}
		t.Logf("%s: %d MiB, %v", filepath.Base(path), peak>>10, cmd.ProcessState.UserTime())
	}
}
