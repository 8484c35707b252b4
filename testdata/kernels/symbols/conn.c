/* Copyright The nfoops authors. SPDX-License-Identifier: Apache-2.0 */
#include "story.h"

#define noinline __attribute__((noinline))
#define noipa __attribute__((noipa))

static inline __attribute__((always_inline)) u8 state_of(const struct conn *ct)
{
	if (ct->master)
		ct = ct->master;
	return ct->state.tcp.state;
}

static inline __attribute__((always_inline)) int is_dead(const struct conn *ct)
{
	return state_of(ct) == 7 ||
	       ct->use == 0;
}

static noipa int checkentry(const struct params *par)
{
	return par->family == 2 && par->name[0] != 'x';
}

static __attribute__((cold)) noinline int complain(const struct params *par)
{
	connections = -1;
	return par->matchinfo ? -1 : -2;
}

noinline int count_them(const struct params *par, struct list *head, u32 limit)
{
	struct list *l;
	u32 n = 0;

	for (l = head->next; l != head; l = l->next) {
		struct conn *ct = (struct conn *)((char *)l - __builtin_offsetof(struct conn, node));

		if (is_dead(ct))
			continue;
		n++;
	}
	if (n > limit)
		return complain(par);
	return n;
}

int look_up(const struct params *par, u32 hash)
{
	if (!checkentry(par))
		return 0;
	return count_them(par, &par->ct->node, hash & 15);
}
