package disasm

import "encoding/binary"

// cost returns how surprising the instruction at the start of code is, in
// quarter bits. n is its length. A path of instructions costs the sum, so that
// of two readings of the same bytes the likelier one costs less.
func (t *x86CostTable) cost(code []byte, n, mode int) int32 {
	code = code[:n]
	if n == 4 && code[0] == 0xf3 && code[1] == 0x0f && code[2] == 0x1e && code[3]&^1 == 0xfa {
		return 28 // endbr begins functions and jump targets where IBT is on
	}
	p := scanPrefixes(code, mode)
	c := int32(t.noREX)
	var seen [4]bool // repeat and lock, segment, 66, 67
	for i, b := range code[:p.n] {
		class := 0
		switch b {
		case 0xf3, 0xf0:
			c += 28
		case 0xf2:
			c += 40
		case 0x66:
			class = 2
			c += 20
		case 0x67:
			class = 3
			c += 50
		case 0x65:
			class = 1
			c += 26
		case 0x3e:
			class = 1
			c += 36
		case 0x2e:
			class = 1
			c += 40
		case 0x64:
			class = 1
			c += map[int]int32{32: 30, 64: 48}[mode]
		case 0x26, 0x36:
			class = 1
			c += 60
		default: // REX, the last one
			c += int32(t.rex[b&15]) - int32(t.noREX)
			if i+1 == len(code) {
				return c + 200
			}
			continue
		}
		if seen[class] && b != 0x66 {
			c += 40
		}
		seen[class] = true
	}
	rest := code[p.n:]
	if len(rest) == 0 {
		return c + 200
	}
	op, key := rest[0], int(rest[0])
	vector := (op == 0xc4 || op == 0xc5 || op == 0x62) && len(rest) > 2 && (mode == 64 || rest[1]&0xc0 == 0xc0)
	switch {
	case vector:
		return c + 72 + int32(len(rest)-1)*24
	case op == 0x0f && len(rest) > 1:
		op, key = rest[1], 0x100|int(rest[1])
		c += int32(t.two[op])
		rest = rest[2:]
		if (op == 0x38 || op == 0x3a) && len(rest) > 0 {
			c += 16
			rest = rest[1:]
		} else if !hasModRM(key) {
			return c + tailCost(key, rest)
		}
	default:
		c += int32(t.one[op])
		rest = rest[1:]
		if !hasModRM(key) {
			return c + tailCost(key, rest)
		}
	}
	if len(rest) == 0 {
		return c
	}
	modrm := rest[0]
	rest = rest[1:]
	if g, ok := t.group[key]; ok {
		c += int32(g[modrm>>3&7]) + int32(t.rm[modrm>>6<<3|modrm&7])
	} else {
		c += int32(t.modrm[modrm])
	}
	if modrm>>6 == 3 {
		return c + tailCost(key, rest)
	}
	base := modrm & 7
	if base == 4 && len(rest) > 0 {
		sib := rest[0]
		rest = rest[1:]
		base = sib & 7
		switch {
		case sib == 0x24:
			c += 3
		case sib>>3&7 == 4 && sib>>6 != 0 && mode == 64:
			c += 70
		default:
			c += 36
		}
	}
	switch {
	case modrm>>6 == 1 && len(rest) >= 1:
		c += disp8Cost(rest[0])
		rest = rest[1:]
	case (modrm>>6 == 2 || base == 5) && len(rest) >= 4:
		c += disp32Cost(int32(binary.LittleEndian.Uint32(rest)), modrm>>6, mode)
		rest = rest[4:]
	}
	return c + tailCost(key, rest)
}

// hasModRM reports whether a ModRM byte follows the opcode; 0x100 stands for 0f.
func hasModRM(key int) bool {
	op := key & 0xff
	if key >= 0x100 {
		switch {
		case op >= 0x05 && op <= 0x0b, op >= 0x30 && op <= 0x37, op == 0x77, op >= 0x80 && op <= 0x8f,
			op >= 0xa0 && op <= 0xa2, op >= 0xa8 && op <= 0xaa, op >= 0xc8 && op <= 0xcf:
			return false
		}
		return true
	}
	switch {
	case op < 0x40:
		return op&7 < 4
	case op >= 0x80 && op <= 0x8f, op >= 0xd8 && op <= 0xdf, op >= 0xd0 && op <= 0xd3, op >= 0xc4 && op <= 0xc7:
		return true
	}
	switch op {
	case 0x62, 0x63, 0x69, 0x6b, 0xc0, 0xc1, 0xf6, 0xf7, 0xfe, 0xff:
		return true
	}
	return false
}

// disp8Cost: small multiples of the word size are field offsets and stack slots.
func disp8Cost(b byte) int32 {
	c := int32(48)
	switch {
	case b%8 == 0:
		c = 19
	case b%4 == 0:
		c = 25
	case b%2 == 0:
		c = 36
	case b < 0x20:
		c = 32
	}
	if b >= 0x80 {
		c += 8
	}
	return c
}

// disp32Cost: field offsets in large structures are small, rip-relative ones
// and i386 addresses lie near or in the kernel.
func disp32Cost(d int32, mod byte, mode int) int32 {
	switch {
	case d == 0:
		return 28
	case mod == 2 && d >= -0x80 && d < 0x80:
		return 120 // a compiler uses the short form
	case d >= -0x1000 && d < 0x4000:
		return 48
	case d >= -0x10000 && d < 0x100000:
		return 72
	case mode == 32 && d >= -0x40000000 && d < 0:
		return 88
	case mod == 0:
		return 100
	}
	return 136
}

// tailCost returns the cost of what follows the addressing bytes: an immediate
// or a branch distance.
func tailCost(key int, rest []byte) int32 {
	switch len(rest) {
	case 0:
		return 0
	case 1:
		switch {
		case key >= 0x70 && key <= 0x7f || key == 0xeb:
			return 26
		case key == 0x83 || key == 0xc1 || key == 0x6a || key == 0x1ba || key == 0xc6 || key == 0x80 || key == 0xf6:
			return immCost8(rest[0])
		}
		return 32
	case 4:
		v := int32(binary.LittleEndian.Uint32(rest))
		switch {
		case key >= 0x180 && key <= 0x18f || key == 0xe9:
			switch {
			case v >= -0x80 && v < 0x7c:
				return 100
			case v >= -0x8000 && v < 0x8000:
				return 48
			}
			return farCost(v)
		case key == 0xe8:
			if v >= -0x4000000 && v < 0x4000000 {
				return 84
			}
			return farCost(v)
		case v == 0 || v == -1:
			return 20
		case v >= -0x1000 && v < 0x10000:
			return 52
		case v&0xffff == 0 || v < 0 && v >= -0x60000000:
			return 84
		}
		return 124
	case 8:
		v := binary.LittleEndian.Uint64(rest)
		switch v >> 40 {
		case 0xffff88, 0xffff89, 0xffffea, 0xffffff, 0xdead00, 0xdffffc, 0, 0x0000ff:
			return 130
		}
		return 220
	}
	return int32(len(rest)) * 30
}

// farCost: modules lie above the kernel, so a branch that leaves its module, to
// a helper or a return thunk, leads down.
func farCost(distance int32) int32 {
	switch {
	case distance >= -0x4000000 && distance < 0x4000000:
		return 88
	case distance < 0 && distance >= -0x48000000:
		return 94
	}
	return 128
}

// immCost8: masks, small counts and -1 are what code compares and adds.
func immCost8(b byte) int32 {
	switch {
	case b <= 8 || b == 0xff || b&(b-1) == 0:
		return 18
	case b%8 == 0:
		return 24
	}
	return 34
}

// strayCost is the cost of bytes that belong to no instruction that is shown:
// the end of one that was cut, or data.
func strayCost(b byte) int32 {
	switch b {
	case 0:
		return 14
	case 0xff:
		return 20
	}
	return 32
}
