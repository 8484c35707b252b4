// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

/* Where the interrupted processor stood: an idle loop that halts; the functions around it only give it neighbours. */

extern unsigned long flags[4];

unsigned long idle_state(unsigned long nr)
{
	unsigned long v = flags[nr & 3];

	return v & 8 ? v >> 4 : v * 5 + nr;
}

void idle_mark(unsigned long nr)
{
	flags[nr & 3] |= 1ul << (nr & 63);
}

void default_idle(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

unsigned long idle_time(unsigned long from, unsigned long to)
{
	return to > from ? (to - from) >> 10 : 0;
}

void idle_clear(unsigned long nr)
{
	flags[nr & 3] &= ~(1ul << (nr & 63));
}
