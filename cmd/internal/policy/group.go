package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"

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

// group holds the report that stands for all as JSON, which is a hundredth of what the report itself keeps alive: its
// strings are parts of the incident's lines.
type group struct {
	form         []byte // of the report, without what joining changes
	severity     int    // its rank
	completeness float64
	standing     *triage.Standing
	facts        map[string]int
	order        []string
	count        int
	places       []triage.Spot
}

// NewGroups makes Groups for at most limit fingerprints; 0 is no limit.
func NewGroups(limit int) *Groups { return &Groups{limit: limit, by: map[string]*group{}} }

// Add takes in a report and keeps nothing of it alive. It returns false where the limit is reached and no earlier
// report has its fingerprint.
func (g *Groups) Add(r *triage.Report) bool {
	key := cmp.Or(r.Fingerprint.Similar, r.Fingerprint.Exact, r.Title)
	old := g.by[key]
	if old == nil {
		if g.limit > 0 && len(g.by) >= g.limit {
			return false
		}
		old = &group{severity: -1}
		g.by[strings.Clone(key)] = old
	}
	old.count = min(old.count+max(r.Count, 1), CountLimit)
	old.places = places(r, old.places)
	f := form(r)
	if better(r, f, old) {
		old.form, old.severity, old.completeness = f, rank(r.Severity), r.Completeness
		old.standing, old.facts, old.order = r.Standing, maps.Clone(r.Facts), nil
		for _, name := range r.Order {
			old.order = append(old.order, strings.Clone(name))
		}
	}
	return true
}

// All yields the joined reports: the most frequent first, then the gravest, then by fingerprint. Each is the caller's.
func (g *Groups) All() iter.Seq[*triage.Report] {
	return func(yield func(*triage.Report) bool) {
		keys := slices.SortedFunc(maps.Keys(g.by), func(a, b string) int {
			x, y := g.by[a], g.by[b]
			return cmp.Or(cmp.Compare(y.count, x.count), cmp.Compare(y.severity, x.severity), cmp.Compare(a, b))
		})
		for _, key := range keys {
			if !yield(g.by[key].report()) {
				return
			}
		}
	}
}

func (x *group) report() *triage.Report {
	r := new(triage.Report)
	if err := json.Unmarshal(x.form, r); err != nil { // it comes from Marshal
		panic(err)
	}
	complete(r)
	r.Count, r.Places, r.Standing, r.Facts, r.Order = x.count, slices.Clone(x.places), x.standing, x.facts, x.order
	return r
}

// better says whether r stands for the group rather than old: the graver report does, then the more complete one. The
// bytes of the form decide between equals; any order will do as long as it is one.
func better(r *triage.Report, f []byte, old *group) bool {
	return cmp.Or(cmp.Compare(rank(r.Severity), old.severity), cmp.Compare(r.Completeness, old.completeness),
		bytes.Compare(old.form, f)) > 0
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
		list = append(list, triage.Spot{Input: r.Input, Line: r.Span.FirstLine}) // an input's name is no part of a line
	}
	slices.SortFunc(list, func(a, b triage.Spot) int {
		return cmp.Or(cmp.Compare(a.Input, b.Input), cmp.Compare(a.Line, b.Line))
	})
	list = slices.Compact(list)
	return list[:min(len(list), placeLimit)]
}
