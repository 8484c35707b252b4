package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/symbols"
)

// kernelFlags are what may be known of the crashed kernel beside its log. analyze, decode, sym and annotate share them.
type kernelFlags struct {
	vmlinux    string
	modules    []string
	release    string
	maps       []string
	kallsyms   []string
	btf        []string
	base       string
	root       string
	debuginfod bool
	force      bool
	offline    bool
}

// register adds the flags to a command.
func (k *kernelFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&k.vmlinux, "vmlinux", "", "the crashed kernel's vmlinux or vmlinuz, `FILE`; lines need debug information")
	f.StringArrayVar(&k.modules, "modules", nil, "its modules: `DIR` with all below, or one file (repeatable)")
	f.StringVarP(&k.release, "release", "r", "",
		"look for release `R` below /usr/lib/debug, /lib/modules and /boot; auto: as the log says")
	f.StringArrayVar(&k.maps, "system-map", nil, "its System.map, `FILE` (repeatable)")
	f.StringArrayVar(&k.kallsyms, "kallsyms", nil, "its saved /proc/kallsyms, `FILE` (repeatable)")
	f.StringArrayVar(&k.btf, "btf", nil, "its types: `FILE` as /sys/kernel/btf/vmlinux, then the modules' (repeatable)")
	f.StringVar(&k.base, "base", "", "the `ADDR`ess that the kernel was loaded at (_text), with KASLR")
	f.StringVar(&k.root, "root", "", "look below `DIR` for the places of --release, such as a mounted disk")
	f.BoolVar(&k.debuginfod, "debuginfod", false,
		"fetch debug information by build id from the servers in DEBUGINFOD_URLS")
	f.BoolVar(&k.force, "force", false, "use files that are of another kernel all the same, and mark what comes from them")
	f.BoolVar(&k.offline, "offline", false, "connect to nothing, whatever else is asked for")
	for name, ext := range map[string][]string{"btf": nil, "vmlinux": nil, "system-map": nil, "kallsyms": nil} {
		_ = cmd.MarkFlagFilename(name, ext...)
	}
	_ = cmd.MarkFlagDirname("root")
	_ = cmd.RegisterFlagCompletionFunc("release", completeRelease)
}

// completeRelease offers the releases that have modules here.
func completeRelease(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	out := []string{triage.AutoRelease}
	for _, dir := range []string{"/lib/modules", "/usr/lib/debug/lib/modules"} {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if e.IsDir() && !slices.Contains(out, e.Name()) {
				out = append(out, e.Name())
			}
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// errNoServers is --debuginfod without a server.
var errNoServers = errors.New("--debuginfod needs the addresses of servers in DEBUGINFOD_URLS")

// kernel opens what the flags name. The caller closes the Kernel of the result, which may be nil.
func (a *app) kernel(ctx context.Context, k *kernelFlags) (triage.Sources, error) {
	src := triage.Sources{Force: k.force}
	if k.base != "" {
		v, err := address("--base", k.base)
		if err != nil {
			return src, err
		}
		src.Base = &v
	}
	for _, path := range slices.Concat(k.maps, k.kallsyms) {
		file, err := triage.LoadSymbols(path)
		if err != nil {
			return src, a.mapHint(path, err)
		}
		for _, note := range file.Table.Notes() {
			a.say("%s: %s", path, note)
		}
		src.Symbols = append(src.Symbols, file)
	}
	files := triage.KernelFiles{
		Vmlinux: k.vmlinux, Modules: k.modules, Release: k.release, BTF: k.btf, Root: k.root, CacheDir: symbols.CacheDir(),
	}
	if k.debuginfod && !k.offline {
		if files.Debuginfod = symbols.DebuginfodFromEnv(os.Getenv); files.Debuginfod == nil {
			return src, withHint(errNoServers, "export DEBUGINFOD_URLS=https://debuginfod.elfutils.org/")
		}
	}
	if k.vmlinux == "" && len(k.modules) == 0 && k.release == "" && len(k.btf) == 0 && files.Debuginfod == nil {
		return src, nil
	}
	kernel, err := triage.OpenKernel(ctx, files)
	switch {
	case errors.Is(err, triage.ErrNoRelease):
		return src, withHint(err, "install the kernel's debug package, or name its files: --vmlinux FILE --modules DIR")
	case errors.Is(err, triage.ErrIsModule):
		return src, withHint(err, "--modules %s", k.vmlinux)
	}
	src.Kernel = kernel
	return src, err
}

// mapHint helps where another flag takes the file.
func (a *app) mapHint(path string, err error) error {
	var format *symbols.FormatError
	if !errors.As(err, &format) {
		return err
	}
	m, other := symbols.OpenImage(path)
	if other != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	flag := "--vmlinux "
	if m.Module() != "" {
		flag = "--modules "
	}
	return withHint(err, "%s%s", flag, filepath.Clean(path))
}
