// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// An instruction of a module as objdump gives it. Offset and End count from the start of its function.
type instruction struct {
	Offset, End uint64
	Text        string // GNU syntax, single spaces
	File        string // base name of the source file of the line table
	Line        int
}

var (
	objdumpFunction = regexp.MustCompile(`^([0-9a-f]+) <(\S+)>:$`)
	objdumpLine     = regexp.MustCompile(`^(\S.*):(\d+)(?: \(discriminator \d+\))?$`)
	objdumpInsn     = regexp.MustCompile(`^\s+([0-9a-f]+):\t((?:[0-9a-f]+ )+)\s*(?:\t(.*))?$`)
	spaces          = regexp.MustCompile(`\s+`)
)

// disassemble runs objdump on one function of a module.
func disassemble(ctx context.Context, flavour, object, function string) ([]instruction, error) {
	tool := "objdump"
	if flavour == "arm64" {
		tool = "aarch64-linux-gnu-objdump"
	}
	out, err := exec.CommandContext(ctx, tool, "-d", "-l", "--disassemble="+function, object).Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", tool, object, err)
	}
	code := parseObjdump(out, function)
	if len(code) == 0 {
		return nil, fmt.Errorf("no function %s in %s", function, object)
	}
	return code, nil
}

// parseObjdump reads the output of objdump -d -l: source positions stand before their instructions.
func parseObjdump(out []byte, function string) []instruction {
	var (
		code  []instruction
		start uint64
		in    bool
		file  string
		line  int
	)
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		text := lines.Text()
		if m := objdumpFunction.FindStringSubmatch(text); m != nil {
			in = m[2] == function
			start, _ = strconv.ParseUint(m[1], 16, 64)
			continue
		}
		if !in {
			continue
		}
		if m := objdumpInsn.FindStringSubmatch(text); m != nil {
			at, _ := strconv.ParseUint(m[1], 16, 64)
			size := uint64(len(strings.ReplaceAll(m[2], " ", "")) / 2)
			if m[3] == "" && len(code) > 0 { // more bytes of the instruction before
				code[len(code)-1].End += size
				continue
			}
			code = append(code, instruction{Offset: at - start, End: at - start + size,
				Text: strings.TrimSpace(spaces.ReplaceAllString(m[3], " ")), File: filepath.Base(file), Line: line})
			continue
		}
		if m := objdumpLine.FindStringSubmatch(text); m != nil {
			file = m[1]
			line, _ = strconv.Atoi(m[2])
		}
	}
	return code
}

// fieldOffset looks up where a member lies in a struct, in bytes, in the DWARF of a module. The
// member may be a path ("proto.tcp.state") through structs and unions.
func fieldOffset(object, structName, path string) (int64, error) {
	f, err := elf.Open(object)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	d, err := f.DWARF()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", object, err)
	}
	r := d.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			return 0, fmt.Errorf("%s: %w", object, err)
		}
		if e == nil {
			return 0, fmt.Errorf("%s: no struct %s", object, structName)
		}
		if name, _ := e.Val(dwarf.AttrName).(string); e.Tag != dwarf.TagStructType || name != structName ||
			e.Val(dwarf.AttrDeclaration) != nil {
			continue
		}
		t, err := d.Type(e.Offset)
		if err != nil {
			return 0, err
		}
		return memberOffset(t, strings.Split(path, "."))
	}
}

func memberOffset(t dwarf.Type, path []string) (int64, error) {
	if len(path) == 0 {
		return 0, nil
	}
	for {
		switch u := t.(type) {
		case *dwarf.TypedefType:
			t = u.Type
			continue
		case *dwarf.QualType:
			t = u.Type
			continue
		case *dwarf.StructType:
			for _, m := range u.Field {
				if m.Name == path[0] {
					rest, err := memberOffset(m.Type, path[1:])
					return m.ByteOffset + rest, err
				}
			}
			return 0, fmt.Errorf("struct %s has no member %s", u.StructName, path[0])
		}
		return 0, fmt.Errorf("%s is no struct (looking for %s)", t, path[0])
	}
}
