package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nfoops/nfoops/cmd/internal/policy"
	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops/scan"
)

// scanned are the reports of all logs in testdata, judged and joined as scan --summary does.
func scanned(t *testing.T) (*triage.Session, []*triage.Report) {
	t.Helper()
	base, err := kb.Load()
	if err != nil {
		t.Fatal(err)
	}
	session := triage.NewSession(triage.Sources{KB: base}, "v0")
	rules := policy.Policy{Now: time.Unix(0, 0)}
	groups := policy.NewGroups(0)
	for _, folder := range []string{"../../testdata/logs", "../../testdata/kernels/connlimit-2.6.11", "../../kb/entries"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".txt") && !strings.HasSuffix(path, ".log") {
				return err
			}
			log, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			finder := scan.File(t.Context(), bytes.NewReader(log), int64(len(log)), scan.Options{})
			defer finder.Close()
			for r, err := range session.Scan(t.Context(), path, finder) {
				if err != nil {
					return err
				}
				rules.Judge(r)
				groups.Add(r)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return session, slices.Collect(groups.All())
}

// What scan writes of every log in testdata, and of none, is valid by the schemas: report.v1 and SARIF 2.1.0.
func TestScanDocuments(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../testdata/schema/report.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	session, reports := scanned(t)
	if len(reports) < 50 {
		t.Fatalf("only %d different crashes in testdata", len(reports))
	}
	empty := triage.NewSession(triage.Sources{}, "v0")
	empty.Unread("nosuch", fs.ErrNotExist)
	for name, run := range map[string]struct {
		doc     *triage.Document
		reports []*triage.Report
	}{
		"all": {session.Document(nil), reports}, "empty": {empty.Document(nil), nil},
	} {
		written := func(format string) []byte {
			var b bytes.Buffer
			newRenderer, _ := render.For(format)
			r := newRenderer(&b, render.Options{Brief: true, Tool: run.doc.Tool})
			for _, x := range run.reports {
				if err := r.Report(x, x.Input); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.Close(run.doc); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(written("json")))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: json: %v", name, err)
		}
		log, err := sarif.FromBytes(written("sarif"), sarif.WithStrictValidation())
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Validate(); err != nil {
			t.Errorf("%s: sarif: %v", name, err)
		}
		if got := len(log.Runs[0].Results); got != len(run.reports) {
			t.Errorf("%s: %d results of %d reports", name, got, len(run.reports))
		}
		xmlDoc := xml.NewDecoder(bytes.NewReader(written("junit")))
		for {
			if _, err := xmlDoc.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: junit: %v", name, err)
			}
		}
		var issues []map[string]any
		if err := json.Unmarshal(written("gitlab"), &issues); err != nil {
			t.Errorf("%s: gitlab: %v", name, err)
		}
	}
}
