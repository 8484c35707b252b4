package marker

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	ahocorasick "github.com/BobuSumisu/aho-corasick"
)

// each finds by comparing every marker with every place.
func each(b []byte) []string {
	var out []string
	for i := range b {
		for k := range Table {
			if m := &Table[k]; m.Class != Weak && bytes.HasPrefix(b[i:], []byte(m.Text)) {
				out = append(out, fmt.Sprintf("%d-%d", i, i+len(m.Text)))
			}
		}
	}
	return out
}

func searched(b []byte, v *vector) []string {
	var out []string
	searcher().search(b, func(begin, end int) { out = append(out, fmt.Sprintf("%d-%d", begin, end)) }, v)
	return out
}

// same checks the search by pairs and those with vectors; the order is free.
func same(t *testing.T, b []byte) {
	t.Helper()
	want := each(b)
	slices.Sort(want)
	for i := range len(vectorSearches) + 1 {
		var v *vector
		if i > 0 {
			v = &vectorSearches[i-1]
		}
		got := searched(b, v)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("search %d: %v, want %v, in %q", i, got, want, b)
		}
	}
}

// Every marker is found at every place of a text, whatever stands around it.
func TestSearch(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for k := range Table {
		for n := range 100 {
			b := make([]byte, n+rnd.IntN(80))
			for i := range b {
				b[i] = " :abcdeIKNOUW[\n"[rnd.IntN(15)]
			}
			same(t, slices.Concat(b[:min(n, len(b))], []byte(Table[k].Text), b[min(n, len(b)):]))
		}
	}
}

func TestEveryMarkerHasAFingerprint(t *testing.T) {
	for _, m := range Table {
		if len(m.Text) < fingerprintLen {
			t.Errorf("%q is shorter than a fingerprint", m.Text)
		}
	}
	if len(Table) > 255 {
		t.Error("the slots are bytes")
	}
}

// FuzzSearch: the vector search, that by pairs and the slow one agree.
func FuzzSearch(f *testing.F) {
	f.Add([]byte("x BUG: y"))
	f.Add([]byte(strings.Repeat("Kernel pani", 20) + "Kernel panic"))
	for _, m := range Table {
		f.Add([]byte("[   12.345678] systemd[1]: Started" + m.Text + "\n"))
	}
	f.Fuzz(func(t *testing.T, b []byte) { same(t, b) })
}

// benchText is what ordinary logs are made of: the negative logs, over and over.
func benchText(tb testing.TB) []byte {
	tb.Helper()
	var b []byte
	names, _ := filepath.Glob("../../testdata/logs/negative/*.txt")
	for _, name := range append(names, "../../testdata/logs/captured/menagerie-warn-amd64/serial.log") {
		text, err := os.ReadFile(name)
		if err == nil {
			b = append(b, text...)
		}
	}
	if len(b) < 10000 {
		tb.Fatal("no logs")
	}
	var ordinary []byte // a marker here and there would measure the parser's part of the work
	for line := range bytes.Lines(b) {
		if !Opens(line) {
			ordinary = append(ordinary, line...)
		}
	}
	return bytes.Repeat(ordinary, 1<<20/len(ordinary)+1)
}

func BenchmarkSearch(b *testing.B) {
	text := benchText(b)
	var literals, words []string
	for i := range Table {
		if Table[i].Class != Weak {
			literals = append(literals, Table[i].Text)
			words = append(words, regexp.QuoteMeta(Table[i].Text))
		}
	}
	re := regexp.MustCompile(strings.Join(words, "|"))
	trie := ahocorasick.NewTrieBuilder().AddStrings(literals).Build()
	n := 0
	count := func(int, int) { n++ }
	type candidate struct {
		name string
		run  func()
	}
	var all []candidate
	for i := range vectorSearches {
		v := &vectorSearches[i]
		all = append(all, candidate{fmt.Sprint("vector-", v.width), func() { searcher().search(text, count, v) }})
	}
	for _, c := range append(all, []candidate{
		{"pairs", func() { searcher().search(text, count, nil) }},
		{"find", func() {
			for b := text; ; {
				m, i := Find(b)
				if m == nil {
					break
				}
				if b = b[i+1:]; m.Class != Weak {
					n++
				}
			}
		}},
		{"rare-byte", func() { rareByte(text, count) }},
		{"first-byte", func() { firstByte(text, count) }},
		{"index-each", func() {
			for i := range Table {
				if Table[i].Class != Weak && bytes.Contains(text, []byte(Table[i].Text)) {
					n++
				}
			}
		}},
		{"aho-corasick", func() { n += len(trie.Match(text)) }},
		{"count-newlines", func() { _ = bytes.Count(text, []byte{'\n'}) }},
		{"regexp", func() {
			if re.Match(text[:64<<10]) {
				n++
			}
		}},
	}...) {
		b.Run(c.name, func(b *testing.B) {
			n = 0
			b.SetBytes(int64(len(text)))
			if c.name == "regexp" {
				b.SetBytes(64 << 10)
			}
			for b.Loop() {
				c.run()
			}
			if n != 0 {
				b.Fatalf("%d found", n)
			}
		})
	}
}

// rareByte is a candidate that was not taken: one bytes.IndexByte for each rarest byte of the markers.
func rareByte(b []byte, found func(int, int)) {
	f := searcher()
	seen := map[byte]bool{}
	for k := range f.prints {
		c := f.prints[k].text[f.prints[k].at]
		if seen[c] {
			continue
		}
		seen[c] = true
		for i := 0; ; i++ {
			j := bytes.IndexByte(b[i:], c)
			if j < 0 {
				break
			}
			i += j
			if i+fingerprintLen <= len(b) {
				f.compare(b, i, found)
			}
		}
	}
}

// firstByte is another: a table of the first bytes of the fingerprints.
func firstByte(b []byte, found func(int, int)) {
	f := searcher()
	var table [256]bool
	for k := range f.prints {
		table[f.prints[k].text[f.prints[k].at]] = true
	}
	for i := 0; i+fingerprintLen <= len(b); i++ {
		if table[b[i]] {
			f.compare(b, i, found)
		}
	}
}
