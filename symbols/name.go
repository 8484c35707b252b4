package symbols

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// Demangled returns the name as it is written in Rust or C++ source, or Name itself if it is not mangled (it starts
// neither with _R nor with _ZN) or not well formed. The result is for reading; look-ups take the raw name.
func (s Symbol) Demangled() (name string) {
	if !strings.HasPrefix(s.Name, "_R") && !strings.HasPrefix(s.Name, "_ZN") {
		return s.Name
	}
	defer func() { // names come from files, and the answer isn't worth a crash
		if recover() != nil {
			name = s.Name
		}
	}()
	out, err := demangle.ToString(s.Name, demangle.NoParams, demangle.MaxLength(12))
	if err != nil || plain(out) != out {
		return s.Name
	}
	return out
}

// Compilers make several functions of one, and mark them by suffixes:
//
//	.isra.N .constprop.N .lto_priv.N .llvm.N .N   the function itself, with a changed interface or scope
//	.part.N .cold .cold.N                         another piece of code that was split off it
//
// bodyOf returns the name without marks of the first kind and without the numbers of the second: two names are taken
// for the same code if their bodies are equal. A kernel built by clang with LTO prints names without .llvm.N while its
// System.map has them (kernel/kallsyms.c:cleanup_symbol_name, 5.13 and later), and numbers change from build to build.
func bodyOf(name string) string {
	dot := strings.IndexByte(name, '.')
	if dot <= 0 { // none, or a ppc64 entry point: .name
		return name
	}
	body, rest := name[:dot], name[dot+1:]
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, ".")
		switch {
		case part == "part" || part == "cold":
			body += "." + part
		case part == "isra" || part == "constprop" || part == "lto_priv" || part == "llvm" || isNumber(part):
		default: // not a compiler's: part of the name
			body += "." + part
		}
	}
	return body
}

func isNumber(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
