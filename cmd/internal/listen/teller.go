package listen

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of telling.
const (
	tellQueue    = 256
	tellWithin   = time.Minute      // one alert, all tries of it
	tellFarewell = 30 * time.Second // all that is left when the run ends
)

// teller is one way to tell of crashes: a bounded queue, and a few goroutines that work it off.
type teller struct {
	name    string
	workers int
	tell    func(context.Context, *alert) error
	say     func(string, ...any)

	queue  chan *alert
	group  sync.WaitGroup
	ctx    context.Context // ends what is still on its way when the run ends
	cancel context.CancelFunc

	told, failed, leftOut atomic.Int64
	broken                atomic.Bool
}

func newTeller(name string, workers int, tell func(context.Context, *alert) error, say func(string, ...any)) *teller {
	t := &teller{name: name, workers: workers, tell: tell, say: say, queue: make(chan *alert, tellQueue)}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// put never waits.
func (t *teller) put(a *alert) {
	select {
	case t.queue <- a:
	default:
		if t.leftOut.Add(1) == 1 {
			t.say("%s: more crashes come than can be told of; some are left out", t.name)
		}
	}
}

func (t *teller) start() {
	for range t.workers {
		t.group.Go(func() {
			for a := range t.queue {
				t.one(a)
			}
		})
	}
}

func (t *teller) one(a *alert) {
	ctx, cancel := context.WithTimeout(t.ctx, tellWithin)
	defer cancel()
	err := t.tell(ctx, a)
	if err == nil {
		t.told.Add(1)
	} else {
		t.failed.Add(1)
	}
	if t.broken.Swap(err != nil) != (err != nil) {
		if err != nil {
			t.say("%s: %v", t.name, err)
		} else {
			t.say("%s works again", t.name)
		}
	}
}

// finish waits for what is left, but not for ever.
func (t *teller) finish() {
	close(t.queue)
	timer := time.AfterFunc(tellFarewell, t.cancel)
	defer timer.Stop()
	t.group.Wait()
	t.cancel()
}
