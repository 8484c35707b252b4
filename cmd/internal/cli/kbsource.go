package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/kb"
)

// checkCommand looks at a kernel's source tree: by structure, not by its version.
func (a *app) checkCommand() *cobra.Command {
	var source string
	cmd := &cobra.Command{
		Use: "check --source DIR [ID...]", Short: "Tell whether a source tree has a bug or its fix",
		Long: "check reads the source tree of a kernel or of a module and tells for each entry, or for\n" +
			"those whose entry says how to tell, whether the code has the bug or the fix.\n\n" +
			"Exit status 1: the tree has at least one of the bugs.",
		Example:           "  nfoops kb check --source linux-6.1 ipt-connlimit-predicate-order",
		ValidArgsFunction: a.completeIDs,
		RunE:              func(_ *cobra.Command, args []string) error { return a.kbCheck(source, args) },
	}
	cmd.Flags().StringVar(&source, "source", "", "the source `DIR`")
	_ = cmd.MarkFlagRequired("source")
	return cmd
}

// applyCommand shows or applies the fix that an entry carries.
func (a *app) applyCommand() *cobra.Command {
	var source string
	var write bool
	cmd := &cobra.Command{
		Use: "apply --source DIR ID", Short: "Show the fix of a bug on a source tree, or apply it",
		Long: "apply finds the file in the source tree and says how the entry's fix fits there. With --write the file\n" +
			"is changed and the old one kept beside it as FILE.orig. It refuses what does not fit.\n\n" +
			"Exit status 1: the fix does not fit, or is there already.",
		Example: "  nfoops kb apply --source patch-o-matic --write ipt-connlimit-predicate-order",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: a.completeIDs,
		RunE: func(_ *cobra.Command, args []string) error { return a.kbApply(source, args[0], write) },
	}
	cmd.Flags().StringVar(&source, "source", "", "the source `DIR`")
	cmd.Flags().BoolVar(&write, "write", false, "change the file; the old one is kept as FILE.orig")
	_ = cmd.MarkFlagRequired("source")
	return cmd
}

// entries gives those with the ids, or all where there are none.
func (a *app) entries(ids []string) ([]*kb.Entry, error) {
	base, err := a.base()
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return base.All(), nil
	}
	var out []*kb.Entry
	for _, id := range ids {
		e, found := base.Get(id)
		if !found {
			return nil, withHint(fmt.Errorf("there is no entry %q", id), "nfoops kb list shows all of them")
		}
		out = append(out, e)
	}
	return out, nil
}

func directory(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	return nil
}

func (a *app) kbCheck(source string, ids []string) error {
	if err := directory(source); err != nil {
		return err
	}
	entries, err := a.entries(ids)
	if err != nil {
		return err
	}
	tree := os.DirFS(source)
	bugs, told := 0, 0
	for _, e := range entries {
		if e.Pattern.File == "" && len(ids) == 0 {
			continue // the entry does not say how to tell
		}
		told++
		r := e.Check(tree)
		if r.Finding == kb.FindsBug {
			bugs++
		}
		place := ""
		if r.File != "" {
			place = " " + render.Clean(fmt.Sprintf("%s:%d", r.File, r.Line))
		}
		_, err := fmt.Fprintf(a.out, "%-8s %s%s: %s\n", r.Finding, render.Clean(e.ID), place, render.Clean(r.Reason))
		if err != nil {
			return err
		}
	}
	if told == 0 {
		return errors.New("none of these entries says how to tell by the source")
	}
	if bugs > 0 {
		return status(exitNone)
	}
	return nil
}

func (a *app) kbApply(source, id string, write bool) error {
	if err := directory(source); err != nil {
		return err
	}
	entries, err := a.entries([]string{id})
	if err != nil {
		return err
	}
	e := entries[0]
	name, err := e.FindSource(os.DirFS(source))
	if err != nil {
		return fmt.Errorf("%s: %w", e.ID, err)
	}
	if !fs.ValidPath(name) {
		return fmt.Errorf("%s: %q leads out of the tree", e.ID, name)
	}
	path := filepath.Join(source, filepath.FromSlash(name))
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	out, report, err := e.Apply(src)
	if err != nil {
		a.say("%s: %s: %v", e.ID, path, err)
		return status(exitNone)
	}
	if _, err := fmt.Fprint(a.out, e.Fix.Diff); err != nil {
		return err
	}
	for i, h := range report.Hunks {
		fuzz := ""
		if h.Offset != 0 || h.Fuzz != 0 {
			fuzz = fmt.Sprintf(" (moved by %d, fuzz %d)", h.Offset, h.Fuzz)
		}
		a.say("%s: hunk %d fits at line %d%s", path, i+1, h.Line, fuzz)
	}
	if !write {
		a.say("nothing was changed: --write does it")
		return nil
	}
	return replace(path, src, out)
}

// replace writes a file anew and keeps the old one as path.orig; an .orig that is there already is not overwritten.
func replace(path string, old, text []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	orig, err := os.OpenFile(path+".orig", os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = orig.Write(old)
	if err := errors.Join(err, orig.Close()); err != nil {
		return err
	}
	next := path + ".new"
	if err := os.WriteFile(next, text, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(next, path)
}
