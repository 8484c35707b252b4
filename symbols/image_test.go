package symbols

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// objects is where the small kernels and modules are that these tests read.
const objects = "../testdata/kernels/symbols"

func openImage(t testing.TB, name string) *Image {
	t.Helper()
	m, err := OpenImage(filepath.Join(objects, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// TestLinesLikeAddr2line asks for every address of every function of the small objects.
func TestLinesLikeAddr2line(t *testing.T) {
	if _, err := exec.LookPath("addr2line"); err != nil {
		t.Skip("addr2line is not here")
	}
	for _, name := range []string{
		"vmlinux", "vmlinux-dwarf4", "vmlinux-zstd", "vmlinux-zlib", "vmlinux-other", "nf_story.ko", "nf_story-zlib.ko",
		"nf_story-dwarf4.ko", "nf_story-i386.ko",
	} {
		m := openImage(t, name)
		ps := probes(t, m, 5000)
		want := addr2line(t, filepath.Join(objects, name), m.object.Relocatable, ps)
		inlined := 0
		for i, p := range ps {
			got := ours(m, p)
			if d := difference(want[i], got); d != "" {
				t.Errorf("%s %s %#x: %s\n  oracle %q\n  ours   %q", name, p.section, p.offset, d, want[i], got)
			}
			inlined = max(inlined, len(got))
		}
		if len(ps) < 200 || inlined < 2 {
			t.Errorf("%s: %d addresses, chains of %d at most", name, len(ps), inlined)
		}
	}
}

// TestInlineChain has its expectation from conn.c itself.
func TestInlineChain(t *testing.T) {
	m := openImage(t, "nf_story.ko")
	table, err := m.Table()
	if err != nil {
		t.Fatal(err)
	}
	f := table.Named("count_them")
	if len(f) != 1 {
		t.Fatalf("%d count_them", len(f))
	}
	chains := map[string]bool{}
	for off := range f[0].Size {
		lines, _ := m.Lines(f[0].Addr + off)
		var names []string
		for i, l := range lines {
			names = append(names, fmt.Sprintf("%s %s:%d", l.Function, l.File, l.Line))
			if l.Inlined != (i < len(lines)-1) {
				t.Errorf("+%#x: frame %d of %d is inlined: %v", off, i, len(lines), l.Inlined)
			}
		}
		chains[strings.Join(names, " < ")] = true
	}
	if want := "state_of conn.c:9 < is_dead conn.c:16 < count_them conn.c:39"; !chains[want] {
		t.Errorf("no %q among %q", want, slices.Sorted(keysOf(chains)))
	}
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestResolve(t *testing.T) {
	k, err := OpenKernel(context.Background(), Sources{
		Vmlinux: filepath.Join(objects, "vmlinux"), Modules: []string{filepath.Join(objects, "nf_story.ko")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	m, err := k.Module(context.Background(), "nf-story", "")
	if err != nil || m.Module() != "nf_story" {
		t.Fatal(m, err)
	}
	sizes := m.sizes("checkentry")
	if len(sizes) != 2 {
		t.Fatalf("sizes of checkentry: %#x", sizes)
	}
	places := func(q Query) string {
		as, reason, err := k.Resolve(context.Background(), q)
		if err != nil {
			return err.Error()
		}
		if reason != "" {
			return string(reason)
		}
		var out []string
		for _, a := range as {
			l := a.Lines[len(a.Lines)-1]
			out = append(out, fmt.Sprintf("%s+%#x/%#x %s %s", a.Symbol.Name, a.Offset, a.Symbol.Size, l.Function, l.File))
		}
		return strings.Join(out, ", ")
	}
	both := places(Query{Name: "checkentry", Offset: 4, Module: "nf_story"})
	if strings.Count(both, "checkentry+") != 2 || !strings.Contains(both, "conn.c") || !strings.Contains(both, "match.c") {
		t.Errorf("without a size: %s", both)
	}
	one := places(Query{Name: "checkentry", Offset: 4, Size: sizes[1], Module: "nf_story"})
	if want := fmt.Sprintf("checkentry+0x4/%#x checkentry match.c", sizes[1]); one != want {
		t.Errorf("with a size: %s, want %s", one, want)
	}
	for _, tc := range []struct {
		q    Query
		want string
	}{
		{Query{Name: "checkentry", Offset: 4, Size: 0x999, Module: "nf_story"}, string(ReasonSize)},
		{Query{Name: "nothing", Module: "nf_story"}, string(ReasonNoName)},
		{Query{Name: "f", Module: "nf_nat"}, "module nf_nat: not found"},
		{Query{Name: "complain", Module: "nf_story"}, "complain.isra.0+0x0/0x13 complain conn.c"},
		// The last one's size goes to the end of the page: so does the kernel's.
		{Query{Name: "count_them.cold", Offset: 3, Module: "nf_story"}, "count_them.cold+0x3/0xebd count_them conn.c"},
	} {
		if got := places(tc.q); got != tc.want {
			t.Errorf("%+v: %s, want %s", tc.q, got, tc.want)
		}
	}
}

// TestReturnAddress: the byte after a call can be another line, or another function.
func TestReturnAddress(t *testing.T) {
	m := openImage(t, "nf_story.ko")
	table, _ := m.Table()
	f := table.Named("match_it")[0]
	code, reason := m.Code(f.Addr, int(f.Size))
	if reason != "" {
		t.Fatal(reason)
	}
	// The call of look_up: e8 with a relocation.
	at := 0
	for at < len(code.Bytes)-5 && (code.Bytes[at] != 0xe8 || !code.Loose[at+1]) {
		at++
	}
	if at == len(code.Bytes)-5 {
		t.Fatalf("no call in % x", code.Bytes)
	}
	after := uint64(at + 5)
	frame, _, err := m.Resolve(Query{Name: "match_it", Offset: after, Return: true})
	if err != nil || len(frame) != 1 {
		t.Fatal(frame, err)
	}
	rip, _, _ := m.Resolve(Query{Name: "match_it", Offset: after})
	call, _, _ := m.Resolve(Query{Name: "match_it", Offset: uint64(at)})
	if diff := cmp.Diff(call[0].Lines[0].Line, frame[0].Lines[0].Line); diff != "" {
		t.Errorf("a return address is not on the line of its call:\n%s", diff)
	}
	if rip[0].Addr != frame[0].Addr {
		t.Errorf("addresses %#x and %#x", rip[0].Addr, frame[0].Addr)
	}
	if got, _, _ := m.Resolve(Query{Name: "match_it", Offset: 0, Return: true}); got[0].Lines[0].Function != "match_it" {
		t.Errorf("offset 0: %+v", got[0].Lines)
	}
}

func TestFindAddress(t *testing.T) {
	k, err := OpenKernel(context.Background(), Sources{
		Vmlinux: filepath.Join(objects, "vmlinux"), Modules: []string{objects},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	table, _ := k.Image().Table()
	const slide = 0x1a000000
	f := table.Named("count_them")[0]
	a, reason, err := k.Find(context.Background(), f.Addr+slide+3, slide, nil, false)
	if err != nil || reason != "" || a.Symbol.Name != "count_them" || a.Offset != 3 {
		t.Errorf("%+v %s %v", a, reason, err)
	}
	// A module at a base of the log: the code starts there.
	loaded := []Module{{Name: "nf_story", Base: 0xffffffffc0a10000, Size: 0x4000}}
	m, err := k.Module(context.Background(), "nf_story", "")
	if err != nil {
		t.Fatal(err)
	}
	mt, _ := m.Table()
	f = mt.Named("count_them")[0]
	a, reason, err = k.Find(context.Background(), f.Addr-m.Base()+loaded[0].Base+7, slide, loaded, true)
	if err != nil || reason != "" || a.Symbol.Name != "count_them" || a.Offset != 7 || a.Symbol.Module != "nf_story" {
		t.Errorf("%+v %s %v", a, reason, err)
	}
	if _, reason, _ = k.Find(context.Background(), 0x1000, 0, nil, false); reason != ReasonUser {
		t.Errorf("a user address: %q", reason)
	}
}

// TestTableOfImage: the table of a vmlinux is what nm says, and Fit works on it.
func TestTableOfImage(t *testing.T) {
	m := openImage(t, "vmlinux")
	table, err := m.Table()
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("nm", "-n", filepath.Join(objects, "vmlinux")).Output()
	if err != nil {
		t.Skip("nm is not here")
	}
	listed, err := Load("nm", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if table.Len() != listed.Len() {
		t.Errorf("%d symbols, nm has %d", table.Len(), listed.Len())
	}
	for i := range listed.Len() {
		want := listed.symbol(listed.entry(i), 0)
		if got := table.Named(want.Name); !slices.Contains(got, want) {
			t.Errorf("want %+v, got %+v", want, got)
		}
	}
	f := table.Named("count_them")[0]
	fit, err := table.Fit([]Pair{{Addr: f.Addr + 0x2000000 + 4, Name: f.Name, Offset: 4, Size: f.Size}}, nil)
	if err != nil || fit.Slide != 0x2000000 {
		t.Errorf("%+v %v", fit, err)
	}
}

func TestVerify(t *testing.T) {
	right, other := openImage(t, "nf_story.ko"), openImage(t, "nf_story-other.ko")
	kernel, otherKernel := openImage(t, "vmlinux"), openImage(t, "vmlinux-other")
	table, _ := right.Table()
	f := table.Named("count_them")[0]
	code, _ := right.Code(f.Addr, 60)
	log := slices.Clone(code.Bytes)
	for i := range log {
		if code.Loose[i] {
			log[i] ^= 0x55 // as the running kernel relocated it
		}
	}
	codeLine := []CodeEvidence{{Name: "count_them", Offset: 20, Size: f.Size, Bytes: log, Index: 20, Line: 7}}
	var pairs []Pair
	for _, n := range []string{"count_them", "look_up", "match_it"} {
		pairs = append(pairs, Pair{Name: n, Offset: 1, Size: table.Named(n)[0].Size, Line: 9})
	}
	for _, tc := range []struct {
		name string
		m    *Image
		e    Evidence
		want string // of the error
	}{
		{"build id", right, Evidence{BuildID: strings.ToUpper(right.BuildID())}, ""},
		{"sizes", right, Evidence{Release: "6.1.0-story", Pairs: pairs}, ""},
		{"code", right, Evidence{Code: codeLine}, ""},
		{"banner", kernel, Evidence{Release: "6.1.0-story", Build: "#1  Debian 6.1.1-1"}, ""},
		{"other build id", other, Evidence{BuildID: right.BuildID()}, "nf_story-other.ko is not of this kernel: its build " +
			"id is " + other.BuildID() + ", the log has " + right.BuildID()},
		{"other release", other, Evidence{Release: "6.1.0-story"},
			"nf_story-other.ko is not of this kernel: its release is 6.1.0-other, the log has 6.1.0-story"},
		{"other sizes", other, Evidence{Pairs: pairs}, fmt.Sprintf("nf_story-other.ko is not of this kernel: line 9 of the "+
			"log gives count_them a size of %#x, the image gives %#x", f.Size, other.sizes("count_them")[0])},
		{"other kernel", otherKernel, Evidence{Release: "6.1.0-story"},
			"vmlinux-other is not of this kernel: its release is 6.1.0-other, the log has 6.1.0-story"},
		{"other build", kernel, Evidence{Release: "6.1.0-story", Build: "#1 SMP Debian 6.1.9-9"},
			"vmlinux is not of this kernel: its build is #1 SMP Debian 6.1.1-1, the log has #1 SMP Debian 6.1.9-9"},
	} {
		trust, err := tc.m.Verify(tc.e)
		if tc.want != "" {
			var wrong *WrongImageError
			if !errors.As(err, &wrong) || err.Error() != tc.want {
				t.Errorf("%s: %v\nwant %s", tc.name, err, tc.want)
			}
			continue
		}
		if err != nil || trust.Verified != (tc.name != "banner") {
			t.Errorf("%s: %+v, %v", tc.name, trust, err)
		}
		if tc.name == "banner" && (!trust.Build || len(trust.Notes) != 1) {
			t.Errorf("banner: %+v", trust)
		}
	}
	// Other code at the same place.
	c := codeLine[0]
	c.Size = 0
	if _, err := other.Verify(Evidence{Code: []CodeEvidence{c}}); err == nil ||
		!strings.HasPrefix(err.Error(), "nf_story-other.ko is not of this kernel: line 7 of the log has the bytes ") {
		t.Errorf("other code: %v", err)
	}
}

func TestStrippedAndSplit(t *testing.T) {
	// vmlinux-stripped has its symbols and lines in vmlinux-stripped.debug beside it.
	m := openImage(t, "vmlinux-stripped")
	if !m.HasLines() {
		t.Fatalf("no debug file found: %q", m.Notes())
	}
	as, reason, err := m.Resolve(Query{Name: "look_up", Offset: 1})
	if err != nil || reason != "" || as[0].Lines[0].File != "conn.c" {
		t.Errorf("%+v %s %v", as, reason, err)
	}
	// Alone it says what it is.
	dir := t.TempDir()
	copyFile(t, filepath.Join(objects, "vmlinux-stripped"), filepath.Join(dir, "vmlinux"))
	m, err = OpenImage(filepath.Join(dir, "vmlinux"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	const stripped = "vmlinux: no symbols: it is stripped, and no debug file of its build is beside it or below " +
		"/usr/lib/debug"
	if _, err := m.Table(); err == nil || err.Error() != stripped {
		t.Errorf("got %v", err)
	}
	if r, b := m.Release(); r != "6.1.0-story" || b != "#1 SMP Debian 6.1.1-1" {
		t.Errorf("release %q, build %q", r, b)
	}
	// Another build's debug file beside it is not taken.
	copyFile(t, filepath.Join(objects, "vmlinux-other"), filepath.Join(dir, "vmlinux-stripped.debug"))
	m2, err := OpenImage(filepath.Join(dir, "vmlinux"))
	if err != nil {
		t.Fatal(err)
	}
	defer m2.Close()
	if m2.HasLines() || len(m2.Notes()) != 1 || !strings.Contains(m2.Notes()[0], "another build") {
		t.Errorf("lines %v, notes %q", m2.HasLines(), m2.Notes())
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReleaseTree finds a release's files in a tree as Debian has it, with compressed modules.
func TestReleaseTree(t *testing.T) {
	root := t.TempDir()
	const release = "6.1.0-story"
	data, err := os.ReadFile(filepath.Join(objects, "nf_story.ko"))
	if err != nil {
		t.Fatal(err)
	}
	kernel := filepath.Join(root, "lib/modules", release, "kernel/net")
	if err := os.MkdirAll(kernel, 0o755); err != nil {
		t.Fatal(err)
	}
	var gz, zs, x bytes.Buffer
	g := gzip.NewWriter(&gz)
	g.Write(data)
	g.Close()
	z, _ := zstd.NewWriter(&zs)
	z.Write(data)
	z.Close()
	xw, _ := xz.NewWriter(&x)
	xw.Write(data)
	xw.Close()
	for name, b := range map[string][]byte{"one-story.ko.gz": gz.Bytes(), "two_story.ko.zst": zs.Bytes(),
		"three_story.ko.xz": x.Bytes()} {
		if err := os.WriteFile(filepath.Join(kernel, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	copyFile(t, filepath.Join(objects, "vmlinux"), filepath.Join(root, "usr/lib/debug/boot/vmlinux-"+release))
	copyFile(t, filepath.Join(objects, "nf_story-other.ko"), filepath.Join(root, "lib/modules", release, "extra/four.ko"))
	k, err := OpenKernel(context.Background(), Sources{Release: release, Root: root})
	if err != nil || k.Image() == nil {
		t.Fatal(k, err)
	}
	defer k.Close()
	for _, name := range []string{"one_story", "one-story", "two_story", "three_story"} {
		m, err := k.Module(context.Background(), name, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if as, _, err := m.Resolve(Query{Name: "look_up"}); err != nil || as[0].Lines[0].File != "conn.c" {
			t.Errorf("%s: %+v %v", name, as, err)
		}
	}
	_, err = k.Module(context.Background(), "four", openImage(t, "nf_story.ko").BuildID())
	var wrong *WrongImageError
	if !errors.As(err, &wrong) || wrong.What != "build id" {
		t.Errorf("another build: %v", err)
	}
	for _, r := range []string{"", ".", "..", "a/b", "../x", "6.1\x00"} {
		if f := Locate(root, r); len(f.Vmlinux)+len(f.Modules)+len(f.SystemMaps) != 0 {
			t.Errorf("release %q: %+v", r, f)
		}
	}
}

func TestNotAnImage(t *testing.T) {
	for _, tc := range []struct{ name, data, want string }{
		{"a.txt", "ffffffff81000000 T _text\n", "a.txt: neither vmlinux nor a module: this is a list of symbols: give " +
			"it as a System.map"},
		{"b", "", "b: neither vmlinux nor a module: this is an empty file"},
		{"c.html", "<!DOCTYPE html>", "c.html: neither vmlinux nor a module: this is an HTML page: the download gave a " +
			"page and not the file"},
		{"d", "\x7fELF\x02\x01\x01", "d: a damaged ELF file: damaged ELF header: EOF"},
		{"e.ko.xz", "\xfd7zXZ\x00and nothing", "e.ko.xz: it can't be unpacked: xz: damaged"},
	} {
		_, err := NewImage(tc.name, strings.NewReader(tc.data), int64(len(tc.data)))
		var bad *ImageError
		if !errors.As(err, &bad) || err.Error() != tc.want {
			t.Errorf("%s: %v\nwant %s", tc.name, err, tc.want)
		}
	}
	if _, err := OpenImage(t.TempDir()); err == nil {
		t.Error("a folder is an image")
	}
}

func TestSearch(t *testing.T) {
	for _, name := range []string{"vmlinux", "nf_story.ko", "nf_story-i386.ko"} {
		m := openImage(t, name)
		table, _ := m.Table()
		f := table.Named("count_them")[0]
		code, _ := m.Code(f.Addr+4, 40)
		loose := make([]bool, len(code.Bytes))
		for i := range code.Bytes {
			if code.Loose[i] {
				code.Bytes[i] ^= 0xaa // relocated elsewhere
			}
		}
		loose[11] = true
		code.Bytes[11] ^= 0xff
		if got := m.Search(code.Bytes, loose, 10); !slices.Equal(got, []uint64{f.Addr + 4}) {
			t.Errorf("%s: found at %#x, want %#x", name, got, f.Addr+4)
		}
		code.Bytes[11] ^= 0xff
		code.Bytes[12] ^= 0xff
		if got := m.Search(code.Bytes, nil, 10); len(got) != 0 {
			t.Errorf("%s: other bytes found at %#x", name, got)
		}
	}
	m := openImage(t, "vmlinux")
	table, _ := m.Table()
	f := table.Named("traced")[0]
	code, _ := m.Code(f.Addr, 8)
	nop := bytes.Index(code.Bytes, []byte{0x0f, 0x1f, 0x44})
	if nop < 0 || !slices.Equal(code.Loose[nop:min(nop+5, 8)], []bool{true, true, true, true, true}[:min(5, 8-nop)]) {
		t.Errorf("the site of __mcount_loc is not loose: %s %v", hex.EncodeToString(code.Bytes), code.Loose)
	}
	if m.Search(nil, nil, 1) != nil || m.Search(make([]byte, 5), nil, 1) != nil {
		t.Error("a short pattern was found")
	}
}

func TestDebuginfod(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(objects, "vmlinux"))
	if err != nil {
		t.Fatal(err)
	}
	m := openImage(t, "vmlinux")
	id := m.BuildID()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/buildid/" + id + "/debuginfo":
			w.Write(data)
		case "/buildid/aabbccdd/debuginfo": // cut off
			w.Header().Set("Content-Length", "100000")
			w.Write(data[:100])
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	empty := httptest.NewServer(http.NotFoundHandler())
	defer empty.Close()
	cache := t.TempDir()
	env := map[string]string{
		"DEBUGINFOD_URLS": empty.URL + " ftp://no " + server.URL + "/", "DEBUGINFOD_CACHE_PATH": cache,
	}
	d := DebuginfodFromEnv(func(k string) string { return env[k] })
	if len(d.URLs) != 2 {
		t.Fatalf("URLs %q", d.URLs)
	}
	k, err := OpenKernel(context.Background(), Sources{BuildID: id, Debuginfod: d})
	if err != nil || k.Image() == nil || k.Image().BuildID() != id {
		t.Fatal(err, k.Notes())
	}
	k.Close()
	if _, err := os.Stat(filepath.Join(cache, id, "debuginfo")); err != nil {
		t.Error(err)
	}
	if _, err := d.Fetch(context.Background(), strings.ToUpper(id)); err != nil || asked.Load() != 1 {
		t.Errorf("from the cache: %v, the server was asked %d times", err, asked.Load())
	}
	if _, err := d.Fetch(context.Background(), "aabbccdd"); err == nil {
		t.Error("a file that was cut off is taken")
	}
	if _, err := d.Fetch(context.Background(), "00112233"); !errors.Is(err, ErrNotServed) {
		t.Errorf("not served: %v", err)
	}
	for _, bad := range []string{"", "../../etc", "abc", "zz112233"} {
		if _, err := d.Fetch(context.Background(), bad); err == nil {
			t.Errorf("%q is a build id", bad)
		}
	}
	d.MaxBytes = 100
	os.RemoveAll(filepath.Join(cache, id))
	if _, err := d.Fetch(context.Background(), id); err == nil {
		t.Error("a file that is too large is taken")
	}
	left, _ := filepath.Glob(filepath.Join(cache, "*", "*"))
	if len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	if DebuginfodFromEnv(func(string) string { return "" }) != nil {
		t.Error("without DEBUGINFOD_URLS something is fetched")
	}
	home := t.TempDir()
	env = map[string]string{"DEBUGINFOD_URLS": server.URL, "HOME": home}
	d = DebuginfodFromEnv(func(k string) string { return env[k] })
	if d.Cache != filepath.Join(home, ".cache/debuginfod_client") {
		t.Errorf("cache %s", d.Cache)
	}
}
