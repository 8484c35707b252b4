package disasm

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/arch/arm/armasm"
	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/loong64/loong64asm"
	"golang.org/x/arch/ppc64/ppc64asm"
	"golang.org/x/arch/riscv64/riscv64asm"
	"golang.org/x/arch/s390x/s390xasm"
)

// This file lists code of the architectures whose instructions begin at aligned
// words, so that nothing has to be searched. The kernels print each word as a
// number; Inst.Bytes keeps that order, the decoders get the order of memory.

// A wordDecoder decodes the instruction at the start of code, which is in the
// order of memory; pc is 0 where it is not known. It returns the length in bytes.
type wordDecoder struct {
	// unit is the width in bytes of the units that the kernel prints.
	unit int
	// little says that memory holds the lowest byte of a unit first.
	little bool
	// longest is the length in bytes of the longest instruction.
	longest int
	// pipeline is added to the distances of branches: armasm counts from one
	// word after the instruction, the processor from two.
	pipeline int64
	decode   func(code []byte, pc uint64) (text string, n int, err error)
}

var errNotDecoded = errors.New("not decoded")

// wordDecoders holds the architectures that x/arch knows. arm is ARM mode;
// thumb prints units of two bytes and is not decoded. ppc64 stands for both byte
// orders, since the words are printed as numbers.
var wordDecoders = map[Arch]wordDecoder{
	ARM64: {4, true, 4, 0, func(code []byte, _ uint64) (string, int, error) {
		if text := arm64Extension(code); text != "" {
			return text, 4, nil
		}
		in, err := arm64asm.Decode(code)
		return textOf(err, func() string { return arm64Spaced(arm64asm.GNUSyntax(in)) }), 4, err
	}},
	ARM: {4, true, 4, 4, func(code []byte, _ uint64) (string, int, error) {
		if text := armExtension(binary.LittleEndian.Uint32(code)); text != "" {
			return text, 4, nil
		}
		in, err := armasm.Decode(code, armasm.ModeARM)
		return textOf(err, func() string { return armNames(armasm.GNUSyntax(in)) }), 4, err
	}},
	PPC64: {4, false, 4, 0, decodePower},
	PPC:   {4, false, 4, 0, decodePower},
	RISCV64: {2, true, 4, 0, func(code []byte, _ uint64) (string, int, error) {
		n := 2
		if code[0]&3 == 3 {
			n = 4
		}
		if len(code) < n {
			return "", n, errNotDecoded
		}
		if n == 2 && code[1]&0xe0 == 0xa0 && code[0]&3 == 1 {
			// riscv64asm puts bits of c.j's offset in the wrong place.
			return "j " + strconv.Itoa(compressedJump(binary.LittleEndian.Uint16(code))), 2, nil
		}
		in, err := riscv64asm.Decode(code[:n])
		return textOf(err, func() string { return riscvNames(riscv64asm.GNUSyntax(in)) }), n, err
	}},
	S390X: {1, false, 6, 0, func(code []byte, pc uint64) (string, int, error) {
		// The two highest bits tell the length (Principles of Operation, 5-3).
		n := [...]int{2, 4, 4, 6}[code[0]>>6]
		if len(code) < n {
			return "", n, errNotDecoded
		}
		in, err := s390xasm.Decode(code[:n])
		return textOf(err, func() string { return s390Names(s390xasm.GNUSyntax(in, pc)) }), n, err
	}},
	MIPS:   mipsDecoder(MIPS),
	MIPS64: mipsDecoder(MIPS64),
	LoongArch: {4, true, 4, 0, func(code []byte, _ uint64) (string, int, error) {
		in, err := loong64asm.Decode(code)
		return textOf(err, func() string { return loong64asm.GNUSyntax(in) }), 4, err
	}},
}

// mipsDecoder takes words as the kernel prints them, so that the byte order of the
// machine does not matter.
func mipsDecoder(arch Arch) wordDecoder {
	return wordDecoder{4, false, 4, 0, func(code []byte, _ uint64) (string, int, error) {
		text := mipsText(binary.BigEndian.Uint32(code), machines[arch])
		if text == "" {
			return "", 4, errNotDecoded
		}
		return text, 4, nil
	}}
}

func decodePower(code []byte, pc uint64) (string, int, error) {
	in, err := ppc64asm.Decode(code, binary.BigEndian)
	return textOf(err, func() string { return powerNames(ppc64asm.GNUSyntax(in, pc)) }), 4, err
}

// textOf calls the formatter where decoding worked. The formatters of x/arch
// index tables with fields of the instruction; bytes from a log must not be able
// to stop the program through them.
func textOf(err error, format func() string) (text string) {
	if err != nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	return format()
}

// disassembleWords lists code whose instructions are aligned.
func disassembleWords(req Request) Listing {
	l := Listing{Confidence: 1, arch: req.Arch, pc: req.PC}
	d, known := wordDecoders[req.Arch]
	unit := req.Code.Unit
	switch {
	case !known:
		l.Note = "instructions of " + string(req.Arch) + " are not decoded"
		d.decode = nil
	case unit != d.unit && !(unit > d.unit && d.unit < 4):
		l.Note = "units of this width are not decoded"
		if req.Arch == ARM && unit == 2 {
			l.Note = "thumb instructions are not decoded"
		}
		d.decode = nil
	}
	if req.Arch == ARM && unit == 2 {
		d, l.Note = thumbDecoder(), ""
	}
	fault := req.Code.Fault
	if fault < 0 && req.PC != nil {
		fault = 0
	}
	origin := max(fault, 0) * unit
	units := req.Code.Units
	for i := 0; i < len(units); {
		in := Inst{Offset: i*unit - origin, Reliable: true}
		n := 1
		if strings.Contains(units[i], "?") {
			in.Text, in.Note, in.Reliable = "(unreadable)", "the log does not show this unit", false
		} else {
			n = d.list(&in, req, units[i:], unit)
			if fault > i && i+n > fault {
				// An instruction that runs over the fault was never one.
				n = 1
				in.Bytes = printed(units[i : i+1])
				in.Text, in.Note, in.Reliable = dataLine(units[i:i+1]), noteTail, false
			}
		}
		in.Fault = i == fault
		if fault < 0 || i < fault && d.longest > unit {
			// Two lengths of instructions: decoded in step from the first unit.
			in.Reliable = d.longest <= unit
		}
		l.Insts = append(l.Insts, in)
		i += n
	}
	return l
}

// list fills in the instruction at the start of units and returns the number of
// units that it takes.
func (d wordDecoder) list(in *Inst, req Request, units []string, unit int) int {
	in.Bytes = printed(units[:1])
	in.Text = dataLine(units[:1])
	if d.decode == nil {
		return 1
	}
	have := 1
	for have < len(units) && have*unit < d.longest && !strings.Contains(units[have], "?") {
		have++
	}
	code := printed(units[:have])
	if d.little {
		for i := 0; i+unit <= len(code); i += unit {
			for a, b := i, i+unit-1; a < b; a, b = a+1, b-1 {
				code[a], code[b] = code[b], code[a]
			}
		}
	}
	text, n, err := d.decode(code, 0)
	if err == nil && text != "" && n%unit == 0 && n <= len(code) {
		in.Text = d.withTarget(strings.TrimSpace(text), code, in.Offset, req)
		in.Bytes = printed(units[:n/unit])
		return n / unit
	}
	if n > len(code) {
		in.Text, in.Note = "(cut)", noteCut
		in.Bytes = printed(units[:have])
		return have
	}
	if n > unit {
		in.Bytes = printed(units[:n/unit])
		in.Text = dataLine(units[:n/unit])
		return n / unit
	}
	return 1
}

// withTarget writes where a branch leads: as an address, with its symbol, where
// the address of the code is known, else relative to the instruction. x/arch
// prints one or the other, depending on the architecture.
func (d wordDecoder) withTarget(text string, code []byte, offset int, req Request) string {
	i := strings.LastIndexAny(text, " ,(") + 1
	number := text[i:]
	var rel int64
	if req.Arch == RISCV64 {
		v, err := strconv.ParseInt(number, 0, 32)
		if err != nil || !riscvBranch(text) {
			return text
		}
		rel = v
	} else if s, ok := strings.CutPrefix(number, "."); ok {
		v, err := strconv.ParseUint(strings.TrimLeft(s, "+-"), 0, 64)
		if err != nil {
			return text
		}
		rel = int64(v)
		if s[0] == '-' {
			rel = -rel
		}
		rel += d.pipeline
	} else if req.Arch != S390X && req.Arch != PPC && req.Arch != PPC64 {
		return text
	} else {
		// A number that moves with the address of the code is a target.
		const there = 1 << 20
		moved, _, _ := d.decode(code, there)
		if moved = strings.TrimSpace(moved); moved == text || !strings.HasPrefix(moved, text[:i]) {
			return text
		}
		v, err := strconv.ParseUint(number, 0, 64)
		if err != nil {
			return text
		}
		rel = int64(v)
	}
	if req.PC == nil {
		if rel < 0 {
			return text[:i] + ".-0x" + strconv.FormatUint(uint64(-rel), 16)
		}
		return text[:i] + ".+0x" + strconv.FormatUint(uint64(rel), 16)
	}
	at := *req.PC + uint64(int64(offset)+rel)
	if strings.HasPrefix(text, "adrp ") {
		at = (*req.PC+uint64(int64(offset)))&^0xfff + uint64(rel)
	}
	if req.Arch == ARM || req.Arch == PPC {
		at &= 0xffffffff
	}
	return text[:i] + hexOf(at) + symbolSuffix(req.Symbol, at)
}

// thumbDecoder decodes one listing: it remembers the conditions that an it gave.
func thumbDecoder() wordDecoder {
	var it itBlock
	return wordDecoder{2, true, 4, 0, func(code []byte, _ uint64) (string, int, error) {
		first := uint32(binary.LittleEndian.Uint16(code))
		n := 2
		if thumbLong(first) {
			n = 4
		}
		if len(code) < n {
			return "", n, errNotDecoded
		}
		cond, inside := it.next()
		flags := "s"
		if inside {
			flags = ""
		}
		text := ""
		if n == 2 {
			if text = thumb16(first, flags, cond); strings.HasPrefix(text, "it") && !inside {
				it.conds = itConds(first)
			}
		} else {
			text = thumb32(first, uint32(binary.LittleEndian.Uint16(code[2:])), cond)
		}
		if text == "" {
			return "", n, errNotDecoded
		}
		return text, n, nil
	}}
}

// printed returns the bytes of the units in the order of the line.
func printed(units []string) []byte {
	b, err := hex.DecodeString(strings.Join(units, ""))
	if err != nil {
		return nil
	}
	return b
}

// dataLine writes a unit that is not decoded as the assembler takes it.
func dataLine(units []string) string {
	directive := ".byte"
	switch len(units[0]) {
	case 8:
		directive = ".inst"
	case 4:
		directive = ".short"
	}
	return directive + " 0x" + strings.Join(units, ", 0x")
}
