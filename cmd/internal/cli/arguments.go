package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// sayArguments makes what cobra says of wrong arguments, in all commands, what this program says: what the command
// takes, and what was probably meant.
func sayArguments(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		sayArguments(sub)
	}
	check := cmd.Args
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil || !strings.Contains(err.Error(), "arg(s)") && !strings.HasPrefix(err.Error(), "unknown command") {
			return err // a command's own words are better
		}
		name := cmd.CommandPath()
		if cmd.HasSubCommands() {
			err := fmt.Errorf("%s has no command %q", name, args[0])
			cmd.SuggestionsMinimumDistance = 2
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				return withHint(err, "is %s %s meant?", name, near[0])
			}
			return withHint(err, "%s --help lists them", name)
		}
		_, takes, some := strings.Cut(cmd.Use, " ")
		if !some {
			takes = "no arguments"
		}
		return withHint(fmt.Errorf("%s takes %s, not %s", name, takes, plural(len(args), "argument", "arguments")),
			"%s --help tells more", name)
	}
}

// helpCommand is what people type who do not know --help.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND...]", Short: "Print the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			named, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return withHint(fmt.Errorf("there is no command %q", strings.Join(args, " ")), "nfoops --help lists them")
			}
			named.InitDefaultHelpFlag()
			return named.Help()
		},
	}
}
