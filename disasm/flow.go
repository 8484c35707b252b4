package disasm

import "math/bits"

// This file follows values through the visible code. Each register is a sum of a
// constant and multiples of unknowns: what a register held where the view begins,
// what a load or a call gave. At the fault the log prints the registers, so the
// unknowns can be worked out, and with them what registers held before. Where the
// values contradict the code, the processor did not come this way.

// maxFlow is the number of instructions before the fault that are followed.
const maxFlow = 64

// A loop is code that a jump backwards repeats: what it changes may come from the
// round before.
type loop struct {
	head   int // offset of its first instruction
	writes regSet
}

// An unknown is a value that the code takes from elsewhere.
type unknown struct {
	size  int // bytes that it has, 0 for a whole register
	known bool
	value uint64
}

// A term is a multiple of an unknown.
type term struct {
	root   int // index into the unknowns
	factor int64
}

// A sum is what a register holds: constant + terms.
type sum struct {
	constant int64
	terms    [3]term
	n        int // terms in use
}

func (s *sum) root() (int, bool) {
	if s.n == 1 && s.terms[0].factor == 1 && s.constant == 0 {
		return s.terms[0].root, true
	}
	return 0, false
}

// plus returns s + factor * t; ok is false where that has too many terms.
func (s sum) plus(t sum, factor int64) (out sum, ok bool) {
	s.constant += factor * t.constant
	for _, x := range t.terms[:t.n] {
		found := false
		for i := range s.n {
			if s.terms[i].root == x.root {
				s.terms[i].factor += factor * x.factor
				found = true
				if s.terms[i].factor == 0 {
					s.n--
					s.terms[i] = s.terms[s.n]
					s.terms[s.n] = term{}
				}
				break
			}
		}
		if found {
			continue
		}
		if s.n == len(s.terms) {
			return sum{}, false
		}
		s.terms[s.n] = term{x.root, factor * x.factor}
		s.n++
	}
	return s, true
}

// Where a register was last set, if by no instruction of the view.
const (
	setBefore = -1 // before the first instruction of the view
	setTwice  = -2 // by several instructions, on several ways
)

// A cell is a register at one place: what it holds and which instruction set it.
type cell struct {
	sum sum
	def int
}

// A flow is the way through the last instructions before the fault.
type flow struct {
	m     *machine
	insts []Inst // the view: the instructions before the fault, and the fault
	ops   []operation
	state [][]cell // registers before each instruction
	roots []unknown
	loops []loop
}

// followedBefore finds the instructions before the fault that can be followed:
// those that are read for sure and that lead here. It returns the index of the
// first and the reason why not more.
func (l *Listing) followedBefore(fault int, f *Facts) (first int, why string) {
	for first = fault; first > 0; first-- {
		in := &l.Insts[first-1]
		switch {
		case fault-first >= maxFlow:
			return first, "the code before is too far away"
		case f.FuncOffset != nil && int64(l.Insts[first].Offset) <= -*f.FuncOffset:
			return first, ""
		case in.Bytes == nil:
			return first, "the log does not show the code before"
		case !in.Reliable:
			return first, "the code before can't be read for sure"
		}
		if _, known := l.operationOf(in); !known {
			return first, "the code before can't be read"
		}
	}
	if f.FuncOffset != nil && int64(l.Insts[0].Offset) <= -*f.FuncOffset {
		return 0, ""
	}
	return 0, "the log shows no code before that"
}

// newFlow follows the instructions from first to fault.
func (l *Listing) newFlow(first, fault int) *flow {
	m := machines[l.arch]
	w := &flow{m: m, insts: l.Insts[first : fault+1]}
	for i := range w.insts {
		o, known := l.operationOf(&w.insts[i])
		if !known {
			o.writes = ^regSet(0)
		}
		w.ops = append(w.ops, o)
	}
	w.findLoops(l, first, fault)
	count := len(m.names)
	w.roots = make([]unknown, 0, count+len(w.insts))
	now := w.fresh(setBefore)
	pending := map[int][][]cell{} // offset to the states of jumps that lead there
	w.state = make([][]cell, len(w.insts))
	for i := range w.insts {
		if states := pending[w.insts[i].Offset]; states != nil {
			for _, s := range states {
				if now == nil {
					now = s
				} else {
					now = w.join(now, s)
				}
			}
		}
		if now == nil {
			now = w.fresh(setBefore) // reached by a jump from elsewhere
		}
		for _, p := range w.loops {
			if p.head == w.insts[i].Offset {
				now = w.repeated(now, p.writes)
			}
		}
		w.state[i] = now
		if i == len(w.insts)-1 {
			break
		}
		o := &w.ops[i]
		if o.hasTo && (o.kind == opBranch || o.kind == opJump) && o.to > w.insts[i].Offset {
			pending[o.to] = append(pending[o.to], now)
		}
		if o.kind == opJump || o.kind == opReturn {
			now = nil
			continue
		}
		now = w.after(now, o, i)
	}
	return w
}

// findLoops looks for jumps backwards, also behind the fault.
func (w *flow) findLoops(l *Listing, first, fault int) {
	written := make([]regSet, 0, 2*maxFlow) // by the instructions from first on
	for i := first; i < len(l.Insts) && i < fault+maxFlow; i++ {
		in := &l.Insts[i]
		o, known := l.operationOf(in)
		if !known {
			break
		}
		written = append(written, o.writes)
		if !o.hasTo || o.kind != opBranch && o.kind != opJump || o.to >= in.Offset {
			continue
		}
		p := loop{head: o.to}
		for j := range written {
			if l.Insts[first+j].Offset >= o.to {
				p.writes |= written[j]
			}
		}
		w.loops = append(w.loops, p)
	}
}

// repeated is the state at the head of a loop that changes registers.
func (w *flow) repeated(before []cell, writes regSet) []cell {
	out := append([]cell(nil), before...)
	for r := range out {
		if writes.has(r) && r != w.m.zero {
			out[r] = w.root(0, setTwice)
		}
	}
	return out
}

// fresh is a state of which nothing is known.
func (w *flow) fresh(def int) []cell {
	s := make([]cell, len(w.m.names))
	for r := range s {
		s[r] = w.root(0, def)
		if r == w.m.zero {
			s[r] = cell{def: setBefore}
		}
	}
	return s
}

// root makes a new unknown.
func (w *flow) root(size, def int) cell {
	w.roots = append(w.roots, unknown{size: size})
	c := cell{def: def}
	c.sum.terms[0] = term{len(w.roots) - 1, 1}
	c.sum.n = 1
	return c
}

// join is the state where two ways meet.
func (w *flow) join(a, b []cell) []cell {
	out := append([]cell(nil), a...)
	for r := range out {
		if a[r].sum != b[r].sum || a[r].def != b[r].def {
			out[r] = w.root(0, setTwice)
		}
	}
	return out
}

// after is the state behind instruction i.
func (w *flow) after(before []cell, o *operation, i int) []cell {
	out := append([]cell(nil), before...)
	for r := range out {
		if o.writes.has(r) && r != w.m.zero {
			out[r] = w.root(0, i)
		}
	}
	if o.dst < 0 || o.dst >= len(out) || o.dst == w.m.zero {
		return out
	}
	if o.may {
		out[o.dst] = w.root(0, i)
		return out
	}
	c := cell{def: i}
	ok := false
	switch {
	case o.kind == opConst && !o.narrow:
		c.sum, ok = sum{constant: o.imm}, true
	case o.kind == opLoad:
		size := 0
		if o.narrow {
			size = w.zeroExtended(o, i)
		}
		c = w.root(size, i)
		ok = true
	case o.narrow:
	case o.kind == opCopy && o.src >= 0:
		c.sum, ok = before[o.src].sum, true
	case o.kind == opAdd && o.src >= 0:
		c.sum, ok = before[o.src].sum, true
		c.sum.constant += o.imm
	case o.kind == opSum && o.index >= 0:
		ok = true
		if o.src >= 0 {
			c.sum = before[o.src].sum
		}
		c.sum.constant += o.imm
		if ok = o.scale > -1<<20 && o.scale < 1<<20; ok {
			c.sum, ok = c.sum.plus(before[o.index].sum, o.scale)
		}
	}
	if ok {
		out[o.dst] = c
	}
	return out
}

// zeroExtended is the number of bytes of a load that leaves the rest of the
// register 0; 0 where it may fill it with the sign.
func (w *flow) zeroExtended(o *operation, i int) int {
	text := w.insts[i].Text
	name := splitText(text).name
	switch w.m.arch {
	case X8664, I386:
		if len(name) > 4 && name[:4] == "movz" || name == "mov" {
			return o.mem.size
		}
	case ARM64, ARM:
		if name == "ldrb" || name == "ldrh" || name == "ldr" {
			return o.mem.size
		}
	}
	return 0
}

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
			if w.equation(&end[r].sum, v.value[r], r, &wrong) > 1 {
				open.add(r)
			}
		}
		w.pairs(end, open, v, &wrong)
	}
	return wrong
}

// pairs adds and subtracts the equations that have several unknowns.
func (w *flow) pairs(end []cell, open regSet, v *values, wrong *regSet) {
	if bits.OnesCount64(uint64(open)) > 8 {
		return
	}
	for a := range end {
		for b := range end {
			if b == a || !open.has(a) || !v.has.has(b) || end[b].sum.n == 0 {
				continue
			}
			for _, sign := range [...]int64{1, -1} {
				if s, ok := end[a].sum.plus(end[b].sum, sign); ok && s.n < end[a].sum.n {
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
	return w.valueOf(&w.state[i][reg].sum)
}

// afterward returns the value that instruction i leaves in its destination.
func (w *flow) afterward(i int) (uint64, bool) {
	if i+1 >= len(w.state) || w.ops[i].dst < 0 {
		return 0, false
	}
	return w.before(w.ops[i].dst, i+1)
}
