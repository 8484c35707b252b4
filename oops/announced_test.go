package oops_test

import (
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

const (
	kasanReport = `==================================================================
BUG: KASAN: vmalloc-out-of-bounds in __ebt_unregister_table+0xcc5/0xce0
Read of size 4 at addr ffffc9000224d000 by task kworker/u4:3/9210

CPU: 0 PID: 9210 Comm: kworker/u4:3 Not tainted 6.2.0 #13
Call Trace:
 <TASK>
 kasan_report+0xc0/0xf0
 __ebt_unregister_table+0xcc5/0xce0
 ebt_unregister_table+0x35/0x40
 </TASK>

Memory state around the buggy address:
 ffffc9000224cf00: f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8
>ffffc9000224d000: f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8
==================================================================
`
	faultDump = `BUG: unable to handle page fault for address: ffffc9000224d000
#PF: supervisor read access in kernel mode
#PF: error_code(0x0000) - not-present page
Oops: 0000 [#1] PREEMPT SMP KASAN
CPU: 0 PID: 9210 Comm: kworker/u4:3 Tainted: G    B              6.2.0 #13
RIP: 0010:__ebt_unregister_table+0x238/0xce0
Code: 8e 07 00 00 e8 39 bc d1 f8 48 89 da <8b> 2b 31 ff 89 ee e8 bd b8 d1 f8
RSP: 0018:ffffc90013ad7b08 EFLAGS: 00010292
RAX: 0000000000000001 RBX: ffffc9000224d000 RCX: 0000000000000000
Call Trace:
 ebt_unregister_table+0x35/0x40
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception
`
	monitor = `VM DIAGNOSIS:
info registers vcpu 0
RAX=000000000000005d RBX=00000000000003f8 RCX=0000000000000000 RDX=00000000000003f8
R8 =0000000000000001 R9 =000000000000001f R10=0000000000000000 R11=000000006f6d654d
RIP=ffffffff8472c7bf RFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0
CR0=80050033 CR2=000056462b7f47b8 CR3=000000006aa22000 CR4=00750ef0
`
)

// TestAnnouncedFault: a sanitizer's report and the fault behind it are one incident; the report is the root, the place,
// bytes and registers are the fault's, and a monitor's registers nobody's.
func TestAnnouncedFault(t *testing.T) {
	found := crashes(t, []byte(kasanReport+faultDump+monitor))
	if len(found) != 1 {
		t.Fatalf("%d crashes", len(found))
	}
	c := found[0]
	if c.Kind != "kasan-vmalloc-out-of-bounds" || c.IP.Value.Offset != 0x238 || c.Panic.Value != "Fatal exception" || c.Severity != oops.SevPanic {
		t.Errorf("%s: %s at +%#x, panic %q", c.Title, c.Kind, c.IP.Value.Offset, c.Panic.Value)
	}
	if r, ok := c.Register("rbx"); !ok || r.Value != 0xffffc9000224d000 {
		t.Errorf("rbx = %#x", r.Value)
	}
	if _, ok := c.Register("r8"); ok {
		t.Error("a register of the monitor")
	}
	if len(c.FollowOn) != 2 {
		t.Errorf("follow-on %v", c.FollowOn)
	}
}

// TestWarningThenFault: a warning and a fault in the same function, one behind the other.
func TestWarningThenFault(t *testing.T) {
	warn := `WARNING: CPU: 0 PID: 9210 at net/bridge/netfilter/ebtables.c:1100 __ebt_unregister_table+0x200/0xce0
CPU: 0 PID: 9210 Comm: kworker/u4:3 Not tainted 6.2.0 #13
RIP: 0010:__ebt_unregister_table+0x200/0xce0
Call Trace:
 ebt_unregister_table+0x35/0x40
---[ end trace 0000000000000000 ]---
`
	found := crashes(t, []byte(warn+faultDump))
	if len(found) != 1 || found[0].Kind != oops.PagingRequest || found[0].FirstLine != 1 || len(found[0].FollowOn) != 2 {
		t.Errorf("%d crashes, first %+v", len(found), found[0].Title)
	}
	other := strings.ReplaceAll(warn, "__ebt_unregister_table", "ebt_do_table")
	if found := crashes(t, []byte(other+faultDump)); len(found) != 2 {
		t.Errorf("another function: %d crashes, want 2", len(found))
	}
}

// TestInterrupted: the registers and bytes of what a report interrupted, in the idle loop or in user mode, are not its own.
func TestInterrupted(t *testing.T) {
	for name, block := range map[string]string{
		"idle": "RIP: 0010:native_safe_halt+0xe/0x10\n",
		"user": "RIP: 0033:0x7f0cdc819142\n",
	} {
		log := strings.Replace(kasanReport, " </TASK>\n", block+
			"Code: 09 f9 fe 48 8b 04 24 e9 12 ff ff ff <c3> 90 66 66 66 66 90\nRSP: 0018:ffff888050347d98 EFLAGS: 00000246\n"+
			"RAX: ffffffffa3d1ad00 RBX: 0000000000000004 RCX: ffffffffa28bbbd6\n default_idle+0x1f/0x280\n </TASK>\n", 1)
		found := crashes(t, []byte(log))
		if len(found) != 1 {
			t.Fatalf("%s: %d crashes", name, len(found))
		}
		c := found[0]
		if c.IP.Value.Symbol != "__ebt_unregister_table" || c.Code.Known() || len(c.Registers) > 0 || c.Arch != oops.X8664 {
			t.Errorf("%s: ip %s, code %q, %d registers, %s", name, c.IP.Value.Symbol, c.Code.Value.Text, len(c.Registers), c.Arch)
		}
	}
}
