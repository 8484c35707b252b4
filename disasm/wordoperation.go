package disasm

import (
	"strconv"
	"strings"
)

// This file describes instructions of the architectures other than x86 from
// their text, which the oracle tests hold against objdump. Three forms of a
// memory operand cover them: [base, offset] of arm, offset(base) of risc-v,
// powerpc, mips and s390x, and the plain operands of loongarch.

// wordOperation describes an instruction; known is false where it is none.
func wordOperation(in *Inst, m *machine, pc *uint64) (o operation, known bool) {
	if in.Text == "" || in.Text[0] == '.' || in.Text[0] == '(' {
		return newOperation(opOther), false
	}
	t := splitText(in.Text)
	t.inst, t.m, t.pc = in, m, pc
	switch m.arch {
	case ARM64:
		return t.arm64(), true
	case ARM:
		return t.arm(), true
	case PPC, PPC64:
		return t.power(), true
	case S390X:
		return t.s390(), true
	case LoongArch:
		return t.loong(), true
	case RISCV64, MIPS, MIPS64:
		return t.risc(), true
	}
	return newOperation(opOther), false
}

// An instText is an instruction's text, cut into its parts.
type instText struct {
	name string
	ops  []string // operands; brackets and parentheses keep their commas
	inst *Inst
	m    *machine
	pc   *uint64 // of Offset 0
}

func splitText(text string) instText {
	if i := strings.Index(text, " // "); i >= 0 {
		text = text[:i]
	}
	name, rest, _ := strings.Cut(text, " ")
	t := instText{name: name}
	depth, from := 0, 0
	rest = strings.TrimSpace(rest)
	for i := range len(rest) {
		switch rest[i] {
		case '[', '(', '{':
			depth++
		case ']', ')', '}':
			depth--
		case ',':
			if depth == 0 {
				t.ops = append(t.ops, strings.TrimSpace(rest[from:i]))
				from = i + 1
			}
		}
	}
	if rest != "" {
		t.ops = append(t.ops, strings.TrimSpace(rest[from:]))
	}
	return t
}

// reg returns operand i as a register, -1 where it is none.
func (t *instText) reg(i int) int {
	if i < 0 || i >= len(t.ops) {
		return -1
	}
	return t.register(t.ops[i])
}

func (t *instText) register(name string) int {
	if t.m.arch == ARM64 && len(name) > 1 && name[0] == 'w' && name != "wzr" && name != "wsp" {
		name = "x" + name[1:]
	}
	return t.m.number(strings.TrimSuffix(name, "!"))
}

// narrow reports whether operand i is the lower half of an arm64 register.
func (t *instText) narrow(i int) bool {
	return t.m.arch == ARM64 && i < len(t.ops) && strings.HasPrefix(t.ops[i], "w")
}

// number returns operand i as a number.
func (t *instText) number(i int) (int64, bool) {
	if i < 0 || i >= len(t.ops) {
		return 0, false
	}
	return parseNumber(t.ops[i])
}

func parseNumber(s string) (int64, bool) {
	s = strings.TrimPrefix(s, "#")
	if v, err := strconv.ParseInt(s, 0, 64); err == nil {
		return v, true
	}
	v, err := strconv.ParseUint(s, 0, 64)
	return int64(v), err == nil
}

// branch fills in where operand i leads, which is ".+0x10", or an address, with
// or without a symbol.
func (t *instText) branch(o *operation, i int) {
	if i < 0 || i >= len(t.ops) {
		return
	}
	text, symbol, _ := strings.Cut(t.ops[i], " <")
	o.target = strings.TrimSuffix(symbol, ">")
	if rel, ok := strings.CutPrefix(text, "."); ok {
		if v, ok := parseNumber(strings.TrimPrefix(rel, "+")); ok {
			o.to, o.hasTo = t.inst.Offset+int(v), true
		}
		return
	}
	if v, ok := parseNumber(text); ok && t.pc != nil {
		o.to, o.hasTo = int(uint64(v)-*t.pc), true
	}
}

// arithmetic describes "name dst, a, b" where name adds or subtracts; sign is 1
// or -1.
func (t *instText) arithmetic(o *operation, sign int64) {
	o.kind = opOther
	src := t.reg(1)
	if src < 0 {
		return
	}
	if v, ok := t.number(2); ok && len(t.ops) == 3 {
		o.kind, o.src, o.imm = opAdd, src, sign*v
		return
	}
	if v, ok := t.number(2); ok && len(t.ops) == 4 {
		if n, ok := parseNumber(strings.TrimPrefix(t.ops[3], "lsl ")); ok && n >= 0 && n < 32 {
			o.kind, o.src, o.imm = opAdd, src, sign*v<<n
		}
		return
	}
	index := t.reg(2)
	if index < 0 {
		return
	}
	scale := sign
	if len(t.ops) == 4 {
		n, ok := parseNumber(strings.TrimPrefix(t.ops[3], "lsl "))
		if !ok || n < 0 || n > 31 {
			return
		}
		scale <<= n
	}
	o.kind, o.src, o.index, o.scale = opSum, src, index, scale
}

// copyOf describes dst = operand 1, which is a register or a number.
func (t *instText) copyOf(o *operation) {
	if v, ok := t.number(1); ok {
		o.kind, o.imm = opConst, v
	} else if r := t.reg(1); r >= 0 {
		o.kind, o.src = opCopy, r
		o.narrow = t.narrow(1)
		if r == t.m.zero {
			o.kind, o.imm, o.narrow = opConst, 0, false
		}
	}
}

// transfer describes loads and stores: operands first to mem are data.
func (t *instText) transfer(o *operation, mem memory, store bool, data int) {
	o.mem = mem
	if store {
		o.kind, o.mem.access = opStore, "write"
		o.src = t.reg(0)
		return
	}
	o.kind, o.mem.access = opLoad, "read"
	for i := range data {
		if r := t.reg(i); r != t.m.zero {
			o.writes.add(r)
		}
	}
	o.dst = t.reg(0)
	o.narrow = mem.size > 0 && mem.size < t.m.bits/8
}

// bracket reads "[base, offset]" as operand i, with what may stand behind it.
func (t *instText) bracket(i int) (mem memory, ok bool) {
	mem = memory{base: -1, index: -1, scale: 1}
	if i < 0 || i >= len(t.ops) || !strings.HasPrefix(t.ops[i], "[") {
		return mem, false
	}
	inner, behind, _ := strings.Cut(t.ops[i][1:], "]")
	parts := strings.Split(inner, ",")
	for j := range parts {
		parts[j] = strings.TrimSpace(parts[j])
	}
	mem.set = true
	mem.base = t.register(parts[0])
	if len(parts) > 1 {
		if v, isNumber := parseNumber(parts[1]); isNumber {
			mem.disp = v
		} else {
			name, negative := strings.CutPrefix(parts[1], "-")
			mem.index = t.register(name)
			if strings.HasPrefix(name, "w") {
				mem.extend = 32
			}
			if negative {
				mem.scale = -1
			}
		}
	}
	if len(parts) > 2 {
		word, n, _ := strings.Cut(parts[2], " ")
		if v, isNumber := parseNumber(n); isNumber && v >= 0 && v < 32 && word == "lsl" || word == "sxtw" || word == "uxtw" ||
			word == "sxtx" {
			mem.scale <<= uint(v & 31)
		} else {
			mem.index = -1 // another shift: not evaluated
			mem.base = -1
		}
		if word == "sxtw" {
			mem.extend = -32
		}
	}
	if i+1 < len(t.ops) && behind == "" {
		mem.post = true
	}
	if mem.base == t.m.number("pc") && mem.base >= 0 {
		mem.pcRelative = true
	}
	return mem, true
}

// paren reads "offset(base)" or, of s390x, "offset(index,base)" and
// "offset(length,base)".
func (t *instText) paren(i int) (mem memory, ok bool) {
	mem = memory{base: -1, index: -1, scale: 1}
	if i < 0 || i >= len(t.ops) {
		return mem, false
	}
	number, rest, found := strings.Cut(t.ops[i], "(")
	if !found || !strings.HasSuffix(rest, ")") {
		return mem, false
	}
	if number != "" {
		v, isNumber := parseNumber(number)
		if !isNumber {
			return mem, false
		}
		mem.disp = v
	}
	mem.set = true
	first, second, two := strings.Cut(strings.TrimSuffix(rest, ")"), ",")
	if !two {
		mem.base = t.register(first)
		return mem, true
	}
	mem.base = t.register(second)
	if n, isNumber := parseNumber(first); isNumber {
		mem.size = int(n)
	} else {
		mem.index = t.register(first)
	}
	return mem, true
}
