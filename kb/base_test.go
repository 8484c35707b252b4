package kb

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLoadDir(t *testing.T) {
	built := load(t)
	fsys := directory(map[string]string{
		"good-one.yaml":       goodEntry,
		"good-one.log":        "BUG: it died\n",
		"good-one.miss.log":   "BUG: another died\n",
		"cve-2015-8787.yaml":  strings.Replace(goodEntry, "good-one", "cve-2015-8787", 1),
		"CVE-2024-42270.yaml": strings.Replace(goodEntry, "good-one", "CVE-2024-42270", 1),
		"CVE-2024-42270.log":  "mine\n",
		"broken.yaml":         "id: broken\n",
		"broken.log":          "x\n",
		"broken.miss.log":     "x\n",
	})
	b, problems, err := LoadDir(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(b.All()), len(built.All())+1; got != want {
		t.Errorf("%d entries, want %d", got, want)
	}
	if e, found := b.Get("cve-2024-42270"); !found || e.Title != "A bug for tests" {
		t.Errorf("the built-in entry was not replaced: %v", e)
	}
	if data, _ := b.Log("CVE-2024-42270"); string(data) != "mine\n" {
		t.Errorf("its log was not replaced: %q", data)
	}
	if _, found := b.MissLog("CVE-2024-42270"); found {
		t.Error("the near miss of the replaced entry is still there")
	}
	if _, found := b.Get("broken"); found {
		t.Error("a broken entry was taken")
	}
	if _, found := b.Log("broken"); found {
		t.Error("the log of a broken entry was taken")
	}
	if e, found := built.Get("CVE-2024-42270"); !found || e.Title == "A bug for tests" {
		t.Error("LoadDir changed the built-in base")
	}
	var files []string
	for _, p := range problems {
		if len(files) == 0 || files[len(files)-1] != p.File {
			files = append(files, p.File)
		}
	}
	if diff := cmp.Diff([]string{"CVE-2024-42270.yaml", "broken.yaml"}, files); diff != "" {
		t.Errorf("files with problems (-want +got):\n%s", diff)
	}
	m := b.Match(Facts{Kind: "bug", IP: frame("bad_function+0x1/0x2")})
	if len(m) != 3 {
		t.Errorf("got %s, want the three entries of the directory", show(m))
	}
}

// unreadable is a file system that can't be read.
type unreadable struct{}

func (unreadable) Open(string) (fs.File, error) { return nil, errors.New("gone") }

func TestUnreadableDirectory(t *testing.T) {
	if _, _, err := LoadDir(unreadable{}); err == nil {
		t.Error("LoadDir: no error")
	}
	if p := Lint(unreadable{}); len(p) != 1 || !strings.Contains(p[0].Error(), "gone") {
		t.Errorf("Lint: got %v", p)
	}
}

func TestOversizedFiles(t *testing.T) {
	got := lintText(map[string]string{
		"good-one.yaml":     goodEntry + "#" + strings.Repeat("x", mostEntryBytes),
		"good-one.log":      "x",
		"good-one.miss.log": strings.Repeat("x", mostLogBytes+1),
	})
	if len(got) != 3 || !strings.Contains(got[0], "more than") || !strings.Contains(got[1], "more than") {
		t.Errorf("got %q", got)
	}
}

func TestSearch(t *testing.T) {
	b := load(t)
	for words, want := range map[string]string{
		"connlimit":                         "ipt-connlimit-predicate-order",
		"CVE-2024-42270":                    "CVE-2024-42270",
		"542ed8145e6f":                      "CVE-2024-54031",
		"unaligned nft_rhash_gc":            "CVE-2024-54031",
		"ipset swap":                        "nf-ipset-fix-race-condition-between-swap-destroy-and-ke",
		"SNORT h323":                        "nf-conntrack-fix-null-pointer-dereference-in-nf_confirm",
		"conntrackd setup_info":             "nf-nf_conntrack-fix-ctnetlink-related-crash-in-nf_nat_s",
		"  bridge   looks bookkeeping arp ": "nf-bridge-netfilter-fix-crash-in-br_nf_forward_finish",
		"connlimit nosuchwordhere":          "",
		"":                                  "",
	} {
		got := ""
		if found := b.Search(words); len(found) > 0 {
			got = found[0].ID
		}
		if got != want {
			t.Errorf("Search(%q) gives %q first, want %q", words, got, want)
		}
	}
	all := b.Search("nf_tables")
	if len(all) < 3 {
		t.Errorf("Search(nf_tables) found %d", len(all))
	}
}

// The repair that the story's entry hands out is the one that is held against the faulty source.
func TestStoryCarriesTheTestedDiff(t *testing.T) {
	tested, err := os.ReadFile("../testdata/kernels/connlimit-2.6.11/fix.diff")
	if err != nil {
		t.Fatal(err)
	}
	e, found := load(t).Get(story)
	if !found {
		t.Fatal("no story")
	}
	if diff := cmp.Diff(string(tested), e.Fix.Diff); diff != "" {
		t.Errorf("diff (-testdata +entry):\n%s", diff)
	}
}

func TestSignatures(t *testing.T) {
	b := load(t)
	refs := b.Signatures()
	keys := make(map[string]bool)
	for _, r := range refs {
		e, found := b.Get(r.ID)
		if !found || r.N >= len(e.Code) || e.Code[r.N].Ref != r.Ref || r.Arch == "" || len(r.Shape) == 0 || keys[r.Key] {
			t.Errorf("bad reference %+v", r)
		}
		keys[r.Key] = true
	}
	if !keys[story+"#0"] {
		t.Error("the story's signature is missing")
	}
}

// Every fact that Match hands out leads back to the entry; the built-in entries name a source for their facts.
func TestRichEntriesAreRich(t *testing.T) {
	for _, e := range load(t).All() {
		if e.Quality != "rich" {
			continue
		}
		if len(e.Functions) == 0 && e.Class != "lesson" || e.Workaround.Text == "" || e.Fix.Explanation == "" || len(e.Sources) < 1 {
			t.Errorf("%s calls itself rich and lacks functions, a workaround, an explanation or a source", e.ID)
		}
	}
}
