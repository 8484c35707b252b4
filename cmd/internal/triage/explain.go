package triage

import (
	"fmt"
	"strings"

	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops"
)

// explain says what the faulting instruction did, and what lies at the offset if the knowledge base knows.
func (a *analysis) explain() {
	e := &a.effect
	if !a.faulted() {
		return
	}
	if e.Why == "" || e.Access == "" && e.Trap == "" {
		a.explainWithoutCode()
		return
	}
	cause := &Cause{Summary: e.Why, Poison: e.Poison}
	if e.HasBase {
		cause.BaseRegister, cause.BaseValue = e.Base, hexOf(e.BaseValue)
	}
	if e.HasBase || e.Null {
		cause.Offset = signedHex(e.Offset)
	}
	if f := a.field(); f != nil {
		cause.Struct, cause.Field = f.Struct, f.Field
		cause.Summary = strings.TrimSuffix(cause.Summary, ".") + fmt.Sprintf("; at %#x of struct %s lies %s (from %s).", *f.Offset, f.Struct, f.Field, a.r.Matches[0].ID)
	}
	a.r.Cause = cause
}

// faulted says that the CPU stopped at the instruction: in a stall or a panic() it only happened to be there.
func (a *analysis) faulted() bool {
	switch oops.Kind(a.r.Kind) {
	case oops.SoftLockup, oops.HardLockup, oops.RCUStall, oops.HungTask, oops.Workqueue, oops.Lockdep, oops.MemoryLeak, oops.PageState, oops.OOMPanic, oops.MCE:
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
		if f.Field != "" && f.Offset != nil && *f.Offset == offset && (e.Null || e.Poison != "") && (f.Arch == "" || f.Arch == a.r.Arch) {
			return f
		}
	}
	return nil
}

// explainWithoutCode says what the address alone tells: no Code: line, or no fault marked in it.
func (a *analysis) explainWithoutCode() {
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
		a.r.Cause = &Cause{Summary: fmt.Sprintf("Address %#x is in the first page: probably a NULL pointer and the offset of a field.", addr), Offset: hexOf(addr)}
	}
}
