package netconsole

import (
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const canShare = true

// share lets several sockets have one address.
func share(_, _ string, c syscall.RawConn) error {
	var err error
	if controlErr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}); controlErr != nil {
		return controlErr
	}
	return err
}

// growBuffer asks for a larger receive buffer: beyond net.core.rmem_max where we are root, else up to it.
func growBuffer(conn *net.UDPConn, size int) {
	c, err := conn.SyscallConn()
	if err != nil {
		return
	}
	_ = c.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) != nil {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, size)
		}
	})
}

// dropped reads SK_MEMINFO_DROPS (include/uapi/linux/sock_diag.h, since 4.12).
func dropped(conn *net.UDPConn) uint64 {
	const drops = 8
	c, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	var info [drops + 1]uint32
	_ = c.Control(func(fd uintptr) {
		size := uint32(unsafe.Sizeof(info))
		_, _, _ = unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	})
	return uint64(info[drops])
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

// batch is the memory that recvmmsg fills.
type batch struct {
	headers []mmsghdr
	vectors []unix.Iovec
	names   []unix.RawSockaddrInet6 // large enough for both families
	data    []byte
}

func newBatch() batch {
	b := batch{
		headers: make([]mmsghdr, batchSize), vectors: make([]unix.Iovec, batchSize),
		names: make([]unix.RawSockaddrInet6, batchSize), data: make([]byte, batchSize*maxDatagram),
	}
	for i := range b.headers {
		b.vectors[i].Base = &b.data[i*maxDatagram]
		b.vectors[i].SetLen(maxDatagram)
		h := &b.headers[i].header
		h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		h.Iov = &b.vectors[i]
		h.SetIovlen(1)
	}
	return b
}

func (b *batch) receive(conn *net.UDPConn, take func(netip.AddrPort, []byte)) (int, error) {
	c, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	for i := range b.headers {
		b.headers[i].header.Namelen = uint32(unsafe.Sizeof(b.names[i]))
	}
	n := 0
	var failed error
	err = c.Read(func(fd uintptr) bool {
		for {
			r, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.headers[0])),
				uintptr(len(b.headers)), unix.MSG_DONTWAIT, 0, 0)
			switch errno {
			case 0:
				n = int(r)
				return true
			case unix.EINTR:
				continue
			case unix.EAGAIN:
				return false // wait until there is something
			default:
				failed = errno
				return true
			}
		}
	})
	if err == nil {
		err = failed
	}
	for i := range n {
		size := min(int(b.headers[i].length), maxDatagram)
		take(sender(&b.names[i]), b.data[i*maxDatagram:i*maxDatagram+size])
	}
	return n, err
}

// sender reads what the kernel wrote; an IPv4 address is one, also where the socket is of IPv6.
func sender(name *unix.RawSockaddrInet6) netip.AddrPort {
	if name.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), networkOrder(v4.Port))
	}
	addr := netip.AddrFrom16(name.Addr).Unmap()
	if name.Scope_id != 0 && addr.IsLinkLocalUnicast() {
		addr = addr.WithZone(strconv.FormatUint(uint64(name.Scope_id), 10))
	}
	return netip.AddrPortFrom(addr, networkOrder(name.Port))
}

func networkOrder(port uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&port))
	return uint16(b[0])<<8 | uint16(b[1])
}
