package symbols

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"unsafe"
)

const (
	// maxInput is how many bytes of text a table is made from at most. The largest real map has 40 MB.
	maxInput = 512 << 20
	// maxRatio is how many bytes one compressed byte may become, looked at once a megabyte is out. Real maps reach 6;
	// gzip itself can reach 1030.
	maxRatio = 100
	// headSize is how much of a file must hold the first symbol, so that a disk image isn't read to its end.
	headSize = 64 << 10
)

// ErrTooLarge is wrapped by the error of [Load] for an input above 512 MiB, one that unpacks to more than that or to
// more than 100 times its size, and one of more than 16 million symbols.
var ErrTooLarge = errors.New("too large for a symbol table")

// Load reads a System.map or the text of /proc/kallsyms, plain or compressed by gzip; what it is, the bytes say. name
// is used in messages only. Lines that are no symbols are left out and counted in [Table.Notes], as is a last line
// without an end.
//
// Its errors are a [*FormatError] for an input that is something else, one that wraps [ErrTooLarge], or a wrapped error
// of r. A reader that fails after the first 64 KiB costs the rest of the file, not the table: this is a note.
func Load(name string, r io.Reader) (*Table, error) {
	name = plain(filepath.Base(name))
	var notes []string

	in := &counter{r: r}
	head := make([]byte, headSize)
	n, err := io.ReadFull(in, head)
	head = head[:n]
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	rest, limit := io.Reader(in), int64(0) // no ratio to keep
	if len(head) > 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(io.MultiReader(bytes.NewReader(bytes.Clone(head)), in))
		if err != nil {
			return nil, &FormatError{name, "damaged gzip data"}
		}
		n, err := io.ReadFull(z, head[:cap(head)])
		head = head[:n]
		if n == 0 && err != nil && !errors.Is(err, io.EOF) {
			return nil, &FormatError{name, "damaged gzip data"}
		}
		rest, limit = z, maxRatio
	}
	head = withoutMark(head)
	if looks := lookalike(head); looks != "" {
		return nil, &FormatError{name, looks}
	}

	text, err := gather(head, rest, in, limit)
	switch {
	case errors.Is(err, ErrTooLarge):
		return nil, fmt.Errorf("%s: %w", name, err)
	case err != nil:
		notes = append(notes, fmt.Sprintf("the file ends early: %v", err))
	}
	l, err := scan(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrTooLarge, err)
	}
	if len(l.image)+len(l.loaded) == 0 {
		return nil, &FormatError{name, "text without one symbol line"}
	}
	if !l.named {
		return nil, &FormatError{name, "kallsyms whose addresses are all 0: read it as root, or set " +
			"kernel.kptr_restrict to 0 or 1"}
	}
	return newTable(name, l, notes), nil
}

// gather returns the head and the rest as one text. With an error it returns what came before it.
func gather(head []byte, rest io.Reader, in *counter, ratio int64) (string, error) {
	size := int64(0)
	if ratio == 0 {
		size = min(in.left(), maxInput)
	}
	text := append(make([]byte, 0, int64(len(head))+size+1), head...) // 1 more, to meet the end without growing
	for {
		if len(text) == cap(text) {
			text = slices.Grow(text, 256<<10)
		}
		n, err := rest.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if len(text) > maxInput {
			return "", fmt.Errorf("%w: more than %d MiB", ErrTooLarge, maxInput>>20)
		}
		if ratio > 0 && len(text) > 1<<20 && int64(len(text)) > in.n*ratio {
			return "", fmt.Errorf("%w: it unpacks to more than %d times its size", ErrTooLarge, ratio)
		}
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			// Nobody writes to the bytes any more, and a copy would take a quarter of the time of reading a map.
			return unsafe.String(unsafe.SliceData(text), len(text)), err
		}
	}
}

// counter counts the bytes that were read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// left returns how many bytes are still to come, 0 if the reader doesn't tell.
func (c *counter) left() int64 {
	switch r := c.r.(type) {
	case interface{ Len() int }: // bytes.Reader, strings.Reader, bytes.Buffer
		return int64(r.Len())
	case io.Seeker: // a file; a pipe refuses
		at, err := r.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0
		}
		end, err := r.Seek(0, io.SeekEnd)
		if err != nil {
			return 0
		}
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			return 0
		}
		return max(0, end-at)
	}
	return 0
}
