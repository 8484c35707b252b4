package netconsole_test

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/nfoops/nfoops/oops/netconsole"
)

// FuzzOrder: whatever becomes of the records of a real panic on their way, as long as all come, the text is the same;
// where some do not come, the crash has no frame that was not sent.
func FuzzOrder(f *testing.F) {
	in := payloads(capture(f, "connlimit-natural-6.12/netconsole-ext.datagrams"))
	whole := string(bytes.Join(in, nil))
	frames := map[string]bool{}
	for _, c := range parse(f, whole) {
		for _, fr := range c.Trace {
			frames[fr.Symbol] = true
		}
	}
	f.Add(uint64(1), uint8(0), uint8(10))
	f.Add(uint64(2), uint8(10), uint8(0))
	f.Add(uint64(3), uint8(60), uint8(60))
	f.Fuzz(func(t *testing.T, seed uint64, lose, double uint8) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		var out [][]byte
		lost := 0
		for _, d := range in {
			if rnd.IntN(256) < int(lose) {
				lost++
				continue
			}
			out = append(out, d)
			for rnd.IntN(256) < int(double) {
				out = append(out, d)
			}
		}
		rnd.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
		text, _ := said(netconsole.Limits{}, out)
		if lost == 0 && text != whole {
			t.Fatal(differs(whole, text))
		}
		for _, c := range parse(t, text) {
			for _, fr := range c.Trace {
				if !frames[fr.Symbol] {
					t.Fatalf("invented %s", fr.Symbol)
				}
			}
		}
	})
}

// FuzzDatagrams: datagrams of any bytes at any time, of several senders, cost no more than they may, and what waits
// comes out in the end. A zero byte ends a datagram, the byte behind it tells sender and time.
func FuzzDatagrams(f *testing.F) {
	f.Add([]byte("4,1,5,-;one\n\x00\x014,3,7,-;three\n\x00\x014,2,6,-,ncfrag=0/9;frag\x00\x114,2,6,-,ncfrag=4/9;ments"))
	f.Add([]byte("[    1.5] basic\n\x00\x00 more\x00\xffCode: 0\x00\xff0 01\n<5> rhel\x00\x03\x04\x01"))
	f.Add([]byte("4,900,5,-;\x00\xf14,1,1,-;\x00\x01" + strings.Repeat("9", 30) + ",1,1,-;"))
	f.Fuzz(func(t *testing.T, b []byte) {
		limits := netconsole.Limits{Sources: 4, Pending: 4096}
		size, most := 0, 0
		c := netconsole.NewCollector(netconsole.Patience{Bytes: 4096}, func(i netconsole.Incident) { size += len(i.Text) })
		r := netconsole.New(limits, func(e netconsole.Event) {
			c.Event(e)
		})
		now := zero
		for len(b) > 0 {
			d, rest, _ := bytes.Cut(b, []byte{0})
			b = rest
			from := gate
			if len(b) > 0 {
				from = netip.AddrPortFrom(gate.Addr(), uint16(b[0]&7))
				now = now.Add(time.Duration(b[0]>>3) * 40 * time.Millisecond)
				b = b[1:]
			}
			r.Datagram(now, from, d)
			r.Tick(now)
			c.Tick(now)
			most = max(most, r.Stats().Pending-len(d)-1024)
		}
		r.Drain(now)
		c.Drain()
		st := r.Stats()
		if st.Pending != 0 || st.Sources > 4 || most > limits.Pending {
			t.Fatalf("%d bytes waited: %+v", most, st)
		}
		if open, left, _ := c.Open(); open != 0 || left != 0 {
			t.Fatalf("%d incidents of %d bytes are left", open, left)
		}
	})
}
