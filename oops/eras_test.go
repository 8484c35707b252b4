package oops_test

import (
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// era is a dump in the form that one range of kernels prints, with what a person reads in it. The numbers are made up;
// the forms are those of arch/{i386,x86,x86_64}/kernel/traps.c and mm/fault.c of the time.
type era struct {
	name, log string
	title     string
	kind      oops.Kind
	arch      oops.Arch
	kernel    string
	symbol    string
	offset    uint64
	module    string
	address   uint64
	comm      string
	pid, cpu  int
	units     int  // of the Code: line
	fromIP    bool // unmarked bytes begin at the instruction pointer
	frames    int
	first     string // innermost frame of the trace
	panic     string
	tainted   string
}

var eras = []era{
	{
		name: "2.4 i386, no symbols",
		log: `Unable to handle kernel NULL pointer dereference at virtual address 00000010
 printing eip:
d08c4a12
*pde = 00000000
Oops: 0000
CPU:    0
EIP:    0010:[<d08c4a12>]    Not tainted
EFLAGS: 00010246
eax: 00000000   ebx: c8a1e000   ecx: 00000006   edx: c8a1e0a4
esi: cf9d2c60   edi: cf9d2c74   ebp: c02b7e50   esp: c02b7e1c
ds: 0018   es: 0018   ss: 0018
Process swapper (pid: 0, stackpage=c02b7000)
Stack: cf9d2c60 c02b7e50 00000000 d08c5f20 c02b7ea4 00000003 cfa11000 00000000
       c02b7e70 d08bd134 c02b7ea4 00000000 00000003 00000001 cfa11000 00000000
Call Trace:    [<d08c5f20>] [<d08bd134>] [<c01f2a4c>] [<c01f9a10>]

Code: 8b 40 10 85 c0 74 0a 50 e8 a1 fe ff ff 83 c4 04 c3 90 90 90
 <0>Kernel panic: Aiee, killing interrupt handler!
In interrupt handler - not syncing
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in corrupted", kind: oops.NullDeref, arch: oops.I386,
		address: 0x10, comm: "swapper", pid: 0, cpu: 0, units: 20, fromIP: true, frames: 4, panic: "Aiee, killing interrupt handler!",
	},
	{
		name: "2.6.9 x86_64, braces and decimal offsets",
		log: `Unable to handle kernel NULL pointer dereference at 0000000000000018 RIP:
<ffffffffa0094a12>{:ip_conntrack:tcp_packet+178}
PML4 3c0c1067 PGD 3c0c2067 PMD 0
Oops: 0000 [1] SMP
CPU 1
Modules linked in: ipt_state ip_conntrack iptable_filter ip_tables e1000
Pid: 0, comm: swapper Not tainted 2.6.9-34.ELsmp
RIP: 0010:[<ffffffffa0094a12>] <ffffffffa0094a12>{:ip_conntrack:tcp_packet+178}
RSP: 0018:ffffffff8045bd38  EFLAGS: 00010246
RAX: 0000000000000000 RBX: 000001003d8c2c60 RCX: 0000000000000006
RDX: 0000000000000000 RSI: 000001003d8c2c74 RDI: 000001003ca11000
CR2: 0000000000000018 CR3: 0000000000101000 CR4: 00000000000006e0
Process swapper (pid: 0, threadinfo 000001003ff7c000, task 000001003ff80030)
Stack: 0000000000000000 0000000000000001 000001003d8c2c60 ffffffffa0093f20
Call Trace:<IRQ> <ffffffffa0093f20>{:ip_conntrack:ip_conntrack_in+462} <ffffffff802c1d12>{nf_iterate+82}
       <ffffffff802c2134>{nf_hook_slow+116} <ffffffff802ce7a0>{ip_rcv_finish+0}
       <EOI> <ffffffff8010e749>{mwait_idle+86}

Code: 48 8b 40 18 48 85 c0 74 0a 48 89 c7 e8 a1 fe ff ff 83 c4 04
RIP <ffffffffa0094a12>{:ip_conntrack:tcp_packet+178} RSP <ffffffff8045bd38>
CR2: 0000000000000018
 <0>Kernel panic - not syncing: Oops
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in tcp_packet", kind: oops.NullDeref, arch: oops.X8664,
		kernel: "2.6.9-34.ELsmp", symbol: "tcp_packet", offset: 178, module: "ip_conntrack", address: 0x18, comm: "swapper", pid: 0, cpu: 1,
		units: 20, fromIP: true, frames: 5, first: "ip_conntrack_in", panic: "Oops",
	},
	{
		name: "2.6.18 i386, EIP at the end",
		log: `BUG: unable to handle kernel paging request at virtual address f7a31004
 printing eip:
f8e40765
*pde = 00000000
Oops: 0002 [#1]
SMP
Modules linked in: ipt_MASQUERADE iptable_nat ip_nat ip_conntrack nfnetlink
CPU:    1
EIP:    0060:[<f8e40765>]    Tainted: P      VLI
EFLAGS: 00010286   (2.6.18-6-686 #1)
EIP is at ip_nat_cleanup_conntrack+0x35/0x70 [ip_nat]
eax: f7a31000   ebx: f180dc00   ecx: 00000001   edx: f180dbf8
esi: f180dbf8   edi: 00000000   ebp: f180dc40   esp: c0331f5c
ds: 007b   es: 007b   ss: 0068
Process swapper (pid: 0, ti=c0330000 task=c02c95e0 task.ti=c0330000)
Stack: f180dbf8 c0331f80 f8e31a21 f180dbf8 00000000 c0331f94 f8e31b10 f180dbf8
Call Trace:
 [<f8e31a21>] destroy_conntrack+0x71/0xe0 [ip_conntrack]
 [<f8e31b10>] death_by_timeout+0x60/0xb0 [ip_conntrack]
 [<c0128d2c>] run_timer_softirq+0xfc/0x180
 [<c0124ad4>] __do_softirq+0x64/0xd0
Code: 56 53 83 ec 08 8b 72 1c 85 f6 74 2b 8b 46 04 89 c3 8b 4e 08 85 c9 74 03 89 41 04 8b 53 10 89 d0 90 90 90 90 90 90 90 90 90 90 90 90 <89> 48 04 c7 43 04 00 02 20 00 83 c4 08 5b 5e c3 90 90 90 90
EIP: [<f8e40765>] ip_nat_cleanup_conntrack+0x35/0x70 [ip_nat] SS:ESP 0068:c0331f5c
 <0>Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "BUG: unable to handle kernel paging request in ip_nat_cleanup_conntrack", kind: oops.PagingRequest, arch: oops.I386,
		kernel: "2.6.18-6-686", symbol: "ip_nat_cleanup_conntrack", offset: 0x35, module: "ip_nat", address: 0xf7a31004, comm: "swapper", pid: 0, cpu: 1,
		units: 64, frames: 4, first: "destroy_conntrack", panic: "Fatal exception in interrupt", tainted: "P",
	},
	{
		name: "2.6.32 x86_64, two addresses before the symbol",
		log: `BUG: unable to handle kernel NULL pointer dereference at 0000000000000084
IP: [<ffffffffa01b23d4>] nf_nat_setup_info+0x234/0x5a0 [nf_nat]
PGD 0
Oops: 0000 [#1] SMP
last sysfs file: /sys/devices/system/cpu/cpu3/cache/index2/shared_cpu_map
CPU 2
Modules linked in: xt_conntrack iptable_nat nf_nat nf_conntrack
Pid: 1234, comm: ksoftirqd/2 Not tainted 2.6.32-71.el6.x86_64 #1 PowerEdge R410
RIP: 0010:[<ffffffffa01b23d4>]  [<ffffffffa01b23d4>] nf_nat_setup_info+0x234/0x5a0 [nf_nat]
RSP: 0018:ffff880028303a20  EFLAGS: 00010286
RAX: 0000000000000000 RBX: ffff88022a1e5a80 RCX: 0000000000000000
Process ksoftirqd/2 (pid: 1234, threadinfo ffff88022b4be000, task ffff88022b4bd500)
Stack:
 0000000000000001 ffff880028303b10 ffff88022a1e5a80 0000000000000000
Call Trace:
 <IRQ>
 [<ffffffffa01c0a5e>] alloc_null_binding+0x5e/0xa0 [iptable_nat]
 [<ffffffff814556c9>] ? nf_iterate+0x69/0xb0
 <EOI>
 [<ffffffff81092a86>] kthread+0x96/0xa0
Code: 48 89 c7 e8 12 34 56 e1 48 8b 43 10 48 85 c0 74 1f 0f b6 50 04 84 d2 74 17 0f b6 d2 48 01 d0 74 0f 90 90 90 90 90 90 90 <8b> 80 84 00 00 00 a9 80 01 00 00 0f 85 12 01 00 00 31 c0 c9 c3
RIP  [<ffffffffa01b23d4>] nf_nat_setup_info+0x234/0x5a0 [nf_nat]
 RSP <ffff880028303a20>
CR2: 0000000000000084
---[ end trace 9d2d1a1d3c4b5a69 ]---
Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in nf_nat_setup_info", kind: oops.NullDeref, arch: oops.X8664,
		kernel: "2.6.32-71.el6.x86_64", symbol: "nf_nat_setup_info", offset: 0x234, module: "nf_nat", address: 0x84, comm: "ksoftirqd/2", pid: 1234, cpu: 2,
		units: 61, frames: 3, first: "alloc_null_binding", panic: "Fatal exception in interrupt",
	},
	{
		name: "4.9 x86_64, kernel BUG",
		log: `------------[ cut here ]------------
kernel BUG at net/netfilter/nf_nat_core.c:395!
invalid opcode: 0000 [#1] SMP
Modules linked in: nf_nat nf_conntrack
CPU: 0 PID: 77 Comm: kworker/0:1 Tainted: G        W  O    4.9.0-8-amd64 #1 Debian 4.9.130-2
Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.10.2-1 04/01/2014
task: ffff9c1d3c0d5040 task.stack: ffffa1f9c0a4c000
RIP: 0010:[<ffffffffc04c1a5c>]  [<ffffffffc04c1a5c>] nf_nat_setup_info+0x5bc/0x5c0 [nf_nat]
RSP: 0018:ffffa1f9c0a4fa98  EFLAGS: 00010202
Call Trace:
 [<ffffffffc04d2085>] ? nf_nat_alloc_null_binding+0x55/0x90 [nf_nat]
 [<ffffffff9b33a1c5>] ? process_one_work+0x185/0x410
Code: 0f 0b 0f 1f 00 <0f> 0b 66 66 2e 0f 1f 84
RIP  [<ffffffffc04c1a5c>] nf_nat_setup_info+0x5bc/0x5c0 [nf_nat]
 RSP <ffffa1f9c0a4fa98>
---[ end trace 3b1f0c8a0d1e2f3a ]---
`,
		title: "kernel BUG in nf_nat_setup_info", kind: oops.Bug, arch: oops.X8664, kernel: "4.9.0-8-amd64", symbol: "nf_nat_setup_info", offset: 0x5bc,
		module: "nf_nat", comm: "kworker/0:1", pid: 77, cpu: 0, units: 13, frames: 2, first: "nf_nat_alloc_null_binding", tainted: "WO",
	},
	{
		name: "5.15 x86_64, non-canonical GPF",
		log: `general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] PREEMPT SMP NOPTI
CPU: 3 PID: 0 Comm: swapper/3 Kdump: loaded Not tainted 5.15.0-91-generic #101-Ubuntu
RIP: 0010:nf_ct_gc_expired+0x19/0x90 [nf_conntrack]
Code: 00 0f 1f 44 00 00 55 48 89 e5 41 54 49 89 fc 53 8b 07 85 c0 74 5d 8d 50 01 f0 0f b1 17 75 f2 85 c0 78 5f 48 8b 05 11 22 33 <49> 8b 44 24 08 29 c8 85 c0 7e 1e 4c 89 e7 e8 12 34 00 00 5b 41 5c
RSP: 0018:ffffb0a1c01a0e50 EFLAGS: 00010246
RAX: 0000000000000001 RBX: ffff8f1a80a3c500 RCX: 00000000fffbd1a5
Call Trace:
 <IRQ>
 early_drop+0x11c/0x2b0 [nf_conntrack]
 __nf_conntrack_alloc+0xd7/0x180 [nf_conntrack]
 </IRQ>
 <TASK>
 cpuidle_enter_state+0xd9/0x620
 </TASK>
---[ end trace 0c1d2e3f4a5b6c7d ]---
`,
		title: "general protection fault in nf_ct_gc_expired", kind: oops.GPF, arch: oops.X8664, kernel: "5.15.0-91-generic", symbol: "nf_ct_gc_expired", offset: 0x19,
		module: "nf_conntrack", address: 0xdead000000000108, comm: "swapper/3", pid: 0, cpu: 3, units: 63, frames: 3, first: "early_drop",
	},
	{
		name: "6.12 x86_64, two Oops words and names of taint",
		log: `BUG: kernel NULL pointer dereference, address: 00000000000000d8
#PF: supervisor write access in kernel mode
#PF: error_code(0x0002) - not-present page
PGD 0 P4D 0
Oops: Oops: 0002 [#1] PREEMPT SMP NOPTI
CPU: 1 UID: 0 PID: 864 Comm: isc net-0000 Tainted: G        W  OE      6.12.9-amd64 #1  Debian 6.12.9-1
Tainted: [W]=WARN, [O]=OOT_MODULE, [E]=UNSIGNED_MODULE
Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-1 04/01/2014
RIP: 0010:nft_tproxy_eval_v4.isra.0+0x1d0/0x300 [nft_tproxy]
Code: 48 8b 05 00 00 00 00 <48> 89 82 d8 00 00 00 c3
RSP: 0018:ffffb0a1c01a0e50 EFLAGS: 00010246
RAX: 0000000000000001 RBX: ffff8f1a80a3c500 RCX: 00000000fffbd1a5
CR2: 00000000000000d8 CR3: 0000000102a10000 CR4: 0000000000350ef0
Call Trace:
 <TASK>
 nft_do_chain+0x1a1/0x5c0 [nf_tables 0123456789abcdef0123456789abcdef01234567]
 </TASK>
---[ end trace 0000000000000000 ]---
note: isc net-0000[864] exited with preempt_count 1
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in nft_tproxy_eval_v4", kind: oops.NullDeref, arch: oops.X8664, kernel: "6.12.9-amd64",
		symbol: "nft_tproxy_eval_v4.isra.0", offset: 0x1d0, module: "nft_tproxy", address: 0xd8, comm: "isc net-0000", pid: 864, cpu: 1, units: 15, frames: 1,
		first: "nft_do_chain", tainted: "WOE",
	},
	{
		name: "6.19 x86_64, WARNING with the place first",
		log: `------------[ cut here ]------------
WARNING: net/netfilter/nf_conntrack_core.c:99 at nf_ct_delete+0x26/0x130 [nf_conntrack], CPU#1: sh/163
Modules linked in: nf_conntrack
CPU: 1 UID: 0 PID: 163 Comm: sh Not tainted 7.2.0-rc1 #1 PREEMPT(lazy)
RIP: 0010:nf_ct_delete+0x26/0x130 [nf_conntrack]
Code: 90 90 <0f> 0b c3
RSP: 0018:ffffb0a1c01a0e50 EFLAGS: 00010246
RAX: 0000000000000001 RBX: ffff8f1a80a3c500 RCX: 00000000fffbd1a5
Call Trace:
 <TASK>
 ctnetlink_del_conntrack+0x1a1/0x5c0 [nf_conntrack_netlink]
 </TASK>
---[ end trace 0000000000000000 ]---
`,
		title: "WARNING in nf_ct_delete", kind: oops.Warn, arch: oops.X8664, kernel: "7.2.0-rc1", symbol: "nf_ct_delete", offset: 0x26, module: "nf_conntrack",
		comm: "sh", pid: 163, cpu: 1, units: 5, frames: 1, first: "ctnetlink_del_conntrack",
	},
}

func TestEras(t *testing.T) {
	for _, e := range eras {
		t.Run(e.name, func(t *testing.T) {
			e.check(t, oneCrash(t, e.log))
		})
	}
}

// crashesIn reads all crashes of a log.
func crashesIn(t *testing.T, log string) []*oops.Crash {
	t.Helper()
	var p oops.Parser
	var all []*oops.Crash
	for c, err := range p.Crashes(strings.NewReader(log)) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// oneCrash reads the one crash of a log.
func oneCrash(t *testing.T, log string) *oops.Crash {
	t.Helper()
	all := crashesIn(t, log)
	if len(all) != 1 {
		t.Fatalf("%d crashes, want 1", len(all))
	}
	return all[0]
}

func (e *era) check(t *testing.T, c *oops.Crash) {
	t.Helper()
	same := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s = %v, want %v", what, got, want)
		}
	}
	same("title", c.Title, e.title)
	same("kind", c.Kind, e.kind)
	same("arch", c.Arch, e.arch)
	same("kernel", c.Kernel.Value, e.kernel)
	same("symbol", c.IP.Value.Symbol, e.symbol)
	same("offset", c.IP.Value.Offset, e.offset)
	same("module", c.IP.Value.Module, e.module)
	same("fault address", c.FaultAddress.Value, e.address)
	same("comm", c.Comm.Value, e.comm)
	same("pid", c.PID.Value, e.pid)
	same("cpu", c.CPU.Value, e.cpu)
	same("panic", c.Panic.Value, e.panic)
	same("taint", strings.Join(c.Tainted.Value, ""), e.tainted)
	same("code units", len(strings.Fields(c.Code.Value.Text)), e.units)
	same("code from ip", c.Code.Value.FromIP, e.fromIP)
	same("frames", len(c.Trace), e.frames)
	if e.first != "" && len(c.Trace) > 0 {
		same("first frame", c.Trace[0].Symbol, e.first)
	}
	if c.IP.Line == 0 || c.IP.Line > c.LastLine {
		t.Errorf("ip is of line %d", c.IP.Line)
	}
}
