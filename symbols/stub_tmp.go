package symbols

import "io"

func unpacked(name string, r io.ReaderAt, size int64) (io.ReaderAt, int64, bool, error) {
	return r, size, false, nil
}
func debugFiles(path string, m *Image) []string { return nil }
func (m *Image) attach(paths []string)          {}
func (m *Image) embedded() (*Table, error)      { return nil, nil }
