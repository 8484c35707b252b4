package oops

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// conclude derives what the lines together tell: architecture, access, context, title, culprit, damage, fingerprint.
func (o *open) conclude() {
	c := o.c
	c.open, o.damaged = o, len(c.Damage)
	o.derive()
}

// Reconsider derives title, culprit, context and fingerprint again, after symbols were filled into IP and Trace.
func (c *Crash) Reconsider() {
	if c.open == nil {
		return
	}
	c.AltTitles, c.Culprit, c.Context = nil, Culprit{}, InUnknown
	c.Damage = c.Damage[:c.open.damaged]
	c.open.derive()
}

func (o *open) derive() {
	c := o.c
	c.guessArch()
	c.Code.Value.FromIP = c.Code.Known() && c.codeFromIP()
	c.readKind()
	c.readAccess()
	c.readTrap()
	c.readContext()
	o.titled()
	o.blame()
	o.assess()
	c.fingerprint()
}

// guessArch falls back on names and widths where no register proved the architecture.
func (c *Crash) guessArch() {
	if c.Arch == PPC || c.Arch == MIPS {
		for _, r := range c.Registers {
			if r.Value > 0xffffffff {
				c.Arch = map[Arch]Arch{PPC: PPC64, MIPS: MIPS64}[c.Arch]
				break
			}
		}
		if c.IP.Value.Address > 0xffffffff && c.Arch == PPC {
			c.Arch = PPC64
		}
	}
	if c.Arch == ARM64 && c.IP.Value.HasAddress && c.IP.Value.Address <= 0xffffffff && c.IP.Value.Symbol == "" {
		c.Arch = ARM
	}
	if c.Arch != Unknown {
		return
	}
	if c.Arch = x86Words(c.headline); c.Arch != Unknown {
		return
	}
	for _, s := range [...]struct {
		part string
		arch Arch
	}{{"x86_64", X8664}, {"amd64", X8664}, {"aarch64", ARM64}, {"i686", I386}, {"i586", I386}, {"armv7", ARM}, {"ppc64", PPC64}, {"s390x", S390X}, {"riscv64", RISCV64}, {"ia64", IA64}, {"sparc64", SPARC64}} {
		if strings.Contains(c.Kernel.Value, s.part) {
			c.Arch = s.arch
			return
		}
	}
	for i := range c.Trace {
		name := c.Trace[i].Symbol
		switch {
		case strings.HasPrefix(name, "__x64_sys_"), strings.HasPrefix(name, "entry_SYSCALL_64"), strings.HasPrefix(name, "system_call_fastpath"), strings.HasPrefix(name, "do_syscall_64"), strings.HasPrefix(name, "asm_sysvec_"), strings.HasPrefix(name, "asm_exc_"):
			c.Arch = X8664
		case strings.HasPrefix(name, "__arm64_sys_"), strings.HasPrefix(name, "el0_"), strings.HasPrefix(name, "el1_"), strings.HasPrefix(name, "el0t_64"):
			c.Arch = ARM64
		case strings.HasPrefix(name, "sysenter_"), name == "syscall_call", strings.HasPrefix(name, "entry_SYSENTER_32"), strings.HasPrefix(name, "entry_INT80_32"), name == "kernel_thread_helper":
			c.Arch = I386
		case name == "ret_fast_syscall", name == "__irq_svc", name == "__und_svc", name == "__dabt_svc":
			c.Arch = ARM
		case name == "syscall_common", name == "stack_done", name == "handle_sys", name == "r4k_wait":
			c.Arch = MIPS
			if f := c.Trace[0]; f.Address > 0xffffffff {
				c.Arch = MIPS64
			}
		case strings.HasPrefix(name, "tl0_"), name == "linux_sparc_syscall", name == "linux_sparc_syscall32":
			c.Arch = SPARC64
		case strings.HasPrefix(name, "ret_from_exception") && c.Trace[0].Address > 0xffffffff, strings.HasPrefix(name, "__riscv_sys_"):
			c.Arch = RISCV64
		case name == "system_call_exception", name == ".system_call_exception", name == "system_call_common", name == ".ret_from_kernel_thread":
			c.Arch = PPC
			if c.Trace[0].Address > 0xffffffff {
				c.Arch = PPC64
			}
		case strings.HasPrefix(name, "__s390x_sys_"), strings.HasPrefix(name, "__do_syscall") && c.Trace[0].Address < 0xffffffff && c.Trace[0].HasAddress:
			c.Arch = S390X
		default:
			continue
		}
		return
	}
	if c.Code.Known() && strings.Contains(c.Code.Value.Text, "(") {
		c.Arch = ARM64
		if c.IP.Value.HasAddress && c.IP.Value.Address <= 0xffffffff || len(c.Trace) > 0 && c.Trace[0].HasAddress && c.Trace[0].Address <= 0xffffffff {
			c.Arch = ARM
		}
		return
	}
	c.Arch = c.era.addressArch()
}

// x86Words tells the two x86 architectures by first lines that only they print (arch/x86/mm/fault.c, traps.c,
// dumpstack.c) and the width of the addresses in them.
func x86Words(headline string) Arch {
	for _, words := range [...]string{"BUG: unable to handle", "BUG: kernel NULL pointer dereference", "stack guard page was hit", "general protection fault"} {
		_, rest, ok := strings.Cut(headline, words)
		if !ok {
			continue
		}
		for w := range strings.FieldsSeq(rest) {
			w = strings.TrimLeft(strings.TrimPrefix(w, "0x"), "(")
			switch n := hexLen(w); {
			case n == 16:
				return X8664
			case n == 8 && n == len(w):
				return I386
			}
		}
	}
	return Unknown
}

// readKind makes the kind more exact where the words of the first line leave it open.
func (c *Crash) readKind() {
	switch c.Kind {
	case InvalidOpcode:
		// BUG() is ud2; its own line was lost, or the kernel has no CONFIG_BUG_VERBOSE
		if strings.Contains(c.Code.Value.Text, "<0f> 0b") {
			c.Kind = Bug
		}
	case PagingRequest:
		// mips, alpha, s390, powerpc and others have the same words for all addresses
		if c.FaultAddress.Known() && c.FaultAddress.Value == 0 {
			c.Kind = NullDeref
		}
	}
}

// readAccess derives the kind of access from the error code where no line said it. x86: bit 1 write, bit 4 fetch
// (arch/x86/include/asm/trap_pf.h); arm64: ESR_EL1, class 0x20/0x21 is a fetch, bit 6 of a data abort a write.
func (c *Crash) readAccess() {
	if c.Access.Known() || !c.ErrorCode.Known() || c.Kind != NullDeref && c.Kind != PagingRequest {
		return
	}
	code, line := c.ErrorCode.Value, c.ErrorCode.Line
	switch {
	case c.Arch.X86():
		switch {
		case code&0x10 != 0:
			c.Access.set("exec", line)
		case code&2 != 0:
			c.Access.set("write", line)
		default:
			c.Access.set("read", line)
		}
	case c.Arch == ARM64 && code > 0xffff:
		switch class := code >> 26 & 0x3f; {
		case class == 0x20 || class == 0x21:
			c.Access.set("exec", line)
		case class == 0x24 || class == 0x25:
			c.Access.set([2]string{"read", "write"}[code>>6&1], line)
		}
	}
}

// readTrap tells a BUG() whose own line was lost by its instruction: ud2 on x86 (asm/bug.h).
func (c *Crash) readTrap() {
	if c.Kind == InvalidOpcode && c.Arch.X86() && strings.Contains(c.Code.Value.Text, "<0f> 0b") {
		c.Kind = Bug
	}
}

// softirqFrames and hardirqFrames tell the context: the innermost that stands in the trace decides.
var (
	softirqFrames = wordSet(`do_softirq __do_softirq ___do_softirq handle_softirqs net_rx_action process_backlog __napi_poll napi_poll call_softirq do_softirq_own_stack
		run_timer_softirq call_timer_fn expire_timers tasklet_action tasklet_action_common rcu_core rcu_process_callbacks __rcu_process_callbacks rcu_do_batch invoke_softirq run_ksoftirqd
		__napi_schedule net_tx_action netif_receive_skb process_backlog blk_done_softirq`)
	hardirqFrames = wordSet(`do_IRQ handle_irq handle_irq_event handle_irq_event_percpu __handle_irq_event_percpu common_interrupt __common_interrupt hrtimer_interrupt
		__hrtimer_run_queues __run_hrtimer gic_handle_irq generic_handle_irq handle_IRQ_event smp_call_function_interrupt flush_smp_call_function_queue sysvec_apic_timer_interrupt
		__sysvec_apic_timer_interrupt smp_apic_timer_interrupt sysvec_call_function_single handle_domain_irq timer_interrupt`)
)

// readContext tells where the CPU was. "Fatal exception in interrupt" alone does not say which interrupt.
func (c *Crash) readContext() {
	for i := range c.Trace {
		f := &c.Trace[i]
		if !f.Reliable || f.Symbol == "" {
			continue
		}
		name := BareName(f.Symbol)
		switch {
		case f.Context == InNMI:
			c.Context = InNMI
		case softirqFrames[name]:
			c.Context = InSoftirq
		case hardirqFrames[name]:
			c.Context = InHardirq
		case f.Context == InTask && i > 0 && c.Trace[i-1].Context != f.Context && c.Trace[i-1].Context != InUnknown:
			// the marks end the interrupt's part of the trace before any frame told which it was
		default:
			continue
		}
		if c.Context != InUnknown {
			return
		}
	}
	switch {
	case strings.Contains(c.Panic.Value, "in interrupt"):
		c.Context = InSoftirq
		if len(c.Trace) == 0 {
			c.Context = InUnknown
		}
	case len(c.Trace) > 0 && c.Trace[0].Context == InHardirq:
		c.Context = InHardirq
	case len(c.Trace) > 1:
		c.Context = InTask
	}
}

// blame fills Culprit: the title's function, in words, with netfilter's dispatchers below what they call.
func (o *open) blame() {
	c := o.c
	f, why := o.suspect()
	if f == nil {
		return
	}
	if netfilterDispatch[BareName(f.Symbol)] && f != &c.IP.Value {
		if g := belowDispatch(c.Trace, f); g != nil {
			f, why = g, "the innermost function that a dispatcher called"
		}
	}
	c.Culprit = Culprit{Symbol: f.Symbol, Module: f.Module, File: f.File, Line: f.Line, Why: why, At: o.lineOf(f)}
	if c.Culprit.File == "" && c.Source.Known() && f == &c.IP.Value {
		c.Culprit.File, c.Culprit.Line = c.Source.Value.File, c.Source.Value.Line
	}
}

// suspect is the function to blame and the reason.
func (o *open) suspect() (*Location, string) {
	c := o.c
	ip := &c.IP.Value
	switch o.rule.from {
	case fromStall:
		if !c.IP.Known() {
			ip = nil
		}
		if f := o.leafCaller(); f != nil {
			return f, "it was running when the stall was found"
		}
		if f := firstBlamed(ip, c.Trace[o.stallBegin():], nil); f != nil {
			return f, "it was running when the stall was found"
		}
	case fromWork:
		return o.workFrom(0, false), "the work that filled the stack began in it"
	case fromHang:
		return o.hangFrame(false), "it waits, through functions that wait for their caller"
	case fromLock, fromSafe:
		if f := o.blamed("{F}"); f != nil && len(o.locks) > 0 {
			return f, "the lock in question was taken here"
		}
	case fromLine:
		loc := o.lineFunction()
		if loc == nil || o.titleFromTrace() {
			break
		}
		if ip.Symbol != "" && BareName(ip.Symbol) == BareName(loc.Symbol) {
			loc = ip
		}
		if !isPlumbing(loc) {
			if o.rule.kind == Warn {
				return loc, "the check that failed is in it"
			}
			return loc, "the access that was reported is in it"
		}
		return o.blamed("{F}"), "it called " + loc.Symbol + ", which does what its callers ask for"
	}
	if o.rule.from != fromIP && o.rule.from != fromNone {
		return o.blamed("{F}"), "the innermost function of the trace that is not plumbing"
	}
	if !c.IP.Known() {
		ip = nil
	}
	f := firstBlamed(ip, c.Trace, o.extra())
	switch {
	case f != ip && o.leafCaller() != nil:
		return o.leafCaller(), "it called " + ip.Symbol + ", which does what its callers ask for"
	case f == nil:
		return firstBlamed(ip, c.Trace, nil), "the innermost function of the trace that is not plumbing"
	case f == ip && (c.Kind == Warn || c.Kind == Bug || c.Kind == Refcount):
		return f, "the check that failed is in it"
	case f == ip:
		return f, "the instruction that faulted is in it"
	case ip != nil && ip.Symbol != "" && isPlumbing(ip):
		return f, "it called " + ip.Symbol + ", which does what its callers ask for"
	}
	return f, "the innermost function of the trace that is not plumbing"
}

// leafCaller is the function in the link register where the faulting function is plumbing and made no frame of its
// own: traces by frame pointer (arm64, arm) then miss its caller. nil otherwise.
func (o *open) leafCaller() *Location {
	c := o.c
	lr := &c.LR.Value
	if !c.IP.Known() || c.IP.Value.Symbol == "" || !isPlumbing(&c.IP.Value) || lr.Symbol == "" || isPlumbing(lr) || lr.Symbol == c.IP.Value.Symbol {
		return nil
	}
	for i := range c.Trace {
		if c.Trace[i].Symbol == lr.Symbol {
			return nil
		}
	}
	return lr
}

// titleFromTrace: the place that the first line names is a checker's.
func (o *open) titleFromTrace() bool {
	return o.rule.kind == Warn && o.c.Source.Known() && checkerTitle("", o.c.Source.Value.File, BareName(o.c.IP.Value.Symbol)) != ""
}

// lineOf is the line that a location was read from, 0 if it was made up.
func (o *open) lineOf(f *Location) int {
	c := o.c
	if f == &c.IP.Value {
		return c.IP.Line
	}
	for i := range c.Trace {
		if &c.Trace[i].Location == f {
			return c.Trace[i].InLine
		}
	}
	if f == &c.LR.Value {
		return c.LR.Line
	}
	for i := range o.locks {
		if &o.locks[i] == f {
			return o.lockLine
		}
	}
	return c.FirstLine
}

// belowDispatch is the frame that a dispatcher called, where the trace shows one that is marked as a guess.
func belowDispatch(trace []Frame, f *Location) *Location {
	for i := range trace {
		if &trace[i].Location != f {
			continue
		}
		for j := i - 1; j >= 0; j-- {
			if g := &trace[j].Location; g.Symbol != "" && g.Module != "" && !isPlumbing(g) {
				return g
			}
		}
	}
	return nil
}

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
	fault := isFault(c.Kind) || c.Kind == Other && o.rule.from == fromIP || o.headless && c.Kind != Panic
	panicOnly := o.rule.role == rolePanic
	part(true, !o.headless && !(panicOnly && strings.HasPrefix(c.Panic.Value, "Fatal exception")), DamageHeaderLost, "the first line of the crash is not in the log")
	part(fault || c.Code.Known(), c.IP.Known(), DamageNoIP, "the faulting instruction was not printed")
	frames := 0
	for i := range c.Trace {
		if c.Trace[i].Symbol != "" || c.Trace[i].HasAddress {
			frames++
		}
	}
	needsTrace := o.rule.from != fromNone || fault || panicOnly && strings.HasPrefix(c.Panic.Value, "Fatal exception")
	part(needsTrace, frames > 0, DamageNoTrace, "no call trace")
	part(fault && !panicOnly, len(c.Registers) > 0, DamageNoRegisters, "no register dump")
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
	case o.mixed > 0:
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

// announced: panics that only say that something had gone wrong before.
func announced(reason string) bool {
	for _, r := range [...]string{"Fatal exception", "panic_on_warn", "kernel: panic_on_warn", "hung_task", "softlockup", "Oops: Fatal exception", "Couldn't open N_TTY"} {
		if strings.HasPrefix(reason, r) {
			return true
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

// fingerprint fills Fingerprint. Similar uses the kind's family and the first six frames that are not plumbing,
// without suffixes, offsets and addresses; Exact adds build, offsets and the faulting place.
func (c *Crash) fingerprint() {
	const depth = 6
	var names []string
	if c.IP.Known() && c.IP.Value.Symbol != "" && !isPlumbing(&c.IP.Value) {
		names = append(names, BareName(c.IP.Value.Symbol))
	}
	for i := range c.Trace {
		f := &c.Trace[i]
		if len(names) >= depth {
			break
		}
		if f.Reliable && f.Symbol != "" && !isPlumbing(&f.Location) {
			if n := BareName(f.Symbol); len(names) == 0 || names[len(names)-1] != n {
				names = append(names, n)
			}
		}
	}
	if len(names) == 0 {
		if c.Culprit.Symbol == "" && !c.Code.Known() {
			names = append(names, c.Title)
		} else {
			names = append(names, BareName(c.Culprit.Symbol), c.Code.Value.Text)
		}
	}
	similar := family(c.Kind) + "\n" + strings.Join(names, "\n")
	exact := similar + "\n" + c.Kernel.Value + "\n" + c.Build.Value + "\n" + c.IP.Value.Symbol +
		fmt.Sprintf("+%#x/%#x\n", c.IP.Value.Offset, c.IP.Value.Size) + c.Code.Value.Text
	c.Fingerprint = Fingerprint{Exact: digest(exact), Similar: digest(similar)}
}

// family joins the kinds that one bug can show itself as.
func family(k Kind) string {
	switch k {
	case NullDeref, PagingRequest, GPF, StackSegment, ListCorruption:
		return "bad-access"
	case SoftLockup, HardLockup, RCUStall:
		return "stall"
	}
	if strings.HasPrefix(string(k), string(kasanPrefix)) || strings.HasPrefix(string(k), string(kfencePrefix)) {
		return "bad-access"
	}
	return string(k)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}
