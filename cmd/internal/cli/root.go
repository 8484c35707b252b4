package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
)

// app is one run: its streams and the flags that all commands share.
type app struct {
	in       io.Reader
	out, err io.Writer

	format  string
	outputs []string
	color   string
	ascii   bool
	quiet   bool
	verbose int
	redact  bool
	kbDir   string
	config  string
}

const rootLong = `nfoops reads the crash of a Linux kernel from a log, whole or damaged, and says
whether the bug is known, where it is fixed, whether your kernel has it, and
what to do now. It knows netfilter best. The log may come from netconsole, a
serial console, syslog, journald, dmesg or a mail; the format is found out.

nfoops opens no network connection but what listen, --debuginfod and an inbox in a
database are for, and writes no file but those that a flag names, the inbox, and
indexes of symbols in your cache folder.`

const rootExample = `  nfoops dump.txt
  dmesg | nfoops --kallsyms /proc/kallsyms
  nfoops /var/crash -f markdown -o report.md
  nfoops decode "43 17 89 d9 8d 04" --arch i386`

const exitHelp = `Exit status:
  0    at least one crash was reported; the command did what it should
  1    no crash in the input; nothing found
  2    bad usage, or an input that can't be read (the rest is still reported)
  130  interrupted`

// newRoot builds the tree of commands. The root itself does what analyze does.
func newRoot(in io.Reader, out, errOut io.Writer) *cobra.Command {
	a := &app{in: in, out: out, err: errOut}
	root := a.analyzeCommand("nfoops [FILE|-|DIR...]")
	root.Short = "Tell what a kernel crash log means, and whether the bug is known"
	root.Long, root.Example = rootLong, rootExample
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	root.SetHelpCommand(helpCommand())
	usage := strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 80")
	root.SetUsageTemplate(usage + "{{with .Annotations.exit}}\n{{.}}\n{{end}}")
	root.Annotations = map[string]string{"exit": configHelp + "\n\n" + exitHelp}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return withHint(err, "%s --help lists the flags", cmd.CommandPath())
	})
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.prepare(cmd) }
	a.globalFlags(root.PersistentFlags())
	root.AddCommand(a.analyzeCommand("analyze [FILE|-|DIR...]"), a.scanCommand(), a.decodeCommand(), a.symCommand(),
		a.annotateCommand(),
		a.kbCommand(), a.tuiCommand(), a.manCommand(), a.versionCommand())
	for _, flag := range []string{"format", "color"} {
		values := map[string][]string{"format": render.Names(), "color": colors}[flag]
		_ = root.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	root.AddCommand(a.listenCommand(), a.inboxCommand(), a.doctorCommand())
	sayArguments(root)
	return root
}

func (a *app) globalFlags(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringVarP(&a.format, "format", "f", "", "`FORMAT` of standard output: "+strings.Join(render.Names(), ", ")+
		" (text on a terminal, else plain)")
	f.StringArrayVarP(&a.outputs, "output", "o", nil, "write to `[FORMAT=]FILE`, - for standard output (repeatable); "+
		"the ending tells the format, too: .json, .jsonl, .md, .sarif, .xml (junit)")
	f.StringVar(&a.color, "color", "auto", "colours: auto, always or never (`WHEN`)")
	f.BoolVar(&a.ascii, "ascii", false, "print nothing but ASCII")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no talk on standard error but errors")
	f.CountVarP(&a.verbose, "verbose", "v", "everything: whole trace, all code; -vv quotes the lines too")
	f.BoolVar(&a.redact, "redact", false, "mask addresses (IP, MAC, mail) and host names in reports")
	f.StringVar(&a.kbDir, "kb", "", "add the known bugs of `DIR` to the built-in ones")
	f.StringVar(&a.config, "config", "", "take settings from `FILE` and from no other file")
}

// prepare completes the flags by the settings and checks the shared ones.
func (a *app) prepare(cmd *cobra.Command) error {
	if err := a.configure(cmd); err != nil {
		return err
	}
	if a.format != "" {
		if _, known := render.For(a.format); !known {
			return badFormat(a.format)
		}
	}
	if err := checkColor(a.color); err != nil {
		return fmt.Errorf("--color: %w", err)
	}
	return nil
}

// colors are the values of --color.
var colors = []string{"auto", "always", "never"}

func checkColor(when string) error {
	if !slices.Contains(colors, when) {
		return fmt.Errorf("colours are auto, always or never, not %q", when)
	}
	return nil
}

func badFormat(name string) error {
	return fmt.Errorf("there is no format %q; there are %s", name, strings.Join(render.Names(), ", "))
}

// base returns the known bugs: the built-in ones, and those of --kb. Problems in the latter are said, not fatal.
func (a *app) base() (*kb.Base, error) {
	if a.kbDir == "" {
		return kb.Load()
	}
	if _, err := os.ReadDir(a.kbDir); err != nil {
		return nil, err
	}
	base, problems, err := kb.LoadDir(os.DirFS(a.kbDir))
	if err != nil {
		return nil, fmt.Errorf("--kb %s: %w", a.kbDir, err)
	}
	for _, p := range problems {
		a.say("%s/%s", a.kbDir, p)
	}
	return base, nil
}

// say talks to the user on standard error, unless -q was given.
func (a *app) say(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.err, "nfoops: %s\n", render.Clean(fmt.Sprintf(format, args...)))
	}
}

// complain reports an error that does not end the run.
func (a *app) complain(err error) {
	fmt.Fprintf(a.err, "nfoops: error: %s\n", render.Clean(err.Error()))
}

// tool is the program and its known bugs, as reports name them.
func (a *app) tool(base *kb.Base) triage.Tool {
	return triage.NewSession(triage.Sources{KB: base}, version()).Document(nil).Tool
}
