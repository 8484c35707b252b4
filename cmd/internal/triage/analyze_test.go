package triage_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
)

const (
	root    = "../../../testdata/"
	story   = root + "kernels/connlimit-2.6.11/"
	modern  = root + "logs/nf-conntrack-x86_64-6.x/"
	entryID = "ipt-connlimit-predicate-order"
)

// analyze reads a log with maps and wants just one report.
func analyze(t *testing.T, log string, maps ...string) *triage.Report {
	t.Helper()
	reports := analyzeAll(t, log, maps...)
	if len(reports) != 1 {
		t.Fatalf("%d reports, want 1", len(reports))
	}
	return reports[0]
}

func analyzeAll(t *testing.T, log string, maps ...string) []*triage.Report {
	t.Helper()
	src := triage.Sources{KB: base(t)}
	for _, m := range maps {
		f, err := triage.LoadSymbols(m)
		if err != nil {
			t.Fatal(err)
		}
		src.Symbols = append(src.Symbols, f)
	}
	var out []*triage.Report
	for r, err := range triage.NewSession(src, "test").Read(context.Background(), "log", strings.NewReader(log)) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func base(tb testing.TB) *kb.Base {
	tb.Helper()
	b, err := kb.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func file(tb testing.TB, name string) string {
	tb.Helper()
	b, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// The story: a whole dump names the function, the NULL register, the field and the bug.
func TestStory(t *testing.T) {
	for _, c := range []struct {
		name, log string
		maps      []string
		frames    bool
	}{
		{"with symbols", "oops.txt", []string{"System.map"}, true},
		{"with symbols, no map", "oops.txt", nil, true},
		{"bare addresses, kallsyms", "oops-nosyms.txt", []string{"kallsyms.gz"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var maps []string
			for _, m := range c.maps {
				maps = append(maps, story+m)
			}
			r := analyze(t, file(t, story+c.log), maps...)
			if r.IP == nil || r.IP.Symbol != "count_them" || r.IP.Module != "ipt_connlimit" || r.IP.Offset != "0xa5" {
				t.Errorf("ip = %+v", r.IP)
			}
			if r.Cause == nil || r.Cause.BaseRegister != "eax" || r.Cause.BaseValue != "0x0" || r.Cause.Offset != "0x54" ||
				r.Cause.Struct != "ip_conntrack" || r.Cause.Field != "proto.tcp.state" {
				t.Errorf("cause = %+v", r.Cause)
			}
			if r.Context != "softirq" || r.Severity != "panic" || r.Arch != "i386" {
				t.Errorf("context %q, severity %q, arch %q", r.Context, r.Severity, r.Arch)
			}
			if r.Verdict.Status != "known" || r.Verdict.ID != entryID {
				t.Errorf("verdict = %+v", r.Verdict)
			}
			if m := r.Matches[0]; m.Fix == nil || !strings.Contains(m.Fix.Diff, "+\t\tif (found != NULL") {
				t.Errorf("the fix has no diff: %+v", m.Fix)
			}
		})
	}
}

// A map of another kernel is refused, with the reason, and names nothing.
func TestWrongMap(t *testing.T) {
	r := analyze(t, file(t, story+"oops.txt"), story+"System.map.wrong")
	if len(r.Symbols) != 1 || r.Symbols[0].Used || !strings.HasPrefix(r.Symbols[0].Detail, "refused: ") {
		t.Errorf("symbols = %+v", r.Symbols)
	}
}

// One torn address does not cost the right map.
func TestTornAddress(t *testing.T) {
	log := strings.Replace(file(t, story+"oops.txt"), "[<c0266998>] netif_receive_skb", "[<c0266898>] netif_receive_skb", 1)
	r := analyze(t, log, story+"System.map")
	if !r.Symbols[0].Used || !strings.Contains(r.Symbols[0].Detail, "left out") {
		t.Errorf("symbols = %+v", r.Symbols)
	}
}

const fragment = "Code: %s ........\n <0>Kernel panic - not syncing: Fatal exception in interrupt\n"

// Six bytes and the panic line: likely, never known; with any one byte changed, nothing.
func TestFragment(t *testing.T) {
	r := analyze(t, fmt.Sprintf(fragment, "43 17 89 d9 8d 04"))
	if r.Verdict.Status != "likely" || r.Verdict.ID != entryID {
		t.Errorf("verdict = %+v", r.Verdict)
	}
	want := []string{"movzbl 0x17(%ebx),%eax", "mov %ebx,%ecx", "lea (%eax,%eax,2),%eax"}
	for i, w := range want {
		if i >= len(r.Code.Instructions) || r.Code.Instructions[i].Text != w {
			t.Errorf("instruction %d of %+v, want %q", i, r.Code.Instructions, w)
		}
	}
	if len(r.Missing) == 0 || r.Missing[0].How == "" {
		t.Error("the report does not say what to capture next time")
	}
	bytes := []byte{0x43, 0x17, 0x89, 0xd9, 0x8d, 0x04}
	for i := range bytes {
		for v := range 256 {
			if byte(v) == bytes[i] {
				continue
			}
			changed := append([]byte(nil), bytes...)
			changed[i] = byte(v)
			r := analyze(t, fmt.Sprintf(fragment, fmt.Sprintf("% x", changed)))
			if len(r.Matches) != 0 {
				t.Fatalf("% x matches %s", changed, r.Matches[0].ID)
			}
		}
	}
}

// KASLR: the Kernel Offset line and a System.map, or the kallsyms of the same boot, name the bare addresses.
func TestModernKASLR(t *testing.T) {
	for _, c := range []struct {
		log  string
		maps []string
		want bool
	}{
		{"oops.txt", nil, true},
		{"oops.txt", []string{"kallsyms.gz"}, true},
		{"oops-nosyms.txt", []string{"kallsyms.gz"}, true},
		{"oops-nosyms.txt", nil, false},
	} {
		t.Run(c.log+" "+strings.Join(c.maps, " "), func(t *testing.T) {
			var maps []string
			for _, m := range c.maps {
				maps = append(maps, modern+m)
			}
			r := analyze(t, file(t, modern+c.log), maps...)
			named := r.IP != nil && r.IP.Symbol == "nf_ct_seq_adjust" && r.IP.Offset == "0x9a" && r.IP.Module == "nf_conntrack"
			if named != c.want {
				t.Errorf("ip = %+v", r.IP)
			}
			if r.FaultAddress != "0xc" || r.Kind != "null-deref" || r.Arch != "x86_64" {
				t.Errorf("address %s, kind %s, arch %s", r.FaultAddress, r.Kind, r.Arch)
			}
			if !c.want && len(r.Missing) == 0 {
				t.Error("the report does not say that a map would name the addresses")
			}
		})
	}
}

// A crash of another subsystem: no match, and what would be needed is said.
func TestUnrelated(t *testing.T) {
	r := analyze(t, file(t, root+"logs/unrelated-ext4/oops.txt"))
	if r.Verdict.Status != "unknown" || len(r.Matches) != 0 {
		t.Errorf("verdict = %+v, matches = %+v", r.Verdict, r.Matches)
	}
	if r.Culprit == nil || r.Culprit.Symbol != "ext4_mb_good_group" {
		t.Errorf("culprit = %+v", r.Culprit)
	}
}

// The captured crashes of the story, in every form that netconsole and a serial port give them.
func TestCapturedConnlimit(t *testing.T) {
	dirs, err := filepath.Glob(root + "logs/captured/connlimit-*")
	if err != nil || len(dirs) < 8 {
		t.Fatalf("%d captured cases, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		for _, name := range []string{"netconsole.log", "netconsole-ext.log", "serial.log"} {
			t.Run(filepath.Base(dir)+"/"+name, func(t *testing.T) {
				r := analyze(t, file(t, dir+"/"+name))
				if r.Verdict.Status != "known" || r.Verdict.ID != entryID {
					t.Errorf("verdict = %+v", r.Verdict)
				}
				if r.IP == nil || r.IP.Symbol != "count_them" {
					t.Errorf("ip = %+v", r.IP)
				}
			})
		}
	}
}
