package oops_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// dumpOf is a dump as an x86-64 kernel of 5.x prints it; each CPU has numbers of its own.
func dumpOf(cpu int, head []string, place string, frames []string, end ...string) []string {
	n := func(i int) string { return fmt.Sprintf("%016x", uint64(0xffff888000000000)+uint64(cpu)<<32+uint64(i)) }
	out := append([]string{}, head...)
	out = append(out,
		fmt.Sprintf("CPU: %d PID: %d Comm: worker/%d Not tainted 5.15.85 #1", cpu, 100+cpu, cpu),
		"Hardware name: QEMU Standard PC",
		"RIP: 0010:"+place,
		fmt.Sprintf("Code: %s<0f> 0b %s", strings.Repeat(fmt.Sprintf("%02x ", 0x10+cpu), 42), strings.TrimSpace(strings.Repeat(fmt.Sprintf("%02x ", 0x20+cpu), 20))),
		"RSP: 0018:"+n(1)+" EFLAGS: 00010283",
		"RAX: "+n(2)+" RBX: "+n(3)+" RCX: "+n(4),
		"RDX: "+n(5)+" RSI: "+n(6)+" RDI: "+n(7),
		"RBP: "+n(8)+" R08: "+n(9)+" R09: "+n(10),
		"R10: "+n(11)+" R11: "+n(12)+" R12: "+n(13),
		"R13: "+n(14)+" R14: "+n(15)+" R15: "+n(16),
		"FS:  0000000000000000(0000) GS:"+n(17)+"(0000) knlGS:0000000000000000",
		"CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033",
		"CR2: "+n(18)+" CR3: 0000000605e10000 CR4: 0000000000350ee0",
		"Call Trace:",
	)
	for _, f := range frames {
		out = append(out, " "+f)
	}
	return append(append(out, "Modules linked in: nf_conntrack igc", "---[ end trace 8acd09a29bf2e660 ]---"), end...)
}

// mix prints two dumps through each other: a has the first lead lines for itself, then they take turns.
func mix(a, b []string, lead int) string {
	out := append([]string{}, a[:lead]...)
	a = a[lead:]
	for len(a) > 0 || len(b) > 0 {
		if len(b) > 0 {
			out, b = append(out, b[0]), b[1:]
		}
		if len(a) > 0 {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return strings.Join(out, "\n") + "\n"
}

// TestTwoCPUs: two dumps, line by line through each other, without callers. No crash has a fact of the other's.
func TestTwoCPUs(t *testing.T) {
	bug := dumpOf(1, []string{"kernel BUG at lib/dynamic_queue_limits.c:27!", "invalid opcode: 0000 [#1] SMP NOPTI"},
		"dql_completed+0x12f/0x140", []string{"igc_poll+0x19d/0x14b0 [igc]", "__napi_poll+0x22/0x110"}, "Kernel panic - not syncing: Fatal exception in interrupt")
	warn := dumpOf(0, []string{"WARNING: CPU: 0 PID: 100 at net/core/dev.c:3131 skb_checksum_help+0xa1/0xb0"},
		"skb_checksum_help+0xa1/0xb0", []string{"nf_ip_checksum+0x4a/0x120", "nf_conntrack_in+0x1e1/0x760 [nf_conntrack]"})
	for lead := 2; lead < 12; lead++ {
		t.Run(fmt.Sprintf("%d lines ahead", lead), func(t *testing.T) {
			found := crashes(t, []byte(mix(bug, warn, lead)))
			if len(found) != 2 {
				t.Fatalf("%d crashes", len(found))
			}
			for _, c := range found {
				cpu := 1
				if c.Kind == oops.Warn {
					cpu = 0
				}
				checkCPU(t, c, cpu)
			}
		})
	}
}

// checkCPU holds that all facts of c are of one CPU's dump.
func checkCPU(t *testing.T, c *oops.Crash, cpu int) {
	t.Helper()
	places := [2]string{"skb_checksum_help", "dql_completed"}
	foreign := [2]string{"igc_poll", "nf_ip_checksum"}
	if c.IP.Value.Symbol != places[cpu] || c.CPU.Value != cpu || c.PID.Known() && c.PID.Value != 100+cpu {
		t.Errorf("%s: ip %s, cpu %d, pid %d", c.Title, c.IP.Value.Symbol, c.CPU.Value, c.PID.Value)
	}
	if c.Code.Known() && !strings.HasPrefix(c.Code.Value.Text, fmt.Sprintf("%02x ", 0x10+cpu)) {
		t.Errorf("%s: code of the other CPU: %s", c.Title, c.Code.Value.Text)
	}
	for _, r := range c.Registers {
		if r.Value>>40 == 0xffff88 && int(r.Value>>32&0xf) != cpu {
			t.Errorf("%s: %s = %#x is the other CPU's", c.Title, r.Name, r.Value)
		}
	}
	for i := range c.Trace {
		if c.Trace[i].Symbol == foreign[cpu] {
			t.Errorf("%s: frame %s is the other CPU's", c.Title, c.Trace[i].Symbol)
		}
	}
	marked := false
	for _, d := range c.Damage {
		marked = marked || d.Kind == oops.DamageInterleaved
	}
	if !marked {
		t.Errorf("%s: nothing says that another CPU printed into it", c.Title)
	}
}

// TestTwoSameWarnings: two CPUs with the same warning at once; what cannot be told apart is given to neither.
func TestTwoSameWarnings(t *testing.T) {
	head := func(cpu int) []string {
		return []string{fmt.Sprintf("WARNING: CPU: %d PID: %d at lib/refcount.c:19 refcount_warn_saturate+0x97/0x110", cpu, 100+cpu)}
	}
	a := dumpOf(0, head(0), "refcount_warn_saturate+0x97/0x110", []string{"nf_conntrack_put+0x4a/0x120"})
	b := dumpOf(1, head(1), "refcount_warn_saturate+0x97/0x110", []string{"tcp_close+0x1e1/0x760"})
	found := crashes(t, []byte(mix(a, b, 1)))
	if len(found) != 2 {
		t.Fatalf("%d crashes", len(found))
	}
	for _, c := range found {
		own := [2]string{"nf_conntrack_put", "tcp_close"}[c.CPU.Value]
		for i := range c.Trace {
			if c.Trace[i].Symbol != own {
				t.Errorf("CPU %d has frame %s", c.CPU.Value, c.Trace[i].Symbol)
			}
		}
		for _, r := range c.Registers {
			if r.Value>>40 == 0xffff88 && int(r.Value>>32&0xf) != c.CPU.Value {
				t.Errorf("CPU %d has %s = %#x", c.CPU.Value, r.Name, r.Value)
			}
		}
	}
}

// dumpOfARM64 is a dump as an arm64 kernel of 6.x prints it: the modules before it, the code behind it.
func dumpOfARM64(cpu int, head []string, place, frame string) []string {
	n := func(i int) string { return fmt.Sprintf("%016x", uint64(0xffff888000000000)+uint64(cpu)<<32+uint64(i)) }
	out := append(append([]string{}, head...),
		"Modules linked in: nf_conntrack",
		fmt.Sprintf("CPU: %d PID: %d Comm: worker/%d Not tainted 6.1.0 #1", cpu, 100+cpu, cpu),
		"Hardware name: linux,dummy-virt (DT)",
		"pstate: 60400005 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)",
		"pc : "+place,
		"lr : caller+0x20/0x40",
		"sp : "+n(1))
	for r := 29; r >= 0; r -= 3 {
		row := ""
		for k := r; k > r-3; k-- {
			row += fmt.Sprintf("x%-2d: %s ", k, n(k+2))
		}
		out = append(out, strings.TrimSpace(row))
	}
	return append(out, "Call trace:", " "+place, " "+frame,
		fmt.Sprintf("Code: %08x 00000068 d50323bf d65f03c0 (d4210000) ", 0x10+cpu), "---[ end trace 0000000000000000 ]---")
}

// dumpOfI386 is a dump as an i386 kernel of 5.x prints it.
func dumpOfI386(cpu int, head []string, place, frame string) []string {
	n := func(i int) string { return fmt.Sprintf("c%d0000%02x", cpu, i) }
	return append(append([]string{}, head...),
		"Modules linked in: nf_conntrack",
		fmt.Sprintf("CPU: %d PID: %d Comm: worker/%d Not tainted 5.10.0 #1", cpu, 100+cpu, cpu),
		"Hardware name: QEMU Standard PC",
		"EIP: "+place,
		fmt.Sprintf("Code: %02x 8b 45 10 <0f> 0b 83 c4 08", 0x10+cpu),
		"EAX: "+n(1)+" EBX: "+n(2)+" ECX: "+n(3)+" EDX: "+n(4),
		"ESI: "+n(5)+" EDI: "+n(6)+" EBP: "+n(7)+" ESP: "+n(8),
		"DS: 007b ES: 007b FS: 00d8 GS: 0033 SS: 0068 EFLAGS: 00010246",
		"CR0: 80050033 CR2: "+n(9)+" CR3: 02c1d000 CR4: 000006d0",
		"Call Trace:", " "+frame, "---[ end trace 0000000000000000 ]---")
}

// TestTwoCPUsElsewhere is TestTwoCPUs for arm64 and i386. What is left in a crash is its own, and its confidence says so.
func TestTwoCPUsElsewhere(t *testing.T) {
	for name, dump := range map[string]func(int, []string, string, string) []string{"arm64": dumpOfARM64, "i386": dumpOfI386} {
		a := dump(0, []string{"WARNING: CPU: 0 PID: 100 at net/core/dev.c:3131 skb_checksum_help+0xa1/0xb0"},
			"skb_checksum_help+0xa1/0xb0", "nf_conntrack_in+0x1e1/0x760 [nf_conntrack]")
		b := dump(1, []string{"WARNING: CPU: 1 PID: 101 at lib/dynamic_queue_limits.c:27 dql_completed+0x12f/0x140"},
			"dql_completed+0x12f/0x140", "igc_poll+0x19d/0x14b0 [igc]")
		for lead := 1; lead < 10; lead++ {
			found := crashes(t, []byte(mix(a, b, lead)))
			if len(found) != 2 {
				t.Errorf("%s, %d lines ahead: %d crashes", name, lead, len(found))
				continue
			}
			for cpu, c := range found {
				own := [2]string{"skb_checksum_help", "dql_completed"}[cpu]
				if lead > 4 && (len(c.Registers) < 12 || !c.Code.Known() || len(c.Trace) == 0) {
					t.Errorf("%s, %d ahead: %d registers, code %q, %d frames", name, lead, len(c.Registers), c.Code.Value.Text, len(c.Trace))
				}
				other := [2]string{"igc_poll", "nf_conntrack_in"}[cpu]
				if c.IP.Value.Symbol != own || c.CPU.Value != cpu || c.PID.Value != 100+cpu {
					t.Errorf("%s, %d ahead: ip %s, cpu %d, pid %d", name, lead, c.IP.Value.Symbol, c.CPU.Value, c.PID.Value)
				}
				if c.Code.Known() && !strings.HasPrefix(c.Code.Value.Text, fmt.Sprintf("%02x ", 0x10+cpu)) &&
					!strings.HasPrefix(c.Code.Value.Text, fmt.Sprintf("%08x ", 0x10+cpu)) {
					t.Errorf("%s, %d ahead: code of the other CPU: %s", name, lead, c.Code.Value.Text)
				}
				for i := range c.Trace {
					if c.Trace[i].Symbol == other {
						t.Errorf("%s, %d ahead: frame %s is the other CPU's", name, lead, other)
					}
				}
				for _, r := range c.Registers {
					if r.Value>>40 == 0xffff88 && int(r.Value>>32&0xf) != cpu || r.Value>>28 == 0xc && int(r.Value>>24&0xf) != cpu {
						t.Errorf("%s, %d ahead: %s = %#x is the other CPU's", name, lead, r.Name, r.Value)
					}
				}
				for i := range c.Lines {
					if c.Lines[i].Text == "pc : "+own && c.Confidence(i) != oops.Ordered {
						t.Errorf("%s, %d ahead: nothing says that the place was told by its order", name, lead)
					}
				}
			}
		}
	}
}
