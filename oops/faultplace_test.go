package oops_test

import "testing"

// A decoded log names the inlined function first, then the one that holds the code; both are wanted.
func TestPlaceOfInlinedFunction(t *testing.T) {
	c := onlyCrash(t, `general protection fault: 0000 [#1] PREEMPT SMP KASAN
CPU: 1 PID: 9557 Comm: syz-executor096 Not tainted 5.5.0-rc6-syzkaller #0
RIP: 0010:nla_get_be32 include/net/netlink.h:1483 [inline]
RIP: 0010:nft_tunnel_get_init+0x65/0x2b0 net/netfilter/nft_tunnel.c:83
RAX: dffffc0000000000 RBX: ffff88808b620008 RCX: ffffffff866720af
Call Trace:
 nf_tables_newexpr net/netfilter/nf_tables_api.c:2474 [inline]
 nf_tables_newrule+0x118/0x2c0 net/netfilter/nf_tables_api.c:3075
`)
	if c.IP.Value.Symbol != "nla_get_be32" {
		t.Errorf("IP is %+v", c.IP)
	}
	if w := c.IPWithin; w.Value.Symbol != "nft_tunnel_get_init" || w.Value.Offset != 0x65 {
		t.Errorf("IPWithin is %+v", w)
	}
	c = onlyCrash(t, `BUG: unable to handle page fault for address: ffffffffa0d5e040
Oops: 0000 [#1] SMP
RIP: 0010:nf_tables_chain_destroy+0x94/0x15a
Call Trace:
 nf_tables_trans_destroy_work+0xd/0x12
RIP: 0010:nf_tables_chain_destroy+0x94/0x15a
`)
	if c.IPWithin.Known() {
		t.Errorf("not inlined, but within %+v", c.IPWithin)
	}
}
