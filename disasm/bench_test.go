package disasm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// benchLine is a line of 64 bytes as 2.6.18 to 7.x print it, from
// testdata/windows.txt.
const benchLine = "Code: b6 57 08 01 d0 0f b6 57 07 c1 e2 18 01 d6 0f b6 57 06 c1 e2 10 01 d6 0f b6 57 " +
	"05 c1 e2 08 01 d6 0f b6 57 04 01 d6 31 f0 c1 ee 12 <29> f0 c3 0f 1f 44 00 00 89 " +
	"d6 eb a4 66 66 2e 0f 1f 84 00 00 00"

func BenchmarkParseCode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseCode(benchLine)
	}
}

func BenchmarkDisassemble(b *testing.B) {
	req := Request{Arch: X8664, Code: ParseCode(benchLine)}
	b.ReportAllocs()
	for b.Loop() {
		Disassemble(req)
	}
}

func BenchmarkExplain(b *testing.B) {
	req := Request{Arch: X8664, Code: ParseCode(benchLine)}
	regs := map[string]uint64{"RAX": 0, "RDI": 0x10, "RSI": 1, "RDX": 2, "RBX": 3, "RCX": 4, "RSP": 5, "RBP": 6}
	addr := uint64(0x18)
	l := Disassemble(req)
	b.ReportAllocs()
	for b.Loop() {
		Explain(l, regs, &addr)
	}
}

func BenchmarkMatch(b *testing.B) {
	s, err := CompileSignature(X8664, []string{"mov *(%a),%b", "...", "mov %c,*(%b)", "jne *"}, "")
	if err != nil {
		b.Fatal(err)
	}
	req := Request{Arch: X8664, Code: ParseCode(benchLine)}
	l := Disassemble(req)
	b.ReportAllocs()
	for b.Loop() {
		s.Match(req, l)
	}
}

func BenchmarkFragment(b *testing.B) {
	s := storySignature(b)
	req := Request{Arch: I386, Code: ParseCode("43 17 89 d9 8d 04 ........")}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.Match(req, Disassemble(req)); !ok {
			b.Fatal("no match")
		}
	}
}

// benchFacts are registers that fit benchLine as far as they have to.
func benchFacts() Facts {
	addr, offset := uint64(0x18), int64(0x3b)
	return Facts{Kind: "null-deref", FaultAddress: &addr, FuncOffset: &offset, Func: "mix", Registers: map[string]uint64{
		"rax": 0, "rdi": 0x10, "rsi": 1, "rdx": 2, "rbx": 3, "rcx": 4, "rsp": 0xffffc90000001000, "rbp": 6,
		"r8": 0, "r9": 1, "r10": 2, "r11": 3, "r12": 4, "r13": 5, "r14": 6, "r15": 7}}
}

func BenchmarkDiagnose(b *testing.B) {
	l := Disassemble(Request{Arch: X8664, Code: ParseCode(benchDiagnosed)})
	f := benchFacts()
	b.ReportAllocs()
	for b.Loop() {
		Diagnose(l, f)
	}
}

// benchDiagnosed is the line of a use after free, whose pointer comes through a
// load from what a call returned.
const benchDiagnosed = "Code: 78 00 00 00 be c0 0d 00 00 48 8b 3d a1 5f c9 cc e8 84 e5 b8 cb 48 85 c0 74 20 48 89 c7 48 89 c3 e8 c4 " +
	"e9 b8 cb 48 8b 43 40 5b <48> 83 78 08 01 0f 97 c0 0f b6 c0 c3 cc cc cc cc b8 f4 ff ff ff 5b"

// BenchmarkWhole is all of it: the line parsed, decoded and explained.
func BenchmarkWhole(b *testing.B) {
	f := benchFacts()
	b.ReportAllocs()
	for b.Loop() {
		l := Disassemble(Request{Arch: X8664, Code: ParseCode(benchDiagnosed)})
		d := Diagnose(l, f)
		if d.Effect.Access == "" {
			b.Fatal("no access")
		}
	}
}

// BenchmarkAgainstDecodecode prints how many times faster one line is parsed,
// decoded and explained here than by the kernel's scripts/decodecode, in one run.
// NFOOPS_DECODECODE names the script, as Debian's linux-source has it. Without it,
// only the least is run that the script can't do without: as, strip and objdump
// for all bytes, and once more from the fault on; the script starts more
// than a hundred programs.
func BenchmarkAgainstDecodecode(b *testing.B) {
	for _, tool := range []string{"as", "objdump", "strip"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skip(tool + " is missing")
		}
	}
	fork := forkTools
	if script := os.Getenv("NFOOPS_DECODECODE"); script != "" {
		fork = func(b *testing.B, _ string) {
			b.Helper()
			cmd := exec.Command("bash", script)
			cmd.Stdin = strings.NewReader(benchDiagnosed + "\n")
			// Its exit status is 1 in any case.
			if out, err := cmd.CombinedOutput(); !strings.Contains(string(out), "<-- trapping instruction") {
				b.Fatalf("%v: %d bytes of output", err, len(out))
			}
		}
	}
	dir := b.TempDir()
	f := benchFacts()
	const rounds = 200 // of ours to one of theirs
	var theirs, ours time.Duration
	for b.Loop() {
		begin := time.Now()
		for range rounds {
			l := Disassemble(Request{Arch: X8664, Code: ParseCode(benchDiagnosed)})
			if d := Diagnose(l, f); d.Effect.Access == "" {
				b.Fatal("no access")
			}
		}
		ours += time.Since(begin) / rounds
		begin = time.Now()
		fork(b, dir)
		theirs += time.Since(begin)
	}
	b.ReportMetric(float64(theirs)/float64(b.N), "theirs-ns")
	b.ReportMetric(float64(ours)/float64(b.N), "nfoops-ns")
	b.ReportMetric(float64(theirs)/float64(ours), "times-faster")
	b.ReportMetric(0, "ns/op")
}

// forkTools reads one line with the tools that decodecode is built on.
func forkTools(b *testing.B, dir string) {
	b.Helper()
	c := ParseCode(benchDiagnosed)
	source, object := filepath.Join(dir, "c.s"), filepath.Join(dir, "c.o")
	for _, units := range [][]string{c.Units, c.Units[c.Fault:]} {
		text := ".text\n.globl text\ntext:\n\t.byte 0x" + strings.Join(units, ",0x") + "\n"
		if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		for _, args := range [][]string{{"as", "-o", object, source}, {"strip", object}, {"objdump", "-S", object}} {
			if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
				b.Fatalf("%v: %v\n%s", args, err, out)
			}
		}
	}
}
