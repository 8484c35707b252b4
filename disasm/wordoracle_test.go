package disasm

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A wordOracle is objdump for an architecture whose instructions are aligned.
type wordOracle struct {
	arch    Arch
	prefix  string // of the tools' names
	machine string
	endian  string // of objdump: "little" or "big"
	unit    int    // bytes of one unit, as the kernel prints it
	option  string // of objdump
}

var wordOracles = []wordOracle{
	{ARM64, "aarch64-linux-gnu-", "aarch64", "little", 4, ""},
	{ARM, "arm-linux-gnueabi-", "arm", "little", 4, ""},
	{RISCV64, "riscv64-linux-gnu-", "riscv:rv64", "little", 2, ""},
	{PPC64, "powerpc64le-linux-gnu-", "powerpc:common64", "little", 4, ""},
	{S390X, "s390x-linux-gnu-", "s390:64-bit", "big", 1, ""},
	{MIPS, "mips-linux-gnu-", "mips:isa64r2", "big", 4, "gpr-names=o32"},
}

func oracleFor(arch Arch) *wordOracle {
	for i := range wordOracles {
		if wordOracles[i].arch == arch {
			return &wordOracles[i]
		}
	}
	return nil
}

// need skips the test, loudly, where the tools are missing. Only arm64's are
// required where the environment asks for it: they are what CI installs.
func (o *wordOracle) need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(o.prefix + tool); err != nil {
			if o.arch == ARM64 && os.Getenv("NFOOPS_ORACLE") == "require" {
				t.Fatalf("NFOOPS_ORACLE=require, and %s%s is missing", o.prefix, tool)
			}
			t.Skipf("THE ORACLE DOES NOT RUN: %s%s is missing; nothing is compared with objdump here", o.prefix, tool)
		}
	}
}

// text returns what objdump makes of code, by the offset in code, with the bytes
// as objdump prints them.
func (o *wordOracle) text(t *testing.T, code []byte) []oracleLine {
	t.Helper()
	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, code, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-D", "-z", "-b", "binary", "-m", o.machine, "--endian=" + o.endian, file}
	if o.option != "" {
		args = append([]string{"-M", o.option}, args...)
	}
	cmd := exec.Command(o.prefix+"objdump", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("objdump: %v", err)
	}
	var lines []oracleLine
	for line := range strings.Lines(string(out)) {
		m := wordLineForm.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		at, _ := strconv.ParseUint(m[1], 16, 64)
		b, err := hex.DecodeString(strings.ReplaceAll(m[2], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, oracleLine{at, b, wordNormal(m[3])})
	}
	return lines
}

var wordLineForm = regexp.MustCompile(`^\s*([0-9a-f]+):\t([0-9a-f ]+?)\s*\t(.*)$`)

// wordNormal takes comments and columns out of a text, and the 0x that objdump
// leaves out before the target of a branch.
func wordNormal(text string) string {
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

// read is the text that this package has for the instruction at the start of code.
func (o *wordOracle) read(in *oracleLine) Inst {
	var units []string
	printed := hex.EncodeToString(in.code)
	for i := 0; i+2*o.unit <= len(printed); i += 2 * o.unit {
		units = append(units, printed[i:i+2*o.unit])
	}
	if o.unit == 2 && len(units) == 2 {
		units[0], units[1] = units[1], units[0] // objdump prints a word, the kernel two halves
	}
	pc := in.at
	return Disassemble(Request{Arch: o.arch, Code: CodeLine{Units: units, Unit: o.unit}, PC: &pc}).Insts[0]
}

// wordAccepted are the differences from objdump (binutils 2.40) that stay, by the
// text of objdump, with the reason.
var wordAccepted = map[string]string{
	"hint #0x6": "dgh: binutils 2.40 has the name only for newer architectures",
}

// compare reads every instruction and returns how many there are and what differs.
func (o *wordOracle) compare(lines []oracleLine) (total int, wrong []string) {
	for i := range lines {
		in := &lines[i]
		if strings.HasPrefix(in.text, ".") {
			continue // objdump knows no instruction either
		}
		total++
		got := o.read(in)
		if text := wordNormal(got.Text); text != in.text && wordAccepted[in.text] == "" {
			wrong = append(wrong, fmt.Sprintf("%x: objdump %q, here %q", in.code, in.text, got.Text))
		}
	}
	return total, wrong
}

// TestOracleArm64 assembles one of each kind of instruction and compares.
func TestOracleArm64(t *testing.T) {
	o := oracleFor(ARM64)
	o.need(t, "as", "objcopy", "objdump")
	dir := t.TempDir()
	object, raw := filepath.Join(dir, "a.o"), filepath.Join(dir, "a.bin")
	for _, cmd := range []*exec.Cmd{
		exec.Command(o.prefix+"as", "-o", object, "testdata/arm64.s"),
		exec.Command(o.prefix+"objcopy", "-O", "binary", "-j", ".text", object, raw),
	} {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
	code, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	total, wrong := o.compare(o.text(t, code))
	t.Logf("%d instructions, %d differ", total, len(wrong))
	for _, w := range wrong {
		t.Error(w)
	}
	if total < 600 {
		t.Errorf("objdump shows %d instructions only", total)
	}
}

// TestOracleLogs compares every word of the Code: lines of the captured logs.
func TestOracleLogs(t *testing.T) {
	o := oracleFor(ARM64)
	o.need(t, "objdump")
	var code []byte
	for _, line := range codeLines(t, "*arm64*") {
		for _, u := range ParseCode(line).Units {
			b, err := hex.DecodeString(u)
			if err == nil && len(b) == 4 {
				code = binary.LittleEndian.AppendUint32(code, binary.BigEndian.Uint32(b))
			}
		}
	}
	total, wrong := o.compare(o.text(t, code))
	t.Logf("%d instructions, %d differ", total, len(wrong))
	for _, w := range wrong {
		t.Error(w)
	}
	if total < 15 {
		t.Errorf("the logs hold %d instructions only", total)
	}
}

// codeLines returns the Code: lines of the captured logs that match a pattern.
func codeLines(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob("../testdata/logs/captured/" + pattern + "/serial.log")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if i := strings.Index(line, "Code: "); i >= 0 && !strings.Contains(line, "Unable") {
				out = append(out, strings.TrimSpace(line[i:]))
			}
		}
	}
	return out
}
