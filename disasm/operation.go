package disasm

// This file describes what an instruction does in terms that all architectures
// share, as far as the way of a pointer through code has to be known.

// An opKind is the kind of an operation.
type opKind uint8

const (
	opOther  opKind = iota // changes the registers in writes, in a way that is not followed
	opNop                  // changes nothing
	opConst                // dst = imm
	opCopy                 // dst = src
	opAdd                  // dst = src + imm
	opSum                  // dst = src ± index * scale + imm
	opLoad                 // dst = what lies at mem
	opStore                // what lies at mem = src
	opUpdate               // what lies at mem is changed in place
	opTest                 // compares; src and, where mem is set, memory are read
	opCall                 // calls target, or through mem or src
	opJump                 // goes on elsewhere, always
	opBranch               // goes on elsewhere, perhaps
	opReturn               // leaves the function
	opTrap                 // stops on purpose
	opShadow               // dst = src >> imm, as KASAN computes the place of a shadow byte
)

// A memory is the operand of an instruction that touches memory.
type memory struct {
	set         bool
	base, index int // registers, -1 for none
	scale       int64
	disp        int64
	segment     string // "fs" or "gs"
	pcRelative  bool
	size        int    // bytes, 0 where it is not known
	access      string // "read" or "write"; "" where only the address counts
	post        bool   // the displacement is added to the base afterwards
	extend      int    // 32 or -32 where only the low half of index counts, -32 with its sign
}

// An operation is what one instruction does.
type operation struct {
	kind     opKind
	dst, src int // registers, -1 for none
	second   int // of a load of two registers, -1 for none
	index    int // second register of opSum
	scale    int64
	imm      int64
	mem      memory
	writes   regSet // every register that changes, dst too
	// may is set where dst is only changed under a condition.
	may bool
	// narrow is set where dst takes fewer bits than a pointer has.
	narrow bool
	// to is the offset in the listing that a jump, branch or call leads to; it
	// counts where hasTo is set. target is the name that the listing gives it.
	to     int
	hasTo  bool
	target string
}

// noOperation is the zero operation with no registers.
func newOperation(kind opKind) operation {
	return operation{kind: kind, dst: -1, second: -1, src: -1, index: -1, mem: memory{base: -1, index: -1}}
}

// set makes reg the destination.
func (o *operation) set(reg int) {
	o.dst = reg
	o.writes.add(reg)
}

// operationOf describes an instruction of a listing. Where the instruction is not
// understood it says so with known = false: it may have changed anything.
func (l *Listing) operationOf(in *Inst) (o operation, known bool) {
	m := machines[l.arch]
	if m == nil || in.Bytes == nil {
		return newOperation(opOther), false
	}
	if l.arch.isX86() {
		if in.x86 == nil {
			return newOperation(opOther), false
		}
		return x86Operation(in, m), true
	}
	return wordOperation(in, m, l.pc)
}
