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
		whoMay(e.Preconditions.UserNamespaces),
	}, empty), "; "))
	add("CAME IN", versions(e.Introduced.Mainline, e.Introduced.Approximate, e.Introduced.Stable))
	add("FIXED IN", fixedIn(e))
	add("FIX", strings.TrimSpace(e.Fixed.Subject+" "+commitList(e.Fixed.Commits)))
	for _, w := range e.Affected.Windows {
		add("AFFECTED", windowText(w))
	}
	for _, text := range builds(e.Affected.Builds) {
		add("BUILDS", text)
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
		add("READ", shortLink(r))
	}
	for _, s := range e.Sources {
		add("SOURCE", s.Facts+": "+s.Where)
	}
	return fields
}

func empty(s string) bool { return s == "" }

// fixedIn names the releases with the fix, or why none is named.
func fixedIn(e *kb.Entry) string {
	list := versions(e.Fixed.Mainline, e.Fixed.Approximate, e.Fixed.Stable)
	switch {
	case list == "" && e.Fixed.Subject != "":
		return "UNKNOWN release: look for the title of the fix in your kernel's changelog"
	case list != "" && e.Fixed.Mainline == "":
		return list + "; UNKNOWN which mainline release"
	}
	return list
}

// versions lists releases, the stable ones first and in their order.
func versions(mainline string, approximate bool, stable map[string]string) string {
	list := slices.SortedFunc(maps.Values(stable), kb.CompareVersions)
	if mainline != "" {
		if approximate {
			mainline += " (or the release before it)"
		}
		list = append(list, mainline)
	}
	return strings.Join(list, ", ")
}

// builds puts those of which the same is known into one sentence.
func builds(list []kb.Build) []string {
	var sentences []string
	for i := 0; i < len(list); {
		var names []string
		first := list[i]
		for ; i < len(list) && list[i].Affected == first.Affected && list[i].Note == first.Note; i++ {
			names = append(names, strings.Trim(list[i].Release, "*-"))
		}
		state := "affected"
		if first.Affected == "no" {
			state = "not affected"
		}
		sentences = append(sentences, strings.TrimSpace(state+": "+strings.Join(names, ", ")+". "+first.Note))
	}
	return sentences
}

// shortLink leaves as much of a commit's hash as kernel.org needs, so that the link fits into a line of 80 columns.
func shortLink(s string) string {
	const commit = "https://git.kernel.org/linus/"
	if hash, found := strings.CutPrefix(s, commit); found && len(hash) == 40 {
		return commit + hash[:12]
	}
	return s
}

// whoMay says whether a user without rights can do what the bug needs.
func whoMay(userNamespaces string) string {
	switch userNamespaces {
	case "yes":
		return "no rights: any user may do it in a user namespace of their own"
	case "no":
		return "root's rights: a user namespace is not enough"
	}
	return ""
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
