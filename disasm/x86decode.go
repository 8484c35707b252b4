package disasm

import "golang.org/x/arch/x86/x86asm"

// maxX86Len is the length in bytes of the longest x86 instruction
// (Intel SDM volume 2, 2.3.11).
const maxX86Len = 15

// An x86Inst is a decoded instruction.
type x86Inst struct {
	asm x86asm.Inst
	// ext is the row of the overlay that decoded the instruction, nil where
	// x86asm did. Its name and operands replace those of asm.
	ext *extRow
}

// An outcome says what a decoder made of the bytes at one place.
type outcome uint8

const (
	decoded outcome = iota
	bad             // no instruction begins like this
	cut             // an instruction may begin like this, and more bytes follow that are not there
)

// decodeX86 decodes the instruction at the start of code. mode is 32 or 64.
//
// x86asm says "this is a lone prefix" both for an instruction that it does not
// know and for one that is cut. Neither is what a processor does, so both are
// told apart here: the overlay knows the missing instructions, and a cut one
// decodes as soon as bytes are put behind it.
func decodeX86(code []byte, mode int) (x86Inst, outcome) {
	if len(code) == 0 {
		return x86Inst{}, cut
	}
	if in, ok := decodeWhole(code, mode); ok {
		return in, decoded
	}
	if len(code) >= maxX86Len {
		return x86Inst{}, bad
	}
	return decodeCut(code, mode)
}

// decodeWhole decodes an instruction whose bytes are all there.
func decodeWhole(code []byte, mode int) (x86Inst, bool) {
	var ext x86Inst
	known := false
	if mayBeExt(code, mode) {
		if ext, known = decodeExt(code, mode); known && ext.ext.form != extNop {
			return ext, true
		}
	}
	asm, err := x86asm.Decode(code, mode)
	if err != nil && len(code) > 3 && code[0] == 0xc4 {
		// Most vector instructions ignore VEX.W; x86asm knows one value of it.
		other := [maxX86Len]byte{}
		n := copy(other[:], code)
		other[2] ^= 0x80
		asm, err = x86asm.Decode(other[:n], mode)
	}
	if err != nil || asm.Op == 0 || asm.Len <= 0 || asm.Len > len(code) {
		return ext, known
	}
	asm.Mode = mode // the vector decoder leaves it out
	if asm.Op == x86asm.VZEROUPPER || asm.Op == x86asm.VZEROALL {
		// x86asm reads on for a ModRM byte that these do not have.
		asm.Args = x86asm.Args{}
		asm.Len = 3
		if code[0] == 0xc4 {
			asm.Len = 4
		}
	}
	signDisplacement(&asm)
	if (asm.Prefix[0].IsVEX() || asm.Prefix[0].IsEVEX()) && mode == 64 {
		vectorRelative(&asm, code)
	}
	return x86Inst{asm: asm}, true
}

// vectorRelative makes addresses beside the code of vector instructions such; x86asm (v0.32.0) takes some of them, as
// c5 79 6f 35, for absolute ones.
func vectorRelative(asm *x86asm.Inst, code []byte) {
	at := modrmIndex(code, 64)
	if at < 0 || at >= len(code) || code[at]&0xc7 != 0x05 {
		return
	}
	for i, arg := range asm.Args {
		if m, ok := arg.(x86asm.Mem); ok && m.Base == 0 && m.Index == 0 {
			m.Base = x86asm.RIP
			asm.Args[i] = m
		}
	}
}

// signDisplacement gives a 32-bit displacement its sign; x86asm (v0.32.0) does
// so only for some forms. The 64-bit address of a0 to a3 has none.
func signDisplacement(asm *x86asm.Inst) {
	op := byte(asm.Opcode >> 24)
	if asm.Op == x86asm.MOV && op >= 0xa0 && op <= 0xa3 {
		return
	}
	for i, arg := range asm.Args {
		m, ok := arg.(x86asm.Mem)
		if ok && m.Disp>>31 == 1 {
			m.Disp = int64(int32(m.Disp))
			asm.Args[i] = m
		}
	}
}

// fillers are what decodeCut puts behind a cut instruction. They differ in all
// fields of a ModRM byte, so that a name that all of them agree on is certain.
var fillers = [...]byte{0x00, 0x24, 0x51, 0x6d, 0x90, 0xbf, 0xc8, 0xda, 0xff}

// decodeCut decodes an instruction that is longer than code. The result has an
// operation only where all continuations agree on it.
func decodeCut(code []byte, mode int) (x86Inst, outcome) {
	var buf [maxX86Len]byte
	var in x86Inst
	seen, agree := false, true
	for _, fill := range fillers {
		for i := copy(buf[:], code); i < len(buf); i++ {
			buf[i] = fill
		}
		one, ok := decodeWhole(buf[:], mode)
		if !ok || one.asm.Len <= len(code) {
			continue
		}
		if seen && (one.asm.Op != in.asm.Op || one.ext != in.ext) {
			agree = false
		}
		in, seen = one, true
	}
	switch {
	case !seen:
		return x86Inst{}, bad
	case !agree:
		return x86Inst{}, cut
	}
	return in, cut
}
