package kb

import (
	"slices"
	"strings"
	"testing"
)

// verdictsOf matches and returns "id verdict" of each, in order.
func verdictsOf(f Facts, entries ...*Entry) string {
	b := &Base{byID: map[string]*record{}}
	for _, e := range entries {
		b.byID[e.ID] = &record{id: e.ID, entry: compile(e)}
	}
	b.sort()
	var list []string
	for _, m := range b.Match(f) {
		list = append(list, m.ID+" "+m.Verdict)
	}
	return strings.Join(list, ", ")
}

// Two bugs that only share a function and its callers can't both be right.
func TestRivals(t *testing.T) {
	rival := func(id string, change func(*Entry)) *Entry {
		e := ruleEntry()
		e.ID, e.Kinds, e.Faults, e.Code = id, []string{"bug"}, nil, nil
		if change != nil {
			change(e)
		}
		return e
	}
	f := Facts{Kind: "bug", Kernel: "5.10.50", Context: "softirq", IP: frame("victim+0x7/0x20 [nf_x]"),
		Frames: frames("caller_a+0x1/0x2", "nf_hook_slow+0x1/0x2")}
	other := func(e *Entry) { e.Introduced, e.Fixed = Introduced{}, Fixed{} } // whether it is in there is not known
	here := func(e *Entry) { e.Sites = []Site{{At: "victim+0x7/0x20"}} }
	thin := func(e *Entry) { e.Quality = "thin" }
	fixed := func(e *Entry) { e.Fixed.Stable = map[string]string{"5.10": "5.10.20"} }
	for _, tt := range []struct {
		name   string
		rivals []*Entry
		want   string
	}{
		{"alone", []*Entry{rival("a", nil)}, "a known"},
		{"two of a kind", []*Entry{rival("a", nil), rival("b", nil)}, "a likely, b likely"},
		{"both likely", []*Entry{rival("a", other), rival("b", other)}, "a possible, b possible"},
		{"one more likely", []*Entry{rival("a", other), rival("b", nil)}, "b likely, a possible"},
		{"one has the place", []*Entry{rival("a", nil), rival("b", here)}, "b known, a possible"},
		{"one is fixed in this kernel", []*Entry{rival("a", fixed), rival("b", nil)}, "b known"},
		{"one is thin", []*Entry{rival("a", thin), rival("b", nil)}, "b likely, a possible"},
	} {
		if got := verdictsOf(f, tt.rivals...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// What the log lost is no evidence against an entry, but then the entry is no more than possible.
func TestCutTraceProvesNothing(t *testing.T) {
	e := ruleEntry()
	e.Requires = []Condition{{Fact: "frame", Any: []string{"caller_a"}}}
	f := ruleFacts()
	for _, tt := range []struct{ trace, want string }{
		{"", "rule possible"},
		{"caller_a+0x1/0x2", "rule known"},
		{"caller_b+0x1/0x2 nf_hook_slow+0x1/0x2", ""},
	} {
		f.Frames = frames(strings.Fields(tt.trace)...)
		if got := verdictsOf(f, e); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.trace, got, tt.want)
		}
	}
}

// A poison address is where all that follow a dangling pointer end, not only this bug.
func TestPoisonIsNoAddress(t *testing.T) {
	e := ruleEntry()
	e.Faults = []Fault{{Address: address(0xdead000000000122)}}
	f := ruleFacts()
	f.Kind, f.BaseNull, f.BaseOffset = "null-deref", false, nil
	f.FaultAddress, f.Poison = address(0xdead000000000122), "LIST_POISON2"
	if got := verdictsOf(f, e); got != "rule possible" {
		t.Errorf("got %q", got)
	}
	f.Poison = ""
	if got := verdictsOf(f, e); got != "rule known" {
		t.Errorf("without poison: got %q", got)
	}
}

// One function has other names in another era, and several names where it is made from a template.
func TestNamesOfFunctions(t *testing.T) {
	for _, tt := range []struct {
		entry, log string
		fits       bool
	}{
		{"nf_conntrack_in", "ip_conntrack_in", true},
		{"ip_nat_setup_info", "nf_nat_setup_info", true},
		{"__nf_conntrack_confirm", "__ip_conntrack_confirm", true},
		{"mtype_resize", "hash_ipportip6_resize", true},
		{"mtype_gc", "hash_mac_gc", true},
		{"mtype_add", "bitmap_port_add", true},
		{"hash_ip4_add", "hash_ip6_add", false},
		{"mtype_add", "list_set_add", false},
		{"mtype_add", "hash_algo_add", false},
		{"mtype_resize", "hash_net4_uadt", false},
		{"ip_vs_in", "nf_vs_in", false},
	} {
		e := ruleEntry()
		e.Functions, e.Modules = []string{tt.entry}, nil
		f := ruleFacts()
		f.IP = frame(tt.log + ".isra.0+0x10/0x20")
		if got := verdictsOf(f, e); (got != "") != tt.fits {
			t.Errorf("%s in %s: %q", tt.entry, tt.log, got)
		}
		for _, m := range baseOf(e).Match(f) {
			if !slices.ContainsFunc(m.Evidence, func(e Evidence) bool { return strings.Contains(e.Fact, tt.log) }) {
				t.Errorf("%s: the evidence does not name the function as the log does", tt.log)
			}
		}
	}
}
