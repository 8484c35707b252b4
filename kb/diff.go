package kb

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// fileDiff is the part of a unified diff that concerns one file.
type fileDiff struct {
	// name is the file's in the new tree, without the leading b/.
	name  string
	hunks []*gitdiff.TextFragment
}

// parseDiff reads a unified diff as git and diff -u write it; what people write above it is skipped. The error says
// what is wrong, with a line of the diff where it is about one.
func parseDiff(text string) ([]fileDiff, error) {
	files, _, err := gitdiff.Parse(strings.NewReader(text))
	if err != nil {
		// What everybody else calls a hunk is a fragment there.
		return nil, errors.New(strings.ReplaceAll(strings.TrimPrefix(err.Error(), "gitdiff: "), "fragment", "hunk"))
	}
	var list []fileDiff
	for _, f := range files {
		if f.IsBinary {
			return nil, errors.New("it is of a binary file")
		}
		if len(f.TextFragments) == 0 {
			return nil, errors.New("no hunk in it")
		}
		name := f.NewName
		if name == "" {
			name = f.OldName
		}
		list = append(list, fileDiff{name: strings.TrimPrefix(name, "b/"), hunks: f.TextFragments})
	}
	if len(list) == 0 {
		return nil, errors.New("no hunk in it")
	}
	if line, stray := strayLine(text, list); stray {
		return nil, fmt.Errorf("line %d: belongs to no hunk", line)
	}
	return list, nil
}

// strayLine finds text behind the last hunk, which the library takes for a comment on the next file. What git
// format-patch writes there begins with "-- ".
func strayLine(text string, list []fileDiff) (line int, stray bool) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	hunks := list[len(list)-1].hunks
	left := len(hunks[len(hunks)-1].Lines)
	end := 0
	for i, l := range lines {
		if strings.HasPrefix(l, "@@ ") {
			end = i + 1
		}
	}
	// "\ No newline at end of file" is no line of the hunk.
	for end < len(lines) && (left > 0 || strings.HasPrefix(lines[end], `\`)) {
		if !strings.HasPrefix(lines[end], `\`) {
			left--
		}
		end++
	}
	if end >= len(lines) || strings.TrimSpace(lines[end]) == "" || strings.HasPrefix(lines[end], "-- ") {
		return 0, false
	}
	return end + 1, true
}

// diffFile is the file that a diff changes, without the leading b/; "" if it names none.
func diffFile(diff string) string {
	files, err := parseDiff(diff)
	if err != nil {
		return ""
	}
	return files[0].name
}

// printDiff is the unified diff between two states of a file; "" if they are the same.
func printDiff(name, before, after string) string {
	return udiff.Unified("a/"+name, "b/"+name, before, after)
}
