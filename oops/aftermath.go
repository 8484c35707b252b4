package oops

// What comes after a crash because of it belongs to its incident: a task that oopsed dies and may oops again on its way
// out, and a stall is reported anew as long as it lasts.

// aftermathReach is how many lines behind a crash the next oops of the same task may be.
const aftermathReach = 40

// joinAftermath adds c to the crash that it follows from. It reports whether there is one.
func (b *builder) joinAftermath(c *Crash) bool {
	own := b.done[b.streamStart:]
	for i := len(own) - 1; i >= 0; i-- {
		p := own[i]
		switch {
		case repeatedStall(p, c):
		case i == len(own)-1 && dyingTask(p, c):
		default:
			continue
		}
		p.FollowOn = append(append(p.FollowOn, FollowOn{Title: c.Title, Line: c.FirstLine}), c.FollowOn...)
		fill(&p.Panic, c.Panic)
		fill(&p.KernelOffset, c.KernelOffset)
		if c.Severity == SevPanic {
			p.Severity = SevPanic
		}
		if i == len(own)-1 {
			p.join(p, c)
		}
		return true
	}
	return false
}

// repeatedStall says that c is a further report of p: the same task does not go on, or the same CPU is stuck in it.
func repeatedStall(p, c *Crash) bool {
	switch c.Kind {
	case SoftLockup, HungTask, RCUStall:
	default:
		return false
	}
	if p.Kind != c.Kind || !sameTask(p, c) || differ(p.CPU, c.CPU) || p.Panic.Known() {
		return false
	}
	from, to := p.Lines[len(p.Lines)-1].Usec, c.Lines[0].Usec
	return from < 0 || to < 0 || to-from <= stallAgain && to >= from
}

// stallAgain is the longest time in microseconds after which a stall that lasts is reported again: RCU's, three times
// its time-out of 60 s (kernel/rcu/tree_stall.h).
const stallAgain = 190 * 1000000

// dyingTask says that c is the next oops of the task that crashed in p (kernel/exit.c make_task_dead()).
func dyingTask(p, c *Crash) bool {
	gap := c.FirstLine - p.LastLine
	return isFault(p.Kind) && isFault(c.Kind) && gap >= 0 && gap <= aftermathReach && sameTask(p, c) && !p.Panic.Known() &&
		p.PID.Value != 0 && p.Number.Known() && c.Number.Known() && c.Number.Value == p.Number.Value+1
}

// sameTask says that both are known to be of one task.
func sameTask(p, c *Crash) bool {
	return p.PID.Known() && c.PID.Known() && p.PID.Value == c.PID.Value && p.Comm.Value == c.Comm.Value
}
