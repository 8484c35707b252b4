package kb

import (
	"strconv"
	"strings"
)

// compiled is an entry with everything parsed that matching needs.
type compiled struct {
	*Entry
	functions []place
	frames    [][]place
	modules   []string // by their names of today, * allowed
	sites     []site
	faults    []fault
	windows   []window

	fixedMainline, introducedMainline kernel
	fixedKnown, introducedKnown       bool
	fixedStable, introducedStable     map[string]kernel
}

type site struct {
	symbol       string
	offset, size uint64
	arch         string
}

type fault struct {
	Fault
	window window
}

// field names the struct and field of the access in brackets, if they are known.
func (f *fault) field() string {
	switch {
	case f.Struct != "" && f.Field != "":
		return " (" + f.Field + " of struct " + f.Struct + ")"
	case f.Struct != "":
		return " (in struct " + f.Struct + ")"
	}
	return ""
}

// compile prepares an entry. What can't be parsed is left out: Lint is who complains.
func compile(e *Entry) *compiled {
	c := &compiled{Entry: e}
	for _, f := range e.Functions {
		c.functions = append(c.functions, parsePlace(f))
	}
	for _, sequence := range e.Frames {
		places := make([]place, len(sequence))
		for i, f := range sequence {
			places[i] = parsePlace(f)
		}
		c.frames = append(c.frames, places)
	}
	for _, m := range e.Modules {
		c.modules = append(c.modules, eraModule(m))
	}
	for _, s := range e.Sites {
		if symbol, offset, size, ok := parseSite(s.At); ok {
			c.sites = append(c.sites, site{symbol: eraFunction(baseSymbol(symbol)), offset: offset, size: size, arch: s.Arch})
		}
	}
	for _, f := range e.Faults {
		c.faults = append(c.faults, fault{Fault: f, window: compileWindow(f.Kernel)})
	}
	for _, w := range e.Affected.Windows {
		c.windows = append(c.windows, compileWindow(w))
	}
	c.fixedMainline, c.fixedKnown = parseVersion(e.Fixed.Mainline)
	c.introducedMainline, c.introducedKnown = parseVersion(e.Introduced.Mainline)
	c.fixedStable = parseVersions(e.Fixed.Stable)
	c.introducedStable = parseVersions(e.Introduced.Stable)
	return c
}

func parseVersions(m map[string]string) map[string]kernel {
	versions := make(map[string]kernel, len(m))
	for series, v := range m {
		if k, ok := parseVersion(v); ok {
			versions[series] = k
		}
	}
	return versions
}

// parseSite reads "function+0x1f/0x200".
func parseSite(s string) (symbol string, offset, size uint64, ok bool) {
	symbol, rest, found := strings.Cut(s, "+0x")
	if !found || symbol == "" {
		return "", 0, 0, false
	}
	off, length, found := strings.Cut(rest, "/0x")
	if !found {
		return "", 0, 0, false
	}
	offset, err1 := strconv.ParseUint(off, 16, 64)
	size, err2 := strconv.ParseUint(length, 16, 64)
	return symbol, offset, size, err1 == nil && err2 == nil && size > 0 && offset < size
}
