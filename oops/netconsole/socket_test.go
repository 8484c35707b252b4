package netconsole_test

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/nfoops/nfoops/oops/netconsole"
)

// TestSocket: datagrams of both families arrive once each, whole, with their sender; each sender stays with one socket.
func TestSocket(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		sockets, err := netconsole.Open(t.Context(), address, 3)
		if err != nil {
			if address == "[::1]:0" {
				t.Logf("no IPv6 here: %v", err)
				continue
			}
			t.Fatal(err)
		}
		host := "127.0.0.1"
		if address == "[::1]:0" {
			host = "::1"
		}
		const senders, each = 16, 20
		for range senders {
			c, err := net.Dial("udp", netip.AddrPortFrom(netip.MustParseAddr(host), sockets[0].Addr().Port()).String())
			if err != nil {
				t.Fatal(err)
			}
			for i := range each {
				fmt.Fprintf(c, "datagram %d of %s", i, c.LocalAddr())
			}
			c.Close()
		}
		got := map[netip.AddrPort]int{}
		at := map[netip.AddrPort]int{}
		for i, s := range sockets {
			for {
				n, err := s.Receive(time.Now().Add(100*time.Millisecond), func(from netip.AddrPort, b []byte) {
					if want := fmt.Sprintf("datagram %d of %s", got[from], from); string(b) != want {
						t.Errorf("%s: got %q, want %q", from, b, want)
					}
					if seen, there := at[from]; there && seen != i {
						t.Errorf("%s: at two sockets", from)
					}
					got[from]++
					at[from] = i
				})
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					break
				}
			}
			if s.Dropped() != 0 {
				t.Errorf("%d dropped", s.Dropped())
			}
			s.Close()
			if _, err := s.Receive(time.Now().Add(time.Second), nil); err == nil {
				t.Error("a closed socket receives")
			}
		}
		if len(got) != senders {
			t.Errorf("%s: %d senders", address, len(got))
		}
	}
}
