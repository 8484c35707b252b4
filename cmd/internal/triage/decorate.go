package triage

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/nfoops/nfoops/symbols"
)

// The places that a log prints: "nf_hook_slow+0x41/0xf0", "match+0x46/0x80 [ipt_connlimit 0c10…]", and addresses of
// kernels without names, "[<c0268f15>]".
var (
	namedPlace = regexp.MustCompile(
		`([A-Za-z_.$][\w.$]*)\+0x([0-9a-f]{1,16})/0x([0-9a-f]{1,16})(?: \[([\w-]+)(?: ([0-9a-f]{40}))?\])?`)
	barePlace = regexp.MustCompile(`\[<([0-9a-f]{8,16})>\]`)
	// decorated is what follows a place whose line is there already.
	decorated = regexp.MustCompile(`^ \(?[^ ()]+\.[chSs](rs)?:\d+`)
	// follows is a name behind an address.
	follows = regexp.MustCompile(`^(?:\] ?)?[ ?]*[A-Za-z_.$][\w.$]*\+0x`)
)

// exactMarks are in lines whose place is the instruction itself and no address to return to (show_regs of the
// architectures, all eras).
var exactMarks = [][]byte{
	[]byte("RIP"), []byte("EIP"), []byte("IP:"), []byte("PC is at"), []byte("pc :"), []byte("pc is at"), []byte("epc"),
	[]byte("NIP"), []byte("PSW"),
}

// maxPlaces bounds the places of one line that are looked up.
const maxPlaces = 16

// Decorate returns a line of a log with the places in the source behind the names in it, innermost first where calls
// were inlined: "nf_hook_slow+0x41/0xf0 (include/linux/netfilter.h:154 net/netfilter/core.c:614)". Bare addresses get
// their names. Everything else stays as it is, byte for byte; a line without places is returned itself.
func (l *Lookup) Decorate(line []byte) []byte {
	if !bytes.Contains(line, []byte("+0x")) && !bytes.Contains(line, []byte("[<")) {
		return line
	}
	ret := true
	for _, mark := range exactMarks {
		ret = ret && !bytes.Contains(line, mark)
	}
	l.learnFrom(line)
	var out []byte
	done := 0
	insert := func(at int, text string) {
		if text != "" {
			out = append(append(out, line[done:at]...), text...)
			done = at
		}
	}
	named := namedPlace.FindAllSubmatchIndex(line, maxPlaces)
	bare := barePlace.FindAllSubmatchIndex(line, maxPlaces)
	for len(named)+len(bare) > 0 {
		if len(bare) == 0 || len(named) > 0 && named[0][0] < bare[0][0] {
			m := named[0]
			named = named[1:]
			if !decorated.Match(line[m[1]:]) {
				insert(m[1], l.nameText(line, m, ret))
			}
			continue
		}
		m := bare[0]
		bare = bare[1:]
		if !follows.Match(line[m[1]:]) {
			insert(m[1], l.addressText(string(line[m[2]:m[3]]), ret))
		}
	}
	if done == 0 {
		return line
	}
	return append(out, line[done:]...)
}

// learnFrom takes the symbols that stand behind their addresses.
func (l *Lookup) learnFrom(line []byte) {
	for _, m := range barePlace.FindAllSubmatchIndex(line, maxPlaces) {
		rest := line[m[1]:]
		n := namedPlace.FindSubmatchIndex(rest)
		if n == nil || !follows.Match(rest) || len(bytes.Trim(rest[:n[0]], " ?]")) > 0 {
			continue
		}
		q := queryOf(rest, n, false)
		addr, err := strconv.ParseUint(string(line[m[2]:m[3]]), 16, 64)
		if err == nil && addr != 0 {
			l.Learn(symbols.Pair{Addr: addr, Name: q.Name, Offset: q.Offset, Size: q.Size, Module: q.Module})
		}
	}
}

// queryOf reads a match of namedPlace.
func queryOf(line []byte, m []int, ret bool) symbols.Query {
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return string(line[m[2*i]:m[2*i+1]])
	}
	q := symbols.Query{Name: group(1), Module: group(4), BuildID: group(5), Return: ret}
	q.Offset, _ = strconv.ParseUint(group(2), 16, 64)
	q.Size, _ = strconv.ParseUint(group(3), 16, 64)
	return q
}

// nameText is what goes behind a name.
func (l *Lookup) nameText(line []byte, m []int, ret bool) string {
	answers, _ := l.images(queryOf(line, m, ret), false)
	return sourceText(answers)
}

// addressText is what goes behind an address.
func (l *Lookup) addressText(digits string, ret bool) string {
	addr, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		return ""
	}
	answers, _ := l.Address(addr, ret)
	if len(answers) == 0 {
		return ""
	}
	p := &answers[0].Place
	text := " " + p.Symbol + "+" + string(p.Offset)
	if p.Size != "" {
		text += "/" + string(p.Size)
	}
	if p.Module != "" {
		text += " [" + p.Module + "]"
	}
	return text + sourceText(answers)
}

// sourceText is the place in the source, in parentheses; "" where it isn't known.
func sourceText(answers []Answer) string {
	var chains []string
	forced := ""
	for i := range answers {
		p := &answers[i].Place
		if p.File == "" {
			continue
		}
		var lines []string
		for _, in := range p.Inlines {
			lines = append(lines, fmt.Sprintf("%s:%d", in.File, in.Line))
		}
		lines = append(lines, fmt.Sprintf("%s:%d", p.File, p.Line))
		chains = append(chains, strings.Join(lines, " "))
		if p.Forced {
			forced = "FORCED "
		}
	}
	switch {
	case len(chains) == 0:
		return ""
	case len(chains) == 1:
		return " (" + forced + chains[0] + ")"
	}
	return " (" + forced + "one of " + strings.Join(chains, ", ") + ")"
}
