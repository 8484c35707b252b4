package oops

import (
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// plainFrame says that a line begins as an entry of a call trace and as nothing else.
func plainFrame(text string) bool {
	if strings.HasPrefix(text, "? ") || strings.HasPrefix(text, "[<") {
		return true
	}
	n := nameLen(text)
	return n > 0 && strings.HasPrefix(text[n:], "+0x")
}

// width notes how wide the addresses of traces are, for logs that name the architecture nowhere.
func (o *open) width(text string) {
	e := &o.c.era
	if e.addressDigits == 16 || o.c.Arch != Unknown {
		return
	}
	if _, rest, ok := strings.Cut(text, "[<"); ok {
		n := hexLen(rest)
		if n != 8 && n != 16 {
			return
		}
		if v := hexValue(rest[:n]); e.addressDigits == 0 || v>>24 == 0xbf {
			e.addressDigits, e.address = n, v
		}
	}
}

// section reads the lines that open and close parts of a dump.
func (o *open) section(text string) bool {
	switch {
	case strings.HasPrefix(text, "Call Trace"), strings.HasPrefix(text, "Call trace"),
		strings.HasPrefix(text, "Backtrace:"), text == "backtrace:", strings.HasPrefix(text, "backtrace ("),
		strings.HasPrefix(text, "stack backtrace"), text == "Trace:", text == "Call backtrace:",
		text == "all Trace:", text == "tack backtrace:": // a paste that lost its first column
		o.traces++
		if len(o.c.Trace) > 0 && o.rule.from != fromStall {
			o.trace = traceClosed
		} else if o.trace != traceClosed {
			o.trace = traceOpen
		}
		o.modules = false
		// frames may follow on the same line: "Call Trace:<IRQ> <ffffffff80123456>{f+12}"
		o.bare = text == "Call backtrace:"
		return !strings.ContainsAny(text, "<[") && !strings.Contains(text, "+0x")
	case strings.HasPrefix(text, "Allocated by"), strings.HasPrefix(text, "Freed by"),
		strings.HasPrefix(text, "The buggy address"), strings.HasPrefix(text, "Last potentially related"),
		strings.HasPrefix(text, "Uninit was"), strings.HasPrefix(text, "Local variable"),
		strings.HasPrefix(text, "Showing all locks held"), strings.HasPrefix(text, "Memory state around"),
		strings.HasPrefix(text, "page last allocated"), strings.HasPrefix(text, "INFO: Allocated in "),
		strings.HasPrefix(text, "INFO: Freed in "),
		strings.HasPrefix(text, "page_owner tracks"), strings.HasPrefix(text, "Sending NMI from CPU") && len(o.c.Trace) > 0,
		strings.HasPrefix(text, "Mem-Info:"), strings.HasPrefix(text, "Last Breaking-Event-Address"):
		switch tracks := strings.HasPrefix(text, "INFO: "); {
		case tracks && len(o.c.Trace) == 0 && o.trace != traceClosed:
			o.trace = traceAside
		case len(o.c.Trace) > 0 || strings.HasPrefix(text, "Allocated by") || strings.HasPrefix(text, "Freed by"):
			o.trace = traceClosed
		}
		o.modules = false
		return true
	}
	return false
}

// traceFacts reads call-trace entries and raw stack words.
func (o *open) traceFacts(ln *frame.Line, text string) bool {
	c := o.c
	if rest, ok := strings.CutPrefix(text, "Call Trace:"); ok {
		text = strings.TrimSpace(rest)
	}
	if rest, ok := strings.CutPrefix(text, "Stack:"); ok {
		o.stackWords(ln, rest)
		return true
	}
	used := false
	for {
		mark, rest, ok := traceMark(text)
		if !ok {
			break
		}
		used = true
		o.traceMarked(mark)
		text = strings.TrimSpace(rest)
	}
	if text == "" {
		return used
	}
	var buf [2]Frame
	frames := appendFrames(buf[:0], text, o.trace == traceOpen)
	if len(frames) == 0 && o.bare && o.trace == traceOpen && words(text) {
		frames = bareFrames(text)
	}
	if len(frames) == 0 {
		return o.stackWords(ln, text) || used
	}
	if o.trace == traceAside && len(o.tracks) < maxFrames {
		o.tracks = append(o.tracks, frames...)
	}
	if o.trace >= traceAside || o.ended || o.user && o.trace != traceOpen {
		return true
	}
	if strings.Contains(text, " from ") {
		c.arch(ARM)
		if n := len(c.Trace); n > 0 && c.Trace[n-1].HasOffset && c.Trace[n-1].Offset == 0 {
			if name, last := nextCallee(text), &c.Trace[n-1].Location; name != "" && name != last.Symbol {
				last.Symbol, last.HasOffset, last.Size = name, false, 0
			}
		}
	}
	if strings.HasPrefix(text, "Caller[") && len(c.Trace) > 0 && !o.callers {
		return true // sparc64: the same trace again
	}
	o.callers = strings.HasPrefix(text, "Caller[")
	if strings.HasPrefix(text, "Trace; ") && c.nameFrame(&frames[0].Location) {
		return true
	}
	if o.trace == traceNone && (o.rule.from == fromLock || o.rule.from == fromSafe) {
		if len(o.tracks) < maxFrames {
			o.tracks = append(o.tracks, frames...) // lockdep shows how each lock was taken before it shows where it is now
		}
		return true
	}
	if c.Trace == nil {
		c.Trace = make([]Frame, 0, 32)
	}
	for _, f := range frames {
		if len(c.Trace) >= maxFrames {
			break
		}
		f.Context, f.InLine = o.mark, ln.Num
		c.Trace = append(c.Trace, f)
	}
	if o.trace == traceNone {
		o.trace = traceOpen
	}
	return true
}

// bareFrames reads a row of the backtrace of powerpc 2.4: addresses and nothing else.
func bareFrames(text string) []Frame {
	var out []Frame
	for w := range strings.FieldsSeq(text) {
		if v := hexValue(w); v > 1 { // the outermost entry is a mark
			out = append(out, Frame{Location: Location{Address: v, HasAddress: true}, Reliable: true})
		}
	}
	return out
}

// nameFrame gives the name that ksymoops found to the entry that the kernel printed without one.
func (c *Crash) nameFrame(l *Location) bool {
	for i := range c.Trace {
		if f := &c.Trace[i]; f.Symbol == "" && f.Address == l.Address {
			f.Location = *l
			return true
		}
	}
	return false
}

// traceMarked notes where the frames that follow ran.
func (o *open) traceMarked(mark string) {
	switch mark {
	case "IRQ", "SOFTIRQ":
		o.mark = InHardirq
	case "NMI", "#DF", "#MC", "#DB":
		o.mark = InNMI
	case "TASK", "EOI", "EOE":
		o.mark = InTask
	case "/IRQ", "/NMI", "/SOFTIRQ", "/#DF", "/#DB", "/#MC":
		o.mark = InTask
		if mark == "/IRQ" && o.afterIRQ < 0 {
			o.afterIRQ = len(o.c.Trace)
		}
	}
}

// stackWords reads raw stack words: rows of nothing but words of 8 or 16 digits.
func (o *open) stackWords(ln *frame.Line, text string) bool {
	n := 0
	for w := range strings.FieldsSeq(text) {
		if n++; n > 16 || hexLen(w) != len(w) || len(w) != 8 && len(w) != 16 {
			return false
		}
	}
	if n == 0 {
		return false
	}
	for w := range strings.FieldsSeq(text) {
		if len(o.c.Stack) < 1024 && !o.ended {
			o.c.Stack = append(o.c.Stack, StackWord{Value: hexValue(w), Line: ln.Num})
		}
	}
	return true
}
