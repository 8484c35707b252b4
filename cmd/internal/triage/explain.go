package triage

import (
	"context"
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops"
)

// diagnose works out what the faulting instruction did, and why that failed.
func (a *analysis) diagnose(ctx context.Context) {
	c := a.crash
	if !c.Code.Known() && !c.IP.Known() {
		return
	}
	listing := a.listing
	if !a.decoded {
		listing = disasm.Disassemble(disasm.Request{Arch: disasm.Arch(a.r.Arch), Code: a.request.Code, PC: a.request.PC})
	}
	f := disasm.Facts{Registers: make(map[string]uint64, len(c.Registers)), Kind: a.r.Kind, Types: a.types(ctx)}
	for _, g := range c.Registers {
		f.Registers[g.Name] = g.Value
	}
	bare := c.Kind == oops.Other && len(c.Lines) == 1 // code alone, from the command line
	if bare {
		f.Kind = ""
	}
	if c.FaultAddress.Known() && (bare || addressed(c.Kind)) {
		f.FaultAddress = &c.FaultAddress.Value
	}
	if c.ErrorCode.Known() {
		f.ErrorCode = &c.ErrorCode.Value
	}
	if ip := &c.IP.Value; c.IP.Known() {
		if ip.HasAddress {
			f.PC = &ip.Address
		}
		f.Func = ip.Symbol
		if ip.HasOffset {
			offset := int64(ip.Offset)
			f.FuncOffset = &offset
		}
	}
	a.diag = disasm.Diagnose(listing, f)
	a.effect = a.diag.Effect
	a.noteInstructions()
	if a.r.Access == "" {
		switch c.Kind {
		case oops.NullDeref, oops.PagingRequest, oops.GPF:
			a.r.Access = a.effect.Access
		}
	}
}

// addressed says that a crash of this kind has a fault address: in other dumps CR2 holds that of some earlier fault.
func addressed(k oops.Kind) bool {
	switch k {
	case oops.Bug, oops.Warn, oops.Refcount, oops.ListCorruption, oops.DivideError, oops.InvalidOpcode, oops.UBSAN,
		oops.Other:
		return false
	}
	return true
}

// explain says what the faulting instruction did and where the bad value came from, and what lies at the offset if
// the knowledge base knows.
func (a *analysis) explain(ctx context.Context) {
	e, d := &a.effect, &a.diag
	if !a.faulted() {
		return
	}
	if e.Why == "" || e.Access == "" && e.Trap == "" && d.Cause.Kind == disasm.NoCause {
		a.explainWithoutCode(ctx)
		return
	}
	field, known := a.field(), ""
	if field != nil {
		variable, from := sourceNames(a.entries[0], field)
		known = a.fieldSentence(variable, from, field)
	}
	cause := &Cause{Summary: d.Why(known), Poison: e.Poison}
	switch d.Cause.Kind {
	case disasm.NullCall, disasm.BadCall, disasm.ExecData, disasm.UserExec:
		if from := a.caller(); from != "" && e.Base == "" {
			cause.Summary += "; the call came from " + from
		}
	}
	if e.HasBase {
		cause.BaseRegister, cause.BaseValue = e.Base, hexOf(e.BaseValue)
	}
	if e.HasBase || e.Null {
		cause.Offset = signedHex(e.Offset)
	}
	a.typedField(ctx, cause)
	if field != nil {
		cause.Struct, cause.Field = field.Struct, field.Field
	}
	a.r.Cause = cause
}

// caller is the first sure frame of the trace, for a call that led nowhere.
func (a *analysis) caller() string {
	for i := range a.r.Trace {
		if f := &a.r.Trace[i]; f.Reliable && f.Symbol != "" && (a.r.IP == nil || f.Symbol != a.r.IP.Symbol) {
			name := f.Symbol
			if f.Offset != "" {
				name += "+" + string(f.Offset)
			}
			if f.Module != "" {
				name += " [" + f.Module + "]"
			}
			return name
		}
	}
	return ""
}

// fieldSentence says which variable was NULL and what lies at the offset, as the knowledge base knows it.
func (a *analysis) fieldSentence(variable, from string, f *kb.Fault) string {
	id := a.r.Matches[0].ID
	place := fmt.Sprintf("at %#x of struct %s lies %s", *f.Offset, f.Struct, f.Field)
	if variable == "" {
		return fmt.Sprintf("%s (%s)", place, id)
	}
	what := "is NULL"
	if !a.effect.Null {
		what = "is the bad pointer"
	}
	if from != "" {
		what += ", which " + from + "() should have set"
	}
	return fmt.Sprintf("in the source %s %s: %s (%s)", variable, what, place, id)
}

// sourceNames finds the variable whose field was used, and the function that gives it its value, in the lines of
// source that an entry shows: "found_ct = tuplehash_to_ctrack(found)" and "found_ct->proto.tcp.state".
func sourceNames(e *kb.Entry, f *kb.Fault) (variable, from string) {
	for _, source := range [...]string{e.Fix.Before, e.Fix.Diff} {
		if variable = wordBefore(source, "->"+f.Field); variable == "" {
			continue
		}
		_, rest, ok := strings.Cut(source, variable+" = ")
		if ok {
			if i := strings.IndexByte(rest, '('); i > 0 && wordBefore(rest[:i+1], "(") == rest[:i] {
				from = rest[:i]
			}
		}
		return variable, from
	}
	return "", ""
}

// wordBefore is the identifier that stands right before the first mark in s.
func wordBefore(s, mark string) string {
	i := strings.Index(s, mark)
	if i < 0 {
		return ""
	}
	from := i
	for from > 0 && (s[from-1] == '_' || s[from-1]|0x20 >= 'a' && s[from-1]|0x20 <= 'z' || s[from-1] >= '0' &&
		s[from-1] <= '9') {
		from--
	}
	return s[from:i]
}

// faulted says that the CPU stopped at the instruction: in a stall or a panic() it only happened to be there.
func (a *analysis) faulted() bool {
	switch oops.Kind(a.r.Kind) {
	case oops.SoftLockup, oops.HardLockup, oops.RCUStall, oops.HungTask, oops.Workqueue, oops.Lockdep, oops.MemoryLeak,
		oops.PageState, oops.OOMPanic, oops.MCE:
		return false
	case oops.Panic:
		return !a.crash.IP.Known()
	}
	return true
}

// field is the variant of the best match's fault that this crash shows.
func (a *analysis) field() *kb.Fault {
	if len(a.entries) == 0 || a.r.Matches[0].Verdict == "possible" {
		return nil
	}
	e := &a.effect
	offset := uint64(e.Offset)
	if !e.HasBase && e.Null {
		offset = e.Address
	}
	for i := range a.entries[0].Faults {
		f := &a.entries[0].Faults[i]
		if f.Field != "" && f.Offset != nil && *f.Offset == offset && (e.Null || e.Poison != "") && (f.Arch == "" ||
			f.Arch == a.r.Arch) {
			return f
		}
	}
	return nil
}

// explainWithoutCode says what the address alone tells: no Code: line, or no fault marked in it.
func (a *analysis) explainWithoutCode(ctx context.Context) {
	c := a.crash
	if !c.FaultAddress.Known() {
		return
	}
	const firstPage = 4096
	addr := c.FaultAddress.Value
	switch a.r.Kind {
	case "null-deref", "paging-request", "gpf":
	default:
		return
	}
	if addr < firstPage {
		a.r.Cause = &Cause{
			Summary: fmt.Sprintf("address %#x is in the first page: probably a NULL pointer and the offset of a field", addr),
			Offset:  hexOf(addr),
		}
		if t := a.reader(ctx); t != nil {
			a.variableField(t, a.r.Cause, addr, 0)
		}
	}
}
