// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

/*
 * A stand-in for nf_ct_seq_adjust() of Linux 6.1, ours, with the offsets of 6.1 on x86-64: it takes the sequence
 * number extension of a connection for granted, and faults where there is none.
 */

typedef unsigned char u8;
typedef unsigned int u32;
typedef int s32;

#define offsetof(type, member) __builtin_offsetof(type, member)

struct nf_ct_seqadj {
	u32 correction_pos;
	s32 offset_before, offset_after;
};

struct nf_conn_seqadj {
	struct nf_ct_seqadj seq[2];
};

struct nf_ct_ext {
	u8 offset[10];
	u8 len;
	u32 gen_id;
	char data[];
};

struct nf_conn {
	u32 use;
	u32 lock;
	u8 room[0xa8];
	struct nf_ct_ext *ext;
};

struct sk_buff {
	u8 room[0xc0];
	u8 *head, *data;
};

struct tcphdr {
	unsigned short source, dest;
	u32 seq, ack_seq;
	unsigned short flags, window, check, urg;
};

_Static_assert(offsetof(struct nf_conn, ext) == 0xb0, "nf_conn.ext");
_Static_assert(sizeof(struct nf_ct_seqadj) == 12, "nf_ct_seqadj");

#define NF_CT_EXT_SEQADJ 2
#define IP_CT_IS_REPLY 3

extern int skb_ensure_writable(struct sk_buff *skb, u32 len);
extern void _raw_spin_lock_bh(u32 *lock);
extern void _raw_spin_unlock_bh(u32 *lock);
extern void inet_proto_csum_replace4(unsigned short *sum, struct sk_buff *skb, u32 from, u32 to, int pseudohdr);

static inline struct nf_conn_seqadj *nfct_seqadj(const struct nf_conn *ct)
{
	struct nf_ct_ext *ext = ct->ext;

	if (!ext || !ext->offset[NF_CT_EXT_SEQADJ])
		return (void *)0;
	return (void *)ext + ext->offset[NF_CT_EXT_SEQADJ];
}

int nf_ct_seq_offset_room(const struct nf_conn *ct, int dir, u32 seq)
{
	struct nf_conn_seqadj *seqadj = nfct_seqadj(ct);

	if (!seqadj)
		return 0;
	return (s32)(seqadj->seq[dir].correction_pos - seq) < 0 ? seqadj->seq[dir].offset_after :
								  seqadj->seq[dir].offset_before;
}

int nf_ct_seq_adjust(struct sk_buff *skb, struct nf_conn *ct, int ctinfo, u32 protoff)
{
	int dir = ctinfo >= IP_CT_IS_REPLY;
	struct nf_conn_seqadj *seqadj = nfct_seqadj(ct);
	struct nf_ct_seqadj *this_way = &seqadj->seq[dir], *other_way = &seqadj->seq[!dir];
	struct tcphdr *tcph;
	u32 seq, ack;
	s32 off;

	if (skb_ensure_writable(skb, protoff + sizeof(*tcph)))
		return 0;
	tcph = (void *)skb->data + protoff;
	_raw_spin_lock_bh(&ct->lock);
	seq = __builtin_bswap32(tcph->seq);
	off = (s32)(this_way->correction_pos - seq) < 0 ? this_way->offset_after : this_way->offset_before;
	seq = __builtin_bswap32(seq + off);
	inet_proto_csum_replace4(&tcph->check, skb, tcph->seq, seq, 0);
	tcph->seq = seq;
	ack = __builtin_bswap32(tcph->ack_seq);
	off = (s32)(other_way->correction_pos - ack + other_way->offset_before) < 0 ? other_way->offset_after :
										    other_way->offset_before;
	ack = __builtin_bswap32(ack - off);
	inet_proto_csum_replace4(&tcph->check, skb, tcph->ack_seq, ack, 0);
	tcph->ack_seq = ack;
	_raw_spin_unlock_bh(&ct->lock);
	return 1;
}
