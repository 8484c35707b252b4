package listen

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/oops/netconsole"
)

// Bounds of the desk.
const (
	queueLength = 1024     // incidents that wait to be analysed
	queueBytes  = 64 << 20 // what they take
	unkeptMax   = 256      // crashes that wait until the inbox takes them
	unkeptBytes = 64 << 20 // their raw text
	keepAgain   = 5 * time.Second
	keepWithin  = 30 * time.Second // that the inbox may take for one crash
	echoWithin  = 30 * time.Second // the same crash of one host over a second target
	echoes      = 256
)

// desk analyses incidents, one after another, and keeps the crashes.
type desk struct {
	Config
	tells []*teller

	mu     sync.Mutex
	size   int // bytes in the queue
	closed bool
	queue  chan netconsole.Incident
	done   chan struct{}
	fail   func(error)

	unkept     []*store.Crash
	unkeptSize int
	given      int // up: crashes that were given up
	recent     []echo

	incidents, leftOut, crashes, echoed, kept, keepErrors, waiting atomic.Int64

	broken   atomic.Pointer[string] // what the inbox said last; nil if it took the last crash
	verdicts sync.Map               // [2]string of severity and verdict to *atomic.Int64
}

// echo is a crash that was seen, so that it is known when it comes by another target of the same host.
type echo struct {
	host, exact string
	source      netip.AddrPort
	at          time.Time
}

func newDesk(c Config, tells []*teller) *desk {
	return &desk{Config: c, tells: tells, queue: make(chan netconsole.Incident, queueLength), done: make(chan struct{})}
}

// put takes an incident in without waiting. What finds no room is still in the host's file.
func (d *desk) put(i netconsole.Incident) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.incidents.Add(1)
	if !d.closed && d.size+len(i.Text) <= queueBytes {
		select {
		case d.queue <- i:
			d.size += len(i.Text)
			return
		default:
		}
	}
	if d.leftOut.Add(1) == 1 {
		d.Say("more crashes come than can be analysed; some are only in the files of their hosts")
	}
}

func (d *desk) start(fail func(error)) {
	d.fail = fail
	go func() {
		defer close(d.done)
		again := time.NewTicker(keepAgain)
		defer again.Stop()
		for {
			select {
			case i, open := <-d.queue:
				if !open {
					d.keepUnkept()
					return
				}
				d.mu.Lock()
				d.size -= len(i.Text)
				d.mu.Unlock()
				d.incident(&i)
			case <-again.C:
				d.keepUnkept()
			}
		}
	}()
}

// finish waits until all that was put is analysed and kept.
func (d *desk) finish() (Outcome, error) {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	close(d.queue)
	<-d.done
	out := Outcome{Crashes: int(d.crashes.Load()), Unkept: len(d.unkept) + d.given}
	if out.Unkept > 0 {
		why := ""
		if s := d.broken.Load(); s != nil {
			why = ": " + *s
		}
		if out.Unkept == 1 {
			return out, fmt.Errorf("a crash is not in the inbox%s", why)
		}
		return out, fmt.Errorf("%d crashes are not in the inbox%s", out.Unkept, why)
	}
	return out, nil
}

// incident analyses what one sender said. The analyser can't fail; should it break all the same, the next incident is
// read.
func (d *desk) incident(i *netconsole.Incident) {
	defer func() {
		if p := recover(); p != nil {
			d.Say("internal error: %v; please report it with the file of %s", p, i.Source.Addr())
		}
	}()
	source := "udp:" + i.Source.String()
	session := triage.NewSession(d.Sources, d.Version)
	// Not the context of the run: what came before its end is still analysed.
	for r, err := range session.Read(context.Background(), source, bytes.NewReader(i.Text)) {
		if err == nil {
			d.crash(r, i, source)
		}
	}
}

func (d *desk) crash(r *triage.Report, i *netconsole.Incident, source string) {
	host := i.Source.Addr().String()
	if r.Host == "" {
		r.Host = host
	}
	if d.isEcho(echo{host, r.Fingerprint.Exact, i.Source, i.Last}) {
		d.echoed.Add(1)
		return
	}
	d.crashes.Add(1)
	n, _ := d.verdicts.LoadOrStore([2]string{r.Severity, r.Verdict.Status}, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	c := &store.Crash{Seen: i.First, Host: host, Source: source, Report: r, Raw: i.Text}
	a := &alert{crash: c}
	if d.Inbox != nil {
		if added, err := d.keep(c); err == nil {
			a.added = &added
		} else {
			d.hold(c)
		}
	}
	if err := a.encode(d.Encode); err != nil {
		d.Say("a report has no JSON form: %v", err)
	} else {
		for _, t := range d.tells {
			t.put(a)
		}
	}
	if d.Report != nil {
		if err := d.Report(r, source); err != nil {
			d.fail(err)
		}
	}
}

// isEcho says whether the crash came a moment ago from another port of the same host: it sends to two targets, basic
// and extended.
func (d *desk) isEcho(e echo) bool {
	if e.exact == "" {
		return false
	}
	for _, o := range d.recent {
		if o.host == e.host && o.exact == e.exact && o.source != e.source && e.at.Sub(o.at).Abs() < echoWithin {
			return true
		}
	}
	if len(d.recent) >= echoes {
		d.recent = append(d.recent[:0], d.recent[1:]...)
	}
	d.recent = append(d.recent, e)
	return false
}

// keep puts a crash into the inbox. When it returns without an error the crash is on the disk.
func (d *desk) keep(c *store.Crash) (store.Added, error) {
	ctx, cancel := context.WithTimeout(context.Background(), keepWithin)
	defer cancel()
	added, err := d.Inbox.Add(ctx, c)
	if err != nil {
		d.keepErrors.Add(1)
		text := err.Error()
		if d.broken.Swap(&text) == nil {
			d.Say("the inbox does not take a crash: %v; it is tried again", err)
		}
		return added, err
	}
	d.kept.Add(1)
	if d.broken.Swap(nil) != nil {
		d.Say("the inbox takes crashes again")
	}
	return added, nil
}

// hold keeps a crash in memory until the inbox takes it; the oldest makes room.
func (d *desk) hold(c *store.Crash) {
	d.unkept = append(d.unkept, c)
	d.unkeptSize += len(c.Raw)
	for len(d.unkept) > unkeptMax || d.unkeptSize > unkeptBytes {
		d.unkeptSize -= len(d.unkept[0].Raw)
		d.unkept = d.unkept[1:]
		d.given++
	}
	d.waiting.Store(int64(len(d.unkept)))
}

func (d *desk) keepUnkept() {
	for len(d.unkept) > 0 {
		if _, err := d.keep(d.unkept[0]); err != nil {
			return
		}
		d.unkeptSize -= len(d.unkept[0].Raw)
		d.unkept = d.unkept[1:]
		d.waiting.Store(int64(len(d.unkept)))
	}
}
