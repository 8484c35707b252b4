package tui

import (
	"strings"

	"github.com/sahilm/fuzzy"

	"github.com/nfoops/nfoops/cmd/internal/store"
)

// parseFilter makes a test out of what the user typed: every word has to be in what is known of the bug, whatever the
// case. A word behind ! must not be in it; of one behind ~ the letters have to come in this order.
func parseFilter(text string) func(*store.Group) bool {
	var tests []func(all string) bool
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		rest, not := strings.CutPrefix(word, "!")
		rest, loose := strings.CutPrefix(rest, "~")
		if rest == "" {
			continue // still being typed
		}
		tests = append(tests, func(all string) bool {
			found := strings.Contains(all, rest)
			if loose {
				found = len(fuzzy.Find(rest, strings.Fields(all))) > 0
			}
			return found != not
		})
	}
	return func(g *store.Group) bool {
		if len(tests) == 0 {
			return true
		}
		all := haystack(g)
		for _, test := range tests {
			if !test(all) {
				return false
			}
		}
		return true
	}
}

// haystack is what a filter looks at.
func haystack(g *store.Group) string {
	parts := []string{g.Title, g.Entry, g.Kind, g.Severity, g.Verdict, string(g.Status), g.ID}
	for _, list := range [][]store.Tally{g.Hosts, g.Kernels} {
		for _, t := range list {
			parts = append(parts, t.Name)
		}
	}
	return strings.ToLower(strings.Join(parts, " "))
}
