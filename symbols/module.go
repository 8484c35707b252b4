package symbols

import (
	"cmp"
	"slices"
)

// Module is where a kernel module was loaded, as the log tells: "Modules linked in: mod 0xaddr", or lines of
// /proc/modules.
type Module struct {
	// Name is the module's name as the log spells it.
	Name string
	// Base is the address that /proc/modules prints: where the memory starts that stays after the module's
	// initialisation. The code comes first in it, in 2.4 after a header of some 100 bytes.
	Base uint64
	// Size is the size in bytes of what starts there, 0 if not known.
	Size uint64
}

// maxModuleSize bounds a module whose size isn't known.
const maxModuleSize = 1 << 20

// WithModules returns a table that also knows these modules, in place of any that it knew that way. An address in one
// of them that has no symbol becomes an offset from the module's base. A module without a size ends where the next one
// starts, or after 1 MiB. Bases are addresses of the log, and [Table.Fit] leaves them where they are. Entries without
// a name or a base are left out. The table itself doesn't change.
func (t *Table) WithModules(modules []Module) *Table {
	bases := slices.DeleteFunc(slices.Clone(modules), func(m Module) bool { return m.Name == "" || m.Base == 0 })
	slices.SortStableFunc(bases, func(a, b Module) int { return cmp.Compare(a.Base, b.Base) })
	out := *t
	out.bases = bases
	return &out
}

// moduleAt returns the module whose base is the nearest below addr, if it reaches that far.
func (t *Table) moduleAt(addr uint64) (Module, bool) {
	i, found := slices.BinarySearchFunc(t.bases, addr, func(m Module, addr uint64) int {
		return cmp.Compare(m.Base, addr)
	})
	if !found {
		i--
	}
	if i < 0 {
		return Module{}, false
	}
	m := t.bases[i]
	size := m.Size
	if size == 0 {
		size = maxModuleSize
	}
	return m, addr-m.Base < size
}
