package kb

import (
	"cmp"
	"slices"
	"strings"
)

// Search returns the entries that hold every one of the words, case aside, best first: a hit in the id, a CVE number
// or a function counts most, then title and module, then the rest. No words find nothing.
func (b *Base) Search(words string) []*Entry {
	wanted := strings.Fields(strings.ToLower(words))
	if len(wanted) == 0 {
		return nil
	}
	type hit struct {
		entry *Entry
		rank  int
	}
	var hits []hit
	for _, e := range b.All() {
		if rank := e.rank(wanted); rank > 0 {
			hits = append(hits, hit{e, rank})
		}
	}
	slices.SortStableFunc(hits, func(x, y hit) int { return cmp.Compare(y.rank, x.rank) })
	found := make([]*Entry, len(hits))
	for i, h := range hits {
		found[i] = h.entry
	}
	return found
}

// rank is 0 if a word is missing.
func (e *Entry) rank(words []string) int {
	fields := []struct {
		weight int
		texts  []string
	}{
		{12, []string{e.ID}},
		{12, e.CVE},
		{10, e.Functions},
		{10, e.Fixed.Commits},
		{8, []string{e.Title}},
		{8, e.Modules},
		{6, []string{e.Subsystem}},
		{4, []string{e.Fixed.Subject, e.Preconditions.Rule, e.Preconditions.Config}},
		{4, e.Kinds},
		{2, []string{e.Symptom, e.RootCause, e.Workaround.Text, e.Fix.Explanation}},
		{1, slices.Concat(e.Frames...)},
	}
	total := 0
	for _, word := range words {
		best := 0
		for _, f := range fields {
			for _, text := range f.texts {
				text = strings.ToLower(text)
				switch {
				case text == word:
					best = max(best, f.weight+3)
				case strings.Contains(text, word):
					best = max(best, f.weight)
				}
			}
		}
		if best == 0 {
			return 0
		}
		total += best
	}
	return total
}
