package dwarf

import (
	"bytes"
	"encoding/binary"
)

// cursor reads from a slice. A read beyond the end gives 0 and sets bad; nothing after it is to be believed.
type cursor struct {
	b     []byte
	at    int
	order binary.ByteOrder
	bad   bool
}

func (c *cursor) left() int { return len(c.b) - c.at }

func (c *cursor) take(n uint64) []byte {
	if c.bad || n > uint64(len(c.b)-c.at) {
		c.bad = true
		c.at = len(c.b)
		return nil
	}
	p := c.b[c.at : c.at+int(n)]
	c.at += int(n)
	return p
}

func (c *cursor) u8() uint8 {
	if c.at >= len(c.b) || c.bad {
		c.bad = true
		return 0
	}
	c.at++
	return c.b[c.at-1]
}

func (c *cursor) u16() uint16 {
	if p := c.take(2); p != nil {
		return c.order.Uint16(p)
	}
	return 0
}

func (c *cursor) u24() uint32 {
	p := c.take(3)
	switch {
	case p == nil:
		return 0
	case c.order.Uint16([]byte{1, 0}) == 1:
		return uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16
	}
	return uint32(p[2]) | uint32(p[1])<<8 | uint32(p[0])<<16
}

func (c *cursor) u32() uint32 {
	if p := c.take(4); p != nil {
		return c.order.Uint32(p)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if p := c.take(8); p != nil {
		return c.order.Uint64(p)
	}
	return 0
}

// word reads an unsigned number of 1, 2, 3, 4 or 8 bytes.
func (c *cursor) word(size int) uint64 {
	switch size {
	case 1:
		return uint64(c.u8())
	case 2:
		return uint64(c.u16())
	case 3:
		return uint64(c.u24())
	case 4:
		return uint64(c.u32())
	case 8:
		return c.u64()
	}
	c.bad = true
	return 0
}

func (c *cursor) uleb() uint64 {
	var v uint64
	for shift := uint(0); ; shift += 7 {
		b := c.u8()
		if shift < 64 {
			v |= uint64(b&0x7f) << shift
		}
		if b&0x80 == 0 || c.bad {
			return v
		}
	}
}

func (c *cursor) sleb() int64 {
	var v int64
	for shift := uint(0); ; {
		b := c.u8()
		if shift < 64 {
			v |= int64(b&0x7f) << shift
		}
		shift += 7
		if b&0x80 == 0 || c.bad {
			if b&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			return v
		}
	}
}

// text reads up to a zero byte. The result points into the slice.
func (c *cursor) text() []byte {
	n := bytes.IndexByte(c.b[c.at:], 0)
	if n < 0 || c.bad {
		c.bad = true
		c.at = len(c.b)
		return nil
	}
	p := c.b[c.at : c.at+n]
	c.at += n + 1
	return p
}

// length reads an initial length; offset is the size of section offsets in what follows.
func (c *cursor) length() (n uint64, offset int) {
	if n := c.u32(); n != 0xffffffff {
		if n >= 0xfffffff0 {
			c.bad = true
		}
		return uint64(n), 4
	}
	return c.u64(), 8
}
