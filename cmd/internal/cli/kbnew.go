package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
)

// newCommand begins an entry: what a crash tells is filled in, what a person has to find out is left blank.
func (a *app) newCommand() *cobra.Command {
	return &cobra.Command{
		Use: "new ID LOG", Short: "Begin an entry from the first crash of a log",
		Long: "new writes the YAML of a new entry to standard output. nfoops kb lint names\n" +
			"what is still to be filled in.\n\n" +
			"Exit status 1: there is no crash in the log.",
		Example: "  nfoops kb new nft-my-bug dump.txt > nft-my-bug.yaml",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			base, err := a.base()
			if err != nil {
				return err
			}
			f, err := os.Open(args[1])
			if err != nil {
				return err
			}
			defer f.Close()
			facts, found, err := triage.FirstFacts(cmd.Context(), f, triage.Sources{KB: base})
			if err != nil {
				return fmt.Errorf("%s: %w", args[1], err)
			}
			if !found {
				a.say("no crash found in %s", args[1])
				return status(exitNone)
			}
			_, err = a.out.Write(kb.Skeleton(args[0], facts))
			return err
		},
	}
}

// exportCommand writes the knowledge base for other programs.
func (a *app) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "export", Short: "Write all known bugs as one JSON document", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			base, err := a.base()
			if err != nil {
				return err
			}
			return base.Export(a.out)
		},
	}
}
