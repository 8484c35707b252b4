package symbols

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
)

// Evidence is what a log says about the kernel or the module that an image is to be of. What the log doesn't have is
// empty.
type Evidence struct {
	// BuildID is in hex: for the kernel the last word of the line "CPU: … Comm: …", for a module what follows its name in
	// brackets, both since 5.13 with CONFIG_STACKTRACE_BUILD_ID.
	BuildID string
	// Release is the kernel's, such as 6.1.0-56-amd64; Build is what follows it: "#1 SMP Debian 6.1.192-2", whole or in
	// part.
	Release, Build string
	// Pairs are the symbols that the log prints of this image, with their sizes; their addresses aren't looked at, that
	// is done by [Table.Fit].
	Pairs []Pair
	// Code are bytes of the running kernel.
	Code []CodeEvidence
}

// CodeEvidence is a "Code:" line: bytes around an instruction, and where that is.
type CodeEvidence struct {
	// Name, Offset and Size are of the instruction, as printed.
	Name         string
	Offset, Size uint64
	// Bytes are those of memory, Index is which of them the instruction starts with.
	Bytes []byte
	Index int
	// Line is the log's line, 0 if not known.
	Line int
}

// Trust is what confirms that an image is of the log's kernel.
type Trust struct {
	// Verified is true if the build id, the code or the sizes confirm it. The release alone doesn't: a distribution
	// builds many kernels of one release.
	Verified bool
	// BuildID and Release are true if they were compared and are equal. Build is what was compared after the release.
	BuildID, Release, Build bool
	// Sizes is how many symbols have the size that the log prints, Missing how many are not in the image.
	Sizes, Missing int
	// CodeBytes is how many bytes of code are equal.
	CodeBytes int
	// Notes are sentences without a full stop for whoever shows the answers.
	Notes []string

	missing Pair // the first one
}

// WrongImageError is an image that isn't of the kernel that wrote the log.
type WrongImageError struct {
	// Image is the file's name.
	Image string
	// What differs: "build id", "release", "build", "size", "symbols" or "code".
	What string
	// Name is the symbol that differs in size or code; Line is the log's line, 0 if not known.
	Name string
	Line int
	// Log and Has are what the log and the image say, as text.
	Log, Has string
}

// Error says in one sentence what differs.
func (e *WrongImageError) Error() string {
	where := "the log"
	if e.Line > 0 {
		where = fmt.Sprintf("line %d of the log", e.Line)
	}
	switch e.What {
	case "size":
		return fmt.Sprintf("%s is not of this kernel: %s gives %s a size of %s, the image gives %s",
			e.Image, where, plain(e.Name), plain(e.Log), plain(e.Has))
	case "symbols":
		return fmt.Sprintf("%s is not of this kernel: %s has %s, the image has not (%s symbols fit)",
			e.Image, where, plain(e.Name), e.Has)
	case "code":
		return fmt.Sprintf("%s is not of this kernel: %s has the bytes %s at %s, the image has %s",
			e.Image, where, plain(e.Log), plain(e.Name), plain(e.Has))
	}
	return fmt.Sprintf("%s is not of this kernel: its %s is %s, %s has %s", e.Image, e.What, plain(e.Has), where,
		plain(e.Log))
}

// Verify holds an image against what the log says. The error is a [*WrongImageError], or an [*ImageError] if the image
// can't be read; one whose symbols are stripped is verified by what is left.
func (m *Image) Verify(e Evidence) (*Trust, error) {
	t := &Trust{}
	if id := m.BuildID(); e.BuildID != "" && id != "" {
		if log := strings.ToLower(e.BuildID); log != id {
			return nil, &WrongImageError{Image: m.name, What: "build id", Log: log, Has: id}
		}
		t.BuildID, t.Verified = true, true
	}
	if err := m.verifyRelease(e, t); err != nil {
		return nil, err
	}
	if err := m.verifySizes(e.Pairs, t); err != nil {
		return nil, err
	}
	for _, c := range e.Code {
		if err := m.verifyCode(c, t); err != nil {
			return nil, err
		}
	}
	// One size is no proof; a few are, if nothing is missing.
	if t.Sizes >= 3 && t.Missing == 0 || t.CodeBytes >= 16 {
		t.Verified = true
	}
	// A vmlinux can lack names that a log has (of generated code, of modules without brackets), a module can't.
	if !t.Verified && m.module != "" && t.Missing > t.Sizes {
		p := t.missing
		return nil, &WrongImageError{Image: m.name, What: "symbols", Name: p.Name, Line: p.Line,
			Has: fmt.Sprintf("%d of %d", t.Sizes, t.Sizes+t.Missing)}
	}
	if !t.Verified {
		t.Notes = append(t.Notes, m.name+" is not verified: the log has too little to compare it with")
	}
	return t, nil
}

// verifyRelease compares the release and the words of the build.
func (m *Image) verifyRelease(e Evidence, t *Trust) error {
	release, build := m.Release()
	if release == "" || e.Release == "" {
		return nil
	}
	if release != e.Release {
		return &WrongImageError{Image: m.name, What: "release", Log: e.Release, Has: release}
	}
	t.Release = true
	if build == "" {
		return nil
	}
	has := map[string]bool{}
	for _, w := range strings.Fields(build) {
		has[w] = true
	}
	compared := false
	for _, w := range strings.Fields(e.Build) {
		w = strings.TrimRight(w, ",")
		// "#1" and what has digits and a separator is a version or a date; the rest are words such as SMP.
		if strings.HasPrefix(w, "#") || strings.ContainsAny(w, ".-~:") && strings.ContainsFunc(w, unicode.IsDigit) {
			if !has[w] {
				return &WrongImageError{Image: m.name, What: "build", Log: e.Build, Has: build}
			}
			compared = true
		}
	}
	t.Build = compared
	return nil
}

// Release returns the kernel's release that the image is of, and its build ("#1 SMP Debian …"): from linux_banner of a
// vmlinux (init/version.c, 2.6.11 and later), from vermagic of a module, which has no build. They are "" if it can't be
// told.
func (m *Image) Release() (release, build string) {
	if m.module != "" {
		if magic := m.object.ModInfo("vermagic"); len(magic) > 0 {
			release, _, _ = strings.Cut(magic[0], " ")
		}
		return release, ""
	}
	m.bannerOne.Do(func() { m.banner = m.findBanner() })
	rest, ok := strings.CutPrefix(m.banner, "Linux version ")
	if !ok {
		return "", ""
	}
	release, rest, _ = strings.Cut(rest, " ")
	if i := strings.LastIndex(rest, "#"); i >= 0 {
		build = strings.TrimSpace(rest[i:])
	}
	return release, build
}

// verifySizes compares the sizes of symbols. A kernel with the same code can have another size where the image has a
// symbol more or less, so a name with several symbols is right if one fits.
func (m *Image) verifySizes(pairs []Pair, t *Trust) error {
	table, err := m.Table()
	if err != nil {
		return nil // whoever looks something up is told
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		key := fmt.Sprintf("%s/%d", p.Name, p.Size)
		if p.Size == 0 || p.Name == "" || seen[key] || len(seen) >= maxPairs {
			continue
		}
		seen[key] = true
		switch _, reason := table.At(p.Name, p.Offset, p.Size); reason {
		case "":
			t.Sizes++
		case ReasonNoName:
			if t.Missing++; t.Missing == 1 {
				t.missing = p
			}
		default:
			if _, exact := table.positions(p.Name); !exact {
				if t.Missing++; t.Missing == 1 { // the same code under another suffix: nothing is known of it
					t.missing = p
				}
				continue
			}
			var has []string
			for _, s := range m.sizes(p.Name) {
				has = append(has, fmt.Sprintf("%#x", s))
			}
			if len(has) > 4 {
				has = append(has[:4], "…")
			}
			return &WrongImageError{Image: m.name, What: "size", Name: p.Name, Line: p.Line,
				Log: fmt.Sprintf("%#x", p.Size), Has: strings.ReplaceAll(strings.Join(has, " or "), "…", "others")}
		}
	}
	if t.Missing > t.Sizes {
		t.Notes = append(t.Notes, fmt.Sprintf("%s has %d of the %d symbols that the log prints", m.name, t.Sizes,
			t.Sizes+t.Missing))
	}
	return nil
}

// verifyCode compares bytes of the log with the image's, where the kernel doesn't patch.
func (m *Image) verifyCode(c CodeEvidence, t *Trust) error {
	table, err := m.Table()
	if err != nil || c.Index < 0 || c.Index >= len(c.Bytes) {
		return nil
	}
	addrs, reason := table.At(c.Name, c.Offset, c.Size)
	if reason != "" {
		return nil
	}
	var wrong *WrongImageError
	for _, addr := range addrs {
		// What lies before a section's start can't be compared.
		skip := 0
		if s := m.object.At(addr); s != nil && addr-s.Addr < uint64(c.Index) {
			skip = c.Index - int(addr-s.Addr)
		}
		have, reason := m.Code(addr-uint64(c.Index-skip), len(c.Bytes)-skip)
		if reason != "" {
			continue
		}
		equal, compared, first := 0, 0, -1
		for i := range have.Bytes {
			if have.Loose[i] {
				continue
			}
			compared++
			if have.Bytes[i] == c.Bytes[skip+i] {
				equal++
			} else if first < 0 {
				first = i
			}
		}
		switch {
		case compared < 8:
		case equal*16 >= compared*15: // a probe or an int3 that someone else put there
			t.CodeBytes += equal
			if first >= 0 {
				t.Notes = append(t.Notes, fmt.Sprintf("%d bytes at %s differ from %s: something patched the kernel",
					compared-equal, plain(c.Name), m.name))
			}
			return nil
		case wrong == nil:
			from, to := max(0, first), min(len(have.Bytes), max(0, first)+8)
			at := int64(c.Offset) + int64(skip+from-c.Index)
			wrong = &WrongImageError{Image: m.name, What: "code", Line: c.Line,
				Name: fmt.Sprintf("%s%+#x", c.Name, at), Log: hex.EncodeToString(c.Bytes[skip+from : skip+to]),
				Has: hex.EncodeToString(have.Bytes[from:to])}
		}
	}
	if wrong != nil {
		return wrong
	}
	return nil
}
