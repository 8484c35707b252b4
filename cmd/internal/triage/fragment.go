package triage

import (
	"context"

	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops"
)

// Decode reads bare code: "Code: 43 17 …" or only the bytes, with whatever registers the user knows. arch "" lets the
// knowledge base or the commonest machine decide.
func Decode(text, arch string, regs map[string]uint64, rip *uint64, base *kb.Base) *Report {
	c := oops.FromCode(text, regs, rip)
	return Analyze(context.Background(), c, Sources{KB: base, Arch: arch})
}
