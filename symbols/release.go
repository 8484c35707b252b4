package symbols

import (
	"os"
	"path/filepath"
	"strings"
)

// Found is where the files of a release are, the best first: with debug information, then without.
type Found struct {
	// Vmlinux are kernel images: vmlinux, then vmlinuz.
	Vmlinux []string
	// Modules are folders with the modules below.
	Modules []string
	// SystemMaps are System.map files. Debian's /boot has a stub of it: try [Load] on each.
	SystemMaps []string
}

// Locate looks for the files of a kernel release where distributions put them: below /usr/lib/debug, /lib/modules and
// /boot. root is put before each path, "" for none. A release that could lead out of these folders finds nothing, as it
// may come from a log.
func Locate(root, release string) Found {
	var f Found
	if release == "" || release == "." || release == ".." || strings.ContainsAny(release, "/\x00") {
		return f
	}
	is := func(want os.FileMode, names ...string) []string {
		var out []string
		for _, n := range names {
			path := filepath.Join(root, "/", strings.ReplaceAll(n, "RELEASE", release))
			if info, err := os.Stat(path); err == nil && info.Mode().Type() == want {
				out = append(out, path)
			}
		}
		return out
	}
	f.Vmlinux = is(0, // Debian, Ubuntu; Fedora, SUSE; Arch; a build tree; then what boots
		"usr/lib/debug/boot/vmlinux-RELEASE", "usr/lib/debug/lib/modules/RELEASE/vmlinux",
		"usr/lib/debug/usr/lib/modules/RELEASE/vmlinux", "usr/lib/debug/boot/vmlinux-RELEASE.debug",
		"usr/lib/debug/vmlinux-RELEASE", "usr/lib/debug/usr/lib/modules/RELEASE/vmlinux.debug",
		"lib/modules/RELEASE/build/vmlinux", "lib/modules/RELEASE/vmlinux",
		"boot/vmlinux-RELEASE", "boot/vmlinux-RELEASE.gz", "boot/vmlinuz-RELEASE",
		"lib/modules/RELEASE/vmlinuz", "usr/lib/modules/RELEASE/vmlinuz", "boot/kernel-RELEASE")
	f.Modules = is(os.ModeDir,
		"usr/lib/debug/lib/modules/RELEASE", "usr/lib/debug/usr/lib/modules/RELEASE",
		"lib/modules/RELEASE", "usr/lib/modules/RELEASE")
	f.SystemMaps = is(0,
		"usr/lib/debug/boot/System.map-RELEASE", "boot/System.map-RELEASE", "lib/modules/RELEASE/System.map",
		"usr/lib/modules/RELEASE/System.map", "lib/modules/RELEASE/build/System.map")
	return f
}

// RunningRelease returns the release of the running kernel, what --release auto means; "" if it can't be told.
func RunningRelease() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
