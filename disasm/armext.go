package disasm

import (
	"strconv"
	"strings"
)

// This file knows the instructions of ARM mode that armasm (v0.32.0) lacks or names
// otherwise than objdump, and that kernels have. The sections are those of the Arm
// Architecture Reference Manual for ARMv7-A, chapter A8 unless named.

// An armRow is one instruction: the bits in mask are those of value.
type armRow struct {
	mask, value uint32
	text        func(w uint32) string // with "@" in place of the condition; "" where the row does not fit
	where       string
}

var armRows = []armRow{
	{0xfff000f0, 0xe7f000f0, func(w uint32) string { // BUG() traps with #18
		return "udf #" + strconv.Itoa(int(w>>4&0xfff0|w&15))
	}, "A8.8.247 UDF"},
	{0xfff1fe20, 0xf1000000, armProcessorState, "B9.3.2 CPS"},
	{0x0fbf0fff, 0x010f0000, func(w uint32) string {
		return "mrs@ " + thumbRegs[w>>12&15] + ", " + armStatus(w)
	}, "B9.3.8 MRS"},
	{0x0fb0fff0, 0x0120f000, func(w uint32) string {
		return "msr@ " + armStatus(w) + "_" + armStatusFields(w) + ", " + thumbRegs[w&15]
	}, "B9.3.12 MSR (register)"},
	{0x0f000010, 0x0e000010, armCoprocessor, "A8.8.98 MCR, A8.8.107 MRC"},
	{0x0e000010, 0x06000000, armIndexed, "A8.8.66 LDR (register), A8.8.205 STR (register)"},
}

// armExtension is the text of an instruction that a row knows, "" for the others.
func armExtension(w uint32) string {
	for i := range armRows {
		r := &armRows[i]
		if w&r.mask != r.value {
			continue
		}
		if w>>28 == 15 && r.mask>>28 != 15 {
			continue
		}
		if text := r.text(w); text != "" {
			return strings.Replace(text, "@", thumbConds[w>>28], 1)
		}
	}
	return ""
}

// armStatus is the status register that bit 22 chooses.
func armStatus(w uint32) string {
	if w>>22&1 == 1 {
		return "SPSR"
	}
	return "CPSR"
}

// armStatusFields are the parts of it that are written.
func armStatusFields(w uint32) string {
	s := ""
	for i, field := range [...]string{"f", "s", "x", "c"} {
		if w>>(19-uint(i))&1 == 1 {
			s += field
		}
	}
	return s
}

// armProcessorState writes cps: which interrupts are let in or kept out, and the
// mode.
func armProcessorState(w uint32) string {
	name := map[uint32]string{0: "cps", 2: "cpsie", 3: "cpsid"}[w>>18&3]
	if name == "" {
		return ""
	}
	var ops []string
	flags := ""
	for i, flag := range [...]string{"a", "i", "f"} {
		if w>>(8-uint(i))&1 == 1 {
			flags += flag
		}
	}
	if name != "cps" {
		ops = append(ops, flags)
	}
	if w>>17&1 == 1 {
		ops = append(ops, "#"+strconv.Itoa(int(w&31)))
	}
	return name + " " + strings.Join(ops, ",")
}

// armCoprocessor writes mrc and mcr; 10 and 11 are floating point.
func armCoprocessor(w uint32) string {
	number := w >> 8 & 15
	if number == 10 || number == 11 {
		return ""
	}
	name := "mcr@"
	if w>>20&1 == 1 {
		name = "mrc@"
	}
	reg := thumbRegs[w>>12&15]
	if reg == "pc" && w>>20&1 == 1 {
		reg = "APSR_nzcv"
	}
	dec := func(v uint32) string { return strconv.Itoa(int(v)) }
	return name + " " + dec(number) + ", " + dec(w>>21&7) + ", " + reg + ", cr" + dec(w>>16&15) + ", cr" + dec(w&15) +
		", {" + dec(w>>5&7) + "}"
}

// armIndexed writes loads and stores of a word or byte at a register plus or minus
// another one, shifted.
func armIndexed(w uint32) string {
	pre, up, back := w>>24&1 == 1, w>>23&1 == 1, w>>21&1 == 1
	if !pre && back {
		return "" // ldrt and its like
	}
	name := "str"
	if w>>20&1 == 1 {
		name = "ldr"
	}
	if w>>22&1 == 1 {
		name += "b"
	}
	index := thumbRegs[w&15]
	if !up {
		index = "-" + index
	}
	amount := w >> 7 & 31
	switch kind := w >> 5 & 3; {
	case kind == 0 && amount == 0:
	case kind == 3 && amount == 0:
		index += ", rrx"
	default:
		if amount == 0 {
			amount = 32
		}
		index += ", " + [...]string{"lsl", "lsr", "asr", "ror"}[kind] + " #" + strconv.Itoa(int(amount))
	}
	text := name + "@ " + thumbRegs[w>>12&15] + ", [" + thumbRegs[w>>16&15]
	switch {
	case !pre:
		return text + "], " + index
	case back:
		return text + ", " + index + "]!"
	}
	return text + ", " + index + "]"
}
