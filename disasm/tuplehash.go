package disasm

// This file finds the way from a tuple of a connection to the connection, which is
// where a netfilter crash often happens.

// tupleHash reports whether a walk from tuple hash to connection begins at
// instruction i: the direction, a byte at the end of the tuple, is multiplied by
// the size of a tuple hash and taken off the pointer (nf_ct_tuplehash_to_ctrack(),
// and tuplehash_to_ctrack() before 2.6.20). A tuple hash has 24 bytes on 2.6 i386,
// 48 on later i386, 56 on 64-bit machines.
func (l *Listing) tupleHash(i int, o *operation) bool {
	return o.kind == opLoad && o.mem.size == 1 && o.mem.base >= 0 && o.mem.disp >= 0x10 && o.mem.disp <= 0x40 &&
		l.scaledOff(i+1, o.dst, o.mem.base)
}

const tupleHashWords = "the connection is computed from its tuple's direction"

// cutTupleHash is tupleHash where the first instruction of the line is cut: of
// movzbl 0x17(%ebx),%eax only the bytes 43 17 are left.
func (l *Listing) cutTupleHash(in *Inst) bool {
	if !l.arch.isX86() || in.Note != noteTail || len(in.Bytes) < 2 {
		return false
	}
	modrm, disp := in.Bytes[len(in.Bytes)-2], in.Bytes[len(in.Bytes)-1]
	return modrm>>6 == 1 && modrm&7 != 4 && disp >= 0x10 && disp <= 0x40 && l.scaledOff(1, int(modrm>>3&7), int(modrm&7))
}

// scaledOff reports whether the code from instruction start on takes index, times
// the size of a tuple hash, off the pointer in base.
func (l *Listing) scaledOff(start, index, base int) bool {
	factor := map[int]int64{index: 1}
	pointer := regsOf(base)
	for k := start; k < len(l.Insts) && k < start+10; k++ {
		p, known := l.operationOf(&l.Insts[k])
		if !known || p.kind == opCall || p.kind == opReturn || p.kind == opJump {
			return false
		}
		switch {
		case p.kind == opCopy && pointer.has(p.src):
			pointer.add(p.dst)
			continue
		case p.kind == opCopy && factor[p.src] != 0:
			factor[p.dst] = factor[p.src]
			continue
		case p.kind == opSum:
			n := int64(0)
			if p.index >= 0 {
				n += factor[p.index] * p.scale
			}
			if p.src >= 0 && !pointer.has(p.src) {
				n += factor[p.src]
			}
			if p.src >= 0 && pointer.has(p.src) && (n == -24 || n == -48 || n == -56) {
				return true
			}
			if n != 0 && (p.src < 0 || factor[p.src] != 0 || p.index == p.src) {
				factor[p.dst] = n
				continue
			}
		}
		if p.dst >= 0 {
			delete(factor, p.dst)
		}
	}
	return false
}
