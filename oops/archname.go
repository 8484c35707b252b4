package oops

import "strings"

// archNames are functions that only one architecture has, by the beginnings of their names: the entries into the kernel
// and the system calls (arch/*/kernel/entry*.S, arch/*/include/asm/syscall_wrapper.h). Wide is the architecture where
// the addresses of the trace have more than 32 bits, narrow where they have not, or are not printed.
var archNames = []struct {
	name         string
	whole        bool // the name, not its beginning
	narrow, wide Arch
}{
	{"__x64_sys_", false, X8664, X8664},
	{"entry_SYSCALL_64", false, X8664, X8664},
	{"system_call_fastpath", false, X8664, X8664},
	{"do_syscall_64", false, X8664, X8664},
	{"asm_sysvec_", false, X8664, X8664},
	{"asm_exc_", false, X8664, X8664},
	{"__arm64_sys_", false, ARM64, ARM64},
	{"el0_", false, ARM64, ARM64},
	{"el1_", false, ARM64, ARM64},
	{"el0t_64", false, ARM64, ARM64},
	{"sysenter_", false, I386, I386},
	{"syscall_call", true, I386, I386},
	{"entry_SYSENTER_32", false, I386, I386},
	{"entry_INT80_32", false, I386, I386},
	{"kernel_thread_helper", true, I386, X8664},
	{"ret_fast_syscall", true, ARM, ARM},
	{"__irq_svc", true, ARM, ARM},
	{"__und_svc", true, ARM, ARM},
	{"__dabt_svc", true, ARM, ARM},
	{"syscall_common", true, MIPS, MIPS64},
	{"stack_done", true, MIPS, MIPS64},
	{"handle_sys", true, MIPS, MIPS64},
	{"r4k_wait", true, MIPS, MIPS64},
	{"tl0_", false, SPARC64, SPARC64},
	{"linux_sparc_syscall", true, SPARC64, SPARC64},
	{"linux_sparc_syscall32", true, SPARC64, SPARC64},
	{"ret_from_exception", false, Unknown, RISCV64},
	{"__riscv_sys_", false, RISCV64, RISCV64},
	{"system_call_exception", true, PPC, PPC64},
	{".system_call_exception", true, PPC, PPC64},
	{"system_call_common", true, PPC, PPC64},
	{".ret_from_kernel_thread", true, PPC, PPC64},
	{"__s390x_sys_", false, S390X, S390X},
	{"tracesys", true, Unknown, X8664},
	{"stub_execve", true, X8664, X8664},
}

// archOfNames tells the architecture by the names in a trace.
func archOfNames(trace []Frame) Arch {
	wide := len(trace) > 0 && trace[0].Address > 0xffffffff
	for i := range trace {
		name := trace[i].Symbol
		for _, a := range archNames {
			if name != a.name && (a.whole || !strings.HasPrefix(name, a.name)) {
				continue
			}
			if wide && a.wide != Unknown {
				return a.wide
			}
			if !wide && a.narrow != Unknown {
				return a.narrow
			}
		}
		if strings.HasPrefix(name, "__do_syscall") && !wide && trace[0].HasAddress {
			return S390X
		}
	}
	return Unknown
}
