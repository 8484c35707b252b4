package netconsole_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/oops/netconsole"
)

// timed is a datagram and when it came, in the time of the test.
type timed struct {
	after time.Duration
	data  []byte
}

var (
	zero = time.Date(2026, 3, 7, 4, 5, 6, 0, time.UTC)
	gate = netip.MustParseAddrPort("192.0.2.7:6665")
)

// capture reads a captured run of testdata/logs/captured: seconds and a Go string a line.
func capture(t testing.TB, name string) []timed {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "logs", "captured", name))
	if err != nil {
		t.Fatal(err)
	}
	var out []timed
	for line := range strings.Lines(string(b)) {
		at, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		seconds, err1 := strconv.ParseFloat(at, 64)
		data, err2 := strconv.Unquote(quoted)
		if err1 != nil || err2 != nil {
			t.Fatalf("%s: %q", name, line)
		}
		out = append(out, timed{time.Duration(seconds * float64(time.Second)), []byte(data)})
	}
	return out
}

// captures are the names of all captured runs that end like that.
func captures(t testing.TB, suffix string) []string {
	t.Helper()
	root := filepath.Join("..", "..", "testdata", "logs", "captured")
	found, err := filepath.Glob(filepath.Join(root, "*", "*"+suffix))
	if err != nil || len(found) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for i := range found {
		found[i], _ = filepath.Rel(root, found[i])
	}
	return found
}

// said is what a Receiver makes of datagrams that all come within the time that records wait.
func said(limits netconsole.Limits, datagrams [][]byte) (string, netconsole.Stats) {
	var text bytes.Buffer
	r := netconsole.New(limits, func(e netconsole.Event) { text.Write(e.Text) })
	for _, d := range datagrams {
		r.Datagram(zero, gate, d)
	}
	r.Drain(zero)
	return text.String(), r.Stats()
}

func payloads(in []timed) [][]byte {
	out := make([][]byte, len(in))
	for i := range in {
		out[i] = in[i].data
	}
	return out
}

func parse(t testing.TB, text string) []*oops.Crash {
	t.Helper()
	var p oops.Parser
	var out []*oops.Crash
	for c, err := range p.Crashes(strings.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// summary is all that a crash says, with its lines.
func summary(c *oops.Crash) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s|%s|%v|%v|%v|%v\n", c.Title, c.Kind, c.IP, c.Code, c.Panic, c.Fingerprint)
	for _, f := range c.Trace {
		fmt.Fprintf(&b, "%v\n", f)
	}
	for _, r := range c.Registers {
		fmt.Fprintf(&b, "%v\n", r)
	}
	for _, d := range c.Damage {
		fmt.Fprintf(&b, "%v\n", d)
	}
	return b.String()
}

// seqOf is the sequence number of an extended datagram.
func seqOf(d []byte) int {
	n, _ := strconv.Atoi(strings.Split(string(d), ",")[1])
	return n
}

// named says whether the damage names a record as missing.
func named(damage []oops.Damage, seq int64) bool {
	for _, d := range damage {
		var from, to int64
		if n, _ := fmt.Sscanf(d.Detail, "records %d to %d are not in the log", &from, &to); n == 2 && from <= seq && seq <= to {
			return true
		}
	}
	return false
}
