// The generator of the synthetic connlimit crash: builds the object with gcc, runs it, and writes the dumps, the maps
// and the truth. See README.md. Run it one folder up: go run ./gen -out DIR.
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

// flags make gcc 12 emit what the story shows; README.md says which of them does what.
var flags = strings.Fields("-m32 -std=gnu11 -O2 -march=i686 -mtune=generic -ffreestanding -fno-pic " +
	"-fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-stack-protector " +
	"-fno-thread-jumps -fno-tree-vrp -fno-tree-dominator-opts -g -gdwarf-4 -Wall -Wextra -Werror")

func main() {
	log.SetFlags(0)
	log.SetPrefix("connlimit-2.6.11: ")
	out := flag.String("out", ".", "folder for the files")
	flag.Parse()
	if err := generate(*out); err != nil {
		log.Fatal(err)
	}
}

func generate(out string) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "connlimit")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	for _, s := range stories() {
		dir := filepath.Join(work, s.name)
		o, err := s.build(here, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if s.patch == "fix.diff" {
			if v, ok := o.trap.reg["second"]; !ok || v != s.want {
				return fmt.Errorf("%s: match() has to return %d for the second packet: %v", s.name, s.want, o.trap.reg)
			}
			obj, err := os.ReadFile(filepath.Join(dir, "ipt_connlimit.o"))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(out, "ipt_connlimit-fixed.o"), obj, 0o644); err != nil {
				return err
			}
			continue
		}
		if len(o.trap.stack) < 24 {
			return fmt.Errorf("%s did not fault: %v", s.name, o.trap.reg)
		}
		insn, err := o.instruction()
		if err != nil {
			return err
		}
		files := map[string]string{
			s.name + ".txt": s.dump(o.trap, o.kernel, o.code, true),
			s.truthName():   s.truth(o.trap, o.kernel, true, insn),
		}
		if s.patch == "" {
			files["oops-nosyms.txt"] = s.dump(o.trap, o.kernel, o.code, false)
			files["truth-nosyms.yaml"] = s.truth(o.trap, o.kernel, false, insn)
			files["System.map"] = o.kernel.systemMap()
			files["System.map.wrong"] = o.kernel.wrongMap()
			gz, err := compressed(o.kernel.kallsyms())
			if err != nil {
				return err
			}
			files["kallsyms.gz"] = gz
			obj, err := os.ReadFile(filepath.Join(dir, "ipt_connlimit.o"))
			if err != nil {
				return err
			}
			files["ipt_connlimit.o"] = string(obj)
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(out, name), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *story) truthName() string {
	if rest, ok := strings.CutPrefix(s.name, "oops-"); ok {
		return "truth-" + rest + ".yaml"
	}
	return "truth.yaml"
}

// object is a built and executed module.
type object struct {
	dir    string
	code   []byte
	kernel *kernel
	trap   *trap
}

func (s *story) build(here, dir string) (*object, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	src, err := os.ReadFile(filepath.Join(here, "ipt_connlimit.c"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "ipt_connlimit.c"), src, 0o644); err != nil {
		return nil, err
	}
	if s.patch != "" {
		if _, err := run(dir, "patch", "-p1", "-s", "-i", filepath.Join(here, s.patch)); err != nil {
			return nil, err
		}
	}
	args := append([]string{"-fdebug-prefix-map=" + dir + "=."}, flags...)
	if _, err := run(dir, "gcc", append(args, "-c", "ipt_connlimit.c", "-o", "ipt_connlimit.o")...); err != nil {
		return nil, err
	}

	// Link it to its place, as insmod does, against the functions of the made-up kernel.
	k, err := readKernel(nil)
	if err != nil {
		return nil, err
	}
	link := []string{"-m", "elf_i386", "-Ttext", fmt.Sprintf("%#x", moduleBase), "-e", "0", "-o", "module.elf"}
	for _, fn := range []string{"ip_conntrack_find_get", "memcmp", "__kmalloc", "kfree", "local_bh_enable",
		"ipt_unregister_match"} {
		sym, err := k.named(fn)
		if err != nil {
			return nil, err
		}
		link = append(link, fmt.Sprintf("--defsym=%s=%#x", fn, sym.addr))
	}
	if _, err := run(dir, "ld", append(link, "ipt_connlimit.o")...); err != nil {
		return nil, err
	}
	if _, err := run(dir, "objcopy", "-O", "binary", "-j", ".text", "module.elf", "module.bin"); err != nil {
		return nil, err
	}
	o := &object{dir: dir}
	if o.code, err = os.ReadFile(filepath.Join(dir, "module.bin")); err != nil {
		return nil, err
	}
	syms, err := functions(filepath.Join(dir, "module.elf"), uint32(len(o.code)))
	if err != nil {
		return nil, err
	}
	if o.kernel, err = readKernel(syms); err != nil {
		return nil, err
	}

	match, err := o.kernel.named("match")
	if err != nil {
		return nil, err
	}
	h, err := s.header(o.kernel, match.addr)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "layout.h"), []byte(h), 0o644); err != nil {
		return nil, err
	}
	if _, err := run(dir, "gcc", "-m32", "-O1", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-nostdlib",
		"-static", "-w", "-I.", "-Wa,-I.", "-o", "runner", filepath.Join(here, "runner.c")); err != nil {
		return nil, err
	}
	text, err := run(dir, "./runner")
	if err != nil {
		return nil, err
	}
	o.trap, err = readTrap(text)
	return o, err
}

// functions returns the code symbols of the linked module; the last one ends with the text, as in the kernel's lookup.
func functions(path string, text uint32) ([]symbol, error) {
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
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC {
			continue
		}
		kind := byte('T')
		if elf.ST_BIND(s.Info) == elf.STB_LOCAL {
			kind = 't'
		}
		out = append(out, symbol{addr: uint32(s.Value), kind: kind, name: s.Name, module: "ipt_connlimit"})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].addr < out[j].addr })
	for i := range out {
		end := uint32(moduleBase) + text
		if i+1 < len(out) {
			end = out[i+1].addr
		}
		out[i].size = end - out[i].addr
	}
	return out, nil
}

// readTrap reads the runner's "name word" lines.
func readTrap(text []byte) (*trap, error) {
	t := &trap{reg: map[string]uint32{}}
	for sc := bufio.NewScanner(bytes.NewReader(text)); sc.Scan(); {
		name, hex, ok := strings.Cut(strings.TrimSpace(sc.Text()), " ")
		v, err := strconv.ParseUint(hex, 16, 32)
		if !ok || err != nil {
			return nil, fmt.Errorf("runner: %q", sc.Text())
		}
		if name == "stack" {
			t.stack = append(t.stack, uint32(v))
		} else {
			t.reg[name] = uint32(v)
		}
	}
	return t, nil
}

// instruction returns the faulting instruction, disassembled from the linked module.
func (o *object) instruction() (string, error) {
	eip := o.trap.reg["eip"]
	text, err := run(o.dir, "objdump", "-d", "--no-show-raw-insn", fmt.Sprintf("--start-address=%#x", eip),
		fmt.Sprintf("--stop-address=%#x", eip+16), "module.elf")
	if err != nil {
		return "", err
	}
	mark := fmt.Sprintf("%x:\t", eip)
	for _, l := range strings.Split(string(text), "\n") {
		if _, insn, ok := strings.Cut(l, mark); ok {
			return strings.Join(strings.Fields(insn), " "), nil
		}
	}
	return "", fmt.Errorf("objdump does not show %08x", eip)
}

func compressed(text string) (string, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return b.String(), nil
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
