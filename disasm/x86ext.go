package disasm

import "golang.org/x/arch/x86/x86asm"

// This file knows the instructions that x86asm (v0.32.0) decodes wrongly or not
// at all, and that kernels use. The overlay is tried before x86asm.

// An extForm is the operand form of a row.
type extForm uint8

const (
	extFixed  extForm = iota // no operands; the row gives the whole ModRM byte
	extMem                   // memory operand only; the ModRM reg field is the row's digit
	extReg                   // register operand only; the ModRM reg field is the row's digit
	extAny                   // register or memory operand; the ModRM reg field is the row's digit
	extNop                   // register or memory operand, any ModRM reg field
	extRegRM                 // register, then register or memory (Intel order)
	extRegMem                // register, then memory
	extMemReg                // memory, then register
	extNone                  // no ModRM byte
)

// An extSize is the width of a row's register and memory operands.
type extSize uint8

const (
	sizeV   extSize = iota // 16, 32 or 64 bits by prefixes; the name takes a suffix for memory
	sizeY                  // 64 bits with REX.W, else 32; the name carries "d" or "q"
	sizeMem                // memory of a fixed size that the name does not show
	sizePtr                // an address as wide as the mode
)

// An extRow is one instruction of the overlay. The opcode is 0f, then op.
type extRow struct {
	prefix byte    // the mandatory prefix: 0, 66, f2, f3
	op     [2]byte // the opcode after 0f; the second byte counts for 0f 38 only
	modrm  byte    // extFixed: the byte; the reg field for extMem, extReg and extAny
	form   extForm
	size   extSize
	name   string
	where  string // Intel SDM volume 2 unless another manual is named
}

// extRows are sorted by opcode. The same bytes stand once.
var extRows = []extRow{
	{0xf2, [2]byte{0x00}, 6, extAny, sizeMem, "lkgs", "FRED specification, LKGS"},
	{0, [2]byte{0x01}, 0xc0, extFixed, 0, "enclv", "4.3 ENCLV"},
	{0, [2]byte{0x01}, 0xc1, extFixed, 0, "vmcall", "volume 3, VMX instruction reference, VMCALL"},
	{0, [2]byte{0x01}, 0xc2, extFixed, 0, "vmlaunch", "volume 3, VMX instruction reference, VMLAUNCH"},
	{0, [2]byte{0x01}, 0xc3, extFixed, 0, "vmresume", "volume 3, VMX instruction reference, VMRESUME"},
	{0, [2]byte{0x01}, 0xc4, extFixed, 0, "vmxoff", "volume 3, VMX instruction reference, VMXOFF"},
	{0, [2]byte{0x01}, 0xc5, extFixed, 0, "pconfig", "4.3 PCONFIG"},
	{0, [2]byte{0x01}, 0xca, extFixed, 0, "clac", "4.3 CLAC"},
	{0xf3, [2]byte{0x01}, 0xca, extFixed, 0, "eretu", "FRED specification, ERETU"},
	{0xf2, [2]byte{0x01}, 0xca, extFixed, 0, "erets", "FRED specification, ERETS"},
	{0, [2]byte{0x01}, 0xcb, extFixed, 0, "stac", "4.3 STAC"},
	{0x66, [2]byte{0x01}, 0xcc, extFixed, 0, "tdcall", "TDX CPU architectural specification, TDCALL"},
	{0x66, [2]byte{0x01}, 0xcd, extFixed, 0, "seamret", "TDX CPU architectural specification, SEAMRET"},
	{0x66, [2]byte{0x01}, 0xce, extFixed, 0, "seamops", "TDX CPU architectural specification, SEAMOPS"},
	{0, [2]byte{0x01}, 0xcf, extFixed, 0, "encls", "4.3 ENCLS"},
	{0x66, [2]byte{0x01}, 0xcf, extFixed, 0, "seamcall", "TDX CPU architectural specification, SEAMCALL"},
	{0, [2]byte{0x01}, 0xd4, extFixed, 0, "vmfunc", "volume 3, VMX instruction reference, VMFUNC"},
	{0, [2]byte{0x01}, 0xd7, extFixed, 0, "enclu", "4.3 ENCLU"},
	{0, [2]byte{0x01}, 0xd8, extFixed, 0, "vmrun", "AMD64 volume 3, VMRUN"},
	{0, [2]byte{0x01}, 0xd9, extFixed, 0, "vmmcall", "AMD64 volume 3, VMMCALL"},
	{0xf3, [2]byte{0x01}, 0xd9, extFixed, 0, "vmgexit", "AMD64 volume 3, VMGEXIT"},
	{0, [2]byte{0x01}, 0xda, extFixed, 0, "vmload", "AMD64 volume 3, VMLOAD"},
	{0, [2]byte{0x01}, 0xdb, extFixed, 0, "vmsave", "AMD64 volume 3, VMSAVE"},
	{0, [2]byte{0x01}, 0xdc, extFixed, 0, "stgi", "AMD64 volume 3, STGI"},
	{0, [2]byte{0x01}, 0xdd, extFixed, 0, "clgi", "AMD64 volume 3, CLGI"},
	{0, [2]byte{0x01}, 0xde, extFixed, 0, "skinit", "AMD64 volume 3, SKINIT"},
	{0, [2]byte{0x01}, 0xe8, extFixed, 0, "serialize", "4.3 SERIALIZE"},
	{0xf3, [2]byte{0x01}, 0xe8, extFixed, 0, "setssbsy", "4.3 SETSSBSY"},
	{0xf3, [2]byte{0x01}, 0xea, extFixed, 0, "saveprevssp", "4.3 SAVEPREVSSP"},
	{0, [2]byte{0x01}, 0xee, extFixed, 0, "rdpkru", "4.3 RDPKRU"},
	{0, [2]byte{0x01}, 0xef, extFixed, 0, "wrpkru", "6.1 WRPKRU"},
	{0, [2]byte{0x01}, 0xdf, extFixed, 0, "invlpga", "AMD64 volume 3, INVLPGA"},
	{0, [2]byte{0x01}, 0xfa, extFixed, 0, "monitorx", "AMD64 volume 3, MONITORX"},
	{0, [2]byte{0x01}, 0xfb, extFixed, 0, "mwaitx", "AMD64 volume 3, MWAITX"},
	{0, [2]byte{0x01}, 0xfc, extFixed, 0, "clzero", "AMD64 volume 3, CLZERO"},
	{0, [2]byte{0x01}, 0xfd, extFixed, 0, "rdpru", "AMD64 volume 3, RDPRU"},
	{0xf3, [2]byte{0x01}, 0xfe, extFixed, 0, "rmpadjust", "AMD64 volume 3, RMPADJUST"},
	{0xf2, [2]byte{0x01}, 0xfe, extFixed, 0, "rmpupdate", "AMD64 volume 3, RMPUPDATE"},
	{0xf3, [2]byte{0x01}, 0xff, extFixed, 0, "psmash", "AMD64 volume 3, PSMASH"},
	{0xf2, [2]byte{0x01}, 0xff, extFixed, 0, "pvalidate", "AMD64 volume 3, PVALIDATE"},
	{0xf3, [2]byte{0x01}, 5, extMem, sizeMem, "rstorssp", "4.3 RSTORSSP"},
	{0xf3, [2]byte{0x09}, 0, extNone, 0, "wbnoinvd", "6.1 WBNOINVD"},
	{0, [2]byte{0x0d}, 0, extMem, sizeMem, "prefetch", "AMD64 volume 3, PREFETCH"},
	{0, [2]byte{0x18}, 0, extNop, sizeV, "nop", "4.3 NOP, reserved forms"},
	{0, [2]byte{0x19}, 0, extNop, sizeV, "nop", "4.3 NOP, reserved forms"},
	{0, [2]byte{0x1a}, 0, extNop, sizeV, "nop", "4.3 NOP, reserved forms"},
	{0, [2]byte{0x1b}, 0, extNop, sizeV, "nop", "4.3 NOP, reserved forms"},
	{0, [2]byte{0x1c}, 0, extMem, sizeMem, "cldemote", "3.3 CLDEMOTE"},
	{0, [2]byte{0x1c}, 0, extNop, sizeV, "nop", "4.3 NOP, reserved forms"},
	{0, [2]byte{0x1d}, 0, extNop, sizeV, "nop", "4.3 NOP, reserved forms"},
	{0xf3, [2]byte{0x1e}, 0xfa, extFixed, 0, "endbr64", "3.3 ENDBR64"},
	{0xf3, [2]byte{0x1e}, 0xfb, extFixed, 0, "endbr32", "3.3 ENDBR32"},
	{0xf3, [2]byte{0x1e}, 1, extReg, sizeY, "rdssp", "4.3 RDSSPD/RDSSPQ"},
	{0, [2]byte{0x1e}, 0, extNop, sizeV, "nop", "4.3 NOP, reserved forms"},
	{0, [2]byte{0x37}, 0, extNone, 0, "getsec", "chapter 7 (SMX), GETSEC"},
	{0, [2]byte{0x78}, 0, extRegRM, sizePtr, "vmread", "volume 3, VMX instruction reference, VMREAD"},
	{0, [2]byte{0x79}, 0, extRegRM, sizePtr, "vmwrite", "volume 3, VMX instruction reference, VMWRITE"},
	{0xf3, [2]byte{0xae}, 4, extAny, sizeY, "ptwrite", "4.3 PTWRITE"},
	{0xf3, [2]byte{0xae}, 5, extReg, sizeY, "incssp", "3.3 INCSSPD/INCSSPQ"},
	{0x66, [2]byte{0xae}, 6, extMem, sizeMem, "clwb", "3.3 CLWB"},
	{0x66, [2]byte{0xae}, 6, extReg, sizeY, "tpause", "4.3 TPAUSE"},
	{0xf3, [2]byte{0xae}, 6, extMem, sizeMem, "clrssbsy", "3.3 CLRSSBSY"},
	{0xf3, [2]byte{0xae}, 6, extReg, sizePtr, "umonitor", "4.3 UMONITOR"},
	{0xf2, [2]byte{0xae}, 6, extReg, sizeY, "umwait", "4.3 UMWAIT"},
	{0x66, [2]byte{0xae}, 7, extMem, sizeMem, "clflushopt", "3.3 CLFLUSHOPT"},
	{0, [2]byte{0xb9}, 0, extRegRM, sizeV, "ud1", "4.3 UD"},
	{0, [2]byte{0xc7}, 6, extMem, sizeMem, "vmptrld", "volume 3, VMX instruction reference, VMPTRLD"},
	{0x66, [2]byte{0xc7}, 6, extMem, sizeMem, "vmclear", "volume 3, VMX instruction reference, VMCLEAR"},
	{0xf3, [2]byte{0xc7}, 6, extMem, sizeMem, "vmxon", "volume 3, VMX instruction reference, VMXON"},
	{0, [2]byte{0xc7}, 6, extReg, sizeV, "rdrand", "4.3 RDRAND"},
	{0, [2]byte{0xc7}, 7, extMem, sizeMem, "vmptrst", "volume 3, VMX instruction reference, VMPTRST"},
	{0, [2]byte{0xc7}, 7, extReg, sizeV, "rdseed", "4.3 RDSEED"},
	{0xf3, [2]byte{0xc7}, 7, extReg, sizePtr, "rdpid", "4.3 RDPID"},
	{0, [2]byte{0xff}, 0, extRegRM, sizeV, "ud0", "4.3 UD"},
	{0x66, [2]byte{0x38, 0x80}, 0, extRegMem, sizePtr, "invept", "volume 3, VMX instruction reference, INVEPT"},
	{0x66, [2]byte{0x38, 0x81}, 0, extRegMem, sizePtr, "invvpid", "volume 3, VMX instruction reference, INVVPID"},
	{0x66, [2]byte{0x38, 0xf5}, 0, extMemReg, sizeY, "wruss", "6.1 WRUSSD/WRUSSQ"},
	{0x66, [2]byte{0x38, 0xf6}, 0, extRegRM, sizeV, "adcx", "3.3 ADCX"},
	{0xf3, [2]byte{0x38, 0xf6}, 0, extRegRM, sizeV, "adox", "3.3 ADOX"},
	{0, [2]byte{0x38, 0xf6}, 0, extMemReg, sizeY, "wrss", "6.1 WRSSD/WRSSQ"},
	{0x66, [2]byte{0x38, 0xf8}, 0, extRegMem, sizePtr, "movdir64b", "4.3 MOVDIR64B"},
	{0xf2, [2]byte{0x38, 0xf8}, 0, extRegMem, sizePtr, "enqcmd", "3.3 ENQCMD"},
	{0xf3, [2]byte{0x38, 0xf8}, 0, extRegMem, sizePtr, "enqcmds", "3.3 ENQCMDS"},
	{0, [2]byte{0x38, 0xf9}, 0, extMemReg, sizeY, "movdiri", "4.3 MOVDIRI"},
}

// extIndex leads from the byte after 0f to the rows that begin with it: those
// with a mandatory prefix first, since it makes another instruction of the rest.
var extIndex = func() (index [256][]*extRow) {
	for _, mandatory := range []bool{true, false} {
		for i := range extRows {
			if r := &extRows[i]; mandatory == (r.prefix != 0) {
				index[r.op[0]] = append(index[r.op[0]], r)
			}
		}
	}
	return index
}()

// extPrefixes are the prefixes in front of an opcode.
type extPrefixes struct {
	n       int  // number of prefix bytes, REX included
	rep     byte // the last f2 or f3
	data    bool // 66
	address bool // 67
	rexW    bool
}

func scanPrefixes(code []byte, mode int) (p extPrefixes) {
	for p.n = 0; p.n < len(code); p.n++ {
		switch b := code[p.n]; b {
		case 0xf2, 0xf3:
			p.rep = b
		case 0x66:
			p.data = true
		case 0x67:
			p.address = true
		case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0:
		default:
			if mode == 64 && b&0xf0 == 0x40 {
				p.rexW = b&8 != 0
				p.n++
			}
			return p
		}
	}
	return p
}

// mayBeExt reports whether the opcode has rows in the overlay.
func mayBeExt(code []byte, mode int) bool {
	p := scanPrefixes(code, mode)
	return p.n+1 < len(code) && code[p.n] == 0x0f && extIndex[code[p.n+1]] != nil
}

// decodeExt decodes an instruction of the overlay.
func decodeExt(code []byte, mode int) (x86Inst, bool) {
	p := scanPrefixes(code, mode)
	if p.n+1 >= len(code) || code[p.n] != 0x0f {
		return x86Inst{}, false
	}
	rows := extIndex[code[p.n+1]]
	if rows == nil {
		return x86Inst{}, false
	}
	at := p.n + 2 // of the ModRM byte, or of the third opcode byte
	for _, r := range rows {
		if r.op[0] == 0x38 && (at >= len(code) || code[at] != r.op[1]) {
			continue
		}
		if r.prefix != 0 && !p.has(r.prefix) || r.prefix == 0 && r.strict() && (p.rep != 0 || p.data) ||
			r.prefix == 0x66 && p.rep != 0 {
			continue
		}
		if in, ok := r.decode(code, at, p, mode); ok {
			return in, true
		}
	}
	return x86Inst{}, false
}

func (p extPrefixes) has(b byte) bool {
	if b == 0x66 {
		return p.data
	}
	return p.rep == b
}

// strict reports whether another prefix makes another instruction of the row.
func (r *extRow) strict() bool { return r.size != sizeV }

// decode decodes the operands of the row; at is the index of the ModRM byte,
// or of the third opcode byte. The operands are those that a plain mov (8b, or
// 8d where only memory may stand) with the same ModRM byte has, so x86asm
// decodes them.
func (r *extRow) decode(code []byte, at int, p extPrefixes, mode int) (x86Inst, bool) {
	if r.op[0] == 0x38 {
		at++
	}
	if r.form == extNone {
		return x86Inst{asm: x86asm.Inst{Mode: mode, Len: at, DataSize: mode}, ext: r}, true
	}
	if at >= len(code) {
		return x86Inst{}, false
	}
	modrm := code[at]
	register := modrm>>6 == 3
	switch r.form {
	case extFixed:
		if modrm != r.modrm {
			return x86Inst{}, false
		}
		return x86Inst{asm: x86asm.Inst{Mode: mode, Len: at + 1, DataSize: mode}, ext: r}, true
	case extMem, extReg, extAny:
		if modrm>>3&7 != r.modrm {
			return x86Inst{}, false
		}
	}
	switch r.form {
	case extMem, extRegMem, extMemReg:
		if register {
			return x86Inst{}, false
		}
	case extReg:
		if !register {
			return x86Inst{}, false
		}
	}
	var buf [2 * maxX86Len]byte
	n := 0
	rex := byte(0)
	for _, b := range code[:p.n] {
		switch {
		case b == 0xf2 || b == 0xf3 || b == 0x66 && r.prefix == 0x66:
		case mode == 64 && b&0xf0 == 0x40:
			rex = b
		default:
			buf[n] = b
			n++
		}
	}
	if r.size == sizePtr && mode == 64 {
		rex |= 0x48
	}
	if rex != 0 {
		buf[n] = rex
		n++
	}
	buf[n] = 0x8b
	n++
	end := n + copy(buf[n:], code[at:])
	asm, err := x86asm.Decode(buf[:end], mode)
	if err != nil || asm.Op != x86asm.MOV {
		return x86Inst{}, false
	}
	asm.Len += at - n
	if asm.Len > len(code) || asm.Len > maxX86Len {
		return x86Inst{}, false
	}
	signDisplacement(&asm)
	reg, rm := asm.Args[0], asm.Args[1]
	asm.Args = x86asm.Args{}
	switch r.form {
	case extMem, extReg, extAny, extNop:
		asm.Args[0] = rm
	case extMemReg:
		asm.Args[0], asm.Args[1] = rm, reg
	default:
		asm.Args[0], asm.Args[1] = reg, rm
	}
	if r.name == "vmread" {
		asm.Args[0], asm.Args[1] = rm, reg
	}
	asm.Op = 0
	return x86Inst{asm: asm, ext: r}, true
}
