package main

import (
	"bufio"
	"math/rand/v2"
	"strconv"
	"strings"
)

// What ordinary logs consist of: the boot of a machine, its services, a test runner, containers and a build. {t} is the
// printk time, {d} a syslog time, {n} a number, {x} a hexadecimal one, {w} a word.
var ordinary = split(`
[{t}] usb {n}-1: new high-speed USB device number {n} using xhci_hcd
[{t}] usb {n}-1: New USB device found, idVendor=1d6b, idProduct=0002, bcdDevice= 6.01
[{t}] pci 0000:00:{n}.0: [8086:{n}] type 00 class 0x0604{n}
[{t}] pci 0000:00:1f.{n}: reg 0x10: [mem 0x{x}-0x{x} 64bit pref]
[{t}] ACPI: IRQ{n} used by override.
[{t}] BIOS-e820: [mem 0x{x}-0x{x}] usable
[{t}] e1000e 0000:00:19.0 eth{n}: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx
[{t}] IPv6: ADDRCONF(NETDEV_CHANGE): eth{n}: link becomes ready
[{t}] EXT4-fs (sda{n}): mounted filesystem {x} r/w with ordered data mode. Quota mode: none.
[{t}] systemd[1]: Started {w}.service - {w} {w} daemon.
[{t}] systemd[1]: Reached target {w}.target - {w} is up.
[{t}] audit: type=1400 audit({n}.{n}:{n}): apparmor="STATUS" operation="profile_load" profile="unconfined" name="{w}"
[{t}] device veth{x} entered promiscuous mode
[{t}] docker0: port {n}(veth{x}) entered forwarding state
[{t}] nf_conntrack: default automatic helper assignment has been turned off
[{t}] TCP: request_sock_TCP: Possible SYN flooding on port {n}. Sending cookies.
[{t}] random: crng init done
[{t}] sd {n}:0:0:0: [sda] {n} 512-byte logical blocks: ({n} GB/{n} GiB)
[{t}] clocksource: tsc: mask: 0x{x} max_cycles: 0x{x}, max_idle_ns: {n} ns
[{t}] smpboot: CPU{n}: Intel(R) Xeon(R) Processor (family: 0x6, model: 0x8f, stepping: 0x8)
[{t}] Memory: {n}K/{n}K available ({n}K kernel code, {n}K rwdata, {n}K rodata, {n}K init, {n}K bss)
{d} host{n} systemd[1]: {w}.service: Deactivated successfully.
{d} host{n} kernel: [{t}] {w}: loaded module {w} version {n}.{n}
{d} host{n} sshd[{n}]: Accepted publickey for {w} from 192.0.2.{n} port {n} ssh2: ED25519 SHA256:{x}{x}
{d} host{n} CRON[{n}]: (root) CMD (run-parts --report /etc/cron.hourly)
{d} host{n} kubelet[{n}]: I0303 11:02:17.{n} {n} reconciler.go:224] "operationExecutor.VerifyControllerAttachedVolume started" pod="{w}/{w}-{x}"
{d} host{n} containerd[{n}]: time="2026-03-03T11:02:17.{n}Z" level=info msg="shim disconnected" id={x}{x} namespace=k8s.io
{d} host{n} dockerd[{n}]: time="2026-03-03T11:02:17.{n}Z" level=info msg="ignoring event" container={x}{x} module=libcontainerd topic=/tasks/delete
ok {n} {w}_{w}_{w}
# {w}: {w} {n} of {n} checks done in {n} ms
# PASSED: {n} / {n} tests passed.
not ok {n} {w}_{w} # SKIP needs {w}
[ RUN      ] {w}.{w}_{n}
[       OK ] {w}.{w}_{n} ({n} ms)
ltp-pan: {w}{n} {n} TPASS : {w}({n}) returned {n}
tst_test.c:{n}: TINFO: Timeout per run is 0h {n}m 30s
{w}.c:{n}: TPASS: {w}() failed as expected: EINVAL ({n})
test_{w}.py::Test{w}::test_{w}[{n}-{w}] PASSED                   [ {n}%]
lava-test-shell: running {w}_{n} ({n} of {n})
<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={w}-{w} RESULT=pass>
  CC      drivers/{w}/{w}_{w}.o
  CC [M]  net/netfilter/xt_{w}.o
  LD      drivers/{w}/built-in.a
  AR      lib/{w}/built-in.a
gcc -Wp,-MMD,fs/{w}/.{w}.o.d -nostdinc -I./arch/x86/include -I./include -D__KERNEL__ -Wall -O2 -c -o fs/{w}/{w}.o
Get:{n} http://deb.debian.org/debian trixie/main amd64 {w}{n} amd64 {n}.{n}-{n} [{n} kB]
Setting up {w}-{w} ({n}.{n}.{n}-{n}) ...
Unpacking {w} ({n}.{n}-{n}) over ({n}.{n}-{n}) ...
2026-03-03T11:02:{n}.{n}Z runner[{n}]: step {w}/{w} finished with code 0 after {n} ms
2026-03-03T11:02:{n}.{n}Z fetch: {w}-{n}.tar.xz {n} bytes sha256:{x}{x}{x}{x}
`)

// nearMisses have words of a crash and are none. Many have a marker.
var nearMisses = split(`
[{t}] Kernel command line: root=/dev/vda{n} console=ttyS0 oops=panic panic=-1 panic_on_warn=0
[{t}] ipt_CLUSTERIP: ClusterIP Version 0.8 loaded successfully
[{t}] {w}[{n}]: segfault at {n} ip 0000{x} sp 00007ffc{x} error 4 in {w}[{x}+{n}000]
[{t}] traps: {w}[{n}] general protection fault ip:{x} sp:{x} error:0 in libc.so.6[{x}+{n}000]
[{t}] Speculative Return Stack Overflow: Vulnerable: Safe RET, no microcode
[{t}] WARNING: The mand mount option has been deprecated and is ignored by this kernel.
[{t}] NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.
[{t}] watchdog: {w}: soft lockup detector is enabled, threshold {n} s
[{t}] Lockdep is turned off, so RIP {n} and EIP {n} stay as they are
{d} host{n} dockerd[{n}]: time="2026-03-03T11:02:17Z" level=warning msg="WARNING: bridge-nf-call-iptables is disabled"
{d} host{n} containerd[{n}]: level=info msg="INFO: starting task" id={n}
{d} host{n} java[{n}]: INFO: {w} scheduler is busy, retrying in {n} ms
{d} host{n} java[{n}]: WARNING: An illegal reflective access operation has occurred in {w}
{d} host{n} mysqld: InnoDB: BUG: {n} was fixed, see the release notes
{d} host{n} kubelet[{n}]: panic: runtime error: invalid memory address or nil pointer dereference
{d} host{n} kdumpctl[{n}]: kdump: Starting kdump: [OK]
ok {n} panic_timeout survives an Oops of the test program
# {w}: Oops, the {w} was too slow ({n} ms), trying again
INFO: {w} {n}: sanity checks of {w} done
WARNING: apt does not have a stable CLI interface. Use with caution in scripts.
  WARNING: modpost: missing MODULE_DESCRIPTION() in drivers/{w}/{w}.o
test_{w}.py:{n}: kernel panic is what this test expects to read about in {w}
`)

func split(s string) [][]string {
	var out [][]string
	for row := range strings.Lines(strings.TrimPrefix(s, "\n")) {
		var parts []string
		for row != "" {
			i := strings.IndexByte(row, '{')
			if i < 0 || i+2 >= len(row) || row[i+2] != '}' {
				parts = append(parts, row)
				break
			}
			parts = append(parts, row[:i], row[i:i+3])
			row = row[i+3:]
		}
		out = append(out, parts)
	}
	return out
}

var words = strings.Fields(`network storage backup journal resolver timer socket session device mapper mount cgroup
	kernel module filter bridge route tunnel stack pool cache index shard agent proxy mirror update manager monitor
	snapshot volume cluster node worker master replica quota policy secret config login user group daemon helper
	bench stress mmap futex epoll signal thread process memory page huge swap clone fork exec wait pipe fifo`)

// writer writes lines and knows where it is.
type writer struct {
	w    *bufio.Writer
	rnd  *rand.Rand
	buf  []byte
	line int // number of the line that comes next
	size int64
	usec int64
}

func (w *writer) raw(b []byte) {
	_, _ = w.w.Write(b) // its Flush tells errors
	w.size += int64(len(b))
}

// row writes a line of a template.
func (w *writer) row(parts []string) {
	b := w.buf[:0]
	r := w.rnd.Uint64()
	for _, p := range parts {
		if len(p) != 3 || p[0] != '{' {
			b = append(b, p...)
			continue
		}
		r = r*6364136223846793005 + 1442695040888963407
		switch v := r >> 33; p[1] {
		case 't':
			w.usec += int64(v % 40000)
			b = w.stamp(b)
		case 'd':
			b = append(b, "Mar  3 11:"...)
			b = strconv.AppendUint(append(strconv.AppendUint(b, 10+v%50, 10), ':'), 10+v/64%50, 10)
		case 'n':
			b = strconv.AppendUint(b, v>>(v&31), 10)
		case 'x':
			b = strconv.AppendUint(b, 1<<31|v, 16)
		case 'w':
			b = append(b, words[v%uint64(len(words))]...)
		}
	}
	w.buf = b
	w.raw(b)
	w.line++
}

func (w *writer) stamp(b []byte) []byte {
	s := strconv.FormatInt(w.usec/1e6, 10)
	b = append(b, "     "[:max(0, 5-len(s))]...)
	b = append(append(b, s...), '.')
	return append(b, strconv.FormatInt(1e6+w.usec%1e6, 10)[1:]...)
}
