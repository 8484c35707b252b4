package unpack

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"math/bits"

	"github.com/ulikunitz/xz/lzma"
)

// The library knows LZMA2 and not the filters before it. A kernel image is packed with one that turns the relative
// targets of calls into absolute ones (scripts/xz_wrap.sh, 2.6.38 and later: --x86 and others), and has its size behind
// the stream. So the container is read here. Its format is that of https://tukaani.org/xz/xz-file-format.txt.

var errXZ = errors.New("damaged")

// Filters of the format.
const (
	filterX86   = 0x04
	filterLZMA2 = 0x21
)

// xzReader reads the blocks of one stream.
type xzReader struct {
	r     *bufio.Reader
	limit int64 // of what may come out: no dictionary need be larger
	check int   // bytes of a block's checksum
	sum   hash.Hash
	count *counting // bytes of the block that were read
	block io.Reader
	err   error
}

// newXZ reads the header of a stream.
func newXZ(r *bufio.Reader, limit int64) (*xzReader, error) {
	x := &xzReader{r: r, limit: limit}
	head := make([]byte, 12)
	if _, err := io.ReadFull(x.r, head); err != nil {
		return nil, err
	}
	if string(head[:6]) != "\xfd7zXZ\x00" || crc32.ChecksumIEEE(head[6:8]) != binary.LittleEndian.Uint32(head[8:]) {
		return nil, errXZ
	}
	switch head[7] {
	case 0:
	case 1:
		x.check, x.sum = 4, crc32.NewIEEE()
	case 4:
		x.check, x.sum = 8, crc64.New(crc64.MakeTable(crc64.ECMA))
	case 10:
		x.check = 32 // SHA-256: not compared
	default:
		return nil, fmt.Errorf("this checksum is %w", ErrFormat)
	}
	return x, nil
}

func (x *xzReader) Read(p []byte) (int, error) {
	for x.err == nil {
		if x.block == nil {
			if x.err = x.next(); x.err != nil {
				break
			}
		}
		n, err := x.block.Read(p)
		if x.sum != nil {
			x.sum.Write(p[:n])
		}
		switch {
		case err == io.EOF:
			x.err = x.finish()
		case err != nil:
			x.err = err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, x.err
}

// next starts a block. The index behind the last one is the end.
func (x *xzReader) next() error {
	first, err := x.r.Peek(1)
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	if first[0] == 0 {
		return io.EOF
	}
	head := make([]byte, (int(first[0])+1)*4)
	if _, err := io.ReadFull(x.r, head); err != nil {
		return io.ErrUnexpectedEOF
	}
	end := len(head) - 4
	if crc32.ChecksumIEEE(head[:end]) != binary.LittleEndian.Uint32(head[end:]) {
		return errXZ
	}
	filters, err := blockFilters(head)
	if err != nil {
		return err
	}
	last := len(filters) - 1
	if last > 1 || last == 1 && filters[0].id != filterX86 || filters[last].id != filterLZMA2 {
		return fmt.Errorf("a filter of xz is %w (id %#x)", ErrFormat, filters[0].id)
	}
	x.count = &counting{r: x.r}
	dict := max(lzma.MinDictCap, int(min(filters[last].dict, x.limit)))
	z, err := lzma.Reader2Config{DictCap: dict}.NewReader2(x.count)
	if err != nil {
		return err
	}
	if x.block = z; last == 1 {
		x.block = &calls{r: z}
	}
	return nil
}

// finish reads what follows a block: padding to four bytes and the checksum.
func (x *xzReader) finish() error {
	tail := make([]byte, int(-x.count.n&3)+x.check)
	if _, err := io.ReadFull(x.r, tail); err != nil {
		return io.ErrUnexpectedEOF
	}
	want := tail[len(tail)-x.check:]
	var good bool
	switch x.check {
	case 4:
		good = crc32Of(x.sum) == binary.LittleEndian.Uint32(want)
	case 8:
		good = crc64Of(x.sum) == binary.LittleEndian.Uint64(want)
	default:
		good = true
	}
	if !good {
		return fmt.Errorf("%w: the checksum differs", errXZ)
	}
	if x.sum != nil {
		x.sum.Reset()
	}
	x.block = nil
	return nil
}

func crc32Of(h hash.Hash) uint32 { return binary.BigEndian.Uint32(h.Sum(nil)) }
func crc64Of(h hash.Hash) uint64 { return binary.BigEndian.Uint64(h.Sum(nil)) }

// skipXZIndex reads past the list of blocks and the footer that end a stream.
func skipXZIndex(r *bufio.Reader) error {
	c := &counting{r: r}
	_, _ = c.ReadByte() // the zero that told the index from a block was peeked
	records, err := binary.ReadUvarint(c)
	for n := uint64(0); err == nil && n < 2*records; n++ {
		_, err = binary.ReadUvarint(c)
	}
	const tail = 4 + 12 // the checksum of the index, the footer
	if err == nil {
		_, err = io.CopyN(io.Discard, c, -c.n&3+tail)
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// counting counts the bytes that were read. It gives single bytes too, so that nothing reads ahead.
type counting struct {
	r *bufio.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// ReadByte implements io.ByteReader.
func (c *counting) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

type filter struct {
	id   uint64
	dict int64 // of LZMA2
}

// blockFilters reads the list of filters of a block header.
func blockFilters(b []byte) (filters []filter, err error) {
	flags := b[1]
	r := bytes.NewReader(b[2 : len(b)-4])
	number := func() uint64 {
		v, e := binary.ReadUvarint(r)
		if e != nil {
			err = errXZ
		}
		return v
	}
	if flags&0x40 != 0 {
		number() // compressed size
	}
	if flags&0x80 != 0 {
		number() // uncompressed size
	}
	for range int(flags&3) + 1 {
		f := filter{id: number()}
		n := number()
		if err != nil || n > uint64(r.Len()) {
			return nil, errXZ
		}
		props := make([]byte, n)
		if _, err := io.ReadFull(r, props); err != nil {
			return nil, errXZ
		}
		if f.id == filterLZMA2 {
			if n != 1 || props[0] > 40 {
				return nil, errXZ
			}
			f.dict = int64(2|props[0]&1) << (props[0]/2 + 11)
		}
		filters = append(filters, f)
	}
	return filters, err
}

// calls undoes the x86 filter: the four bytes after e8 and e9 become relative again, if the top one is 00 or ff and the
// opcodes within the four bytes before leave no doubt that this is a call. The rules are those of the filter's own
// definition in liblzma, which is in the public domain.
type calls struct {
	r    io.Reader
	buf  []byte // what was read; done bytes of it are final
	done int
	at   uint32 // position of buf[0] in the stream
	last uint32 // position of the last opcode, plus 5
	// mask has a bit for each of the opcodes just before: bit 0 the nearest. Bits 4 and up tell which of them had a top
	// byte of 00 or ff.
	mask uint32
	eof  error
}

func (c *calls) Read(p []byte) (int, error) {
	for c.done == 0 {
		if c.eof != nil {
			if len(c.buf) == 0 {
				return 0, c.eof
			}
			c.done = len(c.buf) // the last four bytes can't be a call
			break
		}
		const chunk = 64 << 10
		buf := make([]byte, len(c.buf)+chunk)
		old := copy(buf, c.buf)
		n, err := c.r.Read(buf[old:])
		c.buf, c.eof = buf[:old+n], err
		c.done = c.filter()
	}
	n := copy(p, c.buf[:c.done])
	c.buf = c.buf[n:]
	c.done -= n
	c.at += uint32(n)
	return n, nil
}

// filter changes the buffer as far as it can and returns how many bytes are final.
func (c *calls) filter() int {
	b := c.buf
	i := 0
	for i+5 <= len(b) {
		if b[i]&0xfe != 0xe8 {
			i++
			continue
		}
		here := c.at + uint32(i)
		distance := here + 5 - c.last
		c.last = here + 5
		if distance > 5 {
			c.mask = 0
		}
		for ; distance > 0 && c.mask != 0; distance-- {
			c.mask = c.mask & 0x77 << 1
		}
		top := b[i+4]
		if !edge(top) || c.mask>>1 >= 0x10 || !certain(c.mask>>1&7) {
			i++
			c.mask |= 1
			if edge(top) {
				c.mask |= 0x10
			}
			continue
		}
		v := binary.LittleEndian.Uint32(b[i+1:])
		for {
			v -= here + 5
			if c.mask == 0 {
				break
			}
			n := 8 * farthest(c.mask>>1)
			if !edge(byte(v >> (24 - n))) {
				break
			}
			v ^= 1<<(32-n) - 1
		}
		// The top byte is the sign: bit 24.
		v &= 1<<25 - 1
		if v&(1<<24) != 0 {
			v |= 0xff << 24
		}
		binary.LittleEndian.PutUint32(b[i+1:], v)
		i += 5
		c.mask = 0
	}
	return i
}

func edge(b byte) bool { return b == 0 || b == 0xff }

// certain reports whether at most one of the three opcodes before is there.
func certain(mask uint32) bool { return mask&(mask-1) == 0 }

// farthest is the number of the highest bit of a mask, counted from 1; 0 if it's empty.
func farthest(mask uint32) uint32 { return min(3, uint32(bits.Len32(mask))) }
