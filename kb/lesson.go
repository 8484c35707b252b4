package kb

import (
	"cmp"
	"slices"
	"strings"
)

// Lessons are entries that are no bugs: ways in which a machine gets into trouble that many logs look like, and what to
// look at first. They fit by what they require and not by a function, so that they fit often. Therefore they are only
// given where no bug is known or likely, never with a better verdict than "possible", and after all bugs.

// lessonPrefix starts the ids of all lessons, so that they can be told without parsing them.
const lessonPrefix = "lesson-"

// mostLessons is how many lessons are given for one crash.
const mostLessons = 2

func (r *record) isLesson() bool { return strings.HasPrefix(r.id, lessonPrefix) }

// lessons returns the lessons that fit the crash, best first; none if one of the bugs found is known or likely.
func (b *Base) lessons(f *Facts, t *trace, bugs []Match) []Match {
	if slices.ContainsFunc(bugs, func(m Match) bool { return m.Verdict != "possible" }) {
		return nil
	}
	from, _ := slices.BinarySearchFunc(b.records, lessonPrefix, func(r *record, id string) int {
		return strings.Compare(r.id, id)
	})
	var fitting []Match
	for _, r := range b.records[from:] {
		if !r.isLesson() {
			break
		}
		if e := r.load(); e != nil {
			if m, fits := e.teach(f, t); fits {
				fitting = append(fitting, m)
			}
		}
	}
	slices.SortFunc(fitting, func(x, y Match) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), strings.Compare(x.ID, y.ID))
	})
	return fitting[:min(len(fitting), mostLessons)]
}

// teach compares the crash with a lesson: its kind and all that the lesson requires have to fit.
func (e *compiled) teach(f *Facts, t *trace) (Match, bool) {
	if e.Class != "lesson" || len(e.Requires) == 0 {
		return Match{}, false
	}
	w := weighing{compiled: e, facts: f, trace: t}
	if !slices.ContainsFunc(e.Kinds, func(k string) bool { return glob(k, f.Kind) }) {
		return Match{}, false
	}
	for _, c := range e.Excludes {
		if c.holds(f, t) {
			return Match{}, false
		}
	}
	for _, c := range e.Requires {
		fact, line, ok := c.find(f, t)
		if !ok {
			return Match{}, false
		}
		w.speaksFor(weights.lessonFact, line, "%s", c.sentence(fact, f))
	}
	w.speaksFor(weights.kind, f.Lines.Kind, "The crash is of kind %s.", f.Kind)
	return Match{
		ID: e.ID, Title: e.Title, Class: e.Class, Verdict: "possible", Score: w.score(), Evidence: w.evidence,
		Affected: unknown.String(), Entry: e.Entry,
	}, true
}
