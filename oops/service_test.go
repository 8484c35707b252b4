package oops

import (
	"slices"
	"strings"
	"testing"
)

// TestCulpritOfService holds that a function which does what its callers ask for is passed over for the caller.
func TestCulpritOfService(t *testing.T) {
	warn := func(place string, trace ...string) string {
		return "WARNING: CPU: 1 PID: 40 at net/netfilter/x.c:10 " + place + "\nCall Trace:\n " + strings.Join(trace, "\n ") + "\n"
	}
	fault := func(place string, trace ...string) string {
		return "BUG: kernel NULL pointer dereference, address: 0000000000000010\nRIP: 0010:" + place + "\nCall Trace:\n " +
			strings.Join(trace, "\n ") + "\n"
	}
	tests := []struct{ name, log, want string }{
		{"extension", warn("nf_ct_ext_add+0x1/0x90 [nf_conntrack]", "nf_ct_helper_ext_add+0x1/0x20 [nf_conntrack]",
			"nft_ct_helper_obj_eval+0x8/0x80 [nft_ct]", "nft_do_chain+0x9/0x300 [nf_tables]"), "nft_ct_helper_obj_eval"},
		{"built in", warn("nf_nat_unregister_fn+0x1/0x90", "nf_nat_ipv6_unregister_fn+0x1/0x20",
			"nf_nat_inet_register_fn+0x8/0x80", "nf_tables_register_hook+0x9/0x300"), "nf_nat_inet_register_fn"},
		{"no caller", warn("nf_ct_ext_add+0x1/0x90 [nf_conntrack]", "nft_do_chain+0x9/0x300 [nf_tables]"), "nf_ct_ext_add"},
		{"core, built in", fault("alarm_expires_remaining+0x1/0x90", "idletimer_tg_show+0x1/0x20",
			"dev_attr_show+0x8/0x80"), "idletimer_tg_show"},
		{"core below a dispatcher", fault("ip_frobnicate+0x1/0x90", "nf_hook_slow+0x1/0x20",
			"br_nf_pre_routing+0x8/0x80 [br_netfilter]"), "ip_frobnicate"},
		{"message", "------------[ cut here ]------------\n" +
			"netpoll_send_skb_on_dev(): eth0 enabled interrupts in poll (gem_start_xmit+0x0/0x398)\n" +
			warn("netpoll_send_skb+0x1fc/0x20c", "write_msg+0x1/0x20", "console_unlock+0x8/0x80"), "gem_start_xmit"},
		{"overflow", "BUG: stack guard page was hit at 0000000012345678 (stack is 0..1)\nCall Trace:\n" +
			" fib6_table_lookup+0x1/0x20\n __nf_ip6_route+0x1/0x20\n synproxy_send+0x1/0x20 [nf_synproxy_core]\n" +
			" nft_do_chain+0x1/0x20 [nf_tables]\n ip6_local_out+0x1/0x20\n synproxy_send+0x1/0x20 [nf_synproxy_core]\n",
			"synproxy_send"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p Parser
			for c := range p.Crashes(strings.NewReader(tt.log)) {
				if c.Culprit.Symbol != tt.want {
					t.Errorf("culprit %+v, want %s", c.Culprit, tt.want)
				}
				if c.Culprit.At < c.FirstLine {
					t.Errorf("culprit of line %d, crash from line %d", c.Culprit.At, c.FirstLine)
				}
				return
			}
			t.Error("no crash")
		})
	}
}

// TestFrameContext holds that frames above the entry of softirq work are of it, though the stack's mark says IRQ.
func TestFrameContext(t *testing.T) {
	log := "BUG: kernel NULL pointer dereference, address: 0000000000000010\nRIP: 0010:post+0x1/0x90\nCall Trace:\n <IRQ>\n" +
		" post_rx+0x1/0x20\n handle_softirqs+0xd4/0x300\n irq_exit_rcu+0x1/0x20\n sysvec_apic_timer_interrupt+0x1/0x20\n" +
		" </IRQ>\n <TASK>\n default_idle+0x9/0x10\n"
	want := []Context{InSoftirq, InSoftirq, InHardirq, InHardirq, InTask}
	var p Parser
	for c := range p.Crashes(strings.NewReader(log)) {
		var got []Context
		for i := range c.Trace {
			got = append(got, c.Trace[i].Context)
		}
		if !slices.Equal(got, want) || c.Context != InSoftirq {
			t.Errorf("%v in %v, want %v", got, c.Context, want)
		}
	}
}
