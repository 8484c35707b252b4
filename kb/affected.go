package kb

import "slices"

// answer is yes, no, or unknown. Unknown is the zero value: what nobody looked up is not known.
type answer int8

const (
	unknown answer = iota
	yes
	no
)

func (a answer) String() string {
	switch a {
	case yes:
		return "yes"
	case no:
		return "no"
	}
	return "unknown"
}

// reached says whether kernel k contains a change that first came with version in k's own series or in mainline.
func reached(k, version kernel) answer {
	switch c := compareSeries(k, version); {
	case c > 0:
		return yes
	case c < 0:
		if k.backports || k.beyond && k.point == 0 && isNextSeries(k, version) {
			return unknown // the second is a tree on its way to the next release
		}
		return no
	case k.backports:
		// A distribution names the release it started from, so what that release itself brought is certain.
		if version.point == 0 {
			return yes
		}
		return unknown
	case !k.pointKnown:
		if version.point == 0 {
			return yes
		}
		return unknown
	case compareKernels(k, version) >= 0:
		return yes
	case k.rc != 0 && version.rc == 0 && version.point == 0:
		return unknown // fixed in 6.13, crashed in 6.13-rc3: the entry doesn't know which candidate brought it
	case k.beyond && version.rc <= k.rc+1 && version.point <= k.point+1:
		return unknown // commits on the way to just that release
	}
	return no
}

// isAffected says whether the crashed kernel has the bug of entry e, as far as versions tell.
func (e *compiled) isAffected(k kernel, known bool, f *Facts) answer {
	for _, b := range e.Affected.Builds {
		if f.Kernel != "" && (glob(b.Release, f.Kernel) || glob(b.Release, f.KernelBuild)) {
			if b.Affected == "yes" {
				return yes
			}
			return no
		}
	}
	if !known {
		return unknown
	}
	fixed := e.hasFix(k)
	if fixed == yes {
		return no
	}
	if len(e.windows) > 0 {
		return e.inWindows(k, f)
	}
	switch e.hasBug(k) {
	case no:
		return no
	case yes:
		if fixed == no {
			return yes
		}
	}
	return unknown
}

// hasFix says whether kernel k contains the fix.
func (e *compiled) hasFix(k kernel) answer {
	if at, listed := e.fixedStable[seriesName(k)]; listed {
		if a := reached(k, at); a != no || !e.fixedKnown || compareSeries(k, e.fixedMainline) < 0 {
			return a
		}
	}
	if !e.fixedKnown {
		return unknown
	}
	a := reached(k, e.fixedMainline)
	if a != no || compareSeries(k, e.fixedMainline) >= 0 {
		return a
	}
	if e.Fixed.Approximate && isNextSeries(k, e.fixedMainline) {
		return unknown
	}
	// An older series without a listed backport. Its first release can't have the fix, later ones may.
	if e.Fixed.StableComplete || k.pointKnown && k.point == 0 {
		return no
	}
	return unknown
}

// hasBug says whether kernel k is new enough to have the bug.
func (e *compiled) hasBug(k kernel) answer {
	if at, listed := e.introducedStable[seriesName(k)]; listed {
		return reached(k, at)
	}
	if !e.introducedKnown {
		return unknown
	}
	a := reached(k, e.introducedMainline)
	if a != no {
		return a
	}
	if e.Introduced.Approximate && isNextSeries(k, e.introducedMainline) {
		return unknown
	}
	if _, listed := e.fixedStable[seriesName(k)]; listed {
		return unknown // a series that needed the fix had the bug before its time: a backport brought it
	}
	if len(e.introducedStable) > 0 && !e.Fixed.StableComplete && (k.point > 0 || !k.pointKnown) {
		return unknown // what was carried to some series may have been carried to this one too
	}
	return no
}

// inWindows says whether kernel k lies in one of the entry's windows.
func (e *compiled) inWindows(k kernel, f *Facts) answer {
	result := no
	for _, w := range e.windows {
		a := w.contains(k)
		if a == yes && len(w.modules) > 0 {
			switch {
			case w.loaded(f):
			case len(f.Modules) == 0 && f.IP.Module == "":
				a = unknown
			default:
				a = no
			}
		}
		if a == yes {
			return yes
		}
		if a == unknown {
			result = unknown
		}
	}
	return result
}

// window is a Window ready for comparing.
type window struct {
	from, before         kernel
	fromKnown, endsKnown bool
	modules              []string
}

func compileWindow(w Window) window {
	var c window
	c.from, c.fromKnown = parseVersion(w.From)
	c.before, c.endsKnown = parseVersion(w.Before)
	c.modules = w.Modules
	return c
}

func (w window) contains(k kernel) answer {
	result := yes
	if w.fromKnown {
		switch reached(k, w.from) {
		case no:
			return no
		case unknown:
			result = unknown
		}
	}
	if w.endsKnown {
		switch reached(k, w.before) {
		case yes:
			return no
		case unknown:
			result = unknown
		}
	}
	return result
}

// loaded says whether the crash shows one of the window's modules by its own name.
func (w window) loaded(f *Facts) bool {
	if f.IP.Module != "" && slices.Contains(w.modules, f.IP.Module) {
		return true
	}
	for _, m := range f.Modules {
		if slices.Contains(w.modules, m) {
			return true
		}
	}
	return false
}

// fixedIn lists the versions with the fix, those of the kernel's own series first.
func (e *compiled) fixedIn(k kernel, known bool) []string {
	list := make([]string, 0, len(e.Fixed.Stable)+1)
	for _, v := range e.Fixed.Stable {
		list = append(list, v)
	}
	slices.SortFunc(list, CompareVersions)
	if e.Fixed.Mainline != "" && !slices.Contains(list, e.Fixed.Mainline) {
		list = append(list, e.Fixed.Mainline)
	}
	if own, listed := e.Fixed.Stable[seriesName(k)]; known && listed {
		if i := slices.Index(list, own); i > 0 {
			list = slices.Insert(slices.Delete(list, i, i+1), 0, own)
		}
	}
	return list
}
