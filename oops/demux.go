package oops

import "strings"

// Two CPUs that crash at once print through each other, line by line. Where the kernel does not say who printed a line
// (no CONFIG_PRINTK_CALLER) the grammar of the dumps often can: a dump has its parts in a fixed order, so a row of
// registers belongs to the dump whose registers are at that row, and a frame to the dump whose trace is open. What two
// dumps could have printed is given to neither. So it is for x86 and arm64, whose blocks are known line by line.

// part is a part of an x86 dump, in the order in which arch/x86/kernel/dumpstack.c prints them.
type part uint8

const (
	partHead part = iota
	partTask      // "CPU: 0 PID: …"
	partHardware
	partPlace // RIP:
	partCode
	partRegisters
	partTrace
	partModules // below the trace (oops); a WARN has them below its head
	partEnd     // "---[ end trace"
)

// dump is one of the dumps that are printed through each other.
type dump struct {
	lines    []int // indexes of its lines
	cpu      int   // -1 unknown
	at       part
	register dumpRow // the row of registers that comes next
	arm      bool    // arm64: its Code line stands behind its trace
	place    string  // symbol of its RIP, "" unknown
	prelude  bool    // only the line before its first line was seen
	detailed bool    // its "Oops: 0000 [#1]" was seen
	modules  bool    // rows of "Modules linked in:" are being printed
	again    bool    // behind its end mark the registers are printed again
	unsure   int     // first line that it or another may have printed; 0 none
	left     int     // lines that it or another may have printed
}

// registerRows are the first registers of the rows of an x86-64 dump, in order.
var registerRows = [...]string{"RSP", "RAX", "RDX", "RBP", "R10", "R13", "FS", "CS", "CR2", "DR0", "DR3", "PKRU"}

// demuxWithin is how many lines the second dump may be behind the first, and its CPU's number behind its head.
const demuxWithin = 60

// demultiplex splits a stream without callers where two dumps overlap. The first result is what belongs to none.
func (b *builder) demultiplex(stream []int) (rest []int, dumps []*dump) {
	if !b.manyCPUs(stream) {
		return stream, nil
	}
	first := -1 // position of the head of the dump that has not come to its end yet
	var t tracing
	for k := 0; k < len(stream); k++ {
		text := strings.TrimSpace(b.lines[stream[k]].Text)
		t.line(text)
		if first >= 0 && (k-first > demuxWithin || strings.HasPrefix(text, "---[ end trace")) {
			first = -1
		}
		m, ok := b.headOf(text)
		if ok && t.over() && !b.traceGoesOn(stream[k+1:min(len(stream), k+demuxWithin)]) {
			first = -1
		}
		switch {
		case !ok || m.role == roleDetail || m.role == roleWeak || m.role == rolePanic:
			continue
		case first < 0:
			first, t = k, tracing{}
			continue
		}
		before, _ := b.headOf(strings.TrimSpace(b.lines[stream[first]].Text))
		if before.rule == nil || before.role == rolePrelude {
			first, t = k, tracing{} // the prelude's own first line
			continue
		}
		if !b.twoCPUs(stream[first:min(len(stream), k+demuxWithin)]) {
			continue
		}
		d, used := b.separate(stream[first:])
		rest = append(append(rest, stream[:first]...), stream[first+used:]...)
		return rest, d
	}
	return stream, nil
}

// tracing is how far the trace of the first dump has come.
type tracing struct {
	begun, entries bool
	cut            bool // "[ cut here ]" was printed behind it: another dump begins
	crossed        bool // by an entry that came even later
}

func (t *tracing) line(text string) {
	switch {
	case traceHead(text):
		*t = tracing{begun: true, cut: t.cut}
	case strings.Contains(text, "[ cut here ]"):
		t.cut = true
	case t.begun && traceEntry(text):
		t.entries, t.crossed = true, t.crossed || t.cut
	}
}

// over says that the trace may be at its end: it has entries, and none of them stands behind the beginning of another
// dump.
func (t *tracing) over() bool { return t.entries && !t.crossed }

func traceHead(text string) bool {
	return strings.HasPrefix(text, "Call Trace:") || strings.HasPrefix(text, "Call trace:")
}

// traceGoesOn says that a trace which began before a dump's head is still printed behind it: entries or an end come
// before the dump's own trace, or two ends behind that.
func (b *builder) traceGoesOn(behind []int) bool {
	own, ends := false, 0 // the dump's own trace has begun
	for _, i := range behind {
		text := strings.TrimSpace(b.lines[i].Text)
		end := strings.HasPrefix(text, "---[ end trace")
		switch {
		case !own && (end || traceEntry(text)):
			return true
		case end:
			ends++
		case traceHead(text):
			if own {
				return false
			}
			own = true
		}
	}
	return ends > 1
}

// traceEntry says that text is an entry of a trace and nothing else.
func traceEntry(text string) bool {
	frames := parseFrames(text, false)
	return len(frames) == 1 && !strings.Contains(text, ": ")
}

func (b *builder) headOf(text string) (matched, bool) {
	if !mayStart(text) || userFault(text) {
		return matched{}, false
	}
	return matchRule(text)
}

// lineCPU is the CPU that a task line or the head of a WARN names; -1 if text is neither.
func lineCPU(text string) int {
	if rest, ok := strings.CutPrefix(text, "CPU: "); ok && strings.Contains(text, "PID: ") {
		return number(rest)
	}
	if rest, ok := strings.CutPrefix(text, "WARNING: CPU: "); ok {
		return number(rest)
	}
	return -1
}

// manyCPUs is the cheap test: do the lines name more than one CPU at all?
func (b *builder) manyCPUs(stream []int) bool {
	seen := -1
	for _, i := range stream {
		if b.lines[i].Caller != "" {
			return false
		}
		t := b.lines[i].Text
		if len(t) < 12 || t[0] != 'C' && t[0] != 'W' {
			continue
		}
		if n := lineCPU(t); n >= 0 && n != seen {
			if seen >= 0 {
				return true
			}
			seen = n
		}
	}
	return false
}

func (b *builder) twoCPUs(stream []int) bool {
	seen := -1
	for _, i := range stream {
		if n := lineCPU(strings.TrimSpace(b.lines[i].Text)); n >= 0 {
			if seen >= 0 && n != seen {
				return true
			}
			seen = n
		}
	}
	return false
}

// separate gives each line, from the first head on, to the dump that is at that part. It ends where all dumps have
// ended, or a new head comes that none of them explains, and says how many lines it used.
func (b *builder) separate(stream []int) (dumps []*dump, used int) {
	var last *dump
	quiet := 0
	for k, i := range stream {
		text := strings.TrimSpace(b.lines[i].Text)
		if m, ok := b.headOf(text); ok && m.role != rolePanic {
			d := headDump(dumps, m)
			if d == nil {
				if len(dumps) >= 2 && allEnded(dumps) {
					return dumps, k
				}
				d = &dump{cpu: -1}
				dumps = append(dumps, d)
			}
			d.prelude = m.role == rolePrelude
			d.detailed = d.detailed || m.role == roleDetail
			if n := lineCPU(text); n >= 0 {
				d.cpu = n
			}
			if f := m.groups["func"]; f != "" {
				d.place, _, _ = strings.Cut(f, "+")
			}
			d.lines = append(d.lines, i)
			last, quiet = d, 0
			continue
		}
		d, unsure := nextDump(dumps, last, text)
		if unsure {
			for _, d := range dumps {
				if d.left++; d.unsure == 0 {
					d.unsure = b.lines[i].Num
				}
			}
			continue
		}
		if d == nil {
			if quiet++; quiet > quietRows {
				return dumps, k
			}
			continue
		}
		quiet = 0
		d.lines = append(d.lines, i)
		last = d
	}
	return dumps, len(stream)
}

func allEnded(dumps []*dump) bool {
	for _, d := range dumps {
		if d.at < partEnd {
			return false
		}
	}
	return true
}

// headDump is the dump that a first line goes on: the prelude's, or the one that waits for its "Oops:" line. nil says
// that the line begins a dump.
func headDump(dumps []*dump, m matched) *dump {
	for _, d := range dumps {
		if d.prelude && m.role != rolePrelude || m.role == roleDetail && d.at == partHead && !d.detailed && d.place == "" {
			return d
		}
	}
	return nil
}

// nextDump finds the dump that can have printed text next, and moves it on. unsure says that more than one can.
func nextDump(dumps []*dump, last *dump, text string) (found *dump, unsure bool) {
	can := func(accepts func(*dump) bool) (*dump, bool) {
		var found *dump
		for _, d := range dumps {
			if accepts(d) {
				if found != nil {
					return nil, true
				}
				found = d
			}
		}
		return found, false
	}
	move := func(d *dump, unsure bool, to part) (*dump, bool) {
		if d != nil {
			d.at, d.modules = to, to == partModules
		}
		return d, unsure
	}
	if n := lineCPU(text); n >= 0 {
		d, unsure := can(func(d *dump) bool { return d.cpu == n && d.at == partHead })
		if d == nil && !unsure {
			d, unsure = can(func(d *dump) bool { return d.cpu < 0 && d.at == partHead })
		}
		if d != nil {
			d.cpu = n
		}
		return move(d, unsure, partTask)
	}
	switch {
	case strings.HasPrefix(text, "Hardware name"):
		d, unsure := can(func(d *dump) bool { return d.at == partTask })
		return move(d, unsure, partHardware)
	case strings.HasPrefix(text, "RIP: "), strings.HasPrefix(text, "EIP: "), strings.HasPrefix(text, "pc : "):
		return placeDump(can, text)
	case strings.HasPrefix(text, "Code: "):
		d, unsure := can(func(d *dump) bool { return !d.arm && d.at == partPlace || d.arm && d.at == partTrace })
		if d != nil && d.arm {
			return move(d, unsure, partModules)
		}
		return move(d, unsure, partCode)
	case strings.HasPrefix(text, "Call Trace:"), strings.HasPrefix(text, "Call trace:"):
		d, unsure := can(func(d *dump) bool { return d.at == partRegisters && !d.again && registersEnd(d.register) })
		if d == nil && !unsure { // a dump without registers
			d, unsure = can(func(d *dump) bool { return d.at == partTask || d.at == partHardware })
		}
		return move(d, unsure, partTrace)
	case strings.HasPrefix(text, "Modules linked in:"):
		d, unsure := can(func(d *dump) bool { return d.at == partTrace })
		if d != nil || unsure {
			return move(d, unsure, partModules)
		}
		d, unsure = can(func(d *dump) bool { return d.at == partHead && !d.modules })
		if d != nil {
			d.modules = true
		}
		return d, unsure
	case strings.HasPrefix(text, "---[ end trace"):
		d, unsure := can(func(d *dump) bool { return d.at == partModules || d.at == partTrace })
		if unsure {
			d, unsure = can(func(d *dump) bool { return d.at == partModules })
		}
		return move(d, unsure, partEnd)
	case strings.HasPrefix(text, "Kernel panic"):
		d, unsure := can(func(d *dump) bool { return d.again })
		if d == nil {
			d, unsure = can(func(d *dump) bool { return d.at == partEnd })
		}
		return move(d, unsure, partEnd)
	}
	if row, next := rowOf(text); row != noRow {
		d, unsure := can(func(d *dump) bool { return d.at >= partPlace && d.at <= partRegisters && d.register == row })
		if d != nil {
			d.register = next
			d.at = partRegisters
		}
		return d, unsure
	}
	if _, _, mark := traceMark(text); mark || len(parseFrames(text, false)) > 0 {
		return can(func(d *dump) bool { return d.at == partTrace })
	}
	if moduleRow(text) {
		d, unsure := can(func(d *dump) bool { return d.modules })
		if unsure {
			return last, false // both print the same list: the machine's
		}
		return d, false
	}
	return nil, false
}

// placeDump finds the dump of a RIP line: the one that has this symbol, or waits for its place. Inside a trace it is of
// what the trace interrupted; behind the end mark the place is printed again.
func placeDump(can func(func(*dump) bool) (*dump, bool), text string) (*dump, bool) {
	_, loc, _ := parsePlace(text)
	waits := func(d *dump) bool { return d.at == partTask || d.at == partHardware }
	d, unsure := can(func(d *dump) bool { return waits(d) && d.place == loc.Symbol })
	if d == nil && !unsure {
		d, unsure = can(func(d *dump) bool { return waits(d) && d.place == "" })
	}
	if d == nil && !unsure {
		d, unsure = can(func(d *dump) bool { return d.at == partEnd && d.place == loc.Symbol })
		if d != nil {
			d.again = true
		}
	}
	if d == nil && !unsure {
		return can(func(d *dump) bool { return d.at == partTrace })
	}
	if d != nil {
		d.at, d.register, d.modules = partPlace, firstRow(text), false
		d.arm = strings.HasPrefix(text, "pc : ")
		if d.place == "" {
			d.place = loc.Symbol
		}
	}
	return d, unsure
}

// registerRow is the index into registerRows of a row of registers; -1 if text is none.
func registerRow(text string) int {
	if len(text) < 3 || text[2] != ':' && (len(text) < 5 || text[3] != ':' && text[4] != ':') {
		return -1
	}
	for i := range registerRows {
		name := registerRows[i]
		if text[:2] == name[:2] && len(text) > len(name) && text[len(name)] == ':' && strings.HasPrefix(text, name) {
			return i
		}
	}
	return -1
}
