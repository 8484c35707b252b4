package object

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"strings"
)

// maxNotes is more than the notes of a kernel take: some hundred bytes.
const maxNotes = 1 << 20

// BuildID returns the GNU build id in hex, "" if the file has none. It is in a note of its own in modules and debug
// files, and among others in the vmlinux's .notes.
func (f *File) BuildID() string {
	for i := range f.Sections {
		s := &f.Sections[i]
		if s.Type != elf.SHT_NOTE && !strings.HasPrefix(s.Name, ".note") || !s.HasBytes() || s.Size > maxNotes {
			continue
		}
		b, err := f.Read(s, 0, s.Size)
		if err != nil {
			continue
		}
		if id := f.buildID(b); id != "" {
			return id
		}
	}
	return ""
}

// buildID looks through a run of notes.
func (f *File) buildID(b []byte) string {
	const noteBuildID = 3 // NT_GNU_BUILD_ID
	for len(b) >= 12 {
		name, desc, kind := f.Order.Uint32(b), f.Order.Uint32(b[4:]), f.Order.Uint32(b[8:])
		b = b[12:]
		nameEnd, descStart := uint64(name), (uint64(name)+3)&^3
		descEnd := descStart + uint64(desc)
		if descEnd > uint64(len(b)) {
			return ""
		}
		if kind == noteBuildID && string(b[:nameEnd]) == "GNU\x00" && desc >= 4 && desc <= 64 {
			return hex.EncodeToString(b[descStart:descEnd])
		}
		b = b[min((descEnd+3)&^3, uint64(len(b))):]
	}
	return ""
}

// DebugLink returns the name and the checksum of .gnu_debuglink: the file that has this one's debug sections.
func (f *File) DebugLink() (name string, crc uint32, err error) {
	s := f.Section(".gnu_debuglink")
	if s == nil {
		return "", 0, fmt.Errorf(".gnu_debuglink: %w", ErrNoSection)
	}
	b, err := f.ReadAll(s, 64<<10)
	if err != nil {
		return "", 0, err
	}
	end := bytes.IndexByte(b, 0)
	at := (end + 4) &^ 3
	if end <= 0 || at+4 > len(b) || bytes.IndexByte(b[:end], '/') >= 0 {
		return "", 0, fmt.Errorf("section .gnu_debuglink is damaged")
	}
	return string(b[:end]), f.Order.Uint32(b[at:]), nil
}

// ModInfo returns the values of a key in .modinfo, such as vermagic.
func (f *File) ModInfo(key string) []string {
	s := f.Section(".modinfo")
	if s == nil {
		return nil
	}
	b, err := f.ReadAll(s, maxNotes)
	if err != nil {
		return nil
	}
	var out []string
	for _, field := range bytes.Split(b, []byte{0}) {
		if k, v, ok := bytes.Cut(field, []byte("=")); ok && string(k) == key {
			out = append(out, string(v))
		}
	}
	return out
}
