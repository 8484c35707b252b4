package listen

import (
	"context"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/nfoops/nfoops/oops/netconsole"
)

func defaultWorkers() int { return min(runtime.NumCPU(), 4) }

// worker is one socket and what becomes of its datagrams.
type worker struct {
	socket    *netconsole.Socket
	allow     []netip.Prefix
	receiver  *netconsole.Receiver
	collector *netconsole.Collector
	refused   uint64
	now       time.Time
	queued    atomic.Int64 // bytes that wait to be worked off
	seen      atomic.Pointer[seen]
}

// seen is what a worker tells of itself, for the metrics.
type seen struct {
	netconsole.Stats
	refused, dropped uint64
	open             int
	openBytes        int
	hurried          uint64
}

func newWorker(s *netconsole.Socket, c *Config, l netconsole.Limits, p *pipeline) *worker {
	w := &worker{socket: s, allow: c.Allow}
	w.collector = netconsole.NewCollector(c.Patience, p.incident)
	w.receiver = netconsole.New(l, func(e netconsole.Event) {
		p.hosts.add(e.Source.Addr(), e.Text)
		w.collector.Event(e)
	})
	w.seen.Store(&seen{})
	return w
}

// run receives until ctx ends, then takes what is still in the socket, and returns when all of it is worked off.
func (w *worker) run(ctx context.Context) error {
	in := make(chan *chunk, chunks)
	failed := make(chan error, 1)
	go func() {
		defer close(in)
		failed <- w.receive(ctx, in)
	}()
	timer := time.NewTicker(tick)
	defer timer.Stop()
	next := time.Now().Add(tick)
	for open := true; open; {
		var c *chunk
		select {
		case c, open = <-in:
		case <-timer.C:
		}
		if c != nil {
			w.now = c.at
			c.each(w.datagram)
			w.queued.Add(-int64(len(c.data)))
			chunkPool.Put(c)
		} else {
			w.now = time.Now()
		}
		if !w.now.Before(next) {
			w.receiver.Tick(w.now)
			w.collector.Tick(w.now)
			w.tell()
			next = w.now.Add(tick)
		}
	}
	w.receiver.Drain(time.Now())
	w.collector.Drain()
	w.tell()
	return <-failed
}

// receive takes datagrams off the socket as fast as they come, so that a burst waits in our memory and not in the
// kernel's, of which an ordinary user gets little.
func (w *worker) receive(ctx context.Context, out chan<- *chunk) error {
	c := newChunk()
	hand := func() {
		if len(c.from) == 0 {
			return
		}
		for w.queued.Load() > chunkBytes {
			time.Sleep(time.Millisecond)
		}
		w.queued.Add(int64(len(c.data)))
		out <- c
		c = newChunk()
	}
	for ctx.Err() == nil {
		_, err := w.socket.Receive(time.Now().Truncate(tick).Add(2*tick), c.add)
		hand()
		if err != nil {
			return err
		}
	}
	// Bounded: somebody may go on sending.
	end := time.Now().Add(time.Second)
	for time.Now().Before(end) {
		n, err := w.socket.Receive(end.Add(-900*time.Millisecond), c.add)
		hand()
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

func (w *worker) datagram(from netip.AddrPort, b []byte) {
	if !allowed(w.allow, from.Addr()) {
		w.refused++
		return
	}
	w.receiver.Datagram(w.now, from, b)
}

func allowed(list []netip.Prefix, addr netip.Addr) bool {
	if len(list) == 0 {
		return true
	}
	addr = addr.WithZone("")
	for _, p := range list {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func (w *worker) tell() {
	s := &seen{Stats: w.receiver.Stats(), refused: w.refused, dropped: w.socket.Dropped()}
	s.open, s.openBytes, s.hurried = w.collector.Open()
	w.seen.Store(s)
}
