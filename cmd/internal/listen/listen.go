// Package listen is the receiver that "nfoops listen" runs: datagrams of netconsole come in, what each host says is
// kept in a file, crashes are analysed while they happen, kept in the inbox, and told to whoever asked for it.
//
// A worker has a socket, and the state machines of package netconsole for the senders that the kernel gives to it. What
// looks like a crash goes through one queue to the desk, which is alone with the analyser and the inbox. Each way to
// tell somebody has a bounded queue of its own, so that nothing that hangs there holds up the rest.
package listen

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/oops/netconsole"
)

// Config is what a run is made of. Nil and zero mean that there is no such thing, unless it says otherwise.
type Config struct {
	Address  string         // host:port to listen on
	Workers  int            // sockets that share the work; 0 is one for each CPU, up to 4
	Allow    []netip.Prefix // senders that are heard; empty is everybody
	Sources  triage.Sources // what the analyser may use
	Version  string         // of the program
	Inbox    store.Store    // where crashes are kept
	Dir      string         // folder for what the hosts say; made if it is not there
	Patience netconsole.Patience
	Limits   netconsole.Limits
	Metrics  string // host:port of /metrics and /healthz

	Exec    []string // program and arguments that gets each crash as JSON on its standard input
	Webhook string   // URL that gets each crash by POST
	Syslog  bool     // a line for each crash into the system log

	Reopen <-chan struct{} // closes the hosts' files, which are opened anew: something has moved them

	// Report shows a crash; an error ends the run.
	Report func(r *triage.Report, source string) error
	// Encode is the JSON form of a report.
	Encode func(r *triage.Report) ([]byte, error)
	// Say tells the user something.
	Say func(format string, args ...any)
	// Ready is called with the addresses that are listened on and of the metrics ("" without).
	Ready func(listening, metrics string)
}

// Outcome is what a run has seen.
type Outcome struct {
	Crashes int
	Unkept  int // crashes that the inbox did not take in the end
}

// Run listens until ctx ends. What has come by then is analysed and kept before it returns.
func Run(ctx context.Context, c Config) (Outcome, error) {
	if c.Workers <= 0 {
		c.Workers = defaultWorkers()
	}
	sockets, err := netconsole.Open(ctx, c.Address, c.Workers)
	if err != nil {
		return Outcome{}, err
	}
	p, err := newPipeline(c)
	if err != nil {
		closeAll(sockets)
		return Outcome{}, err
	}
	limits := share(c.Limits, len(sockets))
	var workers []*worker
	for _, s := range sockets {
		workers = append(workers, newWorker(s, &c, limits, p))
	}
	metrics, err := serveMetrics(ctx, c.Metrics, p, workers)
	if err != nil {
		closeAll(sockets)
		return Outcome{}, err
	}
	if c.Ready != nil {
		c.Ready(sockets[0].Addr().String(), metrics.address())
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p.start(func(err error) { stop(err) })
	if c.Reopen != nil {
		go func() {
			for {
				select {
				case <-c.Reopen:
					p.hosts.reopen()
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	var group sync.WaitGroup
	for _, w := range workers {
		group.Go(func() {
			if err := w.run(ctx); err != nil {
				stop(err)
			}
		})
	}
	group.Wait()
	out, err := p.finish()
	metrics.close()
	closeAll(sockets)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return out, err
}

// share is the part of the limits that each of n workers has.
func share(l netconsole.Limits, n int) netconsole.Limits {
	if l.Sources == 0 {
		l.Sources = 16384
	}
	if l.Pending == 0 {
		l.Pending = 64 << 20
	}
	l.Sources, l.Pending = max(l.Sources/n, 16), l.Pending/n
	return l
}

func closeAll(sockets []*netconsole.Socket) {
	for _, s := range sockets {
		_ = s.Close()
	}
}

// pipeline is what stands behind the workers.
type pipeline struct {
	hosts *hostLogs
	desk  *desk
	tells []*teller
}

func newPipeline(c Config) (*pipeline, error) {
	hosts, err := newHostLogs(c.Dir, c.Say)
	if err != nil {
		return nil, err
	}
	p := &pipeline{hosts: hosts}
	if len(c.Exec) > 0 {
		p.tells = append(p.tells, newTeller("exec", 4, runProgram(c.Exec), c.Say))
	}
	if c.Webhook != "" {
		p.tells = append(p.tells, newTeller("webhook", 2, postTo(c.Webhook), c.Say))
	}
	if c.Syslog {
		write, err := systemLog()
		if err != nil {
			return nil, fmt.Errorf("the system log: %w", err)
		}
		p.tells = append(p.tells, newTeller("syslog", 1, write, c.Say))
	}
	p.desk = newDesk(c, p.tells)
	return p, nil
}

func (p *pipeline) start(fail func(error)) {
	p.hosts.start()
	for _, t := range p.tells {
		t.start()
	}
	p.desk.start(fail)
}

// finish waits until everything is analysed, kept and told.
func (p *pipeline) finish() (Outcome, error) {
	out, err := p.desk.finish()
	for _, t := range p.tells {
		t.finish()
	}
	p.hosts.close()
	return out, err
}

// incident takes in what a collector found.
func (p *pipeline) incident(i netconsole.Incident) { p.desk.put(i) }

// tick is how often what waits is looked after.
const tick = 100 * time.Millisecond
