package symbols

import (
	"fmt"
	"math/bits"
	"strings"
)

// A listing is the text that nm writes and that System.map and /proc/kallsyms share (scripts/mksysmap and
// kernel/kallsyms.c:s_show, all eras): an address of 8 or 16 hex digits, a space, a type letter, a space, a name; in
// kallsyms then a tab and the module in brackets. Nothing of a line is copied: an entry points into the one text.

// entry is one line of a listing. Its type letter stands two bytes before its name.
type entry struct {
	addr   uint64
	name   uint32 // where the name starts in Table.text
	length uint16 // of the name
	module uint16 // index in Table.modules, 0 for the kernel image
}

const (
	// maxName is more than any kernel has: KSYM_NAME_LEN is 128, 512 since 6.1.
	maxName = 1024
	// maxSymbols bounds the memory of a table. A large kernel with everything in it has 600,000.
	maxSymbols = 16 << 20
	maxModules = 1<<16 - 1
)

// listing is what a pass over the text finds.
type listing struct {
	text          string
	image, loaded []entry  // symbols of the image and of modules, in the order of the file
	modules       []string // names by entry.module; [0] is ""
	marks         []entry  // symbols of the image that may be marks of its layout, by the look of their names
	imageSorted   bool
	loadedSorted  bool
	wide          bool // some address has more than 8 digits
	named         bool // some address is not 0
	bad           int  // lines that are no symbols
	firstBad      int  // where the first of these starts
	cut           bool // the last line has no end: it's left out, as its name may be half a name

	lastImage, lastLoaded uint64            // the addresses before
	owner                 uint16            // module of the line before: modules come in runs
	known                 map[string]uint16 // index of a module in modules
}

func newListing(text string) *listing {
	return &listing{
		text: text, image: make([]entry, 0, expected(text)), modules: []string{""}, known: map[string]uint16{},
		imageSorted: true, loadedSorted: true,
	}
}

// scan reads the text once. Its only error is too many symbols.
func scan(text string) (*listing, error) {
	l := newListing(text)
	for i := 0; i < len(text); {
		if l.owner == 0 { // in kallsyms the symbols of modules come last
			i = l.plainLines(i)
		}
		if i < len(text) {
			i = l.line(i)
		}
		if len(l.image)+len(l.loaded) > maxSymbols {
			return nil, fmt.Errorf("more than %d symbols", maxSymbols)
		}
	}
	return l, nil
}

// plainLines reads symbols of the image as long as the lines have the form that nearly all have: 8 digits, or 16 of
// which the first eight stay the same, and nothing behind the name. It returns where it met another line, or the last
// bytes of the text. What it accepts, line takes the same way: it is here for speed alone.
func (l *listing) plainLines(i int) (next int) {
	const least = 64 // so that no look at eight bytes below has to care for the end of the text
	text := l.text
	if len(text)-i < least {
		return i
	}
	digits, upper, base := 8, uint64(0), uint64(0)
	if text[i+8] != ' ' {
		digits, upper = 16, word(text, i)
		value, ok := hex8(upper)
		if !ok {
			return i
		}
		base = value << 32
	}
	image, last, sorted, all := l.image, l.lastImage, l.imageSorted, uint64(0)
	start := len(image)
	for len(text)-i >= least && len(image) <= maxSymbols {
		b := text[i : i+least]
		addr, ok := hex8(word(b, digits-8))
		if digits == 16 && word(b, 0) != upper || !ok ||
			b[digits] != ' ' || !isType(b[digits+1]) || b[digits+2] != ' ' {
			break
		}
		name := i + digits + 3
		end := nameEnd(text, name)
		length := end - name
		if length == 0 || length > maxName || end >= len(text) || text[end] != '\n' {
			break
		}
		addr |= base
		sorted = sorted && addr >= last
		last = addr
		all |= addr
		image = append(image, entry{addr, uint32(name), uint16(length), 0})
		if mayBeMark(text[name], length) {
			l.marks = append(l.marks, image[len(image)-1])
		}
		i = end + 1
	}
	l.image, l.lastImage, l.imageSorted = image, last, sorted
	if len(image) > start {
		l.named = l.named || all != 0
		l.wide = l.wide || digits > 8
	}
	return i
}

// line reads the line at i, whatever it is, and returns where the next one starts.
func (l *listing) line(i int) (next int) {
	text := l.text
	addr, digits := address(text, i)
	name := i + digits + 3
	if digits == 0 || name >= len(text) || text[name-3] != ' ' || text[name-1] != ' ' || !isType(text[name-2]) {
		return l.skip(i)
	}
	end := nameEnd(text, name)
	length := end - name
	if length == 0 || length > maxName {
		return l.skip(i)
	}
	owner, next := tail(text, end)
	if next < 0 {
		return l.skip(i)
	}
	if l.modules[l.owner] != owner {
		module, ok := l.known[owner]
		if !ok && owner != "" {
			if len(l.modules) > maxModules {
				return l.skip(i)
			}
			module = uint16(len(l.modules))
			l.modules = append(l.modules, owner)
			l.known[owner] = module
		}
		l.owner = module
	}
	e := entry{addr, uint32(name), uint16(length), l.owner}
	if l.owner == 0 {
		l.imageSorted = l.imageSorted && addr >= l.lastImage
		l.lastImage = addr
		l.image = append(l.image, e)
		if mayBeMark(text[name], length) {
			l.marks = append(l.marks, e)
		}
	} else {
		l.loadedSorted = l.loadedSorted && addr >= l.lastLoaded
		l.lastLoaded = addr
		l.loaded = append(l.loaded, e)
	}
	l.wide = l.wide || digits > 8
	l.named = l.named || addr != 0
	return next
}

// mayBeMark reports whether survey may look for a name, by its first letter and its length: _text, startup_64.
func mayBeMark(first byte, length int) bool {
	return first == '_' && length <= 6 || first == 's' && length == 10
}

// expected guesses the number of lines from the first of them.
func expected(text string) int {
	head := text[:min(len(text), 64<<10)]
	lines := strings.Count(head, "\n")
	if lines < 16 {
		return lines
	}
	return min(len(text)*lines/len(head)+lines/8, maxSymbols)
}

// skip passes over the line at i, which is no symbol, and counts it if it should have been one.
func (l *listing) skip(i int) (next int) {
	next = len(l.text)
	if n := strings.IndexByte(l.text[i:], '\n'); n >= 0 {
		next = i + n + 1
	}
	line := strings.TrimRight(l.text[i:next], "\r\n")
	switch {
	case strings.TrimSpace(line) == "":
	case undefined(line):
	case next == len(l.text) && l.text[next-1] != '\n':
		l.cut = true
	default:
		if l.bad == 0 {
			l.firstBad = i
		}
		l.bad++
	}
	return next
}

// undefined reports whether a line is nm's form for a name that is defined elsewhere: blanks in place of the address.
func undefined(line string) bool {
	rest := strings.TrimLeft(line, " ")
	return len(line)-len(rest) >= 8 && len(rest) > 2 && isType(rest[0]) && rest[1] == ' '
}

// tail reads what follows a name: the end of the line, or the module and the end of the line. next is where the next
// line starts, -1 if there's something else, or no end of the line.
func tail(text string, i int) (module string, next int) {
	if i+1 < len(text) && (text[i] == '\t' || text[i] == ' ') && text[i+1] == '[' {
		end := nameEnd(text, i+2)
		if end-1 <= i+2 || text[end-1] != ']' || end-i > maxName {
			return "", -1
		}
		module, i = text[i+2:end-1], end
	}
	if i < len(text) && text[i] == '\r' {
		i++
	}
	if i < len(text) && text[i] == '\n' {
		return module, i + 1
	}
	return "", -1
}

// isType reports whether c can be the type letter of nm.
func isType(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '?' || c == '-'
}

// address reads the hex digits at i. digits is 0 if there are none, more than 16, or no byte after them.
func address(text string, i int) (addr uint64, digits int) {
	if len(text)-i > 16 && text[i+16] == ' ' {
		upper, ok := hex8(word(text, i))
		if lower, also := hex8(word(text, i+8)); ok && also {
			return upper<<32 | lower, 16
		}
	}
	for ; i < len(text); i++ {
		v := hexDigit(text[i])
		if v > 15 {
			return addr, digits
		}
		if digits++; digits > 16 {
			break
		}
		addr = addr<<4 | uint64(v)
	}
	return 0, 0
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// The three functions below look at eight bytes in one step: a map has ten million of them.
const (
	each = 0x0101010101010101
	high = each << 7
)

// word returns the eight bytes at i, the first one lowest. The compiler makes one load of it.
func word(text string, i int) uint64 {
	b := text[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// hex8 reads eight hex digits of either case; ok is false if one of the bytes is none.
func hex8(w uint64) (v uint64, ok bool) {
	lower := w | each*0x20
	// With the top bits clear no addition below carries into the next byte. "at least c" is the top bit of w+0x80-c.
	digit := (w + each*(0x80-'0')) &^ (w + each*(0x80-('9'+1)))
	letter := (lower + each*(0x80-'a')) &^ (lower + each*(0x80-('f'+1)))
	if w&high != 0 || (digit|letter)&high != high {
		return 0, false
	}
	v = w&(each*0x0f) + w>>6&each*9
	v = (v<<4 | v>>8) & 0x00ff00ff00ff00ff
	v = (v<<8 | v>>16) & 0x0000ffff0000ffff
	return (v<<16 | v>>32) & 0xffffffff, true
}

// nameEnd returns where the run of printable ASCII without blanks ends that starts at i. Most names have fewer than 40
// bytes: these are looked at without a branch, as no processor can guess how long the next name is.
func nameEnd(text string, i int) int {
	if len(text)-i >= 40 {
		b := text[i : i+40]
		stop := stops(word(b, 0)) | stops(word(b, 8))<<8 | stops(word(b, 16))<<16 | stops(word(b, 24))<<24 |
			stops(word(b, 32))<<32
		if stop != 0 {
			return i + bits.TrailingZeros64(stop)
		}
		i += 40
	}
	for i < len(text) && text[i] > ' ' && text[i] < 0x7f {
		i++
	}
	return i
}

// stops returns a bit for each byte of a word that ends a name, the first byte's lowest. Bits above the lowest one may
// be wrong.
func stops(w uint64) uint64 {
	// Top bit set where a byte is above 0x7e or below 0x21. A carry can only reach bytes after the first such one.
	stop := (w | (w + each) | (w-each*0x21)&^w) & high
	return stop >> 7 * 0x0102040810204080 >> 56 // the product has the eight bits side by side
}
