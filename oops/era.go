package oops

import "strings"

// era is what the form of the lines tells about when the kernel was made.
type era struct {
	oldEIP        bool   // "EIP:    0010:[<c0123456>]" without VLI: 2.4 and early 2.6 i386
	vli           bool   // "VLI": the bytes of the Code: line begin before EIP (2.6.0 to 2.6.24)
	addressDigits int    // of the first bracketed address: 8 or 16; 0 none
	address       uint64 // the address itself, or a later one that tells more

	braced bool // "{:mod:f+42}": x86_64 before 2.6.18
}

// era notes the form of a line that names the place.
func (o *open) era(text string) {
	e := &o.c.era
	if strings.HasPrefix(text, "EIP:") {
		if strings.Contains(text, " VLI") {
			e.vli = true
		} else if strings.Contains(text, ":[") && !strings.Contains(text, "+0x") {
			e.oldEIP = true
		}
	}
	if strings.Contains(text, ">{") {
		e.braced = true
	}
}

// codeFromIP says that the bytes of an unmarked Code: line begin at the instruction pointer: 2.4 i386
// (arch/i386/kernel/traps.c printed 20 bytes from EIP) and x86_64 up to 2.6.17 (20 bytes from RIP).
func (c *Crash) codeFromIP() bool {
	if strings.ContainsAny(c.Code.Value.Text, "<(") {
		return false
	}
	switch {
	case c.era.braced:
		return true
	case c.era.vli:
		return false
	case c.era.oldEIP:
		return len(strings.Fields(c.Code.Value.Text)) <= 20
	}
	return false
}

// arch keeps the first architecture that a line proves.
func (c *Crash) arch(a Arch) {
	if a != Unknown && (c.Arch == Unknown || c.Arch == "") {
		c.Arch = a
	}
}

// addressArch guesses the machine by where its kernel and modules live in memory, if nothing else tells.
func (e *era) addressArch() Arch {
	a := e.address
	switch e.addressDigits {
	case 8:
		switch {
		case a>>24 == 0xbf:
			// arm keeps its modules just below the kernel (arch/arm/include/asm/memory.h); user space elsewhere
			return ARM
		case a>>28 == 8: // KSEG0 of mips
			return MIPS
		case a>>28 >= 0xc:
			return I386
		}
	case 16:
		switch top := a >> 56; {
		case a>>32 == 0xffffffff:
			return X8664
		case top == 0xc0 || top == 0xd0 || a>>60 == 8: // kernel, vmalloc and modules of ppc64
			return PPC64
		case top == 0x90:
			return LoongA
		case top == 0xa0:
			return IA64
		case a>>36 == 0xffffffe:
			return RISCV64
		case a>>40 == 0xffffff || a>>40 == 0xffff00 || a>>40 == 0xffff80:
			return ARM64
		case a>>40 == 0xffff88 || a>>40 == 0xffffc9:
			return X8664
		}
	}
	return Unknown
}
