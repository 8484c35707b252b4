package frame

import (
	"strings"
	"unicode/utf8"
)

// Grammar is what Unwrap has to know of the language of the lines.
type Grammar struct {
	// Starts says that a text begins a record of its own, so that it is no continuation.
	Starts func(text string) bool
	// Continues says whether prev cannot be the whole record ("Tainted:", "RIP: 0010:", a short list of bytes) and
	// text can be its rest.
	Continues func(prev, text string) Rest
}

// Rest says what a text is to the record before it.
type Rest uint8

// What a row can be to the one before it.
const (
	NoRest     Rest = iota // a record of its own, for all that the grammar knows
	MaybeRest              // its rest, if there is nobody else who may have written it; the break was between words
	ListRest               // more of a list; the break may have gone through a word of it
	WordRest               // its rest; the break was between words
	BrokenWord             // its rest; the break went through a word
)

// Widths in columns between which a wrap is believed: mailers break near 72, terminals at their width.
const (
	minWrap     = 56
	maxWrap     = 260
	commonWidth = 80

	widestMailed = 84 // columns that mailers leave in a row which they can break
	unbroken     = 32 // one of so many rows may be wider: an address on the web, a row of dashes
)

// maxJoined is the longest line in bytes that rows are joined to: the longest list of modules that a kernel prints is
// half of it. The bound keeps a file of nothing but broken rows cheap.
const maxJoined = 16 << 10

// Unwrap joins the rows that a terminal broke at its width, or a mailer between words, and strips the joined row
// again. The rows must be of one input, in order. A row that came with a transport of its own is never joined to the
// one before. A bare one is: where the row before it fills the width and it does not start a record (with a transport
// around, whatever it starts with), where its neighbours have a transport, no row is wider than mailers leave it and
// its first word did not fit, where quoted-printable text was broken, or where the grammar says that it Continues. Rows
// keep their numbers, Num to Last, and the whole span. The result takes the place of rows.
func Unwrap(rows []Line, g Grammar) []Line {
	if !anyBare(rows) {
		return rows
	}
	w := measure(rows)
	out := rows[:0] // never ahead of the row that is read
	for i := range rows {
		row := &rows[i]
		if len(out) > 0 && !row.Framed() && row.Num <= out[len(out)-1].Last+1 && !overwritten(rows[i:]) {
			prev := &out[len(out)-1]
			several := len(out) > 1 && out[len(out)-2].Span == prev.Span // lines of one record
			if !several && softBreak(&rows[i-1], row) && len(prev.Raw)+len(row.Raw) <= maxJoined {
				head := *prev
				head.Raw = strings.TrimSuffix(head.Raw, "=")
				*prev = join(&head, row, "")
				continue
			}
			if glue, ok := w.joins(prev, &rows[i-1], row, g); ok {
				if several {
					if len(prev.Text)+len(row.Text) <= maxJoined {
						lengthen(out, row, glue)
						continue
					}
				} else {
					*prev = join(prev, row, glue)
					continue
				}
			}
		}
		if len(out) == i {
			out = rows[:i+1] // it stays where it is
		} else {
			out = append(out, *row)
		}
	}
	return out
}

// overwritten says that the first of the rows was followed by a carriage return and another text: a progress bar, which
// is no rest of anything.
func overwritten(rows []Line) bool {
	return len(rows) > 1 && rows[1].Num == rows[0].Num && rows[1].Span != rows[0].Span && !rows[0].Cut
}

// anyBare says that a row may be the rest of another.
func anyBare(rows []Line) bool {
	for i := range rows {
		if !rows[i].Framed() && rows[i].Raw != "" {
			return true
		}
	}
	return false
}

// lengthen adds a row to the last line of a record that has several: all of them are of the record's span.
func lengthen(out []Line, row *Line, glue string) {
	last := &out[len(out)-1]
	old := last.Span
	last.Text += glue + strings.TrimLeft(row.Text, " \t")
	last.Dull = false
	for i := len(out) - 1; i >= 0 && out[i].Span == old; i-- {
		out[i].Last = row.Last
		out[i].Span.Len = row.Span.Off + row.Span.Len - old.Off
	}
}

func join(a, b *Line, glue string) Line {
	head, rest := a.Raw, b.Raw
	if a.Format&Quote != 0 {
		for strings.HasPrefix(rest, ">") {
			rest = strings.TrimPrefix(rest[1:], " ")
		}
	}
	if glue != "" {
		head, rest = strings.TrimRight(head, " \t"), strings.TrimLeft(rest, " \t")
	}
	if a.Format&Learned != 0 { // what was learned is not known here
		l := *a
		l.Raw, l.Last = head+glue+rest, b.Last
		if l.Text += rest; glue != "" {
			l.Text = strings.TrimRight(a.Text, " \t") + glue + rest
		}
		l.Span.Len = b.Span.Off + b.Span.Len - a.Span.Off
		l.Cut, l.Dull = a.Cut || b.Cut, false
		return l
	}
	var l Line
	l.fill(head+glue+rest, a.Num, b.Last, Span{Off: a.Span.Off, Len: b.Span.Off + b.Span.Len - a.Span.Off})
	l.Cut = a.Cut || b.Cut
	l.Format |= (a.Format | b.Format) & Noise
	return l
}

// widths is what the rows of one window tell about how they were broken.
type widths struct {
	framed    bool // most records came with a transport
	raw, bare int  // the widest row with and without mail quoting, in columns; 0 where nothing was broken there
	mailed    bool // no row is too wide for a mailer, but for what it can't break
}

func measure(rows []Line) widths {
	var w widths
	n, framed, wide := 0, 0, 0
	var raws, bares wrapCounts
	for i := range rows {
		if blank(rows[i].Raw) {
			continue
		}
		n++
		a, b := columns(&rows[i])
		if rows[i].Framed() {
			framed++
		}
		if b > widestMailed {
			wide++
		}
		broken := i+1 < len(rows) && !rows[i+1].Framed() && !blank(rows[i+1].Text)
		raws.add(a, broken)
		bares.add(b, broken)
		w.raw, w.bare = max(w.raw, a), max(w.bare, b)
	}
	w.framed = framed >= 2 && framed*4 >= n
	w.mailed = w.framed && wide*unbroken <= n
	w.raw = raws.believed(w.raw, w.framed)
	w.bare = bares.believed(w.bare, w.framed)
	return w
}

// blank says that s has nothing but blanks; mostly its first byte tells that it has more.
func blank(s string) bool {
	return (s == "" || s[0] <= ' ' || s[0] >= 0x80) && strings.TrimSpace(s) == ""
}

// wrapCounts counts the rows of each width, and those of them that a bare row follows.
type wrapCounts struct {
	rows, broken [maxWrap + 1]int
	allBroken    int
}

func (c *wrapCounts) add(width int, broken bool) {
	width = min(width, maxWrap)
	c.rows[width]++
	if broken {
		c.broken[width]++
		c.allBroken++
	}
}

// believed is width if rows were probably broken there: a terminal breaks all rows at one column, a mailer breaks each
// where a word ends.
func (c *wrapCounts) believed(width int, framed bool) int {
	if width < minWrap || width > maxWrap {
		return 0
	}
	if framed {
		if c.broken[width]*2 >= c.allBroken {
			return width
		}
		return 0
	}
	if width == commonWidth || c.rows[width] >= 2 {
		return width
	}
	return 0
}

// columns is the width of a row as a terminal counts it, with and without quoting.
func columns(l *Line) (raw, bare int) {
	raw = utf8.RuneCountInString(l.Raw)
	if l.Format&Quote == 0 {
		return raw, raw
	}
	s := l.Raw
	for l.Format&Quote != 0 && strings.HasPrefix(s, ">") {
		s = strings.TrimPrefix(s[1:], " ")
	}
	return raw, utf8.RuneCountInString(s)
}

// joins decides whether a bare row continues prev, whose last physical row is last, and with what between them.
func (w widths) joins(prev, last, row *Line, g Grammar) (glue string, ok bool) {
	text := strings.TrimSpace(row.Text)
	if text == "" || blank(last.Text) && last.Raw == prev.Raw ||
		row.Format&Dict != 0 || prev.Format&Dict != 0 {
		return "", false
	}
	if len(prev.Raw)+len(row.Raw) > maxJoined {
		return "", false
	}
	rest := g.Continues(prev.Text, text)
	switch rest {
	case BrokenWord:
		return "", true
	case WordRest:
		return " ", true
	case MaybeRest:
		if w.mailed || !prev.Framed() {
			return " ", true
		}
	}
	raw, bare := columns(last)
	full := w.raw > 0 && raw == w.raw || w.bare > 0 && bare == w.bare
	if strings.HasSuffix(last.Raw, "  ") {
		full = false // padded to the width of a terminal: nothing was broken off
	}
	// Where the lines have a transport, a bare row below a full one is its rest, whatever it begins with.
	framed := w.framed && prev.Framed()
	switch {
	case full && (rest == ListRest || framed || !g.Starts(text)):
		return wholeWords(last.Raw, row.Raw), true
	case rest == ListRest, w.mailed && prev.Framed() && tooLong(bare, text) && !g.Starts(text):
		return " ", true
	}
	return "", false
}

// wholeWords is " " where the break took a blank away: the last word of a and the first of b are numbers of the same
// length as the one before them. Else the break went through a word, and nothing is missing.
func wholeWords(a, b string) string {
	first, _, _ := strings.Cut(b, " ")
	i := strings.LastIndexByte(a, ' ')
	last := a[i+1:]
	n := hexRun(last)
	if n == len(last) && n == 16 || n != len(last) && len(first) == 16 && hexRun(first) == 16 {
		return " " // the whole of a value, and the name of the next; or the other way round
	}
	if n < 2 || n != len(last) || n != len(first) || hexRun(first) != n || i < 0 {
		return ""
	}
	before := strings.TrimRight(a[:i], " ")
	before = before[strings.LastIndexByte(before, ' ')+1:]
	if len(before) == n && hexRun(before) == n {
		return " "
	}
	return ""
}

// tooLong says that the first word of text would not have fitted on the row before, which had so many columns: so a
// mailer breaks.
func tooLong(columns int, text string) bool {
	word, _, _ := strings.Cut(text, " ")
	return columns+1+utf8.RuneCountInString(word) > minWrap && columns <= maxWrap
}
