package testrun

import (
	"strings"
	"testing"
)

func TestLast(t *testing.T) {
	tests := []struct {
		row, name string
		state     State
		runner    string
	}{
		{"ok 12 - conntrack_tcp.sh", "conntrack_tcp.sh", After, "tap"},
		{"not ok 3 selftests: net: pmtu.sh # exit=1", "net: pmtu.sh", After, "tap"},
		{"    ok 1 example_skip_test # SKIP no reason", "example_skip_test", After, "tap"},
		{"[   12.345678]     ok 2 example_mark_skipped_test", "example_mark_skipped_test", After, "tap"},
		{"ok then, on we go", "", "", ""},
		{"ok 5", "", "", ""},
		{"looks ok 5 times", "", "", ""},
		{"# ok 7 a subtest of a selftest", "", "", ""},
		{"# selftests: netfilter: nft_nat.sh", "netfilter: nft_nat.sh", Running, "kselftest"},
		{"selftests: timers: posix_timers [PASS]", "timers: posix_timers", Running, "kselftest"},
		{"[    5.000000]     # Subtest: list_sort", "list_sort", Running, "kunit"},
		{"# run: iptables -A INPUT -j DROP", "iptables -A INPUT -j DROP", Running, "run"},
		{"<LAVA_SIGNAL_STARTTC boot>", "boot", Running, "lava"},
		{"/ # <LAVA_SIGNAL_ENDTC boot>", "boot", After, "lava"},
		{"<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=net_dhcp RESULT=pass>", "net_dhcp", After, "lava"},
		{"[  18.001] <LAVA_SIGNAL_STARTRUN 0_netfilter 1234_1.5.2>", "0_netfilter", Running, "lava"},
		{"<LAVA_SIGNAL_ENDRUN 0_netfilter 1234_1.5.2>", "0_netfilter", After, "lava"},
		{"<LAVA_SIGNAL_STARTTC cut off", "", "", ""},
		{"##[group]Run make check", "Run make check", Running, "github"},
		{"2024-05-03T12:34:56.1234567Z ##[group]Run make check", "Run make check", Running, "github"},
		{"::group::Kernel tests", "Kernel tests", Running, "github"},
		{"section_start:1560896352:run_tests[collapsed=true]\r\x1b[0KTests", "run_tests", Running, "gitlab"},
		{"2024-05-03T12:34:56.123456Z 00O section_end:1560896353:run_tests\r\x1b[0K", "run_tests", After, "gitlab"},
		{"section_start:now:x", "", "", ""},
		{"[ 1234.567890] run fstests generic/475 at 2024-05-03 12:34:56", "generic/475", Running, "fstests"},
		{"<6>[ 1234.567890] run blktests nvme/003 at 2024-05-03 12:34:56", "nvme/003", Running, "blktests"},
		{"tag=fork13 stime=1714732496", "fork13", Running, "ltp"},
		{"[   99.000000] LTP: starting fork13 (fork13 -i 10)", "fork13", Running, "ltp"},
		{"=== RUN   TestForward", "TestForward", Running, "go"},
		{"--- FAIL: TestForward (0.10s)", "TestForward", After, "go"},
		{"# selftests: ", "", "", ""},
		{"# run: " + strings.Repeat("x", 300), strings.Repeat("x", 200), Running, "run"},
		{"# run: " + strings.Repeat("x", 100000), "", "", ""},
		{"", "", "", ""},
	}
	for _, test := range tests {
		got, found := Last([]byte("first\n" + test.row + "\nlast\n"))
		if test.name == "" {
			if found {
				t.Errorf("%.60q: found %+v", test.row, got)
			}
			continue
		}
		if want := (Test{test.name, test.state, test.runner, len("first\n")}); got != want && !strings.Contains(test.row, "\r") {
			t.Errorf("%.60q: got %+v, want %+v", test.row, got, want)
		} else if got.Name != want.Name || got.State != want.State || got.Runner != want.Runner {
			t.Errorf("%.60q: got %+v, want %+v", test.row, got, want)
		}
	}
	got, _ := Last([]byte("# run: one\r\n# run: two\r\nx\r\n\n"))
	if got.Name != "two" || got.Off != 12 {
		t.Errorf("the last of two is %+v", got)
	}
	if got, _ := Last([]byte("# run: no line end")); got.Name != "no line end" {
		t.Errorf("got %+v", got)
	}
}

// The gate passes over no row that a form fits, whatever stands before it.
func TestGate(t *testing.T) {
	for _, lead := range []string{
		"", "  ", "[   12.345678] ", "[   12.345678][ T1] ", "<6>", "6,1,2,-;", "\x1b[0m", "2024-05-03T12:34:56Z ",
		"May 17 12:03:04 gate kernel: ", "gate:",
	} {
		for _, f := range forms {
			if !gated([]byte(lead + f.lead)) {
				t.Errorf("%q is passed over", lead+f.lead)
			}
		}
	}
}

func FuzzLast(f *testing.F) {
	f.Add([]byte("ok 1 - a\n\xff##[group]\r\n<LAVA_SIGNAL_STARTTC x>"))
	f.Add([]byte("section_start:1:x\r\x1b[0K\n"))
	f.Fuzz(func(t *testing.T, rows []byte) {
		got, found := Last(rows)
		if found && (got.Name == "" || len(got.Name) > nameLimit || got.Off >= len(rows) || got.Off > 0 &&
			rows[got.Off-1] != '\n' && rows[got.Off-1] != '\r') {
			t.Errorf("got %+v", got)
		}
	})
}

// Rows of a log without tests: the cost of looking in vain, beside a count of lines.
func BenchmarkLastInVain(b *testing.B) {
	rows := []byte(strings.Repeat("[   12.345678] usb 1-1: new high-speed USB device number 2 using xhci_hcd\n", 4000))
	b.SetBytes(int64(len(rows)))
	for b.Loop() {
		Last(rows)
	}
}
