package disasm

import "strings"

// arm64 describes an instruction of arm64 (Arm Architecture Reference Manual,
// chapter C6).
func (t *instText) arm64() operation {
	o := newOperation(opOther)
	name := t.name
	if mem, ok := t.bracket(len(t.ops) - 1); ok {
		t.arm64Memory(&o, mem)
		return o
	}
	if len(t.ops) > 1 {
		if mem, ok := t.bracket(len(t.ops) - 2); ok {
			t.arm64Memory(&o, mem) // the last operand is added afterwards
			if o.mem.base >= 0 {
				o.writes.add(o.mem.base)
			}
			return o
		}
	}
	switch {
	case name == "bl":
		o.kind, o.writes = opCall, t.m.scratch
		t.branch(&o, 0)
	case strings.HasPrefix(name, "blr"):
		o.kind, o.writes, o.src = opCall, t.m.scratch, t.reg(0)
	case name == "b":
		o.kind = opJump
		t.branch(&o, 0)
	case strings.HasPrefix(name, "br") && name != "brk":
		o.kind, o.src = opJump, t.reg(0)
	case strings.HasPrefix(name, "ret") || name == "eret":
		o.kind = opReturn
	case name == "brk" || name == "udf" || name == "hlt":
		o.kind = opTrap
		o.imm, _ = t.number(0)
	case strings.HasPrefix(name, "b.") || name == "cbz" || name == "cbnz" || name == "tbz" || name == "tbnz":
		o.kind, o.src = opBranch, t.reg(0)
		t.branch(&o, len(t.ops)-1)
	case name == "cmp" || name == "cmn" || name == "tst" || name == "ccmp" || name == "ccmn":
		o.kind, o.src = opTest, t.reg(0)
	case len(t.ops) == 0 || name == "hint" || name == "msr" || name == "bti" || name == "dmb" || name == "dsb" ||
		name == "isb" ||
		name == "dc" || name == "ic" || name == "at" || name == "tlbi":
		o.kind = opNop
		if name == "dc" && len(t.ops) == 2 {
			o.mem = memory{set: true, base: t.reg(1), index: -1, scale: 1, access: "write"}
		}
	case name == "ldr" || name == "ldrsw":
		t.transfer(&o, memory{set: true, base: -1, index: -1, pcRelative: true}, false, 1)
	default:
		o.set(t.reg(0))
		o.narrow = t.narrow(0)
		switch name {
		case "mov", "movz":
			t.copyOf(&o)
			if name == "movz" && len(t.ops) > 2 {
				o.kind = opOther
			}
		case "add", "adds":
			t.arithmetic(&o, 1)
		case "sub", "subs":
			t.arithmetic(&o, -1)
		case "lsl":
			if n, ok := t.number(2); ok && n >= 0 && n < 32 && t.reg(1) >= 0 {
				o.kind, o.index, o.scale = opSum, t.reg(1), 1<<uint(n)
			}
		case "lsr":
			if n, ok := t.number(2); ok && (n == 3 || n == 4) && !t.narrow(0) && t.reg(1) >= 0 {
				o.kind, o.src, o.imm = opShadow, t.reg(1), n
			}
		case "ubfx":
			n, _ := t.number(2)
			if width, ok := t.number(3); ok && n == 4 && width == 52 {
				o.kind, o.src, o.imm = opShadow, t.reg(1), n // the tag goes as well
			}
		case "adr", "adrp":
			o.kind, o.narrow = opConst, true
		case "csel":
			o.kind, o.src, o.may = opCopy, t.reg(1), true
		}
	}
	return o
}

// arm64Memory describes loads and stores. mem is the operand in brackets.
func (t *instText) arm64Memory(o *operation, mem memory) {
	name := t.name
	wide := 8
	if t.narrow(0) {
		wide = 4
	}
	if len(t.ops) > 0 && len(t.ops[0]) > 1 {
		if n, ok := map[byte]int{'q': 16, 'd': 8, 's': 4, 'h': 2, 'b': 1}[t.ops[0][0]]; ok && t.reg(0) < 0 {
			wide = n
		}
	}
	mem.size = wide
	for _, s := range []struct {
		suffix string
		size   int
	}{{"sb", 1}, {"sh", 2}, {"sw", 4}, {"b", 1}, {"h", 2}} {
		if strings.HasSuffix(name, s.suffix) && name != "sb" {
			mem.size = s.size
			break
		}
	}
	data := len(t.ops) - 1
	for i, op := range t.ops {
		if strings.HasPrefix(op, "[") {
			data = i
		}
		if strings.HasSuffix(op, "]!") && mem.base >= 0 {
			o.writes.add(mem.base)
		}
	}
	switch {
	case strings.HasPrefix(name, "prf"):
		o.kind = opNop
	case strings.HasPrefix(name, "ldp") || strings.HasPrefix(name, "ldnp") || strings.HasPrefix(name, "ldxp") ||
		strings.HasPrefix(name, "ldaxp"):
		mem.size *= 2
		t.transfer(o, mem, false, 2)
		o.narrow = wide < 8
		o.second = t.reg(1)
	case strings.HasPrefix(name, "stp") || strings.HasPrefix(name, "stnp"):
		mem.size *= 2
		t.transfer(o, mem, true, 2)
	case strings.HasPrefix(name, "stx") || strings.HasPrefix(name, "stlx"):
		t.transfer(o, mem, true, 0)
		o.writes.add(t.reg(0))
	case atomicName(name):
		t.transfer(o, mem, false, 0)
		o.kind, o.mem.access = opUpdate, "write"
		o.dst = -1
		if strings.HasPrefix(name, "cas") {
			o.writes.add(t.reg(0))
		} else if data > 1 && t.reg(1) != t.m.zero {
			o.writes.add(t.reg(1))
		}
	case strings.HasPrefix(name, "ld") || strings.HasPrefix(name, "lr"):
		t.transfer(o, mem, false, data)
	default:
		t.transfer(o, mem, true, data)
	}
	if mem.post && len(t.ops) > 0 {
		o.mem.disp = 0
	}
	if o.kind != opNop && mem.post {
		o.writes.add(mem.base)
	}
}

// atomicName reports whether an arm64 instruction reads, changes and writes
// memory in one step (LSE).
func atomicName(name string) bool {
	for _, p := range []string{"cas", "swp", "stadd", "stclr", "steor", "stset", "stsmax", "stsmin", "stumax", "stumin"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	for _, p := range atomicNames {
		if strings.HasPrefix(name, "ld"+p) {
			return true
		}
	}
	return false
}

// arm describes an instruction of ARM or Thumb (Arm Architecture Reference
// Manual for ARMv7-A, chapter A8).
func (t *instText) arm() operation {
	o := newOperation(opOther)
	name := strings.TrimSuffix(strings.TrimSuffix(t.name, ".w"), ".n")
	conditional := false
	if base, cond := armCondition(name); cond {
		name, conditional = base, true
	}
	o.may = conditional
	at := len(t.ops) - 1
	mem, ok := t.bracket(at)
	if !ok && at > 0 {
		at--
		mem, ok = t.bracket(at)
	}
	if ok {
		t.armMemory(&o, name, mem, at)
		return o
	}
	switch {
	case name == "bl" || name == "blx":
		o.kind, o.writes = opCall, t.m.scratch
		if o.src = t.reg(0); o.src < 0 {
			t.branch(&o, 0)
		}
	case name == "b" || name == "bx" || name == "cbz" || name == "cbnz":
		o.kind, o.src = opJump, t.reg(0)
		if conditional || len(t.ops) == 2 {
			o.kind = opBranch
		}
		if name == "bx" && t.ops != nil && t.ops[0] == "lr" {
			o.kind = opReturn
		}
		t.branch(&o, len(t.ops)-1)
	case name == "cmp" || name == "cmn" || name == "tst" || name == "teq":
		o.kind, o.src = opTest, t.reg(0)
	case name == "mrc":
		if reg := t.reg(2); reg >= 0 {
			o.set(reg)
		}
	case name == "mcr" || name == "msr" || name == "cps" || name == "cpsie" || name == "cpsid":
		o.kind = opNop
	case name == "udf" || name == "bkpt":
		o.kind = opTrap
		o.imm, _ = t.number(0)
	case strings.HasPrefix(name, "ldm") || strings.HasPrefix(name, "stm") || name == "push" || name == "pop":
		t.armMultiple(&o, name)
	case name == "nop" || strings.HasPrefix(name, "it") || len(t.ops) == 0:
		o.kind = opNop
	default:
		o.set(t.reg(0))
		switch strings.TrimSuffix(name, "s") {
		case "mov", "movw":
			if len(t.ops) == 2 {
				t.copyOf(&o)
			}
		case "add":
			t.armArithmetic(&o, 1)
		case "sub":
			t.armArithmetic(&o, -1)
		}
	}
	if o.writes.has(15) && o.kind != opCall && o.kind != opTest {
		o.kind = opReturn
		if conditional {
			o.kind = opBranch
		}
	}
	return o
}

// armArithmetic is arithmetic, also with two operands, as Thumb writes it.
func (t *instText) armArithmetic(o *operation, sign int64) {
	if len(t.ops) == 2 {
		t.ops = []string{t.ops[0], t.ops[0], t.ops[1]}
	}
	t.arithmetic(o, sign)
}

func (t *instText) armMemory(o *operation, name string, mem memory, at int) {
	mem.size = 4
	switch {
	case strings.HasSuffix(name, "b") && name != "sub" || strings.HasSuffix(name, "bt"):
		mem.size = 1
	case strings.HasSuffix(name, "h") || strings.HasSuffix(name, "ht"):
		mem.size = 2
	case strings.HasSuffix(name, "d"):
		mem.size = 8
	}
	writeback := mem.post || strings.HasSuffix(t.ops[at], "!")
	switch {
	case strings.HasPrefix(name, "pl"):
		o.kind = opNop
		return
	case strings.HasPrefix(name, "ld"):
		t.transfer(o, mem, false, at)
	case strings.HasPrefix(name, "strex"):
		t.transfer(o, mem, true, 0)
		o.writes.add(t.reg(0))
	case strings.HasPrefix(name, "swp"):
		t.transfer(o, mem, false, 1)
		o.kind, o.mem.access = opUpdate, "write"
	default:
		t.transfer(o, mem, true, 1)
	}
	if mem.post {
		o.mem.disp = 0
	}
	if writeback {
		o.writes.add(mem.base)
	}
}

// armMultiple describes ldm, stm, push and pop.
func (t *instText) armMultiple(o *operation, name string) {
	base := t.m.sp
	load := strings.HasPrefix(name, "ldm") || name == "pop"
	if len(t.ops) > 1 {
		base = t.register(strings.TrimSuffix(t.ops[0], "!"))
	}
	o.kind = opStore
	o.mem = memory{set: true, base: base, index: -1, scale: 1, size: 4, access: "write"}
	if load {
		o.kind, o.mem.access = opLoad, "read"
	}
	count := int64(0)
	list := strings.Trim(t.ops[len(t.ops)-1], "{}^")
	for _, part := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		first, last := t.register(from), t.register(from)
		if isRange {
			last = t.register(to)
		}
		if first < 0 || last < first {
			continue
		}
		count += int64(last - first + 1)
		if load {
			o.writes |= regRange(first, last)
		}
	}
	switch {
	case strings.HasSuffix(name, "db") || strings.HasSuffix(name, "fd") && !load || name == "push":
		o.mem.disp = -4 * count
	case strings.HasSuffix(name, "ib"):
		o.mem.disp = 4
	}
	if len(t.ops) == 1 || strings.HasSuffix(t.ops[0], "!") {
		o.writes.add(base)
	}
}

// armConditions are the conditions under which ARM instructions run.
var armConditions = []string{"eq", "ne", "cs", "hs", "cc", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt",
	"le"}

// armWords are names that end like a condition and have none.
var armWords = map[string]bool{"bls": false, "teq": true, "mls": true, "smlal": true, "umlal": true, "svc": true,
	"muls": true,
	"lsls": true, "movs": true, "bics": true, "adcs": true, "sbcs": true, "rscs": true, "cmplt": false}

// armCondition cuts the condition from a name.
func armCondition(name string) (base string, ok bool) {
	if i := strings.IndexByte(name, '.'); i > 0 {
		return name[:i], true // x/arch writes "b.eq"
	}
	if armWords[name] || len(name) < 3 {
		return name, false
	}
	for _, c := range armConditions {
		if base, ok := strings.CutSuffix(name, c); ok && base != "" && base != "p" {
			return base, true
		}
	}
	return name, false
}
