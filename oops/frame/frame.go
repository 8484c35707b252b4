// Package frame turns the bytes of a console log into logical console lines.
//
// A crash reaches the reader through serial ports, syslog daemons, journald, /dev/kmsg, netconsole, mailers,
// bug trackers and terminals, and each of them adds something in front of the kernel's words, escapes them, or
// wraps them. Rows splits any input into physical rows with bounded memory, Strip takes the transport off one
// row, and Unwrap joins rows that a terminal or a mailer has broken. The format is detected for every row; it
// is never asked for, and formats may mix.
//
// Nothing here knows what an oops is: Unwrap asks its caller which texts begin a record of their own.
package frame

// Span is a range of bytes in the input.
type Span struct {
	Off int64 // bytes from the start of the input
	Len int64 // bytes, line terminator included
}

// Format is the set of transport layers that were found around a line.
type Format uint16

// The layers that Strip knows.
const (
	Quote   Format = 1 << iota // mail quoting: "> "
	Level                      // printk or syslog priority: "<6>"
	Stamp                      // printk time: "[   12.345678]", and dmesg -T's "[Mon May  3 12:34:56 2021]"
	Caller                     // CONFIG_PRINTK_CALLER: "[  T123]", "[    C1]"
	Syslog                     // RFC 3164, RFC 3339 or journald time, host and tag
	Record                     // /dev/kmsg and extended netconsole: "6,1234,5678901,-;text"
	Escape                     // HTML entities or \xHH escapes were undone
	Noise                      // control bytes were dropped, or something unknown stood before the printk time
	Dict                       // a dictionary line of a kmsg record (" SUBSYSTEM=net"); it has no text
	Learned                    // a prefix that was learned from the input: see Prefixes
)

// transport is what makes a row a framed one; quoting and escapes alone do not.
const transport = Level | Stamp | Caller | Syslog | Record | Learned

// Line is one logical console line with its transport removed.
type Line struct {
	Num    int    // number of its first physical line in the input, from 1
	Last   int    // number of its last physical line; greater than Num where rows were joined
	Span   Span   // the bytes of the input that it was read from
	Raw    string // the rows as they came, joined, without control bytes
	Text   string // what the kernel printed, as far as it could be told
	Format Format

	Time   string // wall-clock or printk time as printed, without brackets; "" if none
	Usec   int64  // printk time in microseconds since boot; -1 if none
	Host   string // host of a syslog line; "" if none
	Tag    string // tag of a syslog line ("kernel", "systemd"); "" if none
	Caller string // "T123" or "C1" of CONFIG_PRINTK_CALLER; "" if none
	CPU    int    // cpu= of an extended netconsole record, the CPU that sent it; -1 if none
	// Release is the uname -r that extended netconsole puts in front of a record if it is asked to; "" if none.
	Release string
	Level   int   // syslog severity, 0 (emerg) to 7 (debug); -1 if none
	Seq     int64 // sequence number of a kmsg record; -1 if none
	Cut     bool  // the physical line was longer than MaxRow; this is one piece of it
	Dull    bool  // see Row.Dull
	Clipped bool  // the row was cut at a column; its last word is not in Text. Strip leaves it false
}

// Framed says whether anything but the bare text stood on the row.
func (l *Line) Framed() bool { return l.Format&transport != 0 }
