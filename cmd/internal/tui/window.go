package tui

// window is the part of a list that is seen, and the row that is chosen.
type window struct {
	pos, top int // chosen row, first row that is seen
	n        int // rows
	h        int // rows that are seen
}

// size tells how many rows there are and are seen. The chosen row stays chosen, and in sight.
func (w *window) size(n, h int) {
	w.n, w.h = n, max(h, 1)
	w.to(w.pos)
}

// to chooses a row.
func (w *window) to(pos int) {
	w.pos = min(max(pos, 0), max(w.n-1, 0))
	w.top = min(max(w.top, w.pos-w.h+1), w.pos)
	w.top = max(min(w.top, w.n-w.h), 0)
}

func (w *window) move(by int) { w.to(w.pos + by) }

// scroll moves what is seen, where no row is chosen.
func (w *window) scroll(by int) {
	w.top = max(min(w.top+by, w.n-w.h), 0)
	w.pos = w.top
}

// rows are those in sight.
func (w *window) rows() (from, to int) { return w.top, min(w.top+w.h, w.n) }
