package symbols

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/nfoops/nfoops/symbols/internal/object"
)

// The oracle is addr2line -f -i of binutils. It runs over the small objects of testdata/kernels/symbols always, and
// over a kernel's debug package with NFOOPS_DBG=DIR, as `make -C testdata/kernels/symbols debian` does.

// probe is an address of an image, and the section that addr2line needs to know it by.
type probe struct {
	addr    uint64
	section string
	offset  uint64 // in the section for a module, else the address
}

// probes returns about n addresses in the functions of an image, at random, the same ones each time.
func probes(t testing.TB, m *Image, n int) []probe {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	var functions []object.Symbol
	var starts []uint64 // what a function's first byte is the how manieth of
	var total uint64
	err := m.object.Symbols(func(s object.Symbol) {
		if s.Type|0x20 == 't' && s.Size > 0 && s.Section != 0 {
			functions = append(functions, s)
			starts = append(starts, total)
			total += s.Size
		}
	})
	if err != nil || total == 0 {
		t.Fatalf("%s has no functions: %v", m.Name(), err)
	}
	var out []probe
	for len(out) < n {
		at := rng.Uint64N(total)
		i, found := slices.BinarySearch(starts, at)
		if !found {
			i--
		}
		f := functions[i]
		addr := f.Addr + at - starts[i]
		s := &m.object.Sections[f.Section]
		p := probe{addr: addr, section: s.Name, offset: addr}
		if m.object.Relocatable {
			p.offset -= s.Addr
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b probe) int {
		return cmp.Or(strings.Compare(a.section, b.section), cmp.Compare(a.addr, b.addr))
	})
	return slices.Compact(out)
}

// addr2line returns the oracle's answer for each probe: lines of "function file:line".
func addr2line(t testing.TB, file string, relocatable bool, ps []probe) [][]string {
	t.Helper()
	out := make([][]string, len(ps))
	for i := 0; i < len(ps); {
		j := i
		var in bytes.Buffer
		for ; j < len(ps) && ps[j].section == ps[i].section; j++ {
			fmt.Fprintf(&in, "%#x\n", ps[j].offset)
		}
		args := []string{"-a", "-f", "-i", "-e", file}
		if relocatable {
			args = append(args, "-j", ps[i].section)
		}
		cmd := exec.Command("addr2line", args...)
		cmd.Stdin = &in
		text, err := cmd.Output()
		if err != nil {
			t.Fatalf("addr2line: %v", err)
		}
		k := i - 1
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		for n := 0; n < len(lines); n++ {
			if strings.HasPrefix(lines[n], "0x") {
				k++
				continue
			}
			if n+1 >= len(lines) {
				break
			}
			place, _, _ := strings.Cut(lines[n+1], " (disc")
			out[k] = append(out[k], lines[n]+" "+cleanPlace(place))
			n++
		}
		i = j
	}
	return out
}

func cleanPlace(place string) string {
	i := strings.LastIndexByte(place, ':')
	file, line := place[:i], place[i+1:]
	if line == "?" {
		line = "0"
	}
	if file == "??" {
		return "?:0"
	}
	return path.Clean(file) + ":" + line
}

// ours returns this package's answer in the oracle's form.
func ours(m *Image, p probe) []string {
	a, reason, err := m.Find(p.addr, false)
	if err != nil || reason != "" {
		return []string{"?? ?:0"}
	}
	var out []string
	for _, l := range a.Lines {
		out = append(out, fmt.Sprintf("%s %s:%d", l.Function, orDot(l.Path), l.Line))
	}
	return out
}

// difference names the class of a difference.
func difference(want, got []string) string {
	switch {
	case slices.Equal(want, got):
		return ""
	case len(got) == 1 && got[0] == "?? ?:0":
		return "no answer"
	case len(want) == 1 && strings.HasPrefix(want[0], "?"):
		return "only ours"
	case len(want) > 0 && strings.HasSuffix(want[0], "?:0"):
		return "oracle has no line"
	case len(want) != len(got):
		return fmt.Sprintf("chain of %d, oracle has %d", len(got), len(want))
	}
	for i := range want {
		if want[i] == got[i] {
			continue
		}
		w, g := strings.Fields(want[i]), strings.Fields(got[i])
		switch {
		case w[0] != g[0] && w[1] == g[1]:
			return "function"
		case w[0] == g[0] && i == 0:
			return "innermost line"
		case w[0] == g[0]:
			return "line of a call"
		}
		return "function and line"
	}
	return "?"
}

// knownDifferences explains each class of differences from binutils 2.40.
var knownDifferences = map[string]string{
	"innermost line, elfutils agrees with ours": "addr2line prints the file of the unit beside the line of a header that " +
		"the line table names",
	"function": "several symbols at an address that DWARF gives no function",
}

// agreesWithElfutils asks eu-addr2line for the innermost place.
func agreesWithElfutils(file string, relocatable bool, p probe, got []string) bool {
	args := []string{"-e", file, fmt.Sprintf("%#x", p.offset)}
	if relocatable {
		args = append(args, "-j", p.section)
	}
	out, err := exec.Command("eu-addr2line", args...).Output()
	if err != nil {
		return false
	}
	place := strings.TrimSpace(string(out))
	if i := strings.LastIndexByte(place, ':'); i > 0 { // the column
		place = place[:i]
	}
	return strings.HasSuffix(got[0], " "+cleanPlace(place))
}

func TestDebianLines(t *testing.T) {
	dir := os.Getenv("NFOOPS_DBG")
	if dir == "" {
		t.Skip("NFOOPS_DBG is not set: the unpacked linux-image-…-dbg package")
	}
	if _, err := exec.LookPath("addr2line"); err != nil {
		t.Skip("addr2line is not here")
	}
	type job struct {
		pattern string
		n       int
	}
	t.Logf("%-28s %7s %7s %8s %9s %9s", "image", "probes", "equal", "percent", "ours", "addr2line")
	all, equal := 0, 0
	classes := map[string]int{}
	for _, j := range []job{
		{"boot/vmlinux-*", 2000}, {"nf_conntrack.ko", 500}, {"nf_tables.ko", 500}, {"ip_tables.ko", 200},
		{"x_tables.ko", 200}, {"xt_*.ko", 60},
	} {
		for _, file := range findUnder(t, dir, j.pattern) {
			m, err := OpenImage(file)
			if err != nil {
				t.Fatal(err)
			}
			ps := probes(t, m, j.n)
			start := time.Now()
			want := addr2line(t, file, m.object.Relocatable, ps)
			theirs := time.Since(start)
			start = time.Now()
			got := make([][]string, len(ps))
			for i, p := range ps {
				got[i] = ours(m, p)
			}
			mine := time.Since(start)
			same := 0
			for i := range ps {
				c := difference(want[i], got[i])
				if c == "" {
					same++
					continue
				}
				if c == "innermost line" && agreesWithElfutils(file, m.object.Relocatable, ps[i], got[i]) {
					c = "innermost line, elfutils agrees with ours"
				}
				if classes[c]++; classes[c] <= 3 || testing.Verbose() && os.Getenv("NFOOPS_ALL") != "" {
					t.Logf("%s %s %#x: %s\n  oracle %q\n  ours   %q", m.Name(), ps[i].section, ps[i].offset, c, want[i], got[i])
				}
			}
			all += len(ps)
			equal += same
			t.Logf("%-28s %7d %7d %7.2f%% %9v %9v", m.Name(), len(ps), same, 100*float64(same)/float64(len(ps)),
				mine.Round(time.Millisecond), theirs.Round(time.Millisecond))
			m.Close()
		}
	}
	// What each class is: see the comments of knownDifferences.
	names := make([]string, 0, len(classes))
	for c := range classes {
		if knownDifferences[c] == "" {
			t.Errorf("a difference that nobody explained: %s", c)
		}
		names = append(names, c)
	}
	sort.Strings(names)
	for _, c := range names {
		t.Logf("difference: %-44s %d: %s", c, classes[c], knownDifferences[c])
	}
	t.Logf("%d of %d equal: %.2f%%", equal, all, 100*float64(equal)/float64(all))
	if all < 2000 || float64(equal) < 0.995*float64(all) {
		t.Errorf("%d of %d answers are equal, want 99.5%% of at least 2000", equal, all)
	}
}

// findUnder returns the files below dir whose path ends with a pattern.
func findUnder(t testing.TB, dir, pattern string) []string {
	t.Helper()
	var out []string
	parts := strings.Count(pattern, "/")
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		tail := p
		if fields := strings.Split(p, "/"); len(fields) > parts {
			tail = strings.Join(fields[len(fields)-parts-1:], "/")
		}
		if ok, _ := path.Match(pattern, tail); ok {
			out = append(out, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
