package cli

import (
	"os"
	"syscall"
	"unsafe"
)

// terminalWidth returns the columns of the terminal that f is, and whether it is one; 0 columns are not known.
func terminalWidth(f *os.File) (columns int, isTerminal bool) {
	var size struct{ rows, columns, x, y uint16 }
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	return int(size.columns), errno == 0
}
