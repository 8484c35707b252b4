package kb

import (
	"slices"
	"strings"
)

// isID says whether s can name an entry and its files on every file system.
func isID(s string) bool {
	if len(s) < 3 || len(s) > 80 || strings.HasSuffix(s, ".miss") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '-' && c != '_' && c != '.') {
			return false
		}
	}
	return true
}

// isSymbol says whether s can be the name of a function.
func isSymbol(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c != '.' && c != '-' && c != '$' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 128
}

// isModule says whether s can be the name of a module: unlike a function, it may begin with a digit (8021q).
func isModule(s string) bool { return s != "" && isSymbol("m"+s) }

// isKind says whether s is a kind of the report format; kasan-* stands for a whole family.
func isKind(s string) bool {
	if slices.Contains(knownKinds, s) {
		return true
	}
	for _, family := range knownKindFamilies {
		if rest, found := strings.CutPrefix(s, family); found {
			return rest == "*" || isSymbol(strings.ReplaceAll(rest, "-", "_"))
		}
	}
	return false
}

// isCVE says whether s is of the form CVE-2024-42270.
func isCVE(s string) bool {
	rest, found := strings.CutPrefix(s, "CVE-")
	year, number, dash := strings.Cut(rest, "-")
	return found && dash && len(year) == 4 && len(number) >= 4 && len(number) <= 8 && isDigits(year) && isDigits(number)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
