package kb

import (
	"strings"
	"testing"
)

func TestLessons(t *testing.T) {
	b := load(t)
	skb := Facts{Kind: "gpf", Kernel: "6.1.90", Arch: "x86_64", IP: frame("skb_release_data+0x9a/0x180"),
		Frames: frames("kfree_skb_reason+0x2b/0x90", "process_backlog+0x8c/0x140")}
	known := entryCases[1].log
	known.Frames = append(frames("netpoll_send_udp+0x1/0x20"), known.Frames...)
	tests := []struct {
		name  string
		facts Facts
		want  string // the lessons, in order
	}{
		{"nothing is known", Facts{}, ""},
		{"a spoiled packet", skb, "lesson-corrupted-skb"},
		{"the same in a file system", func() Facts {
			f := skb
			f.IP, f.Frames = frame("ext4_find_extent+0x9a/0x180"), nil
			return f
		}(), ""},
		{"one bit is wrong", Facts{Kind: "gpf", Arch: "x86_64", FaultAddress: address(0xff7f88810a3c1e40)},
			"lesson-hardware-bit-flip"},
		{"one low bit is set", Facts{Kind: "gpf", Arch: "x86_64", FaultAddress: address(0x0010000000403000)},
			"lesson-hardware-bit-flip"},
		{"two bits are wrong", Facts{Kind: "gpf", Arch: "x86_64", FaultAddress: address(0xff3f88810a3c1e40)}, ""},
		{"poison", Facts{Kind: "gpf", Arch: "x86_64", FaultAddress: address(0xdead000000000122)}, ""},
		{"the shadow memory of KASAN", Facts{Kind: "gpf", Arch: "x86_64", FaultAddress: address(0xdffffc0000000003)}, ""},
		{"a user address", Facts{Kind: "gpf", Arch: "x86_64", FaultAddress: address(0x00007f88810a3c1e)}, ""},
		{"another architecture", Facts{Kind: "paging-request", Arch: "arm64", FaultAddress: address(0xff7f88810a3c1e40)}, ""},
		{"a bad compiler", Facts{Kind: "null-deref", KernelBuild: "(gcc version 4.1.0 20060304) #1 SMP"},
			"lesson-known-bad-compiler"},
		{"a good compiler", Facts{Kind: "null-deref", KernelBuild: "(gcc version 4.1.2 20061115) #1 SMP"}, ""},
		{"a proprietary module is loaded only",
			Facts{Kind: "gpf", Tainted: []string{"P", "O"}, Modules: []string{"nvidia"}}, ""},
		{"a proprietary module is in the trace", Facts{
			Kind: "gpf", Tainted: []string{"P", "O"}, Frames: frames("_nv0001+0x1/0x20 [nvidia]"),
		}, "lesson-out-of-tree-module"},
		{"out of memory", Facts{Kind: "oom-panic", Panic: "Out of memory and no killable processes..."}, "lesson-oom-panic"},
		{"a known bug", known, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, m := range b.Match(tt.facts) {
				if m.Class != "lesson" {
					continue
				}
				got = append(got, m.ID)
				if m.Verdict != "possible" || m.Score <= 0 || m.Score >= 1 || len(m.Evidence) == 0 || m.Affected != "unknown" {
					t.Errorf("lesson %s", showEvidence(m))
				}
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("got lessons %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLessonsComeLast(t *testing.T) {
	lesson := &Entry{
		ID: "lesson-one", Class: "lesson", Kinds: []string{"bug"},
		Requires: []Condition{{Fact: "site", Any: []string{"bad_*"}}},
	}
	bug := &Entry{
		ID: "one", Class: "bug", Functions: []string{"bad_function"}, Kinds: []string{"bug"}, Modules: []string{"m"},
	}
	b := &Base{byID: map[string]*record{
		"lesson-one": {id: "lesson-one", entry: compile(lesson)}, "one": {id: "one", entry: compile(bug)},
	}}
	b.sort()
	m := b.Match(Facts{Kind: "bug", IP: frame("bad_function+0x1/0x2")})
	if len(m) != 2 || m[0].ID != "one" || m[1].ID != "lesson-one" {
		t.Errorf("possible: got %s, want the bug and then the lesson", show(m))
	}
	m = b.Match(Facts{
		Kind: "bug", IP: frame("bad_function+0x1/0x2 [m]"),
		Code: map[string]CodeHit{"one#0": {How: "shape"}},
	})
	if len(m) == 0 || m[0].ID != "one" {
		t.Errorf("got %s", show(m))
	}
}
