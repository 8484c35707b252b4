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
	insts []Inst      // the view: the instructions before the fault, and the fault
	ops   []operation // of insts, and of what follows
	state [][]int32   // registers before each instruction, as indexes into cells
	cells []cell
	roots []unknown
	loops []loop
}

// followedBefore finds the instructions before the fault that can be followed:
// those that are read for sure and that lead here. It returns the index of the
// first and the reason why not more.
func (l *Listing) followedBefore(fault int, f *Facts) (first int, why string) {
	entry := -1 // where the function begins, so that all that follows is read for sure
	for i := range l.Insts[:fault] {
		if f.FuncOffset != nil && int64(l.Insts[i].Offset) == -*f.FuncOffset {
			entry = i
		}
	}
	for first = fault; first > 0; first-- {
		in := &l.Insts[first-1]
		switch {
		case fault-first >= maxFlow:
			return first, "the code before is too far away"
		case f.FuncOffset != nil && int64(l.Insts[first].Offset) <= -*f.FuncOffset:
			return first, ""
		case in.Bytes == nil:
			return first, "the log does not show the code before"
		case !in.Reliable && (entry < 0 || first-1 < entry):
			return first, "the code before can't be read for sure"
		}
		if in.x86 == nil && (l.arch.isX86() || in.Text[0] == '.' || in.Text[0] == '(') {
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
	end := min(len(l.Insts), fault+maxFlow)
	w.ops = make([]operation, 0, end-first)
	for i := first; i < end; i++ {
		o, known := l.operationOf(&l.Insts[i])
		if !known {
			o.writes = ^regSet(0)
		}
		w.ops = append(w.ops, o)
	}
	w.follow(l, first)
	return w
}

// later is the flow of the view without its first instructions.
func (w *flow) later(l *Listing, first, skip int) *flow {
	out := &flow{m: w.m, insts: w.insts[skip:], ops: w.ops[skip:]}
	out.follow(l, first+skip)
	return out
}

// follow works out the states.
func (w *flow) follow(l *Listing, first int) {
	count := len(w.m.names)
	w.findLoops(l, first)
	room := count
	for i := range w.insts {
		room += bits.OnesCount64(uint64(w.ops[i].writes & (1<<uint(count) - 1)))
	}
	w.roots = make([]unknown, 0, room)
	w.cells = make([]cell, 0, room)
	w.state = make([][]int32, len(w.insts))
	now := w.fresh(setBefore)
	type waiting struct {
		to    int // offset
		state []int32
	}
	var pending []waiting
	for i := range w.insts {
		at := w.insts[i].Offset
		for _, p := range pending {
			switch {
			case p.to != at:
			case now == nil:
				now = p.state
			default:
				now = w.join(now, p.state)
			}
		}
		if now == nil {
			now = w.fresh(setBefore) // reached by a jump from elsewhere
		}
		for _, p := range w.loops {
			if p.head == at {
				now = w.repeated(now, p.writes)
			}
		}
		w.state[i] = now
		if i == len(w.insts)-1 {
			break
		}
		o := &w.ops[i]
		if o.hasTo && (o.kind == opBranch || o.kind == opJump) && o.to > at {
			pending = append(pending, waiting{o.to, now})
		}
		if o.kind == opJump || o.kind == opReturn {
			now = nil
			continue
		}
		if o.writes != 0 {
			now = w.after(now, o, i)
		}
	}
}

// findLoops looks for jumps backwards, also behind the fault.
func (w *flow) findLoops(l *Listing, first int) {
	for i := range w.ops {
		o := &w.ops[i]
		in := &l.Insts[first+i]
		if !o.hasTo || o.kind != opBranch && o.kind != opJump || o.to >= in.Offset {
			continue
		}
		p := loop{head: o.to}
		for j := range w.ops[:i] {
			if l.Insts[first+j].Offset >= o.to {
				p.writes |= w.ops[j].writes
			}
		}
		w.loops = append(w.loops, p)
	}
}

// at is what a register holds before instruction i of the view.
func (w *flow) at(reg, i int) *cell { return &w.cells[w.state[i][reg]] }

// repeated is the state at the head of a loop that changes registers.
func (w *flow) repeated(before []int32, writes regSet) []int32 {
	out := append([]int32(nil), before...)
	for r := range out {
		if writes.has(r) && r != w.m.zero {
			out[r] = w.root(0, setTwice)
		}
	}
	return out
}

// fresh is a state of which nothing is known.
func (w *flow) fresh(def int) []int32 {
	s := make([]int32, len(w.m.names))
	for r := range s {
		if r == w.m.zero {
			s[r] = w.keep(cell{def: setBefore})
			continue
		}
		s[r] = w.root(0, def)
	}
	return s
}

// keep stores a cell.
func (w *flow) keep(c cell) int32 {
	w.cells = append(w.cells, c)
	return int32(len(w.cells) - 1)
}

// root makes a new unknown.
func (w *flow) root(size, def int) int32 {
	w.roots = append(w.roots, unknown{size: size})
	c := cell{def: def}
	c.sum.terms[0] = term{len(w.roots) - 1, 1}
	c.sum.n = 1
	return w.keep(c)
}

// join is the state where two ways meet.
func (w *flow) join(a, b []int32) []int32 {
	out := append([]int32(nil), a...)
	for r := range out {
		if a[r] != b[r] && w.cells[a[r]] != w.cells[b[r]] {
			out[r] = w.root(0, setTwice)
		}
	}
	return out
}

// after is the state behind instruction i.
func (w *flow) after(before []int32, o *operation, i int) []int32 {
	out := append([]int32(nil), before...)
	dst := o.dst
	if dst < 0 || dst >= len(out) || dst == w.m.zero {
		dst = -1
	}
	for set := o.writes; set != 0; set &= set - 1 {
		if r := bits.TrailingZeros64(uint64(set)); r < len(out) && r != w.m.zero && r != dst {
			out[r] = w.root(0, i)
		}
	}
	if dst < 0 {
		return out
	}
	if c, ok := w.result(before, o, i); ok {
		out[dst] = w.keep(c)
	} else {
		size := 0
		if o.kind == opLoad && o.narrow && !o.may {
			size = w.zeroExtended(o, i)
		}
		out[dst] = w.root(size, i)
	}
	return out
}

// result is what an instruction leaves in its destination, where that can be
// written as a sum.
func (w *flow) result(before []int32, o *operation, i int) (c cell, ok bool) {
	c.def = i
	switch {
	case o.may || o.narrow && o.kind != opConst:
		return c, false
	case o.kind == opConst && !o.narrow:
		c.sum.constant = o.imm
		return c, true
	case o.kind == opCopy && o.src >= 0:
		c.sum = w.cells[before[o.src]].sum
		return c, true
	case o.kind == opAdd && o.src >= 0:
		c.sum = w.cells[before[o.src]].sum
		c.sum.constant += o.imm
		return c, true
	case o.kind == opSum && o.index >= 0 && o.scale > -1<<20 && o.scale < 1<<20:
		if o.src >= 0 {
			c.sum = w.cells[before[o.src]].sum
		}
		c.sum.constant += o.imm
		c.sum, ok = c.sum.plus(w.cells[before[o.index]].sum, o.scale)
		return c, ok
	}
	return c, false
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
