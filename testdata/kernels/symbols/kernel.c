/* Copyright The nfoops authors. SPDX-License-Identifier: Apache-2.0 */
#define __ro __attribute__((used))

const char linux_banner[] __ro =
	"Linux version " RELEASE " (story@example) (gcc, ld) #1 SMP " BUILT "\n";

int connections;

/* Patched at run time: the site is in a table of its own, as the kernel has it for ftrace. */
__attribute__((noinline)) int traced(int a)
{
	__asm__ volatile("1: .byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n"
			 ".pushsection __mcount_loc, \"a\"\n.quad 1b\n.popsection");
	return a + connections;
}

void _start(void)
{
	connections = traced(3);
	for (;;)
		;
}
