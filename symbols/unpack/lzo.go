package unpack

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"io"

	"github.com/anchore/go-lzo"
)

// The library knows the blocks of LZO1X and not the file around them, which is that of lzop: the kernel's build makes
// such (scripts/Makefile.lib:cmd_lzo, 2.6.33 and later) and its boot code reads it (lib/decompress_unlzo.c). Numbers
// are big-endian.

var errLZO = errors.New("damaged")

// Flags of lzop's header.
const (
	lzoAdlerOut    = 0x1   // each block has a checksum of what it unpacks to
	lzoAdlerIn     = 0x2   // and of itself
	lzoExtra       = 0x40  // a field follows the header
	lzoCRCOut      = 0x100 // as above, another sum
	lzoCRCIn       = 0x200 //
	lzoFilter      = 0x800 // a filter was applied before; lzop makes none of these
	maxLZOBlock    = 64 << 20
	lzoWideVersion = 0x940 // of the program: the header has more fields since
)

// lzoReader reads the blocks of one file.
type lzoReader struct {
	r     *bufio.Reader
	limit int64 // of what may come out: no block need be larger
	flags uint32
	block []byte // what is left of the block that was unpacked last
	in    []byte
	out   []byte
	err   error
}

// newLZO reads the header of a file.
func newLZO(r *bufio.Reader, limit int64) (io.Reader, error) {
	z := &lzoReader{r: r, limit: min(limit, maxLZOBlock)}
	if _, err := r.Discard(9); err != nil { // the magic
		return nil, err
	}
	f := fields{r: r}
	version := f.u16()
	f.u16() // of the library
	if version >= lzoWideVersion {
		f.u16() // needed to unpack it
	}
	method := f.u8()
	if version >= lzoWideVersion {
		f.u8() // level
	}
	z.flags = f.u32()
	if z.flags&lzoFilter != 0 {
		return nil, fmt.Errorf("this filter is %w", ErrFormat)
	}
	f.skip(8) // mode, time
	if version >= lzoWideVersion {
		f.skip(4)
	}
	f.skip(int(f.u8())) // name
	f.u32()             // checksum of the header
	if z.flags&lzoExtra != 0 {
		f.skip(int(min(f.u32(), 1<<20)))
		f.u32()
	}
	switch {
	case f.err != nil:
		return nil, f.err
	case method < 1 || method > 3: // LZO1X-1, LZO1X-1(15), LZO1X-999: one format
		return nil, fmt.Errorf("this method is %w", ErrFormat)
	}
	return z, nil
}

// Read implements io.Reader.
func (z *lzoReader) Read(p []byte) (int, error) {
	for len(z.block) == 0 && z.err == nil {
		z.err = z.next()
	}
	if len(z.block) == 0 {
		return 0, z.err
	}
	n := copy(p, z.block)
	z.block = z.block[n:]
	return n, nil
}

// next unpacks a block. The last one is a length of 0, which is io.EOF.
func (z *lzoReader) next() error {
	f := fields{r: z.r}
	size := f.u32()
	if f.err == nil && size == 0 {
		return io.EOF
	}
	packed := f.u32()
	var sum, crc uint32
	if z.flags&lzoAdlerOut != 0 {
		sum = f.u32()
	}
	if z.flags&lzoCRCOut != 0 {
		crc = f.u32()
	}
	if packed < size { // else the block is not packed, and the sums would be the same
		if z.flags&lzoAdlerIn != 0 {
			f.u32()
		}
		if z.flags&lzoCRCIn != 0 {
			f.u32()
		}
	}
	if f.err != nil {
		return noEOF(f.err)
	}
	if int64(size) > z.limit || packed == 0 || packed > size {
		return errLZO
	}
	z.in = grown(z.in, int(packed))
	if _, err := io.ReadFull(z.r, z.in); err != nil {
		return noEOF(err)
	}
	z.block = z.in
	if packed < size {
		z.out = grown(z.out, int(size))
		n, err := unLZO(z.in, z.out)
		if err != nil || n != len(z.out) {
			z.block = nil
			return errLZO
		}
		z.block = z.out
	}
	if z.flags&lzoAdlerOut != 0 && adler32.Checksum(z.block) != sum ||
		z.flags&lzoCRCOut != 0 && crc32.ChecksumIEEE(z.block) != crc {
		z.block = nil
		return errLZO
	}
	return nil
}

// unLZO is the library's decoder, which may not panic on a damaged block.
func unLZO(in, out []byte) (n int, err error) {
	defer func() {
		if recover() != nil {
			err = errLZO
		}
	}()
	return lzo.Decompress(in, out)
}

func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// noEOF is err for a file that ends where it must not.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fields reads numbers until one can't be read.
type fields struct {
	r   *bufio.Reader
	err error
	buf [4]byte
}

func (f *fields) read(n int) []byte {
	if f.err == nil {
		_, f.err = io.ReadFull(f.r, f.buf[:n])
	}
	if f.err != nil {
		clear(f.buf[:])
	}
	return f.buf[:n]
}

func (f *fields) u8() byte    { return f.read(1)[0] }
func (f *fields) u16() uint16 { return binary.BigEndian.Uint16(f.read(2)) }
func (f *fields) u32() uint32 { return binary.BigEndian.Uint32(f.read(4)) }

func (f *fields) skip(n int) {
	if f.err == nil {
		_, f.err = f.r.Discard(n)
	}
}
