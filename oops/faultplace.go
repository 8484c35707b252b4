package oops

import (
	"slices"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// headPlace takes the place that a first line names: "BUG: KASAN: … in f+0x10/0x20 [mod]", "WARNING: … at file.c:12
// f+0x10/0x20". It is the checker's word for where it happened; a RIP that comes later is of what was interrupted.
func (o *open) headPlace(ln *frame.Line, m matched) {
	name := m.groups["func"]
	if name == "" {
		return
	}
	if i := strings.Index(ln.Text, name); i >= 0 {
		_, loc, ok := placeOf(ln.Text[i:], placeIP)
		if ok && loc.Symbol != "" && (!o.c.IP.Known() || !o.c.IP.Value.HasOffset) {
			o.c.IP = Fact[Location]{loc, ln.Num}
		}
	}
}

func (o *open) awaited(ln *frame.Line, text string) bool {
	if !o.awaitPlace {
		return false
	}
	o.awaitPlace = o.others(ln)
	if _, loc, ok := placeOf(text, placeIP); ok {
		o.awaitPlace = false
		o.c.IP.set(loc, ln.Num)
		o.era(text)
		return true
	}
	return false
}

// others says that a line may be of another program on the same console: the kernel put its time before the dump's
// lines, and none before this.
func (o *open) others(ln *frame.Line) bool { return o.kernelTime && ln.Usec < 0 }

func (o *open) placeFacts(ln *frame.Line, text string) bool {
	kind, loc, arch := parsePlace(text)
	if kind == placeNone {
		return false
	}
	c := o.c
	o.modules = false
	switch kind {
	case placeUser:
		if o.rule.from == fromStall && !c.IP.Known() && len(c.Trace) == 0 {
			return true
		}
		o.user = true
		c.arch(arch)
	case placeLR:
		c.LR.set(loc, ln.Num)
		c.arch(arch)
	case placeIP:
		c.arch(arch)
		if o.warned && len(c.Trace) > 0 && isTimerEntry(BareName(c.Trace[len(c.Trace)-1].Symbol)) {
			o.warned = false // below the WARN of the code that reports the stall: what did not come to its end
			c.IP = Fact[Location]{loc, ln.Num}
			return true
		}
		if o.traced() && strings.HasPrefix(text, "NIP: ") {
			return true // powerpc, below the mark of an interrupt or a system call; the code comes behind it
		}
		if o.interruptedPlace(text, loc) {
			o.user = true // what was interrupted: its registers and bytes are not the crash's
			return true
		}
		o.user = false
		o.placedLate = o.traced()
		o.era(text)
		switch {
		case !c.IP.Known():
			c.IP.set(loc, ln.Num)
			o.interrupted()
		case c.IP.Value.Symbol == "" && loc.Symbol != "" && !o.ended:
			if c.IP.Value.HasAddress && !loc.HasAddress {
				loc.Address, loc.HasAddress = c.IP.Value.Address, true
			}
			c.IP = Fact[Location]{loc, ln.Num}
		case !c.IP.Value.HasAddress && loc.HasAddress &&
			(loc.Symbol == c.IP.Value.Symbol || loc.Symbol == "" && ln.Num <= c.IP.Line+8 && !o.ended):
			c.IP.Value.Address, c.IP.Value.HasAddress = loc.Address, true
		case c.IP.Value.Symbol != "" && !c.IP.Value.HasOffset && loc.HasOffset && loc.Symbol != "" &&
			len(c.Trace) == 0 && !o.ended && c.IP.Line < ln.Num:
			c.IPWithin.set(loc, ln.Num) // "RIP: 0010:a x.h:1 [inline]", then the one that holds the code
		}
		if o.rule.kind == Warn && loc.Symbol != "" && len(c.Trace) == 0 && !o.ended &&
			c.IP.Line < ln.Num && loc != c.IP.Value {
			c.IP = Fact[Location]{loc, ln.Num} // the first line names the place, RIP says it better
		}
		if rest, ok := cutAfter(text, " lr : "); ok {
			if k, l, ok := placeOf(rest, placeLR); ok && k == placeLR {
				c.LR.set(l, ln.Num)
			}
		}
		o.taskInPlace(ln, text)
		if !o.ended && len(c.Registers) < 200 {
			if regs, _ := parseRegisters(nil, text, ln.Num); len(regs) > 1 { // "pc : [<…>]  lr : [<…>]  psr: …"
				c.addRegisters(regs)
			}
		}
	}
	return true
}

// addRegisters adds those that were not printed before.
func (c *Crash) addRegisters(regs []Register) {
	for _, r := range regs {
		if _, dup := c.Register(r.Name); !dup {
			c.Registers = append(c.Registers, r)
		}
	}
}

func (o *open) interruptedPlace(text string, loc Location) bool {
	c := o.c
	if !o.traced() || o.ended || o.rule.from == fromStall || o.rule.from == fromHang {
		return false
	}
	at32 := strings.HasPrefix(text, "EIP: ") && !strings.HasPrefix(text, "EIP: [") // that is printed again at the end
	if !strings.HasPrefix(text, "RIP: ") && !at32 &&
		!strings.HasPrefix(text, "pc : ") && !strings.HasPrefix(text, "PC is at ") {
		return false
	}
	if !c.IP.Known() {
		return true // its own would have come before the trace: it was lost
	}
	own := c.IP.Value
	return loc.Symbol != own.Symbol || loc.Offset != own.Offset || loc.Symbol == "" && loc.Address != own.Address
}

func (o *open) taskInPlace(ln *frame.Line, text string) {
	if rest, ok := cutAfter(text, " CPU: "); ok && strings.Contains(text, "EFLAGS: ") { // i386, 2.6.23 to 3.x
		o.task(taskLine{cpu: number(rest), pid: -1}, ln.Num)
	}
	if taintIndex(text) >= 0 && !strings.Contains(text, " at ") {
		var t taskLine
		t.takeTaint(strings.Replace(text, " VLI", "", 1))
		o.taint(t, ln.Num)
	}
}

func (o *open) interrupted() {
	if o.rule.from == fromStall && len(o.c.Trace) > 0 && o.afterIRQ < 0 {
		o.afterIRQ = len(o.c.Trace)
		o.trace = traceOpen
	}
}

// registerFacts reads the register dump of kernel mode; the first value of a register counts.
func (o *open) registerFacts(ln *frame.Line, text string) bool {
	c := o.c
	var buf [6]Register
	regs, arch := parseRegisters(buf[:0], text, ln.Num)
	if len(regs) == 0 {
		regs = parsePairs(text, ln.Num)
	}
	if len(regs) == 0 {
		regs, arch = parseNumbered(text, ln.Num, o.nextGPR)
		if !o.others(ln) {
			o.nextGPR = -1
		}
		if arch == S390X && len(regs) > 0 {
			o.nextGPR = atoiOr(regs[len(regs)-1].Name[1:], 15) + 1
			if ln.Clipped {
				o.nextGPR = (o.nextGPR + gprsOfRow - 1) / gprsOfRow * gprsOfRow
			}
		}
	}
	if len(regs) == 0 {
		return strings.HasPrefix(text, "Krnl GPRS:")
	}
	o.modules = false
	switch i := strings.IndexByte(text, '('); {
	case i >= 0 && strings.HasPrefix(text, "EFLAGS"):
		var t taskLine
		t.takeKernel(text[i:])
		o.taint(t, ln.Num)
	case taintIndex(text) >= 0:
		o.taskInPlace(ln, text)
	}
	if o.user || o.ended || len(c.Registers) > 200 {
		return true
	}
	if o.behindTrace(text) {
		o.user = true
		return true
	}
	c.arch(arch)
	if c.Registers == nil {
		c.Registers = make([]Register, 0, 32)
	}
	c.addRegisters(regs)
	for _, r := range regs {
		if o.holdsFault(r.Name) && !o.readForCode(r) {
			c.FaultAddress.set(r.Value, r.Line)
		}
	}
	return true
}

// behindTrace says that a row of registers comes where those of a crash never do: x86 and arm64 print them before the
// trace, or below a place behind it that is the crash's own (panic_on_warn). Others are of user mode, or of what an
// interrupt came into; the line that says so was lost.
func (o *open) behindTrace(text string) bool {
	user32 := strings.HasPrefix(text, "DS: 007b") && strings.Contains(text, " SS: 007b ")
	if user32 || strings.HasPrefix(text, "RSP: 002b:") {
		return true // the stack of user mode
	}
	if !o.traced() || o.placedLate || o.rule.kind == RCUStall || o.rule.from == fromHang {
		return false
	}
	if strings.HasPrefix(text, "CR2:") { // of x86_64 before 2.6.30 or so it is the last line
		return false
	}
	row, _ := rowOf(text)
	return row != noRow
}

// faultAgain takes the address of "CR2: 0000000000000010" behind the trace, where x86 since 2.6.30 or so says once more
// what faulted, if only the register told it so far: the dump itself may have changed that.
func (o *open) faultAgain(ln *frame.Line, text string) {
	c := o.c
	rest, ok := strings.CutPrefix(text, "CR2: ")
	if v, after, hex := parseHex(rest); ok && hex && after == "" && !o.ended && o.holdsFault("cr2") {
		if r, printed := c.Register("cr2"); printed && r.Line == c.FaultAddress.Line {
			c.FaultAddress = Fact[uint64]{}
		}
		c.FaultAddress.set(v, ln.Num)
	}
}

// traced says that the crash's call trace has begun: its head or a mark between entries was there. Entries alone may
// be of a trace that another CPU prints meanwhile.
func (o *open) traced() bool { return o.traces > 0 || o.mark != InUnknown }

// readForCode says that CR2 holds the address at which the kernel could not read the code for its dump ("Code: Unable
// to access opcode bytes at 0xffffffffc0373ff1."): that fault came later.
func (o *open) readForCode(r Register) bool {
	text := o.c.Code.Value.Text
	i := strings.LastIndex(text, "0x")
	return r.Name == "cr2" && i > 0 && hexValue(text[i+2:]) == r.Value
}

// gprsOfRow is how many general registers s390 prints in a row; of one that is cut some are missing.
const gprsOfRow = 4

// uncounted drops the registers of s390 below the first row where the last did not come: they have no names, so a row
// that was lost gives those behind it to others.
func (c *Crash) uncounted() {
	if c.Arch != S390X || len(c.Registers) == 0 {
		return
	}
	if _, all := c.Register("r15"); !all {
		first := c.Registers[0].Line
		c.Registers = slices.DeleteFunc(c.Registers, func(r Register) bool { return r.Line > first })
	}
}

// holdsFault says that a register holds the address that faulted.
func (o *open) holdsFault(name string) bool {
	switch name {
	case "cr2", "badaddr", "dar", "dear":
	default:
		return false
	}
	switch o.c.Kind {
	case NullDeref, PagingRequest, DoubleFault, StackOverflow, Unaligned:
		return true
	case Other:
		return o.rule.title == pageTitle
	}
	return o.headless
}
