// SPDX-License-Identifier: GPL-2.0-only
/*
 * ipt_connlimit: count_them(), with the fault of 2005.
 *
 * Written anew from the description of the fault; nothing of it is the code of that time but the
 * order of one condition. fix.diff puts the condition into the right order; the lines around it
 * are those of the known bug's entry, so that the entry's own diff applies here as well.
 */
#include <linux/slab.h>
#include "ipt_connlimit.h"

/*
 * Counts the connections of one client (addr under mask) that still live, and remembers the
 * connection ct if the list does not have it yet. Returns -1 without memory.
 */
int count_them(struct connlimit_data *data, __be32 addr, __be32 mask, struct nf_conn *ct)
{
	struct list_head *bucket = &data->iphash[ntohl(addr & mask) % CONNLIMIT_BUCKETS];
	struct nf_conntrack_tuple_hash *found;
	struct nf_conntrack_tuple tuple;
	struct list_head *lh, *next;
	struct connlimit_conn *conn;
	struct nf_conn *found_ct;
	int addit = 1, matches = 0;

	spin_lock(&data->lock);
	tuple = ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	list_for_each_safe(lh, next, bucket) {
		conn = container_of(lh, struct connlimit_conn, list);
		found_ct = NULL;
		found = ip_conntrack_find_get(&conn->tuple, ct);
		if (0 == memcmp(&conn->tuple, &tuple, sizeof(tuple)) &&
		    found != NULL && (found_ct = tuplehash_to_ctrack(found)) != NULL &&
		    found_ct->proto.tcp.state != TCP_CONNTRACK_TIME_WAIT) {
			/* This connection has its entry already. */
			addit = 0;
		}
		if (found == NULL) {
			/* The connection is gone: forget it. */
			list_del(&conn->list);
			kfree(conn);
			continue;
		}

		not_folded(found_ct);
		if (found_ct->proto.tcp.state == TCP_CONNTRACK_TIME_WAIT) {
			/* It is closed and only waits for late packets. */
			list_del(&conn->list);
			kfree(conn);
			nf_ct_put(found_ct);
			continue;
		}

		if ((addr & mask) == (conn->tuple.src.u3.ip & mask))
			matches++;
		nf_ct_put(found_ct);
	}

	if (addit) {
		conn = kmalloc(sizeof(*conn), GFP_ATOMIC);
		if (!conn) {
			spin_unlock(&data->lock);
			return -1;
		}
		conn->tuple = tuple;
		list_add(&conn->list, bucket);
		matches++;
	}
	spin_unlock(&data->lock);
	return matches;
}
