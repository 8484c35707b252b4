package disasm

import (
	"strconv"
	"strings"
)

// riscvNames replaces the numbers of registers, x10, by the names that the ABI,
// objdump and the kernel's register dump have for them, a0.
func riscvNames(text string) string {
	m := machines[RISCV64]
	var out []byte
	for i := 0; i < len(text); {
		if text[i] == 'x' && i > 0 && strings.IndexByte(" ,(", text[i-1]) >= 0 {
			j := i + 1
			for j < len(text) && text[j] >= '0' && text[j] <= '9' {
				j++
			}
			if n, err := strconv.Atoi(text[i+1 : j]); err == nil && n < len(m.names) && (j == len(text) ||
				strings.IndexByte(",)", text[j]) >= 0) {
				out = append(out, m.names[n]...)
				i = j
				continue
			}
		}
		out = append(out, text[i])
		i++
	}
	text = string(out)
	if rest, ok := strings.CutPrefix(text, "lui "); ok {
		return "lui " + upperHalf(rest)
	}
	return text
}

// upperHalf writes the operand of lui as the 20 bits that it has.
func upperHalf(operands string) string {
	reg, number, _ := strings.Cut(operands, ",")
	v, err := strconv.ParseUint(number, 0, 64)
	if err != nil {
		return operands
	}
	return reg + ",0x" + strconv.FormatUint(v&0xfffff, 16)
}

// riscvBranch reports whether the last operand is where a branch leads, counted
// from the instruction.
func riscvBranch(text string) bool {
	name, _, _ := strings.Cut(text, " ")
	switch name {
	case "j", "jal", "beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "blez", "bgez", "bltz", "bgtz", "bgt",
		"ble",
		"bgtu", "bleu":
		return true
	}
	return false
}

// compressedJump is the offset of c.j, whose bits 12 to 2 are offset bits 11, 4,
// 9, 8, 10, 6, 7, 3, 2, 1 and 5 (RISC-V ISA manual, "Compressed" extension).
func compressedJump(w uint16) int {
	v := 0
	for i, bit := range [...]uint{11, 4, 9, 8, 10, 6, 7, 3, 2, 1, 5} {
		v |= int(w>>(12-uint(i))&1) << bit
	}
	return v << 52 >> 52
}
