package disasm

import (
	"encoding/binary"
	"strconv"
)

// This file knows the arm64 instructions that arm64asm (v0.32.0) does not and
// that kernels since 4.3 are full of: the atomics of the Large System Extensions
// (Arm Architecture Reference Manual, chapter C4, "Atomic memory operations" and
// "Compare and swap"), and udf.

// atomicNames are the operations by the opc field.
var atomicNames = [8]string{"add", "clr", "eor", "set", "smax", "smin", "umax", "umin"}

// arm64Extension returns the text of an instruction that arm64asm lacks; "" where
// this file does not know it either.
func arm64Extension(code []byte) string {
	w := binary.LittleEndian.Uint32(code)
	size, rs, rn, rt := w>>30, w>>16&31, w>>5&31, w&31
	switch {
	case w>>16 == 0:
		return "udf #" + strconv.Itoa(int(w&0xffff))
	case w&0x3f200c00 == 0x38200000:
		return arm64Atomic(w, size, rs, rn, rt)
	case w&0x3fa07c00 == 0x08a07c00:
		order := ""
		if w>>22&1 == 1 {
			order = "a"
		}
		if w>>15&1 == 1 {
			order += "l"
		}
		return "cas" + order + sizeSuffix(size) + " " + arm64Reg(rs, size) + ", " + arm64Reg(rt, size) + arm64Base(rn)
	}
	return ""
}

// arm64Atomic writes ldadd, swp and their kin. With the zero register as target,
// and no acquire, a load is called a store.
func arm64Atomic(w, size, rs, rn, rt uint32) string {
	acquire, release := w>>23&1 == 1, w>>22&1 == 1
	opc := w >> 12 & 7
	if w>>15&1 == 1 && opc != 0 {
		return ""
	}
	order := ""
	if acquire {
		order = "a"
	}
	if release {
		order += "l"
	}
	tail := order + sizeSuffix(size) + " " + arm64Reg(rs, size)
	switch {
	case w>>15&1 == 1:
		return "swp" + tail + ", " + arm64Reg(rt, size) + arm64Base(rn)
	case rt == 31 && !acquire:
		return "st" + atomicNames[opc] + tail + arm64Base(rn)
	}
	return "ld" + atomicNames[opc] + tail + ", " + arm64Reg(rt, size) + arm64Base(rn)
}

// sizeSuffix marks the accesses of one and two bytes.
func sizeSuffix(size uint32) string { return [4]string{"b", "h", "", ""}[size] }

func arm64Reg(n, size uint32) string {
	bank := "w"
	if size == 3 {
		bank = "x"
	}
	if n == 31 {
		return bank + "zr"
	}
	return bank + strconv.Itoa(int(n))
}

func arm64Base(n uint32) string {
	if n == 31 {
		return ", [sp]"
	}
	return ", [x" + strconv.Itoa(int(n)) + "]"
}
