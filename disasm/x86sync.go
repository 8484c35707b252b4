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
	length []uint8 // of the instruction at each offset; 0 where none begins
	price  []int32 // of that instruction
}

// newX86Search decodes every offset before end once.
func newX86Search(code []byte, end, mode int) *x86Search {
	s := &x86Search{code: code, mode: mode, length: make([]uint8, end), price: make([]int32, end)}
	table := &x86Cost64
	if mode == 32 {
		table = &x86Cost32
	}
	for at := range end {
		in, ok := decodeWhole(code[at:min(len(code), at+maxX86Len)], mode)
		if !ok {
			continue
		}
		s.length[at] = uint8(in.asm.Len)
		s.price[at] = table.cost(code[at:], in.asm.Len, mode)
	}
	return s
}

// A syncResult is the outcome of a search.
type syncResult struct {
	start int       // offset of the first whole instruction of the best reading
	share []float64 // for each offset the share of the weight that has a boundary there
	costs []int32   // of the reading that starts at each offset
	sure  float64   // the share of the best reading itself
	found bool      // whether any reading ends on the fault
}

// towards weighs all readings that have a boundary at end, which is where the
// search ended decoding.
func (s *x86Search) towards(end int) syncResult {
	const never = math.MaxInt32 / 2
	total := make([]int32, end+1) // cost of the reading that starts at each offset
	for at := end - 1; at >= 0; at-- {
		total[at] = never
		if n := int(s.length[at]); n > 0 && at+n <= end && total[at+n] < never {
			total[at] = total[at+n] + s.price[at]
		}
	}
	r := syncResult{share: make([]float64, end+1)}
	best, stray := int32(never), int32(0)
	costs := make([]int32, end+1)
	r.costs = costs
	for at := 0; at <= end; at++ {
		costs[at] = never
		if total[at] < never {
			costs[at] = total[at] + stray
			if at < maxX86Len {
				costs[at] += tailPrior[at]
			} else {
				costs[at] += tailPrior[maxX86Len-1] + 48
			}
			if costs[at] < best {
				best, r.start, r.found = costs[at], at, at < end || end < maxX86Len
			}
		}
		if at < end {
			stray += strayCost(s.code[at])
		}
	}
	sum := 0.0
	for at, c := range costs {
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
	return r
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
