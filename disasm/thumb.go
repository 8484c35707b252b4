package disasm

import (
	"math/bits"
	"strconv"
	"strings"
)

// This file decodes Thumb and Thumb-2, which armasm (v0.32.0) lacks: the integer
// instructions that compiled kernels have (Arm Architecture Reference Manual for
// ARMv7-A, chapter A6). The names are those of objdump. What is missing stays a
// number.

var thumbConds = [16]string{"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "", ""}

var thumbRegs = [16]string{"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "sl", "fp", "ip", "sp", "lr",
	"pc"}

func thumbImm(v uint32) string { return "#" + strconv.FormatUint(uint64(v), 10) }

// thumbList writes a set of registers.
func thumbList(list uint32) string {
	var names []string
	for r := range 16 {
		if list>>uint(r)&1 == 1 {
			names = append(names, thumbRegs[r])
		}
	}
	return "{" + strings.Join(names, ", ") + "}"
}

// thumbTo writes a target relative to the instruction; the processor counts from
// four bytes behind it.
func thumbTo(offset int32) string {
	offset += 4
	if offset < 0 {
		return ".-0x" + strconv.FormatInt(int64(-offset), 16)
	}
	return ".+0x" + strconv.FormatInt(int64(offset), 16)
}

// thumbLong reports whether a halfword is the first of two (A6.1).
func thumbLong(h uint32) bool { return h>>11 == 0x1d || h>>11 == 0x1e || h>>11 == 0x1f }

// An itBlock knows the conditions of the instructions behind an it.
type itBlock struct {
	conds []string
}

// next takes the condition of the next instruction; inside says that it has one.
func (b *itBlock) next() (cond string, inside bool) {
	if len(b.conds) == 0 {
		return "", false
	}
	cond = b.conds[0]
	b.conds = b.conds[1:]
	return cond, true
}

// thumb16 decodes an instruction of one halfword. s is "s" outside an it block,
// where most instructions set the flags, else "", and c the condition.
func thumb16(h uint32, s, c string) string {
	r := func(at uint) string { return thumbRegs[h>>at&7] }
	imm5, imm8 := h>>6&31, h&0xff
	three := func(name string) string { return name + c + " " + r(0) + ", " + r(3) + ", " }
	switch {
	case h == 0xbf00:
		return "nop" + c
	case h>>11 == 0:
		if imm5 == 0 {
			return "movs " + r(0) + ", " + r(3)
		}
		return three("lsl"+s) + thumbImm(imm5)
	case h>>11 == 1, h>>11 == 2:
		if imm5 == 0 {
			imm5 = 32
		}
		return three([]string{"", "lsr", "asr"}[h>>11]+s) + thumbImm(imm5)
	case h>>11 == 3:
		name := [2]string{"add", "sub"}[h>>9&1] + s
		if h>>10&1 == 1 {
			return three(name) + thumbImm(h>>6&7)
		}
		return three(name) + r(6)
	case h>>13 == 1:
		name := [4]string{"mov" + s, "cmp", "add" + s, "sub" + s}[h>>11&3]
		return name + c + " " + r(8) + ", " + thumbImm(imm8)
	case h>>10 == 0x10:
		return thumbALU(h, s, c)
	case h>>10 == 0x11:
		return thumbHigh(h, c)
	case h>>11 == 9:
		return "ldr" + c + " " + r(8) + ", [pc, " + thumbImm(imm8*4) + "]"
	case h>>12 == 5:
		name := [8]string{"str", "strh", "strb", "ldrsb", "ldr", "ldrh", "ldrb", "ldrsh"}[h>>9&7]
		return name + c + " " + r(0) + ", [" + r(3) + ", " + r(6) + "]"
	case h>>13 == 3:
		name, size := [4]string{"str", "ldr", "strb", "ldrb"}[h>>11&3], uint32(4)
		if h>>12&1 == 1 {
			size = 1
		}
		return name + c + " " + r(0) + ", " + thumbAddress(r(3), imm5*size)
	case h>>12 == 8:
		return [2]string{"strh", "ldrh"}[h>>11&1] + c + " " + r(0) + ", " + thumbAddress(r(3), imm5*2)
	case h>>12 == 9:
		return [2]string{"str", "ldr"}[h>>11&1] + c + " " + r(8) + ", " + thumbAddress("sp", imm8*4)
	case h>>12 == 10:
		return "add" + c + " " + r(8) + ", " + [2]string{"pc", "sp"}[h>>11&1] + ", " + thumbImm(imm8*4)
	case h>>12 == 11:
		return thumbMisc(h, c)
	case h>>12 == 12:
		base := r(8)
		if h>>11&1 == 0 {
			return "stmia" + c + " " + base + "!, " + thumbList(imm8)
		}
		if imm8>>(h>>8&7)&1 == 0 {
			base += "!"
		}
		return "ldmia" + c + " " + base + ", " + thumbList(imm8)
	case h>>8 == 0xde:
		return "udf" + c + " " + thumbImm(imm8)
	case h>>8 == 0xdf:
		return "svc" + c + " " + strconv.Itoa(int(imm8))
	case h>>12 == 13:
		return "b" + thumbConds[h>>8&15] + ".n " + thumbTo(int32(int8(imm8))*2)
	case h>>11 == 0x1c:
		return "b" + c + ".n " + thumbTo(int32(h<<21)>>20)
	}
	return ""
}

// thumbAddress writes "[base, #offset]".
func thumbAddress(base string, offset uint32) string {
	if offset == 0 {
		return "[" + base + ", #0]"
	}
	return "[" + base + ", " + thumbImm(offset) + "]"
}

func thumbALU(h uint32, s, c string) string {
	d, m := thumbRegs[h&7], thumbRegs[h>>3&7]
	name := [16]string{"and", "eor", "lsl", "lsr", "asr", "adc", "sbc", "ror", "tst", "neg", "cmp", "cmn", "orr", "mul",
		"bic", "mvn"}[h>>6&15]
	switch name {
	case "tst", "cmp", "cmn":
		return name + c + " " + d + ", " + m
	case "neg":
		return "neg" + s + c + " " + d + ", " + m
	case "mul":
		return "mul" + s + c + " " + d + ", " + m
	}
	return name + s + c + " " + d + ", " + m
}

// thumbHigh are the instructions that reach all registers, and bx.
func thumbHigh(h uint32, c string) string {
	d, m := thumbRegs[h>>4&8|h&7], thumbRegs[h>>3&15]
	switch h >> 8 & 3 {
	case 0:
		return "add" + c + " " + d + ", " + m
	case 1:
		return "cmp" + c + " " + d + ", " + m
	case 2:
		return "mov" + c + " " + d + ", " + m
	}
	if h>>7&1 == 1 {
		return "blx" + c + " " + m
	}
	return "bx" + c + " " + m
}

// thumbMisc are the instructions that begin with 1011.
func thumbMisc(h uint32, c string) string {
	d, m := thumbRegs[h&7], thumbRegs[h>>3&7]
	switch {
	case h>>8 == 0xb0:
		return [2]string{"add", "sub"}[h>>7&1] + c + " sp, " + thumbImm(h&0x7f*4)
	case h>>8&0xf5 == 0xb1:
		return [2]string{"cbz", "cbnz"}[h>>11&1] + " " + d + ", " + thumbTo(int32(h>>3&31*2+h>>9&1*64))
	case h>>8 == 0xb2:
		return [4]string{"sxth", "sxtb", "uxth", "uxtb"}[h>>6&3] + c + " " + d + ", " + m
	case h>>9 == 0xb4>>1:
		return "push" + c + " " + thumbList(h&0xff|h>>8&1<<14)
	case h>>9 == 0xbc>>1:
		return "pop" + c + " " + thumbList(h&0xff|h>>8&1<<15)
	case h>>8 == 0xba && h>>6&3 != 2:
		return [4]string{"rev", "rev16", "", "revsh"}[h>>6&3] + c + " " + d + ", " + m
	case h>>8 == 0xbe:
		return "bkpt 0x" + hexByte(h&0xff)
	case h&0xffef == 0xb662, h&0xffe8 == 0xb660:
		flags := ""
		for i, f := range []string{"f", "i", "a"} {
			if h>>uint(i)&1 == 1 {
				flags = f + flags
			}
		}
		return [2]string{"cpsie ", "cpsid "}[h>>4&1] + flags
	case h>>8 == 0xbf && h&15 != 0:
		return thumbIT(h)
	case h>>8 == 0xbf:
		return map[uint32]string{1: "yield", 2: "wfe", 3: "wfi", 4: "sev"}[h>>4&15]
	}
	return ""
}

func hexByte(v uint32) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[v>>4&15], digits[v&15]})
}

// thumbIT writes "itte eq".
func thumbIT(h uint32) string {
	name := "it"
	first, mask := h>>4&1, h&15
	for i := uint(3); i > uint(bits.TrailingZeros32(mask)); i-- {
		if mask>>i&1 == first {
			name += "t"
		} else {
			name += "e"
		}
	}
	return name + " " + thumbConds[h>>4&15]
}

// itConds are the conditions that an it gives to the instructions behind it.
func itConds(h uint32) []string {
	cond, mask := h>>4&15, h&15
	conds := []string{thumbConds[cond]}
	for i := uint(3); i > uint(bits.TrailingZeros32(mask)); i-- {
		conds = append(conds, thumbConds[cond&14|mask>>i&1])
	}
	return conds
}
