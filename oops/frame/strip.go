package frame

import (
	"math/bits"
	"slices"
	"strings"
)

// Strip takes the transport off one row. The result holds no reference to row.Text. A kmsg record whose text has
// embedded line ends gives several lines, all with the row's number and span; every other row gives one.
func Strip(row Row) []Line { return appendStrip(nil, row, string(row.Text)) }

// AppendStrip appends to dst what Strip gives for each of the rows.
func AppendStrip(dst []Line, rows ...Row) []Line {
	size := 0
	for i := range rows {
		size += len(rows[i].Text)
	}
	var b strings.Builder // one string for all of them
	b.Grow(size)
	for i := range rows {
		b.Write(rows[i].Text)
	}
	texts := b.String()
	for i := range rows {
		n := len(rows[i].Text)
		dst = appendStrip(dst, rows[i], texts[:n])
		texts = texts[n:]
	}
	return dst
}

// appendStrip strips a row, whose text it has as a string too.
func appendStrip(dst []Line, row Row, same string) []Line {
	text, noisy := clean(netlogBytes(exportBytes(row.Text)))
	if len(text) != len(same) || noisy || len(text) > 0 && &text[0] != &row.Text[0] {
		same = string(text)
	}
	if len(dst) == cap(dst) {
		dst = slices.Grow(dst, 1)
	}
	dst = dst[:len(dst)+1]
	l := &dst[len(dst)-1] // stripped in place: a Line is large
	*l = Line{}
	l.fill(same, row.Num, row.Num, row.Span)
	l.Cut, l.Dull = row.Cut, row.Dull && l.Format&Escape == 0
	if noisy {
		l.Format |= Noise
	}
	return splitLast(dst)
}

// fill makes l, which is the zero Line, that of a raw text.
func (l *Line) fill(raw string, first, last int, span Span) {
	l.Num, l.Last, l.Span, l.Raw = first, last, span, raw
	l.Usec, l.CPU, l.Level, l.Seq = -1, -1, -1, -1
	l.strip()
}

// splitLast puts the logical lines of a record whose text has line ends of its own in the place of dst's last line.
func splitLast(dst []Line) []Line {
	l := &dst[len(dst)-1]
	if l.Format&Record == 0 && strings.IndexByte(l.Text, '\\') >= 0 && strings.Contains(l.Text, `\x0a`) {
		l.Text, _ = unescapeRecord(l.Text) // a daemon that escapes line ends wrote it
		l.Format |= Escape
	}
	if l.Format&Escape == 0 && l.Format&Record == 0 || strings.IndexByte(l.Text, '\n') < 0 {
		return dst
	}
	whole := *l
	dst = dst[:len(dst)-1]
	first := len(dst) + 1
	for part := range strings.SplitSeq(whole.Text, "\n") {
		dst = append(dst, whole)
		l := &dst[len(dst)-1]
		l.Text = part
		if whole.Format&Record == 0 && len(dst) > first {
			rest := *l
			rest.Format, rest.Raw = 0, part // each line of several has a time of its own
			rest.strip()
			l.Text = rest.Text
			if rest.Usec >= 0 {
				l.Usec, l.Caller = rest.Usec, rest.Caller
			}
		}
	}
	return dst
}

// layer takes one kind of transport off the front of s; ok is false where s does not begin with it.
type layer struct {
	format Format
	begins string // what s can begin with; "a" stands for all letters, "0" for all digits, "~" for other languages
	take   func(l *Line, s string) (rest string, ok bool)
	place  layerPlace
}

// layerPlace says behind what a layer can't be, so that it need not be tried there.
type layerPlace uint8

const (
	anywhere  layerPlace = iota
	outer                // never behind the kernel's own time or a record's head
	outermost            // never behind any other layer
)

// layers are tried in this order, again and again until none fits: a syslog daemon may have stored a kmsg record,
// a mailer may have quoted it. Adding a log format is adding a row here.
var layers = []layer{
	{Quote, ">", takeQuote, anywhere},
	{Escape, "0", takeDatagram, outermost},
	{Syslog, "{-", takeJSON, outer},
	{Syslog, "a_", takeExport, outermost},
	{Record, "EHOPRSU", takePart, outermost},
	{Record, "s", takeSection, outer},
	{Syslog, "a0~", takeSyslog, outer},
	{Syslog, "[a0", takeRunner, outer},
	{Stamp, "[ \t", takeStamp, anywhere},
	{Caller, "[", takeCaller, anywhere},
	{Record, " 0", takeRecord, outer},
	{Level, "< ", takeLevel, anywhere},
}

// layersOf has a bit for each layer that a text with this first byte may begin with.
var layersOf = func() (out [256]uint16) {
	for i, y := range layers {
		for _, c := range []byte(y.begins) {
			from, to := c, c
			switch c {
			case '0':
				to = '9'
			case '~':
				from, to = 0x80, 0xff
			case 'a':
				to = 'z'
				for b := 'A'; b <= 'Z'; b++ {
					out[b] |= 1 << i
				}
			}
			for b := int(from); b <= int(to); b++ {
				out[b] |= 1 << i
			}
		}
	}
	return out
}()

// outerLayers has a bit for each layer that is outer, outermostLayers for each that is outermost.
var outerLayers, outermostLayers = func() (out, most uint16) {
	for i, y := range layers {
		switch y.place {
		case outer:
			out |= 1 << i
		case outermost:
			most |= 1 << i
		}
	}
	return out | most, most
}()

// strip fills l from l.Raw. Each layer may come several times (a daemon may add its own <n> and [time]), but the
// rounds are bounded: a hostile row made of prefixes only must not cost more than its length.
func (l *Line) strip() {
	s := l.Raw
	if out, ok := unescapeHTML(s); ok {
		s = out
		l.Format |= Escape
	}
	if out, ok := unquotePrintable(s); ok {
		s = out
		l.Format |= Escape
	}
	if begin, n, usec := readStamp(s); n > 0 { // most rows; what begins so is of no other layer
		l.Format |= Stamp
		if l.Usec = usec; l.Time == "" {
			l.Time = s[begin : n-1]
		}
		s = afterStamp(s[n:])
	}
	s = l.takeLayers(s)
	if !l.Framed() {
		if i := findStamp(s); i > 0 {
			l.Format |= Noise
			s = l.takeLayers(s[i:])
		}
	}
	if n := len(s); n > 0 && (s[n-1] == ' ' || s[n-1] == '\t') {
		s = strings.TrimRight(s, " \t")
	}
	l.Text = s
}

func (l *Line) takeLayers(s string) string {
	const rounds = 12
	round, from := 1, uint(0)
	tried := uint16(0) // the layers that don't fit what is left
	for s != "" {
		may := layersOf[s[0]] & l.layersBehind() &^ tried
		if may == 0 {
			break
		}
		if may>>from == 0 {
			if round++; round > rounds {
				break
			}
			from = 0
		}
		i := from + uint(bits.TrailingZeros16(may>>from))
		rest, ok := layers[i].take(l, s)
		if !ok {
			tried |= 1 << i
			continue
		}
		l.Format |= layers[i].format
		s, tried, from = rest, 0, i+1
	}
	return s
}

// layersBehind has a bit for each layer that can be behind those that were found.
func (l *Line) layersBehind() uint16 {
	switch {
	case l.Format&(Stamp|Record) != 0:
		return ^outerLayers
	case l.Format&^Noise != 0:
		return ^outermostLayers
	}
	return ^uint16(0)
}

// takeQuote: "> ", ">> ", "> > ", as mailers quote. A row of the kernel never begins with '>' but for s390's
// disassembly, where an address follows.
func takeQuote(l *Line, s string) (string, bool) {
	if l.Framed() || len(s) == 0 || s[0] != '>' {
		return s, false
	}
	rest := strings.TrimPrefix(s[1:], " ")
	if n := hexRun(s[1:]); n >= 8 {
		return s, false
	}
	if strings.HasPrefix(s, ">>") && isKsymoops(s[2:]) {
		return s, false
	}
	return rest, true
}

// isKsymoops: "EIP; c0123456 <f+10/20>", which ksymoops prints behind ">>".
func isKsymoops(s string) bool {
	name, _, ok := strings.Cut(s, ";")
	if !ok || len(name) < 2 || len(name) > 4 {
		return false
	}
	for i := range len(name) {
		if c := name[i] | 0x20; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// takeLevel: "<6>" of printk and "<134>" of syslog, also where a printk(" ") left the line open in front of it.
func takeLevel(l *Line, s string) (string, bool) {
	t := strings.TrimLeft(s, " ")
	if len(t) < 3 || t[0] != '<' || len(s)-len(t) > 2 {
		return s, false
	}
	n := digitRun(t[1:])
	if n == 0 || n > 3 || n+1 >= len(t) || t[n+1] != '>' {
		return s, false
	}
	v := atoi(t[1 : n+1])
	rest := t[n+2:]
	if v > 191 || isByteList(rest) {
		return s, false
	}
	l.Level = v & 7
	if len(rest) > 1 && rest[0] == ' ' && rest[1] != ' ' && rest[1] != '[' {
		rest = rest[1:]
	}
	return rest, true
}

// isByteList tells the marked byte of a Code: line, which a wrap can leave at the start of a row ("<89> 50 04"),
// from a level.
func isByteList(rest string) bool {
	return len(rest) >= 3 && rest[0] == ' ' && hexRun(rest[1:]) == 2 && (len(rest) == 3 || rest[3] == ' ')
}

func digitRun(s string) int {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

func hexRun(s string) int {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'f' || s[i] >= 'A' && s[i] <= 'F') {
		i++
	}
	return i
}

// atoi reads a run of digits; what does not fit 18 digits is 0.
func atoi(s string) int {
	if len(s) > 18 {
		return 0
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
