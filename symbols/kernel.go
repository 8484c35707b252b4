package symbols

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Kernel is a vmlinux and the modules of one kernel. Modules are found when they are asked for. It can be used from
// several goroutines until it is closed.
type Kernel struct {
	vmlinux *Image
	sources Sources
	notes   []string

	mu      sync.Mutex
	paths   map[string][]string // of modules, by name, the better first
	named   []string            // modules that were named as files
	scanned bool
	open    map[string]*Image
	missing map[string]error
}

// Sources says where the files of a kernel are. All of it may be empty.
type Sources struct {
	// Vmlinux is a file, see [OpenImage].
	Vmlinux string
	// Modules are folders that are searched for modules with all that is below, the better first; or single files.
	Modules []string
	// Release adds what [Locate] finds for it, after the others.
	Release string
	// Root is put before the paths that Release gives.
	Root string
	// BuildID is the kernel's build id in hex if the log has it. It is for Debuginfod.
	BuildID string
	// CacheDir is where indexes are kept between runs, see [CacheDir]; "" for nowhere.
	CacheDir string
	// Debuginfod fetches what is not found otherwise. nil means that nothing is fetched.
	Debuginfod *Debuginfod
}

// ErrNoImage is wrapped by the error for a vmlinux or a module that is in none of the places.
var ErrNoImage = errors.New("not found")

// OpenKernel opens the vmlinux, and remembers where modules are. A kernel without a vmlinux is no error: [Kernel.Image]
// is nil and modules still answer. The errors are those of [OpenImage], for a file that was named.
func OpenKernel(ctx context.Context, s Sources) (*Kernel, error) {
	k := &Kernel{sources: s, open: map[string]*Image{}, missing: map[string]error{}}
	found := Locate(s.Root, s.Release)
	k.sources.Modules = append(slices.Clone(s.Modules), found.Modules...)
	defer func() {
		if k.vmlinux != nil {
			k.vmlinux.useCache(s.CacheDir)
		}
	}()
	if s.Vmlinux != "" {
		m, err := OpenImage(s.Vmlinux)
		if err != nil {
			return nil, err
		}
		k.vmlinux = m
	}
	for _, path := range found.Vmlinux {
		if k.vmlinux != nil {
			break
		}
		m, err := OpenImage(path)
		if err != nil {
			k.notes = append(k.notes, err.Error())
			continue
		}
		k.vmlinux = m
	}
	if k.vmlinux == nil && s.Debuginfod != nil && s.BuildID != "" {
		path, err := s.Debuginfod.Fetch(ctx, s.BuildID)
		if err == nil {
			k.vmlinux, err = OpenImage(path)
		}
		if err != nil {
			k.notes = append(k.notes, err.Error())
		}
	}
	return k, nil
}

// Image returns the vmlinux, nil if there's none.
func (k *Kernel) Image() *Image { return k.vmlinux }

// Notes returns what went wrong so far with files that were looked for, in sentences without a full stop; what is wrong
// with an image, [Image.Notes] says. The caller owns the slice.
func (k *Kernel) Notes() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.notes)
}

// Close closes all images, and writes to the cache what is not there yet.
func (k *Kernel) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var errs []error
	if k.vmlinux != nil {
		errs = append(errs, k.vmlinux.Close())
	}
	for _, m := range k.open {
		errs = append(errs, m.Close())
	}
	clear(k.open)
	return errors.Join(errs...)
}

// Module returns the image of a module. Its name may have - for _. buildID is what the log prints beside it ("[nf_nat
// 0c10b0…]", since 5.13 with CONFIG_STACKTRACE_BUILD_ID), "" if it doesn't: of several files the one that has it is
// taken, and if none has it the error is a [*WrongImageError] of the last one. A file that isn't there gives an error
// that wraps [ErrNoImage].
func (k *Kernel) Module(ctx context.Context, name, buildID string) (*Image, error) {
	name = ModuleName(name)
	buildID = strings.ToLower(buildID)
	k.mu.Lock()
	defer k.mu.Unlock()
	key := name + " " + buildID
	if m := k.open[key]; m != nil {
		return m, nil
	}
	if err := k.missing[key]; err != nil {
		return nil, err
	}
	m, err := k.find(ctx, name, buildID)
	if err != nil {
		k.missing[key] = err
		return nil, err
	}
	k.open[key] = m
	return m, nil
}

func (k *Kernel) find(ctx context.Context, name, buildID string) (*Image, error) {
	k.scan()
	var last error
	var bare *Image // without debug information: better than nothing
	for _, path := range k.paths[name] {
		m, err := OpenImage(path)
		if err != nil {
			last = err
			continue
		}
		if id := m.BuildID(); buildID != "" && id != "" && id != buildID {
			last = &WrongImageError{Image: m.name, What: "build id", Log: buildID, Has: id}
			m.Close()
			continue
		}
		if m.HasLines() {
			if bare != nil {
				bare.Close()
			}
			return m, nil
		}
		if bare != nil {
			m.Close()
			continue
		}
		bare = m
	}
	if d := k.sources.Debuginfod; d != nil {
		id := buildID
		if id == "" && bare != nil {
			id = bare.BuildID()
		}
		if id != "" {
			path, err := d.Fetch(ctx, id)
			if err == nil {
				var m *Image
				if m, err = OpenImage(path); err == nil {
					m.module = name
					if bare != nil {
						bare.Close()
					}
					return m, nil
				}
			}
			k.notes = append(k.notes, fmt.Sprintf("module %s: %v", plain(name), err))
		}
	}
	switch {
	case bare != nil:
		return bare, nil
	case last != nil:
		return nil, last
	}
	return nil, fmt.Errorf("module %s: %w", plain(name), ErrNoImage)
}

// maxModuleFiles bounds the files of a folder that are looked at. A distribution's kernel has 5,000.
const maxModuleFiles = 200_000

// scan lists the modules of all folders, by modules.dep where depmod left one.
func (k *Kernel) scan() {
	if k.scanned {
		return
	}
	k.scanned = true
	k.paths = map[string][]string{}
	seen := map[string]bool{}
	add := func(path, name string) {
		if !seen[path] {
			seen[path] = true
			k.paths[name] = append(k.paths[name], path)
		}
	}
	for _, dir := range k.sources.Modules {
		if info, err := os.Stat(dir); err == nil && info.Mode().IsRegular() {
			name := k.ownName(dir)
			add(dir, name)
			if !slices.Contains(k.named, name) {
				k.named = append(k.named, name)
			}
			continue
		}
		if b, err := os.ReadFile(filepath.Join(dir, "modules.dep")); err == nil && len(b) < 64<<20 {
			for line := range strings.Lines(string(b)) {
				if path, _, ok := strings.Cut(line, ":"); ok && isModuleFile(path) {
					if !filepath.IsAbs(path) {
						path = filepath.Join(dir, path)
					}
					add(path, ModuleName(path))
				}
			}
			// Modules that were added by hand are not in it, but these few folders are small.
			dir = filepath.Join(dir, "updates")
		}
		n := 0
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if n++; n > maxModuleFiles {
				return fs.SkipAll
			}
			if err == nil && !d.IsDir() && isModuleFile(path) {
				add(path, ModuleName(path))
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			k.notes = append(k.notes, err.Error())
		}
	}
}

// NamedModules returns the images of the modules that [Sources] name as single files, in their order. One that can't be
// opened is a note.
func (k *Kernel) NamedModules(ctx context.Context) []*Image {
	k.mu.Lock()
	k.scan()
	names := slices.Clone(k.named)
	k.mu.Unlock()
	var out []*Image
	for _, name := range names {
		if m, err := k.Module(ctx, name, ""); err == nil {
			out = append(out, m)
		}
	}
	return out
}

// ownName is the name that a module's file tells itself: one that was named by the user may be called anything.
func (k *Kernel) ownName(path string) string {
	m, err := OpenImage(path)
	if err != nil {
		k.notes = append(k.notes, err.Error())
		return ModuleName(path)
	}
	defer m.Close()
	return m.Module()
}

func isModuleFile(path string) bool {
	base := strings.TrimSuffix(filepath.Base(path), ".debug")
	for _, suffix := range []string{".ko", ".ko.gz", ".ko.xz", ".ko.zst"} {
		if strings.HasSuffix(base, suffix) {
			return true
		}
	}
	return false
}
