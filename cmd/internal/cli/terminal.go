package cli

import (
	"os"
	"strconv"
)

// isTerminal says whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, isFile := stream.(*os.File)
	if !isFile {
		return false
	}
	_, terminal := terminalWidth(f)
	return terminal
}

// width is that of the terminal, 60 to 100 columns, and 80 everywhere else.
func width(stream any) int {
	f, isFile := stream.(*os.File)
	if !isFile {
		return 80
	}
	columns, terminal := terminalWidth(f)
	if !terminal {
		return 80
	}
	if columns == 0 {
		columns, _ = strconv.Atoi(os.Getenv("COLUMNS"))
	}
	if columns == 0 {
		columns = 80
	}
	return min(max(columns, 60), 100)
}

// colored decides on colours for a stream: the flag, then the environment's conventions, then whether it is a
// terminal that has them.
func (a *app) colored(stream any) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	for _, name := range []string{"FORCE_COLOR", "CLICOLOR_FORCE"} {
		if v := os.Getenv(name); v != "" && v != "0" {
			return true
		}
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(stream)
}
