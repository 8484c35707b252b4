package symbols

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Table is the symbols of one kernel, by address and by name. It doesn't change after [Load] and may be used from
// several goroutines. It keeps the text of its file in memory, plus 16 bytes a symbol, plus 8 to 12 more when it was
// asked for names several times.
type Table struct {
	source  string // the file's name, for messages
	text    string
	image   []entry // of the kernel image, by address
	loaded  []entry // of modules, by address
	modules []string
	wide    bool     // addresses have 64 bits
	lossy   bool     // lines are missing, so a gap can be larger than it was
	layout  layout   // where the image is
	bases   []Module // by base; see WithModules
	notes   []string
	index   *nameIndex
	byName  []uint32 // positions by the bodies of the names, from a cache; nil if it isn't from one
}

func newTable(source string, l *listing, notes []string) *Table {
	t := &Table{
		source: source, text: l.text, image: l.image, loaded: l.loaded, modules: l.modules, wide: l.wide,
		lossy: l.bad > 0 || l.cut || len(notes) > 0, notes: notes, index: &nameIndex{},
	}
	if l.bad > 0 {
		t.notes = append(t.notes, fmt.Sprintf("%s not a symbol and left out, the first is line %d",
			count(l.bad, "line is", "lines are"), 1+strings.Count(l.text[:l.firstBad], "\n")))
	}
	if l.cut {
		t.notes = append(t.notes, "the last line has no end and is left out")
	}
	if !l.imageSorted {
		sortEntries(t.image)
	}
	if !l.loadedSorted {
		sortEntries(t.loaded)
	}
	var twice int
	t.image, twice = t.once(t.image)
	if len(t.loaded) > 0 {
		var n int
		t.loaded, n = t.once(t.loaded)
		twice += n
	}
	if twice > 0 {
		t.notes = append(t.notes, count(twice, "line is", "lines are")+" there twice")
	}
	t.layout = t.survey(l.marks)
	return t
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// sortEntries sorts by address, and by place in the file where addresses are equal: the kernel lists the name that it
// prefers first.
func sortEntries(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.addr, b.addr), cmp.Compare(a.name, b.name))
	})
}

// once drops entries that repeat another one of the same address, name and module.
func (t *Table) once(entries []entry) (kept []entry, dropped int) {
	var seen map[string]bool // only for a crowd at one address
	group, end := 0, 0       // where the entries of this address start in the kept ones, and where these end
	for i, e := range entries {
		if i == 0 || entries[group].addr != e.addr {
			group = end
			seen = nil
		} else if t.among(e, entries[group:end], &seen) {
			dropped++
			continue
		}
		if dropped > 0 {
			entries[end] = e
		}
		end++
	}
	return entries[:end], dropped
}

func (t *Table) among(e entry, group []entry, seen *map[string]bool) bool {
	if len(group) < 16 {
		return slices.ContainsFunc(group, func(g entry) bool {
			return g.length == e.length && g.module == e.module && t.name(g) == t.name(e)
		})
	}
	key := func(e entry) string { return t.modules[e.module] + " " + t.name(e) }
	if *seen == nil {
		*seen = map[string]bool{}
		for _, g := range group {
			(*seen)[key(g)] = true
		}
	}
	if (*seen)[key(e)] {
		return true
	}
	(*seen)[key(e)] = true
	return false
}

// Len returns the number of symbols.
func (t *Table) Len() int { return len(t.image) + len(t.loaded) }

// Notes returns what was wrong with the file, in sentences without a full stop: lines left out, an early end. The
// symbols that were read are good. The caller owns the slice.
func (t *Table) Notes() []string { return slices.Clone(t.notes) }

func (t *Table) entry(i int) entry {
	if i < len(t.image) {
		return t.image[i]
	}
	return t.loaded[i-len(t.image)]
}

func (t *Table) name(e entry) string { return t.text[e.name : e.name+uint32(e.length)] }
func (t *Table) kind(e entry) byte   { return t.text[e.name-2] }

// symbol returns an entry of the image, moved by slide, or of a module, as it is.
func (t *Table) symbol(e entry, slide uint64) Symbol {
	s := Symbol{Addr: e.addr, Name: t.name(e), Module: t.modules[e.module], Type: t.kind(e)}
	if e.module == 0 {
		s.Addr = t.wrap(e.addr + slide)
	}
	s.Size, _ = t.gap(e)
	return s
}

// wrap keeps arithmetic on addresses within the width of the kernel's.
func (t *Table) wrap(addr uint64) uint64 {
	if t.wide {
		return addr
	}
	return addr & 0xffffffff
}

// Find returns the symbol at or below addr. An address in a module that only [Table.WithModules] knows comes back
// with the module and [ReasonModuleBase]; any other reason means that the place is empty.
//
// Of several names at one address it gives the one that the kernel would print: not a weak one, not a mark of the
// linker script, fewer leading underscores, then the first in the file (scripts/kallsyms.c:compare_symbols). The kernel
// prints the return addresses of a call trace by the byte before them (kernel/kallsyms.c:sprint_backtrace,
// about 3.0 and later), so a frame whose call ended its function is "name+size/size" there and the next symbol here.
func (t *Table) Find(addr uint64) (Place, Reason) { return t.find(addr, 0) }

// find is Find with an image that was moved by slide. Modules are where they are.
func (t *Table) find(addr, slide uint64) (Place, Reason) {
	if !t.wide && addr > 0xffffffff {
		return Place{}, ReasonOutside
	}
	if at := t.wrap(addr - slide); t.layout.holds(at) {
		return t.nearest(t.image, at, slide)
	}
	if p, reason := t.nearest(t.loaded, addr, 0); reason == "" {
		return p, ""
	}
	if m, ok := t.moduleAt(addr); ok {
		s := Symbol{Addr: m.Base, Size: m.Size, Module: m.Name}
		return Place{Symbol: s, Offset: addr - m.Base}, ReasonModuleBase
	}
	return Place{}, t.layout.emptiness(addr, slide)
}

const (
	// maxReach is how far above its start a symbol may be felt if nothing says where it ends, or if it's the mark of an
	// end itself.
	maxReach       = 1 << 20
	maxModuleReach = 16 << 10
	// maxWalk bounds the steps over neighbours that don't count.
	maxWalk = 4096
)

// nearest finds the best entry at or below at.
func (t *Table) nearest(entries []entry, at, slide uint64) (Place, Reason) {
	i := above(entries, at) - 1
	for n := 0; i >= 0 && !t.placed(entries[i]); n++ {
		if i--; n > maxWalk {
			return Place{}, ReasonHole
		}
	}
	if i < 0 {
		return Place{}, ReasonHole
	}
	best := entries[i]
	for n := 1; n < 64 && i-n >= 0 && entries[i-n].addr == best.addr; n++ {
		if e := entries[i-n]; t.placed(e) && t.rank(e) <= t.rank(best) {
			best = e
		}
	}
	offset := at - best.addr
	reach := uint64(maxReach)
	if best.module != 0 {
		reach = maxModuleReach
	}
	if _, known := t.gap(best); offset >= reach && (!known || isMark(t.name(best))) {
		return Place{}, ReasonHole
	}
	return Place{Symbol: t.symbol(best, slide), Offset: offset}, ""
}

// above returns the index of the first entry whose address is above at.
func above(entries []entry, at uint64) int {
	i, _ := slices.BinarySearchFunc(entries, at, func(e entry, at uint64) int {
		if e.addr <= at {
			return -1
		}
		return 1
	})
	return i
}

// placed reports whether an entry is a place and not a number: types a and A are absolute values, such as the
// checksums __crc_* that a 32-bit map strews over its addresses; N, U and ? have no place. Linkers before 2010 gave the
// marks of the image's parts type A.
func (t *Table) placed(e entry) bool {
	switch t.kind(e) {
	case 'A', 'a':
		return isMark(t.name(e))
	case 'N', 'n', 'U', '?', '-':
		return false
	}
	return true
}

// rank is lower for the name that the kernel prefers at one address.
func (t *Table) rank(e entry) int {
	name := t.name(e)
	rank := len(name) - len(strings.TrimLeft(name, "_"))
	rank = min(rank, 99)
	if made := strings.HasPrefix(name, "__"); made && (strings.HasPrefix(name, "__start_") ||
		strings.HasPrefix(name, "__stop_") || strings.HasPrefix(name, "__end_") ||
		strings.HasSuffix(name, "_start") || strings.HasSuffix(name, "_end")) {
		rank += 100
	}
	switch t.kind(e) {
	case 'w', 'W', 'v', 'V':
		rank += 200
	case 'A', 'a':
		rank += 400
	}
	return rank
}

// gap returns the distance to the next symbol of the same owner. known is false if there's none.
func (t *Table) gap(e entry) (size uint64, known bool) {
	entries := t.image
	if e.module != 0 {
		entries = t.loaded
	}
	for i, n := above(entries, e.addr), 0; i < len(entries) && n < maxWalk; i, n = i+1, n+1 {
		next := entries[i]
		if next.module != e.module {
			break
		}
		if t.placed(next) {
			return next.addr - e.addr, true
		}
	}
	return 0, false
}

// Text reports whether addr may be an address of code: between _stext and _etext, or in a symbol of code if the table
// hasn't these marks, or in a module that has no symbols. Use it for the words of a raw stack dump. The image's init
// code is left out: it is freed at the end of the boot.
func (t *Table) Text(addr uint64) bool { return t.isText(addr, 0) }

func (t *Table) isText(addr, slide uint64) bool {
	p, reason := t.find(addr, slide)
	if reason != "" {
		return reason == ReasonModuleBase
	}
	if at := t.wrap(addr - slide); p.Symbol.Module == "" && t.layout.textEnd > t.layout.text {
		return at >= t.layout.text && at < t.layout.textEnd
	}
	return isCode(p.Symbol.Type)
}

func isCode(kind byte) bool {
	switch kind {
	case 't', 'T', 'w', 'W', 'i':
		return true
	}
	return false
}

// Named returns all symbols of a name: netfilter alone has dozens of static functions called checkentry. If none has
// exactly this name, it returns those that are the same code under another compiler's suffix: .isra.N, .constprop.N,
// .lto_priv.N, .llvm.N and .N don't count, of .part.N and .cold.N the number doesn't count.
func (t *Table) Named(name string) []Symbol { return t.named(name, 0) }

func (t *Table) named(name string, slide uint64) []Symbol {
	at, _ := t.positions(name)
	out := make([]Symbol, 0, len(at))
	for _, i := range at {
		out = append(out, t.symbol(t.entry(i), slide))
	}
	return out
}

// At returns the addresses that name+offset can be, lowest first. size is the function's size as the log prints it
// after the slash, 0 if it doesn't; it decides among symbols of the same name.
func (t *Table) At(name string, offset, size uint64) ([]uint64, Reason) {
	return t.at(name, offset, size, 0)
}

func (t *Table) at(name string, offset, size, slide uint64) ([]uint64, Reason) {
	positions, _ := t.positions(name)
	if len(positions) == 0 {
		return nil, ReasonNoName
	}
	if size != 0 && offset > size {
		return nil, ReasonOffset
	}
	var out []uint64
	for _, i := range positions {
		e := t.entry(i)
		if !t.admits(e, offset, size) {
			continue
		}
		if e.module == 0 {
			out = append(out, t.wrap(e.addr+slide+offset))
		} else {
			out = append(out, t.wrap(e.addr+offset))
		}
	}
	switch {
	case len(out) > 0:
		return out, ""
	case size != 0:
		return nil, ReasonSize
	}
	return nil, ReasonOffset
}

// admits reports whether the log can have printed offset/size for this entry. An offset that equals the size is right:
// it's the return address of a call that ends a function.
func (t *Table) admits(e entry, offset, size uint64) bool {
	if size != 0 && offset > size {
		return false
	}
	gap, known := t.gap(e)
	switch {
	case !known:
		return true
	case size == 0:
		return offset <= gap || t.lossy
	case size == gap:
		return true
	case size < gap: // a missing line makes a gap larger; the end of a module's code is not in kallsyms
		return t.lossy || e.module != 0
	}
	return e.module == 0 && t.endsLater(e, e.addr+size)
}

// endsLater reports whether the kernel may see the end of e at end, beyond its gap: some symbols of System.map are
// not in the kernel's own table. Those are names that scripts/kallsyms.c leaves out, and data in a kernel without
// CONFIG_KALLSYMS_ALL.
func (t *Table) endsLater(e entry, end uint64) bool {
	i := above(t.image, e.addr)
	for n := 0; n < maxWalk && i < len(t.image) && t.image[i].addr < end; n++ {
		if next := t.image[i]; t.placed(next) && isCode(t.kind(next)) && !unlisted(t.name(next)) {
			return false
		}
		i++
	}
	return i < len(t.image) && t.image[i].addr == end
}

// unlisted reports whether the kernel's own table leaves out a name (scripts/kallsyms.c:is_ignored_symbol and
// symbol_valid, scripts/mksysmap, 2.6 to 6.x; which of them varies).
func unlisted(name string) bool {
	for _, prefix := range []string{
		"$", ".L", "L0", "__crc_", "__efistub_", "__pi_", "__kvm_nvhe_", "__kcfi_typeid_", "__AArch64ADRPThunk_",
		"__ARMV5PILongThunk_", "__ARMV7PILongThunk_", "__ThumbV7PILongThunk_", "__LA25Thunk_", "__microLA25Thunk_",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	for _, suffix := range []string{"_from_arm", "_from_thumb", "_veneer"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return isMark(name)
}
