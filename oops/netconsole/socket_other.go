//go:build !linux

package netconsole

import (
	"net"
	"net/netip"
	"syscall"
)

const canShare = false

func share(_, _ string, _ syscall.RawConn) error { return nil }

func growBuffer(conn *net.UDPConn, size int) { _ = conn.SetReadBuffer(size) }

func dropped(*net.UDPConn) uint64 { return 0 }

// batch takes one datagram at a time.
type batch struct{ data []byte }

func newBatch() batch { return batch{make([]byte, maxDatagram)} }

func (b *batch) receive(conn *net.UDPConn, take func(netip.AddrPort, []byte)) (int, error) {
	n, from, err := conn.ReadFromUDPAddrPort(b.data)
	if err != nil {
		return 0, err
	}
	take(netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), b.data[:n])
	return 1, nil
}
