package unpack

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Limits of what may come out of one input, be it a stream or an archive with all its members. A console log that a
// hung machine filled shrinks to a three-hundredth; what shrinks more is a bomb, or not worth the time.
const (
	StreamRatio = 500       // bytes out for a byte in, beyond StreamFree
	StreamFree  = 256 << 20 // bytes that any input may become
	StreamSize  = 1 << 40   // bytes, whatever went in
)

// streamDict bounds the memory of one decoder in bytes: what zstd asks for with --long, and more than xz -9.
const streamDict = 128 << 20

// ErrDamaged is wrapped by the error for a stream that is truncated or broken; what came out before it is good.
var ErrDamaged = errors.New("damaged")

// Reader takes the compression off a stream, and gives a stream without one as it is. Streams that follow each other
// in a file, as rotated logs are appended, are read as one. It takes memory for the dictionary, at most 128 MiB.
type Reader struct {
	z      io.Reader
	format string
	budget *budget
	closer func()
}

// NewReader finds out by the first bytes how r is compressed. The error is of those bytes: [ErrFormat] for a
// compression that is not read, [ErrDamaged] for a header that makes no sense, or what r itself says.
func NewReader(r io.Reader) (*Reader, error) { return newReader(r, new(budget)) }

func newReader(r io.Reader, b *budget) (*Reader, error) {
	buffered := bufio.NewReaderSize(&metered{r, b}, 64<<10)
	head, err := buffered.Peek(16)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	err = nil // fewer bytes are no error: a decoder says what it lacks
	z := &Reader{z: buffered, format: Format(head), budget: b, closer: func() {}}
	switch z.format {
	case "":
	case "gzip":
		z.z, err = gzip.NewReader(buffered)
	case "zstd":
		var d *zstd.Decoder
		d, err = zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(streamDict), zstd.WithDecoderMaxMemory(streamDict),
			zstd.WithDecoderLowmem(true))
		if err == nil {
			z.z, z.closer = d, d.Close
		}
	case "xz":
		z.z, err = newXZStreams(buffered, streamDict)
	case "bzip2":
		z.z = bzip2.NewReader(buffered)
	case "lz4":
		z.z = lz4.NewReader(buffered)
	default:
		z.z, z.closer, err = open(buffered, z.format, streamDict)
	}
	if err != nil { // io.EOF too: a header that ends too early gives no decoder
		return nil, damaged(z.format, err)
	}
	return z, nil
}

// Format is the compression as [Format] names it; "" for none.
func (z *Reader) Format() string { return z.format }

// Read implements io.Reader. Its errors wrap [ErrDamaged] or [ErrTooLarge], or are those of the stream below.
func (z *Reader) Read(p []byte) (int, error) {
	n, err := z.z.Read(p)
	if z.format == "" {
		if below, isBelow := errors.AsType[*belowError](err); isBelow {
			err = below.err
		}
		return n, err
	}
	if tooMuch := z.budget.spend(int64(n)); tooMuch != nil {
		return n, fmt.Errorf("%s: %w", z.format, tooMuch)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(z.format, err)
	}
	return n, err
}

// Close ends the decoder, not the stream below.
func (z *Reader) Close() { z.closer() }

// damaged names the format, and tells the format's errors from those of the stream below.
func damaged(format string, err error) error {
	switch below, isBelow := errors.AsType[*belowError](err); {
	case isBelow:
		return below.err
	case errors.Is(err, ErrFormat), errors.Is(err, ErrTooLarge):
		return fmt.Errorf("%s: %w", format, err)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return fmt.Errorf("%s: %w: it ends too early", format, ErrDamaged)
	}
	return fmt.Errorf("%s: %w: %w", format, ErrDamaged, err)
}

// budget counts what went into the decoders of one input and what came out. A decoder may read in a goroutine.
type budget struct{ in, out atomic.Int64 }

// spend takes n bytes that came out, and says whether that is too much.
func (b *budget) spend(n int64) error {
	out, in := b.out.Add(n), b.in.Load()
	if out > StreamSize || out > StreamFree && (out-StreamFree)/StreamRatio > in {
		return fmt.Errorf("%w: more than %d bytes from %d", ErrTooLarge, out-n, in)
	}
	return nil
}

// metered counts the compressed bytes, and marks the errors of what it reads.
type metered struct {
	r io.Reader
	b *budget
}

type belowError struct{ err error }

func (b *belowError) Error() string { return b.err.Error() }
func (b *belowError) Unwrap() error { return b.err }

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.b.in.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		err = &belowError{err}
	}
	return n, err
}

// xzStreams reads the streams of a file one after another.
type xzStreams struct {
	r     *bufio.Reader
	limit int64
	cur   *xzReader
}

func newXZStreams(r *bufio.Reader, limit int64) (io.Reader, error) {
	first, err := newXZ(r, limit)
	if err != nil {
		return nil, err
	}
	return &xzStreams{r, limit, first}, nil
}

func (x *xzStreams) Read(p []byte) (int, error) {
	for {
		n, err := x.cur.Read(p)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := skipXZIndex(x.r); err != nil {
			return 0, err
		}
		for { // padding of zeros may stand between streams
			next, err := x.r.Peek(4)
			if err != nil || !bytes.Equal(next, make([]byte, 4)) {
				break
			}
			_, _ = x.r.Discard(4) // they were peeked
		}
		if _, err := x.r.Peek(1); err == io.EOF {
			return 0, io.EOF
		}
		if x.cur, err = newXZ(x.r, x.limit); err != nil {
			return 0, err
		}
	}
}
