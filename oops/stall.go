package oops

import "strings"

// stallAnchors dispatch work: system calls, softirqs, timers, work items, received packets, file operations. What one
// of them called is what does not come to an end, whichever of its helpers the CPU happened to be in.
var stallAnchors = wordSet(`
	do_syscall_64 do_syscall_x64 x64_sys_call do_fast_syscall_32 do_int80_syscall_32 entry_SYSCALL_64_fastpath
	entry_SYSCALL_64_after_hwframe system_call_fastpath sysenter_do_call sysenter_dispatch syscall_call
	invoke_syscall el0_svc_common el0_svc el0_svc_handler do_el0_svc ret_fast_syscall ret_from_fork
	ret_from_fork_asm do_vfs_ioctl vfs_ioctl ksys_ioctl vfs_read new_sync_read vfs_write new_sync_write ksys_read
	ksys_write do_iter_read do_iter_write do_iter_readv_writev vfs_readv vfs_writev do_splice_from do_splice_to
	call_read_iter call_write_iter vfs_iter_write vfs_iter_read vfs_fsync_range vfs_open do_dentry_open
	vfs_fallocate iterate_dir sock_sendmsg sock_sendmsg_nosec sock_recvmsg sock_recvmsg_nosec sys_setsockopt
	sys_getsockopt sk_common_release fput netif_receive_skb netif_receive_skb_internal netif_receive_skb_core
	netif_receive_skb_one_core netif_receive_skb_list_core net_rx_action napi_poll nfnetlink_rcv_msg nfnetlink_rcv
	rtnetlink_rcv_msg netlink_dump do_softirq handle_softirqs call_timer_fn expire_timers run_timers
	run_timer_softirq run_hrtimer hrtimer_run_queues tasklet_action_common tasklet_action rcu_do_batch rcu_core
	rcu_process_callbacks process_one_work process_scheduled_works worker_thread kthread smpboot_thread_fn
	kernel_init cpu_startup_entry do_fault task_work_run do_exit do_group_exit get_signal exit_to_user_mode_loop
	exit_to_usermode_loop
`)

// timerEntries are where the interrupt that found a stall came in: what stands below them was running.
var timerEntries = wordSet(`
	el1_irq el1_interrupt el1h_64_irq el1h_64_irq_handler irq_svc common_interrupt asm_common_interrupt
	ret_from_intr decrementer_common decrementer_common_virt hardware_interrupt_common ret_from_irq ext_int_handler
	io_int_handler handle_exception do_irq ret_from_exception handle_int
`)

func isTimerEntry(name string) bool {
	return strings.Contains(name, "apic_timer_interrupt") || timerEntries[strings.TrimLeft(name, "_")]
}

// stallFrame finds the function that does not come to its end: below the interrupt that found the stall, or from the
// instruction pointer where another CPU was made to dump itself, the frame that the innermost anchor called.
func (o *open) stallFrame() *Location {
	c := o.c
	from := o.stallBegin()
	if from == 0 && !c.IP.Known() && o.rule.kind == RCUStall {
		return nil // the stack of a task that may only be waiting, or of RCU's own thread
	}
	return o.workFrom(from, true)
}

// stallBegin is the index of the first frame of what was running.
func (o *open) stallBegin() int {
	c := o.c
	if o.rule.kind == RCUStall || !c.IP.Known() || len(c.Trace) > 0 && c.IP.Line > c.Trace[0].InLine {
		return o.belowTimer()
	}
	return 0
}

// workFrom walks outwards from the instruction pointer, then from frame from on, to the innermost anchor. Merged, all
// waits for other CPUs are one function.
func (o *open) workFrom(from int, merge bool) *Location {
	c := o.c
	var prev, first *Location
	if c.IP.Known() && c.IP.Value.Symbol != "" {
		if merge && isCrossCall(c.IP.Value.Symbol) {
			return &Location{Symbol: crossCall}
		}
		if !isPlumbing(&c.IP.Value) && !isAnchor(BareName(c.IP.Value.Symbol)) {
			prev = &c.IP.Value
			first = prev
		} else if f := o.leafCaller(); f != nil && !isAnchor(BareName(f.Symbol)) {
			prev = f
			first = f
		}
	}
	for i := from; i < len(c.Trace); i++ {
		f := &c.Trace[i]
		if !f.Reliable || f.Symbol == "" {
			continue
		}
		name := BareName(f.Symbol)
		if merge && isCrossCall(name) {
			return &Location{Symbol: crossCall}
		}
		if prev != nil && isAnchor(name) {
			return prev
		}
		if !isPlumbing(&f.Location) {
			prev = &f.Location
			if first == nil {
				first = prev
			}
		}
	}
	return first
}

// belowTimer is the index of the first frame below the first interrupt entry of the trace, 0 if there is none.
func (o *open) belowTimer() int {
	trace := o.c.Trace
	for i := range trace {
		if !trace[i].Reliable || !isTimerEntry(BareName(trace[i].Symbol)) {
			continue
		}
		for i++; i < len(trace) && (!trace[i].Reliable || isTimerEntry(BareName(trace[i].Symbol))); i++ {
		}
		return i
	}
	if o.afterIRQ > 0 && o.afterIRQ < len(trace) {
		return o.afterIRQ
	}
	return 0
}

// isAnchor says that a function dispatches work. All system calls named ioctl do, as their work is a driver's.
func isAnchor(name string) bool {
	if stallAnchors[strings.TrimLeft(name, "_")] || strings.HasSuffix(name, "compat_ioctl") {
		return true
	}
	call := titleName(name)
	return call == "ioctl" || call == "sys_ioctl"
}

// crossCall stands for all functions that make other CPUs run something: what they wait for is another CPU.
const crossCall = "smp_call_function"

func isCrossCall(name string) bool { return strings.HasPrefix(name, crossCall) }

// graceWait stands for all functions that wait for an RCU grace period: somebody else does not let it end.
const graceWait = "synchronize_rcu"

// hangFrame finds what a hung task waits in, past the scheduler and past what waits on behalf of its caller.
// Merged, all waits for a grace period are one function.
func (o *open) hangFrame(merge bool) *Location {
	for i := range o.c.Trace {
		f := &o.c.Trace[i]
		if !f.Reliable || f.Symbol == "" {
			continue
		}
		if strings.HasPrefix(strings.TrimLeft(f.Symbol, "_"), "synchronize_") && f.Module == "" {
			if merge {
				return &Location{Symbol: graceWait}
			}
			continue
		}
		if !isPlumbing(&f.Location) && !waitPlumbing.has(f.Symbol) {
			return &f.Location
		}
	}
	return firstBlamed(nil, o.c.Trace, nil)
}
