package oops

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
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
	if c.open.trapKind != "" {
		c.Kind = c.open.trapKind
	}
	c.open.derive()
}

func (o *open) derive() {
	c := o.c
	c.guessArch()
	c.uncounted()
	c.Code.Value.FromIP = c.Code.Known() && c.codeFromIP()
	o.readKind()
	c.readAccess()
	c.readTrap()
	doubted := o.allDoubted()
	for i := range c.Trace {
		c.Trace[i].Reliable = c.Trace[i].Reliable || doubted
	}
	c.readContext()
	o.titled()
	o.blame()
	o.assess()
	c.fingerprint()
	for i := range c.Trace {
		c.Trace[i].Reliable = c.Trace[i].Reliable && !doubted
	}
	o.shadowKind()
}

// allDoubted says that the kernel marked every entry of the trace with '?', as x86 kernels without frame pointers do
// from 2.6.2x to 4.13 (Red Hat's 2.6.32 is one). The marks then tell nothing, and the entries are believed.
func (o *open) allDoubted() bool {
	const enough = 3
	c := o.c
	switch o.rule.kind {
	case DoubleFault, StackOverflow, kasanPrefix:
		return false
	}
	for i := range c.Trace {
		if f := &c.Trace[i]; f.Reliable && f.Symbol != "" || !f.HasAddress {
			return false
		}
	}
	return len(c.Trace) >= enough
}

// shadowKind makes a GPF that KASAN explains one of KASAN's kinds (mm/kasan/report.c kasan_non_canonical_hook(), since
// 5.4): the fault was in its shadow memory, the access that it checked was bad. Title and fingerprint stay those of the
// trap, as syzbot has them.
func (o *open) shadowKind() {
	c := o.c
	if o.shadowed == "" || c.Kind != GPF {
		return
	}
	o.trapKind = c.Kind
	c.Kind = kasanPrefix + Kind(o.shadowed)
}

// shadowWord is the word of "KASAN: null-ptr-deref in range […]", "KASAN: maybe wild-memory-access in range […]".
func shadowWord(text string) string {
	rest, ok := strings.CutPrefix(text, "KASAN: ")
	if !ok || !strings.Contains(rest, " in range [") {
		return ""
	}
	for _, w := range [...]string{"null-ptr-deref", "wild-memory-access", "user-memory-access"} {
		if what, _, _ := strings.Cut(rest, " in range ["); strings.HasSuffix(what, w) {
			return w
		}
	}
	return ""
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
	}{
		{"x86_64", X8664},
		{"amd64", X8664},
		{"aarch64", ARM64},
		{"i686", I386},
		{"i586", I386},
		{"armv7", ARM},
		{"ppc64", PPC64},
		{"Octeon", MIPS64},
		{"s390x", S390X},
		{"riscv64", RISCV64},
		{"ia64", IA64},
		{"sparc64", SPARC64},
	} {
		if strings.Contains(c.Kernel.Value, s.part) {
			c.Arch = s.arch
			return
		}
	}
	if c.Arch = archOfNames(c.Trace); c.Arch != Unknown {
		return
	}
	if c.open != nil {
		if c.Arch = archOfNames(c.open.tracks); c.Arch != Unknown {
			return
		}
	}
	if c.Code.Known() && strings.Contains(c.Code.Value.Text, "(") {
		c.Arch = ARM64
		if c.IP.Value.HasAddress && c.IP.Value.Address <= 0xffffffff ||
			len(c.Trace) > 0 && c.Trace[0].HasAddress && c.Trace[0].Address <= 0xffffffff {
			c.Arch = ARM
		}
		return
	}
	c.Arch = c.era.addressArch()
}

// x86Words tells the two x86 architectures by first lines that only they print (arch/x86/mm/fault.c, traps.c,
// dumpstack.c) and the width of the addresses in them.
func x86Words(headline string) Arch {
	for _, words := range [...]string{
		"BUG: unable to handle",
		"BUG: kernel NULL pointer dereference",
		"stack guard page was hit",
		"general protection fault",
	} {
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
func (o *open) readKind() {
	c := o.c
	switch c.Kind {
	case Other:
		// "Oops: 0000 [#1]" is a page fault; the line that says which came before it
		if o.rule.title == pageTitle && c.FaultAddress.Known() {
			if c.Kind = PagingRequest; c.FaultAddress.Value < firstPage {
				c.Kind = NullDeref
			}
		}
	case InvalidOpcode:
		// BUG() is ud2; its own line was lost, or the kernel has no CONFIG_BUG_VERBOSE
		if strings.Contains(c.Code.Value.Text, "<0f> 0b") {
			c.Kind = Bug
		}
	case PagingRequest:
		// mips, alpha, s390, powerpc and others have the same words for all addresses
		if c.FaultAddress.Known() && c.FaultAddress.Value == 0 && !strings.HasPrefix(c.headline, "Unhandled fault") {
			c.Kind = NullDeref
		}
	}
}

// firstPage is below what the kernel calls a NULL pointer dereference: the size of a page.
const firstPage = 4096

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
		switch class := code >> 26 & 0x3f; class {
		case 0x20, 0x21:
			c.Access.set("exec", line)
		case 0x24, 0x25:
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
	softirqFrames = wordSet(`
		do_softirq __do_softirq ___do_softirq handle_softirqs net_rx_action process_backlog __napi_poll napi_poll
		call_softirq do_softirq_own_stack run_timer_softirq call_timer_fn expire_timers tasklet_action
		tasklet_action_common rcu_core rcu_process_callbacks __rcu_process_callbacks rcu_do_batch invoke_softirq
		run_ksoftirqd __napi_schedule net_tx_action netif_receive_skb process_backlog blk_done_softirq
	`)
	hardirqFrames = wordSet(`
		do_IRQ handle_irq handle_irq_event handle_irq_event_percpu __handle_irq_event_percpu common_interrupt
		__common_interrupt hrtimer_interrupt __hrtimer_run_queues __run_hrtimer gic_handle_irq generic_handle_irq
		handle_IRQ_event smp_call_function_interrupt flush_smp_call_function_queue sysvec_apic_timer_interrupt
		__sysvec_apic_timer_interrupt smp_apic_timer_interrupt sysvec_call_function_single handle_domain_irq
		timer_interrupt
	`)
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
			for j := range c.Trace[:i+1] {
				if g := &c.Trace[j]; g.Context == InHardirq {
					g.Context = InSoftirq // the unwinder's mark is that of the stack, which softirqs share
				}
			}
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
	case c.Kind == StackOverflow || c.Kind == DoubleFault:
		// these run on a stack of their own, which makes the panic line speak of an interrupt
		if len(c.Trace) > 1 {
			c.Context = InTask
		}
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

// fingerprint fills Fingerprint. Similar uses the kind's family and the first six frames that are not plumbing,
// without suffixes, offsets and addresses; Exact adds build, offsets and the faulting place.
func (c *Crash) fingerprint() {
	const depth = 6
	b := make([]byte, 0, 512)
	b = append(b, family(c.Kind)...)
	names, last := 0, ""
	add := func(name string) {
		b = append(append(b, '\n'), name...)
		names, last = names+1, name
	}
	if c.IP.Known() && c.IP.Value.Symbol != "" && !isPlumbing(&c.IP.Value) {
		add(BareName(c.IP.Value.Symbol))
	}
	for i := range c.Trace {
		f := &c.Trace[i]
		if names >= depth {
			break
		}
		if f.Reliable && f.Symbol != "" && !isPlumbing(&f.Location) {
			if n := BareName(f.Symbol); names == 0 || n != last {
				add(n)
			}
		}
	}
	switch {
	case names > 0:
	case c.Culprit.Symbol == "" && !c.Code.Known():
		add(c.Title)
	default:
		add(BareName(c.Culprit.Symbol))
		add(c.Code.Value.Text)
	}
	c.Fingerprint.Similar = digest(b)
	for _, s := range [...]string{c.Kernel.Value, c.Build.Value, c.IP.Value.Symbol} {
		b = append(append(b, '\n'), s...)
	}
	b = fmt.Appendf(b, "+%#x/%#x\n%s", c.IP.Value.Offset, c.IP.Value.Size, c.Code.Value.Text)
	c.Fingerprint.Exact = digest(b)
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

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
