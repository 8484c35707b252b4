package symbols

import (
	"fmt"
	"slices"
)

// KASLR moves the whole image by one slide. What a slide can be (arch/x86/boot/compressed/kaslr.c,
// arch/x86/Kconfig:PHYSICAL_ALIGN, arch/*/kernel/kaslr.c):
//
//	x86_64  a multiple of 2 MiB (PHYSICAL_ALIGN, 2 to 16 MiB), less than 1 GiB
//	i386    a multiple of 2 MiB (the default; 8 KiB to 16 MiB can be configured), less than 512 MiB
//	others  a multiple of a page, 4 KiB: arm64, mips and loongarch use 64 KiB, riscv 2 MiB, s390 16 KiB or more
//
// The slide of a kallsyms of the same boot is 0, as that has the moved addresses. Between two boots it is the
// difference of their offsets and may be negative: it is kept modulo 2^64, or 2^32 on a 32-bit kernel.

// align returns what every slide is a multiple of.
func (l *layout) align() uint64 {
	if l.arch == otherArch {
		return 4 << 10
	}
	return 2 << 20
}

// allows reports whether KASLR can have chosen a slide.
func (l *layout) allows(slide uint64) bool {
	if slide%l.align() != 0 {
		return false
	}
	distance := int64(slide)
	if !l.wide {
		distance = int64(int32(slide))
	}
	distance = max(distance, -distance)
	switch l.arch {
	case x86_64:
		return distance >= 0 && distance < 1<<30
	case i386:
		return distance < 1<<29
	}
	return true
}

const (
	// maxPairs is how many different pairs are looked at, the rest is skipped. A crash log has a hundred.
	maxPairs = 1 << 12
	// maxSlides is how many symbols of one name are tried as the origin of a slide.
	maxSlides = 1 << 12
	// maxNear is how many symbols may have the same body as a name that the map doesn't have, for these to be looked at.
	maxNear = 1 << 8
	// maxChecks bounds the work on a log that was made to take long.
	maxChecks = 1 << 20
)

// solver finds the slide under which a map agrees with all pairs of the kernel image.
type solver struct {
	table  *Table
	pairs  []claim
	checks int
}

// claim is a pair, and the entries that can be meant by its name.
type claim struct {
	Pair
	candidates []int // positions in Table.image, by address
	exact      bool  // their name is the pair's; else only the body is
	foreign    bool  // only modules have the name, though the log names no module
}

// verdict is how a map does under one slide.
type verdict struct {
	slide   uint64
	agree   int            // pairs that are right
	starts  int            // different functions among these, counted up to 2
	missing int            // pairs whose name the map doesn't have
	bad     *MismatchError // the first pair that contradicts the map
}

// try verifies all pairs under a slide. With brief it stops at the first contradiction.
func (s *solver) try(slide uint64, brief bool) verdict {
	v := verdict{slide: slide}
	var first uint64
	for i := range s.pairs {
		c := &s.pairs[i]
		s.checks++
		start := s.table.wrap(c.Addr - c.Offset)
		bad, found := s.check(c, start, slide)
		switch {
		case found && bad == nil:
			if v.agree++; v.starts == 0 {
				v.starts, first = 1, start
			} else if start != first {
				v.starts = 2
			}
		case len(c.candidates) == 0 || !c.exact:
			// The same code under another suffix proves something if it fits, and nothing if it doesn't.
			v.missing++
		case v.bad == nil:
			if v.bad = bad; brief {
				return v
			}
		}
	}
	if v.bad != nil {
		v.bad.Agree, v.bad.Checked = v.agree, len(s.pairs)-v.missing
	}
	return v
}

// check looks for an entry of the pair's name at the pair's place. bad says what is wrong if there's none that fits;
// found is false if the map hasn't the name.
func (s *solver) check(c *claim, start, slide uint64) (bad *MismatchError, found bool) {
	if len(c.candidates) == 0 {
		return nil, false
	}
	t := s.table
	want := t.wrap(start - slide)
	at, ok := slices.BinarySearchFunc(c.candidates, want, func(i int, want uint64) int {
		switch addr := t.image[i].addr; {
		case addr < want:
			return -1
		case addr > want:
			return 1
		}
		return 0
	})
	for i := at; ok && i < len(c.candidates) && i < at+64; i++ {
		if e := t.image[c.candidates[i]]; e.addr == want && t.admits(e, c.Offset, c.Size) {
			return nil, true
		}
	}
	e := t.image[c.candidates[nearer(c.candidates, at, t, want)]]
	bad = &MismatchError{
		Source: t.source, Name: c.Name, Line: c.Line, Slide: slide,
		LogAddr: start, MapAddr: t.wrap(e.addr + slide), LogOffset: c.Offset, LogSize: c.Size,
	}
	bad.MapSize, _ = t.gap(e)
	return bad, true
}

// nearer returns which of the candidates around at is nearest to want.
func nearer(candidates []int, at int, t *Table, want uint64) int {
	switch {
	case at == len(candidates):
		return at - 1
	case at == 0 || t.image[candidates[at]].addr-want <= want-t.image[candidates[at-1]].addr:
		return at
	}
	return at - 1
}

// solve returns the only slide that KASLR allows and that all pairs agree on, or else a verdict with what contradicts
// the map under the slide that most pairs agree on, best being the one so far.
func (s *solver) solve(best verdict) (verdict, error) {
	// The pair whose name has the fewest symbols says which slides there can be: every pair must agree.
	var origin *claim
	for i := range s.pairs {
		c := &s.pairs[i]
		if c.exact && (origin == nil || len(c.candidates) < len(origin.candidates)) {
			origin = c
		}
	}
	if origin == nil {
		return best, nil
	}
	if len(origin.candidates) > maxSlides {
		return verdict{}, fmt.Errorf("%s: %w: %d symbols are called %s", s.table.source, ErrUndecided,
			len(origin.candidates), plain(origin.Name))
	}
	var good verdict
	var odd *verdict // all agree, on a slide that can't be
	fits := 0
	var last uint64
	for n, i := range origin.candidates {
		slide := s.table.wrap(origin.Addr - origin.Offset - s.table.image[i].addr)
		if n > 0 && slide == last {
			continue
		}
		last = slide
		if s.checks > maxChecks {
			return verdict{}, fmt.Errorf("%s: %w: too many symbols have the same names", s.table.source, ErrUndecided)
		}
		v := s.try(slide, false)
		switch allowed := s.table.layout.allows(slide); {
		case v.bad == nil && allowed:
			good = v
			fits++
		case v.bad == nil:
			odd = &v
		case allowed && v.agree > best.agree:
			best = v
		}
	}
	switch {
	case fits == 1:
		return good, nil
	case fits > 1:
		return verdict{}, fmt.Errorf("%s: %w: %s fits at %d places", s.table.source, ErrUndecided,
			plain(origin.Name), fits)
	case odd != nil:
		return verdict{slide: odd.slide, bad: &MismatchError{
			Source: s.table.source, Name: origin.Name, Line: origin.Line, Slide: odd.slide,
			LogAddr: s.table.wrap(origin.Addr - origin.Offset),
			MapAddr: s.table.wrap(origin.Addr - origin.Offset - odd.slide),
			Agree:   odd.agree, Checked: odd.agree, Align: s.table.layout.align(),
		}}, nil
	}
	return best, nil
}
