package oops_test

import (
	"strings"
	"testing"
)

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

// Whoever types a crash from a photograph takes 0 for O and 1 for l. The name stands; a number that may be another one
// is not told.
func TestPlaceTypedFromPhoto(t *testing.T) {
	for _, c := range []struct {
		row    string
		offset uint64
		known  bool
		size   uint64
	}{
		{"RIP: 0010:nf_nat_setup_info+0x2e/0x6f0 [nf_nat]", 0x2e, true, 0x6f0},
		{"RIP: O010:nf_nat_setup_info+Ox2e/Ox6f0 [nf_nat]", 0x2e, true, 0x6f0},
		{"RIP: 0010:nf_nat_setup_info+0x2O/0x6f0 [nf_nat]", 0, false, 0x6f0},
		{"RIP: 0010:nf_nat_setup_info+0x2e/0x6fO [nf_nat]", 0x2e, true, 0},
	} {
		crash := onlyCrash(t, "BUG: unable to handle kernel NULL pointer dereference at 00000018\n"+c.row+"\n")
		ip := crash.IP.Value
		if ip.Symbol != "nf_nat_setup_info" || ip.Module != "nf_nat" || ip.Offset != c.offset ||
			ip.HasOffset != c.known || ip.Size != c.size {
			t.Errorf("%s: %+v", c.row, ip)
		}
	}
	crash := onlyCrash(t, `BUG: unable to handle kernel NULL pointer dereference at 00000018
RIP: 0010:nf_nat_setup_info+0x2e/0x6f0 [nf_nat]
RAX: 000000000000000O RBX: ffff88001f7dbb60 RCX: 00000000OO000001
RDX: 0000000000000001
`)
	var got []string
	for _, r := range crash.Registers {
		got = append(got, r.Name)
	}
	if want := "rbx rdx"; strings.Join(got, " ") != want {
		t.Errorf("registers %q, want %q", got, want)
	}
}
