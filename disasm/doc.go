// Package disasm reads the Code: line of a kernel crash: the bytes around the
// fault become instructions in GNU syntax, the operands of the faulting one
// become addresses, and fragments are compared with known code.
//
// ParseCode reads the line, Disassemble lists the instructions around the fault,
// Explain says what the faulting one did. Alignments weighs the readings of
// bytes in which nothing is marked. CompileSignature and Match look for known
// code, even in a line of which only a few bytes are left.
//
// x86 code is read in both directions from the fault; other architectures, whose
// instructions are aligned, are decoded by golang.org/x/arch and shown as data
// where it can't. Nothing here fails on damaged input: what can't be read is
// listed as such, and every function returns after time linear in the line.
package disasm
