package netconsole

import (
	"bytes"
	"encoding/binary"
	"math"
)

// form is how a datagram is laid out.
type form uint8

const (
	basic    form = iota // console text, or a piece of it
	syslog               // "<5> text\n", a whole line: RHEL 2.1 to 4, port 514
	extended             // "6,416,1758426,-,caller=T1;text\n key=value\n"
	netlog               // 13 bytes of header, console text: RHEL 2.1 to 4, port 6666
)

// datagram is one, taken apart. Its slices point into what was received.
type datagram struct {
	form form
	// start and end are its place in the sender's order: the sequence number and the one after it, or the offsets in
	// the log of the first byte and of the one after the last.
	start, end uint64
	usec       int64  // time since boot in microseconds; -1 where the form has none
	head       []byte // what stands before the ';' of a record, without ncfrag=
	body       []byte // what stands behind it, or the text
	off, total int    // of a fragment: place of body in the whole, in bytes; total 0 for a whole record
}

// Bounds of the extended form.
const (
	maxHead = 512      // bytes before the ';': release, numbers, caller
	maxBody = 64 << 10 // bytes of text and user data (16 to 256 entries of 256 bytes, and the text of 2 KiB)
)

// netlogHead is the length in bytes of netlog's header: version, number, code, offset (netconsole.h of RHEL 2.1 to 4).
const (
	netlogHead = 13
	replyLog   = 2 // the code of console text
)

// takeApart reads a datagram. malformed says that it looks like a record but contradicts itself; it is text then.
func takeApart(b []byte) (d datagram, malformed bool) {
	d = datagram{form: basic, usec: -1, body: b}
	if len(b) == 0 {
		return d, false
	}
	switch c := b[0]; {
	case c >= '0' && c <= '9':
		if d.record(b) {
			if d.total < 0 || d.total > 0 && (len(d.body) == 0 || d.off+len(d.body) > d.total) {
				return datagram{form: basic, usec: -1, body: b}, true
			}
			return d, false
		}
	case c == '<' && len(b) > 4 && b[1] >= '0' && b[1] <= '7' && b[2] == '>' && b[3] == ' ':
		d.form = syslog
	case (c == 3 || c == 4) && len(b) > netlogHead && binary.BigEndian.Uint32(b[5:]) == replyLog:
		d.form = netlog
		d.body = b[netlogHead:]
		d.start = uint64(binary.BigEndian.Uint32(b[9:]))
		d.end = d.start + uint64(len(d.body))
	}
	return d, false
}

// record reads the header of an extended record; it changes nothing of d but its fields, and says whether it is one.
// The rest of what can stand in a header is left to frame, which reads the line that is made of it.
func (d *datagram) record(b []byte) bool {
	end := bytes.IndexByte(b[:min(len(b), maxHead)], ';')
	if end < 0 {
		return false
	}
	head := b[:end]
	rest := head
	field := func() []byte {
		f, after, more := bytes.Cut(rest, []byte{','})
		if !more {
			after = nil
		}
		rest = after
		return f
	}
	level := field()
	if bytes.IndexByte(level, '.') > 0 { // the release, which the option 'r' puts first
		level = field()
	}
	if _, ok := decimal(level); !ok {
		return false
	}
	seq, ok := decimal(field())
	if !ok || seq == math.MaxUint64 {
		return false
	}
	usec, ok := decimal(field())
	if !ok || usec > math.MaxInt64/2 {
		return false
	}
	if flag := field(); len(flag) != 1 || flag[0] != '-' && flag[0] != 'c' && flag[0] != '+' {
		return false
	}
	d.form, d.start, d.end, d.usec = extended, seq, seq+1, int64(usec)
	d.head, d.body = head, b[end+1:]
	for len(rest) > 0 {
		from := len(head) - len(rest)
		kv := field()
		v, isFragment := bytes.CutPrefix(kv, []byte("ncfrag="))
		if !isFragment {
			continue
		}
		a, z, _ := bytes.Cut(v, []byte{'/'})
		off, ok1 := decimal(a)
		total, ok2 := decimal(z)
		if !ok1 || !ok2 || off > maxBody || total == 0 || total > maxBody {
			d.total = -1
			return true
		}
		d.off, d.total = int(off), int(total)
		d.head = append(bytes.TrimSuffix(head[:from:from], []byte{','}), head[from+len(kv):]...)
		return true
	}
	return true
}

// decimal reads a number of 1 to 19 digits.
func decimal(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
