package oops

import "strings"

// netfilterFamilies are the beginnings of names that netfilter and the bridge give their functions. In a kernel with
// all of it built in nothing else in a trace tells them from the rest.
var netfilterFamilies = families(`
	nf_ nfnl_ nfnetlink_ nfqnl_ nfulnl_ nfct_ nft_ xt_ ipt_ ip6t_ arpt_ ebt_ ip_set_ ip_vs_ ctnetlink_ synproxy_ br_nf_
	br_netfilter_ br_handle_ br_multicast_ br_fdb_ hashlimit_ recent_ connlimit_ idletimer_ clusterip_ tcpmss_ masq_
	flow_offload_ hash_ip hash_net hash_mac bitmap_ip bitmap_port list_set_ nat_h323 sip_help help_h323
`)

// serviceFamilies are netfilter's own functions that do what their callers ask for, by the beginnings of their names:
// the checks in them fail because of how they were called (net/netfilter, 2.6 to 7.x).
var serviceFamilies = families(`
	nf_ct_ext_ nf_ct_helper_ nf_ct_labels_ext nf_ct_timeout_ext nla_ nlmsg_ nf_nat_unregister_
	ctnetlink_dump_ ctnetlink_exp_dump_ nf_register_net_hook nf_unregister_net_hook nf_register_hook
	nf_unregister_hook nf_tables_unregister_hook nft_data_ ip_set_put ip_set_get
`)

// serviceNames are such functions by their whole names, without leading underscores and compiler suffixes.
var serviceNames = wordSet(`
	ip_vs_use_count_inc ip_vs_use_count_dec nf_nat_register_fn nf_nat_ipv4_register_fn nf_nat_ipv6_register_fn
	nf_nat_ipv4_unregister_fn nf_nat_ipv6_unregister_fn nft_set_elem_destroy nft_set_elem_expr_destroy
	nf_ct_delete nf_ct_kill nf_ct_kill_acct nf_ct_put nf_ct_get nf_ct_set nf_ct_xt_add nf_ct_refresh_acct
	nf_conntrack_put nf_conntrack_destroy nf_ct_destroy nf_hook_entries_free
	nf_ct_unlink_expect nf_ct_unlink_expect_report nf_ct_expect_put nf_ct_remove_expectations
	nf_ct_iterate_cleanup nf_ct_netns_get nf_ct_netns_put nft_use_inc nft_use_dec nf_ip_route nf_ip6_route nf_route
`)

// isService says that a function of netfilter does what its caller asks for.
func isService(f *Location) bool {
	name := BareName(f.Symbol)
	return serviceNames[strings.TrimLeft(name, "_")] || serviceFamilies.has(name)
}

// ofNetfilter says that a function is of a module, or of netfilter or the bridge by its name.
func ofNetfilter(f *Location) bool {
	return f.Module != "" || netfilterFamilies.has(BareName(f.Symbol))
}

// dispatches says that a frame only calls rules, hooks and messages, or receives packets for whoever wants them.
func dispatches(f *Location) bool {
	name := BareName(f.Symbol)
	return netfilterDispatch[name] || isAnchor(name)
}

// serviceCaller is the function that asked f, a service of netfilter, for what went wrong; nil if f is none, or if the
// trace does not show who asked.
func (o *open) serviceCaller(f *Location) *Location {
	if !isService(f) {
		return nil
	}
	trace := o.c.Trace
	from := 0
	for i := range trace {
		if g := &trace[i]; &g.Location == f || g.Reliable && BareName(g.Symbol) == BareName(f.Symbol) {
			from = i + 1
		}
	}
	for i := from; i < len(trace); i++ {
		g := &trace[i]
		switch {
		case !g.Reliable || g.Symbol == "" || isPlumbing(&g.Location) || isService(&g.Location):
			continue
		case dispatches(&g.Location) || !ofNetfilter(&g.Location):
			return nil
		}
		return &g.Location
	}
	return nil
}

// overflowed is the function that filled the stack: the one of netfilter that stands in the trace again, else any that
// stands there again and again, else the innermost of netfilter. nil if there is none.
func (o *open) overflowed() *Location {
	const often = 3 // entries of a function that is not netfilter's
	count := map[string]int{}
	var inner, again *Location
	for i := range o.c.Trace {
		g := &o.c.Trace[i]
		if !g.Reliable || g.Symbol == "" || isPlumbing(&g.Location) || dispatches(&g.Location) || isService(&g.Location) {
			continue
		}
		name := BareName(g.Symbol)
		count[name]++
		own := netfilterFamilies.has(name)
		if own && count[name] == 2 {
			return &g.Location
		}
		if again == nil && count[name] == often {
			again = &g.Location
		}
		if own && inner == nil {
			inner = &g.Location
		}
	}
	if again != nil {
		return again
	}
	return inner
}

// saidBefore are the words of a WARN()'s own message that stand before the function that it accuses:
// net/core/netpoll.c, kernel/irq/handle.c, kernel/time/timer.c, init/main.c, net/core/dev.c.
var saidBefore = []struct{ gate, before string }{
	{" enabled interrupts in poll (", " enabled interrupts in poll ("},
	{" enabled interrupts", " handler "},
	{" preempt leak: ", "timer: "},
	{" returned with ", "initcall "},
	{", exceeding its budget", "NAPI poll function "},
}

// accused is the function that the message of a WARN() names.
func accused(text string) (Location, bool) {
	for _, s := range saidBefore {
		if !strings.Contains(text, s.gate) {
			continue
		}
		if rest, ok := cutAfter(text, s.before); ok {
			if loc, _, ok := parseSymbol(rest); ok {
				return loc, true
			}
		}
	}
	return Location{}, false
}
