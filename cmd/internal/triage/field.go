package triage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/disasm"
)

// typedField says which field of which struct the instruction meant, as the types of the kernel tell: the type of the
// pointer, where the code shows what it came from, or else the variables of the source that fit.
func (a *analysis) typedField(ctx context.Context, cause *Cause) {
	e, d := &a.effect, &a.diag
	t := a.reader(ctx)
	if t == nil {
		return
	}
	if typ := d.Origin.Type; typ != "" {
		cause.Struct, cause.Field = structName(typ), d.Origin.Field
		if names := t.fieldsAt(typ, e.Offset, e.Size); len(names) > 0 && len(names) <= maxTold {
			cause.Field = strings.Join(names, " or ")
		}
		return
	}
	if !pointed(d.Cause.Kind) || e.Size <= 0 || e.Index != "" || e.Segment != "" {
		return
	}
	offset := e.Offset
	if !e.HasBase && e.Null {
		offset = int64(e.Address)
	}
	if offset < 0 {
		return
	}
	a.variableField(t, cause, uint64(offset), uint64(e.Size))
}

// variableField names the field by the variables of the source that fit, size 0 being any.
func (a *analysis) variableField(t *typeReader, cause *Cause, offset, size uint64) {
	found := t.variables(offset, size)
	var fields, names []string
	for _, v := range found {
		if field := fmt.Sprintf("%s of struct %s", v.field, v.record); !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
		if !slices.Contains(names, v.name) {
			names = append(names, v.name)
		}
	}
	switch {
	case len(fields) == 0 || len(fields) > maxTold:
		return
	case len(fields) == 1:
		cause.Struct, cause.Field = found[0].record, found[0].field
		if f := a.field(); f != nil && f.Struct == cause.Struct && f.Field == cause.Field {
			return // the knowledge base has said so
		}
	}
	verb := "has"
	if len(names) > 1 {
		verb = "have"
	}
	what := "a field"
	if size > 0 {
		what = count(int(size), "byte", "bytes")
	}
	cause.Summary += fmt.Sprintf("; of the pointers in scope there %s %s %s at %#x: %s", strings.Join(names, ", "), verb,
		what, offset, strings.Join(fields, ", or "))
}

// pointed says that a cause is a bad pointer to something with fields.
func pointed(k disasm.CauseKind) bool {
	switch k {
	case disasm.NullField, disasm.NullFolded, disasm.UseAfterFree, disasm.Uninitialised, disasm.ListPoison,
		disasm.PoisonPointer, disasm.ErrorPointer, disasm.NonCanonical, disasm.UserPointer, disasm.BadPointer:
		return true
	}
	return false
}

// structName is the tag in "struct nf_conn *".
func structName(typ string) string {
	s := strings.TrimSpace(strings.TrimRight(typ, "* "))
	for _, word := range []string{"const ", "volatile ", "struct ", "union "} {
		s = strings.TrimPrefix(s, word)
	}
	return s
}
