package oops

import "strings"

// placeKind says what a line that names the place of the fault is about.
type placeKind uint8

const (
	placeNone placeKind = iota
	placeIP             // the faulting instruction, kernel mode
	placeLR             // the return address register
	placeUser           // an instruction pointer of user mode: what follows is not the kernel's
)

// parsePlace reads the lines that name where it happened. A line may name the pc and the lr; both come back.
//
//	RIP: 0010:nf_hook_slow+0x20/0xd0 [mod]                              4.10
//	RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] f+0x10/0x20    2.6.18
//	RIP: 0010:[<ffffffffa0045f2a>] <ffffffffa0045f2a>{:mod:f+42}        2.6.9
//	RIP  [<ffffffff81234567>] f+0x10/0x20                               repeated at the end
//	IP: [<ffffffff81234567>] f+0x10/0x20, IP: f+0x10/0x20
//	EIP:    0060:[<f8a45f2a>]    Not tainted VLI     EIP is at f+0x2a/0x120 [mod]
//	EIP: [<f8e40765>] f+0x3/0x5 [wl] SS:ESP 0068:f180dbf8     EIP: f+0x10/0x20 (4.10)
//	PC is at f+0x0/0x10, LR is at g+0x0/0x10, pc : [<c0123456>]  lr : [<…>], pc : f+0x0/0x10 (arm64)
//	epc : f+0x0/0x10 (riscv), epc   : 80123456 f+0x0/0x10 (mips), ERA: … f+0x0/0x10 (loongarch)
//	NIP [c000000000123456] .f+0x0/0x10 (ppc), NIP:  c0699828 LR: c0699828
//	Krnl PSW : 0704c00180000000 00000000001234 (f+0x0/0x10 [mod])
//	TSTATE: 0000004480001603 TPC: 000000000089ad98 TNPC: …, TPC: <f+0x0/0x10> (sparc64)
//	ip is at f+0x0/0x10 [mod], ip  : [<a000000100123456>] (ia64)
//	pc is at f+0x0/0x10, pc = [<fffffc0000012345>]  ra = [<…>]  ps = 0000 (alpha)
//	IAOQ[0]: f+0x0/0x10, RP(r2): g+0x0/0x10 (parisc)
//	PC: [<0001234>] f+0x0/0x10 (m68k)
//	pc 9000000000223344 ra 9000… tp … sp …,    ERA: 9000… f+0x0/0x10 (loongarch)
//	>>EIP; c0123456 <f+10/20> (ksymoops, hexadecimal)
//	EIP:    0010:[ip_conntrack:f+12/345]    Not tainted (klogd, decimal)
func parsePlace(s string) (placeKind, Location, Arch) {
	s = strings.TrimSpace(s)
	if len(s) < 5 {
		return placeNone, Location{}, Unknown
	}
	switch s[0] {
	case '>':
		if rest, ok := strings.CutPrefix(s, ">>"); ok {
			return ksymoopsPlace(rest)
		}
	case 'T':
		if rest, ok := strings.CutPrefix(s, "TPC: <"); ok {
			k, l, _ := named(rest, placeIP)
			return k, l, SPARC64
		}
		if rest, ok := strings.CutPrefix(s, "TSTATE: "); ok {
			if _, rest, ok = strings.Cut(rest, " TPC: "); ok {
				k, l, _ := named(rest, placeIP)
				return k, l, SPARC64
			}
		}
	case 'R':
		if rest, ok := strings.CutPrefix(s, "RPC: <"); ok {
			k, l, _ := named(rest, placeLR)
			return k, l, SPARC64
		}
		if rest, ok := strings.CutPrefix(s, "RP(r2): "); ok {
			return named(rest, placeLR)
		}
		if rest, ok := strings.CutPrefix(s, "RA : "); ok {
			return named(rest, placeLR)
		}
		if rest, ok := strings.CutPrefix(s, "RA: "); ok {
			k, l, _ := named(rest, placeLR)
			return k, l, LoongA
		}
		if rest, ok := strings.CutPrefix(s, "RIP"); ok && (rest[0] == ':' || rest[0] == ' ') {
			return x86Place(rest[1:], X8664)
		}
	case 'E':
		if rest, ok := strings.CutPrefix(s, "EIP is at "); ok {
			k, l, _ := named(rest, placeIP)
			return k, l, I386
		}
		if rest, ok := strings.CutPrefix(s, "EIP"); ok && (rest[0] == ':' || rest[0] == ' ') {
			return x86Place(rest[1:], I386)
		}
		if rest, ok := strings.CutPrefix(s, "ERA"); ok {
			return wordPlace(rest, placeIP, LoongA)
		}
	case 'I':
		if rest, ok := strings.CutPrefix(s, "IP: "); ok {
			return named(rest, placeIP)
		}
		if rest, ok := strings.CutPrefix(s, "IAOQ[0]: "); ok {
			return named(rest, placeIP)
		}
	case 'P':
		if rest, ok := strings.CutPrefix(s, "PC: ["); ok {
			return named("["+rest, placeIP)
		}
		if rest, ok := strings.CutPrefix(s, "PC is at "); ok {
			return named(rest, placeIP)
		}
	case 'L':
		if rest, ok := strings.CutPrefix(s, "LR is at "); ok {
			return named(rest, placeLR)
		}
		if rest, ok := strings.CutPrefix(s, "LR ["); ok {
			k, l, _ := named("["+rest, placeLR)
			return k, l, PPC
		}
	case 'N':
		if rest, ok := strings.CutPrefix(s, "NIP"); ok && (rest[0] == ' ' || rest[0] == ':') {
			return wordPlace(rest, placeIP, PPC)
		}
	case 'p', 'e', 'r', 'l', 'i':
		return lowerPlace(s)
	case 'K':
		if rest, ok := strings.CutPrefix(s, "Krnl PSW :"); ok {
			f := strings.Fields(rest)
			if len(f) < 2 {
				return placeNone, Location{}, Unknown
			}
			loc := Location{}
			if v, _, ok := parseHex(f[1]); ok {
				loc.Address, loc.HasAddress = v, true
			}
			if i := strings.IndexByte(rest, '('); i >= 0 {
				if l, _, ok := parseSymbol(rest[i+1:]); ok {
					l.Address, l.HasAddress = loc.Address, loc.HasAddress
					loc = l
				}
			}
			return placeIP, loc, S390X
		}
	}
	return placeNone, Location{}, Unknown
}

// x86Place reads what stands behind "RIP:" and "EIP:": a segment, whose two low bits tell the ring, then addresses
// and a symbol.
func x86Place(s string, arch Arch) (placeKind, Location, Arch) {
	s = strings.TrimLeft(s, " ")
	kind := placeIP
	if len(s) > 4 && s[4] == ':' && hexLen(s) == 4 {
		if hexValue(s[:4])&3 == 3 {
			kind = placeUser
		}
		s = s[5:]
	} else if len(s) > 4 && s[4] == ':' && letters(s) == 4 { // O010, typed from a photograph
		s = s[5:]
	}
	k, loc, ok := placeOf(s, kind)
	if !ok {
		return placeNone, Location{}, Unknown
	}
	return k, loc, arch
}

func named(s string, kind placeKind) (placeKind, Location, Arch) {
	k, loc, ok := placeOf(s, kind)
	if !ok {
		return placeNone, Location{}, Unknown
	}
	return k, loc, Unknown
}

// placeOf reads addresses and the symbol behind them; one of the two is enough.
func placeOf(s string, kind placeKind) (placeKind, Location, bool) {
	var loc Location
	t := strings.TrimLeft(s, " ")
	for range 2 {
		v, rest, ok := parseBracketed(t)
		if !ok {
			break
		}
		loc.Address, loc.HasAddress = v, true
		t = strings.TrimLeft(rest, " ")
	}
	if sym, _, ok := parseSymbol(t); ok {
		sym.Address, sym.HasAddress = loc.Address, loc.HasAddress
		return kind, sym, true
	}
	if sym, _, ok := parseBraced(t); ok {
		sym.Address, sym.HasAddress = loc.Address, loc.HasAddress
		return kind, sym, true
	}
	if sym, _, ok := parseKlogd(t); ok && !isLandmark(sym.Symbol) {
		return kind, sym, true
	}
	if n := nameLen(t); n > 2 {
		if file := (&Location{Symbol: t[:n]}); strings.HasPrefix(t[n:], " ") {
			file.takeSource(t[n:])
			if file.File != "" {
				file.Address, file.HasAddress = loc.Address, loc.HasAddress
				return kind, *file, true
			}
		}
	}
	if !loc.HasAddress {
		v, rest, ok := parseHex(t)
		if ok && (strings.HasPrefix(t, "0x") || hexLen(t) >= 8) && (rest == "" || rest[0] == ' ') {
			loc.Address, loc.HasAddress = v, true
			if sym, _, ok := parseSymbol(strings.TrimLeft(rest, " ")); ok {
				sym.Address, sym.HasAddress = v, true
				loc = sym
			}
		}
	}
	return kind, loc, loc.HasAddress
}

// ksymoopsPlace reads what ksymoops made of the place: "EIP; c0123456 <f+10/20>", also with the module in front as
// "<[ipt_foo]f+10/20>". PC, NIP and the like name other machines.
func ksymoopsPlace(s string) (placeKind, Location, Arch) {
	name, rest, ok := strings.Cut(s, ";")
	if !ok {
		return placeNone, Location{}, Unknown
	}
	arch := Unknown
	switch name {
	case "EIP":
		arch = I386
	case "RIP":
		arch = X8664
	case "NIP":
		arch = PPC
	case "PC", "IP":
	default:
		return placeNone, Location{}, Unknown
	}
	loc, ok := ksymoopsLocation(rest)
	if !ok {
		return placeNone, Location{}, Unknown
	}
	return placeIP, loc, arch
}

// ksymoopsLocation reads " c0123456 <[mod]f+10/20>"; the numbers are hexadecimal without 0x.
func ksymoopsLocation(s string) (Location, bool) {
	var loc Location
	v, rest, ok := parseHex(strings.TrimLeft(s, " "))
	if !ok {
		return loc, false
	}
	loc.Address, loc.HasAddress = v, true
	rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), "<")
	if !ok {
		return loc, true
	}
	if in, found := strings.CutPrefix(rest, "["); found {
		if mod, after, ok := strings.Cut(in, "]"); ok && isModuleName(mod) {
			loc.Module, rest = mod, after
		}
	}
	n := nameLen(rest)
	if n == 0 || n >= len(rest) || rest[n] != '+' {
		return loc, true
	}
	loc.Symbol, rest = rest[:n], rest[n+1:]
	if h := hexLen(rest); h > 0 && h <= 16 {
		loc.Offset, loc.HasOffset = hexValue(rest[:h]), true
		if size, ok := strings.CutPrefix(rest[h:], "/"); ok {
			if h := hexLen(size); h > 0 && h <= 16 {
				loc.Size = hexValue(size[:h])
			}
		}
	}
	return loc, true
}

// lowerPlace reads the lower-case forms of arm, arm64, riscv, mips, loongarch, ia64 and alpha.
func lowerPlace(s string) (placeKind, Location, Arch) {
	if rest, ok := strings.CutPrefix(s, "ip is at "); ok {
		k, l, _ := named(rest, placeIP)
		return k, l, IA64
	}
	if rest, ok := strings.CutPrefix(s, "pc is at "); ok {
		return named(rest, placeIP)
	}
	if rest, ok := strings.CutPrefix(s, "ra is at "); ok {
		return named(rest, placeLR)
	}
	if rest, ok := strings.CutPrefix(s, "pc "); ok && hexLen(rest) == 16 {
		k, l, _ := named(rest, placeIP)
		return k, l, LoongA
	}
	if rest, ok := strings.CutPrefix(s, "pc = "); ok {
		return named(rest, placeIP)
	}
	name, rest, ok := strings.Cut(s, ":")
	if !ok {
		return placeNone, Location{}, Unknown
	}
	padded := len(name)
	switch strings.TrimRight(name, " ") {
	case "psr": // ia64: "psr : 00001210085a6010 ifs : 8000000000000389 ip  : [<a000000200123456>]    Not tainted"
		if _, rest, ok := strings.Cut(strings.Replace(rest, " ip  : [", " ip : [", 1), " ip : ["); ok {
			k, l, _ := named("["+rest, placeIP)
			return k, l, IA64
		}
	case "pc":
		k, loc, a := named(rest, placeIP)
		if k == placeIP {
			a = ARM64
			if in, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "[<"); ok && hexLen(in) == 8 {
				a = ARM
			}
		}
		return k, loc, a
	case "lr":
		return named(rest, placeLR)
	case "epc":
		k, loc, a := named(rest, placeIP)
		if k == placeIP {
			if a = RISCV64; padded > 4 {
				a = MIPS
			}
		}
		return k, loc, a
	case "ra":
		return named(rest, placeLR)
	case "era":
		k, loc, _ := named(rest, placeIP)
		return k, loc, LoongA
	}
	return placeNone, Location{}, Unknown
}

// wordPlace reads "NIP [c000…] .f+0x0/0x10", "NIP:  c0699828 LR: …" and "ERA: 9000… f+0x0/0x10".
func wordPlace(s string, kind placeKind, arch Arch) (placeKind, Location, Arch) {
	k, loc, ok := placeOf(strings.TrimLeft(strings.TrimLeft(s, " "), ": "), kind)
	if !ok {
		return placeNone, Location{}, Unknown
	}
	return k, loc, arch
}
