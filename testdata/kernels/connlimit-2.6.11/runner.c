// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

/*
 * Runs the object for real: a 32-bit process without a libc that maps the module, the stack and the few objects that
 * the match touches at the addresses which they have in the story, calls match() twice, and prints what the processor
 * reports when it faults. layout.h is written by the generator (addresses, and the words above match()'s arguments).
 */

#include "layout.h"

#define TEXT(x) TEXT_(x)
#define TEXT_(x) #x

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

extern const u8 module_image[], module_image_end[];

static int syscall4(int nr, u32 a, u32 b, u32 c, u32 d)
{
	int ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
	return ret;
}

static void put(const char *s)
{
	u32 n = 0;

	while (s[n])
		n++;
	syscall4(4, 1, (u32)s, n, 0);
}

static void put_word(const char *name, u32 v)
{
	char b[10];
	int i;

	for (i = 7; i >= 0; i--, v >>= 4)
		b[i] = "0123456789abcdef"[v & 15];
	b[8] = '\n';
	b[9] = 0;
	put(name);
	put(" ");
	put(b);
}

static __attribute__((noreturn)) void leave(int code)
{
	for (;;)
		syscall4(1, code, 0, 0, 0);
}

static void map(u32 addr, u32 size)
{
	/* PROT_READ|WRITE|EXEC, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS */
	u32 first = addr & ~4095u, args[6] = { first, (addr + size + 4095 - first) & ~4095u, 7, 0x32, -1, 0 };
	u32 got = syscall4(90, (u32)args, 0, 0, 0);

	if (got != first) {
		put_word("cannot map", addr);
		leave(2);
	}
}

static void copy(u32 to, const void *from, u32 n)
{
	const u8 *f = from;
	u8 *t = (u8 *)to;

	while (n--)
		*t++ = *f++;
}

static u32 word(u32 addr)
{
	return *(volatile u32 *)addr;
}

static void set(u32 addr, u32 v)
{
	*(volatile u32 *)addr = v;
}

/* What the match calls, in the kernel image or in another module: a jump is put where the kernel has the function. */
static int memcmp_(const u8 *a, const u8 *b, u32 n)
{
	for (; n; n--, a++, b++)
		if (*a != *b)
			return *a - *b;
	return 0;
}

static u32 kmalloc_(u32 size, u32 flags)
{
	return CONN;
}

static void kfree_(u32 p)
{
}

static void bh_enable_(void)
{
	set(STACK_BASE + 0x14, word(STACK_BASE + 0x14) - 0x100);
}

/* There is one connection in the table, CT1; a lookup does not find the connection that it is told to ignore. */
static u32 find_get_(const u8 *tuple, u32 ignored)
{
	if (ignored == CT1 || memcmp_(tuple, (u8 *)(CT1 + 0xac), 16) != 0)
		return 0;
	set(CT1, word(CT1) + 1);
	return CT1 + 0xa4;
}

static void plant(u32 at, void *to)
{
	*(u8 *)at = 0xe9;
	set(at + 1, (u32)to - (at + 5));
}

struct context { /* struct sigcontext of i386, from the third argument of the handler */
	u32 uc_flags, uc_link, ss_sp, ss_flags, ss_size;
	u32 gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags, uesp, ss, fpstate, oldmask,
		cr2;
};

static void fault(int sig, void *info, struct context *c)
{
	u32 p;

	put_word("eip", c->eip);
	put_word("eax", c->eax);
	put_word("ebx", c->ebx);
	put_word("ecx", c->ecx);
	put_word("edx", c->edx);
	put_word("esi", c->esi);
	put_word("edi", c->edi);
	put_word("ebp", c->ebp);
	put_word("esp", c->esp);
	put_word("eflags", c->eflags);
	put_word("trapno", c->trapno);
	put_word("err", c->err);
	put_word("cr2", c->cr2);
	for (p = c->esp; p < STACK_BASE + 8192 && p >= STACK_BASE; p += 4)
		put_word("stack", word(p));
	leave(0);
}

/* A tuple 127.0.0.1:sport -> 127.0.0.1:22 or what layout.h says, TCP, in the given direction. */
static void tuple(u32 at, u32 src, u16 sport, u32 dst, u16 dport, u8 dir)
{
	set(at, src);
	set(at + 4, (u16)(sport << 8 | sport >> 8));
	set(at + 8, dst);
	set(at + 12, (u16)(dport << 8 | dport >> 8) | 6u << 16 | (u32)dir << 24);
}

static void connection(u32 ct, u16 sport, u8 state)
{
	set(ct, 1);
	*(u8 *)(ct + 0x54) = state;
	tuple(ct + 0xac, SADDR, sport, DADDR, 22, 0);
	tuple(ct + 0xc4, DADDR, 22, SADDR, sport, 1);
}

static u32 saved_esp __attribute__((used));

static __attribute__((noinline)) int call(u32 esp, u32 ebp)
{
	int ret;

	/* match() returns into ipt_do_table, where a jump to came_back is planted. */
	__asm__ volatile("push %%ebp; push %%ebx; push %%esi; push %%edi\n\t"
			 "mov %%esp,saved_esp\n\t"
			 "mov %%ecx,%%esp; mov %%edx,%%ebp\n\t"
			 "mov $" TEXT(SKB) ",%%ebx; mov $" TEXT(INFO) ",%%esi; mov $" TEXT(RULE) ",%%edi\n\t"
			 "jmp *%%eax\n\t"
			 ".globl came_back\ncame_back:\n\t"
			 "mov saved_esp,%%esp\n\t"
			 "pop %%edi; pop %%esi; pop %%ebx; pop %%ebp"
			 : "=a"(ret), "+c"(esp), "+d"(ebp)
			 : "0"(MATCH)
			 : "memory");
	return ret;
}

extern void came_back(void);

void run(void)
{
	struct {
		void *handler;
		u32 flags;
		void *restorer;
		u32 mask[2];
	} action = { fault, 4 | 0x08000000, 0, { 0, 0 } }; /* SA_SIGINFO | SA_ONSTACK */
	struct {
		u32 sp, flags, size;
	} alt = { ALT_STACK, 0, 65536 };
	static const u32 outer[] = OUTER_STACK;
	u32 esp = STACK_BASE + 8192 - sizeof(outer);
	int second;

	map(MODULE, module_image_end - module_image);
	copy(MODULE, module_image, module_image_end - module_image);
	map(STACK_BASE, 8192);
	map(SLAB, 8192);
	map(ALT_STACK, 65536);
	map(IPT_DO_TABLE_RETURN, 5);
	map(LOCAL_BH_ENABLE, 5);
	map(MEMCMP, 5);
	map(KMALLOC, 5);
	map(KFREE, 5);
	map(IP_CONNTRACK_FIND_GET, 5);
	plant(IPT_DO_TABLE_RETURN, came_back);
	plant(LOCAL_BH_ENABLE, bh_enable_);
	plant(MEMCMP, memcmp_);
	plant(KMALLOC, kmalloc_);
	plant(KFREE, kfree_);
	plant(IP_CONNTRACK_FIND_GET, find_get_);
	syscall4(186, (u32)&alt, 0, 0, 0);
	syscall4(174, 11, (u32)&action, 0, 8);

	/* thread_info: the task, and preempt_count as in a softirq. */
	set(STACK_BASE, TASK);
	set(STACK_BASE + 0x14, 0x100);

	connection(CT1, SPORT1, 3);
	connection(CT2, SPORT2, 1);
	set(SKB + 0x28, IPHDR);
	set(IPHDR + 12, SADDR);
	set(IPHDR + 16, DADDR);
	set(INFO, 1); /* --connlimit-above 1 */
	set(INFO + 4, 0);
	set(INFO + 8, 0xffffffff);
	set(INFO + 12, DATA);
	for (u32 i = 0; i < 256; i++) {
		set(DATA + 8 * i, DATA + 8 * i);
		set(DATA + 8 * i + 4, DATA + 8 * i);
	}

	copy(esp, outer, sizeof(outer));
	set(SKB + 0x8c, CT1);
	put_word("first", call(esp, esp + OUTER_EBP));
	copy(esp, outer, sizeof(outer));
	set(SKB + 0x8c, SECOND_CT);
	second = call(esp, esp + OUTER_EBP);
	put_word("second", second);
	leave(0);
}

__asm__(".globl _start\n_start:\n\tand $-16,%esp\n\tcall run\n"
	".section .rodata\n.globl module_image, module_image_end\n"
	"module_image:\n\t.incbin \"module.bin\"\nmodule_image_end:\n\t.byte 0\n.text\n");
