package kb

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Match compares the facts of one crash with all entries and returns those that fit, best first. It returns nothing
// rather than a guess: without a function, a code signature or an exact place that an entry names, there is no match.
// Where no bug is known or likely, general lessons follow the bugs.
func (b *Base) Match(f Facts) []Match {
	t := newTrace(&f)
	k, known := parseKernel(f.Kernel, f.KernelBuild)
	var wanted []string
	if t.culprit != nil {
		wanted = append([]string{t.culprit.symbol, t.culprit.template}, t.culprit.Inlined...)
	}
	var coded []string
	for key := range f.Code {
		id, _, _ := strings.Cut(key, "#")
		coded = append(coded, id)
	}
	var matches []Match
	for _, r := range b.candidates(wanted, coded) {
		if r.isLesson() {
			continue
		}
		e := r.load()
		if e == nil {
			continue
		}
		if m, fits := e.match(&f, t, k, known); fits {
			matches = append(matches, m)
		}
	}
	sortMatches(matches)
	matches = withoutCrowd(withoutRivals(matches))
	return append(matches, b.lessons(&f, t, matches)...)
}

// sortMatches puts the best first.
func sortMatches(matches []Match) {
	slices.SortFunc(matches, func(x, y Match) int {
		return cmp.Or(
			verdictRank[x.Verdict]-verdictRank[y.Verdict],
			cmp.Compare(y.Score, x.Score),
			strings.Compare(x.ID, y.ID))
	})
}

// weighing collects the evidence for one entry.
type weighing struct {
	*compiled
	facts    *Facts
	trace    *trace
	evidence []Evidence
	against  []Evidence

	functionHit, moduleHit, moduleUnknown, siteHit, faultHit, codeComplete bool
	kindHit, framesWhole, unproven, faultFar                               bool
	codeBytes, framesMatched, framesDistinct                               int
}

func (w *weighing) speaksFor(weight float64, line int, format string, args ...any) {
	w.evidence = append(w.evidence, Evidence{Fact: fmt.Sprintf(format, args...), Weight: weight, Line: line})
}

func (w *weighing) speaksAgainst(weight float64, line int, format string, args ...any) {
	w.against = append(w.against, Evidence{Fact: fmt.Sprintf(format, args...), Weight: weight, Line: line})
}

func (e *compiled) match(f *Facts, t *trace, k kernel, known bool) (Match, bool) {
	w := weighing{compiled: e, facts: f, trace: t}
	w.weighSite()
	w.weighCode()
	w.weighFunction()
	if !w.functionHit && !w.siteHit && w.codeBytes < leastCodeBytes {
		return Match{}, false // nothing here belongs to this entry alone
	}
	for _, c := range e.Requires {
		if !c.holds(f, t) {
			if !t.cut || !c.aboutTrace() {
				return Match{}, false
			}
			w.unproven = true
		}
	}
	for _, c := range e.Excludes {
		if c.holds(f, t) {
			return Match{}, false
		}
	}
	w.weighModule()
	w.weighFault()
	w.weighFrames()
	w.weighKind()
	w.weighContext()
	affected := e.isAffected(k, known, f)
	w.weighKernel(affected, k, known)

	score := w.score()
	verdict := w.verdict(score, affected)
	if verdict == "" {
		return Match{}, false
	}
	byWeight := func(x, y Evidence) int { return cmp.Compare(y.Weight, x.Weight) }
	slices.SortStableFunc(w.evidence, byWeight)
	slices.SortStableFunc(w.against, byWeight)
	return Match{
		ID: e.ID, Title: e.Title, Class: e.Class, Verdict: verdict, Score: score,
		Evidence: w.evidence, Against: w.against,
		Affected: affected.String(), FixedIn: e.fixedIn(k, known), Entry: e.Entry, own: w.isOwn(),
	}, true
}

// score joins the weights: chances for, then what the facts against leave of them. Three digits are honest enough.
func (w *weighing) score() float64 {
	doubt := 1.0
	for _, e := range w.evidence {
		doubt *= 1 - e.Weight
	}
	score := 1 - doubt
	for _, e := range w.against {
		score *= 1 - e.Weight
	}
	return math.Round(score*1000) / 1000
}

func (w *weighing) weighFunction() {
	culprit := w.trace.culprit
	if culprit == nil {
		return
	}
	here := slices.ContainsFunc(w.functions, func(p place) bool { return p.fits(culprit) })
	switch {
	case here && w.trace.direct:
		w.functionHit = true
		w.speaksFor(weights.functionHere, culprit.Line, "The crash is in %s, where this bug strikes.", culprit.name)
		return
	case here:
		w.functionHit = true
		w.speaksFor(weights.functionBehind, culprit.Line,
			"The first telling frame is %s, where this bug strikes.", culprit.name)
		return
	}
	if !w.siteHit && w.codeBytes < leastCodeBytes {
		return // nothing speaks for the entry, so nothing has to speak against it
	}
	for _, sequence := range w.frames {
		if slices.ContainsFunc(sequence, func(p place) bool { return p.fits(culprit) }) {
			return // a helper on the way: neither for nor against
		}
	}
	if w.trace.direct {
		w.speaksAgainst(weights.elsewhere, culprit.Line, "The crash is in %s, which has no part in this bug.", culprit.name)
	} else {
		w.speaksAgainst(weights.elsewhereGuess, culprit.Line,
			"The first telling frame is %s, which has no part in this bug.", culprit.name)
	}
}

func (w *weighing) weighSite() {
	c := w.trace.culprit
	if c == nil || c.Size == 0 {
		return
	}
	for _, s := range w.sites {
		if s.symbol == c.symbol && s.offset == c.Offset && s.size == c.Size && sameArch(s.arch, w.facts.Arch) {
			w.siteHit = true
			w.speaksFor(weights.site, c.Line, "The place is %s+%#x/%#x, as in a log of this bug.",
				c.name, c.Offset, c.Size)
			return
		}
	}
}

func (w *weighing) weighCode() {
	if len(w.facts.Code) == 0 {
		return
	}
	var best CodeHit
	for n := range w.Code {
		hit, found := w.facts.Code[codeKey(w.ID, n)]
		if !found {
			continue
		}
		if hit.How == "shape" || hit.How == "bytes" && hit.Bytes >= leastCodeBytes && hit.Bytes >= hit.Of {
			w.codeComplete = true
			w.codeBytes = max(hit.Bytes, leastCodeBytes)
			w.speaksFor(weights.codeComplete, hit.Line, "The code holds the whole signature of this bug%s.", noteOf(w.Code[n]))
			return
		}
		if hit.Bytes > best.Bytes {
			best = hit
		}
	}
	if best.Bytes < leastCodeBytes {
		return
	}
	w.codeBytes = best.Bytes
	weight := min(weights.codePerByte*float64(best.Bytes), weights.codeFragmentMost)
	w.speaksFor(weight, best.Line, "%d of %d bytes of this bug's code signature are there, the rest is cut off.",
		best.Bytes, max(best.Of, best.Bytes))
}

func noteOf(s Signature) string {
	if s.Note == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(s.Note, ".")
}

func (w *weighing) weighModule() {
	var module string
	var line int
	if c := w.trace.culprit; c != nil {
		module, line = c.module, c.Line
	}
	if len(w.modules) == 0 {
		if module != "" {
			w.speaksAgainst(weights.otherModule, line, "The crash is in module %s, this bug in the kernel image.", module)
		}
		return
	}
	isOurs := func(m string) bool {
		return slices.ContainsFunc(w.modules, func(pattern string) bool { return glob(pattern, m) })
	}
	switch {
	case module == "":
		w.moduleUnknown = true
		for _, m := range w.facts.Modules {
			if isOurs(eraModule(m)) {
				w.speaksFor(weights.moduleLoaded, w.facts.Lines.Modules, "Module %s is loaded.", m)
				return
			}
		}
	case isOurs(module):
		w.moduleHit = true
		w.speaksFor(weights.module, line, "The module is %s.", w.trace.culprit.Module)
	default:
		w.speaksAgainst(weights.otherModule, line, "The crash is in module %s, this bug in %s.",
			w.trace.culprit.Module, strings.Join(w.Modules, " or "))
	}
}

func (w *weighing) weighFault() {
	line := w.facts.Lines.Fault
	offset, known := faultOffset(w.facts)
	checked, shadow := shadowOffset(w.facts)
	k, release := parseKernel(w.facts.Kernel, w.facts.KernelBuild)
	applicable := false
	for i := range w.faults {
		v := &w.faults[i]
		if !sameArch(v.Arch, w.facts.Arch) || release && v.window.contains(k) == no {
			continue // another layout: it can't tell
		}
		applicable = applicable || v.Offset != nil
		if shadow && v.Offset != nil && v.Poison == "" && *v.Offset&^7 == checked {
			w.faultHit = true
			w.faultFar = checked >= leastFarOffset
			w.speaksFor(weights.faultOffset, line,
				"KASAN stopped an access %#x to %#x bytes past a NULL pointer%s, as in this bug.", checked, checked+7, v.field())
			return
		}
		if v.Access != "" && w.facts.Access != "" && v.Access != w.facts.Access {
			continue
		}
		if v.Address != nil && w.facts.FaultAddress != nil && *v.Address == *w.facts.FaultAddress {
			if w.facts.Poison != "" {
				// Whatever follows a pointer to what is gone from a list ends there.
				w.speaksFor(weights.poison, line, "The bad pointer is %s, as in this bug.", w.facts.Poison)
				return
			}
			w.faultHit = true
			w.speaksFor(weights.faultAddress, line, "The fault address is %#x, as in a log of this bug.", *v.Address)
			return
		}
		samePoison := v.Poison != "" && strings.EqualFold(v.Poison, w.facts.Poison)
		if v.Offset == nil {
			if samePoison && v.Address == nil {
				w.speaksFor(weights.poison, line, "The bad pointer is %s, as in this bug.", v.Poison)
				return
			}
			continue
		}
		if (v.Poison == "") == (w.facts.Poison == "") && (v.Poison == "" || samePoison) && known && offset == *v.Offset {
			w.faultHit = true
			w.faultFar = offset >= leastFarOffset
			if samePoison {
				w.speaksFor(weights.poison, line, "The base of the access is poison, %s.", v.Poison)
			}
			w.speaksFor(weights.faultOffset, line, "The access is %#x bytes past a %s pointer%s, as in this bug.",
				offset, cmp.Or(v.Poison, "NULL"), v.field())
			return
		}
	}
	if known && applicable {
		w.speaksAgainst(weights.otherFault, line, "The access is %#x bytes past a bad pointer; this bug's is not.", offset)
	}
}

// faultOffset is the displacement of the faulting access from its NULL or poison base.
func faultOffset(f *Facts) (uint64, bool) {
	_, shadow := shadowOffset(f)
	switch {
	case shadow, f.Kind == "gpf" && f.Poison == "" && (f.FaultAddress == nil || *f.FaultAddress >= 4096):
		return 0, false // not a NULL pointer itself, but something made from one
	case f.BaseNull && f.BaseOffset != nil && *f.BaseOffset == 0 && f.FaultAddress != nil && *f.FaultAddress < 4096:
		return *f.FaultAddress, true // the register already held the displacement
	case f.BaseOffset != nil && *f.BaseOffset >= 0 && (f.BaseNull || f.Poison != ""):
		return uint64(*f.BaseOffset), true
	case f.BaseOffset == nil && f.Poison == "" && f.FaultAddress != nil && *f.FaultAddress < 4096:
		return *f.FaultAddress, true
	}
	return 0, false
}

// shadowOffset is the displacement from NULL that KASAN was about to check when it stumbled: one byte of its shadow
// memory stands for eight bytes, so the three lowest bits are not known. It is no evidence against an entry, as KASAN
// changes layouts. The starts of the shadow memory are CONFIG_KASAN_SHADOW_OFFSET of arch/x86/Kconfig and
// arch/arm64/Kconfig.
func shadowOffset(f *Facts) (uint64, bool) {
	if f.FaultAddress == nil {
		return 0, false
	}
	const page = 4096
	for _, start := range []uint64{0xdffffc0000000000, 0xdfff800000000000} {
		if a := *f.FaultAddress; a >= start && a < start+page/8 {
			return (a - start) * 8, true
		}
	}
	return 0, false
}

func (w *weighing) weighFrames() {
	best, length, line := 0, 0, 0
	for _, sequence := range w.frames {
		matched, distinct, at := w.trace.follow(sequence)
		if matched < 2 || distinct == 0 {
			continue
		}
		isCulprit := func(p place) bool { return p.fits(w.trace.culprit) }
		if distinct == 1 && w.functionHit && slices.ContainsFunc(sequence, isCulprit) {
			// Besides the function itself, which counts already, only frames that stand in every second trace.
			w.framesMatched = max(w.framesMatched, matched)
			continue
		}
		// Compare shares without dividing; of equal shares the longer sequence says more.
		if c := matched*length - best*len(sequence); length == 0 || c > 0 || c == 0 && matched > best {
			best, length, line = matched, len(sequence), at
			w.framesMatched, w.framesDistinct = matched, distinct
		}
	}
	if length == 0 {
		return
	}
	if best == length {
		w.framesWhole = true
		w.speaksFor(weights.frames, line, "All %d functions of this bug's call path are in the trace, in order.", length)
		return
	}
	w.speaksFor(weights.frames*float64(best)/float64(length), line,
		"%d of %d functions of this bug's call path are in the trace, in order.", best, length)
}

func (w *weighing) weighKind() {
	kind, line := w.facts.Kind, w.facts.Lines.Kind
	if sayNothingKinds[kind] || len(w.Kinds) == 0 {
		return
	}
	near := false
	for _, k := range w.Kinds {
		if glob(k, kind) {
			w.kindHit = true
			w.speaksFor(weights.kind, line, "The crash is of kind %s.", kind)
			return
		}
		near = near || pageFaultKinds[k] && pageFaultKinds[kind]
	}
	if near {
		w.speaksAgainst(weights.nearKind, line, "The crash is of kind %s, this bug of kind %s.",
			kind, strings.Join(w.Kinds, " or "))
		return
	}
	w.speaksAgainst(weights.otherKind, line, "The crash is of kind %s, this bug of kind %s.",
		kind, strings.Join(w.Kinds, " or "))
}

func (w *weighing) weighContext() {
	for _, c := range w.Contexts {
		if c == w.facts.Context {
			weight := weights.context
			if c == "task" {
				weight = weights.taskContext
			}
			w.speaksFor(weight, w.facts.Lines.Context, "It happened in %s context.", c)
			return
		}
	}
	interrupt := slices.Contains(w.Contexts, "softirq") || slices.Contains(w.Contexts, "hardirq")
	if w.facts.Context == "" || w.facts.Context == "unknown" {
		if interrupt && strings.Contains(w.facts.Panic, "in interrupt") {
			w.speaksFor(weights.context, w.facts.Lines.Panic, "The kernel panicked in an interrupt, where this bug strikes.")
		}
	}
}

func (w *weighing) weighKernel(affected answer, k kernel, known bool) {
	line := w.facts.Lines.Kernel
	switch affected {
	case yes:
		w.speaksFor(weights.affected, line, "Kernel %s has this bug.", w.facts.Kernel)
	case no:
		if known && w.hasFix(k) == yes {
			w.speaksAgainst(weights.notAffected, line, "Kernel %s has the fix.", w.facts.Kernel)
		} else {
			w.speaksAgainst(weights.notAffected, line, "Kernel %s does not have this bug.", w.facts.Kernel)
		}
	}
}

// sameArch says whether something seen on one architecture counts on another; an unknown one counts as the same.
func sameArch(entry, crash string) bool {
	return entry == "" || crash == "" || crash == "unknown" || entry == crash
}

func codeKey(id string, n int) string { return id + "#" + strconv.Itoa(n) }
