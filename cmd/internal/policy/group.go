package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// CountLimit is the highest count of a report: JSON readers keep it exact.
const CountLimit = 1 << 53

// placeLimit is how many places a joined report names.
const placeLimit = 16

// Groups joins the reports of one fingerprint into one with a count. What comes out depends on which reports go in,
// not on their order, nor on what was joined with what before: so parts of a scan can run anywhere and meet later.
type Groups struct {
	limit int
	by    map[string]*group
}

type group struct {
	r    *triage.Report // the one that stands for all
	form []byte         // of r, without what joining changes
}

// NewGroups makes Groups for at most limit fingerprints; 0 is no limit.
func NewGroups(limit int) *Groups { return &Groups{limit: limit, by: map[string]*group{}} }

// Add takes over a report. It returns false, and leaves the report to the caller, where the limit is reached and no
// earlier report has its fingerprint.
func (g *Groups) Add(r *triage.Report) bool {
	key := cmp.Or(r.Fingerprint.Similar, r.Fingerprint.Exact, r.Title)
	old := g.by[key]
	if old == nil {
		if g.limit > 0 && len(g.by) >= g.limit {
			return false
		}
		c := *r
		c.Count, c.Places = max(r.Count, 1), places(r, nil)
		g.by[key] = &group{r: &c, form: form(r)}
		return true
	}
	count, spots := min(old.r.Count+max(r.Count, 1), CountLimit), places(r, old.r.Places)
	if f := form(r); better(r, f, old) {
		c := *r
		old.r, old.form = &c, f
	}
	old.r.Count, old.r.Places = count, spots
	return true
}

// All returns the joined reports: the most frequent first, then the gravest, then by fingerprint.
func (g *Groups) All() []*triage.Report {
	list := make([]*triage.Report, 0, len(g.by))
	for _, x := range g.by {
		list = append(list, x.r)
	}
	slices.SortFunc(list, func(a, b *triage.Report) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(rank(b.Severity), rank(a.Severity)),
			cmp.Compare(a.Fingerprint.Similar, b.Fingerprint.Similar),
			cmp.Compare(a.Fingerprint.Exact, b.Fingerprint.Exact), cmp.Compare(a.Title, b.Title))
	})
	return list
}

// better says whether r stands for the group rather than old: the graver report does, then the more complete one. The
// bytes of the form decide between equals; any order will do as long as it is one.
func better(r *triage.Report, f []byte, old *group) bool {
	return cmp.Or(cmp.Compare(rank(r.Severity), rank(old.r.Severity)),
		cmp.Compare(r.Completeness, old.r.Completeness), bytes.Compare(old.form, f)) > 0
}

// form is a report as JSON, less what joining or judging changes.
func form(r *triage.Report) []byte {
	c := *r
	c.Count, c.Places, c.Standing = 0, nil, nil
	data, err := json.Marshal(&c)
	if err != nil { // a Report holds nothing that JSON has no form for
		panic(err)
	}
	return data
}

// places are the first of the two lists, by name and line.
func places(r *triage.Report, more []triage.Spot) []triage.Spot {
	list := slices.Clone(more)
	if len(r.Places) > 0 {
		list = append(list, r.Places...)
	} else {
		list = append(list, triage.Spot{Input: r.Input, Line: r.Span.FirstLine})
	}
	slices.SortFunc(list, func(a, b triage.Spot) int {
		return cmp.Or(cmp.Compare(a.Input, b.Input), cmp.Compare(a.Line, b.Line))
	})
	list = slices.Compact(list)
	return list[:min(len(list), placeLimit)]
}
