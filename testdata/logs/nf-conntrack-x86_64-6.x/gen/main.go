// The generator of the two synthetic x86-64 crashes, nf-conntrack-x86_64-6.x and unrelated-ext4: it compiles a small C
// file, runs the function until it faults, and writes the logs, maps and truth files. See README.md. Run it one folder
// up: go run ./gen -nf DIR -ext4 DIR.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

var flags = strings.Fields("-m64 -std=gnu11 -O2 -mcmodel=kernel -mno-red-zone -mno-sse -ffreestanding -fno-pic " +
	"-fcf-protection=none -fno-asynchronous-unwind-tables -fno-stack-protector -Wall -Wextra -Werror")

// high is what a kernel address has and its copy in the lower half has not.
const high = 0xffff800000000000

func main() {
	log.SetFlags(0)
	nf := flag.String("nf", ".", "folder for the files of nf-conntrack-x86_64-6.x")
	ext4 := flag.String("ext4", "../unrelated-ext4", "folder for the files of unrelated-ext4")
	flag.Parse()
	for _, s := range stories() {
		out := *nf
		if s.name == "ext4" {
			out = *ext4
		}
		if err := s.generate(out); err != nil {
			log.Fatalf("%s: %v", s.name, err)
		}
	}
}

func (s *story) generate(out string) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "x86-64")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	k, o, err := s.build(here, work)
	if err != nil {
		return err
	}
	files := map[string]string{}
	text, err := s.dump(k, o, true)
	if err != nil {
		return err
	}
	files["oops.txt"] = text
	files["truth.yaml"] = s.truth(k, o, true)
	if s.maps {
		bare, err := s.dump(k, o, false)
		if err != nil {
			return err
		}
		files["oops-nosyms.txt"] = bare
		files["truth-nosyms.yaml"] = s.truth(k, o, false)
		files["System.map"] = k.systemMap()
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(k.kallsyms())); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		files["kallsyms.gz"] = b.String()
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(out, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// object is the code that faulted and what the processor said.
type object struct {
	base uint64 // of code, a kernel address
	code []byte
	reg  map[string]uint64
	insn string

	idle      []byte // code of the idle loop, and where in it the processor stood
	idleAt    int
	idleStart int
}

// window prints a Code: line's bytes: 42 before, the marked one, 21 after.
func window(code []byte, at int) string {
	var b strings.Builder
	for i := at - 42; i < at+22; i++ {
		if i > at-42 {
			b.WriteByte(' ')
		}
		if i == at {
			fmt.Fprintf(&b, "<%02x>", code[i])
		} else {
			fmt.Fprintf(&b, "%02x", code[i])
		}
	}
	return b.String()
}

func (s *story) build(here, dir string) (*kernel, *object, error) {
	compile := func(src, obj string) error {
		_, err := run(dir, "gcc", append(append([]string(nil), flags...), "-c", filepath.Join(here, src), "-o", obj)...)
		return err
	}
	if err := compile(s.source, "code.o"); err != nil {
		return nil, nil, err
	}
	if err := compile("idle.c", "idle.o"); err != nil {
		return nil, nil, err
	}
	k, err := readKernel(s.offset, s.modules, nil)
	if err != nil {
		return nil, nil, err
	}
	link := []string{"-Ttext", fmt.Sprintf("%#x", s.base&^high), "-e", "0", "-o", "code.elf"}
	var stubs []uint64
	for _, fn := range s.callees {
		sym, err := k.named(fn)
		if err != nil {
			return nil, nil, err
		}
		stubs = append(stubs, sym.addr&^high)
		link = append(link, fmt.Sprintf("--defsym=%s=%#x", fn, sym.addr&^high))
	}
	sort.Slice(stubs, func(i, j int) bool { return stubs[i] < stubs[j] })
	if _, err := run(dir, "ld", append(link, "code.o")...); err != nil {
		return nil, nil, err
	}
	if _, err := run(dir, "ld", "-Ttext", "0xffffffff81000000", "--defsym=flags=0xffffffff82000100", "-e", "0",
		"-o", "idle.elf", "idle.o"); err != nil {
		return nil, nil, err
	}
	for _, c := range [][2]string{{"code.elf", "module.bin"}, {"idle.elf", "idle.bin"}} {
		if _, err := run(dir, "objcopy", "-O", "binary", "-j", ".text", c[0], c[1]); err != nil {
			return nil, nil, err
		}
	}
	o := &object{base: s.base, reg: map[string]uint64{}}
	if o.code, err = os.ReadFile(filepath.Join(dir, "module.bin")); err != nil {
		return nil, nil, err
	}
	if o.idle, err = os.ReadFile(filepath.Join(dir, "idle.bin")); err != nil {
		return nil, nil, err
	}
	o.idleStart = bytes.Index(o.idle, []byte{0xfb, 0xf4, 0xc3})
	o.idleAt = o.idleStart + 2
	if o.idleStart < 42 || o.idleAt+22 > len(o.idle) {
		return nil, nil, fmt.Errorf("idle.c: too little code around sti; hlt; ret")
	}
	syms, err := functions(filepath.Join(dir, "code.elf"), s.base+uint64(len(o.code)), s.module)
	if err != nil {
		return nil, nil, err
	}
	if k, err = readKernel(s.offset, s.modules, syms); err != nil {
		return nil, nil, err
	}
	fn, err := k.named(s.function)
	if err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "layout.h"), []byte(s.header(stubs, fn.addr)), 0o644); err != nil {
		return nil, nil, err
	}
	if _, err := run(dir, "gcc", "-O1", "-no-pie", "-w", "-I.", "-Wa,-I.", "-o", "runner",
		filepath.Join(here, "runner.c")); err != nil {
		return nil, nil, err
	}
	text, err := run(dir, "./runner")
	if err != nil {
		return nil, nil, err
	}
	for sc := bufio.NewScanner(bytes.NewReader(text)); sc.Scan(); {
		name, hex, _ := strings.Cut(sc.Text(), " ")
		v, err := strconv.ParseUint(hex, 16, 64)
		if err != nil {
			return nil, nil, err
		}
		if v >= 1<<40 && v < 1<<47 {
			v |= high
		}
		o.reg[name] = v
	}
	if o.reg["RIP"] < s.base || o.reg["RIP"] >= s.base+uint64(len(o.code)) {
		return nil, nil, fmt.Errorf("the fault is not in the object: %x", o.reg)
	}
	o.insn, err = instruction(dir, o.reg["RIP"]&^high)
	return k, o, err
}

func (s *story) header(stubs []uint64, fn uint64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#define MODULE %#xull\n#define STACK %#xull\n#define SLAB %#xull\n", s.base&^high,
		s.regs["RSP"]&^high, s.slab&^high)
	b.WriteString("#define STUBS {")
	for _, v := range stubs {
		fmt.Fprintf(&b, " %#xull,", v)
	}
	b.WriteString(" }\n#define MEMORY {")
	for _, m := range s.memory {
		fmt.Fprintf(&b, " { %#xull, %#xull },", m[0]&^high, low(m[1]))
	}
	b.WriteString(" }\n#define REGISTERS {")
	for i, r := range []string{"RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "RSP", "R08", "R09", "R10", "R11", "R12",
		"R13", "R14", "R15"} {
		v := low(s.regs[r])
		if i == 0 {
			v = fn &^ high
		}
		fmt.Fprintf(&b, " %#xull,", v)
	}
	b.WriteString(" }\n")
	return b.String()
}

// low moves a kernel pointer to the lower half and leaves other values alone.
func low(v uint64) uint64 {
	if v >= high {
		return v &^ high
	}
	return v
}

func functions(path string, end uint64, module string) ([]symbol, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	var out []symbol
	for _, s := range all {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			out = append(out, symbol{addr: s.Value | high, kind: 'T', name: s.Name, module: module})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].addr < out[j].addr })
	for i := range out {
		next := (end + 15) &^ 15
		if i+1 < len(out) {
			next = out[i+1].addr
		}
		out[i].size = next - out[i].addr
	}
	return out, nil
}

func instruction(dir string, at uint64) (string, error) {
	text, err := run(dir, "objdump", "-d", "--no-show-raw-insn", fmt.Sprintf("--start-address=%#x", at),
		fmt.Sprintf("--stop-address=%#x", at+16), "code.elf")
	if err != nil {
		return "", err
	}
	for _, l := range strings.Split(string(text), "\n") {
		if _, insn, ok := strings.Cut(l, fmt.Sprintf("%x:\t", at)); ok {
			return strings.Join(strings.Fields(insn), " "), nil
		}
	}
	return "", fmt.Errorf("objdump does not show %x", at)
}

func run(dir, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s%s", name, err, out, stderr.Bytes())
	}
	return out, nil
}
