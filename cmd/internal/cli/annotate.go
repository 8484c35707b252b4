package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/plain"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// longestLine is how many bytes of a line are looked at as one. What is longer is no line of a kernel and passes as it
// is.
const longestLine = 64 << 10

func (a *app) annotateCommand() *cobra.Command {
	var f kernelFlags
	cmd := &cobra.Command{
		Use:   "annotate [-r RELEASE | VMLINUX [BASE|auto] [MODULES]]",
		Short: "Add lines of the source to a log on its way through a pipe",
		Long: `annotate copies standard input to standard output, line by line as it comes,
and adds to each function the place in the source: file and line, innermost
first where calls were inlined. Addresses without a name get one. All else stays
as it is; on a terminal, control characters are shown and not obeyed.

The arguments are those of the kernel's decode_stacktrace.sh: a release, or a
vmlinux, the folder that the source was compiled in (auto finds it), and the
modules.`,
		Example: "  dmesg -w | nfoops annotate -r auto\n  nfoops annotate vmlinux auto /lib/modules/6.1.0 < oops.txt",
		Args:    cobra.MaximumNArgs(3),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.annotate(cmd, args, &f) },
	}
	cmd.Flags().SortFlags = false
	f.register(cmd)
	return cmd
}

// annotate works until the input ends.
func (a *app) annotate(cmd *cobra.Command, args []string, f *kernelFlags) error {
	if _, err := a.lines("annotate"); err != nil {
		return err
	}
	base := ""
	for i, arg := range args {
		switch {
		case arg == "":
			return errors.New("an argument is empty")
		case i == 0:
			if f.vmlinux != "" {
				return fmt.Errorf("the vmlinux is given twice: %s and %s", f.vmlinux, arg)
			}
			f.vmlinux = arg
		case i == 1 && arg != "auto":
			base = arg
		case i == 2:
			f.modules = append(f.modules, arg)
		}
	}
	src, err := a.kernel(cmd.Context(), f)
	if err != nil {
		return err
	}
	defer func() { _ = src.Kernel.Close() }()
	if src.Kernel == nil && len(src.Symbols) == 0 {
		return withHint(errors.New("nothing is known of the kernel"),
			"give its release (-r auto: the running one), or its vmlinux and modules")
	}
	l, err := triage.NewLookup(cmd.Context(), src, nil, "")
	if err != nil {
		return err
	}
	defer l.Close()
	l.StripBase = base
	l.Complain = func(s string) { a.say("%s", s) }
	if isTerminal(a.in) {
		a.say("reading what you type, up to Ctrl-D; dmesg -w | nfoops annotate reads the kernel's log")
	}
	clean := func(line []byte) []byte { return line }
	if isTerminal(a.out) {
		clean = a.cleanLine
	}
	return copyAnnotated(a.out, a.in, l.Decorate, clean)
}

// copyAnnotated copies line by line and writes each at once: the input may be a log that grows. clean makes a line
// harmless for what it is written to.
func copyAnnotated(w io.Writer, r io.Reader, decorate, clean func([]byte) []byte) error {
	in := bufio.NewReaderSize(r, longestLine)
	whole := true // the last piece ended its line
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			out := line
			if whole && !errors.Is(err, bufio.ErrBufferFull) {
				text, end := line, 0
				for end = len(text); end > 0 && (text[end-1] == '\n' || text[end-1] == '\r'); end-- {
				}
				out = append(append([]byte(nil), decorate(text[:end])...), text[end:]...)
			}
			whole = err == nil
			if _, werr := w.Write(clean(out)); werr != nil {
				return werr
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return pathError("-", err)
		}
	}
}

// cleanLine makes what a terminal would obey visible, and keeps the end of the line.
func (a *app) cleanLine(line []byte) []byte {
	text, end := string(line), ""
	if n := len(text); n > 0 && text[n-1] == '\n' {
		text, end = text[:n-1], "\n"
	}
	return []byte(plain.Line(text, a.ascii, 8) + end)
}
