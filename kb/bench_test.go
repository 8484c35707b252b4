package kb

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// syntheticEntries makes n entries of the size and shape of the built-in ones.
func syntheticEntries(tb testing.TB, n int) fstest.MapFS {
	tb.Helper()
	fsys := fstest.MapFS{}
	built := slices.DeleteFunc(load(tb).All(), func(e *Entry) bool { return e.Class == "lesson" })
	for i := range n {
		e := built[i%len(built)]
		data, err := os.ReadFile("entries/" + e.ID + ".yaml")
		if err != nil {
			tb.Fatal(err)
		}
		id := fmt.Sprintf("synthetic-%d", i)
		text := strings.Replace(string(data), "id: "+e.ID, "id: "+id, 1)
		for _, f := range e.Functions {
			name, _, _ := strings.Cut(f, " ")
			text = strings.ReplaceAll(text, name, fmt.Sprintf("%s_%d", name, i))
		}
		fsys[id+".yaml"] = &fstest.MapFile{Data: []byte(text)}
		fsys[id+".log"] = &fstest.MapFile{Data: []byte("BUG: x\n")}
		fsys[id+".miss.log"] = &fstest.MapFile{Data: []byte("BUG: y\n")}
	}
	return fsys
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{0, 700} {
		b.Run(fmt.Sprintf("synthetic=%d", n), func(b *testing.B) {
			base, problems, err := LoadDir(syntheticEntries(b, n))
			if err != nil || len(problems) > 0 {
				b.Fatal(err, len(problems), problems[:min(len(problems), 3)])
			}
			facts := entryCases[0].log
			b.ReportAllocs()
			for b.Loop() {
				if len(base.Match(facts)) != 1 {
					b.Fatal("no match")
				}
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{12, 700} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			fsys := syntheticEntries(b, n)
			size := 0
			for name, f := range fsys {
				if strings.HasSuffix(name, ".yaml") {
					size += len(f.Data)
				}
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				base, problems, err := readBase(fsys)
				if err != nil || len(problems) > 0 || len(base.records) != n {
					b.Fatal(err, len(problems), problems[:min(len(problems), 3)])
				}
			}
		})
	}
}

// BenchmarkStart is what a program pays that reads the built-in entries and looks one crash up: take the text, list
// the signatures, match once.
func BenchmarkStart(b *testing.B) {
	start := func(text string, facts Facts) func(*testing.B) {
		return func(b *testing.B) {
			b.Helper()
			b.ReportAllocs()
			for b.Loop() {
				base, err := readGenerated(text, embedded)
				if err != nil || len(base.Signatures()) == 0 || len(base.Match(facts)) == 0 {
					b.Fatal(err, "no match")
				}
			}
		}
	}
	b.Run("entries=built-in", start(generated, entryCases[0].log))
	facts := entryCases[0].log
	facts.IP.Symbol = fmt.Sprintf("count_them_%d", slices.IndexFunc(load(b).All(), func(e *Entry) bool {
		return e.ID == story
	}))
	b.Run("entries=700", start(generatedFrom(b, syntheticEntries(b, 700)), facts))
}

func BenchmarkSearch(b *testing.B) {
	base, _, err := LoadDir(syntheticEntries(b, 700))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		base.Search("null pointer nat")
	}
}
