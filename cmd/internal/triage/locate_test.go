package triage

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/symbols"
)

const kernels = "../../../testdata/kernels/"

// storyCode is the Code: line of testdata/kernels/symbols/oops.txt, as the running kernel has it.
func storyCode(t *testing.T) string {
	t.Helper()
	log, err := os.ReadFile(kernels + "symbols/oops.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, code, ok := strings.Cut(string(log), "Code: ")
	if !ok {
		t.Fatal("no Code: line")
	}
	code, _, _ = strings.Cut(code, "\n")
	return code
}

func openStory(t *testing.T, files KernelFiles) *Kernel {
	t.Helper()
	k, err := OpenKernel(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

// Code alone is found in an image by its bytes; an address has to be one that the image can have been moved to.
func TestLocate(t *testing.T) {
	const dir = kernels + "symbols/"
	at := func(v uint64) *uint64 { return &v }
	for _, c := range []struct {
		name   string
		files  KernelFiles
		pc     *uint64
		where  string // symbol+offset
		used   bool
		detail string // of the last file
	}{
		{"a vmlinux", KernelFiles{Vmlinux: dir + "vmlinux"}, nil, "count_them+0x1f", true, "code at count_them+0x1f and nowhere else"},
		{"a module", KernelFiles{Modules: []string{dir + "nf_story.ko"}}, nil, "count_them+0x1f", true, "53 bytes of code"},
		{"at its address", KernelFiles{Vmlinux: dir + "vmlinux"}, at(0xffffffff8100006f), "count_them+0x1f", true, "code at the address"},
		{"moved by KASLR", KernelFiles{Vmlinux: dir + "vmlinux"}, at(0xffffffff9280006f), "count_them+0x1f", true, "moved by 0x11800000"},
		{"a module that was loaded", KernelFiles{Modules: []string{dir + "nf_story.ko"}}, at(0xffffffffc0a2301f), "count_them+0x1f", true, "53 bytes of code"},
		{"an address that can't be", KernelFiles{Vmlinux: dir + "vmlinux"}, at(0xffffffff81000065), "+", false, "moves by whole pages"},
		{"another kernel", KernelFiles{Vmlinux: dir + "vmlinux-other"}, nil, "", false, "the code of the log is not there"},
		{"another kernel, with an address", KernelFiles{Vmlinux: dir + "vmlinux-other"}, at(0xffffffff8100006f), "+", false, "and not the code of the log"},
		{"another module", KernelFiles{Modules: []string{dir + "nf_story-other.ko"}}, nil, "", false, "the code of the log is not there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Fragment{Text: storyCode(t)}
			if c.pc != nil {
				f.At = &oops.Location{Address: *c.pc, HasAddress: true}
			}
			r := Decode(t.Context(), f, Sources{Arch: "x86_64", Kernel: openStory(t, c.files)})
			where := ""
			if r.IP != nil {
				where = r.IP.Symbol + "+" + string(r.IP.Offset)
			}
			if where != c.where {
				t.Errorf("at %q, want %q", where, c.where)
			}
			if len(r.Symbols) == 0 {
				t.Fatal("no file is named")
			}
			s := r.Symbols[len(r.Symbols)-1]
			if s.Used != c.used || !strings.Contains(s.Detail, c.detail) {
				t.Errorf("%s: used %v: %s", s.Name, s.Used, s.Detail)
			}
		})
	}
}

// Where two images have the code, both places are told, and none is chosen.
func TestLocateTwice(t *testing.T) {
	const dir = kernels + "symbols/"
	r := Decode(t.Context(), Fragment{Text: storyCode(t)}, Sources{Arch: "x86_64",
		Kernel: openStory(t, KernelFiles{Vmlinux: dir + "vmlinux", Modules: []string{dir + "nf_story.ko"}})})
	if r.IP == nil || r.IP.Symbol != "" || strings.Join(r.IP.Candidates, "|") != "count_them+0x1f|count_them+0x1f [nf_story]" {
		t.Errorf("%+v", r.IP)
	}
}

// A log without any symbol, and the object of the module alone: the function, the line, the field and the known bug.
func TestLocateInLog(t *testing.T) {
	const dir = kernels + "connlimit-2.6.11/"
	log, err := os.ReadFile(dir + "oops-nosyms.txt")
	if err != nil {
		t.Fatal(err)
	}
	src := Sources{Kernel: openStory(t, KernelFiles{Modules: []string{dir + "ipt_connlimit.o"}})}
	for r, err := range NewSession(src, "test").Read(t.Context(), "log", bytes.NewReader(log)) {
		if err != nil {
			t.Fatal(err)
		}
		if r.IP == nil || r.IP.Symbol != "count_them" || r.IP.Offset != "0xa5" || r.IP.Line != 227 {
			t.Errorf("%+v", r.IP)
		}
		if r.Cause == nil || r.Cause.Struct != "ip_conntrack" || r.Cause.Field != "proto.tcp.state" {
			t.Errorf("%+v", r.Cause)
		}
		if !strings.Contains(r.Title, "count_them") {
			t.Errorf("title %q", r.Title)
		}
	}
}

// What the kernel patches does not keep its code from being found, even if nothing else is known: see the tables of
// patches in symbols, and disasm.Pattern for what is patched without any.
func TestLocatePatched(t *testing.T) {
	const dir = kernels + "symbols/"
	code := strings.Replace(storyCode(t), "66 0f 1f 44 00 00", "66 90 66 66 90 90", 1) // another nop
	r := Decode(t.Context(), Fragment{Text: code}, Sources{Arch: "x86_64",
		Kernel: openStory(t, KernelFiles{Modules: []string{dir + "nf_story.ko"}})})
	if r.IP == nil || r.IP.Symbol != "count_them" || r.IP.Offset != "0x1f" {
		t.Errorf("%+v: %+v", r.IP, r.Symbols)
	}
	m, err := symbols.OpenImage(dir + "nf_story.ko")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Module() != "nf_story" {
		t.Errorf("module %q", m.Module())
	}
}
