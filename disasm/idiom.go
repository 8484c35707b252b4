package disasm

import (
	"bytes"
	"strings"
)

// An Idiom is a well-known piece of kernel code.
type Idiom struct {
	// Offset is that of its first instruction, as in the listing.
	Offset int
	// Name is one of "container_of", "list step", "rcu", "refcount", "atomic", "jump
	// label", "retpoline", "stack protector", "ftrace pad", "current",
	// "tuplehash_to_ctrack", "acquire", "barrier".
	Name string
	// Words say what it does, without a full stop.
	Words string
}

// An idiomRow is an idiom that the text of one instruction tells.
type idiomRow struct {
	start string // of the text
	part  string // is in it too
	name  string
	words string
}

const (
	counterWords = "a counter is changed and looked at, as refcount_t does"
	atomicWords  = "an atomic value is changed"
	acquireWords = "smp_load_acquire(), or with LTO rcu_dereference()"
	guardWords   = "its value is read or compared"
	currentWords = "the task that runs"
	offWords     = "a static branch or tracepoint that is off"
	padWords     = "room for the tracer's call"
)

// idiomRows are the idioms of each architecture. Where both stand for one
// instruction, the first row counts.
var idiomRows = map[Arch][]idiomRow{
	X8664: append([]idiomRow{
		{"", "%gs:0x28", "stack protector", guardWords},
	}, x86Idioms...),
	I386: append([]idiomRow{
		{"", "%gs:0x14", "stack protector", guardWords},
		{"", "%fs:0x14", "stack protector", guardWords}, // since 5.18 the segment is fs
	}, x86Idioms...),
	ARM64: {
		{"ldar", "", "acquire", acquireWords},
		{"ldapr", "", "acquire", acquireWords},
		{"ldadd", "", "refcount", counterWords},
		{"stadd", "", "refcount", "an atomic counter is changed"},
		{"cas", "", "atomic", atomicWords},
		{"swp", "", "atomic", atomicWords},
		{"ldxr ", "", "atomic", atomicWords},
		{"ldaxr ", "", "atomic", atomicWords},
		{"mrs", "sp_el0", "current", currentWords},
	},
	ARM: {
		{"ldrex", "", "atomic", atomicWords},
		{"mrc", "cr13, cr0, {3}", "current", currentWords}, // the thread's register, since 5.18
	},
	RISCV64: {
		{"amoadd", "", "refcount", counterWords},
		{"lr.", "", "atomic", atomicWords},
	},
	PPC64: {
		{"lwarx", "", "atomic", atomicWords},
		{"ldarx", "", "atomic", atomicWords},
		{"ld", ",3192(r13)", "stack protector", guardWords}, // the canary in the paca
	},
	PPC: {
		{"lwarx", "", "atomic", atomicWords},
	},
	S390X: {
		{"laa", "", "refcount", counterWords},
		{"cs", "", "atomic", atomicWords},
	},
	LoongArch: {
		{"amadd", "", "refcount", counterWords},
		{"ll.", "", "atomic", atomicWords},
	},
	MIPS:   {{"ll ", "", "atomic", atomicWords}},
	MIPS64: {{"ll", "", "atomic", atomicWords}},
}

var x86Idioms = []idiomRow{
	{"lock xadd ", "", "refcount", counterWords},
	{"lock inc", "", "refcount", "an atomic counter is changed"},
	{"lock dec", "", "refcount", "an atomic counter is changed"},
	{"lock cmpxchg", "", "atomic", atomicWords},
	{"lock sub", "", "refcount", "an atomic counter is changed"},
	{"lock addl $0x0,", "(%", "barrier", "a full memory barrier, smp_mb()"},
	{"lock add", "", "refcount", "an atomic counter is changed"},
}

// idiomCalls are the functions whose call is an idiom, by the beginning of the name.
var idiomCalls = []idiomRow{
	{"__fentry__", "", "ftrace pad", padWords},
	{"mcount", "", "ftrace pad", padWords},
	{"_mcount", "", "ftrace pad", padWords},
	{"__rcu_read_", "", "rcu", "a read-side section begins or ends"},
	{"rcu_read_", "", "rcu", "a read-side section begins or ends"},
	{"__stack_chk_fail", "", "stack protector", "the call for a value that changed"},
	{"refcount_warn_saturate", "", "refcount", "the call for a counter that was used wrongly"},
}

// idioms looks for well-known pieces in the view, and behind the fault.
func (l *Listing) idioms(w *flow, first int, f *Facts) []Idiom {
	var out []Idiom
	if len(l.Insts) > 0 && l.cutTupleHash(&l.Insts[0]) {
		out = append(out, Idiom{l.Insts[0].Offset, "tuplehash_to_ctrack", tupleHashWords})
	}
	if strings.HasPrefix(f.Func, thunkName) {
		out = append(out, Idiom{0, "retpoline", "a call through " + l.thunk(f.Func)})
	}
	rows := idiomRows[l.arch]
	for i := range w.ops {
		in := &l.Insts[first+i]
		if !in.Reliable || in.Bytes == nil {
			continue
		}
		d, ok := l.idiomCall(in)
		if !ok {
			d, ok = idiomText(rows, in.Text)
		}
		if !ok {
			d, ok = l.idiomAt(first+i, in, &w.ops[i], f)
		}
		if ok {
			d.Offset = in.Offset
			out = append(out, d)
		}
	}
	return out
}

// idiomText looks an instruction up in a table.
func idiomText(rows []idiomRow, text string) (Idiom, bool) {
	for i := range rows {
		if r := &rows[i]; strings.HasPrefix(text, r.start) && (r.part == "" || strings.Contains(text, r.part)) {
			return Idiom{Name: r.name, Words: r.words}, true
		}
	}
	return Idiom{}, false
}

// thunkName is how the functions begin that stand for an indirect call (4.15 and
// later).
const thunkName = "__x86_indirect_thunk_"

// idiomCall recognises calls by the symbol that the listing names.
func (l *Listing) idiomCall(in *Inst) (Idiom, bool) {
	i := strings.LastIndexByte(in.Text, '<')
	if i < 0 {
		return Idiom{}, false
	}
	symbol := in.Text[i+1:]
	if strings.HasPrefix(symbol, thunkName) {
		return Idiom{Name: "retpoline", Words: "a call through " + l.thunk(symbol)}, true
	}
	return idiomText(idiomCalls, symbol)
}

// idiomAt recognises what takes more than the text.
func (l *Listing) idiomAt(i int, in *Inst, o *operation, f *Facts) (Idiom, bool) {
	const entry = 12 // bytes of a function in which the tracer's call may stand
	atEntry := f.FuncOffset != nil && int64(in.Offset)+*f.FuncOffset >= 0 && int64(in.Offset)+*f.FuncOffset <= entry
	switch nop := l.isPatchNop(in); {
	case nop && atEntry:
		return Idiom{Name: "ftrace pad", Words: padWords}, true
	case nop && l.endsInside(i):
		return Idiom{Name: "jump label", Words: offWords}, true
	case o.kind == opLoad && o.dst >= 0 && o.dst == o.mem.base && o.mem.disp == 0 && o.mem.index < 0 && !o.narrow &&
		(o.mem.size == 0 || o.mem.size*8 == machines[l.arch].bits):
		return Idiom{Name: "list step", Words: machines[l.arch].name(o.dst) + " goes to the next entry"}, true
	case l.tupleHash(i, o):
		return Idiom{Name: "tuplehash_to_ctrack", Words: tupleHashWords}, true
	case o.kind == opAdd && o.imm <= -8 && o.src >= 0 && o.src != machines[l.arch].sp && !l.isFrame(o.src):
		return Idiom{Name: "container_of", Words: machines[l.arch].name(o.dst) +
			" becomes the structure around a field"}, true
	}
	return Idiom{}, false
}

// nop5 is the five-byte nop of jump labels and of the function tracer (since
// 2.6.30; P6_NOP5).
var nop5 = []byte{0x0f, 0x1f, 0x44, 0x00, 0x00}

// isPatchNop reports whether an instruction is a nop that the kernel patches.
func (l *Listing) isPatchNop(in *Inst) bool {
	switch l.arch {
	case X8664, I386:
		return bytes.Equal(in.Bytes, nop5) || bytes.Equal(in.Bytes, []byte{0x3e, 0x8d, 0x74, 0x26, 0x00})
	case ARM64:
		return in.Text == "nop"
	}
	return false
}

// endsInside reports whether code, not filler, stands before instruction i.
func (l *Listing) endsInside(i int) bool {
	if i == 0 {
		return false
	}
	o, known := l.operationOf(&l.Insts[i-1])
	return known && o.kind != opReturn && o.kind != opJump && o.kind != opTrap && o.kind != opNop
}

// thunk writes the register of a thunk's name.
func (l *Listing) thunk(symbol string) string {
	return "%" + strings.TrimSuffix(strings.TrimPrefix(symbol, thunkName), ">")
}

func (l *Listing) isFrame(reg int) bool {
	return l.arch.isX86() && reg == 5 || l.arch == ARM64 && reg == 29
}
