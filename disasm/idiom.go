package disasm

import (
	"bytes"
	"strings"
)

// An Idiom is a well-known piece of kernel code.
type Idiom struct {
	// Offset is that of its first instruction, as in the listing.
	Offset int
	// Name is one of "container_of", "list step", "refcount", "jump label",
	// "retpoline", "stack protector", "ftrace pad", "tuplehash_to_ctrack", "acquire".
	Name string
	// Words say what it does, without a full stop.
	Words string
}

// idioms looks for well-known pieces in the view, and behind the fault.
func (l *Listing) idioms(w *flow, first int, f *Facts) []Idiom {
	var out []Idiom
	if len(l.Insts) > 0 && l.cutTupleHash(&l.Insts[0]) {
		out = append(out, Idiom{l.Insts[0].Offset, "tuplehash_to_ctrack", tupleHashWords})
	}
	for i := range w.ops {
		in := &l.Insts[first+i]
		if !in.Reliable || in.Bytes == nil {
			continue
		}
		if d, ok := l.idiomAt(first+i, in, &w.ops[i], f); ok {
			d.Offset = in.Offset
			out = append(out, d)
		}
	}
	return out
}

func (l *Listing) idiomAt(i int, in *Inst, o *operation, f *Facts) (Idiom, bool) {
	atEntry := f.FuncOffset != nil && int64(in.Offset)+*f.FuncOffset >= 0 && int64(in.Offset)+*f.FuncOffset <= 8
	x86 := l.arch.isX86()
	switch {
	case x86 && bytes.Equal(in.Bytes, nop5) && atEntry, strings.Contains(in.Text, "<__fentry__>"),
		strings.Contains(in.Text, "<mcount>"):
		return Idiom{Name: "ftrace pad", Words: "room for the call of the function tracer"}, true
	case x86 && bytes.Equal(in.Bytes, nop5) && l.endsInside(i):
		return Idiom{Name: "jump label", Words: "a static branch or tracepoint that is switched off"}, true
	case strings.Contains(in.Text, "__x86_indirect_thunk_"):
		return Idiom{Name: "retpoline", Words: "an indirect call through " + l.thunk(in.Text)}, true
	case x86 && strings.HasPrefix(in.Text, "lock xadd "):
		return Idiom{Name: "refcount", Words: "a counter is changed and its old value looked at, as refcount_t does"}, true
	case x86 && (strings.HasPrefix(in.Text, "lock inc") || strings.HasPrefix(in.Text, "lock dec")):
		return Idiom{Name: "refcount", Words: "an atomic counter is changed"}, true
	case x86 && (strings.Contains(in.Text, "%gs:0x28,") || strings.Contains(in.Text, "%gs:0x14,")):
		return Idiom{Name: "stack protector", Words: "the stack protector's value is read or compared"}, true
	case l.arch == ARM64 && (strings.HasPrefix(in.Text, "ldar") || strings.HasPrefix(in.Text, "ldapr")):
		return Idiom{Name: "acquire", Words: "a load with acquire, as smp_load_acquire() and, with LTO, rcu_dereference() " +
			"give"}, true
	case l.arch == ARM64 && o.kind == opUpdate && strings.Contains(in.Text, "add"):
		return Idiom{Name: "refcount", Words: "an atomic counter is changed"}, true
	case o.kind == opLoad && o.dst >= 0 && o.dst == o.mem.base && o.mem.disp == 0 && o.mem.index < 0 && !o.narrow:
		return Idiom{Name: "list step", Words: machines[l.arch].name(o.dst) + " steps to the next entry of a list"}, true
	case l.tupleHash(i, o):
		return Idiom{Name: "tuplehash_to_ctrack", Words: tupleHashWords}, true
	case o.kind == opAdd && o.imm <= -8 && o.src >= 0 && o.src != machines[l.arch].sp && !l.isFrame(o.src):
		return Idiom{Name: "container_of", Words: machines[l.arch].name(o.dst) +
			" points to the structure around a field, as container_of() computes"}, true
	}
	return Idiom{}, false
}

// nop5 is the five-byte nop of jump labels and of the function tracer (since
// 2.6.30; P6_NOP5).
var nop5 = []byte{0x0f, 0x1f, 0x44, 0x00, 0x00}

// endsInside reports whether code, not filler, stands before instruction i.
func (l *Listing) endsInside(i int) bool {
	if i == 0 {
		return false
	}
	o, known := l.operationOf(&l.Insts[i-1])
	return known && o.kind != opReturn && o.kind != opJump && o.kind != opTrap && o.kind != opNop
}

func (l *Listing) thunk(text string) string {
	_, reg, _ := strings.Cut(text, "__x86_indirect_thunk_")
	return "%" + strings.TrimSuffix(reg, ">")
}

func (l *Listing) isFrame(reg int) bool {
	return l.arch.isX86() && reg == 5 || l.arch == ARM64 && reg == 29
}

// tupleHash reports whether a walk from tuple hash to connection begins at
// instruction i: the direction, a byte at the end of the tuple, is multiplied by
// the size of a tuple hash and taken off the pointer (nf_ct_tuplehash_to_ctrack(),
// and tuplehash_to_ctrack() before 2.6.20). A tuple hash has 24 bytes on 2.6 i386,
// 48 on later i386, 56 on 64-bit machines.
func (l *Listing) tupleHash(i int, o *operation) bool {
	return o.kind == opLoad && o.mem.size == 1 && o.mem.base >= 0 && o.mem.disp >= 0x10 && o.mem.disp <= 0x40 &&
		l.scaledOff(i+1, o.dst, o.mem.base)
}

const tupleHashWords = "tuplehash_to_ctrack() computes the connection from its tuple's direction"

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
