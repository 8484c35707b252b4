package oops_test

import (
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// machines are dumps of the other architectures, in the forms of arch/*/kernel/{traps,process}.c and mm/fault.c.
// Names and numbers are made up.
var machines = []era{
	{
		name: "arm 2.6.32",
		log: `Unable to handle kernel NULL pointer dereference at virtual address 00000014
pgd = c7a34000
[00000014] *pgd=87a5d031, *pte=00000000, *ppte=00000000
Internal error: Oops: 17 [#1]
last sysfs file: /sys/class/net/eth0/address
Modules linked in: xt_recent nf_conntrack
CPU: 0    Not tainted  (2.6.32.27 #3)
PC is at recent_mt+0x3c/0x2d8 [xt_recent]
LR is at ipt_do_table+0x1f4/0x4a0
pc : [<bf0143a8>]    lr : [<c01f2b14>]    psr: 60000013
sp : c02e1d40  ip : c02e1d90  fp : c02e1d8c
r10: 00000000  r9 : c7b20a40  r8 : c02e1dd4
r7 : 00000002  r6 : c7b4c0e0  r5 : 00000000  r4 : c7b4c000
r3 : 00000000  r2 : 00000014  r1 : c02e1dd4  r0 : c7b20a40
Flags: nZCv  IRQs on  FIQs on  Mode SVC_32  ISA ARM  Segment kernel
Control: 0005317f  Table: 87a34000  DAC: 00000017
Process swapper (pid: 0, stack limit = 0xc02e0270)
Stack: (0xc02e1d40 to 0xc02e2000)
1d40: c02e1d6c c02e1d50 c01f2b14 bf014378 00000000 c7b20a40 c7b4c0e0 00000002
Backtrace:
[<bf01436c>] (recent_mt+0x0/0x2d8 [xt_recent]) from [<c01f2b14>] (ipt_do_table+0x1f4/0x4a0)
[<c01f2920>] (ipt_do_table+0x0/0x4a0) from [<c01f4d28>] (nf_iterate+0x6c/0xa8)
Code: e5973000 e2169602 13e09000 e1a06506 (e5934014)
---[ end trace 1b75b31a2719ed1c ]---
Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in recent_mt", kind: oops.NullDeref, arch: oops.ARM, kernel: "2.6.32.27",
		symbol: "recent_mt", offset: 0x3c, module: "xt_recent", address: 0x14, comm: "swapper", units: 5, frames: 2, first: "ipt_do_table",
		panic: "Fatal exception in interrupt",
	},
	{
		name: "arm 6.1",
		log: `8<--- cut here ---
Unable to handle kernel paging request at virtual address 6b6b6b77 when read
[6b6b6b77] *pgd=00000000
Internal error: Oops: 5 [#1] PREEMPT SMP ARM
Modules linked in: nft_ct nf_conntrack nf_tables
CPU: 2 PID: 812 Comm: nft Not tainted 6.1.31 #1
Hardware name: BCM2711
PC is at nft_ct_get_eval+0x48/0x2b4 [nft_ct]
LR is at nft_do_chain+0x118/0x51c [nf_tables]
pc : [<7f02a048>]    lr : [<7f011118>]    psr: 200f0013
sp : f0801b40  ip : 00000000  fp : f0801bc4
r10: c3a4a0c0  r9 : 00000000  r8 : c2c6a000
r7 : 6b6b6b6b  r6 : c2a87c00  r5 : f0801be8  r4 : c3a4a0a8
r3 : 6b6b6b6b  r2 : 00000001  r1 : f0801be8  r0 : c3a4a0a8
Flags: nzCv  IRQs on  FIQs on  Mode SVC_32  ISA ARM  Segment none
Control: 30c5383d  Table: 02f8c000  DAC: fffffffd
Register r0 information: slab kmalloc-128 start c3a4a080 pointer offset 40 size 128
Process nft (pid: 812, stack limit = 0x5b8a6fcc)
Stack: (0xf0801b40 to 0xf0802000)
1b40: c3a4a0a8 f0801be8 c2a87c00 00000000 00000000 c3a4a0c0 f0801bc4 7f011118
 nft_ct_get_eval [nft_ct] from nft_do_chain+0x118/0x51c [nf_tables]
 nft_do_chain [nf_tables] from nft_do_chain_inet+0x70/0xd8 [nf_tables]
 nft_do_chain_inet [nf_tables] from nf_hook_slow+0x40/0xd0
Code: e1a04000 e5963004 e5907008 e3530000 (e593300c)
---[ end trace 0000000000000000 ]---
`,
		title: "BUG: unable to handle kernel paging request in nft_ct_get_eval", kind: oops.PagingRequest, arch: oops.ARM, kernel: "6.1.31",
		symbol: "nft_ct_get_eval", offset: 0x48, module: "nft_ct", address: 0x6b6b6b77, comm: "nft", pid: 812, cpu: 2, units: 5, frames: 3, first: "nft_do_chain",
	},
	{
		name: "arm64 4.9",
		log: `Unable to handle kernel NULL pointer dereference at virtual address 00000098
pgd = ffffffc0786f1000
[00000098] *pgd=0000000000000000, *pud=0000000000000000
Internal error: Oops: 96000005 [#1] SMP
Modules linked in: xt_nat nf_nat
CPU: 3 PID: 0 Comm: swapper/3 Not tainted 4.9.140-tegra #1
Hardware name: quill (DT)
task: ffffffc1f6f40e00 task.stack: ffffffc1f6f44000
PC is at nf_nat_setup_info+0x5c/0x7a8 [nf_nat]
LR is at xt_snat_target_v0+0x9c/0xd0 [xt_nat]
pc : [<ffffff8000b2405c>] lr : [<ffffff8000b4a0dc>] pstate: 60400145
sp : ffffffc1ffe2f8c0
x29: ffffffc1ffe2f8c0 x28: 0000000000000002
x27: ffffffc1e5d4a000 x26: 0000000000000000
Process swapper/3 (pid: 0, stack limit = 0xffffffc1f6f44000)
Call trace:
[<ffffff8000b2405c>] nf_nat_setup_info+0x5c/0x7a8 [nf_nat]
[<ffffff8000b4a0dc>] xt_snat_target_v0+0x9c/0xd0 [xt_nat]
[<ffffff8000b0110c>] ipt_do_table+0x2ac/0x548 [ip_tables]
Code: aa0003f4 aa0103f5 2a0203f6 d2800002 (f9404c17)
---[ end trace 7d2c6d2f2d3b9b2e ]---
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in nf_nat_setup_info", kind: oops.NullDeref, arch: oops.ARM64, kernel: "4.9.140-tegra",
		symbol: "nf_nat_setup_info", offset: 0x5c, module: "nf_nat", address: 0x98, comm: "swapper/3", pid: 0, cpu: 3, units: 5, frames: 3, first: "nf_nat_setup_info",
	},
	{
		name: "mips 2.6, no symbols of modules",
		log: `CPU 0 Unable to handle kernel paging request at virtual address 0000000c, epc == 80c4a2f8, ra == 801f0a34
Oops[#1]:
Cpu 0
$ 0   : 00000000 10009c00 00000000 80c4b000
$ 4   : 81a0c0e0 00000000 81bd8c40 00000001
$ 8   : 00000000 00000000 00000000 00000000
$12   : 00000000 00000000 00000000 00000000
$16   : 81a0c0e0 81bd8c40 802b9d50 00000000
$20   : 00000000 00000000 00000000 00000000
$24   : 00000000 80c4a2e0
$28   : 802b8000 802b9c98 00000000 801f0a34
Hi    : 00000000
Lo    : 00000000
epc   : 80c4a2f8 help+0x18/0x240 [nf_conntrack_ftp]
    Not tainted
ra    : 801f0a34 nf_iterate+0x84/0xdc
Status: 10009c03    KERNEL EXL IE
Cause : 10800008
BadVA : 0000000c
PrId  : 00019374 (MIPS 24Kc)
Modules linked in: nf_conntrack_ftp nf_conntrack
Process swapper (pid: 0, threadinfo=802b8000, task=802ba000, tls=00000000)
Stack : 81a0c0e0 81bd8c40 802b9d50 00000000 00000000 00000000 00000000 801f0a34
        ...
Call Trace:
[<80c4a2f8>] help+0x18/0x240 [nf_conntrack_ftp]
[<801f0a34>] nf_iterate+0x84/0xdc
[<801f0b20>] nf_hook_slow+0x94/0x15c


Code: 27bdffd8  afbf0024  afb00020 <8ca2000c> 00808021  10400008  00a03021  0c07c24d
Disabling lock debugging due to kernel taint
Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "BUG: unable to handle kernel paging request in help", kind: oops.PagingRequest, arch: oops.MIPS, symbol: "help", offset: 0x18,
		module: "nf_conntrack_ftp", address: 0xc, comm: "swapper", units: 8, frames: 3, first: "help", panic: "Fatal exception in interrupt",
	},
	{
		name: "powerpc 32, 2.6",
		log: `Unable to handle kernel paging request for data at address 0x00000000
Faulting instruction address: 0xc01f8a4c
Oops: Kernel access of bad area, sig: 11 [#1]
PREEMPT MPC8313 RDB
Modules linked in: ipt_MASQUERADE iptable_nat
NIP: c01f8a4c LR: c01f8a30 CTR: c0012345
REGS: c7a51b30 TRAP: 0300   Not tainted  (2.6.27)
MSR: 00009032 <EE,ME,IR,DR>  CR: 24004022  XER: 00000000
DAR: 00000000, DSISR: 20000000
TASK = c7824000[612] 'iptables' THREAD: c7a50000
GPR00: c01f8a30 c7a51be0 c7824000 00000000 00000001 00000000 00000000 c7a51c00
GPR08: 00000000 00000000 00000000 00000000 24004022 1003a2a8 00000000 00000000
NIP [c01f8a4c] do_replace+0x10c/0x2a4
LR [c01f8a30] do_replace+0xf0/0x2a4
Call Trace:
[c7a51be0] [c01f8a30] do_replace+0xf0/0x2a4 (unreliable)
[c7a51c30] [c01d4210] nf_setsockopt+0x74/0xa8
[c7a51c60] [c01e0f14] ip_setsockopt+0x8c/0xb0
Instruction dump:
3d20c02e 38a00000 7c7e1b78 80690a3c 48002d4d 2f830000 419e0008 4bfffe00
60000000 3c62ff84 38635108 486d2951 <80630000> 60000000 38600001 4bfffe00
---[ end trace 561bb236c800851f ]---
`,
		title: "BUG: unable to handle kernel paging request in do_replace", kind: oops.NullDeref, arch: oops.PPC, kernel: "2.6.27", symbol: "do_replace",
		offset: 0x10c, comm: "iptables", pid: 612, units: 16, frames: 3, first: "do_replace",
	},
	{
		name: "powerpc 64 little endian, 6.5",
		log: `BUG: Kernel NULL pointer dereference on read at 0x00000020
Faulting instruction address: 0xc008000004a81f54
Oops: Kernel access of bad area, sig: 11 [#1]
LE PAGE_SIZE=64K MMU=Radix SMP NR_CPUS=2048 NUMA pSeries
Modules linked in: nf_tables nfnetlink
CPU: 5 PID: 1873 Comm: nft Kdump: loaded Not tainted 6.5.0-rc3 #7
Hardware name: IBM pSeries (emulated by qemu) POWER9 (raw) 0x4e1202 0xf000005 of:SLOF,HEAD hv:linux,kvm pSeries
NIP:  c008000004a81f54 LR: c008000004a81f40 CTR: c000000000a0f4c0
REGS: c00000000d4e7340 TRAP: 0300   Not tainted  (6.5.0-rc3)
MSR:  800000000280b033 <SF,VEC,VSX,EE,FP,ME,IR,DR,RI,LE>  CR: 24002884  XER: 00000000
CFAR: c008000004a81f0c DAR: 0000000000000020 DSISR: 40000000 IRQMASK: 0
GPR00: c008000004a81f40 c00000000d4e75e0 c008000004ab8e00 0000000000000000
GPR04: c00000000a2e8000 0000000000000001 0000000000000002 0000000000000000
NIP [c008000004a81f54] nf_tables_deactivate_set+0x94/0x1d0 [nf_tables]
LR [c008000004a81f40] nf_tables_deactivate_set+0x80/0x1d0 [nf_tables]
Call Trace:
[c00000000d4e75e0] [c008000004a81f40] nf_tables_deactivate_set+0x80/0x1d0 [nf_tables] (unreliable)
[c00000000d4e7620] [c008000004a93a08] nft_lookup_deactivate+0x28/0x40 [nf_tables]
--- interrupt: 3000 at 0x7fff9d25915c
NIP:  00007fff9d25915c LR: 0000000000000000 CTR: 0000000000000000
Code: 60000000 e93f0010 7c7e1b78 2c290000 41820028 e9490000 7fa95040 419e0010 7d2a4b78 60000000 e9290000 7c294840 <e8630020> 4bfffff0 38600000 60000000
---[ end trace 0000000000000000 ]---
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in nf_tables_deactivate_set", kind: oops.NullDeref, arch: oops.PPC64, kernel: "6.5.0-rc3",
		symbol: "nf_tables_deactivate_set", offset: 0x94, module: "nf_tables", address: 0x20, comm: "nft", pid: 1873, cpu: 5, units: 16, frames: 2,
		first: "nf_tables_deactivate_set",
	},
	{
		name: "riscv 6.6",
		log: `Unable to handle kernel NULL pointer dereference at virtual address 0000000000000018
Oops [#1]
Modules linked in: nf_tables nfnetlink
CPU: 1 PID: 231 Comm: nft Not tainted 6.6.1 #4
Hardware name: riscv-virtio,qemu (DT)
epc : nft_set_destroy+0x2a/0x14c [nf_tables]
 ra : nf_tables_set_destroy+0x5c/0xa2 [nf_tables]
epc : ffffffff01a3c48a ra : ffffffff01a3d0f4 sp : ff20000000a5b8b0
 gp : ffffffff81511c28 tp : ff60000003a38e80 t0 : ff20000000a5b7a8
 t1 : 0000000000000000 t2 : 0000000000000000 s0 : ff20000000a5b8f0
 s1 : 0000000000000000 a0 : ff20000000a5ba48 a1 : 0000000000000000
status: 0000000200000120 badaddr: 0000000000000018 cause: 000000000000000d
[<ffffffff01a3c48a>] nft_set_destroy+0x2a/0x14c [nf_tables]
[<ffffffff01a3d0f4>] nf_tables_set_destroy+0x5c/0xa2 [nf_tables]
[<ffffffff80a3f2c2>] ret_from_exception+0x0/0x64
Code: 7139 f822 f426 fc06 0080 84ae 6d9c cb91 2783 1007 (6c9c) 8526
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in nft_set_destroy", kind: oops.NullDeref, arch: oops.RISCV64, kernel: "6.6.1",
		symbol: "nft_set_destroy", offset: 0x2a, module: "nf_tables", address: 0x18, comm: "nft", pid: 231, cpu: 1, units: 12, frames: 3, first: "nft_set_destroy",
		panic: "Fatal exception",
	},
	{
		name: "s390x 5.14",
		log: `Unable to handle kernel pointer dereference in virtual kernel address space
Failing address: 6b6b6b6b6b6b6000 TEID: 6b6b6b6b6b6b6803
Fault in home space mode while using kernel ASCE.
AS:00000001a1f4c007 R3:0000000000000024
Oops: 0038 ilc:3 [#1] SMP
Modules linked in: xt_connlimit nf_conncount nf_conntrack
CPU: 1 PID: 0 Comm: swapper/1 Not tainted 5.14.0-162.el9.s390x #1
Hardware name: IBM 8561 LT1 400 (z/VM 7.2.0)
Krnl PSW : 0704c00180000000 000003ff8013a4f6 (count_tree+0x146/0x4c8 [nf_conncount])
           R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3
Krnl GPRS: 0000000000000000 6b6b6b6b6b6b6b6b 000000008a2d4c00 0000000000000001
           000003ff8013a4e0 0000000000000000 0000000000000002 000000008a2d4c40
           000000008b1a2000 0000000000000000 00000000e5f0a2b0 0000000000000000
           00000000801f8000 0000000000000000 000003ff8013a4d2 00000380002839f8
Krnl Code: 000003ff8013a4e6: a7840036		brc	8,000003ff8013a552
           000003ff8013a4ea: e31070000004	lg	%r1,0(%r7)
          #000003ff8013a4f0: b9040021		lgr	%r2,%r1
          >000003ff8013a4f6: e32010100004	lg	%r2,16(%r1)
           000003ff8013a4fc: ec2600a88064	cgrj	%r2,%r6,8,000003ff8013a64c
Call Trace:
 [<000003ff8013a4f6>] count_tree+0x146/0x4c8 [nf_conncount]
([<000003ff8013a4d2>] count_tree+0x122/0x4c8 [nf_conncount])
 [<000003ff801422a8>] connlimit_mt+0xd0/0x1e8 [xt_connlimit]
Last Breaking-Event-Address:
 [<000000009f0a1b2c>] _raw_spin_lock_bh+0x5c/0x70
Kernel panic - not syncing: Fatal exception in interrupt
`,
		title: "BUG: unable to handle kernel paging request in count_tree", kind: oops.PagingRequest, arch: oops.S390X, kernel: "5.14.0-162.el9.s390x",
		symbol: "count_tree", offset: 0x146, module: "nf_conncount", address: 0x6b6b6b6b6b6b6000, comm: "swapper/1", cpu: 1, units: 26, frames: 3,
		first: "count_tree", panic: "Fatal exception in interrupt",
	},
	{
		name: "loongarch 6.4",
		log: `CPU 2 Unable to handle kernel paging request at virtual address 0000000000000040, era == ffff80000204a1d8, ra == ffff80000204a0c4
Oops[#1]:
CPU: 2 PID: 1422 Comm: conntrack Not tainted 6.4.0 #12
Hardware name: Loongson Loongson-3A5000-7A1000
pc ffff80000204a1d8 ra ffff80000204a0c4 tp 9000000108c3c000 sp 9000000108c3fa20
a0 0000000000000000 a1 9000000108c3fb08 a2 0000000000000040 a3 9000000108c3fa98
   ra: ffff80000204a0c4 ctnetlink_fill_info+0xa4/0x6c0 [nf_conntrack_netlink]
  ERA: ffff80000204a1d8 ctnetlink_fill_info+0x1b8/0x6c0 [nf_conntrack_netlink]
 CRMD: 000000b0 (PLV0 -IE -DA +PG DACF=CC DACM=CC -WE)
ESTAT: 00010000 [PIL] (IS= ECode=1 EsubCode=0)
 BADV: 0000000000000040
 PRID: 0014c010 (Loongson-64bit, Loongson-3A5000)
Modules linked in: nf_conntrack_netlink nf_conntrack
Process conntrack (pid: 1422, threadinfo=000000007b2a1cd0, task=00000000ee0a7c11)
Stack : 0000000000000000 9000000108c3fb08 0000000000000001 0000000000000000
        ...
Call Trace:
[<ffff80000204a1d8>] ctnetlink_fill_info+0x1b8/0x6c0 [nf_conntrack_netlink]
[<ffff80000204c3a0>] ctnetlink_dump_table+0x100/0x3c0 [nf_conntrack_netlink]

Code: 28c0e2c4  28c102c5  40003480 <28c1008c> 0340018c  40002980  00150004  57f2dfff

---[ end trace 0000000000000000 ]---
`,
		title: "BUG: unable to handle kernel paging request in ctnetlink_fill_info", kind: oops.PagingRequest, arch: oops.LoongA, kernel: "6.4.0",
		symbol: "ctnetlink_fill_info", offset: 0x1b8, module: "nf_conntrack_netlink", address: 0x40, comm: "conntrack", pid: 1422, cpu: 2, units: 8, frames: 2,
		first: "ctnetlink_fill_info",
	},
	{
		name: "sparc64 4.x",
		log: `Unable to handle kernel NULL pointer dereference
tsk->{mm,active_mm}->context = 00000000000008b4
tsk->{mm,active_mm}->pgd = fff000101a2b4000
              \|/ ____ \|/
              eyes
              /_| \__/ |_\
                 \__U_/
iptables(2204): Oops [#1]
CPU: 7 PID: 2204 Comm: iptables Not tainted 4.19.0 #2
TSTATE: 0000004411001606 TPC: 00000000101a2c48 TNPC: 00000000101a2c4c Y: 00000000    Not tainted
TPC: <do_ipt_get_ctl+0x88/0x3a0 [ip_tables]>
g0: 0000000000000000 g1: 0000000000000000 g2: 0000000000000001 g3: 0000000000000000
o0: 0000000000000000 o1: 0000000000000041 o2: 000007feffc3a2d8 o3: 000007feffc3a2d4
RPC: <do_ipt_get_ctl+0x50/0x3a0 [ip_tables]>
l0: fff000101a0c0000 l1: 0000000000000000 l2: 0000000000000000 l3: 0000000000000000
i0: fff0001019e18c00 i1: 0000000000000041 i2: 000007feffc3a2d8 i3: 000007feffc3a2d4
I7: <nf_getsockopt+0x4c/0x80>
Call Trace:
 [0000000000830f8c] nf_getsockopt+0x4c/0x80
 [0000000000841a10] ip_getsockopt+0x70/0xc0
Disabling lock debugging due to kernel taint
Caller[0000000000830f8c]: nf_getsockopt+0x4c/0x80
Instruction DUMP:
 808ee001
 32600043
 b736f001
<c25a6010>
 80a0401a
 124ffffa
 01000000
 c206ffa4
 80a74001

`,
		title: "BUG: unable to handle kernel NULL pointer dereference in do_ipt_get_ctl", kind: oops.NullDeref, arch: oops.SPARC64, kernel: "4.19.0",
		symbol: "do_ipt_get_ctl", offset: 0x88, module: "ip_tables", comm: "iptables", pid: 2204, cpu: 7, units: 9, frames: 2, first: "nf_getsockopt",
	},
	{
		name: "ia64 2.6.18",
		log: `Unable to handle kernel NULL pointer dereference (address 0000000000000028)
iptables[3120]: Oops 8813272891392 [1]
Modules linked in: ip_conntrack_netbios_ns ip_conntrack

Pid: 3120, CPU 1, comm:             iptables
psr : 00001010085a6010 ifs : 8000000000000308 ip  : [<a0000002004c1a30>]    Not tainted
ip is at ip_ct_delete+0x30/0x1e0 [ip_conntrack]
unat: 0000000000000000 pfs : 0000000000000308 rsc : 0000000000000003
rnat: 0000000000000000 bsps: 0000000000000000 pr  : 0000000000005641
b0  : a0000002004c1a10 b6  : a0000002004c0f20 b7  : a00000010000b7c0
r1  : a0000002004f8e20 r2  : 0000000000000028 r3  : e00000404b7f8e28

Call Trace:
 [<a000000100013bc0>] show_stack+0x40/0xa0
                                sp=e00000404b7ff870 bsp=e00000404b7f9310
 [<a0000002004c1a30>] ip_ct_delete+0x30/0x1e0 [ip_conntrack]
                                sp=e00000404b7ffe30 bsp=e00000404b7f9100
 <0>Kernel panic - not syncing: Fatal exception
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in ip_ct_delete", kind: oops.NullDeref, arch: oops.IA64, symbol: "ip_ct_delete", offset: 0x30,
		module: "ip_conntrack", address: 0x28, comm: "iptables", pid: 3120, cpu: 1, frames: 2, first: "show_stack", panic: "Fatal exception",
	},
	{
		name: "alpha",
		log: `Unable to handle kernel paging request at virtual address 0000000000000018
CPU 0
iptables(417): Oops 0
pc = [<fffffc0000a41c30>]  ra = [<fffffc0000a41be0>]  ps = 0000    Not tainted
pc is at ipt_register_table+0x70/0x1c0
ra is at ipt_register_table+0x20/0x1c0
v0 = 0000000000000000  t0 = 0000000000000018  t1 = fffffc0000c2a000
t2 = 0000000000000001  t3 = 0000000000000000  t4 = 0000000000000000
gp = fffffc0000cf1180  sp = fffffc0003a27c50
Disabling lock debugging due to kernel taint
Trace:
[<fffffc0000a41d90>] iptable_filter_table_init+0x60/0x90
[<fffffc0000a3f1c4>] xt_find_table_lock+0x114/0x220

Code:
 a4410000
 47e20412
 b5fe0008
 a5e10010
 e5e00004
 2ffe0000
<a4210018>
 b4220000
`,
		title: "BUG: unable to handle kernel paging request in ipt_register_table", kind: oops.PagingRequest, arch: oops.Unknown, symbol: "ipt_register_table",
		offset: 0x70, address: 0x18, comm: "iptables", pid: 417, units: 8, frames: 2, first: "iptable_filter_table_init",
	},
	{
		name: "ksymoops' answer for 2.4",
		log: `ksymoops 2.4.9 on i686 2.4.31.  Options used
     -V (default)
Unable to handle kernel NULL pointer dereference at virtual address 00000008
d0a4c9e3
*pde = 00000000
Oops: 0000
CPU:    0
EIP:    0010:[<d0a4c9e3>]    Not tainted
Using defaults from ksymoops -t elf32-i386 -a i386
EFLAGS: 00010202
eax: 00000000   ebx: ce6f2a80   ecx: 00000001   edx: c1b8e000
Process ftpd (pid: 1204, stackpage=cd3f1000)
Call Trace:    [<d0a4d1f0>] [<c0208a1c>]
Code: 8b 50 08 85 d2 74 1a 8b 42 0c 39 45 08 75 12 8b 42 10 39 45

>>EIP; d0a4c9e3 <[ip_nat_ftp]help+83/1d0>   <=====

>>ebx; ce6f2a80 <_end+e3a1f20/104f54a0>

Trace; d0a4d1f0 <[ip_nat]do_bindings+150/3a0>
Trace; c0208a1c <nf_iterate+5c/a0>

Code;  d0a4c9e3 <[ip_nat_ftp]help+83/1d0>
00000000 <_EIP>:
`,
		title: "BUG: unable to handle kernel NULL pointer dereference in help", kind: oops.NullDeref, arch: oops.I386, symbol: "help", offset: 0x83,
		module: "ip_nat_ftp", address: 8, comm: "ftpd", pid: 1204, units: 20, fromIP: true, frames: 2, first: "do_bindings",
	},
}

func TestMachines(t *testing.T) {
	for _, e := range machines {
		t.Run(e.name, func(t *testing.T) {
			e.check(t, oneCrash(t, e.log))
		})
	}
}
