// Package marker holds the literal texts that tell a line of a kernel crash from every other line of a log.
//
// It is the one thing that the grammar (package oops) and the finder for huge logs (oops/scan) share: what one of
// them looks for, the other understands.
package marker

// Class says what a marker's line means.
type Class uint8

const (
	// Start lines begin a crash by themselves, if the grammar's rule for them agrees.
	Start Class = iota
	// Weak lines have words that ordinary programs use, too. They belong to a crash only if one of the other markers
	// stands near, so they are no reason to look at a place.
	Weak
	// Part lines belong to a crash whose first line may have been lost.
	Part
	// Banner lines belong to no crash, but tell which kernel runs.
	Banner
)

// Marker is a literal and what it means. Literals are case-sensitive and short enough to survive most wraps.
type Marker struct {
	Text  string
	Class Class
}

// Table lists every marker. A new kind of crash needs its literal here if none of these is part of its first line.
var Table = []Marker{
	{"BUG: ", Start},
	{"BUG ", Start}, // SLUB: "BUG kmalloc-64 (Not tainted): Poison overwritten"
	{"WARNING: CPU: ", Start},
	{"WARNING: at ", Start},
	{"WARNING: /", Start}, // since 6.18 the file comes first, in older kernels only where it is a program's argument
	{"WARNING: ./", Start},
	{"WARNING: arch/", Start},
	{"WARNING: block/", Start},
	{"WARNING: crypto/", Start},
	{"WARNING: drivers/", Start},
	{"WARNING: fs/", Start},
	{"WARNING: include/", Start},
	{"WARNING: init/", Start},
	{"WARNING: io_uring/", Start},
	{"WARNING: ipc/", Start},
	{"WARNING: kernel/", Start},
	{"WARNING: lib/", Start},
	{"WARNING: mm/", Start},
	{"WARNING: net/", Start},
	{"WARNING: rust/", Start},
	{"WARNING: security/", Start},
	{"WARNING: sound/", Start},
	{"WARNING: virt/", Start},
	{"WARNING: kernel stack ", Start},
	{"WARNING: possible ", Start},
	{"WARNING: inconsistent ", Start},
	{"WARNING: suspicious ", Start},
	{"WARNING: bad unlock", Start},
	{"WARNING: held lock", Start},
	{"WARNING: lock held", Start},
	{"WARNING: Nested lock", Start},
	{"WARNING: ", Weak},
	{"INFO: task ", Start},
	{"INFO: rcu", Start},
	{"INFO: possible ", Start},
	{"INFO: inconsistent ", Start},
	{"INFO: suspicious ", Start},
	{"INFO: trying to register", Start},
	{"INFO: ", Weak},
	{"possible circular locking", Start},
	{"irq lock inversion", Start},
	{"-unsafe lock order", Start},
	{"still has locks held", Start},
	{"register non-static key", Start},
	{"can't die for more than", Start},
	{"SYZFAIL: ", Start},
	{"SYZFATAL: ", Start},
	{"Unable to handle kernel", Start},
	{"nable to handle kernel", Start}, // first letter lost with the datagram before
	{"general protection fault", Start},
	{"stack segment: ", Start},
	{"Kernel panic", Start},
	{"kernel panic", Start},
	{"PANIC: ", Start},
	{"kernel BUG at", Start},
	{"Kernel BUG at", Start},
	{"divide error: ", Start},
	{"divide_error: ", Start},
	{"trusty: panic", Start},
	{"invalid opcode: ", Start},
	{"double fault: ", Start},
	{"int3: ", Start},
	{"alignment check: ", Start},
	{"UBSAN: ", Start},
	{"Internal error: ", Start},
	{"Unhandled fault: ", Start},
	{"Unhandled prefetch abort: ", Start},
	{"Alignment trap: ", Start},
	{"Oops: ", Start},
	{"Oops ", Start},
	{"Oops[", Start},
	{"unregister_netdevice: waiting for", Start},
	{"VFS: Busy inodes after unmount", Start},
	{"rust_kernel: panicked", Start},
	{"unreferenced object 0x", Start},
	{"refcount_t: ", Start},
	{"list_add corruption", Start},
	{"list_del corruption", Start},
	{"list_add double add", Start},
	{"soft lockup", Start},
	{"LOCKUP on CPU", Start},
	{"hard LOCKUP", Start},
	{"blocked for more than", Start},
	{"self-detected stall", Start},
	{"detected stall", Start},
	{"expedited stalls", Start},
	{"Bad mode in ", Start},
	{"Bad page state", Start},
	{"scheduling while atomic", Start},
	{"stack overflow", Start},
	{"stack guard page was hit", Start},
	{"Insufficient stack space", Start},
	{"ernel bug detected", Start},
	{"Reserved instruction in kernel", Start},
	{"usercopy: ", Start},
	{"detected buffer overflow", Start},
	{"buffer overflow detected", Start},
	{"Machine Check Exception", Start},
	{"Hardware Error]", Start},
	{"Data bus error", Start},
	{"Instruction bus error", Start},
	{"Unhandled exception", Start},
	{"Unhandled kernel unaligned", Start},
	{"kernel unaligned", Start},
	{"bad area", Start},
	{"kernel access of bad area", Start},
	{"Aiee, killing interrupt handler", Start},
	{"ASSERT FAILED", Start},
	{"Page fault: bad address", Start},
	{"kernel NULL pointer dereference", Start},
	{"skb_over_panic", Start},
	{"skb_under_panic", Start},
	{"possible recursive locking", Start},
	{"suspicious RCU usage", Start},
	{"suspicious rcu_dereference_check", Start},
	{"inconsistent lock state", Start},
	{"bad unlock balance", Start},
	{"Poison overwritten", Start},
	{"Badness in ", Start},
	{"sleeping function called from", Start},
	{"slab error in ", Start},
	{"Slab corruption", Start},
	{"invalid operand: ", Start},
	{"double fault, gdt at", Start},
	{"segment not present: ", Start},
	{"invalid TSS: ", Start},
	{"bounds: 0", Start},
	{"overflow: 0", Start},
	{"device not available: 0", Start},
	{"segment overrun: 0", Start},
	{"math fault: 0", Start},
	{"debug: 0000", Start},
	{"control protection: 0", Start},
	{"illegal operation: 0", Start},
	{"monitor event: 0", Start},
	{" exception: 0", Start},
	{"Low-address protection: 0", Start},
	{"kernel BUG in ", Start},
	{"Kernel BUG [#", Start},
	{"Break instruction in kernel", Start},
	{"Kernel bad sw trap", Start},
	{"Kernel illegal instruction", Start},
	{"invoked from kernel context", Start},
	{"Bad Address (null pointer", Start},
	{"Kernel Fault: Code=", Start},
	{"bugcheck! ", Start},
	{"General Exception: IA-64", Start},
	{"SError Interrupt on CPU", Start},
	{"exception on CPU", Start},
	{"Synchronous External Abort: ", Start},
	{"CFI failure ", Start},
	{"Unhandled fault at 0x", Start},
	{"RCU detected CPU", Start},
	{"exception Emask", Weak},
	{"Code: ", Part},
	{"Instruction dump:", Part},
	{"RIP: ", Part},
	{"EIP: ", Part},
	{"EIP is at ", Part},
	{"EIP; ", Part}, // ksymoops
	{"Call Trace:", Part},
	{"Call trace:", Part},
	{"---[ cut here ]", Part},
	{"[cut here ]", Part},
	{"PC is at ", Part},
	{"Fixing recursive fault", Part},
	{"Linux version ", Banner},
}

// Opens says that a row has a marker for which it is worth to look at what stands around it: any but the weak ones.
func Opens(row []byte) bool {
	for {
		m, i := Find(row)
		if m == nil || m.Class != Weak {
			return m != nil
		}
		row = row[i+1:]
	}
}

// seconds has, by the first byte of a marker, a bit for each second byte, by its lower six bits; heads one for the
// first three bytes, by a hash; first lists the markers by first byte.
var (
	seconds [256]uint64
	heads   [1 << 16 / 64]uint64
	first   [256][]int
)

func headOf(a, b, c byte) uint16 { return uint16(a) ^ uint16(b)<<5 ^ uint16(c)<<8 }

func init() {
	for i, m := range Table {
		h := headOf(m.Text[0], m.Text[1], m.Text[2])
		heads[h>>6] |= 1 << (h & 63)
		seconds[m.Text[0]] |= 1 << (m.Text[1] & 63)
		first[m.Text[0]] = append(first[m.Text[0]], i)
	}
}

// Find returns the first marker in b and where it begins, or nil and -1. A marker of an earlier row of the table
// wins where two begin at the same byte.
func Find[T string | []byte](b T) (*Marker, int) {
	for i := range len(b) - 2 {
		if seconds[b[i]]>>(b[i+1]&63)&1 == 0 {
			continue
		}
		h := headOf(b[i], b[i+1], b[i+2])
		if heads[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		for _, n := range first[b[i]] {
			t := Table[n].Text
			if len(b)-i >= len(t) && string(b[i:i+len(t)]) == t {
				return &Table[n], i
			}
		}
	}
	return nil, -1
}
