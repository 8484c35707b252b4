package kb

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExport(t *testing.T) {
	b := load(t)
	var out bytes.Buffer
	if err := b.Export(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema  string
		Entries []*Entry
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != "nfoops.kb/v1" {
		t.Errorf("schema %q", got.Schema)
	}
	if diff := cmp.Diff(b.All(), got.Entries); diff != "" {
		t.Errorf("entries (-base +export):\n%s", diff)
	}
	if lines := bytes.Count(out.Bytes(), []byte("\n")); lines != len(b.All())+2 {
		t.Errorf("%d lines for %d entries", lines, len(b.All()))
	}
}

// fullDisk takes a few bytes and no more.
type fullDisk int

func (d *fullDisk) Write(p []byte) (int, error) {
	if *d -= fullDisk(len(p)); *d < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestExportTellsOfTheWriter(t *testing.T) {
	disk := fullDisk(5000)
	if err := load(t).Export(&disk); err == nil {
		t.Error("no error from a full disk")
	}
}
