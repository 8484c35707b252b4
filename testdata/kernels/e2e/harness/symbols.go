// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// A symbolFile is one object with debug information: the kernel or a module.
type symbolFile struct {
	path     string
	relative bool // a module: addresses count from the start of their section
	byName   map[string][]objectSymbol
}

type objectSymbol struct {
	section string
	address uint64
	size    uint64 // up to the next symbol of the section, as kallsyms counts
}

func openSymbols(path string) (*symbolFile, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := f.Symbols()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &symbolFile{path: path, relative: f.Type == elf.ET_REL, byName: map[string][]objectSymbol{}}
	starts := map[elf.SectionIndex][]uint64{}
	for _, sym := range all {
		if kind := elf.ST_TYPE(sym.Info); kind != elf.STT_FILE && int(sym.Section) < len(f.Sections) && sym.Name != "" {
			starts[sym.Section] = append(starts[sym.Section], sym.Value)
		}
	}
	for index, list := range starts {
		end := f.Sections[index].Size
		if !s.relative {
			end += f.Sections[index].Addr
		}
		list = append(list, end)
		sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
		starts[index] = list
	}
	for _, sym := range all {
		list := starts[sym.Section]
		if elf.ST_TYPE(sym.Info) == elf.STT_FILE || len(list) == 0 {
			continue
		}
		next := sort.Search(len(list), func(i int) bool { return list[i] > sym.Value })
		if next == len(list) {
			continue
		}
		s.byName[sym.Name] = append(s.byName[sym.Name],
			objectSymbol{f.Sections[sym.Section].Name, sym.Value, list[next] - sym.Value})
	}
	return s, nil
}

// find gives section and address of a printed place. Of several symbols of one name the one with
// the printed size is meant; a module's last symbol of a section may be printed shorter or longer.
func (s *symbolFile) find(p place) (objectSymbol, bool) {
	candidates := s.byName[p.Symbol]
	for _, c := range candidates {
		if c.size == p.Size {
			return c, true
		}
	}
	if len(candidates) == 1 && p.Offset <= candidates[0].size {
		return candidates[0], true
	}
	return objectSymbol{}, false
}

// debianPath is the part of a path that is the build machine's.
var debianPath = regexp.MustCompile(`^.*/(linux-[0-9][^/]*|linux-headers-[^/]*-common)/|^debian/build/[^/]*/|^\./`)

// addr2line resolves addresses of one section; the answer has the inline chain of each, innermost
// first, as "function file:line".
func addr2line(
	ctx context.Context, flavour string, s *symbolFile, section string, addresses []uint64,
) ([][]string, error) {
	tool := "addr2line"
	if flavour == "arm64" {
		tool = "aarch64-linux-gnu-addr2line"
	}
	args := []string{"-a", "-f", "-i", "-e", s.path}
	if s.relative {
		args = append(args, "-j", section)
	}
	cmd := exec.CommandContext(ctx, tool, args...)
	var in bytes.Buffer
	for _, a := range addresses {
		fmt.Fprintf(&in, "0x%x\n", a)
	}
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", tool, s.path, err)
	}
	var all [][]string
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		text := lines.Text()
		if strings.HasPrefix(text, "0x") {
			all = append(all, nil)
			continue
		}
		if !lines.Scan() || len(all) == 0 {
			break
		}
		where, _, _ := strings.Cut(lines.Text(), " (discriminator")
		if strings.HasPrefix(where, "?") {
			continue
		}
		last := len(all) - 1
		all[last] = append(all[last], text+" "+debianPath.ReplaceAllString(where, ""))
	}
	return all, nil
}

// objectOf finds the file with the debug information of a module, or of the kernel ("").
func objectOf(work string, c scenario, module string) string {
	if module != "" && c.Object != "" && strings.HasSuffix(c.Object, "/"+module+".ko") {
		return filepath.Join(work, "build", c.Flavour, c.Object)
	}
	debug := filepath.Join(work, "debug", c.Flavour, "usr", "lib", "debug")
	if module == "" {
		found, _ := filepath.Glob(filepath.Join(debug, "boot", "vmlinux-*"))
		return strings.Join(found, "")
	}
	found := ""
	_ = filepath.WalkDir(debug, func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.ReplaceAll(filepath.Base(path), "-", "_") == module+".ko" {
			found = path
		}
		return nil
	})
	return found
}

// A query is one printed place whose source lines are wanted, and where the answer belongs.
type query struct {
	p       place
	label   string // ip or frame
	truth   *truth
	path    string // object with the debug information
	address uint64
	chain   []string
}

// addSymbols writes source_lines into the truth files below to: for the instruction pointer and
// every reliable frame of the first crash what addr2line says. For a frame it is asked for the
// byte before the return address, which belongs to the call. Places of which no debug
// information is there are left out.
func addSymbols(ctx context.Context, work, to string, cases []scenario) error {
	type captured struct {
		file string
		t    *truth
	}
	var found []captured
	byFlavour := map[string][]*query{}
	for _, c := range cases {
		file := filepath.Join(to, c.Name, "truth.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			continue // not captured
		}
		t, err := parseTruth(text)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		log, err := os.ReadFile(filepath.Join(to, c.Name, "netconsole.log"))
		if err != nil {
			return err
		}
		found = append(found, captured{file, t})
		byFlavour[c.Flavour] = append(byFlavour[c.Flavour], queries(work, c, read(log), t)...)
	}
	for flavour, asked := range byFlavour {
		if err := resolve(ctx, flavour, asked); err != nil {
			return err
		}
		for _, q := range asked {
			if len(q.chain) == 0 {
				continue
			}
			name := q.p.String()
			if q.p.Module != "" {
				name += " [" + q.p.Module + "]"
			}
			q.truth.sources = append(q.truth.sources, q.label+" "+name+" = "+strings.Join(q.chain, " < "))
		}
	}
	for _, f := range found {
		f.t.set("source_lines", "")
		if err := os.WriteFile(f.file, f.t.marshal(), 0o644); err != nil {
			return err
		}
		fmt.Printf("%4d places  %s\n", len(f.t.sources), f.file)
	}
	return nil
}

// queries lists the places of a log, each once.
func queries(work string, c scenario, r reading, t *truth) []*query {
	t.sources = nil
	var asked []*query
	if r.IP.Symbol != "" && c.Kind != "panic" && c.Kind != "hung-task" {
		asked = append(asked, &query{p: r.IP, label: "ip", truth: t})
	}
	seen := map[string]bool{}
	for _, f := range r.Frames {
		if key := f.String() + f.Module; f.Reliable && !seen[key] {
			seen[key] = true
			asked = append(asked, &query{p: f, label: "frame", truth: t})
		}
	}
	for _, q := range asked {
		q.path = objectOf(work, c, q.p.Module)
	}
	return asked
}

// resolve answers queries of one flavour, with one run of addr2line for each object and section.
func resolve(ctx context.Context, flavour string, asked []*query) error {
	opened := map[string]*symbolFile{}
	type group struct{ path, section string }
	groups := map[group][]*query{}
	for _, q := range asked {
		if q.path == "" {
			continue
		}
		s := opened[q.path]
		if s == nil {
			var err error
			if s, err = openSymbols(q.path); err != nil {
				return err
			}
			opened[q.path] = s
		}
		sym, ok := s.find(q.p)
		if !ok {
			continue
		}
		q.address = sym.address + q.p.Offset
		if q.label == "frame" {
			q.address--
		}
		g := group{path: q.path}
		if s.relative {
			g.section = sym.section
		}
		groups[g] = append(groups[g], q)
	}
	for g, queries := range groups {
		addresses := make([]uint64, len(queries))
		for i, q := range queries {
			addresses[i] = q.address
		}
		chains, err := addr2line(ctx, flavour, opened[g.path], g.section, addresses)
		if err != nil {
			return err
		}
		if len(chains) != len(queries) {
			return fmt.Errorf("%s: %d answers to %d addresses", g.path, len(chains), len(queries))
		}
		for i, q := range queries {
			q.chain = chains[i]
		}
	}
	return nil
}
