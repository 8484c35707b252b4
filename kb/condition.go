package kb

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// holds says whether the condition is a fact of the crash.
func (c Condition) holds(f *Facts, t *trace) bool {
	_, _, ok := c.find(f, t)
	return ok
}

// aboutTrace says whether the condition is about frames that a log may have lost.
func (c Condition) aboutTrace() bool { return c.Fact == "frame" || c.Fact == "trace_module" }

// find returns the fact of the crash that the condition is about, with its input line, if there is one that fits.
func (c Condition) find(f *Facts, t *trace) (fact string, line int, ok bool) {
	one := func(value string, line int) (string, int, bool) {
		fits := func(pattern string) bool { return glob(pattern, value) }
		return value, line, value != "" && slices.ContainsFunc(c.Any, fits)
	}
	part := func(text string, line int) (string, int, bool) {
		for _, p := range c.Any {
			if strings.Contains(text, p) {
				return p, line, true
			}
		}
		return "", 0, false
	}
	named := func(s *seenFrame) (string, int, bool) {
		for _, name := range s.names() {
			if _, line, ok := one(name, s.Line); ok {
				return s.name, line, true
			}
		}
		return "", 0, false
	}
	ofModule := func(s *seenFrame) (string, int, bool) { return one(s.Module, s.Line) }
	inTrace := func(look func(*seenFrame) (string, int, bool)) (string, int, bool) {
		for i := range t.frames {
			if value, line, ok := look(&t.frames[i]); ok {
				return value, line, true
			}
		}
		return "", 0, false
	}
	switch c.Fact {
	case "kind":
		return one(f.Kind, f.Lines.Kind)
	case "arch":
		return one(f.Arch, f.Lines.Arch)
	case "context":
		return one(f.Context, f.Lines.Context)
	case "access":
		return one(f.Access, f.Lines.Fault)
	case "poison":
		return one(f.Poison, f.Lines.Fault)
	case "address":
		return one(addressShape(f), f.Lines.Fault)
	case "function":
		if t.culprit != nil {
			return named(t.culprit)
		}
	case "site":
		if len(t.frames) > 0 {
			return named(&t.frames[0])
		}
	case "frame":
		return inTrace(named)
	case "trace_module":
		return inTrace(ofModule)
	case "module":
		for _, m := range f.Modules {
			if value, line, ok := one(m, f.Lines.Modules); ok {
				return value, line, true
			}
		}
		return inTrace(ofModule)
	case "taint":
		for _, letter := range f.Tainted {
			if value, line, ok := one(letter, f.Lines.Kernel); ok {
				return value, line, true
			}
		}
	case "build":
		return part(f.KernelBuild, f.Lines.Kernel)
	case "panic":
		return part(f.Panic, f.Lines.Panic)
	case "comm":
		return part(f.Comm, f.Lines.Comm)
	}
	return "", 0, false
}

// addressShape is "one-bit-off" for an address that one flipped bit made out of a proper one: of the bits that have to
// be alike on x86_64 (63 to 47), all but one are. The shadow memory of KASAN is built like that on purpose.
func addressShape(f *Facts) string {
	if f.FaultAddress == nil || f.Arch != "x86_64" || strings.HasPrefix(f.Kind, "kasan-") {
		return ""
	}
	a := *f.FaultAddress
	if a>>44 == 0xdffff {
		return ""
	}
	switch bits.OnesCount64(a >> 47) {
	case 1, 16:
		return "one-bit-off"
	}
	return ""
}

// sentence says in words that the condition holds; fact is what find returned.
func (c Condition) sentence(fact string, f *Facts) string {
	switch c.Fact {
	case "site":
		return "The processor was in " + fact + "."
	case "frame":
		return fact + " is in the trace."
	case "function":
		return "The first telling frame is " + fact + "."
	case "module":
		return "Module " + fact + " is loaded."
	case "trace_module":
		return "Module " + fact + " is in the trace."
	case "taint":
		return "The kernel is tainted with " + fact + "."
	case "build":
		return "The kernel was built with " + fact + "."
	case "address":
		return "The address 0x" + strconv.FormatUint(*f.FaultAddress, 16) + " differs from a proper one in a single bit."
	case "panic":
		return "The panic says " + strconv.Quote(fact) + "."
	}
	return "The " + c.Fact + " is " + fact + "."
}
