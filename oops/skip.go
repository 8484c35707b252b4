package oops

import "strings"

// netfilterDispatch are the functions that only call rules, hooks and messages: what they call is to blame.
var netfilterDispatch = wordSet(`
	nf_hook_slow nf_hook_slow_list nf_hook nf_iterate nf_hook_entry_hookfn nf_hook_entries_grow NF_HOOK
	NF_HOOK_LIST nf_hook_thresh nf_hook_ingress nf_hook_netdev ipt_do_table ip6t_do_table arpt_do_table
	ebt_do_table iptable_filter_hook ip6table_filter_hook iptable_mangle_hook ipt_hook ipt_local_in_hook
	ipt_local_out_hook nft_do_chain nft_do_chain_inet nft_do_chain_ipv4 nft_do_chain_ipv6 nft_do_chain_bridge
	nft_do_chain_netdev nft_nat_do_chain nft_rule_expr_eval expr_call_ops_eval nft_inet_do_chain nft_ipv4_do_chain
	nft_route_table_hook nfnetlink_rcv nfnetlink_rcv_msg nfnetlink_rcv_batch nfnetlink_rcv_skb_batch
	netlink_rcv_skb netlink_unicast netlink_unicast_kernel netlink_sendmsg nf_setsockopt nf_getsockopt nf_sockopt
	nf_reinject nfqnl_reinject nf_nat_inet_fn nf_nat_ipv4_fn
`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// prefixes is a set of beginnings of names, by their first two bytes.
type prefixes map[string][]string

func families(s string) prefixes {
	m := prefixes{}
	for w := range strings.FieldsSeq(s) {
		m[w[:2]] = append(m[w[:2]], w)
	}
	return m
}

// has says whether name, without its leading underscores, begins so.
func (p prefixes) has(name string) bool {
	name = strings.TrimLeft(name, "_")
	if len(name) < 2 {
		return false
	}
	for _, w := range p[name[:2]] {
		if strings.HasPrefix(name, w) {
			return true
		}
	}
	return false
}

// isPlumbing says that a frame is never to blame. Functions of modules are not plumbing, whatever their name is, but
// a header's inline function that was compiled into one is.
func isPlumbing(f *Location) bool {
	name := BareName(f.Symbol)
	if f.Module != "" && !strings.Contains(f.File, "include/") {
		return false
	}
	if strings.HasPrefix(name, "_R") || strings.HasPrefix(name, "_ZN") {
		return rustPlumbing(name)
	}
	for _, verb := range plumbingVerbs {
		if strings.HasSuffix(name, verb) {
			return true
		}
	}
	return !netfilterDispatch[name] && (plumbingNames[strings.TrimLeft(name, "_")] || plumbingFamilies.has(name))
}

// rustPlumbing says that a mangled name is one of the language's own: panics, formatting, allocation.
func rustPlumbing(name string) bool {
	for _, s := range [...]string{
		"9panicking", "rust_begin_unwind", "4core3fmt", "5alloc9allocator", "13unwrap_failed", "13expect_failed",
	} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// BareName takes the compiler's suffixes off a symbol (.isra.0, .constprop.0, .part.3, .cold, .llvm.123), and the dot
// that powerpc's ABI v1 puts in front.
func BareName(s string) string {
	s = strings.TrimPrefix(s, ".")
	if i := strings.IndexByte(s, '.'); i > 0 && !strings.HasPrefix(s, "_R") && !strings.HasPrefix(s, "_ZN") {
		return s[:i]
	}
	return s
}

// syscallPrefixes are what the entry macros put before a system call's name, most specific first.
var syscallPrefixes = []string{"__x64_", "__ia32_", "__arm64_", "__riscv_", "__s390x_", "__s390_", "__se_compat_", "__do_compat_", "__se_sys_", "__do_sys_", "SYSC_", "SyS_", "C_SYSC_", "compat_SyS_", "ksys_"}

// titleName is the form of a function's name that titles use.
func titleName(s string) string {
	s = BareName(s)
	for _, p := range syscallPrefixes {
		if rest, ok := strings.CutPrefix(s, p); ok && rest != "" {
			return rest
		}
	}
	return s
}
