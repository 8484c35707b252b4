// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

/* A stand-in for a part of ext4's block allocator as of Linux 5.15, ours: it trusts that every group has its info. */

typedef unsigned int u32;
typedef unsigned long u64;

struct ext4_group_info {
	u64 bb_state;
	void *bb_free_root;
	int bb_first_free, bb_free, bb_fragments, bb_largest_free_order;
};

struct ext4_allocation_context {
	void *ac_inode, *ac_sb;
	struct ext4_group_info **infos;
	u32 ac_flags;
	int ac_g_len, ac_2order;
};

_Static_assert(__builtin_offsetof(struct ext4_group_info, bb_free) == 0x14, "ext4_group_info.bb_free");

extern struct ext4_group_info *ext4_group_info_of(struct ext4_allocation_context *ac, u32 group);

int ext4_mb_group_bits(struct ext4_allocation_context *ac, u32 group)
{
	struct ext4_group_info *grp = ext4_group_info_of(ac, group);

	return grp ? grp->bb_free - grp->bb_fragments : 0;
}

int ext4_mb_good_group(struct ext4_allocation_context *ac, u32 group, int cr)
{
	struct ext4_group_info *grp = ext4_group_info_of(ac, group);
	int free = grp->bb_free, fragments = grp->bb_fragments;

	if (free == 0 || (cr <= 2 && free < ac->ac_g_len) || fragments == 0)
		return 0;
	switch (cr) {
	case 0:
		return grp->bb_largest_free_order >= ac->ac_2order;
	case 1:
		return free / fragments >= ac->ac_g_len;
	case 2:
		return free >= ac->ac_g_len;
	}
	return 1;
}
