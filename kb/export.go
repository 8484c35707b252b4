package kb

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// exportSchema names the form of what Export writes. Fields are added within v1, never renamed.
const exportSchema = "nfoops.kb/v1"

// Export writes all entries as one JSON object: the schema's name, and the entries sorted by id, one a line. Keys are
// those of the YAML files; a field that is empty is left out. The error is the writer's.
func (b *Base) Export(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "{\"schema\": %q, \"entries\": [", exportSchema)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for i, e := range b.All() {
		separator := "\n"
		if i > 0 {
			separator = ","
		}
		if _, err := out.WriteString(separator); err != nil {
			return fmt.Errorf("kb: %w", err)
		}
		if err := encoder.Encode(e); err != nil { // it ends the line
			return fmt.Errorf("kb: %w", err)
		}
	}
	if _, err := out.WriteString("]}\n"); err != nil {
		return fmt.Errorf("kb: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("kb: %w", err)
	}
	return nil
}
