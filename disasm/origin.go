package disasm

import (
	"strconv"
	"strings"
)

// An OriginKind says what the way back ended at.
type OriginKind string

// The ends of the way back.
const (
	UnknownOrigin OriginKind = ""         // it can't be seen; Origin.Why says why not
	FromArgument  OriginKind = "argument" // of the function
	FromCall      OriginKind = "call"     // what a function returned
	FromConstant  OriginKind = "constant" // the code itself
	FromMemory    OriginKind = "memory"   // a variable of the kernel at a fixed address
)

// An Origin is the way of a value through the visible code, from the fault back.
type Origin struct {
	Kind OriginKind
	// Argument is the place of the argument, from 1; Call the name of the function
	// that was called, "" where the log does not tell it.
	Argument int
	Call     string
	// Steps are the instructions that the value came through, the last one first.
	Steps []Step
	// Elsewhere is set where the registers contradict the code right before the
	// fault: the processor came there by a jump.
	Elsewhere bool
	// Type is the C type of the pointer that was wrong, and Field the path of the
	// field that the faulting instruction meant; "" without Facts.Types.
	Type, Field string
	// Why says all that in words, without a full stop; "" where there is nothing
	// to say.
	Why string
}

// A Step is one instruction on the way of a value.
type Step struct {
	Offset int    // of the instruction, as in the listing
	Text   string // of the instruction
	// Register got the value there, by its GNU name without a sign. Value is what
	// it was, where HasValue is set.
	Register string
	Value    uint64
	HasValue bool
	// Words say what happened, without a full stop.
	Words string
}

// maxSteps bounds the way back.
const maxSteps = 8

// A tracer walks back.
type tracer struct {
	l      *Listing
	w      *flow
	m      *machine
	f      *Facts
	first  int    // index in the listing of the view's first instruction
	limit  string // why the view begins there
	o      Origin
	path   []int64 // offsets of the loads and additions on the way, the last one first
	number bool    // the value is a number, not a pointer
	back   int     // index of the store that a load from the stack goes on with, or -1
}

// origin walks back from the fault to where the bad value came from.
func (l *Listing) origin(w *flow, first, fault int, limit string, d *Diagnosis, f *Facts, v *values) Origin {
	reg := w.m.number(d.Effect.Base)
	if l.arch.isX86() && l.Insts[fault].x86 == nil {
		return Origin{}
	}
	t := &tracer{l: l, w: w, m: w.m, f: f, first: first, limit: limit}
	if d.Effect.Base == "" || reg < 0 || reg >= len(w.m.names) || d.Effect.Base == "rip" || d.Effect.Base == "eip" ||
		reg == w.m.sp {
		return t.o
	}
	if d.Cause.Kind == StackOverflow || d.Effect.Segment != "" {
		return t.o
	}
	if l.arch.isX86() && isString(l.Insts[fault].x86.asm.Op) {
		still := *v // without the registers that go on while the instruction repeats
		still.has &^= regsOf(1, 6, 7)
		v = &still
	}
	if wrong := w.solve(v); wrong != 0 {
		t.elsewhere(first, fault, v)
	}
	t.number = d.Effect.Trap != ""
	t.path = append(t.path, d.Effect.Offset)
	t.walk(reg, len(t.w.insts)-1)
	t.refine(&d.Cause)
	t.types()
	t.sentence()
	if v.has == 0 && len(t.o.Steps) > 0 {
		t.o.Why = "by the code before it alone: " + t.o.Why // a jump may have led here; no register tells
	}
	return t.o
}

// elsewhere shortens the view until the registers fit it: the processor came to
// its first instruction by a jump. That is one to which a jump in view leads, if
// there is such a place.
func (t *tracer) elsewhere(first, fault int, v *values) {
	t.o.Elsewhere = true
	targets := map[int]bool{}
	for i := range t.w.insts {
		if o := &t.w.ops[i]; o.hasTo && o.kind != opCall {
			targets[o.to] = true
		}
	}
	whole, found := t.w, false
	for _, anywhere := range [...]bool{false, true} {
		for at := first + 1; at <= fault && !found; at++ {
			if !anywhere && !targets[t.l.Insts[at].Offset] {
				continue
			}
			if w := whole.later(t.l, first, at-first); w.solve(v) == 0 {
				t.w, t.first, found = w, at, true
			}
		}
	}
}

// walk follows a register back from before instruction at of the view.
func (t *tracer) walk(reg, at int) {
	for range maxSteps {
		def := t.w.at(reg, at).def
		switch def {
		case setTwice:
			t.end(t.m.name(reg) + " is set on several ways that lead here")
			return
		case setBefore:
			t.entry(reg, at)
			return
		}
		o := &t.w.ops[def]
		t.back = -1
		next := t.step(reg, def, o)
		if next < 0 {
			return
		}
		reg, at = next, def
		if t.back >= 0 {
			at = t.back
		}
	}
	t.end("the way back is longer than that")
}

// entry handles a register that the view does not set.
func (t *tracer) entry(reg, at int) {
	n := t.m.argument(reg)
	start := t.w.insts[0].Offset
	atEntry := t.f.FuncOffset != nil && int64(start) == -*t.f.FuncOffset && !t.o.Elsewhere
	switch {
	case n > 0 && atEntry && t.straight(at):
		t.o.Kind, t.o.Argument = FromArgument, n
		words := t.m.name(reg) + " is the " + ordinal(n) + " argument" + t.of() + t.m.convention
		if len(t.o.Steps) == 0 {
			words = t.m.name(reg) + " was not changed since the function's entry: it is the " + ordinal(n) + " argument" +
				t.of() + t.m.convention
		}
		t.say(words)
	case t.o.Elsewhere:
		t.end("the registers do not fit the code before it, so the processor came by a jump from elsewhere, with " +
			t.m.name(reg) + t.already(reg, at))
	case atEntry:
		t.end(t.m.name(reg) + " is not set in the function before this")
	case t.limit != "":
		t.end("where " + t.m.name(reg) + " was set can't be seen: " + t.limit)
	}
}

// already says what a register held when the processor came.
func (t *tracer) already(reg, at int) string {
	v, ok := t.w.before(reg, at)
	switch {
	case !ok:
		return " set there"
	case v == 0:
		return " already NULL"
	}
	return " already " + hexOf(v)
}

// straight reports whether nothing jumps between the view's start and at.
func (t *tracer) straight(at int) bool {
	for _, o := range t.w.ops[:at] {
		if o.kind == opJump || o.kind == opReturn {
			return false
		}
	}
	return true
}

func (t *tracer) of() string {
	if t.f.Func == "" {
		return ""
	}
	return " of " + t.f.Func + "()"
}

// step describes the instruction that set a register and returns the register to
// go on with, or -1.
func (t *tracer) step(reg, i int, o *operation) int {
	in := &t.w.insts[i]
	s := Step{Offset: in.Offset, Text: in.Text, Register: t.m.names[reg]}
	s.Value, s.HasValue = t.w.before(reg, i+1)
	name := t.m.name(reg)
	next := -1
	end := ""
	switch {
	case o.kind == opCall:
		t.o.Kind, t.o.Call = FromCall, callName(o.target)
		if reg != t.m.ret {
			t.o.Kind = UnknownOrigin
			end = "a call in between may have changed " + name
			break
		}
		s.Words = name + " is what " + t.callee(o) + " returned"
	case reg == o.second && o.kind == opLoad && !o.narrow:
		other := *o
		other.mem.disp += int64(o.mem.size) / 2
		next, end = t.load(&s, name, &other, i)
	case reg != o.dst:
		end = strconv.Quote(in.Text) + " changes " + name + " in a way that is not followed"
	case o.may:
		if next = t.conditional(&s, name, reg, o, i); next < 0 {
			end = s.Words
		}
	case o.kind == opConst && o.mem.pcRelative:
		t.o.Kind = FromMemory
		s.Words = name + " is the address of a variable beside the code"
	case o.kind == opConst:
		t.o.Kind = FromConstant
		s.Words = name + " was set to " + t.constant(o.imm) + " by the code itself"
	case o.kind == opCopy:
		s.Words = name + " is a copy of " + t.m.name(o.src)
		next = o.src
	case o.kind == opAdd:
		next = o.src
		t.path[len(t.path)-1] += o.imm
		s.Words = t.addition(name, reg, o, i)
	case o.kind == opSum:
		s.Words, next = t.sumWords(name, o, i)
	case o.kind == opShadow:
		s.Words = name + " is the place of KASAN's record for " + t.operand(o.src, i)
		next = o.src
	case o.kind == opLoad:
		next, end = t.load(&s, name, o, i)
	default:
		end = strconv.Quote(in.Text) + " computes " + name + " in a way that is not followed"
	}
	if s.Words == "" {
		s.Words = end
	}
	t.o.Steps = append(t.o.Steps, s)
	if end != "" {
		t.end(end)
		return -1
	}
	return next
}

// conditional describes name = src under a condition. The values tell which of the
// two it was, where they differ; it returns the register to go on with, or -1.
func (t *tracer) conditional(s *Step, name string, reg int, o *operation, i int) int {
	s.Words = name + " is set under a condition"
	if o.kind != opCopy || o.src < 0 || !s.HasValue {
		return -1
	}
	src, ok := t.w.before(o.src, i)
	switch {
	case !ok:
		return -1
	case src != s.Value:
		s.Words = name + " kept its value, as the condition for " + strconv.Quote(s.Text) + " did not hold"
		return reg
	}
	s.Words = name + " is a copy of " + t.operand(o.src, i) + ", or had that value before"
	return o.src
}

// addition describes name = src + constant.
func (t *tracer) addition(name string, reg int, o *operation, i int) string {
	words := name + " is " + t.operand(o.src, i) + signed(o.imm)
	if o.src == reg {
		words = hexOf(uint64(o.imm)) + " was added to " + name
		if o.imm < 0 {
			words = hexOf(uint64(-o.imm)) + " was taken off " + name
		}
		if v, ok := t.w.before(reg, i); ok {
			words += " (" + hexOf(v) + ")"
		}
	}
	if o.imm <= -4 && o.src != t.m.sp {
		words += ", as container_of() does"
	}
	return words
}

func (t *tracer) constant(v int64) string {
	if v == 0 && !t.number {
		return "NULL"
	}
	return hexOf(t.w.clip(uint64(v)))
}

// operand writes a register with its value before instruction i.
func (t *tracer) operand(reg, i int) string {
	if v, ok := t.w.before(reg, i); ok {
		return t.m.name(reg) + " (" + hexOf(v) + ")"
	}
	return t.m.name(reg)
}

func (t *tracer) callee(o *operation) string {
	switch name := callName(o.target); {
	case name != "":
		return name + "()"
	case o.src >= 0 || o.mem.set:
		return "a function that was called through a pointer"
	}
	return "the function that was called"
}

// callName cuts the offset from a symbol.
func callName(target string) string {
	name, _, _ := strings.Cut(target, "+")
	return name
}

func (t *tracer) sumWords(name string, o *operation, i int) (words string, next int) {
	next = o.src
	words = name + " is "
	if o.src == t.m.number(strings.TrimLeft(name, "%$")) {
		words = name + " became "
	}
	index := t.operand(o.index, i)
	factor := o.scale
	if o.src >= 0 {
		words += t.operand(o.src, i)
		if factor < 0 {
			words += " - "
			factor = -factor
		} else {
			words += " + "
		}
	}
	words += index
	if factor != 1 {
		words += " * " + strconv.FormatInt(factor, 10)
	}
	words += signed(o.imm)
	if o.src < 0 {
		next = o.index
	} else if v, ok := t.w.before(o.src, i); ok && v < firstPage && factor == 1 && o.scale > 0 {
		next = o.index
	}
	t.path[len(t.path)-1] += o.imm
	return words, next
}

// signed writes " + 0x8", " - 0x8" or nothing.
func signed(v int64) string {
	switch {
	case v > 0:
		return " + " + hexOf(uint64(v))
	case v < 0:
		return " - " + hexOf(uint64(-v))
	}
	return ""
}

func ordinal(n int) string {
	words := [...]string{"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"}
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n) + "th"
}

// say adds a sentence; end says why the way back is over.
func (t *tracer) say(words string) {
	if t.o.Why != "" {
		t.o.Why += "; "
	}
	t.o.Why += words
}

func (t *tracer) end(why string) { t.say(why) }

// sentence puts the words of the steps in front of Why.
func (t *tracer) sentence() {
	var parts []string
	const most = 4 // in the sentence; Steps has them all
	for i := range t.o.Steps {
		if i == most && len(t.o.Steps) > most+1 {
			parts = append(parts, "and so on")
			break
		}
		if w := t.o.Steps[i].Words; !strings.Contains(t.o.Why, w) {
			parts = append(parts, w)
		}
	}
	if t.o.Why != "" {
		parts = append(parts, t.o.Why)
	}
	t.o.Why = strings.Join(parts, "; ")
}

// types names the structure and the field, where the origin's type is known.
func (t *tracer) types() {
	types := t.f.Types
	if types == nil {
		return
	}
	typ, ok := "", false
	switch t.o.Kind {
	case FromArgument:
		_, typ, ok = types.Param(t.f.Func, t.o.Argument)
	case FromCall:
		typ, ok = types.Result(t.o.Call)
	}
	for i := len(t.path) - 1; i >= 0 && ok; i-- {
		var path string
		t.o.Type = typ
		if path, typ, ok = types.Field(typ, t.path[i]); ok && i == 0 {
			t.o.Field = path
		}
	}
	if !ok {
		t.o.Type = ""
		return
	}
	t.say("that is " + t.o.Field + " of a " + strings.TrimSuffix(strings.TrimSuffix(t.o.Type, "*"), " "))
}

// refine names the poison that a value was computed from.
func (t *tracer) refine(c *Cause) {
	if c.Kind != PoisonPointer && c.Kind != NonCanonical {
		return
	}
	for i := range t.o.Steps {
		s := &t.o.Steps[i]
		if !s.HasValue {
			continue
		}
		switch name := poisonName(s.Value, t.m.arch); {
		case name == "":
		case len(name) > 11 && name[:11] == "LIST_POISON":
			c.Kind, c.Name = ListPoison, name
			c.Why = t.m.sigil + s.Register + " was " + name + " (" + hexOf(s.Value) +
				"): the entry was already taken off its list"
			return
		}
	}
}
