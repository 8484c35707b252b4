package kb

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

// The files that go generate makes are those of today's entries.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	base, problems, err := readBase(os.DirFS("entries"))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for name, want := range map[string]string{
		"entries.gen.txt": generatedText(t, base),
		"../docs/kb.md":   indexPage(base.All()),
	} {
		if *update {
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Error(err)
			}
			continue
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s is not that of today's entries: run go generate ./kb (%v)", name, err)
		}
	}
}

// generatedText is the file that is built in: see record.generatedLine.
func generatedText(tb testing.TB, base *Base) string {
	tb.Helper()
	var out strings.Builder
	out.WriteString("# Made from entries/*.yaml by go generate ./kb. Don't edit it.\n")
	for _, r := range base.records {
		text, err := json.Marshal(r.entry.Entry)
		if err != nil {
			tb.Fatal(err)
		}
		line := record{id: r.id, symbols: r.symbols, text: string(text)}
		if len(r.entry.Code) > 0 {
			code, err := json.Marshal(r.entry.Code)
			if err != nil {
				tb.Fatal(err)
			}
			line.code = string(code)
		}
		out.WriteString(line.generatedLine())
	}
	return out.String()
}

// indexPage lists all entries for people who read the repository.
func indexPage(entries []*Entry) string {
	var out strings.Builder
	rich := 0
	for _, e := range entries {
		if e.Quality == "rich" {
			rich++
		}
	}
	fmt.Fprintf(&out, `# The known bugs

<!-- Made from kb/entries/*.yaml by go generate ./kb. Don't edit it. -->

nfoops knows %d bugs and lessons. %d are rich: a person read the fix and wrote down how the crash looks, what brings it
on and what helps until the fixed kernel runs. The others are thin: one line of a list of fixes. A thin entry is never
more than a possible match.

`+"`nfoops kb show ID`"+` shows an entry whole, `+"`nfoops kb search WORDS`"+` finds one.
To add one, see CONTRIBUTING.md.
`, len(entries), rich)
	for _, subsystem := range knownSubsystems {
		header := false
		for _, e := range entries {
			if e.Subsystem != subsystem {
				continue
			}
			if !header {
				fmt.Fprintf(&out, "\n## %s\n\n| entry | what | fixed in | |\n| --- | --- | --- | --- |\n", subsystem)
				header = true
			}
			fmt.Fprintf(&out, "| [%s](../kb/entries/%s.yaml) | %s | %s | %s |\n",
				e.ID, e.ID, markdownText(e.Title), e.Fixed.Mainline, map[bool]string{true: "rich"}[e.Quality == "rich"])
		}
	}
	return out.String()
}

// markdownText keeps a title from being taken for markup.
func markdownText(s string) string {
	return strings.NewReplacer("|", `\|`, "_", `\_`, "*", `\*`, "<", "&lt;", "[", `\[`, "`", "'").Replace(s)
}

func TestReadGenerated(t *testing.T) {
	logs := os.DirFS("entries")
	for name, text := range map[string]string{
		"no columns":    "# comment\nid only\n",
		"two columns":   "id\t a \n",
		"three columns": "id\t a \t[]\n",
		"no entry":      "id\t a \t\t\n",
		"an empty line": "\n",
	} {
		if _, err := readGenerated(text, logs); err == nil || !strings.Contains(err.Error(), "go generate ./kb") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	b, err := readGenerated("# comment\na\t f \t\t{\"id\":\"a\",\"functions\":[\"f\"]}\nb\t g \t\t{broken\n", logs)
	if err != nil {
		t.Fatal(err)
	}
	if all := b.All(); len(all) != 1 || all[0].ID != "a" || b.Len() != 2 {
		t.Errorf("got %v of %d, want a alone of 2", all, b.Len())
	}
}

// What was generated has to give the same answers as the YAML files.
func TestGeneratedEntriesMatchLikeParsedOnes(t *testing.T) {
	entries := os.DirFS("entries")
	parsed, problems, err := readBase(entries)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	text := generatedText(t, parsed)
	for _, c := range entryCases {
		for _, f := range []Facts{c.log, c.miss} {
			fresh, err := readGenerated(text, entries)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := show(fresh.Match(f)), show(parsed.Match(f)); got != want {
				t.Errorf("%s: got %s, want %s", c.id, got, want)
			}
		}
	}
	lazy, err := readGenerated(text, entries)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parsed.Signatures(), lazy.Signatures()); diff != "" {
		t.Errorf("signatures (-parsed +generated):\n%s", diff)
	}
	for _, r := range lazy.records {
		if r.entry != nil {
			t.Errorf("%s was parsed for its signatures", r.id)
		}
	}
	if diff := cmp.Diff(parsed.All(), lazy.All()); diff != "" {
		t.Errorf("entries (-parsed +generated):\n%s", diff)
	}
	for _, r := range parsed.records {
		for _, suffix := range []string{logSuffix, missSuffix} {
			want, _ := r.readLog(suffix)
			got, _ := lazy.byID[r.id].readLog(suffix)
			if string(got) != string(want) {
				t.Errorf("%s%s: got %d bytes, want %d", r.id, suffix, len(got), len(want))
			}
		}
	}
}

// generatedFrom makes the built-in form of the entries of a directory.
func generatedFrom(tb testing.TB, fsys fs.FS) string {
	tb.Helper()
	base, problems, err := readBase(fsys)
	if err != nil || len(problems) > 0 {
		tb.Fatal(err, len(problems), problems[:min(len(problems), 3)])
	}
	return generatedText(tb, base)
}
