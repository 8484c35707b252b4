package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/nfoops/nfoops/cmd/internal/plain"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// jsonDocument writes one Document. The reports are written as they come, so the inputs, whose digests are known only
// at the end, stand behind them.
type jsonDocument struct {
	w     io.Writer
	tool  triage.Tool
	count int
}

func newJSON(w io.Writer, o Options) Renderer { return &jsonDocument{w: w, tool: o.Tool} }

func (j *jsonDocument) start() error {
	tool, err := encode(j.tool, "  ", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.w, "{\n  \"schema\": %q,\n  \"tool\": %s,\n  \"reports\": [", triage.Schema, tool)
	return err
}

// Report writes one element of "reports".
func (j *jsonDocument) Report(r *triage.Report, _ string) error {
	sep := ",\n    "
	if j.count == 0 {
		if err := j.start(); err != nil {
			return err
		}
		sep = "\n    "
	}
	j.count++
	data, err := encode(r, "    ", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.w, "%s%s", sep, data)
	return err
}

// Close writes the rest of the document.
func (j *jsonDocument) Close(doc *triage.Document) error {
	end := "\n  ]"
	if j.count == 0 {
		if err := j.start(); err != nil {
			return err
		}
		end = "]"
	}
	inputs, err := encode(notNil(doc.Inputs), "  ", "  ")
	if err != nil {
		return err
	}
	suspicious, err := encode(notNil(doc.Suspicious), "  ", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.w, "%s,\n  \"inputs\": %s,\n  \"suspicious\": %s\n}\n", end, inputs, suspicious)
	return err
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// encode is JSON in which nothing can harm a terminal: encoding/json escapes C0 only.
func encode(v any, prefix, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if indent != "" {
		enc.SetIndent(prefix, indent)
	}
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return escapeJSON(bytes.TrimRight(b.Bytes(), "\n")), nil
}

// escapeJSON replaces harmful characters, and the ## of build services, by JSON's own escapes. Both can stand inside
// of strings only.
func escapeJSON(data []byte) []byte {
	data = bytes.ReplaceAll(data, []byte("##"), []byte(`\u0023\u0023`))
	var out []byte
	done := 0
	for i := 0; i < len(data); {
		if data[i] < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if plain.Harmful(r) {
			out = append(out, data[done:i]...)
			if r > 0xffff {
				hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
				out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return data
	}
	return append(out, data[done:]...)
}
