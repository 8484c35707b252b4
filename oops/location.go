package oops

import (
	"strconv"
	"strings"
)

// parseSymbol reads "name+0x10/0x20 [mod]" and its relatives at the start of s, and gives what follows:
//
//	name+0x10/0x20 [mod]            since 2.5 with kallsyms
//	name+0x10/0x20 [mod 0123abcd…]  with the module's build id (5.14)
//	name+0x10/0x20 file.c:123       after decode_stacktrace.sh or syzbot
//	name+42                         2.6 x86_64, decimal, inside braces (see parseBraced)
//	name+Ox10/0x2O                  typed from a photograph: the name stands, a number with a letter in it is dropped
//
// The name alone is no symbol: the offset makes it one.
func parseSymbol(s string) (Location, string, bool) {
	n := nameLen(s)
	if n == 0 || n >= len(s) || s[n] != '+' {
		return Location{}, s, false
	}
	loc := Location{Symbol: s[:n]}
	rest := s[n+1:]
	if len(rest) < 2 || rest[1] != 'x' || rest[0] != '0' && rest[0] != 'O' {
		return Location{}, s, false
	}
	v, h := hexDigits(rest[2:])
	if h == 0 || h > 16 {
		return Location{}, s, false
	}
	rest = rest[2+h:]
	if n := letters(rest); n == 0 {
		loc.Offset, loc.HasOffset = v, true
	} else {
		rest = rest[n:]
	}
	if len(rest) > 3 && rest[0] == '/' && rest[2] == 'x' && (rest[1] == '0' || rest[1] == 'O') {
		if v, h := hexDigits(rest[3:]); h > 0 && h <= 16 {
			rest = rest[3+h:]
			if n := letters(rest); n == 0 {
				loc.Size = v
			} else {
				rest = rest[n:]
			}
		}
	}
	if rest != "" {
		rest = loc.takeSource(loc.takeModule(rest))
	}
	return loc, rest, true
}

// letters is how many letters and digits begin s: behind hexadecimal digits they make the number another one.
func letters(s string) int {
	n := 0
	for n < len(s) && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return n
}

// parseBraced reads "<ffffffffa0045f2a>{:ip_conntrack:destroy_conntrack+42}" and "{schedule_timeout+100}": x86_64
// before 2.6.18, where the offset is decimal and no size is printed (arch/x86_64/kernel/traps.c).
func parseBraced(s string) (Location, string, bool) {
	in, rest, ok := strings.Cut(s, "}")
	if !ok || len(in) < 3 || in[0] != '{' || len(in) > 300 {
		return Location{}, s, false
	}
	in = in[1:]
	var loc Location
	if t, ok := strings.CutPrefix(in, ":"); ok {
		mod, name, ok := strings.Cut(t, ":")
		if !ok {
			return Location{}, s, false
		}
		loc.Module, in = mod, name
	}
	name, off, ok := strings.Cut(in, "+")
	if !ok || nameLen(name) != len(name) {
		return Location{}, s, false
	}
	v, err := strconv.ParseUint(off, 10, 64)
	if err != nil {
		return Location{}, s, false
	}
	loc.Symbol, loc.Offset, loc.HasOffset = name, v, true
	return loc, rest, true
}

// parseKlogd reads what the klogd of 2.2 to 2.6 made of an address: "[tcp_v4_rcv+12/345]" and
// "[ip_conntrack:death_by_timeout+64/128]". The numbers are decimal.
func parseKlogd(s string) (Location, string, bool) {
	if len(s) < 6 || s[0] != '[' || s[1] == '<' {
		return Location{}, s, false
	}
	in, rest, ok := strings.Cut(s[1:], "]")
	if !ok || len(in) > 300 {
		return Location{}, s, false
	}
	var loc Location
	if mod, name, found := strings.Cut(in, ":"); found && isModuleName(mod) {
		loc.Module, in = mod, name
	}
	n := nameLen(in)
	if n == 0 || n >= len(in) || in[n] != '+' {
		return Location{}, s, false
	}
	off, size, ok := strings.Cut(in[n+1:], "/")
	v, err := strconv.ParseUint(off, 10, 32)
	w, err2 := strconv.ParseUint(size, 10, 32)
	if !ok || err != nil || err2 != nil {
		return Location{}, s, false
	}
	loc.Symbol, loc.Offset, loc.HasOffset, loc.Size = in[:n], v, true, w
	return loc, rest, true
}

// isLandmark: names that klogd gives to addresses of which it knows no function: the module loader's marks of 2.4, and
// the end of the kernel's image, after which 2.6 has its modules.
func isLandmark(name string) bool {
	return name == "pg0" || name == "_end" || strings.HasPrefix(name, "__insmod_")
}

// takeModule reads " [nf_conntrack]" or " [nf_conntrack 0123…]" (build id).
func (l *Location) takeModule(s string) string {
	t := strings.TrimLeft(s, " ")
	if len(t) < 3 || t[0] != '[' {
		return s
	}
	in, rest, ok := strings.Cut(t[1:], "]")
	if !ok {
		// the row was cut inside the module's name
		if name := strings.TrimRight(t[1:], " "); isModuleName(name) {
			l.Module = name
			return ""
		}
		return s
	}
	name, id, _ := strings.Cut(in, " ")
	if !isModuleName(name) || name == "inline" {
		return s
	}
	l.Module = name
	if len(id) == 2*buildIDBytes && hexLen(id) == len(id) {
		l.BuildID = strings.ToLower(id)
	}
	return rest
}

// buildIDBytes is the length of a build id of the kernel and its modules (include/linux/buildid.h: BUILD_ID_SIZE_MAX).
const buildIDBytes = 20

// takeSource reads " net/core/dev.c:123" or " (net/core/dev.c:123 …)".
func (l *Location) takeSource(s string) string {
	if s == "" {
		return s
	}
	t := strings.TrimPrefix(strings.TrimLeft(s, " "), "(")
	word := t
	if i := strings.IndexAny(t, " )"); i >= 0 {
		word = t[:i]
	}
	file, line, ok := parseSource(word)
	if !ok {
		return s
	}
	l.File, l.Line = file, line
	rest := t[len(word):]
	inParens := strings.Contains(s[:len(s)-len(t)], "(")
	if inParens {
		for strings.Contains(rest, ")") && !strings.HasPrefix(rest, " [") {
			_, rest, _ = strings.Cut(rest, ")")
		}
	}
	if l.Module == "" {
		rest = l.takeModule(rest)
	}
	if l.Module == "" && inParens {
		// decode_stacktrace.sh leaves the brackets of the module out
		if name := strings.TrimSpace(rest); isModuleName(name) && !strings.Contains(name, " ") {
			l.Module, rest = name, ""
		}
	}
	return rest
}

// parseSource reads "net/core/dev.c:123" (also "…:123:45", and "file.c:123!").
func parseSource(w string) (file string, line int, ok bool) {
	w = strings.TrimRight(w, "!,;)")
	file, num, ok := strings.Cut(w, ":")
	if !ok || len(file) < 3 || strings.ContainsAny(file, " \t<>") {
		return "", 0, false
	}
	if i := strings.LastIndexByte(file, '.'); i < 0 || !isSourceExt(file[i+1:]) {
		return "", 0, false
	}
	num, _, _ = strings.Cut(num, ":")
	n, err := strconv.Atoi(num)
	if err != nil || n <= 0 {
		return "", 0, false
	}
	return file, n, true
}

func isSourceExt(e string) bool {
	switch e {
	case "c", "h", "S", "s", "rs", "cc", "cpp":
		return true
	}
	return false
}

// nameByte has the bytes of the names of symbols; digits are none at their start.
var nameByte = bytesOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$")

// nameLen is the length of the symbol name at the start of s. ppc64 ABI v1 puts a dot in front; compilers add
// ".isra.0", ".cold"; Rust's mangled names have '$' and '.'.
func nameLen(s string) int {
	i := 0
	for i < len(s) && i < 512 {
		c := s[i]
		if !nameByte[c] || i == 0 && c >= '0' && c <= '9' {
			break
		}
		i++
	}
	if i == 1 && s[0] == '.' {
		return 0
	}
	return i
}

func isModuleName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	letter := false
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
			letter = true
		case c >= '0' && c <= '9', c == '-':
		default:
			return false
		}
	}
	return letter
}

func hexLen(s string) int {
	i := 0
	for i < len(s) && isHex(s[i]) {
		i++
	}
	return i
}

func isHex(c byte) bool { return hexDigit[c] != 0 }

// hexDigit has the value of each hex digit, plus one; 0 for other bytes.
var hexDigit = func() (set [256]byte) {
	for i := range byte(16) {
		set["0123456789abcdef"[i]], set["0123456789ABCDEF"[i]] = i+1, i+1
	}
	return set
}()

// hexDigits reads the hex digits at the start of s: their value, of which longer runs give the last 16, and how many
// they are.
func hexDigits(s string) (v uint64, n int) {
	for n < len(s) {
		d := hexDigit[s[n]]
		if d == 0 {
			break
		}
		v = v<<4 | uint64(d-1)
		n++
	}
	return v, n
}

// bytesOf is the set of the bytes of s.
func bytesOf(s string) (set [256]bool) {
	for i := range len(s) {
		set[s[i]] = true
	}
	return set
}

// hexValue reads up to 16 hex digits; longer runs give their last 16.
func hexValue(s string) uint64 {
	v, _ := hexDigits(s)
	return v
}

// parseHex reads "0xff", "ff" or "ffff_ffff…" at the start of s.
func parseHex(s string) (v uint64, rest string, ok bool) {
	t := strings.TrimPrefix(s, "0x")
	v, n := hexDigits(t)
	if n == 0 || n > 16 {
		return 0, s, false
	}
	return v, t[n:], true
}

// parseBracketed reads an address as traces print it: "[<c0103d7a>]", "[c000000000012345]", "<ffffffff80123456>".
// Eight digits at least, so that "[12]" or a module's name is none.
func parseBracketed(s string) (v uint64, rest string, ok bool) {
	if s == "" || s[0] != '[' && s[0] != '<' {
		return 0, s, false
	}
	t := s
	open := 0
	if strings.HasPrefix(t, "[") {
		t, open = t[1:], 1
	}
	angle := strings.HasPrefix(t, "<")
	if angle {
		t = t[1:]
	}
	t = strings.TrimPrefix(t, "0x")
	v, n := hexDigits(t)
	if n < 8 || n > 16 {
		return 0, s, false
	}
	t = t[n:]
	if angle {
		if !strings.HasPrefix(t, ">") {
			return 0, s, false
		}
		t = t[1:]
	}
	switch closed := strings.HasPrefix(t, "]"); {
	case closed && (open == 1 || angle): // a paste that lost its first column has no "["
		t = t[1:]
	case open == 1:
		return 0, s, false
	}
	return v, t, true
}
