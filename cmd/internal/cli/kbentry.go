package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/kb"
)

// entryFields is what "kb show" says of an entry, in the order in which one wants to know it.
func entryFields(e *kb.Entry) []render.Field {
	var fields []render.Field
	add := func(name, text string) {
		if strings.TrimSpace(text) != "" {
			fields = append(fields, render.Field{Name: name, Text: text})
		}
	}
	block := func(name, text string) {
		if strings.TrimSpace(text) != "" {
			fields = append(fields, render.Field{Name: name, Text: text, Verbatim: true})
		}
	}
	add("TITLE", e.Title)
	add("ABOUT", strings.Join(slices.DeleteFunc([]string{e.Class, e.Subsystem, strings.Join(e.CVE, " ")}, empty), ", "))
	add("SYMPTOM", e.Symptom)
	add("CAUSE", e.RootCause)
	add("NEEDS", strings.Join(slices.DeleteFunc([]string{
		e.Preconditions.Rule, e.Preconditions.Sysctl, e.Preconditions.Config, e.Preconditions.Other,
	}, empty), "; "))
	add("CAME IN", versions(e.Introduced.Mainline, e.Introduced.Stable))
	add("FIXED IN", versions(e.Fixed.Mainline, e.Fixed.Stable))
	add("FIX", strings.TrimSpace(e.Fixed.Subject+" "+commitList(e.Fixed.Commits)))
	for _, w := range e.Affected.Windows {
		add("AFFECTED", windowText(w))
	}
	for _, b := range e.Affected.Builds {
		add("BUILD", b.Release+": affected "+b.Affected+" "+b.Note)
	}
	add("", e.Affected.Note)
	add("DO NOW", e.Workaround.Text)
	add("  cost", e.Workaround.Cost)
	add("  undo", e.Workaround.Undo)
	add("KINDS", strings.Join(e.Kinds, ", "))
	add("FUNCTIONS", strings.Join(e.Functions, ", "))
	add("MODULES", strings.Join(e.Modules, ", "))
	for _, f := range e.Faults {
		add("FAULT", faultText(f))
	}
	for _, s := range e.Code {
		add("CODE", s.Arch+": "+s.Note)
		block("", strings.Join(s.Shape, "\n"))
	}
	add("EXPLAINED", e.Fix.Explanation)
	block("BEFORE", e.Fix.Before)
	block("AFTER", e.Fix.After)
	block("DIFF", e.Fix.Diff)
	for _, r := range e.References {
		add("READ", r)
	}
	for _, s := range e.Sources {
		add("SOURCE", s.Facts+": "+s.Where)
	}
	return fields
}

func empty(s string) bool { return s == "" }

func versions(mainline string, stable map[string]string) string {
	var list []string
	if mainline != "" {
		list = append(list, mainline)
	}
	for _, series := range slices.Sorted(maps.Keys(stable)) {
		list = append(list, stable[series])
	}
	return strings.Join(list, ", ")
}

func commitList(commits []string) string {
	if len(commits) == 0 {
		return ""
	}
	short := make([]string, len(commits))
	for i, c := range commits {
		short[i] = c[:min(12, len(c))]
	}
	return "(" + strings.Join(short, ", ") + ")"
}

func windowText(w kb.Window) string {
	var text string
	switch {
	case w.From != "" && w.Before != "":
		text = "from " + w.From + " to before " + w.Before
	case w.From != "":
		text = "from " + w.From + " on"
	default:
		text = "before " + w.Before
	}
	if len(w.Modules) > 0 {
		text += ", with " + strings.Join(w.Modules, " or ")
	}
	if w.Note != "" {
		text += " (" + w.Note + ")"
	}
	return text
}

func faultText(f kb.Fault) string {
	var parts []string
	switch {
	case f.Offset != nil:
		parts = append(parts, fmt.Sprintf("%s at offset %#x", orAccess(f.Access), *f.Offset))
	case f.Address != nil:
		parts = append(parts, fmt.Sprintf("%s at address %#x", orAccess(f.Access), *f.Address))
	default:
		parts = append(parts, orAccess(f.Access))
	}
	if f.Poison != "" {
		parts = append(parts, "from "+f.Poison)
	}
	if f.Struct != "" || f.Field != "" {
		parts = append(parts, strings.Trim(f.Struct+"."+f.Field, "."))
	}
	if f.Arch != "" {
		parts = append(parts, "on "+f.Arch)
	}
	if f.Kernel.From != "" || f.Kernel.Before != "" {
		parts = append(parts, windowText(f.Kernel))
	}
	return strings.Join(parts, ", ")
}

func orAccess(s string) string {
	if s == "" {
		return "access"
	}
	return s
}
