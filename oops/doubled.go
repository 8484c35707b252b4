package oops

import (
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// fewestPairs is how many lines have to come twice before it is believed that all do, and how many of ten runs of the
// same line have to be pairs. A recursion prints the same line often, but not each line twice.
const (
	fewestPairs = 6
	pairsOfTen  = 9
)

// once takes one of each two lines out where all come twice: two daemons wrote the same file, or the console that the
// kernel boots with was kept beside the real one. It changes lines.
func once(lines []frame.Line) []frame.Line {
	pairs, runs := 0, 0
	for i := 0; i < len(lines); {
		n := sameLines(lines[i:])
		if strings.TrimSpace(lines[i].Text) != "" {
			if runs++; n%2 == 0 {
				pairs++
			}
			if runs > fewestPairs && pairs*2 < runs {
				return lines // most logs
			}
		}
		i += n
	}
	if pairs < fewestPairs || pairs*10 < runs*pairsOfTen {
		return lines
	}
	out := lines[:0]
	for i := 0; i < len(lines); {
		n := sameLines(lines[i:])
		for k := range (n + 1) / 2 {
			out = append(out, lines[i+k])
		}
		i += n
	}
	return out
}

// sameLines is how many lines at the start have the same text.
func sameLines(lines []frame.Line) int {
	n := 1
	for n < len(lines) && lines[n].Text == lines[0].Text && lines[n].Caller == lines[0].Caller {
		n++
	}
	return n
}
