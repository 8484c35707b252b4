package kb

import (
	"math"
	"strings"
	"testing"
)

const story = "ipt-connlimit-predicate-order"

// storyFragment is what is left of the story where only six bytes and the panic line were saved.
func storyFragment(n int) Facts {
	return Facts{
		Panic: "Fatal exception in interrupt",
		Code:  map[string]CodeHit{story + "#0": {How: "fragment", Bytes: n, Of: 9}},
	}
}

func TestVerdicts(t *testing.T) {
	b := load(t)
	modern := func(arch, kernel, build string, at int64) Facts {
		return Facts{
			Kind: "null-deref", Kernel: kernel, KernelBuild: build, Arch: arch, Context: "softirq",
			IP: frame("count_them+0x86/0x150 [ipt_connlimit]"),
			Frames: frames("connlimit_mt+0x5b/0x90 [ipt_connlimit]", "ipt_do_table+0x2e4/0x6d0 [ip_tables]",
				"nf_hook_slow+0x41/0xc0"),
			Modules: []string{"ipt_connlimit", "ip_tables"}, FaultAddress: address(uint64(at)), Access: "read",
			BaseNull: true, BaseOffset: offset(at),
		}
	}
	tests := []struct {
		name  string
		facts Facts
		want  string // verdict of the story's entry; "" for none
	}{
		{"nothing is known", Facts{}, ""},
		{"panic line alone", Facts{Panic: "Fatal exception in interrupt"}, ""},
		{"four bytes", storyFragment(4), ""},
		{"six bytes and the panic", storyFragment(6), "likely"},
		{"seven bytes and the panic", storyFragment(7), "likely"},
		{"six bytes alone", Facts{Code: storyFragment(6).Code}, "possible"},
		{"six bytes, another function", Facts{
			IP: frame("ext4_find_entry+0x10/0x200 [ext4]"), Panic: "Fatal exception in interrupt", Code: storyFragment(6).Code,
		}, ""},
		{"whole signature without a frame", Facts{
			Code: map[string]CodeHit{story + "#0": {How: "bytes", Bytes: 9, Of: 9}}, Panic: "Fatal exception in interrupt",
		}, "likely"},
		{"whole signature in its function", Facts{
			Code: map[string]CodeHit{story + "#0": {How: "shape", Bytes: 9, Of: 9}},
			IP:   frame("count_them+0x8e/0x1b0 [ipt_connlimit]"),
		}, "known"},
		{"signature of an entry that is not there", Facts{Code: map[string]CodeHit{"nobody#0": {How: "shape"}}}, ""},
		{"function alone", Facts{IP: frame("count_them+0x8e/0x1b0")}, "possible"},
		{"the module of another era", Facts{
			Kind: "null-deref", IP: frame("count_them+0x8e/0x1b0 [xt_connlimit]"), Kernel: "2.6.30",
		}, ""},
		{"the right function, another field", func() Facts {
			f := entryCases[0].log
			f.FaultAddress, f.BaseOffset, f.Code = address(0x60), offset(0x60), nil
			f.Frames = nil
			return f
		}(), ""},
		{"a kernel whose layout is not known", func() Facts {
			f := entryCases[0].log
			f.Kernel, f.FaultAddress, f.BaseOffset, f.Code = "2.6.16.20", address(0x60), offset(0x60), nil
			return f
		}(), "likely"},
		{"found itself NULL", func() Facts {
			f := entryCases[0].log
			f.FaultAddress, f.BaseOffset, f.Code = address(0x17), offset(0x17), nil
			return f
		}(), "known"},
		{"a soft lockup in the function", Facts{
			Kind: "soft-lockup", IP: frame("count_them+0x8e/0x1b0 [ipt_connlimit]"), Kernel: "2.6.11.10",
		}, ""},
		{"6.1 x86_64", modern("x86_64", "6.1.0-56-cloud-amd64", "#1 SMP Debian 6.1.180-1", 0xe0), "known"},
		{"6.1 rt x86_64", modern("x86_64", "6.1.0-56-rt-amd64", "#1 SMP PREEMPT_RT Debian 6.1.180-1", 0x100), "known"},
		{"5.10 x86_64", modern("x86_64", "5.10.0-36-amd64", "#1 SMP Debian 5.10.244-1", 0xe8), "known"},
		{"6.12 x86_64", modern("x86_64", "6.12.57+deb13-amd64", "#1 SMP Debian 6.12.57-1", 0xe0), "known"},
		{"6.1 arm64", modern("arm64", "6.1.0-56-arm64", "#1 SMP Debian 6.1.180-1", 0xe0), "known"},
		{"6.1 i386", modern("i386", "6.1.0-56-686", "#1 SMP Debian 6.1.180-1", 0xb8), "known"},
		{"5.10's offset on 6.1", modern("x86_64", "6.1.0-56-amd64", "#1 SMP Debian 6.1.180-1", 0xe8), ""},
		{"count_them inlined into its caller", func() Facts {
			f := modern("x86_64", "6.1.0-56-amd64", "#1 SMP Debian 6.1.180-1", 0xe0)
			f.IP = frame("connlimit_mt+0x1ab/0x2f0 [ipt_connlimit]")
			f.Frames = f.Frames[1:]
			return f
		}(), "known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			matches := b.Match(tt.facts)
			for _, m := range matches {
				if m.ID != story {
					t.Errorf("matches %s as well", m.ID)
					continue
				}
				got = m.Verdict
				t.Log(showEvidence(m))
			}
			if got != tt.want {
				t.Errorf("got verdict %q, want %q", got, tt.want)
			}
		})
	}
}

// A generic crash site with nothing telling behind it is in every second crash of the world.
func TestGenericSitesAloneNeverMatch(t *testing.T) {
	b := load(t)
	for name := range genericSites {
		f := Facts{
			Kind: "null-deref", Kernel: "6.1.50", Arch: "x86_64", IP: Frame{Symbol: name, Offset: 4, Size: 64},
			Frames:       frames("nf_hook_slow+0x1/0x2", "ip_rcv+0x1/0x2", "process_backlog+0x1/0x2", "kthread+0x1/0x2"),
			FaultAddress: address(0x18), Context: "softirq", Panic: "Fatal exception in interrupt",
			Modules: []string{"nf_conntrack", "nf_tables", "ip_set", "bridge", "ipt_connlimit"},
		}
		for _, m := range b.Match(f) {
			if m.Class != "lesson" {
				t.Errorf("%s: got %s", name, show([]Match{m}))
			}
		}
	}
}

func TestFramesCountInOrderOnly(t *testing.T) {
	b := load(t)
	f := entryCases[8].log // CVE-2025-68813
	if f.IP.Symbol != "fib_compute_spec_dst" {
		t.Fatal("the table has moved")
	}
	frameWeight := func(f Facts) float64 {
		for _, m := range b.Match(f) {
			for _, e := range m.Evidence {
				if strings.Contains(e.Fact, "call path") {
					return e.Weight
				}
			}
		}
		return 0
	}
	whole := frameWeight(f)
	if math.Abs(whole-weights.frames) > 1e-9 {
		t.Errorf("in order: weight %v, want %v", whole, weights.frames)
	}
	f.Frames = frames("ip_vs_nat_xmit+0x1d8/0xc80", "__ip_vs_get_out_rt+0x15fd/0x19e0", "ipv4_link_failure+0x702/0xb80",
		"__ip_options_compile+0x13a1/0x17d0")
	if got := frameWeight(f); got > 0.5*whole {
		t.Errorf("in reverse: weight %v, want less than half of %v", got, whole)
	}
}

func TestCompilerSuffixesDoNotMatter(t *testing.T) {
	b := load(t)
	f := entryCases[10].log
	for _, suffix := range []string{".isra.0", ".constprop.0", ".part.29", ".cold", ".isra.0.cold", ".llvm.1234567"} {
		f.IP = frame("nf_conntrack_update" + suffix + "+0x11/0x35 [nf_conntrack]")
		if m := b.Match(f); len(m) != 1 || m[0].Verdict != "known" {
			t.Errorf("%s: got %s", suffix, show(m))
		}
	}
}

func TestEvidenceNamesItsLines(t *testing.T) {
	b := load(t)
	f := entryCases[0].log
	f.IP.Line = 11
	f.Lines = Lines{Kind: 1, Kernel: 10, Fault: 1, Panic: 50, Modules: 7}
	m := b.Match(f)
	if len(m) != 1 {
		t.Fatalf("got %s", show(m))
	}
	want := map[string]int{"count_them": 11, "0x54": 1, "2.6.11.10": 10, "interrupt": 50}
	for part, line := range want {
		found := false
		for _, e := range m[0].Evidence {
			if strings.Contains(e.Fact, part) && e.Line == line {
				found = true
			}
		}
		if !found {
			t.Errorf("no evidence with %q from line %d", part, line)
		}
	}
}

func TestFixedInStartsWithTheKernelsOwnSeries(t *testing.T) {
	b := load(t)
	m := b.Match(entryCases[11].log) // 6.1.92
	if len(m) != 1 {
		t.Fatalf("got %s", show(m))
	}
	if got, want := strings.Join(m[0].FixedIn, " "), "6.1.104 5.15.165 6.6.45 6.10.4 6.11-rc2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRequiresAndExcludes(t *testing.T) {
	e := &Entry{
		ID: "one", Functions: []string{"bad_function"}, Kinds: []string{"bug"},
		Requires: []Condition{{Fact: "arch", Any: []string{"arm64", "arm"}}, {Fact: "frame", Any: []string{"nft_*"}}},
		Excludes: []Condition{{Fact: "panic", Any: []string{"Hardware"}}, {Fact: "module", Any: []string{"evil"}}},
	}
	b := &Base{byID: map[string]*record{"one": {id: "one", entry: compile(e)}}}
	b.sort()
	good := Facts{Kind: "bug", Arch: "arm64", IP: frame("bad_function+0x1/0x2"), Frames: frames("nft_do_chain+0x1/0x2")}
	if m := b.Match(good); len(m) != 1 {
		t.Fatalf("got %s, want one", show(m))
	}
	for name, change := range map[string]func(*Facts){
		"no arch":       func(f *Facts) { f.Arch = "" },
		"another arch":  func(f *Facts) { f.Arch = "x86_64" },
		"no such frame": func(f *Facts) { f.Frames = frames("x+0x1/0x2", "y+0x1/0x2", "z+0x1/0x2") },
		"ruled out":     func(f *Facts) { f.Panic = "Fatal Hardware Error" },
		"bad module":    func(f *Facts) { f.Modules = []string{"evil"} },
	} {
		f := good
		change(&f)
		if m := b.Match(f); len(m) != 0 {
			t.Errorf("%s: got %s, want nothing", name, show(m))
		}
	}
}
