// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"
)

const objdumpText = `
x.ko:     file format elf64-x86-64


Disassembly of section .text:

0000000000000010 <f>:
f():
/build/x/a.c:7
  10:	e8 00 00 00 00       	call   15 <f+0x5>
g():
/build/x/b.h:3 (discriminator 2)
  15:	48 c7 05 00 00 00 00 	movq   $0x1,0x0(%rip)        # 20 <f+0x10>
  1c:	01 00 00 00 
  20:	80 3c 25 e0 00 00 00 	cmpb   $0x7,0xe0
  27:	07 

0000000000000030 <other>:
  30:	c3                   	ret
`

func TestParseObjdump(t *testing.T) {
	got := parseObjdump([]byte(objdumpText), "f")
	want := []instruction{
		{0x0, 0x5, "call 15 <f+0x5>", "a.c", 7},
		{0x5, 0x10, "movq $0x1,0x0(%rip) # 20 <f+0x10>", "b.h", 3},
		{0x10, 0x18, "cmpb $0x7,0xe0", "b.h", 3},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := parseObjdump([]byte(objdumpText), "nothing"); got != nil {
		t.Errorf("an unknown function has %v", got)
	}
}

func TestProofHoldsTheLog(t *testing.T) {
	at := scenario{Name: "x", Object: "x.ko", Site: "f", Insn: insnMemory}
	through := scenario{Name: "x", Object: "x.ko", Site: "f"}
	p := proof{Candidates: []instruction{{Offset: 0x10, End: 0x18}}}
	here := place{Symbol: "f", Offset: 0x10, Size: 0x20}
	back := place{Symbol: "f", Offset: 0x18, Size: 0x20}
	for _, c := range []struct {
		name string
		s    scenario
		r    reading
		ok   bool
	}{
		{"at the instruction", at, reading{IP: here}, true},
		{"beside it", at, reading{IP: back}, false},
		{"another function", at, reading{IP: place{Symbol: "g", Offset: 0x10}}, false},
		{"return address", through, reading{Frames: []place{{Symbol: "g"}, back}}, true},
		{"another return address", through, reading{Frames: []place{here}}, false},
		{"not in the trace", through, reading{}, false},
	} {
		if _, _, err := p.check(c.s, c.r); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
