package disasm

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// needTools skips the test where a program is missing, or fails it where the
// environment says that the oracle has to run.
func needTools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("NFOOPS_ORACLE") == "require" {
				t.Fatalf("NFOOPS_ORACLE=require, and %s is missing", name)
			}
			t.Skipf("THE ORACLE DOES NOT RUN: %s is missing; nothing is compared with objdump here", name)
		}
	}
}

// An oracleLine is one instruction as objdump reads it.
type oracleLine struct {
	at   uint64
	code []byte
	text string
}

var oracleLineForm = regexp.MustCompile(`^\s*([0-9a-f]+):\t([0-9a-f ]+)\t(.*)$`)

// objdump disassembles raw bytes.
func objdump(t *testing.T, code []byte, arch Arch) []oracleLine {
	t.Helper()
	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, code, 0o600); err != nil {
		t.Fatal(err)
	}
	machine := map[Arch]string{I386: "i386", X8664: "i386:x86-64", "i8086": "i8086"}[arch]
	cmd := exec.Command("objdump", "-D", "-w", "-z", "-b", "binary", "-m", machine, "-M", "att", file)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("objdump: %v", err)
	}
	var lines []oracleLine
	for line := range strings.Lines(string(out)) {
		m := oracleLineForm.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		at, err := strconv.ParseUint(m[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(strings.ReplaceAll(m[2], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, oracleLine{at, b, normal(m[3])})
	}
	return lines
}

// normal takes columns and comments out of an instruction's text.
func normal(text string) string {
	if i := strings.Index(text, "#"); i >= 0 {
		text = text[:i]
	}
	return strings.Join(strings.Fields(text), " ")
}

// accepted are the differences from objdump (binutils 2.40) that stay, by the
// bytes, with the reason.
var accepted = map[string]string{
	"f30f01ca":   "eretu: binutils 2.40 does not know FRED and prints repz clac",
	"f20f01ca":   "erets: the same",
	"f30f1e00":   "a nop with a prefix without meaning: binutils prints it",
	"66480fb9c1": "ud1 with 66: binutils prints the prefix, which means nothing beside REX.W",
	"f3480fc7f8": "rdpid: binutils prints a REX.W that means nothing",
	"480f07":     "sysret with REX.W: x86asm does not mark the prefix as used",
	"4890":       "nop with REX.W",
	"66e90000":   "jmp with 66: binutils reads a 16-bit target as AMD processors do, x86asm a 32-bit one as Intel's do",
}

// TestOracleCompiled compares every instruction of compiled code with objdump.
func TestOracleCompiled(t *testing.T) {
	needTools(t, "gcc", "objdump", "objcopy")
	for _, arch := range []Arch{I386, X8664} {
		for _, flags := range []string{"-O2 -fcf-protection=branch", "-O2 -mindirect-branch=thunk-inline",
			"-Os -fno-omit-frame-pointer", "-O0"} {
			t.Run(string(arch)+" "+flags, func(t *testing.T) {
				code := compile(t, arch, flags)
				lines := objdump(t, code, arch)
				if len(lines) < 200 {
					t.Fatalf("objdump shows %d instructions", len(lines))
				}
				compareWithOracle(t, code, lines, arch)
			})
		}
	}
}

// compile returns the machine code of testdata/conntrack.c.
func compile(t *testing.T, arch Arch, flags string) []byte {
	t.Helper()
	dir := t.TempDir()
	object, raw := filepath.Join(dir, "c.o"), filepath.Join(dir, "c.bin")
	args := append(strings.Fields(flags), "-ffreestanding", "-fno-pic", "-fno-stack-protector",
		"-fno-asynchronous-unwind-tables",
		"-mno-sse", "-mno-mmx", "-msoft-float", "-c", "-o", object, "testdata/conntrack.c")
	if arch == I386 {
		args = append(args, "-m32", "-fcf-protection=none")
		for i, a := range args {
			if a == "-fcf-protection=branch" {
				args[i] = "-march=i686"
			}
		}
	} else {
		args = append(args, "-m64", "-mcmodel=kernel", "-mno-red-zone")
		if strings.Contains(flags, "thunk") {
			args = append(args, "-fcf-protection=none")
		}
	}
	for _, cmd := range []*exec.Cmd{
		exec.Command("gcc", args...), exec.Command("objcopy", "-O", "binary", "-j", ".text", object, raw),
	} {
		if out, err := cmd.CombinedOutput(); err != nil {
			if os.Getenv("NFOOPS_ORACLE") == "require" || arch == X8664 {
				t.Fatalf("%s: %v\n%s", cmd, err, out)
			}
			t.Skipf("THE ORACLE DOES NOT RUN for %s: %s: %v", arch, cmd, err)
		}
	}
	code, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// compareWithOracle decodes at each address that objdump names. It returns the
// bytes of the accepted differences that it met.
func compareWithOracle(t *testing.T, code []byte, lines []oracleLine, arch Arch) map[string]bool {
	t.Helper()
	differs := make(map[string]bool)
	for _, line := range lines {
		if strings.Contains(line.text, "(bad)") {
			continue
		}
		got := "(bad)"
		end := min(uint64(len(code)), line.at+maxX86Len)
		if in, ok := decodeWhole(code[line.at:end], arch.mode()); ok {
			got = normal(in.gnuText(code[line.at:end], &line.at, nil))
			if in.asm.Len != len(line.code) {
				got += fmt.Sprintf(" with %d bytes", in.asm.Len)
			}
		}
		if _, ok := accepted[hex.EncodeToString(line.code)]; ok && got != line.text {
			differs[hex.EncodeToString(line.code)] = true
			continue
		}
		if got != line.text {
			t.Errorf("%x: % x\n got %s\nwant %s", line.at, line.code, got, line.text)
		}
	}
	return differs
}

// oracleBytes are instructions that compilers of C do not make, or that x86asm
// gets wrong: one on each line, "32" or "64" where only that mode has it.
const oracleBytes = `
48cb/64 c5796f3590909090/64 c57a6f3d90909090/64 66e90000/64 f30f1efa f30f1efb 0f01ca 0f01cb 0f01e8 0f01c1 0f01c2 0f01c3 0f01c4 0f01c5 0f01c8 0f01c9 0f01cf 0f01d0 0f01d1
0f01d4 0f01d5 0f01d6 0f01d7 0f01d8 0f01d9 0f01da 0f01db 0f01dc 0f01dd 0f01de 0f01df 0f01ee 0f01ef 0f01f8/64
0f01f9 0f01fa 0f01fb 0f01fc 0f01fd f30f01d9 660f01cc 660f01cd/64 660f01ce/64 660f01cf/64 f30f01e8 f30f01ea
f30f012f f20f01ff f30f01ff/64 f30f01fe/64 f20f01fe/64 f3480f1ec8/64 f30f1ecb f3480faee8/64 f30faee9 f30fae30
660fae30 660fae38 660faef0 f30faef0 f20faef1 f30fae20 f30faee0 f3480faee0/64 480fc7f0/64 0fc7f8 480fc7f8/64
660fc7f9 0fc7f1 f30fc7f8 f3480fc7f8/64 0fc730 660fc730 f30fc730 0fc738 0fc7480c 480fc709/64 0f1c00 0f1c4010
0f78c8 0f79c1 0f790e 480f38f608/64 660f38f508 66480f38f508/64 0f38f608 660f38f808 f20f38f808 f30f38f808 0f38f908
480f38f908/64 660f388008 660f388108 660f388208 0fb9c0 670fb9400c 67480fb94102/64 480fb9c1/64 66480fb9c1/64 0fb908
0fffc0 0fb9440801 670fb94090 0f0b f30f09 0f09 0f08 f390 90 6690 666690 0f1f00 0f1f4000 0f1f440000 660f1f440000
0f1f8000000000 0f1f840000000000 660f1f840000000000 662e0f1f840000000000 66662e0f1f840000000000 8d7600
8db600000000 8d742600 8db42600000000 3e8d742600 2e8db42600000000 2e8d742600 8d36 2ee810000000 2effd0 3effe0
3effd0 ffd0 ff5010 ff14c500000000 ff2500000000 41ffe3/64 ffe0 e8fbffffff f3c3 c3 f2c3 c20800 cb cf 48cf/64 cc
cd80 f00fb10a f00fc102 f0ff02 f0480fba2a05/64 3eff0a 3e0fb10a f00fc70f 3e810a00010000 f0832c2400 f083042400
f083042490 658b042528000000 65488b042528000000/64 65488b042500000090/64 658b15f0000000 64a10000000090909090/64
65a12800000090909090/64 a1e000000090909090/64 803ce500e0000090 803c25e000000007 80909090909090 803de000000007
65ff0518000000 6548034528/64 6548ff04c510000000/64 65890590909090 0f20d0 0f22d8 0f23c0 0f21f8 0f30 0f32 0f31 0fa2
f4 fa fb fc fd 9c 9d 0f05/64 0f07/64 480f07/64 0f34 0f35 480f35/64 f3a4 f3a5 f348a5/64 f3aa f3ab f348ab/64 a4 a5
48a5/64 aa ab 48ab/64 ac ad ae f2ae f3a6 a6 f348a7/64 f2a6 66a5 66ab 6c 6d 6e 6f f36d 65ac 50 55 4150/64 5d 58
6a00 6aff 68ffffffff 6800000080 ff30 ff7508 8f00 6650 666a01 0fa0 0fa1 66ff30 6689c8 d1e0 d3e0 c1e005 c0e805 d028
d12c24 48d1e8/64 48c1e83f/64 d3f8 0fa4c205 0fa5c2 0facd01c 660fa4c205 c1e0ff e005 0fbae005 480fbae83f/64 0fa3c2
480fa302/64 0fab02 0fbc9090909090 c29090 0fbcc2 f30fbcc2 f30fbdc2 0fbdc2 f30fb8c1 480fbcc2/64 0fb6c0 0fb7c0
0fbec0 0fbfc0 480fb6c0/64 660fb6c0 4863c0/64 4863d2/64 63d2 63c1 480fbec0/64 0fbe00 480fbf00/64 98 99 4898/64
4899/64 6698 6699 b8ffffffff 48b8000000000000adde/64 48c7c0ffffffff/64 c70000000000 66c700ffff c600ff 66b8ffff
b0ff a0e000000090909090/64 88ff 8ec0 8cd8 8ed8 8ee8 668cd8 8c00 8e00 6bc0ff 69c0ffffff7f 6bc30a 480fafc2/64 f7f1
f7f9 48f7f1/64 f731 66f7f1 f6f1 f7d8 f7d0 f7e2 41f7f2/64 83c8ff 4883c8ff/64 6683c8ff 81c8000000ff 05ffffffff
4890/64 4805ffffffff/64 0cff a8ff a9ffffffff 25ffff0000 6625ff00 80c8ff 0f44c1 480f45c2/64 0f94c0 0f9500 0f92c1
0fae38 0faee8 0faef0 0faef8 0fae00 0fae08 480fae00/64 480fae08/64 0fae10 0fae18 0fae20 0fae28 0fae30 480fae20/64
480fae28/64 480fae30/64 480fc720/64 480fc728/64 0f0d08 0f0d00 0f1800 0f1808 0f1810 0f1818 0fc39090909090 0fc30a
480fc30a/64 0f2b00 0fe700 660fe700 0f6f00 660f6f00 f30f6f00 f30f7f00 0f2800 0f290424 660fefc0 660fef00 0f57c0
c5f877 c5fd6f00 c5fe6f4020 c5fdef00 62f17c48280a 62f1fd487f4140 d9ee dd00 dd5808 df28 d9e8 dbe3 9b dbe2 dde1 d900
dfe0 d97dfe d96dfe ddd8 c1909090909090 dec1 0f00d0 0f00d8 0f00c0 0f00e8 0f0028 0f006890 209090909090 0f006d10
0f011d00000000 0f0118 0f0110 0f0100 0f0108 0f01e0 0f01f0 0f0138 0f0120 0f0130 f30f01ca f20f01ca 70fe 0f8400000000
2e7405 3e7405 e305 67e305 e2fe e0fe e1fe eb00 f2e900000000 f2eb00 f2ffe0 ff2a ff28 ff18 c9 c8100001 f1 d7
0a9090909090 089090909090 8d00 0fb208 0fb408 0fb508 9e 9f 8b04c8 8b44c808 8b84c8ffffffff 8b0425e0000000
8b05e0000000 8b0524000000 8b04e500000000 8b0424 8b4424f8 8b04a0 418b0424/64 418b4590/64 009090909090 418b4500/64
438b0422/64 8b0460 8b046500000000 4a8b04e508000000/64 678b00 67488b00/64 678b0590909090/64 1000 640fb60500000000
6566892510000000 6566032590909090 6566032500000000 653b0500000000 65c7050000000001000000 6590 0fb60590909090 0000
4889d8/64 89d8 8803 88d8 4088ee/64 408a37/64 448a37/64 4090/64 0fb6f6 400fb6f6/64 400fb6c0/64 4c89e7/64
664589e7/64 4d8b6620/64 f04c0fb337/64 0fb19090909090 f0480fb10a/64 f0480fc70f/64 0fc70f 480fc70f/64 0fff00 0f37
0faa 0f38c8c1 0f3acc909090909090 c10090 0f3accc100 0f38f000 0f38f100 f20f38f0c2 f2480f38f1c2/64 f20f38f10a
66f20f38f1c2 660f38f6c2 f30f38f6c2 f3480f38f6c2/64 660f38dcc1 f30faec0/64 f3480faed8/64 f30faed1/64 f3480faec8/64
0f1ac0 0f1900 0f1d00 0f1e00 0f1ec8 f30f1e00 660f1e00 f348/32 48/32 6648/32 6748/32 41/32 ce/32 f048/32 6548/32
64a100000000/32 65a128000000/32 a1e0000000/32 60/32 61/32 26a4/32 06/32 07/32 16/32 17/32 1e/32 1f/32
a0e0000000/32 66e90000/32 9a000000000000/32 ea000000000000/32 27/32 37/32 2f/32 3f/32 d590/32 d40a/32 6208/32
c508/32 c49090909090/32 c408/32 43/32 4a/32 678b04/32 678b05/32 40/32 44/32 4c/32 6645/32 4d/32 f04c/32 f248/32
`

// TestOracleBytes compares hand-picked instructions with objdump, each in a slot
// of its own that is filled up with nops.
func TestOracleBytes(t *testing.T) {
	needTools(t, "objdump")
	const slot = 32
	differs := make(map[string]bool)
	for _, arch := range []Arch{I386, X8664} {
		var code []byte
		count := 0
		for field := range strings.FieldsSeq(oracleBytes) {
			field, only, _ := strings.Cut(field, "/")
			if only != "" && only != strconv.Itoa(arch.mode()) {
				continue
			}
			b, err := hex.DecodeString(field)
			if err != nil {
				t.Fatalf("%q: %v", field, err)
			}
			code = append(code, b...)
			code = append(code, bytes.Repeat([]byte{0x90}, slot-len(b))...)
			count++
		}
		var first []oracleLine
		for _, line := range objdump(t, code, arch) {
			if line.at%slot == 0 {
				first = append(first, line)
			}
		}
		if len(first) != count {
			t.Fatalf("objdump shows %d of %d instructions", len(first), count)
		}
		maps.Copy(differs, compareWithOracle(t, code, first, arch))
	}
	for code := range accepted {
		if !differs[code] {
			t.Logf("the accepted difference %s is none with this objdump", code)
		}
	}
}
