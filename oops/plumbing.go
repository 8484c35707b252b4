package oops

// What a title passes over. A function is plumbing if what goes wrong in it was handed to it: it reports the crash,
// runs the caller's callback, waits for the caller, or does what the caller asked for with the pointer it gave. The
// place of the bug is then the caller. Leading underscores don't count: "__kmalloc" is of the family "kmalloc".
//
// Names are those of the kernel, 2.4 to 7.x, read from its sources; a function of a module is never plumbing, whatever
// its name (a crash in string_mt of xt_string is not one in string() of lib/vsprintf.c).

// plumbingFamilies are beginnings of names.
var plumbingFamilies = families(`
	asan_ hwasan_ kasan_ kcsan_ kfence_ kmsan_ msan_ sanitizer_ tsan_ ubsan_ kmemleak_ kcov_ cfi_ pfx_ fortify_
	dump_backtrace dump_stack dump_trace show_regs show_stack show_trace print_report print_address_description
	warn_ report_ panic_ vpanic nmi_panic bust_spinlocks unwind_ orc_ arch_stack_ stack_trace_ stack_depot_
	walk_stack perf_trace_ trace_event_ trace_hardirqs trace_softirqs trace_lock_ trace_contention_ trace_raw_
	bpf_trace_run ftrace_ traceiter_ trace_preempt lock_acquire lock_release lockdep_ debug_lockdep_
	debug_check_no_locks print_unlock_ print_bad_unlock print_lock print_circular print_deadlock
	print_irq_inversion print_usage_bug print_freed check_irq_usage check_usage check_prev check_wait_context
	debug_object debug_print_object debug_check_no_obj debug_timer debug_work debug_rcu raw_spin_ raw_read_
	raw_write_ rt_spin_ rt_read_ rt_write_ rt_mutex_ rtlock_ do_raw_ queued_read_ queued_write_ queued_spin_
	native_queued_spin pv_queued_spin osq_ mutex_ ww_mutex_ rwsem_ down_ up_read up_write call_rwsem_ percpu_down
	percpu_up percpu_rwsem downgrade_write lock_sock release_sock lock_timer_base atomic_ atomic64_ arch_atomic
	raw_atomic instrument_ find_next_bit find_next_zero find_next_and find_first_bit find_first_zero find_last_bit
	bitmap_ hweight percpu_counter_ refcount_ kref_ ref_tracker_ kobject_ kobj_ kset_ sysfs_ dpm_sysfs_ klist_
	devres_ devm_k device_private list_add list_del list_move list_splice list_replace list_empty hlist_ llist_
	plist_ rb_insert rb_erase rb_next rb_prev rb_first rb_last rb_rotate rb_replace rb_set_parent rb_link rb_add
	radix_tree_lookup radix_tree_insert radix_tree_delete radix_tree_iter radix_tree_next radix_tree_tag
	radix_tree_load radix_tree_descend radix_tree_gang xas_ xa_ idr_ ida_ mas_ mtree_ rhashtable_ rhltable_ rht_
	jhash siphash hsiphash crc16 crc32 crc64 crc_ crc7 csum_ sort_r memcpy memset memmove memcmp memchr memscan
	memdup memzero memory_is_ pi_mem strcmp strncmp strcpy strncpy strlcpy strscpy strcat strncat strlcat strchr
	strrchr strlen strnlen strstr strcase strncase strsep strspn strcspn strpbrk strnstr sized_str strreplace strim
	kstrdup kstrndup kmemdup kvmemdup kstrto simple_strto copy_from_user copy_to_user copy_user_ raw_copy_
	copy_to_iter copy_from_iter copy_page_to_iter copy_page_from_iter copyin copyout iov_iter_ iterate_and
	get_user_1 get_user_2 get_user_4 get_user_8 get_user_no put_user_1 put_user_2 put_user_4 put_user_8 put_user_no
	fault_in_ memcpy_ rep_movs rep_stos clear_user clear_page copy_page copy_mc kmalloc kzalloc kcalloc kvmalloc
	kvzalloc kvcalloc kvfree kfree_skb krealloc kvrealloc kfree_const kfree_sensitive kzfree kmem_cache_ do_kmalloc
	do_kmem kmem_ slab_ cache_alloc cache_free cache_grow mempool_ vmalloc vzalloc vfree vunmap alloc_pages
	alloc_page_ alloc_slab alloc_frozen_pages free_frozen_pages free_pages free_unref_ free_large_kmalloc free_pcp
	get_free_page get_page_from_freelist rmqueue pcpu_ alloc_percpu free_percpu dma_pool_ might_ cant_
	check_preemption should_fail should_failslab fail_ preempt_ dynamic_preempt local_bh_ rcu_read_ rcu_lock_
	rcu_dynticks_ rcu_is_ rcu_irq_ rcu_eqs_ rcu_preempt_ srcu_read_ srcu_lock wait_for_ wait_on_ wait_event
	bit_wait out_of_line_wait schedule_ do_wait_for prepare_to_ swake_ wake_up_process wake_up_q wake_up_common
	wake_up_sync wake_up_locked wake_up_state wake_up_bit wake_up_var ep_poll_call del_timer mod_timer add_timer
	timer_delete timer_is_static try_to_del_timer timer_shutdown hrtimer_start hrtimer_cancel hrtimer_try
	hrtimer_active hrtimer_forward cancel_work cancel_delayed flush_work flush_delayed queue_work queue_delayed
	insert_work start_flush_work mod_delayed_work drain_workqueue work_is_static work_fixup kthread_stop
	kthread_park kthread_unpark kthread_flush kthread_queue folio_ unlock_page lock_page put_page get_page
	page_ref_ truncate_inode_pages find_lock_entries find_get_entr find_get_page pagevec_ device_add device_del
	device_register device_unregister device_destroy device_create device_release device_for_each device_remove
	device_links usb_kill_ usb_poison_ usb_unpoison_ usb_free_urb usb_unanchor usb_submit_urb x86_indirect_
	x86_return_ srso_ retbleed_ entry_ibpb page_pool_ raw_readb raw_readw raw_readl raw_writeb raw_writew
	raw_writel logic_in logic_out ioread iowrite print_modules kernel_fpu_ virt_to_ phys_to_ virt_addr_ phys_addr
	el0_ el1_ el0t_ el1t_ el1h_ do_el0_ do_el1_ ret_from_ asm_exc_ asm_sysvec asm_common exc_ sysvec_ error_entry
	error_return vprintk printk dev_printk dev_vprintk netdev_printk
`)

// plumbingNames are whole names, without leading underscores and compiler suffixes.
var plumbingNames = wordSet(`
	panic check_panic_on_warn warn die die_body oops_begin oops_end no_context bug bug_handler brk_handler bug_at bug_table abort fixup_bug
	handle_bug fixup_exception ex_handler_refcount stack_chk_fail usercopy_abort check_object_size
	check_heap_object save_stack save_stack_trace depot_fetch_stack skb_panic skb_over_panic skb_under_panic
	assertfail btrfs_assertfail assfail reiserfs_panic reiserfs_error ext4_error ext4_error_inode ocfs2_error
	btrfs_abort_transaction do_error_trap do_trap do_invalid_op invalid_op do_undef do_undefinstr call_undef_hook
	do_debug_exception do_mem_abort do_translation_fault do_page_fault do_user_addr_fault do_kern_addr_fault
	do_bad_area die_kernel_fault do_kernel_fault do_tag_check_fault do_tag_recovery do_sp_pc_abort
	do_alignment_fault bad_area bad_area_nosemaphore page_fault async_page_fault page_fault_oops handle_page_fault
	kernelmode_fixup_or_oops user_enable_single_step general_protection do_general_protection double_fault
	do_double_fault divide_error do_divide_error stack_segment do_trap_break do_trap_insn_illegal do_trap_unknown
	handle_exception do_bp handle_bp_int do_tr do_ade tlb_do_page_fault_0 tlb_do_page_fault_1
	program_check_exception do_program_check program_check_common data_access_common alignment_exception
	pgm_check_handler do_pgm_check do_dat_exception illegal_op monitor_event_exception do_stack_segment df_debug
	int3 do_int3 und_svc pabt_svc do_DataAbort do_PrefetchAbort do_ptrace_trap ret_from_exception bad_mode
	end_report start_report notifier_call_chain atomic_notifier_call_chain notify_die raw_notifier_call_chain
	blocking_notifier_call_chain ___ratelimit ratelimit print_trailer object_err handle_invalid_op

	check_memory_region check_region_inline read_once_size write_once_size read_word_at_a_time
	read_once_word_nocheck xchg cmpxchg try_cmpxchg READ_ONCE_NOCHECK virt_to_head_page compound_head page_folio
	lookup_object_or_alloc

	lock_contended lock_acquired lock_is_held lock_is_held_type lock_downgrade lock_set_class validate_chain
	check_noncircular check_deadlock check_redundant check_path mark_lock mark_lock_irq mark_usage mark_irqflags
	mark_held_locks mark_lock_unused register_lock_class assign_lock_key look_up_lock_class is_dynamic_key
	reacquire_held_locks bfs valid_state save_trace alloc_list_entry add_lock_to_list hlock_class find_held_lock
	graph_lock match_held_lock spin_lock spin_lock_bh spin_lock_irq spin_lock_irqsave spin_lock_nested spin_unlock
	spin_unlock_bh spin_unlock_irq spin_unlock_irqrestore spin_trylock spin_bug spin_dump spin_lock_debug
	debug_spin_lock_before debug_spin_unlock debug_spin_lock_after rwlock_bug arch_spin_lock pv_wait_head_or_lock
	pv_wait lock_text_start ticket_spin_lock down up arch_local_save_flags arch_local_irq_restore
	arch_local_irq_enable arch_local_irq_save native_save_fl native_restore_fl local_irq_restore
	irqentry_exit_cond_resched raw_irqentry_exit_cond_resched irqentry_exit debug_mutex_unlock
	debug_mutex_wake_waiter debug_smp_processor_id this_cpu_preempt_check debug_mutex_init

	test_bit set_bit clear_bit test_and_set_bit test_and_clear_bit test_and_change_bit change_bit arch_test_bit
	arch_set_bit arch_clear_bit variable_test_bit constant_test_bit const_test_bit generic_test_bit
	list_first_entry add_uevent_var string string_nocheck widen_string pointer number format_decode symbol_string
	ip6_string ip4_string mac_address_string hex_string special_hex_number vsnprintf snprintf sprintf vsprintf
	vscnprintf scnprintf kasprintf kvasprintf kvasprintf_const devkmsg_emit devkmsg_write wake_up_klogd log_store
	prb_reserve dev_err dev_warn dev_info dev_notice netdev_err netdev_warn netdev_info dev_driver_string
	constant_memcmp user_access_begin strndup_user from_user to_user simple_copy_to_iter

	kfree vfree_atomic new_slab allocate_slab free_slab discard_slab get_freelist get_freepointer
	get_freepointer_safe set_freepointer freelist_ptr_decode setup_object check_slab check_object
	check_bytes_and_report init_object alloc_debug_processing free_debug_processing on_freelist alloc_from_pool
	qlink_free quarantine_reduce do_slab_free fallback_alloc put_cpu_partial unfreeze_partials
	cache_free_debugcheck prep_new_page post_alloc_hook free_one_page bad_page check_new_page check_new_pages
	free_page_is_bad free_page_is_bad_report free_the_page free_hot_cold_page get_zeroed_page remove_vm_area
	find_vmap_area get_vm_area_node alloc_vmap_area alloc_vmap page_cache_alloc put_page_testzero
	sk_skb_reason_drop sk_destruct sk_free sock_put sk_common_release sk_prot_free dma_direct_alloc

	call_rcu_hurry call_rcu_core check_init_srcu_struct rcu_note_context_switch rcu_check_gp_kthread_starvation
	print_cpu_stall print_other_cpu_stall check_cpu_stall rcu_pending rcu_check_callbacks rcu_sched_clock_irq
	rcu_dump_cpu_stacks rcu_all_qs rcu_idle_enter rcu_momentary_eqs rcu_gp_kthread rcu_gp_fqs_loop sched_show_task
	dump_cpu_task schedule schedule_debug context_switch io_schedule cond_resched finish_task_switch
	finish_lock_switch switch_to do_nanosleep yield yield_to finish_wait complete complete_all complete_with_flags
	wake_up autoremove_wake_function default_wake_function wake_bit_function try_to_wake_up ttwu_do_activate
	ttwu_queue pollwake might_resched schedule_bug synchronize_hardirq synchronize_irq

	tick_sched_handle tick_sched_timer tick_nohz_handler tick_sched_do_timer update_process_times tick_periodic
	tick_handle_periodic hrtimer_interrupt hrtimer_run_queues run_hrtimer timer_interrupt
	local_apic_timer_interrupt smp_apic_timer_interrupt apic_timer_interrupt instr_sysvec_apic_timer_interrupt
	smp_trace_apic_timer_interrupt arch_timer_handler_phys arch_timer_handler_virt watchdog_timer_fn
	watchdog_overflow_callback perf_event_overflow perf_event_nmi_handler nmi_cpu_backtrace
	nmi_trigger_cpumask_backtrace nmi_trigger_all_cpu_backtrace trigger_single_cpu_backtrace
	arch_trigger_cpumask_backtrace trigger_all_cpu_backtrace nmi_cpu_backtrace_handler nmi_handle default_do_nmi
	do_nmi end_repeat_nmi nmi_raise_cpu_backtrace nmi irq_exit irq_exit_rcu do_softirq_own_stack call_on_stack
	run_on_irqstack_cond asm_call_irq_on_stack asm_call_on_stack asm_call_sysvec_on_stack invoke_softirq
	retint_kernel call_on_irq_stack reschedule_interrupt handle_irq handle_irq_event handle_irq_event_percpu
	handle_fasteoi_irq handle_edge_irq handle_level_irq handle_percpu_devid_irq generic_handle_irq
	generic_handle_domain_irq handle_domain_irq gic_handle_irq do_IRQ common_interrupt ret_from_intr
	do_interrupt_handler call_irq_handler generic_handle_irq_desc handle_irq_desc irq_svc check_kcov_mode
	get_random_u32_below entry_SYSCALL_64_after_hwframe entry_SYSCALL_64_fastpath entry_SYSENTER_32 entry_INT80_32
	system_call_fastpath do_syscall_64 do_syscall_x64 x64_sys_call do_fast_syscall_32 do_int80_syscall_32
	entry_SYSENTER_compat_after_hwframe entry_SYSENTER_compat el0_svc invoke_syscall ret_fast_syscall syscall_call
	sysenter_past_esp sysenter_do_call sysenter_dispatch kernel_thread_helper start_thread_common sys_trace_return
	kthread smpboot_thread_fn worker_thread static_call static_call_return0 kprobe_ftrace_handler
	optimized_callback perf_tp_event_init perf_try_init_event

	iput iput_final dput fast_dput retain_dentry drop_nlink clear_nlink inc_nlink set_nlink mark_buffer_dirty
	brelse bforget mark_inode_dirty ihold igrab d_drop dget lockref_get lockref_put_or_lock lockref_get_not_dead
	lockref_put_return reiserfs_write_lock reiserfs_write_unlock reiserfs_write_lock_nested
	reiserfs_write_unlock_nested put_device get_device module_put try_module_get module_get
	unregister_netdevice_many unregister_netdevice_many_notify rollback_registered_many rollback_registered
	unregister_netdevice_queue dev_hold dev_put netdev_put netdev_hold dst_release dst_release_immediate
	proc_register proc_create_reg proc_create proc_create_data proc_create_mount_point proc_create_seq_private
	proc_create_single_data proc_create_net_data proc_create_net_single proc_mkdir proc_mkdir_data proc_mkdir_mode
	proc_net_mkdir remove_proc_entry remove_proc_subtree dev_set_name device_initialize i2c_del_adapter
	i2c_unregister_device unregister_client unregister_dummy hwrng_unregister get_device_parent
	tty_unregister_device tty_register_device try_to_grab_pending work_grab_pending grab_pending task_rq_lock
	rq_lock raw_spin_rq_lock_nested raw_spin_rq_lock double_rq_lock skb_pull fd_install put_timespec64
`)

// plumbingVerbs are ends of names: what a subsystem calls so copies, compares or prints what its caller gave.
var plumbingVerbs = [...]string{
	"copy_to_user", "copy_from_user", "memcpy", "memcmp", "memset", "memmove", "memchr", "memdup", "strlen", "strcpy",
	"strlcpy", "strscpy", "strcmp", "strncmp", "strdup", "snprintf", "kmalloc", "vmalloc",
}

// These are plumbing for some kinds of crash only.
var (
	// bugPlumbing: BUG() in these checks what the caller did with the buffer.
	bugPlumbing = families(`skb_ pskb_`)
	// rcuPlumbing: helpers that check that RCU is held, and those which may sleep.
	rcuPlumbing = families(`rcu_ kmem slab_ sched_ might_`)
	// objectPlumbing: what frees, arms or cancels the object that ODEBUG tracks.
	objectPlumbing = families(`call_rcu init_timer init_work init_rcu`)
	// leakPlumbing: constructors whose caller owns the object.
	leakPlumbing = families(`
		kmem slab_ kmalloc pcpu_ alloc_skb dev_alloc_skb netdev_alloc_skb napi_alloc_skb sock_alloc_send
		sock_wmalloc sk_prot_alloc sk_alloc sk_clone kvmalloc kobject_ kthread_create create_object idr_ ida_
		radix_tree_ xas_ skb_clone skb_copy pskb_ bpf_map_area_alloc bpf_map_kmalloc mempool_ alloc_percpu kstr
		htab_map_alloc array_map_alloc usb_alloc_
	`)
	// copyPlumbing: KMSAN finds uninitialised bytes where they are copied or hashed.
	copyPlumbing = families(`
		alloc_skb netlink_ack netlink_rcv_skb simple_copy_to_iter copy_to_iter kmsan_ virtqueue_add_
	`)
	// waitPlumbing: what a hung task waits in, on behalf of its caller.
	waitPlumbing = families(`
		rcu_barrier filemap_fdatawait fdatawait_ filemap_write_and_wait do_read_cache_ jbd2_log_wait
		exp_funnel_lock wait_rcu kthread_ destroy_workqueue dma_fence_wait dma_fence_default_wait ldsem_
		console_lock percpu_rwsem futex_wait_queue rt_mutex usleep_range msleep
	`)
	// urbPlumbing: USB's synchronous calls, below the driver that made the request.
	urbPlumbing = families(`
		usb_start_wait usb_bulk_msg usb_interrupt_msg usb_control_msg usb_internal_control usb_sg_ usb_anchor
	`)
)

// entryStubs are the assembly below a system call or an interrupt. They are plumbing, but a trace may have nothing else.
var entryStubs = wordSet(`dabt_svc el0_svc_naked`)
