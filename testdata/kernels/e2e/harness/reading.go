// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"regexp"
	"strconv"
	"strings"
)

// A place is symbol+offset/size with its module, as the kernel prints it.
type place struct {
	Symbol       string
	Offset, Size uint64
	Module       string
	Reliable     bool // a frame that was printed without "?"
}

func (p place) String() string {
	if p.Symbol == "" {
		return ""
	}
	return p.Symbol + "+0x" + strconv.FormatUint(p.Offset, 16) + "/0x" + strconv.FormatUint(p.Size, 16)
}

// A reading is what a plain look at the first crash of a clean log finds: a few expressions for
// three architectures of one era. It knows nothing of the analyzer, on purpose.
type reading struct {
	Release   string
	CPU, PID  int
	Comm      string
	Tainted   string
	IP        place
	Fault     string // hexadecimal, as printed
	Code      int    // units of the Code: line
	Marked    int    // index of the marked unit, -1 without
	Trap      bool   // the marked bytes are a ud2 or a brk
	Registers map[string]string
	Frames    []place
	Panic     string
}

var (
	// The serial console has CR LF; extended records have "level,seq,usec,flags;" in front.
	transport = regexp.MustCompile(`(?m)^(?:\d+,\d+,\d+,[^;\n]*;|\[ *\d+\.\d+\] ?)|\r`)
	whoLine   = regexp.MustCompile(`(?m)^CPU: (\d+) (?:UID: \d+ )?PID: (\d+) Comm: (.*?) ` +
		`(Not tainted|Tainted: ([A-Z ]+?)) +(\S+) (#\S+)`)
	ipLine    = regexp.MustCompile(`(?m)^(?:RIP: 0010:|EIP: |pc : )(\S+)(?: \[(\w+)\])?`)
	placeText = regexp.MustCompile(`^([A-Za-z_][\w.]*)\+0x([0-9a-f]+)/0x([0-9a-f]+)$`)
	frameLine = regexp.MustCompile(`(?m)^ +(\? )?([A-Za-z_][\w.]*\+0x[0-9a-f]+/0x[0-9a-f]+)(?: \[(\w+)\])?$`)
	warnLine  = regexp.MustCompile(`^(?:-+\[ cut here \]-+\n)*WARNING: CPU: (\d+) PID: (\d+) at `)
	hungLine  = regexp.MustCompile(`(?m)^INFO: task (.*):(\d+) blocked for more than`)
	faultLine = regexp.MustCompile(`(?m)^(?:BUG: .*address: (?:0x)?|Unable to handle .*virtual address |` +
		`.*non-canonical address 0x)([0-9a-f]+)`)
	codeLine  = regexp.MustCompile(`(?m)^Code: (.*)$`)
	panicLine = regexp.MustCompile(`(?m)^Kernel panic - not syncing: (.*)$`)
	register  = regexp.MustCompile(`\b([ER]?[A-Z0-9]{2,3}|[a-z]{1,2}\d*) ?: ?` +
		`(?:[0-9a-f]{4}:)?([0-9a-f]{8}|[0-9a-f]{16})\b`)
	crashStart = regexp.MustCompile(`(?m)^(BUG: |Oops: |Unable to handle|general protection fault|kernel BUG at|` +
		`WARNING: |divide error|refcount_t: |list_del corruption|watchdog: BUG|rcu: INFO|INFO: task|sysrq: |` +
		`kernel tried|Kernel panic|Insufficient stack|traps: PANIC|invalid opcode|Internal error|-+\[ cut here)`)
)

// begin is what the guest writes into the kernel log right before the crash.
const begin = "e2e: BEGIN"

// bare strips the transport from a log and cuts what comes before the crash was started.
func bare(log []byte) string {
	text := transport.ReplaceAllString(string(log), "")
	if i := strings.Index(text, begin); i >= 0 {
		text = text[i:]
	}
	return text
}

// read looks at a log.
func read(log []byte) reading {
	text := bare(log)
	r := reading{CPU: -1, PID: -1, Marked: -1, Registers: map[string]string{}}
	if m := panicLine.FindStringSubmatch(text); m != nil {
		r.Panic = m[1]
	}
	if at := crashStart.FindStringIndex(text); at != nil {
		text = text[at[0]:]
	}
	if m := r.who(text); m != nil {
		r.CPU, _ = strconv.Atoi(m[1])
		r.PID, _ = strconv.Atoi(m[2])
		r.Comm, r.Tainted = m[3], strings.Join(strings.Fields(m[5]), " ")
		if m[5] == "" {
			r.Tainted = "Not tainted"
		}
		r.Release = m[6] + " " + m[7]
	}
	if m := hungLine.FindStringSubmatch(text); m != nil {
		// The line with CPU: is that of the watchdog.
		r.Comm = m[1]
		r.PID, _ = strconv.Atoi(m[2])
		r.CPU = -1
	}
	if m := faultLine.FindStringSubmatch(text); m != nil {
		r.Fault = m[1]
	}
	if m := ipLine.FindStringSubmatchIndex(text); m != nil {
		r.IP = parsePlace(text[m[2]:m[3]])
		if m[4] >= 0 {
			r.IP.Module = text[m[4]:m[5]]
		}
		r.readDump(text[m[0]:])
	}
	for _, m := range frameLine.FindAllStringSubmatch(text, -1) {
		p := parsePlace(m[2])
		p.Module, p.Reliable = m[3], m[1] == ""
		r.Frames = append(r.Frames, p)
	}
	return r
}

// who finds the line with CPU, PID and Comm of the first crash: the first such line, unless a
// WARNING says that its CPU is another one.
func (r *reading) who(text string) []string {
	all := whoLine.FindAllStringSubmatch(text, -1)
	if first := warnLine.FindStringSubmatch(text); first != nil {
		for _, m := range all {
			if m[1] == first[1] && m[2] == first[2] {
				return m
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// readDump reads the code bytes and the registers that follow the line of the instruction pointer.
func (r *reading) readDump(text string) {
	stop := len(text)
	for _, end := range []string{"Call Trace:", "Call trace:", "---[ end trace"} {
		if i := strings.Index(text, end); i >= 0 {
			stop = min(stop, i)
		}
	}
	for _, m := range register.FindAllStringSubmatch(text[:stop], -1) {
		name := strings.ToLower(m[1])
		if _, twice := r.Registers[name]; !twice && len(name) > 1 {
			r.Registers[name] = m[2]
		}
	}
	m := codeLine.FindStringSubmatch(text)
	if m == nil {
		return
	}
	for i, unit := range strings.Fields(m[1]) {
		if strings.HasPrefix(unit, "Unable") || strings.HasPrefix(unit, "Bad") {
			return
		}
		if strings.ContainsAny(unit, "<(") {
			r.Marked = i
			// brk immediates lie in d4200000-d43fffff.
			r.Trap = strings.HasPrefix(m[1][strings.Index(m[1], unit):], "<0f> 0b") || strings.HasPrefix(unit, "(d42")
		}
		r.Code++
	}
}

func parsePlace(text string) place {
	m := placeText.FindStringSubmatch(text)
	if m == nil {
		return place{}
	}
	offset, _ := strconv.ParseUint(m[2], 16, 64)
	size, _ := strconv.ParseUint(m[3], 16, 64)
	return place{Symbol: m[1], Offset: offset, Size: size}
}
