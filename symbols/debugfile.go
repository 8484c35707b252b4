package symbols

import (
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/nfoops/nfoops/symbols/internal/object"
	"github.com/nfoops/nfoops/symbols/unpack"
)

// unpacked returns the bytes to look at: those of the file, or what is in it. packed is true for the latter.
func unpacked(name string, r io.ReaderAt, size int64) (io.ReaderAt, int64, bool, error) {
	head := make([]byte, 1024)
	n, err := r.ReadAt(head, 0)
	if n == 0 && size > 0 {
		return nil, 0, false, &ImageError{Name: name, Looks: "it can't be read", Err: err}
	}
	head = head[:n]
	var data []byte
	switch format := unpack.Format(head); {
	case format != "":
		data, err = unpack.All(r, size, format)
		if err == nil && unpack.IsKernelImage(data[:min(len(data), 1024)]) { // vmlinuz.gz of arm64
			data, err = unpack.Kernel(memory(data), int64(len(data)))
		}
	case unpack.IsKernelImage(head):
		data, err = unpack.Kernel(r, size)
	default:
		return r, size, false, nil
	}
	if err != nil {
		return nil, 0, false, &ImageError{Name: name, Looks: "it can't be unpacked", Err: err}
	}
	return memory(data), int64(len(data)), true, nil
}

// memory is bytes as a file.
type memory []byte

// ReadAt implements io.ReaderAt.
func (b memory) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// debugRoots are where debug files are on all distributions.
var debugRoots = []string{"/usr/lib/debug"}

// debugFiles returns where an image's debug file can be, the likeliest first: what .gnu_debuglink names (as gdb looks
// for it), by build id, and the whole path below the root of the debug files, as Debian and Fedora have modules.
func debugFiles(file string, m *Image) []string {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil
	}
	var out []string
	if link, _, err := m.object.DebugLink(); err == nil {
		out = append(out, filepath.Join(dir, link), filepath.Join(dir, ".debug", link))
		for _, root := range debugRoots {
			out = append(out, filepath.Join(root, dir, link))
		}
	}
	base := filepath.Base(file)
	for _, suffix := range []string{".gz", ".xz", ".zst"} {
		base = strings.TrimSuffix(base, suffix)
	}
	id := m.BuildID()
	for _, root := range debugRoots {
		if len(id) > 4 {
			out = append(out, filepath.Join(root, ".build-id", id[:2], id[2:]+".debug"))
		}
		out = append(out, filepath.Join(root, dir, base), filepath.Join(root, dir, base+".debug"),
			filepath.Join(root, "usr", dir, base+".debug"))
	}
	return append(out, filepath.Join(dir, base+".debug"))
}

// attach takes the first of the files that has the debug sections of this image.
func (m *Image) attach(files []string) {
	for _, file := range files {
		if file == m.path {
			continue
		}
		if why, ok := m.attachFile(file); ok {
			return
		} else if why != "" {
			m.notes = append(m.notes, why)
		}
	}
}

// attachFile opens a debug file and keeps it if it belongs to the image. why says that it was there and does not.
func (m *Image) attachFile(file string) (why string, ok bool) {
	f, err := os.Open(file)
	if err != nil {
		return "", false
	}
	keep := false
	defer func() {
		if !keep {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	d, err := object.Open(f, info.Size())
	if err != nil {
		return plain(filepath.Base(file)) + " was to have debug information and is damaged", false
	}
	if s := d.Section(".debug_info"); s == nil || !s.HasBytes() {
		return "", false
	}
	mine, its := m.object.BuildID(), d.BuildID()
	switch {
	case mine != "" && its != "" && mine != its:
		return plain(filepath.Base(file)) + " has the debug information of another build: its build id is " + its, false
	case mine == "" || its == "":
		_, crc, err := m.object.DebugLink()
		if err != nil || !sameChecksum(f, crc) {
			return "", false
		}
	}
	keep = true
	m.debug = d
	m.closer = append(m.closer, f)
	return "", true
}

func sameChecksum(f *os.File, want uint32) bool {
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, f); err != nil {
		return false
	}
	return h.Sum32() == want
}
