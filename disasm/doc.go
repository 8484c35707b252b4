// Package disasm reads the Code: line of a kernel crash: the bytes around the
// fault become instructions in GNU syntax, the operands of the faulting one
// become addresses, and fragments are compared with known code.
//
// ParseCode reads the line, Disassemble lists the instructions around the fault.
// Diagnose says what the faulting one did (Effect), what was wrong (Cause), and
// how the wrong value came there through the visible code (Origin); Explain is the
// first half of that. Alignments weighs the readings of bytes in which nothing is
// marked. CompileSignature and Match look for known code, even in a line of which
// only a few bytes are left. Listing.Pattern is the code with a mask, for a search
// in the image of a kernel or module. Request.Bits is for code of 16-bit segments;
// Diagnosis.Idioms names well-known pieces of kernel code.
//
// x86 code is read in both directions from the fault. The instructions of the
// other architectures are aligned; golang.org/x/arch decodes most of them, tables
// of this package what it lacks, Thumb and MIPS. What neither knows is shown as
// data. Nothing here fails on damaged input: what can't be read is listed as such,
// and every function returns after time linear in the line.
package disasm
