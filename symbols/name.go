package symbols

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"

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

// nameIndex finds entries by name. It is made on the first use: many tables are only asked for addresses.
type nameIndex struct {
	once  sync.Once
	seed  maphash.Seed
	order []uint64 // hash of the body << 32 | position, sorted; so equal names are in a run, by address
}

// positions returns where the entries named name are, lowest address first, image before modules. exact is false if
// they only have the same body: an exact name is always preferred.
func (t *Table) positions(name string) (at []int, exact bool) {
	if t.byName != nil {
		return t.sortedPositions(name)
	}
	x := t.index
	x.once.Do(func() {
		x.seed = maphash.MakeSeed() // so that nobody can prepare names that collide
		x.order = make([]uint64, 0, len(t.image)+len(t.loaded))
		for i := range len(t.image) + len(t.loaded) {
			x.order = append(x.order, x.hash(t.name(t.entry(i)))<<32|uint64(i))
		}
		slices.Sort(x.order)
	})
	hash := x.hash(name)
	body := bodyOf(name)
	first, _ := slices.BinarySearch(x.order, hash<<32)
	var near []int
	for _, v := range x.order[first:] {
		if v>>32 != hash {
			break
		}
		i := int(v & 0xffffffff)
		switch n := t.name(t.entry(i)); {
		case n == name:
			at = append(at, i)
		case len(at) == 0 && bodyOf(n) == body:
			near = append(near, i)
		}
	}
	if len(at) > 0 {
		return at, true
	}
	return near, false
}

func (x *nameIndex) hash(name string) uint64 {
	return maphash.String(x.seed, bodyOf(name)) >> 32
}
