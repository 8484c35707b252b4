/* Copyright The nfoops authors. SPDX-License-Identifier: Apache-2.0 */
#include "story.h"

#define noinline __attribute__((noinline))
#define noipa __attribute__((noipa))

/* The same name as in conn.c with another size: netfilter has dozens of these. */
static noipa int checkentry(const struct params *par)
{
	int i, sum = 0;

	for (i = 0; i < 4; i++)
		sum += par->ct->tuples[1].src.all[i] * par->family;
	if (sum > 1000)
		sum -= par->ct->tuples[0].icmp.code + par->ct->tuples[1].proto;
	else if (sum < 10)
		sum += par->ct->use * par->name[1] - par->ct->state.tcp.window[1][2];
	return sum;
}

noinline int match_it(const struct params *par, struct conn *ct)
{
	if (ct->check)
		return ct->check(ct, 3);
	connections++;
	return checkentry(par) + look_up(par, ct->tuples[0].port);
}

__attribute__((section(".init.text"))) int story_init(void)
{
	connections = 1;
	return 0;
}
