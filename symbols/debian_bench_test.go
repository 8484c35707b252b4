package symbols

import (
	"os"
	"testing"
)

// debianImage opens a file of the debug package that NFOOPS_DBG names.
func debianImage(tb testing.TB, pattern string) *Image {
	tb.Helper()
	dir := os.Getenv("NFOOPS_DBG")
	if dir == "" {
		tb.Skip("NFOOPS_DBG is not set: the unpacked linux-image-…-dbg package")
	}
	files := findUnder(tb, dir, pattern)
	if len(files) == 0 {
		tb.Fatalf("no %s in %s", pattern, dir)
	}
	m, err := OpenImage(files[0])
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { m.Close() })
	return m
}

func BenchmarkOpenVmlinux(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		debianImage(b, "boot/vmlinux-*")
	}
}

func BenchmarkVmlinuxTable(b *testing.B) {
	m := debianImage(b, "boot/vmlinux-*")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.makeTable(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVmlinuxName(b *testing.B) {
	m := debianImage(b, "boot/vmlinux-*")
	b.ReportAllocs()
	for b.Loop() {
		t, err := m.makeTable()
		if err != nil {
			b.Fatal(err)
		}
		t.At("nf_hook_slow", 0x43, 0)
	}
}

func BenchmarkLines(b *testing.B) {
	m := debianImage(b, "boot/vmlinux-*")
	t, err := m.Table()
	if err != nil {
		b.Fatal(err)
	}
	addr := t.Named("ip_rcv")[0].Addr + 0x4f
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := debianImage(b, "boot/vmlinux-*")
			if l, reason := n.Lines(addr); reason != "" {
				b.Fatal(l, reason)
			}
			n.Close()
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Lines(addr)
		}
	})
}

// BenchmarkTrace is a trace of eight frames from nothing, in one process.
func BenchmarkTrace(b *testing.B) {
	v, c := debianImage(b, "boot/vmlinux-*"), debianImage(b, "nf_conntrack.ko")
	b.ReportAllocs()
	for b.Loop() {
		k, err := OpenKernel(b.Context(), Sources{Vmlinux: v.Path(), Modules: []string{c.Path()}})
		if err != nil {
			b.Fatal(err)
		}
		for _, q := range []Query{
			{Name: "nf_hook_slow", Offset: 0x43}, {Name: "ip_rcv", Offset: 0x4f}, {Name: "process_backlog", Offset: 0x88},
			{Name: "net_rx_action", Offset: 0x152}, {Name: "tcp_v4_rcv", Offset: 0x3a1},
			{Name: "nf_conntrack_in", Offset: 0x1a3, Module: "nf_conntrack"},
			{Name: "nf_ct_delete", Offset: 0x4a, Module: "nf_conntrack"},
			{Name: "__nf_conntrack_confirm", Offset: 0x2f0, Module: "nf_conntrack"},
		} {
			if as, reason, err := k.Resolve(b.Context(), q); err != nil || reason != "" || len(as[0].Lines) == 0 {
				b.Fatal(as, reason, err)
			}
		}
		k.Close()
	}
}

func BenchmarkSearch(b *testing.B) {
	m := debianImage(b, "boot/vmlinux-*")
	t, err := m.Table()
	if err != nil {
		b.Fatal(err)
	}
	f := t.Named("nf_hook_slow")[0]
	c, _ := m.Code(f.Addr+10, 64)
	m.patched()
	b.ReportAllocs()
	for b.Loop() {
		if got := m.Search(c.Bytes, c.Loose, 4); len(got) != 1 {
			b.Fatalf("%#x", got)
		}
	}
}

func BenchmarkPatched(b *testing.B) {
	m := debianImage(b, "boot/vmlinux-*")
	if _, err := m.Table(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := &Image{name: m.name, object: m.object}
		n.tableOnce.Do(func() { n.table = m.table })
		if len(n.patched()) < 1000 {
			b.Fatal("few patches")
		}
	}
}

// TestDebianSearch finds every function of a module by its own bytes, and none of them in another module.
func TestDebianSearch(t *testing.T) {
	m, other := debianImage(t, "nf_conntrack.ko"), debianImage(t, "nf_tables.ko")
	v := debianImage(t, "boot/vmlinux-*")
	table, err := m.Table()
	if err != nil {
		t.Fatal(err)
	}
	tried, found, unique := 0, 0, 0
	for i := range table.Len() {
		s := table.symbol(table.entry(i), 0)
		if s.Type|0x20 != 't' || s.Size < 80 {
			continue
		}
		c, reason := m.Code(s.Addr, 64)
		if reason != "" || len(c.Bytes) < 64 {
			continue
		}
		fixed := 0
		for j := range c.Bytes {
			if c.Loose[j] {
				c.Bytes[j] ^= 0x5a
			} else {
				fixed++
			}
		}
		if fixed < 40 {
			continue
		}
		tried++
		got := m.Search(c.Bytes, nil, 10)
		for _, a := range got {
			if a == s.Addr {
				found++
			}
		}
		elsewhere := len(other.Search(c.Bytes, nil, 1))
		if tried%16 == 0 {
			elsewhere += len(v.Search(c.Bytes, nil, 1))
		}
		if len(got) == 1 && elsewhere == 0 {
			unique++
		}
	}
	t.Logf("%d functions, %d found, %d of them nowhere else", tried, found, unique)
	if found < tried*98/100 || tried < 100 {
		t.Errorf("%d of %d functions were found", found, tried)
	}
}
