package oops

import "strings"

// follows says that a new first line belongs to the incident that is open: a crash inside the crash, what a
// sanitizer announced, or the complaints of a dying machine.
func (b *builder) follows(m matched) bool {
	o := b.cur
	if o.weak || o.headless {
		return false
	}
	gap := o.quiet
	faulty := isFault(m.kind)
	switch {
	case o.waitsForStall() && m.kind == Warn:
		return true
	case o.c.Panic.Known() && o.ended:
		return m.role != rolePrelude || gap < quietRows
	case !o.ended && isFault(o.c.Kind) && gap <= 12 &&
		(faulty || m.kind == AtomicSleep || m.kind == Warn && len(o.c.Trace) == 0):
		return true
	case o.ended && isFault(o.c.Kind) && m.kind == AtomicSleep && gap <= 30:
		return true
	case o.ended && isFault(o.c.Kind) && m.kind == Warn && gap <= 30:
		return o.leftBehind(m)
	}
	return false
}

// anotherBoot says that the first line i cannot be of the boot of the crash that is open: its dump has no higher number
// than that one ("[#1]" counts the dumps of a boot: arch/*/kernel, die()), or it is the same line behind a panic.
// Several logs are in one file, or one log is in it several times.
func (b *builder) anotherBoot(i int, text string) bool {
	const near = 12 // lines below a first line where the number stands
	c := b.cur.c
	if b.cur.ended && c.Panic.Known() && text == c.headline {
		return true
	}
	if !c.Number.Known() || b.mixed != nil {
		return false
	}
	for j := i; j < min(i+near, len(b.lines)) && (j == i || b.lines[j].Caller == b.lines[i].Caller); j++ {
		switch t := b.lines[j].Text; {
		case strings.Contains(t, "[#"):
			return oopsNumber(t) <= c.Number.Value
		case traceHead(strings.TrimSpace(t)):
			return false
		}
	}
	return false
}

// leftBehind says that a warning behind a crash is of its making: the dying task's own, or of the CPU that it left with
// interrupts off ("note: init[94] exited with irqs disabled").
func (o *open) leftBehind(m matched) bool {
	if pid := m.groups["pid"]; pid != "" && pid != "0" && o.c.PID.Known() && atoiOr(pid, -1) == o.c.PID.Value {
		return true
	}
	cpu := m.groups["cpu"]
	return o.unsound && (cpu == "" || !o.c.CPU.Known() || atoiOr(cpu, -1) == o.c.CPU.Value)
}

// waitsForStall: a stall was announced and its dump has not begun. A WARN that comes now is of the code that prints it;
// its trace shows what the stall's would.
func (o *open) waitsForStall() bool {
	return o.rule.kind == RCUStall && len(o.c.Trace) == 0 && o.age <= 6
}

// announces: a report after which the access itself still happens, and may fault.
func (c *Crash) announces() bool {
	return strings.HasPrefix(string(c.Kind), string(kasanPrefix)) ||
		strings.HasPrefix(string(c.Kind), string(kfencePrefix)) ||
		c.Kind == UBSAN || c.Kind == Refcount
}

// isFault: the kinds at which the CPU stopped at an instruction.
func isFault(k Kind) bool {
	switch k {
	case NullDeref, PagingRequest, GPF, StackSegment, Bug, ListCorruption,
		DivideError, InvalidOpcode, DoubleFault, StackOverflow, Unaligned:
		return true
	}
	return false
}

func isOverflow(k Kind) bool { return k == StackOverflow || k == DoubleFault }
