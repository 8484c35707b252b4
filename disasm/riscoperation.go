package disasm

import "strings"

// risc describes an instruction of RISC-V or MIPS: loads and stores with
// offset(base), three operands else.
func (t *instText) risc() operation {
	o := newOperation(opOther)
	name := t.name
	mips := t.m.arch != RISCV64
	if mem, ok := t.paren(len(t.ops) - 1); ok {
		switch {
		case name == "jalr":
			o.kind, o.writes, o.src = opCall, t.m.scratch, mem.base
			return o
		case name == "pref" || name == "cache" || strings.HasPrefix(name, "prefetch"):
			o.kind = opNop
			return o
		}
		mem.size = riscSize(name)
		atomic := strings.HasPrefix(name, "amo") || strings.HasPrefix(name, "sc") || strings.HasPrefix(name, "lr.")
		if atomic {
			mem.size = 4
			if strings.Contains(name, ".d") || name == "scd" {
				mem.size = 8
			}
		}
		t.transfer(&o, mem, name[0] == 's', 1)
		if strings.HasPrefix(name, "amo") {
			o.kind, o.mem.access = opUpdate, "write"
		}
		if strings.HasPrefix(name, "sc.") || name == "sc" || name == "scd" {
			o.writes.add(t.reg(0))
		}
		return o
	}
	switch {
	case name == "jal" || name == "jalr" || name == "bal" || name == "call":
		o.kind, o.writes = opCall, t.m.scratch
		if o.src = t.reg(len(t.ops) - 1); o.src < 0 {
			t.branch(&o, len(t.ops)-1)
		}
		if !mips && len(t.ops) == 2 && t.reg(0) == 0 {
			o.kind, o.writes = opJump, 0
		}
	case name == "j" || name == "jr" || name == "b":
		o.kind, o.src = opJump, t.reg(0)
		if o.src == t.m.number("ra") {
			o.kind = opReturn
		}
		t.branch(&o, 0)
	case name == "ret" || name == "sret" || name == "mret" || name == "eret":
		o.kind = opReturn
	case name == "ebreak" || name == "break" || name == "unimp" || name == "c.ebreak":
		o.kind = opTrap
		o.imm, _ = t.number(0)
	case name[0] == 'b' && len(t.ops) >= 2:
		o.kind, o.src = opBranch, t.reg(0)
		t.branch(&o, len(t.ops)-1)
	case mips && name[0] == 't' && len(t.ops) >= 2:
		o.kind = opTrap
	case len(t.ops) == 0 || name == "fence" || name == "sync" || name == "wfi" || strings.HasPrefix(name, "sfence"):
		o.kind = opNop
	default:
		if r := t.reg(0); r != t.m.zero {
			o.set(r)
		}
		switch name {
		case "mv", "move", "li":
			t.copyOf(&o)
		case "add", "addi", "addu", "addiu", "daddu", "daddiu":
			t.arithmetic(&o, 1)
			if o.kind == opSum && o.index == t.m.zero {
				o.kind, o.imm = opCopy, 0
			}
			if o.src == t.m.zero && o.kind == opAdd {
				o.kind = opConst
			}
		case "sub", "subu", "dsubu":
			t.arithmetic(&o, -1)
		case "or":
			if t.reg(2) == t.m.zero {
				t.copyOf(&o)
			}
		}
	}
	return o
}

// riscSize returns the number of bytes that a load or store of RISC-V or MIPS
// moves.
func riscSize(name string) int {
	name = strings.TrimSuffix(name, "u")
	switch {
	case strings.HasSuffix(name, "b"):
		return 1
	case strings.HasSuffix(name, "h"):
		return 2
	case strings.HasSuffix(name, "w") || strings.HasPrefix(name, "lw") || strings.HasPrefix(name, "sw") || name == "ll":
		return 4
	case strings.HasSuffix(name, "d") || name == "ldl" || name == "ldr" || name == "sdl" || name == "sdr":
		return 8
	}
	return 0
}

// loong describes an instruction of LoongArch: "ld.d $a0, $a1, 16".
func (t *instText) loong() operation {
	o := newOperation(opOther)
	name, size, _ := strings.Cut(t.name, ".")
	bytes := map[string]int{"b": 1, "bu": 1, "h": 2, "hu": 2, "w": 4, "wu": 4, "d": 8, "s": 4}[size]
	mem := memory{set: true, base: t.reg(1), index: -1, scale: 1, size: bytes}
	switch name {
	case "ld", "st", "ldptr", "stptr", "ll", "sc", "ldx", "stx", "fld", "fst", "ldle", "ldgt":
		if strings.HasPrefix(name, "f") && size == "d" {
			mem.size = 8
		}
		if n, ok := t.number(2); ok {
			mem.disp = n
		} else {
			mem.index = t.reg(2)
		}
		t.transfer(&o, mem, strings.HasPrefix(name, "s") || name == "fst", 1)
		if name == "sc" {
			o.writes.add(t.reg(0))
		}
	case "bl":
		o.kind, o.writes = opCall, t.m.scratch
		t.branch(&o, 0)
	case "jirl":
		o.kind, o.writes, o.src = opCall, t.m.scratch, t.reg(1)
		if t.reg(0) == 0 {
			o.kind, o.writes = opJump, 0
			if t.reg(1) == 1 {
				o.kind = opReturn
			}
		}
	case "jr":
		o.kind, o.src = opJump, t.reg(0)
	case "ret", "ertn":
		o.kind = opReturn
	case "b":
		o.kind = opJump
		t.branch(&o, 0)
	case "beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "bceqz", "bcnez":
		o.kind, o.src = opBranch, t.reg(0)
		t.branch(&o, len(t.ops)-1)
	case "break":
		o.kind = opTrap
		o.imm, _ = t.number(0)
	case "dbar", "ibar", "nop", "preld", "idle":
		o.kind = opNop
	default:
		if strings.HasPrefix(name, "am") && len(t.ops) == 3 {
			mem.base = t.reg(2)
			t.transfer(&o, mem, false, 1)
			o.kind, o.mem.access, o.dst = opUpdate, "write", -1
			break
		}
		if r := t.reg(0); r != t.m.zero {
			o.set(r)
		}
		switch t.name {
		case "move":
			t.copyOf(&o)
		case "add.d", "addi.d", "addi.w":
			t.arithmetic(&o, 1)
			if o.src == 0 && o.kind == opAdd {
				o.kind = opConst
			}
		case "sub.d":
			t.arithmetic(&o, -1)
		case "or":
			if t.reg(2) == 0 {
				t.copyOf(&o)
			}
		}
	}
	return o
}

// power describes an instruction of PowerPC (Power ISA, book I).
func (t *instText) power() operation {
	o := newOperation(opOther)
	name := strings.TrimSuffix(t.name, ".")
	store := strings.HasPrefix(name, "st")
	load := name[0] == 'l' && name != "li" && name != "lis"
	if mem, ok := t.paren(len(t.ops) - 1); ok && (load || store) {
		mem.size = powerSize(name)
		if mem.base == 0 {
			mem.base = -1 // r0 as base means no register
		}
		t.transfer(&o, mem, store, 1)
		if strings.HasSuffix(name, "u") {
			o.writes.add(mem.base)
		}
		return o
	}
	indexed := strings.HasSuffix(name, "x") && len(t.ops) == 3 || strings.HasSuffix(name, "arx") ||
		strings.HasSuffix(name, "brx")
	switch {
	case indexed && (load || store):
		mem := memory{set: true, base: t.reg(1), index: t.reg(2), scale: 1, size: powerSize(strings.TrimSuffix(name, "x"))}
		if t.reg(1) == 0 || len(t.ops) > 1 && t.ops[1] == "0" {
			mem.base, mem.index = mem.index, -1
		}
		t.transfer(&o, mem, store, 1)
	case name == "bl" || name == "bctrl" || name == "blrl" || name == "bla":
		o.kind, o.writes = opCall, t.m.scratch
		t.branch(&o, len(t.ops)-1)
	case name == "b" || name == "bctr":
		o.kind = opJump
		t.branch(&o, 0)
	case name == "blr" || name == "rfid" || name == "rfi":
		o.kind = opReturn
	case name[0] == 'b' && !strings.HasPrefix(name, "bp"):
		o.kind = opBranch
		t.branch(&o, len(t.ops)-1)
	case strings.HasPrefix(name, "tw") || strings.HasPrefix(name, "td") || name == "trap":
		o.kind = opTrap
	case strings.HasPrefix(name, "cmp"):
		o.kind = opTest
	case strings.HasPrefix(name, "mt") || strings.HasPrefix(name, "dcb") || strings.HasPrefix(name, "icb") ||
		len(t.ops) == 0 ||
		strings.HasSuffix(name, "sync") || strings.HasPrefix(name, "cr"):
		o.kind = opNop
		if strings.HasPrefix(name, "dcbz") && len(t.ops) == 2 {
			o.mem = memory{set: true, base: t.reg(1), index: t.reg(0), scale: 1, access: "write"}
		}
	default:
		o.set(t.reg(0))
		switch name {
		case "mr":
			t.copyOf(&o)
		case "li":
			t.copyOf(&o)
		case "addi", "add":
			t.arithmetic(&o, 1)
		}
	}
	return o
}

func powerSize(name string) int {
	name = strings.TrimSuffix(name, "u")
	switch {
	case strings.HasPrefix(name, "lb") || strings.HasPrefix(name, "stb"):
		return 1
	case strings.HasPrefix(name, "lh") || strings.HasPrefix(name, "sth"):
		return 2
	case strings.HasPrefix(name, "lw") || strings.HasPrefix(name, "stw") || strings.HasPrefix(name, "lfs") ||
		strings.HasPrefix(name, "stfs"):
		return 4
	case strings.HasPrefix(name, "ld") || strings.HasPrefix(name, "std") || strings.HasPrefix(name, "lfd") ||
		strings.HasPrefix(name, "stfd"):
		return 8
	}
	return 0
}

// s390Loads, s390Stores and s390Updates are the instructions with a memory
// operand, with the bytes that they move (z/Architecture Principles of
// Operation, chapter 7).
var (
	s390Loads = map[string]int{"l": 4, "ly": 4, "lg": 8, "lgf": 4, "llgf": 4, "lh": 2, "lhy": 2, "lgh": 2, "llgh": 2,
		"llh": 2,
		"lb":  1, "lgb": 1, "llc": 1, "llgc": 1, "ic": 1, "icy": 1, "lt": 4, "ltg": 8, "ltgf": 4, "llgt": 4, "lrvg": 8,
		"lrv": 4,
		"lmg": 8, "lm": 4, "lrvh": 2, "lgrl": 8, "lrl": 4}
	s390Reads = map[string]int{"c": 4, "cg": 8, "cl": 4, "clg": 8, "ch": 2, "chy": 2, "cy": 4, "cly": 4, "cgf": 4,
		"clgf": 4,
		"a":    4, "ag": 8, "s": 4, "sg": 8, "n": 4, "ng": 8, "o": 4, "og": 8, "x": 4, "xg": 8, "ah": 2, "sh": 2, "msg": 8,
		"ms":  4,
		"agf": 4, "algf": 4, "alg": 8, "al": 4, "slg": 8, "sl": 4}
	s390Tests = map[string]int{"cli": 1, "cliy": 1, "tm": 1, "tmy": 1, "chsi": 4, "cghsi": 8, "clfhsi": 4, "clghsi": 8,
		"clhhsi": 2,
		"chhsi":  2}
	s390Stores = map[string]int{"st": 4, "sty": 4, "stg": 8, "sth": 2, "sthy": 2, "stc": 1, "stcy": 1, "stmg": 8, "stm": 4,
		"strv": 4, "strvg": 8, "strvh": 2}
	s390Updates = map[string]int{"mvi": 1, "mviy": 1, "mvhi": 4, "mvghi": 8, "mvhhi": 2, "oi": 1, "oiy": 1, "ni": 1,
		"niy": 1,
		"xi":  1, "xiy": 1, "asi": 4, "agsi": 8, "alsi": 4, "algsi": 8}
	s390Atomics = map[string]int{"cs": 4, "csy": 4, "csg": 8, "laa": 4, "laag": 8, "lan": 4, "lang": 8, "lao": 4,
		"laog": 8,
		"lax":  4, "laxg": 8, "laal": 4, "laalg": 8}
)

// s390 describes an instruction of s390x.
func (t *instText) s390() operation {
	o := newOperation(opOther)
	mem, ok := t.paren(len(t.ops) - 1)
	if n := s390Loads[t.name]; n > 0 && ok {
		mem.size = n
		t.transfer(&o, mem, false, 1)
		if strings.HasPrefix(t.name, "lm") {
			o.writes |= t.multiple()
		}
		return o
	}
	if n := s390Reads[t.name]; n > 0 && ok {
		mem.size = n
		o.mem = mem
		o.mem.access = "read"
		if t.name[0] == 'c' {
			o.kind, o.src = opTest, t.reg(0)
		} else {
			o.set(t.reg(0))
		}
		return o
	}
	if n := s390Stores[t.name]; n > 0 && ok {
		mem.size = n
		t.transfer(&o, mem, true, 1)
		return o
	}
	if n := s390Atomics[t.name]; n > 0 && ok {
		mem.size = n
		o.kind, o.mem = opUpdate, mem
		o.mem.access = "write"
		o.writes.add(t.reg(0))
		return o
	}
	if n := s390Updates[t.name] + s390Tests[t.name]; n > 0 && len(t.ops) > 0 {
		if mem, ok = t.paren(0); ok {
			mem.size = n
			o.kind, o.mem = opUpdate, mem
			o.mem.access = "write"
			if s390Tests[t.name] > 0 {
				o.kind, o.mem.access = opTest, "read"
			}
			return o
		}
	}
	return t.s390Rest(o, mem, ok)
}

// multiple is the set of registers from operand 0 to operand 1.
func (t *instText) multiple() (s regSet) {
	first, last := t.reg(0), t.reg(1)
	for r := first; r >= 0 && last >= 0; r = (r + 1) % 16 {
		s.add(r)
		if r == last {
			break
		}
	}
	return s
}

func (t *instText) s390Rest(o operation, mem memory, hasMem bool) operation {
	name := t.name
	switch {
	case name == "brasl" || name == "basr" || name == "bras" || name == "bal":
		o.kind, o.writes = opCall, t.m.scratch
		t.branch(&o, 1)
		o.src = t.reg(1)
	case name == "br":
		o.kind, o.src = opJump, t.reg(0)
		if o.src == 14 {
			o.kind = opReturn
		}
	case name == "j" || name == "jg" || name == "bcr" && len(t.ops) > 0 && t.ops[0] == "15":
		o.kind = opJump
		t.branch(&o, 0)
	case name[0] == 'j' || strings.HasPrefix(name, "brc") || strings.HasPrefix(name, "crj") || strings.HasPrefix(name,
		"cgrj") ||
		strings.HasPrefix(name, "cij") || strings.HasPrefix(name, "cgij") || strings.HasPrefix(name, "clgij") ||
		name == "brct" || name == "brctg" ||
		strings.HasPrefix(name, "clij") || strings.HasPrefix(name, "clgrj") || strings.HasPrefix(name, "clrj"):
		o.kind, o.src = opBranch, t.reg(0)
		t.branch(&o, len(t.ops)-1)
		if strings.HasPrefix(name, "brct") {
			o.writes.add(t.reg(0))
		}
	case name[0] == 'c' && len(t.ops) == 2 || name == "tmll" || name == "tmlh":
		o.kind, o.src = opTest, t.reg(0)
	case name == "nop" || name == "nopr" || len(t.ops) == 0:
		o.kind = opNop
	case name == "la" || name == "lay":
		o.set(t.reg(0))
		if hasMem && mem.index <= 0 && mem.base > 0 {
			o.kind, o.src, o.imm = opAdd, mem.base, mem.disp
		}
	case name == "mvc" || name == "xc" || name == "oc" || name == "nc" || name == "clc":
		if to, ok := t.paren(0); ok {
			o.kind, o.mem = opUpdate, to
			o.mem.access = "write"
			if name == "clc" {
				o.kind, o.mem.access = opTest, "read"
			}
		}
	case strings.HasPrefix(name, "st") || strings.HasPrefix(name, "sp"):
		o.writes = ^regSet(0)
	default:
		o.set(t.reg(0))
		switch name {
		case "lgr", "lghi", "lhi":
			t.copyOf(&o)
		case "aghi", "agfi":
			if n, ok := t.number(1); ok {
				o.kind, o.src, o.imm = opAdd, t.reg(0), n
			}
		case "larl":
			o.kind, o.narrow = opConst, true
		case "lr":
			t.copyOf(&o)
			o.narrow = true
		}
	}
	return o
}
