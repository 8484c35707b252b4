package kb

import (
	"strconv"
	"strings"
	"testing"
)

// frame reads "function+0x1f/0x200 [module]", as the kernel prints it; a leading "? " makes it unreliable.
func frame(s string) Frame {
	f := Frame{Reliable: true}
	if rest, found := strings.CutPrefix(s, "? "); found {
		f.Reliable, s = false, rest
	}
	s, module, found := strings.Cut(s, " [")
	if found {
		f.Module = strings.TrimSuffix(module, "]")
	}
	symbol, rest, found := strings.Cut(s, "+0x")
	f.Symbol = symbol
	if found {
		offset, size, _ := strings.Cut(rest, "/0x")
		f.Offset, _ = strconv.ParseUint(offset, 16, 64)
		f.Size, _ = strconv.ParseUint(size, 16, 64)
	}
	return f
}

func frames(list ...string) []Frame {
	out := make([]Frame, len(list))
	for i, s := range list {
		out[i] = frame(s)
	}
	return out
}

func address(a uint64) *uint64 { return &a }

func offset(o int64) *int64 { return &o }

// entryCase holds what a parser would make of an entry's two logs.
type entryCase struct {
	id      string
	log     Facts
	verdict string // of the entry for its own log
	miss    Facts
}

var entryCases = []entryCase{
	{
		id:      "ipt-connlimit-predicate-order",
		verdict: "known",
		log: Facts{
			Kind: "null-deref", Kernel: "2.6.11.10", Arch: "i386", Comm: "telnet",
			IP: frame("count_them+0xa5/0x1c0 [ipt_connlimit]"),
			Frames: frames("match+0x3a/0x82 [ipt_connlimit]", "ipt_do_table+0x1f2/0x340 [ip_tables]",
				"ipt_hook+0x1c/0x20 [iptable_filter]", "nf_iterate+0x65/0xb0", "ip_local_deliver_finish+0x0/0x190",
				"nf_hook_slow+0x6a/0x110", "ip_local_deliver_finish+0x0/0x190", "ip_local_deliver+0x53/0x60"),
			Modules:      []string{"ipt_REJECT", "ipt_connlimit", "ip_conntrack", "iptable_filter", "ip_tables"},
			FaultAddress: address(0x54), Access: "read", BaseNull: true, BaseOffset: offset(0x54),
			Panic: "Fatal exception in interrupt",
			Code:  map[string]CodeHit{"ipt-connlimit-predicate-order#0": {How: "fragment", Bytes: 7, Of: 9}},
		},
		miss: Facts{
			Kind: "null-deref", Kernel: "2.6.11.10", Arch: "i386",
			IP: frame("match+0xa3/0x6f0 [ipt_recent]"),
			Frames: frames("ipt_do_table+0x2fc/0x390 [ip_tables]", "ipt_hook+0x28/0x30 [iptable_filter]",
				"nf_iterate+0x5c/0xa0", "nf_hook_slow+0x75/0x130", "ip_local_deliver+0x57/0x80"),
			Modules:      []string{"ipt_REJECT", "ipt_connlimit", "ipt_recent", "ip_conntrack"},
			FaultAddress: address(0x30), Access: "read", BaseNull: true, BaseOffset: offset(0x30),
			Panic: "Fatal exception in interrupt",
		},
	},
	{
		id:      "CVE-2025-38472",
		verdict: "likely",
		log: Facts{
			Kind: "gpf", Kernel: "6.6.87", Arch: "x86_64", Context: "softirq",
			IP: frame("__nf_ct_delete_from_lists+0xac/0x1c0 [nf_conntrack]"),
			Frames: frames("nf_ct_delete+0x21/0x30 [nf_conntrack]", "nf_ct_gc_expired+0x59/0x80 [nf_conntrack]",
				"__nf_conntrack_find_get+0x20c/0x340 [nf_conntrack]", "nf_conntrack_in+0x1a1/0x560 [nf_conntrack]"),
			Modules: []string{"nf_conntrack"}, FaultAddress: address(0x8c3a51e6d2f0b974),
		},
		miss: Facts{
			Kind: "gpf", Kernel: "6.6.100", Arch: "x86_64", Context: "softirq",
			IP: frame("__nf_ct_delete_from_lists+0xac/0x1c0 [nf_conntrack]"),
			Frames: frames("nf_ct_delete+0x21/0x30 [nf_conntrack]", "nf_ct_gc_expired+0x59/0x80 [nf_conntrack]",
				"__nf_conntrack_find_get+0x20c/0x340 [nf_conntrack]", "nf_conntrack_in+0x1a1/0x560 [nf_conntrack]"),
			Modules: []string{"nf_conntrack"}, FaultAddress: address(0x8c3a51e6d2f0b974),
		},
	},
	{
		id:      "CVE-2015-8787",
		verdict: "known",
		log: Facts{
			Kind: "null-deref", Kernel: "4.2.2-coreos-r2", Arch: "x86_64", Context: "softirq",
			IP: frame("nf_nat_redirect_ipv4+0x3c/0xc0 [nf_nat_redirect]"),
			Frames: frames("redirect_tg4+0x24/0x30 [xt_REDIRECT]", "ipt_do_table+0x2f6/0x600 [ip_tables]",
				"nf_iterate+0x86/0xa0", "nf_hook_slow+0x7b/0xe0", "ip_rcv+0x305/0x3d0"),
			FaultAddress: address(0x30), Access: "read", BaseNull: true, BaseOffset: offset(0x30),
		},
		miss: Facts{
			Kind: "null-deref", Kernel: "4.4.92", Arch: "x86_64", Context: "softirq",
			IP: frame("nf_nat_redirect_ipv6+0x1ac/0x2b0 [nf_nat_redirect]"),
			Frames: frames("redirect_tg6+0x24/0x30 [xt_REDIRECT]", "ip6t_do_table+0x2f6/0x600 [ip_tables]",
				"nf_iterate+0x86/0xa0", "nf_hook_slow+0x7b/0xe0", "ip_rcv+0x305/0x3d0"),
			FaultAddress: address(8), BaseNull: true, BaseOffset: offset(8),
		},
	},
	{
		id:      "nf-nf_conntrack-fix-ctnetlink-related-crash-in-nf_nat_s",
		verdict: "known",
		log: Facts{
			Kind: "paging-request", Kernel: "2.6.26-rc5", Arch: "i386", Comm: "conntrackd",
			IP: frame("nf_nat_setup_info+0x221/0x58a [nf_nat]"),
			Frames: frames("? nla_parse+0x5c/0xb0", "? ctnetlink_change_status+0x190/0x1c6 [nf_conntrack_netlink]",
				"? ctnetlink_new_conntrack+0x189/0x61f [nf_conntrack_netlink]", "? update_curr+0x3d/0x52",
				"? nfnetlink_rcv_msg+0xc1/0xd8 [nfnetlink]"),
			FaultAddress: address(0x120fbd),
		},
		miss: Facts{
			Kind: "paging-request", Kernel: "2.6.27.4", Arch: "i386", Comm: "conntrackd",
			IP: frame("nf_nat_setup_info+0x221/0x58a [nf_nat]"),
			Frames: frames("? nla_parse+0x5c/0xb0", "? ctnetlink_change_status+0x190/0x1c6 [nf_conntrack_netlink]",
				"? ctnetlink_new_conntrack+0x189/0x61f [nf_conntrack_netlink]"),
			FaultAddress: address(0x120fbd),
		},
	},
	{
		id:      "CVE-2024-54031",
		verdict: "known",
		log: Facts{
			Kind: "unaligned", Kernel: "6.13.0-rc3+", KernelBuild: "#2", Arch: "arm64", Context: "task",
			IP: frame("nft_rhash_gc+0x200/0x2d8 [nf_tables]"),
			Frames: frames("nft_rhash_gc+0x200/0x2d8 [nf_tables]", "process_one_work+0x178/0x3d0",
				"worker_thread+0x200/0x3f0", "kthread+0xe8/0xf8", "ret_from_fork+0x10/0x20"),
			FaultAddress: address(0xffff0000c2bb708c), Access: "read",
		},
		miss: Facts{
			Kind: "paging-request", Kernel: "6.12.10", Arch: "arm64", Context: "task",
			IP: frame("nft_rhash_gc+0x200/0x2d8 [nf_tables]"),
			Frames: frames("nft_rhash_gc+0x200/0x2d8 [nf_tables]", "process_one_work+0x178/0x3d0",
				"worker_thread+0x200/0x3f0"),
			FaultAddress: address(0xdead00000000012a), Poison: "LIST_POISON2",
		},
	},
	{
		id:      "nf-nft_set_pipapo-actually-fetch-key-data-in-nft_pipapo",
		verdict: "known",
		log: Facts{
			Kind: "gpf", Kernel: "5.6.0-rc1-00377-g2bb07f4e1d861", KernelBuild: "#192", Arch: "x86_64",
			IP: frame("nft_set_elem_destroy+0xa5/0x110 [nf_tables]"),
			Frames: frames("nft_pipapo_destroy+0x7a/0x170 [nf_tables_set]", "nft_set_destroy+0x20/0x50 [nf_tables]",
				"nf_tables_trans_destroy_work+0x246/0x260 [nf_tables]", "process_one_work+0x1d5/0x3c0"),
			FaultAddress: address(0x6f6b6e696c2e756e),
			Code: map[string]CodeHit{
				"nf-nft_set_pipapo-actually-fetch-key-data-in-nft_pipapo#0": {How: "shape", Bytes: 21, Of: 21},
			},
		},
		miss: Facts{
			Kind: "gpf", Kernel: "5.10.121", Arch: "x86_64",
			IP: frame("nft_rbtree_destroy+0x35/0x80 [nf_tables]"),
			Frames: frames("nft_set_destroy+0x20/0x50 [nf_tables]",
				"nf_tables_trans_destroy_work+0x246/0x260 [nf_tables]", "process_one_work+0x1d5/0x3c0"),
			FaultAddress: address(0xdead000000000122), Poison: "LIST_POISON2",
		},
	},
	{
		id:      "CVE-2021-3635",
		verdict: "known",
		log: Facts{
			Kind: "list-corruption", Kernel: "5.5.0-rc6-syzkaller", Arch: "x86_64", Comm: "syz-executor974",
			IP: frame("__list_del_entry_valid.cold+0x37/0x4f"),
			Frames: frames("nf_tables_commit+0x1068/0x3b30", "nfnetlink_rcv_batch+0xc78/0x17a0", "nfnetlink_rcv+0x3e7/0x460",
				"netlink_unicast+0x58c/0x7d0", "netlink_sendmsg+0x91c/0xea0"),
			Poison: "LIST_POISON2",
		},
		miss: Facts{
			Kind: "list-corruption", Kernel: "6.1.38", Arch: "x86_64", Comm: "nft",
			IP: frame("__list_del_entry_valid.cold+0x37/0x4f"),
			Frames: frames("nf_tables_abort+0x5a0/0xb40", "nfnetlink_rcv_batch+0xc78/0x17a0", "nfnetlink_rcv+0x3e7/0x460",
				"netlink_unicast+0x58c/0x7d0", "netlink_sendmsg+0x91c/0xea0"),
			Poison: "LIST_POISON2",
		},
	},
	{
		id:      "nf-ipset-fix-race-condition-between-swap-destroy-and-ke",
		verdict: "known",
		log: Facts{
			Kind: "null-deref", Kernel: "6.6.0-rc5", KernelBuild: "#3", Arch: "x86_64", Context: "softirq",
			IP: frame("hash_net4_kadt+0x5f/0x1b0 [ip_set_hash_net]"),
			Frames: frames("ip_set_test+0x119/0x250 [ip_set]", "set_match_v4+0xa2/0xe0 [xt_set]",
				"nft_match_eval+0x65/0xb0 [nft_compat]", "nft_do_chain+0xe1/0x430 [nf_tables]"),
			FaultAddress: address(0x9c), Access: "read", BaseNull: true, BaseOffset: offset(0x9c),
		},
		miss: Facts{
			Kind: "null-deref", Kernel: "6.8.4", Arch: "x86_64", Context: "softirq",
			IP: frame("hash_net4_kadt+0x5f/0x1b0 [ip_set_hash_net]"),
			Frames: frames("ip_set_test+0x119/0x250 [ip_set]", "set_match_v4+0xa2/0xe0 [xt_set]",
				"nft_match_eval+0x65/0xb0 [nft_compat]", "nft_do_chain+0xe1/0x430 [nf_tables]"),
			FaultAddress: address(0x9c), Access: "read", BaseNull: true, BaseOffset: offset(0x9c),
		},
	},
	{
		id:      "CVE-2025-68813",
		verdict: "known",
		log: Facts{
			Kind: "kasan-null-ptr-deref", Kernel: "6.6.114", Arch: "x86_64", Context: "task",
			IP: frame("fib_compute_spec_dst+0x17a/0x9f0"),
			Frames: frames("__ip_options_compile+0x13a1/0x17d0", "ipv4_link_failure+0x702/0xb80",
				"__ip_vs_get_out_rt+0x15fd/0x19e0", "ip_vs_nat_xmit+0x1d8/0xc80"),
			FaultAddress: address(0xdffffc0000000065), BaseNull: true, BaseOffset: offset(0x328), Access: "read",
		},
		miss: Facts{
			Kind: "kasan-null-ptr-deref", Kernel: "6.6.114", Arch: "x86_64", Context: "task",
			IP: frame("fib_compute_spec_dst+0x17a/0x9f0"),
			Frames: frames("__ip_options_compile+0x13a1/0x17d0", "ipv4_link_failure+0x702/0xb80",
				"arp_error_report+0xb7/0x1a0", "neigh_invalidate+0x233/0x5a0"),
			FaultAddress: address(0xdffffc0000000065), BaseNull: true, BaseOffset: offset(0x328), Access: "read",
		},
	},
	{
		id:      "nf-bridge-netfilter-fix-crash-in-br_nf_forward_finish",
		verdict: "known",
		log: Facts{
			Kind: "null-deref", Kernel: "2.6.34-rc7-net", Arch: "x86_64", Context: "softirq", Comm: "kvm",
			IP: frame("br_nf_forward_finish+0x154/0x170 [bridge]"),
			Frames: frames("NF_HOOK_THRESH+0x56/0x60 [bridge]", "br_nf_forward_arp+0x112/0x120 [bridge]",
				"nf_iterate+0x64/0xa0", "nf_hook_slow+0x6c/0x100", "__br_forward+0x6d/0xc0 [bridge]"),
			FaultAddress: address(0x18), BaseNull: true, BaseOffset: offset(0x18),
		},
		miss: Facts{
			Kind: "null-deref", Kernel: "3.5.0-rc5-00006-g95e69f9", Arch: "x86_64", Context: "softirq", Comm: "qemu",
			IP: frame("br_nf_forward_finish+0x58/0x112 [bridge]"),
			Frames: frames("br_nf_forward_ip+0x275/0x2c8 [bridge]", "nf_iterate+0x47/0x7d", "nf_hook_slow+0x6d/0x102",
				"__br_forward+0x97/0xa2 [bridge]"),
			FaultAddress: address(4), BaseNull: true, BaseOffset: offset(4),
		},
	},
	{
		id:      "nf-conntrack-fix-null-pointer-dereference-in-nf_confirm",
		verdict: "known",
		log: Facts{
			Kind: "null-deref", Kernel: "5.10.161", Arch: "x86_64", Context: "task", Comm: "snort",
			IP: frame("nf_conntrack_update+0x134/0x350 [nf_conntrack]"),
			Frames: frames("nfqnl_reinject+0x4a/0x70 [nfnetlink_queue]", "nfqnl_recv_verdict+0x30d/0x500 [nfnetlink_queue]",
				"nfnetlink_rcv_msg+0x166/0x2e0 [nfnetlink]", "netlink_rcv_skb+0x50/0x100"),
			FaultAddress: address(0x84), Access: "read", BaseNull: true, BaseOffset: offset(0x84),
		},
		miss: Facts{
			Kind: "null-deref", Kernel: "5.10.0-24-amd64", KernelBuild: "#1 Debian 5.10.184-1", Arch: "x86_64",
			Context: "task", Comm: "snort",
			IP: frame("nf_conntrack_update+0x134/0x350 [nf_conntrack]"),
			Frames: frames("nfqnl_reinject+0x4a/0x70 [nfnetlink_queue]", "nfqnl_recv_verdict+0x30d/0x500 [nfnetlink_queue]",
				"nfnetlink_rcv_msg+0x166/0x2e0 [nfnetlink]", "netlink_rcv_skb+0x50/0x100"),
			FaultAddress: address(0x84), Access: "read", BaseNull: true, BaseOffset: offset(0x84),
		},
	},
	{
		id:      "CVE-2024-42270",
		verdict: "known",
		log: Facts{
			Kind: "null-deref", Kernel: "6.1.92-99.174.amzn2023.x86_64", Arch: "x86_64", Context: "task",
			IP: frame("iptable_nat_table_init+0xb5/0xf0 [iptable_nat]"),
			Frames: frames("xt_find_table_lock+0x12f/0x1b0", "xt_request_find_table_lock+0x22/0xa0", "get_info+0x8c/0x340",
				"nf_getsockopt+0x4c/0x70", "ip_getsockopt+0x9a/0xc0"),
			FaultAddress: address(0x13), Access: "write",
		},
		miss: Facts{
			Kind: "null-deref", Kernel: "6.1.92-99.174.amzn2023.x86_64", Arch: "x86_64", Context: "task",
			IP: frame("ip6table_nat_table_init+0x61/0xf0 [ip6table_nat]"),
			Frames: frames("xt_find_table_lock+0x12f/0x1b0", "xt_request_find_table_lock+0x22/0xa0", "get_info+0x8c/0x340",
				"nf_getsockopt+0x4c/0x70"),
			FaultAddress: address(0x20), Access: "read",
		},
	},
	{
		id:      "nf-conntrack-fix-crash-due-to-confirmed-bit-load-reorde",
		verdict: "known",
		log: Facts{
			Kind: "null-deref", Kernel: "5.19.0-rc4-custom-kajpuc01-teo", KernelBuild: "#15", Arch: "arm64",
			IP: frame("__nf_ct_delete_from_lists+0x9c/0x1f0 [nf_conntrack]"),
			Frames: frames("__nf_ct_delete_from_lists+0x9c/0x1f0 [nf_conntrack]", "nf_ct_delete+0x84/0x150 [nf_conntrack]",
				"early_drop+0x160/0x280 [nf_conntrack]", "__nf_conntrack_alloc+0x1bc/0x1e0 [nf_conntrack]",
				"init_conntrack.isra.0+0x9c/0x4b0 [nf_conntrack]", "nf_conntrack_in+0x2d8/0x5c0 [nf_conntrack]"),
			FaultAddress: address(0), Access: "write", BaseNull: true, BaseOffset: offset(0),
			Panic: "Oops: Fatal exception in interrupt",
		},
		miss: Facts{
			Kind: "null-deref", Kernel: "6.1.150", Arch: "arm64",
			IP: frame("__nf_ct_delete_from_lists+0x9c/0x1f0 [nf_conntrack]"),
			Frames: frames("__nf_ct_delete_from_lists+0x9c/0x1f0 [nf_conntrack]", "nf_ct_delete+0x84/0x150 [nf_conntrack]",
				"nf_ct_gc_expired+0x60/0x90 [nf_conntrack]", "__nf_conntrack_find_get+0x1c0/0x3a0 [nf_conntrack]",
				"nf_conntrack_in+0x2d8/0x5c0 [nf_conntrack]"),
			FaultAddress: address(0), Access: "write", BaseNull: true, BaseOffset: offset(0),
		},
	},
	{
		id:      "CVE-2025-71160",
		verdict: "known",
		log: Facts{
			Kind: "soft-lockup", Kernel: "6.18.0-rc6+", Arch: "x86_64", Context: "task", Comm: "iptables-nft-re",
			IP: frame("nft_chain_validate+0xcb/0x110 [nf_tables]"),
			Frames: frames("nft_immediate_validate+0x36/0x50 [nf_tables]", "nft_chain_validate+0xc9/0x110 [nf_tables]",
				"nft_immediate_validate+0x36/0x50 [nf_tables]", "nft_chain_validate+0xc9/0x110 [nf_tables]",
				"nft_table_validate+0x6b/0xb0 [nf_tables]", "nf_tables_validate+0x8b/0xa0 [nf_tables]",
				"nf_tables_commit+0x1df/0x1eb0 [nf_tables]", "nfnetlink_rcv_batch+0x2b0/0x9d0 [nfnetlink]"),
		},
		miss: Facts{
			Kind: "soft-lockup", Kernel: "6.18.0-rc6+", Arch: "x86_64", Context: "task", Comm: "iptables-nft-re",
			IP: frame("nf_tables_rule_destroy+0x3b/0x90 [nf_tables]"),
			Frames: frames("nf_tables_commit+0x1df/0x1eb0 [nf_tables]",
				"nfnetlink_rcv_batch+0x2b0/0x9d0 [nfnetlink]"),
		},
	},
	{
		id:      "CVE-2021-47451",
		verdict: "known",
		log: Facts{
			Kind: "kasan-user-memory-access", Kernel: "5.14.0+", KernelBuild: "#3", Arch: "x86_64", Context: "task",
			IP: frame("alarm_expires_remaining+0x49/0x70"),
			Frames: frames("alarm_expires_remaining+0x49/0x70", "idletimer_tg_show+0xe5/0x19b [xt_IDLETIMER]",
				"dev_attr_show+0x3c/0x60", "sysfs_kf_seq_show+0x11d/0x1f0"),
			FaultAddress: address(0x2e8c7bc4c8), Access: "read",
		},
		miss: Facts{
			Kind: "kasan-user-memory-access", Kernel: "5.14.0+", KernelBuild: "#3", Arch: "x86_64", Context: "task",
			IP: frame("alarm_expires_remaining+0x49/0x70"),
			Frames: frames("alarm_expires_remaining+0x49/0x70", "alarm_timer_remaining+0x19/0x20",
				"common_timer_get+0x84/0x190"),
			FaultAddress: address(0x2e8c7bc4c8), Access: "read",
		},
	},
	{
		id:      "nf-nfnetlink_log-fix-null-pointer-dereference",
		verdict: "known",
		log: Facts{
			Kind: "null-deref", Kernel: "2.6.20.3", KernelBuild: "#1", Arch: "i386",
			IP: frame("__nfulnl_send+0x24/0x51 [nfnetlink_log]"),
			Frames: frames("nfulnl_timer+0x15/0x25 [nfnetlink_log]", "run_timer_softirq+0x10a/0x164",
				"__do_softirq+0x60/0xba", "do_softirq+0x31/0x35", "do_IRQ+0x62/0x74"),
			FaultAddress: address(4), Access: "write", BaseNull: true, BaseOffset: offset(4),
			Panic: "Fatal exception in interrupt",
		},
		miss: Facts{
			Kind: "null-deref", Kernel: "2.6.22.1", KernelBuild: "#1", Arch: "i386",
			IP: frame("__nfulnl_send+0x3b/0x60 [nfnetlink_log]"),
			Frames: frames("nfulnl_timer+0x15/0x25 [nfnetlink_log]", "run_timer_softirq+0x10a/0x164",
				"__do_softirq+0x60/0xba", "do_softirq+0x31/0x35", "do_IRQ+0x62/0x74"),
			FaultAddress: address(0x50), Access: "read", BaseNull: true, BaseOffset: offset(0x50),
			Panic: "Fatal exception in interrupt",
		},
	},
	{
		id:      "CVE-2024-41043",
		verdict: "known",
		log: Facts{
			Kind: "warn", Kernel: "6.10.0-rc4-00927-g742ad979f500", KernelBuild: "#1", Arch: "x86_64", Context: "softirq",
			IP: frame("nf_reinject+0x3d/0x210 [nfnetlink_queue]"),
			Frames: frames("nfqnl_flush+0xc3/0xf0 [nfnetlink_queue]", "instance_destroy_rcu+0x1f/0x40 [nfnetlink_queue]",
				"rcu_do_batch+0x1af/0x550", "rcu_core+0x189/0x460", "handle_softirqs+0xe2/0x2e0"),
		},
		miss: Facts{
			Kind: "null-deref", Kernel: "6.12.20", KernelBuild: "#1", Arch: "x86_64", Context: "softirq",
			IP: frame("skb_release_data+0x3d/0x210"),
			Frames: frames("nfqnl_flush+0xc3/0xf0 [nfnetlink_queue]", "instance_destroy_rcu+0x1f/0x40 [nfnetlink_queue]",
				"rcu_do_batch+0x1af/0x550", "rcu_core+0x189/0x460"),
			FaultAddress: address(0x28), BaseNull: true, BaseOffset: offset(0x28),
		},
	},
}

func load(t testing.TB) *Base {
	t.Helper()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryEntryKnowsItsOwnLog(t *testing.T) {
	b := load(t)
	for _, c := range entryCases {
		t.Run(c.id, func(t *testing.T) {
			log, found := b.Log(c.id)
			if !found || !strings.Contains(string(log), c.log.IP.Symbol) || !strings.Contains(string(log), c.log.Kernel) {
				t.Errorf("the log does not hold the facts of this test")
			}
			miss, found := b.MissLog(c.id)
			if !found || !strings.Contains(string(miss), c.miss.IP.Symbol) || !strings.Contains(string(miss), c.miss.Kernel) {
				t.Errorf("the near miss does not hold the facts of this test")
			}
			matches := b.Match(c.log)
			if len(matches) == 0 || matches[0].ID != c.id || matches[0].Verdict != c.verdict {
				t.Errorf("log: got %s, want %s (%s) first", show(matches), c.id, c.verdict)
			}
			for i, m := range matches {
				if i > 0 && m.Verdict != "possible" {
					t.Errorf("log: got %s, another than %s is only possible", show(matches), c.id)
				}
			}
			for _, m := range matches {
				t.Log(showEvidence(m))
			}
			for _, m := range b.Match(c.miss) {
				if m.ID == c.id { // another entry may well know it
					t.Errorf("near miss: got %s", showEvidence(m))
				}
			}
		})
	}
}

func show(matches []Match) string {
	var parts []string
	for _, m := range matches {
		parts = append(parts, m.ID+" ("+m.Verdict+" "+strconv.FormatFloat(m.Score, 'f', 3, 64)+")")
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

func showEvidence(m Match) string {
	var s strings.Builder
	s.WriteString(show([]Match{m}) + " affected " + m.Affected)
	for _, e := range m.Evidence {
		s.WriteString("\n  + " + strconv.FormatFloat(e.Weight, 'f', 2, 64) + " " + e.Fact)
	}
	for _, e := range m.Against {
		s.WriteString("\n  - " + strconv.FormatFloat(e.Weight, 'f', 2, 64) + " " + e.Fact)
	}
	return s.String()
}
