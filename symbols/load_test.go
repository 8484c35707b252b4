package symbols

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestLoadForms(t *testing.T) {
	want := load(t, kallsymsText)
	reversed := strings.SplitAfter(strings.TrimSuffix(kallsymsText, "\n"), "\n")
	reversed[len(reversed)-1] += "\n"
	slices.Reverse(reversed)
	members := append(packed(t, kallsymsText[:301]), packed(t, kallsymsText[301:])...)
	tests := []struct {
		name  string
		in    io.Reader
		notes []string
	}{
		{"plain", strings.NewReader(kallsymsText), nil},
		{"one byte at a time", iotest.OneByteReader(strings.NewReader(kallsymsText)), nil},
		{"data with the end", iotest.DataErrReader(strings.NewReader(kallsymsText)), nil},
		{"gzip", bytes.NewReader(packed(t, kallsymsText)), nil},
		{"gzip in two members", bytes.NewReader(members), nil},
		{"CRLF", strings.NewReader(strings.ReplaceAll(kallsymsText, "\n", "\r\n")), nil},
		{"byte order mark", strings.NewReader("\xef\xbb\xbf" + kallsymsText), nil},
		{"blank instead of tab", strings.NewReader(strings.ReplaceAll(kallsymsText, "\t", " ")), nil},
		{"capital digits", strings.NewReader(strings.ReplaceAll(kallsymsText, "ffffffff", "FFFFFFFF")), nil},
		{"unsorted", strings.NewReader(strings.Join(reversed, "")), nil},
		{"undefined names", strings.NewReader("                 U printk\n                 w __fentry__\n" +
			kallsymsText), nil},
		{"empty lines", strings.NewReader("\n\n" + kallsymsText + "\n\r\n"), nil},
		{"garbage inside", strings.NewReader(kallsymsText[:100] + kallsymsText[100:] + "$ cat /proc/kallsyms\n\x00\x01\n"),
			[]string{"2 lines are not a symbol and left out, the first is line 20"}},
		{"cut line", strings.NewReader(kallsymsText + "ffffffffc0a18100 t nf_ta"),
			[]string{"the last line has no end and is left out"}},
		{"cut module", strings.NewReader(kallsymsText + "ffffffffc0a18100 t nf_tables_newrule\t[nf_"),
			[]string{"the last line has no end and is left out"}},
		{"a line twice", strings.NewReader(kallsymsText + "ffffffffc0a18000 d nft_basechain\t[nf_tables]\n"),
			[]string{"1 line is there twice"}},
		{"all twice", strings.NewReader(kallsymsText + kallsymsText), []string{"19 lines are there twice"}},
		{"gzip without its end", bytes.NewReader(withoutEnd(packed(t, kallsymsText), 8)),
			[]string{"the file ends early: unexpected EOF"}},
		{"gzip with more behind it", bytes.NewReader(append(packed(t, kallsymsText), "not gzip at all"...)),
			[]string{"the file ends early: gzip: invalid header"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Load("kallsyms", tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Notes(), tt.notes) {
				t.Errorf("notes %q, want %q", got.Notes(), tt.notes)
			}
			if got.Len() != want.Len() {
				t.Errorf("%d symbols, want %d", got.Len(), want.Len())
			}
			for i := range want.Len() {
				e := want.entry(i)
				if tt.name == "unsorted" && (e.addr == want.layout.start) {
					continue // the file's order decides between names at one address
				}
				if g, w := told(got.Find(e.addr+1)), told(want.Find(e.addr+1)); g != w {
					t.Errorf("at %#x: %s, want %s", e.addr+1, g, w)
				}
			}
		})
	}
}

func withoutEnd(b []byte, n int) []byte { return b[:len(b)-n] }

func TestLoadRefuses(t *testing.T) {
	zeros := strings.Builder{}
	for _, line := range strings.SplitAfter(kallsymsText, "\n") {
		if len(line) > 16 {
			zeros.WriteString("0000000000000000" + line[16:])
		}
	}
	tests := []struct{ name, in, want string }{
		{"empty", "", "an empty file"},
		{"blank", "\n \n", "an empty file"},
		{"gzip of nothing", string(packed(t, "")), "an empty file"},
		{"ELF", "\x7fELF\x02\x01\x01", "an ELF file"},
		{"ELF in gzip", string(packed(t, "\x7fELF\x02\x01\x01")), "an ELF file"},
		{"HTML", "\n<!DOCTYPE html>\n<html>", "an HTML page"},
		{"xz", "\xfd7zXZ\x00\x00", "xz-compressed"},
		{"zstd", "\x28\xb5\x2f\xfd\x00", "zstd-compressed"},
		{"gzip twice", string(packed(t, string(packed(t, i386Map)))), "gzip data inside gzip"},
		{"half a gzip header", "\x1f\x8b\x08", "damaged gzip data"},
		{"damaged gzip", string(packed(t, i386Map)[:12]) + "\xff\xff\xff\xff", "damaged gzip data"},
		{"UTF-16", "\xff\xfec\x000\x00", "UTF-16 text"},
		{"vmlinuz", "MZ\xea\x07", "a kernel image"},
		{"package", "!<arch>\ndebian-binary", "an archive"},
		{"binary", "\x01\x02\x00\x03", "binary data"},
		{"log", "Oops: 0002 [#1]\nCPU: 0\n", "a kernel log"},
		{"stub", "ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n", "a stub"},
		{"kptr_restrict", zeros.String(), "kallsyms whose addresses are all 0"},
		{"hidden", "(____ptrval____) T _text\n", "kallsyms with hidden addresses"},
		{"ksyms", "c01123d0 printk_R1b7d4074\nc88f2060 ip_ct_attach\t[ip_conntrack]\n", "/proc/ksyms of Linux 2.4"},
		{"text", "hello \x1b[31mworld\n", `something else, it starts with "hello \x1b[31mworld"`},
		{"one cut line", "c0100000 T _text", "text without one symbol line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load("dir/in\x1bput", strings.NewReader(tt.in))
			var format *FormatError
			if !errors.As(err, &format) || !strings.HasPrefix(format.Looks, tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if want := `"in\x1bput": neither System.map nor kallsyms: this is `; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %q, want it to start with %q", err, want)
			}
		})
	}
}

func TestLoadReadError(t *testing.T) {
	broken := errors.New("the disk is gone")
	if _, err := Load("map", iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	text := made(10_000, 1)
	table, err := Load("map", io.MultiReader(bytes.NewReader(text), iotest.ErrReader(broken)))
	if err != nil || table.Len() != 10_000 {
		t.Fatalf("the symbols before the error are lost: %v", err)
	}
	if want := []string{"the file ends early: the disk is gone"}; !slices.Equal(table.Notes(), want) {
		t.Errorf("notes %q, want %q", table.Notes(), want)
	}
}

func TestLoadBomb(t *testing.T) {
	line := "c0100000 T _text\n"
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for range 3 << 20 / len(line) {
		if _, err := io.WriteString(z, line); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Load("bomb", &b); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want %v", err, ErrTooLarge)
	}
}

// Whatever is cut off, the lines that are whole are still found, and nothing else.
func TestTruncation(t *testing.T) {
	for _, text := range []string{i386Map, kallsymsText} {
		whole := load(t, text)
		for n := range len(text) {
			lines := strings.Count(text[:n], "\n")
			table, err := Load("map", strings.NewReader(text[:n]))
			if lines < 2 { // nothing whole, or only addresses that are 0
				continue
			}
			if err != nil {
				t.Fatalf("cut at %d: %v", n, err)
			}
			if table.Len() != lines {
				t.Fatalf("cut at %d: %d symbols of %d lines", n, table.Len(), lines)
			}
			for i := range table.Len() {
				e := table.entry(i)
				if !slices.ContainsFunc(whole.Named(table.name(e)), func(s Symbol) bool { return s.Addr == e.addr }) {
					t.Fatalf("cut at %d: %#x %s is made up", n, e.addr, table.name(e))
				}
			}
		}
	}
	z := packed(t, i386Map)
	for n := range len(z) {
		if table, err := Load("map.gz", bytes.NewReader(z[:n])); err == nil && len(table.Notes()) == 0 {
			t.Errorf("gzip cut at %d: no note", n)
		}
	}
}

func TestHex8(t *testing.T) {
	for c := range 256 {
		for at := range 8 {
			b := []byte("90afAF12")
			b[at] = byte(c)
			v, ok := hex8(word(string(b), 0))
			var want uint64
			_, err := fmt.Sscanf(string(b), "%08x", &want)
			valid := hexDigit(byte(c)) < 16
			if ok != valid || ok && (err != nil || v != want) {
				t.Fatalf("hex8(%q) = %#x %v", b, v, ok)
			}
		}
	}
}

func TestNameEnd(t *testing.T) {
	for c := range 256 {
		for at := range 11 {
			b := []byte("nf_hook_slow")
			b[at] = byte(c)
			want := at
			if c > ' ' && c < 0x7f {
				want = len(b)
			}
			if got := nameEnd(string(b), 0); got != want {
				t.Fatalf("nameEnd(%q) = %d, want %d", b, got, want)
			}
		}
	}
}

// made returns a map of n symbols with the shape of a real one: names of 5 to 40 bytes, 44 bytes a line.
func made(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	words := strings.Fields("abort acpi add alloc arch audit bio blk bpf btrfs buffer cgroup check clk clone commit " +
		"conntrack copy cpu crypto delete dentry dev disk dma do drm ext4 fault file filter flush folio free fs fuse get " +
		"gpio handle hid hook hrtimer i2c inet init inode insert iomap iommu ip ipv6 irq kill kvm link list lock lookup " +
		"map mem mm mod mutex netdev netlink nf nfs notify open page parse pci percpu perf phy pm probe proc put queue " +
		"rcu read register release rt sched scsi select send set show skb slab slow sock sort start stop store sync sys " +
		"tcp thread timer trace tty udp unix update usb vfs virtio vm vma wait wake walk work write xfrm xfs zone")
	var b bytes.Buffer
	addr := uint64(0xffffffff81000000)
	for range n {
		name := []string{"", "", "", "", "__", "__pfx_", "trace_event_raw_"}[r.IntN(7)] + words[r.IntN(len(words))]
		for range 1 + r.IntN(4) {
			name += "_" + words[r.IntN(len(words))]
		}
		fmt.Fprintf(&b, "%016x %c %s\n", addr, "tTdDr"[r.IntN(5)], name)
		addr += uint64(16 + 16*r.IntN(20))
	}
	return b.Bytes()
}

const benchSymbols = 200_000

// BenchmarkLoad also prints its time as a multiple of counting the lines of the same text, in memory and cached.
func BenchmarkLoad(b *testing.B) {
	text := made(benchSymbols, 1)
	var counting time.Duration
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Load("System.map", bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		start := time.Now()
		bytes.Count(text, []byte{'\n'})
		counting += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(counting), "x-count")
}

func BenchmarkCountLines(b *testing.B) {
	text := made(benchSymbols, 1)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		bytes.Count(text, []byte{'\n'})
	}
}

// BenchmarkLoadFile reads from the page cache. It prints its time as a multiple of reading the same file in pieces and
// counting its lines, which is all that wc -l has to do, and of a run of wc -l, of which half is the start of a process.
func BenchmarkLoadFile(b *testing.B) {
	name := filepath.Join(b.TempDir(), "System.map")
	if err := os.WriteFile(name, made(benchSymbols, 1), 0o600); err != nil {
		b.Fatal(err)
	}
	wc, errWC := exec.LookPath("wc")
	var counting, running time.Duration
	buf := make([]byte, 256<<10)
	b.ReportAllocs()
	for b.Loop() {
		f, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Load(name, f); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		for err = nil; err == nil; {
			var n int
			n, err = f.Read(buf)
			bytes.Count(buf[:n], []byte{'\n'})
		}
		counting += time.Since(start)
		f.Close()
		if errWC == nil {
			start = time.Now()
			if err := exec.Command(wc, "-l", name).Run(); err != nil {
				b.Fatal(err)
			}
			running += time.Since(start)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(counting), "x-count")
	if errWC == nil {
		b.ReportMetric(float64(b.Elapsed())/float64(running), "x-wc")
	}
}

// BenchmarkNames looks for the names of one crash in a new table, and for one name when it has got an index.
func BenchmarkNames(b *testing.B) {
	table := load(b, string(made(benchSymbols, 1)))
	var names []string
	for i := 0; len(names) < 20; i += benchSymbols / 40 {
		if name := table.name(table.entry(i)); !strings.HasPrefix(name, "__pfx_") { // is in no trace
			names = append(names, name)
		}
	}
	b.Run("first 20", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			table.index = &nameIndex{}
			table.findNames(names)
		}
	})
	b.Run("index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			table.index = &nameIndex{}
			table.index.fill(table)
		}
	})
	b.Run("one more", func(b *testing.B) {
		table.index.searches.Store(maxSearches)
		b.ReportAllocs()
		for b.Loop() {
			table.positions("nf_hook_slow")
		}
	})
}

func BenchmarkFind(b *testing.B) {
	table := load(b, string(made(benchSymbols, 1)))
	b.ReportAllocs()
	addr := uint64(0xffffffff81000000)
	for b.Loop() {
		addr = 0xffffffff81000000 | (addr*2862933555777941757+3037000493)&0x1ffffff
		table.Find(addr)
	}
}

func FuzzLoad(f *testing.F) {
	for _, text := range []string{i386Map, x86Map, kallsymsText, "c0100000 T a", "\x1f\x8b", "0 t a\n", ""} {
		f.Add([]byte(text))
	}
	f.Add(packed(f, i386Map))
	f.Fuzz(func(t *testing.T, data []byte) {
		sameListing(t, string(data))
		table, err := Load("map", bytes.NewReader(data))
		if err != nil {
			return
		}
		if table.Len() == 0 {
			t.Fatal("an empty table")
		}
		for i := range min(table.Len(), 64) {
			e := table.entry(i)
			name := table.name(e)
			if name == "" || plain(name) != name || strings.Contains(name, " ") {
				t.Fatalf("name %q", name)
			}
			if i > 0 && i != len(table.image) && table.entry(i-1).addr > e.addr {
				t.Fatal("not sorted")
			}
			if !slices.ContainsFunc(table.Named(name), func(s Symbol) bool { return s.Addr == e.addr }) {
				t.Fatalf("%s is not found by name", name)
			}
			for _, addr := range []uint64{e.addr, e.addr + 1, e.addr - 1} {
				p, reason := table.Find(addr)
				if (p == Place{}) == (reason == "") {
					t.Fatalf("Find(%#x) = %+v, %q", addr, p, reason)
				}
				if reason == "" && p.Symbol.Addr+p.Offset != addr {
					t.Fatalf("Find(%#x) = %+v", addr, p)
				}
				table.Text(addr)
			}
			table.At(name, 8, 16)
			(Symbol{Name: name}).Demangled()
		}
	})
}

// A file and a pipe give the same; a file tells its size before.
func TestLoadFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "kallsyms")
	if err := os.WriteFile(name, made(5000, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(3, io.SeekStart); err != nil { // within the first line: it becomes a symbol elsewhere
		t.Fatal(err)
	}
	table, err := Load(name, f)
	if err != nil || table.Len() != 5000 {
		t.Fatalf("%v", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		w.Write(made(5000, 2))
		w.Close()
	}()
	if table, err = Load("/dev/stdin", r); err != nil || table.Len() != 5000 {
		t.Fatalf("%v", err)
	}
}

// A crowd of names at one address is no trap: repeated ones are dropped, all others stay.
func TestCrowd(t *testing.T) {
	var text strings.Builder
	for range 3 {
		for i := range 5000 {
			fmt.Fprintf(&text, "c0100000 t alias_%d\n", i)
		}
	}
	table := load(t, text.String())
	if want := []string{"10000 lines are there twice"}; table.Len() != 5000 || !slices.Equal(table.Notes(), want) {
		t.Errorf("%d symbols, notes %q", table.Len(), table.Notes())
	}
	if got := told(table.Find(0xc0100004)); !strings.HasPrefix(got, "alias_") {
		t.Errorf("got %s", got)
	}
}
