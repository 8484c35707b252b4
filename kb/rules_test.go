package kb

import (
	"strings"
	"testing"
)

// ruleEntry is an entry made for the rules below: small enough to reason about each of them.
func ruleEntry() *Entry {
	return &Entry{
		ID: "rule", Functions: []string{"victim", "match [ipt_x]"}, Modules: []string{"nf_x", "ipt_x"},
		Kinds: []string{"null-deref"}, Contexts: []string{"softirq"},
		Faults: []Fault{
			{Offset: address(0x10), Access: "read", Arch: "x86_64"},
			{Offset: address(0x8), Poison: "LIST_POISON1"},
		},
		Code:       []Signature{{Arch: "x86_64", Shape: []string{"nop"}, Ref: "90 90 90 90 90 90 90 90 90 90"}},
		Frames:     [][]string{{"victim", "caller_a", "nf_hook_slow"}, {"helper", "nf_hook_slow", "ip_rcv"}},
		Introduced: Introduced{Mainline: "5.1"},
		Fixed:      Fixed{Mainline: "6.4", Stable: map[string]string{"4.19": "4.19.300", "5.10": "5.10.100"}},
	}
}

func baseOf(e *Entry) *Base {
	b := &Base{byID: map[string]*record{e.ID: {id: e.ID, entry: compile(e)}}}
	b.sort()
	return b
}

// ruleFacts fit ruleEntry in all that makes it known, and no more.
func ruleFacts() Facts {
	return Facts{
		Kind: "null-deref", Arch: "x86_64", Kernel: "5.10.50", IP: frame("victim+0x10/0x20 [nf_x]"),
		FaultAddress: address(0x10), Access: "read", BaseNull: true, BaseOffset: offset(0x10),
	}
}

func TestRules(t *testing.T) {
	bug := ruleEntry() // as one that has no fault address
	bug.Kinds, bug.Faults, bug.Code = []string{"bug"}, nil, nil
	pageFault := ruleEntry()
	pageFault.Kinds, pageFault.Faults, pageFault.Code = []string{"gpf"}, nil, nil
	complete := map[string]CodeHit{"rule#0": {How: "bytes", Bytes: 10, Of: 10}}
	fragment := map[string]CodeHit{"rule#0": {How: "fragment", Bytes: 8, Of: 10}}
	tests := []struct {
		name   string
		entry  *Entry
		change func(*Facts)
		want   string
	}{
		{"function, module and offset", ruleEntry(), func(*Facts) {}, "known"},
		{"no module, no frames", ruleEntry(), func(f *Facts) { f.IP.Module = "" }, "likely"},
		{"no module, but the calls", ruleEntry(), func(f *Facts) {
			f.IP.Module, f.Frames = "", frames("caller_a+0x1/0x2", "nf_hook_slow+0x1/0x2")
		}, "known"},
		{"another module", ruleEntry(), func(f *Facts) { f.IP.Module = "nf_y" }, ""},
		{"a module's own function", ruleEntry(), func(f *Facts) { f.IP = frame("match+0x10/0x20 [ipt_x]") }, "known"},
		{"the same name in another module", ruleEntry(), func(f *Facts) { f.IP = frame("match+0x10/0x20 [ipt_y]") }, ""},
		{"the same name, module not known", ruleEntry(), func(f *Facts) { f.IP = frame("match+0x10/0x20") }, ""},
		{"another kind of page fault", ruleEntry(), func(f *Facts) { f.Kind = "gpf" }, "likely"},
		{"everything fits but the kind", ruleEntry(), func(f *Facts) {
			f.Kind, f.Context, f.Frames = "gpf", "softirq", frames("caller_a+0x1/0x2", "nf_hook_slow+0x1/0x2")
			f.Code = complete
		}, "likely"},
		{"a kind that says nothing", ruleEntry(), func(f *Facts) { f.Kind = "panic" }, "known"},
		{"another kind altogether", ruleEntry(), func(f *Facts) { f.Kind = "warn" }, ""},
		{"another offset", ruleEntry(), func(f *Facts) { f.BaseOffset = offset(0x18) }, ""},
		{"the offset in KASAN's shadow memory", ruleEntry(), func(f *Facts) {
			f.Kind, f.FaultAddress, f.BaseOffset = "gpf", address(0xdffffc0000000002), offset(0)
		}, "likely"},
		{"another one there", ruleEntry(), func(f *Facts) {
			f.Kind, f.FaultAddress, f.BaseOffset = "gpf", address(0xdffffc0000000003), offset(0)
		}, "possible"},
		{"another access", ruleEntry(), func(f *Facts) { f.Access = "write" }, ""},
		{"offset from the address alone", ruleEntry(), func(f *Facts) { f.BaseNull, f.BaseOffset = false, nil }, "known"},
		{"offset from a base that is not bad", ruleEntry(), func(f *Facts) {
			f.BaseNull, f.FaultAddress = false, address(0xffff888000000010)
		}, "possible"},
		{"right offset, but from poison", ruleEntry(), func(f *Facts) { f.BaseNull, f.Poison = false, "LIST_POISON2" }, ""},
		{"poison and its offset", ruleEntry(), func(f *Facts) {
			f.BaseNull, f.Poison, f.BaseOffset = false, "list_poison1", offset(8)
		}, "known"},
		{"the poison's offset from NULL", ruleEntry(), func(f *Facts) {
			f.BaseOffset, f.FaultAddress = offset(8), address(8)
		}, ""},
		{"has the backport", ruleEntry(), func(f *Facts) { f.Kernel = "5.10.100" }, ""},
		{"older than the bug", ruleEntry(), func(f *Facts) { f.Kernel = "4.14.20" }, ""},

		{"whole code in no function", ruleEntry(), func(f *Facts) {
			*f = Facts{Kind: "null-deref", Kernel: "5.10.50", Context: "softirq", Arch: "x86_64", Code: complete}
		}, "likely"},
		{"whole code behind a call of the path", ruleEntry(), func(f *Facts) {
			*f = Facts{Kind: "null-deref", Kernel: "5.10.50", Context: "softirq", Arch: "x86_64", Code: complete,
				Frames: frames("caller_a+0x1/0x2", "nf_hook_slow+0x1/0x2")}
		}, "known"},
		{"code in a function that has no part", ruleEntry(), func(f *Facts) {
			*f = Facts{Kernel: "5.10.50", Code: fragment, IP: frame("stranger+0x1/0x2")}
		}, ""},
		{"code behind a frame that has no part", ruleEntry(), func(f *Facts) {
			*f = Facts{Kernel: "5.10.50", Code: fragment, IP: frame("kfree+0x1/0x2"), Frames: frames("stranger+0x1/0x2")}
		}, ""},
		{"code in a helper on the way", ruleEntry(), func(f *Facts) {
			*f = Facts{Kernel: "5.10.50", Code: fragment, IP: frame("helper+0x1/0x2 [nf_x]")}
		}, "likely"},

		{"generic site, the function behind it", ruleEntry(), func(f *Facts) {
			f.IP, f.Frames = frame("list_del+0x1/0x2"), frames("kfree+0x1/0x2", "victim+0x1/0x2 [nf_x]")
		}, "likely"},
		{"generic site, the function further back", ruleEntry(), func(f *Facts) {
			f.IP, f.Frames = frame("list_del+0x1/0x2"), frames("stranger+0x1/0x2", "victim+0x1/0x2 [nf_x]")
		}, ""},
		{"generic site, the function behind it not reliable", ruleEntry(), func(f *Facts) {
			f.IP, f.Frames = frame("list_del+0x1/0x2"), frames("? victim+0x1/0x2 [nf_x]", "stranger+0x1/0x2")
		}, ""},
		{"no instruction pointer, all frames unreliable", ruleEntry(), func(f *Facts) {
			f.IP, f.Frames = Frame{}, frames("? victim+0x1/0x2 [nf_x]", "? stranger+0x1/0x2")
		}, "likely"},

		{"the first frame behind it is no return address", ruleEntry(), func(f *Facts) {
			f.IP, f.Frames = frame("kfree+0x1/0x2"), frames("stranger+0x0/0x2", "victim+0x1/0x2 [nf_x]")
		}, "likely"},
		{"an offset that many share, on a kernel that may have the fix", ruleEntry(), func(f *Facts) {
			f.Kernel = ""
		}, "likely"},

		{"a BUG with all calls on an affected kernel", bug, func(f *Facts) {
			*f = Facts{Kind: "bug", Kernel: "5.10.50", Context: "softirq", IP: frame("victim+0x1/0x2 [nf_x]"),
				Frames: frames("caller_a+0x1/0x2", "nf_hook_slow+0x1/0x2")}
		}, "known"},
		{"a page fault with all calls, the place of the access not known", pageFault, func(f *Facts) {
			*f = Facts{Kind: "gpf", Kernel: "5.10.50", Context: "softirq", IP: frame("victim+0x1/0x2 [nf_x]"),
				Frames: frames("caller_a+0x1/0x2", "nf_hook_slow+0x1/0x2")}
		}, "likely"},
		{"the same, a call of it missing", pageFault, func(f *Facts) {
			*f = Facts{Kind: "gpf", Kernel: "5.10.50", Context: "softirq", IP: frame("victim+0x1/0x2 [nf_x]"),
				Frames: frames("caller_a+0x1/0x2", "dev_queue_xmit+0x1/0x2")}
		}, "possible"},
		{"the same, kernel not known", bug, func(f *Facts) {
			*f = Facts{Kind: "bug", Context: "softirq", IP: frame("victim+0x1/0x2 [nf_x]"),
				Frames: frames("caller_a+0x1/0x2", "nf_hook_slow+0x1/0x2")}
		}, "likely"},
		{"the same, a call missing", bug, func(f *Facts) {
			*f = Facts{Kind: "bug", Kernel: "5.10.50", Context: "softirq", IP: frame("victim+0x1/0x2 [nf_x]"),
				Frames: frames("caller_a+0x1/0x2", "dev_queue_xmit+0x1/0x2")}
		}, "likely"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := ruleFacts()
			tt.change(&f)
			got := ""
			for _, m := range baseOf(tt.entry).Match(f) {
				got = m.Verdict
				t.Log(showEvidence(m))
			}
			if got != tt.want {
				t.Errorf("got verdict %q, want %q", got, tt.want)
			}
		})
	}
}

// A frame that stands in the trace many times is still one call of the sequence, and the paths that every packet takes
// say nothing of themselves.
func TestFollow(t *testing.T) {
	sequence := []place{{symbol: "victim"}, {symbol: "caller_a"}, {symbol: "nf_hook_slow"}, {symbol: "ip_rcv"}}
	tests := []struct {
		trace             string
		matched, distinct int
	}{
		{"victim caller_a nf_hook_slow ip_rcv", 4, 2},
		{"victim x caller_a y z nf_hook_slow ip_rcv w", 4, 2},
		{"victim victim victim victim", 1, 1},
		{"ip_rcv nf_hook_slow caller_a victim", 1, 1},
		{"nf_hook_slow ip_rcv", 2, 0},
		{"nf_hook_slow ip_rcv victim caller_a", 2, 2},
		{"caller_a victim nf_hook_slow", 2, 1},
		{"x y z", 0, 0},
		{"", 0, 0},
	}
	for _, tt := range tests {
		f := Facts{Frames: frames(strings.Fields(tt.trace)...)}
		matched, distinct, _ := newTrace(&f).follow(sequence)
		if matched != tt.matched || distinct != tt.distinct {
			t.Errorf("%q: %d matched, %d of them distinct, want %d, %d", tt.trace, matched, distinct, tt.matched, tt.distinct)
		}
	}
}

func TestTravelledPathsAreNoEvidence(t *testing.T) {
	f := ruleFacts()
	f.Frames = frames("nf_hook_slow+0x1/0x2", "ip_rcv+0x1/0x2")
	for _, m := range baseOf(ruleEntry()).Match(f) {
		for _, e := range m.Evidence {
			if strings.Contains(e.Fact, "call path") && !strings.HasPrefix(e.Fact, "2 of 3") {
				t.Errorf("evidence %+v", e)
			}
		}
	}
	f.IP = frame("match+0x10/0x20 [ipt_x]") // now no frame of either sequence is telling
	for _, m := range baseOf(ruleEntry()).Match(f) {
		for _, e := range m.Evidence {
			if strings.Contains(e.Fact, "call path") {
				t.Errorf("evidence %+v", e)
			}
		}
	}
}

func TestLongTracesAreCut(t *testing.T) {
	f := ruleFacts()
	for range 100000 {
		f.Frames = append(f.Frames, frame("stranger+0x1/0x2"))
	}
	if got := len(newTrace(&f).frames); got != mostFrames+1 {
		t.Errorf("%d frames are looked at, want %d", got, mostFrames+1)
	}
}

// A thin entry comes from a list of fixes. It is worth a hint where the function and the kind fit and nothing speaks
// against it, and never more, whatever it holds.
func TestThinEntriesAreOnlyPossible(t *testing.T) {
	thin := ruleEntry()
	thin.Quality = "thin"
	tests := []struct {
		name   string
		change func(*Facts)
		want   string
	}{
		{"everything fits", func(f *Facts) {
			f.Code = map[string]CodeHit{"rule#0": {How: "bytes", Bytes: 10, Of: 10}}
		}, "possible"},
		{"another kind", func(f *Facts) { f.Kind = "warn" }, ""},
		{"a kind that says nothing", func(f *Facts) { f.Kind = "panic" }, ""},
		{"another offset", func(f *Facts) { f.BaseOffset = offset(0x18) }, ""},
		{"has the fix", func(f *Facts) { f.Kernel = "6.6.1" }, ""},
		{"the function is only on the way", func(f *Facts) {
			f.IP, f.Frames = frame("bystander+0x1/0x2"), frames("victim+0x10/0x20 [nf_x]")
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := ruleFacts()
			tt.change(&f)
			got := ""
			for _, m := range baseOf(thin).Match(f) {
				got = m.Verdict
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Where a known bug explains the crash, thin entries only stand in the way; elsewhere a few are enough.
func TestThinEntriesDoNotCrowd(t *testing.T) {
	crowd := func(rich bool) *Base {
		b := &Base{byID: make(map[string]*record)}
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			e := ruleEntry()
			e.ID, e.Quality = "thin-"+id, "thin"
			b.byID[e.ID] = &record{id: e.ID, entry: compile(e)}
		}
		if rich {
			e := ruleEntry()
			b.byID[e.ID] = &record{id: e.ID, entry: compile(e)}
		}
		b.sort()
		return b
	}
	if got := crowd(false).Match(ruleFacts()); len(got) != mostThin {
		t.Errorf("got %s, want %d", show(got), mostThin)
	}
	if got := crowd(true).Match(ruleFacts()); len(got) != 1 || got[0].ID != "rule" {
		t.Errorf("got %s, want rule alone", show(got))
	}
}

// A version that was looked up by tags may be one release late: the release before it is neither affected nor not.
func TestApproximateVersions(t *testing.T) {
	for _, tt := range []struct {
		approximate bool
		kernel      string
		want        answer
	}{
		{false, "2.6.35", yes}, {true, "2.6.35", unknown}, {true, "2.6.34", yes}, {true, "2.6.36", no},
		{false, "2.6.29", no}, {true, "2.6.29", unknown}, {true, "2.6.28", no},
	} {
		e := compile(&Entry{
			Introduced: Introduced{Mainline: "2.6.30", Approximate: tt.approximate},
			Fixed:      Fixed{Mainline: "2.6.36", Approximate: tt.approximate},
		})
		k, known := parseKernel(tt.kernel, "")
		if got := e.isAffected(k, known, &Facts{Kernel: tt.kernel}); got != tt.want {
			t.Errorf("approximate %v, %s: got %v, want %v", tt.approximate, tt.kernel, got, tt.want)
		}
	}
}
