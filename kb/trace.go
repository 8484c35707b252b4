package kb

// mostFrames is how many frames of a trace are looked at. The kernel prints far fewer.
const mostFrames = 512

// leastFrames is how many frames, the place itself among them, even the shortest whole trace has.
const leastFrames = 3

// seenFrame is a frame of the crash in the form in which entries are written.
type seenFrame struct {
	name     string // without compiler suffix
	symbol   string // the same by its name of today
	template string // by its name in the source, where it is one function of several made from a template
	module   string // by its name of today
	*Frame
}

// names are all by which an entry may know the frame.
func (s *seenFrame) names() [3]string { return [3]string{s.name, s.symbol, s.template} }

// trace is the crash's call trace, ready for comparing with all entries.
type trace struct {
	frames []seenFrame // the instruction pointer first, if it has a symbol
	// culprit is the first frame that is not generic, nil if there is none.
	culprit *seenFrame
	// direct says that the culprit is the instruction pointer itself.
	direct bool
	// cut says that so few frames are left of the trace that one can't say what was not in it.
	cut bool
}

func newTrace(f *Facts) *trace {
	t := &trace{frames: make([]seenFrame, 0, min(len(f.Frames), mostFrames)+1)}
	add := func(frame *Frame) {
		name := baseSymbol(frame.Symbol)
		t.frames = append(t.frames, seenFrame{
			name: name, symbol: eraFunction(name), template: setTemplate(name), module: eraModule(frame.Module), Frame: frame,
		})
	}
	if f.IP.Symbol != "" {
		add(&f.IP)
		t.direct = !genericSites[t.frames[0].symbol]
	}
	trusted := false
	for i := range f.Frames {
		trusted = trusted || f.Frames[i].Reliable
	}
	for i := range f.Frames[:min(len(f.Frames), mostFrames)] {
		// A frame with a question mark may be left over from another call. It only counts where there are no others.
		if f.Frames[i].Symbol != "" && (f.Frames[i].Reliable || !trusted) {
			add(&f.Frames[i])
		}
	}
	t.cut = len(t.frames) < leastFrames
	for i := range t.frames {
		// A return address at the very start of a function belongs to the one before it, which ends in a call that does
		// not come back; in old traces it is a pointer to a function. Nobody was called from there.
		isReturn := i == 0 && f.IP.Symbol != "" || t.frames[i].Offset > 0 || t.frames[i].Size == 0
		if !genericSites[t.frames[i].symbol] && isReturn {
			t.culprit = &t.frames[i]
			break
		}
	}
	return t
}

// follow finds how much of a call sequence is in the trace, in order, other frames standing between or not. distinct
// counts those of the matched frames that are neither generic nor part of a path that every packet takes.
func (t *trace) follow(sequence []place) (matched, distinct int, line int) {
	// The longest common subsequence; of two of the same length, the one with more distinct frames.
	type cell struct{ matched, distinct, line int }
	previous := make([]cell, len(t.frames)+1)
	current := make([]cell, len(t.frames)+1)
	for _, p := range sequence {
		tells := 0
		if !genericSites[p.symbol] && !travelledPaths[p.symbol] {
			tells = 1
		}
		for j := range t.frames {
			best := previous[j+1]
			if c := current[j]; c.matched > best.matched || c.matched == best.matched && c.distinct > best.distinct {
				best = c
			}
			if p.fits(&t.frames[j]) {
				c := previous[j]
				if c.line == 0 {
					c.line = t.frames[j].Line
				}
				c.matched++
				c.distinct += tells
				if c.matched > best.matched || c.matched == best.matched && c.distinct > best.distinct {
					best = c
				}
			}
			current[j+1] = best
		}
		previous, current = current, previous
	}
	last := previous[len(t.frames)]
	return last.matched, last.distinct, last.line
}
