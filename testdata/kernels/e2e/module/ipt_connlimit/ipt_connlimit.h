/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ipt_connlimit: limit the connections of a client, with the fault of 2005 on today's conntrack.
 *
 * This file gives the few names of the old conntrack that ipt_connlimit.c uses.
 */
#ifndef IPT_CONNLIMIT_H
#define IPT_CONNLIMIT_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#define CONNLIMIT_BUCKETS 256

/* One connection that the rule has seen. */
struct connlimit_conn {
	struct list_head list;
	struct nf_conntrack_tuple tuple;
};

/* What one rule keeps: its connections by client address. */
struct connlimit_data {
	spinlock_t lock;
	struct list_head iphash[CONNLIMIT_BUCKETS];
};

static inline struct nf_conntrack_tuple_hash *ip_conntrack_find_get(const struct nf_conntrack_tuple *tuple,
								    const struct nf_conn *ct)
{
	return nf_conntrack_find_get(nf_ct_net(ct), nf_ct_zone(ct), tuple);
}

static inline struct nf_conn *tuplehash_to_ctrack(const struct nf_conntrack_tuple_hash *found)
{
	return nf_ct_tuplehash_to_ctrack(found);
}

/*
 * gcc proves on some paths that a pointer is NULL and then folds it into an absolute address.
 * The _r build hides the value, so that the fault happens through a register that holds 0.
 */
#ifdef CONNLIMIT_HIDE_NULL
#define not_folded(p) OPTIMIZER_HIDE_VAR(p)
#else
#define not_folded(p) do { } while (0)
#endif

int count_them(struct connlimit_data *data, __be32 addr, __be32 mask, struct nf_conn *ct);
int count_them_fixed(struct connlimit_data *data, __be32 addr, __be32 mask, struct nf_conn *ct);

#endif
