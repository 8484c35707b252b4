package listen

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of the files that hold what the hosts say.
const (
	logSize     = 64 << 20 // bytes; a file that has more is moved to NAME.1
	logKept     = 4        // moved files that are kept: NAME.1 to NAME.4
	logHosts    = 10000    // hosts that get a file in one run: addresses can be made up
	logBuffered = 64 << 20 // bytes that may wait for the disk
	logEvery    = time.Second
)

// hostLogs keeps what each host says in a file of its own. Who adds never waits for the disk: where that is too slow,
// or full, text is left out, and counted.
type hostLogs struct {
	dir string // "" keeps nothing
	say func(string, ...any)

	mu      sync.Mutex
	pending map[netip.Addr][]byte
	size    int // of pending
	known   map[netip.Addr]struct{}
	anew    bool

	left     atomic.Uint64 // bytes that were left out
	written  atomic.Uint64
	failures atomic.Uint64
	broken   atomic.Bool // the last write failed

	files map[netip.Addr]*hostFile // the writer's own
	stop  chan struct{}
	done  chan struct{}
}

type hostFile struct {
	f    *os.File
	size int64
	used time.Time
}

// newHostLogs makes the folder. What hosts print can be confidential, so only the user can look into it.
func newHostLogs(dir string, say func(string, ...any)) (*hostLogs, error) {
	l := &hostLogs{
		dir: dir, say: say, pending: map[netip.Addr][]byte{}, known: map[netip.Addr]struct{}{},
		files: map[netip.Addr]*hostFile{}, stop: make(chan struct{}), done: make(chan struct{}),
	}
	if dir == "" {
		return l, nil
	}
	return l, os.MkdirAll(dir, 0o700)
}

// add takes in text; it is copied.
func (l *hostLogs) add(host netip.Addr, text []byte) {
	if l.dir == "" || len(text) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.known[host]; !known {
		if len(l.known) >= logHosts {
			l.left.Add(uint64(len(text)))
			return
		}
		l.known[host] = struct{}{}
	}
	if l.size+len(text) > logBuffered {
		l.left.Add(uint64(len(text)))
		return
	}
	l.pending[host] = append(l.pending[host], text...)
	l.size += len(text)
}

// reopen closes all files before the next write.
func (l *hostLogs) reopen() {
	l.mu.Lock()
	l.anew = true
	l.mu.Unlock()
}

func (l *hostLogs) start() {
	if l.dir == "" {
		close(l.done)
		return
	}
	go func() {
		defer close(l.done)
		ticker := time.NewTicker(logEvery)
		defer ticker.Stop()
		for {
			select {
			case <-l.stop:
				l.write(time.Now())
				l.closeFiles(func(*hostFile) bool { return true })
				return
			case now := <-ticker.C:
				l.write(now)
			}
		}
	}()
}

func (l *hostLogs) close() {
	close(l.stop)
	<-l.done
	if n := l.left.Load(); n > 0 {
		l.say("%d bytes of what hosts said are not in %s", n, l.dir)
	}
}

// write puts all that waits on the disk.
func (l *hostLogs) write(now time.Time) {
	l.mu.Lock()
	pending, anew := l.pending, l.anew
	l.pending, l.size, l.anew = map[netip.Addr][]byte{}, 0, false
	l.mu.Unlock()
	if anew {
		l.closeFiles(func(*hostFile) bool { return true })
	}
	var failed error
	for host, text := range pending {
		if err := l.append(host, text, now); err != nil {
			l.failures.Add(1)
			l.left.Add(uint64(len(text)))
			failed = err
		} else {
			l.written.Add(uint64(len(text)))
		}
	}
	if len(pending) > 0 && l.broken.Swap(failed != nil) != (failed != nil) {
		if failed != nil {
			l.say("what hosts say can't be kept: %v", failed)
		} else {
			l.say("what hosts say is kept again")
		}
	}
	// Descriptors are few, hosts can be many.
	if len(l.files) > 256 {
		l.closeFiles(func(*hostFile) bool { return true })
	} else {
		l.closeFiles(func(f *hostFile) bool { return now.Sub(f.used) > time.Minute })
	}
}

func (l *hostLogs) closeFiles(which func(*hostFile) bool) {
	for host, f := range l.files {
		if which(f) {
			_ = f.f.Close()
			delete(l.files, host)
		}
	}
}

func (l *hostLogs) append(host netip.Addr, text []byte, now time.Time) error {
	h := l.files[host]
	if h == nil {
		f, err := os.OpenFile(l.path(host), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err != nil {
			_ = f.Close()
			return err
		}
		h = &hostFile{f: f, size: info.Size()}
		l.files[host] = h
	}
	h.used = now
	n, err := h.f.Write(text)
	h.size += int64(n)
	if err != nil {
		_ = h.f.Close()
		delete(l.files, host)
		return err
	}
	if h.size >= logSize {
		_ = h.f.Close()
		delete(l.files, host)
		return rotate(l.path(host))
	}
	return nil
}

// path is the file of a host. The name is made of the address, as netip writes it, and of nothing that the host says.
func (l *hostLogs) path(host netip.Addr) string {
	return filepath.Join(l.dir, strings.NewReplacer(":", "-", "%", "_").Replace(host.String())+".log")
}

// rotate moves NAME to NAME.1, that to NAME.2, and so on; the last one is overwritten.
func rotate(path string) error {
	for i := logKept; i > 0; i-- {
		from := path
		if i > 1 {
			from = fmt.Sprintf("%s.%d", path, i-1)
		}
		if err := os.Rename(from, fmt.Sprintf("%s.%d", path, i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
