package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/render"
)

// The exit status of every command. A closed pipe is silent and exitFound.
const (
	exitFound       = 0   // a crash was reported; the command did what it should
	exitNone        = 1   // no crash in the input; nothing found
	exitFinding     = 1   // of scan: a crash at or above --fail-on
	exitUsage       = 2   // bad usage, or an input that can't be read (what could be read is reported)
	exitInterrupted = 130 // by a signal
)

// status is an error that is an exit status and nothing else: all has been said.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// hinted is an error with advice for its second line.
type hinted struct {
	err  error
	hint string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }

func withHint(err error, format string, args ...any) error {
	return &hinted{err, fmt.Sprintf(format, args...)}
}

// grace is how long an interrupted command may take to end what it writes.
const grace = time.Second

// Run executes the program with the arguments behind its name and returns the exit status.
func Run(args []string) int {
	// Without this the runtime ends the program by SIGPIPE, and a shell shows status 141 for "nfoops | head".
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	end := new(ending)
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("internal error: %v; please report it with the input", p)
			}
		}()
		root := newRoot(os.Stdin, os.Stdout, os.Stderr)
		root.SetArgs(args)
		done <- root.ExecuteContext(context.WithValue(ctx, endingKey{}, end))
	}()
	select {
	case err := <-done:
		return exitStatus(err, os.Stderr)
	case <-ctx.Done():
		if end.waited.Load() {
			stop() // so that the next signal has its usual effect
			return exitStatus(<-done, os.Stderr)
		}
		// Documents are brought to their end. A read of a terminal or a pipe can't be broken off, though: what was
		// reported stands, the rest is not waited for.
		select {
		case err := <-done:
			_ = err // the signal is what counts
		case <-time.After(grace):
		}
		return exitInterrupted
	}
}

// exitStatus says what there is to say about an error, and what the program returns.
func exitStatus(err error, stderr io.Writer) int {
	var code status
	var h *hinted
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitFound
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(stderr, "nfoops: error: %s\n", render.Clean(err.Error()))
	if errors.As(err, &h) {
		fmt.Fprintf(stderr, "nfoops: hint: %s\n", render.Clean(h.hint))
	}
	return exitUsage
}
