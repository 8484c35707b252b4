// Package netconsole puts the datagrams of netconsole together to what the kernel printed.
//
// Receiver is a state machine: the datagrams and the time are arguments, what the hosts say comes out as text that
// oops.Parser reads. Collector finds the crashes in it while it comes. Neither has a socket, a clock or a goroutine;
// Open, in socket.go, is the thin loop that has the socket.
//
// What is understood (Documentation/networking/netconsole.rst, drivers/net/netconsole.c):
//   - basic netconsole, 2.6.9 to today: console text, broken blindly every 1000 bytes or wherever printk was called;
//   - extended netconsole, since 4.4: one record a datagram, in fragments where it is longer, with a sequence number;
//   - netlog of RHEL 2.1 to 4: a binary header with the offset in the log, and its syslog lines "<5> text".
//
// Records and netlog come out in order, once each. What is missing when the time has run out is said by a line that
// frame.Loss makes; a gap in the sequence numbers is no loss by itself, as the kernel does not send what is below the
// console's log level, and those are kept for the reader of the text.
package netconsole

import (
	"net/netip"
	"time"
)

// Limits bound what a Receiver keeps. The zero value of a field means its default.
type Limits struct {
	// Sources is how many senders are remembered at a time; the one that was silent for longest is forgotten for a new
	// one. Default 16384. A sender costs up to 8 KiB while it is quiet.
	Sources int
	// Wait is how long a record waits for those before it. Default 500 ms.
	Wait time.Duration
	// Pending is how many bytes may wait in all senders together before they are given out as they are. Default 64 MiB.
	Pending int
}

func (l Limits) orDefault() Limits {
	if l.Sources <= 0 {
		l.Sources = 16384
	}
	if l.Wait <= 0 {
		l.Wait = 500 * time.Millisecond
	}
	if l.Pending <= 0 {
		l.Pending = 64 << 20
	}
	return l
}

// Event is the next thing that a sender said, or that became of it.
type Event struct {
	Source netip.AddrPort
	At     time.Time // when the datagram came
	Reboot bool      // the sender has started anew; Text is the first that it says
	Gone   bool      // the sender is forgotten: nothing more comes of it, and there is no Text
	// Text is whole lines, or a piece of one where the sender breaks lines. It is valid during the call.
	Text []byte
}

// Stats counts what a Receiver has seen since it was made.
type Stats struct {
	Datagrams  uint64
	Bytes      uint64
	Records    uint64 // extended records that came out
	Duplicates uint64 // datagrams that had come before
	Late       uint64 // records that came when their place had been given up; they are left out of the text
	Lost       uint64 // messages that the network lost, as far as the sender numbers what it sends (msgid=)
	Torn       uint64 // records of which fragments were lost
	Malformed  uint64 // datagrams that look like records but contradict themselves; they pass as text
	Forced     uint64 // records that were given out before their time for want of room
	Reboots    uint64
	Sources    int    // senders remembered now
	Forgotten  uint64 // senders that made room for new ones
	Pending    int    // bytes that wait now
}
