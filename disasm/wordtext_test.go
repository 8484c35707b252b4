package disasm

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestWordText reads instructions of all architectures as objdump does.
func TestWordText(t *testing.T) {
	data, err := os.ReadFile("testdata/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		head, rest, _ := strings.Cut(line, ": ")
		units, want, _ := strings.Cut(rest, " | ")
		arch, width, _ := strings.Cut(head, " ")
		unit, err := strconv.Atoi(width)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		l := Disassemble(Request{Arch: Arch(arch), Code: CodeLine{Units: strings.Fields(units), Unit: unit}})
		if got := wordNormal(l.Insts[0].Text); got != wordNormal(want) {
			t.Errorf("%s: %q, want %q", head+" "+units, got, want)
		}
		count[head]++
	}
	for _, head := range []string{"arm 4", "arm 2", "riscv64 2", "ppc64 4", "s390x 1", "mips 4", "mips64 4"} {
		if count[head] < 40 {
			t.Errorf("%d instructions of %s", count[head], head)
		}
	}
}
