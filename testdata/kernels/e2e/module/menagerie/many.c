// SPDX-License-Identifier: GPL-2.0-only
/* menagerie: a crash inside a crash, in an interrupt, on two CPUs. */
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/cpumask.h>
#include <linux/notifier.h>
#include "menagerie.h"

static int nested_left = 1;

/* Called from the middle of an oops: makes one of its own, once. */
static noinline int autopsy(struct notifier_block *nb, unsigned long action, void *data)
{
	struct animal *a = NULL;

	if (action != DIE_OOPS || !nested_left)
		return NOTIFY_DONE;
	nested_left = 0;
	unknown(a);
	return a->share; /* FAULT autopsy */
}

static struct notifier_block autopsy_nb = { .notifier_call = autopsy };

noinline int nested_oops(void)
{
	struct animal *a = NULL;

	register_die_notifier(&autopsy_nb);
	unknown(a);
	return a->age; /* FAULT nested_oops */
}

static struct hrtimer alarm;

static noinline enum hrtimer_restart alarm_panic(struct hrtimer *t)
{
	panic("menagerie: the keeper is asleep"); /* CALLS hardirq_panic */
	return HRTIMER_NORESTART;
}

static noinline enum hrtimer_restart alarm_null(struct hrtimer *t)
{
	struct animal *a = NULL;

	unknown(a);
	pr_info("menagerie: %d\n", a->age); /* FAULT hardirq_null */
	return HRTIMER_NORESTART;
}

static int set_alarm(enum hrtimer_restart (*fn)(struct hrtimer *))
{
	hrtimer_init(&alarm, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	alarm.function = fn;
	hrtimer_start(&alarm, ms_to_ktime(20), HRTIMER_MODE_REL_HARD);
	msleep(500);
	return 0;
}

noinline int hardirq_panic(void)
{
	return set_alarm(alarm_panic);
}

noinline int hardirq_null(void)
{
	return set_alarm(alarm_null);
}

static atomic_t arrived = ATOMIC_INIT(0);

static noinline int quarrel(void *who)
{
	long n = (long)who;

	atomic_inc(&arrived);
	while (atomic_read(&arrived) < 2)
		cpu_relax();
	WARN_ON(n >= 0); /* FAULT two_cpus */
	return 0;
}

noinline int two_cpus(void)
{
	struct task_struct *t[2];
	long i;

	if (num_online_cpus() < 2)
		return -ENODEV;
	for (i = 0; i < 2; i++) {
		t[i] = kthread_create(quarrel, (void *)i, "quarrel/%ld", i);
		if (IS_ERR(t[i]))
			return PTR_ERR(t[i]);
		kthread_bind(t[i], i);
	}
	wake_up_process(t[0]);
	wake_up_process(t[1]);
	msleep(1000);
	return 0;
}
