package disasm

import "math"

// This file finds where instructions begin. A Code: line starts at an arbitrary
// byte, mostly within an instruction, and x86 instructions have no alignment, so
// decoding from the first byte shows code that never ran. But each start leads
// to one reading, few readings end exactly on the fault, and the wrong ones soon
// fall in with the right one. Each reading is weighed by how ordinary its
// instructions are (x86cost.go); what nearly all of the weight agrees on is
// reliable.

// reliableShare is the share of the weight that has to agree on a boundary.
const reliableShare = 0.95

// tailPrior[k] is the cost in quarter bits of a line that starts k bytes before
// the end of an instruction; k is 0 at a boundary. It follows from the lengths of
// kernel instructions, 4.1 bytes on average.
var tailPrior = [maxX86Len]int32{8, 8, 9, 12, 15, 20, 24, 27, 30, 33, 36, 40, 44, 48, 56}

// An x86Search holds what is known about each offset of a run of bytes.
type x86Search struct {
	code   []byte
	mode   int
	length []uint8   // of the instruction at each offset; 0 where none begins, or nobody asked
	asked  []bool    // the offsets that were decoded
	price  []int32   // of the instruction at each offset
	index  []int32   // of the instruction at each offset in insts
	insts  []x86Inst // what was decoded
}

// newX86Search makes a search for boundaries before end.
func newX86Search(code []byte, end, mode int) *x86Search {
	numbers := make([]int32, 2*end)
	return &x86Search{code: code, mode: mode, length: make([]uint8, end), asked: make([]bool, end),
		price: numbers[:end:end], index: numbers[end:], insts: make([]x86Inst, 0, min(end, 24))}
}

// decodeFrom decodes the offsets that readings from one of the first starts
// offsets on come to. Readings soon fall in with each other, so these are few.
func (s *x86Search) decodeFrom(starts int) {
	var reached [2 * maxX86Len]bool // from offset at on, as a ring
	table := &x86Cost64
	if s.mode != 64 {
		table = &x86Cost32
	}
	for at := range s.length {
		wanted := at < starts || reached[at%len(reached)]
		reached[at%len(reached)] = false
		if !wanted {
			continue
		}
		if !s.asked[at] {
			s.decode(at, table)
		}
		if n := int(s.length[at]); n > 0 {
			reached[(at+n)%len(reached)] = true
		}
	}
}

// decode decodes one offset.
func (s *x86Search) decode(at int, table *x86CostTable) {
	s.asked[at] = true
	in, ok := decodeWhole(s.code[at:min(len(s.code), at+maxX86Len)], s.mode)
	if !ok {
		return
	}
	s.length[at] = uint8(in.asm.Len)
	s.price[at] = table.cost(s.code[at:], in.asm.Len, s.mode)
	s.index[at] = int32(len(s.insts))
	s.insts = append(s.insts, in)
}

// inst is the instruction at an offset that was decoded.
func (s *x86Search) inst(at int) *x86Inst { return &s.insts[s.index[at]] }

// A syncResult is the outcome of a search.
type syncResult struct {
	start int       // offset of the first whole instruction of the best reading
	share []float64 // for each offset the share of the weight that has a boundary there
	costs []int32   // of the reading that starts at each offset
	sure  float64   // the share of the best reading itself
	found bool      // whether any reading ends on the fault
}

// never is the cost of what can't be.
const never = math.MaxInt32 / 2

// garbageMargin is by how much, in quarter bits, readings that begin within the
// first instruction's length have to be cheaper than all others, for the others
// not to matter. They matter where the line begins with bytes that are no code.
const garbageMargin = 100

// towards weighs all readings that have a boundary at end, which is where the
// search ends.
func (s *x86Search) towards(end int) syncResult {
	s.decodeFrom(maxX86Len)
	r, late := s.weigh(end)
	if late {
		s.decodeFrom(end)
		r, _ = s.weigh(end)
	}
	r.spread(s, end)
	return r
}

// weigh works out the costs of the readings of what is decoded. late says that
// one which begins far behind the first byte comes near to the best.
func (s *x86Search) weigh(end int) (r syncResult, late bool) {
	costs := make([]int32, 2*(end+1))
	total := costs[end+1:] // cost of the reading that starts at each offset, without what is before it
	costs = costs[: end+1 : end+1]
	for at := end - 1; at >= 0; at-- {
		total[at] = never
		if n := int(s.length[at]); n > 0 && at+n <= end && total[at+n] < never {
			total[at] = total[at+n] + s.price[at]
		}
	}
	r.costs = costs
	best, stray, lateBest := int32(never), int32(0), int32(never)
	for at := 0; at <= end; at++ {
		costs[at] = never
		if total[at] < never {
			costs[at] = total[at] + stray
			if at < maxX86Len {
				costs[at] += tailPrior[at]
			} else {
				costs[at] += tailPrior[maxX86Len-1] + 48
				if at < end {
					lateBest = min(lateBest, costs[at])
				}
			}
			if costs[at] < best {
				best, r.start, r.found = costs[at], at, at < end || end < maxX86Len
			}
		}
		if at < end {
			stray += strayCost(s.code[at])
		}
	}
	return r, !r.found || r.start >= maxX86Len || lateBest < best+garbageMargin
}

// spread works out the shares from the costs.
func (r *syncResult) spread(s *x86Search, end int) {
	best := r.costs[r.start]
	r.share = make([]float64, end+1)
	sum := 0.0
	for at, c := range r.costs {
		if c < never {
			r.share[at] = weight(c - best)
			sum += r.share[at]
		}
	}
	r.sure = r.share[r.start] / sum
	for at := range end {
		if n := int(s.length[at]); n > 0 && r.share[at] > 0 && at+n <= end {
			r.share[at+n] += r.share[at]
		}
	}
	for at := range r.share {
		r.share[at] /= sum
	}
}

// weight turns a cost in quarter bits into a factor.
func weight(cost int32) float64 {
	if cost > 400 {
		return 0
	}
	return math.Exp2(-float64(cost) / 4)
}

// startCosts weighs the readings of bytes in which no boundary is known: the
// cost of each of the first offsets, read to the end of the bytes. A reading may
// hold bytes that start no instruction, at a price.
func (s *x86Search) startCosts(cutFront bool) []int32 {
	n := len(s.length)
	s.decodeFrom(n)
	total := make([]int32, n+1)
	for at := n - 1; at >= 0; at-- {
		switch k := int(s.length[at]); {
		case k > 0 && at+k <= n:
			total[at] = total[at+k] + s.price[at]
		case s.cutAt(at):
			total[at] = int32(n-at)*26 + 8
		default:
			total[at] = total[at+1] + 160
		}
	}
	costs := make([]int32, min(n, maxX86Len-1)+1)
	stray := int32(0)
	for at := range costs {
		costs[at] = total[at] + stray + tailPrior[at]
		if !cutFront && at == 0 {
			costs[at] -= 8 // 2.4 and early x86_64 print from the fault on
		}
		if at < n {
			stray += strayCost(s.code[at])
		}
	}
	return costs
}

// cutAt reports whether the bytes from at on begin an instruction that is longer
// than what is left of them.
func (s *x86Search) cutAt(at int) bool {
	if len(s.code)-at >= maxX86Len {
		return false
	}
	_, what := decodeCut(s.code[at:], s.mode)
	return what == cut
}
