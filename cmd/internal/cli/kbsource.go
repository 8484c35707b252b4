package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/plain"
	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/symbols"
)

// checkCommand looks at a kernel's source or machine code: by structure, not by its version.
func (a *app) checkCommand() *cobra.Command {
	var source, image string
	cmd := &cobra.Command{
		Use: "check {--source DIR|--image FILE} [ID...]", Short: "Tell whether source or an image has a bug or its fix",
		Long: "check reads the source tree of a kernel or of a module, or the code in a vmlinux or a\n" +
			"module (.ko), and tells for each entry named, or for all whose entry says how to tell,\n" +
			"whether it has the bug or the fix. \"all\" means the latter, too.\n\n" +
			"Exit status 1: it has at least one of the bugs.",
		Example: "  nfoops kb check --source linux-6.1 all\n" +
			"  nfoops kb check --image ipt_connlimit.ko ipt-connlimit-predicate-order",
		ValidArgsFunction: a.completeIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == "all" {
				args = nil
			}
			switch {
			case (source == "") == (image == ""):
				return withHint(errors.New("give either --source or --image"), "nfoops kb check --source DIR all")
			case image != "":
				return a.kbCheckImage(image, args)
			}
			return a.kbCheckSource(source, args)
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "the source `DIR`")
	cmd.Flags().StringVar(&image, "image", "", "the vmlinux or module `FILE`")
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

func (a *app) kbCheckSource(source string, ids []string) error {
	if err := directory(source); err != nil {
		return err
	}
	tree := os.DirFS(source)
	return a.kbCheck(ids, "the source",
		func(e *kb.Entry) bool { return e.Pattern.File != "" },
		func(e *kb.Entry) kb.Result { return e.Check(tree) })
}

func (a *app) kbCheckImage(image string, ids []string) error {
	img, err := symbols.OpenImage(image)
	if err != nil {
		return err
	}
	defer img.Close()
	return a.kbCheck(ids, "the code",
		func(e *kb.Entry) bool {
			return slices.ContainsFunc(e.Code, func(s kb.Signature) bool { return s.Tells != "" })
		},
		func(e *kb.Entry) kb.Result { return triage.CheckImage(img, e) })
}

// kbCheck prints what check finds for the entries with the ids; without ids, for those that can tell.
func (a *app) kbCheck(ids []string, what string, tells func(*kb.Entry) bool, check func(*kb.Entry) kb.Result) error {
	entries, err := a.entries(ids)
	if err != nil {
		return err
	}
	bugs, told := 0, 0
	for _, e := range entries {
		if !tells(e) && len(ids) == 0 {
			continue
		}
		told++
		r := check(e)
		if r.Finding == kb.FindsBug {
			bugs++
		}
		place := ""
		switch {
		case r.File != "" && r.Line > 0:
			place = " " + render.Clean(fmt.Sprintf("%s:%d", r.File, r.Line))
		case r.File != "":
			place = " " + render.Clean(r.File)
		}
		_, err := fmt.Fprintf(a.out, "%-8s %s%s: %s\n", r.Finding, render.Clean(e.ID), place, render.Clean(r.Reason))
		if err != nil {
			return err
		}
	}
	if told == 0 {
		return fmt.Errorf("none of these entries says how to tell by %s", what)
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
	if e.Fix.Diff == "" {
		return fmt.Errorf("%s: %w", e.ID, kb.ErrNoDiff)
	}
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
	if err := a.printDiff(report.Diff); err != nil {
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

// printDiff shows a diff. What goes into a file or a pipe stays as it is, so that patch(1) can take it.
func (a *app) printDiff(diff string) error {
	if !isTerminal(a.out) {
		_, err := fmt.Fprint(a.out, diff)
		return err
	}
	const tab = 8
	for line := range strings.Lines(diff) {
		if _, err := fmt.Fprintln(a.out, plain.Line(strings.TrimSuffix(line, "\n"), a.ascii, tab)); err != nil {
			return err
		}
	}
	return nil
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
