package disasm

import "strconv"

// This file names the values that a kernel writes on purpose where a pointer is
// no longer, or not yet, valid (include/linux/poison.h).

// A poisonPointer is a pointer value that means something.
type poisonPointer struct {
	value uint64
	// reach is the distance in bytes up to which another value counts as a
	// pointer to a field of a structure at value.
	reach uint64
	name  string
	// below is the same downwards: container_of() takes something off a list entry.
	below uint64
}

// poison64 holds the values of 64-bit machines whose POISON_POINTER_DELTA
// (CONFIG_ILLEGAL_POINTER_VALUE in arch/*/Kconfig) is 0xdead000000000000 (x86_64
// since 2.6.33 or so, arm64, riscv64) or 0x5deadbeef0000000 (powerpc64).
// LIST_POISON1 and 2 were 0x00100100 and 0x00200200 before 4.3, and 0x100 and
// 0x200, later 0x122, since.
var poison64 = []poisonPointer{
	{0xdead0000000000f5, 0, "VFS_PTR_POISON", 0},
	{0xdead000000000100, 0x10, "LIST_POISON1", 0xff},
	{0xdead000000000122, 0x11, "LIST_POISON2", 0},
	{0xdead000000000200, 0x40, "LIST_POISON2", 0},
	{0xdead000000000300, 0x40, "TIMER_ENTRY_STATIC", 0},
	{0xdead000000000400, 0x40, "TAIL_MAPPING", 0},
	{0xdead000000000500, 0, "MUTEX_POISON_WW_CTX", 0},
	{0xdead000000000800, 0, "SKB_LIST_POISON_NEXT", 0},
	{0xdead000000000801, 0, "NET_PTR_POISON", 0},
	{0xdead00000000eb9f, 0, "BPF_PTR_POISON", 0},
	{0x5deadbeef0000100, 0x10, "LIST_POISON1", 0xff},
	{0x5deadbeef0000122, 0x11, "LIST_POISON2", 0},
	{0x5deadbeef0000200, 0x40, "LIST_POISON2", 0},
	{0x5deadbeef0100100, 0x1000, "LIST_POISON1", 0},
	{0x5deadbeef0200200, 0x1000, "LIST_POISON2", 0},
	{0x5deadbeef0000000, 0x10000, "POISON_POINTER_DELTA", 0},
	{0x09f911029d74e35b, 0, "RED_INACTIVE", 0}, // slab debugging since 2.6.22
	{0xd84156c5635688c0, 0, "RED_ACTIVE", 0},
	{0xdead000000100100, 0x1000, "LIST_POISON1", 0},
	{0xdead000000200200, 0x1000, "LIST_POISON2", 0},
	{0xdead000000000000, 0x10000, "POISON_POINTER_DELTA", 0},
	{0x0000000000100100, 0x400, "LIST_POISON1", 0},
	{0x0000000000200200, 0x400, "LIST_POISON2", 0},
}

// poison32 holds the values of machines where nothing is added: those of 32 bits,
// and s390x, mips64, loongarch64 and sparc64 beside those of poison64. The small
// ones of 4.3 and later look like the offset of a field, so only the exact value
// counts.
var poison32 = []poisonPointer{
	{0x00100100, 0x400, "LIST_POISON1", 0},
	{0x00200200, 0x400, "LIST_POISON2", 0},
	{0x00000100, 0, "LIST_POISON1", 0},
	{0x00000122, 0, "LIST_POISON2", 0},
	{0x00000300, 0, "TIMER_ENTRY_STATIC", 0}, // since 4.4 or so
	{0x74737461, 0, "TIMER_ENTRY_STATIC", 0}, // before
	{0xdead4ead, 0, "SPINLOCK_MAGIC", 0},
	{0xdeadbeef, 0x400, "DEADBEEF", 0}, // ATM_POISON, and whoever wants to mark something
	{0x5a2cf071, 0, "RED_INACTIVE", 0}, // slab debugging, 2.4 to 2.6.21
	{0x170fc2a5, 0, "RED_ACTIVE", 0},
}

// poisonBytes are the patterns that fill memory.
var poisonBytes = map[byte]string{
	0x6b: "POISON_FREE",         // slab object after kfree
	0x5a: "POISON_INUSE",        // slab object before its first use
	0xa5: "POISON_END",          // last byte of a slab object
	0xaa: "PAGE_POISON",         // free page
	0xcc: "POISON_FREE_INITMEM", // __init memory after boot
	0xbb: "SLUB_RED_INACTIVE",
	0xa7: "POOL_POISON_FREED", // DMA pools
	0xa9: "POOL_POISON_ALLOCATED",
	0x5b: "JBD_POISON_FREE",
	0x5c: "JBD2_POISON_FREE",
	0x22: "MUTEX_DEBUG_FREE",
	0xbd: "KEY_DESTROY",
}

// poisonName names a value that a pointer should not have; "" where it knows
// none.
func poisonName(v uint64, arch Arch) string {
	bits := arch.bits()
	if bits == 32 {
		v &= 0xffffffff
	} else if name := poisonIn(poison64, v); name != "" {
		return name
	}
	switch arch {
	case X8664, ARM64, RISCV64, PPC64:
	default:
		if name := poisonIn(poison32, v); name != "" {
			return name
		}
	}
	if n := errnoOf(v, bits); n != 0 {
		return "ERR_PTR(-" + strconv.FormatUint(n, 10) + ")"
	}
	// The two low bytes may differ: a field of the object was meant. The last byte
	// of an object has a value of its own.
	high := byte(v >> (bits - 8))
	if next := byte(v >> (bits - 16)); high == 0xa5 && (next == 0x6b || next == 0x5a) {
		high = next
		bits -= 8
	}
	for shift := 16; shift < bits; shift += 8 {
		if byte(v>>shift) != high {
			return ""
		}
	}
	return poisonBytes[high]
}

// poisonIn looks a value up in a table.
func poisonIn(table []poisonPointer, v uint64) string {
	for i := range table {
		if p := &table[i]; v-p.value <= p.reach || p.value-v <= max(p.reach, p.below) {
			return p.name
		}
	}
	return ""
}

// errnoOf returns n for the value of ERR_PTR(-n), 1 to 4095 (MAX_ERRNO in
// include/linux/err.h); 0 for all other values.
func errnoOf(v uint64, bits int) uint64 {
	n := -v
	if bits == 32 {
		n &= 0xffffffff
	}
	if n >= 1 && n <= 4095 {
		return n
	}
	return 0
}
