package symbols

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
)

// A crash asks for some twenty names, all at once. To look at every name of a table for these takes a tenth of the time
// that an index of the table takes, so this is made only for a table that is asked again and again.

// maxSearches is how often the names of a table are gone through before it gets an index.
const maxSearches = 8

// found is where the entries of one name are: positions, lowest address first, image before modules.
type found struct {
	at    []int
	exact bool // else they only have the same body: an exact name is always preferred
}

// positions looks for one name. For several, findNames is faster.
func (t *Table) positions(name string) (at []int, exact bool) {
	f := t.findNames([]string{name})[name]
	return f.at, f.exact
}

// findNames looks for names and returns what it found by name. The positions are not the caller's to change.
func (t *Table) findNames(names []string) map[string]found {
	bodies := make(map[string][]int, len(names))
	for _, name := range names {
		bodies[bodyOf(name)] = nil
	}
	switch x := t.index; {
	case t.byName != nil:
		for body := range bodies {
			bodies[body] = t.sortedBody(body)
		}
	case x.searches.Add(1) <= maxSearches:
		t.search(bodies)
	default:
		x.once.Do(func() { x.fill(t) })
		for body := range bodies {
			bodies[body] = x.body(t, body)
		}
	}
	out := make(map[string]found, len(names))
	for _, name := range names {
		out[name] = t.called(name, bodies[bodyOf(name)])
	}
	return out
}

// called picks from entries of one body those that are called name, or all if none is.
func (t *Table) called(name string, same []int) found {
	var at []int
	for _, i := range same {
		if t.name(t.entry(i)) == name {
			at = append(at, i)
		}
	}
	if len(at) > 0 {
		return found{at, true}
	}
	return found{same, false}
}

// search goes through all names once and adds the positions of those whose body is a key of bodies.
func (t *Table) search(bodies map[string][]int) {
	var starts [1 << 12]bool // by startOf: few names have to be looked at to their end
	all := false
	for body := range bodies {
		if len(body) < startLen {
			all = true // a name of this body may go on in many ways
		} else {
			starts[startOf(body)] = true
		}
	}
	look := func(entries []entry, first int) {
		for i, e := range entries {
			name := t.name(e)
			if len(name) >= startLen && !starts[startOf(name)] && !all {
				continue
			}
			body := bodyOf(name)
			if at, ok := bodies[body]; ok {
				bodies[body] = append(at, first+i)
			}
		}
	}
	look(t.image, 0)
	look(t.loaded, len(t.image))
}

const startLen = 4

// startOf tells names with different first bytes apart, nearly always.
func startOf(name string) uint32 {
	b := name[:startLen]
	return (uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24) * 0x9e3779b1 >> 20
}

// nameIndex finds entries by the bodies of their names. It is a hash table with a chain of positions at each place.
type nameIndex struct {
	searches atomic.Int32 // so far, without the index
	once     sync.Once
	seed     maphash.Seed
	first    []uint32 // by hash: the lowest position plus 1, 0 for none
	next     []uint32 // by position: the next one of the same hash plus 1, 0 for none
}

// fill makes the index. It goes from the last entry to the first, so that the chains lead upwards.
func (x *nameIndex) fill(t *Table) {
	x.seed = maphash.MakeSeed() // so that nobody can prepare names that collide
	x.first = make([]uint32, 1<<bits.Len(uint(t.Len())))
	x.next = make([]uint32, t.Len())
	for i := t.Len() - 1; i >= 0; i-- {
		at := &x.first[x.hash(bodyOf(t.name(t.entry(i))))]
		x.next[i], *at = *at, uint32(i+1)
	}
}

func (x *nameIndex) hash(body string) uint64 {
	return maphash.String(x.seed, body) & uint64(len(x.first)-1)
}

// body returns the positions of the names that have this body.
func (x *nameIndex) body(t *Table, body string) (at []int) {
	for p := x.first[x.hash(body)]; p > 0; p = x.next[p-1] {
		if i := int(p - 1); bodyOf(t.name(t.entry(i))) == body {
			at = append(at, i)
		}
	}
	return at
}
