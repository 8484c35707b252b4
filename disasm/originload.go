package disasm

import "strconv"

// load describes a pointer that was read from memory.
func (t *tracer) load(s *Step, name string, o *operation, i int) (next int, end string) {
	mem := &o.mem
	switch {
	case mem.segment != "":
		s.Words = name + " was read from the CPU's own data (per-CPU)"
		return -1, ""
	case mem.pcRelative || mem.base < 0:
		t.o.Kind = FromMemory
		s.Words = name + " was read from a variable of the kernel"
		return -1, ""
	case mem.base == t.m.sp || t.frame(mem.base):
		if from := t.stored(mem, i); from >= 0 {
			src := t.w.ops[from].src
			s.Words = name + " was kept on the stack, where " + t.m.name(src) + " was stored"
			t.back = from
			return src, ""
		}
		s.Words = name + " was read from the stack at " + t.place(mem)
		return -1, "where that variable was set can't be seen"
	}
	s.Words = name + " was read from " + t.place(mem)
	if v, ok := t.w.before(mem.base, i); ok {
		s.Words += ", " + t.m.name(mem.base) + " being " + hexOf(v)
	}
	if mem.index >= 0 {
		return -1, "it is an element of an array"
	}
	if mem.disp == 0 && o.dst == mem.base {
		s.Words += ": a step of a walk along a list"
	}
	t.path = append(t.path, mem.disp)
	return mem.base, ""
}

// frame reports whether a register is the frame pointer.
func (t *tracer) frame(reg int) bool {
	switch t.m.arch {
	case I386, X8664:
		if reg != 5 {
			return false
		}
		sp, hasSP := t.w.before(4, len(t.w.insts)-1)
		bp, hasBP := t.w.before(5, len(t.w.insts)-1)
		return hasSP && hasBP && bp >= sp && bp-sp < t.m.stack
	case ARM64:
		return reg == 29
	}
	return false
}

// stored looks for the store into the same place of the stack before instruction
// i, -1 where there is none, or where it may have been missed.
func (t *tracer) stored(mem *memory, i int) int {
	for k := i - 1; k >= 0; k-- {
		o := &t.w.ops[k]
		if o.kind == opStore && o.mem.set && o.mem.base == mem.base && o.mem.disp == mem.disp && o.src >= 0 &&
			o.mem.index < 0 {
			return k
		}
		if o.writes.has(mem.base) || o.kind == opJump || o.kind == opReturn {
			return -1
		}
	}
	return -1
}

// place writes a memory operand.
func (t *tracer) place(mem *memory) string {
	s := t.m.name(mem.base)
	if mem.index >= 0 {
		s += " + " + t.m.name(mem.index)
		if mem.scale != 1 {
			s += " * " + strconv.FormatInt(mem.scale, 10)
		}
	}
	return s + signed(mem.disp)
}
