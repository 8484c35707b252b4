package disasm

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// This file knows the arm64 instructions that arm64asm (v0.32.0) does not and
// that kernels since 4.3 are full of: the atomics of the Large System Extensions
// (Arm Architecture Reference Manual, chapter C4, "Atomic memory operations" and
// "Compare and swap"), and udf. arm64table.go has the rarer ones.

// An arm64Row is one instruction: the bits of mask have to be those of value. text
// names fields in angle brackets.
type arm64Row struct {
	mask, value uint32
	text        string
	where       string // section of the manual
}

// arm64Index leads from bits 31 to 24 to the rows that may fit.
var arm64Index = func() (index [256][]*arm64Row) {
	for i := range arm64Rows {
		r := &arm64Rows[i]
		for top := range uint32(256) {
			if top<<24&r.mask&0xff000000 == r.value&0xff000000&r.mask && top<<24&r.mask == r.value&r.mask&0xff000000 {
				index[top] = append(index[top], r)
			}
		}
	}
	return index
}()

// arm64FromTable returns the text of an instruction of the table, else "".
func arm64FromTable(w uint32) string {
	for _, r := range arm64Index[w>>24] {
		if w&r.mask == r.value {
			return arm64Fields(r.text, w)
		}
	}
	return ""
}

// arm64Fields puts the fields of an instruction in the places that text names.
func arm64Fields(text string, w uint32) string {
	var out []byte
	for text != "" {
		from := strings.IndexByte(text, '<')
		if from < 0 {
			out = append(out, text...)
			break
		}
		to := strings.IndexByte(text, '>')
		out = append(out, text[:from]...)
		out = append(out, arm64Field(text[from+1:to], w)...)
		text = text[to+1:]
	}
	return string(out)
}

// arm64Field writes one field: x, w or s (x, or sp for 31) and the place of a
// register's number, or a number.
func arm64Field(name string, w uint32) string {
	offset := func(v int32) string {
		if v == 0 {
			return ""
		}
		return ", #" + strconv.Itoa(int(v))
	}
	signed := func(shift, bits uint) int32 { return int32(w<<(32-shift-bits)) >> (32 - bits) }
	switch name {
	case "i9":
		return offset(signed(12, 9))
	case "i9s16":
		return offset(signed(12, 9) * 16)
	case "post9s16":
		return strconv.Itoa(int(signed(12, 9) * 16))
	case "i7s16":
		return offset(signed(15, 7) * 16)
	case "post7s16":
		return strconv.Itoa(int(signed(15, 7) * 16))
	case "i10":
		return offset((signed(12, 9)&0x1ff | signed(22, 1)<<9) * 8)
	case "i16":
		return "0x" + strconv.FormatUint(uint64(w>>5&0xffff), 16)
	case "rot":
		return strconv.Itoa(int(w >> 15 & 63))
	case "nzcv":
		return strconv.Itoa(int(w & 15))
	case "u6s16":
		return "0x" + strconv.FormatUint(uint64(w>>16&63)*16, 16)
	case "u4":
		return "0x" + strconv.FormatUint(uint64(w>>10&15), 16)
	}
	bank, next := name[0], uint32(0)
	if strings.HasSuffix(name, "+1") {
		next = 1
	}
	n := w>>map[byte]uint{'t': 0, 'n': 5, 'a': 10, 'm': 16}[name[1]]&31 + next
	switch {
	case bank == 's' && n == 31:
		return "sp"
	case bank == 'w':
		return arm64Reg(n, 2)
	}
	return arm64Reg(n, 3)
}

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
	case w&0x3f200c00 == 0x38200000 && (w>>15&1 == 0 || w>>12&7 == 0):
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
	if w>>24 == 0xd5 {
		if text := arm64System(w); text != "" {
			return text
		}
	}
	return arm64FromTable(w)
}

// arm64Spaced writes operands as objdump does, with a blank behind every comma.
func arm64Spaced(text string) string {
	if !strings.Contains(text, "[") {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, ", ", ","), ",", ", ")
}

// arm64Atomic writes ldadd, swp and their kin. With the zero register as target,
// and no acquire, a load is called a store.
func arm64Atomic(w, size, rs, rn, rt uint32) string {
	acquire, release := w>>23&1 == 1, w>>22&1 == 1
	opc := w >> 12 & 7
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
