package main

import (
	"fmt"
	"strings"
)

const release = "2.6.11.10"

// trap is what the processor reported: the runner's output.
type trap struct {
	reg   map[string]uint32
	stack []uint32 // from esp to the end of the kernel stack
}

// kernelErr is the error code as a kernel that faults itself gets it: without the bit for user mode.
func (t *trap) kernelErr() uint32 { return t.reg["err"] &^ 4 }

// frames returns the words of the stack that are code addresses, as a kernel without frame pointers prints them.
func (t *trap) frames(k *kernel) []uint32 {
	var out []uint32
	for _, w := range t.stack {
		if _, ok := k.text(w); ok {
			out = append(out, w)
		}
	}
	return out
}

// linkedIn is the "Modules linked in:" list: the last one loaded comes first.
func linkedIn() string {
	var b strings.Builder
	for i := len(modules) - 1; i >= 0; i-- {
		b.WriteString(" " + modules[i].name)
	}
	return b.String()
}

// sprint writes an address as the kernel does: symbol+0xoffset/0xsize [module].
func (k *kernel) sprint(addr uint32) string {
	s, ok := k.text(addr)
	if !ok {
		return fmt.Sprintf("%#x", addr)
	}
	out := fmt.Sprintf("%s+%#x/%#x", s.name, addr-s.addr, s.size)
	if addr == s.addr {
		out = fmt.Sprintf("%s+0x0/%#x", s.name, s.size)
	}
	if s.module != "" {
		out += " [" + s.module + "]"
	}
	return out
}

// dump prints the oops as 2.6.11 on i386 does, from do_page_fault to panic; code is the module's text. Spaces at the
// ends of lines are the kernel's.
func (s *story) dump(t *trap, k *kernel, code []byte, symbols bool) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	r := t.reg
	p("Unable to handle kernel NULL pointer dereference at virtual address %08x\n", r["cr2"])
	p(" printing eip:\n%08x\n*pde = %08x\n", r["eip"], 0)
	p("Oops: %04x [#1]\nPREEMPT \n", t.kernelErr())
	p("Modules linked in:%s\n", linkedIn())
	p("CPU:    0\nEIP:    0060:[<%08x>]    Not tainted VLI\nEFLAGS: %08x   (%s) \n", r["eip"], r["eflags"], release)
	if symbols {
		p("EIP is at %s\n", k.sprint(r["eip"]))
	}
	p("eax: %08x   ebx: %08x   ecx: %08x   edx: %08x\n", r["eax"], r["ebx"], r["ecx"], r["edx"])
	p("esi: %08x   edi: %08x   ebp: %08x   esp: %08x\n", r["esi"], r["edi"], r["ebp"], r["esp"])
	p("ds: 007b   es: 007b   ss: 0068\n")
	p("Process %s (pid: %d, threadinfo=%08x task=%08x)\nStack: ", s.comm, s.pid, s.stackBase, s.task)
	for i, w := range t.stack[:24] {
		if i > 0 && i%8 == 0 {
			p("\n       ")
		}
		p("%08x ", w)
	}
	p("\nCall Trace:\n")
	for _, a := range t.frames(k) {
		p(" [<%08x>]", a)
		if symbols {
			p(" %s", k.sprint(a))
		}
		p("\n")
	}
	p("Code: ")
	at := int(r["eip"] - moduleBase)
	for i := at - before; i < at+64-before; i++ {
		if i == at {
			p("<%02x> ", code[i])
		} else {
			p("%02x ", code[i])
		}
	}
	p("\n <0>Kernel panic - not syncing: Fatal exception in interrupt\n")
	return b.String()
}

// before is the number of code bytes that i386 prints before the faulting one.
const before = 43
