package kb

import (
	"strings"
	"testing"
)

// patternCases hold for each entry with a source pattern a body of its function with the bug and one with the fix. They
// are written for these tests: as little as tells the two apart, around it what a kernel tree may have there.
var patternCases = map[string]struct{ bug, fix string }{
	"nf-nft_tunnel-fix-null-attribute-check": {
		`if (!tb[NFTA_TUNNEL_KEY] && /* one would do */ !tb[NFTA_TUNNEL_DREG]) return -EINVAL; n = get(tb);`,
		`if (!tb[NFTA_TUNNEL_KEY] ||
		     !tb[NFTA_TUNNEL_DREG]) return -EINVAL; n = get(tb);`,
	},
	"nf-flowtable-fix-accessing-null-dst-entry": {
		`fill(match); if (other_dst->lwtstate) { tunnel(match, other_dst); }`,
		`fill(match); if (other_dst && other_dst->lwtstate) { tunnel(match, other_dst); }`,
	},
	"CVE-2026-23278": {
		`list_for_each_entry(c, l, list) { if (skip(c)) continue; nft_setelem_data_deactivate(n, set, c->elem); break; }`,
		`list_for_each_entry(c, l, list) { if (stop(c)) break; nft_setelem_data_deactivate(n, set, c->elem); }`,
	},
	"nf-nft_fib_ipv6-handle-routes-via-external-nexthop": {
		`if (match(rt, dev)) return true; list_for_each_entry_rcu(iter, &rt->fib6_siblings, fib6_siblings) { }`,
		`if (rt->nh) return nexthop_for_each_fib6_nh(rt->nh, cb, dev);
		 list_for_each_entry_rcu(iter, &rt->fib6_siblings, fib6_siblings) { }`,
	},
	"nf-ipset-exclude-gc-when-resize-is-in-progress": {
		`next = t->region; mtype_gc_do(set, h, t, r); put(t);`,
		`next = t->region; lock(gc); if (!t->resizing) mtype_gc_do(set, h, t, r); unlock(gc); put(t);`,
	},
	"nf-nft_connlimit-disable-bh-on-garbage-collection": {
		`struct nft_connlimit *priv = nft_expr_priv(expr); return nf_conncount_gc_list(net, &priv->list);`,
		`local_bh_disable(); ret = nf_conncount_gc_list(net, priv->list); local_bh_enable(); return ret;`,
	},
	"CVE-2021-46915": {
		`if (pkts) { tokens = div_u64(limit->nsecs, limit->rate) * limit->burst; } else { tokens = div64_u64(a, b); }`,
		`if (pkts) { tokens = div64_u64(limit->nsecs, limit->rate) * limit->burst; }`,
	},
	"CVE-2023-32233": {
		`switch (phase) { case NFT_TRANS_PREPARE: set->use--; return; case NFT_TRANS_ABORT: set->use--; }`,
		`switch (phase) { case NFT_TRANS_PREPARE_ERROR: gone(set); break; case NFT_TRANS_PREPARE:
		 if (nft_set_is_anonymous(set)) nft_deactivate_next(ctx->net, set); set->use--; return; }`,
	},
	"CVE-2022-32250": {
		`err = nf_tables_expr_parse(ctx, nla, &info); expr = alloc(info.ops->size); err = nf_tables_newexpr(ctx, &info, expr);`,
		`err = nf_tables_expr_parse(ctx, nla, &info); if (!(info.ops->type->flags & NFT_EXPR_STATEFUL)) goto bad;
		 err = nf_tables_newexpr(ctx, &info, expr);`,
	},
	"CVE-2017-18017": {
		`tcp_hdrlen = tcph->doff * 4; if (len < tcp_hdrlen) return -1; go(on);`,
		`tcp_hdrlen = tcph->doff * 4; if (len < tcp_hdrlen || tcp_hdrlen < sizeof(struct tcphdr)) return -1; go(on);`,
	},
	"nf-nft_ct-protect-nft_ct_pcpu_template_refcnt-with-mute": {
		`switch (priv->key) { case NFT_CT_ZONE: if (--nft_ct_pcpu_template_refcnt == 0) put(); break; }`,
		`switch (priv->key) { case NFT_CT_ZONE: mutex_lock(&nft_ct_pcpu_mutex);
		 if (--nft_ct_pcpu_template_refcnt == 0) put(); mutex_unlock(&nft_ct_pcpu_mutex); break; }`,
	},
	"CVE-2022-25636": {
		`while (more(expr)) { if (expr->ops->offload_flags & NFT_OFFLOAD_F_ACTION) num_actions++; }`,
		`while (more(expr)) { if (expr->ops->offload_action && expr->ops->offload_action(expr)) num_actions++; }`,
	},
	"CVE-2024-1086": {
		`switch (data->verdict.code) { default: switch (data->verdict.code & NF_VERDICT_MASK) { case NF_ACCEPT:
		 case NF_DROP: case NF_QUEUE: break; default: return -EINVAL; } fallthrough; case NFT_CONTINUE: break; }`,
		`switch (data->verdict.code) { case NF_ACCEPT: case NF_DROP: case NF_QUEUE: break; case NFT_CONTINUE: break; }`,
	},
	"CVE-2024-36270": {
		`laddr = 0; indev = __in_dev_get_rcu(skb->dev); in_dev_for_each_ifa_rcu(ifa, indev) { }`,
		`laddr = 0; indev = __in_dev_get_rcu(skb->dev); if (!indev) return daddr; in_dev_for_each_ifa_rcu(ifa, indev) { }`,
	},
	"CVE-2019-9162": {
		`if (*(unsigned char *)data > 1) return -1; return 1;`,
		`if (datalen != 1) return -EINVAL; if (*(unsigned char *)data > 1) return -1; return 1;`,
	},
	"CVE-2026-43086": {
		`struct s *sched = NULL; if (sched) { ret = ip_vs_bind_scheduler(svc, sched); if (ret) goto out; sched = NULL; }`,
		`struct s *sched = NULL; if (sched) { ret = ip_vs_bind_scheduler(svc, sched); if (ret) goto out; }`,
	},
	"CVE-2023-35001": {
		`switch (priv->size) { case 2: for (i = 0; i < n; i++) d[i].u16 = htons(s[i].u16); break; }`,
		`switch (priv->size) { case 2: switch (priv->op) { case NFT_BYTEORDER_HTON: d16[i] = htons(s16[i]); } }`,
	},
	"CVE-2015-8787": {
		`indev = __in_dev_get_rcu(skb->dev); if (indev != NULL) { ifa = indev->ifa_list; newdst = ifa->ifa_local; }`,
		`indev = __in_dev_get_rcu(skb->dev); if (indev && indev->ifa_list) { ifa = indev->ifa_list; }`,
	},
}

// Each entry that says how to tell bug from fix in the source tells them apart, and says nothing of other code.
func TestPatterns(t *testing.T) {
	patterns := 0
	for _, e := range load(t).All() {
		if e.Pattern.File == "" || e.ID == story {
			continue
		}
		patterns++
		c, found := patternCases[e.ID]
		if !found {
			t.Errorf("%s has a pattern and no case here", e.ID)
			continue
		}
		for _, tt := range []struct {
			body string
			want Finding
		}{
			{c.bug, FindsBug}, {c.fix, FindsFix}, {"return other(code);", FindsNothing},
			{"/* " + strings.NewReplacer("/*", "", "*/", "").Replace(c.bug) + " */", FindsNothing},
		} {
			src := "int other(int x) { return x; }\nstatic int " + e.Pattern.Function + "(struct a *a)\n{\n" + tt.body + "\n}\n"
			got := e.Check(tree(map[string]string{e.Pattern.File: src}))
			if got.Finding != tt.want {
				t.Errorf("%s: found %s in %q, want %s (%s)", e.ID, got.Finding, tt.body, tt.want, got.Reason)
			}
		}
	}
	t.Logf("%d entries besides the story tell by the source", patterns)
	if patterns != len(patternCases) {
		t.Errorf("%d patterns, %d cases", patterns, len(patternCases))
	}
}

func TestAbsentPieces(t *testing.T) {
	for _, tt := range []struct {
		pieces string
		body   string
		ok     bool
	}{
		{"a|not: b|c", "a x c", true},
		{"a|not: b|c", "a b c", false},
		{"a|not: b|c", "b a c b", true},
		{"not: b|a", "x a b", true},
		{"not: b|a", "b a", false},
		{"a|not: b", "b a c", true},
		{"a|not: b", "a c b", false},
		{"a|not: b|not: c|d", "a c d", false},
		{"a|not: b|not: c|d", "a d", true},
		{"not: a", "b", false}, // a pattern without anything that is there
	} {
		line, ok := inOrder(tokens(tt.body), strings.Split(tt.pieces, "|"))
		if ok != tt.ok || ok != (line > 0) {
			t.Errorf("%s in %q: %v, line %d", tt.pieces, tt.body, ok, line)
		}
	}
}
