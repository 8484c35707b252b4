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
func parsePlace(s string) (placeKind, Location, Arch) {
	s = strings.TrimSpace(s)
	if len(s) < 5 {
		return placeNone, Location{}, Unknown
	}
	switch s[0] {
	case 'R':
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
	case 'P':
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
	case 'p', 'e', 'r', 'l':
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
		if v, rest, ok := parseHex(t); ok && (strings.HasPrefix(t, "0x") || hexLen(t) >= 8) && (rest == "" || rest[0] == ' ') {
			loc.Address, loc.HasAddress = v, true
			if sym, _, ok := parseSymbol(strings.TrimLeft(rest, " ")); ok {
				sym.Address, sym.HasAddress = v, true
				loc = sym
			}
		}
	}
	return kind, loc, loc.HasAddress
}

// lowerPlace reads the lower-case forms of arm, arm64, riscv, mips and loongarch.
func lowerPlace(s string) (placeKind, Location, Arch) {
	name, rest, ok := strings.Cut(s, ":")
	if !ok {
		if rest, ok := strings.CutPrefix(s, "pc = "); ok {
			return named(rest, placeIP)
		}
		return placeNone, Location{}, Unknown
	}
	padded := len(name)
	switch strings.TrimRight(name, " ") {
	case "pc":
		k, loc, a := named(rest, placeIP)
		if loc.Symbol != "" && k == placeIP {
			a = ARM64
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
