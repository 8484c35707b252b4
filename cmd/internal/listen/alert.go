package listen

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/plain"
	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// alert is a crash as it is told to programs, web hooks and the system log.
type alert struct {
	crash *store.Crash
	added *store.Added // nil: it is not in the inbox
	json  []byte
}

// encode makes the JSON form: the report as "nfoops -f jsonl" prints it, and what the listener knows of it.
func (a *alert) encode(report func(*triage.Report) ([]byte, error)) error {
	r, err := report(a.crash.Report)
	if err != nil {
		return err
	}
	type inbox struct {
		Crash  int64  `json:"crash"`
		Group  string `json:"group"`
		Status string `json:"status"`
		First  bool   `json:"first"`
		Again  bool   `json:"again"`
	}
	out := struct {
		Schema string          `json:"schema"`
		Host   string          `json:"host"`
		Source string          `json:"source"`
		Seen   string          `json:"seen"`
		Inbox  *inbox          `json:"inbox,omitempty"`
		Report json.RawMessage `json:"report"`
	}{"nfoops.crash/v1", a.crash.Host, a.crash.Source, a.crash.Seen.UTC().Format(time.RFC3339Nano), nil, r}
	if a.added != nil {
		out.Inbox = &inbox{a.added.Crash, a.added.Group, string(a.added.Status), a.added.First, a.added.Again}
	}
	a.json, err = json.Marshal(out)
	return err
}

// line is the crash in one line of printable ASCII.
func (a *alert) line() string {
	r := a.crash.Report
	s := fmt.Sprintf("%s: %s: %s", a.crash.Host, r.Verdict.Status, r.Title)
	if r.Verdict.ID != "" {
		s += " (" + r.Verdict.ID + ")"
	}
	if r.Kernel != "" {
		s += ", kernel " + r.Kernel
	}
	if a.added != nil {
		s += ", inbox " + a.added.Group
	}
	return plain.Text(s, true)
}
