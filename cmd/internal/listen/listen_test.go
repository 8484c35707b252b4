package listen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops/netconsole"
)

// datagrams reads a captured run of testdata/logs/captured.
func datagrams(t testing.TB, name string) [][]byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "logs", "captured", name))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for line := range strings.Lines(string(b)) {
		_, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		data, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, []byte(data))
	}
	return out
}

const (
	extended = "connlimit-natural-6.12/netconsole-ext.datagrams"
	basic    = "connlimit-natural-6.12/netconsole.datagrams"
	title    = "BUG: unable to handle kernel NULL pointer dereference in count_them"
)

// running is a listener of a test.
type running struct {
	t       *testing.T
	address string
	metrics string
	stop    context.CancelFunc
	out     Outcome
	err     error
	done    chan struct{}

	mu      sync.Mutex
	reports []*triage.Report
	said    []string
}

// start runs a listener on a free port of the loopback.
func start(t *testing.T, c Config) *running {
	t.Helper()
	base, err := kb.Load()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, done: make(chan struct{})}
	ready := make(chan struct{})
	c.Address, c.Sources.KB = "127.0.0.1:0", base
	c.Encode = func(r *triage.Report) ([]byte, error) { return json.Marshal(r) }
	c.Report = func(rep *triage.Report, _ string) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.reports = append(r.reports, rep)
		return nil
	}
	c.Say = func(format string, args ...any) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.said = append(r.said, fmt.Sprintf(format, args...))
	}
	c.Ready = func(listening, metrics string) {
		r.address, r.metrics = listening, metrics
		close(ready)
	}
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() {
		defer close(r.done)
		r.out, r.err = Run(ctx, c)
	}()
	select {
	case <-ready:
	case <-r.done:
		t.Fatal(r.err)
	}
	t.Cleanup(r.finish)
	return r
}

// finish ends the run as SIGTERM does.
func (r *running) finish() {
	r.stop()
	<-r.done
}

// send sends datagrams from one port.
func (r *running) send(datagrams [][]byte) {
	r.t.Helper()
	c, err := net.Dial("udp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	for _, d := range datagrams {
		if _, err := c.Write(d); err != nil {
			r.t.Fatal(err)
		}
	}
}

// has says whether somebody was told of something.
func (r *running) has(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Contains(strings.Join(r.said, "\n"), text)
}

// eventually waits for what other goroutines do.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 600 {
		if is() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

func open(t *testing.T) store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "inbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestListen: a panic over the wire is in the inbox with its verdict, told to everybody, and kept as the host said it;
// a second target of the same host is no second crash.
func TestListen(t *testing.T) {
	box, dir := open(t), t.TempDir()
	var hooked atomic.Pointer[[]byte]
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		hooked.Store(&b)
	}))
	defer hook.Close()
	file := filepath.Join(dir, "crash.json")
	r := start(t, Config{Inbox: box, Dir: filepath.Join(dir, "hosts"), Webhook: hook.URL, Metrics: "127.0.0.1:0",
		Exec: []string{"/bin/sh", "-c", "cat >" + file}, Workers: 2})
	r.send(datagrams(t, extended))
	r.send(datagrams(t, basic))
	eventually(t, "both targets came", func() bool { return r.metric("nfoops_incidents_total") == "2" })
	eventually(t, "the hook was called", func() bool { return hooked.Load() != nil })
	if got := r.metric("nfoops_echoes_total"); got != "1" {
		t.Errorf("%s echoes", got)
	}
	if code, text := r.get("/healthz"); code != 200 || text != "ok\n" {
		t.Errorf("health: %d %q", code, text)
	}
	r.finish()
	if r.err != nil || r.out.Crashes != 1 || len(r.reports) != 1 {
		t.Fatalf("%+v %v, %d reports", r.out, r.err, len(r.reports))
	}
	groups, err := box.Groups(t.Context(), store.Filter{})
	if err != nil || len(groups) != 1 || groups[0].Title != title || groups[0].Verdict != "known" ||
		groups[0].Entry != "ipt-connlimit-predicate-order" || groups[0].Hosts[0].Name != "127.0.0.1" {
		t.Fatalf("%v: %+v", err, groups)
	}
	told, err := os.ReadFile(file)
	if err != nil || string(told) != string(*hooked.Load()) {
		t.Errorf("%v: the program and the hook were told different things", err)
	}
	var alert struct {
		Schema, Host string
		Inbox        struct{ Group string }
		Report       triage.Report
	}
	if err := json.Unmarshal(told, &alert); err != nil || alert.Report.Title != title || alert.Host != "127.0.0.1" ||
		alert.Inbox.Group != groups[0].ID || alert.Schema != "nfoops.crash/v1" {
		t.Errorf("%v: %.200s", err, told)
	}
	var want strings.Builder
	for _, name := range []string{extended, basic} {
		for _, d := range datagrams(t, name) {
			want.Write(d)
		}
	}
	kept, err := os.ReadFile(filepath.Join(dir, "hosts", "127.0.0.1.log"))
	if err != nil || len(kept) != want.Len() {
		t.Errorf("%v: %d bytes of %d are in the file of the host", err, len(kept), want.Len())
	}
}

// get asks the metrics server.
func (r *running) get(path string) (int, string) {
	resp, err := http.Get("http://" + r.metrics + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

func (r *running) metric(name string) string {
	_, text := r.get("/metrics")
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			return value
		}
	}
	return ""
}

// TestEndKeeps: what has come when the run ends is analysed and kept, also a crash that is not over.
func TestEndKeeps(t *testing.T) {
	box := open(t)
	r := start(t, Config{Inbox: box})
	in := datagrams(t, extended)
	r.send(in[:len(in)-5])
	r.finish()
	groups, err := box.Groups(t.Context(), store.Filter{})
	if r.err != nil || err != nil || len(groups) != 1 || groups[0].Title != title {
		t.Errorf("%v %v: %+v", r.err, err, groups)
	}
}

// TestAllow: who is not allowed is not heard, and counted.
func TestAllow(t *testing.T) {
	r := start(t, Config{Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Metrics: "127.0.0.1:0"})
	r.send(datagrams(t, extended))
	eventually(t, "they were refused", func() bool {
		return r.metric("nfoops_refused_total") == fmt.Sprint(len(datagrams(t, extended)))
	})
	if r.metric("nfoops_datagrams_total") != "0" || r.metric("nfoops_sources") != "0" {
		t.Error("they were heard")
	}
	for list, addr := range map[string]string{"192.0.2.0/24": "192.0.2.9", "fe80::/10": "fe80::1%3", "192.0.2.7": "192.0.2.7"} {
		p, err := Network(list)
		if err != nil || !allowed([]netip.Prefix{p}, netip.MustParseAddr(addr)) {
			t.Errorf("%s does not allow %s: %v", list, addr, err)
		}
	}
}

// moody is an inbox that takes nothing while its disk is full.
type moody struct {
	store.Store
	full atomic.Bool
}

var errFull = errors.New("no space left on device")

func (m *moody) Add(ctx context.Context, c *store.Crash) (store.Added, error) {
	if m.full.Load() {
		return store.Added{}, errFull
	}
	return m.Store.Add(ctx, c)
}

// TestFullInbox: a crash that the inbox does not take is shown all the same, the user is told once, and it is kept when
// there is room again; at the end it is an error.
func TestFullInbox(t *testing.T) {
	box := &moody{Store: open(t)}
	box.full.Store(true)
	r := start(t, Config{Inbox: box, Metrics: "127.0.0.1:0"})
	r.send(datagrams(t, extended))
	eventually(t, "the user is told", func() bool { return r.has("does not take a crash: no space left") })
	if code, _ := r.get("/healthz"); code != 503 {
		t.Errorf("health: %d", code)
	}
	box.full.Store(false)
	eventually(t, "it is kept in the end", func() bool { return r.metric("nfoops_kept_total") == "1" && r.metric("nfoops_unkept") == "0" })
	r.send(datagrams(t, "connlimit-r-arm64/netconsole.datagrams"))
	eventually(t, "the second crash is there", func() bool { return r.metric("nfoops_kept_total") == "2" })
	box.full.Store(true)
	r.send(datagrams(t, "connlimit-r-i386/netconsole.datagrams"))
	r.finish()
	if r.out.Unkept != 1 || r.err == nil || !strings.Contains(r.err.Error(), "a crash is not in the inbox: no space left") {
		t.Errorf("%+v %v", r.out, r.err)
	}
}

// TestFullDisk: the files of hosts can't be written: what hosts say is still analysed, and the user is told.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	dir := t.TempDir()
	if err := os.Symlink("/dev/full", filepath.Join(dir, "127.0.0.1.log")); err != nil {
		t.Fatal(err)
	}
	r := start(t, Config{Dir: dir})
	r.send(datagrams(t, extended))
	eventually(t, "the user is told", func() bool { return r.has("what hosts say can't be kept") })
	r.finish()
	if r.out.Crashes != 1 || r.err != nil || !r.has("bytes of what hosts said are not in") {
		t.Errorf("%+v %v %q", r.out, r.err, r.said)
	}
}

// TestHostNames: a file's name is made of nothing but the address.
func TestHostNames(t *testing.T) {
	l := &hostLogs{dir: "d"}
	for addr, want := range map[string]string{
		"192.0.2.7": "d/192.0.2.7.log", "2001:db8::7": "d/2001-db8--7.log", "fe80::1%3": "d/fe80--1_3.log", "::1": "d/--1.log",
	} {
		if got := l.path(netip.MustParseAddr(addr)); got != filepath.FromSlash(want) {
			t.Errorf("%s: %s", addr, got)
		}
	}
}

// TestRotate: the newest is NAME.1, and there are no more than are kept.
func TestRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	for i := range 7 {
		if err := os.WriteFile(path, fmt.Append(nil, i), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := rotate(path); err != nil {
			t.Fatal(err)
		}
	}
	left, _ := filepath.Glob(path + "*")
	newest, _ := os.ReadFile(path + ".1")
	oldest, _ := os.ReadFile(path + ".4")
	if len(left) != logKept || string(newest) != "6" || string(oldest) != "3" {
		t.Errorf("%v, newest %s, oldest %s", left, newest, oldest)
	}
}

// TestReopen: a file that was moved away is made anew.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	l, err := newHostLogs(dir, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	host := netip.MustParseAddr("192.0.2.7")
	say := func(text string) {
		l.add(host, []byte(text))
		l.write(time.Now())
	}
	say("one\n")
	if err := os.Rename(l.path(host), l.path(host)+".moved"); err != nil {
		t.Fatal(err)
	}
	say("two\n")
	l.reopen()
	say("three\n")
	moved, _ := os.ReadFile(l.path(host) + ".moved")
	fresh, _ := os.ReadFile(l.path(host))
	if string(moved) != "one\ntwo\n" || string(fresh) != "three\n" {
		t.Errorf("%q %q", moved, fresh)
	}
}

// TestManyHosts: made-up addresses fill neither the folder nor the memory.
func TestManyHosts(t *testing.T) {
	l, err := newHostLogs(t.TempDir(), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	for i := range logHosts + 500 {
		l.add(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), make([]byte, 10))
	}
	if len(l.pending) != logHosts || l.left.Load() != 5000 {
		t.Errorf("%d hosts, %d bytes left out", len(l.pending), l.left.Load())
	}
	l.add(netip.AddrFrom4([4]byte{10, 0, 0, 1}), make([]byte, logBuffered))
	if l.size > logBuffered {
		t.Errorf("%d bytes wait", l.size)
	}
}

// TestTeller: who does not answer holds up nobody, and is not waited for for ever.
func TestTeller(t *testing.T) {
	release := make(chan struct{})
	tl := newTeller("test", 1, func(ctx context.Context, _ *alert) error {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return ctx.Err()
	}, t.Logf)
	tl.start()
	for range tellQueue + 50 {
		tl.put(&alert{})
	}
	if n := tl.leftOut.Load(); n < 40 || n > 50 {
		t.Errorf("%d left out", n)
	}
	close(release)
	tl.finish()
	if tl.told.Load()+tl.leftOut.Load() != tellQueue+50 {
		t.Errorf("%d told", tl.told.Load())
	}
}

// TestWebhook: a server that is in trouble is asked again, one that refuses is not.
func TestWebhook(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []int
		tries   int
		fails   bool
	}{
		{"at once", []int{204}, 1, false},
		{"in trouble", []int{503, 200}, 2, false},
		{"refuses", []int{403, 200}, 1, true},
	} {
		tries := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.answers[tries])
			tries++
		}))
		err := postTo(server.URL)(t.Context(), &alert{json: []byte("{}")})
		server.Close()
		if (err != nil) != tt.fails || tries != tt.tries {
			t.Errorf("%s: %v after %d tries", tt.name, err, tries)
		}
	}
	for url, ok := range map[string]bool{"http://a/b": true, "https://a": true, "ftp://a": false, "a": false, "http://": false} {
		if (CheckWebhook(url) == nil) != ok {
			t.Errorf("%s", url)
		}
	}
}

// TestProgram: it gets the crash, and no shell reads its words; a complaint is passed on, a hanging one ended.
func TestProgram(t *testing.T) {
	a := &alert{crash: &store.Crash{Host: "192.0.2.7"}, json: []byte("{}")}
	out := filepath.Join(t.TempDir(), "out")
	if err := runProgram([]string{"/bin/sh", "-c", `echo "$NFOOPS_HOST $(cat) $0" >"` + out + `"`, "$(id);"})(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(out); string(b) != "192.0.2.7 {} $(id);\n" {
		t.Errorf("%q", b)
	}
	err := runProgram([]string{"/bin/sh", "-c", "echo no >&2; exit 3"})(t.Context(), a)
	if err == nil || !strings.Contains(err.Error(), "exit status 3: no") {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := runProgram([]string{"/bin/sh", "-c", "sleep 60"})(ctx, a); err == nil {
		t.Error("a program that hangs was waited for")
	}
}

// TestAlertLine: nothing that a host says reaches the system log unescaped.
func TestAlertLine(t *testing.T) {
	a := &alert{crash: &store.Crash{Host: "192.0.2.7", Report: &triage.Report{
		Title: "BUG: \x1b]0;x\x07\n\u202eevil", Kernel: "6.1\r\n<0>fake", Verdict: triage.Verdict{Status: "unknown"},
	}}}
	for _, c := range a.line() {
		if c < ' ' || c > '~' {
			t.Errorf("%q", a.line())
		}
	}
}

// TestDeskBounds: more than can be analysed is counted and said once.
func TestDeskBounds(t *testing.T) {
	said := 0
	d := newDesk(Config{Say: func(string, ...any) { said++ }}, nil)
	for range queueLength + 10 {
		d.put(netconsole.Incident{Text: []byte("x")})
	}
	d.put(netconsole.Incident{Text: make([]byte, queueBytes+1)})
	if d.leftOut.Load() != 11 || said != 1 {
		t.Errorf("%d left out, said %d times", d.leftOut.Load(), said)
	}
}
