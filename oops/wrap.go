package oops

import (
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
	"github.com/nfoops/nfoops/oops/marker"
)

// grammar is what the unwrapping of rows has to know of crash dumps.
var grammar = frame.Grammar{Starts: startsRecord, Continues: continuesRecord}

// recordStarts are the beginnings of lines in crash dumps of all eras; a row that begins so was not broken off from
// the row before it.
var recordStarts = beginnings(
	"BUG", "WARNING", "INFO", "[ BUG", "[ INFO", "Unable to handle", "Oops", "general protection", "Kernel panic", "kernel BUG",
	"Internal error", "invalid opcode", "divide error", "CPU:", "CPU ", "Pid:", "Modules linked in", "Hardware name", "RIP:", "RIP ",
	"EIP", "EFLAGS", "RSP:", "RSP ", "RAX:", "RDX:", "RBP:", "R08:", "R10:", "R11:", "R13:", "EAX:", "ESI:", "DS:", "CS:", "FS:",
	"CR0:", "CR2:", "DR0:", "DR3:", "DR6:", "PKRU", "ORIG_RAX", "eax:", "esi:", "ds:", "edx:", "Call Trace", "Call trace", "Backtrace:",
	"Stack:", "Stack :", "Code:", "Code :", "---[", "------------[", "======", "Process ", "Workqueue:", "PGD ", "*pde", "*pdpt", "IP:", "IP [", " printing eip",
	"printing eip", "PC is at", "LR is at", "pc :", "lr :", "sp :", "pstate:", "psr:", "xPSR", "Flags:", "Control:", "Mem abort info", "Data abort info",
	"ESR", "Exception class", "SET =", "EA =", "FSC =", "ISV =", "CM =", "user pgtable", "swapper pgtable", "pgd =", "Tainted:", "<TASK>", "</TASK>",
	"<IRQ>", "</IRQ>", "<NMI>", "<EOI>", "Kernel Offset", "Rebooting", "Read of size", "Write of size", "Allocated by", "Freed by", "The buggy",
	"Memory state", "task:", "Krnl", "NIP", "LR [", "GPR", "MSR:", "CFAR", "Faulting instruction", "DAR:", "REGS:", "TASK =", "LE PAGE_SIZE", "BE PAGE_SIZE", "epc ", "ra ", "Status", "Cause", "BadVA", "PrId", "Hi ", "Lo ",
	"note:", "Fixing recursive", "Instruction dump", "Last user of", "#PF:", "RSP <", "ESP", "Stack", "Trace;", "SMP", "PREEMPT", "last sysfs file",
	"rcu:", "NMI backtrace", "Sending NMI", "watchdog:", "irq event stamp", "hardirqs last", "softirqs last", "---", "Kernel Offset:", "Dumping ftrace",
	"TSTATE", "TPC", "RPC", "I7:", "Caller[", "Instruction DUMP", "psr :", "ip is at", "pc is at", "ra is at", "pc =", "Trace:", "epc", "era", "ERA",
	"CRMD", "ESTAT", "BADV", "PRID", "REGS", "IRQMASK", "DAR", "TASK", "PSW", "IASQ", "IAOQ", "Cpu ", "AS:", "Failing address", ">>", "Unable to",
	"Last Breaking", "task.stack", "Call Trace;", "KASAN", "kasan", "------", "x29:", "x27:", "x24:", "x21:", "x18:", "x15:", "x12:", "x9 :", "x6 :", "x3 :", "x0 :",
)

// anchor finds the beginning of a line that has a marker, wherever it stands in a text.
func anchor(text string) (at int, what string) {
	m, at := marker.Find(text)
	if m == nil || m.Class == marker.Banner {
		return -1, ""
	}
	return at, m.Text
}

// longestMarker is the length in bytes of the longest literal that begins a line.
var longestMarker = func() (longest int) {
	for _, m := range marker.Table {
		longest = max(longest, len(m.Text))
	}
	return longest
}()

// startsRecord says that text begins a line of a dump. It is asked only for rows that may be the rest of another.
func startsRecord(text string) bool {
	t := strings.TrimLeft(text, " \t")
	if startsPlain(t) {
		return true
	}
	const near = 24 // bytes
	m, at := marker.Find(t[:min(len(t), near+longestMarker)])
	return m != nil && m.Class != marker.Banner && at <= near && m.Text != "Code: " && !strings.HasPrefix(m.Text, "EIP")
}

// startsPlain says that t is the beginning of a line of a dump, or nothing at all.
func startsPlain(t string) bool {
	if t == "" {
		return true
	}
	switch t[0] {
	case '[':
		if _, _, ok := parseBracketed(t); ok {
			return true
		}
	case '?':
		return len(t) > 2 && t[1] == ' '
	case '>', '#', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f':
		if _, ok := disassemblyRow(t); ok {
			return true
		}
	case '<':
		if _, _, ok := parseBracketed(t); ok {
			return true
		}
	case '$':
		return true
	}
	if isHex(t[0]) && words(t) {
		return true // raw stack
	}
	if recordStarts.begin(t) != "" {
		return true
	}
	if _, _, ok := parseSymbol(t); ok {
		return true
	}
	_, _, _, ok := parseRegister(strings.TrimSpace(t))
	return ok
}

// continuesRecord says whether prev is visibly not whole and text can be its rest.
func continuesRecord(prev, text string) frame.Rest {
	prev = strings.TrimSpace(prev)
	text = strings.TrimSpace(text)
	switch {
	case brokenWord(prev, text):
		return frame.BrokenWord
	case !isRest(prev, text):
		if mayBreakBuild(prev, text) {
			return frame.MaybeRest
		}
		return frame.NoRest
	case strings.HasPrefix(prev, "Code:"), strings.HasPrefix(prev, "Modules linked in:"), strings.Contains(prev, " Tainted: G"), strings.Contains(prev, "Not tainted "):
		return frame.ListRest
	}
	return frame.WordRest
}

// mayBreakBuild says that text may be more of what stands behind the release: "#1 SMP Debian 6.1.90-1 (2024-05-03)".
// Those can be any words.
func mayBreakBuild(prev, text string) bool {
	return (strings.HasPrefix(prev, "CPU: ") || strings.HasPrefix(prev, "Pid: ")) && taintIndex(prev) >= 0 &&
		mayBreak(prev, text) && !startsRecord(text)
}

// mayBreak says that a mailer may break between prev and text.
func mayBreak(prev, text string) bool {
	first, _, _ := strings.Cut(text, " ")
	return len(prev)+1+len(first) > shortestWrap && len(text) < shortestWrap && len(prev) < 3*shortestWrap
}

// brokenWord says that the break went through a number: "Code: 18 65 48 8b 04 2", "5 28 00"; "CPU: 1 PID: 1",
// "88243 Comm: …".
func brokenWord(prev, text string) bool {
	if strings.HasPrefix(prev, "CPU: ") {
		_, pid, ok := strings.Cut(prev, " PID: ")
		n := decLen(text)
		return ok && decLen(pid) == len(pid) && n > 0 && strings.HasPrefix(text[n:], " Comm: ")
	}
	if strings.HasPrefix(prev, "Code: ") && len(prev) > len("Code: 00 0") && len(text) > 2 {
		n := len(prev)
		return isHex(prev[n-1]) && prev[n-2] == ' ' && isHex(text[0]) && text[1] == ' ' && hexRow(text[2:min(len(text), 14)])
	}
	return false
}

// openEnds are words with which no line of a dump ends.
var openEnds = endings(
	"Tainted:", "Not", "RIP: 0010:", "at virtual", "at virtual address", "NULL pointer", "kernel NULL", "handle kernel", "unable to handle",
	"kernel paging", "dereference at", "request at", "fault for", "page fault for address:", "for address:", "(address", "Comm:", "comm:", "PID:", "Pid:",
	"not syncing:", "Kernel panic - not", "Kernel panic -", "exception in", "killing interrupt", "BUG at", "at addr", "by task", "EIP is at", "PC is at",
	"LR is at", "CPU: 0 PID:", "probably for", "non-canonical", "non-canonical address",
)

// isRest says that text can be the rest of prev, broken off between words.
func isRest(prev, text string) bool {
	if prev == "" || text == "" {
		return false
	}
	if i := strings.Index(prev, "Code: "); i >= 0 && (i == 0 || prev[i-1] == ' ') {
		return codeOpen(prev[i+len("Code: "):], text)
	}
	begin := openBegins.begin(prev)
	if begin == "Modules linked in:" {
		return moduleRow(text) && !strings.HasSuffix(prev, "]")
	}
	if openEnds.end(prev) != "" {
		return true
	}
	if strings.HasSuffix(prev, "IP:") { // what follows is a place, with or without its address
		_, _, named := parseSymbol(text)
		return named || text[0] == '<' || strings.HasPrefix(text, "[<") || hexLen(text) >= 8
	}
	switch {
	case prev == "RIP" && text[0] == '<', begin == "Krnl PSW :" && text[0] == '(':
		return true
	case begin == "Caller[" && strings.HasSuffix(prev, "]:"):
		_, _, ok := parseSymbol(text)
		return ok
	case text == "VLI", begin == "EFLAGS:" && text[0] == '(':
		return true
	case begin == "BUG: K" && strings.HasSuffix(prev, " in"): // sanitizers
		return true
	case strings.HasSuffix(prev, "s!") && strings.Contains(prev, "soft lockup"):
		return strings.HasPrefix(text, "[")
	}
	if openPlace(prev) {
		if _, rest, ok := parseBracketed(text); ok && (strings.HasPrefix(rest, "{") || strings.HasPrefix(prev, "RIP: ")) {
			return true // x86_64 before 2.6.18; from then to 4.9 it prints the address twice
		}
		_, _, ok := parseSymbol(strings.TrimPrefix(text, "("))
		return ok
	}
	if text[0] == '(' && strings.HasSuffix(prev, ">]") && strings.Contains(prev, " from [<") {
		return true
	}
	if strings.HasSuffix(prev, " from") {
		return strings.HasPrefix(text, "[<") || strings.HasPrefix(text, "(") || nameLen(text) > 2 // arm: "(f) from [<addr>] (g+0x0/0x10)"
	}
	if openRegister(prev, text) {
		return true
	}
	if placeSuffix(text) && endsInSymbol(prev) {
		return true
	}
	if text[0] == '<' && strings.HasSuffix(prev, " RSP") {
		return true
	}
	switch begin {
	case "GPR":
		return len(strings.Fields(prev)) < 9 && words(text)
	case "CPU: ", "Pid: ":
		if taintIndex(prev) < 0 {
			return begin == "CPU: " && strings.Contains(prev, "Comm: ") && taintIndex(text) == 0
		}
		var t taskLine
		t.takeTaint(prev)
		if t.kernel == "" {
			return !startsRecord(text)
		}
		first, _, _ := strings.Cut(text, " ")
		build := strings.HasPrefix(first, "PREEMPT") || strings.HasPrefix(first, "SMP") || strings.Contains(text, "(20")
		return build && mayBreak(prev, text)
	case "general protection fault":
		return !strings.Contains(prev, "[#") && strings.Contains(text, "[#") && !startsRecord(text)
	case "WARNING: ":
		if strings.HasSuffix(prev, " at") {
			return true
		}
		_, _, ok := parseSymbol(text)
		return ok && strings.Contains(prev, " at ") && !strings.Contains(prev, "+0x")
	}
	return false
}

// openBegins are the beginnings of lines whose rest isRest knows.
var openBegins = beginnings(
	"Modules linked in:", "Krnl PSW :", "Caller[", "EFLAGS:", "BUG: K", "GPR", "CPU: ", "Pid: ", "general protection fault",
	"WARNING: ",
)

// shortestWrap is the narrowest width in columns at which mailers break rows.
const shortestWrap = 60

// openPlace says that prev names an address whose symbol was broken off: "[<c0123456>]", "[<c0123456>] ?",
// "RIP: 0010:[<…>]  [<…>]", "[c000…] [c000…]".
func openPlace(prev string) bool {
	t := strings.TrimSuffix(strings.TrimSuffix(prev, "?"), " ")
	if t == "" || t[len(t)-1] != ']' && !isHex(t[len(t)-1]) {
		return false
	}
	for _, p := range [...]string{"ERA: ", "epc   : ", "ra    : ", "ra: ", "RA: "} { // mips and loongarch have no brackets
		if rest, ok := strings.CutPrefix(t, p); ok {
			return hexLen(rest) == len(rest) && len(rest) >= 8
		}
	}
	if !strings.HasSuffix(t, "]") {
		return false
	}
	for _, p := range [...]string{"IP: ", "RIP: 0010:", "RIP ", "EIP: ", "NIP ", "LR ", "epc : ", "ra : "} {
		if rest, ok := strings.CutPrefix(t, p); ok {
			t = strings.TrimLeft(rest, " ")
			break
		}
	}
	for range 2 {
		_, rest, ok := parseBracketed(t)
		if !ok {
			return false
		}
		if t = strings.TrimLeft(rest, " "); t == "" {
			return true
		}
	}
	return false
}

// openRegister says that prev ends with the name of a register and text begins with its value: "RSP: 0018:ffff… EFLAGS:",
// "t0 = fffffc00…  t1 =", "pc 9000… ra" and so on.
func openRegister(prev, text string) bool {
	t := strings.TrimRight(prev, " ")
	sign := byte(0)
	if n := len(t); n > 0 && (t[n-1] == ':' || t[n-1] == '=') {
		sign, t = t[n-1], strings.TrimRight(t[:n-1], " ")
	}
	value := strings.TrimPrefix(text, "[<")
	if sign == 0 {
		if len(text) > 1 && (text[0] == ':' || text[0] == '=') && text[1] == ' ' {
			value = text[2:]
		} else {
			if value = text; hexLen(text) != 16 || !isPair(t) {
				return false
			}
		}
	}
	n := hexLen(value)
	if n < 4 || n < len(value) && strings.IndexByte(" (>", value[n]) < 0 {
		return false
	}
	name := t[strings.LastIndexAny(t, " ,")+1:]
	if len(name) == len(t) || len(name) > 10 {
		return false
	}
	name = strings.ToLower(name)
	_, known := registerArch[name]
	return known || name == "knlgs"
}

// words says that a row is nothing but words of 8 or 16 hex digits.
func words(text string) bool {
	n := 0
	for w := range strings.FieldsSeq(text) {
		if hexLen(w) != len(w) || len(w) != 8 && len(w) != 16 {
			return false
		}
		n++
	}
	return n > 0
}

// isPair says that a row begins with a register and its 16 digits, without a colon (loongarch since 6.2).
func isPair(row string) bool {
	name, rest, _ := strings.Cut(row, " ")
	_, known := registerArch[name]
	return known && hexLen(rest) == 16
}

// endsInSymbol says that prev ends with "name+0x10/0x20", or with the module behind it.
func endsInSymbol(prev string) bool {
	t := prev
	if strings.HasSuffix(t, "]") {
		if i := strings.LastIndexByte(t, '['); i > 0 {
			t = strings.TrimRight(t[:i], " ")
		}
	}
	word := t[strings.LastIndexAny(t, " (<")+1:]
	loc, rest, ok := parseSymbol(word)
	return ok && rest == "" && loc.Size > 0
}

// placeSuffix: what the kernel prints behind a symbol.
func placeSuffix(text string) bool {
	if text == "(unreliable)" || text == "(P)" || text == "(L)" || strings.HasPrefix(text, "SS:ESP ") {
		return true
	}
	in, ok := strings.CutPrefix(text, "[")
	if !ok {
		return false
	}
	name, rest, ok := strings.Cut(in, "]")
	name, _, _ = strings.Cut(name, " ")
	return ok && isModuleName(name) && len(rest) < 16
}

// codeOpen: list is what a Code: row has so far; the kernel prints 20 bytes or 64 and more, or five words.
func codeOpen(list, text string) bool {
	units, width := 0, 0
	if n := len(list); n >= 10 && list[n-1] == ')' && list[n-10] == '(' {
		return false // arm and arm64 end with the marked word
	}
	for w := range strings.FieldsSeq(list) {
		w = strings.Trim(w, "<>()")
		if n := hexLen(w); n != len(w) || n == 0 {
			return false
		}
		units, width = units+1, len(w)
	}
	if width == 2 && (units >= 64 || units == 20) || width >= 4 && units >= 16 {
		return false
	}
	first, more, _ := strings.Cut(text, " ")
	second, _, _ := strings.Cut(strings.TrimLeft(more, " "), " ")
	if second = strings.Trim(second, "<>()"); hexLen(second) != len(second) {
		return false // "CC [M] net/netfilter/xt_mark.o"
	}
	first = strings.Trim(first, "<>()")
	if width == 0 { // "Code:" with its words on rows of their own
		return (len(first) == 2 || len(first) == 4 || len(first) == 8) && hexLen(first) == len(first)
	}
	return first != "" && hexLen(first) == len(first) && (len(first) <= 2 || len(first) == width)
}

// moduleRow says that a row is nothing but names of modules.
func moduleRow(text string) bool {
	some := false
	for w := range strings.FieldsSeq(text) {
		some = true
		name, flags, _ := strings.Cut(w, "(")
		if w == "[last" || w == "unloaded:" {
			return true
		}
		if w == "promiscuous" { // "device veth12ab34c entered promiscuous mode"
			return false
		}
		if !isModuleName(name) || flags != "" && !strings.HasSuffix(flags, ")") {
			return false
		}
	}
	return some
}
