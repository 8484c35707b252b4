package disasm

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// fuzzLines are lines of several shapes and kinds of damage.
var fuzzLines = []string{
	benchLine, "", "Code:", "43 17 89 d9 8d 04 ........", "Code:  Bad EIP value.", "Code: <", "Code: (((",
	"Code: <8b\n> 04",
	"Code: d2bfd001 f2df7fe1 f2ffffe1 8b010273 (39000274)", "Code: ???????? (????????)", "Code: f06f ff5f (8053) f002",
	"Instruction dump:\n4bffff1c XXXXXXXX <7c0802a6>", "Krnl Code: c0 e5 00 0a <b9> 04 00 2c", "Code: 0f 6 <f3> 0f 1e",
	"Code: 62 f1 7c 48 28 0a <c4> e2 7d 2a 0c c7", "Code: 66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 <90>",
	"Code: 8b 42 fc <1>Unable to handle kernel 77 07", "Code: 3946 39 <8b> 04",
	"Code: 0123456789abcdef <0123456789abcdef>",
}

var fuzzArches = []Arch{I386, X8664, ARM, ARM64, MIPS, PPC64, RISCV64, S390X, LoongArch, Unknown, "", "nonsense"}

func FuzzParseCode(f *testing.F) {
	for _, line := range fuzzLines {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := ParseCode(text)
		if len(c.Units) == 0 {
			if c.Unit != 0 || c.Fault != -1 {
				t.Fatalf("no units, but width %d and fault %d", c.Unit, c.Fault)
			}
			return
		}
		if c.Unit != 1 && c.Unit != 2 && c.Unit != 4 {
			t.Fatalf("width %d", c.Unit)
		}
		if c.Fault < -1 || c.Fault >= len(c.Units) {
			t.Fatalf("fault %d of %d", c.Fault, len(c.Units))
		}
		for _, u := range c.Units {
			if len(u) != 2*c.Unit || strings.Trim(u, "0123456789abcdef") != "" && strings.Trim(u, "?") != "" {
				t.Fatalf("unit %q of width %d", u, c.Unit)
			}
		}
		// What was read, written again, reads the same.
		var again strings.Builder
		for i, u := range c.Units {
			if i == c.Fault {
				u = "<" + u + ">"
			}
			again.WriteString(u + " ")
		}
		d := ParseCode("Code: " + again.String())
		if again.Len() < maxCodeText-8 && (strings.Join(c.Units, " ") != strings.Join(d.Units, " ") || c.Fault != d.Fault) {
			t.Fatalf("%q reads %v, fault %d; written again %v, fault %d", text, c.Units, c.Fault, d.Units, d.Fault)
		}
	})
}

func FuzzDisassemble(f *testing.F) {
	for i, line := range fuzzLines {
		f.Add(line, byte(i), uint64(0xc0123456), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, text string, which byte, pc uint64, known bool) {
		req := Request{Arch: fuzzArches[int(which)%len(fuzzArches)], Code: ParseCode(text)}
		if known {
			req.PC = &pc
		}
		if which >= 128 {
			req.Bits = 16
		}
		if which%3 == 0 {
			req.Symbol = func(addr uint64) (string, uint64) { return "f", addr &^ 0xfff }
		}
		l := Disassemble(req)
		checkListing(t, req, l.Insts)
		if l.Confidence < 0 || l.Confidence > 1.000001 {
			t.Fatalf("confidence %f", l.Confidence)
		}
		for _, a := range Alignments(req) {
			checkListing(t, req, a.Insts)
		}
		e := Explain(l, map[string]uint64{"EAX": pc, "rbx": 0, "RSP": 1 << 63, "esi": 4, "r08": 5}, &pc)
		if e.Why == "" {
			t.Fatal("no reason")
		}
		Explain(l, nil, nil)
		offset := int64(pc & 0x3f)
		facts := Facts{Registers: map[string]uint64{"eax": pc, "RBX": 0, "rsp": 1 << 63, "esi": 4, "x0": pc, "a0": 0, "r3": pc,
			"sp": 0x1000, "x1": 0}, Func: "f", FuncOffset: &offset, FaultAddress: &pc, ErrorCode: &pc}
		for _, facts.Kind = range []string{"", "gpf", "warn", "double-fault", "null-deref", "divide-error"} {
			d := Diagnose(l, facts)
			if len(d.Origin.Steps) > maxSteps || d.Why("") == "" {
				t.Fatalf("%d steps, %q", len(d.Origin.Steps), d.Why(""))
			}
		}
		p := l.Pattern()
		if len(p.Bytes) != len(p.Mask) {
			t.Fatalf("%d bytes, %d of mask", len(p.Bytes), len(p.Mask))
		}
		p.Find(p.Bytes, 3)
	})
}

// TestLongLine holds that the longest lines are read whole and in a moment,
// whatever they are made of.
func TestLongLine(t *testing.T) {
	for _, units := range []string{"90", "00", "66", "0f", "?? 0f", "c4 e2 7d 2a", "e8 f3 0f 1e", "ff d6 06 c4 8b"} {
		text := "Code: " + strings.Repeat(units+" ", maxCodeText/3/len(strings.Fields(units))+1)
		for _, arch := range []Arch{I386, X8664, ARM64, S390X} {
			req := Request{Arch: arch, Code: ParseCode(text)}
			req.Code.Fault = 10000
			start := time.Now()
			checkListing(t, req, Disassemble(req).Insts)
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("%s, %q: %v", arch, units, d)
			}
		}
	}
}

// checkListing holds that a listing covers each unit once, in order.
func checkListing(t *testing.T, req Request, insts []Inst) {
	t.Helper()
	var want, got []byte
	for _, u := range req.Code.Units {
		b, err := hex.DecodeString(u)
		if err == nil {
			want = append(want, b...)
		}
	}
	faults := 0
	for i, in := range insts {
		got = append(got, in.Bytes...)
		size := len(in.Bytes)
		if size == 0 {
			size = 1
			if !req.Arch.isX86() {
				size = req.Code.Unit
			}
		}
		if i+1 < len(insts) && in.Offset+size != insts[i+1].Offset {
			t.Fatalf("%q: offset %d, %d bytes, next offset %d", in.Text, in.Offset, size, insts[i+1].Offset)
		}
		if in.Text == "" {
			t.Fatalf("offset %d has no text", in.Offset)
		}
		if in.Fault {
			faults++
			if in.Offset != 0 {
				t.Fatalf("the fault is at %d", in.Offset)
			}
		}
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("bytes % x, want % x", got, want)
	}
	known := req.Code.Fault >= 0 || req.PC != nil
	if len(req.Code.Units) > 0 && known && faults != 1 || faults > 1 {
		t.Fatalf("%d faults", faults)
	}
}

func FuzzSignature(f *testing.F) {
	f.Add(strings.Join(storyShape, "\n"), storyRef, "43 17 89 d9 8d 04 ........", true)
	f.Add("mov *(%a),%b\n...\ncall *\n...\n...", "", benchLine, false)
	f.Add("call **(%a)", "ff 50 18", "Code: <ff> 50 18", false)
	f.Add("%%%a*", "zz", "", true)
	f.Fuzz(func(t *testing.T, shape, ref, line string, i386 bool) {
		arch := X8664
		if i386 {
			arch = I386
		}
		var lines []string
		if shape != "" {
			lines = strings.Split(shape, "\n")
		}
		s, err := CompileSignature(arch, lines, ref)
		if (s == nil) != (err != nil) {
			t.Fatalf("signature %v, error %v", s, err)
		}
		if err != nil {
			return
		}
		h, ok := matchLine(s, arch, line)
		if ok != (h.How != "") || h.Bytes > h.Of || ok && h.How != "shape" && h.Bytes < minFragment {
			t.Fatalf("%v: %+v", ok, h)
		}
		// The reference encoding itself always matches.
		if len(s.ref) >= minFragment {
			if _, ok := matchLine(s, arch, spaced(s.ref)); !ok && len(s.ref) < 1000 {
				t.Fatal("the reference encoding does not match itself")
			}
		}
	})
}
