package render

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// relative is the name of an input as build services want it: from the folder that they work in, without "./". A name
// outside of it stays as it is.
func relative(name, folder string) string {
	if name == "-" || name == "" {
		return "stdin"
	}
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if inside, ok := strings.CutPrefix(name, path.Clean(folder)+"/"); ok && folder != "" {
		return inside
	}
	return name
}

// uri is a relative name as a URI reference, and an absolute one as a file: URI.
func uri(name string) string {
	u := url.URL{Path: name}
	if path.IsAbs(name) {
		u.Scheme = "file"
	}
	return u.String()
}

// fileOf is where a report was read from, relative to folder.
func fileOf(r *triage.Report, input, folder string) string {
	name := r.Input
	if name == "" {
		name = input
	}
	return relative(name, folder)
}

// grades of what build services show, mildest first; each service has its own words for them.
type grade int

const (
	note grade = iota
	warning
	failure
)

// gradeOf is the gravity of a report: by its severity, but no more than a note where the rules of the scan let it pass.
func gradeOf(r *triage.Report) grade {
	if r.Standing != nil && !r.Standing.Finding {
		return note
	}
	switch r.Severity {
	case "panic", "oops", "hang":
		return failure
	case "warning":
		return warning
	}
	return note
}

// sentences say in plain text what a crash is: the known bug, the test, the cause.
func sentences(r *triage.Report) []string {
	known := strings.Join(knownAs(r, Clean), ", ")
	if m := matchOf(r); m != nil {
		known += ": " + clean(m.Title, false)
	}
	list := []string{known}
	if r.Test != nil {
		list = append(list, clean(testName(r.Test), false))
	}
	if r.Cause != nil && r.Cause.Summary != "" {
		list = append(list, clean(r.Cause.Summary, false))
	}
	if r.Culprit != nil && r.Culprit.Symbol != "" {
		list = append(list, "blame "+clean(r.Culprit.Symbol+moduleOf(r.Culprit.Module), false))
	}
	if r.Kernel != "" {
		list = append(list, "kernel "+clean(r.Kernel, false))
	}
	if r.Standing != nil && r.Standing.Ignored != "" {
		list = append(list, "ignored: "+clean(r.Standing.Ignored, false))
	}
	return list
}

// spots names the first places of a report that stands for several crashes.
func spots(list []triage.Spot) string {
	const most = 3
	var names []string
	for _, p := range list[:min(len(list), most)] {
		names = append(names, fmt.Sprintf("%s:%d", p.Input, p.Line))
	}
	if len(list) > most {
		names = append(names, "...")
	}
	return strings.Join(names, ", ")
}

// headline is the title of a report.
func headline(r *triage.Report) string { return clean(orUnknown(r.Title), false) }

// ruleOf names the sort of crash for services that group by it: the known bug, or else the kind.
func ruleOf(r *triage.Report) string {
	if m := matchOf(r); m != nil && r.Verdict.Status != "possible" {
		return "kb/" + clean(m.ID, true)
	}
	return "kind/" + clean(orUnknown(r.Kind), true)
}

// keyOf is what reports of one crash have in common.
func keyOf(r *triage.Report) string {
	if r.Fingerprint.Similar != "" {
		return clean(r.Fingerprint.Similar, true)
	}
	return clean(r.Fingerprint.Exact+" "+r.Title, true)
}

// docLimit bounds what the forms hold that are written at the end; the rest is counted.
const docLimit = 5000
