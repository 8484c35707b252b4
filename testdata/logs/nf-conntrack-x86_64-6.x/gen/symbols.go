package main

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"os"
	"sort"
	"strconv"
	"strings"
)

// symbol is one line of a map; addr is the run time address, size reaches to the next symbol.
type symbol struct {
	addr, size uint64
	kind       byte
	name       string
	module     string
}

// kernel holds the image's symbols, moved by the KASLR offset, and the modules'.
type kernel struct {
	offset  uint64
	image   []symbol
	modules []symbol
}

// loaded is one module with its functions. A function list of "object" is taken from the linked object.
type loaded struct {
	name string
	base uint64
	fns  string
}

func madeUpSize(name string) uint64 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return 0x20 + uint64(h.Sum32()%0x30*0x10)
}

func place(at uint64, kind byte, words []string, module string) ([]symbol, uint64, error) {
	var out []symbol
	for _, w := range words {
		name, sz, given := strings.Cut(w, ":")
		k := kind
		if n, local := strings.CutPrefix(name, "."); local {
			name, k = n, kind|0x20
		}
		size := madeUpSize(name)
		if given {
			v, err := strconv.ParseUint(sz, 0, 64)
			if err != nil {
				return nil, 0, err
			}
			size = v
		} else {
			at = (at + 15) &^ 15
		}
		out = append(out, symbol{addr: at, size: size, kind: k, name: name, module: module})
		at += size
	}
	return out, at, nil
}

func readKernel(offset uint64, modules []loaded, object []symbol) (*kernel, error) {
	f, err := os.Open("kernel.sym")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	k := &kernel{offset: offset}
	var at uint64
	kind := byte('T')
	for sc := bufio.NewScanner(f); sc.Scan(); {
		w := strings.Fields(sc.Text())
		if len(w) == 0 || strings.HasPrefix(w[0], "#") || strings.HasPrefix(w[0], `"`) {
			continue
		}
		if strings.HasPrefix(w[0], "@") {
			v, err := strconv.ParseUint(w[0][1:], 16, 64)
			if err != nil || v+offset < at {
				return nil, fmt.Errorf("kernel.sym: %s", w[0])
			}
			at, kind = v+offset, w[1][0]
			continue
		}
		syms, next, err := place(at, kind, w, "")
		if err != nil {
			return nil, err
		}
		k.image, at = append(k.image, syms...), next
	}
	sort.SliceStable(k.image, func(i, j int) bool {
		a, b := k.image[i], k.image[j]
		return a.addr < b.addr || a.addr == b.addr && a.name < b.name
	})
	for i := range k.image[:len(k.image)-1] {
		k.image[i].size = k.image[i+1].addr - k.image[i].addr
	}
	for _, m := range modules {
		syms := object
		if m.fns != "object" {
			if syms, _, err = place(m.base, 'T', strings.Fields(m.fns), m.name); err != nil {
				return nil, err
			}
		}
		k.modules = append(k.modules, syms...)
	}
	return k, nil
}

func (k *kernel) named(name string) (symbol, error) {
	for _, list := range [][]symbol{k.image, k.modules} {
		for _, s := range list {
			if s.name == name {
				return s, nil
			}
		}
	}
	return symbol{}, fmt.Errorf("no symbol %s", name)
}

// systemMap prints the image as it was linked, without the offset.
func (k *kernel) systemMap() string {
	var b strings.Builder
	for _, s := range k.image {
		fmt.Fprintf(&b, "%016x %c %s\n", s.addr-k.offset, s.kind, s.name)
	}
	return b.String()
}

// kallsyms prints what /proc/kallsyms of the running kernel shows.
func (k *kernel) kallsyms() string {
	var b strings.Builder
	for _, s := range append(append([]symbol(nil), k.image...), k.modules...) {
		fmt.Fprintf(&b, "%016x %c %s", s.addr, s.kind, s.name)
		if s.module != "" {
			fmt.Fprintf(&b, "\t[%s]", s.module)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
