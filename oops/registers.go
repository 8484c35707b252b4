package oops

import (
	"strconv"
	"strings"
)

// registerArch names the registers that dumps print and the architecture that a name proves; Unknown where several
// have it. Names are compared in lower case.
var registerArch = func() map[string]Arch {
	m := map[string]Arch{}
	add := func(a Arch, names string) {
		for n := range strings.FieldsSeq(names) {
			if old, ok := m[n]; ok && old != a {
				a = Unknown
			}
			m[n] = a
		}
	}
	add(X8664, "rax rbx rcx rdx rsi rdi rbp rsp orig_rax rflags pkru")
	add(I386, "eax ebx ecx edx esi edi ebp esp orig_eax")
	add(Unknown, "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r09 r08 r10 r11 r12 r13 r14 r15")
	add(Unknown, "eflags fs gs ds es cs ss cr0 cr2 cr3 cr4 dr0 dr1 dr2 dr3 dr6 dr7 efer")
	for i := range 30 {
		m["x"+strconv.Itoa(i)] = ARM64
	}
	add(Unknown, "sp pc lr fp ip ra gp tp psr cpsr epc status cause era")
	// riscv, loongarch and alpha share these; the riscv ones are the only ones behind "name : value"
	add(Unknown, "t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 t10 t11 u0 s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11")
	add(Unknown, "a0 a1 a2 a3 a4 a5 a6 a7 v0 pv at")
	add(RISCV64, "badaddr")
	add(ARM64, "pstate")
	// sparc64: globals, outs, locals, ins
	for _, window := range "goli" {
		for i := range 8 {
			m[string(window)+strconv.Itoa(i)] = SPARC64
		}
	}
	add(SPARC64, "tstate tpc tnpc ret_pc")
	add(Unknown, "y ps nip ctr msr xer cr regs trap dar dsisr dear esr cfar softe irqmask")
	add(IA64, "ifs unat pfs rsc rnat bsps pr b0 b6 b7 f6 f7 f8 f9 f10 f11 ar_bsp")
	return m
}()

// registers has every name of registerArch with itself, so that a register that is read needs no string of its own.
var registers = func() map[string]namedRegister {
	m := make(map[string]namedRegister, len(registerArch))
	for name, arch := range registerArch {
		m[name] = namedRegister{name, arch}
	}
	return m
}()

type namedRegister struct {
	name string
	arch Arch
}

// parseRegisters appends to dst what it reads from a line that is nothing but registers: "RAX: 0000000000000000
// RBX: ffff… RCX: …", "eax: 00000000   ebx: d1a4c0f4", "sp : e8a59dd8  ip : 2d2f9000", "RSP: 0018:ffff… EFLAGS:
// 00010246". Segments are dropped. It reports which architecture the names prove.
func parseRegisters(dst []Register, s string, line int) (regs []Register, arch Arch) {
	regs, arch = dst, Unknown
	s = strings.TrimSpace(s)
	for s != "" {
		r, a, rest, ok := parseRegister(s)
		if !ok {
			break
		}
		switch {
		case a == notSPARC64:
			arch = Unknown
		case a != Unknown && arch == Unknown:
			arch = a
		}
		s = rest
		if r.Name == "" {
			continue
		}
		r.Line = line
		regs = append(regs, r)
	}
	return regs, arch
}

// notSPARC64 says that a register of sparc64 is too short for that: 32-bit sparc.
const notSPARC64 Arch = "sparc"

// parseRegister reads the register at the start of s, and what stands behind its value up to the next. It says which
// architecture its name proves. The register has no name where its value can't be read.
func parseRegister(s string) (r Register, a Arch, after string, ok bool) {
	const longest = 10 // bytes of a name
	var buf [longest]byte
	n := 0
	for n < len(s) && n < longest && registerByte[s[n]] != 0 && (n > 0 || s[0] > '9') {
		buf[n] = registerByte[s[n]]
		n++
	}
	rest := trimBlanks(s[n:])
	if n == 0 || rest == "" || rest[0] != ':' && rest[0] != '=' {
		return Register{}, Unknown, s, false
	}
	name, known := registers[string(buf[:n])]
	if !known {
		return Register{}, Unknown, s, false
	}
	if rest[0] == '=' && len(rest) > 1 && isHex(rest[1]) && strings.IndexByte("recdf", buf[0]) >= 0 {
		return Register{}, Unknown, s, false // "RAX=000000000000005d": the monitor of a virtual machine, not the kernel
	}
	rest = trimBlanks(rest[1:])
	if len(rest) > 5 && rest[4] == ':' && hexLen(rest) == 4 {
		rest = trimBlanks(rest[5:])
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "["), "<")
	v, after, ok := parseHex(rest)
	if !ok {
		return Register{}, Unknown, s, false
	}
	a = name.arch
	if a == SPARC64 && len(rest)-len(after) != 16 {
		a = notSPARC64
	}
	if after == "" || after[0] == ' ' && (len(after) < 2 || isLetter(after[1])) { // most are
		return Register{Name: name.name, Value: v}, a, trimBlanks(after), true
	}
	if n := letters(after); n > 0 && (n == len(after) || after[n] == ' ') {
		return Register{}, a, trimBlanks(after[n:]), true // 000000000000000O: another number than the digits say
	}
	after = strings.TrimPrefix(strings.TrimPrefix(after, ">"), "]")
	if strings.HasPrefix(after, "(") {
		_, after, _ = strings.Cut(after, ")")
	}
	if in := trimBlanks(after); strings.HasPrefix(in, "<") {
		_, after, _ = strings.Cut(in, ">") // powerpc spells the bits of MSR: "<EE,ME,IR,DR>"
	}
	return Register{Name: name.name, Value: v}, a, strings.TrimLeft(after, " ,"), true
}

// registerByte has the bytes of the names of registers, in lower case. Digits do not begin one.
var registerByte = func() (set [256]byte) {
	for c := byte('a'); c <= 'z'; c++ {
		set[c], set[c-'a'+'A'] = c, c
	}
	for c := byte('0'); c <= '9'; c++ {
		set[c] = c
	}
	set['_'] = '_'
	return set
}()

// trimBlanks takes the blanks off the front of s.
func trimBlanks(s string) string {
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	return s
}

// parsePairs reads the rows of loongarch since 6.2, which have no colons: "pc 90000000002233f4 ra 9000… tp 9000…
// sp 9000…", "a0 0000000000000000 a1 …".
func parsePairs(s string, line int) []Register {
	var out []Register
	for s != "" {
		name, rest, _ := strings.Cut(s, " ")
		if hexLen(rest) != 16 {
			break
		}
		if _, known := registerArch[name]; !known {
			break
		}
		out = append(out, Register{Name: name, Value: hexValue(rest[:16]), Line: line})
		s = strings.TrimLeft(rest[16:], " ")
	}
	if len(out) < 2 || s != "" {
		return nil
	}
	return out
}

// parseNumbered reads the register rows of mips ("$ 4   : 8 words"), powerpc ("GPR04: …") and s390 ("Krnl GPRS: …"
// and the rows below it, which start with blanks).
func parseNumbered(s string, line, next int) (regs []Register, arch Arch) {
	t := strings.TrimSpace(s)
	var prefix string
	switch {
	case strings.HasPrefix(t, "$"):
		prefix, arch, t = "$", MIPS, t[1:]
	case strings.HasPrefix(t, "GPR"):
		prefix, arch, t = "r", PPC, t[3:]
	case len(t) > 7 && t[0] == 'r' && decLen(t[1:]) == 2 && t[3] == '-' && decLen(t[4:]) == 2:
		// parisc: "r04-07  four words"
		return numberedWords(t[6:], "r", atoiOr(t[1:3], 0), line), Unknown
	case strings.HasPrefix(t, "Krnl GPRS:"):
		return numberedWords(t[len("Krnl GPRS:"):], "r", 0, line), S390X
	case next > 0 && next < 16:
		return numberedWords(t, "r", next, line), S390X
	default:
		return nil, Unknown
	}
	num, rest, ok := strings.Cut(t, ":")
	n, err := strconv.Atoi(strings.TrimSpace(num))
	if !ok || err != nil || n < 0 || n > 31 {
		return nil, Unknown
	}
	return numberedWords(rest, prefix, n, line), arch
}

func numberedWords(s, prefix string, n, line int) []Register {
	var out []Register
	for w := range strings.FieldsSeq(s) {
		if hexLen(w) != len(w) || len(w) < 8 || len(w) > 16 || n > 31 {
			break
		}
		out = append(out, Register{Name: prefix + strconv.Itoa(n), Value: hexValue(w), Line: line})
		n++
	}
	return out
}

// Register returns the value of a register of the dump.
func (c *Crash) Register(name string) (Register, bool) {
	for _, r := range c.Registers {
		if r.Name == name {
			return r, true
		}
	}
	return Register{}, false
}
