package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set by the linker for releases; a build from a checkout takes its version from the module and its
// revision.
var release string

func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	if v := info.Main.Version; v != "(devel)" {
		return v
	}
	return "devel"
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of the program and of its known bugs", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			base, err := a.base()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "nfoops %s\nkb %s\nbuilt with %s for %s/%s\n", version(), a.tool(base).KB,
				runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
