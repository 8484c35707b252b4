package triage

import (
	"strings"
	"testing"

	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/symbols"
)

// The code of an image tells the bug from its fix where an entry says how, and nothing else does.
func TestCheckImage(t *testing.T) {
	base, err := kb.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file, id string
		want     kb.Finding
		part     string
	}{
		{"connlimit-2.6.11/ipt_connlimit.o", "ipt-connlimit-predicate-order", kb.FindsBug, "count_them() has the code of the bug"},
		{"connlimit-2.6.11/ipt_connlimit-fixed.o", "ipt-connlimit-predicate-order", kb.FindsFix, "the code of the fix"},
		{"symbols/nf_story-i386.ko", "ipt-connlimit-predicate-order", kb.FindsNothing, "Neither the code"},
		{"symbols/nf_story-dwarf4.ko", "ipt-connlimit-predicate-order", kb.FindsNothing, ""},
		{"connlimit-2.6.11/ipt_connlimit.o", "CVE-2024-1086", kb.FindsNothing, "no code that tells"},
	} {
		img, err := symbols.OpenImage("../../../testdata/kernels/" + tt.file)
		if err != nil {
			t.Fatal(err)
		}
		e, found := base.Get(tt.id)
		if !found {
			t.Fatal(tt.id)
		}
		got := CheckImage(img, e)
		if got.Finding != tt.want || !strings.Contains(got.Reason, tt.part) || !strings.HasSuffix(got.Reason, ".") {
			t.Errorf("%s, %s: %+v", tt.file, tt.id, got)
		}
		img.Close()
	}
}
