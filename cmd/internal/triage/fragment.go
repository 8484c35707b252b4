package triage

import (
	"context"

	"github.com/nfoops/nfoops/oops"
)

// Fragment is bare code, with what the user knows of it.
type Fragment struct {
	Text         string // "Code: 43 17 ..." or only the bytes
	Registers    map[string]uint64
	At           *oops.Location // where the marked byte is, or else the first one: an address or a name; nil if not known
	FaultAddress *uint64        // the address that could not be used; nil where it is not known
}

// Decode reads bare code. Without an architecture in src the knowledge base or the commonest machine decides.
func Decode(ctx context.Context, f Fragment, src Sources) *Report {
	var pc *uint64
	if f.At != nil && f.At.HasAddress {
		pc = &f.At.Address
	}
	c := oops.FromCode(f.Text, f.Registers, pc)
	if f.At != nil && f.At.Symbol != "" {
		c.IP = oops.Fact[oops.Location]{Value: *f.At, Line: 1}
	}
	if f.FaultAddress != nil {
		c.FaultAddress.Value, c.FaultAddress.Line = *f.FaultAddress, 1
	}
	return Analyze(ctx, c, src)
}
