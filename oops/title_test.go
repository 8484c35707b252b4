package oops

import (
	"strings"
	"testing"
)

// FuzzTitle holds of any log: titles are short printable ASCII, say why they are not to be trusted, and come out the
// same twice.
func FuzzTitle(f *testing.F) {
	for _, e := range examples(f) {
		f.Add(e.log)
	}
	f.Fuzz(func(t *testing.T, log string) {
		var p, again Parser
		var titles []string
		for c := range p.Crashes(strings.NewReader(log)) {
			titles = append(titles, c.Title)
			if c.Title == "" || len(c.Title) > 121 || strings.IndexFunc(c.Title, unprintable) >= 0 {
				t.Errorf("title %q", c.Title)
			}
			if c.Corrupted && len(c.Damage) == 0 {
				t.Errorf("%q is corrupted without a reason", c.Title)
			}
			if at := c.Culprit.At; c.Culprit.Symbol != "" && (at < c.FirstLine || c.Culprit.Why == "") {
				t.Errorf("%q: culprit %+v, crash from line %d", c.Title, c.Culprit, c.FirstLine)
			}
		}
		for c := range again.Crashes(strings.NewReader(log)) {
			if len(titles) == 0 || c.Title != titles[0] {
				t.Fatalf("second time %q, first %q", c.Title, titles)
			}
			titles = titles[1:]
		}
	})
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }

func TestPlumbing(t *testing.T) {
	for name, want := range map[string]bool{
		"__kmalloc_noprof": true, "___slab_alloc.constprop.0": true, "kasan_report": true, "_raw_spin_lock_bh": true,
		"__list_del_entry_valid_or_report": true, "bpf_prog_array_copy_to_user": true, "perf_trace_lock": true,
		"nf_hook_slow": false, "process_one_work": false, "remove_wait_queue": false, "get_user_pages_fast": false,
		"rb_commit": false, "wake_up_new_task": false, "radix_tree_node_alloc": false, "consume_skb": false,
	} {
		if got := isPlumbing(&Location{Symbol: name}); got != want {
			t.Errorf("isPlumbing(%s) = %v", name, got)
		}
	}
	for _, l := range []Location{{Symbol: "string", Module: "xt_string"}, {Symbol: "list_add", Module: "ip_set"}} {
		if isPlumbing(&l) {
			t.Errorf("%s of %s is plumbing", l.Symbol, l.Module)
		}
	}
	inline := Location{Symbol: "atomic_inc", Module: "ip_set", File: "include/linux/atomic/atomic-instrumented.h"}
	if !isPlumbing(&inline) {
		t.Errorf("%s of %s is not plumbing", inline.Symbol, inline.File)
	}
}

func TestCutPanic(t *testing.T) {
	for reason, want := range map[string]string{
		"Fatal exception in interrupt":                    "Fatal exception",
		"Attempted to kill init! exitcode=0x0000000b":     "Attempted to kill init!",
		"EXT4-fs (device vda1): panic forced after error": "EXT4-fs (device vda1): panic forced after error",
	} {
		if got := cutPanic(reason); got != want {
			t.Errorf("cutPanic(%q) = %q", reason, got)
		}
	}
}
