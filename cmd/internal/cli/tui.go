package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/cmd/internal/tui"
	"github.com/nfoops/nfoops/symbols"
)

const tuiLong = `tui shows the inbox on one screen: what crashed, whether it is known, and what to
do now; and of each crash the report, trace, code, registers, raw log and known
bug. What the listener receives shows up by itself. With files or folders it
opens these instead, without an inbox. ? shows the keys.

It needs a terminal of 60 columns and 15 lines. A screen reader is served better
by nfoops inbox show, which tells the same as text.`

const tuiExitHelp = `Exit status:
  0    the screens were left
  2    bad usage, no terminal, an inbox or a file that can't be opened
  130  ended by a signal`

// tuiFlags are those of "nfoops tui".
type tuiFlags struct {
	analyzeFlags
	inbox  string
	source string
	calm   bool
}

func (a *app) tuiCommand() *cobra.Command {
	var f tuiFlags
	cmd := &cobra.Command{
		Use:   "tui [FILE|-|DIR...]",
		Short: "Look through crashes on a screen",
		Long:  tuiLong,

		Annotations: map[string]string{"exit": tuiExitHelp},
		Args:        cobra.ArbitraryArgs,
		RunE:        func(cmd *cobra.Command, args []string) error { return a.tui(cmd.Context(), args, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	inboxFlag(cmd, &f.inbox, "")
	flags.BoolVar(&f.calm, "calm", false, "nothing moves by itself, no cursor blinks")
	flags.StringVar(&f.source, "source", ".", "the kernel's source tree, for opening what a trace names, `DIR`")
	f.register(cmd)
	flags.StringVar(&f.arch, "arch", "", "the `ARCH`itecture, where the log does not tell: "+strings.Join(archs, ", "))
	_ = cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(archs, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) tui(ctx context.Context, args []string, f tuiFlags) error {
	if slices.Contains(args, "") {
		return errors.New("a file name is empty")
	}
	if !isTerminal(a.out) {
		return withHint(errors.New("tui needs a terminal"), "nfoops inbox list prints the inbox, nfoops FILE a report")
	}
	keys := a.in
	if !isTerminal(a.in) { // the log comes in there
		tty, err := os.Open("/dev/tty")
		if err != nil {
			return withHint(errors.New("tui needs a terminal to read keys from"), "nfoops FILE prints a report")
		}
		defer tty.Close()
		keys = tty
		if len(args) == 0 {
			args = []string{"-"}
		}
	}
	src, err := a.sources(ctx, &f.analyzeFlags)
	if err != nil {
		return err
	}
	// A closed window or a service that is stopped ends the screens in order: a note in the editor is kept.
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP, syscall.SIGTERM)
	defer stop()
	b := &screens{app: a, sources: src, tree: f.source, files: triage.KernelFiles{
		Vmlinux: f.vmlinux, Modules: f.modules, Release: f.release, BTF: f.btf, Root: f.root, CacheDir: symbols.CacheDir(),
	}}
	defer func() { _ = b.sources.Kernel.Close() }()
	o := tui.Options{
		Backend: b, Version: version(), ASCII: a.ascii || !unicodeTerminal(os.Getenv),
		Calm: f.calm || os.Getenv("NO_COLOR") != "", Color: a.colored(a.out),
	}
	b.ascii, b.color = o.ASCII, o.Color
	if len(args) > 0 {
		for _, arg := range args {
			if _, err := os.Stat(arg); arg != "-" && err != nil {
				return pathError(arg, err)
			}
		}
		memory := new(tui.Memory)
		o.Store, o.Files, o.Name = memory, true, filepath.Base(args[0])
		if len(args) > 1 {
			o.Name += fmt.Sprintf(" and %d more", len(args)-1)
		}
		o.Feed = func(ctx context.Context, say func(string, float64)) error { return b.feed(ctx, memory, args, say) }
	} else {
		box, name, err := openInbox(ctx, f.inbox)
		if err != nil {
			return err
		}
		defer func() { _ = box.Close() }()
		o.Store, o.Name = box, name
	}
	return tui.Run(ctx, o, keys, a.out)
}

// unicodeTerminal says whether the terminal can show more than ASCII: the locale has to say so, and consoles that are
// known not to have the glyphs are left out.
func unicodeTerminal(getenv func(string) string) bool {
	switch term := getenv("TERM"); {
	case term == "linux", term == "dumb", strings.HasPrefix(term, "vt"):
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
