package triage

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops"
)

const logs = "../../../testdata/"

// first analyzes the first crash of a log.
func first(t testing.TB, name string) *analysis {
	t.Helper()
	f, err := os.Open(filepath.FromSlash(logs + name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var p oops.Parser
	for c, err := range p.Crashes(f) {
		if err != nil {
			t.Fatal(err)
		}
		base, err := kb.Load()
		if err != nil {
			t.Fatal(err)
		}
		a := &analysis{crash: c, src: Sources{KB: base}, r: fromCrash(c)}
		a.symbolise(t.Context())
		a.decode()
		a.match(t.Context())
		a.explain(t.Context())
		return a
	}
	t.Fatalf("%s: no crash", name)
	return nil
}

// Each captured crash gets the cause that its source code has.
func TestCause(t *testing.T) {
	for _, c := range []struct {
		log    string
		kind   disasm.CauseKind
		base   string // register, "" where none holds the pointer
		offset int64
	}{
		{"logs/captured/connlimit-natural-kaslr", disasm.NullFolded, "", 0xe0},
		{"logs/captured/connlimit-natural-nokaslr", disasm.NullFolded, "", 0xe0},
		{"logs/captured/connlimit-natural-i386", disasm.NullFolded, "", 0xb8},
		{"logs/captured/connlimit-natural-5.10", disasm.NullFolded, "", 0xe8},
		{"logs/captured/connlimit-natural-6.12", disasm.NullFolded, "", 0xe0},
		{"logs/captured/connlimit-natural-arm64", disasm.NullField, "x0", 0xe0},
		{"logs/captured/connlimit-r-kaslr", disasm.NullField, "rdx", 0xe0},
		{"logs/captured/connlimit-r-nokaslr", disasm.NullField, "rdx", 0xe0},
		{"logs/captured/connlimit-r-i386", disasm.NullField, "esi", 0xb8},
		{"logs/captured/connlimit-r-5.10", disasm.NullField, "rdx", 0xe8},
		{"logs/captured/connlimit-r-6.12", disasm.NullField, "rdx", 0xe0},
		{"logs/captured/connlimit-r-arm64", disasm.NullField, "x1", 0xe0},
		{"logs/captured/menagerie-bug-5.10", disasm.BugTrap, "", 0},
		{"logs/captured/menagerie-bug-6.12", disasm.BugTrap, "", 0},
		{"logs/captured/menagerie-bug-amd64", disasm.BugTrap, "", 0},
		{"logs/captured/menagerie-bug-arm64", disasm.BugTrap, "", 0},
		{"logs/captured/menagerie-bug-i386", disasm.BugTrap, "", 0},
		{"logs/captured/menagerie-divide-amd64", disasm.DivideByZero, "ecx", 0},
		{"logs/captured/menagerie-divide-5.10", disasm.DivideByZero, "ecx", 0},
		{"logs/captured/menagerie-exec-data-amd64", disasm.ExecData, "", 0},
		{"logs/captured/menagerie-hardirq-null-amd64", disasm.NullField, "rax", 0x50},
		{"logs/captured/menagerie-list-del-twice-amd64", disasm.ListTrap, "", 0},
		{"logs/captured/menagerie-list-poison-amd64", disasm.ListPoison, "rax", 0x50},
		{"logs/captured/menagerie-nested-oops-amd64", disasm.NullField, "rax", 0x50},
		{"logs/captured/menagerie-non-canonical-amd64", disasm.NonCanonical, "rax", 0x48},
		{"logs/captured/menagerie-non-canonical-5.10", disasm.NonCanonical, "rax", 0x48},
		{"logs/captured/menagerie-null-call-amd64", disasm.NullCall, "", 0},
		{"logs/captured/menagerie-null-call-6.12", disasm.NullCall, "", 0},
		{"logs/captured/menagerie-null-read-arm64", disasm.NullField, "x0", 0x48},
		{"logs/captured/menagerie-refcount-underflow-amd64", disasm.RefcountTrap, "", 0},
		{"logs/captured/menagerie-stack-overflow-amd64", disasm.StackOverflow, "rsp", -8},
		{"logs/captured/menagerie-stack-overflow-5.10", disasm.StackOverflow, "rsp", -8},
		{"logs/captured/menagerie-stack-overflow-6.12", disasm.StackOverflow, "rsp", -16},
		{"logs/captured/menagerie-two-cpus-amd64", disasm.WarnTrap, "", 0},
		{"logs/captured/menagerie-uaf-amd64", disasm.UseAfterFree, "rax", 8},
		{"logs/captured/menagerie-warn-amd64", disasm.WarnTrap, "", 0},
		{"logs/captured/menagerie-warn-i386", disasm.WarnTrap, "", 0},
		{"logs/captured/menagerie-warn-text-amd64", disasm.WarnTrap, "", 0},
		{"logs/captured/menagerie-write-rodata-amd64", disasm.WriteReadOnly, "rax", 0},
		{"kernels/connlimit-2.6.11/oops.txt", disasm.NullField, "eax", 0x54},
		{"kernels/connlimit-2.6.11/oops-nosyms.txt", disasm.NullField, "eax", 0x54},
		{"kernels/connlimit-2.6.11/oops-null-found.txt", disasm.NullField, "ebx", 0x17},
	} {
		t.Run(c.log, func(t *testing.T) {
			name := c.log
			if !strings.HasSuffix(name, ".txt") {
				name += "/serial.log"
			}
			d := first(t, name).diag
			got := fmt.Sprintf("%s %q %#x", d.Cause.Kind, d.Effect.Base, d.Effect.Offset)
			if want := fmt.Sprintf("%s %q %#x", c.kind, c.base, c.offset); got != want {
				t.Errorf("cause %s, want %s: %s", got, want, d.Why(""))
			}
		})
	}
}

// In a dump of connlimit's fault the sentence names the variable, the NULL, the field and the function that should
// have set it.
func TestCauseOfConnlimit(t *testing.T) {
	logs, err := filepath.Glob(logs + "logs/captured/connlimit-*")
	if err != nil || len(logs) < 8 {
		t.Fatalf("%d logs: %v", len(logs), err)
	}
	names := []string{"kernels/connlimit-2.6.11/oops.txt", "kernels/connlimit-2.6.11/oops-nosyms.txt"}
	for _, l := range logs {
		names = append(names, "logs/captured/"+filepath.Base(l)+"/serial.log")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			cause := first(t, name).r.Cause
			if cause == nil {
				t.Fatal("no cause")
			}
			for _, word := range []string{"found_ct", "NULL", "proto.tcp.state", "tuplehash_to_ctrack()"} {
				if !strings.Contains(cause.Summary, word) {
					t.Errorf("the sentence lacks %s: %s", word, cause.Summary)
				}
			}
		})
	}
}

// The address that the instruction computes is the one that the log prints.
func TestCauseAgrees(t *testing.T) {
	const needed = 0.97
	explained := map[string]string{} // log to the reason why its address is another one
	var files []string
	for _, pattern := range []string{"logs/*/*/serial.log", "logs/*/oops*.txt", "kernels/*/oops*.txt"} {
		some, err := filepath.Glob(logs + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, some...)
	}
	agree, other := 0, 0
	for _, file := range files {
		name := strings.TrimPrefix(filepath.ToSlash(file), logs)
		a := first(t, name)
		e := &a.effect
		if e.Access == "" || e.Agrees == nil || !a.faulted() {
			continue
		}
		switch {
		case *e.Agrees:
			agree++
		case explained[name] != "":
			t.Logf("%s: %s", name, explained[name])
			other++
		default:
			t.Errorf("%s: %s", name, e.Why)
			other++
		}
	}
	t.Logf("%d of %d addresses agree", agree, agree+other)
	if agree < 20 || float64(agree) < needed*float64(agree+other) {
		t.Errorf("%d of %d addresses agree, at least %v are wanted", agree, agree+other, needed)
	}
}
