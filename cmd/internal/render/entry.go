package render

import (
	"io"
	"strings"
)

// Field is one heading of a sheet that is no report, and its text.
type Field struct {
	Name     string // repeated names are shown once; "" goes on with the one before
	Text     string
	Verbatim bool // Text is lines whose blanks count
}

// Entry lays out fields under a title as the text report does. Nothing of them needs to be trusted.
func Entry(title string, fields []Field, o Options) []byte {
	t := newText(io.Discard, o).(*text)
	s := &sheet{page: page{width: t.o.Width, loose: o.Whole}, o: t.o}
	s.lines = append(s.lines, styled(styleBold, s.clean(title)))
	last := ""
	for _, f := range fields {
		name := f.Name
		if name == last {
			name = ""
		} else if name != "" {
			last = name
		}
		if !f.Verbatim && o.Whole && !strings.Contains(f.Text, " ") {
			s.lines = append(s.lines, pad(name, indent)+s.clean(f.Text))
			continue
		}
		if !f.Verbatim {
			s.entry(name, s.clean(f.Text))
			continue
		}
		if name != "" {
			s.lines = append(s.lines, name)
		}
		for line := range strings.SplitSeq(strings.TrimRight(f.Text, "\n"), "\n") {
			s.verbatim(4, "", cleanLine(line, s.o.ASCII, 8))
		}
	}
	return s.bytes(t.o.Color)
}

// JSON prints a value that is no report, safe for a terminal, with a line end.
func JSON(v any) ([]byte, error) {
	data, err := encode(v, "", "  ")
	return append(data, '\n'), err
}
