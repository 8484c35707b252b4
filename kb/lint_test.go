package kb

import (
	"io/fs"
	"testing"
)

func TestEmbeddedEntriesAreClean(t *testing.T) {
	entries, err := fs.Sub(embedded, "entries")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Lint(entries) {
		t.Error(p)
	}
}
