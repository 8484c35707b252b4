package oops

import (
	"sort"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// FromCode makes a Crash of bare code, for a user who has nothing else: bytes with or without "Code: " in front,
// registers and the address of the marked byte where they are known.
func FromCode(text string, regs map[string]uint64, pc *uint64) *Crash {
	text = strings.TrimSpace(text)
	c := &Crash{
		Title:     "code",
		Kind:      Other,
		Severity:  SevInfo,
		Arch:      Unknown,
		Context:   InUnknown,
		FirstLine: 1,
		LastLine:  1,
		Span:      frame.Span{Len: int64(len(text))},
	}
	c.Code.set(CodeText{Text: text}, 1)
	for name, v := range regs {
		c.Registers = append(c.Registers, Register{Name: strings.ToLower(name), Value: v, Line: 1})
	}
	sort.Slice(c.Registers, func(i, j int) bool { return c.Registers[i].Name < c.Registers[j].Name })
	for _, r := range c.Registers {
		if r.Name == "cr2" {
			c.FaultAddress.set(r.Value, r.Line)
		}
	}
	if pc != nil {
		c.IP.set(Location{Address: *pc, HasAddress: true}, 1)
	}
	c.Lines = []frame.Line{{Num: 1, Last: 1, Raw: text, Text: text, Usec: -1, CPU: -1, Level: -1, Seq: -1}}
	return c
}
