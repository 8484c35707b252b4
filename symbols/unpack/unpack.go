// Package unpack gives the bytes of compressed files: at once those of kernels ([All], [Kernel]: modules, a vmlinuz
// with the kernel in it, maps), and as a stream those of logs and of archives of logs ([NewReader], [Members]). What a
// file is, its first bytes say, not its name.
//
// It is a package of its own because it is the home of the libraries for compression; nothing else imports them.
//
// Input is hostile: what comes out is bounded, at once by [MaxRatio] times the input and by [MaxSize], as a stream by
// [StreamRatio] and [StreamSize]; a damaged stream gives an error behind what could be read of it.
package unpack

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz/lzma"
)

const (
	// MaxRatio is how many bytes one compressed byte may become, beyond the first megabyte.
	MaxRatio = 100
	// MaxSize bounds what comes out. The largest real vmlinux has 1 GB, with debug sections that no vmlinuz has.
	MaxSize = 1 << 30
)

// ErrTooLarge is wrapped by the error for a stream that unpacks to too much.
var ErrTooLarge = errors.New("unpacks to too much")

// ErrFormat is wrapped by the error for a compression that is known and not read.
var ErrFormat = errors.New("not read")

// Format tells how data is compressed by its first bytes: "gzip", "xz", "zstd", "bzip2", "lzma", "lz4", "lzo", or ""
// for none of these.
func Format(head []byte) string {
	for _, m := range []struct{ magic, format string }{
		{"\x1f\x8b\x08", "gzip"},
		{"\xfd7zXZ\x00", "xz"},
		{"\x28\xb5\x2f\xfd", "zstd"},
		{"BZh", "bzip2"},
		{"\x02\x21\x4c\x18", "lz4"}, // the legacy frame, which kernels use
		{"\x04\x22\x4d\x18", "lz4"},
		{"\x89LZO\x00\x0d\x0a\x1a\x0a", "lzo"},
	} {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.format
		}
	}
	// lzma has no magic: properties 5d, a dictionary of a power of two, then the size, which kernels don't tell.
	if len(head) >= 13 && head[0] == 0x5d && head[1] == 0 && head[2] == 0 &&
		bytes.Equal(head[5:13], bytes.Repeat([]byte{0xff}, 8)) {
		return "lzma"
	}
	return ""
}

// All unpacks a compressed stream, the first one in r, which has size bytes. format is what [Format] says. What follows
// the stream is left alone: a kernel has its size there.
func All(r io.ReaderAt, size int64, format string) ([]byte, error) {
	return upTo(r, size, format, limitFor(size))
}

// limitFor is how many bytes may come out of size bytes.
func limitFor(size int64) int64 { return min(MaxSize, size*MaxRatio+1<<20) }

// upTo is All with a limit of its own.
func upTo(r io.ReaderAt, size int64, format string, limit int64) ([]byte, error) {
	z, closer, err := open(io.NewSectionReader(r, 0, size), format, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", format, err)
	}
	defer closer()
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(z, limit+1))
	switch {
	case n > limit:
		return nil, fmt.Errorf("%s: %w: more than %d bytes from %d", format, ErrTooLarge, limit, size)
	case format == "zstd" && n > 0 && errors.Is(err, zstd.ErrMagicMismatch): // the end of the frame
	case err != nil:
		return nil, fmt.Errorf("%s: %w", format, err)
	}
	return out.Bytes(), nil
}

// open starts a decoder. No more than limit will be read from it, so no dictionary need be larger.
func open(r io.Reader, format string, limit int64) (z io.Reader, closer func(), err error) {
	closer = func() {}
	switch format {
	case "gzip":
		g, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, err
		}
		g.Multistream(false)
		return g, closer, nil
	case "zstd":
		// Kernels are packed with --ultra -22, whose window is 128 MiB; a small file may ask for 16 MiB.
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20),
			zstd.WithDecoderMaxMemory(max(uint64(limit), 16<<20)), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, nil, err
		}
		return d, d.Close, nil
	case "xz":
		z, err := newXZ(bufio.NewReader(r), limit)
		return z, closer, err
	case "lzma":
		head := make([]byte, lzma.HeaderLen)
		if _, err := io.ReadFull(r, head); err != nil {
			return nil, nil, err
		}
		if dict := binary.LittleEndian.Uint32(head[1:]); int64(dict) > limit {
			binary.LittleEndian.PutUint32(head[1:], uint32(limit))
		}
		z, err := lzma.NewReader(io.MultiReader(bytes.NewReader(head), r))
		return z, closer, err
	case "bzip2":
		return bzip2.NewReader(r), closer, nil
	case "lz4":
		return lz4.NewReader(r), closer, nil
	case "lzo":
		z, err := newLZO(bufio.NewReader(r), limit)
		return z, closer, err
	}
	return nil, nil, fmt.Errorf("this compression is %w", ErrFormat)
}
