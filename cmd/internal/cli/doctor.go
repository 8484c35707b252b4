package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/doctor"
	"github.com/nfoops/nfoops/cmd/internal/plain"
	"github.com/nfoops/nfoops/symbols"
)

const doctorExitHelp = `Exit status:
  0    the next crash will be seen, and understood
  1    a check says BAD: something is to be set up
  2    bad usage`

func (a *app) doctorCommand() *cobra.Command {
	root := ""
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say whether the next crash of this machine will be seen, and what to type so that it is",
		Long: `doctor looks whether netconsole speaks and a panic leaves it the time, whether
pstore keeps the end of a panic, and whether names, types and lines of the source
are at hand. It reads files, changes nothing and runs nothing. Some can be read
by root only.

Below a check stands what to type; words in capitals are to be filled in. BAD
means that the next crash would tell less, or nothing; note is good to know.`,
		Annotations: map[string]string{"exit": doctorExitHelp},
		Args:        cobra.NoArgs,
		RunE:        func(*cobra.Command, []string) error { return a.doctor(root) },
	}
	cmd.Flags().StringVar(&root, "root", "/", "look at the machine whose files are below `DIR`")
	_ = cmd.MarkFlagDirname("root")
	return cmd
}

func (a *app) doctor(root string) error {
	asJSON, err := a.lines("doctor")
	if err != nil {
		return err
	}
	if _, err := os.ReadDir(root); err != nil {
		return pathError(root, err)
	}
	files := os.DirFS(root)
	found := symbols.Locate(strings.TrimSuffix(root, "/"), doctor.Release(files))
	findings := doctor.Look(files, doctor.Debug{Images: found.Vmlinux, Modules: found.Modules})
	if asJSON {
		err = a.printJSON(findings)
	} else {
		err = a.printFindings(findings)
	}
	if err != nil {
		return err
	}
	for _, f := range findings {
		if f.State == doctor.Bad {
			return status(exitNone)
		}
	}
	return nil
}

// printFindings prints each finding with what to type below it.
func (a *app) printFindings(findings []doctor.Finding) error {
	const margin = 28
	wide := max(width(a.out), 60) - margin
	for _, f := range findings {
		word := string(f.State)
		if f.State == doctor.Bad || f.State == doctor.Unknown {
			word = strings.ToUpper(word)
		}
		head := fmt.Sprintf("%-18s%-*s", f.Check, margin-18, word)
		for _, line := range wrapWords(plain.Text(f.Says, a.ascii), wide) {
			if _, err := fmt.Fprintln(a.out, strings.TrimRight(head+line, " ")); err != nil {
				return err
			}
			head = strings.Repeat(" ", margin)
		}
		for _, command := range f.Type {
			if _, err := fmt.Fprintf(a.out, "    $ %s\n", plain.Line(command, a.ascii, 1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrapWords breaks a text between words at a width.
func wrapWords(text string, wide int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > wide {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
