package kb

// genericSites are functions in which crashes of every origin surface: the bug sits in who called them, or in who
// spoiled the memory they work on. None of them ever speaks for an entry; the first frame behind them may.
var genericSites = set(
	// memory
	"kfree", "kvfree", "vfree", "kmem_cache_free", "kmem_cache_alloc", "kmem_cache_alloc_node", "kmalloc_trace",
	"__kmalloc", "__kmalloc_noprof", "__kmalloc_node", "__kmalloc_track_caller", "kmalloc_slab", "___slab_alloc",
	"__slab_alloc", "__slab_free", "slab_free", "free_block", "cache_alloc_refill", "get_freelist", "get_freepointer",
	"kfree_rcu", "kvfree_call_rcu", "__free_pages", "__free_slab", "get_page_from_freelist", "free_pcppages_bulk",
	"free_percpu", "pcpu_alloc", "put_page", "__put_page", "__phys_addr", "__virt_addr_valid",
	"virt_to_head_page", "virt_to_cache", "virt_to_slab", "virt_to_folio",
	// bytes and strings
	"memcpy", "__memcpy", "memmove", "__memmove", "memset", "__memset", "memcmp", "memchr_inv", "memcpy_erms",
	"memset_erms", "memcpy_orig", "strlen", "strcmp", "strncmp", "strcpy", "strlcpy", "strscpy", "strnlen",
	"kstrdup", "kstrndup", "kmemdup", "kmemdup_nul", "string", "vsnprintf", "snprintf", "nla_put", "nla_strcmp",
	"nla_memcpy", "nla_memcmp", "bsearch", "kvmalloc_node", "__kvmalloc_node", "dev_get_by_index",
	"fortify_panic", "__fortify_panic", "test_bit", "set_bit", "clear_bit", "copy_user_generic", "copy_from_user",
	"copy_to_user", "copyin", "copyout", "__check_object_size", "usercopy_abort", "csum_partial", "jhash", "jhash2",
	"string", "string_nocheck", "vsnprintf", "vscnprintf", "snprintf", "scnprintf", "sprintf", "seq_printf",
	"seq_vprintf",
	// lists, trees, tables
	"list_del", "__list_add", "__list_del", "__list_del_entry", "__list_add_valid", "__list_del_entry_valid",
	"__list_add_valid_or_report", "__list_del_entry_valid_or_report", "hlist_del", "hlist_del_rcu", "rb_erase",
	"rb_insert_color", "rb_next", "rb_first", "__rb_insert_augmented", "radix_tree_lookup", "idr_remove",
	"rhashtable_lookup", "__rhashtable_lookup", "rht_deferred_worker", "rhashtable_free_and_destroy",
	// locks and counts
	"_raw_spin_lock", "_raw_spin_lock_bh", "_raw_spin_lock_irq", "_raw_spin_lock_irqsave", "_raw_spin_unlock",
	"_raw_spin_unlock_bh", "_raw_spin_unlock_irqrestore", "_raw_read_lock", "_raw_read_lock_bh", "_raw_write_lock",
	"_raw_write_lock_bh", "_spin_lock", "_spin_lock_bh", "_spin_lock_irqsave", "_read_lock_bh", "_write_lock_bh",
	"do_raw_spin_lock", "spin_bug", "spin_dump", "native_queued_spin_lock_slowpath", "queued_spin_lock_slowpath",
	"queued_write_lock_slowpath", "queued_read_lock_slowpath", "__pv_queued_spin_lock_slowpath", "mutex_lock",
	"mutex_unlock", "__mutex_lock", "__mutex_lock_slowpath", "down_read", "down_write", "up_read", "up_write",
	"refcount_warn_saturate", "refcount_inc_checked", "refcount_dec_checked", "refcount_sub_and_test_checked",
	"refcount_dec_and_test_checked", "refcount_inc", "refcount_error_report", "atomic_dec_and_lock",
	"lock_acquire", "__lock_acquire", "lock_release", "lockdep_rcu_suspicious", "mark_lock",
	// packet buffers
	"skb_release_data", "skb_release_head_state", "skb_release_all", "kfree_skb", "__kfree_skb", "kfree_skb_reason",
	"kfree_skb_list_reason", "consume_skb", "skb_panic", "skb_over_panic", "skb_under_panic", "skb_push", "skb_put",
	"skb_pull", "skb_copy_bits", "skb_clone", "skb_copy", "pskb_expand_head", "__pskb_pull_tail", "__alloc_skb",
	"skb_segment", "skb_checksum", "__skb_checksum", "skb_checksum_help", "eth_header", "sock_wfree", "sock_rfree",
	"dst_release", "dst_destroy",
	"__dev_queue_xmit", "dev_hard_start_xmit", "dev_queue_xmit",
	// timers, work, modules, RCU
	"run_timer_softirq", "call_timer_fn", "__run_timers", "expire_timers", "mod_timer", "add_timer", "del_timer",
	"try_to_del_timer_sync", "del_timer_sync", "debug_object_assert_init", "debug_print_object", "__queue_work",
	"process_one_work", "rcu_do_batch", "rcu_core", "rcu_process_callbacks", "call_rcu", "synchronize_rcu",
	"__synchronize_srcu", "module_put", "try_module_get", "__module_get", "kref_put", "kobject_put",
	"remove_proc_entry", "check_flush_dependency",
	// waiting and giving way
	"schedule", "__schedule", "schedule_preempt_disabled", "schedule_timeout", "preempt_schedule",
	"preempt_schedule_irq",
	"preempt_schedule_common", "preempt_schedule_thunk", "__cond_resched", "_cond_resched", "local_bh_enable",
	"__local_bh_enable_ip", "wait_for_completion", "__wait_for_common", "rwsem_down_write_slowpath",
	"rwsem_down_read_slowpath", "__request_module", "request_module", "rtnl_lock",
	// the machinery that reports the crash
	"dump_stack", "dump_stack_lvl", "show_stack", "panic", "nmi_panic", "__warn", "warn_slowpath_common",
	"warn_slowpath_fmt", "warn_slowpath_null", "report_bug", "handle_bug", "fixup_bug", "do_error_trap", "die",
	"oops_end",
	"bad_area_nosemaphore", "__bad_area_nosemaphore", "no_context", "page_fault_oops", "do_page_fault",
	"__do_page_fault", "exc_page_fault", "asm_exc_page_fault", "page_fault", "general_protection",
	"exc_general_protection", "asm_exc_general_protection", "exc_invalid_op", "asm_exc_invalid_op", "invalid_op",
	"do_invalid_op", "error_code", "error_exit", "die_kernel_fault", "__do_kernel_fault", "do_mem_abort", "el1_abort",
	"el1h_64_sync", "el1h_64_sync_handler", "el1_sync", "do_translation_fault", "do_alignment_fault",
	"check_preemption_disabled", "debug_smp_processor_id", "__might_sleep", "___might_sleep", "__might_resched",
	"might_fault", "__might_fault",
	"kmsan_report", "__msan_warning",
	"__die_body", "show_regs", "show_trace_log_lvl", "kasan_report", "__kasan_report", "kasan_check_range",
	"check_memory_region", "kasan_check_read", "kasan_check_write", "__kasan_check_read", "__kasan_check_write",
	"print_address_description", "print_report", "kasan_report_error", "kasan_object_err", "end_report",
	"__asan_load1", "__asan_load2", "__asan_load4", "__asan_load8", "__asan_loadN", "__asan_store1", "__asan_store2",
	"__asan_store4", "__asan_store8", "__asan_storeN", "__asan_report_load1_noabort", "__asan_report_load2_noabort",
	"__asan_report_load4_noabort", "__asan_report_load8_noabort", "__asan_report_store4_noabort",
	"__asan_report_store8_noabort", "__asan_memcpy", "__asan_memset", "instrument_atomic_read",
	"instrument_atomic_write",
	"watchdog_timer_fn", "__cfi_check_fail", "__ubsan_handle_shift_out_of_bounds",
	"__ubsan_handle_out_of_bounds", "__ubsan_handle_load_invalid_value", "ubsan_epilogue", "dump_backtrace",
	"unwind_backtrace", "__ubsan_handle_out_of_bounds",
	"ubsan_epilogue", "__stack_chk_fail", "check_preemption_disabled", "__cant_migrate", "__might_sleep",
	"___might_sleep", "__might_resched", "print_circular_bug", "check_noncircular", "dump_stack_print_info",
	"kasan_report_invalid_free", "handle_stack_overflow", "kmsan_report", "__msan_warning",
)

// travelledPaths are frames that packets and requests of every kind pass through. They may stand in an entry's frame
// sequence and keep its order, but a sequence needs others to count.
var travelledPaths = set(
	"nf_hook_slow", "nf_hook", "nf_iterate", "nf_hook_slow_list", "NF_HOOK", "NF_HOOK_THRESH", "nf_reinject",
	"ipt_do_table",
	"ip6t_do_table", "ipt_hook", "ipt_local_in_hook", "iptable_filter_hook", "nft_do_chain", "nft_do_chain_ipv4",
	"nft_do_chain_ipv6", "nft_do_chain_inet", "ip_local_deliver", "ip_local_deliver_finish", "ip_rcv",
	"ip_rcv_finish",
	"ipv6_rcv", "ip6_input", "ip_forward", "ip_output", "ip_finish_output", "ip_finish_output2", "ip_queue_xmit",
	"__ip_queue_xmit", "ip_local_out", "__ip_local_out", "ip_send_skb", "ip_push_pending_frames", "ip_sublist_rcv",
	"netif_receive_skb", "__netif_receive_skb", "__netif_receive_skb_core", "__netif_receive_skb_one_core",
	"netif_receive_skb_internal", "process_backlog", "__napi_poll", "napi_gro_receive", "net_rx_action",
	"net_tx_action",
	"__do_softirq", "do_softirq", "handle_softirqs", "call_softirq", "irq_exit", "irq_exit_rcu", "__irq_exit_rcu",
	"do_IRQ",
	"common_interrupt", "asm_common_interrupt", "ret_from_intr",
	"run_ksoftirqd", "smpboot_thread_fn", "cpu_idle", "cpuidle_idle_call", "do_idle", "default_idle",
	"start_secondary",
	"process_one_work", "worker_thread", "kthread", "ret_from_fork", "ret_from_fork_asm", "kernel_thread_helper",
	"tcp_transmit_skb", "__tcp_transmit_skb", "tcp_write_xmit", "tcp_v4_rcv", "tcp_v4_do_rcv", "tcp_sendmsg",
	"udp_sendmsg",
	"raw_sendmsg", "inet_sendmsg", "sock_sendmsg", "____sys_sendmsg", "___sys_sendmsg", "__sys_sendmsg",
	"__sys_sendto",
	"__x64_sys_sendmsg", "__x64_sys_sendto", "sys_sendmsg", "do_syscall_64", "entry_SYSCALL_64_after_hwframe",
	"system_call_fastpath", "syscall_call", "netlink_sendmsg", "netlink_unicast", "netlink_rcv_skb", "nfnetlink_rcv",
	"nfnetlink_rcv_msg", "nfnetlink_rcv_batch", "netlink_dump", "nf_setsockopt", "nf_getsockopt", "ip_setsockopt",
	"ip_getsockopt", "__sys_setsockopt", "__sys_getsockopt", "ops_exit_list", "cleanup_net", "notifier_call_chain",
	"raw_notifier_call_chain", "blocking_notifier_call_chain", "br_handle_frame", "br_handle_frame_finish",
	"__br_forward",
	"br_forward", "br_forward_finish", "br_dev_queue_push_xmit", "br_nf_hook_thresh",
)

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}
