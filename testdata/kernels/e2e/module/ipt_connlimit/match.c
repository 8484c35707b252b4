// SPDX-License-Identifier: GPL-2.0-only
/*
 * ipt_connlimit: the match. It takes the name and the interface of the kernel's own connlimit
 * (revision 1), so that stock iptables drives it; xt_connlimit must not be loaded.
 */
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_connlimit.h>
#include <linux/slab.h>
#include "ipt_connlimit.h"

static bool fixed;
module_param(fixed, bool, 0444);
MODULE_PARM_DESC(fixed, "use the right order of the predicates");

static bool match(const struct sk_buff *skb, struct xt_action_param *par)
{
	const struct xt_connlimit_info *info = par->matchinfo;
	struct connlimit_data *data = (struct connlimit_data *)info->data;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;
	__be32 addr = ip_hdr(skb)->saddr;
	int connections;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct) {
		par->hotdrop = true;
		return false;
	}
	if (fixed)
		connections = count_them_fixed(data, addr, info->mask.ip, ct);
	else
		connections = count_them(data, addr, info->mask.ip, ct);
	if (connections < 0) {
		par->hotdrop = true;
		return false;
	}
	return (connections > info->limit) ^ !!(info->flags & XT_CONNLIMIT_INVERT);
}

static int check(const struct xt_mtchk_param *par)
{
	struct xt_connlimit_info *info = par->matchinfo;
	struct connlimit_data *data;
	int i, err;

	data = kmalloc(sizeof(*data), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	err = nf_ct_netns_get(par->net, par->family);
	if (err < 0) {
		kfree(data);
		return err;
	}
	spin_lock_init(&data->lock);
	for (i = 0; i < CONNLIMIT_BUCKETS; i++)
		INIT_LIST_HEAD(&data->iphash[i]);
	info->data = (struct nf_conncount_data *)data;
	return 0;
}

static void destroy(const struct xt_mtdtor_param *par)
{
	struct xt_connlimit_info *info = par->matchinfo;
	struct connlimit_data *data = (struct connlimit_data *)info->data;
	struct connlimit_conn *conn, *next;
	int i;

	nf_ct_netns_put(par->net, par->family);
	for (i = 0; i < CONNLIMIT_BUCKETS; i++)
		list_for_each_entry_safe(conn, next, &data->iphash[i], list)
			kfree(conn);
	kfree(data);
}

static struct xt_match connlimit_match __read_mostly = {
	.name = "connlimit",
	.revision = 1,
	.family = NFPROTO_IPV4,
	.match = match,
	.checkentry = check,
	.destroy = destroy,
	.matchsize = sizeof(struct xt_connlimit_info),
	.usersize = offsetof(struct xt_connlimit_info, data),
	.me = THIS_MODULE,
};

static int __init connlimit_init(void)
{
	return xt_register_match(&connlimit_match);
}

static void __exit connlimit_exit(void)
{
	xt_unregister_match(&connlimit_match);
}

module_init(connlimit_init);
module_exit(connlimit_exit);
MODULE_DESCRIPTION("connections per client, with the fault of 2005");
MODULE_LICENSE("GPL");
