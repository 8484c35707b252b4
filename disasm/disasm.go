package disasm

// An Arch names a processor architecture, with the words of the JSON reports.
type Arch string

// The architectures that crash logs come from. Those that Disassemble can't
// decode get their units shown as data.
const (
	I386      Arch = "i386"
	X8664     Arch = "x86_64"
	ARM       Arch = "arm"
	ARM64     Arch = "arm64"
	MIPS      Arch = "mips"
	MIPS64    Arch = "mips64"
	PPC       Arch = "ppc"
	PPC64     Arch = "ppc64"
	RISCV64   Arch = "riscv64"
	S390X     Arch = "s390x"
	LoongArch Arch = "loongarch64"
	SPARC64   Arch = "sparc64"
	IA64      Arch = "ia64"
	Unknown   Arch = "unknown"
)

// isX86 reports whether a is one of the two x86 architectures.
func (a Arch) isX86() bool { return a == I386 || a == X8664 }

// bits returns the width of an address, 64 for architectures that are not known.
func (a Arch) bits() int {
	switch a {
	case I386, ARM, MIPS, PPC:
		return 32
	}
	return 64
}

// mode returns the width of an x86 architecture in bits.
func (a Arch) mode() int {
	if a == X8664 {
		return 64
	}
	return 32
}

// A Request is what is known about the code around a fault.
type Request struct {
	Arch Arch
	Code CodeLine
	// PC is the address of the marked unit, or of the first one where nothing is
	// marked; nil where the log does not tell.
	PC *uint64
	// Bits is 16 for i386 code of a 16-bit segment, as calls of the BIOS (PNPBIOS,
	// APM) and vm86 run it; 0 for code as wide as Arch.
	Bits int
	// Symbol names the function that holds addr and gives its first address; it
	// returns "" for an address that it does not know. It may be nil.
	Symbol func(addr uint64) (name string, base uint64)
}

// mode returns the width of x86 code in bits.
func (r *Request) mode() int {
	if r.Arch == I386 && r.Bits == 16 {
		return 16
	}
	return r.Arch.mode()
}

// An Inst is one line of a listing.
type Inst struct {
	// Offset is the distance in bytes from the marked unit, negative before it,
	// or from the first unit where nothing is marked.
	Offset int
	// Bytes are the instruction's bytes in the order in which the log prints
	// them (so a word of arm64 stands with its highest byte first). It is nil
	// for a unit that the log shows as unreadable. The listing owns them.
	Bytes []byte
	// Text is the instruction in the syntax of the GNU assembler, "(bad)" for a
	// byte that starts no instruction.
	Text string
	// Fault is set for the instruction that trapped.
	Fault bool
	// Reliable is set where the bytes leave no other reading worth the name: at
	// and after the fault, and before it where nearly all possible readings
	// agree.
	Reliable bool
	// Note says in plain words what is particular about the line; mostly empty.
	Note string

	x86 *x86Inst // nil for other architectures and for what is not decoded
}

// A Listing is the code around a fault, in the order of the addresses.
type Listing struct {
	// Insts cover every unit of the line, in order, without gaps.
	Insts []Inst
	// Confidence is the probability, 0 to 1, that the instructions before the
	// fault begin where the listing says; 1 where every unit is an instruction.
	Confidence float64
	// Note says what limits the whole listing; empty where nothing does.
	Note string

	arch Arch
	pc   *uint64 // address of Offset 0
	unit int     // bytes of one unit as printed
}

// Fault returns the instruction that trapped, or nil where none is known.
func (l Listing) Fault() *Inst {
	for i := range l.Insts {
		if l.Insts[i].Fault {
			return &l.Insts[i]
		}
	}
	return nil
}

// Disassemble reads the code around a fault. It never fails: what can't be
// decoded is listed as data with a note.
func Disassemble(req Request) Listing {
	if len(req.Code.Units) == 0 {
		note := req.Code.Note
		if note == "" {
			note = "the line shows no code"
		}
		return Listing{Note: note, arch: req.Arch, pc: req.PC}
	}
	var l Listing
	if req.Arch.isX86() {
		l = disassembleX86(req)
	} else {
		l = disassembleWords(req)
	}
	l.unit = req.Code.Unit
	return l
}
