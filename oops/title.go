package oops

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// unknownFunction is syzbot's word for a title whose function is not known.
const unknownFunction = "corrupted"

// titled fills Title and AltTitles.
func (o *open) titled() {
	c := o.c
	title, alt := o.rule.title, o.rule.alt
	if (o.rule.kind == Warn || o.rule.kind == Bug) && c.Source.Known() {
		special := checkerTitle(title, c.Source.Value.File, BareName(c.IP.Value.Symbol))
		if o.rule.kind == Warn || strings.HasPrefix(special, "BUG: ") {
			title = special
		}
	}
	if bare := o.bareTitle(); bare != "" {
		c.Title = bare
		return
	}
	f := o.blamed(title)
	name := unknownFunction
	if f != nil {
		name = displayName(f.Symbol)
	}
	mixed := o.mixed > 0 && (o.rule.kind == Warn || o.rule.kind == Lockdep)
	if (mixed || o.rule.kind == Warn && o.onlyPlumbing()) && strings.Contains(title, "{F}") {
		// Without the trace nothing tells whether the place is a checker's: the title is not to be trusted.
		if name != unknownFunction {
			c.AltTitles = append(c.AltTitles, o.fill(title, name))
		}
		f, name, alt = nil, unknownFunction, ""
	}
	if o.rule.kind == Warn && BareName(c.IP.Value.Symbol) == submitURB {
		name += "/" + submitURB
		f = nil
	}
	c.Title = o.fill(title, name)
	if alt != "" && name != unknownFunction {
		if a := o.fill(alt, name); a != c.Title {
			c.AltTitles = append(c.AltTitles, a)
		}
	}
	if f != nil && name != BareName(f.Symbol) && !strings.HasPrefix(f.Symbol, "_R") {
		c.AltTitles = append(c.AltTitles, o.fill(title, BareName(f.Symbol)))
		if alt != "" {
			c.AltTitles = append(c.AltTitles, o.fill(alt, BareName(f.Symbol)))
		}
	}
}

// submitURB checks what a USB driver hands to it. One WARN of many drivers: the title names both.
const submitURB = "usb_submit_urb"

// checkerTitle is the title of a WARN or BUG at a place that stands for a checker, otherwise the general one.
func checkerTitle(title, file, fn string) string {
	for _, w := range checkerTitles {
		if strings.HasSuffix(file, w.file) && (w.fn == "" || w.fn == fn) {
			return w.title
		}
	}
	return title
}

// bareTitle is the first line itself, where what should follow it did not come.
func (o *open) bareTitle() string {
	c := o.c
	switch {
	case strings.HasPrefix(o.rule.title, "possible deadlock") && len(o.locks) == 0 && len(c.Trace) == 0:
	case strings.Contains(o.rule.title, "suspicious RCU") && (len(c.Trace) == 0 || o.mixed > 0) && !o.rcuSaid:
	case o.rule.kind == kasanPrefix && !c.Access.Known() && len(c.Trace) == 0 && strings.Contains(c.headline, " at addr "):
	default:
		return ""
	}
	text := c.headline
	if i := strings.Index(text, "KASAN: "); i >= 0 {
		text = text[i:]
	} else if i := strings.IndexAny(text, "WIB"); i >= 0 {
		text = text[i:]
	}
	return sanitize(generalise(strings.TrimRight(text, " ]!")))
}

// onlyPlumbing: a trace that ends before the code that was running.
func (o *open) onlyPlumbing() bool { return firstBlamed(nil, o.c.Trace, nil) == nil }

// displayName is the form of a function's name that titles use: Rust names readable, system calls without prefixes.
func displayName(symbol string) string {
	if strings.HasPrefix(symbol, "_R") || strings.HasPrefix(symbol, "_ZN") {
		if d, err := demangle.ToString(symbol, demangle.NoClones); err == nil {
			return d
		}
	}
	return titleName(symbol)
}

// fill puts the function and the groups into a title.
func (o *open) fill(title, name string) string {
	var b strings.Builder
	b.Grow(len(title) + len(name))
	for {
		before, rest, ok := strings.Cut(title, "{")
		b.WriteString(before)
		if !ok {
			break
		}
		key, after, ok := strings.Cut(rest, "}")
		if !ok {
			break
		}
		title = after
		key, otherwise, _ := strings.Cut(key, "|")
		v := ""
		switch key {
		case "F":
			b.WriteString(name)
			continue
		case "access":
			if v = o.c.Access.Value; v != "" {
				v = strings.ToUpper(v[:1]) + v[1:]
			}
		case "panic":
			v = cutPanic(o.c.Panic.Value)
		case "panicmsg":
			v = o.rule.groups["msg"] // the line below "rust_kernel: panicked at …:"
		case "func":
			v = titleName(o.rule.groups["func"])
		case "other":
			if v = o.rule.groups["other"]; v != "" {
				v = " / " + titleName(v)
			}
		case "what":
			v = strings.ToLower(o.rule.groups["what"])
			if o.rule.from == fromNone {
				v = o.rule.groups["what"]
			}
			if o.rule.kind == UBSAN || o.rule.kind == kasanPrefix {
				v = strings.ReplaceAll(v, " ", "-")
			}
		default:
			v = o.rule.groups[key]
		}
		if v == "" {
			v = otherwise
		}
		b.WriteString(generalise(v))
	}
	return sanitize(b.String())
}

// blamed is the function of the title: where its rule looks, past the plumbing.
func (o *open) blamed(title string) *Location {
	c := o.c
	if !strings.Contains(title, "{F}") {
		return nil
	}
	extra := o.extra()
	var ip *Location
	if c.IP.Known() {
		ip = &c.IP.Value
	}
	switch o.rule.from {
	case fromLock, fromSafe:
		for i := range o.locks {
			if f := firstBlamed(&o.locks[i], nil, extra); f != nil {
				return f
			}
		}
		ip = nil
	case fromStall:
		return o.stallFrame()
	case fromWork:
		if o.onlyPlumbing() {
			return nil
		}
		return o.workFrom(0, true)
	case fromHang:
		return o.hangFrame(true)
	case fromLast:
		if o.lastFunction != "" {
			return &Location{Symbol: o.lastFunction}
		}
	case fromLine:
		loc := o.lineFunction()
		if loc == nil {
			break
		}
		if f := firstBlamed(loc, nil, extra); f != nil {
			return f
		}
		if o.onlyPlumbing() {
			return loc
		}
		if o.rule.kind != Warn {
			ip = nil
		}
	case fromTrace:
		ip = nil
	}
	if ip != nil && ip.Symbol == "" && c.LR.Known() && c.Arch == ARM && len(c.Trace) > 0 {
		ip = &c.LR.Value // a jump to nowhere: the link register tells from where
	}
	if f := firstBlamed(ip, c.Trace, extra); f != nil {
		return f
	}
	if f := firstBlamed(ip, c.Trace, nil); f != nil {
		return f
	}
	for i := range c.Trace {
		if f := &c.Trace[i]; f.Reliable && entryStubs[strings.TrimLeft(BareName(f.Symbol), "_")] {
			return &f.Location
		}
	}
	return nil
}

// lineFunction is the function that the first line names; nil if it is none.
func (o *open) lineFunction() *Location {
	name := o.rule.groups["func"]
	if loc, _, ok := parseSymbol(name); ok {
		return &loc
	}
	name = strings.TrimRight(name, "(),")
	if name == "" || nameLen(name) != len(name) || hexLen(name) == len(name) {
		return nil
	}
	return &Location{Symbol: name}
}

// extra are the families that are plumbing for this kind of crash only.
func (o *open) extra() prefixes {
	kind := o.rule.kind
	switch {
	case kind == Bug:
		return bugPlumbing
	case kind == Lockdep && strings.Contains(o.rule.title, "RCU"):
		return rcuPlumbing
	case kind == Warn && strings.HasSuffix(o.c.Source.Value.File, "debugobjects.c"):
		return objectPlumbing
	case kind == MemoryLeak:
		return leakPlumbing
	case kind == kmsanPrefix:
		return copyPlumbing
	case kind == Warn && BareName(o.c.IP.Value.Symbol) == submitURB:
		return urbPlumbing
	}
	return nil
}

// firstBlamed is the first place that is not plumbing: ip, then the reliable frames.
func firstBlamed(ip *Location, trace []Frame, extra prefixes) *Location {
	blame := func(l *Location) bool {
		return l.Symbol != "" && !isPlumbing(l) && (l.Module != "" || !extra.has(l.Symbol))
	}
	if ip != nil && blame(ip) {
		return ip
	}
	for i := range trace {
		if trace[i].Reliable && blame(&trace[i].Location) {
			return &trace[i].Location
		}
	}
	return nil
}

// generalise replaces what differs between two hits of one bug in the words of a title.
func generalise(s string) string {
	if !strings.ContainsAny(s, "0123456789") {
		return s
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		words[i] = generalWord(w)
	}
	return strings.Join(words, " ")
}

// longSuffix is how many digits at the end of a word make it a name that was made up for one run.
const longSuffix = 6

func generalWord(w string) string {
	core := strings.Trim(w, ".,;:!()[]<>'\"=")
	at := strings.Index(w, core)
	if core == "" || at < 0 {
		return w
	}
	before, after := w[:at], w[at+len(core):]
	if k, v, ok := strings.Cut(core, "="); ok {
		return before + k + "=" + generalWord(v) + after
	}
	if loc, rest, ok := parseSymbol(core); ok && rest == "" {
		return before + loc.Symbol + after
	}
	if file, _, ok := parseSource(core); ok {
		return before + file + ":LINE" + after
	}
	hex := strings.TrimPrefix(core, "0x")
	switch {
	case decLen(core) == len(core):
		return before + "NUM" + after
	case hexLen(hex) == len(hex) && (len(hex) >= 6 || hex != core):
		return before + "ADDR" + after
	case len(core)-len(strings.TrimRight(core, "0123456789")) >= longSuffix:
		return before + strings.TrimRight(core, "0123456789") + "NUM" + after
	case strings.HasPrefix(core, "CPU#") || strings.HasPrefix(core, "cpu#"):
		return before + core[:3] + after
	}
	return w
}

// sanitize makes a title of a text: ASCII, single spaces, at most 120 characters.
func sanitize(s string) string {
	const longest = 120
	var b strings.Builder
	b.Grow(min(len(s), longest))
	space := false
	for _, r := range s {
		switch {
		case r == ' ' || r == '\t':
			space = b.Len() > 0
		case r > 0x20 && r < 0x7f:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteByte(byte(r))
		}
		if b.Len() >= longest {
			break
		}
	}
	return b.String()
}
