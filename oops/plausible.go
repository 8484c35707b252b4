package oops

import (
	"bytes"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
	"github.com/nfoops/nfoops/oops/marker"
)

// Ordinary logs have the words of crashes, too. What a window costs is some hundred times what a row costs, so there
// are two tests: whether a row with a marker can be of a crash at all, and whether the rows below look like one.

// plausible says that a row with a marker can begin a crash, or be a part that is enough of one. It may say so of too
// many rows, never of too few: the row may be broken within the words that tell, so that next has the rest.
func plausible(row frame.Row, next []byte) bool {
	var buf [4]frame.Line
	framed := false
	seen := "" // the last text that begins nothing
	for _, ln := range frame.AppendStrip(buf[:0], row) {
		text := strings.TrimSpace(ln.Text)
		if begins(text) || ln.Usec >= 0 && strings.HasPrefix(text, "BUG: ") || headlessStart(text) {
			return true
		}
		seen = text
		framed = framed || ln.Framed()
	}
	raw := row.Text
	for at := 0; ; at++ {
		m, i := marker.Find(raw[at:])
		if m == nil {
			return false
		}
		at += i
		text := raw[at:]
		switch m.Class {
		case marker.Banner:
			return true
		case marker.Part: // "ipt_CLUSTERIP: " has one
			if at > 0 && isLetter(raw[at-1]) {
				continue
			}
			if m.Text != "Code: " || headlessStart(string(text)) || len(bytes.TrimSpace(text)) == len("Code:") {
				return true
			}
		case marker.Start:
			if !framed && string(text) != seen && begins(string(text)) { // behind a prefix that nobody knows
				return true
			}
			if len(text) <= telling && !frame.AppendStrip(buf[:0], frame.Row{Text: next})[0].Framed() &&
				(begins(string(text)+string(next)) || begins(string(text)+" "+string(bytes.TrimSpace(next)))) {
				return true
			}
		}
	}
}

// telling is how many bytes from its marker on tell what a row is; a longer one was not broken there.
const telling = 120

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// begins says that a rule fits a text, but for the rules of lines that count only with a call trace: that has a marker
// of its own.
func begins(text string) bool {
	if userFault(text) {
		return false
	}
	r := fitting(text)
	return r != nil && r.role != roleWeak
}

// looksKernel is a cheap test for rows that belong to a dump: symbols with offsets, addresses, locks.
func looksKernel(b []byte) bool {
	return hasBy(b, "+0x", 0) || hasBy(b, "[<", 1) || hasBy(b, "]---", 1) ||
		hasBy(b, "linked in", 3) || hasBy(b, "ainted", 2) || hasBy(b, "lock(", 4)
}

// hasBy says that b has the literal, which it looks for by the byte at the index rare.
func hasBy(b []byte, literal string, rare int) bool {
	for at := rare; at < len(b); at++ {
		i := bytes.IndexByte(b[at:], literal[rare])
		if i < 0 {
			return false
		}
		at += i
		if from := b[at-rare:]; len(from) >= len(literal) && string(from[:len(literal)]) == literal {
			return true
		}
	}
	return false
}

// vaguelyKernel is one for rows that may belong to a dump: raw stack, registers, names of modules.
func vaguelyKernel(b []byte) bool { return hasWord(b) || oneWord(b) }

// hasWord says that b has a hexadecimal word of 8 or 16 digits that is an address of the kernel or begins with zeros:
// registers and raw stack.
func hasWord(b []byte) bool {
	const shortest = 8
	for i := shortest - 1; i < len(b); { // what begins before i and is long enough has a digit there
		if !isHex(b[i]) {
			i += shortest
			continue
		}
		start := i
		for start > 0 && isHex(b[start-1]) {
			start--
		}
		end := i + 1
		for end < len(b) && isHex(b[end]) {
			end++
		}
		if n := end - start; (n == 8 || n == 16) && !inWord(b, start-1) && !inWord(b, end) {
			w := b[start:end]
			if bytes.HasPrefix(w, []byte("ffff")) || bytes.HasPrefix(w, []byte("0000")) || w[0] >= '8' && n == 8 {
				return true
			}
		}
		i = end + shortest
	}
	return false
}

// inWord says that the byte at i, if there is one, makes what stands beside it a part of something longer: of a name,
// of a number with 0x, of a UUID.
func inWord(b []byte, i int) bool {
	return i >= 0 && i < len(b) && (isLetter(b[i]) || b[i] == '-' || b[i] == '_')
}

// oneWord says that a short row has one word behind its time: a list of modules that was printed name by name.
func oneWord(b []byte) bool {
	const longest = 96 // bytes: transport and a name
	if len(b) > longest {
		return false
	}
	b = bytes.TrimSpace(b)
	word := b[bytes.LastIndexAny(b, " ]")+1:]
	head := bytes.TrimSpace(b[:len(b)-len(word)])
	return isModuleName(string(word)) && (len(head) == 0 || endsInTime(head))
}

// endsInTime says that b ends in what printk puts before a line: "[   12.345678]", "[  T123]", "[C0]".
func endsInTime(b []byte) bool {
	open := bytes.LastIndexByte(b, '[')
	if open < 0 || b[len(b)-1] != ']' {
		return false
	}
	for _, c := range b[open+1 : len(b)-1] {
		if (c < '0' || c > '9') && c != '.' && c != ' ' && c != 'T' && c != 'C' {
			return false
		}
	}
	return true
}
