package triage

import (
	"fmt"
	"maps"
	"net/netip"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Mask replaces what tells whose machine it was by names that tell only what is equal: IP1, MAC2, HOST1, MAIL1. The
// same text gets the same name all the way through. The zero value is ready; it must not be used by several
// goroutines at once.
type Mask struct {
	names map[string]string
	count map[string]int
	known []string         // hosts
	hosts []*regexp.Regexp // the same
	keep  []string         // text that looks like an address and is none: releases of kernels
}

// maxMasked bounds the names that a Mask remembers; behind it all are called alike.
const maxMasked = 1 << 16

// maxHosts bounds the names that are looked for: a log can claim many.
const maxHosts = 256

// Host adds a name to be masked wherever it stands as a word, with what domain follows it.
func (m *Mask) Host(name string) {
	if name == "" || name == "localhost" || len(name) > 255 || len(m.hosts) >= maxHosts || slices.Contains(m.known, name) {
		return
	}
	if _, isAddress := m.addresses(name); isAddress {
		return
	}
	form := regexp.QuoteMeta(string([]rune(name))) // a byte that is no UTF-8 reads as the rune that stands for it
	m.known = append(m.known, name)
	m.hosts = append(m.hosts, regexp.MustCompile(`(?i)`+form+`(?:\.[\w-]+)*`))
}

var (
	mailForm = regexp.MustCompile(`[\w.+-]+@[\w-][\w.-]*`)
	macForm  = regexp.MustCompile(`\b(?:[0-9A-Fa-f]{2}:){5,}[0-9A-Fa-f]{2}\b|\b(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}\b`)
	ipv4Form = regexp.MustCompile(`(?:[0-9]{1,3}\.){3}[0-9]{1,3}`)
	ipv6Form = regexp.MustCompile(`[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f]*`)
)

// Text masks one string.
func (m *Mask) Text(s string) string {
	if !strings.ContainsAny(s, ".:@-") && len(m.hosts) == 0 {
		return s
	}
	s = mailForm.ReplaceAllStringFunc(s, func(x string) string { return m.name("MAIL", x) })
	s = macForm.ReplaceAllStringFunc(s, func(x string) string { return m.name("MAC", strings.ToLower(x)) })
	s, _ = m.addresses(s)
	for _, h := range m.hosts {
		s = m.host(s, h)
	}
	return s
}

func (m *Mask) host(s string, form *regexp.Regexp) string {
	var b strings.Builder
	last := 0
	for _, at := range form.FindAllStringIndex(s, -1) {
		from, to := at[0], at[1]
		if from > 0 && (wordByte(s[from-1]) || s[from-1] == '-') || to < len(s) && (wordByte(s[to]) || s[to] == '-') {
			continue
		}
		b.WriteString(s[last:from] + m.name("HOST", strings.ToLower(s[from:to])))
		last = to
	}
	return b.String() + s[last:]
}

// Input masks the name of an input, which may be any text; standard input stays "-".
func (m *Mask) Input(name string) string {
	if name == "" || name == "-" {
		return name
	}
	return m.name("INPUT", "/"+name)
}

func (m *Mask) name(kind, text string) string {
	if n, seen := m.names[text]; seen {
		return n
	}
	if len(m.names) >= maxMasked {
		return kind
	}
	if m.names == nil {
		m.names, m.count = map[string]string{}, map[string]int{}
	}
	m.count[kind]++
	n := fmt.Sprintf("%s%d", kind, m.count[kind])
	m.names[text] = n
	return n
}

// addresses masks IPv4 and IPv6 addresses, and says whether there were any. Those of the loopback, and what is no
// word of its own, as a part of a longer number or of a Rust path, stay.
func (m *Mask) addresses(s string) (string, bool) {
	s, four := m.each(s, ipv4Form)
	s, six := m.each(s, ipv6Form)
	return s, four || six
}

func (m *Mask) each(s string, form *regexp.Regexp) (string, bool) {
	var b strings.Builder
	last, found := 0, false
	for _, at := range form.FindAllStringIndex(s, -1) {
		from, to := at[0], at[1]
		if to-from > 2 && s[to-1] == ':' && s[to-2] != ':' {
			to-- // the sentence's own
		}
		addr, err := netip.ParseAddr(s[from:to])
		if err != nil || addr.IsLoopback() || addr.IsUnspecified() || slices.Contains(m.keep, s[from:to]) ||
			!strings.ContainsAny(s[from:to], "0123456789") || inWord(s, from, to) {
			continue
		}
		b.WriteString(s[last:from] + m.name("IP", addr.String()))
		last, found = to, true
	}
	return b.String() + s[last:], found
}

// inWord says that s goes on at from or to with what makes it another thing: a letter, or one more number.
func inWord(s string, from, to int) bool {
	return from > 0 && (wordByte(s[from-1]) || s[from-1] == '.') ||
		to < len(s) && wordByte(s[to]) || to+1 < len(s) && s[to] == '.' && wordByte(s[to+1])
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// Report returns a masked copy; r stays as it is. What the knowledge base says stays, too.
func (m *Mask) Report(r *Report) *Report {
	m.Host(r.Host)
	m.keep = []string{releaseNumbers(r.Kernel)}
	for _, x := range r.Matches {
		m.keep = append(m.keep, x.FixedIn...)
	}
	c := *r
	value := reflect.ValueOf(&c).Elem()
	for i := range value.NumField() {
		switch value.Type().Field(i).Name {
		case "Kernel", "Advice", "Fingerprint", "Matches", "Code", "Registers":
		default:
			value.Field(i).Set(m.copied(value.Field(i)))
		}
	}
	for i := range c.Symbols {
		c.Symbols[i].Name = path.Base(c.Symbols[i].Name)
	}
	c.Input = m.Input(r.Input)
	c.Places = slices.Clone(r.Places)
	for i := range c.Places {
		c.Places[i].Input = m.Input(c.Places[i].Input)
	}
	c.Matches = slices.Clone(r.Matches)
	for i := range c.Matches {
		x := &c.Matches[i]
		x.Evidence, x.Against = m.evidence(x.Evidence), m.evidence(x.Against)
	}
	c.Quotes = maps.Clone(r.Quotes)
	for n, q := range c.Quotes {
		c.Quotes[n] = m.Text(q)
	}
	return &c
}

func (m *Mask) evidence(list []Evidence) []Evidence {
	list = slices.Clone(list)
	for i := range list {
		list[i].Fact = m.Text(list[i].Fact)
	}
	return list
}

// releaseNumbers is the part of a kernel's release in front of the first letter or dash: 2.6.11.4.
func releaseNumbers(release string) string {
	end := strings.IndexFunc(release, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		return release
	}
	return release[:end]
}

// copied masks every string of a value, and copies what it points to.
func (m *Mask) copied(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		c.SetString(m.Text(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(m.copied(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				c.Index(i).Set(m.copied(v.Index(i)))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			c.Field(i).Set(m.copied(v.Field(i)))
		}
	default:
		c.Set(v)
	}
	return c
}
