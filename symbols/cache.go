package symbols

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The cache keeps the sorted symbols of a vmlinux, with an index by name: to make them takes most of the time of the
// first lookup. Debug sections need none: what an answer reads of them is found by their own index.
//
// A file is named by the build id and the version of its format, and arrives under its name only when it is whole. So
// it can be deleted at any time, two processes can write the same one, and a new version leaves the old ones alone.
// One that is damaged is not used and written anew.
const (
	cacheMagic   = "nfoops symbols\x00\x01\n"
	cacheVersion = "1"
	// minCached is how many symbols make a file worth it.
	minCached = 20_000
)

// CacheDir returns the folder for indexes below the user's cache folder, "" if there's none. It isn't created.
func CacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "nfoops", "symbols")
}

// cachePath returns where the table of an image is kept, "" if it has no build id.
func cachePath(dir, buildID string) string {
	if dir == "" || !isBuildID(buildID) {
		return ""
	}
	return filepath.Join(dir, buildID+"."+cacheVersion)
}

var errCache = errors.New("not a file of this cache, or damaged")

// cacheHeader follows the magic. Numbers are little-endian.
type cacheHeader struct {
	Sum      uint32 // of all that follows
	Wide     uint32
	Symbols  uint32
	TextSize uint32
}

const (
	headerSize = 16
	cacheEntry = 14 // address, name, length
)

// readCache reads a table.
func readCache(path, name string) (*Table, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rest, ok := strings.CutPrefix(string(b[:min(len(b), len(cacheMagic))]), cacheMagic)
	if !ok || rest != "" || len(b) < len(cacheMagic)+headerSize {
		return nil, errCache
	}
	b = b[len(cacheMagic):]
	le := binary.LittleEndian
	h := cacheHeader{le.Uint32(b), le.Uint32(b[4:]), le.Uint32(b[8:]), le.Uint32(b[12:])}
	n := uint64(h.Symbols)
	if n > maxSymbols || uint64(len(b)) != headerSize+n*(cacheEntry+4)+uint64(h.TextSize) ||
		crc32.Checksum(b[4:], castagnoli) != h.Sum {
		return nil, errCache
	}
	b = b[headerSize:]
	t := &Table{source: name, image: make([]entry, n), modules: []string{""}, wide: h.Wide != 0, index: &nameIndex{},
		byName: make([]uint32, n)}
	for i := range t.image {
		e := b[i*cacheEntry:]
		t.image[i] = entry{addr: le.Uint64(e), name: le.Uint32(e[8:]), length: le.Uint16(e[12:])}
		if e := t.image[i]; e.name < 2 || uint64(e.name)+uint64(e.length) > uint64(h.TextSize) {
			return nil, errCache
		}
	}
	b = b[n*cacheEntry:]
	for i := range t.byName {
		if t.byName[i] = le.Uint32(b[4*i:]); uint64(t.byName[i]) >= n {
			return nil, errCache
		}
	}
	t.text = string(b[4*n:])
	t.layout = t.survey(t.marks())
	return t, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// marks returns the entries that survey looks for, by way of the index.
func (t *Table) marks() (out []entry) {
	for _, name := range []string{"_text", "_stext", "_etext", "_end", "startup_64", "startup_32"} {
		at, exact := t.positions(name)
		for _, i := range at {
			if exact {
				out = append(out, t.image[i])
			}
		}
	}
	return out
}

// writeCache keeps a table of an image. Errors are for whoever wants to know: nothing depends on it.
func (t *Table) writeCache(path string) (err error) {
	if len(t.loaded) > 0 || len(t.image) < minCached || len(t.text) > 1<<30 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new.*")
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	order := t.byName
	if order == nil {
		order = t.sortNames()
	}
	le := binary.LittleEndian
	sum := crc32.New(castagnoli)
	head := le.AppendUint32(nil, 0) // the sum, at the end
	if _, err := f.WriteString(cacheMagic + string(head)); err != nil {
		return err
	}
	w := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	wide := uint32(0)
	if t.wide {
		wide = 1
	}
	b := le.AppendUint32(nil, wide)
	b = le.AppendUint32(b, uint32(len(t.image)))
	b = le.AppendUint32(b, uint32(len(t.text)))
	if _, err := w.Write(b); err != nil {
		return err
	}
	for _, e := range t.image {
		b = le.AppendUint64(b[:0], e.addr)
		b = le.AppendUint32(b, e.name)
		if _, err := w.Write(le.AppendUint16(b, e.length)); err != nil {
			return err
		}
	}
	for _, i := range order {
		if _, err := w.Write(le.AppendUint32(b[:0], i)); err != nil {
			return err
		}
	}
	if _, err := w.WriteString(t.text); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if _, err := f.WriteAt(le.AppendUint32(nil, sum.Sum32()), int64(len(cacheMagic))); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// sortNames returns the positions of the image's symbols by the body of their names, then by address.
func (t *Table) sortNames() []uint32 {
	order := make([]uint32, len(t.image))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(strings.Compare(bodyOf(t.name(t.image[a])), bodyOf(t.name(t.image[b]))), cmp.Compare(a, b))
	})
	return order
}

// sortedBody returns the positions of the names that have a body, by way of byName.
func (t *Table) sortedBody(body string) (at []int) {
	first, _ := slices.BinarySearchFunc(t.byName, body, func(i uint32, body string) int {
		return strings.Compare(bodyOf(t.name(t.image[i])), body)
	})
	for _, i := range t.byName[first:] {
		if bodyOf(t.name(t.image[i])) != body {
			break
		}
		at = append(at, int(i))
	}
	return at
}

// useCache lets the image take its table from a folder, and keep it there when it is closed.
func (m *Image) useCache(dir string) {
	if m.module == "" {
		m.cache = cachePath(dir, m.BuildID())
	}
}

// cachedTable returns the table that the cache has, nil if it has none.
func (m *Image) cachedTable() *Table {
	if m.cache == "" {
		return nil
	}
	t, err := readCache(m.cache, m.name)
	if err != nil {
		return nil
	}
	m.cached = true
	return t
}

// keepTable writes the table to the cache if it isn't there.
func (m *Image) keepTable() {
	if m.cache == "" || m.cached || m.table == nil {
		return
	}
	if err := m.table.writeCache(m.cache); err != nil {
		m.notes = append(m.notes, fmt.Sprintf("the symbols of %s were not kept: %v", m.name, err))
	}
	m.cached = true
}
