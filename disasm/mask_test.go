package disasm

import (
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What the running kernel writes anew does not keep code from being found.
func TestPattern(t *testing.T) {
	const body = "48 8b 43 40 48 83 78 08 01 0f 97 c0 "
	for _, tt := range []struct {
		name       string
		arch       Arch
		log, image string
		found      bool
	}{
		{"the same bytes", X8664, body + "<48> 89 f7 c3", body + "48 89 f7 c3", true},
		{"another byte", X8664, body + "<48> 89 f7 90", body + "48 89 f6 90", false},
		{"a call, relocated", X8664, body + "<48> 89 f7 e8 a5 5f c9 cc", body + "48 89 f7 e8 00 00 00 00", true},
		{"an address, relocated", X8664, body + "<48> c7 c7 40 60 46 c0", body + "48 c7 c7 00 00 00 00", true},
		{"a small number stays", X8664, body + "<48> c7 c7 40 00 00 00", body + "48 c7 c7 00 00 00 00", false},
		{"a variable beside the code", X8664, body + "<48> 8b 3d a1 5f c9 cc", body + "48 8b 3d 00 00 00 00", true},
		{"per-CPU", X8664, body + "<65> ff 05 24 b6 b3 3f", body + "65 ff 05 00 00 00 00", true},
		{"one processor: lock becomes ds", X8664, body + "<3e> ff 40 08", body + "f0 ff 40 08", true},
		{"the tracer's call", X8664, "0f 1f 44 00 00 " + body + "<48> 89 f7", "e8 00 00 00 00 " + body + "48 89 f7", true},
		{"a static branch", X8664, body + "<48> 89 f7 e9 10 02 00 00", body + "48 89 f7 0f 1f 44 00 00", true},
		{"a return thunk", X8664, body + "<48> 89 f7 c3 cc cc cc cc", body + "48 89 f7 e9 00 00 00 00", true},
		{"clac is an alternative", X8664, body + "0f 01 ca <48> 89 f7", body + "90 90 90 48 89 f7", true},
		{"no retpoline", X8664, body + "<48> 89 f7 ff d0", body + "48 89 f7 e8 00", true},
		{"i386: the nop has the form of lea", I386, "3e 8d 74 26 00 55 89 e5 57 56 53 83 ec 0c <8b> 78 0c",
			"e8 fc ff ff ff 55 89 e5 57 56 53 83 ec 0c 8b 78 0c", true},
		{"i386: an address", I386, "55 89 e5 57 56 53 83 ec 0c <8b> 3d 50 99 5f c1", "55 89 e5 57 56 53 83 ec 0c 8b 3d 00 00 00 00", true},
		{"arm64", ARM64, "aa1e03e9 d503201f d2800000 d503233f (f9402400)", "1f2003d5 1f2003d5 000080d2 3f2303d5 002440f9", true},
		{"arm64, a call", ARM64, "97fcf6fe d2800000 d2800001 (f9402400)", "00000094 000080d2 010080d2 002440f9", true},
		{"arm64, another load", ARM64, "97fcf6fe d2800000 d2800001 (f9402400)", "00000094 000080d2 010080d2 002840f9", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := Disassemble(Request{Arch: tt.arch, Code: ParseCode("Code: " + tt.log)})
			p := l.Pattern()
			if len(p.Bytes) != len(p.Mask) {
				t.Fatalf("%d bytes, %d of mask", len(p.Bytes), len(p.Mask))
			}
			image := append(make([]byte, 100), unhex(t, tt.image)...)
			places := p.Find(image, 2)
			if found := len(places) == 1 && places[0] == 100; found != tt.found {
				t.Errorf("found at %v, want %v\n%x\n%x", places, tt.found, p.Bytes, p.Mask)
			}
		})
	}
}

func BenchmarkFind(b *testing.B) {
	p := Disassemble(Request{Arch: X8664, Code: ParseCode(benchDiagnosed)}).Pattern()
	image := make([]byte, 16<<20)
	for i := range image {
		image[i] = byte(i * i >> 7)
	}
	b.SetBytes(int64(len(image)))
	b.ReportAllocs()
	for b.Loop() {
		p.Find(image, 10)
	}
}
