package triage

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/symbols"
)

// debianCode makes Code: lines of 64 bytes, as a running kernel would print them, of functions of an image: what the
// image's own tables say is patched or relocated has other values. It calls use with each line and its place.
func debianCode(t *testing.T, m *symbols.Image, some int, use func(code, where string)) {
	t.Helper()
	table, err := m.Table()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same lines in each run
	for made := 0; made < some; {
		fn, reason := table.Find(textAddress(t, m, random))
		if reason != "" || fn.Symbol.Size < 100 || len(table.Named(fn.Symbol.Name)) != 1 {
			continue
		}
		c, reason := m.Code(fn.Symbol.Addr, int(min(fn.Symbol.Size, 1000)))
		if reason != "" || len(c.Bytes) < 100 {
			continue
		}
		units := make([]string, len(c.Bytes))
		for i, b := range c.Bytes {
			units[i] = fmt.Sprintf("%02x", b)
		}
		start := uint64(0)
		var inside []int // where instructions begin that the line can be around
		for _, in := range disasm.Disassemble(disasm.Request{Arch: disasm.X8664,
			Code: disasm.CodeLine{Units: units, Unit: 1, Fault: 0}, PC: &start}).Insts {
			if in.Offset >= 43 && in.Offset+21 <= len(units) {
				inside = append(inside, in.Offset)
			}
		}
		if len(inside) == 0 {
			continue
		}
		fault := inside[random.IntN(len(inside))]
		if bytes.Count(c.Bytes[fault-43:fault+21], []byte{0xcc}) > 32 {
			continue // filler, which is everywhere
		}
		var line strings.Builder
		line.WriteString("Code:")
		for i := fault - 43; i < fault+21; i++ {
			form := " %02x"
			if i == fault {
				form = " <%02x>"
			}
			fmt.Fprintf(&line, form, c.Bytes[i])
		}
		made++
		use(line.String(), fmt.Sprintf("%s+%#x", fn.Symbol.Name, fault))
	}
}

// textAddress is some address of the code of an image.
func textAddress(t *testing.T, m *symbols.Image, random *rand.Rand) uint64 {
	t.Helper()
	table, err := m.Table()
	if err != nil {
		t.Fatal(err)
	}
	if s := table.Named("_stext"); len(s) == 1 {
		if e := table.Named("_etext"); len(e) == 1 {
			return s[0].Addr + random.Uint64N(e[0].Addr-s[0].Addr)
		}
	}
	for {
		if at := m.Base() + random.Uint64N(256<<10); table.Text(at) {
			return at
		}
	}
}

// With NFOOPS_DBG naming an unpacked linux-image-...-dbg package, code of a whole kernel is found in its vmlinux and
// modules. The time of one search is printed.
func TestDebianLocate(t *testing.T) {
	dir := os.Getenv("NFOOPS_DBG")
	if dir == "" {
		t.Skip("NFOOPS_DBG is not set: the unpacked linux-image-...-dbg package")
	}
	images, err := filepath.Glob(filepath.Join(dir, "usr/lib/debug/boot/vmlinux-*"))
	if err != nil || len(images) != 1 {
		t.Fatalf("%v: %v", images, err)
	}
	modules := filepath.Join(dir, "usr/lib/debug/lib/modules")
	kernel := openStory(t, KernelFiles{Vmlinux: images[0], Modules: []string{modules}})
	src := Sources{Arch: "x86_64", Kernel: kernel}
	from := images
	for _, name := range []string{"nf_conntrack.ko", "nf_tables.ko"} {
		found, err := filepath.Glob(filepath.Join(modules, "*/kernel/net/netfilter/"+name))
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %v: %v", name, found, err)
		}
		from = append(from, found...)
	}
	total, unique, among := 0, 0, 0
	var first, all, worst time.Duration
	for _, path := range from {
		m, err := symbols.OpenImage(path)
		if err != nil {
			t.Fatal(err)
		}
		debianCode(t, m, 60, func(code, where string) {
			began := time.Now()
			r := Decode(t.Context(), Fragment{Text: code}, src)
			took := time.Since(began)
			if total == 0 {
				first = took // opens the images
			} else {
				all, worst = all+took, max(worst, took)
			}
			total++
			switch {
			case r.IP == nil:
				t.Logf("%s: not found: %+v", where, r.Symbols)
			case r.IP.Symbol+"+"+string(r.IP.Offset) == where:
				unique++
			default:
				for _, c := range r.IP.Candidates {
					if strings.HasPrefix(c, where) {
						among++
						return
					}
				}
				t.Logf("%s: found %+v", where, r.IP)
			}
		})
		m.Close()
	}
	t.Logf("%d lines of 64 bytes: %d are found at their place, %d more are one of several; first %v, then %v on average, %v at"+
		" most, with their explanation", total, unique, among, first, all/time.Duration(max(total-1, 1)), worst)
	if (unique+among)*100 < total*95 {
		t.Errorf("%d of %d are found, less than 95 %%", unique+among, total)
	}
}
