// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

/*
 * A small stand-in for patch-o-matic's connlimit match on Linux 2.6.11.10, i386, one processor, CONFIG_PREEMPT.
 *
 * It was written for nfoops, to crash in the way the match of 2005 did: the order of the tests in count_them() is the
 * order of the story, everything around it is ours. The layouts of the kernel's structures are declared here with the
 * offsets that they have in 2.6.11 (UP, CONFIG_IP_NF_NAT, CONFIG_IP_NF_TARGET_MASQUERADE, no accounting), and the
 * assertions below hold them there, so that fault addresses and displacements mean what they meant then.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef u32 size_t;

#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

/* enum tcp_conntrack of 2.6.11: NONE 0, SYN_SENT 1, SYN_RECV 2, ESTABLISHED 3, ..., TIME_WAIT 7. */
#define TCP_CONNTRACK_TIME_WAIT 7

#define GFP_ATOMIC 0x20
#define BUCKETS 256

struct list_head {
	struct list_head *next, *prev;
};

struct nf_conntrack {
	int use;
	void (*destroy)(struct nf_conntrack *);
};

struct timer_list {
	struct list_head entry;
	u32 expires;
	u32 magic;
	void (*function)(u32);
	u32 data;
	void *base;
};

struct ip_conntrack_tuple {
	struct {
		u32 ip;
		u16 u;
	} src;
	struct {
		u32 ip;
		u16 u;
		u8 protonum;
		u8 dir;
	} dst;
};

struct ip_conntrack_tuple_hash {
	struct list_head list;
	struct ip_conntrack_tuple tuple;
};

struct ip_ct_tcp {
	struct {
		u32 td_end, td_maxend, td_maxwin;
		u8 td_scale, loose, flags;
	} seen[2];
	u8 state, last_dir, retrans, last_index;
	u32 last_seq, last_ack, last_end;
};

struct ip_conntrack {
	struct nf_conntrack ct_general;
	u32 status;
	struct timer_list timeout;
	struct ip_conntrack *master;
	u32 expecting;
	void *helper;
	union {
		struct ip_ct_tcp tcp;
	} proto;
	u32 help[6];
	u32 nat[10];
	struct ip_conntrack_tuple_hash tuplehash[2];
};

/* Only what the match reads; the rest is room. */
struct sk_buff {
	u8 room1[0x28];
	struct iphdr *nh;
	u8 room2[0x5c];
	u32 nfctinfo;
	struct nf_conntrack *nfct;
};

struct iphdr {
	u8 room[12];
	u32 saddr, daddr;
};

struct thread_info {
	void *task, *exec_domain;
	u32 flags, status, cpu;
	int preempt_count;
};

_Static_assert(sizeof(struct ip_conntrack_tuple) == 16, "ip_conntrack_tuple");
_Static_assert(offsetof(struct ip_conntrack_tuple, dst.ip) == 8, "tuple.dst.ip");
_Static_assert(offsetof(struct ip_conntrack_tuple, dst.protonum) == 14, "tuple.dst.protonum");
_Static_assert(sizeof(struct ip_conntrack_tuple_hash) == 24, "ip_conntrack_tuple_hash");
_Static_assert(offsetof(struct ip_conntrack_tuple_hash, tuple.dst.dir) == 0x17, "tuplehash.tuple.dst.dir");
_Static_assert(offsetof(struct ip_conntrack, proto) == 0x34, "ip_conntrack.proto");
_Static_assert(offsetof(struct ip_conntrack, proto.tcp.state) == 0x54, "ip_conntrack.proto.tcp.state");
_Static_assert(offsetof(struct ip_conntrack, tuplehash) == 0xa4, "ip_conntrack.tuplehash");
_Static_assert(sizeof(struct ip_conntrack) == 212, "ip_conntrack");
_Static_assert(offsetof(struct thread_info, preempt_count) == 0x14, "thread_info.preempt_count");

/* From [ip_conntrack]: looks up a tuple and takes a reference on the connection that owns it. */
extern struct ip_conntrack_tuple_hash *ip_conntrack_find_get(const struct ip_conntrack_tuple *tuple,
							     const struct ip_conntrack *ignored);
/* From [ip_tables]. */
extern void ipt_unregister_match(const void *match);
/* From the kernel image. */
extern int memcmp(const void *a, const void *b, size_t n);
extern void *__kmalloc(size_t size, u32 flags);
extern void kfree(const void *p);
extern void local_bh_enable(void);

/* One connection that a bucket remembers. */
struct connlimit_conn {
	struct list_head list;
	struct ip_conntrack_tuple tuple;
};

struct connlimit_data {
	struct list_head bucket[BUCKETS];
};

struct connlimit_info {
	int limit;
	int inverse;
	u32 mask;
	struct connlimit_data *data;
};

static inline struct ip_conntrack *tuplehash_to_ctrack(const struct ip_conntrack_tuple_hash *hash)
{
	return (struct ip_conntrack *)((u32)hash - (offsetof(struct ip_conntrack, tuplehash) +
						    hash->tuple.dst.dir * sizeof(*hash)));
}

static inline struct thread_info *current_thread_info(void)
{
	struct thread_info *ti;

	__asm__("andl %%esp,%0" : "=r"(ti) : "0"(~8191UL));
	return ti;
}

static inline void local_bh_disable(void)
{
	current_thread_info()->preempt_count += 0x100;
	__asm__ volatile("" : : : "memory");
}

static inline void ip_conntrack_put(struct ip_conntrack *ct)
{
	u8 zero;

	/* One processor: no lock prefix. Volatile, as the kernel's atomics are: nothing moves across it. */
	__asm__ volatile("decl %0; sete %1" : "+m"(ct->ct_general.use), "=qm"(zero) : : "memory");
	if (zero)
		ct->ct_general.destroy(&ct->ct_general);
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	entry->next = head->next;
	entry->prev = head;
	head->next->prev = entry;
	head->next = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
}

static inline u32 bucket_of(u32 addr)
{
	addr ^= addr >> 16;
	addr ^= addr >> 8;
	return addr & (BUCKETS - 1);
}

/* Counts the connections that come from addr/mask; remembers ct if no entry stands for it yet. -1: out of memory. */
static __attribute__((noinline)) int count_them(struct connlimit_data *data, u32 addr, u32 mask,
						struct ip_conntrack *ct)
{
	struct ip_conntrack_tuple tuple = ct->tuplehash[0].tuple;
	struct list_head *head = &data->bucket[bucket_of(addr & mask)];
	struct ip_conntrack_tuple_hash *found;
	struct ip_conntrack *found_ct;
	struct connlimit_conn *conn;
	struct list_head *lh, *next;
	int matches = 0, addit = 1;

	for (lh = head->next; lh != head; lh = next) {
		next = lh->next;
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
		if (found_ct->proto.tcp.state == TCP_CONNTRACK_TIME_WAIT) {
			/* It is closed and only waits for late packets. */
			ip_conntrack_put(found_ct);
			list_del(&conn->list);
			kfree(conn);
			continue;
		}
		if ((conn->tuple.src.ip & mask) == (addr & mask))
			matches++;
		ip_conntrack_put(found_ct);
	}
	if (addit) {
		conn = __kmalloc(sizeof(*conn), GFP_ATOMIC);
		if (conn == NULL)
			return -1;
		conn->tuple = tuple;
		list_add(&conn->list, head);
		matches++;
	}
	return matches;
}

/* The match function of 2.6.11's struct ipt_match; it runs in softirq context. */
static int match(const struct sk_buff *skb, __attribute__((unused)) const void *in,
		 __attribute__((unused)) const void *out, const void *matchinfo,
		 __attribute__((unused)) int offset, int *hotdrop)
{
	const struct connlimit_info *info = matchinfo;
	struct ip_conntrack *ct;
	int connections;

	if (skb->nfct == NULL) {
		*hotdrop = 1;
		return 0;
	}
	ct = container_of(skb->nfct, struct ip_conntrack, ct_general);
	local_bh_disable();
	connections = count_them(info->data, skb->nh->saddr, info->mask, ct);
	local_bh_enable();
	if (connections < 0) {
		*hotdrop = 1;
		return 0;
	}
	return info->inverse ? connections <= info->limit : connections > info->limit;
}

/* What the module would register; it also keeps match() alive. */
int (*const connlimit_match)(const struct sk_buff *, const void *, const void *, const void *, int, int *) = match;

static __attribute__((used)) void fini(void)
{
	ipt_unregister_match(&connlimit_match);
}
