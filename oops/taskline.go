package oops

import (
	"strconv"
	"strings"
)

// taskLine is what a line about CPU, task, taint and kernel tells.
type taskLine struct {
	cpu, pid int // -1 unknown
	comm     string
	taint    []string
	hasTaint bool
	kernel   string
	build    string
}

// parseTaskLine reads the line that dump_stack prints about the CPU and the task, in all its eras:
//
//	CPU: 0 PID: 4504 Comm: nft Tainted: G        W  O      5.9.0 #1 SMP Debian …      3.11
//	CPU: 1 UID: 0 PID: 152 Comm: nc Not tainted 6.12.9 #1 PREEMPT                    6.11
//	Pid: 0, comm: swapper Not tainted 2.6.32-71.el6.x86_64 #1 ProLiant DL360         2.6.1x
//	Pid: 0, comm: swapper Not tainted (2.6.25 #1)
//	Pid: 2345, CPU 1, comm: iptables                                                 ia64
//	CPU:    0                                                                        2.4, 2.6 i386
//	CPU: 0    Not tainted  (2.6.32 #1)                                               arm, s390
//	Process swapper (pid: 0, threadinfo=c03a4000 task=c0320b80)
//	TASK = c0000000f0f0a0c0[2345] 'iptables' THREAD: c0000000f0f0e000 CPU: 1         powerpc
//	iptables(2345): Oops -1, iptables(2345): Oops [#1]                               alpha, sparc64
func parseTaskLine(s string) (taskLine, bool) {
	t := taskLine{cpu: -1, pid: -1}
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "id: ") && strings.Contains(s, ", comm: ") {
		s = "P" + s // a paste that lost its first column
	}
	known := false
	rest, ok := strings.CutPrefix(s, "CPU")
	if !ok {
		rest, ok = strings.CutPrefix(s, "Cpu ")
	}
	if ok {
		rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(rest, ":"), "#"), " ")
		n := decLen(rest)
		if n == 0 || n > 5 || n < len(rest) && rest[n] != ' ' && rest[n] != ',' && rest[n] != ':' {
			return t, false
		}
		t.cpu, _ = strconv.Atoi(rest[:n])
		s = rest[n:]
		known = true
	}
	if rest, ok := strings.CutPrefix(s, "Process "); ok {
		if i := strings.Index(rest, " (pid: "); i > 0 {
			t.comm = strings.TrimSuffix(rest[:i], " ")
			t.pid = number(rest[i+len(" (pid: "):])
			return t, true
		}
		return t, false
	}
	if rest, ok := strings.CutPrefix(s, "TASK"); ok {
		return powerTask(rest)
	}
	i := strings.Index(s, "): Oops ")
	if i < 0 {
		i = strings.Index(s, "): Kernel ")
	}
	if i > 2 {
		if j := strings.LastIndexByte(s[:i], '('); j > 0 && decLen(s[j+1:i]) == i-j-1 {
			t.comm, t.pid = strings.TrimSpace(s[:j]), number(s[j+1:i])
			return t, true
		}
	}
	for _, key := range [...]string{"PID: ", "Pid: ", "pid: "} {
		if i := strings.Index(s[:min(len(s), 40+len(key)-1)], key); i >= 0 {
			t.pid = number(s[i+len(key):])
			known = known || t.pid >= 0
			break
		}
	}
	if !known {
		return t, false
	}
	if rest, ok := cutAfter(s, ", CPU "); ok && t.cpu < 0 {
		t.cpu = number(rest)
	}
	for _, key := range [...]string{"Comm: ", "comm: "} {
		if i := strings.Index(s, key); i >= 0 {
			s = s[i+len(key):]
			t.comm = s
			if j := taintIndex(s); j >= 0 {
				t.comm = s[:j]
			}
			t.comm, _, _ = strings.Cut(t.comm, " Kdump:") // "Kdump: loaded" (5.0 and later) stands before the taint
			t.comm = strings.TrimSpace(t.comm)
			break
		}
	}
	t.takeTaint(s)
	return t, true
}

// mayBeTaskLine is the cheap test before parseTaskLine.
func mayBeTaskLine(said *phrases) bool {
	if taskBegins.begin(said.text) != "" {
		return true
	}
	for _, p := range taskPhrases {
		if said.has(p) {
			return true
		}
	}
	return false
}

var (
	taskBegins  = beginnings("id: ", "CPU", "Cpu ", "Process ", "TASK")
	taskPhrases = phrasesOf("): Oops ", "): Kernel ", "PID: ", "Pid: ", "pid: ")
)

// powerTask reads what stands behind "TASK" in a powerpc dump: " = c0000000f0f0a0c0[2345] 'iptables' THREAD: … CPU: 1".
func powerTask(s string) (taskLine, bool) {
	t := taskLine{cpu: -1, pid: -1}
	_, rest, ok := strings.Cut(s, "[")
	if !ok || !strings.Contains(s[:len(s)-len(rest)], "=") {
		return t, false
	}
	t.pid = number(rest)
	if _, name, ok := strings.Cut(rest, "'"); ok {
		if i := strings.LastIndexByte(name, '\''); i > 0 {
			t.comm = name[:i]
		}
	}
	if cpu, ok := cutAfter(rest, "CPU: "); ok {
		t.cpu = number(cpu)
	}
	return t, t.pid >= 0
}

// lockTask reads the task of lockdep's sentences: "swapper/0/1 is trying to acquire lock:", "cat/917 takes:",
// "1 lock held by kworker/u:1/36:", "BUG: spinlock lockup suspected on CPU#0, cat/917".
func lockTask(s string) (comm string, pid int, ok bool) {
	who := ""
	if i := strings.Index(s, " is trying to "); i > 0 {
		who = s[:i]
	} else if i := strings.Index(s, " ["); i > 0 && strings.HasSuffix(s, " takes:") {
		who = s[:i]
	} else if rest, found := strings.CutPrefix(s, "BUG: spinlock "); found {
		if _, rest, found = strings.Cut(rest, ", "); found {
			who = rest
		}
	} else if rest, found := cutAfter(s, " held by "); found && strings.HasSuffix(rest, ":") {
		who = rest[:len(rest)-1]
	}
	i := strings.LastIndexByte(who, '/')
	if i <= 0 || i+1+decLen(who[i+1:]) != len(who) || i+1 == len(who) {
		return "", 0, false
	}
	return who[:i], number(who[i+1:]), true
}

// taintIndex is where the words about taint begin in s, -1 if there are none.
func taintIndex(s string) int {
	if strings.IndexByte(s, 't') < 0 {
		return -1
	}
	i := strings.Index(s, "Not tainted")
	if j := strings.Index(s, "Tainted:"); j >= 0 && (i < 0 || j < i) {
		i = j
	}
	if i < 0 && strings.HasSuffix(s, " Not") {
		i = len(s) - len("Not")
	}
	return i
}

// takeTaint reads "Tainted: P           O 5.4.0 #1 SMP" or "Not tainted 2.6.32 #1" and the kernel behind it.
func (t *taskLine) takeTaint(s string) {
	i := taintIndex(s)
	if i < 0 {
		return
	}
	s = s[i:]
	if rest, ok := strings.CutPrefix(s, "Tainted:"); ok {
		s = rest
		t.hasTaint = true
		for {
			s = strings.TrimLeft(s, " -") // Red Hat's kernels print dashes for flags of their own
			n := 0
			for n < len(s) && (s[n] >= 'A' && s[n] <= 'Z') {
				n++
			}
			if n == 0 || n < len(s) && s[n] != ' ' && s[n] != '-' {
				break
			}
			for _, c := range s[:n] {
				if c != 'G' { // G only says that no proprietary module is loaded
					t.taint = append(t.taint, string(c))
				}
			}
			s = s[n:]
		}
		if in, ok := strings.CutPrefix(s, "["); ok && strings.Contains(in, "]=") {
			s = ""
		}
	} else {
		t.hasTaint = true
		s = strings.TrimLeft(strings.TrimPrefix(s, "Not tainted"), " -")
	}
	t.takeKernel(s)
}

// takeKernel reads "5.9.0-1-amd64 #1 SMP Debian 5.9.1-1 (2020-10-17)".
func (t *taskLine) takeKernel(s string) {
	s = strings.Trim(s, " ")
	if strings.HasPrefix(s, "(") {
		s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	}
	word, rest, _ := strings.Cut(s, " ")
	word = strings.Trim(word, "(),")
	if isRelease(word) {
		t.kernel = word
		t.build = strings.TrimSpace(rest)
	}
}

// parseTaintNames reads the line of 6.11 and later: "Tainted: [W]=WARN, [O]=OOT_MODULE".
func parseTaintNames(s string) ([]string, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(s), "Tainted: [")
	if !ok {
		return nil, false
	}
	var out []string
	for part := range strings.SplitSeq("["+rest, ",") {
		part = strings.TrimSpace(part)
		if len(part) > 3 && part[0] == '[' && part[2] == ']' && part[3] == '=' {
			out = append(out, part[1:2])
		}
	}
	return out, len(out) > 0
}

// isRelease: a uname -r: "2.6.11.10", "6.1.0-21-amd64", "5.6.0-rc1+", "4.2.8-yocto-standard-19…".
func isRelease(s string) bool {
	n := decLen(s)
	if n == 0 || n > 2 || len(s) < n+2 || s[n] != '.' || decLen(s[n+1:]) == 0 || len(s) > 80 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-_+~", c) >= 0) {
			return false
		}
	}
	return true
}

// bareRelease reads lockdep's and RCU's "5.9.0-rc1 #1 Not tainted" and the eras before ("3.0.5 #1").
func bareRelease(s string) (kernel, build string, ok bool) {
	if s == "" || decLen(s[:1]) == 0 {
		return "", "", false
	}
	word, rest, found := strings.Cut(strings.TrimSpace(s), " ")
	if !found || !isRelease(word) || !strings.HasPrefix(rest, "#") {
		return "", "", false
	}
	if i := taintIndex(rest); i >= 0 {
		rest = rest[:i]
	}
	return word, strings.TrimSpace(rest), true
}

func decLen(s string) int {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// number reads the decimal digits at the start of s; -1 if there are none, or too many.
func number(s string) int {
	s = strings.TrimLeft(s, " ")
	n := decLen(s)
	if n == 0 || n > 9 {
		return -1
	}
	v, _ := strconv.Atoi(s[:n]) // nine digits
	return v
}
