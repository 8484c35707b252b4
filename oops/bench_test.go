package oops_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nfoops/nfoops/oops"
)

// BenchmarkTypicalOops reads one oops of 100 lines and 6 KB, as it comes out of dmesg. The aim is 45 µs.
func BenchmarkTypicalOops(b *testing.B) {
	benchmarkLog(b, filepath.Join("..", "testdata", "logs", "nf-conntrack-x86_64-6.x", "oops.txt"))
}

// BenchmarkOldOops reads one without a transport, of 2.6.11.
func BenchmarkOldOops(b *testing.B) {
	benchmarkLog(b, filepath.Join("..", "testdata", "kernels", "connlimit-2.6.11", "oops.txt"))
}

func benchmarkLog(b *testing.B, name string) {
	b.Helper()
	log, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkBytes(b, log)
}

func benchmarkBytes(b *testing.B, log []byte) {
	b.Helper()
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		var p oops.Parser
		n := 0
		for range p.Crashes(bytes.NewReader(log)) {
			n++
		}
		if n != 1 {
			b.Fatalf("%d crashes", n)
		}
	}
}

// BenchmarkWindow reads the same oops between ordinary lines, as it stands in the log of a test lab: 40 before it, 120
// behind it.
func BenchmarkWindow(b *testing.B) {
	one, err := os.ReadFile(filepath.Join("..", "testdata", "logs", "nf-conntrack-x86_64-6.x", "oops.txt"))
	if err != nil {
		b.Fatal(err)
	}
	ordinary, err := os.ReadFile(filepath.Join("testdata", "ordinary.txt"))
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.SplitAfter(ordinary, []byte("\n"))
	var log bytes.Buffer
	for i := range 160 {
		if i == 40 {
			log.Write(one)
		}
		log.Write(lines[i%len(lines)])
	}
	benchmarkBytes(b, log.Bytes())
}

// BenchmarkCaptured reads each serial log of the captures in turn, parse only, and reports what the median log and the
// median crash cost in µs.
func BenchmarkCaptured(b *testing.B) {
	names, err := filepath.Glob(filepath.Join("..", "testdata", "logs", "captured", "*", "serial.log"))
	if err != nil || len(names) == 0 {
		b.Fatal("no captured logs", err)
	}
	type capture struct {
		log     []byte
		crashes int
		spent   time.Duration
	}
	captures := make([]capture, len(names))
	for i, name := range names {
		if captures[i].log, err = os.ReadFile(name); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		for i := range captures {
			c := &captures[i]
			c.crashes = 0
			start := time.Now()
			var p oops.Parser
			for range p.Crashes(bytes.NewReader(c.log)) {
				c.crashes++
			}
			c.spent += time.Since(start)
		}
	}
	var logs, each []float64
	for _, c := range captures {
		spent := float64(c.spent.Nanoseconds()) / 1e3 / float64(b.N)
		logs = append(logs, spent)
		if c.crashes > 0 {
			each = append(each, spent/float64(c.crashes))
		}
	}
	slices.Sort(logs)
	slices.Sort(each)
	b.ReportMetric(logs[len(logs)/2], "µs/median-log")
	b.ReportMetric(each[len(each)/2], "µs/median-crash")
}

// BenchmarkCrashes reads logs of 100 and of 400 crashes and reports how much more the longer one costs, which is to be
// 4 and a little: the time must grow with the length and no faster.
func BenchmarkCrashes(b *testing.B) {
	one, err := os.ReadFile(filepath.Join("..", "testdata", "logs", "nf-conntrack-x86_64-6.x", "oops.txt"))
	if err != nil {
		b.Fatal(err)
	}
	var perLog [2]float64 // nanoseconds, the fastest run
	for i, crashes := range [...]int{100, 400} {
		log := bytes.Repeat(one, crashes)
		b.Run(strconv.Itoa(crashes), func(b *testing.B) {
			b.SetBytes(int64(len(log)))
			b.ReportAllocs()
			for b.Loop() {
				begin := time.Now()
				var p oops.Parser
				n := 0
				for range p.Crashes(bytes.NewReader(log)) {
					n++
				}
				if n == 0 {
					b.Fatal("no crash")
				}
				if t := float64(time.Since(begin)); perLog[i] == 0 || t < perLog[i] {
					perLog[i] = t
				}
			}
			if i == 1 && perLog[0] > 0 {
				b.ReportMetric(perLog[1]/perLog[0], "times-100")
			}
		})
	}
}
