package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

var update = flag.Bool("update", false, "write the goldens anew; read them before you commit")

// shown renders two reports, one of everything and one of nothing, as a run would.
func shown(t *testing.T, format string, o Options, reports ...*triage.Report) []byte {
	t.Helper()
	newRenderer, known := For(format)
	if !known {
		t.Fatalf("no format %q", format)
	}
	var b bytes.Buffer
	doc := sampleDocument(reports...)
	o.Tool = doc.Tool
	r := newRenderer(&b, o)
	for _, x := range reports {
		if err := r.Report(x, "oops.txt"); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readable is a JSON document of one line over many.
func readable(out []byte) []byte {
	var b bytes.Buffer
	if bytes.Count(out, []byte{'\n'}) != 1 || json.Indent(&b, out, "", " ") != nil {
		return out
	}
	return b.Bytes()
}

func TestGoldens(t *testing.T) {
	tests := []struct {
		file, format string
		o            Options
	}{
		{"text.golden", "text", Options{Color: true}},
		{"plain.golden", "plain", Options{Color: true}},
		{"plain-100-vv.golden", "plain", Options{Width: 100, Verbose: 2}},
		{"plain-code.golden", "plain", Options{CodeOnly: true}},
		{"brief-text.golden", "text", Options{Color: true, Brief: true}},
		{"brief-plain.golden", "plain", Options{Brief: true}},
		{"json.golden", "json", Options{}},
		{"jsonl.golden", "jsonl", Options{}},
		{"markdown.golden", "markdown", Options{}},
		{"brief-markdown.golden", "markdown", Options{Brief: true}},
		{"sarif.golden", "sarif", Options{}},
		{"junit.golden", "junit", Options{}},
		// The form is that of "Workflow commands for GitHub Actions", section "Setting an error message":
		// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
		{"github.golden", "github", Options{}},
		// The form is that of GitLab's "Code Quality report format":
		// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
		{"gitlab.golden", "gitlab", Options{}},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			got := readable(shown(t, test.format, test.o, sample(), nothing()))
			path := filepath.Join("testdata", test.file)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("-want +got (go test -update writes it anew):\n%s", diff)
			}
		})
	}
}

func TestEveryFormatIsFound(t *testing.T) {
	for _, name := range Names() {
		if _, known := For(name); !known {
			t.Errorf("For(%q) finds nothing", name)
		}
	}
	if _, known := For("TEXT"); known {
		t.Error(`For("TEXT") finds something`)
	}
}

// A run without a crash still gives a document.
func TestEmptyRun(t *testing.T) {
	for _, format := range Names() {
		newRenderer, _ := For(format)
		var b bytes.Buffer
		if err := newRenderer(&b, Options{}).Close(&triage.Document{}); err != nil {
			t.Fatal(err)
		}
		want := ""
		switch format {
		case "json", "sarif", "junit", "gitlab":
			path := filepath.Join("testdata", "empty-"+format+".golden")
			if *update {
				if err := os.WriteFile(path, readable(b.Bytes()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want = string(data)
		}
		if got := string(readable(b.Bytes())); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}
