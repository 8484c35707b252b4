package listen

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// BenchmarkDatagram is what becomes of a record of an ordinary line: it is put in order, kept in the file of its host
// (in memory here), and looked at for a crash.
func BenchmarkDatagram(b *testing.B) {
	c := Config{Dir: b.TempDir(), Say: b.Logf}
	p, err := newPipeline(c)
	if err != nil {
		b.Fatal(err)
	}
	w := newWorker(nil, &c, share(c.Limits, 1), p)
	w.now = time.Now()
	const senders = 64
	var from [senders]netip.AddrPort
	var seq [senders]int
	for i := range from {
		from[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 1, 0, byte(i)}), 6665)
	}
	var buf []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s := i / 8 % senders
		seq[s]++
		buf = fmt.Appendf(buf[:0], "6,%d,%d,-;usb 1-1: new high-speed USB device number 7 using xhci_hcd, and some words more\n", seq[s], seq[s]*10)
		w.datagram(from[s], buf)
		if i%10000 == 0 {
			clear(p.hosts.pending)
			p.hosts.size = 0
		}
	}
}
