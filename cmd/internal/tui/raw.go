package tui

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// rawView shows a log of any size. It holds no copy and no index of it, only where some lines begin: every draw reads
// what is in sight, and a step looks for the next line end.
type rawView struct {
	log     io.ReaderAt
	size    int64
	h       int
	first   int // lines of the crash
	last    int
	anchors []anchor // where lines begin, ascending
	top     anchor
	want    int  // line to be brought into sight, 0 for none
	drawn   bool // there was something in sight before
	total   int  // lines of the log, 0 as long as nobody has counted them
}

// anchor is the beginning of a line.
type anchor struct {
	line   int // from 1
	offset int64
}

const (
	rawChunk = 32 << 10 // bytes that are read at once
	rawLine  = 16 << 10 // bytes of a line that are looked at
	// rawFar bounds how far the next line end is looked for, in bytes: a log can be one line of gigabytes, which is
	// shown in pieces.
	rawFar = 4 << 20
)

func (v *rawView) open(log io.ReaderAt, size int64, r *triage.Report) {
	*v = rawView{log: log, size: size, first: r.Span.FirstLine, last: r.Span.LastLine}
	v.anchors = []anchor{{1, 0}}
	if r.Span.FirstLine > 1 && r.Span.Offset > 0 && r.Span.Offset < size {
		v.anchors = append(v.anchors, anchor{r.Span.FirstLine, r.Span.Offset})
	}
	v.top = v.anchors[0]
	v.show(r.Span.FirstLine)
}

// show brings a line into sight as soon as the height is known.
func (v *rawView) show(line int) { v.want = line }

// layout gives the view its height. A line that is wanted comes to a third of it, unless it is in sight.
func (v *rawView) layout(h int) {
	v.h = max(h, 1)
	line := v.want
	v.want = 0
	if v.log == nil || line <= 0 || v.top.line > 0 && v.drawn && line >= v.top.line && line < v.top.line+v.h {
		return
	}
	v.drawn = true
	v.top = v.seek(max(line-v.h/3, 1))
	v.move(0)
}

// seek finds a line from the nearest one that is known.
func (v *rawView) seek(line int) anchor {
	best := v.top
	if best.line == 0 {
		best = anchor{1, 0}
	}
	for _, a := range v.anchors {
		if abs(a.line-line) < abs(best.line-line) {
			best = a
		}
	}
	if best.line <= line {
		return v.forward(best, line-best.line)
	}
	return v.backward(best, best.line-line)
}

func abs(n int) int { return max(n, -n) }

func (v *rawView) move(by int) {
	if v.log == nil {
		return
	}
	if by > 0 {
		v.top = v.forward(v.top, by)
	} else {
		v.top = v.backward(v.top, -by)
	}
	// The last line stays at the bottom.
	if last := v.forward(v.top, v.h-1); last.line-v.top.line < v.h-1 {
		v.top = v.backward(v.top, v.h-1-(last.line-v.top.line))
	}
}

// forward goes down n lines, at most to the last one.
func (v *rawView) forward(a anchor, n int) anchor {
	buf := make([]byte, rawChunk)
	for at := a.offset; n > 0 && at < v.size; {
		got, _ := v.log.ReadAt(buf[:min(int64(len(buf)), v.size-at)], at)
		if got == 0 {
			break
		}
		chunk := buf[:got]
		for n > 0 {
			i := bytes.IndexByte(chunk, '\n')
			if i < 0 {
				break
			}
			at += int64(i + 1)
			chunk = chunk[i+1:]
			if at >= v.size {
				return a
			}
			a = anchor{a.line + 1, at}
			n--
		}
		at += int64(len(chunk))
		if at-a.offset > rawFar { // a line without an end
			a = anchor{a.line + 1, at}
			n--
		}
	}
	return a
}

// backward goes up n lines, at most to the first one.
func (v *rawView) backward(a anchor, n int) anchor {
	buf := make([]byte, rawChunk)
	for end := a.offset - 1; n > 0 && end >= 0; {
		// A line of which the end is at a.offset-1 begins behind the last line end before.
		from := max(end-int64(len(buf)), 0)
		got, _ := v.log.ReadAt(buf[:end-from], from)
		moved := false
		for chunk := buf[:got]; n > 0; n-- {
			i := bytes.LastIndexByte(chunk, '\n')
			if i < 0 {
				break
			}
			a = anchor{max(a.line-1, 1), from + int64(i) + 1}
			chunk = chunk[:i]
			moved = true
		}
		switch {
		case n == 0:
		case moved:
			end = a.offset - 1
		case from == 0:
			return anchor{1, 0}
		case a.offset-from > rawFar:
			a = anchor{max(a.line-1, 1), from}
			n--
			end = from - 1
		default:
			end = from
		}
	}
	return a
}

// rawLook is what is marked in the lines that are drawn.
type rawLook struct {
	lit    int    // line that tells what is chosen
	left   int    // columns that are off the edge
	from   [2]int // words of the Code: line: which, how many
	search string
}

// lines draws what is in sight.
func (v *rawView) lines(m *Model, look rawLook) []string {
	t := m.theme
	var out []string
	a := v.top
	// What is in sight is read at once; only longer lines are read one by one.
	seen := make([]byte, min(rawChunk, max(v.size-a.offset, 0)))
	n, _ := v.log.ReadAt(seen, a.offset)
	seen = seen[:n]
	for len(out) < v.h && a.offset < v.size {
		text, next := "", anchor{}
		if i := bytes.IndexByte(seen, '\n'); i >= 0 && i < rawLine {
			text, next = strings.TrimSuffix(string(seen[:i]), "\r"), anchor{a.line + 1, a.offset + int64(i) + 1}
			seen = seen[i+1:]
			if next.offset >= v.size {
				next = a
			}
		} else {
			text, next, seen = v.text(a), v.forward(a, 1), nil
		}
		lead := "  "
		inside := a.line >= v.first && a.line <= v.last
		switch {
		case a.line == look.lit:
			lead = t.cursor + " "
		case inside:
			lead = t.mark + " "
		}
		number := fmt.Sprintf("%7d ", a.line)
		clean := t.cleanLine(text)
		body := clean
		if a.line == look.lit {
			begin, end, found := words(clean, look.from[0], look.from[1])
			left := look.left
			if found && look.left == 0 {
				// So that the bytes in question are in sight.
				if room := m.width - 12; ansi.StringWidth(clean[:end]) > room {
					left = ansi.StringWidth(clean[:end]) - room + 8
				}
			}
			if found {
				body = clean[:begin] + t.chosen.Render(clean[begin:end]) + clean[end:]
			} else {
				body = t.lit.Render(clean)
			}
			body = ansi.TruncateLeft(body, left, "")
		} else {
			body = ansi.TruncateLeft(body, look.left, "")
			if !inside {
				body = t.dim.Render(body)
			}
		}
		if look.search != "" && contains(text, look.search) {
			lead = t.hit.Render("*") + " "
		}
		out = append(out, lead+t.dim.Render(number)+body)
		if next == a {
			break
		}
		a = next
	}
	return out
}

// text is the beginning of a line.
func (v *rawView) text(a anchor) string {
	buf := make([]byte, 1024)
	for {
		n, _ := v.log.ReadAt(buf[:min(int64(len(buf)), v.size-a.offset)], a.offset)
		got := buf[:n]
		if i := bytes.IndexByte(got, '\n'); i >= 0 {
			return strings.TrimSuffix(string(got[:i]), "\r")
		}
		if n < len(buf) || len(buf) >= rawLine {
			return string(got)
		}
		buf = make([]byte, min(4*len(buf), rawLine))
	}
}

// place says where in the log this is.
func (v *rawView) place() string {
	if v.log == nil {
		return ""
	}
	s := fmt.Sprintf("line %d", v.top.line)
	if v.total > 0 {
		s += fmt.Sprintf(" of %d", v.total)
	} else if v.size > 0 {
		s += fmt.Sprintf(", %d %% of the log", 100*v.top.offset/v.size)
	}
	return s + fmt.Sprintf("; the crash is lines %d-%d", v.first, v.last)
}

func (c *crash) rawLines(m *Model, r *triage.Report) []string {
	if c.size == 0 {
		why := "The raw log of this crash was not kept."
		if m.busy != "" {
			why = "reading ..."
		}
		return []string{"", "  " + why}
	}
	lit := c.lit
	if lit == 0 {
		lit = r.Span.FirstLine
	}
	return c.raw.lines(m, rawLook{lit: lit, left: c.left, search: c.search})
}

// rawHome goes back to the crash.
func (m *Model) rawHome() tea.Cmd {
	v := &m.crash.raw
	v.drawn = false
	v.show(v.first)
	if m.crash.lit > 0 {
		v.show(m.crash.lit)
	}
	return nil
}

// rawJump goes to the top, or to the end as soon as the lines are counted.
func (c *crash) rawJump(end bool) tea.Cmd {
	v := c.raw
	if v.log == nil {
		return nil
	}
	if !end {
		c.raw.top = anchor{1, 0}
		return nil
	}
	id := c.id
	return func() tea.Msg {
		last, total := v.count()
		return foundMsg{id: id, at: v.backward(last, max(v.h-1, 0)), total: total}
	}
}

// count reads all of the log: the last line, and how many there are.
func (v *rawView) count() (last anchor, total int) {
	buf := make([]byte, 1<<20)
	last = anchor{1, 0}
	for at := int64(0); at < v.size; {
		n, _ := v.log.ReadAt(buf[:min(int64(len(buf)), v.size-at)], at)
		if n == 0 {
			break
		}
		chunk := buf[:n]
		if at+int64(n) >= v.size && chunk[n-1] == '\n' {
			chunk = chunk[:n-1] // ends the last line, begins none
		}
		last.line += bytes.Count(chunk, []byte{'\n'})
		if i := bytes.LastIndexByte(chunk, '\n'); i >= 0 {
			last.offset = at + int64(i) + 1
		}
		at += int64(n)
	}
	return last, last.line
}

// foundMsg is a place in the log that something looked for.
type foundMsg struct {
	id    int64
	at    anchor // line 0: it is not there
	total int
	what  string
}

func (m *Model) takeFound(msg foundMsg) tea.Cmd {
	c := &m.crash
	if msg.id != c.id {
		return nil
	}
	m.busy = ""
	if msg.total > 0 {
		c.raw.total = msg.total
	}
	if msg.at.line == 0 {
		m.say("%q is not in the log", msg.what)
		return nil
	}
	c.raw.top = msg.at
	return nil
}

// findRaw looks for the search in the log, below or above what is in sight, and goes on at the other end.
func (m *Model) findRaw(by int) tea.Cmd {
	v, search, id := m.crash.raw, m.crash.search, m.crash.id
	if v.log == nil {
		return nil
	}
	m.busy, m.done = "searching", 0
	return func() tea.Msg {
		return foundMsg{id: id, at: v.find(m.ctx.Err, search, by), what: search}
	}
}

// find reads the log in pieces that overlap. stop says when nobody wants to know any more.
func (v *rawView) find(stop func() error, search string, by int) anchor {
	type hit struct{ before, after, first, last int64 }
	h := hit{-1, -1, -1, -1}
	lineEnd := v.forward(v.top, 1).offset
	fold := search == strings.ToLower(search)
	needle := []byte(search)
	buf := make([]byte, 1<<20)
	for at := int64(0); at < v.size && stop() == nil; {
		n, _ := v.log.ReadAt(buf[:min(int64(len(buf)), v.size-at)], at)
		if n == 0 {
			break
		}
		chunk := buf[:n]
		if fold {
			chunk = bytes.ToLower(chunk)
		}
		for i := 0; ; {
			j := bytes.Index(chunk[i:], needle)
			if j < 0 {
				break
			}
			pos := at + int64(i+j)
			if h.first < 0 {
				h.first = pos
			}
			if pos < v.top.offset {
				h.before = pos
			} else if pos >= lineEnd && h.after < 0 {
				h.after = pos
			}
			h.last = pos
			i += j + 1
		}
		if by > 0 && h.after >= 0 {
			break
		}
		if n < len(buf) {
			break
		}
		at += int64(n - len(needle) + 1)
	}
	pos := h.after
	if by < 0 {
		pos = h.before
	}
	if pos < 0 {
		pos = h.first
		if by < 0 {
			pos = h.last
		}
	}
	if pos < 0 {
		return anchor{}
	}
	return v.lineAt(pos)
}

// lineAt is the line that holds a byte.
func (v *rawView) lineAt(pos int64) anchor {
	near := anchor{1, 0}
	for _, a := range slices.Concat(v.anchors, []anchor{v.top}) {
		if a.line > 0 && a.offset <= pos && a.offset > near.offset {
			near = a
		}
	}
	buf := make([]byte, 1<<20)
	for at := near.offset; at < pos; {
		n, _ := v.log.ReadAt(buf[:min(int64(len(buf)), pos-at)], at)
		if n == 0 {
			break
		}
		near.line += bytes.Count(buf[:n], []byte{'\n'})
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			near.offset = at + int64(i) + 1
		}
		at += int64(n)
	}
	return near
}
