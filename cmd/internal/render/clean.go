package render

import "github.com/nfoops/nfoops/cmd/internal/plain"

// Clean makes a string from a log, or from any other place that can't be trusted, harmless in one line of a terminal
// or of a build's log, as plain.Text does.
func Clean(s string) string { return clean(s, false) }

// clean is Clean; with ascii set only printable ASCII is left.
func clean(s string, ascii bool) string { return plain.Text(s, ascii) }

// cleanLine is for code and diffs, whose blanks count.
func cleanLine(s string, ascii bool, tab int) string { return plain.Line(s, ascii, tab) }
