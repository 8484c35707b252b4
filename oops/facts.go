package oops

import (
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// facts reads a line of a dump. It reports whether the line told something, so that the crash goes on.
func (o *open) facts(ln *frame.Line, said *phrases) bool {
	text := said.text
	if o.trace == traceOpen && !o.shadow && !o.awaitLock && o.aside == 0 && o.rust == 0 && o.age > 3 && plainFrame(text) {
		o.width(text)
		return o.entryFacts(ln, text, false) // half of all lines: nothing else begins so
	}
	register := registerRow(text) >= 0
	if register && (o.user || o.ended) && !o.awaitPlace && o.aside == 0 && o.rust == 0 {
		o.faultAgain(ln, text)
		return true // of user mode, or the same again
	}
	if o.c.Caller() == "" && ln.Caller != "" {
		o.c.Time.set(ln.Time, ln.Num)
	}
	if o.c.Kind == Warn && o.age <= 3 {
		o.takeAccused(ln)
	}
	switch {
	case o.ended:
	case strings.HasPrefix(text, faultInjection), said.has(allocationFailure):
		if o.mixed == 0 && !o.traceComplete() {
			o.mixed = ln.Num
		}
	case o.rule.kind == Lockdep && said.has(suspiciousRCU):
		o.rcuSaid = true
	case strings.HasPrefix(text, "INFO: Freed in "):
		if loc, _, ok := parseSymbol(text[len("INFO: Freed in "):]); ok {
			o.freed.set(loc, ln.Num)
		}
	case strings.HasPrefix(text, "last function: "):
		o.lastFunction = strings.TrimPrefix(text, "last function: ")
	case strings.HasPrefix(text, "Preemption disabled at:"):
		o.aside = 2
	}
	if o.aside > 0 {
		// where preemption was disabled is not where the crash is
		if o.aside--; strings.Contains(text, "+0x") {
			o.aside = 0
		}
		return true
	}
	if o.rust > 0 && text != "" {
		o.rust--
		if strings.HasPrefix(o.rule.title, "{panicmsg}") && o.rule.groups["msg"] == "" {
			o.rule.groups["msg"] = text
			return true
		}
	}
	o.width(text)
	if o.trace == traceOpen && !o.shadow && !o.awaitLock && plainFrame(text) {
		return o.entryFacts(ln, text, false)
	}
	if register && !o.awaitPlace && !o.shadow && o.registerFacts(ln, text) {
		return true // no other line begins so
	}
	if isEnd(text) {
		o.ended = true
		return true
	}
	if o.ending(ln, said) {
		return true
	}
	if o.shadow {
		return looksKernel([]byte(text))
	}
	if o.section(text) {
		return true
	}
	if o.awaited(ln, text) || o.taskFacts(ln, said) || o.placeFacts(ln, text) || o.codeFacts(ln, text) {
		o.modules = false
		return true
	}
	if o.moduleFacts(ln, text) {
		return true
	}
	if o.registerFacts(ln, text) || o.sanitizerFacts(ln, text) || o.lockFacts(ln, text) || o.faultFacts(ln, text) {
		return true
	}
	return o.traceFacts(ln, said)
}

// Caller is the printk caller of the first line, "" if there is none.
func (c *Crash) Caller() string {
	if len(c.Lines) == 0 {
		return ""
	}
	return c.Lines[0].Caller
}

// traceComplete says that the trace has come to where a task, a system call or an interrupt begins.
func (o *open) traceComplete() bool {
	n := len(o.c.Trace)
	if n == 0 || o.trace == traceClosed {
		return n > 0
	}
	name := BareName(o.c.Trace[n-1].Symbol)
	for _, p := range [...]string{
		"entry_",
		"ret_from_",
		"ret_fast_",
		"system_call",
		"sysenter",
		"el0",
		"syscall_call",
		"secondary_startup",
		"start_secondary",
		"int_ret_from",
	} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// isEnd: the marks after which a dump has ended. kernel/panic.c print_oops_end_marker() and panic().
func isEnd(text string) bool { return endMarks.begin(text) != "" }

var endMarks = beginnings("---[ end trace", "---[ end Kernel panic", "Rebooting in ")

// ending reads what may come after the end mark and still is of this crash.
func (o *open) ending(ln *frame.Line, said *phrases) bool {
	text := said.text
	switch lastWords.begin(text) {
	case kernelOffset:
		if v, _, ok := parseHex(text[len(kernelOffset):]); ok {
			o.c.KernelOffset.set(v, ln.Num)
		}
		return true
	case recursiveFault:
		o.c.FollowOn = append(o.c.FollowOn, FollowOn{Title: sanitize(text), Line: ln.Num})
		fallthrough
	case taskNote:
		o.unsound = o.unsound || strings.Contains(text, "] exited with ")
		return true
	}
	if said.has(messagesDropped) || said.has(messagesSuppressed) {
		o.c.damage(DamageLost, ln.Num, text)
		return true
	}
	return false
}

// What may come behind the end mark.
const (
	kernelOffset   = "Kernel Offset: "
	recursiveFault = "Fixing recursive fault"
	taskNote       = "note: "
)

var (
	messagesDropped    = phraseOf("printk messages dropped")
	messagesSuppressed = phraseOf("printk: messages suppressed")
	suspiciousRCU      = phraseOf(" suspicious rcu_")
)

var lastWords = beginnings(kernelOffset, recursiveFault, taskNote)

// taskFacts reads CPU, task, taint and kernel.
func (o *open) taskFacts(ln *frame.Line, said *phrases) bool {
	c, text := o.c, said.text
	if o.user && strings.HasPrefix(text, "CPU") {
		return true
	}
	if mayBeTaskLine(said) {
		if t, ok := parseTaskLine(text); ok {
			o.task(t, ln.Num)
			return true
		}
	}
	if o.rule.kind == Lockdep && (!c.Comm.Known() || !c.PID.Known()) {
		if comm, pid, ok := lockTask(text); ok {
			o.task(taskLine{cpu: -1, pid: pid, comm: comm}, ln.Num)
			return true
		}
	}
	if names, ok := parseTaintNames(text); ok {
		c.Tainted = Fact[[]string]{names, ln.Num}
		return true
	}
	if kernel, build, ok := bareRelease(text); ok {
		c.Kernel.set(kernel, ln.Num)
		c.Build.set(build, ln.Num)
		var t taskLine
		t.takeTaint(text)
		o.taint(t, ln.Num)
		return true
	}
	switch taskWords.begin(text) {
	case "Not tainted", "Tainted: ": // mips, or a wrap
		var t taskLine
		t.takeTaint(text)
		o.taint(t, ln.Num)
	case "task:":
		if o.rule.from != fromHang {
			return false
		}
		comm, _, _ := strings.Cut(text[len("task:"):], " ")
		c.Comm.set(comm, ln.Num)
		o.trace = traceOpen
	case "NMI backtrace for cpu ":
		if o.rule.from == fromStall && !c.CPU.Known() {
			c.CPU.set(max(0, number(text[len("NMI backtrace for cpu "):])), ln.Num)
		}
	case "Hardware name", "Workqueue:":
	default:
		return false
	}
	return true
}

var taskWords = beginnings("Not tainted", "Tainted: ", "task:", "NMI backtrace for cpu ", "Hardware name", "Workqueue:")

// task takes what a line about CPU and task told.
func (o *open) task(t taskLine, line int) {
	c := o.c
	if t.cpu >= 0 {
		c.CPU.set(t.cpu, line)
	}
	if t.pid >= 0 {
		c.PID.set(t.pid, line)
	}
	if t.comm != "" {
		c.Comm.set(t.comm, line)
	}
	o.taint(t, line)
}

func (o *open) taint(t taskLine, line int) {
	c := o.c
	if t.hasTaint {
		c.Tainted.set(t.taint, line)
	}
	if t.kernel != "" {
		c.Kernel.set(t.kernel, line)
		if t.build != "" {
			c.Build.set(t.build, line)
		}
	}
}

// sanitizerFacts reads KASAN's and KFENCE's "Read of size 8 at addr ffff… by task cat/917".
func (o *open) sanitizerFacts(ln *frame.Line, text string) bool {
	if !strings.HasPrefix(text, "Read ") && !strings.HasPrefix(text, "Write ") {
		return false
	}
	word, rest, ok := strings.Cut(text, " of size ")
	if !ok {
		// hardware tags know no size: "Read at addr f7ff000012345678 by task cat/917"
		word, _, ok = strings.Cut(text, " at addr ")
		rest = "0"
	}
	if !ok || word != "Read" && word != "Write" || number(rest) < 0 {
		return false
	}
	c := o.c
	c.Access.set(strings.ToLower(word), ln.Num)
	o.faultWords(ln, text)
	if who, ok := cutAfter(text, "by task "); ok {
		if i := strings.LastIndexByte(who, '/'); i > 0 {
			c.Comm.set(who[:i], ln.Num)
			if pid := number(who[i+1:]); pid >= 0 {
				c.PID.set(pid, ln.Num)
			}
		}
	}
	return true
}

// lockFacts reads the place that lockdep names: " (&lock){+.+.}, at: [<addr>] f+0x10/0x20", and "…(lock) at:" with the
// place on the next line.
func (o *open) lockFacts(ln *frame.Line, text string) bool {
	if !o.awaitLock {
		return false
	}
	rest, ok := cutAfter(text, "at: ")
	if o.rule.from == fromSafe {
		switch {
		case strings.HasPrefix(text, "... which became "):
			o.safeTrace, o.locks = true, nil
			return true
		case !o.safeTrace && (!ok || len(o.locks) > 0):
			return false
		case strings.HasPrefix(text, "to a "):
			o.awaitLock = false
			return true
		}
		if o.safeTrace {
			rest = text
		}
	} else if len(o.locks) > 0 && strings.HasPrefix(text, "#") {
		o.awaitLock = false // the list of all locks held
		return false
	} else if !ok {
		if strings.HasSuffix(text, " at:") {
			return true
		}
		rest = text
		if _, _, ok := parseBracketed(text); !ok {
			if _, _, ok := parseSymbol(text); !ok || o.rule.kind != Lockdep || o.traces > 0 || len(o.locks) > 0 {
				return false
			}
		}
	}
	_, loc, ok := placeOf(rest, placeIP)
	if !ok || loc.Symbol == "" {
		return false
	}
	if len(o.locks) == 0 {
		o.lockLine = ln.Num
	}
	o.locks = append(o.locks, loc)
	o.awaitLock = len(o.locks) < maxLocks
	return true
}

// faultFacts reads the lines below a first line that tell more about the fault.
func (o *open) faultFacts(ln *frame.Line, text string) bool {
	c := o.c
	if w := shadowWord(text); w != "" && o.shadowed == "" {
		o.shadowed = w
		return true
	}
	switch faultWords.begin(text) {
	case "#PF: ":
		for _, w := range [...]struct{ word, access string }{
			{"write access", "write"},
			{"read access", "read"},
			{"instruction fetch", "exec"},
		} {
			if strings.Contains(text, w.word) {
				c.Access.set(w.access, ln.Num)
			}
		}
		if rest, ok := cutAfter(text, "error_code(0x"); ok {
			c.ErrorCode.set(hexValue(rest[:hexLen(rest)]), ln.Num)
		}
		return true
	case "ESR = 0x":
		rest := text[len("ESR = 0x"):]
		if n := hexLen(rest); n > 0 && n <= 16 {
			c.ErrorCode.set(hexValue(rest[:n]), ln.Num)
		}
		c.arch(ARM64)
		return true
	case "Faulting instruction address: ":
		if v, _, ok := parseHex(text[len("Faulting instruction address: "):]); ok {
			c.IP.set(Location{Address: v, HasAddress: true}, ln.Num)
		}
		return true
	case "Failing address: ", "BadVA", "BADV:":
		i := strings.IndexByte(text, ':')
		if v, _, ok := parseHex(strings.TrimLeft(text[i+1:], " ")); ok && i > 0 && isFault(c.Kind) {
			c.FaultAddress.set(v, ln.Num)
		}
		switch text[1] {
		case 'a':
			if text[0] == 'B' {
				c.arch(MIPS)
			} else {
				c.arch(S390X)
			}
		case 'A':
			c.arch(LoongA)
		}
		return true
	case "FSC = 0x21": // arm64: the fault status code of an alignment fault
		if c.Kind == PagingRequest || c.Kind == NullDeref {
			c.Kind = Unaligned
		}
		return true
	case "printing eip", "printing rip":
		o.awaitPlace = !c.IP.Known()
		if text[9] == 'e' {
			c.arch(I386)
		}
		return true
	case "PGD ", "*pde", "*pdpt", "pgd =", "Mem abort info", "Data abort info", "KASAN: ":
		return true
	}
	return false
}

var faultWords = beginnings(
	"#PF: ", "ESR = 0x", "Faulting instruction address: ", "Failing address: ", "BadVA", "BADV:", "FSC = 0x21",
	"printing eip", "printing rip", "PGD ", "*pde", "*pdpt", "pgd =", "Mem abort info", "Data abort info", "KASAN: ",
)

// maxFrames bounds the call trace: the deepest that a stack of 32 KiB can hold, questionable entries included.
const maxFrames = 2048

// damage notes what is missing or garbled.
func (c *Crash) damage(kind string, line int, detail string) {
	if len(c.Damage) < 64 {
		c.Damage = append(c.Damage, Damage{Kind: kind, Line: line, Detail: detail})
	}
}
