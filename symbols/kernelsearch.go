package symbols

import (
	"context"
	"maps"
	"slices"
)

// CodePlace is a place where an image has the code that was looked for.
type CodePlace struct {
	// Image is the file's name, Module the module's; Module is "" for the kernel image.
	Image, Module string
	// Addr is the address in the image's own terms, Place what is there.
	Addr  uint64
	Place Place
}

// CodeQuery asks where code is.
type CodeQuery struct {
	// Bytes are the code, in the order of memory; Loose is true for those that don't count, see [Image.Search].
	Bytes []byte
	Loose []bool
	// At is the index of the byte whose place is wanted.
	At int
	// Modules are the names of those to search beside the kernel image. With none it is all that there are, unless these
	// are more than Most.
	Modules []string
	Most    int
	// Limit is how many places are enough.
	Limit int
}

// Search looks for code in the kernel image and in modules. It returns no more than q.Limit places, and how many images
// were searched. A module that can't be read is not searched; the error is that of ctx.
func (k *Kernel) Search(ctx context.Context, q *CodeQuery) (found []CodePlace, searched int, err error) {
	look := func(m *Image) {
		searched++
		starts := m.Search(q.Bytes, q.Loose, q.Limit-len(found))
		if len(starts) == 0 {
			return
		}
		t, err := m.Table()
		if err != nil {
			return
		}
		for _, start := range starts {
			f := CodePlace{Image: m.Path(), Module: m.Module(), Addr: start + uint64(q.At)}
			if p, reason := t.Find(f.Addr); reason == "" {
				f.Place = p
				found = append(found, f)
			}
		}
	}
	if k.vmlinux != nil {
		look(k.vmlinux)
	}
	modules := q.Modules
	if len(modules) == 0 {
		if modules = k.moduleNames(); len(modules) > q.Most {
			modules = nil
		}
	}
	for _, name := range modules {
		if err := ctx.Err(); err != nil || len(found) >= q.Limit {
			return found, searched, err
		}
		k.searchModule(ctx, ModuleName(name), look)
	}
	return found, searched, nil
}

// maxSearched is how many modules stay open for the next search. More than these are opened anew each time.
const maxSearched = 256

// searchModule opens a module for look.
func (k *Kernel) searchModule(ctx context.Context, name string, look func(*Image)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := k.open[name+" "]; m != nil {
		look(m)
		return
	}
	m, err := k.find(ctx, name, "")
	if err != nil {
		return
	}
	look(m)
	if len(k.open) < maxSearched {
		k.open[name+" "] = m
		return
	}
	m.Close()
}

// moduleNames are the names of all modules that were found, sorted.
func (k *Kernel) moduleNames() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.scan()
	return slices.Sorted(maps.Keys(k.paths))
}
