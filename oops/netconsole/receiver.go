package netconsole

import (
	"bytes"
	"container/list"
	"fmt"
	"hash/maphash"
	"net/netip"
	"time"

	"github.com/nfoops/nfoops/oops/frame"
)

// Receiver puts the datagrams of many senders in order. It is not safe for use by several goroutines: give each of
// them one of its own, and each sender always to the same one.
type Receiver struct {
	limits  Limits
	emit    func(Event)
	sources map[netip.AddrPort]*list.Element
	silent  *list.List           // of *source, the one heard last in front
	waiting map[*source]struct{} // those in which records wait
	stats   Stats
	seed    maphash.Seed
	text    []byte // of the event at hand
}

// source is one sender.
type source struct {
	addr    netip.AddrPort
	order   order
	open    bool     // its last line has no end yet
	recent  []uint64 // hashes of the last datagrams that a printk time makes unlike all others
	at      int      // where the next one goes
	msgid   uint32   // of the record that came out last
	counted bool     // msgid is known
}

// recentBasic is how many datagrams of basic netconsole are remembered so that their duplicates are known.
const recentBasic = 32

// New makes a Receiver that hands what the senders say to emit, in the order in which they said it.
func New(l Limits, emit func(Event)) *Receiver {
	return &Receiver{
		limits: l.orDefault(), emit: emit, seed: maphash.MakeSeed(),
		sources: map[netip.AddrPort]*list.Element{}, silent: list.New(), waiting: map[*source]struct{}{},
	}
}

// Datagram takes one in that came now. b is not kept.
func (r *Receiver) Datagram(now time.Time, from netip.AddrPort, b []byte) {
	r.stats.Datagrams++
	r.stats.Bytes += uint64(len(b))
	s := r.source(now, from)
	d, malformed := takeApart(b)
	if malformed {
		r.stats.Malformed++
	}
	switch d.form {
	case extended, netlog:
		r.ordered(now, s, &d)
	default:
		r.plain(now, s, &d)
	}
}

// source finds a sender or makes room for a new one.
func (r *Receiver) source(now time.Time, from netip.AddrPort) *source {
	if e, known := r.sources[from]; known {
		r.silent.MoveToFront(e)
		return e.Value.(*source)
	}
	if len(r.sources) >= r.limits.Sources {
		oldest := r.silent.Back()
		s := oldest.Value.(*source)
		r.flush(now, s)
		r.emit(Event{Source: s.addr, At: now, Gone: true})
		r.silent.Remove(oldest)
		delete(r.sources, s.addr)
		r.stats.Forgotten++
	}
	s := &source{addr: from, order: order{usec: -1}}
	r.sources[from] = r.silent.PushFront(s)
	return s
}

// ordered takes in what has a place in the sender's order.
func (r *Receiver) ordered(now time.Time, s *source, d *datagram) {
	if s.order.passes(d) {
		whole := record{start: d.start, end: d.end, usec: d.usec, form: d.form, head: d.head, body: d.body}
		r.give(now, s, &whole, 0)
		return
	}
	was, astray := s.order.bytes, len(s.order.restart)
	switch s.order.put(d, now) {
	case duplicate:
		r.stats.Duplicates++
		return
	case late:
		r.stats.Late++
		return
	}
	if len(s.order.restart) > astray {
		r.restart(now, s)
	} else {
		next := s.order.next
		r.release(now, s, 0)
		if s.order.next != next && len(s.order.restart) > 0 {
			r.stats.Late += uint64(s.order.stay())
		}
	}
	for s.order.full() {
		r.stats.Forced++
		r.release(now, s, 1)
	}
	r.account(s, was)
	if r.stats.Pending > r.limits.Pending {
		r.makeRoom(now)
	}
}

// account keeps the sum of what waits after something has changed in s, in which bytes waited before.
func (r *Receiver) account(s *source, before int) {
	r.stats.Pending += s.order.bytes - before
	if s.order.bytes > 0 {
		r.waiting[s] = struct{}{}
	} else {
		delete(r.waiting, s)
	}
}

// makeRoom gives out what waits in all senders.
func (r *Receiver) makeRoom(now time.Time) {
	for s := range r.waiting {
		r.stats.Forced += uint64(len(s.order.waiting))
		r.flush(now, s)
	}
}

// flush gives out all that waits in s.
func (r *Receiver) flush(now time.Time, s *source) {
	was := s.order.bytes
	r.release(now, s, len(s.order.waiting))
	if len(s.order.restart) > 0 {
		r.begin(now, s)
		r.release(now, s, len(s.order.waiting))
	}
	r.account(s, was)
}

// restart begins a new order if what went astray is a new boot.
func (r *Receiver) restart(now time.Time, s *source) {
	if !s.order.rebooted(now, r.limits.Wait) {
		return
	}
	r.release(now, s, len(s.order.waiting))
	r.begin(now, s)
}

func (r *Receiver) begin(now time.Time, s *source) {
	r.stats.Reboots++
	s.order.restartNow()
	s.counted = false
	r.text = r.text[:0]
	if s.open {
		r.text = append(r.text, '\n')
		s.open = false
	}
	r.emit(Event{Source: s.addr, At: now, Reboot: true, Text: r.text})
}

// release gives out the records of s whose turn has come, and the first n in any case.
func (r *Receiver) release(now time.Time, s *source, n int) {
	s.order.release(n, func(rec *record, lost uint64) { r.give(now, s, rec, lost) })
}

// give hands out one record, with what is known to be lost before it.
func (r *Receiver) give(now time.Time, s *source, rec *record, lost uint64) {
	r.text = r.text[:0]
	if s.open && (rec.form == extended || lost > 0) {
		r.text = append(r.text, '\n')
		s.open = false
	}
	if rec.form == netlog {
		if lost > 0 {
			r.stats.Lost++
			r.text = append(r.text, frame.Loss(fmt.Sprintf("%d bytes of the log", lost))...)
		}
		r.text = append(r.text, rec.body...)
		s.open = rec.body[len(rec.body)-1] != '\n'
		r.emit(Event{Source: s.addr, At: now, Text: r.text})
		return
	}
	r.stats.Records++
	text, meta, lostFrom, torn := rec.parts()
	if meta.counted {
		if gap := meta.msgid - s.msgid - 1; s.counted && gap > 0 && gap < 1<<31 {
			r.stats.Lost += uint64(gap)
			r.text = append(r.text, frame.Loss(plural(uint64(gap), "message"))...)
		}
		s.msgid, s.counted = meta.msgid, true
	} else if torn {
		s.msgid++ // its own was in what is missing
	}
	r.text = appendLine(r.text, rec.head, text, &meta)
	if torn {
		r.stats.Torn++
		r.text = append(r.text, frame.Loss(fmt.Sprintf("message %d from byte %d on", rec.start, lostFrom))...)
	}
	r.emit(Event{Source: s.addr, At: now, Text: r.text})
}

func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// plain passes console text on as it came. Where the lines have a time, a datagram that came before is left out.
func (r *Receiver) plain(now time.Time, s *source, d *datagram) {
	if len(d.body) == 0 {
		return
	}
	if stamped(d.body) && r.before(s, d.body) {
		r.stats.Duplicates++
		return
	}
	r.text = r.text[:0]
	if d.form == syslog && s.open {
		r.text = append(r.text, '\n')
	}
	r.text = append(r.text, d.body...)
	s.open = d.body[len(d.body)-1] != '\n'
	if d.form == syslog && s.open {
		r.text = append(r.text, '\n')
		s.open = false
	}
	r.emit(Event{Source: s.addr, At: now, Text: r.text})
}

// before says whether the same datagram came not long ago, and remembers it.
func (r *Receiver) before(s *source, b []byte) bool {
	sum := maphash.Bytes(r.seed, b)
	for _, h := range s.recent {
		if h == sum {
			return true
		}
	}
	if len(s.recent) < recentBasic {
		s.recent = append(s.recent, sum)
	} else {
		s.recent[s.at] = sum
		s.at = (s.at + 1) % recentBasic
	}
	return false
}

// stamped says that b is whole lines of which the first has a printk time that no other line of this boot has:
// "[    3.252802] ". Before the clock runs all have the same, 0.
func stamped(b []byte) bool {
	if b[0] != '[' || b[len(b)-1] != '\n' {
		return false
	}
	end := bytes.IndexByte(b[:min(len(b), 24)], ']')
	if end < 0 || bytes.IndexByte(b[:end], '.') < 0 {
		return false
	}
	zero := true
	for _, c := range b[1:end] {
		switch {
		case c >= '1' && c <= '9':
			zero = false
		case c != '0' && c != ' ' && c != '.':
			return false
		}
	}
	return !zero
}

// Tick gives out what has waited for its time. Call it often compared to Limits.Wait while Pending is not 0.
func (r *Receiver) Tick(now time.Time) {
	for s := range r.waiting {
		was := s.order.bytes
		if n := s.order.due(now, r.limits.Wait); n > 0 {
			r.release(now, s, n)
		}
		if len(s.order.restart) > 0 {
			r.restart(now, s)
		}
		r.account(s, was)
	}
}

// Drain gives out all that waits, as at the end of the input.
func (r *Receiver) Drain(now time.Time) {
	for s := range r.waiting {
		r.flush(now, s)
	}
}

// Stats says what has been seen so far.
func (r *Receiver) Stats() Stats {
	st := r.stats
	st.Sources = len(r.sources)
	return st
}
