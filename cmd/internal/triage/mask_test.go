package triage

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMaskText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"from 192.0.2.7 to 198.51.100.1, then 192.0.2.7.", "from IP1 to IP2, then IP1."},
		{"udp:192.0.2.7:6665", "udp:IP1:6665"},
		{"SRC=2001:db8::5 DST=fe80:0000:0000:0000:0000:0000:0000:0001", "SRC=IP1 DST=IP2"},
		{"MAC=52:54:00:aa:bb:cc:52:54:00:11:22:33:08:00 IN=", "MAC=MAC1 IN="},
		{"00-11-22-33-44-5f", "MAC1"},
		{"on web-07, web-07.example.com and web-071", "on HOST1, HOST2 and web-071"},
		{"web-07 web-07 WEB-07", "HOST1 HOST1 HOST1"},
		{"(jane@build.example.com) (gcc 12.2.0)", "(MAIL1) (gcc 12.2.0)"},
		{"core::fmt::write at fac::add, a::b", "core::fmt::write at fac::add, a::b"},
		{"RIP: 0010:nf_nat+0x18/0x40 03:12:44", "RIP: 0010:nf_nat+0x18/0x40 03:12:44"},
		{"6.1.90-1 127.0.0.1 ::1 1.2.3.4.5", "6.1.90-1 127.0.0.1 ::1 1.2.3.4.5"},
	} {
		var m Mask
		m.Host("web-07")
		if got := m.Text(c.in); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
}

// A masked report tells nothing of the machine, keeps the kernel's release, and leaves the report that it was made of
// as it was.
func TestMaskReport(t *testing.T) {
	const release = "2.6.11.4-21.8-default"
	r := &Report{
		Title: "BUG at 192.0.2.9", Kernel: release, KernelBuild: "2.6.11.4-21.8-default (jane@web-07)", Host: "web-07",
		Damage:  []Damage{{Detail: "netconsole of WEB-07 lost lines"}},
		Culprit: &Culprit{Symbol: "f", Why: "web-07.example.com said so"},
		Matches: []Match{{FixedIn: []string{"2.6.16.1"}, Evidence: []Evidence{{Fact: "runs on 192.0.2.9"}}}},
		Quotes:  map[int]string{3: "eth0: 52:54:00:aa:bb:cc"},
	}
	before, _ := json.Marshal(r)
	var m Mask
	got, _ := json.Marshal(m.Report(r))
	after, _ := json.Marshal(r)
	if string(before) != string(after) {
		t.Error("the report itself was changed")
	}
	for _, secret := range []string{"192.0.2.9", "web-07", "WEB-07", "jane", "example.com"} {
		if strings.Contains(string(got), secret) {
			t.Errorf("%s is left in %s", secret, got)
		}
	}
	for _, fact := range []string{release, "2.6.16.1", `"host":"HOST1"`} {
		if !strings.Contains(string(got), fact) {
			t.Errorf("%s is missing in %s", fact, got)
		}
	}
	if q := m.Report(r).Quotes[3]; q != "eth0: MAC1" {
		t.Errorf("the quote is %q", q)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("web-07 kernel: 192.0.2.1:80 fe80::1%eth0 52:54:00:aa:bb:cc a@b")
	f.Fuzz(func(t *testing.T, s string) {
		var m Mask
		m.Host(s)
		m.Text(s)
		if strings.Contains(m.Text("x 192.0.2.77 "+s), "192.0.2.77 ") {
			t.Errorf("an address is left in front of %q", s)
		}
	})
}
