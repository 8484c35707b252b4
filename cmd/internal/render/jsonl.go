package render

import (
	"io"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// jsonl writes one report a line and nothing else.
type jsonl struct{ w io.Writer }

func newJSONL(w io.Writer, _ Options) Renderer { return jsonl{w} }

// Report writes one line.
func (j jsonl) Report(r *triage.Report, _ string) error {
	data, err := encode(r, "", "")
	if err != nil {
		return err
	}
	_, err = j.w.Write(append(data, '\n'))
	return err
}

// Close writes nothing.
func (jsonl) Close(*triage.Document) error { return nil }
