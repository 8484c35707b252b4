package symbols

import (
	"bytes"
	"debug/elf"
)

// findBanner returns the text of linux_banner.
func (m *Image) findBanner() string {
	const prefix = "Linux version "
	cut := func(b []byte) string {
		end := bytes.IndexAny(b, "\x00\n")
		if end < 0 || end > 1024 || !bytes.HasPrefix(b, []byte(prefix)) {
			return ""
		}
		// A format string has % in it: /proc/version's, not the banner. Since 6.1 there's one without a number too, of the
		// first link (init/version.c).
		if bytes.IndexByte(b[:end], '%') >= 0 || bytes.Contains(b[:end], []byte("# ")) {
			return ""
		}
		return string(b[:end])
	}
	if t, err := m.Table(); err == nil {
		for _, s := range t.Named("linux_banner") {
			if sec := m.object.At(s.Addr); sec != nil {
				if b, err := m.object.Read(sec, s.Addr-sec.Addr, 1025); err == nil {
					if text := cut(b); text != "" {
						return text
					}
				}
			}
		}
	}
	// A raw or stripped image: it is in the data.
	if text := searchBanner(m.raw, prefix, cut); text != "" {
		return text
	}
	for i := range m.object.Sections {
		s := &m.object.Sections[i]
		if s.Flags&elf.SHF_ALLOC == 0 || s.Flags&elf.SHF_EXECINSTR != 0 || !s.HasBytes() || s.Size > 256<<20 {
			continue
		}
		b, err := m.object.Read(s, 0, s.Size)
		if err != nil {
			continue
		}
		if text := searchBanner(b, prefix, cut); text != "" {
			return text
		}
	}
	return ""
}

func searchBanner(b []byte, prefix string, cut func([]byte) string) string {
	for range 16 {
		at := bytes.Index(b, []byte(prefix))
		if at < 0 {
			break
		}
		if text := cut(b[at:min(len(b), at+1025)]); text != "" {
			return text
		}
		b = b[at+1:]
	}
	return ""
}
