package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/kb"
)

func (a *app) kbCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "kb", Short: "Look into the known bugs, and check them",
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprint(a.err, cmd.UsageString())
			return status(exitUsage)
		},
	}
	list := &cobra.Command{
		Use: "list", Short: "List the known bugs, one a line", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.kbList(nil) },
	}
	search := &cobra.Command{
		Use: "search WORD...", Short: "List the known bugs that hold all of the words, best first",
		Example: "  nfoops kb search nf_tables refcount", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.kbList(args) },
	}
	show := &cobra.Command{
		Use: "show ID...", Short: "Show all that is known of a bug", Args: cobra.MinimumNArgs(1),
		Example:           "  nfoops kb show ipt-connlimit-predicate-order",
		ValidArgsFunction: a.completeIDs,
		RunE:              func(_ *cobra.Command, args []string) error { return a.kbShow(args) },
	}
	lint := &cobra.Command{
		Use: "lint [DIR...]", Short: "Check the form of entries",
		Long: "lint checks the entries of the folders, or of --kb, or else the built-in ones,\n" +
			"and prints each problem with its file and line.",
		RunE: func(_ *cobra.Command, args []string) error { return a.kbLint(args) },
	}
	test := &cobra.Command{
		Use: "test [ID...]", Short: "Check that each entry knows its own log, and not its near miss",
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.kbTest(cmd.Context(), args) },
	}
	cmd.AddCommand(list, show, search, lint, test, a.checkCommand(), a.applyCommand(), a.newCommand(), a.exportCommand())
	return cmd
}

func (a *app) completeIDs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	base, err := a.base()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var ids []string
	for _, e := range base.All() {
		ids = append(ids, e.ID+"\t"+e.Title)
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) kbList(words []string) error {
	asJSON, err := a.lines("kb list and kb search")
	if err != nil {
		return err
	}
	base, err := a.base()
	if err != nil {
		return err
	}
	entries := base.All()
	if words != nil {
		entries = base.Search(strings.Join(words, " "))
	}
	rows := make([]entryRow, 0, len(entries))
	wide := 0
	for _, e := range entries {
		rows = append(rows, entryRow{e.ID, e.Title, e.Class, e.Subsystem, e.Fixed.Mainline})
		wide = max(wide, min(len(e.ID), 32))
	}
	if asJSON {
		err = a.printJSON(rows)
	} else {
		err = a.printRows(rows, wide)
	}
	if err == nil && len(rows) == 0 {
		a.say("no entry has %s", strings.Join(words, " and "))
		return status(exitNone)
	}
	return err
}

// entryRow is an entry in the list.
type entryRow struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Class     string `json:"class"`
	Subsystem string `json:"subsystem"`
	FixedIn   string `json:"fixed_in,omitempty"`
}

func (a *app) printRows(rows []entryRow, wide int) error {
	for _, r := range rows {
		line := fmt.Sprintf("%-*s  %s", wide, render.Clean(r.ID), render.Clean(r.Title))
		if r.FixedIn != "" {
			line += " (fixed in " + render.Clean(r.FixedIn) + ")"
		}
		if _, err := fmt.Fprintln(a.out, line); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) kbShow(ids []string) error {
	asMarkdown := a.format == "markdown" && len(a.outputs) == 0
	asJSON := false
	if !asMarkdown {
		var err error
		if asJSON, err = a.lines("kb show"); err != nil {
			return err
		}
	}
	base, err := a.base()
	if err != nil {
		return err
	}
	var entries []*kb.Entry
	for _, id := range ids {
		e, found := base.Get(id)
		if !found {
			err := fmt.Errorf("there is no entry %q", id)
			if near := base.Search(id); len(near) > 0 {
				return withHint(err, "is %s meant?", near[0].ID)
			}
			return withHint(err, "nfoops kb list shows all of them")
		}
		entries = append(entries, e)
	}
	if asJSON {
		return a.printJSON(entries)
	}
	for i, e := range entries {
		if i > 0 {
			if _, err := fmt.Fprintln(a.out); err != nil {
				return err
			}
		}
		if asMarkdown {
			if _, err := fmt.Fprint(a.out, render.EntryMarkdown(e.ID, entryFields(e))); err != nil {
				return err
			}
			continue
		}
		_, err := a.out.Write(render.Entry(e.ID, entryFields(e), render.Options{
			Width: width(a.out), Color: a.colored(a.out), ASCII: a.ascii || a.format == "plain", Whole: true,
		}))
		if err != nil {
			return err
		}
	}
	return nil
}

// kbLint checks folders, or the built-in entries.
func (a *app) kbLint(dirs []string) error {
	if len(dirs) == 0 && a.kbDir != "" {
		dirs = []string{a.kbDir}
	}
	if len(dirs) == 0 {
		base, err := kb.Load()
		if err != nil {
			return err
		}
		a.say("%d built-in entries are in order", len(base.All()))
		return nil
	}
	found := 0
	for _, dir := range dirs {
		if _, err := os.ReadDir(dir); err != nil {
			return err
		}
		for _, p := range kb.Lint(os.DirFS(dir)) {
			found++
			if _, err := fmt.Fprintf(a.out, "%s/%s\n", render.Clean(dir), render.Clean(p.Error())); err != nil {
				return err
			}
		}
	}
	switch found {
	case 0:
		a.say("no problem found")
		return nil
	case 1:
		a.say("1 problem found")
	default:
		a.say("%d problems found", found)
	}
	return status(exitNone)
}

// lines says whether a command that prints lines is to print JSON; it knows no other format and no -o.
func (a *app) lines(command string) (asJSON bool, err error) {
	switch {
	case len(a.outputs) > 0:
		return false, errors.New("-o is for reports; send standard output to the file")
	case a.format == "json":
		return true, nil
	case a.format == "" || a.format == "text" || a.format == "plain":
		return false, nil
	}
	return false, fmt.Errorf("%s: the formats are text, plain or json, not %s", command, a.format)
}
