package disasm

import "sort"

// An Alignment is one way to read the bytes of a line.
type Alignment struct {
	// Start is the number of bytes before the first whole instruction. They are
	// the end of an instruction that began before the line.
	Start int
	// Weight is the probability of this reading among all, 0 to 1.
	Weight float64
	// Insts cover all units of the line, as in a Listing.
	Insts []Inst
}

// lightest is the weight below which Alignments leaves a reading out.
const lightest = 1e-6

// Alignments weighs the readings of a line, best first. It is meant for bytes in
// which nothing is marked, such as a fragment that somebody quotes; where a unit
// is marked, or the address of the first one is known, only readings with a
// boundary there count. There is one reading on architectures whose instructions
// are aligned, and none where the line shows no bytes.
func Alignments(req Request) []Alignment {
	if len(req.Code.Units) == 0 {
		return nil
	}
	if !req.Arch.isX86() {
		return []Alignment{{Weight: 1, Insts: Disassemble(req).Insts}}
	}
	code, readable, fault := x86Bytes(req.Code)
	for _, r := range readable {
		if !r {
			// Each readable run stands for itself; Disassemble lists their best readings.
			return []Alignment{{Weight: 1, Insts: Disassemble(req).Insts}}
		}
	}
	if fault < 0 && req.PC != nil {
		fault = 0
	}
	w := &x86Lister{req: req, mode: req.mode(), code: code, origin: max(fault, 0)}
	w.room()
	var costs []int32
	var s *x86Search
	if fault > 0 {
		s = newX86Search(code, fault, w.mode)
		r := s.towards(fault)
		if !r.found || r.start >= maxX86Len {
			return []Alignment{{Start: r.start, Weight: 1, Insts: Disassemble(req).Insts}}
		}
		costs = r.costs[:min(fault+1, maxX86Len)]
	} else if fault < 0 {
		s = newX86Search(code, len(code), w.mode)
		costs = s.startCosts(req.Code.CutFront)
	} else {
		w.after(0, len(code), true)
		w.markFault(0)
		return []Alignment{{Weight: 1, Insts: w.listed()}}
	}
	return w.readings(s, costs, fault)
}

// readings lists the reading of each start that has weight.
func (w *x86Lister) readings(s *x86Search, costs []int32, fault int) []Alignment {
	best := costs[0]
	for _, c := range costs {
		best = min(best, c)
	}
	sum := 0.0
	for _, c := range costs {
		sum += weight(c - best)
	}
	var all []Alignment
	for start, c := range costs {
		a := Alignment{Start: start, Weight: weight(c-best) / sum}
		if a.Weight < lightest {
			continue
		}
		w.room()
		if start > 0 {
			w.stray(0, start, noteTail)
		}
		if fault > 0 {
			for at := start; at < fault; at += int(s.length[at]) {
				w.add(at, at+int(s.length[at]), s.inst(at), false)
			}
			w.after(fault, len(w.code), true)
			w.markFault(fault)
		} else {
			w.after(start, len(w.code), false)
		}
		a.Insts = w.listed()
		all = append(all, a)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Weight > all[j].Weight })
	return all
}
