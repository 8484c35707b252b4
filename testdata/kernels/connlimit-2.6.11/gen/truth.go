package main

import (
	"fmt"
	"strings"
)

// truth says what an expert reads in the dump, plus what only a synthetic one can know.
// insn is the faulting instruction, disassembled from the same object.
func (s *story) truth(t *trap, k *kernel, symbols bool, insn string) string {
	var b strings.Builder
	line := func(key, format string, args ...any) {
		fmt.Fprintf(&b, "%s: %s\n", key, fmt.Sprintf(format, args...))
	}
	q := func(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" }
	sym, _ := k.text(t.reg["eip"])
	off := t.reg["eip"] - sym.addr
	base, strct, field, variable := "eax", "ip_conntrack", "proto.tcp.state", "found_ct"
	if s.again {
		base, strct, field, variable = "ebx", "ip_conntrack_tuple_hash", "tuple.dst.dir", "found"
	}
	line("synthetic", "true")
	line("source_url", "''")
	line("kernel_release", "%s", q(release))
	line("arch", "'i386'")
	line("kind", "'null-deref'")
	line("fault_address", "'%08x'", t.reg["cr2"])
	line("error_code", "'%04x'", t.kernelErr())
	line("ip_address", "'%08x'", t.reg["eip"])
	line("ip_symbol", "'%s+%#x/%#x'", sym.name, off, sym.size)
	line("ip_symbol_printed", "%v", symbols)
	line("ip_module", "%s", q(sym.module))
	line("function", "%s", q(sym.name))
	line("function_offset", "%d", off)
	line("function_size", "%d", sym.size)
	line("first_netfilter_frame", "%s", q(k.sprint(t.reg["eip"])))
	line("culprit_function", "%s", q(sym.name))
	line("comm", "%s", q(s.comm))
	line("pid", "%d", s.pid)
	line("cpu", "0")
	line("tainted", "'Not tainted'")
	line("in_interrupt", "true")
	line("panic_reason", "'Fatal exception in interrupt'")
	line("number_of_oopses_in_log", "1")
	line("code_bytes_count", "64")
	line("faulting_byte_index", "%d", before)
	line("faulting_instruction", "%s", q(insn))
	line("base_register", "%s", q(base))
	line("base_value", "'%08x'", t.reg[base])
	line("displacement", "'%#x'", t.reg["cr2"])
	line("struct", "%s", q(strct))
	line("field", "%s", q(field))
	line("variable", "%s", q(variable))
	b.WriteString("registers:\n")
	for _, r := range []string{"eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp"} {
		fmt.Fprintf(&b, "  %s: '%08x'\n", r, t.reg[r])
	}
	line("frames", "%d", len(t.frames(k)))
	line("known_fix", "'fix.diff'")
	line("damaged", "''")
	note := "found is not NULL and the memcmp differs, so found_ct was never assigned."
	if s.again {
		note = "The SYN came twice; a lookup that ignores its own connection finds none, and nobody asked."
	}
	line("notes", "%s", q(note+" The frames with offset +0x0 are okfn arguments that the stack scan prints, not calls."))
	return b.String()
}
