package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
)

// What is printed of every log in testdata, and of every known bug's own, is a document of the published schema.
func TestDocuments(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../testdata/schema/report.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	base, err := kb.Load()
	if err != nil {
		t.Fatal(err)
	}
	logs := map[string][]byte{"empty": nil}
	for _, e := range base.All() {
		if log, found := base.Log(e.ID); found {
			logs[e.ID] = log
		}
	}
	for _, folder := range []string{"../../testdata/logs", "../../testdata/kernels/connlimit-2.6.11"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".txt") && !strings.HasSuffix(path, ".log") {
				return err
			}
			logs[path], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, log := range logs {
		t.Run(filepath.Base(name), func(t *testing.T) {
			var out bytes.Buffer
			newRenderer, _ := render.For("json")
			r := newRenderer(&out, render.Options{})
			session := triage.NewSession(triage.Sources{KB: base}, "v0")
			for report, err := range session.Read(t.Context(), name, bytes.NewReader(log)) {
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Report(report, name); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.Close(session.Document(nil)); err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(&out)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Error(err)
			}
		})
	}
}
