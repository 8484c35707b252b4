package disasm

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// accepted16 are the differences from objdump (binutils 2.40) in 16-bit code that
// stay, by the bytes, with the reason.
var accepted16 = map[string]string{
	"8d369090":       "an absolute address: objdump gives it a sign",
	"678b0590909090": "addr32 is how the address got 32 bits: objdump prints the prefix all the same",
}

// TestOracle16 compares what 16-bit code can hold with objdump.
func TestOracle16(t *testing.T) {
	needTools(t, "objdump")
	const slot = 32
	var code []byte
	for field := range strings.FieldsSeq(oracleBytes) {
		field, only, _ := strings.Cut(field, "/")
		b, err := hex.DecodeString(field)
		if err != nil {
			t.Fatalf("%q: %v", field, err)
		}
		in, ok := decodeWhole(append(append([]byte{}, b...), make([]byte, maxX86Len)...), 16)
		if only == "64" || !ok || in.ext != nil || in.asm.Prefix[0].IsVEX() || in.asm.Prefix[0].IsEVEX() ||
			strings.HasPrefix(field, "0f01c8") || strings.Contains(field, "0f38f6") {
			continue // newer than any such code
		}
		code = append(append(code, b...), bytes.Repeat([]byte{0x90}, slot-len(b))...)
	}
	total := 0
	for _, line := range objdump(t, code, "i8086") {
		if line.at%slot != 0 || strings.Contains(line.text, "(bad)") {
			continue
		}
		total++
		rest := code[line.at : line.at+maxX86Len]
		in, _ := decodeWhole(rest, 16)
		if got := normal(in.gnuText(rest, &line.at, nil)); (got != line.text || in.asm.Len != len(line.code)) &&
			accepted16[hex.EncodeToString(line.code)] == "" {
			t.Errorf("% x: got %q, want %q", line.code, got, line.text)
		}
	}
	t.Logf("%d instructions", total)
	if total < 350 {
		t.Errorf("objdump shows %d instructions", total)
	}
}

func TestSegmentOf16Bits(t *testing.T) {
	req := Request{Arch: I386, Bits: 16, Code: ParseCode("Code: 8e d8 <8b> 47 02 c3")}
	l := Disassemble(req)
	var got []string
	for i := range l.Insts {
		got = append(got, l.Insts[i].Text)
	}
	if want := "mov 0x2(%bx),%ax|ret"; strings.Join(got[len(got)-2:], "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	fault := uint64(0x90012)
	d := Diagnose(l, Facts{Kind: "paging-request", Registers: map[string]uint64{"ebx": 0x10}, FaultAddress: &fault})
	if want := "reads 2 bytes at 0x12 = %bx (0x10) + 0x2, in a segment of 16 bits whose base is not known"; d.Effect.Why != want {
		t.Errorf("got %q, want %q", d.Effect.Why, want)
	}
}
