package kb

import (
	"os"
	"testing"
)

func TestEmbeddedEntriesAreClean(t *testing.T) {
	for _, p := range Lint(os.DirFS("entries")) {
		t.Error(p)
	}
}
