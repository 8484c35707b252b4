package oops

import (
	"maps"
	"slices"
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

// sectionKind says what a line that opens or closes a part of a dump does to the call trace.
type sectionKind uint8

const (
	opensTrace   sectionKind = iota + 1
	opensWhole               // the same, if the line has nothing else
	closesTrace              // if it has entries
	closesTracks             // even if it has none: what follows tells who allocated or freed an object
	opensTracks              // the same in SLUB's words: the call trace comes behind it
)

// sections are the beginnings of such lines.
var sections = map[string]sectionKind{
	"Call Trace": opensTrace, "Call trace": opensTrace, "Backtrace:": opensTrace, "backtrace (": opensTrace,
	"stack backtrace": opensTrace,
	"backtrace:":      opensWhole, "Trace:": opensWhole, bareTrace: opensWhole,
	"all Trace:": opensWhole, "tack backtrace:": opensWhole, // a paste that lost its first column
	"Allocated by": closesTracks, "Freed by": closesTracks,
	"INFO: Allocated in ": opensTracks, "INFO: Freed in ": opensTracks,
	"The buggy address": closesTrace, "Last potentially related": closesTrace, "Uninit was": closesTrace,
	"Local variable": closesTrace, "Showing all locks held": closesTrace, "Memory state around": closesTrace,
	"page last allocated": closesTrace, "page_owner tracks": closesTrace, sendsNMI: closesTrace,
	"Mem-Info:": closesTrace, "Last Breaking-Event-Address": closesTrace,
}

const (
	bareTrace = "Call backtrace:"      // of powerpc 2.4
	sendsNMI  = "Sending NMI from CPU" // before the trace that it asks for, or behind the dump's own
)

var sectionBegins = beginnings(slices.Collect(maps.Keys(sections))...)

// section reads the lines that open and close parts of a dump.
func (o *open) section(text string) bool {
	begin := sectionBegins.begin(text)
	if begin == "" {
		return false
	}
	switch sections[begin] {
	case opensWhole:
		if text != begin {
			return false
		}
		fallthrough
	case opensTrace:
		o.traces++
		if len(o.c.Trace) > 0 && o.rule.from != fromStall {
			o.trace = traceClosed
		} else if o.trace != traceClosed {
			o.trace = traceOpen
		}
		o.modules = false
		// frames may follow on the same line: "Call Trace:<IRQ> <ffffffff80123456>{f+12}"
		o.bare = begin == bareTrace
		return !strings.ContainsAny(text, "<[") && !strings.Contains(text, "+0x")
	case opensTracks:
		if len(o.c.Trace) == 0 && o.trace != traceClosed {
			o.trace = traceAside
			break
		}
		fallthrough
	case closesTrace:
		if len(o.c.Trace) > 0 {
			o.trace = traceClosed
		} else if begin == sendsNMI {
			return false
		}
	case closesTracks:
		o.trace = traceClosed
	}
	o.modules = false
	return true
}

// traceFacts reads call-trace entries and raw stack words.
func (o *open) traceFacts(ln *frame.Line, said *phrases) bool {
	text := said.text
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
	return o.entryFacts(ln, text, used)
}

// entryFacts reads call-trace entries and raw stack words without the marks before them; used says that there were
// some.
func (o *open) entryFacts(ln *frame.Line, text string, used bool) bool {
	c := o.c
	var buf [2]Frame
	frames := appendFrames(buf[:0], text, o.trace == traceOpen)
	if len(frames) == 0 && o.bare && o.trace == traceOpen && words(text) {
		frames = bareFrames(text)
	}
	if len(frames) == 0 {
		return isHex(text[0]) && o.stackWords(ln, text) || used
	}
	if o.trace == traceAside && len(o.tracks) < maxFrames {
		o.tracks = append(o.tracks, frames...)
	}
	if o.trace >= traceAside || o.ended || o.user && o.trace != traceOpen {
		return true
	}
	if hasFrom(text) {
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
	n := len(c.Trace)
	c.Trace = append(c.Trace, frames[:min(len(frames), max(0, maxFrames-n))]...)
	for i := n; i < len(c.Trace); i++ {
		c.Trace[i].Context, c.Trace[i].InLine = o.mark, ln.Num
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
