package symbols

import (
	"strings"
	"testing"
)

// TestConnlimit: the module of the 2.6.11 story, its oops in testdata/kernels/connlimit-2.6.11/oops.txt, gives
// function, line and field from nothing but the object.
func TestConnlimit(t *testing.T) {
	m, err := OpenImage("../testdata/kernels/connlimit-2.6.11/ipt_connlimit.o")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Module() != "ipt_connlimit" {
		t.Errorf("module %q", m.Module())
	}
	// EIP is at count_them+0xa5/0x1c0 [ipt_connlimit]
	as, reason, err := m.Resolve(Query{Name: "count_them", Offset: 0xa5, Size: 0x1c0})
	if err != nil || reason != "" || len(as) != 1 {
		t.Fatal(as, reason, err)
	}
	l := as[0].Lines
	if l := l[len(l)-1]; l.Function != "count_them" || !strings.HasSuffix(l.File, "ipt_connlimit.c") || l.Line != 227 {
		t.Errorf("lines %+v", l)
	}
	p, reason := m.Prototype(as[0].Addr, len(l)-1)
	if reason != "" {
		t.Fatal(reason)
	}
	if want := "int count_them(struct connlimit_data *data, u32 addr, u32 mask, struct ip_conntrack *ct)"; p.String() != want {
		t.Errorf("got %s, want %s", p, want)
	}
	ct, reason := m.Struct("ip_conntrack", as[0].Addr)
	if reason != "" {
		t.Fatal(reason)
	}
	if got := pathsOf(ct, 0x54, 1); !strings.Contains(got, "proto.tcp.state") {
		t.Errorf("ip_conntrack+0x54: %s", got)
	}
}
