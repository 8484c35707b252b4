package kb

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// mostFuzz is how many lines of context at each end of a hunk may differ, as with patch(1).
const mostFuzz = 2

// What can keep a diff from being applied. The source is then returned as nil.
var (
	ErrNoDiff      = errors.New("this entry carries no diff")
	ErrApplied     = errors.New("the diff is applied already")
	ErrDoesNotFit  = errors.New("the diff does not fit")
	ErrSeveralFits = errors.New("the diff fits in several places")
)

// PatchReport says how a diff was applied.
type PatchReport struct {
	// File is the name in the diff, without the leading a/ or b/.
	File string
	// Hunks are in the order of the diff.
	Hunks []PatchedHunk
	// Diff is what was changed in this very source, as a unified diff.
	Diff string
}

// PatchedHunk says where one hunk went.
type PatchedHunk struct {
	// Line is where it went in the old source, counted from 1; Offset how many lines that is from where the diff says.
	Line, Offset int
	// Fuzz is how many lines of context at each end were ignored.
	Fuzz int
}

// Apply returns src with this entry's diff applied; src itself is left alone. Hunks may be found elsewhere than the
// diff says, with up to two lines of context at each end ignored. It refuses when a hunk does not fit, fits equally
// well in several places, or when the diff is applied already.
func (e *Entry) Apply(src []byte) ([]byte, PatchReport, error) {
	if e.Fix.Diff == "" {
		return nil, PatchReport{}, ErrNoDiff
	}
	files, err := parseDiff(e.Fix.Diff)
	if err != nil {
		return nil, PatchReport{}, err
	}
	report := PatchReport{File: files[0].name}
	if len(files) != 1 {
		return nil, report, fmt.Errorf("the diff concerns %d files, not one", len(files))
	}
	hunks := make([]hunk, len(files[0].hunks))
	for i, f := range files[0].hunks {
		hunks[i] = hunkOf(f)
	}
	text := string(src)
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	var out []string
	done, shift := 0, 0 // lines of the old source that are in out; where hunks go against where the diff says
	for n, h := range hunks {
		at, fuzz, err := h.place(lines, h.start-1+shift, done)
		if err != nil {
			if n == 0 && errors.Is(err, ErrDoesNotFit) {
				if _, _, err := h.reversed().place(lines, h.start-1, 0); err == nil {
					return nil, report, ErrApplied
				}
			}
			return nil, report, fmt.Errorf("hunk %d of %d: %w", n+1, len(hunks), err)
		}
		report.Hunks = append(report.Hunks, PatchedHunk{Line: at + 1, Offset: at + 1 - h.start, Fuzz: fuzz})
		shift = at + 1 - h.start
		out = append(out, lines[done:at]...)
		done = at
		for _, l := range h.lines {
			switch l.op {
			case ' ':
				out = append(out, lines[done]) // the line as it is: it may differ where context was ignored
				done++
			case '-':
				done++
			case '+':
				out = append(out, l.text)
			}
		}
	}
	out = append(out, lines[done:]...)
	patched := strings.Join(out, newline)
	report.Diff = printDiff(report.File, text, patched)
	return []byte(patched), report, nil
}

// hunk is one hunk of a unified diff.
type hunk struct {
	start int // first line in the old file, counted from 1
	lines []hunkLine
}

type hunkLine struct {
	op   byte // ' ', '-' or '+'
	text string
}

// hunkOf takes the lines of a parsed hunk, without their line ends.
func hunkOf(f *gitdiff.TextFragment) hunk {
	h := hunk{start: max(int(f.OldPosition), 1)}
	ops := map[gitdiff.LineOp]byte{gitdiff.OpContext: ' ', gitdiff.OpDelete: '-', gitdiff.OpAdd: '+'}
	for _, l := range f.Lines {
		text := strings.TrimSuffix(strings.TrimSuffix(l.Line, "\n"), "\r")
		h.lines = append(h.lines, hunkLine{op: ops[l.Op], text: text})
	}
	return h
}

// old returns what the hunk expects to find.
func (h hunk) old() []string {
	var old []string
	for _, l := range h.lines {
		if l.op != '+' {
			old = append(old, l.text)
		}
	}
	return old
}

// context counts the lines of context at both ends.
func (h hunk) context() (before, after int) {
	for before < len(h.lines) && h.lines[before].op == ' ' {
		before++
	}
	for after < len(h.lines)-before && h.lines[len(h.lines)-1-after].op == ' ' {
		after++
	}
	return before, after
}

func (h hunk) reversed() hunk {
	r := hunk{start: h.start, lines: slices.Clone(h.lines)}
	for i, l := range r.lines {
		switch l.op {
		case '+':
			r.lines[i].op = '-'
		case '-':
			r.lines[i].op = '+'
		}
	}
	return r
}

// place finds where the hunk fits, as close to want as possible and not before least; indexes count from 0.
func (h hunk) place(lines []string, want, least int) (at, fuzz int, err error) {
	old := h.old()
	before, after := h.context()
	for fuzz = 0; fuzz <= mostFuzz; fuzz++ {
		if fuzz > 0 && fuzz > max(before, after) {
			break // nothing more to ignore
		}
		head, tail := min(fuzz, before), min(fuzz, after)
		core := old[head : len(old)-tail]
		var best []int // the closest places; two at most, one on each side
		for i := least; i+len(old) <= len(lines); i++ {
			if !slices.Equal(lines[i+head:i+head+len(core)], core) {
				continue
			}
			switch d := distance(i, want); {
			case len(best) == 0 || d < distance(best[0], want):
				best = []int{i}
			case d == distance(best[0], want):
				best = append(best, i)
			}
		}
		switch len(best) {
		case 1:
			return best[0], fuzz, nil
		case 2:
			return 0, 0, ErrSeveralFits
		}
	}
	return 0, 0, ErrDoesNotFit
}

func distance(a, b int) int { return max(a-b, b-a) }
