package kb

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const storySource = "../testdata/kernels/connlimit-2.6.11/ipt_connlimit.c"

func storyEntry(t testing.TB) (*Entry, []byte) {
	t.Helper()
	src, err := os.ReadFile(storySource)
	if err != nil {
		t.Fatal(err)
	}
	e, found := load(t).Get(story)
	if !found {
		t.Fatal("no story")
	}
	return e, src
}

func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestCheckAndApplyTheStory(t *testing.T) {
	e, src := storyEntry(t)
	const file = "net/ipv4/netfilter/ipt_connlimit.c"
	faulty := e.Check(tree(map[string]string{file: string(src)}))
	if faulty.Finding != FindsBug || faulty.File != file || faulty.Line == 0 {
		t.Errorf("faulty source: got %+v", faulty)
	}
	fixed, report, err := e.Apply(src)
	if err != nil {
		t.Fatal(err)
	}
	want := PatchReport{File: "ipt_connlimit.c", Hunks: []PatchedHunk{{Line: 212}}, Diff: e.Fix.Diff}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if got := e.Check(tree(map[string]string{"ipt_connlimit.c": string(fixed)})); got.Finding != FindsFix {
		t.Errorf("fixed source: got %+v", got)
	}
	if _, _, err := e.Apply(fixed); !errors.Is(err, ErrApplied) {
		t.Errorf("applied twice: got %v", err)
	}
	if got, want := strings.Count(string(fixed), "\n"), strings.Count(string(src), "\n"); got != want {
		t.Errorf("%d lines after it, want %d", got, want)
	}
}

func TestCheckOtherTrees(t *testing.T) {
	e, src := storyEntry(t)
	spaced := strings.NewReplacer(
		"memcmp(", "/* compare */ memcmp\t( ", "found_ct = tuple", "found_ct=tuple",
	).Replace(string(src))
	tests := []struct {
		name  string
		files map[string]string
		want  Finding
		part  string // of the reason
	}{
		{"an empty tree", map[string]string{}, FindsNothing, "No file ipt_connlimit.c"},
		{"another place", map[string]string{"extra/old/ipt_connlimit.c": string(src), "README": "x"}, FindsBug, "the bug"},
		{"two copies", map[string]string{"a/ipt_connlimit.c": string(src), "b/ipt_connlimit.c": "x"},
			FindsNothing, "Several"},
		{"no such function", map[string]string{"ipt_connlimit.c": "int other(void) { return 0; }"},
			FindsNothing, "no function"},
		{"a declaration only", map[string]string{"ipt_connlimit.c": "int count_them(void);"}, FindsNothing, "no function"},
		{"neither order", map[string]string{"ipt_connlimit.c": "int count_them(void) { return 0; }"},
			FindsNothing, "neither"},
		{"the pieces in comments and strings", map[string]string{"ipt_connlimit.c": "int count_them(void) { /* x = " +
			"ip_conntrack_find_get( memcmp( found_ct = tuplehash_to_ctrack( */ return f(\"= ip_conntrack_find_get(\"); }"},
			FindsNothing, "neither"},
		{"other spaces and comments", map[string]string{"ipt_connlimit.c": spaced}, FindsBug, "the bug"},
		{"no end", map[string]string{"ipt_connlimit.c": "int count_them(void) { x = ip_conntrack_find_get(; memcmp(; \"/*"},
			FindsNothing, "neither"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := e.Check(tree(tt.files))
			if got.Finding != tt.want || !strings.Contains(got.Reason, tt.part) || !strings.HasSuffix(got.Reason, ".") {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got := (&Entry{}).Check(tree(nil)); got.Finding != FindsNothing || got.Reason == "" {
		t.Errorf("no pattern: got %+v", got)
	}
}

func TestApplyFuzz(t *testing.T) {
	e := &Entry{Fix: Fix{Diff: "--- a/x.c\n+++ b/x.c\n@@ -3,7 +3,7 @@\n c3\n c4\n c5\n-old\n+new\n c7\n c8\n c9\n"}}
	body := "c1\nc2\nc3\nc4\nc5\nold\nc7\nc8\nc9\nc10\n"
	tests := []struct {
		name, src, want string
		hunk            PatchedHunk
		err             error
	}{
		{"as it is", body, strings.Replace(body, "old", "new", 1), PatchedHunk{Line: 3}, nil},
		{"moved down", "a\nb\n" + body, "a\nb\n" + strings.Replace(body, "old", "new", 1),
			PatchedHunk{Line: 5, Offset: 2}, nil},
		{"moved up", strings.TrimPrefix(body, "c1\nc2\n"), strings.Replace(body[6:], "old", "new", 1),
			PatchedHunk{Line: 1, Offset: -2}, nil},
		{"one line of context differs", strings.Replace(body, "c9", "else", 1),
			strings.NewReplacer("c9", "else", "old", "new").Replace(body), PatchedHunk{Line: 3, Fuzz: 1}, nil},
		{"two differ", strings.NewReplacer("c8", "else", "c9", "else").Replace(body),
			strings.NewReplacer("c8", "else", "c9", "else", "old", "new").Replace(body), PatchedHunk{Line: 3, Fuzz: 2}, nil},
		{"three differ", strings.NewReplacer("c7", "else", "c8", "else", "c9", "else").Replace(body), "",
			PatchedHunk{}, ErrDoesNotFit},
		{"it is not there", "int main;\n", "", PatchedHunk{}, ErrDoesNotFit},
		{"it is empty", "", "", PatchedHunk{}, ErrDoesNotFit},
		{"applied", strings.Replace(body, "old", "new", 1), "", PatchedHunk{}, ErrApplied},
		{"equally close twice", "c3\nc4\nc5\nold\nc7\nc8\nc9\nc3\nc4\nc5\nold\nc7\nc8\nc9\n", strings.Replace(
			"c3\nc4\nc5\nold\nc7\nc8\nc9\nc3\nc4\nc5\nold\nc7\nc8\nc9\n", "old", "new", 1),
			PatchedHunk{Line: 1, Offset: -2}, nil},
		{"lines end as on Windows", strings.ReplaceAll(body, "\n", "\r\n"),
			strings.ReplaceAll(strings.Replace(body, "old", "new", 1), "\n", "\r\n"), PatchedHunk{Line: 3}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, report, err := e.Apply([]byte(tt.src))
			if !errors.Is(err, tt.err) || string(got) != tt.want {
				t.Fatalf("got %q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
			if err == nil && (len(report.Hunks) != 1 || report.Hunks[0] != tt.hunk) {
				t.Errorf("got %+v, want %+v", report.Hunks, tt.hunk)
			}
		})
	}
	between := "c3\nc4\nc5\nold\nc7\nc8\nc9\n"
	centred := &Entry{Fix: Fix{Diff: strings.Replace(e.Fix.Diff, "@@ -3,7 +3,7 @@", "@@ -5,7 +5,7 @@", 1)}}
	if _, _, err := centred.Apply([]byte(between + "x\n" + between)); !errors.Is(err, ErrSeveralFits) {
		t.Errorf("two places equally close: got %v", err)
	}
	if _, _, err := (&Entry{}).Apply(nil); !errors.Is(err, ErrNoDiff) {
		t.Errorf("no diff: got %v", err)
	}
}

// Source and diffs can be anything: no panic, and what is applied can be seen to be applied.
func FuzzCheckAndApply(f *testing.F) {
	_, src := storyEntry(f)
	e, _ := load(f).Get(story)
	f.Add(string(src), e.Fix.Diff)
	f.Add("int count_them(void) { if (", "--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n")
	f.Add("a\n", "--- a\n+++ b\n@@ -1,2 +1,3 @@\n a\n+b\n \n")
	f.Fuzz(func(t *testing.T, src, diff string) {
		entry := &Entry{Pattern: e.Pattern, Fix: Fix{Diff: diff}}
		if got := entry.Check(tree(map[string]string{"ipt_connlimit.c": src})); got.Reason == "" {
			t.Errorf("no reason: %+v", got)
		}
		out, report, err := entry.Apply([]byte(src))
		if (err == nil) != (out != nil) || err == nil && len(report.Hunks) == 0 {
			t.Errorf("got %d bytes, %+v, %v", len(out), report, err)
		}
	})
}
