package kb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with an entry or its files. It is also an error.
type Problem struct {
	// File is the name inside the file system that was read.
	File string
	// Line and Column count from 1; 0 means the file as a whole.
	Line, Column int
	// Text is a plain sentence without the position.
	Text string

	// bearable says that the entry can be used all the same.
	bearable bool
}

// Error formats the problem as compilers do: file:line:column: text.
func (p Problem) Error() string {
	switch {
	case p.Line == 0:
		return p.File + ": " + p.Text
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// String is the same as Error.
func (p Problem) String() string { return p.Error() }

func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column))
	})
}
