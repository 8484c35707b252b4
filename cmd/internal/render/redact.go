package render

import (
	"slices"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// Redact lets a renderer show nothing that tells whose machine it was: addresses, hosts and mail addresses become IP1,
// HOST1, ... in reports, in the names of inputs and in what could not be read.
func Redact(to Renderer) Renderer { return &redacting{to: to} }

type redacting struct {
	to   Renderer
	mask triage.Mask
}

// Report shows a masked copy.
func (x *redacting) Report(r *triage.Report, input string) error {
	masked := x.mask.Report(r)
	return x.to.Report(masked, x.mask.Input(input))
}

// Close masks the names of inputs, and the lines that nobody could read.
func (x *redacting) Close(doc *triage.Document) error {
	masked := *doc
	masked.Inputs = slices.Clone(doc.Inputs)
	for i := range masked.Inputs {
		masked.Inputs[i].Name = x.mask.Input(masked.Inputs[i].Name)
		masked.Inputs[i].Error = x.mask.Text(masked.Inputs[i].Error)
	}
	masked.Suspicious = slices.Clone(doc.Suspicious)
	for i := range masked.Suspicious {
		masked.Suspicious[i].Text = x.mask.Text(masked.Suspicious[i].Text)
	}
	return x.to.Close(&masked)
}
