package triage

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops/scan"
)

const crash = `BUG: unable to handle kernel NULL pointer dereference at 00000010
IP: [<f8a450a5>] some_function+0x1a/0x40 [some_module]
Oops: 0000 [#1] SMP
EIP is at some_function+0x1a/0x40 [some_module]
Code: 43 17 89 d9 8d 04 40 c1 e0 03 29 c1 8d 81 5c ff ff ff 81 f9 a4 00 00 00 74 0d 31 c9 80 78 54 07
---[ end trace 0123456789abcdef ]---
`

func TestAttribution(t *testing.T) {
	quiet := strings.Repeat("[    1.000000] nothing happens here, and it happens again and again\n", 400) // 27 KiB
	log := crash +                                                                                        // before any test
		"ok 1 - first\n" + quiet + crash + // after first
		crash + // the same
		"# selftests: net: pmtu.sh\n" + quiet + crash + // running
		strings.Repeat(quiet, 20) + crash + // out of reach
		"<LAVA_SIGNAL_STARTTC last>\n" + crash
	want := []string{"", "after first 7", "after first 7", "running net: pmtu.sh ", "", "running last "}
	for _, shard := range []int{0, 4096, 100_000} {
		f := scan.File(context.Background(), strings.NewReader(log), int64(len(log)), scan.Options{Shard: shard})
		streamed := scan.Stream(context.Background(), bytes.NewReader([]byte(log)), scan.Options{Shard: shard, Jobs: 2})
		for name, finder := range map[string]*scan.Finder{"file": f, "stream": streamed} {
			n := 0
			for r, err := range NewSession(Sources{}, "").Scan(context.Background(), "log", finder) {
				if err != nil {
					t.Fatal(err)
				}
				got := ""
				if r.Test != nil {
					got = fmt.Sprintf("%s %s %d", r.Test.State, r.Test.Name, r.Test.Line)
					if line := strings.Split(log, "\n")[r.Test.Line-1]; !strings.Contains(line, r.Test.Name) {
						t.Errorf("line %d is %q", r.Test.Line, line)
					}
				}
				if n >= len(want) || !strings.HasPrefix(got, want[n]) || want[n] == "" && got != "" {
					t.Errorf("%s in shards of %d: crash %d in line %d has the test %q", name, shard, n, r.Span.FirstLine, got)
				}
				n++
			}
			if n != len(want) {
				t.Errorf("%s in shards of %d: %d crashes, want %d", name, shard, n, len(want))
			}
			finder.Close()
		}
	}
}
