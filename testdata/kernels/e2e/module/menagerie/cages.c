// SPDX-License-Identifier: GPL-2.0-only
/* menagerie: pointers that lead to nothing good. */
#include <linux/slab.h>
#include "menagerie.h"

/* Inlined: the fault has two source positions. */
static inline void set_age(struct animal *a, int age)
{
	a->age = age; /* FAULT null_write */
}

noinline int null_read(void)
{
	struct animal *a = NULL;

	unknown(a);
	return a->legs > 4; /* FAULT null_read */
}

noinline int null_write(void)
{
	struct animal *a = NULL;

	unknown(a);
	set_age(a, 3);
	return 0;
}

noinline int null_call(void)
{
	struct animal *a = kzalloc(sizeof(*a), GFP_KERNEL);
	int loud;

	if (!a)
		return -ENOMEM;
	loud = a->roar(a); /* CALLS null_call */
	kfree(a);
	return loud;
}

/* The neighbour of an animal that has left its herd: list_del() left a poison behind. */
noinline int list_poison(void)
{
	struct animal *a = kzalloc(sizeof(*a), GFP_KERNEL), *next;
	LIST_HEAD(herd);
	int age;

	if (!a)
		return -ENOMEM;
	list_add(&a->herd, &herd);
	list_del(&a->herd);
	next = list_next_entry(a, herd);
	unknown(next);
	age = next->age; /* FAULT list_poison */
	kfree(a);
	return age;
}

noinline int list_del_twice(void)
{
	struct animal *a = kzalloc(sizeof(*a), GFP_KERNEL);
	LIST_HEAD(herd);

	if (!a)
		return -ENOMEM;
	list_add(&a->herd, &herd);
	list_del(&a->herd);
	unknown(a);
	list_del(&a->herd);
	kfree(a);
	return 0;
}

/* Needs slub_debug=FZPU, so that the freed object is filled with 0x6b. */
noinline int use_after_free(void)
{
	struct animal *a = kzalloc(sizeof(*a), GFP_KERNEL), *gone = a;

	if (!a)
		return -ENOMEM;
	unknown(gone);
	kfree(a);
	return gone->cage->doors > 1; /* FAULT use_after_free */
}

/* A pointer that was overwritten with text. */
noinline int non_canonical(void)
{
	struct animal *a;

	a = (struct animal *)(unsigned long)0x4f4f465441434f54ULL;
	unknown(a);
	return a->legs > 4; /* FAULT non_canonical */
}
