package oops

import "strings"

// parseFrames reads the entries of a call trace from one line. Most eras print one per line; 2.4 prints several
// addresses, 2.6 x86_64 several "<addr>{name+dec}". inTrace says that the line stands below "Call Trace:", where
// forms are believed that are too weak elsewhere: a bare address, or a name with a source line.
//
//	[<c0103d7a>] show_stack+0x7a/0x90 [mod]     2.6 to 4.x, mips, riscv64, loongarch64, s390x
//	? name+0x10/0x20 [mod]                      since 4.x
//	<ffffffff8012f2c0>{:mod:name+12}            x86_64 before 2.6.18
//	[<c0014318>] (name) from [<c001457c>] (caller+0x24/0x2c)   arm; later without addresses
//	[c000000002a5b9e0] [c0000000004d4d14] .name+0x10/0x20 (unreliable)     powerpc
//	name+0x10/0x20 net/core/dev.c:12 [inline]   decoded
//	[mod:name+16/32] [name+1/2]                 2.2 to 2.6, after klogd
func parseFrames(text string, inTrace bool) []Frame { return appendFrames(nil, text, inTrace) }

// appendFrames appends to dst, which is empty, what parseFrames gives.
func appendFrames(dst []Frame, text string, inTrace bool) []Frame {
	s := strings.TrimSpace(text)
	if s == "" {
		return nil
	}
	if f, ok := armFrame(s); ok {
		return f
	}
	if in, ok := strings.CutPrefix(s, "([<"); ok { // s390: what it prints in parentheses is no return address
		f := parseFrames("[<"+strings.TrimSuffix(in, ")"), inTrace)
		for i := range f {
			f[i].Reliable = false
		}
		return f
	}
	if rest, ok := strings.CutPrefix(s, "Trace; "); ok { // ksymoops
		if loc, ok := ksymoopsLocation(rest); ok {
			return []Frame{{Location: loc, Reliable: true}}
		}
	}
	if rest, ok := strings.CutPrefix(s, "Caller["); ok { // sparc64 prints its trace a second time so
		if v, name, ok := parseHex(rest); ok {
			if loc, _, ok := parseSymbol(strings.TrimPrefix(name, "]: ")); ok {
				loc.Address, loc.HasAddress = v, true
				return []Frame{{Location: loc, Reliable: true}}
			}
		}
	}
	out := dst
	for s != "" {
		out = append(out, Frame{})
		f := &out[len(out)-1] // read in place: a Frame is large
		rest, ok := f.parse(s, inTrace)
		if !ok {
			out = out[:len(out)-1]
			break
		}
		s = strings.TrimLeft(rest, " ")
		if f.Symbol != "" && !strings.HasPrefix(s, "<") && !strings.HasPrefix(s, "[") {
			break
		}
	}
	if len(out) > 0 && out[0].Symbol == "" && !inTrace {
		return nil
	}
	return out
}

// parse reads one entry at the start of s into f, which is the zero Frame, or not to be used where there is none.
func (f *Frame) parse(s string, inTrace bool) (rest string, ok bool) {
	f.Reliable = true
	if s != "" && nameByte[s[0]] {
		if loc, rest, ok := parseSymbol(s); ok {
			f.Location = loc
			f.suffix(&rest)
			return rest, true
		}
		if inTrace {
			return f.parseDecoded(s)
		}
		return s, false
	}
	t := s
	if loc, rest, ok := parseKlogd(t); ok {
		f.Location = loc
		f.Reliable = !isLandmark(loc.Symbol)
		if own, rest, ok := parseSymbol(strings.TrimLeft(rest, " ")); ok {
			f.Location, f.Reliable = own, true // since 2.6 the kernel prints the name itself
			return rest, true
		}
		return rest, true
	}
	addresses := 0
	for addresses < 2 {
		v, rest, ok := parseBracketed(t)
		if !ok {
			break
		}
		f.Address, f.HasAddress = v, true
		t = strings.TrimLeft(rest, " ")
		addresses++
		if !strings.HasPrefix(s, "[") || strings.HasPrefix(t, "[<") {
			break // only powerpc prints the stack pointer first, both in plain brackets
		}
	}
	if strings.HasPrefix(t, "{") {
		loc, rest, ok := parseBraced(t)
		if !ok {
			return s, false
		}
		loc.Address, loc.HasAddress = f.Address, f.HasAddress
		f.Location = loc
		return rest, true
	}
	if rest, ok := strings.CutPrefix(t, "? "); ok {
		f.Reliable = false
		t = strings.TrimLeft(rest, " ")
	}
	t = strings.TrimPrefix(t, "(")
	if loc, rest, ok := parseSymbol(t); ok {
		loc.Address, loc.HasAddress = f.Address, f.HasAddress
		f.Location = loc
		if f.Offset == 0 && f.HasAddress {
			f.Reliable = false // a pointer to a function that the stack scan met, no return address
		}
		f.suffix(&rest)
		return rest, true
	}
	if f.HasAddress {
		if rest, ok := strings.CutPrefix(t, "0x"); ok {
			t = rest[hexLen(rest):]
		}
		return t, true
	}
	if inTrace {
		return f.parseDecoded(t)
	}
	return s, false
}

// suffix reads what may stand behind a symbol.
func (f *Frame) suffix(rest *string) {
	t := strings.TrimLeft(*rest, " ")
	t = strings.TrimPrefix(t, ")")
	switch {
	case strings.HasPrefix(t, "[inline]"):
		f.Inlined = true
		t = t[len("[inline]"):]
	case strings.HasPrefix(t, "(unreliable)"):
		f.Reliable = false
		t = t[len("(unreliable)"):]
	}
	*rest = t
}

// parseDecoded reads "name net/core/dev.c:12 [inline]" and "name (net/core/dev.c:12) mod": symbolised logs.
func (f *Frame) parseDecoded(t string) (rest string, ok bool) {
	n := nameLen(t)
	if n < 2 || n >= len(t) || t[n] != ' ' {
		return t, false
	}
	f.Symbol = t[:n]
	rest = f.takeSource(t[n:])
	if f.File == "" {
		return t, false
	}
	f.suffix(&rest)
	return rest, true
}

// armFrame: a line names the callee (without offset) and the caller; the caller is the new entry. The callee of the
// first line is the place where the trace starts, which the dump has named already.
func armFrame(s string) ([]Frame, bool) {
	if !hasFrom(s) {
		return nil, false
	}
	callee, caller, ok := strings.Cut(s, " from ")
	if !ok || strings.Contains(caller, " from ") {
		return nil, false
	}
	name := callee
	if _, rest, ok := parseBracketed(callee); ok {
		name = strings.TrimLeft(rest, " ")
	}
	name = strings.Trim(name, "()")
	if i := strings.IndexByte(name, '+'); i >= 0 {
		name = name[:i]
	}
	name, _, _ = strings.Cut(name, " ")
	if nameLen(name) != len(name) || name == "" {
		return nil, false
	}
	var f Frame
	if _, ok := f.parse(caller, false); !ok || f.Symbol == "" {
		return nil, false
	}
	f.Reliable = f.Reliable || f.Offset == 0 // see nextCallee
	return []Frame{f}, true
}

// hasFrom says that s has the word that stands between callee and caller; it hops from one 'f' to the next.
func hasFrom(s string) bool {
	for at := 0; ; at++ {
		i := strings.IndexByte(s[at:], 'f')
		if i < 0 {
			return false
		}
		if at += i; at > 0 && strings.HasPrefix(s[at-1:], " from ") {
			return true
		}
	}
}

// nextCallee is the callee that a line of arm's backtrace names. Where a call never returns, its return address is that
// of the next function, which the kernel then names as the caller, with offset 0; the next line knows the right name.
func nextCallee(text string) string {
	callee, _, ok := strings.Cut(text, " from ")
	if !ok {
		return ""
	}
	if _, rest, ok := parseBracketed(callee); ok {
		callee = strings.TrimLeft(rest, " ")
	}
	callee = strings.TrimPrefix(callee, "(")
	return callee[:nameLen(callee)]
}

// traceMark reads the marks between entries: "<IRQ>", "</IRQ>", "<NMI>", "<TASK>", "<EOI>", "<EOE>", "<#DF>". It may
// stand before an entry on the same line (2.6 to 4.x).
func traceMark(s string) (mark, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	if len(s) < 4 || s[0] != '<' {
		return "", s, false
	}
	in, rest, ok := strings.Cut(s[1:], ">")
	if !ok {
		return "", s, false
	}
	if in == "<EOE" { // 2.6 to 4.x: "<<EOE>>"
		in, rest = "EOE", strings.TrimPrefix(rest, ">")
	}
	switch in {
	case "IRQ", "/IRQ", "NMI", "/NMI", "TASK", "/TASK", "EOI", "EOE", "SOFTIRQ", "/SOFTIRQ",
		"#DF", "/#DF", "#DB", "/#DB", "#MC", "/#MC":
		return in, rest, true
	}
	return "", s, false
}
