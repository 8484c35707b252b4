package oops

import (
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// assess fills Damage, Completeness and Corrupted.
func (o *open) assess() {
	c := o.c
	want, have := 0, 0
	part := func(expected, there bool, kind, detail string) {
		if !expected {
			return
		}
		want++
		if there {
			have++
		} else if kind != "" {
			c.damage(kind, 0, detail)
		}
	}
	panicOnly := o.rule.role == rolePanic // panic() prints no registers and no code, only a trace
	fault := !panicOnly && (isFault(c.Kind) || c.Kind == Other && o.rule.from == fromIP || o.headless && c.Kind != Panic)
	fatalException := panicOnly && strings.HasPrefix(c.Panic.Value, "Fatal exception")
	part(true, !o.headless && !fatalException, DamageHeaderLost, "the first line of the crash is not in the log")
	part(fault || c.Code.Known(), c.IP.Known(), DamageNoIP, "no line with EIP, RIP or pc: the place is not known")
	frames := 0
	for i := range c.Trace {
		if c.Trace[i].Symbol != "" || c.Trace[i].HasAddress {
			frames++
		}
	}
	needsTrace := o.rule.from != fromNone || fault || fatalException
	part(needsTrace, frames > 0, DamageNoTrace, "no call trace")
	part(fault, len(c.Registers) > 0, DamageNoRegisters, "no register dump")
	part(fault || c.Code.Known(), c.Code.Known(), DamageNoCode, "no Code: line")
	part(true, c.Kernel.Known(), "", "")
	part(true, c.Comm.Known() || c.PID.Known() || c.CPU.Known(), "", "")
	if want > 0 {
		c.Completeness = float64(have*100/want) / 100
	}
	for i := range c.Lines {
		if c.Lines[i].Cut {
			c.damage(DamageLongLine, c.Lines[i].Num, "a line longer than the reader keeps in one piece")
		}
		if c.Lines[i].Last > c.Lines[i].Num {
			c.damage(DamageWrapped, c.Lines[i].Num, fmt.Sprintf("%d rows joined to one line", c.Lines[i].Last-c.Lines[i].Num+1))
			break
		}
	}
	for i := range c.Lines {
		if ln := &c.Lines[i]; ln.Clipped {
			c.damage(DamageCut, ln.Num, fmt.Sprintf("rows are cut at column %d: last words are left out", len(ln.Raw)))
			break
		}
	}
	o.gaps()
	c.Corrupted = o.corrupted(frames)
}

// corrupted is syzbot's notion: the title or the trace cannot be trusted. Each reason is a Damage entry.
func (o *open) corrupted(frames int) bool {
	c := o.c
	before := len(c.Damage)
	lost := 0
	for i := range c.Damage {
		if c.Damage[i].Kind == DamageLost {
			lost++
		}
	}
	switch {
	case strings.Contains(c.Title, " in "+unknownFunction):
		c.damage(DamageNoTrace, 0, "nothing tells which function is to blame")
	case o.headless, o.rule.role == rolePanic && !c.IP.Known() && announced(c.Panic.Value):
		c.damage(DamageHeaderLost, 0, "the crash that led to the panic is not in the log")
	case o.mixed > 0 && !o.blamedAbove(o.mixed):
		c.damage(DamageInterleaved, o.mixed, "another stack dump came between the lines of this one")
	case strings.HasSuffix(c.Title, ":"):
		c.damage(DamageCut, c.FirstLine, "the message is cut")
	case lost >= 3:
		c.damage(DamageLost, 0, "messages were dropped again and again")
	case o.needsFrames() && frames == 0:
		c.damage(DamageNoTrace, 0, "the call trace did not come")
	case o.needsFrames() && o.noReliable():
		c.damage(DamageNoTrace, 0, "no frame of the call trace is reliable")
	}
	return len(c.Damage) > before
}

// blamedAbove says that the trace had come to the function to blame before another dump took the console.
func (o *open) blamedAbove(line int) bool {
	c := o.c
	for i := range c.Trace {
		if f := &c.Trace[i]; f.InLine >= line {
			return false
		} else if f.Symbol == c.Culprit.Symbol && f.Reliable {
			return o.rule.kind == kasanPrefix
		}
	}
	return false
}

// needsFrames says that a crash of this kind is nothing without a call trace.
func (o *open) needsFrames() bool {
	switch {
	case o.rule.from == fromLast, o.rule.role == rolePanic && o.rule.from == fromLine:
		return false
	case o.rule.kind == PageState && o.rule.from == fromNone:
		return strings.HasPrefix(o.c.headline, "BUG ")
	case strings.Contains(o.rule.title, "returning to user space"):
		return false // the kernel prints none
	}
	return o.rule.from != fromNone || strings.Contains(o.rule.title, "{access}")
}

// noReliable says that a sanitizer's or a double fault's trace has no frame that the unwinder vouches for.
func (o *open) noReliable() bool {
	switch o.rule.kind {
	case kasanPrefix:
		loc := o.lineFunction()
		return (loc == nil || isPlumbing(loc)) && o.onlyPlumbing()
	case DoubleFault, StackOverflow:
		return o.onlyPlumbing()
	}
	return false
}

// gaps notes jumps of the records' sequence numbers inside the crash. A gap is no proof of loss: records below the
// console's log level are not sent; crash output is not below it.
func (o *open) gaps() {
	last := int64(-1)
	for i := range o.c.Lines {
		ln := &o.c.Lines[i]
		if ln.Seq < 0 || ln.Format&frame.Dict != 0 {
			continue
		}
		if last >= 0 && ln.Seq > last+1 {
			o.c.damage(DamageGap, ln.Num, fmt.Sprintf("records %d to %d are not in the log", last+1, ln.Seq-1))
		}
		last = ln.Seq
	}
}
