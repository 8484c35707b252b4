package symbols

// layout is where a kernel image lies, as its own marks tell.
type layout struct {
	start, end    uint64 // of the image; end is the first address after it
	text, textEnd uint64 // of its code; equal if not known
	upper         bool   // kernel addresses are above those of user space
	wide          bool
	arch          arch
}

// arch is as much of the architecture as KASLR and address ranges need.
type arch byte

const (
	otherArch arch = iota
	i386
	x86_64
)

// isMark reports whether a name marks a part of the image and is no function or object: the linker scripts of all
// architectures define these (include/asm-generic/sections.h).
func isMark(name string) bool {
	switch name {
	case "_text", "_stext", "_etext", "_sinittext", "_einittext", "_sdata", "_edata", "__bss_start", "__bss_stop",
		"__init_begin", "__init_end", "_end":
		return true
	}
	return false
}

// survey finds the image by its marks, which are among these entries.
func (t *Table) survey(marks []entry) layout {
	l := layout{wide: t.wide}
	var text, stext, etext, end uint64
	first := func(p *uint64, addr uint64) {
		if *p == 0 {
			*p = addr
		}
	}
	for _, e := range marks {
		switch t.name(e) {
		case "_text":
			first(&text, e.addr)
		case "_stext":
			first(&stext, e.addr)
		case "_etext":
			first(&etext, e.addr)
		case "_end":
			first(&end, e.addr)
		case "startup_64": // arch/x86/kernel/head_64.S, all eras
			if t.wide {
				l.arch = x86_64
			}
		case "startup_32": // arch/x86/kernel/head_32.S, arch/i386/kernel/head.S; 64-bit kernels can have it too
			if !t.wide {
				l.arch = i386
			}
		}
	}
	if len(t.image) == 0 {
		return l
	}
	l.start = text
	if text == 0 || stext != 0 && stext < text {
		l.start = stext
	}
	if l.start == 0 {
		l.start = t.firstCode()
	}
	last := t.image[len(t.image)-1].addr
	if l.end = end; end <= l.start {
		l.end = t.wrap(last + maxReach)
		if l.end < last { // the top of the address space
			l.end = t.wrap(^uint64(0))
		}
	}
	if stext == 0 {
		stext = text
	}
	if stext != 0 && etext > stext {
		l.text, l.textEnd = stext, etext
	}
	// Kernels share the address space with processes nearly everywhere; s390 and sparc64 don't and start low.
	l.upper = l.start >= 1<<63 || !t.wide && l.start >= 0x40000000
	return l
}

// firstCode returns the lowest address of code, leaving out the small numbers that per-CPU symbols are.
func (t *Table) firstCode() uint64 {
	for _, e := range t.image {
		if e.addr >= 4096 && t.placed(e) && isCode(t.kind(e)) {
			return e.addr
		}
	}
	return t.image[0].addr
}

// holds reports whether the image has this address, in the map's own terms.
func (l *layout) holds(at uint64) bool { return at >= l.start && at < l.end }

// foreign reports whether an address can't be of a kernel with this map, wherever it was moved: it's in user space, or
// too wide. The limit is the lowest split of a 32-bit address space, CONFIG_VMSPLIT_1G.
func (l *layout) foreign(addr uint64) bool {
	if l.wide {
		return l.upper && addr < 1<<63
	}
	return addr > 0xffffffff || l.upper && addr < 0x40000000
}

// emptiness says what an address is that no symbol covers. The ranges are those of arch/x86/include/asm/pgtable*.h;
// elsewhere modules are within the reach of a branch, 2 GiB at most.
func (l *layout) emptiness(addr, slide uint64) Reason {
	start, end := l.start+slide, l.end+slide
	if !l.wide {
		start, end = start&0xffffffff, end&0xffffffff
	}
	const reach = 2 << 30
	switch {
	case l.end == 0: // nothing but modules: no image to compare with
		return ReasonOutside
	case !l.wide && l.upper:
		// The split is at 0xc0000000 nearly always, and a multiple of 128 MiB elsewhere too. Modules are in vmalloc
		// space above the image on i386, just below the split on arm.
		split := start &^ (1<<27 - 1)
		if addr >= end || addr < start && l.arch != i386 && addr >= split-32<<20 {
			return ReasonModuleArea
		}
		if addr < split {
			return ReasonUser
		}
		return ReasonOutside
	case l.upper && addr < 1<<63:
		return ReasonUser
	case l.arch == x86_64:
		if addr >= end && addr < 0xffffffffff000000 {
			return ReasonModuleArea
		}
	case addr >= end && addr-end < reach, l.upper && addr < start && start-addr < reach:
		return ReasonModuleArea
	}
	return ReasonOutside
}
