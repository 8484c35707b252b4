// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A truth is what truth.yaml says about a captured case: flat keys in the order of writing. Every
// value is a string; numbers and booleans are written bare, everything else in single quotes.
type truth struct {
	keys   []string
	values map[string]string
	// Registers in a map of their own.
	registers map[string]string
	// Source positions, one a line, of source_lines.
	sources []string
}

func newTruth() *truth {
	return &truth{values: map[string]string{}, registers: map[string]string{}}
}

func (t *truth) set(key string, value any) {
	if _, ok := t.values[key]; !ok {
		t.keys = append(t.keys, key)
	}
	t.values[key] = fmt.Sprint(value)
}

func (t *truth) get(key string) string { return t.values[key] }

// bareKeys are the keys whose values are numbers, booleans or null.
var bareKeys = []string{
	"pid", "cpu", "in_interrupt", "number_of_oopses_in_log", "code_bytes_count", "faulting_byte_index",
}

// marshal writes YAML that any reader of flat mappings accepts.
func (t *truth) marshal() []byte {
	var b strings.Builder
	for _, k := range t.keys {
		v := t.values[k]
		if k == "registers" {
			b.WriteString("registers:")
			if len(t.registers) == 0 {
				b.WriteString(" {}")
			}
			b.WriteString("\n")
			names := make([]string, 0, len(t.registers))
			for name := range t.registers {
				names = append(names, name)
			}
			sort.Strings(names)
			for _, name := range names {
				fmt.Fprintf(&b, "  %s: '%s'\n", name, t.registers[name])
			}
			continue
		}
		if k == "source_lines" {
			b.WriteString("source_lines:\n")
			for _, line := range t.sources {
				fmt.Fprintf(&b, "  - '%s'\n", strings.ReplaceAll(line, "'", "''"))
			}
			continue
		}
		if slices.Contains(bareKeys, k) {
			fmt.Fprintf(&b, "%s: %s\n", k, v)
			continue
		}
		fmt.Fprintf(&b, "%s: '%s'\n", k, strings.ReplaceAll(v, "'", "''"))
	}
	return []byte(b.String())
}

// parseTruth reads what marshal wrote.
func parseTruth(text []byte) (*truth, error) {
	t := newTruth()
	for n, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if item, ok := strings.CutPrefix(line, "  - "); ok {
			t.sources = append(t.sources, unquote(item))
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("truth line %d: no key", n+1)
		}
		value = unquote(strings.TrimSpace(value))
		if name, nested := strings.CutPrefix(key, "  "); nested {
			t.registers[name] = value
			continue
		}
		t.set(key, value)
	}
	return t, nil
}

func unquote(value string) string {
	if strings.HasPrefix(value, "'") && strings.HasSuffix(value, "'") && len(value) > 1 {
		return strings.ReplaceAll(value[1:len(value)-1], "''", "'")
	}
	return value
}

// A proof is what the module says about the place of a crash, before anyone looks at the log.
type proof struct {
	Candidates  []instruction // instructions at which the fault can be, or calls that lead to it
	FieldOffset int64         // bytes from the start of the struct; -1 without a field
}

// prove finds the faulting instruction of c, or its call, in the disassembly of the module. The
// source line is found by its text, so that edits of the source do not move it.
func prove(ctx context.Context, work string, c scenario) (proof, error) {
	p := proof{FieldOffset: -1}
	if c.Object == "" {
		return p, nil
	}
	object := filepath.Join(work, "build", c.Flavour, c.Object)
	code, err := disassemble(ctx, c.Flavour, object, c.Site)
	if err != nil {
		return p, err
	}
	file, line, err := markedLine(filepath.Dir(object), c.Mark)
	if err != nil {
		return p, err
	}
	pattern := c.Insn
	if pattern == "" {
		pattern = `\bcall\b|\bblr?\b`
	}
	want := regexp.MustCompile(pattern)
	for _, i := range code {
		if c.Mark != "*" && (i.File != file || i.Line != line) {
			continue
		}
		if want.MatchString(i.Text) {
			p.Candidates = append(p.Candidates, i)
		}
	}
	if len(p.Candidates) == 0 {
		return p, fmt.Errorf("%s: no instruction like %q on %s:%d in %s", c.Name, pattern, file, line, c.Site)
	}
	if c.Field != "" {
		p.FieldOffset, err = fieldOffset(object, c.Struct, c.Field)
	}
	return p, err
}

// markedLine finds the one source line below dir that contains text.
func markedLine(dir, text string) (file string, line int, err error) {
	if text == "*" {
		return "", 0, nil
	}
	sources, _ := filepath.Glob(filepath.Join(dir, "*.c"))
	faulty, _ := filepath.Glob(filepath.Join(dir, "faulty", "*.c"))
	for _, source := range append(sources, faulty...) {
		b, err := os.ReadFile(source)
		if err != nil {
			return "", 0, err
		}
		for n, l := range strings.Split(string(b), "\n") {
			if strings.Contains(l, text) {
				return filepath.Base(source), n + 1, nil
			}
		}
	}
	return "", 0, fmt.Errorf("no source line with %q in %s", text, dir)
}

// check holds a capture to the proof and returns the place of our function in the log: the
// instruction pointer, or the frame through which the crash was reached.
func (p proof) check(c scenario, r reading) (place, *instruction, error) {
	if c.Object == "" {
		return place{}, nil, nil
	}
	if c.Insn != "" {
		if r.IP.Symbol != c.Site {
			return r.IP, nil, fmt.Errorf("%s: the log says %q, not %s", c.Name, r.IP, c.Site)
		}
		for i := range p.Candidates {
			if p.Candidates[i].Offset == r.IP.Offset {
				return r.IP, &p.Candidates[i], nil
			}
		}
		return r.IP, nil, fmt.Errorf("%s: the log says %s, objdump says %s", c.Name, r.IP, places(c.Site, p.Candidates))
	}
	for _, f := range r.Frames {
		if f.Symbol != c.Site {
			continue
		}
		for i := range p.Candidates {
			if p.Candidates[i].End == f.Offset {
				return f, &p.Candidates[i], nil
			}
		}
		return f, nil, fmt.Errorf("%s: the trace says %s, objdump has calls %s", c.Name, f, places(c.Site, p.Candidates))
	}
	return place{}, nil, fmt.Errorf("%s: %s is not in the trace", c.Name, c.Site)
}

func places(function string, code []instruction) string {
	var all []string
	for _, i := range code {
		all = append(all, fmt.Sprintf("%s+0x%x..0x%x", function, i.Offset, i.End))
	}
	return strings.Join(all, ", ")
}

// archOf is contract.md's word for the architecture of a flavour.
func archOf(flavour string) string {
	switch flavour {
	case "arm64":
		return "arm64"
	case "686":
		return "i386"
	}
	return "x86_64"
}

// buildTruth joins what was done, what the module says, and what the log prints.
func buildTruth(c scenario, p proof, site place, insn *instruction, r reading) *truth {
	t := newTruth()
	if c.Kind == "panic" || c.Kind == "hung-task" {
		// What is printed as RIP is where the interrupt came, or user space: no place of the crash.
		r.IP, r.Code, r.Registers = place{}, 0, nil
	}
	if c.CPUs > 1 {
		r.Registers = nil // of two CPUs, line by line
	}
	t.set("what", c.What)
	t.set("kernel_release", r.Release)
	t.set("arch", archOf(c.Flavour))
	t.set("kind", c.Kind)
	t.set("fault_address", r.Fault)
	t.set("ip_symbol", r.IP.String())
	t.set("ip_module", r.IP.Module)
	first := ""
	if c.Story != "" {
		first = site.String() + " [" + site.Module + "]"
	}
	t.set("first_netfilter_frame", first)
	culprit := c.Site
	if culprit == "" {
		culprit = c.Culprit
	}
	t.set("culprit_function", culprit)
	t.set("comm", r.Comm)
	t.set("pid", orNull(r.PID))
	t.set("cpu", orNull(r.CPU))
	t.set("tainted", r.Tainted)
	t.set("in_interrupt", c.Context != "task")
	t.set("panic_reason", r.Panic)
	t.set("number_of_oopses_in_log", max(c.Reports, 1))
	if r.Code > 0 {
		t.set("code_bytes_count", r.Code)
		t.set("faulting_byte_index", orNull(r.Marked))
	}
	text := ""
	switch {
	case r.Code == 0 || c.Insn == insnSpin:
		// Not printed, or one of a loop: objdump's target of a jump is not the log's.
	case c.Insn != "" && insn != nil:
		text = insn.Text
	case r.Trap:
		text = "ud2"
	}
	t.set("faulting_instruction", text)
	t.set("registers", "")
	t.registers = r.Registers
	fix := ""
	if c.Story != "" {
		fix = "ipt-connlimit-predicate-order"
	}
	t.set("known_fix", fix)
	t.set("damaged", "")
	// What the files of the wild corpus do not have.
	t.set("context", c.Context)
	t.set("site", site.String())
	if insn != nil {
		t.set("site_line", insn.File+":"+strconv.Itoa(insn.Line))
		t.set("site_instruction", insn.Text)
	}
	if c.Field != "" {
		t.set("struct", c.Struct)
		t.set("field", c.Field)
		t.set("field_offset", fmt.Sprintf("0x%x", p.FieldOffset))
	}
	if c.Access != "" {
		t.set("access", c.Access)
	}
	if c.Notes != "" {
		t.set("notes", c.Notes)
	}
	return t
}

func orNull(n int) string {
	if n < 0 {
		return "null"
	}
	return strconv.Itoa(n)
}
