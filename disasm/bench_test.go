package disasm

import "testing"

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
