// SPDX-License-Identifier: GPL-2.0-only
/* menagerie: opens the cage whose name is written to the parameter "crash". */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include "menagerie.h"

static const struct {
	const char *name;
	int (*open)(void);
} cages[] = {
	{ "null-read", null_read },
	{ "null-write", null_write },
	{ "null-call", null_call },
	{ "list-poison", list_poison },
	{ "list-del-twice", list_del_twice },
	{ "uaf", use_after_free },
	{ "non-canonical", non_canonical },
	{ "bug", plain_bug },
	{ "warn", plain_warn },
	{ "warn-text", warn_text },
	{ "refcount-underflow", refcount_underflow },
	{ "divide", divide },
	{ "stack-overflow", stack_overflow },
	{ "write-rodata", write_rodata },
	{ "exec-data", exec_data },
	{ "soft-lockup", soft_lockup },
	{ "rcu-stall", rcu_stall },
	{ "hung-task", hung_task },
	{ "nested-oops", nested_oops },
	{ "hardirq-panic", hardirq_panic },
	{ "hardirq-null", hardirq_null },
	{ "two-cpus", two_cpus },
};

static int set_crash(const char *val, const struct kernel_param *kp)
{
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(cages); i++) {
		if (!sysfs_streq(val, cages[i].name))
			continue;
		pr_info("menagerie: opening %s\n", cages[i].name);
		ret = cages[i].open();
		pr_info("menagerie: %s is back (%d)\n", cages[i].name, ret);
		return 0;
	}
	return -EINVAL;
}

static const struct kernel_param_ops crash_ops = { .set = set_crash };

module_param_cb(crash, &crash_ops, NULL, 0200);
MODULE_PARM_DESC(crash, "name of the crash that happens when it is written");

static int __init menagerie_init(void)
{
	return 0;
}

static void __exit menagerie_exit(void)
{
}

module_init(menagerie_init);
module_exit(menagerie_exit);
MODULE_DESCRIPTION("one crash of each kind, on demand");
MODULE_LICENSE("GPL");
