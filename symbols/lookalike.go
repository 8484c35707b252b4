package symbols

import (
	"bytes"
	"fmt"
	"strconv"
)

// FormatError is an input that is neither a System.map nor kallsyms.
type FormatError struct {
	// Name is the input's name, without its folder.
	Name string
	// Looks says what it looks like instead, as the end of "this is …".
	Looks string
}

// Error names the input and what it looks like.
func (e *FormatError) Error() string {
	return fmt.Sprintf("%s: neither System.map nor kallsyms: this is %s", e.Name, e.Looks)
}

// magics are files that people hand over in place of a map.
var magics = []struct{ magic, looks string }{
	{"\x7fELF", "an ELF file (vmlinux or a module) and no list: give it as a vmlinux or as a module"},
	{"\xfd7zXZ\x00", "xz-compressed data: unpack it first"},
	{"\x28\xb5\x2f\xfd", "zstd-compressed data: unpack it first"},
	{"BZh", "bzip2-compressed data: unpack it first"},
	{"\x1f\x8b", "gzip data inside gzip data: unpack it first"},
	{"\x1f\x9d", "compress'ed data: unpack it first"},
	{"PK\x03\x04", "a zip archive"},
	{"!<arch>\n", "an archive (a .deb or .a file)"},
	{"\xed\xab\xee\xdb", "an RPM package"},
	{"\xff\xfe", "UTF-16 text: save it as plain text"},
	{"\xfe\xff", "UTF-16 text: save it as plain text"},
	{"MZ", "a kernel image (vmlinuz) and no list: give it as a vmlinux"},
	{"\x9f\xeb\x01", "BTF type data"},
	{"\xeb\x9f\x01", "BTF type data"},
	{"{", "JSON"},
}

// lookalike says what the head of a file is if it can't be a listing, or "" if it has a line that could be a symbol.
func lookalike(head []byte) string {
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return "an empty file"
	}
	for _, m := range magics {
		if bytes.HasPrefix(text, []byte(m.magic)) {
			return m.looks
		}
	}
	lower := bytes.ToLower(text[:min(len(text), 1024)])
	switch {
	case bytes.HasPrefix(lower, []byte("<!doctype")), bytes.HasPrefix(lower, []byte("<html")):
		return "an HTML page: the download gave a page and not the file"
	case bytes.HasPrefix(text, []byte("ffffffffffffffff B The real System.map")):
		// Debian's linux-image packages have this one line in /boot.
		return "a stub: the real System.map is in the distribution's debug package (-dbg)"
	case len(head) > 0x206 && string(head[0x202:0x206]) == "HdrS":
		return "a kernel image (vmlinuz) and no list: give it as a vmlinux" // Documentation/arch/x86/boot.rst
	case hasSymbol(head):
		return ""
	case oldKsyms(text):
		return "/proc/ksyms of Linux 2.4: its exported symbols alone can't name a function"
	case bytes.Contains(lower, []byte("(____ptrval____)")), bytes.Contains(lower, []byte("(ptrval)")):
		return "kallsyms with hidden addresses: read it as root"
	case bytes.IndexByte(text, 0) >= 0:
		return "binary data"
	case bytes.Contains(text, []byte("Oops")), bytes.Contains(text, []byte("Call Trace")):
		return "a kernel log"
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimRight(line[:min(len(line), 40)], "\r")
	return "something else, it starts with " + strconv.QuoteToASCII(string(line))
}

// hasSymbol reports whether some line of head is a symbol. A head without an end of line counts as one line.
func hasSymbol(head []byte) bool {
	text := string(head)
	if bytes.IndexByte(head, '\n') < 0 {
		text += "\n"
	}
	l := newListing(text)
	for i := 0; i < len(text); {
		if i = l.line(i); len(l.image)+len(l.loaded) > 0 {
			return true
		}
	}
	return false
}

// oldKsyms reports whether text starts like /proc/ksyms (kernel/module.c:s_show of 2.4): address, then name.
func oldKsyms(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 2 || len(fields) > 3 || len(fields[0]) != 8 && len(fields[0]) != 16 {
		return false
	}
	_, err := strconv.ParseUint(string(fields[0]), 16, 64)
	return err == nil && len(fields[1]) > 1
}

// withoutMark drops the byte order mark that an editor may have left in front.
func withoutMark(head []byte) []byte {
	return bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
}

// plain returns s as it may be shown in a message: quoted if it holds anything but printable ASCII.
func plain(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return strconv.QuoteToASCII(s)
		}
	}
	return s
}
