package triage

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/disasm"
)

// A dumper is objdump for one architecture.
type dumper struct {
	tool, machine, endian, option string
	want                          float64 // share of instructions that have to agree
}

var dumpers = map[disasm.Arch]dumper{
	disasm.X8664:   {"objdump", "i386:x86-64", "little", "att", 0.999},
	disasm.I386:    {"objdump", "i386", "little", "att", 0.999},
	disasm.ARM64:   {"aarch64-linux-gnu-objdump", "aarch64", "little", "", 1},
	disasm.ARM:     {"arm-linux-gnueabi-objdump", "arm", "little", "", 0.999},
	disasm.RISCV64: {"riscv64-linux-gnu-objdump", "riscv:rv64", "little", "", 0.99},
	disasm.PPC64:   {"powerpc64le-linux-gnu-objdump", "powerpc:common64", "big", "", 0.99},
	disasm.PPC:     {"powerpc64le-linux-gnu-objdump", "powerpc:common", "big", "", 0.99},
	disasm.S390X:   {"s390x-linux-gnu-objdump", "s390:64-bit", "big", "", 0.99},
	disasm.MIPS:    {"mips-linux-gnu-objdump", "mips:isa64r2", "big", "gpr-names=o32", 0.99},
}

// tolerated are the differences from objdump (binutils 2.40) that stay, by what objdump says, with the reason. The list
// of disasm's own oracle has more of them, which do not occur in logs.
var tolerated = map[string]string{
	"repz clac":  "eretu: binutils 2.40 does not know FRED",
	"repnz clac": "erets: the same",
}

// A dumped is one instruction as objdump reads it.
type dumped struct {
	length int
	text   string
}

var dumpedForm = regexp.MustCompile(`^\s*([0-9a-f]+):\t([0-9a-f ]+?)\s*\t(.*)$`)

// dump disassembles bytes with objdump, by their place.
func (d *dumper) dump(t *testing.T, code []byte) map[int]dumped {
	t.Helper()
	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, code, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-D", "-z", "-w", "-b", "binary", "-m", d.machine, "--endian=" + d.endian}
	if d.option != "" {
		args = append(args, "-M", d.option)
	}
	cmd := exec.Command(d.tool, append(args, file)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", d.tool, err)
	}
	all := map[int]dumped{}
	for line := range strings.Lines(string(out)) {
		m := dumpedForm.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		at, err := strconv.ParseInt(m[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		all[int(at)] = dumped{len(strings.ReplaceAll(m[2], " ", "")) / 2, plainText(m[3])}
	}
	return all
}

// plainText takes columns and comments out of an instruction's text, and the 0x that objdump leaves out before targets.
func plainText(text string) string {
	for _, mark := range []string{"//", " ;", "\t;", " @", "\t@", " # ", "\t# "} {
		if i := strings.Index(text, mark); i >= 0 {
			text = text[:i]
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if i := strings.LastIndexAny(text, " ,") + 1; strings.HasPrefix(text[i:], "0x") {
		text = text[:i] + text[i+2:]
	}
	return text
}

// memory returns the units of a line from its fault on as they lie in memory.
func (c *codeCase) memory(little bool) []byte {
	var out []byte
	code := &c.a.request.Code
	for _, u := range code.Units[max(code.Fault, 0):] {
		b, err := hex.DecodeString(u)
		if err != nil {
			return out // unreadable: what follows has no place
		}
		if little && len(b) > 1 {
			for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
				b[i], b[j] = b[j], b[i]
			}
		}
		out = append(out, b...)
	}
	return out
}

// filler is what stands between the lines: so many nops that the next line begins on a boundary.
func filler(arch disasm.Arch, n int) []byte {
	switch arch {
	case disasm.X8664, disasm.I386:
		return bytes.Repeat([]byte{0x90}, n)
	case disasm.S390X:
		return bytes.Repeat([]byte{0x07}, n) // nopr %r7
	case disasm.ARM64:
		out := make([]byte, 0, n)
		for len(out) < n {
			out = binary.LittleEndian.AppendUint32(out, 0xd503201f)
		}
		return out[:n]
	}
	return make([]byte, n)
}

// The instructions from the fault on are those that objdump reads, in every Code: line of the logs.
func TestOracleOfLogs(t *testing.T) {
	cases := map[disasm.Arch][]codeCase{}
	for _, c := range codeCases(t) {
		cases[c.a.request.Arch] = append(cases[c.a.request.Arch], c)
	}
	met := map[string]int{}
	for _, arch := range slices.Sorted(maps.Keys(cases)) {
		list := cases[arch]
		d, ok := dumpers[arch]
		if !ok {
			t.Logf("%-10s %4d lines, which no objdump of this test reads", arch, len(list))
			continue
		}
		if _, err := exec.LookPath(d.tool); err != nil {
			if os.Getenv("NFOOPS_ORACLE") == "require" && d.want >= 0.999 && arch != disasm.ARM {
				t.Fatalf("NFOOPS_ORACLE=require, and %s is missing", d.tool)
			}
			t.Logf("%-10s %4d lines: THE ORACLE DOES NOT RUN: %s is missing", arch, len(list), d.tool)
			continue
		}
		d.compare(t, arch, list, met)
	}
	for text := range tolerated {
		if met[text] == 0 {
			t.Logf("the accepted difference %q does not occur in these logs", text)
		}
	}
}

// compare holds all lines of an architecture against objdump and prints the row of the table.
func (d *dumper) compare(t *testing.T, arch disasm.Arch, list []codeCase, met map[string]int) {
	t.Helper()
	const slot = 64
	var image []byte
	starts := make([]int, len(list))
	for i := range list {
		starts[i] = len(image)
		image = append(image, list[i].memory(d.endian == "little")...)
		image = append(image, filler(arch, 2*slot-len(image)%slot)...)
	}
	dump := d.dump(t, image)
	total, equal, accepted, marked, markedRight := 0, 0, 0, 0, 0
	for i := range list {
		c := &list[i]
		end := starts[i] + len(c.memory(false))
		pc := uint64(starts[i])
		req := c.a.request
		req.PC, req.Symbol = &pc, nil
		for _, in := range disasm.Disassemble(req).Insts {
			at := starts[i] + in.Offset
			want, ok := dump[at]
			if in.Offset < 0 || in.Bytes == nil || at >= end || ok && at+want.length > end ||
				at+len(in.Bytes) == end && strings.HasSuffix(in.Text, "(cut)") {
				continue // before the fault, unreadable, or cut by the end of the line
			}
			if in.Fault && req.Code.Fault >= 0 {
				marked++
			}
			total++
			got := plainText(in.Text)
			switch {
			case ok && want.length == len(in.Bytes) && (got == want.text || strings.HasPrefix(want.text, ".") &&
				strings.HasPrefix(got, ".")):
				equal++
			case tolerated[want.text] != "":
				accepted++
				met[want.text]++
			default:
				t.Logf("%s: %s:%d: % x: objdump %q, here %q", arch, c.file, c.line, in.Bytes, want.text, got)
				continue
			}
			if in.Fault && req.Code.Fault >= 0 {
				markedRight++
			}
		}
	}
	t.Logf("%-10s %4d lines, %5d instructions from the fault on, %5d equal, %d accepted: %.2f %%; marked: %d of %d",
		arch, len(list), total, equal, accepted, 100*float64(equal+accepted)/float64(max(total, 1)), markedRight, marked)
	if float64(equal+accepted) < d.want*float64(total) {
		t.Errorf("%s: %d of %d are equal, less than %.1f %%", arch, equal+accepted, total, 100*d.want)
	}
	if markedRight != marked {
		t.Errorf("%s: %d of %d marked instructions are right", arch, markedRight, marked)
	}
}
