package triage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/nfoops/nfoops/symbols"
	"github.com/nfoops/nfoops/symbols/btf"
)

// AutoRelease is the release that stands for the one that the log names, or else that of the running kernel.
const AutoRelease = "auto"

// KernelFiles says where the files of the crashed kernel are. All of it may be empty.
type KernelFiles struct {
	Vmlinux    string              // vmlinux or vmlinuz
	Modules    []string            // folders with modules below, or single files
	Release    string              // adds what is found for it in the usual places; see AutoRelease
	BTF        []string            // BTF of the image first, then of its modules
	Debuginfod *symbols.Debuginfod // fetches what is not found otherwise; nil for nothing
	CacheDir   string              // where indexes are kept between runs; "" for nowhere
	Root       string              // is put before the usual places
}

// Kernel opens the files of the crashed kernel when a crash asks for them, and keeps them open. It can be used from
// several goroutines until it is closed.
type Kernel struct {
	files KernelFiles
	types []*btf.Types // of BTF; the image's first

	mu   sync.Mutex
	open []*openKernel // the one that was used last comes last
}

// openKernel is a kernel that is open for the logs that name it.
type openKernel struct {
	*symbols.Kernel
	key     string
	users   int
	release string

	mapOnce sync.Once
	table   *SymbolFile // a System.map of the release, nil if there's none
}

// maxOpen bounds the kernels that are open and not in use: logs of many machines can name many releases.
const maxOpen = 8

// ErrNoRelease is wrapped by the error for a release that nothing is found of.
var ErrNoRelease = errors.New("nothing of it is in /lib/modules, /boot or /usr/lib/debug")

// ErrIsModule is wrapped by the error for a vmlinux that is a module.
var ErrIsModule = errors.New("this is a module and no vmlinux")

// OpenKernel looks at the files that were named, so that a wrong name is an error before anything is read. The caller
// closes the kernel.
func OpenKernel(ctx context.Context, files KernelFiles) (*Kernel, error) {
	k := &Kernel{files: files}
	for _, m := range files.Modules {
		if _, err := os.Stat(m); err != nil {
			return nil, err
		}
	}
	if r := files.Release; r != "" && r != AutoRelease {
		if f := symbols.Locate(files.Root, r); len(f.Vmlinux)+len(f.Modules)+len(f.SystemMaps) == 0 {
			return nil, fmt.Errorf("release %s: %w", r, ErrNoRelease)
		}
	}
	for _, path := range files.BTF {
		t, err := k.loadBTF(path)
		if err != nil {
			return nil, err
		}
		k.types = append(k.types, t)
	}
	if files.Vmlinux != "" {
		o, done, err := k.of(ctx, "", "")
		if err != nil {
			return nil, err
		}
		module := o.Image().Module()
		done()
		if module != "" {
			return nil, errors.Join(fmt.Errorf("%s: %w", files.Vmlinux, ErrIsModule), k.Close())
		}
	}
	return k, nil
}

// loadBTF reads BTF, bare or in an ELF file. The first file is the base of the others.
func (k *Kernel) loadBTF(path string) (*btf.Types, error) {
	var base *btf.Types
	if len(k.types) > 0 {
		base = k.types[0]
	}
	m, err := symbols.OpenImage(path)
	if err == nil {
		defer m.Close()
		return btf.FromImage(m, base)
	}
	var other *symbols.ImageError
	if !errors.As(err, &other) {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return btf.Read(path, f, base)
}

// Close closes all files.
func (k *Kernel) Close() error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var errs []error
	for _, o := range k.open {
		errs = append(errs, o.Close())
	}
	k.open = nil
	return errors.Join(errs...)
}

// of returns the kernel of a log, which may name its release and its build id, and what ends its use. What was opened
// for one log serves the others that name the same.
func (k *Kernel) of(ctx context.Context, release, buildID string) (*openKernel, func(), error) {
	release = k.release(release)
	if k.files.Debuginfod == nil {
		buildID = "" // nothing depends on it
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	key := release + " " + buildID
	at := slices.IndexFunc(k.open, func(o *openKernel) bool { return o.key == key })
	if at >= 0 {
		o := k.open[at]
		k.open = append(slices.Delete(k.open, at, at+1), o)
		o.users++
		return o, func() { k.done(o) }, nil
	}
	found, err := symbols.OpenKernel(ctx, symbols.Sources{
		Vmlinux: k.files.Vmlinux, Modules: slices.Clone(k.files.Modules), Release: release, Root: k.files.Root,
		BuildID: buildID, CacheDir: k.files.CacheDir, Debuginfod: k.files.Debuginfod,
	})
	if err != nil {
		return nil, nil, err
	}
	o := &openKernel{Kernel: found, key: key, users: 1, release: release}
	k.open = append(k.open, o)
	return o, func() { k.done(o) }, nil
}

// done ends a use, and closes the kernels that were not in use for the longest time.
func (k *Kernel) done(o *openKernel) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o.users--
	for i := 0; len(k.open) > maxOpen && i < len(k.open); {
		if k.open[i].users > 0 {
			i++
			continue
		}
		_ = k.open[i].Close() // nothing was written but the cache, which may be missing
		k.open = slices.Delete(k.open, i, i+1)
	}
}

// release is the one to look for: the one that was asked for, or with AutoRelease the log's, or the running kernel's.
func (k *Kernel) release(log string) string {
	switch {
	case k.files.Release != AutoRelease:
		return k.files.Release
	case log != "":
		return log
	}
	return symbols.RunningRelease()
}

// systemMap returns the System.map of the release that can be read, nil if there's none.
func (k *Kernel) systemMap(o *openKernel) *SymbolFile {
	o.mapOnce.Do(func() {
		for _, path := range symbols.Locate(k.files.Root, o.release).SystemMaps {
			if f, err := LoadSymbols(path); err == nil {
				o.table = &f
				return
			}
		}
	})
	return o.table
}
