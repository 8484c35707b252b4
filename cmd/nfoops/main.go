// Command nfoops tells what the crash log of a Linux kernel means, and whether the bug is known.
package main

import (
	"os"

	"github.com/nfoops/nfoops/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:]))
}
