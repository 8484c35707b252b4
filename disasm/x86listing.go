package disasm

import "slices"

// Notes on lines of x86 listings.
const (
	noteTail       = "tail of an instruction whose first bytes are missing"
	noteCut        = "the instruction is cut: the rest of its bytes is missing"
	noteUnreadable = "the log does not show this byte"
	noteNoWay      = "no reading of the bytes before the fault ends on it; at least one of them is wrong"
	noteBad        = "no instruction begins with this byte"
)

// x86Bytes flattens the units. readable[i] is false for a byte that the log does
// not show.
func x86Bytes(c CodeLine) (code []byte, readable []bool, fault int) {
	fault = -1
	code = make([]byte, 0, len(c.Units)*c.Unit)
	readable = make([]bool, 0, len(c.Units)*c.Unit)
	for i, u := range c.Units {
		if i == c.Fault {
			fault = len(code)
		}
		for j := 0; j+1 < len(u); j += 2 {
			code = append(code, nibble(u[j])<<4|nibble(u[j+1]))
			readable = append(readable, isHex(u[j]) && isHex(u[j+1]))
		}
	}
	return code, readable, fault
}

// nibble returns the value of a hexadecimal digit, 0 for anything else.
func nibble(ch byte) byte {
	switch {
	case ch >= '0' && ch <= '9':
		return ch - '0'
	case ch >= 'a' && ch <= 'f':
		return ch - 'a' + 10
	case ch >= 'A' && ch <= 'F':
		return ch - 'A' + 10
	}
	return 0
}

// An x86Lister writes a listing.
type x86Lister struct {
	req    Request
	mode   int
	code   []byte
	origin int // index of the byte that has Offset 0
	insts  []Inst
	asm    []x86Inst // what insts point to; where it grows, the old ones stay as they are
	text   []byte    // the texts of insts, one behind the other
	ends   []int32   // of the texts of insts in text, as far as they are there
}

func disassembleX86(req Request) Listing {
	code, readable, fault := x86Bytes(req.Code)
	if fault < 0 && req.PC != nil && len(code) > 0 {
		fault = 0 // no marker: the bytes start at the address
	}
	w := &x86Lister{req: req, mode: req.mode(), code: code, origin: max(fault, 0)}
	w.room()
	l := Listing{Confidence: 1, arch: req.Arch, pc: req.PC}
	for at := 0; at < len(code); {
		end := at
		for end < len(code) && readable[end] == readable[at] {
			end++
		}
		switch {
		case !readable[at]:
			for i := at; i < end; i++ {
				w.insts = append(w.insts, Inst{Offset: i - w.origin, Text: "(unreadable)", Note: noteUnreadable,
					Fault: i == fault})
			}
		case fault >= at && fault < end:
			if l.Confidence = w.before(at, fault); l.Confidence == 0 {
				l.Note = noteNoWay
			}
			w.after(fault, end, true)
			w.markFault(fault)
		case fault >= 0 && at > fault:
			w.after(at, end, false)
		default:
			l.Confidence = w.loose(at, end)
		}
		at = end
	}
	l.Insts = w.listed()
	if fault < 0 && len(code) > 0 {
		l.Note = "no byte is marked and the address is not known: the reading with the greatest weight is shown"
	}
	return l
}

// before lists the instructions of code[at:fault] and returns how sure their
// boundaries are on average.
func (w *x86Lister) before(at, fault int) float64 {
	if at == fault {
		return 1
	}
	n := fault - at
	// The bytes after the fault are visible to the decoder, so that an
	// instruction that would run over the fault counts as one of another reading.
	s := newX86Search(w.code[at:], n, w.mode)
	r := s.towards(n)
	if !r.found {
		w.loose(at, fault)
		return 0
	}
	if r.start > 0 {
		w.stray(at, at+r.start, noteTail)
	}
	sure, count := 0.0, 0
	for i := r.start; i < n; i += int(s.length[i]) {
		// A prefix in front of the very first byte may be missing.
		w.add(at+i, at+i+int(s.length[i]), s.inst(i), i > 0 && r.share[i] >= reliableShare)
		sure += r.share[i]
		count++
	}
	if count == 0 {
		return r.sure
	}
	return sure / float64(count)
}

// after lists code[at:end] from a boundary on; known is false where it is only
// assumed to be one.
func (w *x86Lister) after(at, end int, known bool) {
	for at < end {
		rest := w.code[at:min(end, at+maxX86Len)]
		in, what := decodeX86(rest, w.mode)
		switch what {
		case decoded:
			w.asm = append(w.asm, in)
			w.add(at, at+in.asm.Len, &w.asm[len(w.asm)-1], known)
			at += in.asm.Len
		case cut:
			w.insts = append(w.insts, Inst{Offset: at - w.origin, Bytes: rest[: end-at : end-at],
				Text: cutText(in), Reliable: known, Note: noteCut})
			at = end
		default:
			w.insts = append(w.insts, Inst{Offset: at - w.origin, Bytes: w.code[at : at+1 : at+1], Text: "(bad)",
				Note: noteBad})
			at++
		}
	}
}

// cutText names a cut instruction as far as its bytes determine it.
func cutText(in x86Inst) string {
	if in.asm.Len == 0 {
		return "(cut)"
	}
	x := x86Writer{in: &in, a: &in.asm}
	if in.ext == nil && in.asm.Op == 0 {
		return "(cut)"
	}
	name := x.mnemonic()
	return name + " (cut)"
}

// loose lists bytes among which no boundary is known.
func (w *x86Lister) loose(at, end int) float64 {
	s := newX86Search(w.code[at:end], end-at, w.mode)
	costs := s.startCosts(w.req.Code.CutFront || at > 0)
	best := slices.Index(costs, slices.Min(costs))
	sum := 0.0
	for _, c := range costs {
		sum += weight(c - costs[best])
	}
	if best > 0 {
		w.stray(at, at+best, noteTail)
	}
	w.after(at+best, end, false)
	return 1 / sum
}

// stray lists bytes that are no whole instruction.
func (w *x86Lister) stray(from, to int, note string) {
	w.insts = append(w.insts, Inst{Offset: from - w.origin, Bytes: w.code[from:to:to], Text: "(cut)", Note: note})
}

// add lists the instruction code[from:to], which stays the lister's.
func (w *x86Lister) add(from, to int, in *x86Inst, reliable bool) {
	x := x86Writer{in: in, a: &in.asm, code: w.code[from:to], symbol: w.req.Symbol, buf: w.text}
	if w.req.PC != nil {
		x.setPC(*w.req.PC + uint64(from-w.origin))
	}
	w.text = x.write()
	for len(w.ends) < len(w.insts) {
		w.ends = append(w.ends, -1) // those have texts of their own
	}
	w.ends = append(w.ends, int32(len(w.text)))
	w.insts = append(w.insts, Inst{
		Offset:   from - w.origin,
		Bytes:    w.code[from:to:to],
		Reliable: reliable,
		x86:      in,
	})
}

// room makes room for a listing.
func (w *x86Lister) room() {
	n := len(w.code)/3 + 2
	w.insts, w.ends, w.text = make([]Inst, 0, n), make([]int32, 0, n), make([]byte, 0, 20*n)
	w.asm = make([]x86Inst, 0, 8)
}

// listed is the listing with its texts, which share one string.
func (w *x86Lister) listed() []Inst {
	text, from := string(w.text), int32(0)
	for i, end := range w.ends {
		if end >= 0 {
			w.insts[i].Text = text[from:end]
			from = end
		}
	}
	return w.insts
}

// markFault marks the instruction at the fault.
func (w *x86Lister) markFault(fault int) {
	for i := range w.insts {
		if w.insts[i].Offset == fault-w.origin {
			w.insts[i].Fault = true
			w.insts[i].Reliable = true
		}
	}
}
