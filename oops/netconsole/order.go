package netconsole

import (
	"slices"
	"time"
)

// Bounds of one sender.
const (
	maxWaiting    = 4096    // records that wait
	waitingBytes  = 1 << 20 // what they take, in bytes
	rememberedSeq = 128     // records that are remembered so that their duplicates are known
	maxRestart    = 16      // records that may be of a new boot
	// Two CPUs take the times of their records a little apart from the order of the records.
	timeSlack = 2_000_000 // microseconds
)

// verdict is what order made of a record.
type verdict uint8

const (
	taken verdict = iota
	duplicate
	late
)

// order puts the records of one sender in order. A record comes out when all before it have, or when it has waited
// long enough.
type order struct {
	started bool
	next    uint64 // sequence number, or offset in the log, that comes next
	usec    int64  // time of the record that came out last; -1 none
	waiting []*record
	bytes   int // what waiting and restart take
	seen    []seenRecord
	seenAt  int
	// restart are records that do not go with what came before: a duplicate of long ago, or the first of a new boot.
	restart []*record
}

type seenRecord struct {
	start uint64
	usec  int64
}

// put takes a record in. The record is not kept where the verdict is not taken.
func (o *order) put(d *datagram, at time.Time) verdict {
	i, there := slices.BinarySearchFunc(o.waiting, d.start, func(r *record, start uint64) int {
		switch {
		case r.start < start:
			return -1
		case r.start > start:
			return 1
		}
		return 0
	})
	if there {
		w := o.waiting[i]
		if w.usec != d.usec || w.form != d.form {
			return o.astray(d, at)
		}
		if d.total == 0 || w.have == nil {
			return duplicate
		}
		was := w.cost()
		if !w.add(d) {
			return duplicate
		}
		o.bytes += w.cost() - was
		return taken
	}
	switch {
	case !o.started:
	case d.start < o.next:
		known := o.remembered(d.start)
		switch {
		case known != nil && known.usec == d.usec:
			return duplicate
		case known == nil && d.start >= o.oldest() && d.usec <= o.usec+timeSlack:
			return late
		}
		return o.astray(d, at)
	case o.backwards(d):
		return o.astray(d, at)
	}
	r := newRecord(d, at)
	o.bytes += r.cost()
	o.waiting = slices.Insert(o.waiting, i, r)
	return taken
}

// astray keeps a record that does not go with what came before, until it is clear what it is.
func (o *order) astray(d *datagram, at time.Time) verdict {
	for _, r := range o.restart {
		if r.start != d.start {
			continue
		}
		if d.total == 0 || r.have == nil {
			return duplicate
		}
		was := r.cost()
		fresh := r.add(d)
		o.bytes += r.cost() - was
		if !fresh {
			return duplicate
		}
		return taken
	}
	if len(o.restart) >= maxRestart {
		return late
	}
	r := newRecord(d, at)
	o.bytes += r.cost()
	o.restart = append(o.restart, r)
	return taken
}

// rebooted says that what went astray is a new boot: two records that follow one another while none came of the old
// boot, or one that stood alone for as long as records wait.
func (o *order) rebooted(now time.Time, wait time.Duration) bool {
	n := len(o.restart)
	if n == 0 {
		return false
	}
	if now.Sub(o.restart[0].at) >= wait {
		return true
	}
	if n < 2 {
		return false
	}
	a, b := o.restart[n-2], o.restart[n-1]
	return b.start > a.start && b.usec >= a.usec && b.start-a.start <= maxWaiting
}

// restartNow makes the records that went astray the first of a new order.
func (o *order) restartNow() {
	records := o.restart
	*o = order{usec: -1, seen: o.seen[:0]}
	for _, r := range records {
		i, there := slices.BinarySearchFunc(o.waiting, r.start, func(w *record, start uint64) int {
			return int(min(max(int64(w.start-start), -1), 1))
		})
		if there {
			continue
		}
		o.bytes += r.cost()
		o.waiting = slices.Insert(o.waiting, i, r)
	}
}

// stay drops what went astray: the old boot goes on.
func (o *order) stay() (dropped int) {
	dropped = len(o.restart)
	for _, r := range o.restart {
		o.bytes -= r.cost()
	}
	o.restart = nil
	return dropped
}

// backwards says that a record that should be later has an earlier time.
func (o *order) backwards(d *datagram) bool { return d.usec >= 0 && d.usec+timeSlack < o.usec }

// passes says that the datagram is the very next record and whole, and that none waits: it needs not be kept. The
// order has moved on then.
func (o *order) passes(d *datagram) bool {
	if !o.started || d.start != o.next || d.total != 0 || len(o.waiting) > 0 || len(o.restart) > 0 || o.backwards(d) {
		return false
	}
	o.advance(d.start, d.end, d.usec)
	return true
}

func (o *order) advance(start, end uint64, usec int64) {
	o.started, o.next = true, end
	if usec >= 0 {
		o.usec = usec
	}
	o.remember(start, usec)
}

// release gives out the records whose turn has come, in order: those that follow what came out last, and the first n
// even where something is missing. lost is how far a record's start is from the one that was expected.
func (o *order) release(n int, give func(r *record, lost uint64)) {
	i := 0
	for ; i < len(o.waiting); i++ {
		r := o.waiting[i]
		if i >= n && (!o.started || r.start > o.next || r.have != nil) {
			break
		}
		var lost uint64
		if o.started && r.start > o.next {
			lost = r.start - o.next
		}
		o.bytes -= r.cost()
		o.advance(r.start, r.end, r.usec)
		give(r, lost)
	}
	switch {
	case i == len(o.waiting):
		o.waiting = nil
	case i > 0:
		o.waiting = slices.Delete(o.waiting, 0, i)
	}
}

// due is how many records come out at this time: up to the last one that has waited long enough.
func (o *order) due(now time.Time, wait time.Duration) int {
	for i := len(o.waiting) - 1; i >= 0; i-- {
		if now.Sub(o.waiting[i].at) >= wait {
			return i + 1
		}
	}
	return 0
}

func (o *order) full() bool { return len(o.waiting) > maxWaiting || o.bytes > waitingBytes }

func (o *order) remember(start uint64, usec int64) {
	s := seenRecord{start, usec}
	if len(o.seen) < rememberedSeq {
		o.seen = append(o.seen, s)
		return
	}
	o.seen[o.seenAt] = s
	o.seenAt = (o.seenAt + 1) % rememberedSeq
}

func (o *order) remembered(start uint64) *seenRecord {
	for i := range o.seen {
		if o.seen[i].start == start {
			return &o.seen[i]
		}
	}
	return nil
}

// oldest is the start of the record that is remembered for longest.
func (o *order) oldest() uint64 {
	if len(o.seen) == 0 {
		return o.next
	}
	if len(o.seen) < rememberedSeq {
		return o.seen[0].start
	}
	return o.seen[o.seenAt].start
}
