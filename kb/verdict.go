package kb

import "slices"

// verdict holds the rules that a score alone does not satisfy.
func (w *weighing) verdict(score float64, affected answer) string {
	if w.Quality == "thin" {
		// Nobody saw a log of it: the function and the kind have to fit, and nothing may speak against it.
		if w.functionHit && w.kindHit && len(w.against) == 0 && score >= possibleScore {
			return "possible"
		}
		return ""
	}
	inModule := len(w.modules) == 0 || w.moduleHit || w.moduleUnknown && w.framesMatched >= 2
	// The start of a structure is where most NULL pointers strike: such an offset is shared by many bugs.
	sure := affected == yes || w.faultFar || w.framesWhole
	specific := w.siteHit && inModule ||
		w.functionHit && inModule && w.faultHit && sure && (w.trace.direct || w.framesMatched >= 2) ||
		w.codeComplete && (w.functionHit || w.framesDistinct > 0) ||
		// A BUG or a warning has no fault address: there the whole call sequence on an affected kernel has to do. A page
		// fault has one, and any bug of the function crashes with the same calls.
		len(w.faults) == 0 && !pageFaultKinds[w.facts.Kind] && w.functionHit && inModule && w.kindHit &&
			w.framesWhole && w.framesMatched >= 3 &&
			affected == yes
	switch {
	case w.unproven:
		if score >= possibleScore {
			return "possible"
		}
	case specific && len(w.against) == 0 && score >= knownScore:
		return "known"
	case score >= likelyScore && w.isBacked():
		return "likely"
	case score >= possibleScore:
		return "possible"
	}
	return ""
}

// isBacked says whether anything speaks for the entry besides what many bugs of one function share: the function
// itself, its module, the kind and the version.
func (w *weighing) isBacked() bool {
	return w.siteHit || w.faultHit || w.codeBytes >= leastCodeBytes ||
		w.framesMatched >= 2 && (w.framesWhole || !pageFaultKinds[w.facts.Kind])
}

// isOwn says whether something speaks for the entry that hardly any other bug can share: the place in a build, the
// access, or the code. Functions and calls are shared by all bugs of the code they are in.
func (w *weighing) isOwn() bool {
	return w.siteHit || w.faultHit || w.codeBytes >= leastCodeBytes
}

// withoutRivals takes back what was said of several entries that can't be told apart: at most one of them is right.
// Matches that have something of their own stand, those beside them are no more than possible. Of the others, one that
// was known is likely where another could be meant as well, and several likely ones are all possible.
func withoutRivals(matches []Match) []Match {
	owners, rivals := 0, 0
	for i := range matches {
		switch m := &matches[i]; {
		case m.Affected == no.String():
		case m.own && m.Verdict != "possible":
			owners++
		case m.Verdict != "possible":
			rivals++
		}
	}
	thin := slices.ContainsFunc(matches, func(m Match) bool { return m.Entry.Quality == "thin" })
	changed := false
	for i := range matches {
		m := &matches[i]
		if m.own {
			continue
		}
		switch {
		case m.Verdict == "known" && owners > 0, m.Verdict == "likely" && (owners > 0 || rivals > 1):
			m.Verdict, changed = "possible", true
		case m.Verdict == "known" && (rivals > 1 || thin):
			m.Verdict, changed = "likely", true
		}
	}
	if changed {
		sortMatches(matches)
	}
	return matches
}

// mostThin is how many thin entries are worth naming for one crash: where more fit, they fit by chance.
const mostThin = 3

// withoutCrowd drops thin entries where a known bug explains the crash, and all but the best few elsewhere. The matches
// are sorted.
func withoutCrowd(matches []Match) []Match {
	room := mostThin
	if len(matches) > 0 && matches[0].Verdict == "known" {
		room = 0
	}
	return slices.DeleteFunc(matches, func(m Match) bool {
		if m.Entry.Quality != "thin" {
			return false
		}
		room--
		return room < 0
	})
}

var verdictRank = map[string]int{"known": 0, "likely": 1, "possible": 2}
