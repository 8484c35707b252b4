package triage

import (
	"context"

	"github.com/nfoops/nfoops/oops"
)

// Decode reads bare code: "Code: 43 17 …" or only the bytes, with whatever registers the user knows, and where the fault
// was: an address, a name, or nil for unknown. Without an architecture in src the knowledge base or the commonest
// machine decides.
func Decode(ctx context.Context, text string, regs map[string]uint64, at *oops.Location, src Sources) *Report {
	var rip *uint64
	if at != nil && at.HasAddress {
		rip = &at.Address
	}
	c := oops.FromCode(text, regs, rip)
	if at != nil && at.Symbol != "" {
		c.IP = oops.Fact[oops.Location]{Value: *at, Line: 1}
	}
	return Analyze(ctx, c, src)
}
