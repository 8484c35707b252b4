package oops

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
	"github.com/nfoops/nfoops/oops/marker"
)

// builder turns the lines of one window into crashes. It reads line by line; which crash a line belongs to is
// decided here, what the line says is read in facts.go.
type builder struct {
	p     *Parser
	lines []frame.Line
	old   []frame.Row // lines that begin with one of these start nothing: the window before had them

	said phrases // of the line that is read

	dropped []int    // numbers of the lines before which messages were dropped
	lost    []Damage // what the receiver of the log says that the network lost

	cur  *open
	done []*Crash

	mixed       *dump // the dump that is being read, where dumps were printed through each other
	streamStart int   // crashes before this index in done are of other streams
}

// open is the crash that is being read.
type open struct {
	c        *Crash
	rule     matched
	headless bool // no first line was seen yet
	weak     bool // counts only if a call trace follows
	ended    bool // its end mark was seen, or its panic
	shadow   bool // a follow-on crash is being printed: its facts are not ours
	started  int  // index of its first line in b.lines
	last     int  // index of the last line that told something
	age      int  // lines of its stream that were read since the first
	quiet    int  // lines of its stream since the last that told something

	trace      tracePhase
	mark       Context    // of the frames that come
	user       bool       // a user-mode register dump is being printed
	placedLate bool       // the last line that names the crash's own place stands behind its trace
	modules    bool       // rows below "Modules linked in:"
	nextGPR    int        // of s390's register rows
	awaitLock  bool       // the next place behind "at:" is lockdep's
	locks      []Location // the places that lockdep names, in order: wanted, then held
	callers    bool       // the trace comes from sparc64's second form of it
	bare       bool       // the rows of the trace are addresses only
	unsound    bool       // the task died with interrupts off or a lock held
	warned     bool       // the dump is that of a WARN in the code that reports a stall
	codeRow    int        // the last row of the Code: line, where its words may go on below it; 0 none
	lockLine   int
	awaitPlace bool           // the next line is the place
	afterIRQ   int            // index in Trace of the first frame below </IRQ>; -1 none
	traces     int            // call traces begun
	tracks     []Frame        // who allocated an object and who freed it, or how locks were taken
	freed      Fact[Location] // the function that "INFO: Freed in" names
	damaged    int            // entries of c.Damage that were read, not derived

	accused      Fact[Location] // the function that a WARN's own message names
	shadowed     string         // what KASAN says that the trap's access was, "" if it says nothing
	trapKind     Kind           // the kind of the trap that KASAN explained, "" if it was none
	safeTrace    bool           // the lines that come show how a lock came to be irq-safe
	lastFunction string         // of a workqueue that leaked a lock
	kernelTime   bool           // its first line had the kernel's own time
	rcuSaid      bool           // the line with the place of a suspicious RCU usage was there
	rust         int            // lines to come that may be a Rust panic's message
	aside        int            // lines to come that tell of another place
	mixed        int            // line at which another report came between those of this one, 0 none
}

type tracePhase uint8

const (
	traceNone   tracePhase = iota
	traceOpen              // below "Call Trace:"
	traceAside             // SLUB's tracks of who allocated an object; the call trace may come behind them
	traceClosed            // what comes is another task's, or a repetition
)

func newBuilder(p *Parser, lines []frame.Line, old []frame.Row) *builder {
	return &builder{p: p, lines: lines, old: old}
}

// isOld says that a line was part of the window before.
func (b *builder) isOld(ln *frame.Line) bool {
	for i := range b.old {
		if b.old[i].Span.Off == ln.Span.Off {
			return true
		}
	}
	return false
}

// run reads all lines and gives the crashes in the order of their first lines.
func (b *builder) run() []*Crash {
	for _, stream := range byCaller(b.lines) {
		rest, dumps := b.demultiplex(stream)
		b.read(rest)
		for _, d := range dumps {
			b.mixed = d
			b.read(d.lines)
		}
		b.mixed = nil
	}
	sort.SliceStable(b.done, func(i, j int) bool { return b.done[i].FirstLine < b.done[j].FirstLine })
	return b.done
}

// read reads the lines of one stream.
func (b *builder) read(stream []int) {
	b.streamStart = len(b.done)
	for _, i := range stream {
		b.line(i)
	}
	b.finish()
}

// line reads the i-th line.
func (b *builder) line(i int) {
	ln := &b.lines[i]
	text := strings.TrimSpace(ln.Text)
	if strings.IndexByte(text, '\t') >= 0 {
		text = strings.ReplaceAll(text, "\t", " ") // an editor or a terminal put them in place of blanks
	}
	if text == "" || ln.Format&frame.Dict != 0 {
		return
	}
	if len(b.dropped) > 0 && b.cur != nil && dropsBefore(b.dropped, ln.Num) {
		b.cur.c.damage(DamageLost, ln.Num, "the kernel says here that messages were dropped")
	}
	if b.cur != nil && b.cur.quiet > quietRows && !b.cur.ended {
		b.finish()
	}
	if b.cur != nil {
		b.cur.age++
		b.cur.quiet++
	}
	var m *marker.Marker
	if !ln.Dull {
		m, _ = marker.Find(text)
	}
	if m != nil {
		if rest, ok := cutAfter(text, "Linux version "); ok {
			b.banner(rest, ln)
			return
		}
	}
	b.said.of(text)
	if m != nil && m.Class <= marker.Weak && !isEnd(text) && !userFault(text) && !b.isOld(ln) {
		if m, ok := matchRule(text); ok {
			if b.start(m, i, text) {
				return
			}
		}
	}
	if b.userCode(i, text) {
		return
	}
	if b.cur == nil {
		if !headlessStart(text) || b.isOld(ln) {
			return
		}
		b.begin(matched{rule: &headlessRule}, i)
		b.cur.headless = true
	}
	if b.cur.facts(ln, &b.said) {
		b.cur.last, b.cur.quiet = i, 0
		b.cur.c.LastLine = max(b.cur.c.LastLine, ln.Last)
	}
}

// banner takes the kernel of "Linux version 6.1.90 (builder@host) (gcc …) #1 SMP …": a boot ends every crash.
func (b *builder) banner(rest string, ln *frame.Line) {
	word, rest, _ := strings.Cut(rest, " ")
	if !isRelease(word) {
		return
	}
	b.finish()
	booted := banner{kernel: Fact[string]{word, ln.Num}}
	if i := strings.Index(rest, " #"); i >= 0 {
		booted.build = Fact[string]{strings.TrimSpace(rest[i:]), ln.Num}
	}
	b.p.booted.note(ln.Host, booted)
}

// mayStart is a cheap gate before the rules.
func mayStart(text string) bool {
	m, _ := marker.Find(text)
	return m != nil && m.Class <= marker.Weak
}

func cutAfter(s, sep string) (string, bool) {
	i := strings.Index(s, sep)
	if i < 0 {
		return "", false
	}
	return s[i+len(sep):], true
}

// start handles a line that fits a rule. It reports whether the line is used up; if not, its facts are read as of any
// other line.
func (b *builder) start(m matched, i int, text string) bool {
	o := b.cur
	// seconds; a clock that jumps back is another boot's: those of two CPUs are not that far from each other
	if s := b.since(i); o != nil && (!o.ended && s > 120 || s < -3) {
		b.finish()
		o = nil
	}
	if o != nil && (m.role == roleRoot || m.role == rolePrelude) && b.anotherBoot(i, text) {
		b.finish()
		o = nil
	}
	switch {
	case o == nil:
		b.begin(m, i)
		b.cur.head(&b.lines[i], m, text)
		return true
	case m.role == rolePanic:
		return b.panic(m, i, text)
	case m.role == roleAside:
		if !o.ended {
			return true
		}
	case m.role == rolePrelude && o.rule.kind == Warn && o.rule.role == roleRoot && o.age <= 4 &&
		len(o.c.Trace) == 0:
		o.last = i
		return true // since 6.x the WARNING line comes before its own message
	case isOverflow(o.c.Kind) && isOverflow(m.kind) && o.age <= 4 && len(o.c.Trace) == 0:
		o.detail(&b.lines[i], m, text)
		o.last = i
		return true
	case m.role == roleWeak:
		if !o.ended && !o.weak {
			return false
		}
	case o.headless && m.role == roleDetail && o.age <= 12 && len(o.c.Trace) == 0 && !o.c.Number.Known():
		o.headless = false
		o.rule = m
		o.head(&b.lines[i], m, text)
		return true
	case m.role == roleDetail && o.shadow && !o.ended:
		o.last = i // of the crash inside the crash
		return true
	case m.role == roleDetail && o.takesDetail():
		o.detail(&b.lines[i], m, text)
		o.last = i
		return true
	case o.rule.role == rolePrelude && o.age <= 10 && len(o.c.Trace) == 0 && m.role == roleRoot:
		o.upgrade(&b.lines[i], m, text)
		o.last = i
		return true
	case m.rule == o.rule.rule && o.age <= 8 && len(o.c.Trace) == 0 && o.c.announces():
		o.headPlace(&b.lines[i], m) // decoded: KASAN's first line is repeated for every inlined function
		o.last = i
		return true
	case o.c.Kind == Bug && m.kind == NullDeref && o.age <= 4 && !o.c.IP.Known() && o.rule.role == roleRoot:
		o.detail(&b.lines[i], m, text) // BUG() of 32-bit machines without a trap writes to address 0
		o.last = i
		return true
	case b.follows(m):
		o.c.FollowOn = append(o.c.FollowOn, FollowOn{Title: followTitle(m, text), Line: b.lines[i].Num})
		o.warned = o.waitsForStall()
		o.shadow = !o.warned
		o.last = i
		return true
	}
	if o.rule.kind == kmsanPrefix && !o.ended && o.trace == traceOpen {
		o.mixed = b.lines[i].Num // the report's second half, which tells where the bytes come from, did not come
	}
	b.finish()
	b.begin(m, i)
	b.cur.head(&b.lines[i], m, text)
	return true
}

// since is seconds for the crash that is open.
func (b *builder) since(i int) int64 {
	if b.cur == nil {
		return 0
	}
	return b.seconds(b.cur, i)
}

// seconds is the printk time between the last line of o and line i; 0 where there is none.
func (b *builder) seconds(o *open, i int) int64 {
	from, to := b.lines[o.last].Usec, b.lines[i].Usec
	if from < 0 || to < 0 {
		return 0
	}
	return (to - from) / 1e6
}

func (b *builder) begin(m matched, i int) {
	ln := &b.lines[i]
	c := &Crash{
		Kind:      m.kind,
		Severity:  m.sev,
		Arch:      Unknown,
		Context:   InUnknown,
		FirstLine: ln.Num,
		LastLine:  ln.Last,
		Span:      ln.Span,
	}
	mixed := 0
	for j := max(0, i-8); j < i; j++ {
		if otherDump(b.lines[j].Text) {
			mixed = b.lines[j].Num
		}
	}
	o := &open{
		c:          c,
		mixed:      mixed,
		kernelTime: ln.Usec >= 0,
		rule:       m,
		weak:       m.role == roleWeak,
		started:    i,
		last:       i,
		afterIRQ:   -1,
		nextGPR:    -1,
		mark:       InUnknown,
	}
	for j := max(0, i-2); j < i && m.kind == Warn; j++ { // the message stands before the WARNING line until 6.x
		o.takeAccused(&b.lines[j])
	}
	b.cur = o
}

func (o *open) takeAccused(ln *frame.Line) {
	if loc, ok := accused(ln.Text); ok {
		o.accused.set(loc, ln.Num)
	}
}

// maxLocks bounds the places that lockdep names.
const maxLocks = 8

// otherDump says that a line begins a stack dump that is no crash, but takes the console while a crash is printed:
// lib/fault-inject.c fail_dump(), mm/page_alloc.c warn_alloc().
func otherDump(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(text, " "), faultInjection) || strings.Contains(text, allocationFailure.text)
}

const faultInjection = "FAULT_INJECTION: forcing a failure"

var allocationFailure = phraseOf("allocation failure: ")

// takesDetail says that an "Oops: 0000 [#1]" or "invalid opcode: 0000" line is of the open crash.
func (o *open) takesDetail() bool {
	return !o.ended && !o.shadow && !o.c.Number.Known() && len(o.c.Trace) == 0 &&
		o.age <= 40 && !o.weak && o.c.Kind != Warn
}

// finish closes the open crash: what is still missing is derived, or it is dropped as no crash.
func (b *builder) finish() {
	o := b.cur
	if o == nil {
		return
	}
	b.cur = nil
	if why := o.noCrash(); why != "" {
		if len(b.p.suspicious) < maxSuspicious && (!o.headless || len(o.c.Trace) >= enoughTrace) {
			ln := &b.lines[o.started]
			b.p.suspicious = append(b.p.suspicious, Suspicion{Line: ln.Num, Text: ln.Text, Why: why})
		}
		return
	}
	c := o.c
	first, last := o.started, o.last
	for first > 0 && o.started-first < 3 && (isLead(b.lines[first-1].Text) || b.lines[first-1].Num == o.accused.Line) {
		first--
	}
	c.Lines = slices.Clone(b.lines[first : last+1])
	c.extent()
	if booted := b.p.booted.of(c.Host.Value); !c.Kernel.Known() && booted.kernel.Known() {
		c.Kernel, c.Build = booted.kernel, booted.build
	}
	if n := len(b.done); !c.Kernel.Known() && n > b.streamStart && b.done[n-1].Host.Value == c.Host.Value {
		c.Kernel, c.Build = b.done[n-1].Kernel, b.done[n-1].Build // of the crash just before
	}
	o.transportFacts()
	for _, l := range b.lost {
		if l.Line >= c.FirstLine-1 && l.Line <= c.LastLine+1 {
			c.damage(DamageLost, l.Line, l.Detail)
		}
	}
	if b.mixed != nil {
		detail := fmt.Sprintf("another CPU printed into this dump; %d lines were told apart by their order",
			len(b.mixed.lines))
		if b.mixed.unsure > 0 {
			detail += fmt.Sprintf(", %d that both can have printed are ambiguous and left out", b.mixed.left)
		}
		c.ordered = make(map[int]bool, len(b.mixed.lines))
		for _, i := range b.mixed.lines {
			c.ordered[b.lines[i].Num] = true
		}
		c.damage(DamageInterleaved, b.mixed.unsure, detail)
	}
	o.conclude()
	if !b.joinAnnounced(c) && !b.joinAftermath(c) {
		b.done = append(b.done, c)
	}
}

// extent fills in where the lines of c are. The parts of a pstore dump may stand in another order than they are read.
func (c *Crash) extent() {
	from := c.Lines[0].Span
	end := from.Off + from.Len
	for i := range c.Lines {
		ln := &c.Lines[i]
		c.FirstLine, c.LastLine = min(c.FirstLine, ln.Num), max(c.LastLine, ln.Last)
		from.Off, end = min(from.Off, ln.Span.Off), max(end, ln.Span.Off+ln.Span.Len)
	}
	c.Span = frame.Span{Off: from.Off, Len: end - from.Off}
}

// isLead: the ruled lines that stand before a first line.
func isLead(text string) bool {
	t := strings.TrimSpace(text)
	return strings.Contains(t, "[ cut here ]") || strings.Contains(t, "[cut here ]") || t == "8<--- cut here ---" ||
		len(t) > 20 && strings.Trim(t, "=") == ""
}

// weakReach is how far below a line that counts only with a call trace that may begin.
const weakReach = 24

// enoughTrace is how many frames of a trace whose first line has no known form are worth a word.
const enoughTrace = 3

// noCrash says why what was collected is none; "" if it is one.
func (o *open) noCrash() string {
	c := o.c
	reliable := 0
	for i := range c.Trace {
		if c.Trace[i].Symbol != "" {
			reliable++
		}
	}
	switch {
	case o.weak && len(c.Trace) > 0 && c.Trace[0].InLine-c.FirstLine > weakReach:
		return "the call trace is too far below to be its own"
	case o.weak && reliable == 0 && !c.IP.Known() && !o.kernelBug():
		return "no call trace follows"
	case o.headless && !c.Panic.Known() && !c.Code.Known() && !(c.IP.Known() && len(c.Registers) > 3) && !o.ended:
		return "too little of a crash"
	}
	return ""
}

// kernelBug: a line that begins with "BUG: " and has the kernel's own time before it. What the kernel calls so is one,
// even where nothing follows.
func (o *open) kernelBug() bool {
	return strings.HasPrefix(o.c.headline, "BUG: ") && o.kernelTime
}

// followTitle is the title of a crash that belongs to another.
func followTitle(m matched, text string) string {
	t := strings.TrimSpace(strings.NewReplacer(" in {F}", "", "{F}", "").Replace(m.title))
	if strings.Contains(t, "{") {
		t = text
	}
	return sanitize(t)
}

// atoiOr reads a group that the rule's expression has already checked.
func atoiOr(s string, otherwise int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return otherwise
	}
	return n
}

// dropsBefore says whether the sorted numbers have line.
func dropsBefore(numbers []int, line int) bool {
	_, ok := slices.BinarySearch(numbers, line)
	return ok
}
