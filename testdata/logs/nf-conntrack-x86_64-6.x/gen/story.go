package main

// story is one crash: a kernel, the function that faults with what it is called with, and who called it.
type story struct {
	name     string // folder
	source   string // C file
	release  string // as in the CPU: line, with the build number
	bracket  string // what stands after "Oops: 0000 [#1] "
	cpu, pid int
	comm     string
	workq    string // text of a Workqueue: line, or ""
	offset   uint64 // KASLR
	modules  []loaded
	linked   string // "Modules linked in:"
	module   string
	base     uint64 // where the object lies
	function string
	callees  []string
	regs     map[string]uint64 // at the call; RSP includes the return address
	memory   [][2]uint64       // address, value
	slab     uint64            // 64 KB that memory lies in
	trace    []string          // "? " or "" + name+0xoff, or a marker such as "<IRQ>"
	idle     map[string]uint64 // registers at the interrupted idle loop, or nil
	gs, cr3  string
	cr4      string
	panic    string // reason, or ""
	endTrace string
	maps     bool // write maps and the variant without symbols
	stamp    float64

	kind, base64, strct, field, variable string
	softirq                              bool
	notes                                string
}

func stories() []story {
	const slab = 0xffff8a4c42b30000
	const (
		skb = slab + 0x5500
		ct  = slab + 0x9c00
		ext = slab + 0x7ac0
		pkt = slab + 0xe0c2
	)
	nf := story{
		name: "nf", source: "seqadj.c", release: "6.1.55 #1", bracket: "PREEMPT SMP NOPTI", cpu: 1, pid: 0,
		comm: "swapper/1", offset: 0x18e00000, module: "nf_conntrack", base: 0xffffffffc0a3a000,
		function: "nf_ct_seq_adjust",
		modules: []loaded{
			{"nf_conntrack", 0xffffffffc0a31000, ".nf_conntrack_double_unlock nf_ct_get_id nf_ct_get_tuple " +
				"nf_ct_invert_tuple .nf_ct_add_to_unconfirmed_list nf_ct_tmpl_alloc nf_ct_destroy nf_ct_delete " +
				".nf_ct_match __nf_conntrack_find_get:0x200 nf_conntrack_find_get:0xd0 nf_conntrack_hash_check_insert " +
				"__nf_conntrack_confirm:0x6e0 nf_conntrack_tuple_taken .early_drop_list .gc_worker nf_conntrack_alloc " +
				"nf_conntrack_free .resolve_normal_ct nf_conntrack_in:0x4f0 __nf_ct_refresh_acct nf_ct_port_tuple_to_nlattr " +
				".nf_conntrack_update nf_ct_iterate_cleanup nf_ct_helper_hash nf_ct_expect_related_report " +
				"nf_ct_l4proto_find .ipv4_confirm:0x100 .ipv4_conntrack_in:0x20 .ipv4_conntrack_local:0x60 " +
				".tcp_options nf_conntrack_tcp_packet:0xe40"},
			{"nf_conntrack", 0, "object"},
			{"nf_conntrack", 0xffffffffc0a3a170, "nf_ct_seqadj_init nf_ct_seqadj_set nf_ct_tcp_seqadj_set"},
			{"nf_nat", 0xffffffffc0a4c000, "nf_nat_setup_info nf_nat_packet nf_nat_inet_fn:0x2c0 nf_nat_manip_pkt"},
		},
		linked: "nft_ct nft_masq nft_chain_nat nf_nat nf_conntrack nf_defrag_ipv6 nf_defrag_ipv4 nf_tables nfnetlink " +
			"veth bridge stp llc virtio_net net_failover failover virtio_blk",
		callees: []string{"skb_ensure_writable", "_raw_spin_lock_bh", "_raw_spin_unlock_bh", "inet_proto_csum_replace4"},
		regs: map[string]uint64{"RBX": skb, "RCX": 0x14, "RDX": 3, "RSI": ct, "RDI": skb, "RBP": 0xffff8a4c42b35500,
			"RSP": 0xffffa3c0000e0ca8, "R08": 0, "R09": 0xffffa3c0000e0d60, "R10": 0x3, "R11": 0x1,
			"R12": 0xffffa3c0000e0d60, "R13": ct, "R14": 0x14, "R15": 0xffff8a4c41a0b900},
		memory: [][2]uint64{{ct + 0xb0, ext}, {ext, 0x0}, {skb + 0xc0, slab + 0xe000}, {skb + 0xc8, pkt},
			{pkt + 0x14, 0x77359400ed8b1600}},
		slab: slab,
		trace: []string{"<IRQ>", "? __die_body.cold+0x1a", "? page_fault_oops+0xd2", "? exc_page_fault+0x70",
			"? asm_exc_page_fault+0x22", "? RIP", "? nf_ct_seq_adjust+0x74", "ipv4_confirm+0xb4", "nf_hook_slow+0x41",
			"ip_local_deliver+0xd0", "? ip_protocol_deliver_rcu+0x1e0", "ip_rcv+0xe5", "? ip_rcv_finish_core+0x440",
			"__netif_receive_skb_one_core+0x85", "process_backlog+0x87", "__napi_poll+0x28", "net_rx_action+0x29e",
			"__do_softirq+0xed", "__irq_exit_rcu+0xc7", "common_interrupt+0xb9", "</IRQ>", "<TASK>",
			"asm_common_interrupt+0x22", "idle", "default_idle_call+0x2e", "do_idle+0x1f8", "cpu_startup_entry+0x26",
			"start_secondary+0x115", "secondary_startup_64_no_verify+0xe5", "</TASK>"},
		idle: map[string]uint64{"RAX": 0xffff8a4c7bd00000, "RBX": 0xffff8a4c40278000, "RCX": 0x1, "RDX": 0x4000000000000000,
			"RSI": 0xffffffff9b5f2d2e, "RDI": 0x0003c1a4, "RBP": 1, "RSP": 0xffffa3c0000a3ee8, "R08": 0x0003c1a4,
			"R09": 0x1, "R10": 0x1, "R11": 0x0, "R12": 0, "R13": 0, "R14": 0, "R15": 0},
		gs: "ffff8a4c7bd00000", cr3: "0000000002a10000", cr4: "0000000000350ee0",
		panic: "Fatal exception in interrupt", endTrace: "0000000000000000", maps: true, stamp: 412.118220,
		kind: "null-deref", base64: "RCX", strct: "nf_ct_seqadj", field: "correction_pos", variable: "this_way",
		softirq: true,
		notes: "The extension is missing, so the NULL is nfct_seqadj(ct); RCX is its element [1], 0xc. " +
			"The second RIP and Code (default_idle) belong to the interrupted idle loop, the third repeats the first.",
	}
	const e = 0xffff9be203c40000
	ext4 := story{
		name: "ext4", source: "../unrelated-ext4/mballoc.c", release: "5.15.0 #1", bracket: "SMP NOPTI", cpu: 0, pid: 231,
		comm: "kworker/u4:3", workq: "writeback wb_workfn (flush-254:0)", offset: 0x2b200000, module: "ext4",
		base: 0xffffffffc0488000, function: "ext4_mb_good_group",
		modules: []loaded{
			{"ext4", 0xffffffffc0461000, "ext4_get_group_desc ext4_group_info_of:0x60 ext4_ext_insert_extent " +
				"ext4_ext_map_blocks:0xd00 ext4_map_blocks:0x5c0 .mpage_map_and_submit_extent ext4_writepages:0x6f0 " +
				"ext4_mb_regular_allocator:0x640 ext4_mb_new_blocks:0x7b0"},
			{"ext4", 0, "object"},
			{"ext4", 0xffffffffc04880b0, ".ext4_mb_use_best_found ext4_mb_release"},
		},
		linked: "nf_conntrack nf_defrag_ipv6 nf_defrag_ipv4 nf_tables nfnetlink ext4 crc16 mbcache jbd2 virtio_net " +
			"net_failover failover virtio_blk",
		callees: []string{"ext4_group_info_of"},
		regs: map[string]uint64{"RBX": e + 0x4200, "RCX": 0, "RDX": 1, "RSI": 0x1d, "RDI": e + 0x4200, "RBP": e + 0x8c00,
			"RSP": 0xffffb3f48033b738, "R08": 0x7ff, "R09": 0, "R10": 0x8, "R11": 0x400, "R12": 0x1d, "R13": e + 0xa000,
			"R14": 1, "R15": 0x40},
		memory: [][2]uint64{{e + 0x4200 + 0x18, 0x0000001000000000}},
		slab:   e,
		trace: []string{"ext4_mb_regular_allocator+0x2b7", "ext4_mb_new_blocks+0x33d", "ext4_ext_map_blocks+0x8f2",
			"ext4_map_blocks+0x22c", "ext4_writepages+0x4c1", "do_writepages+0xbd", "__writeback_single_inode+0x39",
			"writeback_sb_inodes+0x1a4", "__writeback_inodes_wb+0x4c", "wb_writeback+0x1d8", "wb_workfn+0x2a1",
			"process_one_work+0x1e5", "worker_thread+0x4d", "? process_one_work+0x3c0", "kthread+0x10a",
			"? set_kthread_struct+0x40", "ret_from_fork+0x22"},
		gs: "ffff9be23bc00000", cr3: "0000000004a2c000", cr4: "00000000003506f0",
		endTrace: "5c0e9a7b41d2f863", stamp: 1893.402117,
		kind: "null-deref", base64: "RAX", strct: "ext4_group_info", field: "bb_free", variable: "grp",
		notes: "Netfilter modules are loaded and have nothing to do with it. Process context: no panic follows. " +
			"5.15 prints no <TASK>. The instruction overwrites its base register only when it completes.",
	}
	return []story{nf, ext4}
}
