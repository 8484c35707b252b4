package oops_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/oops"
)

// only reads the one crash of a log.
func only(t *testing.T, log string) *oops.Crash {
	t.Helper()
	found := crashes(t, []byte(log))
	if len(found) != 1 {
		t.Fatalf("%d crashes in\n%s", len(found), log)
	}
	return found[0]
}

// TestSimilar holds that the same bug has the same similar fingerprint on another host, at another KASLR base, in another
// framing, in another build, and with other suffixes of the compiler; and another bug has another one.
func TestSimilar(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(oopsOf(1, "send_letter", 4711)), "\n")
	log := strings.Join(rows, "\n") + "\n"
	base := only(t, log).Fingerprint
	if base.Similar == "" || base.Exact == "" {
		t.Fatalf("no fingerprint: %+v", base)
	}
	address := regexp.MustCompile(`\b[0-9a-f]{16}\b`)
	framed := func(format string) string {
		var b strings.Builder
		for i, row := range rows {
			fmt.Fprintf(&b, format+"\n", i, row)
		}
		return b.String()
	}
	for name, same := range map[string]string{
		"another host": framed("Mar  7 04:05:%02d attic kernel: %s"),
		"extended":     framed("4,8%d,93712345678,-;%s"),
		"another KASLR base": address.ReplaceAllStringFunc(log, func(a string) string {
			if strings.HasPrefix(a, "ffff") {
				return a[:4] + "9" + a[5:]
			}
			return a
		}),
		"another task":     strings.ReplaceAll(strings.ReplaceAll(log, "4711", "98"), "probe", "nc"),
		"another build":    strings.ReplaceAll(strings.ReplaceAll(log, "6.6.12 #1", "6.6.40-deb #7"), "+0x21/0x90", "+0x2c/0xa0"),
		".isra":            strings.ReplaceAll(log, "send_letter+", "send_letter.isra.0+"),
		".constprop":       strings.ReplaceAll(log, "close_inbox+", "close_inbox.constprop.3+"),
		".cold":            strings.ReplaceAll(log, "close_inbox+", "close_inbox.cold+"),
		".part":            strings.ReplaceAll(log, "send_letter+", "send_letter.part.8+"),
		"several":          strings.ReplaceAll(log, "send_letter+", "send_letter.isra.0.part.0.cold.12+"),
		"a frame in doubt": strings.Replace(log, " close_inbox", " ? stale_inbox+0x12/0x80\n close_inbox", 1),
	} {
		got := only(t, same).Fingerprint
		if got.Similar != base.Similar {
			t.Errorf("%s: similar %s, want %s", name, got.Similar, base.Similar)
		}
		if name == "another build" && got.Exact == base.Exact {
			t.Errorf("%s: exact is the same, too", name)
		}
	}
	for name, other := range map[string]string{
		"another place":  strings.ReplaceAll(log, "send_letter+", "drop_letter+"),
		"another caller": strings.ReplaceAll(log, "close_inbox+", "open_inbox+"),
		"another kind":   warnOf(1, 4711, "send_letter"),
	} {
		if got := only(t, other).Fingerprint; got.Similar == base.Similar {
			t.Errorf("%s: has the same similar fingerprint", name)
		}
	}
}

// TestSuspicious holds that crash-like lines of no known form are kept, and say why.
func TestSuspicious(t *testing.T) {
	for log, want := range map[string]int{
		"[    1.000000] WARNING: foo\n[    1.000001] nothing follows\n": 1,
		"[    1.000000] sysfs: cannot create duplicate filename '/class/post'\n" +
			"[    1.000001] Call Trace:\n[    1.000002]  <TASK>\n[    1.000003]  dump_stack_lvl+0x12/0x30\n" +
			"[    1.000004]  sysfs_warn_dup+0x12/0x30\n[    1.000005]  open_inbox+0x12/0x30\n": 1,
		"[    1.000000] all is well\n": 0,
	} {
		var p oops.Parser
		for c, err := range p.Crashes(strings.NewReader(log)) {
			if err != nil {
				t.Fatal(err)
			}
			t.Errorf("%q is no crash", c.Title)
		}
		got := p.Suspicious()
		if len(got) != want {
			t.Errorf("%d suspicious lines, want %d in\n%s", len(got), want, log)
		}
		for _, s := range got {
			if s.Line == 0 || s.Text == "" || s.Why == "" {
				t.Errorf("a suspicion without line, text or reason: %+v", s)
			}
		}
	}
}

// TestCompleteness holds that less of a crash is less complete, from all of it to its last line.
func TestCompleteness(t *testing.T) {
	log := oopsOf(1, "send_letter", 4711)
	rows := strings.Split(strings.TrimSpace(log), "\n")
	last := 1.01
	for n := len(rows); n >= 1; n-- {
		c := crashes(t, []byte(strings.Join(rows[:n], "\n")+"\n"))
		if len(c) == 0 {
			break
		}
		if c[0].Completeness > last || c[0].Completeness < 0 {
			t.Errorf("%d lines are more complete (%.2f) than one more (%.2f)", n, c[0].Completeness, last)
		}
		if last = c[0].Completeness; n == len(rows) && last != 1 {
			t.Errorf("the whole crash is %.2f complete", last)
		}
		if c[0].Completeness < 1 && len(c[0].Damage) == 0 {
			t.Errorf("%d lines: something is missing, and no damage says what", n)
		}
	}
}
