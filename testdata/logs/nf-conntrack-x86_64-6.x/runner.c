// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

/*
 * Runs one function of a linked object until it faults and prints the registers. A user process cannot map the upper
 * half, so everything lies at the kernel address without its top 17 bits, and the generator puts them back.
 */

#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <ucontext.h>
#include <unistd.h>

#include "layout.h"

extern const unsigned char module_image[], module_image_end[];

static void map(uint64_t addr, uint64_t size)
{
	uint64_t first = addr & ~4095ull;

	size = (addr + size + 4095 - first) & ~4095ull;
	if (mmap((void *)first, size, PROT_READ | PROT_WRITE | PROT_EXEC,
		 MAP_PRIVATE | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS, -1, 0) != (void *)first) {
		fprintf(stderr, "cannot map %llx\n", (unsigned long long)first);
		exit(2);
	}
}

static void put_word(const char *name, uint64_t v)
{
	printf("%s %016llx\n", name, (unsigned long long)v);
}

static void fault(int sig, siginfo_t *info, void *context)
{
	static const struct {
		const char *name;
		int nr;
	} regs[] = { { "RIP", REG_RIP }, { "RAX", REG_RAX }, { "RBX", REG_RBX }, { "RCX", REG_RCX }, { "RDX", REG_RDX },
		     { "RSI", REG_RSI }, { "RDI", REG_RDI }, { "RBP", REG_RBP }, { "RSP", REG_RSP }, { "R08", REG_R8 },
		     { "R09", REG_R9 },  { "R10", REG_R10 }, { "R11", REG_R11 }, { "R12", REG_R12 }, { "R13", REG_R13 },
		     { "R14", REG_R14 }, { "R15", REG_R15 }, { "EFLAGS", REG_EFL }, { "ERR", REG_ERR },
		     { "CR2", REG_CR2 } };
	ucontext_t *c = context;

	for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		put_word(regs[i].name, c->uc_mcontext.gregs[regs[i].nr]);
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	static char alt[65536];
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };
	struct sigaction sa = { .sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	static const uint64_t stubs[] = STUBS, words[][2] = MEMORY, regs[16] = REGISTERS;

	if (!(personality(0xffffffff) & ADDR_NO_RANDOMIZE)) {
		personality(ADDR_NO_RANDOMIZE);
		execv("/proc/self/exe", argv);
		return 2;
	}
	map(MODULE, module_image_end - module_image);
	memcpy((void *)MODULE, module_image, module_image_end - module_image);
	map(STACK & ~16383ull, 16384);
	map(SLAB, 65536);
	/* The functions that the object calls all return 0: xor %eax,%eax; ret. */
	for (unsigned i = 0; i < sizeof(stubs) / sizeof(stubs[0]); i++) {
		if (!i || (stubs[i] & ~4095ull) != (stubs[i - 1] & ~4095ull))
			map(stubs[i], 3);
		memcpy((void *)stubs[i], "\x31\xc0\xc3", 3);
	}
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		*(uint64_t *)words[i][0] = words[i][1];
	sigaltstack(&ss, 0);
	sigaction(SIGSEGV, &sa, 0);
	__asm__ volatile("mov 0x08(%%rax),%%rbx; mov 0x10(%%rax),%%rcx; mov 0x18(%%rax),%%rdx; mov 0x20(%%rax),%%rsi;"
			 "mov 0x28(%%rax),%%rdi; mov 0x30(%%rax),%%rbp; mov 0x40(%%rax),%%r8; mov 0x48(%%rax),%%r9;"
			 "mov 0x50(%%rax),%%r10; mov 0x58(%%rax),%%r11; mov 0x60(%%rax),%%r12; mov 0x68(%%rax),%%r13;"
			 "mov 0x70(%%rax),%%r14; mov 0x78(%%rax),%%r15; mov 0x38(%%rax),%%rsp; mov 0x00(%%rax),%%rax;"
			 "jmp *%%rax"
			 :
			 : "a"(regs));
	return 2;
}

__asm__(".section .rodata\n.globl module_image, module_image_end\n"
	"module_image:\n\t.incbin \"module.bin\"\nmodule_image_end:\n\t.byte 0\n.text\n");
