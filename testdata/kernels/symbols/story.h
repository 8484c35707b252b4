/* Copyright The nfoops authors. SPDX-License-Identifier: Apache-2.0 */

/* Types that have everything field paths can be wrong about. They resemble those of netfilter and are none of them. */
#ifndef STORY_H
#define STORY_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

struct list { struct list *next, *prev; };

union addr {
	u32 ip;
	u32 all[4];
	struct { u32 hi, lo; } pair;
};

struct tuple {
	union addr src;
	union {
		u16 port;
		struct { u8 type, code; } icmp;
		u16 id;
	};
	u8 proto;
	u8 dir : 1;
	u8 seen : 3;
};

struct tcp_state { u8 state; u8 last; u16 flags[2]; u32 window[2][3]; };
struct udp_state { u64 timeout; };

struct ext { u8 offset[4]; u8 len; char data[]; };

struct conn {
	u32 use;
	struct list node;
	struct tuple tuples[2];
	struct conn *master;
	struct ext *ext;
	union {
		struct tcp_state tcp;
		struct udp_state udp;
	} state;
	int (*check)(struct conn *ct, u32 hook);
};

struct params { struct conn *ct; const char *name; void *matchinfo; u8 family; };

extern int connections;
int look_up(const struct params *par, u32 hash);

#endif
