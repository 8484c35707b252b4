package disasm

import (
	"math/bits"
	"strconv"
)

// thumb32 decodes an instruction of two halfwords (A6.3); c is the condition.
func thumb32(a, b uint32, c string) string {
	switch {
	case a>>9 == 0x74: // 1110100x: several registers, pairs, exclusives
		if a>>6&1 == 0 {
			return thumbMultiple(a, b, c)
		}
		return thumbPair(a, b, c)
	case a>>9 == 0x75: // 1110101x: shifted register
		return thumbShifted(a, b, c)
	case a>>11 == 0x1e && b>>15 == 0 && a>>9&1 == 0:
		return thumbModified(a, b, c)
	case a>>11 == 0x1e && b>>15 == 0:
		return thumbPlain(a, b, c)
	case a>>11 == 0x1e:
		return thumbBranch(a, b, c)
	case a>>9 == 0x7c: // 1111100x: one register
		return thumbSingle(a, b, c)
	case a>>8 == 0xfa:
		return thumbRegister(a, b, c)
	case a>>8 == 0xfb:
		return thumbMultiply(a, b, c)
	}
	return ""
}

func thumbMultiple(a, b uint32, c string) string {
	n := thumbRegs[a&15]
	back := ""
	if a>>5&1 == 1 {
		back = "!"
	}
	switch a >> 7 & 3 {
	case 1:
		if a>>4&1 == 1 {
			if n == "sp" && back != "" {
				return "ldmia" + c + ".w sp!, " + thumbList(b)
			}
			return "ldmia" + c + ".w " + n + back + ", " + thumbList(b)
		}
		return "stmia" + c + ".w " + n + back + ", " + thumbList(b)
	case 2:
		if a>>4&1 == 0 {
			return "stmdb" + c + " " + n + back + ", " + thumbList(b)
		}
		return "ldmdb" + c + " " + n + back + ", " + thumbList(b)
	}
	return ""
}

func thumbPair(a, b uint32, c string) string {
	n, t, t2 := thumbRegs[a&15], thumbRegs[b>>12], thumbRegs[b>>8&15]
	imm := b & 0xff * 4
	switch {
	case a>>4 == 0xe84:
		return "strex" + c + " " + t2 + ", " + t + ", [" + n + thumbOffset(imm, false) + "]"
	case a>>4 == 0xe85:
		return "ldrex" + c + " " + t + ", [" + n + thumbOffset(imm, false) + "]"
	case a>>4 == 0xe8d && b>>4&15 <= 1:
		if b>>4&15 == 1 {
			return "tbh" + c + " [" + n + ", " + thumbRegs[b&15] + ", lsl #1]"
		}
		return "tbb" + c + " [" + n + ", " + thumbRegs[b&15] + "]"
	case a>>4 == 0xe8c:
		switch b >> 4 & 15 {
		case 4:
			return "strexb" + c + " " + thumbRegs[b&15] + ", " + t + ", [" + n + "]"
		case 5:
			return "strexh" + c + " " + thumbRegs[b&15] + ", " + t + ", [" + n + "]"
		case 7:
			return "strexd" + c + " " + thumbRegs[b&15] + ", " + t + ", " + t2 + ", [" + n + "]"
		}
		return ""
	case a>>4 == 0xe8d:
		switch b >> 4 & 15 {
		case 4:
			return "ldrexb" + c + " " + t + ", [" + n + "]"
		case 5:
			return "ldrexh" + c + " " + t + ", [" + n + "]"
		case 7:
			return "ldrexd" + c + " " + t + ", " + t2 + ", [" + n + "]"
		}
		return ""
	}
	name := [2]string{"strd", "ldrd"}[a>>4&1] + c + " " + t + ", " + t2 + ", "
	return name + thumbIndexed(n, imm, a>>8&1 == 1, a>>7&1 == 1, a>>5&1 == 1)
}

// thumbOffset writes ", #offset", or nothing for 0.
func thumbOffset(imm uint32, down bool) string {
	switch {
	case imm == 0 && !down:
		return ""
	case down:
		return ", #-" + strconv.Itoa(int(imm))
	}
	return ", " + thumbImm(imm)
}

// thumbIndexed writes an address with its offset before or behind.
func thumbIndexed(base string, imm uint32, before, up, back bool) string {
	switch {
	case !before:
		return "[" + base + "]" + thumbOffset(imm, !up)
	case back:
		offset := thumbOffset(imm, !up)
		if offset == "" {
			offset = ", #0"
		}
		return "[" + base + offset + "]!"
	}
	return "[" + base + thumbOffset(imm, !up) + "]"
}

// thumbOps are the operations of shifted registers and of modified constants.
var thumbOps = map[uint32]string{0: "and", 1: "bic", 2: "orr", 3: "orn", 4: "eor", 8: "add", 10: "adc", 11: "sbc",
	13: "sub", 14: "rsb"}

func thumbShifted(a, b uint32, c string) string {
	op, n, d, m := a>>5&15, a&15, b>>8&15, thumbRegs[b&15]
	s := [2]string{"", "s"}[a>>4&1]
	kind, imm := b>>4&3, b>>10&0x1c|b>>6&3
	shift := ""
	switch {
	case imm == 0 && kind == 3:
		shift = ", rrx"
	case imm == 0 && kind > 0:
		shift = ", " + [4]string{"lsl", "lsr", "asr", "ror"}[kind] + " #32"
	case imm > 0:
		shift = ", " + [4]string{"lsl", "lsr", "asr", "ror"}[kind] + " #" + strconv.Itoa(int(imm))
	}
	name := thumbOps[op]
	switch {
	case name == "":
		return ""
	case d == 15 && s != "":
		test := map[string]string{"and": "tst", "eor": "teq", "add": "cmn", "sub": "cmp"}[name]
		if test == "" {
			return ""
		}
		return test + c + ".w " + thumbRegs[n] + ", " + m + shift
	case name == "orr" && n == 15 && shift == "":
		return "mov" + s + c + ".w " + thumbRegs[d] + ", " + m
	case name == "orr" && n == 15 && kind == 3 && imm == 0:
		return "mov" + s + c + ".w " + thumbRegs[d] + ", " + m + ", rrx"
	case name == "orr" && n == 15:
		return "mov" + s + c + ".w " + thumbRegs[d] + ", " + m + shift
	case name == "orn" && n == 15:
		return "mvn" + s + c + ".w " + thumbRegs[d] + ", " + m + shift
	}
	return name + s + c + thumbWide(name) + " " + thumbRegs[d] + ", " + thumbRegs[n] + ", " + m + shift
}

// thumbWide is the suffix of instructions that exist with one halfword too.
func thumbWide(name string) string {
	if name == "orn" || name == "rsb" {
		return ""
	}
	return ".w"
}

// thumbConstant is the constant of a modified immediate (A6.3.2).
func thumbConstant(a, b uint32) uint32 {
	imm12 := a>>10&1<<11 | b>>12&7<<8 | b&0xff
	v := imm12 & 0xff
	switch imm12 >> 8 {
	case 0:
		return v
	case 1:
		return v<<16 | v
	case 2:
		return v<<24 | v<<8
	case 3:
		return v<<24 | v<<16 | v<<8 | v
	}
	return bits.RotateLeft32(0x80|v&0x7f, -int(imm12>>7))
}

func thumbModified(a, b uint32, c string) string {
	op, n, d := a>>5&15, a&15, b>>8&15
	s := [2]string{"", "s"}[a>>4&1]
	imm := thumbImm(thumbConstant(a, b))
	name := thumbOps[op]
	switch {
	case name == "":
		return ""
	case d == 15 && s != "":
		test := map[string]string{"and": "tst", "eor": "teq", "add": "cmn", "sub": "cmp"}[name]
		if test == "" {
			return ""
		}
		return test + c + ".w " + thumbRegs[n] + ", " + imm
	case name == "orr" && n == 15:
		return "mov" + s + c + ".w " + thumbRegs[d] + ", " + imm
	case name == "orn" && n == 15:
		return "mvn" + s + c + ".w " + thumbRegs[d] + ", " + imm
	}
	return name + s + c + thumbWide(name) + " " + thumbRegs[d] + ", " + thumbRegs[n] + ", " + imm
}

// thumbPlain are the instructions with plain constants, and bit fields.
func thumbPlain(a, b uint32, c string) string {
	n, d := thumbRegs[a&15], thumbRegs[b>>8&15]
	imm12 := a>>10&1<<11 | b>>12&7<<8 | b&0xff
	imm16 := a&15<<12 | imm12
	lsb, width := b>>10&0x1c|b>>6&3, b&31
	switch a >> 4 & 0x1f {
	case 0x00:
		return "addw" + c + " " + d + ", " + n + ", " + thumbImm(imm12)
	case 0x0a:
		return "subw" + c + " " + d + ", " + n + ", " + thumbImm(imm12)
	case 0x04:
		return "movw" + c + " " + d + ", " + thumbImm(imm16)
	case 0x0c:
		return "movt" + c + " " + d + ", " + thumbImm(imm16)
	case 0x14:
		return "sbfx" + c + " " + d + ", " + n + ", " + thumbImm(lsb) + ", " + thumbImm(width+1)
	case 0x1c:
		return "ubfx" + c + " " + d + ", " + n + ", " + thumbImm(lsb) + ", " + thumbImm(width+1)
	case 0x16:
		if width < lsb {
			return ""
		}
		if n == "pc" {
			return "bfc" + c + " " + d + ", " + thumbImm(lsb) + ", " + thumbImm(width-lsb+1)
		}
		return "bfi" + c + " " + d + ", " + n + ", " + thumbImm(lsb) + ", " + thumbImm(width-lsb+1)
	}
	return ""
}

// thumbBranch are branches and the instructions of the system.
func thumbBranch(a, b uint32, c string) string {
	s, j1, j2 := a>>10&1, b>>13&1, b>>11&1
	far := int32(s<<24|(1^j1^s)<<23|(1^j2^s)<<22|a&0x3ff<<12|b&0x7ff<<1) << 7 >> 7
	switch {
	case b>>14 == 3 && b>>12&1 == 1:
		return "bl" + c + " " + thumbTo(far)
	case b>>14 == 3:
		return "blx" + c + " " + thumbTo(far)
	case b>>12&5 == 1:
		return "b" + c + ".w " + thumbTo(far)
	case a>>7&7 == 7:
		if a&0xfff0 == 0xf3b0 && b>>8 == 0x8f {
			option := armBarriers["#"+strconv.Itoa(int(b&15))]
			if name := map[uint32]string{4: "dsb", 5: "dmb", 6: "isb"}[b>>4&15]; name != "" && option != "" {
				return name + " " + option
			}
			if b>>4&15 == 2 {
				return "clrex"
			}
		}
		if a == 0xf3af && b>>8 == 0x80 {
			return map[uint32]string{0: "nop.w", 1: "yield.w", 2: "wfe.w", 3: "wfi.w", 4: "sev.w"}[b&0xff]
		}
		if a>>4 == 0xf7f && b>>12 == 0xa {
			return "udf" + c + ".w " + thumbImm(a&15<<12|b&0xfff)
		}
		return ""
	}
	near := int32(s<<20|j2<<19|j1<<18|a&0x3f<<12|b&0x7ff<<1) << 11 >> 11
	return "b" + thumbConds[a>>6&15] + ".w " + thumbTo(near)
}

// thumbSingle are loads and stores of one register.
func thumbSingle(a, b uint32, c string) string {
	n, t := a&15, b>>12
	size := a >> 5 & 3
	load, sign := a>>4&1 == 1, a>>8&1 == 1
	if size == 3 || sign && !load {
		return ""
	}
	name := "str"
	if load {
		name = "ldr"
		if sign {
			name += "s"
		}
	}
	name += [3]string{"b", "h", ""}[size]
	pld := load && t == 15 && size != 2
	if pld {
		name = "pld"
	}
	base := thumbRegs[n]
	first := name + c + ".w " + thumbRegs[t] + ", "
	if pld {
		first = "pld" + c + " "
	}
	switch {
	case load && n == 15:
		return first + "[pc" + thumbOffset(b&0xfff, a>>7&1 == 0) + "]"
	case a>>7&1 == 1:
		return first + "[" + base + thumbOffset(b&0xfff, false) + "]"
	case b>>11&1 == 0:
		shift := ""
		if b>>4&3 > 0 {
			shift = ", lsl #" + strconv.Itoa(int(b>>4&3))
		}
		return first + "[" + base + ", " + thumbRegs[b&15] + shift + "]"
	case b>>8&7 == 6:
		return name + "t" + c + " " + thumbRegs[t] + ", [" + base + thumbOffset(b&0xff, false) + "]"
	}
	before, up, back := b>>10&1 == 1, b>>9&1 == 1, b>>8&1 == 1
	return first + thumbIndexed(base, b&0xff, before, up, back)
}

// thumbRegister are shifts by a register, extensions and byte order.
func thumbRegister(a, b uint32, c string) string {
	n, d, m := thumbRegs[a&15], thumbRegs[b>>8&15], thumbRegs[b&15]
	s := [2]string{"", "s"}[a>>4&1]
	switch {
	case a>>7&1 == 0 && b>>4&15 == 0:
		return [4]string{"lsl", "lsr", "asr", "ror"}[a>>5&3] + s + c + ".w " + d + ", " + n + ", " + m
	case a>>7&1 == 0 && b>>7&1 == 1:
		names := [8]string{"sxth", "uxth", "sxtb16", "uxtb16", "sxtb", "uxtb"}
		name := names[a>>4&7]
		if name == "" {
			return ""
		}
		rotate := ""
		if b>>4&3 > 0 {
			rotate = ", ror #" + strconv.Itoa(int(b>>4&3)*8)
		}
		if n == "pc" {
			return name + c + ".w " + d + ", " + m + rotate
		}
		return name[:1] + "xta" + name[3:] + c + " " + d + ", " + n + ", " + m + rotate
	case a>>4 == 0xfa9 && b>>6&3 == 2:
		name := [4]string{"rev", "rev16", "rbit", "revsh"}[b>>4&3]
		if name == "rbit" {
			return name + c + " " + d + ", " + m
		}
		return name + c + ".w " + d + ", " + m
	case a>>4 == 0xfab && b>>4&15 == 8:
		return "clz" + c + " " + d + ", " + m
	}
	return ""
}

func thumbMultiply(a, b uint32, c string) string {
	n, d, m, x := thumbRegs[a&15], thumbRegs[b>>8&15], thumbRegs[b&15], thumbRegs[b>>12]
	switch key := a>>4&15<<4 | b>>4&15; key {
	case 0x00:
		if x == "pc" {
			return "mul" + c + ".w " + d + ", " + n + ", " + m
		}
		return "mla" + c + " " + d + ", " + n + ", " + m + ", " + x
	case 0x01:
		return "mls" + c + " " + d + ", " + n + ", " + m + ", " + x
	case 0x10, 0x11, 0x12, 0x13:
		name := [4]string{"bb", "bt", "tb", "tt"}[key&3]
		if x == "pc" {
			return "smul" + name + c + " " + d + ", " + n + ", " + m
		}
		return "smla" + name + c + " " + d + ", " + n + ", " + m + ", " + x
	case 0x50, 0x51:
		round := [2]string{"", "r"}[key&1]
		if x == "pc" {
			return "smmul" + round + c + " " + d + ", " + n + ", " + m
		}
		return "smmla" + round + c + " " + d + ", " + n + ", " + m + ", " + x
	case 0x80:
		return "smull" + c + " " + x + ", " + d + ", " + n + ", " + m
	case 0xa0:
		return "umull" + c + " " + x + ", " + d + ", " + n + ", " + m
	case 0xc0:
		return "smlal" + c + " " + x + ", " + d + ", " + n + ", " + m
	case 0xe0:
		return "umlal" + c + " " + x + ", " + d + ", " + n + ", " + m
	case 0xe6:
		return "umaal" + c + " " + x + ", " + d + ", " + n + ", " + m
	case 0x9f:
		return "sdiv" + c + " " + d + ", " + n + ", " + m
	case 0xbf:
		return "udiv" + c + " " + d + ", " + n + ", " + m
	}
	return ""
}
