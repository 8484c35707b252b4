package oops_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nfoops/nfoops/oops"
)

// services are rows of programs in the file that syslog writes the kernel's lines to; some have words of crashes.
var services = []string{
	"sshd[812]: Accepted publickey for root from 192.0.2.9 port 2222 ssh2: RSA SHA256:abcdef",
	"systemd[1]: Started Session 12 of User root.",
	"sudo:     root : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/usr/sbin/nft list ruleset",
	"collector[99]: BUG: assertion failed: x != NULL",
	"collector[99]: WARNING: cache miss ratio 0.9",
	"java[3]: \tat com.example.Main.main(Main.java:12)",
	"abrt-dump-journal-oops[77]: BUG: unable to handle page fault for address: 0000000012345678",
	"dump[12]: Code: 48 8b 05 11 22 33 44 <48> 8b",
	"dump[12]: RIP: 0010:some_function+0x12/0x340 [some_module]",
	"dump[12]: Call Trace:",
	"dump[12]:  some_caller+0x12/0x340 [some_module]",
}

func syslogRow(host, text string) string { return "Mar  7 04:05:06 " + host + " " + text + "\n" }

// TestServices holds that what syslog says is of other programs becomes no part of a dump, and no dump.
func TestServices(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 13))
	for _, e := range append(eras, machines...) {
		var alone, among strings.Builder
		for text := range strings.Lines(e.log) {
			row := syslogRow("gate", "kernel: "+strings.TrimSuffix(text, "\n"))
			alone.WriteString(row)
			among.WriteString(row)
			if rnd.IntN(3) == 0 {
				among.WriteString(syslogRow("gate", services[rnd.IntN(len(services))]))
			}
		}
		want, got := onlyCrash(t, alone.String()), onlyCrash(t, among.String())
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(oops.Crash{})); want == nil || diff != "" {
			t.Errorf("%s (-alone +among services):\n%s\n%s", e.name, diff, among.String())
		}
	}
}

// TestTwoHosts holds that two machines which crash at once, and write to one file, are told apart.
func TestTwoHosts(t *testing.T) {
	all := append(append([]era{}, eras...), machines...)
	for i, e := range all {
		other := all[(i+7)%len(all)]
		logs := [2][]string{strings.Split(strings.TrimSpace(e.log), "\n"), strings.Split(strings.TrimSpace(other.log), "\n")}
		var alone [2]strings.Builder
		var both strings.Builder
		for n := range max(len(logs[0]), len(logs[1])) {
			for k, host := range [2]string{"gate", "192.0.2.7"} {
				if n < len(logs[k]) {
					row := syslogRow(host, "kernel: "+stamp(int64(k)*1e9+int64(n)*31)+logs[k][n])
					alone[k].WriteString(row)
					both.WriteString(row)
				}
			}
		}
		found := crashes(t, []byte(both.String()))
		if len(found) != 2 {
			t.Errorf("%s and %s: %d crashes", e.name, other.name, len(found))
			continue
		}
		if found[0].Host.Value != "gate" { // the first line of the other's was first
			found[0], found[1] = found[1], found[0]
		}
		for k := range found {
			want, got := onlyCrash(t, alone[k].String()), framingFree(found[k])
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(oops.Crash{})); diff != "" {
				t.Errorf("%s and %s, host %d (-alone +both):\n%s", e.name, other.name, k, diff)
			}
		}
	}
}

// TestBannersOfHosts holds that a crash has the kernel that its own host booted.
func TestBannersOfHosts(t *testing.T) {
	var b strings.Builder
	for n, host := range [2]string{"gate", "well"} {
		b.WriteString(syslogRow(host, fmt.Sprintf("kernel: Linux version 6.1.%d (builder@host) (gcc 12) #%d SMP", n, n)))
	}
	b.WriteString(syslogRow("gate", "kernel: watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [nft:12]"))
	b.WriteString(syslogRow("gate", "kernel: Call Trace:"))
	b.WriteString(syslogRow("gate", "kernel:  nft_do_chain+0x12/0x340 [nf_tables]"))
	found := crashes(t, []byte(b.String()))
	if len(found) != 1 || found[0].Kernel.Value != "6.1.0" || found[0].Build.Value != "#0 SMP" {
		t.Errorf("%d crashes, the first of kernel %q, build %q", len(found), found[0].Kernel.Value, found[0].Build.Value)
	}
}
