package render

import (
	"io"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// Renderer writes the reports of one run. Report is called once per crash, in input order and as soon as the crash is
// known; Close once behind the last of them. An error of the writer is returned as it is and ends the run.
type Renderer interface {
	// Report writes one report; input is the name of the file it was read from.
	Report(r *triage.Report, input string) error
	// Close writes what stands behind the reports. The Reports of doc are not looked at.
	Close(doc *triage.Document) error
}

// Options say how to show reports. The zero value is good: 80 columns, no colour.
type Options struct {
	Width    int    // columns, 60 to 100; 0 means 80
	Color    bool   // text only: SGR colours
	ASCII    bool   // text only: no other characters
	Verbose  int    // 1: whole trace, all instructions, modules, all evidence; 2: the quoted lines too
	Whole    bool   // Entry: long words and lines of a diff are left in one piece, to be copied
	CodeOnly bool   // the reports are of bare code bytes: nothing is said about what a log would have
	Brief    bool   // text and plain: a line a crash; markdown: a table, then the reports
	Folder   string // that build services work in: names of inputs below it are shown relative to it
	Tool     triage.Tool
}

// Format makes a Renderer that writes to w.
type Format func(w io.Writer, o Options) Renderer

// formats in the order of the help.
var formats = []struct {
	name string
	make Format
}{
	{"text", newText},
	{"plain", newPlain},
	{"json", newJSON},
	{"jsonl", newJSONL},
	{"markdown", newMarkdown},
	{"sarif", newSARIF},
	{"junit", newJUnit},
	{"github", newGitHub},
	{"gitlab", newGitLab},
}

// For returns the format of this name.
func For(name string) (Format, bool) {
	for _, f := range formats {
		if f.name == name {
			return f.make, true
		}
	}
	return nil, false
}

// Names lists the formats in the order of the help. The slice is the caller's.
func Names() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}
