package oops_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// testLogs are all logs below testdata.
func testLogs(t testing.TB) map[string][]byte {
	t.Helper()
	logs := map[string][]byte{}
	root := filepath.Join("..", "testdata")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		isLog := strings.HasSuffix(name, ".log") || strings.HasPrefix(name, "oops") && strings.HasSuffix(name, ".txt")
		if err != nil || d.IsDir() || !isLog {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		logs[strings.TrimPrefix(path, root)] = b
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range append(eras, machines...) {
		logs[e.name] = []byte(e.log)
	}
	return logs
}

func crashes(t testing.TB, log []byte) []*oops.Crash {
	t.Helper()
	var p oops.Parser
	var out []*oops.Crash
	for c, err := range p.Crashes(bytes.NewReader(log)) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// fact is a fact of a crash with the line that it came from.
type fact struct {
	name  string
	value any
	line  int
}

// stated are the facts that a line states and no later line may change.
func stated(c *oops.Crash) []fact {
	return []fact{
		{"kernel", c.Kernel.Value, c.Kernel.Line},
		{"cpu", c.CPU.Value, c.CPU.Line},
		{"pid", c.PID.Value, c.PID.Line},
		{"comm", c.Comm.Value, c.Comm.Line},
		{"fault address", c.FaultAddress.Value, c.FaultAddress.Line},
		{"code", c.Code.Value.Text, c.Code.Line + codeRows(c)},
		{"ip", c.IP.Value.Symbol, c.IP.Line},
		{"source", c.Source.Value, c.Source.Line},
	}
}

// codeRows is how many rows below the first the code of some architectures may take.
func codeRows(c *oops.Crash) int {
	if !c.Code.Known() || c.Arch.X86() {
		return 0
	}
	return 16
}

// TestTruncation cuts every log at every byte: nothing panics, and a fact whose line, and the line behind it, were
// whole stays what it was. It cuts out every single line too. Logs above 4 KiB are cut at some places only, unless
// NFOOPS_EVERY is set.
func TestTruncation(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	const short, cuts, lines = 4 << 10, 100, 30 // bytes of a short log, cuts of a long one
	every := os.Getenv("NFOOPS_EVERY") != ""
	for name, log := range testLogs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := crashes(t, log)
			if len(whole) == 0 {
				return
			}
			step := max(1, len(log)/cuts)
			if every || len(log) <= short {
				step = 1
			}
			if step > 1 && step%2 == 0 {
				step++ // not always the same place in a row of registers
			}
			for n := 0; n < len(log); n += step {
				lines := bytes.Count(log[:n], []byte("\n"))
				part := crashes(t, log[:n])
				checkPart(t, whole[0], part, lines-1)
			}
			rows := bytes.SplitAfter(log, []byte("\n"))
			step = max(1, len(rows)/lines)
			if every || len(log) <= short {
				step = 1
			}
			for i := 0; i < len(rows); i += step {
				crashes(t, bytes.Join(append(append([][]byte{}, rows[:i]...), rows[i+1:]...), nil))
			}
		})
	}
}

// checkPart holds the first crash of a cut log against that of the whole one: facts of lines up to whole lines.
func checkPart(t *testing.T, want *oops.Crash, part []*oops.Crash, lines int) {
	t.Helper()
	if len(part) == 0 || part[0].FirstLine > want.LastLine {
		return
	}
	have := map[string]fact{}
	for _, f := range stated(part[0]) {
		have[f.name] = f
	}
	for _, f := range stated(want) {
		if f.line == 0 || f.line > lines {
			continue
		}
		if got := have[f.name]; got.value != f.value {
			t.Fatalf("cut behind line %d: %s = %v, was %v of line %d", lines, f.name, got.value, f.value, f.line)
		}
	}
}
