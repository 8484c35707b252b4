package oops_test

import (
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// pasted are dumps of eras and machines as people pasted them, after the daemons of their time: klogd put names in the
// place of addresses, logread and journalctl have dates of their own. The numbers are made up.
var pasted = []era{
	{
		name: "2.6.10 i386, BUG with VLI",
		log: `------------[ cut here ]------------
kernel BUG at net/ipv4/netfilter/ip_conntrack_core.c:411!
invalid operand: 0000 [#1]
PREEMPT SMP
Modules linked in: ipt_REJECT ip_conntrack
CPU:    0
EIP:    0060:[<e08a45f2>]    Not tainted VLI
EFLAGS: 00010246   (2.6.10-1.770_FC3)
EIP is at destroy_conntrack+0xb2/0xd0 [ip_conntrack]
eax: 00000000   ebx: d1a4c0f4   ecx: 00000000   edx: 00000001
esi: d1a4c0f4   edi: c0391ee0   ebp: c0391e9c   esp: c0391e40
ds: 007b   es: 007b   ss: 0068
Process swapper (pid: 0, threadinfo=c0390000 task=c0320b80)
Stack: d1a4c0f4 c0391e60 00000000
Call Trace:
 [<c02a45b2>] __kfree_skb+0x92/0xe0
 [<c02c0060>] ip_rcv+0x60/0x4a0
Code: 8b 54 24 0c 89 44 24 04 c7 04 24 20 5b 8b 40 18 85 c0 74 1d 8b 54 24 0c 89 44 24 04 c7 04 24 20 5b 8b 40 18 85 c0 74 1d <0f> 0b 9b 01 e0 b2 8a e0 e9 7f ff ff ff 8d 74 26 00 55 57
 <0>Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "kernel BUG in destroy_conntrack", kind: oops.Bug, arch: oops.I386, kernel: "2.6.10-1.770_FC3",
		symbol: "destroy_conntrack", offset: 0xb2, module: "ip_conntrack", comm: "swapper", units: 59, frames: 2,
		first: "__kfree_skb", panic: "Fatal exception in interrupt",
	},
	{
		name: "powerpc 2.4, a backtrace of addresses",
		log: `Oops: kernel access of bad area, sig: 11
NIP: C9471C7C XER: 20000000 LR: C0018C74 SP: C0198E20 REGS: c0198d70 TRAP: 0800    Not tainted
MSR: 00009030 EE: 1 PR: 0 FP: 0 ME: 1 IR/DR: 11
DEAR: C9876FFF, ESR: 00000000
TASK = c0197020[0] 'swapper' Last syscall: 120
last math 00000000 last altivec 00000000
GPR00: 00000000 C0198E20 C0197020 00000000 C016E494 000000C2 C01D0000 00000000
GPR08: C98701F0 C9876FFF 00008000 C768AE0F 24004022 1001B120 07FC9500 00000000
GPR16: 00000001 00000001 FFFFFFFF 007FFE00 00001032 00198EE0 00000000 C0004780
GPR24: C01D2F68 C01E0000 C0170000 C0170000 C01B0000 C9473870 00000000 C9473864
Call backtrace:
00000001 C0018C74 C0018A1C C0005E14 C0004780 C0022724 C0005D4C
C0005D60 C0002430 C01AE5BC C0002328
Kernel panic: Aiee, killing interrupt handler!
In interrupt handler - not syncing
 <0>Rebooting in 1 seconds..
`,
		title: "BUG: unable to handle kernel paging request in corrupted", kind: oops.PagingRequest, arch: oops.PPC,
		address: 0xc9876fff, comm: "swapper", frames: 10, panic: "Aiee, killing interrupt handler!",
	},
	{
		name: "2.6.9 x86_64, please bite here",
		log: `----------- [cut here ] --------- [please bite here ] ---------
Kernel BUG at ip_conntrack_core:297
invalid operand: 0000 [1] SMP
CPU 0
Modules linked in: ipt_state ip_conntrack iptable_filter ip_tables
Pid: 2711, comm: named Tainted: GF     2.6.9-22.ELsmp
RIP: 0010:[<ffffffffa00c43a1>] <ffffffffa00c43a1>{:ip_conntrack:destroy_conntrack+161}
RSP: 0018:00000100bd3a1b98  EFLAGS: 00010246
RAX: 0000000000000000 RBX: 00000100b9d8ac40 RCX: 0000000000000011
CR2: 0000002a955f1000 CR3: 0000000000101000 CR4: 00000000000006e0
Process named (pid: 2711, threadinfo 00000100bd3a0000, task 00000100bd23b030)
Stack: 00000100bf48d880 ffffffff802b2b71
Call Trace:<ffffffff802b2b71>{__kfree_skb+241} <ffffffff802b2c09>{kfree_skb+9}
       <ffffffff802f7a3d>{udp_recvmsg+397} <ffffffff80110bf5>{system_call+126}

Code: 0f 0b 5a 72 0c a0 ff ff ff ff 29 01 48 8b 83 b8 00 00 00 48
RIP <ffffffffa00c43a1>{:ip_conntrack:destroy_conntrack+161} RSP <00000100bd3a1b98>
`,
		title: "kernel BUG in destroy_conntrack", kind: oops.Bug, arch: oops.X8664, kernel: "2.6.9-22.ELsmp",
		symbol: "destroy_conntrack", offset: 0xa1, module: "ip_conntrack", comm: "named", pid: 2711, fromIP: true,
		units: 20, frames: 4, first: "__kfree_skb", tainted: "F",
	},
	{
		name: "2.4 i386 after klogd",
		log: `Mar 12 03:14:15 fw kernel: Unable to handle kernel NULL pointer dereference at virtual address 00000018
Mar 12 03:14:15 fw kernel:  printing eip:
Mar 12 03:14:15 fw kernel: d08a3f2c
Mar 12 03:14:15 fw kernel: *pde = 00000000
Mar 12 03:14:15 fw kernel: Oops: 0000
Mar 12 03:14:15 fw kernel: CPU:    0
Mar 12 03:14:15 fw kernel: EIP:    0010:[ip_nat_fn+44/544]    Not tainted
Mar 12 03:14:15 fw kernel: EFLAGS: 00010246
Mar 12 03:14:15 fw kernel: eax: 00000000   ebx: c7f1a3c0   ecx: 00000001   edx: c0287e60
Mar 12 03:14:15 fw kernel: esi: c7f1a3c0   edi: c0287ee0   ebp: c0287e9c   esp: c0287e40
Mar 12 03:14:15 fw kernel: ds: 0018   es: 0018   ss: 0018
Mar 12 03:14:15 fw kernel: Process swapper (pid: 0, stackpage=c0287000)
Mar 12 03:14:15 fw kernel: Stack: c7f1a3c0 c0287e60 00000000 c0287ee0 d08a5b20 c0287e9c c0206f1b c7f1a3c0
Mar 12 03:14:15 fw kernel:        00000001 c0287ee0 c119f400 00000000 c0287f00 80000000 c0287ee0 c02073c2
Mar 12 03:14:15 fw kernel: Call Trace:    [<d08a5b20>] [do_softirq+90/160] [<c02073c2>] [<c0213d40>] [<c0105000>]
Mar 12 03:14:15 fw kernel:   [<c01086bd>] [<c010a3a8>]
Mar 12 03:14:15 fw kernel:
Mar 12 03:14:15 fw kernel: Code: 8b 40 18 85 c0 74 1d 8b 54 24 0c 89 44 24 04 c7 04 24 20 5b
Mar 12 03:14:15 fw kernel:  <0>Kernel panic: Aiee, killing interrupt handler!
Mar 12 03:14:15 fw kernel: In interrupt handler - not syncing
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in ip_nat_fn", kind: oops.NullDeref,
		arch: oops.I386, symbol: "ip_nat_fn", offset: 0x2c, address: 0x18, comm: "swapper", fromIP: true, units: 20,
		frames: 7, panic: "Aiee, killing interrupt handler!",
	},
	{
		name: "2.6.8 i386 after klogd",
		log: `Mar 12 03:14:15 fw kernel: Unable to handle kernel paging request at virtual address 5a5a5a5e
Mar 12 03:14:15 fw kernel:  printing eip:
Mar 12 03:14:15 fw kernel: e08212f3
Mar 12 03:14:15 fw kernel: *pde = 00000000
Mar 12 03:14:15 fw kernel: Oops: 0002 [#1]
Mar 12 03:14:15 fw kernel: Modules linked in: ip_conntrack ip_tables
Mar 12 03:14:15 fw kernel: CPU:    0
Mar 12 03:14:15 fw kernel: EIP:    0060:[pg0+541991667/1068991488]    Not tainted VLI
Mar 12 03:14:15 fw kernel: EFLAGS: 00010282   (2.6.8-2-686)
Mar 12 03:14:15 fw kernel: EIP is at clean_from_lists+0x43/0x90 [ip_conntrack]
Mar 12 03:14:15 fw kernel: eax: 5a5a5a5a   ebx: c3a1c0e0   ecx: c3a1c0e8   edx: 5a5a5a5a
Mar 12 03:14:15 fw kernel: esi: c3a1c0e0   edi: 00000001   ebp: c02a1f40   esp: c02a1f08
Mar 12 03:14:15 fw kernel: ds: 007b   es: 007b   ss: 0068
Mar 12 03:14:15 fw kernel: Process swapper (pid: 0, threadinfo=c02a0000 task=c0266b60)
Mar 12 03:14:15 fw kernel: Stack: c3a1c0e0 00000000 c8821490 c3a1c0e0 c02a0000 c02a1f40 c011e5c6 c3a1c0e0
Mar 12 03:14:15 fw kernel: Call Trace:
Mar 12 03:14:15 fw kernel:  [pg0+541992080/1068991488] death_by_timeout+0x40/0x80 [ip_conntrack]
Mar 12 03:14:15 fw kernel:  [run_timer_softirq+213/448] run_timer_softirq+0xd5/0x1c0
Mar 12 03:14:15 fw kernel:  [__do_softirq+125/144] __do_softirq+0x7d/0x90
Mar 12 03:14:15 fw kernel: Code: 89 42 04 89 10 c7 41 04 00 00 00 00 c7 46 08 00 00 00 00 8b
Mar 12 03:14:15 fw kernel:  <0>Kernel panic: Fatal exception in interrupt
Mar 12 03:14:15 fw kernel: In interrupt handler - not syncing
`,
		title: "BUG: unable to handle kernel paging request in clean_from_lists", kind: oops.PagingRequest,
		arch: oops.I386, kernel: "2.6.8-2-686", symbol: "clean_from_lists", offset: 0x43, module: "ip_conntrack",
		address: 0x5a5a5a5e, comm: "swapper", units: 20, frames: 3, first: "death_by_timeout",
		panic: "Fatal exception in interrupt",
	},
	{
		name: "s390 2.6, bytes at the PSW",
		log: `Unable to handle kernel pointer dereference at virtual kernel address 0000000000000000
Oops: 0004 [#1]
CPU:    0    Not tainted
Process iptables (pid: 2345, task: 000000000f0b2038, ksp: 000000000e1d7a98)
Krnl PSW : 0700000180000000 00000000108a45f2 (ipt_do_table+0x1f2/0x4a0 [ip_tables])
Krnl GPRS: 0000000000000000 0000000000000000 0000000000000000 0000000000000001
           00000000108a45e0 0000000000000000 0000000000000000 0000000000000000
           0000000000000000 0000000000000000 0000000000000000 0000000000000000
           00000000108a0000 00000000108a7000 00000000108a45e0 000000000e1d7b78
Krnl Code: e3 10 20 08 00 04 12 11 a7 84 00 08 58 10 20 00 50 10 b0 a8
Call Trace:
([<0000000000000000>] 0x0)
 [<000000001089a0c8>] ipt_hook+0x48/0x60 [iptable_filter]
 [<0000000000251c3a>] nf_iterate+0x9a/0x100
 <0>Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "BUG: unable to handle kernel paging request in ipt_do_table", kind: oops.NullDeref, arch: oops.S390X,
		symbol: "ipt_do_table", offset: 0x1f2, module: "ip_tables", comm: "iptables", pid: 2345, units: 20,
		frames: 3, panic: "Fatal exception in interrupt",
	},
	{
		name: "loongarch 5.19, rows as mips has them",
		log: `[   12.345678] CPU 1 Unable to handle kernel paging request at virtual address 0000000000000084, era == 9000000000223344, ra == 9000000000223300
[   12.345680] Oops[#1]:
[   12.345690] CPU: 1 PID: 456 Comm: nft Not tainted 6.1.0 #3
[   12.345700] Hardware name: Loongson Loongson-3A5000
[   12.345710] $ 0   : 0000000000000000 9000000000223300 9000000002b50000 9000000100a3bb20
[   12.345720] $ 4   : 0000000000000000 0000000000000001 0000000000000000 0000000000000000
[   12.345730] $ 8   : 0000000000000000 0000000000000000 0000000000000000 0000000000000000
[   12.345740] era   : 9000000000223344 nf_hook_slow+0x44/0x120
[   12.345750] ra    : 9000000000223300 nf_hook_slow+0x0/0x120
[   12.345760] CSR crmd: 000000b0
[   12.345765] CSR prmd: 00000004
[   12.345770] ExcCode : 1 (SubCode 0)
[   12.345780] BadVA : 0000000000000084
[   12.345790] PrId  : 0014c010 (Loongson-64bit)
[   12.345800] Modules linked in: nf_tables nf_conntrack
[   12.345810] Process nft (pid: 456, threadinfo=0000000012345678, task=0000000012345678)
[   12.345820] Stack : 0000000000000000 0000000000000000
[   12.345830] Call Trace:
[   12.345840] [<9000000000223344>] nf_hook_slow+0x44/0x120
[   12.345850] [<9000000000223400>] ip_local_deliver+0xb0/0x120
[   12.345860] Code: 0015002c  4c000020  28c02084 <28c0218c> 40001180  0015018c  02c02063  4c000020  03400000
[   12.345870] ---[ end trace 0000000000000000 ]---
`,
		title: "BUG: unable to handle kernel paging request in nf_hook_slow", kind: oops.PagingRequest,
		arch: oops.LoongA, kernel: "6.1.0", symbol: "nf_hook_slow", offset: 0x44, address: 0x84, comm: "nft",
		pid: 456, cpu: 1, units: 9, frames: 2, first: "nf_hook_slow",
	},
	{
		name: "ia64, first line with the task",
		log: `iptables[2345]: Oops 8813272891392 [1]
Modules linked in: ip_tables iptable_filter

Pid: 2345, CPU 1, comm:             iptables
psr : 00001010085a6010 ifs : 8000000000000714 ip  : [<a000000200b8a2f0>]    Not tainted (2.6.26-2-mckinley)
ip is at ipt_do_table+0x2f0/0xb40 [ip_tables]
unat: 0000000000000000 pfs : 0000000000000714 rsc : 0000000000000003
rnat: 0000000000000000 bsps: 0000000000000000 pr  : 0000000000155659
ldrs: 0000000000000000 ccv : 0000000000000000 fpsr: 0009804c8a70033f
csd : 0000000000000000 ssd : 0000000000000000
b0  : a000000200b8a2c0 b6  : a000000100003320 b7  : a00000010000cfc0
f6  : 000000000000000000000 f7  : 000000000000000000000
r1  : a000000100d5b3c0 r2  : 0000000000000000 r3  : e00000407b2f8d44

Call Trace:
 [<a000000100014a20>] show_stack+0x40/0xa0
                                sp=e00000407b2ff8d0 bsp=e00000407b2f0fd8
 [<a000000100015360>] show_regs+0x840/0x880
                                sp=e00000407b2ffaa0 bsp=e00000407b2f0f80
 [<a0000001000393e0>] die+0x1a0/0x2a0
                                sp=e00000407b2ffaa0 bsp=e00000407b2f0f38
 [<a000000100664d20>] ia64_do_page_fault+0x880/0x9a0
                                sp=e00000407b2ffaa0 bsp=e00000407b2f0ee0
 [<a00000010000ae60>] ia64_leave_kernel+0x0/0x280
                                sp=e00000407b2ffb30 bsp=e00000407b2f0ee0
 [<a000000200b8a2f0>] ipt_do_table+0x2f0/0xb40 [ip_tables]
                                sp=e00000407b2ffd00 bsp=e00000407b2f0e40
 [<a000000200bb0060>] ipt_hook+0x60/0x80 [iptable_filter]
                                sp=e00000407b2ffd20 bsp=e00000407b2f0e00
Kernel panic - not syncing: Fatal exception
`,
		title: "BUG: unable to handle kernel paging request in ipt_do_table", kind: oops.Other, arch: oops.IA64,
		kernel: "2.6.26-2-mckinley", symbol: "ipt_do_table", offset: 0x2f0, module: "ip_tables", comm: "iptables",
		pid: 2345, cpu: 1, frames: 7, first: "show_stack", panic: "Fatal exception",
	},
	{
		name: "m68k",
		log: `Unable to handle kernel NULL pointer dereference at virtual address 00000018
Oops: 00000000
Modules linked in: ip_tables x_tables
PC: [<0028a3f2>] ipt_do_table+0x1c2/0x3a0
SR: 2000  SP: 00b1de84  a2: 00b0a7b0
d0: 00000000    d1: 00000000    d2: 00000006    d3: 00b1df3c
d4: 00000000    d5: 00000001    a0: 00000000    a1: 00a1c0e0
Process iptables (pid: 612, task=00b0a7b0)
Frame format=7 eff addr=00000018 ssw=0505 faddr=00000018
wb 1 stat/addr/data: 0000 00000000 00000000
Stack from 00b1deec:
	00000006 00b1df3c 00000000 00000001 0028b1a4 00a1c0e0 00000000 0022c5a6
Call Trace: [<0028b1a4>] ipt_hook+0x24/0x40
 [<0022c5a6>] nf_iterate+0x56/0x90
 [<0022c64e>] nf_hook_slow+0x6e/0xd0

Code: 2068 0018 4a88 6704 2f08 4e90 588f 2068 0018 <2028> 0018 4a80 6704 2f00 4e90 588f 4cdf 0404 4e75
Disabling lock debugging due to kernel taint
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in ipt_do_table", kind: oops.NullDeref,
		arch: oops.Unknown, symbol: "ipt_do_table", offset: 0x1c2, address: 0x18, comm: "iptables", pid: 612,
		units: 19, frames: 3, first: "ipt_hook",
	},
	{
		name: "mips, unaligned, taint on a row of its own",
		log: `Unhandled kernel unaligned access[#1]:
CPU: 0 PID: 0 Comm: swapper Tainted: G        W      3.18.29 #6
task: 87960000 ti: 87960000 task.ti: 87960000
$ 0   : 00000000 00000015 00000000 95555684
$ 4   : 00030000 00000000 55555684 000000ec
$ 8   : 1100e400 1000001e 00000000 00000000
$12   : 00000002 08000000 00000000 32383735
$16   : 55555684 8e56012c 55555555 87960248
$20   : 00000000 80004820 000000ec 8797a0b4
$24   : 00000001 80020298
$28   : 87960000 87960180 00000100 80004820
Hi    : 0000000b
Lo    : 00000000
epc   : 87018b70 nf_nat_setup_info+0x5c/0x3c8 [nf_nat]
    Tainted: G        W
ra    : 80004820 ret_from_exception+0x0/0x10
Status: 1100e402        KERNEL EXL
Cause : c0808010
BadVA : 55555681
PrId  : 00019655 (MIPS 24KEc)
Modules linked in: iptable_nat nf_nat nf_conntrack
Process swapper (pid: 0, threadinfo=87960000, task=87960000, tls=00000000)
Stack : 00000000 00000001 00000000 00000000 00000000 00000000 00000000 00000000
        00000001 87018b70
        ...
Call Trace:
[<87018b70>] nf_nat_setup_info+0x5c/0x3c8 [nf_nat]
[<80004820>] ret_from_exception+0x0/0x10


Code: 03e00008  7c420080  8c8201d0 <8c6300ec> 8c42fff0  27bdffe0  24060004  afbf001c  8c8501d0
---[ end trace 749935782defeffc ]---
Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "unaligned access in nf_nat_setup_info", kind: oops.Unaligned, arch: oops.MIPS, kernel: "3.18.29",
		symbol: "nf_nat_setup_info", offset: 0x5c, module: "nf_nat", address: 0x55555681, comm: "swapper", units: 9,
		frames: 2, first: "nf_nat_setup_info", panic: "Fatal exception in interrupt", tainted: "W",
	},
	{
		name: "riscv 5.15, frames without a header",
		log: `[   12.345678] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000084
[   12.345700] Oops [#1]
[   12.345710] Modules linked in: nft_masq nf_nat
[   12.345720] CPU: 2 PID: 456 Comm: nft Not tainted 5.15.0 #3
[   12.345730] Hardware name: riscv-virtio,qemu (DT)
[   12.345740] epc : nf_nat_inet_fn+0x84/0x2a0 [nf_nat]
[   12.345750]  ra : nft_nat_do_chain+0x60/0xa0 [nft_chain_nat]
[   12.345760] epc : ffffffff01a2a084 ra : ffffffff01a3a060 sp : ffffffe0023f3a50
[   12.345770]  gp : ffffffff81a2b0c0 tp : ffffffe0023e0000 t0 : 0000000000000000
[   12.345780]  t1 : 0000000000000000 t2 : 0000000000000000 s0 : ffffffe0023f3ad0
[   12.345790]  s1 : 0000000000000000 a0 : 0000000000000000 a1 : 0000000000000000
[   12.345800]  t5 : 0000000000000000 t6 : 0000000000000000
[   12.345810] status: 0000000200000120 badaddr: 0000000000000084 cause: 000000000000000d
[   12.345820] [<ffffffff01a2a084>] nf_nat_inet_fn+0x84/0x2a0 [nf_nat]
[   12.345830] [<ffffffff01a3a060>] nft_nat_do_chain+0x60/0xa0 [nft_chain_nat]
[   12.345840] [<ffffffff80867530>] nf_hook_slow+0x4a/0xda
[   12.345850] ---[ end trace 0000000000000000 ]---
[   12.345860] Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in nf_nat_inet_fn", kind: oops.NullDeref,
		arch: oops.RISCV64, kernel: "5.15.0", symbol: "nf_nat_inet_fn", offset: 0x84, module: "nf_nat",
		address: 0x84, comm: "nft", pid: 456, cpu: 2, frames: 3, first: "nf_nat_inet_fn",
		panic: "Fatal exception in interrupt",
	},
	{
		name: "arm64 3.18",
		log: `[   12.345678] Unable to handle kernel NULL pointer dereference at virtual address 00000084
[   12.345680] pgd = ffffffc0791a7000
[   12.345690] [00000084] *pgd=00000000b9242003, *pud=00000000b9242003, *pmd=0000000000000000
[   12.345700] Internal error: Oops: 96000006 [#1] PREEMPT SMP
[   12.345710] Modules linked in: xt_owner nf_nat
[   12.345720] CPU: 3 PID: 456 Comm: netd Tainted: G        W       3.18.31-perf #1
[   12.345730] Hardware name: Qualcomm Technologies, Inc. MSM8996 (DT)
[   12.345740] task: ffffffc0791a4b00 ti: ffffffc0791c0000 task.ti: ffffffc0791c0000
[   12.345750] PC is at nf_nat_packet+0x44/0xf0
[   12.345760] LR is at nf_nat_fn+0x120/0x1f0
[   12.345770] pc : [<ffffffc000abc044>] lr : [<ffffffc000abd120>] pstate: 60000145
[   12.345780] sp : ffffffc0791c3a50
[   12.345790] x29: ffffffc0791c3a50 x28: 0000000000000000
[   12.345800] x27: 0000000000000000 x26: 0000000000000000
[   12.345810] x1 : 0000000000000000 x0 : 0000000000000084
[   12.345820]
[   12.345830] PC: 0xffffffc000abc004:
[   12.345840] c004  a9bd7bfd 910003fd a90153f3 aa0003f3
[   12.345850] Process netd (pid: 456, stack limit = 0xffffffc0791c0058)
[   12.345860] Call trace:
[   12.345870] [<ffffffc000abc044>] nf_nat_packet+0x44/0xf0
[   12.345880] [<ffffffc000abd120>] nf_nat_fn+0x120/0x1f0
[   12.345890] [<ffffffc000a91c0c>] nf_iterate+0x88/0xb0
[   12.345900] Code: b9400c00 34000080 f9400001 91000021 (f9404260)
[   12.345910] ---[ end trace 3b8b1a1b1c1d1e1f ]---
[   12.345920] Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in nf_nat_packet", kind: oops.NullDeref,
		arch: oops.ARM64, kernel: "3.18.31-perf", symbol: "nf_nat_packet", offset: 0x44, address: 0x84, comm: "netd",
		pid: 456, cpu: 3, units: 5, frames: 3, first: "nf_nat_packet", panic: "Fatal exception in interrupt",
		tainted: "W",
	},
	{
		name: "powerpc 64, 2.6.18",
		log: `Unable to handle kernel paging request for data at address 0x00000028
Faulting instruction address: 0xd0000000007a45f2
Oops: Kernel access of bad area, sig: 11 [#1]
SMP NR_CPUS=128 NUMA pSeries
Modules linked in: ip_tables iptable_filter
NIP: d0000000007a45f0 LR: d0000000007a45c4 CTR: 0000000000000000
REGS: c00000007b2ff8d0 TRAP: 0300   Not tainted  (2.6.18-8.el5)
MSR: 8000000000009032 <EE,ME,IR,DR>  CR: 24002428  XER: 20000001
DAR: 0000000000000028, DSISR: 0000000040000000
TASK = c00000000f0b2040[2345] 'iptables' THREAD: c00000007b2fc000 CPU: 1
GPR00: 0000000000000000 C00000007B2FFB50 D0000000007B3C80 0000000000000000
GPR04: 0000000000000000 C00000007B2FFC70 0000000000000000 0000000000000000
NIP [D0000000007A45F0] .ipt_do_table+0x2f0/0x5a0 [ip_tables]
LR [D0000000007A45C4] .ipt_do_table+0x2c4/0x5a0 [ip_tables]
Call Trace:
[C00000007B2FFB50] [D0000000007A45C4] .ipt_do_table+0x2c4/0x5a0 [ip_tables] (unreliable)
[C00000007B2FFC10] [D0000000007B0060] .ipt_hook+0x60/0x80 [iptable_filter]
[C00000007B2FFC90] [C0000000003A1C0C] .nf_iterate+0x88/0xb0
Instruction dump:
7c7d1a14 4bffffc4 7fc3f378 38810008 7fe5fb78 480000b9 4bffffb0 39200000
38600000 e9290000 4e800020 7c0802a6 <e9230028> 2fa90000 419e0010 7d2903a6
 <0>Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "BUG: unable to handle kernel paging request in ipt_do_table", kind: oops.PagingRequest,
		arch: oops.PPC64, kernel: "2.6.18-8.el5", symbol: ".ipt_do_table", offset: 0x2f0, module: "ip_tables",
		address: 0x28, comm: "iptables", pid: 2345, cpu: 1, units: 16, frames: 3, first: ".ipt_do_table",
		panic: "Fatal exception in interrupt",
	},
	{
		name: "x86_64 2.6.32, every entry doubted",
		log: `------------[ cut here ]------------
WARNING: at net/ipv4/netfilter/nf_nat_core.c:322 nf_nat_setup_info+0x3d/0x5c0 [nf_nat]() (Not tainted)
Hardware name: ProLiant DL360 G7
Modules linked in: iptable_nat nf_nat
Pid: 0, comm: swapper Not tainted 2.6.32-220.el6.x86_64 #1
Call Trace:
 <IRQ>  [<ffffffff81069b77>] ? warn_slowpath_common+0x87/0xc0
 [<ffffffff81069bca>] ? warn_slowpath_null+0x1a/0x20
 [<ffffffffa01b213d>] ? nf_nat_setup_info+0x3d/0x5c0 [nf_nat]
 [<ffffffffa01c0a5e>] ? alloc_null_binding+0x5e/0xa0 [iptable_nat]
 [<ffffffff81455fb9>] ? nf_iterate+0x69/0xb0
 <EOI>  [<ffffffff81014877>] ? mwait_idle+0x77/0xd0
---[ end trace 5c2a0a1d1b2c3d4e ]---
`,
		title: "WARNING in nf_nat_setup_info", kind: oops.Warn, arch: oops.X8664, kernel: "2.6.32-220.el6.x86_64",
		symbol: "nf_nat_setup_info", offset: 0x3d, module: "nf_nat", comm: "swapper", frames: 6,
		first: "warn_slowpath_common",
	},
	{
		name: "OpenWrt's logread",
		log: `Sat Sep 25 15:26:36 2021 kern.alert kernel: CPU 3 Unable to handle kernel paging request at virtual address 00000003, epc == 8576591c, ra == 857659f0
Sat Sep 25 15:26:36 2021 kern.warn kernel: Oops[#1]:
Sat Sep 25 15:26:36 2021 kern.warn kernel: CPU: 3 PID: 9247 Comm: ifconfig Tainted: G        W         5.4.143 #0
Sat Sep 25 15:26:36 2021 kern.warn kernel: $ 0   : 00000000 00000001 83be3854 00000000
Sat Sep 25 15:26:36 2021 kern.warn kernel: epc   : 8576591c mt7615_mcu_add_bss+0xd0/0x3c0 [mt7615_common]
Sat Sep 25 15:26:36 2021 kern.warn kernel: Call Trace:
Sat Sep 25 15:26:36 2021 kern.warn kernel: [<8576591c>] mt7615_mcu_add_bss+0xd0/0x3c0 [mt7615_common]
Sat Sep 25 15:26:36 2021 kern.warn kernel: [<85760a14>] mt7615_remove_interface+0x74/0x1e0 [mt7615_common]
`,
		title: "BUG: unable to handle kernel paging request in mt7615_mcu_add_bss", kind: oops.PagingRequest,
		arch: oops.MIPS, kernel: "5.4.143", symbol: "mt7615_mcu_add_bss", offset: 0xd0, module: "mt7615_common",
		address: 0x3, comm: "ifconfig", pid: 9247, cpu: 3, frames: 2, first: "mt7615_mcu_add_bss", tainted: "W",
	},
	{
		name: "journal in Russian",
		log: `июл 27 14:08:03 laptop kernel: BUG: unable to handle page fault for address: ffff98679438a5d0
июл 27 14:08:03 laptop kernel: #PF: supervisor read access in kernel mode
июл 27 14:08:03 laptop kernel: #PF: error_code(0x0000) - not-present page
июл 27 14:08:03 laptop kernel: PGD 0 P4D 0
июл 27 14:08:03 laptop kernel: Oops: 0000 [#1] SMP PTI
июл 27 14:08:04 laptop kernel: CPU: 4 PID: 148 Comm: kswapd0 Tainted: P           OE     5.13.4-200.fc34.x86_64 #1
июл 27 14:08:04 laptop kernel: RIP: 0010:nf_ct_get+0x31/0x47 [nf_conntrack]
июл 27 14:08:04 laptop kernel: Code: 44 62 a7 e8 21 27 fe ff 0f 0b 48 c7 c7 30 45 62 a7 e8 13 27 fe ff 0f 0b 48 89 f2 48 89 fe 48 c7 c7 f0 44 62 a7 e8 ff 26 fe ff <0f> 0b 48 89 fe 4c 89 c2 48 c7 c7 b8 44 62 a7 e8 eb 26 fe ff 0f 0b
июл 27 14:08:04 laptop kernel: RSP: 0018:ffffb7cd010bfb88 EFLAGS: 00010282
июл 27 14:08:04 laptop kernel: RAX: 0000000000000054 RBX: ffff9869995e4540 RCX: 0000000000000000
июл 27 14:08:04 laptop kernel: CR2: ffff98679438a5d0 CR3: 000000012cc10005 CR4: 00000000001706e0
июл 27 14:08:04 laptop kernel: Call Trace:
июл 27 14:08:04 laptop kernel:  nf_hook_slow+0x89/0x180
`,
		title: "BUG: unable to handle kernel paging request in nf_ct_get", kind: oops.PagingRequest,
		arch: oops.X8664, kernel: "5.13.4-200.fc34.x86_64", symbol: "nf_ct_get", offset: 0x31,
		module: "nf_conntrack", address: 0xffff98679438a5d0, comm: "kswapd0", pid: 148, cpu: 4, units: 64, frames: 1,
		first: "nf_hook_slow", tainted: "POE",
	},
	{
		name: "Xen guest",
		log: `[  123.456789] BUG: unable to handle kernel paging request at ffff88000377d300
[  123.456790] IP: [<ffffffff811b2eb9>] free_pgd_range+0x2c9/0x560
[  123.456791] PGD 1a0d067 PUD 1a0e067 PMD 7ff067 PTE 801000000377d065
[  123.456792] Oops: 0003 [#1] SMP
[  123.456793] Modules linked in: xt_nat nf_nat
[  123.456794] CPU: 0 PID: 1234 Comm: java Not tainted 4.7.3-coreos-r2 #1
[  123.456795] task: ffff880003771c00 ti: ffff880003760000 task.ti: ffff880003760000
[  123.456796] RIP: e030:[<ffffffff811b2eb9>]  [<ffffffff811b2eb9>] free_pgd_range+0x2c9/0x560
[  123.456797] RSP: e02b:ffffc90040673af0  EFLAGS: 00010246
[  123.456798] RAX: 0000000000000000 RBX: ffff88000377d300 RCX: 0000000000000000
[  123.456799] CS:  e033 DS: 0000 ES: 0000 CR0: 0000000080050033
[  123.456800] CR2: ffff88000377d300 CR3: 0000000001a07000 CR4: 0000000000002660
[  123.456801] Call Trace:
[  123.456802]  [<ffffffff811b3216>] free_pgtables+0xc6/0x110
[  123.456803]  [<ffffffff811bcf51>] exit_mmap+0xc1/0x170
[  123.456804] Code: 00 00 48 89 <48> 8b 03
[  123.456805] RIP  [<ffffffff811b2eb9>] free_pgd_range+0x2c9/0x560
[  123.456806]  RSP <ffffc90040673af0>
[  123.456807] CR2: ffff88000377d300
[  123.456808] ---[ end trace 4b2c1a0c1a0c1a0c ]---
`,
		title: "BUG: unable to handle kernel paging request in free_pgd_range", kind: oops.PagingRequest,
		arch: oops.X8664, kernel: "4.7.3-coreos-r2", symbol: "free_pgd_range", offset: 0x2c9,
		address: 0xffff88000377d300, comm: "java", pid: 1234, units: 7, frames: 2, first: "free_pgtables",
	},
	{
		name: "2.4 i386, section marks of the module loader",
		log: `kernel BUG at ip_conntrack_core.c:275!
invalid operand: 0000
CPU:    0
EIP:    0010:[<c88212f3>]    Tainted: P
EFLAGS: 00010286
eax: 00000028   ebx: c3a1c0e0   ecx: 00000001   edx: c7f5c000
esi: c3a1c0e0   edi: 00000001   ebp: c02a1f40   esp: c02a1f08
ds: 0018   es: 0018   ss: 0018
Process named (pid: 812, stackpage=c02a1000)
Stack: c8823e00 00000113 c3a1c0e0 00000000
Call Trace: [<c8823e00>] [ip_conntrack:__insmod_ip_conntrack_S.text_L14848+1234/14848] [do_softirq+90/160]
   [<c011e5c6>]

Code: 0f 0b 13 01 00 3e 82 c8 83 c4 08 8b 43 04 8b 13 89 42 04 89
`,
		title: "kernel BUG in do_softirq", kind: oops.Bug, arch: oops.I386, comm: "named", pid: 812, fromIP: true,
		units: 20, frames: 4, tainted: "P",
	},
}

func TestPasted(t *testing.T) {
	for _, e := range pasted {
		t.Run(e.name, func(t *testing.T) {
			e.check(t, oneCrash(t, e.log))
		})
	}
}
