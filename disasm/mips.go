package disasm

import "strconv"

// This file decodes MIPS, which x/arch has no decoder for: the integer
// instructions of MIPS32 and MIPS64 up to release 2, as kernels have them (MIPS
// Architecture For Programmers, volume II). The rest stays a word.

// mipsForm says which operands an instruction shows.
type mipsForm uint8

const (
	mipsNone    mipsForm = iota
	mipsRdRsRt           // rd,rs,rt
	mipsRdRtRs           // rd,rt,rs
	mipsRdRtSa           // rd,rt,sa
	mipsRsRt             // rs,rt
	mipsRd               // rd
	mipsRs               // rs
	mipsRtRsImm          // rt,rs,imm
	mipsRtRsHex          // rt,rs,imm without a sign
	mipsRtHex            // rt,imm without a sign
	mipsMemory           // rt,imm(rs)
	mipsHint             // hint,imm(rs)
	mipsRsRtTo           // rs,rt,target
	mipsRsTo             // rs,target
	mipsTo               // target of 26 bits
	mipsRdRt             // rd,rt
	mipsRsImm            // rs,imm
	mipsCode             // a code of ten bits
	mipsRdRs             // rd,rs
)

type mipsRow struct {
	name string
	form mipsForm
}

// mipsSpecial are the instructions of opcode 0 by their function.
var mipsSpecial = map[uint32]mipsRow{
	0: {"sll", mipsRdRtSa}, 2: {"srl", mipsRdRtSa}, 3: {"sra", mipsRdRtSa}, 4: {"sllv", mipsRdRtRs}, 6: {"srlv",
		mipsRdRtRs},
	7: {"srav", mipsRdRtRs}, 8: {"jr", mipsRs}, 9: {"jalr", mipsRs}, 10: {"movz", mipsRdRsRt}, 11: {"movn", mipsRdRsRt},
	12: {"syscall", mipsNone}, 13: {"break", mipsCode}, 15: {"sync", mipsNone}, 16: {"mfhi", mipsRd}, 17: {"mthi", mipsRs},
	18: {"mflo", mipsRd}, 19: {"mtlo", mipsRs}, 20: {"dsllv", mipsRdRtRs}, 22: {"dsrlv", mipsRdRtRs},
	23: {"dsrav", mipsRdRtRs}, 24: {"mult", mipsRsRt}, 25: {"multu", mipsRsRt}, 26: {"div", mipsRsRt},
	27: {"divu", mipsRsRt}, 28: {"dmult", mipsRsRt}, 29: {"dmultu", mipsRsRt}, 30: {"ddiv", mipsRsRt},
	31: {"ddivu", mipsRsRt}, 32: {"add", mipsRdRsRt}, 33: {"addu", mipsRdRsRt}, 34: {"sub", mipsRdRsRt},
	35: {"subu", mipsRdRsRt}, 36: {"and", mipsRdRsRt}, 37: {"or", mipsRdRsRt}, 38: {"xor", mipsRdRsRt},
	39: {"nor", mipsRdRsRt}, 42: {"slt", mipsRdRsRt}, 43: {"sltu", mipsRdRsRt}, 44: {"dadd", mipsRdRsRt},
	45: {"daddu", mipsRdRsRt}, 46: {"dsub", mipsRdRsRt}, 47: {"dsubu", mipsRdRsRt}, 48: {"tge", mipsRsRt},
	49: {"tgeu", mipsRsRt}, 50: {"tlt", mipsRsRt}, 51: {"tltu", mipsRsRt}, 52: {"teq", mipsRsRt}, 54: {"tne", mipsRsRt},
	56: {"dsll", mipsRdRtSa}, 58: {"dsrl", mipsRdRtSa}, 59: {"dsra", mipsRdRtSa}, 60: {"dsll32", mipsRdRtSa},
	62: {"dsrl32", mipsRdRtSa}, 63: {"dsra32", mipsRdRtSa},
}

// mipsMain are the instructions by their opcode.
var mipsMain = map[uint32]mipsRow{
	2: {"j", mipsTo}, 3: {"jal", mipsTo}, 4: {"beq", mipsRsRtTo}, 5: {"bne", mipsRsRtTo}, 6: {"blez", mipsRsTo},
	7: {"bgtz", mipsRsTo}, 8: {"addi", mipsRtRsImm}, 9: {"addiu", mipsRtRsImm}, 10: {"slti", mipsRtRsImm},
	11: {"sltiu", mipsRtRsImm}, 12: {"andi", mipsRtRsHex}, 13: {"ori", mipsRtRsHex}, 14: {"xori", mipsRtRsHex},
	15: {"lui", mipsRtHex}, 20: {"beql", mipsRsRtTo}, 21: {"bnel", mipsRsRtTo}, 22: {"blezl", mipsRsTo}, 23: {"bgtzl",
		mipsRsTo},
	24: {"daddi", mipsRtRsImm}, 25: {"daddiu", mipsRtRsImm}, 26: {"ldl", mipsMemory}, 27: {"ldr", mipsMemory},
	32: {"lb", mipsMemory}, 33: {"lh", mipsMemory}, 34: {"lwl", mipsMemory}, 35: {"lw", mipsMemory}, 36: {"lbu",
		mipsMemory},
	37: {"lhu", mipsMemory}, 38: {"lwr", mipsMemory}, 39: {"lwu", mipsMemory}, 40: {"sb", mipsMemory}, 41: {"sh",
		mipsMemory},
	42: {"swl", mipsMemory}, 43: {"sw", mipsMemory}, 44: {"sdl", mipsMemory}, 45: {"sdr", mipsMemory}, 46: {"swr",
		mipsMemory},
	47: {"cache", mipsHint}, 48: {"ll", mipsMemory}, 51: {"pref", mipsHint}, 52: {"lld", mipsMemory}, 55: {"ld",
		mipsMemory},
	56: {"sc", mipsMemory}, 60: {"scd", mipsMemory}, 63: {"sd", mipsMemory},
}

// mipsRegimm are the instructions of opcode 1 by their rt field.
var mipsRegimm = map[uint32]mipsRow{0: {"bltz", mipsRsTo}, 1: {"bgez", mipsRsTo}, 2: {"bltzl", mipsRsTo}, 3: {"bgezl",
	mipsRsTo},
	8: {"tgei", mipsRsImm}, 9: {"tgeiu", mipsRsImm}, 10: {"tlti", mipsRsImm}, 11: {"tltiu", mipsRsImm}, 12: {"teqi",
		mipsRsImm},
	14: {"tnei", mipsRsImm}, 16: {"bltzal", mipsRsTo}, 17: {"bgezal", mipsRsTo}}

// mipsSpecial2 are the instructions of opcode 28 by their function.
var mipsSpecial2 = map[uint32]mipsRow{0: {"madd", mipsRsRt}, 1: {"maddu", mipsRsRt}, 2: {"mul", mipsRdRsRt},
	4: {"msub", mipsRsRt},
	5: {"msubu", mipsRsRt}, 32: {"clz", mipsRdRs}, 33: {"clo", mipsRdRs}, 36: {"dclz", mipsRdRs}, 37: {"dclo", mipsRdRs}}

// mipsText returns the text of an instruction, "" where the tables lack it. A
// target is written relative to the instruction.
func mipsText(w uint32, m *machine) string {
	op, rs, rt, rd, sa, fn := w>>26, w>>21&31, w>>16&31, w>>11&31, w>>6&31, w&63
	wide := m.arch == MIPS64
	reg := func(n uint32) string { return m.names[n] }
	num := func(n uint32) string { return strconv.Itoa(int(n)) }
	var row mipsRow
	switch op {
	case 0:
		if text := mipsAlias(w, m); text != "" {
			return text
		}
		row = mipsSpecial[fn]
		if fn == 2 && rs == 1 {
			return "ror " + reg(rd) + "," + reg(rt) + ",0x" + strconv.FormatUint(uint64(sa), 16)
		}
		if fn == 6 && sa == 1 {
			return "rorv " + reg(rd) + "," + reg(rt) + "," + reg(rs)
		}
	case 1:
		row = mipsRegimm[rt]
	case 16: // the system's coprocessor
		return mipsCop0(w, m)
	case 28:
		row = mipsSpecial2[fn]
	case 31:
		return mipsSpecial3(w, m, wide)
	default:
		row = mipsMain[op]
		switch {
		case op == 4 && rs == 0 && rt == 0:
			return "b " + mipsTarget(w)
		case (op == 4 || op == 5) && rt == 0:
			return row.name + "z " + reg(rs) + "," + mipsTarget(w)
		case (op == 20 || op == 21) && rt == 0:
			return row.name[:3] + "zl " + reg(rs) + "," + mipsTarget(w)
		case op == 9 && rs == 0:
			return "li " + reg(rt) + "," + strconv.Itoa(int(int16(w)))
		case op == 13 && rs == 0:
			return "li " + reg(rt) + ",0x" + strconv.FormatUint(uint64(w&0xffff), 16)
		}
	}
	if row.name == "" {
		return ""
	}
	imm := strconv.Itoa(int(int16(w)))
	hex := "0x" + strconv.FormatUint(uint64(w&0xffff), 16)
	text := row.name
	switch row.form {
	case mipsRdRsRt:
		text += " " + reg(rd) + "," + reg(rs) + "," + reg(rt)
	case mipsRdRtRs:
		text += " " + reg(rd) + "," + reg(rt) + "," + reg(rs)
	case mipsRdRtSa:
		text += " " + reg(rd) + "," + reg(rt) + ",0x" + strconv.FormatUint(uint64(sa), 16)
	case mipsRsRt:
		text += " " + reg(rs) + "," + reg(rt)
		if op == 0 && fn >= 24 && fn <= 31 && fn&2 == 2 {
			text = row.name + " zero," + reg(rs) + "," + reg(rt)
		}
		if op == 0 && fn >= 48 && w>>6&0x3ff != 0 {
			text += ",0x" + strconv.FormatUint(uint64(w>>6&0x3ff), 16)
		}
	case mipsRd:
		text += " " + reg(rd)
	case mipsRs:
		text += " " + reg(rs)
		if fn == 9 && rd != 31 {
			text = row.name + " " + reg(rd) + "," + reg(rs)
		}
	case mipsRtRsImm:
		text += " " + reg(rt) + "," + reg(rs) + "," + imm
	case mipsRtRsHex:
		text += " " + reg(rt) + "," + reg(rs) + "," + hex
	case mipsRtHex:
		text += " " + reg(rt) + "," + hex
	case mipsMemory:
		text += " " + reg(rt) + "," + imm + "(" + reg(rs) + ")"
	case mipsHint:
		text += " 0x" + strconv.FormatUint(uint64(rt), 16) + "," + imm + "(" + reg(rs) + ")"
	case mipsRsRtTo:
		text += " " + reg(rs) + "," + reg(rt) + "," + mipsTarget(w)
	case mipsRsTo:
		text += " " + reg(rs) + "," + mipsTarget(w)
	case mipsTo:
		text += " 0x" + strconv.FormatUint(uint64(w&0x3ffffff)<<2, 16)
	case mipsRsImm:
		text += " " + reg(rs) + "," + imm
	case mipsRdRs:
		text += " " + reg(rd) + "," + reg(rs)
	case mipsCode:
		if code := w >> 16 & 0x3ff; code != 0 {
			text += " 0x" + strconv.FormatUint(uint64(code), 16)
		}
		if code := w >> 6 & 0x3ff; code != 0 {
			text += ",0x" + strconv.FormatUint(uint64(code), 16)
		}
	case mipsNone:
		if fn == 15 && sa != 0 {
			text += " 0x" + num(sa)
		}
	}
	return text
}

// mipsTarget is where a branch leads; it counts from the delay slot.
func mipsTarget(w uint32) string {
	v := (int(int16(w)) + 1) * 4
	if v < 0 {
		return ".-0x" + strconv.FormatInt(int64(-v), 16)
	}
	return ".+0x" + strconv.FormatInt(int64(v), 16)
}

// mipsAlias are the instructions of opcode 0 that have another name.
func mipsAlias(w uint32, m *machine) string {
	rs, rt, rd, sa, fn := w>>21&31, w>>16&31, w>>11&31, w>>6&31, w&63
	switch {
	case w == 0:
		return "nop"
	case fn == 0 && rd == 0 && rt == 0 && rs == 0:
		return map[uint32]string{1: "ssnop", 3: "ehb", 5: "pause"}[sa]
	case (fn == 33 || fn == 37 || fn == 45) && rt == 0 && sa == 0:
		return "move " + m.names[rd] + "," + m.names[rs]
	case rs == 0 && (fn == 34 || fn == 35 || fn == 46 || fn == 47):
		return map[uint32]string{34: "neg ", 35: "negu ", 46: "dneg ", 47: "dnegu "}[fn] + m.names[rd] + "," + m.names[rt]
	}
	return ""
}

// mipsCop0 are the instructions that read and set the system's registers.
func mipsCop0(w uint32, m *machine) string {
	rt, rd, sel := w>>16&31, w>>11&31, w&7
	if w>>25&1 == 1 {
		return map[uint32]string{1: "tlbr", 2: "tlbwi", 6: "tlbwr", 8: "tlbp", 24: "eret", 32: "wait"}[w&63]
	}
	name := map[uint32]string{0: "mfc0", 1: "dmfc0", 4: "mtc0", 5: "dmtc0"}[w>>21&31]
	switch {
	case w>>21&31 == 11 && w>>6&0x1f == 0:
		name = "di"
		if w>>5&1 == 1 {
			name = "ei"
		}
		if rt != 0 {
			name += " " + m.names[rt]
		}
		return name
	case name == "":
		return ""
	}
	text := name + " " + m.names[rt] + ",$" + strconv.Itoa(int(rd))
	if sel != 0 {
		text += "," + strconv.Itoa(int(sel))
	}
	return text
}

// mipsSpecial3 are the instructions of release 2: bit fields, bytes, rdhwr.
func mipsSpecial3(w uint32, m *machine, wide bool) string {
	rs, rt, rd, sa, fn := w>>21&31, w>>16&31, w>>11&31, w>>6&31, w&63
	hex := func(v uint32) string { return "0x" + strconv.FormatUint(uint64(v), 16) }
	field := func(name string, pos, size uint32) string {
		return name + " " + m.names[rt] + "," + m.names[rs] + "," + hex(pos) + "," + hex(size)
	}
	switch fn {
	case 0:
		return field("ext", sa, rd+1)
	case 4:
		return field("ins", sa, rd-sa+1)
	case 1, 2, 3: // dextm, dextu and dext, of which objdump makes one
		if wide {
			return field("dext", sa+32*(fn&2>>1)*(1-fn&1), rd+1+32*(fn&1)*(1-fn>>1))
		}
	case 5, 6, 7: // dinsm, dinsu and dins
		if wide {
			pos := sa
			if fn == 6 {
				pos += 32
			}
			end := rd
			if fn != 7 {
				end += 32
			}
			return field("dins", pos, end-pos+1)
		}
	case 32:
		if name := map[uint32]string{2: "wsbh", 16: "seb", 24: "seh"}[sa]; name != "" {
			return name + " " + m.names[rd] + "," + m.names[rt]
		}
	case 36:
		if name := map[uint32]string{2: "dsbh", 5: "dshd"}[sa]; wide && name != "" {
			return name + " " + m.names[rd] + "," + m.names[rt]
		}
	case 59:
		return "rdhwr " + m.names[rt] + ",$" + strconv.Itoa(int(rd))
	}
	return ""
}
