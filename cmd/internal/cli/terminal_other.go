//go:build !linux

package cli

import "os"

// terminalWidth says whether f is a terminal, as far as the standard library can tell; its columns are not known.
func terminalWidth(f *os.File) (columns int, isTerminal bool) {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return 0, false
	}
	null, err := os.Stat(os.DevNull)
	return 0, err != nil || !os.SameFile(info, null)
}
