package symbols

import (
	"path/filepath"
	"testing"
)

// A debug file is found where .gnu_debuglink, the build id, and the distributions' habits put it, and is taken only if
// its build id is the image's.
func TestDebugFilePlaces(t *testing.T) {
	id := openImage(t, "vmlinux").BuildID()
	for _, place := range []string{
		"boot/vmlinux-stripped.debug", "boot/.debug/vmlinux-stripped.debug", "boot/vmlinux-6.1.debug",
		"debug/BOOT/vmlinux-stripped.debug", "debug/.build-id/" + id[:2] + "/" + id[2:] + ".debug",
		"debug/BOOT/vmlinux-6.1", "debug/BOOT/vmlinux-6.1.debug", "debug/usr/BOOT/vmlinux-6.1.debug",
	} {
		for _, right := range []bool{true, false} {
			root := t.TempDir()
			image := filepath.Join(root, "boot", "vmlinux-6.1")
			copyFile(t, filepath.Join(objects, "vmlinux-stripped"), image)
			from := "vmlinux-stripped.debug"
			if !right {
				from = "vmlinux-other"
			}
			path := filepath.Join(root, place)
			if at := filepath.Join(root, "debug", "BOOT"); filepath.Dir(path) == at {
				path = filepath.Join(root, "debug", filepath.Dir(image), filepath.Base(path))
			} else if filepath.Dir(path) == filepath.Join(root, "debug/usr/BOOT") {
				path = filepath.Join(root, "debug/usr", filepath.Dir(image), filepath.Base(path))
			}
			copyFile(t, filepath.Join(objects, from), path)
			old := debugRoots
			debugRoots = []string{filepath.Join(root, "debug")}
			m, err := OpenImage(image)
			debugRoots = old
			if err != nil {
				t.Fatal(err)
			}
			if m.HasLines() != right {
				t.Errorf("%s, right %v: lines %v, notes %q", place, right, m.HasLines(), m.Notes())
			}
			if right {
				as, reason, err := m.Resolve(Query{Name: "look_up", Offset: 1})
				if err != nil || reason != "" || as[0].Lines[0].File != "conn.c" {
					t.Errorf("%s: %+v %s %v", place, as, reason, err)
				}
			}
			m.Close()
		}
	}
}
