package oops_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nfoops/nfoops/oops"
)

// others are rows that tests, builds and services print on the console of a kernel that is crashing.
var others = []string{
	"ok 12 conntrack_tuple_reuse",
	"not ok 3 nft_flowtable # SKIP needs veth",
	"# PASSED: 4 / 4 tests passed.",
	"[ RUN      ] network.session_35",
	"[       OK ] proxy.volume_348 (6493 ms)",
	"lava-test-shell: running futex_3 (4 of 54)",
	"<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=route-bridge RESULT=pass>",
	"ltp-pan: cgroup75 7 TPASS : pool(22) returned 491348",
	"test_pipe.py::Testexec::test_mount[17-route] PASSED                   [ 88%]",
	"  CC [M]  net/netfilter/xt_route.o",
	"Setting up session-pipe (111.19.94-63) ...",
	"device veth12ab34c entered promiscuous mode",
	"collector[99]: BUG: assertion failed at main.c:12",
	"net_ratelimit: 23 callbacks suppressed",
	"Unpacking a-package-with-quite-a-long-name-for-one-word (1.2-3) over (1.2-2) ...",
}

// before is what stands before the dump. As on most consoles, some of it is wider than mailers leave it.
const before = `gcc -Wp,-MMD,fs/ext4/.inode.o.d -nostdinc -I./arch/x86/include -I./include -D__KERNEL__ -Wall -O2 -c -o fs/ext4/inode.o
2026-03-03T11:02:12.352Z fetch: linux-6.1.tar.xz 134217728 bytes sha256:f24e838f89f1be09f714a71fe8de801ef24e838f89f1be09f714a71fe8de801e
test_bridge.py::TestForwarding::test_forwarding_database_ages_out[vlan-aware-4094]                   PASSED [ 88%]
`

// TestSharedConsole holds that the rows of other programs, which come between the lines of a dump, become no part of
// them. It is so for dumps with printk times: nothing tells the two apart without.
func TestSharedConsole(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 11))
	for _, e := range append(eras, machines...) {
		t.Run(e.name, func(t *testing.T) {
			texts := strings.Split(strings.TrimSuffix(e.log, "\n"), "\n")
			var plain strings.Builder
			for n, text := range texts {
				plain.WriteString(stamp(93712345678+int64(n)*31) + text + "\n")
			}
			want := onlyCrash(t, plain.String())
			for _, every := range []int{2, 5, len(texts)} {
				var b strings.Builder
				b.WriteString(before)
				for n, row := range strings.SplitAfter(plain.String(), "\n") {
					b.WriteString(row)
					if row != "" && (rnd.IntN(every) == 0 || n == len(texts)-1) {
						b.WriteString(others[rnd.IntN(len(others))] + "\n")
					}
				}
				got := onlyCrash(t, b.String())
				if got == nil || want == nil {
					t.Fatalf("no single crash in\n%s", b.String())
				}
				if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(oops.Crash{})); diff != "" {
					t.Errorf("one row of others after %d (-alone +shared):\n%s\n%s", every, diff, b.String())
				}
			}
		})
	}
}

// TestAmongOthers holds that what stands before and behind a dump becomes no part of it, with and without printk times.
func TestAmongOthers(t *testing.T) {
	for _, e := range append(eras, machines...) {
		for _, timed := range []bool{false, true} {
			var plain strings.Builder
			for n, text := range strings.Split(strings.TrimSuffix(e.log, "\n"), "\n") {
				if timed {
					text = stamp(93712345678+int64(n)*31) + text
				}
				plain.WriteString(text + "\n")
			}
			want := onlyCrash(t, plain.String())
			for n := range others {
				behind := strings.Join(others[n:], "\n") + "\n" + strings.Join(others[:n], "\n") + "\n"
				got := onlyCrash(t, before+behind+plain.String()+behind+before)
				if got == nil || want == nil {
					t.Errorf("%s, timed %v, before %q: no single crash", e.name, timed, others[n])
					continue
				}
				if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(oops.Crash{})); diff != "" {
					t.Errorf("%s, timed %v, before %q (-alone +among others):\n%s", e.name, timed, others[n], diff)
				}
			}
		}
	}
}
