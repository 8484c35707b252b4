package disasm

import "strings"

// The kernel of s390x prints its own disassembly since 2.6.28 (show_code in
// arch/s390/kernel/dis.c): one instruction a line,
//
//	Krnl Code: 000003ff8086d02a: c020ffffe006	larl	%r2,3ff80869036
//	          #000003ff8086d030: c0e5000a1b2c	brasl	%r14,...
//	          >000003ff8086d036: b904002c		lgr	%r2,%r12
//
// with ">" at the address of the PSW, "#" at the instruction before, and since
// 4.x "*" where the fault nullified the instruction.

// parseListing reads such lines into units of two bytes; ok is false where the
// text is no listing.
func parseListing(text string) (c CodeLine, ok bool) {
	c = CodeLine{Fault: -1, Unit: 2}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		mark := byte(0)
		for line != "" && strings.IndexByte("#>* \t", line[0]) >= 0 {
			if line[0] == '>' || line[0] == '*' && mark == 0 {
				mark = line[0]
			}
			line = line[1:]
		}
		address, rest, found := strings.Cut(line, ":")
		if !found || len(address) < 8 || len(address) > 16 || !allHex(address) {
			break
		}
		code, _, _ := strings.Cut(strings.TrimLeft(rest, " \t"), "\t")
		code, _, _ = strings.Cut(code, " ")
		if len(code) == 0 || len(code) > 12 || len(code)%4 != 0 || !allHex(code) {
			break
		}
		if mark == '>' || mark == '*' && c.Fault < 0 {
			c.Fault = len(c.Units)
		}
		for code = strings.ToLower(code); code != ""; code = code[4:] {
			c.Units = append(c.Units, code[:4])
		}
	}
	return c, len(c.Units) > 0
}

func allHex(s string) bool {
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return s != ""
}
