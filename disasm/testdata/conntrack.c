/*
 * Code of the kind that netfilter is made of, without any header: lists, tuples,
 * reference counts, per-CPU counters, traps, string instructions. It is only
 * compiled, for objdump and disasm to read.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned long ulong;

struct list { struct list *next, *prev; };
struct hnode { struct hnode *next, **pprev; };

struct tuple {
	u32 src[4];
	u16 sport, l3num;
	u32 dst[4];
	u16 dport;
	u8 protonum, dir;
};

struct hash { struct hnode node; struct tuple tuple; };

struct conn {
	u32 use;
	u32 lock;
	struct hash hash[2];
	ulong status;
	u64 packets[2];
	struct { u8 state, last_dir, flags[2]; u32 last_seq; int diff; } tcp;
	void (*destroy)(struct conn *);
	const struct ops *ops;
	u8 data[256];
};

struct ops {
	int (*packet)(struct conn *, const u8 *, u32, int);
	int (*error)(struct conn *);
	const char *name;
};

#define bug_on(c) do { if (__builtin_expect(!!(c), 0)) __asm__ volatile("ud2"); } while (0)
#define LOCK "lock; "

static inline void list_del(struct list *e)
{
	e->next->prev = e->prev;
	e->prev->next = e->next;
	e->next = (void *)0x100;
	e->prev = (void *)0x122;
}

void list_splice(struct list *from, struct list *to)
{
	struct list *p = from->next;

	while (p != from) {
		struct list *n = p->next;

		list_del(p);
		p->next = to;
		p->prev = to->prev;
		to->prev->next = p;
		to->prev = p;
		p = n;
	}
}

static inline int tuple_equal(const struct tuple *a, const struct tuple *b)
{
	return a->src[0] == b->src[0] && a->src[1] == b->src[1] && a->sport == b->sport && a->l3num == b->l3num &&
	       a->dst[0] == b->dst[0] && a->dport == b->dport && a->protonum == b->protonum;
}

struct conn *find(struct hnode **table, u32 mask, u32 h, const struct tuple *t)
{
	struct hnode *n;

	for (n = table[h & mask]; !((ulong)n & 1); n = n->next) {
		struct hash *e = (struct hash *)n;

		if (tuple_equal(&e->tuple, t))
			return (struct conn *)((char *)(e - e->tuple.dir) - 8);
	}
	return 0;
}

int get(struct conn *c)
{
	u32 old = c->use, new;

	do {
		if (!old)
			return 0;
		new = old + 1;
	} while (!__atomic_compare_exchange_n(&c->use, &old, new, 0, 5, 5));
	bug_on((int)old < 0);
	return 1;
}

void put(struct conn *c)
{
	u8 zero;

	__asm__ volatile(LOCK "decl %0; sete %1" : "+m"(c->use), "=qm"(zero) : : "memory");
	if (zero && c->destroy)
		c->destroy(c);
}

u32 jhash(const u8 *k, u32 n, u32 seed)
{
	u32 a = 0xdeadbeef + n + seed, b = a, c = a;

	while (n > 12) {
		a += *(const u32 *)k; b += *(const u32 *)(k + 4); c += *(const u32 *)(k + 8);
		a -= c; a ^= (c << 4) | (c >> 28); c += b;
		b -= a; b ^= (a << 6) | (a >> 26); a += c;
		c -= b; c ^= (b << 8) | (b >> 24); b += a;
		n -= 12; k += 12;
	}
	switch (n) {
	case 12: c += (u32)k[11] << 24; /* fall through */
	case 11: c += (u32)k[10] << 16; /* fall through */
	case 10: c += (u32)k[9] << 8; /* fall through */
	case 9: c += k[8]; /* fall through */
	case 8: b += (u32)k[7] << 24; /* fall through */
	case 7: b += (u32)k[6] << 16; /* fall through */
	case 6: b += (u32)k[5] << 8; /* fall through */
	case 5: b += k[4]; /* fall through */
	case 4: a += (u32)k[3] << 24; /* fall through */
	case 3: a += (u32)k[2] << 16; /* fall through */
	case 2: a += (u32)k[1] << 8; /* fall through */
	case 1: a += k[0];
		c ^= b; c -= b >> 18; a ^= c; a -= c << 11;
	}
	return c;
}

static const u8 next_state[2][8][8] = { { { 1, 2, 3 }, { 4, 5, 6 } }, { { 7, 1 }, { 2, 3 } } };

int tcp_packet(struct conn *c, const u8 *skb, u32 off, int dir)
{
	const u8 *th = skb + off;
	u32 seq = __builtin_bswap32(*(const u32 *)(th + 4));
	u16 win = __builtin_bswap16(*(const u16 *)(th + 14));
	u8 flags = th[13] & 0x3f, old = c->tcp.state;

	if (flags & ~0x1f)
		return -12;
	c->tcp.state = next_state[dir][flags & 7][old];
	c->tcp.diff += (int)(seq - c->tcp.last_seq) / (win ? win : 1);
	c->tcp.last_seq = seq;
	c->packets[dir]++;
	c->tcp.flags[dir] |= flags;
	if (c->tcp.state == 7 && c->ops && c->ops->packet)
		return c->ops->packet(c, skb, off, !dir);
	return old * 3 + dir;
}

void count(ulong slot)
{
#ifdef __x86_64__
	__asm__ volatile("incl %%gs:0x1c(%0)" : : "r"(slot));
	__asm__ volatile("addq $1, %%gs:0x15f08" : :);
	__asm__ volatile("movq %%gs:0x28, %0" : "=r"(slot));
	__asm__ volatile("stac; movq %0, (%1); clac" : : "r"(slot), "r"(slot));
	__asm__ volatile("endbr64; swapgs; rdtscp; lfence" : : : "eax", "ecx", "edx");
#else
	__asm__ volatile("incl %%fs:0x1c(%0)" : : "r"(slot));
	__asm__ volatile("addl $1, %%fs:0x15f08" : :);
	__asm__ volatile("movl %%gs:0x14, %0" : "=r"(slot));
	__asm__ volatile("endbr32; rdtsc; lfence" : : : "eax", "edx");
#endif
}

void copy(struct conn *to, const struct conn *from, u32 n)
{
	ulong d = (ulong)to->data, s = (ulong)from->data, c = n / 4;

	__asm__ volatile("rep movsl" : "+D"(d), "+S"(s), "+c"(c) : : "memory");
	c = n & 3;
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(c) : : "memory");
	d = (ulong)to->packets;
	c = 16;
	__asm__ volatile("xor %%eax,%%eax; rep stosb" : "+D"(d), "+c"(c) : : "memory", "eax");
	s = (ulong)from->ops->name;
	__asm__ volatile("repne scasb" : "+D"(s), "+c"(c) : "a"(0) : "memory");
	__asm__ volatile("cli; pushf; pop %0; sti" : "=r"(c));
}

u64 average(u64 total, u32 n, int shift, short delta)
{
	u64 q = (total >> shift) + ((u64)n << (shift & 7));

	return q * 1000000007ull + (long)delta * (n % 10) - (total & ~0xffull);
}

int unlink(struct hnode *n, ulong *bits, u32 bit)
{
	struct hnode *next = n->next, **pprev = n->pprev;
	int old;

	*pprev = next;
	if (!((ulong)next & 1))
		next->pprev = pprev;
	n->pprev = (void *)0x122;
	__asm__ volatile(LOCK "bts %2, %1; sbb %0, %0" : "=r"(old), "+m"(*bits) : "Ir"(bit) : "memory");
	bug_on(old && bit > 31);
	return __builtin_ctzl(*bits) + __builtin_popcountl(bit);
}
