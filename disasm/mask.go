package disasm

import (
	"bytes"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// A Pattern is the code around a fault as it can be looked for in an image of the
// kernel or of a module: bytes that the linker, the loader or the running kernel
// writes anew are left open.
type Pattern struct {
	// Bytes are in the order of memory. Mask has a byte for each of them: the bits
	// that are set have to agree. Both belong to the caller.
	Bytes, Mask []byte
	// Fault is the index of the first byte of the instruction at the fault, or of
	// the first unit where none is known.
	Fault int
	// Fixed is the number of bits that have to agree. With fewer than 64 of them a
	// pattern is found by chance in an image of tens of megabytes.
	Fixed int
}

// Pattern makes a pattern of the listing. What differs between an image and the
// running kernel, and is left open: distances and addresses that are relocated;
// lock prefixes, which a kernel on one processor turns into ds; nops, calls and
// jumps that alternatives, static branches, the function tracer, retpolines and
// return thunks patch. Instructions that are not read for sure are left open as a
// whole. On architectures other than x86 and arm64 only branches are masked.
func (l Listing) Pattern() Pattern {
	p := Pattern{}
	for i := range l.Insts {
		in := &l.Insts[i]
		if in.Offset == 0 {
			p.Fault = len(p.Bytes)
		}
		code, mask := l.masked(i)
		p.Bytes = append(p.Bytes, code...)
		p.Mask = append(p.Mask, mask...)
	}
	for _, m := range p.Mask {
		for ; m != 0; m &= m - 1 {
			p.Fixed++
		}
	}
	return p
}

// masked returns the bytes of an instruction in the order of memory, with a mask.
func (l Listing) masked(i int) (code, mask []byte) {
	in := &l.Insts[i]
	if in.Bytes == nil {
		n := 1
		if l.unit > 1 {
			n = l.unit
		}
		return make([]byte, n), make([]byte, n)
	}
	code = append([]byte(nil), in.Bytes...)
	mask = make([]byte, len(code))
	if d, ok := wordDecoders[l.arch]; ok && d.little && l.unit > 1 {
		for at := 0; at+l.unit <= len(code); at += l.unit {
			reverse(code[at : at+l.unit])
		}
	}
	if !in.Reliable || in.Note == noteTail {
		return code, mask
	}
	for k := range mask {
		mask[k] = 0xff
	}
	switch {
	case l.arch.isX86():
		l.maskX86(i, code, mask)
	case l.arch == ARM64 && len(code) == 4:
		l.maskArm64(i, code, mask)
	default:
		if o, known := l.operationOf(in); known && (o.kind == opCall || o.kind == opJump) && o.src < 0 {
			clear(mask)
		}
	}
	return code, mask
}

func reverse(b []byte) {
	for a, z := 0, len(b)-1; a < z; a, z = a+1, z-1 {
		b[a], b[z] = b[z], b[a]
	}
}

// maskX86 opens what may differ in an x86 instruction.
func (l Listing) maskX86(i int, code, mask []byte) {
	in := &l.Insts[i]
	if in.x86 == nil {
		if in.Note != noteCut && in.Text == "(bad)" {
			return
		}
		clear(mask)
		return
	}
	asm := &in.x86.asm
	if patched(in, asm) || l.afterReturn(i) || l.indirect(i) {
		clear(mask)
		return
	}
	if code[0] == 0xf0 || code[0] == 0x3e {
		mask[0] = 0 // lock, or ds on one processor
	}
	if asm.PCRel > 0 && asm.PCRel >= 4 && asm.PCRelOff > 0 {
		open(mask, asm.PCRelOff, asm.PCRel)
		if asm.Op == x86asm.JMP {
			clear(mask) // a static branch that is on stands where the image has a nop
		}
		return
	}
	segment := strings.Contains(in.Text, "%gs:") || strings.Contains(in.Text, "%fs:")
	for _, field := range l.addressFields(in, asm) {
		v := uint64(0)
		for k := field.size - 1; k >= 0; k-- {
			v = v<<8 | uint64(code[field.at+k])
		}
		if segment || field.relative || l.isAddress(v, field.size) {
			open(mask, field.at, field.size)
		}
	}
}

func open(mask []byte, at, size int) {
	for k := at; k < at+size && k < len(mask); k++ {
		mask[k] = 0
	}
}

// patched reports whether the running kernel may have another instruction here.
func patched(in *Inst, asm *x86asm.Inst) bool {
	if ext := in.x86.ext; ext != nil {
		return ext.form == extNop || ext.name == "clac" || ext.name == "stac"
	}
	switch asm.Op {
	case x86asm.NOP:
		return true
	case x86asm.LEA, x86asm.MOV:
		return isNopMove(asm)
	case x86asm.LFENCE, x86asm.MFENCE, x86asm.POPCNT, x86asm.PREFETCHW, x86asm.PREFETCHNTA:
		return true
	case x86asm.RET:
		return true // a return thunk in the image, or the other way round
	case x86asm.JMP:
		return len(in.Bytes) == 2
	}
	return bytes.Equal(in.Bytes, []byte{0x66, 0x90})
}

// isNopMove reports whether the instruction is one of the nops of i386 that have
// the form of a move: lea 0x0(%esi),%esi, mov %esi,%esi.
func isNopMove(asm *x86asm.Inst) bool {
	if asm.Mode != 32 {
		return false
	}
	switch arg := asm.Args[1].(type) {
	case x86asm.Mem:
		return asm.Op == x86asm.LEA && asm.Args[0] == x86asm.Arg(arg.Base) && arg.Disp == 0 && arg.Index == 0
	case x86asm.Reg:
		return asm.Op == x86asm.MOV && asm.Args[0] == x86asm.Arg(arg)
	}
	return false
}

// afterReturn reports whether instruction i is filler behind a return.
func (l Listing) afterReturn(i int) bool {
	for k := i; k >= 0 && k > i-5; k-- {
		x := l.Insts[k].x86
		switch {
		case x == nil:
			return k < i && l.Insts[k].Note == noteTail // which may have been the return
		case x.ext == nil && x.asm.Op == x86asm.RET:
			return k < i
		case len(l.Insts[k].Bytes) != 1 || l.Insts[k].Bytes[0] != 0xcc:
			return false
		}
		if k == 0 {
			return true
		}
	}
	return false
}

// indirect reports whether instruction i is a call or jump through a register,
// which is a call of a retpoline in the image.
func (l Listing) indirect(i int) bool {
	asm := &l.Insts[i].x86.asm
	if asm.Op != x86asm.CALL && asm.Op != x86asm.JMP {
		return false
	}
	_, ok := asm.Args[0].(x86asm.Reg)
	return ok
}

// A codeField is a number within an instruction.
type codeField struct {
	at, size int
	relative bool // to the instruction
}

// addressFields are the numbers of four or eight bytes that may be addresses.
func (l Listing) addressFields(in *Inst, asm *x86asm.Inst) []codeField {
	var out []codeField
	end := len(in.Bytes)
	for i, arg := range asm.Args {
		if arg, ok := arg.(x86asm.Imm); ok {
			size := 4
			if v := int64(arg); i > 0 && (v > 1<<32 || v < -1<<31) {
				size = 8
			}
			if end > size && immediateIs(in.Bytes[end-size:], uint64(arg)) {
				out = append(out, codeField{end - size, size, false})
				end -= size
			}
		}
	}
	for _, arg := range asm.Args {
		m, ok := arg.(x86asm.Mem)
		if !ok {
			continue
		}
		for at := 1; at+4 <= len(in.Bytes); at++ {
			relative := m.Base == x86asm.RIP
			if immediateIs(in.Bytes[at:at+4], uint64(m.Disp)) && (m.Disp > 127 || m.Disp < -128 || relative) {
				out = append(out, codeField{at, 4, relative})
				break
			}
		}
	}
	return out
}

// immediateIs reports whether bytes hold the low bytes of v.
func immediateIs(b []byte, v uint64) bool {
	for k := range b {
		if b[k] != byte(v>>(8*uint(k))) {
			return false
		}
	}
	return true
}

// isAddress reports whether a number may be an address of the kernel, which the
// linker, the loader or KASLR wrote; 0 may be one that was never written.
func (l Listing) isAddress(v uint64, size int) bool {
	if size == 8 {
		return v>>47 == 0x1ffff
	}
	if l.arch == I386 {
		return v >= 0xc0000000 && v < 0xffff0000
	}
	return v >= 0x80000000 && v < 0xffff0000
}

// maskArm64 opens what may differ in an instruction of arm64.
func (l Listing) maskArm64(i int, code, mask []byte) {
	w := uint32(code[0]) | uint32(code[1])<<8 | uint32(code[2])<<16 | uint32(code[3])<<24
	keep := ^uint32(0)
	switch {
	case w>>26&0x1f == 0x05: // b, bl: also a static branch or the tracer's call
		keep = 0
		if w>>31 == 1 {
			keep = 0xfc000000
		}
	case w == 0xd503201f, w == 0xaa1e03e9: // nop; mov x9, x30 before the tracer's call
		keep = 0
	case w&0x1f000000 == 0x10000000: // adr, adrp
		keep = 0x9f00001f
	case w&0x3f200c00 == 0x38200000, w&0x3fa07c00 == 0x08a07c00, w&0x3f000000 == 0x08000000: // atomics, exclusives
		keep = 0
	case w>>22&0x3ff == 0x354: // system instructions
		keep = 0
	case i > 0 && l.lowHalf(i, w):
		keep = 0xffc003ff
	}
	for k := range mask {
		mask[k] = byte(keep >> (8 * uint(k)))
	}
}

// lowHalf reports whether the immediate of instruction i is the lower half of the
// address whose upper half adrp gave within the four instructions before.
func (l Listing) lowHalf(i int, w uint32) bool {
	if w&0x7fc00000 != 0x11000000 && w&0x3b000000 != 0x39000000 {
		return false
	}
	base := w >> 5 & 31
	for k := i - 1; k >= 0 && k >= i-4; k-- {
		b := l.Insts[k].Bytes // as printed: the highest byte first
		if len(b) == 4 && b[0]&0x9f == 0x90 && uint32(b[3]&31) == base {
			return true
		}
	}
	return false
}

// Find returns the places in an image where the pattern fits, at most limit of
// them, as offsets of the pattern's first byte.
func (p *Pattern) Find(image []byte, limit int) []int {
	var out []int
	from, to := p.anchor()
	if from == to {
		return nil
	}
	key := p.Bytes[from:to]
	for at := 0; len(out) < limit; {
		i := bytes.Index(image[at:], key)
		if i < 0 {
			break
		}
		start := at + i - from
		if p.fits(image, start) {
			out = append(out, start)
		}
		at += i + 1
	}
	return out
}

// anchor is the longest run of bytes that have to agree whole.
func (p *Pattern) anchor() (from, to int) {
	for i := 0; i < len(p.Mask); {
		j := i
		for j < len(p.Mask) && p.Mask[j] == 0xff {
			j++
		}
		if j-i > to-from {
			from, to = i, j
		}
		i = j + 1
	}
	return from, to
}

func (p *Pattern) fits(image []byte, start int) bool {
	if start < 0 || start+len(p.Bytes) > len(image) {
		return false
	}
	for i, m := range p.Mask {
		if (image[start+i]^p.Bytes[i])&m != 0 {
			return false
		}
	}
	return true
}
