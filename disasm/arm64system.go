package disasm

import "strconv"

// This file names the registers and the operations of the system instructions of
// arm64 (Arm Architecture Reference Manual, C5.2 to C5.5 and D17). arm64asm
// (v0.32.0) prints the numbers of their fields.

// arm64Registers are the system registers by op0<1>, op1, CRn, CRm and op2, which
// are bits 19 to 5 of mrs and msr.
var arm64Registers = map[uint16]string{
	0x0004: "dbgbvr0_el1", 0x0005: "dbgbcr0_el1", 0x0006: "dbgwvr0_el1", 0x0007: "dbgwcr0_el1",
	0x000c: "dbgbvr1_el1", 0x000d: "dbgbcr1_el1", 0x000e: "dbgwvr1_el1", 0x000f: "dbgwcr1_el1",
	0x0012: "mdscr_el1", 0x0014: "dbgbvr2_el1", 0x0015: "dbgbcr2_el1", 0x0016: "dbgwvr2_el1",
	0x0017: "dbgwcr2_el1", 0x001c: "dbgbvr3_el1", 0x001d: "dbgbcr3_el1", 0x001e: "dbgwvr3_el1",
	0x001f: "dbgwcr3_el1", 0x0024: "dbgbvr4_el1", 0x0025: "dbgbcr4_el1", 0x0026: "dbgwvr4_el1",
	0x0027: "dbgwcr4_el1", 0x002c: "dbgbvr5_el1", 0x002d: "dbgbcr5_el1", 0x002e: "dbgwvr5_el1",
	0x002f: "dbgwcr5_el1", 0x0084: "oslar_el1", 0x008c: "oslsr_el1", 0x009c: "osdlr_el1", 0x4000: "midr_el1",
	0x4005: "mpidr_el1", 0x4006: "revidr_el1", 0x4020: "id_aa64pfr0_el1", 0x4021: "id_aa64pfr1_el1",
	0x4024: "id_aa64zfr0_el1", 0x4028: "id_aa64dfr0_el1", 0x4030: "id_aa64isar0_el1", 0x4031: "id_aa64isar1_el1",
	0x4038: "id_aa64mmfr0_el1", 0x4039: "id_aa64mmfr1_el1", 0x403a: "id_aa64mmfr2_el1", 0x4080: "sctlr_el1",
	0x4081: "actlr_el1", 0x4082: "cpacr_el1", 0x4085: "rgsr_el1", 0x4086: "gcr_el1", 0x4090: "zcr_el1",
	0x4100: "ttbr0_el1", 0x4101: "ttbr1_el1", 0x4102: "tcr_el1", 0x4108: "apiakeylo_el1", 0x4109: "apiakeyhi_el1",
	0x410a: "apibkeylo_el1", 0x4110: "apdakeylo_el1", 0x4113: "apdbkeyhi_el1", 0x4118: "apgakeylo_el1",
	0x4200: "spsr_el1", 0x4201: "elr_el1", 0x4208: "sp_el0", 0x4210: "spsel", 0x4212: "currentel", 0x4213: "pan",
	0x4214: "uao", 0x4230: "icc_pmr_el1", 0x4288: "afsr0_el1", 0x4289: "afsr1_el1", 0x4290: "esr_el1",
	0x42b0: "tfsr_el1", 0x42b1: "tfsre0_el1", 0x4300: "far_el1", 0x43a0: "par_el1", 0x44f1: "pmintenset_el1",
	0x44f2: "pmintenclr_el1", 0x4510: "mair_el1", 0x4518: "amair_el1", 0x4600: "vbar_el1", 0x4601: "rvbar_el1",
	0x4608: "isr_el1", 0x4609: "disr_el1", 0x4644: "icc_ap0r0_el1", 0x465d: "icc_sgi1r_el1",
	0x4660: "icc_iar1_el1", 0x4681: "contextidr_el1", 0x4684: "tpidr_el1", 0x4708: "cntkctl_el1",
	0x4800: "ccsidr_el1", 0x4801: "clidr_el1", 0x5000: "csselr_el1", 0x5801: "ctr_el0", 0x5807: "dczid_el0",
	0x5920: "rndr", 0x5a10: "nzcv", 0x5a11: "daif", 0x5a15: "dit", 0x5a16: "ssbs", 0x5a17: "tco", 0x5a20: "fpcr",
	0x5a21: "fpsr", 0x5ce0: "pmcr_el0", 0x5ce1: "pmcntenset_el0", 0x5ce2: "pmcntenclr_el0",
	0x5ce3: "pmovsclr_el0", 0x5ce5: "pmselr_el0", 0x5ce8: "pmccntr_el0", 0x5ce9: "pmxevtyper_el0",
	0x5cea: "pmxevcntr_el0", 0x5cf0: "pmuserenr_el0", 0x5e82: "tpidr_el0", 0x5e83: "tpidrro_el0",
	0x5f00: "cntfrq_el0", 0x5f01: "cntpct_el0", 0x5f02: "cntvct_el0", 0x5f11: "cntp_ctl_el0",
	0x5f12: "cntp_cval_el0", 0x5f19: "cntv_ctl_el0", 0x5f1a: "cntv_cval_el0", 0x6080: "sctlr_el2",
	0x6088: "hcr_el2", 0x6089: "mdcr_el2", 0x608a: "cptr_el2", 0x6108: "vttbr_el2", 0x610a: "vtcr_el2",
	0x6200: "spsr_el2", 0x6201: "elr_el2", 0x6208: "sp_el1", 0x6290: "esr_el2", 0x6300: "far_el2",
	0x6304: "hpfar_el2", 0x6600: "vbar_el2", 0x6609: "vdisr_el2", 0x6682: "tpidr_el2", 0x6703: "cntvoff_el2",
}

// arm64Operations are the address translations and the operations on caches and
// translation tables by op1, CRn, CRm and op2, bits 18 to 5 of sys.
var arm64Operations = map[uint16]string{
	0x0388: "ic ialluis", 0x03a8: "ic iallu", 0x03b1: "dc ivac", 0x03b2: "dc isw", 0x03b3: "dc igvac",
	0x03c0: "at s1e1r", 0x03c1: "at s1e1w", 0x03c2: "at s1e0r", 0x03c3: "at s1e0w", 0x03c8: "at s1e1rp",
	0x03c9: "at s1e1wp", 0x03d2: "dc csw", 0x03f2: "dc cisw", 0x0409: "tlbi vae1os", 0x0411: "tlbi rvae1is",
	0x0415: "tlbi rvale1is", 0x0418: "tlbi vmalle1is", 0x0419: "tlbi vae1is", 0x041a: "tlbi aside1is",
	0x041b: "tlbi vaae1is", 0x041d: "tlbi vale1is", 0x041f: "tlbi vaale1is", 0x0438: "tlbi vmalle1",
	0x0439: "tlbi vae1", 0x043d: "tlbi vale1", 0x1b9c: "cfp rctx", 0x1b9d: "dvp rctx", 0x1b9f: "cpp rctx",
	0x1ba1: "dc zva", 0x1ba3: "dc gva", 0x1ba4: "dc gzva", 0x1ba9: "ic ivau", 0x1bd1: "dc cvac",
	0x1bd3: "dc cgvac", 0x1bd9: "dc cvau", 0x1be1: "dc cvap", 0x1be9: "dc cvadp", 0x1bf1: "dc civac",
	0x1bf3: "dc cigvac", 0x23c0: "at s1e2r", 0x23c1: "at s1e2w", 0x23c4: "at s12e1r", 0x23c5: "at s12e1w",
	0x23c6: "at s12e0r", 0x23c7: "at s12e0w", 0x2401: "tlbi ipas2e1is", 0x2418: "tlbi alle2is",
	0x2419: "tlbi vae2is", 0x241c: "tlbi alle1is", 0x241e: "tlbi vmalls12e1is", 0x2438: "tlbi alle2",
	0x243c: "tlbi alle1", 0x33c0: "at s1e3r",
}

// arm64States are the fields of the processor's state that msr sets at once, by
// op1 and op2 (C6.2.230, MSR (immediate)).
var arm64States = map[uint32]string{0<<3 | 3: "uao", 0<<3 | 4: "pan", 0<<3 | 5: "spsel", 3<<3 | 1: "ssbs",
	3<<3 | 2: "dit",
	3<<3 | 4: "tco", 3<<3 | 6: "daifset", 3<<3 | 7: "daifclr"}

// arm64Hints are the hints that have names (C6.2.113, HINT).
var arm64Hints = map[uint32]string{0: "nop", 1: "yield", 2: "wfe", 3: "wfi", 4: "sev", 5: "sevl", 6: "dgh",
	7: "xpaclri",
	8: "pacia1716", 10: "pacib1716", 12: "autia1716", 14: "autib1716", 16: "esb", 17: "psb csync", 18: "tsb csync",
	20: "csdb", 22: "clearbhb", 24: "paciaz", 25: "paciasp", 26: "pacibz", 27: "pacibsp", 28: "autiaz", 29: "autiasp",
	30: "autibz", 31: "autibsp", 32: "bti", 34: "bti c", 36: "bti j", 38: "bti jc"}

// arm64System returns the text of a system instruction; "" where it is none, or
// one without a name of its own.
func arm64System(w uint32) string {
	rt := arm64Reg(w&31, 3)
	switch {
	case w>>20 == 0xd53:
		if name := arm64Registers[uint16(w>>5&0x7fff)]; name != "" {
			return "mrs " + rt + ", " + name
		}
		return "mrs " + rt + ", " + arm64Unnamed(w)
	case w>>20 == 0xd51:
		if name := arm64Registers[uint16(w>>5&0x7fff)]; name != "" {
			return "msr " + name + ", " + rt
		}
		return "msr " + arm64Unnamed(w) + ", " + rt
	case w>>19 == 0xd508>>3:
		name := arm64Operations[uint16(w>>5&0x3fff)]
		if name != "" && w&31 != 31 {
			name += ", " + rt
		}
		return name
	case w&0xfff8f01f == 0xd500401f:
		if name := arm64States[w>>16&7<<3|w>>5&7]; name != "" {
			return "msr " + name + ", #0x" + strconv.FormatUint(uint64(w>>8&15), 16)
		}
	case w&0xfffff01f == 0xd503201f:
		n := w >> 5 & 0x7f
		if name := arm64Hints[n]; name != "" {
			return name
		}
		return "hint #0x" + strconv.FormatUint(uint64(n), 16)
	}
	return ""
}

// arm64Unnamed writes a system register by its fields.
func arm64Unnamed(w uint32) string {
	n := func(v uint32) string { return strconv.Itoa(int(v)) }
	return "s" + n(2+w>>19&1) + "_" + n(w>>16&7) + "_c" + n(w>>12&15) + "_c" + n(w>>8&15) + "_" + n(w>>5&7)
}
