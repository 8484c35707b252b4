package oops_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// shortDump is a WARN without registers and code, as much as some machines print; all its functions begin with own.
func shortDump(cpu int, own string, hardware bool) []string {
	lines := []string{
		"------------[ cut here ]------------",
		fmt.Sprintf("WARNING: CPU: %d PID: 10%d at net/netfilter/x.c:10 %s_warn+0x10/0x20 [%s]", cpu, cpu, own, own),
		fmt.Sprintf("CPU: %d PID: 10%d Comm: worker Not tainted 5.10.0 #1", cpu, cpu),
	}
	if hardware {
		lines = append(lines, "Hardware name: QEMU Standard PC")
	}
	lines = append(lines, "Call Trace:")
	for _, f := range []string{"a", "b", "c", "d"} {
		lines = append(lines, fmt.Sprintf(" %s_%s+0x1/0x10 [%s]", own, f, own))
	}
	return append(lines, fmt.Sprintf("---[ end trace %016x ]---", cpu+1))
}

// However two such dumps are printed through each other, neither gets a frame of the other: what can't be told apart
// is left out.
func TestTwoShortDumps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	owns := []string{"nf_conntrack", "nf_tables"}
	frames := 0
	for range 400 {
		hardware := random.IntN(2) == 0
		a, b := shortDump(0, owns[0], hardware), shortDump(1, owns[1], hardware)
		var log strings.Builder
		for n, lead := 0, random.IntN(7); len(a)+len(b) > 0; n++ {
			from := &b
			if len(b) == 0 || len(a) > 0 && (n < lead || random.IntN(2) == 0) {
				from = &a
			}
			fmt.Fprintf(&log, "[  100.%06d] %s\n", n, (*from)[0])
			*from = (*from)[1:]
		}
		var p oops.Parser
		for c, err := range p.Crashes(strings.NewReader(log.String())) {
			if err != nil {
				t.Fatal(err)
			}
			if !c.CPU.Known() {
				continue
			}
			for _, f := range c.Trace {
				frames++
				if f.Module != owns[c.CPU.Value] {
					t.Fatalf("CPU %d got %s:\n%s", c.CPU.Value, f.Symbol, log.String())
				}
			}
		}
	}
	if frames == 0 {
		t.Error("no frame was told apart")
	}
}
