package oops

import (
	"slices"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// moduleFacts reads "Modules linked in: a b(OE) c" and the rows below it.
func (o *open) moduleFacts(ln *frame.Line, text string) bool {
	c := o.c
	rest, ok := strings.CutPrefix(text, "Modules linked in:")
	if !ok {
		if !o.modules || !moduleRow(text) || startsRecord(text) {
			o.modules = false
			return false
		}
		rest = text
	}
	o.modules = true
	if o.shadow || ok && len(c.Modules) > 0 {
		return true
	}
	c.Modules = slices.Grow(c.Modules, min(len(rest)/8, 256))
	for w := range strings.FieldsSeq(rest) {
		if strings.HasPrefix(w, "[last") {
			break
		}
		name, flags, _ := strings.Cut(w, "(")
		if !isModuleName(name) || len(c.Modules) >= 2000 {
			continue
		}
		c.Modules = append(c.Modules, Module{Name: name, Flags: strings.TrimSuffix(flags, ")"), Line: ln.Num})
	}
	return true
}
