package oops_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/oops/frame"
)

// sent are the lines of two dumps, which took turns, as records of extended netconsole; cpu tells who sent the i-th.
func sent(mixed string, cpu func(i int, line string) string) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(mixed, "\n"), "\n") {
		fmt.Fprintf(&b, "4,%d,%d,-%s\n", 100+i, 5000000+i, cpu(i, line))
	}
	return b.String()
}

// TestSender: two dumps of one and the same place through each other: only who sent a line tells them apart.
func TestSender(t *testing.T) {
	head := func(cpu int) []string {
		return []string{fmt.Sprintf("WARNING: CPU: %d PID: %d at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110", cpu, 100+cpu)}
	}
	place := "refcount_warn_saturate+0xba/0x110"
	a := dumpOf(0, head(0), place, []string{"nf_conntrack_put+0x10/0x20 [nf_conntrack]", "ip_rcv+0x1/0x2"})
	b := dumpOf(1, head(1), place, []string{"tcp_close+0x10/0x20", "inet_release+0x1/0x2"})
	mixed := mix(a, b, 1)
	turn := map[int]int{0: 0} // line to CPU: one line ahead, then they take turns
	for i := 1; i < len(a)+len(b); i++ {
		turn[i] = i % 2
	}
	check := func(log string) {
		t.Helper()
		found := crashes(t, []byte(log))
		if len(found) != 2 {
			t.Fatalf("%d crashes", len(found))
		}
		for _, c := range found {
			own := [2]string{"nf_conntrack_put", "tcp_close"}[c.CPU.Value]
			if len(c.Trace) == 0 || c.Trace[0].Symbol != own || c.PID.Value != 100+c.CPU.Value {
				t.Errorf("CPU %d, pid %d: %v", c.CPU.Value, c.PID.Value, c.Trace)
			}
		}
	}
	check(sent(mixed, func(i int, line string) string { return fmt.Sprintf(",cpu=%d;%s", turn[i], line) }))
	check(sent(mixed, func(i int, line string) string { return fmt.Sprintf(";%s\n cpu=%d\n taskname=x", line, turn[i]) }))

	// A CPU that has sent what another one printed proves nothing: the crash stays in one piece.
	one := strings.Join(dumpOf(1, head(1), place, []string{"tcp_close+0x10/0x20"}), "\n")
	found := crashes(t, []byte(sent(one, func(i int, line string) string { return fmt.Sprintf(",cpu=%d;%s", i/5%2, line) })))
	if len(found) != 1 || found[0].CPU.Value != 1 || len(found[0].Trace) != 1 || !found[0].Code.Known() {
		t.Errorf("%d crashes: %+v", len(found), found)
	}
}

// TestNetworkLoss: what the receiver says that is missing is damage of the crash that it stands in, and of no other.
func TestNetworkLoss(t *testing.T) {
	dump := dumpOf(1, []string{"WARNING: CPU: 1 PID: 101 at net/core/dev.c:3131 dql_completed+0xa1/0xb0"}, "dql_completed+0xa1/0xb0",
		[]string{"igc_poll+0x19d/0x14b0 [igc]"})
	with := append(append(append([]string{}, dump[:8]...), strings.TrimSpace(frame.Loss("3 messages"))), dump[8:]...)
	found := crashes(t, []byte("6.14.0,6,1,1,-;before\n"+frame.Loss("9 messages")+"6.14.0,6,40,1,-;between\n"+strings.Join(with, "\n")))
	if len(found) != 1 {
		t.Fatalf("%d crashes", len(found))
	}
	var details []string
	for _, d := range found[0].Damage {
		if d.Kind == oops.DamageLost {
			details = append(details, fmt.Sprintf("%d %s", d.Line, d.Detail))
		}
	}
	if len(details) != 1 || details[0] != "12 the network lost 3 messages" {
		t.Errorf("%q", details)
	}
}

// TestRelease: the release in front of the records is the kernel's, where the crash does not say it.
func TestRelease(t *testing.T) {
	found := crashes(t, []byte("6.14.0-rc1,1,40,5000000,-;BUG: kernel NULL pointer dereference, address: 0000000000000018\n"+
		"6.14.0-rc1,4,41,5000001,-,cpu=3;RIP: 0010:nf_ct_get+0x1/0x2\n"))
	if len(found) != 1 || found[0].Kernel.Value != "6.14.0-rc1" || found[0].Kernel.Line != 1 || found[0].CPU.Value != 3 {
		t.Errorf("%+v", found)
	}
}
