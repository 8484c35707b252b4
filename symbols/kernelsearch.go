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

// Search looks for code in the kernel image and in modules, see [Image.Search]; with no modules named in all that there
// are. at is the index of the byte of the pattern whose place is wanted. It returns no more than limit places, and how
// many images were searched. A module that can't be read is not searched; the error is that of ctx.
func (k *Kernel) Search(ctx context.Context, pattern []byte, loose []bool, at int, modules []string, limit int) (
	found []CodePlace, searched int, err error) {
	look := func(m *Image) {
		searched++
		starts := m.Search(pattern, loose, limit-len(found))
		if len(starts) == 0 {
			return
		}
		t, err := m.Table()
		if err != nil {
			return
		}
		for _, start := range starts {
			f := CodePlace{Image: m.Path(), Module: m.Module(), Addr: start + uint64(at)}
			if p, reason := t.Find(f.Addr); reason == "" {
				f.Place = p
				found = append(found, f)
			}
		}
	}
	if k.vmlinux != nil {
		look(k.vmlinux)
	}
	if len(modules) == 0 {
		modules = k.moduleNames()
	}
	for _, name := range modules {
		if err := ctx.Err(); err != nil || len(found) >= limit {
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
