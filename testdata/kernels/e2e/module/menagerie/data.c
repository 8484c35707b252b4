// SPDX-License-Identifier: GPL-2.0-only
/* menagerie: assertions, numbers, and memory that must not be used in that way. */
#include <linux/bug.h>
#include <linux/string.h>
#include "menagerie.h"

noinline int plain_bug(void)
{
	struct animal a = { .legs = 5 };

	unknown(a.legs);
	BUG_ON(a.legs > 4); /* FAULT plain_bug */
	return a.legs;
}

noinline int plain_warn(void)
{
	struct animal a = { .age = -1 };

	unknown(a.age);
	WARN_ON(a.age < 0); /* FAULT plain_warn */
	return a.age;
}

noinline int warn_text(void)
{
	struct animal a = { .age = 77 };

	unknown(a.age);
	WARN(a.age > 50, "menagerie: an animal of age %d\n", a.age); /* FAULT warn_text */
	return a.age;
}

noinline int refcount_underflow(void)
{
	struct animal a = { .keepers = REFCOUNT_INIT(1) };

	if (!refcount_dec_and_test(&a.keepers))
		return 1;
	return refcount_dec_and_test(&a.keepers);
}

noinline int divide(void)
{
	struct animal a = { .age = 12, .share = 0 };

	unknown(a.age);
	unknown(a.share);
	return a.age / a.share; /* FAULT divide */
}

static noinline int dig(int depth)
{
	char burrow[512];

	memset(burrow, depth, sizeof(burrow));
	barrier_data(burrow);
	return dig(depth + 1) + burrow[depth & 511]; /* FAULT stack_overflow */
}

noinline int stack_overflow(void)
{
	return dig(1);
}

noinline int write_rodata(void)
{
	u32 *text = (u32 *)null_read;

	unknown(text);
	*text = 0; /* FAULT write_rodata */
	return 0;
}

static u8 straw[16] = { 0xc3, 0xc3, 0xc3, 0xc3 };

noinline int exec_data(void)
{
	int (*run)(void) = (int (*)(void))straw;

	unknown(run);
	return run() + 1; /* CALLS exec_data */
}
