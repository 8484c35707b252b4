package cli

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Print the manual page", Args: cobra.NoArgs,
		Long:    "man prints the manual page in roff. It has the date of SOURCE_DATE_EPOCH, or none.",
		Example: "  nfoops man | man -l -",
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := manPage(cmd.Root(), os.Getenv("SOURCE_DATE_EPOCH"))
			if err != nil {
				return err
			}
			_, err = a.out.Write([]byte(page))
			return err
		},
	}
}

// manPage writes the whole tree of commands as one page. The same tree and epoch give the same bytes.
func manPage(root *cobra.Command, epoch string) (string, error) {
	date := ""
	if epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return "", fmt.Errorf("SOURCE_DATE_EPOCH is a number of seconds, not %q", epoch)
		}
		date = time.Unix(seconds, 0).UTC().Format(time.DateOnly)
	}
	var b strings.Builder
	fmt.Fprintf(&b, ".TH NFOOPS 1 %q %q %q\n", date, "nfoops", "User Commands")
	fmt.Fprintf(&b, ".SH NAME\nnfoops \\- %s\n", roff(root.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B nfoops\n%s\n", roff(strings.TrimPrefix(root.UseLine(), "nfoops ")))
	b.WriteString(".br\n.B nfoops\nCOMMAND ...\n")
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", roffParagraphs(root.Long))
	b.WriteString(".SH COMMANDS\n")
	for _, c := range root.Commands() {
		manCommandText(&b, c)
	}
	b.WriteString(".SH OPTIONS OF ALL COMMANDS\n")
	manFlags(&b, root.PersistentFlags())
	b.WriteString(".SH EXIT STATUS\n.nf\n")
	_, table, _ := strings.Cut(exitHelp, "\n")
	fmt.Fprintf(&b, "%s\n.fi\n", roff(table))
	b.WriteString(".SH ENVIRONMENT\n" + roff("NFOOPS_ and the name of an option in capitals, with _ for -, "+
		"stands for that option (NFOOPS_FORMAT=json). NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE decide on colours.") + "\n")
	fmt.Fprintf(&b, ".SH FILES\n.nf\n%s\n.fi\n", roff(configHelp))
	fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(root.Example))
	return b.String(), nil
}

func manCommandText(b *strings.Builder, c *cobra.Command) {
	if !c.IsAvailableCommand() {
		return
	}
	if !c.HasAvailableSubCommands() || c.Name() == "completion" { // its help for each shell is its own
		fmt.Fprintf(b, ".SS \"%s\"\n%s\n", strings.ReplaceAll(roff(c.UseLine()), `"`, `\(dq`), roff(c.Short)+".")
		if c.Long != "" {
			fmt.Fprintf(b, ".PP\n%s\n", roffParagraphs(c.Long))
		}
		manFlags(b, c.LocalNonPersistentFlags())
		if own := c.Annotations["exit"]; own != "" {
			fmt.Fprintf(b, ".PP\n.nf\n%s\n.fi\n", roff(own))
		}
		if c.Example != "" {
			fmt.Fprintf(b, ".PP\n.nf\n%s\n.fi\n", roff(c.Example))
		}
	}
	if c.Name() == "completion" {
		return
	}
	for _, sub := range c.Commands() {
		manCommandText(b, sub)
	}
}

func manFlags(b *strings.Builder, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name, usage := pflag.UnquoteUsage(f)
		head := "--" + f.Name
		if f.Shorthand != "" {
			head = "-" + f.Shorthand + ", " + head
		}
		if name != "" && f.Value.Type() != "count" {
			head += " " + name
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(head), roff(usage))
	})
}

func roffParagraphs(s string) string { return strings.ReplaceAll(roff(s), "\n\n", "\n.PP\n") }

// roff keeps text from being read as a request or an escape.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(strings.TrimRight(s, "\n"))
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
