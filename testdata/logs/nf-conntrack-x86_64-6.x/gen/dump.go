package main

import (
	"fmt"
	"strconv"
	"strings"
)

// where splits "? name+0xoff" and returns the address and how the kernel prints it. A frame may point to the end of a
// function: the kernel looks a return address up one byte lower.
func (k *kernel) where(frame string, symbols bool) (string, error) {
	mark := ""
	if rest, ok := strings.CutPrefix(frame, "? "); ok {
		mark, frame = "? ", rest
	}
	name, hex, ok := strings.Cut(frame, "+0x")
	off, err := strconv.ParseUint(hex, 16, 64)
	if !ok || err != nil {
		return "", fmt.Errorf("bad frame %q", frame)
	}
	s, err := k.named(name)
	if err != nil {
		return "", err
	}
	if off > s.size {
		return "", fmt.Errorf("%s has only %#x bytes", frame, s.size)
	}
	return mark + k.sprint(s, off, symbols), nil
}

func (k *kernel) sprint(s symbol, off uint64, symbols bool) string {
	if !symbols {
		return fmt.Sprintf("0x%016x", s.addr+off)
	}
	out := fmt.Sprintf("%s+0x%x/0x%x", s.name, off, s.size)
	if s.module != "" {
		out += " [" + s.module + "]"
	}
	return out
}

// registers prints the block that follows Code:, for the fault or for the interrupted code.
func registers(r map[string]uint64) []string {
	f := func(names ...string) string {
		var w []string
		for _, n := range names {
			w = append(w, fmt.Sprintf("%s: %016x", n, r[n]))
		}
		return strings.Join(w, " ")
	}
	return []string{
		fmt.Sprintf("RSP: 0018:%016x EFLAGS: %08x", r["RSP"], r["EFLAGS"]),
		f("RAX", "RBX", "RCX"), f("RDX", "RSI", "RDI"), f("RBP", "R08", "R09"), f("R10", "R11", "R12"),
		f("R13", "R14", "R15"),
	}
}

// dump prints the log; symbols says whether the kernel has CONFIG_KALLSYMS. With symbols each line has a time stamp,
// without it is bare, as basic netconsole is when printk.time is off.
func (s *story) dump(k *kernel, o *object, symbols bool) (string, error) {
	var lines []string
	p := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	r := o.reg
	fn, err := k.named(s.function)
	if err != nil {
		return "", err
	}
	rip := k.sprint(fn, r["RIP"]-fn.addr, symbols)
	block := func() {
		p("RIP: 0010:%s", rip)
		p("Code: %s", window(o.code, int(r["RIP"]-o.base)))
		lines = append(lines, registers(r)...)
		p("FS:  0000000000000000(0000) GS:%s(0000) knlGS:0000000000000000", s.gs)
		p("CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033")
		p("CR2: %016x CR3: %s CR4: %s", r["CR2"], s.cr3, s.cr4)
	}
	p("BUG: kernel NULL pointer dereference, address: %016x", r["CR2"])
	p("#PF: supervisor read access in kernel mode")
	p("#PF: error_code(0x%04x) - not-present page", r["ERR"]&^4)
	p("PGD 0 P4D 0 ")
	p("Oops: %04x [#1] %s", r["ERR"]&^4, s.bracket)
	p("CPU: %d PID: %d Comm: %s Not tainted %s", s.cpu, s.pid, s.comm, s.release)
	p("Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-1 04/01/2014")
	if s.workq != "" {
		p("Workqueue: %s", s.workq)
	}
	block()
	p("Call Trace:")
	for _, f := range s.trace {
		switch {
		case strings.HasPrefix(f, "<"):
			p(" %s", f)
		case f == "? RIP":
			p(" ? %s", rip)
		case f == "idle":
			idle, err := k.named("default_idle")
			if err != nil {
				return "", err
			}
			p("RIP: 0010:%s", k.sprint(idle, uint64(o.idleAt-o.idleStart), symbols))
			p("Code: %s", window(o.idle, o.idleAt))
			s.idle["EFLAGS"] = 0x202
			lines = append(lines, registers(s.idle)...)
		default:
			text, err := k.where(f, symbols)
			if err != nil {
				return "", err
			}
			p(" %s", text)
		}
	}
	p("Modules linked in: %s", s.linked)
	p("CR2: %016x", r["CR2"])
	p("---[ end trace %s ]---", s.endTrace)
	block()
	if s.panic != "" {
		p("Kernel panic - not syncing: %s", s.panic)
		p("Kernel Offset: %#x from 0xffffffff81000000 (relocation range: 0xffffffff80000000-0xffffffffbfffffff)", s.offset)
		p("---[ end Kernel panic - not syncing: %s ]---", s.panic)
	}
	var b strings.Builder
	for i, l := range lines {
		if symbols {
			fmt.Fprintf(&b, "[%12.6f] ", s.stamp+float64(i)*0.000031)
		}
		b.WriteString(l + "\n")
	}
	return b.String(), nil
}

// truth says what an expert reads in the log, plus what only a synthetic one can know.
func (s *story) truth(k *kernel, o *object, symbols bool) string {
	var b strings.Builder
	line := func(key, format string, args ...any) {
		fmt.Fprintf(&b, "%s: %s\n", key, fmt.Sprintf(format, args...))
	}
	q := func(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" }
	fn, _ := k.named(s.function)
	off := o.reg["RIP"] - fn.addr
	first := k.sprint(fn, off, true)
	if s.module != "nf_conntrack" {
		first = ""
	}
	line("synthetic", "true")
	line("source_url", "''")
	line("kernel_release", "%s", q(s.release))
	line("arch", "'x86_64'")
	line("kind", "%s", q(s.kind))
	line("fault_address", "'%016x'", o.reg["CR2"])
	line("error_code", "'%04x'", o.reg["ERR"]&^4)
	line("ip_address", "'%016x'", o.reg["RIP"])
	line("ip_symbol", "'%s+0x%x/0x%x'", fn.name, off, fn.size)
	line("ip_symbol_printed", "%v", symbols)
	line("ip_module", "%s", q(s.module))
	line("function", "%s", q(fn.name))
	line("function_offset", "%d", off)
	line("function_size", "%d", fn.size)
	line("first_netfilter_frame", "%s", q(first))
	line("culprit_function", "%s", q(fn.name))
	line("comm", "%s", q(s.comm))
	line("pid", "%d", s.pid)
	line("cpu", "%d", s.cpu)
	line("tainted", "'Not tainted'")
	line("in_interrupt", "%v", s.softirq)
	line("panic_reason", "%s", q(s.panic))
	if s.panic != "" {
		line("kernel_offset", "'%#x'", s.offset)
	} else {
		line("kernel_offset", "''")
	}
	line("number_of_oopses_in_log", "1")
	line("code_bytes_count", "64")
	line("faulting_byte_index", "42")
	line("faulting_instruction", "%s", q(o.insn))
	line("base_register", "%s", q(strings.ToLower(s.base64)))
	line("base_value", "'%016x'", o.reg[s.base64])
	line("displacement", "'%#x'", o.reg["CR2"]-o.reg[s.base64])
	line("struct", "%s", q(s.strct))
	line("field", "%s", q(s.field))
	line("variable", "%s", q(s.variable))
	b.WriteString("registers:\n")
	for _, r := range []string{"RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "RSP", "R08", "R09", "R10", "R11", "R12",
		"R13", "R14", "R15", "CR2"} {
		fmt.Fprintf(&b, "  %s: '%016x'\n", strings.ToLower(r), o.reg[r])
	}
	line("known_fix", "''")
	line("damaged", "''")
	line("notes", "%s", q(s.notes))
	return b.String()
}
