package triage

import "fmt"

// noteInstructions writes beside the instructions what is known of them: well-known pieces of kernel code, and the way
// of the wrong value.
func (a *analysis) noteInstructions() {
	for _, d := range a.diag.Idioms {
		a.note(d.Offset, d.Name+": "+d.Words)
	}
	for i := range a.diag.Origin.Steps {
		s := &a.diag.Origin.Steps[i]
		text := "gives " + s.Register
		if s.HasValue {
			text += fmt.Sprintf(" = %#x", s.Value)
		}
		a.note(s.Offset, text)
	}
}

// note adds a note to the instruction at an offset of the listing.
func (a *analysis) note(offset int, text string) {
	if a.r.Code == nil {
		return
	}
	for i := range a.r.Code.Instructions {
		if in := &a.r.Code.Instructions[i]; in.Offset == offset {
			in.Note = joined(in.Note, text)
		}
	}
}
