package symbols

// Local is a parameter or a variable of a function, as the source declares it.
type Local struct {
	// Name is the variable's, Function the source name of the function that has it.
	Name, Function string
	// Depth is the function's index in what [Image.Lines] gives: 0 is the innermost.
	Depth int
	// Param is true for a parameter.
	Param bool
	// Type is never nil.
	Type *Type
}

// Locals returns the parameters and variables in scope at an address of the image, those of the innermost function
// first. Where a variable is kept, or whether the compiler kept it at all, isn't looked at.
func (m *Image) Locals(addr uint64) ([]Local, Reason) {
	x, reason := m.dwarf()
	if x == nil {
		return nil, reason
	}
	found := x.Locals(addr)
	if len(found) == 0 {
		return nil, ReasonNoLine
	}
	out := make([]Local, 0, len(found))
	for _, l := range found {
		out = append(out, Local{Name: plain(l.Name), Function: plain(l.Function), Depth: l.Depth, Param: l.Param,
			Type: fromDWARF(x, l.Type)})
	}
	return out, ""
}
