package kb

import (
	"strings"
	"testing"
)

func TestSkeleton(t *testing.T) {
	for _, c := range entryCases {
		t.Run(c.id, func(t *testing.T) {
			text := Skeleton("a-new-bug", c.log)
			e, problems := readEntry("a-new-bug.yaml", text)
			if e == nil {
				t.Fatalf("not readable: %v\n%s", problems, text)
			}
			for _, p := range problems {
				if !strings.Contains(p.Text, "is missing") || p.Line == 0 {
					t.Errorf("a blank is all that lint may find: %v", p)
				}
			}
			// Filled with anything, it knows the crash that it was made from.
			e.ID, e.Quality = "a-new-bug", "rich"
			if m := baseOf(e).Match(c.log); len(m) != 1 || m[0].Verdict == "possible" && len(c.log.Frames) > 1 {
				t.Errorf("got %s from\n%s", show(m), text)
			}
		})
	}
}

func TestSkeletonOfNothing(t *testing.T) {
	e, problems := readEntry("x.yaml", Skeleton("not an id", Facts{}))
	if e == nil || e.ID != "" || len(problems) == 0 {
		t.Errorf("got %+v, %v", e, problems)
	}
}

// FuzzSkeleton puts hostile names into every field: the result stays YAML that says nothing else.
func FuzzSkeleton(f *testing.F) {
	f.Add("id", "count_them", "ipt_connlimit", "null-deref", "2.6.11.10", "i386", uint64(0x54))
	f.Add("a: b", "x]\nid: y", "m}", "kasan-\"", "6.1\n- x", "x86_64", uint64(0))
	f.Fuzz(func(t *testing.T, id, symbol, module, kind, kernel, arch string, n uint64) {
		at := int64(n & 0xfff)
		facts := Facts{
			Kind: kind, Kernel: kernel, Arch: arch, Poison: module, Access: kind, Context: arch, BaseNull: true, BaseOffset: &at,
			IP: Frame{Symbol: symbol, Module: module, Offset: n & 0xff, Size: n},
			Frames: []Frame{
				{Symbol: symbol, Reliable: true}, {Symbol: module, Reliable: true}, {Symbol: kernel, Reliable: true},
			},
		}
		text := Skeleton(id, facts)
		e, problems := readEntry("x.yaml", text)
		if e == nil {
			t.Fatalf("not readable: %v\n%s", problems, text)
		}
		if e.Title != "" || e.Class != "bug" || len(e.Sources) != 1 || len(e.Functions) > 1 {
			t.Errorf("something came in from outside: %+v\n%s", e, text)
		}
	})
}
