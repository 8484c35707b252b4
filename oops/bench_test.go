package oops_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

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
	log, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
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
