package netconsole

import (
	"bytes"
	"container/list"
	"net/netip"
	"time"

	"github.com/nfoops/nfoops/oops/marker"
)

// Bounds of one sender in a Collector.
const (
	contextLines = 24      // lines kept from before the first marker
	contextBytes = 3 << 10 // what they take at most
	bannerBytes  = 512     // of the "Linux version" line
	openLine     = 8 << 10 // bytes of a line without an end that are kept together
	incidentSize = 1 << 20 // bytes of an incident
	quietLines   = 1000    // so many lines without a marker end an incident though its host talks on
)

// Patience says when an incident is over. The zero value of a field means its default.
type Patience struct {
	// Quiet is how long the sender has to be silent. Default 3 s.
	Quiet time.Duration
	// Settled is how long it has to be silent behind an end mark ("---[ end trace"), where the panic may still follow.
	// Default 1 s.
	Settled time.Duration
	// Unmarked is how long a sender that goes on talking has to say nothing of a crash. Default 15 s.
	Unmarked time.Duration
	// Longest is how long an incident may take, however much the sender has to say. Default 60 s.
	Longest time.Duration
	// Bytes is what open incidents may take in all senders together before the oldest is closed. Default 128 MiB.
	Bytes int
}

func (p Patience) orDefault() Patience {
	for _, f := range []struct {
		d       *time.Duration
		instead time.Duration
	}{
		{&p.Quiet, 3 * time.Second}, {&p.Settled, time.Second}, {&p.Unmarked, 15 * time.Second},
		{&p.Longest, time.Minute},
	} {
		if *f.d <= 0 {
			*f.d = f.instead
		}
	}
	if p.Bytes <= 0 {
		p.Bytes = 128 << 20
	}
	return p
}

// Incident is what a sender said from a little before something that looked like a crash until it was over. It may hold
// several crashes, or none: that is for oops to say.
type Incident struct {
	Source netip.AddrPort
	First  time.Time // when its first marker came
	Last   time.Time // when its last text came
	Text   []byte    // for oops.Parser; the receiver of the incident owns it
	Why    string    // why it is thought to be over
}

// Collector finds incidents in what senders say. It is not safe for use by several goroutines.
type Collector struct {
	patience Patience
	emit     func(Incident)
	tails    map[netip.AddrPort]*tail
	opened   *list.List         // of *tail, the one opened last behind
	partials map[*tail]struct{} // those with a line that has no end yet
	bytes    int                // of the open incidents
	hurried  uint64             // incidents that were closed for want of room
}

// tail is what one sender said last.
type tail struct {
	addr    netip.AddrPort
	banner  []byte
	lines   [][]byte // before the marker
	bytes   int      // of lines
	partial []byte   // the line that has no end yet

	element *list.Element // in opened; nil while nothing looks like a crash
	text    []byte
	first   time.Time
	last    time.Time
	marked  time.Time
	since   int // lines since the last marker
	settled bool
}

// NewCollector makes a Collector that hands incidents that are over to emit.
func NewCollector(p Patience, emit func(Incident)) *Collector {
	return &Collector{
		patience: p.orDefault(), emit: emit, opened: list.New(),
		tails: map[netip.AddrPort]*tail{}, partials: map[*tail]struct{}{},
	}
}

// Event takes in what a Receiver gives out.
func (c *Collector) Event(e Event) {
	t := c.tails[e.Source]
	if t == nil {
		if e.Gone {
			return
		}
		t = &tail{addr: e.Source}
		c.tails[e.Source] = t
	}
	if e.Gone || e.Reboot {
		why := "the host was rebooted"
		if e.Gone {
			why = "the sender had to make room for others"
		}
		c.endLine(t, e.At)
		c.close(t, why)
		if e.Gone {
			delete(c.tails, e.Source)
			return
		}
		*t = tail{addr: e.Source}
	}
	text := e.Text
	for len(text) > 0 {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			t.partial = append(t.partial, text...)
			c.partials[t] = struct{}{}
			if len(t.partial) >= openLine {
				c.endLine(t, e.At)
			}
			t.last = e.At
			return
		}
		if len(t.partial) > 0 {
			t.partial = append(t.partial, text[:i+1]...)
			c.endLine(t, e.At)
		} else {
			c.line(t, text[:i+1], e.At)
		}
		text = text[i+1:]
	}
}

func (c *Collector) endLine(t *tail, at time.Time) {
	if len(t.partial) == 0 {
		return
	}
	line := t.partial
	t.partial = nil
	delete(c.partials, t)
	c.line(t, line, at)
}

// line takes in a line, with its end if it has one.
func (c *Collector) line(t *tail, line []byte, at time.Time) {
	m, _ := marker.Find(line)
	if m != nil && m.Class == marker.Banner {
		t.banner = append(t.banner[:0], line[:min(len(line), bannerBytes)]...)
		if t.banner[len(t.banner)-1] != '\n' {
			t.banner = append(t.banner, '\n')
		}
		m = nil
	}
	// The words of weak markers are those of ordinary programs, too: they neither begin nor keep alive.
	opens := m != nil && marker.Opens(line)
	if t.element == nil {
		if !opens {
			t.keep(line)
			return
		}
		c.open(t, at)
	}
	t.text = append(t.text, line...)
	c.bytes += len(line)
	t.last = at
	t.since++
	if opens {
		t.marked, t.since, t.settled = at, 0, false
	}
	switch {
	case bytes.Contains(line, []byte("---[ end Kernel panic")), bytes.Contains(line, []byte("---[ end kernel panic")):
		c.close(t, "the end of the panic came")
	case bytes.Contains(line, []byte("---[ end trace")):
		t.settled = true
	case len(t.text) >= incidentSize:
		c.close(t, "it is long")
	case t.since > quietLines:
		c.close(t, "the host talks of other things")
	}
	for c.bytes > c.patience.Bytes && c.opened.Len() > 0 {
		c.hurried++
		c.close(c.opened.Front().Value.(*tail), "there is no room for more")
	}
}

// keep remembers a line that may turn out to stand before a crash.
func (t *tail) keep(line []byte) {
	if len(line) > contextBytes/2 {
		line = line[:contextBytes/2]
	}
	var spare []byte
	for len(t.lines) > 0 && (len(t.lines) >= contextLines || t.bytes+len(line) > contextBytes) {
		spare = t.lines[0]
		t.bytes -= len(spare)
		copy(t.lines, t.lines[1:])
		t.lines = t.lines[:len(t.lines)-1]
	}
	t.lines = append(t.lines, append(spare[:0], line...))
	t.bytes += len(line)
}

func (c *Collector) open(t *tail, at time.Time) {
	context := bytes.Join(t.lines, nil)
	if !bytes.Contains(context, []byte("Linux version ")) {
		t.text = append(t.text, t.banner...)
	}
	t.text = append(t.text, context...)
	t.lines, t.bytes = nil, 0
	t.first, t.marked, t.last = at, at, at
	t.since, t.settled = 0, false
	t.element = c.opened.PushBack(t)
	c.bytes += len(t.text)
}

// close hands out the incident of t, if one is open.
func (c *Collector) close(t *tail, why string) {
	if t.element == nil {
		return
	}
	c.opened.Remove(t.element)
	c.bytes -= len(t.text)
	text := t.text
	t.element, t.text = nil, nil
	c.emit(Incident{Source: t.addr, First: t.first, Last: t.last, Text: text, Why: why})
}

// Tick closes the incidents that are over at this time.
func (c *Collector) Tick(now time.Time) {
	for t := range c.partials {
		if now.Sub(t.last) >= c.patience.Quiet {
			c.endLine(t, t.last)
		}
	}
	var next *list.Element
	for e := c.opened.Front(); e != nil; e = next {
		next = e.Next()
		t := e.Value.(*tail)
		silent := now.Sub(t.last)
		switch {
		case silent >= c.patience.Quiet, t.settled && silent >= c.patience.Settled:
			c.endLine(t, t.last)
			c.close(t, "the host went quiet")
		case now.Sub(t.marked) >= c.patience.Unmarked, t.settled && now.Sub(t.marked) >= c.patience.Quiet:
			c.close(t, "the host talks of other things")
		case now.Sub(t.first) >= c.patience.Longest:
			c.close(t, "it goes on and on")
		}
	}
}

// Drain closes all incidents, as at the end of the input.
func (c *Collector) Drain() {
	for t := range c.partials {
		c.endLine(t, t.last)
	}
	for c.opened.Len() > 0 {
		c.close(c.opened.Front().Value.(*tail), "the input ended")
	}
}

// Open says how many incidents are open, and what they take in bytes; hurried counts those that were closed for want
// of room.
func (c *Collector) Open() (incidents, size int, hurried uint64) {
	return c.opened.Len(), c.bytes, c.hurried
}
