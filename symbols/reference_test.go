package symbols

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listed is what the reference below makes of a listing: symbols without their sizes, in the order of a table.
type listed struct {
	symbols []Symbol
	notes   []string
}

var (
	symbolLine = regexp.MustCompile(
		`^([0-9a-fA-F]{1,16}) ([A-Za-z?-]) ([!-~]+)(?:[\t ]\[([!-~]+)\])?\r?\n$`)
	undefinedLine = regexp.MustCompile(`^ {8,}[A-Za-z?-] [^\r\n]`)
)

// reference reads a listing line by line, by a regular expression, and shares nothing with the reader.
func reference(text string) (l listed) {
	var image, loaded []Symbol
	bad, firstBad, twice, cut := 0, 0, 0, false
	seen := map[Symbol]bool{}
	for n, line := range strings.SplitAfter(text, "\n") {
		m := symbolLine.FindStringSubmatch(line)
		switch {
		case m != nil && len(m[3]) <= maxName:
			s := Symbol{Name: m[3], Module: m[4], Type: m[2][0]}
			fmt.Sscanf(m[1], "%x", &s.Addr)
			key := s
			if key.Type = 0; seen[key] {
				twice++
				continue
			}
			seen[key] = true
			if s.Module == "" {
				image = append(image, s)
			} else {
				loaded = append(loaded, s)
			}
		case strings.TrimSpace(line) == "", undefinedLine.MatchString(line):
		case !strings.HasSuffix(line, "\n"):
			cut = true
		default:
			if bad++; bad == 1 {
				firstBad = n + 1
			}
		}
	}
	byAddr := func(a, b Symbol) int {
		switch {
		case a.Addr < b.Addr:
			return -1
		case a.Addr > b.Addr:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(image, byAddr)
	slices.SortStableFunc(loaded, byAddr)
	l.symbols = append(image, loaded...)
	if bad > 0 {
		l.notes = append(l.notes, fmt.Sprintf("%s not a symbol and left out, the first is line %d",
			count(bad, "line is", "lines are"), firstBad))
	}
	if cut {
		l.notes = append(l.notes, "the last line has no end and is left out")
	}
	if twice > 0 {
		l.notes = append(l.notes, count(twice, "line is", "lines are")+" there twice")
	}
	return l
}

// mixed makes a listing of lines such as real ones have, and of damaged ones. What a listing is like as a whole, such
// as the width of its addresses, changes from one to the next.
func mixed(r *rand.Rand) string {
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	sometimes := func(n int) bool { return r.IntN(n) == 0 }
	format := one("%016x", "%016x", "%016x", "%08x", "%016X", "%x")
	end := one("\n", "\n", "\n", "\r\n")
	damage, shuffled, modules, zero := sometimes(3), sometimes(4), sometimes(3), sometimes(10)
	addr := uint64(0xffffffff81000000)
	if format == "%08x" {
		addr = 0xc0100000
	}
	var lines []string
	for range 1 + r.IntN(40) {
		at := addr
		switch {
		case zero:
			at = 0
		case sometimes(15): // per-CPU, or a checksum
			at = uint64(r.IntN(0x20000))
		default:
			addr += uint64(r.IntN(4)) * 0x40
		}
		name := one("nf_hook_slow", "checkentry", "_text", "_stext", "_etext", "_end", "startup_64", "startup_32", "a",
			"foo.isra.0", "foo.part.1", "foo", "__key.42", ".dot", "__pfx_"+strings.Repeat("long_", r.IntN(20)),
			fmt.Sprintf("function_%d", r.IntN(1000)), strings.Repeat("x", lengthNear(r, maxName)))
		line := fmt.Sprintf(format, at) + " " + one("t", "T", "t", "T", "d", "A", "a", "W", "r", "U", "?", "-") + " " + name
		if modules && sometimes(2) {
			line += one("\t", "\t", " ") + "[" + one("nf_tables", "nf_conntrack", "x_tables") + "]"
		}
		if sometimes(20) && len(lines) > 0 {
			line = strings.TrimRight(lines[r.IntN(len(lines))], "\r\n")
		}
		if damage && sometimes(8) && line != "" {
			b := []byte(line)
			b[r.IntN(len(b))] = "\x00 \t\r\n\xff~!gF]["[r.IntN(12)]
			line = string(b)
		}
		if damage && sometimes(20) {
			line = one("", " ", "                 U printk", "# comment", "c0100000 T", "c0100000 T ", "c0100000  T x",
				"00000000000000001 T x", "T x", "c0100000 T x [", "c0100000 T x []", "c0100000 T x [y] z")
		}
		lines = append(lines, line+end)
	}
	if shuffled {
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	}
	text := strings.Join(lines, "")
	if sometimes(4) {
		text = text[:r.IntN(len(text)+1)]
	}
	return text
}

// lengthNear is nearly always short, else near n.
func lengthNear(r *rand.Rand, n int) int {
	if r.IntN(20) == 0 {
		return n - 5 + r.IntN(10)
	}
	return 1 + r.IntN(60)
}

// symbolsOf returns the symbols of a table without their sizes.
func symbolsOf(t *Table) (out []Symbol) {
	for i := range t.Len() {
		s := t.symbol(t.entry(i), 0)
		s.Size = 0
		out = append(out, s)
	}
	return out
}

func TestReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5_000 {
		text := mixed(r)
		sameListing(t, text)
		want := reference(text)
		l, err := scan(text)
		if err != nil {
			t.Fatal(err)
		}
		all := slices.Clone(l.image)
		table := newTable("map", l, nil)
		if diff := cmp.Diff(want, listed{symbolsOf(table), table.notes}, cmp.AllowUnexported(listed{})); diff != "" {
			t.Fatalf("-want +got\n%s\nof\n%s", diff, text)
		}
		if got := table.survey(all); got != table.layout {
			t.Fatalf("layout %+v, by all symbols %+v, of\n%s", table.layout, got, text)
		}
		sameNames(t, table)
	}
}

// sameNames looks for the names of a table in all ways, and compares them with a look at each symbol.
func sameNames(t *testing.T, table *Table) {
	t.Helper()
	names := []string{"foo", "foo.isra.7", "foo.cold", "a.isra.0", "a", "nf_hook_slow.constprop.0", "nothing", "fo", ""}
	for i := range table.Len() {
		if names = append(names, table.name(table.entry(i))); i > 20 {
			break
		}
	}
	indexed := *table
	indexed.index = &nameIndex{}
	indexed.index.searches.Store(maxSearches)
	sorted := *table
	sorted.byName = sorted.sortNames()
	searched, byIndex, bySorted := table.findNames(names), indexed.findNames(names), sorted.findNames(names)
	for _, name := range names {
		var exact, near []int
		for i := range table.Len() {
			n := table.name(table.entry(i))
			if n == name {
				exact = append(exact, i)
			}
			if bodyOf(n) == bodyOf(name) {
				near = append(near, i)
			}
		}
		want := found{near, false}
		if len(exact) > 0 {
			want = found{exact, true}
		}
		got := []found{searched[name], byIndex[name]}
		if len(table.loaded) == 0 { // nothing else is in a cache
			got = append(got, bySorted[name])
		}
		for how, g := range got {
			if !slices.Equal(g.at, want.at) || g.exact != want.exact {
				t.Fatalf("%q, way %d: %v, want %v, of\n%s", name, how, g, want, table.text)
			}
		}
	}
}

// readSlowly is scan without plainLines.
func readSlowly(text string) *listing {
	l := newListing(text)
	for i := 0; i < len(text); {
		i = l.line(i)
	}
	return l
}

// sameListing compares what two ways made of one text.
func sameListing(t *testing.T, text string) {
	t.Helper()
	fast, err := scan(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(readSlowly(text), fast, cmp.AllowUnexported(listing{}, entry{})); diff != "" {
		t.Fatalf("-by line +plain\n%s\nof\n%s", diff, text)
	}
}
