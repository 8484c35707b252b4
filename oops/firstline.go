package oops

import (
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// head takes the facts of the first line of the root crash.
func (o *open) head(ln *frame.Line, m matched, text string) {
	c := o.c
	c.headline = text
	c.Kind, c.Severity = m.kind, m.sev
	o.rule = m
	if what := m.groups["what"]; what != "" && (m.kind == kasanPrefix || m.kind == kmsanPrefix || m.kind == kfencePrefix) {
		c.Kind = m.kind + Kind(strings.ReplaceAll(strings.ReplaceAll(what, " or ", "-"), " ", "-"))
	}
	o.groupFacts(ln, m)
	o.transport(ln)
	o.faultWords(ln, text)
	if m.role == rolePanic {
		c.Panic.set(panicReason(text), ln.Num)
	}
	if strings.Contains(text, "[#") {
		c.Number.set(oopsNumber(text), ln.Num)
	}
	o.awaitLock = m.from == fromLock || m.from == fromSafe
	if strings.HasPrefix(m.title, "{panicmsg}") {
		o.rust = 1
	}
	o.awaitPlace = strings.HasSuffix(text, " RIP:")
}

// groupFacts takes what the rule's expression caught.
func (o *open) groupFacts(ln *frame.Line, m matched) {
	c := o.c
	if v, _, ok := parseHex(m.groups["addr"]); ok {
		c.FaultAddress.set(v, ln.Num)
	}
	if v := m.groups["cpu"]; v != "" {
		c.CPU.set(atoiOr(v, 0), ln.Num)
	}
	if v := m.groups["pid"]; v != "" {
		c.PID.set(atoiOr(v, 0), ln.Num)
	}
	if v := m.groups["comm"]; v != "" {
		c.Comm.set(v, ln.Num)
	}
	if file, n, ok := parseSource(m.groups["src"]); ok {
		c.Source.set(Source{file, n}, ln.Num)
	}
	if m.kind == Warn || c.announces() || m.kind == KCSAN || strings.HasPrefix(string(m.kind), string(kmsanPrefix)) {
		o.headPlace(ln, m)
	}
}

// transport takes what syslog and the kmsg record told about the line.
func (o *open) transport(ln *frame.Line) {
	if ln.Host != "" {
		o.c.Host.set(ln.Host, ln.Num)
	}
	if ln.Time != "" {
		o.c.Time.set(ln.Time, ln.Num)
	}
	if ln.CPU >= 0 {
		o.c.CPU.set(ln.CPU, ln.Num)
	}
}

// detail merges a line such as "Oops: 0000 [#1] SMP" into the crash whose first line came before.
func (o *open) detail(ln *frame.Line, m matched, text string) {
	c := o.c
	if strings.Contains(text, "[#") || strings.Contains(text, "[1]") {
		c.Number.set(oopsNumber(text), ln.Num)
	}
	o.faultWords(ln, text)
	if c.Kind == Other && m.kind != Other {
		c.Kind = m.kind
	}
	c.LastLine = max(c.LastLine, ln.Last)
}

// upgrade merges the first line that a prelude announced: the prelude knows what it is, the line where.
func (o *open) upgrade(ln *frame.Line, m matched, text string) {
	keep := o.rule
	if keep.kind == Bug && keep.title == "kernel BUG in {F}" {
		keep = m
	}
	sev := o.c.Severity
	o.groupFacts(ln, m)
	o.faultWords(ln, text)
	if m.sev == SevOops || m.sev == SevPanic {
		sev = m.sev
	}
	o.c.Severity = sev
	merged := *keep.rule
	merged.role = roleRoot
	o.rule = matched{rule: &merged, groups: keep.groups}
	o.c.LastLine = max(o.c.LastLine, ln.Last)
}

// oopsNumber is n of "[#n]" ("[n]" on x86_64 before 2.6.18).
func oopsNumber(text string) int {
	for _, p := range [...]string{"[#", "["} {
		if rest, ok := cutAfter(text, p); ok {
			if n := number(rest); n > 0 {
				return n
			}
		}
	}
	return 1
}

// faultWords reads the address and the kind of access from the words of a first line:
//
//	… at virtual address 00000054            i386, arm, arm64, mips, sparc
//	… at 0000000000000046                    x86_64 2.6 to 4.18
//	…, address: 00000000000000d8             x86 5.1
//	… for address: ffff888…                  x86 page fault 5.1
//	… for data at address 0x00000000, … on read at 0x00000000      powerpc
//	…, probably for non-canonical address 0x9a830ebedfe5c683       x86 5.4
//	Read of size 8 at addr ffff88… by task cat/917                 KASAN
func (o *open) faultWords(ln *frame.Line, text string) {
	c := o.c
	o.headTask(ln, text)
	if rest, ok := cutAfter(text, "era == "); ok { // loongarch, after mips
		if v, _, ok := parseHex(rest); ok {
			c.IP.set(Location{Address: v, HasAddress: true}, ln.Num)
			c.arch(LoongA)
		}
	}
	if rest, ok := cutAfter(text, "epc == "); ok { // mips puts the whole place on its first line
		if v, _, ok := parseHex(rest); ok {
			c.IP.set(Location{Address: v, HasAddress: true}, ln.Num)
			c.arch(MIPS)
		}
	}
	said := phrases{text: text}
	for i := range beforeAddress {
		p := &beforeAddress[i]
		if !said.has(*p) {
			continue
		}
		rest, _ := cutAfter(text, p.text)
		if v, after, ok := parseHex(rest); ok && (after == "" || !isWordByte(after[0])) {
			c.FaultAddress.set(v, ln.Num)
			break
		}
	}
	if rest, ok := cutAfter(text, "Oops: "); ok {
		rest = strings.TrimPrefix(rest, "Oops: ")
		if n := hexLen(rest); n >= 1 && n <= 16 && (n == len(rest) || rest[n] == ' ') {
			c.ErrorCode.set(hexValue(rest[:n]), ln.Num)
		}
	}
}

// beforeAddress are the words that stand before the address that faulted; the first that do count.
var beforeAddress = phrasesOf(
	"at virtual address ", "virtual kernel address ", "virtual address: ", " address: ", " at address ", "for address ",
	"non-canonical address ", " at addr ", "(address ", "dereference at ", "request at ", "fault at ", " read at ",
	" write at ", " location ", ") at ", "(Addr=",
)

// headTask takes the CPU or the task that some architectures put on the first line or the Oops line:
// "CPU 3 Unable to handle kernel paging request …" (mips), "iptables(2345): Oops [#1]" (sparc64, alpha).
func (o *open) headTask(ln *frame.Line, text string) {
	if o.rule.kind == Lockdep {
		if comm, pid, ok := lockTask(text); ok {
			o.task(taskLine{cpu: -1, pid: pid, comm: comm}, ln.Num)
		}
	}
	if i := strings.Index(text, "]: "); i > 2 && strings.HasSuffix(text, "]") { // ia64: "iptables[2345]: Oops 88… [1]"
		j := strings.LastIndexByte(text[:i], '[')
		if j > 0 && decLen(text[j+1:i]) == i-j-1 {
			o.task(taskLine{cpu: -1, pid: number(text[j+1 : i]), comm: text[:j]}, ln.Num)
		}
		return
	}
	if !strings.HasPrefix(text, "CPU ") && !strings.Contains(text, "): Oops ") && !strings.Contains(text, "): Kernel ") {
		return
	}
	if t, ok := parseTaskLine(text); ok {
		o.task(t, ln.Num)
	}
}

// isWordByte: a byte that goes on a word or a number.
func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '='
}
