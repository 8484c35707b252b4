package symbols

import "debug/elf"

// machines are the ELF machines by the names that reports use; little endian or 64 bits where they differ.
var machines = map[elf.Machine]string{
	elf.EM_386: "i386", elf.EM_X86_64: "x86_64", elf.EM_ARM: "arm", elf.EM_AARCH64: "arm64", elf.EM_RISCV: "riscv64",
	elf.EM_PPC: "ppc", elf.EM_PPC64: "ppc64", elf.EM_S390: "s390x", elf.EM_SPARCV9: "sparc64", elf.EM_IA_64: "ia64",
	elf.EM_LOONGARCH: "loongarch64",
}

// Arch is the architecture that the image is for, by the name that reports use; "" for one that they don't know, and
// for MIPS, where the file's header alone does not tell it.
func (m *Image) Arch() string {
	if m.object == nil {
		return ""
	}
	return machines[m.object.Machine]
}
