package disasm

import (
	"strconv"
	"strings"
)

// A machine is what the walk through code has to know of an architecture: its
// registers and how functions are called.
type machine struct {
	arch Arch
	bits int
	// sigil stands before a register's name in sentences, "%" or "".
	sigil string
	names []string
	// numbers leads from every name that a log or a listing uses to the register.
	numbers map[string]int
	// zero is the register that always reads as 0, -1 where there is none.
	zero, sp int
	// args hold the arguments on entry, in order; ret is where a function leaves
	// its result.
	args []int
	ret  int
	// scratch are the registers that a call may change.
	scratch regSet
	// stack is the size of a kernel stack in bytes, to which it is aligned.
	stack uint64
	// convention names the rule that args follow.
	convention string
}

// A regSet is a set of registers, by number.
type regSet uint64

func (s regSet) has(reg int) bool { return reg >= 0 && reg < 64 && s>>uint(reg)&1 == 1 }

func (s *regSet) add(regs ...int) {
	for _, r := range regs {
		if r >= 0 && r < 64 {
			*s |= 1 << uint(r)
		}
	}
}

func regsOf(regs ...int) (s regSet) {
	s.add(regs...)
	return s
}

// regRange is the set of the registers from to to.
func regRange(from, to int) (s regSet) {
	for r := from; r <= to; r++ {
		s.add(r)
	}
	return s
}

// name writes a register as the sentences do.
func (m *machine) name(reg int) string {
	if reg < 0 || reg >= len(m.names) {
		return "a register"
	}
	return m.sigil + m.names[reg]
}

// number returns a register's number by its name in any case, -1 for names that
// the machine does not have.
func (m *machine) number(name string) int {
	if n, ok := m.numbers[name]; ok {
		return n
	}
	if n, ok := m.numbers[strings.ToLower(strings.TrimLeft(name, "%$"))]; ok {
		return n
	}
	return -1
}

// argument returns the place of a register among the arguments, counted from 1; 0
// for registers that hold none.
func (m *machine) argument(reg int) int {
	for i, a := range m.args {
		if a == reg {
			return i + 1
		}
	}
	return 0
}

// numbered makes a machine whose registers are a letter and a number, with other
// names for some of them: "lr=30".
func numbered(m machine, letter string, count int, aliases string) *machine {
	m.numbers = make(map[string]int)
	for i := range count {
		name := letter + strconv.Itoa(i)
		m.names = append(m.names, name)
		m.numbers[name] = i
		m.numbers[letter+string([]byte{'0' + byte(i/10), '0' + byte(i%10)})] = i // r08
	}
	m.alias(aliases)
	switch m.arch {
	case ARM64:
		m.names = append(m.names, "sp", "xzr")
	case ARM:
		copy(m.names[13:], []string{"sp", "lr", "pc"})
	}
	return &m
}

// named makes a machine from its registers' names, in order.
func named(m machine, names, aliases string) *machine {
	m.numbers = make(map[string]int)
	for i, name := range strings.Fields(names) {
		m.names = append(m.names, name)
		m.numbers[name] = i
	}
	m.alias(aliases)
	return &m
}

func (m *machine) alias(aliases string) {
	for _, a := range strings.Fields(aliases) {
		name, number, _ := strings.Cut(a, "=")
		n, _ := strconv.Atoi(number)
		m.numbers[name] = n
	}
}

// machines holds the calling conventions: System V ABI for AMD64; i386 with
// -mregparm=3, which the kernel uses since 2.6.20 or so and many built before;
// AAPCS64; AAPCS; the RISC-V, Power (ELFv2), s390x, LoongArch and MIPS n64 ABIs.
var machines = map[Arch]*machine{
	X8664: x86Machine(machine{arch: X8664, bits: 64, stack: 16 << 10, args: []int{7, 6, 2, 1, 8, 9},
		scratch: regsOf(0, 1, 2, 6, 7, 8, 9, 10, 11)}, 0),
	I386: x86Machine(machine{arch: I386, bits: 32, stack: 8 << 10, args: []int{0, 2, 1}, scratch: regsOf(0, 1, 2),
		convention: " where the kernel passes arguments in registers"}, 1),
	ARM64: numbered(machine{arch: ARM64, bits: 64, zero: 32, sp: 31, args: []int{0, 1, 2, 3, 4, 5, 6, 7},
		scratch: regRange(0, 18) | regsOf(30), stack: 16 << 10}, "x", 31,
		"sp=31 lr=30 xzr=32 wzr=32 fp=29 ip0=16 ip1=17 wsp=31"),
	ARM: numbered(machine{arch: ARM, bits: 32, zero: -1, sp: 13, args: []int{0, 1, 2, 3},
		scratch: regRange(0, 3) | regsOf(12, 14), stack: 8 << 10}, "r", 16, "sl=10 fp=11 ip=12 sp=13 lr=14 pc=15 sb=9"),
	RISCV64: named(machine{arch: RISCV64, bits: 64, zero: 0, sp: 2, args: []int{10, 11, 12, 13, 14, 15, 16, 17}, ret: 10,
		scratch: regRange(5, 7) | regRange(10, 17) | regRange(28, 31) | regsOf(1), stack: 16 << 10},
		"zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6", "fp=8"),
	PPC64: numbered(machine{arch: PPC64, bits: 64, zero: -1, sp: 1, args: []int{3, 4, 5, 6, 7, 8, 9, 10}, ret: 3,
		scratch: regRange(0, 0) | regRange(3, 12), stack: 16 << 10}, "r", 32, ""),
	PPC: numbered(machine{arch: PPC, bits: 32, zero: -1, sp: 1, args: []int{3, 4, 5, 6, 7, 8, 9, 10}, ret: 3,
		scratch: regRange(0, 0) | regRange(3, 12), stack: 8 << 10}, "r", 32, ""),
	S390X: numbered(machine{arch: S390X, bits: 64, sigil: "%", zero: -1, sp: 15, args: []int{2, 3, 4, 5, 6}, ret: 2,
		scratch: regRange(0, 5) | regsOf(14), stack: 16 << 10}, "r", 16, ""),
	LoongArch: named(machine{arch: LoongArch, bits: 64, sigil: "$", zero: 0, sp: 3, args: []int{4, 5, 6, 7, 8, 9, 10, 11},
		ret: 4, scratch: regRange(4, 20) | regsOf(1), stack: 16 << 10},
		"zero ra tp sp a0 a1 a2 a3 a4 a5 a6 a7 t0 t1 t2 t3 t4 t5 t6 t7 t8 u0 fp s0 s1 s2 s3 s4 s5 s6 s7 s8",
		numberAliases("r", 32)),
	MIPS: named(machine{arch: MIPS, bits: 32, zero: 0, sp: 29, args: []int{4, 5, 6, 7}, ret: 2,
		scratch: regRange(1, 15) | regsOf(24, 25, 31), stack: 8 << 10}, mipsNames, numberAliases("", 32)),
	MIPS64: named(machine{arch: MIPS64, bits: 64, zero: 0, sp: 29, args: []int{4, 5, 6, 7, 8, 9, 10, 11}, ret: 2,
		scratch: regRange(1, 15) | regsOf(24, 25, 31), stack: 16 << 10}, mipsNames64, numberAliases("", 32)),
}

// The registers of MIPS by the o32 and by the n64 ABI, whose names 8 to 15 differ.
const (
	mipsNames   = "zero at v0 v1 a0 a1 a2 a3 t0 t1 t2 t3 t4 t5 t6 t7 s0 s1 s2 s3 s4 s5 s6 s7 t8 t9 k0 k1 gp sp s8 ra"
	mipsNames64 = "zero at v0 v1 a0 a1 a2 a3 a4 a5 a6 a7 t0 t1 t2 t3 s0 s1 s2 s3 s4 s5 s6 s7 t8 t9 k0 k1 gp sp s8 ra"
)

// numberAliases are "r0=0 r1=1 …".
func numberAliases(letter string, count int) string {
	var b strings.Builder
	for i := range count {
		n := strconv.Itoa(i)
		b.WriteString(letter + n + "=" + n + " $" + n + "=" + n + " ")
	}
	return b.String()
}

// x86Machine fills in the sixteen registers under their names of one width.
func x86Machine(m machine, width int) *machine {
	m.sigil, m.zero, m.sp = "%", -1, 4
	m.numbers = x86Family
	for i, names := range x86Families {
		if i < 8 || width == 0 {
			m.names = append(m.names, names[width])
		}
	}
	return &m
}
