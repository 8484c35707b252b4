/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * menagerie: one crash of each kind, on demand.
 *
 * Each crash is a function of its own that is never inlined, named like the crash. The line that
 * faults carries the comment "FAULT"; the harness holds the captured offset to it.
 */
#ifndef MENAGERIE_H
#define MENAGERIE_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct cage {
	u64 number;
	u64 doors;
};

/* The fields have places that are easy to tell apart in an address. */
struct animal {
	char name[0x40];
	struct cage *cage;
	u64 legs;
	int age;
	refcount_t keepers;
	struct list_head herd;
	int (*roar)(struct animal *a);
	int share;
};

/* The value of p, which the compiler may know, becomes unknown to it. */
#define unknown(p) OPTIMIZER_HIDE_VAR(p)

/* cages.c: pointers */
int null_read(void);
int null_write(void);
int null_call(void);
int list_poison(void);
int list_del_twice(void);
int use_after_free(void);
int non_canonical(void);
/* data.c: data and assertions */
int plain_bug(void);
int plain_warn(void);
int warn_text(void);
int refcount_underflow(void);
int divide(void);
int stack_overflow(void);
int write_rodata(void);
int exec_data(void);
/* time.c: things that do not end */
int soft_lockup(void);
int rcu_stall(void);
int hung_task(void);
/* many.c: more than one at a time, and the contexts */
int nested_oops(void);
int hardirq_panic(void);
int hardirq_null(void);
int two_cpus(void);

#endif
