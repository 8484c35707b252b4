package disasm

// Facts are what a log says beside the code. All of it may be missing.
type Facts struct {
	// Registers are those at the fault, by the names that logs print, in any case.
	Registers map[string]uint64
	// PC is the address of the fault, nil where the log gives none. Request.PC does
	// as well, where the line shows code.
	PC *uint64
	// FaultAddress is the address that could not be used: CR2, FAR, BADVADDR, DAR.
	FaultAddress *uint64
	// ErrorCode is the number behind "Oops:": the error code of a page fault on
	// x86, the ESR on arm64.
	ErrorCode *uint64
	// Kind is the word that the JSON reports use for the crash ("null-deref",
	// "gpf", "warn", …), "" where it is not known. It tells a WARN() from a BUG().
	Kind string
	// Func is the name of the function, FuncOffset the distance in bytes of the
	// marked instruction from its start, nil where it is not known.
	Func       string
	FuncOffset *int64
	// Types may be nil.
	Types Types
}

// Types answers questions about the types of a kernel's source. The answers
// come from DWARF or BTF, or from anywhere else; a type is the text that C has
// for it, such as "struct nf_conn *".
type Types interface {
	// Param returns the name and the type of a function's argument n, counted
	// from 1; ok is false where it is not known.
	Param(function string, n int) (name, typ string, ok bool)
	// Result returns the type that a function returns.
	Result(function string) (typ string, ok bool)
	// Field returns the path of the field at an offset in bytes from where a
	// pointer of type typ leads, "proto.tcp.state", and the field's own type.
	Field(typ string, offset int64) (path, fieldType string, ok bool)
}

// Bits of the error code of a page fault on x86 (arch/x86/include/asm/trap_pf.h;
// the bits are those of the processor since the 386, fetch since NX).
const (
	pfPresent  = 1 << 0
	pfWrite    = 1 << 1
	pfUser     = 1 << 2
	pfReserved = 1 << 3
	pfFetch    = 1 << 4
	pfKey      = 1 << 5
)

// A faultCode is an error code, in terms that architectures share.
type faultCode struct {
	known      bool
	permission bool // the page is there and its rights forbid the access
	write      bool
	fetch      bool
	reserved   bool // the page table itself is wrong
	key        bool // protection key
	unaligned  bool
	external   bool // the bus answered with an error
}

// faultCodeOf reads the error code of the architectures whose code is known.
func faultCodeOf(arch Arch, code *uint64, kind string) (c faultCode) {
	if code == nil {
		return c
	}
	v := *code
	switch arch {
	case I386, X8664:
		if kind != "null-deref" && kind != "paging-request" && kind != "" || v > 0xffff {
			return c // of another exception
		}
		return faultCode{known: true, permission: v&pfPresent != 0, write: v&pfWrite != 0, fetch: v&pfFetch != 0,
			reserved: v&pfReserved != 0, key: v&pfKey != 0}
	case ARM64:
		// ESR_EL1: class in bits 31:26, 0x21 and 0x25 for aborts taken from EL1,
		// status in bits 5:0, WnR in bit 6 (Arm Architecture Reference Manual, D17.2.40).
		class, status := v>>26&0x3f, v&0x3f
		if class != 0x21 && class != 0x25 {
			return c
		}
		return faultCode{known: true, permission: status&0x3c == 0x0c, write: class == 0x25 && v&0x40 != 0,
			fetch: class == 0x21, unaligned: status == 0x21, external: status == 0x10}
	}
	return c
}
