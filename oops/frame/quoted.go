package frame

import "strings"

// Widths in columns between which a row that ends in '=' is a soft line break of quoted-printable text (RFC 2045 ends
// encoded rows at 76; mailers count a little differently).
const (
	minSoftBreak = 72
	maxSoftBreak = 78
)

// unquotePrintable undoes the escapes of a quoted-printable mail that was saved as it came: "=3D" for '=', "=20" for a
// blank at the end of a row, "=C2=A0" for a no-break space. Only these and the UTF-8 sequences of typographic marks are
// undone: "order=20" is the kernel's own.
func unquotePrintable(s string) (string, bool) {
	if !mayBeQuoted(s) {
		return s, false
	}
	var b strings.Builder
	found := false
	sure := strings.Contains(s, "=3D")
	for i := 0; i < len(s); i++ {
		c, ok := quotedByte(s[i:])
		if !ok {
			b.WriteByte(s[i])
			continue
		}
		switch {
		case c == '=':
			b.WriteByte('=')
		case c == ' ' || c == '\t':
			if !sure && strings.Trim(s[i+3:], " =") != "" {
				b.WriteByte(s[i])
				continue
			}
			b.WriteByte(c)
		case c >= 0xc2 && c <= 0xef:
			n := 2
			if c >= 0xe0 {
				n = 3
			}
			rest, whole := s[i:], true
			var seq [3]byte
			for k := range n {
				v, ok := quotedByte(rest)
				if !ok || k > 0 && v&0xc0 != 0x80 {
					whole = false
					break
				}
				seq[k], rest = v, rest[3:]
			}
			if !whole {
				b.WriteByte(s[i])
				continue
			}
			b.WriteString(strings.Map(dropControl, string(seq[:n])))
			i += 3 * (n - 1)
		default:
			b.WriteByte(s[i])
			continue
		}
		found = true
		i += 2
	}
	if !found {
		return s, false
	}
	return b.String(), true
}

// mayBeQuoted says that s has an escape of a kind that is undone; most rows with a '=' have none.
func mayBeQuoted(s string) bool {
	for {
		i := strings.IndexByte(s, '=')
		if i < 0 {
			return false
		}
		s = s[i:]
		if c, ok := quotedByte(s); ok && (c == '=' || c == ' ' || c == '\t' || c >= 0xc2 && c <= 0xef) {
			return true
		}
		s = s[1:]
	}
}

// quotedByte reads "=XX" with upper-case digits at the start of s.
func quotedByte(s string) (byte, bool) {
	if len(s) < 3 || s[0] != '=' {
		return 0, false
	}
	hi, lo := upperHex(s[1]), upperHex(s[2])
	if hi < 0 || lo < 0 {
		return 0, false
	}
	return byte(hi<<4 | lo), true
}

func upperHex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// softBreak says that a row goes on in next because quoted-printable text may have no long rows.
func softBreak(l, next *Line) bool {
	if strings.HasSuffix(l.Raw, " =") && strings.Contains(l.Raw, " = ") && hexRun(next.Text) >= 4 {
		return false // "t0 = 0000  t1 =": the kernel's own
	}
	n := len(l.Raw)
	return n >= minSoftBreak && n <= maxSoftBreak && l.Raw[n-1] == '=' && l.Raw[n-2] != '='
}
