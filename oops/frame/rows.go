package frame

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxRow is the longest physical row, in bytes, that is kept in one piece. The kernel's own lines end near 1 KiB
// (CONSOLE_LOG_MAX, kernel/printk); a longer row comes in pieces that are marked Cut, so that a file without line
// ends costs no memory.
const MaxRow = 64 << 10

// Row is one physical row of the input.
type Row struct {
	Num  int    // line number, from 1; lines end at '\n'
	Span Span   // with its terminator
	Text []byte // valid until the next row; terminator removed; UTF-8 if the input was UTF-16
	Cut  bool   // a piece of a row longer than MaxRow

	// Dull says that whoever read the row has found nothing in it that he looks for. Its lines say it too, if nothing was
	// unescaped in them or joined to them.
	Dull bool
}

// Rows yields the physical rows of r. A lone carriage return ends a row too (serial consoles overwrite), without
// counting a line. UTF-16 with a byte order mark is decoded, a UTF-8 mark dropped. A read error is yielded once,
// with an empty Row, after everything that could be read.
func Rows(r io.Reader) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		br := readers.Get().(*bufio.Reader)
		br.Reset(r)
		defer func() {
			br.Reset(nil)
			readers.Put(br)
		}()
		s := splitter{yield: yield, num: 1}
		switch head, _ := br.Peek(3); {
		case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
			s.discard(br, 2)
			s.utf16(br, false)
		case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
			s.discard(br, 2)
			s.utf16(br, true)
		case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
			s.discard(br, 3)
			s.bytes(br, false)
		default:
			s.bytes(br, false)
		}
	}
}

// RowsFrom is Rows for a part of an input: r begins with a row, at offset off of the input, in line num; cut says that
// the row is a piece of one longer than MaxRow. There is no byte order mark but at offset 0.
func RowsFrom(r io.Reader, off int64, num int, cut bool) iter.Seq2[Row, error] {
	if off == 0 {
		return Rows(r)
	}
	return func(yield func(Row, error) bool) {
		br := readers.Get().(*bufio.Reader)
		br.Reset(r)
		defer func() {
			br.Reset(nil)
			readers.Put(br)
		}()
		s := splitter{yield: yield, off: off, num: num}
		s.bytes(br, cut)
	}
}

// readers holds buffers of MaxRow bytes for the next input.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, MaxRow) }}

// splitter walks one input; off and num are where the next row starts.
type splitter struct {
	yield func(Row, error) bool
	off   int64
	num   int
}

func (s *splitter) discard(br *bufio.Reader, n int) {
	_, _ = br.Discard(n) // the bytes were peeked
	s.off += int64(n)
}

// bytes reads rows; cut says that the first is a piece of a longer one.
func (s *splitter) bytes(br *bufio.Reader, cut bool) {
	for {
		chunk, err := br.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if len(chunk) > 0 && !s.chunk(chunk, cut || full) {
			return
		}
		switch {
		case full:
			cut = true
		case err == nil:
			cut = false
			s.num++
		case errors.Is(err, io.EOF):
			return
		default:
			s.yield(Row{Num: s.num, Span: Span{Off: s.off}}, err)
			return
		}
	}
}

// chunk yields the rows of what ReadSlice gave: one, or more where carriage returns stand inside.
func (s *splitter) chunk(b []byte, cut bool) bool {
	for len(b) > 0 {
		text, n := b, len(b)
		if text[len(text)-1] == '\n' {
			text = text[:len(text)-1]
		}
		if i := bytes.IndexByte(text, '\r'); i >= 0 {
			if rest := bytes.TrimLeft(text[i:], "\r"); len(rest) > 0 {
				n = len(text) - len(rest)
			}
			text = text[:i]
		}
		if !s.emit(text, int64(n), cut) {
			return false
		}
		b = b[n:]
	}
	return true
}

func (s *splitter) emit(text []byte, n int64, cut bool) bool {
	row := Row{Num: s.num, Span: Span{Off: s.off, Len: n}, Text: text, Cut: cut}
	s.off += n
	return s.yield(row, nil)
}

// utf16 reads code units; a row's span is in bytes of the input, its text in UTF-8.
func (s *splitter) utf16(br *bufio.Reader, big bool) {
	var row []byte
	var units int64
	var high rune
	cut := false
	flush := func(more bool) bool {
		ok := s.emit(bytes.TrimRight(row, "\r"), units*2, cut || more)
		row, units, cut = row[:0], 0, more
		return ok
	}
	for {
		lo, err := br.ReadByte()
		if err != nil {
			if units > 0 {
				flush(false)
			}
			return
		}
		hi, err := br.ReadByte()
		if err != nil {
			hi = 0
		}
		u := rune(hi)<<8 | rune(lo)
		if big {
			u = rune(lo)<<8 | rune(hi)
		}
		units++
		switch {
		case u == '\n':
			if !flush(false) {
				return
			}
			s.num++
			continue
		case utf16.IsSurrogate(u) && high == 0:
			high = u
			continue
		case high != 0:
			u, high = utf16.DecodeRune(high, u), 0
		}
		row = utf8.AppendRune(row, u)
		if len(row) >= MaxRow && !flush(true) {
			return
		}
	}
}
