package disasm

import "math/bits"

// This file works out the unknowns of a flow from the registers at the fault, and
// finds registers that contradict the code.

// values are the registers that the log prints.
type values struct {
	value [64]uint64
	has   regSet
}

// readValues takes registers by the names that logs use.
func readValues(m *machine, regs map[string]uint64) (v values) {
	for name, x := range regs {
		n := m.number(name)
		if n < 0 || n >= len(m.names) || m.sigil == "%" && m.arch != S390X && !wholeRegister(name) {
			continue
		}
		if m.bits == 32 {
			x &= 0xffffffff
		}
		v.value[n] = x
		v.has.add(n)
	}
	if m.zero >= 0 {
		v.value[m.zero] = 0
		v.has.add(m.zero)
	}
	return v
}

// wholeRegister reports whether a name of x86 is that of a whole register.
func wholeRegister(name string) bool {
	c := name[0] | 0x20
	if c == '%' && len(name) > 1 {
		c = name[1] | 0x20
	}
	return c == 'r' || c == 'e'
}

// maxIndex is the largest number that is believed to be an index into an array.
const maxIndex = 1 << 24

// solve works out the unknowns from the registers at the fault. It returns the
// registers whose values contradict the code.
func (w *flow) solve(v *values) (wrong regSet) {
	end := w.state[len(w.state)-1]
	for range 3 {
		open := regSet(0)
		for r := range end {
			if !v.has.has(r) || r == w.m.zero {
				continue
			}
			if w.equation(&w.cells[end[r]].sum, v.value[r], r, &wrong) > 1 {
				open.add(r)
			}
		}
		w.pairs(end, open, v, &wrong)
	}
	return wrong
}

// pairs adds and subtracts the equations that have several unknowns.
func (w *flow) pairs(end []int32, open regSet, v *values, wrong *regSet) {
	if open == 0 || bits.OnesCount64(uint64(open)) > 8 {
		return
	}
	for a := range end {
		for b := range end {
			if b == a || !open.has(a) || !v.has.has(b) || w.cells[end[b]].sum.n == 0 {
				continue
			}
			one, two := &w.cells[end[a]].sum, &w.cells[end[b]].sum
			for _, sign := range [...]int64{1, -1} {
				if s, ok := one.plus(*two, sign); ok && s.n < one.n {
					w.equation(&s, v.value[a]+uint64(sign)*v.value[b], a, wrong)
				}
			}
		}
	}
}

// equation uses that a sum has a value. It returns the number of unknowns that
// the sum had.
func (w *flow) equation(s *sum, value uint64, reg int, wrong *regSet) int {
	rest := value - uint64(s.constant)
	open := -1
	for i := range s.n {
		t := s.terms[i]
		if u := &w.roots[t.root]; u.known {
			rest -= uint64(t.factor) * u.value
		} else if open >= 0 {
			return 2
		} else {
			open = i
		}
	}
	rest = w.clip(rest)
	if open < 0 {
		if rest != 0 {
			wrong.add(reg)
		}
		return 0
	}
	t := s.terms[open]
	u := &w.roots[t.root]
	switch t.factor {
	case 1:
		u.value = rest
	case -1:
		u.value = w.clip(-rest)
	default:
		n := int64(rest)
		if w.m.bits == 32 {
			n = int64(int32(rest))
		}
		if n%t.factor != 0 || n/t.factor >= maxIndex || n/t.factor <= -maxIndex {
			wrong.add(reg)
			return 1
		}
		u.value = w.clip(uint64(n / t.factor))
	}
	if u.size > 0 && u.size < 8 && u.value>>(8*uint(u.size)) != 0 {
		wrong.add(reg)
		return 1
	}
	u.known = true
	return 1
}

func (w *flow) clip(v uint64) uint64 {
	if w.m.bits == 32 {
		return v & 0xffffffff
	}
	return v
}

// valueOf evaluates a sum.
func (w *flow) valueOf(s *sum) (uint64, bool) {
	v := uint64(s.constant)
	for _, t := range s.terms[:s.n] {
		if !w.roots[t.root].known {
			return 0, false
		}
		v += uint64(t.factor) * w.roots[t.root].value
	}
	return w.clip(v), true
}

// before returns the value of a register before instruction i.
func (w *flow) before(reg, i int) (uint64, bool) {
	if reg < 0 || reg >= len(w.m.names) {
		return 0, false
	}
	return w.valueOf(&w.at(reg, i).sum)
}
