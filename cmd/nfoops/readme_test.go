package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
)

// The example of the README is what the program prints.
func TestReadmeExample(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(readme), "\n$ cat fragment.txt\n")
	log, shown, _ := strings.Cut(example, "$ nfoops fragment.txt\n")
	shown, _, found := strings.Cut(shown, "...\n```")
	if !found {
		t.Fatal("the README has no example")
	}
	base, err := kb.Load()
	if err != nil {
		t.Fatal(err)
	}
	newRenderer, _ := render.For("plain")
	var got bytes.Buffer
	r := newRenderer(&got, render.Options{})
	session := triage.NewSession(triage.Sources{KB: base}, "")
	for report, err := range session.Read(t.Context(), "fragment.txt", strings.NewReader(log)) {
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Report(report, "fragment.txt"); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(got.String(), shown) {
		t.Errorf("README.md shows\n%s\nthe program prints\n%s", shown, got.String())
	}
}

// The screens of the README are those that the screen's own tests hold.
func TestReadmeScreens(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	screens := strings.Split(string(readme), "\n```text ")[1:]
	if len(screens) == 0 {
		t.Error("the README shows no screen")
	}
	for _, block := range screens {
		name, shown, _ := strings.Cut(block, "\n")
		shown, _, _ = strings.Cut(shown, "```")
		golden, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		for line := range strings.Lines(string(golden)) {
			want.WriteString(strings.TrimRight(line, " \n") + "\n")
		}
		if shown != want.String() {
			t.Errorf("README.md shows\n%s\n%s has\n%s", shown, name, want.String())
		}
	}
}
