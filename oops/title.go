package oops

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// titled fills Title and AltTitles. unknownFunction is syzbot's word for a title whose function is not known.
const unknownFunction = "corrupted"

func (o *open) titled() {
	c := o.c
	title, alt := o.rule.title, o.rule.alt
	if o.rule.kind == Warn && c.Source.Known() {
		for _, w := range warnTitles {
			if strings.HasSuffix(c.Source.Value.File, w.file) {
				title = w.title
				break
			}
		}
	}
	f := o.blamed(title)
	name := unknownFunction
	if f != nil {
		name = titleName(f.Symbol)
		if strings.HasPrefix(f.Symbol, "_R") || strings.HasPrefix(f.Symbol, "_ZN") {
			if d, err := demangle.ToString(f.Symbol, demangle.NoClones); err == nil {
				name = d
			}
		}
	}
	c.Title = o.fill(title, name)
	if alt != "" && name != unknownFunction {
		if a := o.fill(alt, name); a != c.Title {
			c.AltTitles = append(c.AltTitles, a)
		}
	}
	if f != nil && name != BareName(f.Symbol) {
		c.AltTitles = append(c.AltTitles, o.fill(title, BareName(f.Symbol)))
	}
}

// fill puts the function and the groups into a title.
func (o *open) fill(title, name string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(title, "{")
		b.WriteString(before)
		if !ok {
			break
		}
		key, after, ok := strings.Cut(rest, "}")
		if !ok {
			break
		}
		title = after
		key, otherwise, _ := strings.Cut(key, "|")
		v := ""
		switch key {
		case "F":
			b.WriteString(name)
			continue
		case "access":
			if v = o.c.Access.Value; v != "" {
				v = strings.ToUpper(v[:1]) + v[1:]
			}
		case "panic":
			v = o.c.Panic.Value
		case "panicmsg":
			v = o.panicMessage()
		case "func":
			v = titleName(o.rule.groups["func"])
		case "other":
			if v = o.rule.groups["other"]; v != "" {
				v = " / " + titleName(v)
			}
		case "what":
			v = strings.ToLower(o.rule.groups["what"])
			if o.rule.from == fromNone {
				v = o.rule.groups["what"]
			}
			if o.rule.kind == UBSAN {
				v = strings.ReplaceAll(v, " ", "-")
			}
		default:
			v = o.rule.groups[key]
		}
		if v == "" {
			v = otherwise
		}
		b.WriteString(generalise(v))
	}
	return sanitize(b.String())
}

// panicMessage is the line below "rust_kernel: panicked at …:", which says why.
func (o *open) panicMessage() string { return o.rule.groups["msg"] }

// blamed is the function of the title: where its rule looks, past the plumbing.
func (o *open) blamed(title string) *Location {
	c := o.c
	if !strings.Contains(title, "{F}") {
		return nil
	}
	switch o.rule.from {
	case fromLock:
		if o.lock.Symbol != "" {
			if f := firstBlamed(&o.lock, nil, o.extra()); f != nil {
				return f
			}
		}
	case fromStall:
		if f := o.stallFrame(); f != nil {
			return f
		}
		return nil
	case fromHang:
		return o.hangFrame()
	case fromLine:
		if name := o.rule.groups["func"]; name != "" {
			if loc, _, ok := parseSymbol(name); ok {
				if f := firstBlamed(&loc, nil, o.extra()); f != nil {
					return f
				}
			} else if f := firstBlamed(&Location{Symbol: strings.TrimRight(name, "(),")}, nil, o.extra()); f != nil && nameLen(f.Symbol) == len(f.Symbol) {
				return f
			}
		}
	case fromTrace:
		return firstBlamed(nil, c.Trace, o.extra())
	}
	var ip *Location
	if c.IP.Known() {
		ip = &c.IP.Value
	}
	return firstBlamed(ip, c.Trace, o.extra())
}

// extra are the prefixes that are plumbing for this kind of crash only.
func (o *open) extra() []string {
	switch o.rule.kind {
	case Bug:
		return []string{"skb_", "pskb_", "__pskb_"}
	case Lockdep:
		if strings.Contains(o.rule.title, "RCU") {
			return []string{"rcu_", "kmem_", "slab_"}
		}
	case MemoryLeak:
		return []string{"kmem", "slab_", "kmalloc", "pcpu_alloc", "__alloc_skb", "alloc_skb", "sk_prot_alloc", "sk_alloc", "kvmalloc", "kobject_", "kthread_create"}
	}
	return nil
}

// firstBlamed is the first place that is not plumbing: ip, then the reliable frames.
func firstBlamed(ip *Location, trace []Frame, extra []string) *Location {
	blame := func(l *Location) bool {
		if l.Symbol == "" || isPlumbing(l) {
			return false
		}
		for _, p := range extra {
			if strings.HasPrefix(l.Symbol, p) && l.Module == "" {
				return false
			}
		}
		return true
	}
	if ip != nil && blame(ip) {
		return ip
	}
	for i := range trace {
		if trace[i].Reliable && blame(&trace[i].Location) {
			return &trace[i].Location
		}
	}
	return nil
}

// stallAnchors are the functions below which a stall's own work begins: the frame that one of them called names the work.
var stallAnchors = wordSet(`
	netif_receive_skb netif_receive_skb_internal __netif_receive_skb_one_core do_softirq __do_softirq handle_softirqs call_timer_fn process_one_work kthread
	nfnetlink_rcv_msg rtnetlink_rcv_msg netlink_dump setsockopt sk_common_release do_syscall_64 do_syscall_x64 x64_sys_call do_fast_syscall_32 entry_SYSCALL_64_fastpath
	entry_SYSCALL_64_after_hwframe system_call_fastpath sysenter_do_call invoke_syscall el0_svc_common el0_svc ret_fast_syscall tasklet_action_common tasklet_action
	smpboot_thread_fn do_exit do_group_exit get_signal kernel_init ret_from_fork ret_from_fork_asm rcu_do_batch rcu_core __rcu_process_callbacks rcu_process_callbacks worker_thread
	expire_timers __run_timers run_timer_softirq el0t_64_sync exit_to_user_mode_loop exit_to_usermode_loop task_work_run
`)

// stallFrame finds the function that does not come to its end.
func (o *open) stallFrame() *Location {
	trace := o.c.Trace
	from := 0
	if o.afterIRQ > 0 && o.afterIRQ < len(trace) {
		from = o.afterIRQ
	}
	var prev *Location
	if o.c.IP.Known() && o.c.IP.Value.Symbol != "" && !isPlumbing(&o.c.IP.Value) {
		prev = &o.c.IP.Value
	}
	for i := from; i < len(trace); i++ {
		f := &trace[i]
		if !f.Reliable || f.Symbol == "" {
			continue
		}
		if stallAnchors[BareName(f.Symbol)] && prev != nil {
			return prev
		}
		if !isPlumbing(&f.Location) {
			prev = &f.Location
		}
	}
	if prev != nil {
		return prev
	}
	if from > 0 {
		return firstBlamed(nil, trace, nil)
	}
	return nil
}

// hangFrame finds what a hung task waits in.
func (o *open) hangFrame() *Location {
	return firstBlamed(nil, o.c.Trace, []string{"synchronize_rcu_expedited_wait", "exp_funnel_lock", "jbd2_log_wait"})
}

// generalise replaces what differs between two hits of one bug in the words of a title.
func generalise(s string) string {
	if !strings.ContainsAny(s, "0123456789") {
		return s
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		words[i] = generalWord(w)
	}
	return strings.Join(words, " ")
}

func generalWord(w string) string {
	core := strings.Trim(w, ".,;:!()[]<>'\"=")
	at := strings.Index(w, core)
	if core == "" || at < 0 {
		return w
	}
	before, after := w[:at], w[at+len(core):]
	if k, v, ok := strings.Cut(core, "="); ok {
		return before + k + "=" + generalWord(v) + after
	}
	if loc, rest, ok := parseSymbol(core); ok && rest == "" {
		return before + loc.Symbol + after
	}
	if file, _, ok := parseSource(core); ok {
		return before + file + ":LINE" + after
	}
	hex := strings.TrimPrefix(core, "0x")
	switch {
	case decLen(core) == len(core):
		return before + "NUM" + after
	case hexLen(hex) == len(hex) && (len(hex) >= 6 || hex != core):
		return before + "ADDR" + after
	case strings.HasPrefix(core, "CPU#") || strings.HasPrefix(core, "cpu#"):
		return before + core[:3] + after
	}
	return w
}

// sanitize makes a title of a text: ASCII, single spaces, at most 120 characters.
func sanitize(s string) string {
	const longest = 120
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case r == ' ' || r == '\t':
			space = b.Len() > 0
		case r > 0x20 && r < 0x7f:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
		}
		if b.Len() >= longest {
			break
		}
	}
	return b.String()
}
