package triage

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// reportOf analyses the first crash of a log.
func reportOf(t testing.TB, name string, src Sources) *Report {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var p oops.Parser
	for c, err := range p.Crashes(f) {
		if err != nil {
			t.Fatal(err)
		}
		return Analyze(t.Context(), c, src)
	}
	t.Fatalf("%s: no crash", name)
	return nil
}

func openFiles(t testing.TB, files KernelFiles) *Kernel {
	t.Helper()
	k, err := OpenKernel(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// sourceOf is what a report knows of the source, innermost first: "ip is_dead conn.c:16 < count_them conn.c:39".
func sourceOf(r *Report) (out []string) {
	line := func(kind, place string, inner []string, p *Place) {
		if p.File != "" {
			inner = append(inner, fmt.Sprintf("%s %s:%d", strings.SplitN(p.Symbol, ".", 2)[0], p.File, p.Line))
			out = append(out, kind+" "+place+" = "+strings.Join(inner, " < "))
		}
	}
	place := func(p *Place) string {
		s := p.Symbol + "+" + string(p.Offset) + "/" + string(p.Size)
		if p.Module != "" {
			s += " [" + p.Module + "]"
		}
		return s
	}
	if r.IP != nil {
		var inner []string
		for _, in := range r.IP.Inlines {
			inner = append(inner, fmt.Sprintf("%s %s:%d", in.Symbol, in.File, in.Line))
		}
		line("ip", place(r.IP), inner, r.IP)
	}
	var inner []string
	for i := range r.Trace {
		f := &r.Trace[i]
		if f.Inlined {
			inner = append(inner, fmt.Sprintf("%s %s:%d", f.Symbol, f.File, f.Line))
			continue
		}
		line("frame", place(&f.Place), inner, &f.Place)
		inner = nil
	}
	return out
}

// RIP is asked for itself, a return address for the call in front of it; what is of another kernel tells nothing.
func TestSourceLines(t *testing.T) {
	k := openFiles(t, KernelFiles{Vmlinux: story + "vmlinux", Modules: []string{story + "nf_story.ko"}})
	r := reportOf(t, story+"oops.txt", Sources{Kernel: k})
	want := []string{
		"ip count_them+0x1f/0x50 [nf_story] = is_dead conn.c:16 < count_them conn.c:39",
		"frame match_it+0x3d/0x44 [nf_story] = match_it match.c:26", // the call; 27 is behind it
		"frame match_it+0x3d/0x50 = match_it match.c:26",
		"frame look_up+0x10/0x3a = look_up conn.c:50",
		"frame _start+0xa/0x20 = _start kernel.c:19",
	}
	if got := sourceOf(r); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c := r.Cause; c == nil || c.Struct != "conn" || c.Field != "state.tcp.state" {
		t.Errorf("cause %+v", r.Cause)
	}
	// Without code the size of the access is not known: two members of the union start there.
	text, err := os.ReadFile(story + "oops.txt")
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "oops.txt")
	bare := regexp.MustCompile(`(?m)^.*Code:.*\n`).ReplaceAll(text, nil)
	if err := os.WriteFile(log, bare, 0o600); err != nil {
		t.Fatal(err)
	}
	const both = "ct has a field at 0x50: state.tcp.state of struct conn, or state.udp.timeout of struct conn"
	r = reportOf(t, log, Sources{Kernel: k})
	if c := r.Cause; c == nil || c.Field != "" || !strings.Contains(c.Summary, both) {
		t.Errorf("without code: %+v", r.Cause)
	}
	other := openFiles(t, KernelFiles{Vmlinux: story + "vmlinux-other", Modules: []string{story + "nf_story-other.ko"}})
	r = reportOf(t, story+"oops.txt", Sources{Kernel: other})
	if got := sourceOf(r); len(got) > 0 || r.Cause.Field != "" || len(r.Symbols) != 2 || r.Symbols[0].Used || r.Symbols[1].Used {
		t.Errorf("another kernel's files: %q, %+v", got, r.Symbols)
	}
	r = reportOf(t, story+"oops.txt", Sources{Kernel: other, Force: true})
	for i := range r.Trace {
		if f := &r.Trace[i]; f.File != "" && !f.Forced {
			t.Errorf("not marked: %+v", f)
		}
	}
	if r.IP.File == "" || !r.IP.Forced {
		t.Errorf("by force: %+v", r.IP)
	}
}

// A bare address in a module gets its name by another frame of the module, which tells where that was.
func TestModuleOfBareAddress(t *testing.T) {
	const connlimit = "../../../testdata/kernels/connlimit-2.6.11/"
	text, err := os.ReadFile(connlimit + "oops.txt")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "EIP is at") {
			lines = append(lines, line)
		}
	}
	log := filepath.Join(t.TempDir(), "oops.txt")
	if err := os.WriteFile(log, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	k := openFiles(t, KernelFiles{Modules: []string{connlimit + "ipt_connlimit.o"}})
	r := reportOf(t, log, Sources{Kernel: k})
	if r.IP == nil || r.IP.Symbol != "count_them" || r.IP.Offset != "0xa5" || r.IP.Module != "ipt_connlimit" ||
		r.IP.Line != 227 {
		t.Errorf("ip %+v; %+v", r.IP, r.Symbols)
	}
	if !strings.Contains(r.Title, "count_them") {
		t.Errorf("title %q", r.Title)
	}
	if c := r.Cause; c == nil || c.Struct != "ip_conntrack" || c.Field != "proto.tcp.state" {
		t.Errorf("cause %+v", r.Cause)
	}
}

// The types of a kernel come from its debug information, or from BTF.
func TestTypes(t *testing.T) {
	for _, files := range []KernelFiles{
		{Vmlinux: story + "vmlinux", Modules: []string{story + "nf_story.ko"}},
		{BTF: []string{story + "vmlinux", story + "nf_story-split.ko"}},
		{BTF: []string{story + "vmlinux"}},
	} {
		k := openFiles(t, files)
		f, err := os.Open(story + "oops.txt")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var p oops.Parser
		for c := range p.Crashes(f) {
			a := &analysis{crash: c, src: Sources{Kernel: k}, r: fromCrash(c)}
			defer a.openImages(t.Context())()
			a.symbolise(t.Context())
			types := a.types(t.Context())
			if types == nil {
				t.Fatalf("%+v: no types", files)
			}
			name, typ, ok := types.Param("match_it", 2)
			if !ok || name != "ct" || typ != "struct conn *" {
				t.Errorf("%+v: parameter %q %q %v", files, name, typ, ok)
			}
			if path, field, ok := types.Field(typ, 0x50); !ok || path != "state.tcp.state or state.udp.timeout" || field != "" {
				t.Errorf("%+v: field %q %q %v", files, path, field, ok)
			}
			if result, ok := types.Result("match_it"); !ok || result != "int" {
				t.Errorf("%+v: result %q %v", files, result, ok)
			}
			for _, bad := range []string{"struct nothing *", "int", "", "struct conn"} {
				if path, _, ok := types.Field(bad, 0); ok {
					t.Errorf("%+v: a field of %q: %s", files, bad, path)
				}
			}
			if _, _, ok := types.Param("match_it", 3); ok {
				t.Errorf("%+v: a third parameter", files)
			}
		}
	}
}

// TestDebianSourceLines holds the lines and inlined calls of captured crashes against what addr2line says of them, in
// their truth files. NFOOPS_DBG is the unpacked -dbg package of a kernel that crashed there: 6.1.0-56-cloud-amd64.
func TestDebianSourceLines(t *testing.T) {
	dir := os.Getenv("NFOOPS_DBG")
	if dir == "" {
		t.Skip("NFOOPS_DBG is not set: the unpacked linux-image-…-dbg package")
	}
	found, _ := filepath.Glob(filepath.Join(dir, "usr/lib/debug/boot/vmlinux-*"))
	if len(found) != 1 {
		t.Fatalf("vmlinux: %q", found)
	}
	release := strings.TrimPrefix(filepath.Base(found[0]), "vmlinux-")
	k := openFiles(t, KernelFiles{Root: dir, Release: release})
	truths, _ := filepath.Glob("../../../testdata/logs/captured/*/truth.yaml")
	row := regexp.MustCompile(`(?m)^  - '((?:ip|frame) .*)'$`)
	equal, told := 0, 0
	for _, truth := range truths {
		text, err := os.ReadFile(truth)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "kernel_release: '"+release+" ") {
			continue
		}
		want := map[string]string{}
		for _, m := range row.FindAllStringSubmatch(string(text), -1) {
			where, source, _ := strings.Cut(m[1], " = ")
			want[where] = source
		}
		name := filepath.Base(filepath.Dir(truth))
		r := reportOf(t, filepath.Join(filepath.Dir(truth), "serial.log"), Sources{Kernel: k})
		for _, s := range r.Symbols {
			if !s.Used && !strings.HasPrefix(s.Detail, "not ") {
				t.Errorf("%s: %s %s", name, s.Name, s.Detail)
			}
		}
		for _, s := range sourceOf(r) {
			where, source, _ := strings.Cut(s, " = ")
			if want[where] == "" {
				continue
			}
			if told++; want[where] == source {
				equal++
			} else {
				t.Errorf("%s: %s\n  is   %s\n  want %s", name, where, source, want[where])
			}
		}
	}
	if told == 0 {
		t.Skipf("no captured crash is of %s", release)
	}
	t.Logf("%d of %d places equal to addr2line's", equal, told)
}
