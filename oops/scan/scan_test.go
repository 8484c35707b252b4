package scan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/oops/scan"
)

// logs are all those of the repository, by name.
func logs(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, dir := range []string{"../../testdata/logs", "../../testdata/kernels/connlimit-2.6.11", "../testdata", "../../kb/entries"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.Contains(path, "/fuzz/") {
				return err
			}
			if ext := filepath.Ext(path); ext != ".txt" && ext != ".log" && ext != ".oops" && ext != ".pcap" && ext != ".serial" {
				return nil
			}
			out[path], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) < 100 {
		t.Fatalf("only %d logs", len(out))
	}
	return out
}

// result is what a parser tells of an input.
type result struct {
	Crashes []*oops.Crash
	Err     string
}

func collect(crashes iter.Seq2[*oops.Crash, error]) result {
	var r result
	for c, err := range crashes {
		if err != nil {
			r.Err = err.Error()
			continue
		}
		r.Crashes = append(r.Crashes, c)
	}
	return r
}

func parsed(log []byte) result {
	var p oops.Parser
	return collect(p.Crashes(bytes.NewReader(log)))
}

func found(f *scan.Finder) result {
	defer f.Close()
	var p oops.Parser
	return collect(p.Found(f))
}

// same checks that the finder leads the parser to what it finds alone, in shards of some sizes, as a file and as a
// stream.
func same(t *testing.T, name string, log []byte, shards ...int) {
	t.Helper()
	want := parsed(log)
	for _, n := range shards {
		for jobs := 1; jobs <= 3; jobs += 2 {
			o := scan.Options{Jobs: jobs, Shard: n}
			for kind, f := range map[string]*scan.Finder{
				"file":   scan.File(context.Background(), bytes.NewReader(log), int64(len(log)), o),
				"stream": scan.Stream(context.Background(), bytes.NewReader(log), o),
			} {
				got := found(f)
				if !reflect.DeepEqual(want, got) {
					diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(oops.Crash{}))
					t.Fatalf("%s as a %s, shards of %d: the parser alone (-) and with the finder (+):\n%s", name, kind, n, diff)
				}
				lines := bytes.Count(log, []byte("\n"))
				if len(log) > 0 && log[len(log)-1] != '\n' {
					lines++
				}
				if f.Lines() != lines || f.Bytes() != int64(len(log)) {
					t.Fatalf("%s as a %s: %d lines, %d bytes; want %d, %d", name, kind, f.Lines(), f.Bytes(), lines, len(log))
				}
			}
		}
	}
}

func TestEveryLog(t *testing.T) {
	for name, log := range logs(t) {
		same(t, name, log, 97, 1000, 1<<20)
		if len(log) < 2<<10 {
			same(t, name, log, 1, 2)
		}
	}
}

// noise makes lines that are nobody's crash, of lengths between a few bytes and more than a row's.
func noise(rnd *rand.Rand, w *bytes.Buffer) {
	words := []string{
		"systemd[1]: Started", "INFO", "WARNING", "BUG", "kernel", "eth0: link up", "test", "ok 12", "Oop", "RIP", "\r", "\x00",
		"[   12.345678]", "<4>", "usb 1-1: new high-speed device", "ffff888012345678", "Call", "Trace", "audit:", "  ",
	}
	for range rnd.IntN(60) {
		for range rnd.IntN(12) {
			w.WriteString(words[rnd.IntN(len(words))])
			w.WriteByte(' ')
		}
		switch rnd.IntN(400) {
		case 0:
			w.WriteString(strings.Repeat("x", rnd.IntN(200<<10)))
		case 1:
			w.Write(make([]byte, rnd.IntN(200<<10)))
		case 2:
			w.WriteString(strings.Repeat("\r", rnd.IntN(100<<10)))
		}
		if rnd.IntN(50) > 0 {
			w.WriteByte('\n')
		}
	}
}

// All logs in one, with noise between and inside.
func TestAllLogsTogether(t *testing.T) {
	all := logs(t)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	rounds := 2
	if testing.Short() {
		rounds = 1
	}
	for seed := range uint64(rounds) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		var b bytes.Buffer
		rnd.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, name := range names[:len(names)/3] {
			noise(rnd, &b)
			log := all[name]
			if rnd.IntN(2) == 0 && len(log) > 0 {
				at := rnd.IntN(len(log))
				b.Write(log[:at])
				noise(rnd, &b)
				log = log[at:]
			}
			b.Write(log)
		}
		same(t, fmt.Sprintf("seed %d", seed), b.Bytes(), 777, 64<<10, 1<<20)
	}
}

func TestUTF16(t *testing.T) {
	log, err := os.ReadFile("../../testdata/logs/nf-conntrack-x86_64-6.x/oops.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{"\ufeff", ""} {
		var b []byte
		for _, u := range utf16.Encode([]rune(mark + string(log))) {
			b = append(b, byte(u), byte(u>>8))
		}
		same(t, "UTF-16"+mark, b, 999, 1<<20)
	}
	same(t, "UTF-8 with a mark", append([]byte("\xef\xbb\xbf"), log...), 20, 999, 1<<20)
}

// Rows without end, before and around the crash.
func TestLongRows(t *testing.T) {
	log, err := os.ReadFile("../../testdata/logs/nf-conntrack-x86_64-6.x/oops.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{65535, 65536, 65537, 1 << 20, 3<<20 + 17} {
		for _, glue := range []string{"", "\n", "\r"} {
			b := append(bytes.Repeat([]byte("a "), n/2), glue...)
			b = append(append(b, log...), bytes.Repeat([]byte("\rb"), n/3)...)
			b = append(append(b, glue...), log...)
			same(t, fmt.Sprintf("%d and %q", n, glue), b, 100<<10, 1<<20)
		}
	}
}

// short is a file that is not as long as it was said to be.
func TestShrunkFile(t *testing.T) {
	log, err := os.ReadFile("../../testdata/logs/nf-conntrack-x86_64-6.x/oops.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []scan.Options{{}, {Shard: 1000, Jobs: 2}} {
		f := scan.File(context.Background(), bytes.NewReader(log), int64(len(log))+5000, o)
		var p oops.Parser
		n := 0
		var last error
		for c, err := range p.Found(f) {
			if last = err; c != nil {
				n++
			}
		}
		f.Close()
		if n != 1 || !errors.Is(last, scan.ErrShrank) {
			t.Errorf("%+v: %d crashes, %v", o, n, last)
		}
	}
}

// slow gives its pieces one by one, with a pause behind each.
type slow struct {
	pieces []string
	pause  bool
}

func (s *slow) Read(p []byte) (int, error) {
	switch {
	case s.pause:
		s.pause = false
		return 0, scan.ErrPause
	case len(s.pieces) == 0:
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	s.pieces, s.pause = s.pieces[1:], true
	return n, nil
}

// A crash at the end of a live log is told when nothing comes for a while, and what comes then is read.
func TestLive(t *testing.T) {
	log, err := os.ReadFile("../../testdata/logs/nf-conntrack-x86_64-6.x/oops.txt")
	if err != nil {
		t.Fatal(err)
	}
	boot := strings.Repeat("[    1.000000] all is well\n", 70)
	r := &slow{pieces: []string{boot, boot[:50], boot[50:], string(log), boot, string(log) + boot[:30], boot[30:]}}
	var p oops.Parser
	var lines []int
	n := bytes.Count(log, []byte("\n"))
	for c, err := range p.Found(scan.Stream(context.Background(), r, scan.Options{Live: true})) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, c.FirstLine)
		if len(lines) == 1 && c.LastLine > 140+n {
			t.Error("it waited for what came later")
		}
	}
	first := parsed(log).Crashes[0].FirstLine
	if want := []int{140 + first, 140 + n + 70 + first}; !slices.Equal(lines, want) {
		t.Errorf("crashes in lines %v, want %v", lines, want)
	}
}

// failing gives an error after its bytes.
type failing struct{ io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("the cable is cut")
	}
	return n, err
}

func TestReadError(t *testing.T) {
	log, err := os.ReadFile("../../testdata/logs/nf-conntrack-x86_64-6.x/oops.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := found(scan.Stream(context.Background(), failing{bytes.NewReader(log)}, scan.Options{Shard: 512}))
	if len(got.Crashes) != 1 || got.Err != "the cable is cut" {
		t.Errorf("%d crashes, %q", len(got.Crashes), got.Err)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	r, w := io.Pipe()
	defer w.Close()
	f := scan.Stream(ctx, r, scan.Options{})
	go stop()
	var p oops.Parser
	for _, err := range p.Found(f) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// FuzzFound: the finder and the parser agree on any bytes, in shards of any size.
func FuzzFound(f *testing.F) {
	for _, log := range logs(f) {
		if len(log) < 8<<10 {
			f.Add(log, 512)
		}
	}
	f.Add([]byte("\xef\xbb\xbfOops\r\rOops: 0000 [#1]\r\nEIP is at f+0x1/0x2\x00\x00"), 7)
	f.Fuzz(func(t *testing.T, log []byte, n int) {
		same(t, "fuzzed", log, 1+(n&0xfff))
	})
}
