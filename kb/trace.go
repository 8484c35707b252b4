package kb

// mostFrames is how many frames of a trace are looked at. The kernel prints far fewer.
const mostFrames = 512

// seenFrame is a frame of the crash in the form in which entries are written.
type seenFrame struct {
	symbol string // without compiler suffix
	module string // by its name of today
	*Frame
}

// trace is the crash's call trace, ready for comparing with all entries.
type trace struct {
	frames []seenFrame // the instruction pointer first, if it has a symbol
	// culprit is the first frame that is not generic, nil if there is none.
	culprit *seenFrame
	// direct says that the culprit is the instruction pointer itself.
	direct bool
}

func newTrace(f *Facts) *trace {
	t := &trace{frames: make([]seenFrame, 0, min(len(f.Frames), mostFrames)+1)}
	add := func(frame *Frame) {
		t.frames = append(t.frames, seenFrame{
			symbol: baseSymbol(frame.Symbol), module: eraModule(frame.Module), Frame: frame,
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
	for i := range t.frames {
		if !genericSites[t.frames[i].symbol] {
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
