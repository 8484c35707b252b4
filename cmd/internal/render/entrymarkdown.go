package render

import "strings"

// EntryMarkdown lays out fields under a title as markdown. Nothing of them needs to be trusted.
func EntryMarkdown(title string, fields []Field) string {
	var b strings.Builder
	b.WriteString("# " + mdPlain(title) + "\n\n")
	last := ""
	for _, f := range fields {
		lead := ""
		if f.Name != "" && f.Name != last {
			last = f.Name
			lead = "**" + mdPlain(strings.TrimSpace(f.Name)) + "** "
		}
		switch {
		case f.Text == title: // it stands above
		case !f.Verbatim:
			b.WriteString(lead + mdPlain(f.Text) + "\n\n")
		default:
			if lead != "" {
				b.WriteString(lead + "\n\n")
			}
			var lines []string
			for line := range strings.SplitSeq(strings.TrimRight(f.Text, "\n"), "\n") {
				lines = append(lines, cleanLine(line, false, 8))
			}
			b.WriteString(mdBlock("", strings.Join(lines, "\n")))
		}
	}
	return b.String()
}

// mdPlain escapes what means something in markdown.
func mdPlain(s string) string {
	var b strings.Builder
	for i, r := range clean(s, false) {
		if strings.ContainsRune("\\`*_{}[]()<>#|~!&", r) || i < 4 && strings.ContainsRune("-+.=:", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
