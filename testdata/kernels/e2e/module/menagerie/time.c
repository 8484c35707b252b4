// SPDX-License-Identifier: GPL-2.0-only
/* menagerie: things that do not end. The watchdogs end them. */
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include "menagerie.h"

noinline int soft_lockup(void)
{
	preempt_disable();
	for (;;)
		cpu_relax();
	return 0;
}

noinline int rcu_stall(void)
{
	rcu_read_lock();
	preempt_disable();
	for (;;)
		cpu_relax();
	return 0;
}

noinline int hung_task(void)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule(); /* CALLS hung_task */
	}
	return 0;
}
