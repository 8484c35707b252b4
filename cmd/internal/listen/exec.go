package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	programWithin = 30 * time.Second
	programSays   = 500 // bytes of its complaint that are shown
)

// runProgram starts a program for each crash, with the crash as JSON on its standard input, and without a shell.
// NFOOPS_HOST and NFOOPS_GROUP are in its environment: an address, and hex digits. What it prints is thrown away, but
// for a complaint.
func runProgram(argv []string) func(context.Context, *alert) error {
	return func(ctx context.Context, a *alert) error {
		ctx, cancel := context.WithTimeout(ctx, programWithin)
		defer cancel()
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Stdin = bytes.NewReader(a.json)
		complaint := &head{max: programSays}
		cmd.Stderr = complaint
		cmd.WaitDelay = 2 * time.Second // what it started may hold the pipe
		cmd.Env = append(os.Environ(), "NFOOPS_HOST="+a.crash.Host)
		if a.added != nil {
			cmd.Env = append(cmd.Env, "NFOOPS_GROUP="+a.added.Group)
		}
		err := cmd.Run()
		switch {
		case err == nil:
			return nil
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return fmt.Errorf("%s took longer than %s", argv[0], programWithin)
		}
		if said := strings.TrimSpace(string(complaint.b)); said != "" {
			return fmt.Errorf("%s: %w: %s", argv[0], err, said)
		}
		return fmt.Errorf("%s: %w", argv[0], err)
	}
}

// head keeps the first bytes of what is written.
type head struct {
	b   []byte
	max int
}

// Write takes everything, and keeps what there is room for.
func (h *head) Write(p []byte) (int, error) {
	h.b = append(h.b, p[:min(len(p), h.max-len(h.b))]...)
	return len(p), nil
}
