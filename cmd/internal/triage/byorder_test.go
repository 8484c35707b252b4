package triage_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestByOrder: where two CPUs print line by line through each other, frames say that only their order tells whose they
// are; behind the end of one of the dumps, and with a caller in front of each line, they don't.
func TestByOrder(t *testing.T) {
	dump := func(cpu int, place, frame string) []string {
		row := func(text string) string { return fmt.Sprintf(text, cpu) }
		return []string{
			row("WARNING: CPU: %[1]d PID: 10%[1]d at net/core/dev.c:31%[1]d ") + place,
			"Modules linked in: nf_conntrack",
			row("CPU: %[1]d PID: 10%[1]d Comm: worker/%[1]d Not tainted 5.10.0 #1"),
			"Hardware name: QEMU Standard PC",
			"EIP: " + place,
			row("Code: 1%d 8b 45 10 <0f> 0b 83 c4 08"),
			row("EAX: c%[1]d000001 EBX: c%[1]d000002 ECX: c%[1]d000003 EDX: c%[1]d000004"),
			row("ESI: c%[1]d000005 EDI: c%[1]d000006 EBP: c%[1]d000007 ESP: c%[1]d000008"),
			"DS: 007b ES: 007b FS: 00d8 GS: 0033 SS: 0068 EFLAGS: 00010246",
			row("CR0: 80050033 CR2: c%[1]d000009 CR3: 02c1d000 CR4: 000006d0"),
			"Call Trace:", " " + frame, "---[ end trace 0000000000000000 ]---",
		}
	}
	a := dump(0, "skb_checksum_help+0xa1/0xb0", "nf_conntrack_in+0x1e1/0x760 [nf_conntrack]")
	b := dump(1, "dql_completed+0x12f/0x140", "igc_poll+0x19d/0x14b0 [igc]")
	mix := func(prefix func(cpu int) string) string {
		var out strings.Builder
		at := [2]int{}
		for at[0] < len(a) || at[1] < len(b) {
			for cpu, d := range [][]string{a, b} {
				if cpu == 1 && at[0] < 6 || at[cpu] == len(d) {
					continue
				}
				fmt.Fprintf(&out, "[   10.000000]%s %s\n", prefix(cpu), d[at[cpu]])
				at[cpu]++
			}
		}
		return out.String()
	}
	for name, want := range map[string]bool{"": true, "caller": false} {
		log := mix(func(cpu int) string {
			if name == "" {
				return ""
			}
			return fmt.Sprintf("[    C%d]", cpu)
		})
		frames, marked := 0, 0
		for _, r := range analyzeAll(t, log) {
			for i := range r.Trace {
				frames++
				if r.Trace[i].ByOrder {
					marked++
				}
			}
		}
		if frames == 0 || want != (marked > 0) {
			t.Errorf("%q: %d of %d frames by their order\n%s", name, marked, frames, log)
		}
	}
}
