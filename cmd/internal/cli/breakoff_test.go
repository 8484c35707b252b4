package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestBreakOff(t *testing.T) {
	text := strings.Repeat("all of it comes through\n", 10_000)
	for name, r := range map[string]io.Reader{
		"as it is": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)),
		"error with data": iotest.DataErrReader(strings.NewReader(text)),
	} {
		got, err := io.ReadAll(breakOff(t.Context(), r))
		if err != nil || string(got) != text {
			t.Errorf("%s: %d bytes of %d, error %v", name, len(got), len(text), err)
		}
	}
	if _, err := io.ReadAll(breakOff(t.Context(), iotest.ErrReader(io.ErrUnexpectedEOF))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	waiting, _ := io.Pipe()
	r := breakOff(ctx, waiting)
	stop()
	for range 2 {
		if _, err := r.Read(make([]byte, 10)); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
}
