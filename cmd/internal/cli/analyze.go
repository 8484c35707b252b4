package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// analyzeFlags are what analyze is told beside the log.
type analyzeFlags struct {
	kernelFlags
	arch string
}

func (a *app) analyzeCommand(use string) *cobra.Command {
	var f analyzeFlags
	cmd := &cobra.Command{
		Use:   use,
		Short: "Report every crash in logs",
		Long: `analyze reports every crash in the files, folders (with all below them) and
standard input (-, or a pipe) that it is given. Logs may be packed: gzip,
zstd, xz, bzip2, lz4, tar, zip.

What is known of the crashed kernel gives names to addresses, lines of the source
to functions and fields to offsets. Each file is held against the log first, and
one of another kernel is refused.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return a.analyze(cmd, args, &f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.register(cmd)
	flags.StringVar(&f.arch, "arch", "", "the `ARCH`itecture, where the log does not tell: "+strings.Join(archs, ", "))
	_ = cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(archs, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// archs are the names of report.v1.
var archs = []string{
	"i386", "x86_64", "arm", "arm64", "mips", "mips64", "ppc", "ppc64", "riscv64", "s390x", "loongarch64", "sparc64",
	"ia64",
}

func checkArch(name string) error {
	if name != "" && !slices.Contains(archs, name) {
		return fmt.Errorf("--arch is one of %s, not %q", strings.Join(archs, ", "), name)
	}
	return nil
}

// address reads a hexadecimal number, with or without 0x.
func address(flag, text string) (uint64, error) {
	digits := strings.TrimPrefix(strings.ToLower(text), "0x")
	v, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is a hexadecimal number, not %q", flag, text)
	}
	return v, nil
}

// sources opens what reports are made from beside the log. The caller closes the Kernel of the result, which may be
// nil.
func (a *app) sources(ctx context.Context, f *analyzeFlags) (triage.Sources, error) {
	if err := checkArch(f.arch); err != nil {
		return triage.Sources{}, err
	}
	base, err := a.base()
	if err != nil {
		return triage.Sources{}, err
	}
	src, err := a.kernel(ctx, &f.kernelFlags)
	src.Arch, src.KB = f.arch, base
	return src, err
}

// analyze reads all inputs and reports what it finds. An input that can't be read does not keep the others from it.
func (a *app) analyze(cmd *cobra.Command, args []string, f *analyzeFlags) error {
	if len(args) == 0 {
		if isTerminal(a.in) {
			return a.nothingToRead(cmd)
		}
		args = []string{"-"}
	}
	if slices.Contains(args, "") {
		return errors.New("a file name is empty")
	}
	src, err := a.sources(cmd.Context(), f)
	if err != nil {
		return err
	}
	defer func() { _ = src.Kernel.Close() }()
	session := triage.NewSession(src, version())
	out, err := a.openOutputs(render.Options{Tool: session.Document(nil).Tool}, args...)
	if err != nil {
		return err
	}
	t := tally{app: a, cmd: cmd}
	err = t.run(session, out, args)
	// Even after an interrupt the document is closed, so that what was reported can be read.
	if closeErr := out.close(session.Document(nil)); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return t.conclude()
}

func (a *app) nothingToRead(cmd *cobra.Command) error {
	fmt.Fprintf(a.err, "nfoops: hint: paste the crash into a file and give me its name, or pipe it into me:\n"+
		"nfoops: hint: dmesg | nfoops (nfoops - reads what you type, up to Ctrl-D; nfoops --help tells more)\n")
	fmt.Fprintf(a.err, "Usage:\n  %s\n", cmd.UseLine())
	return status(exitUsage)
}

// tally counts what a run has seen.
type tally struct {
	*app
	cmd     *cobra.Command
	crashes int
	files   int
	lines   int64
	broken  int
	last    string
}

// run reports everything; its error ends the run, which an unreadable input does not.
func (t *tally) run(session *triage.Session, out *outputs, args []string) error {
	for in, err := range t.inputs(args) {
		if err == nil {
			err = t.read(session, out, in)
		}
		var fatal *fatalError
		switch {
		case errors.As(err, &fatal):
			return fatal.err
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			t.broken++
			t.complain(err)
			t.suggest(err, args)
		}
	}
	return nil
}

// fatalError is one of the output, behind which nothing makes sense.
type fatalError struct{ err error }

func (f *fatalError) Error() string { return f.err.Error() }

func (t *tally) read(session *triage.Session, out *outputs, in *input) (err error) {
	defer func() { _ = in.close() }()
	found := 0
	lines := &lineCounter{r: in}
	for r, readErr := range session.Read(t.cmd.Context(), in.name, lines) {
		if readErr != nil {
			err = pathError(in.name, readErr)
			continue
		}
		found++
		if outErr := out.report(r, in.name); outErr != nil {
			return &fatalError{outErr}
		}
	}
	t.files++
	t.crashes += found
	t.lines += lines.lines()
	t.last = in.name
	if found == 0 && err == nil && in.named && in.name != "-" {
		t.none(lines.lines(), in.name)
	}
	if found == 0 && err == nil && in.name == "-" {
		t.none(lines.lines(), "standard input")
	}
	return err
}

func (t *tally) none(lines int64, where string) {
	noun := "lines"
	if lines == 1 {
		noun = "line"
	}
	t.say("no crash found in %d %s of %s", lines, noun, where)
}

// suggest helps where a command was misspelt: it was taken for a file.
func (t *tally) suggest(err error, args []string) {
	if !errors.Is(err, os.ErrNotExist) || len(args) == 0 {
		return
	}
	root := t.cmd.Root()
	root.SuggestionsMinimumDistance = 2
	if near := root.SuggestionsFor(args[0]); len(near) > 0 && !strings.ContainsAny(args[0], "./") {
		fmt.Fprintf(t.err, "nfoops: hint: is the command %s meant?\n", strings.Join(near, " or "))
	}
}

func (t *tally) conclude() error {
	if t.crashes == 0 && t.files != 1 && t.broken == 0 {
		noun := "files"
		t.none(t.lines, fmt.Sprintf("%d %s", t.files, noun))
	}
	switch {
	case t.broken > 0:
		return status(exitUsage)
	case t.crashes == 0:
		return status(exitNone)
	}
	return nil
}
