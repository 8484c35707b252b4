package netconsole

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"
)

// Socket receives datagrams of UDP, IPv4 and IPv6. One goroutine may use it.
type Socket struct {
	conn     *net.UDPConn
	deadline time.Time // that conn has now
	batch    batch
}

const (
	// maxDatagram is what is taken of a datagram, in bytes: netconsole sends 1000, netlog up to 1460 and a header.
	maxDatagram = 4096
	// batchSize is how many datagrams are taken at a time.
	batchSize = 256
	// receiveBuffer is what the kernel may keep until they are taken, in bytes, as far as it lets us.
	receiveBuffer = 16 << 20
)

// Open opens n sockets on one address ("[host]:port"; an empty host is every address of this machine), between which
// the kernel shares out the senders, each always to the same one. Where the platform can't do that there is one socket.
func Open(ctx context.Context, address string, n int) ([]*Socket, error) {
	if !canShare {
		n = 1
	}
	var sockets []*Socket
	for range max(n, 1) {
		config := net.ListenConfig{}
		if n > 1 {
			config.Control = share
		}
		conn, err := config.ListenPacket(ctx, "udp", address)
		if err != nil {
			for _, s := range sockets {
				_ = s.Close()
			}
			return nil, err
		}
		udp := conn.(*net.UDPConn) // of network "udp"
		growBuffer(udp, receiveBuffer)
		sockets = append(sockets, &Socket{conn: udp, batch: newBatch()})
		address = udp.LocalAddr().String() // the port that was chosen, if it was 0
	}
	return sockets, nil
}

// Addr is the address that the socket listens on.
func (s *Socket) Addr() netip.AddrPort { return s.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Close ends a Receive that waits.
func (s *Socket) Close() error { return s.conn.Close() }

// Receive waits for datagrams until the deadline, hands those that are there to take, which must not keep b, and says
// how many there were. Reaching the deadline is no error.
func (s *Socket) Receive(deadline time.Time, take func(from netip.AddrPort, b []byte)) (int, error) {
	if !deadline.Equal(s.deadline) {
		if err := s.conn.SetReadDeadline(deadline); err != nil {
			return 0, err
		}
		s.deadline = deadline
	}
	n, err := s.batch.receive(s.conn, take)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}

// Dropped is how many datagrams the kernel had no room for since the socket was opened; 0 where it can't be told.
func (s *Socket) Dropped() uint64 { return dropped(s.conn) }
