package main

import (
	"fmt"
	"strings"
)

// Addresses of the story. The object and its bytes are real; where things lie is made up, in the ranges where an i386
// kernel of 2005 with the 3 GB split put them: image from c0100000, lowmem from c0000000, modules above f8800000.
const (
	moduleBase = 0xf8a45000
	slab       = 0xde4c2000
	data       = slab
	conn       = slab + 0x1000
	ct1        = slab + 0x1080
	ct2        = slab + 0x1180
	packet     = slab + 0x1280
	ipHeader   = slab + 0x1380
	info       = slab + 0x1400
	rule       = slab + 0x1390
	altStack   = 0x0a000000
	stackSize  = 8192
)

// story is one dump: who ran, over which path the packet came in, and which object was loaded.
type story struct {
	name      string // the stem of the output files
	patch     string // applied to ipt_connlimit.c before it is compiled, or ""
	want      uint32 // what match() returns for the second packet, once fix.diff is in
	again     bool   // the second packet belongs to the first connection: a SYN that was sent twice
	comm      string
	pid       int
	stackBase uint32
	task      uint32
	saddr     string // dotted quad
	daddr     string
	sport     [2]int
	path      []call // from match()'s caller outwards
	bottom    []uint32
}

// call is one function on the stack: where the call below it returns to, its arguments and locals above that word.
type call struct {
	fn    string
	off   uint32
	words []any // uint32, or "name" for a function's address, or "+24" for the stack address 0x24 bytes further up
}

// localIn is the way from the receive queue to the rule in INPUT. The addresses of functions among the words are the
// okfn arguments: a stack scan prints them as well, as frames with offset 0.
func localIn() []call {
	const in, out, skb = 0xc0321640, 0, packet
	return []call{
		{"ipt_do_table", 0x1f2, []any{u(skb), u(in), u(out), u(info), u(0), "+1c",
			u(rule), u(0xf8a12ac0), u(0), u(in), u(ipHeader), u(0x14), u(0), u(1)}},
		{"ipt_hook", 0x1c, []any{"+1c", u(1), u(in), u(out), u(0xf8a12a40), u(0), u(1)}},
		{"nf_iterate", 0x65, []any{u(1), "+1c", u(in), u(out), "ip_local_deliver_finish", u(0xc0323948), u(2)}},
		{"nf_hook_slow", 0x6a, []any{u(0xc0323948), "+1c", u(1), u(in), u(out), "+1c",
			"ip_local_deliver_finish", u(0x80000000), u(0xf8a12a40), u(1), u(skb), u(0)}},
		{"ip_local_deliver", 0x53, []any{u(2), u(1), u(skb), u(in), u(out), "ip_local_deliver_finish",
			u(0x80000000), u(ipHeader), u(skb)}},
		{"ip_rcv_finish", 0x1e1, []any{u(skb), u(0x0100007f), u(0x0100007f), u(0), u(in), u(skb), u(ipHeader)}},
		{"nf_hook_slow", 0xd3, []any{u(skb), u(0), "+1c", u(in), u(out), "+1c", "ip_rcv_finish",
			u(0x80000000), u(0xf8a3a1c0), u(0), u(skb), u(0x3c)}},
		{"ip_rcv", 0x388, []any{u(2), u(0), u(skb), u(in), u(out), "ip_rcv_finish", u(0x80000000), u(skb),
			u(0xc03220c4), u(0)}},
		{"netif_receive_skb", 0x158, []any{u(skb), u(in), u(0xc03220c0), u(8), u(skb)}},
	}
}

func u(v uint32) any { return v }

func stories() []story {
	loopback := append(localIn(), []call{
		{"process_backlog", 0x87, []any{u(packet), u(0xc0324a40), u(0x3f), u(0xc0324a60)}},
		{"net_rx_action", 0x6e, []any{u(0xc0324a60), "+1c", u(0x1f77c), u(0x12c)}},
		{"__do_softirq", 0x84, []any{u(0xc03c0090), u(0xa), u(0)}},
		{"do_softirq", 0x26, []any{u(0x246)}},
		{"local_bh_enable", 0x58, []any{u(0), u(0xde7d1380)}},
		{"dev_queue_xmit", 0x1f4, []any{u(0xde7d1380), u(0xc0321640), u(0), u(0xde6b11c0)}},
		{"ip_finish_output2", 0xe1, []any{u(0xde7d1380), u(0xde6b11c0), u(0)}},
		{"nf_hook_slow", 0xd3, []any{u(0xde7d1380), u(4), u(0xde7d1380), u(0), u(0xc0321640), "ip_finish_output2",
			u(0x80000000), u(0)}},
		{"ip_finish_output", 0x4b, []any{u(2), u(4), u(0xde7d1380), u(0), u(0xc0321640), "ip_finish_output2",
			u(0x80000000)}},
		{"ip_output", 0x41, []any{u(0xde7d1380), u(0xde7d1380)}},
		{"dst_output", 0x12, []any{u(0xde7d1380)}},
		{"nf_hook_slow", 0xd3, []any{u(0xde7d1380), u(3), u(0xde7d1380), u(0), u(0xc0321640), "dst_output",
			u(0x80000000), u(0)}},
		{"ip_queue_xmit", 0x3bb, []any{u(2), u(3), u(0xde7d1380), u(0), u(0xc0321640), "dst_output", u(0x80000000),
			u(0xde50c0a0), u(0xde50c200), u(0), u(0x14)}},
		{"tcp_transmit_skb", 0x3a5, []any{u(0xde7d1380), u(0), u(0xde50c0a0), u(0x1c), u(0x2)}},
		{"tcp_connect", 0x20a, []any{u(0xde50c0a0), u(0xde7d1300), u(0xde50c0a0), u(0x7fff)}},
		{"tcp_v4_connect", 0x2f5, []any{u(0xde50c0a0), u(0x0100007f), u(0), u(0xde6b11c0), u(0x1600)}},
		{"inet_stream_connect", 0x8c, []any{u(0xde50c0a0), u(0xdd6aff40), u(0x10), u(0x2), u(0xde2f8b40)}},
		{"sys_connect", 0x6e, []any{u(0xde2f8b40), u(0xdd6aff40), u(0x10), u(2), u(0x16000002), u(0x0100007f), u(0), u(0)}},
		{"sys_socketcall", 0xa5, []any{u(3), u(0xbffff6c0), u(0x10), u(3), u(0xbffff6c0), u(0x10)}},
		{"syscall_call", 0x7, nil},
	}...)
	wire := append(localIn(), []call{
		{"rtl8139_rx", 0x1f3, []any{u(packet), u(0x4e), u(0xdf8a2000), u(0xdf8a2220), u(0x40)}},
		{"rtl8139_poll", 0x4f, []any{u(0xdf8a2000), u(0xdf8a2220), u(0x40), "+1c"}},
		{"net_rx_action", 0x6e, []any{u(0xdf8a2000), "+1c", u(0x1f77c), u(0x12c)}},
		{"__do_softirq", 0x84, []any{u(0xc03c0090), u(0xa), u(0)}},
		{"do_softirq", 0x26, []any{u(0x46)}},
		{"irq_exit", 0x32, nil},
		{"do_IRQ", 0x36, []any{u(0xb), "+1c", u(0)}},
		{"common_interrupt", 0x1a, []any{u(0xc03a4000), u(0xc0340000), u(0), u(0xc03a4000), u(0xc03a0007),
			u(0xc03a0007), u(0), u(0x7b), u(0x7b), u(0xffffff0b)}},
		{"default_idle", 0x23, []any{u(0x60), u(0x246)}},
		{"cpu_idle", 0x3a, []any{u(0x99100)}},
		{"start_kernel", 0x15d, []any{"unknown_bootoption", u(0xc03c2780), u(0x3000)}},
	}...)
	user := []uint32{3, 0xbffff6c0, 0xb7fd4ff4, 3, 0x08054a20, 0xbffff6e8, 0xffffffda, 0x7b, 0x7b, 0x66, 0xffffe410,
		0x73, 0x246, 0xbffff6b4, 0x7b}
	telnet := story{name: "oops", comm: "telnet", pid: 2214, stackBase: 0xdd6ae000, task: 0xde0f4a60,
		saddr: "127.0.0.1", daddr: "127.0.0.1", sport: [2]int{32771, 32772}, path: loopback, bottom: user}
	fixed := telnet
	fixed.name, fixed.patch, fixed.want = "fixed", "fix.diff", 1
	swapper := story{name: "oops-null-found", patch: "untested.diff", again: true, comm: "swapper", pid: 0,
		stackBase: 0xc03a4000, task: 0xc0320b80, saddr: "192.168.0.7", daddr: "192.168.0.2",
		sport: [2]int{1045, 1046}, path: wire, bottom: []uint32{0x00020800}}
	fixedAgain := swapper
	fixedAgain.name, fixedAgain.patch, fixedAgain.want = "fixed-again", "fix.diff", 0
	return []story{telnet, fixed, swapper, fixedAgain}
}

// outer returns the words that lie above match()'s frame: its return address, its arguments, and its callers.
func (s *story) outer(k *kernel) ([]uint32, error) {
	top := s.stackBase + stackSize
	total := len(s.bottom)
	for _, c := range s.path {
		total += 1 + len(c.words)
	}
	var w []uint32
	for _, c := range s.path {
		sym, err := k.named(c.fn)
		if err != nil {
			return nil, err
		}
		if c.off >= sym.size {
			return nil, fmt.Errorf("%s+%#x is outside of its %#x bytes", c.fn, c.off, sym.size)
		}
		w = append(w, sym.addr+c.off)
		for _, x := range c.words {
			switch x := x.(type) {
			case uint32:
				w = append(w, x)
			case string:
				if d, ok := strings.CutPrefix(x, "+"); ok {
					var up uint32
					fmt.Sscanf(d, "%x", &up)
					w = append(w, top-4*uint32(total-len(w))+up)
					continue
				}
				sym, err := k.named(x)
				if err != nil {
					return nil, err
				}
				w = append(w, sym.addr)
			}
		}
	}
	return append(w, s.bottom...), nil
}

// header returns layout.h, which the runner is compiled with.
func (s *story) header(k *kernel, match uint32) (string, error) {
	words, err := s.outer(k)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	def := func(name string, v uint32) { fmt.Fprintf(&b, "#define %s %#08x\n", name, v) }
	def("MODULE", moduleBase)
	def("MATCH", match)
	def("STACK_BASE", s.stackBase)
	def("ALT_STACK", altStack)
	def("SLAB", slab)
	def("DATA", data)
	def("CONN", conn)
	def("CT1", ct1)
	def("CT2", ct2)
	def("SKB", packet)
	def("IPHDR", ipHeader)
	def("INFO", info)
	def("RULE", rule)
	def("TASK", s.task)
	def("SADDR", address(s.saddr))
	def("DADDR", address(s.daddr))
	def("SPORT1", uint32(s.sport[0]))
	def("SPORT2", uint32(s.sport[1]))
	def("OUTER_EBP", 0x3c)
	if s.again {
		def("SECOND_CT", ct1)
	} else {
		def("SECOND_CT", ct2)
	}
	for _, f := range []struct{ macro, fn string }{
		{"LOCAL_BH_ENABLE", "local_bh_enable"}, {"MEMCMP", "memcmp"}, {"KMALLOC", "__kmalloc"}, {"KFREE", "kfree"},
		{"IP_CONNTRACK_FIND_GET", "ip_conntrack_find_get"},
	} {
		sym, err := k.named(f.fn)
		if err != nil {
			return "", err
		}
		def(f.macro, sym.addr)
	}
	def("IPT_DO_TABLE_RETURN", words[0])
	b.WriteString("#define OUTER_STACK {")
	for _, v := range words {
		fmt.Fprintf(&b, " %#x,", v)
	}
	b.WriteString(" }\n")
	return b.String(), nil
}

// address returns a dotted quad as the little-endian word that lies in memory.
func address(quad string) uint32 {
	var a, b, c, d uint32
	fmt.Sscanf(quad, "%d.%d.%d.%d", &a, &b, &c, &d)
	return a | b<<8 | c<<16 | d<<24
}
