package oops

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoFalseAlarms holds that logs without a crash give none, each alone and all in one file.
func TestNoFalseAlarms(t *testing.T) {
	files, err := filepath.Glob("../testdata/logs/negative/*.txt")
	if err != nil || len(files) < 6 {
		t.Fatalf("logs: %v, %v", files, err)
	}
	var all strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
		alarms(t, filepath.Base(file), string(data))
	}
	alarms(t, "all of them", all.String())
}

func alarms(t *testing.T, name, log string) {
	t.Helper()
	var p Parser
	for c, err := range p.Crashes(strings.NewReader(log)) {
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s:%d: %q is no crash: %s", name, c.FirstLine, c.Title, c.Lines[0].Text)
	}
}
