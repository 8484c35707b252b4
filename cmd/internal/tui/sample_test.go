package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// noon is when all tests take place.
var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

// rawLog is a made-up crash, with lines before and behind it.
const rawLog = `[  100.000001] eth0: link is up
[  100.000002] nf_conntrack: default automatic helper assignment has been turned off
[ 9961.204401] BUG: kernel NULL pointer dereference, address: 0000000000000018
[ 9961.204402] #PF: supervisor read access in kernel mode
[ 9961.204403] Oops: 0000 [#1] PREEMPT SMP NOPTI
[ 9961.204404] CPU: 3 PID: 0 Comm: swapper/3 Not tainted 6.1.90-1-amd64 #1 Debian 6.1.90-1
[ 9961.204405] RIP: 0010:nf_nat_sample+0x1c4/0x8a0 [nf_nat]
[ 9961.204406] Code: 84 c0 74 12 48 8b 43 08 <48> 8b 50 18 48 85 d2 74 0f
[ 9961.204407] RSP: 0018:ffffc90000100c60 EFLAGS: 00010246
[ 9961.204408] RAX: 0000000000000000 RBX: ffff88800587bea0 RCX: 0000000000000001
[ 9961.204409] RDX: 00000000000000ff RSI: ffffc90000100c98 RDI: ffff888003f3e540
[ 9961.204410] Call Trace:
[ 9961.204411]  <IRQ>
[ 9961.204412]  ? sched_clock_cpu+0x9/0xb0
[ 9961.204413]  nf_nat_inet_sample+0x46/0x80 [nf_nat]
[ 9961.204414]  nf_hook_slow+0x41/0xf0
[ 9961.204415]  ip_local_deliver+0xce/0x110
[ 9961.204416] Kernel panic - not syncing: Fatal exception in interrupt
[    0.000000] Linux version 6.1.90-1-amd64
`

// natReport is what is made of rawLog.
func natReport() *triage.Report {
	frame := func(name, offset, size, module string, line int, reliable bool) triage.Frame {
		return triage.Frame{
			Place:    triage.Place{Symbol: name, Offset: triage.Hex(offset), Size: triage.Hex(size), Module: module},
			Reliable: reliable, Context: "softirq", LogLine: line,
		}
	}
	r := &triage.Report{
		Title: "BUG: unable to handle kernel NULL pointer dereference in nf_nat_sample", AltTitles: []string{},
		Kind: "null-deref", Severity: "panic", Kernel: "6.1.90-1-amd64", KernelBuild: "#1 Debian 6.1.90-1", Arch: "x86_64",
		Host: "web-07", CPU: ptr(3), PID: ptr(0), Comm: "swapper/3", Tainted: []string{}, Context: "softirq",
		IP: &triage.Place{
			Symbol: "nf_nat_sample", Offset: "0x1c4", Size: "0x8a0", Module: "nf_nat",
			File: "net/netfilter/nf_nat_core.c", Line: 612,
		},
		FaultAddress: "0x18", Access: "read", ErrorCode: "0x0",
		Registers: map[string]triage.Hex{
			"rax": "0x0", "rbx": "0xffff88800587bea0", "rcx": "0x1", "rdx": "0xff", "rsi": "0xffffc90000100c98",
			"rdi": "0xffff888003f3e540",
		},
		Order: []string{"rax", "rbx", "rcx", "rdx", "rsi", "rdi"},
		Code: &triage.Code{
			Bytes: "84 c0 74 12 48 8b 43 08 48 8b 50 18 48 85 d2 74 0f", FaultIndex: ptr(8), Unit: 1, Confidence: 0.97,
			Instructions: []triage.Instruction{
				{Offset: -8, Bytes: "84 c0", Text: "test %al,%al"},
				{Offset: -6, Bytes: "74 12", Text: "je .+0x12", Reliable: true},
				{Offset: -4, Bytes: "48 8b 43 08", Text: "mov 0x8(%rbx),%rax", Reliable: true},
				{Offset: 0, Bytes: "48 8b 50 18", Text: "mov 0x18(%rax),%rdx", Fault: true, Reliable: true, Note: "reads NULL + 0x18"},
				{Offset: 4, Bytes: "48 85 d2", Text: "test %rdx,%rdx", Reliable: true},
				{Offset: 7, Bytes: "74 0f", Text: "je .+0xf", Reliable: true},
			},
		},
		Trace: []triage.Frame{
			frame("sched_clock_cpu", "0x9", "0xb0", "", 14, false),
			frame("nf_nat_inet_sample", "0x46", "0x80", "nf_nat", 15, true),
			frame("nf_hook_slow", "0x41", "0xf0", "", 16, true),
			frame("ip_local_deliver", "0xce", "0x110", "", 17, true),
		},
		Modules: []string{"nf_nat", "nf_conntrack"}, Panic: "Fatal exception in interrupt",
		FollowOn: []triage.FollowOn{}, Completeness: 1, Damage: []triage.Damage{},
		Culprit: &triage.Culprit{
			Symbol: "nf_nat_sample", Module: "nf_nat", File: "net/netfilter/nf_nat_core.c", Line: 612, Why: "it crashed there",
		},
		Cause: &triage.Cause{
			Summary:      "reads 8 bytes at 0x18 = %rax (0x0) + 0x18; %rax is NULL",
			BaseRegister: "rax", BaseValue: "0x0", Offset: "0x18", Struct: "nf_conn", Field: "ext",
		},
		Verdict: triage.Verdict{Status: "known", ID: "nf-nat-sample-ext", Sentence: "This is a known bug."},
		Matches: []triage.Match{{
			ID: "nf-nat-sample-ext", Title: "nf_nat: the extension is read before it is there", Class: "bug", Verdict: "known",
			Score: 0.93, Affected: "yes", FixedIn: []string{"6.1.94", "6.6.34", "6.10"},
			Evidence: []triage.Evidence{{Fact: "The crash is in nf_nat_sample.", Weight: 0.4, Line: 7}},
			Against:  []triage.Evidence{},
			Fix:      &triage.Fix{Commit: "9e8f1ba3c2d19e8f1ba3", Subject: "netfilter: nat: look at the extension first"},
			References: []string{
				"https://example.org/nf-nat-sample",
			},
		}, {
			ID: "nf-nat-other", Title: "nf_nat: something alike", Class: "bug", Verdict: "possible", Score: 0.31,
			Affected: "unknown", FixedIn: []string{}, Evidence: []triage.Evidence{}, Against: []triage.Evidence{}, References: []string{},
		}},
		Symbols: []triage.SymbolSource{}, Missing: []triage.Missing{},
		Advice: []triage.Step{
			{Text: "Install the kernel that has the fix, and boot it:", Command: "apt install linux-image-amd64"},
			{Text: "Until then take the masquerade rule out.", Cost: "hosts behind this one lose the network", Undo: "add it again"},
		},
		Fingerprint: triage.Fingerprint{Exact: "45866f9b0f298744", Similar: "d2ba376fd5c22943"},
		Span:        triage.Span{FirstLine: 3, LastLine: 18},
		Quotes:      map[int]string{},
		Facts:       map[string]int{"title": 3, "kernel": 6, "ip": 7, "cpu": 6, "pid": 6, "code": 8, "registers": 10, "panic": 18, "fault_address": 3},
	}
	for i, line := range strings.Split(rawLog, "\n") {
		if i+1 >= 3 && i+1 <= 18 {
			_, text, _ := strings.Cut(line, "] ")
			r.Quotes[i+1] = text
		}
	}
	r.Span.Offset = int64(strings.Index(rawLog, "[ 9961.204401]"))
	return r
}

// unknownReport is a crash that nobody knows, of which little is left.
func unknownReport() *triage.Report {
	return &triage.Report{
		Title: "general protection fault in nft_sample_eval", AltTitles: []string{}, Kind: "gpf", Severity: "oops",
		Kernel: "5.15.0-91-generic", Arch: "x86_64", Host: "fw-02", Tainted: []string{"O"}, Context: "unknown",
		IP:        &triage.Place{Symbol: "nft_sample_eval", Offset: "0x2f", Size: "0x200", Module: "nf_tables"},
		Registers: map[string]triage.Hex{}, Trace: []triage.Frame{}, Modules: []string{}, FollowOn: []triage.FollowOn{},
		Completeness: 0.3, Damage: []triage.Damage{{Kind: "cut", Line: 4, Detail: "the log ends inside of the crash"}},
		Verdict: triage.Verdict{Status: "unknown", Sentence: "None of the known bugs fits."}, Matches: []triage.Match{},
		Symbols: []triage.SymbolSource{}, Advice: []triage.Step{},
		Missing:     []triage.Missing{{What: "the Code: line", Gives: "the faulting instruction"}},
		Fingerprint: triage.Fingerprint{Exact: "aaaa000011112222", Similar: "bbbb000011112222"},
		Span:        triage.Span{FirstLine: 1, LastLine: 4}, Facts: map[string]int{"title": 1, "ip": 3},
	}
}

// otherReport has a title and nothing else in common with natReport.
func otherReport() *triage.Report {
	r := unknownReport()
	r.Title, r.Kind, r.Severity, r.Host = "INFO: rcu detected stall in sample_poll", "rcu-stall", "hang", "lb-1"
	r.IP = nil
	r.Verdict = triage.Verdict{Status: "likely", ID: "sample-poll-stall", Sentence: ""}
	r.Matches = []triage.Match{{
		ID: "sample-poll-stall", Title: "sample_poll() never ends where the ring is full", Class: "bug", Verdict: "likely",
		Score: 0.61, Affected: "unknown", FixedIn: []string{"6.8"}, Evidence: []triage.Evidence{}, Against: []triage.Evidence{},
		References: []string{},
	}}
	r.Fingerprint = triage.Fingerprint{Exact: "cccc000011112222", Similar: "dddd000011112222"}
	return r
}

// fill puts crashes of a bad night into a store.
func fill(t testing.TB, s store.Store) {
	t.Helper()
	put := func(r *triage.Report, host, kernel string, before time.Duration, raw string) string {
		t.Helper()
		r.Host, r.Kernel = host, kernel
		a, err := s.Add(context.Background(), &store.Crash{
			Seen: noon.Add(-before), Host: host, Source: "udp:" + host, Report: r, Raw: []byte(raw),
		})
		if err != nil {
			t.Fatal(err)
		}
		return a.Group
	}
	for i := range 17 {
		put(natReport(), "lb-1", "6.1.90-1-amd64", time.Duration(4*60+3*i)*time.Minute, rawLog)
	}
	for i := range 3 {
		put(natReport(), "web-07", "6.1.85-1-amd64", time.Duration(2*60+40*i)*time.Minute, rawLog)
	}
	put(otherReport(), "lb-1", "6.1.90-1-amd64", 9*time.Hour, "")
	put(unknownReport(), "fw-02", "5.15.0-91-generic", 40*time.Hour, "x\n")
	closed := unknownReport()
	closed.Title, closed.Fingerprint.Similar = "WARNING in sample_closed", "eeee000011112222"
	id := put(closed, "fw-02", "5.15.0-91-generic", 30*24*time.Hour, "")
	if err := s.SetStatus(context.Background(), id, store.Closed, ""); err != nil {
		t.Fatal(err)
	}
	put(natReport(), "web-07", "6.1.90-1-amd64", 3*time.Minute, rawLog)
}

// backend is a Backend without an analysis.
type backend struct {
	raw      map[int64]string // by crash; what the crash brings along counts first
	analysed int
	symbols  []string
	editor   string
}

func (b *backend) Analyse(_ context.Context, c *store.Crash, progress func(float64)) (*triage.Report, error) {
	progress(0.5)
	b.analysed++
	return c.Report, nil
}

func (b *backend) Raw(c *store.Crash) (io.ReaderAt, int64, error) {
	raw := c.Raw
	if raw == nil {
		raw = []byte(b.raw[c.ID])
	}
	if strings.HasPrefix(c.Report.Title, "BUG: unable to handle kernel NULL") && len(raw) == 0 {
		raw = []byte(rawLog)
	}
	return bytes.NewReader(raw), int64(len(raw)), nil
}

func (b *backend) LoadSymbols(_ context.Context, path string, progress func(float64)) error {
	progress(0.3)
	if strings.Contains(path, "missing") {
		return fmt.Errorf("%s: no such file", path)
	}
	b.symbols = append(b.symbols, path)
	return nil
}

func (b *backend) SymbolGuesses(r *triage.Report) []string {
	return []string{"/boot/System.map-" + r.Kernel, "/usr/lib/debug/boot/vmlinux-" + r.Kernel}
}

func (b *backend) Text(r *triage.Report, input string, width int, verbose bool) []string {
	o := render.Options{Width: width, Tool: triage.Tool{Version: "test", KB: "2 entries"}}
	if verbose {
		o.Verbose = 1
	}
	make, _ := render.For("text")
	var out strings.Builder
	if err := make(&out, o).Report(r, input); err != nil {
		return []string{err.Error()}
	}
	return strings.Split(strings.Trim(out.String(), "\n"), "\n")
}

func (b *backend) Markdown(r *triage.Report, input string, redact bool) (string, error) {
	return fmt.Sprintf("## %s redact=%v", r.Title, redact), nil
}

func (b *backend) Entry(id string, width int) ([]string, error) {
	page := render.Entry("The title of "+id, []render.Field{
		{Name: "CAUSE", Text: "The extension is read before it is there."}, {Name: "DIFF", Text: "-a\n+b\n", Verbatim: true},
	}, render.Options{Width: width})
	return strings.Split(strings.Trim(string(page), "\n"), "\n"), nil
}

func (b *backend) Source(file string, line int) (*exec.Cmd, error) {
	b.editor = fmt.Sprintf("%s:%d", file, line)
	return nil, errors.New("no editor in tests")
}

func (b *backend) Log(c *store.Crash, line int) (*exec.Cmd, error) {
	b.editor = fmt.Sprintf("log:%d", line)
	return nil, errors.New("no editor in tests")
}

func (b *backend) Browse(url string) (*exec.Cmd, error) {
	return nil, errors.New("there is no browser here")
}

// screenOf is a model of a filled inbox, with everything loaded.
func screenOf(t testing.TB, w, h int, change func(*Options)) *Model {
	t.Helper()
	s := new(Memory)
	fill(t, s)
	o := Options{
		Store: s, Backend: &backend{}, Name: "/var/lib/nfoops/inbox.db", Calm: true, Poll: -1,
		Now: func() time.Time { return noon },
	}
	if change != nil {
		change(&o)
	}
	m := New(context.Background(), o)
	run(m, m.Init())
	send(m, tea.WindowSizeMsg{Width: w, Height: h})
	return m
}

// send gives a message to the model, and all that follows from it.
func send(m *Model, msg tea.Msg) {
	_, cmd := m.Update(msg)
	run(m, cmd)
}

// run does a command at once, and gives the model what comes of it.
func run(m *Model, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	if _, quits := msg.(tea.QuitMsg); quits || msg == nil {
		return
	}
	// A batch, or a sequence, whose type bubbletea keeps to itself.
	if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range v.Len() {
			run(m, v.Index(i).Interface().(tea.Cmd))
		}
		return
	}
	send(m, msg)
}

// press types keys: names as bubbletea has them, one to a word; a word in quotes is typed letter by letter.
func press(m *Model, keys string) {
	for _, k := range strings.Fields(keys) {
		if text, quoted := strings.CutPrefix(k, `"`); quoted {
			for _, r := range strings.TrimSuffix(text, `"`) {
				send(m, keyPress(string(r)))
			}
			continue
		}
		send(m, keyPress(k))
	}
}

func keyPress(name string) tea.KeyPressMsg {
	codes := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "space": tea.KeySpace, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp,
		"home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "f1": tea.KeyF1,
	}
	if c, special := codes[name]; special {
		return tea.KeyPressMsg{Code: c}
	}
	if rest, found := strings.CutPrefix(name, "ctrl+"); found {
		return tea.KeyPressMsg{Code: []rune(rest)[0], Mod: tea.ModCtrl}
	}
	if name == "shift+tab" {
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// shown is the screen as text.
func shown(m *Model) string {
	var lines []string
	for l := range strings.SplitSeq(ansi.Strip(m.draw()), "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return strings.Join(lines, "\n") + "\n"
}

func stripped(s string) string { return ansi.Strip(s) }

func sprint(v any) string { return fmt.Sprint(v) }

func ansiWidth(s string) int { return ansi.StringWidth(s) }
