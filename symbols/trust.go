package symbols

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pair is a symbol and an address that a log printed together: "[<c02a1234>] nf_hook_slow+0x44/0xf0", "EIP is at …".
type Pair struct {
	// Addr is the address. One of user space leaves the pair out, as a hashed pointer is one. It is 0 where the log prints
	// "name+offset/size" alone, as kernels since 4.10 mostly do: the size still tells a map of another kernel.
	Addr uint64
	// Name is the symbol as printed, Offset the distance from its start, Size what follows the slash, 0 if nothing
	// does.
	Name         string
	Offset, Size uint64
	// Module is what is printed in brackets, "" for the kernel image.
	Module string
	// Line is the number of the line in the log, from 1; 0 if not known. It is for messages.
	Line int
}

// ErrUndecided is wrapped by the error of [Table.Fit] if more than one slide fits, or too many would have to be tried.
// The map may be right; it can't be used.
var ErrUndecided = errors.New("the log doesn't decide where the kernel was loaded")

// MismatchError is a map that isn't of the kernel that wrote the log: a symbol of the log is in the map at another
// address under every slide, or has another size. LogAddr is 0 if the log has no address for it.
type MismatchError struct {
	// Source is the map's file name.
	Source string
	// Name is the symbol, Line the log's line that has it, 0 if not known.
	Name string
	Line int
	// LogAddr and MapAddr are where the symbol starts by the log, and by the map after Slide was added.
	LogAddr, MapAddr uint64
	// LogSize and MapSize are the symbol's size; 0 is not printed, or not known. They and the offset into the symbol
	// matter if the addresses are equal.
	LogOffset, LogSize, MapSize uint64
	// Slide is the one under which most pairs agree, or the one that the log states.
	Slide uint64
	// Align is not 0 if all pairs agree, on a Slide that KASLR can't have chosen: one that isn't a multiple of Align, or
	// is too large.
	Align uint64
	// Agree of Checked pairs are right: under Slide, or if the log has no address, in size.
	Agree, Checked int
}

// Error says in one sentence what contradicts the map.
func (e *MismatchError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is not of this kernel: ", e.Source)
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d of the log", e.Line)
	} else {
		b.WriteString("the log")
	}
	name := plain(e.Name)
	wide := e.LogAddr > 0xffffffff
	switch {
	case e.Align != 0:
		fmt.Fprintf(&b, " puts %s at %#x, the map at %#x: %s apart, and KASLR can't move a kernel that way (steps of %#x)",
			name, e.LogAddr, e.MapAddr, distance(e.Slide, wide), e.Align)
		return b.String()
	case e.LogAddr == 0:
		fmt.Fprintf(&b, " gives %s a size of %#x, the map gives %#x", name, e.LogSize, e.MapSize)
	case e.LogAddr == e.MapAddr && e.LogSize == 0:
		fmt.Fprintf(&b, " has the offset %#x in %s at %#x, which has a size of %#x in the map",
			e.LogOffset, name, e.LogAddr, e.MapSize)
	case e.LogAddr == e.MapAddr:
		fmt.Fprintf(&b, " gives %s at %#x a size of %#x, the map gives %#x",
			name, e.LogAddr, e.LogSize, e.MapSize)
	default:
		fmt.Fprintf(&b, " puts %s at %#x, the map at %#x", name, e.LogAddr, e.MapAddr)
	}
	if e.Slide != 0 && e.LogAddr != 0 {
		fmt.Fprintf(&b, " after a slide of %s", distance(e.Slide, wide))
	}
	fmt.Fprintf(&b, " (%d of %d symbols agree)", e.Agree, e.Checked)
	return b.String()
}

// distance prints a slide as a signed number.
func distance(slide uint64, wide bool) string {
	s := int64(slide)
	if !wide {
		s = int64(int32(slide))
	}
	if s < 0 {
		return fmt.Sprintf("-%#x", -uint64(s))
	}
	return fmt.Sprintf("%#x", slide)
}

// ModuleFit is what a log says about the symbols that a kallsyms has for one module.
type ModuleFit struct {
	// Name is the module's.
	Name string
	// Slide is how far the module was moved from where kallsyms has it, modulo the width of an address.
	Slide uint64
	// Pairs is how many pairs of the log agree on this.
	Pairs int
	// Used is false if the module's symbols are left out of the fit: the log contradicts them, or the kernel or another
	// module was moved and nothing tells where this one went.
	Used bool
}

// Fit is a table moved to where the log's kernel was. It doesn't change and may be used from several goroutines.
type Fit struct {
	// Slide was added to every address of the image, modulo 2^64, or 2^32 on a 32-bit kernel.
	Slide uint64
	// Verified is true if pairs of the log confirm the map: at least one agrees, none contradicts, and no more are
	// missing than agree. A fit that is not verified may be of another kernel: say so beside every answer from it.
	Verified bool
	// Checked pairs of the kernel image were compared, and all of them agree. The more, the better: with one pair a
	// wrong map has a small chance to agree.
	Checked int
	// Sized pairs have no address, and a size that the map confirms. They don't make a fit verified: kernels that are
	// built from nearly the same source have the same sizes mostly, at other addresses.
	Sized int
	// Missing pairs name a symbol that the map doesn't have. Skipped ones couldn't be compared: the address is not of
	// the kernel, there's neither address nor size, or the offset is larger than the size.
	Missing, Skipped int
	// Modules tells of the modules in a kallsyms, by name; it is empty for a System.map.
	Modules []ModuleFit
	// Notes are sentences without a full stop for whoever shows the answers.
	Notes []string

	table *Table
}

// Find is [Table.Find] for an address of the log. The Symbol in the Place is where the log's kernel had it.
func (f *Fit) Find(addr uint64) (Place, Reason) { return f.table.find(addr, f.Slide) }

// Named is [Table.Named] with the addresses of the log's kernel.
func (f *Fit) Named(name string) []Symbol { return f.table.named(name, f.Slide) }

// At is [Table.At] with the addresses of the log's kernel.
func (f *Fit) At(name string, offset, size uint64) ([]uint64, Reason) {
	return f.table.at(name, offset, size, f.Slide)
}

// Text is [Table.Text] for a word of the log.
func (f *Fit) Text(addr uint64) bool { return f.table.isText(addr, f.Slide) }

// Fit moves the table to where the log's kernel was, and verifies it with what the log printed. kernelOffset is the
// number in the log's "Kernel Offset: 0x…" line, 0 for "disabled", nil if there's no such line.
//
// It tries the stated offset, then none, then the one that the pairs themselves ask for, and takes the first under
// which every pair of the kernel image agrees. So a kallsyms of the same boot fits, whose addresses are moved already,
// and an i386 kernel of 6.1, which moves and says "disabled". One that contradicts the stated offset must be asked for
// by two functions. Without pairs the fit has the stated offset and is not verified.
//
// The error is a [*MismatchError] for a map of another kernel, or wraps [ErrUndecided].
func (t *Table) Fit(pairs []Pair, kernelOffset *uint64) (*Fit, error) {
	f := &Fit{table: t}
	image, sized, modules, names := t.sift(pairs, f)
	s := &solver{table: t, pairs: image}

	v, err := s.place(kernelOffset, f)
	if err != nil {
		return nil, err
	}
	missing, err := f.measure(sized)
	if err != nil {
		return nil, err
	}
	f.Slide, f.Checked, f.Missing = v.slide, v.agree, v.missing
	f.Verified = v.agree > 0 && v.missing <= v.agree
	switch {
	case v.agree == 0 && v.missing == 0 && f.Sized > 0:
		f.Notes = append(f.Notes, fmt.Sprintf("%s is not verified: the log has no address together with a symbol of the "+
			"kernel image, only %s in size", t.source, count(f.Sized, "symbol agrees", "symbols agree")))
	case v.agree == 0 && v.missing == 0:
		f.Notes = append(f.Notes, t.source+" is not verified: the log has no address together with a symbol of the "+
			"kernel image")
	case !f.Verified:
		f.Notes = append(f.Notes, fmt.Sprintf("%s is not verified: it has %d of the %d symbols that the log prints",
			t.source, v.agree, v.agree+v.missing))
	}
	f.Missing += missing
	f.settle(modules, names)
	return f, nil
}

// Unchecked returns the table at a slide that the caller chose, though it may be of another kernel: nothing is
// compared, and the fit isn't verified. Say so beside every answer from it.
func (t *Table) Unchecked(slide uint64) *Fit {
	return &Fit{table: t, Slide: t.wrap(slide)}
}

// measure compares the sizes of pairs without an address.
func (f *Fit) measure(sized []claim) (missing int, err error) {
	t := f.table
	var bad *MismatchError
	checks := 0
	for _, c := range sized {
		if checks += len(c.candidates); checks > maxChecks {
			f.Skipped++
			continue
		}
		fits := slices.ContainsFunc(c.candidates, func(i int) bool { return t.admits(t.image[i], c.Offset, c.Size) })
		switch {
		case fits:
			f.Sized++
		case !c.exact:
			missing++
		case bad == nil:
			bad = &MismatchError{Source: t.source, Name: c.Name, Line: c.Line, LogOffset: c.Offset, LogSize: c.Size}
			bad.MapSize, _ = t.gap(t.image[c.candidates[0]])
		}
	}
	if bad != nil {
		bad.Agree, bad.Checked = f.Sized, len(sized)-missing
		return missing, bad
	}
	return missing, nil
}

// place decides on the slide.
func (s *solver) place(stated *uint64, f *Fit) (verdict, error) {
	t := s.table
	slide := uint64(0)
	if stated != nil {
		slide = t.wrap(*stated)
	}
	v := s.try(slide, false)
	if v.agree == 0 && v.bad == nil && slide != 0 && t.moved(slide) {
		f.Notes = append(f.Notes, t.source+" has the addresses of this boot already")
		return s.try(0, false), nil
	}
	if v.bad == nil {
		return v, nil
	}
	first := v
	if slide != 0 {
		if v = s.try(0, true); v.bad == nil {
			f.Notes = append(f.Notes, t.source+" has the addresses of this boot already")
			return v, nil
		}
	}
	v, err := s.solve(first)
	switch {
	case err != nil:
		return v, err
	case stated != nil && (v.bad != nil || v.starts < 2):
		return v, first.bad
	case v.bad != nil:
		return v, v.bad
	case stated != nil:
		f.Notes = append(f.Notes, fmt.Sprintf("the log states a kernel offset of %#x, its addresses fit %s at %s",
			*stated, t.source, distance(v.slide, t.wide)))
	}
	return v, nil
}

// moved reports whether the table's own addresses are off the link address by this slide. Only x86_64 has one link
// address for nearly all kernels with KASLR: CONFIG_PHYSICAL_START, 16 MiB by default, above 0xffffffff80000000.
func (t *Table) moved(slide uint64) bool {
	return t.layout.arch == x86_64 && t.layout.start-slide == 0xffffffff81000000
}

// sift returns the different pairs that can be compared: those of the image with their candidates, of these the ones
// that have a size and no address, and those of modules. names is where the table has the names of all of these.
func (t *Table) sift(pairs []Pair, f *Fit) (image, sized []claim, modules []Pair, names map[string]found) {
	type key struct {
		addr, offset, size uint64
		name, module       string
	}
	seen := map[key]bool{}
	var kept []Pair
	for _, p := range pairs {
		k := key{p.Addr, p.Offset, p.Size, p.Name, p.Module}
		switch {
		case seen[k]:
			continue
		case p.Name == "" || p.Size != 0 && p.Offset > p.Size || p.Addr == 0 && (p.Size == 0 || p.Module != ""),
			p.Addr != 0 && p.Offset > p.Addr,
			p.Addr != 0 && t.layout.foreign(p.Addr), len(seen) >= maxPairs:
			f.Skipped++
			continue
		}
		seen[k] = true
		kept = append(kept, p)
	}
	wanted := make([]string, len(kept))
	for i := range kept {
		wanted[i] = kept[i].Name
	}
	names = t.findNames(wanted)
	named := map[string]claim{}
	for _, p := range kept {
		if p.Module != "" {
			modules = append(modules, p)
			continue
		}
		c, ok := named[p.Name]
		if !ok {
			c = t.claim(names[p.Name])
			named[p.Name] = c
		}
		if c.foreign {
			f.Skipped++
			continue
		}
		if c.Pair = p; p.Addr == 0 {
			sized = append(sized, c)
		} else {
			image = append(image, c)
		}
	}
	return image, sized, modules, names
}

// claim takes the entries of the image that a name can mean.
func (t *Table) claim(name found) (c claim) {
	for _, i := range name.at {
		if i < len(t.image) {
			c.candidates = append(c.candidates, i)
		}
	}
	c.foreign = len(name.at) > 0 && len(c.candidates) == 0
	c.exact = name.exact && len(c.candidates) > 0
	if !c.exact && len(c.candidates) > maxNear {
		c.candidates = nil
	}
	return c
}

// settle decides for each module of the table where it is, and leaves out those that nothing places.
func (f *Fit) settle(pairs []Pair, names map[string]found) {
	t := f.table
	if len(t.loaded) == 0 {
		return
	}
	byName := map[string][]Pair{}
	for _, p := range pairs {
		byName[p.Module] = append(byName[p.Module], p)
	}
	// From one boot to the next modules move too. One sign of it, and a module without pairs can be anywhere. A module
	// that contradicts may have been built anew, if others are in their places.
	moved, unsure, checks := f.Slide != 0, 0, 0
	inPlace, against := 0, 0
	fits := make([]ModuleFit, len(t.modules))
	for id := 1; id < len(fits); id++ {
		m := &fits[id]
		m.Name = t.modules[id]
		ps := byName[m.Name]
		if len(ps) == 0 {
			unsure++
			continue
		}
		m.Slide, m.Pairs, m.Used = t.moduleSlide(uint16(id), ps, names, &checks)
		moved = moved || m.Slide != 0
		if m.Used {
			inPlace++
		} else {
			against++
			f.Notes = append(f.Notes, fmt.Sprintf("the symbols of module %s in %s don't fit line %d of the log",
				m.Name, t.source, ps[0].Line))
		}
	}
	moved = moved || against > 0 && inPlace == 0
	for id := 1; id < len(fits); id++ {
		if m := &fits[id]; len(byName[m.Name]) == 0 {
			m.Used = !moved
		}
	}
	switch {
	case unsure > 0 && moved:
		f.Notes = append(f.Notes, fmt.Sprintf("%s is of another boot: %s left out, as nothing tells where they were",
			t.source, count(unsure, "module is", "modules are")))
	case unsure > 0:
		f.Notes = append(f.Notes, fmt.Sprintf("%s of %s not verified", count(unsure, "module", "modules"), t.source))
	}
	if moved || against > 0 {
		f.table = t.withLoaded(fits)
	}
	f.Modules = slices.Clone(fits[1:])
	slices.SortFunc(f.Modules, func(a, b ModuleFit) int { return strings.Compare(a.Name, b.Name) })
}

// withLoaded returns the table with its modules moved, and without those that are not used.
func (t *Table) withLoaded(fits []ModuleFit) *Table {
	out := *t
	out.index = &nameIndex{}
	out.loaded = make([]entry, 0, len(t.loaded))
	for _, e := range t.loaded {
		if m := fits[e.module]; m.Used {
			e.addr = t.wrap(e.addr + m.Slide)
			out.loaded = append(out.loaded, e)
		}
	}
	sortEntries(out.loaded)
	return &out
}

// moduleSlide returns how far a module was moved: by a multiple of 4 KiB that all its pairs agree on. Where several
// would do, 0 is taken if it's among them.
func (t *Table) moduleSlide(id uint16, pairs []Pair, names map[string]found, checks *int) (
	slide uint64, n int, ok bool,
) {
	common := map[uint64]bool{}
	for _, p := range pairs {
		at := names[p.Name].at
		slides := map[uint64]bool{}
		for _, i := range at[:min(len(at), maxSlides)] {
			e := t.entry(i)
			if *checks++; *checks > maxChecks {
				return 0, n, false
			}
			s := t.wrap(p.Addr - p.Offset - e.addr)
			if e.module == id && s%4096 == 0 && t.admits(e, p.Offset, p.Size) && (n == 0 || common[s]) {
				slides[s] = true
			}
		}
		if len(at) == 0 {
			continue // as for the image: a missing name proves nothing
		}
		common = slides
		n++
	}
	if n > 0 && common[0] {
		return 0, n, true
	}
	if len(common) != 1 {
		return 0, n, false
	}
	for s := range maps.Keys(common) {
		slide = s
	}
	return slide, n, true
}
