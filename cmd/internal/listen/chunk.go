package listen

import (
	"net/netip"
	"sync"
	"time"
)

// Bounds of what may wait to be worked off by a worker. A chunk is what came at one time, 256 datagrams at most. Where
// there is more, what comes waits in the kernel.
const (
	chunks     = 4096
	chunkBytes = 64 << 20 // of datagrams
)

// chunk is datagrams in the order in which they came.
type chunk struct {
	at   time.Time
	from []netip.AddrPort
	ends []int // of each in data
	data []byte
}

// chunkPool holds chunks for the next batch.
var chunkPool = sync.Pool{New: func() any { return new(chunk) }}

func newChunk() *chunk {
	c := chunkPool.Get().(*chunk)
	c.from, c.ends, c.data = c.from[:0], c.ends[:0], c.data[:0]
	return c
}

// add copies a datagram.
func (c *chunk) add(from netip.AddrPort, b []byte) {
	if len(c.from) == 0 {
		c.at = time.Now()
	}
	c.from = append(c.from, from)
	c.data = append(c.data, b...)
	c.ends = append(c.ends, len(c.data))
}

// each gives the datagrams out.
func (c *chunk) each(do func(from netip.AddrPort, b []byte)) {
	begin := 0
	for i, from := range c.from {
		do(from, c.data[begin:c.ends[i]])
		begin = c.ends[i]
	}
}
