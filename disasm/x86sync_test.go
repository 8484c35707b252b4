package disasm

import (
	"os"
	"strings"
	"testing"
)

// A window is a Code: line whose instruction boundaries are known.
type window struct {
	arch   Arch
	code   CodeLine
	starts map[int]bool // offsets from the fault at which instructions begin
}

func readWindows(t testing.TB) []window {
	t.Helper()
	data, err := os.ReadFile("testdata/windows.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []window
	for line := range strings.Lines(string(data)) {
		head, text, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		arch, _, _ := strings.Cut(head, " ")
		w := window{arch: Arch(arch), code: ParseCode(text), starts: map[int]bool{0: true}}
		for i, field := range strings.Fields(text) {
			if strings.HasPrefix(field, "|") {
				w.starts[i-w.code.Fault] = true
			}
		}
		all = append(all, w)
	}
	if len(all) < 100 {
		t.Fatalf("%d windows", len(all))
	}
	return all
}

// cutFront drops n bytes off the front of a line.
func cutFront(c CodeLine, n int) CodeLine {
	c.Units = c.Units[n:]
	c.Fault -= n
	return c
}

// TestSynchronisation cuts up to 20 bytes off the front of lines with known
// boundaries. What is marked reliable has to be right, and enough has to be
// marked.
func TestSynchronisation(t *testing.T) {
	var all, reliable, right, faults, lines int
	for _, w := range readWindows(t) {
		for n := range 21 {
			lines++
			l := Disassemble(Request{Arch: w.arch, Code: cutFront(w.code, n)})
			for _, in := range l.Insts {
				if in.Fault && in.Offset == 0 && in.Text != "(bad)" {
					faults++
				}
				if in.Offset >= 0 || in.x86 == nil {
					continue
				}
				all++
				if !in.Reliable {
					continue
				}
				reliable++
				if w.starts[in.Offset] && w.starts[in.Offset+len(in.Bytes)] {
					right++
				} else {
					t.Logf("wrong: %s, %d bytes cut: %d: %s", w.arch, n, in.Offset, in.Text)
				}
			}
		}
	}
	t.Logf("%d lines, %d instructions before the fault, %d reliable, %d of them right", lines, all, reliable, right)
	if faults != lines {
		t.Errorf("%d of %d faults found", faults, lines)
	}
	if float64(right) < 0.995*float64(reliable) {
		t.Errorf("%d of %d reliable instructions are right, want 99.5 %%", right, reliable)
	}
	if float64(reliable) < 0.80*float64(all) {
		t.Errorf("%d of %d instructions are reliable, want 80 %%", reliable, all)
	}
}

// TestSynchronisationInGarbage puts bytes in front that are no code at all.
func TestSynchronisationInGarbage(t *testing.T) {
	for _, w := range readWindows(t) {
		c := w.code
		c.Units = append(strings.Fields(strings.Repeat("ff d6 06 c4 ", 10)), c.Units...)
		c.Fault += 40
		for _, in := range Disassemble(Request{Arch: w.arch, Code: c}).Insts {
			if in.Offset > -20 && in.Offset < 0 && in.Reliable && !w.starts[in.Offset] {
				t.Errorf("%s: %d: %s is reliable and wrong", w.arch, in.Offset, in.Text)
			}
		}
	}
}
