// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
)

// A scenario is one boot: what the guest does, and what is known of the crash before it happens.
type scenario struct {
	Name    string // folder of the captured case
	Flavour string // kernel: cloud-amd64, 686, arm64
	What    string // what was done, one sentence
	Groups  []string

	Story   string // connlimit module: natural or r
	Fixed   bool   // the right order of the predicates: nothing may crash
	Crash   string // the crash of the menagerie, or sysrq-c
	NoKASLR bool   // fixed addresses
	CPUs    int    // 0 is 1
	// Kernel argument panic=: 0 stays (qemu is killed), 1 reboots after a second (qemu exits). Not -1: qemu
	// is gone so fast that the last datagrams can be lost.
	PanicTimeout int
	Append       []string // further kernel arguments

	Kind    string // contract.md's word
	Panic   string // reason after "not syncing: ", "" if the kernel lives on
	Context string // task, softirq, hardirq
	Object  string // module file below build/FLAVOUR
	Site    string // our function that is to blame
	Culprit string // the kernel's function, without a Site
	Mark    string // text of the source line of the fault, or of the call, in Site
	Insn    string // regexp of the faulting instruction in Site; "" if the fault is not in Site itself
	Struct  string // type and member that the fault touched, if any
	Field   string
	Access  string // read, write, exec
	Reports int    // incidents in the log; 0 is 1
	Notes   string
}

// What faulting instructions look like in objdump's text.
const (
	insnMemory = `\(%|,0x[0-9a-f]+$|0x[0-9a-f]+,|\[x[0-9]+`
	insnTrap   = `\bud2|\bbrk\b`
	insnDivide = `\bi?div`
	insnSpin   = `pause|jmp|yield|\bb\b`
)

func connlimit(name, flavour, story string, nokaslr bool, groups ...string) scenario {
	s := scenario{
		Name: name, Flavour: flavour, Groups: append(groups, groupsOf(flavour, "story")...),
		Story: story, NoKASLR: nokaslr,
		What: "iptables -A INPUT -p tcp --syn --dport 22 -m connlimit --connlimit-above 1 -j REJECT, " +
			"then two connections over lo to port 22",
		Kind: "null-deref", Panic: "Fatal exception in interrupt", Context: "softirq",
		Object: "ipt_connlimit/ipt_connlimit.ko", Site: "count_them",
		Mark: "if (found_ct->proto.tcp.state == TCP_CONNTRACK_TIME_WAIT)", Insn: insnMemory,
		Struct: "nf_conn", Field: "proto.tcp.state", Access: "read",
		Notes: "gcc folded the NULL: on x86 the fault is at an absolute address, without a base register.",
	}
	if flavour == "arm64" {
		s.Panic = "Oops: " + s.Panic
	}
	if story == "r" {
		s.Object = "ipt_connlimit_r/ipt_connlimit.ko"
		s.Notes = "Built with the NULL hidden from gcc: the base register holds 0."
	}
	if nokaslr {
		s.PanicTimeout = 1
	}
	return s
}

// story lists the boots of the connlimit module. The first two are what CI runs.
func story() []scenario {
	fixed := connlimit("connlimit-fixed", "cloud-amd64", "natural", false, "ci", "e2e")
	fixed.Fixed = true
	return []scenario{
		connlimit("connlimit-natural-kaslr", "cloud-amd64", "natural", false, "ci", "e2e"),
		fixed,
		connlimit("connlimit-natural-nokaslr", "cloud-amd64", "natural", true, "e2e"),
		connlimit("connlimit-r-kaslr", "cloud-amd64", "r", false, "e2e"),
		connlimit("connlimit-r-nokaslr", "cloud-amd64", "r", true, "e2e"),
		connlimit("connlimit-natural-i386", "686", "natural", false, "i386"),
		connlimit("connlimit-r-i386", "686", "r", false, "i386"),
		connlimit("connlimit-natural-arm64", "arm64", "natural", false, "arm64"),
		connlimit("connlimit-r-arm64", "arm64", "r", false, "arm64"),
		connlimit("connlimit-natural-5.10", "5.10-cloud-amd64", "natural", false, "5.10"),
		connlimit("connlimit-r-5.10", "5.10-cloud-amd64", "r", false, "5.10"),
		connlimit("connlimit-natural-6.12", "6.12-cloud-amd64", "natural", false, "6.12"),
		connlimit("connlimit-r-6.12", "6.12-cloud-amd64", "r", false, "6.12"),
	}
}

// animals lists the menagerie on amd64; the fields that all share are filled in by menagerie.
var animals = []scenario{
	{Crash: "null-read", What: "reads a member of a struct through a NULL pointer",
		Kind: "null-deref", Site: "null_read", Insn: insnMemory, Struct: "animal", Field: "legs", Access: "read"},
	{Crash: "null-write", What: "writes a member of a struct through a NULL pointer, in an inlined function",
		Kind: "null-deref", Site: "null_write", Insn: insnMemory, Struct: "animal", Field: "age", Access: "write"},
	{Crash: "null-call", What: "calls a function pointer that is NULL",
		Kind: "null-deref", Site: "null_call", Mark: "/* CALLS null_call */",
		Struct: "animal", Field: "roar", Access: "exec"},
	{Crash: "list-poison", What: "reads a member of the neighbour of a list entry that list_del() has poisoned",
		Kind: "gpf", Site: "list_poison", Insn: insnMemory, Struct: "animal", Field: "age", Access: "read"},
	{Crash: "list-del-twice", What: "calls list_del() twice; CONFIG_DEBUG_LIST notices",
		Kind: "list-corruption", Site: "list_del_twice", Mark: "*", Struct: "animal", Field: "herd"},
	{Crash: "uaf", What: "follows a pointer that lies in freed memory, with slub_debug=FZPU",
		Kind: "gpf", Site: "use_after_free", Insn: insnMemory, Struct: "cage", Field: "doors", Access: "read",
		Append: []string{"slub_debug=FZPU"}},
	{Crash: "non-canonical", What: "reads through a pointer that was overwritten with text",
		Kind: "gpf", Site: "non_canonical", Insn: insnMemory, Struct: "animal", Field: "legs", Access: "read"},
	{Crash: "bug", What: "BUG_ON() that holds", Kind: "bug", Site: "plain_bug", Insn: insnTrap},
	{Crash: "warn", What: "WARN_ON() that holds", Kind: "warn", Site: "plain_warn", Insn: insnTrap},
	{Crash: "warn-text", What: "WARN() with a text", Kind: "warn", Site: "warn_text", Insn: insnTrap},
	{Crash: "refcount-underflow", What: "drops a reference that nobody holds",
		Kind: "refcount", Site: "refcount_underflow", Mark: "*", Struct: "animal", Field: "keepers"},
	{Crash: "divide", What: "divides by zero", Kind: "divide-error", Site: "divide", Insn: insnDivide},
	{Crash: "stack-overflow", What: "recurses without end",
		Kind: "stack-overflow", Site: "dig", Mark: "*", Insn: ".", Panic: "Fatal exception in interrupt",
		Notes: "The fault on the guard page runs on a stack of its own, hence the panic's \"in interrupt\"."},
	{Crash: "write-rodata", What: "writes to the module's own text, which is read-only",
		Kind: "paging-request", Site: "write_rodata", Insn: insnMemory, Access: "write"},
	{Crash: "exec-data", What: "calls an array of bytes, which is not executable",
		Kind: "paging-request", Site: "exec_data", Mark: "/* CALLS exec_data */", Access: "exec"},
	{Crash: "soft-lockup", What: "spins with preemption off; kernel.watchdog_thresh=2, kernel.softlockup_panic=1",
		Kind: "soft-lockup", Site: "soft_lockup", Mark: "*", Insn: insnSpin, Panic: "softlockup: hung tasks",
		Append: []string{"knobs=watchdog_thresh:2,softlockup_panic:1", "stay=60"}},
	{Crash: "rcu-stall",
		What: "spins in an RCU read-side section; rcu_cpu_stall_timeout=3, kernel.panic_on_rcu_stall=1",
		Kind: "rcu-stall", Site: "rcu_stall", Mark: "*", Insn: insnSpin, Panic: "RCU Stall",
		Append: []string{"rcupdate.rcu_cpu_stall_timeout=3", "knobs=panic_on_rcu_stall:1", "stay=60"}},
	{Crash: "hung-task",
		What: "sleeps uninterruptibly for ever; kernel.hung_task_timeout_secs=2, kernel.hung_task_panic=1",
		Kind: "hung-task", Site: "hung_task", Mark: "/* CALLS hung_task */", Panic: "hung_task: blocked tasks",
		Append: []string{"knobs=hung_task_timeout_secs:2,hung_task_panic:1", "stay=60"}},
	{Crash: "nested-oops", What: "faults; a die notifier faults as well while the oops is printed",
		Kind: "null-deref", Site: "nested_oops", Insn: insnMemory, Struct: "animal", Field: "age", Access: "read",
		Notes: "Two numbered Oopses of one incident: #1 in nested_oops, #2 in autopsy (animal.share), " +
			"called from the first."},
	{Crash: "hardirq-panic", What: "panic() in a timer interrupt", Kind: "panic", Context: "hardirq",
		Site: "alarm_panic", Mark: "/* CALLS hardirq_panic */", Panic: "menagerie: the keeper is asleep"},
	{Crash: "hardirq-null", What: "reads a member through a NULL pointer in a timer interrupt", Kind: "null-deref",
		Context: "hardirq", Site: "alarm_null", Insn: insnMemory, Struct: "animal", Field: "age", Access: "read",
		Panic: "Fatal exception in interrupt"},
	{Crash: "two-cpus", What: "WARN_ON() on two CPUs at the same moment", Kind: "warn", Site: "quarrel",
		Mark: "/* FAULT two_cpus */", Insn: insnTrap, CPUs: 2, Reports: 2,
		Notes: "The two reports interleave line by line."},
	{Crash: "sysrq-c", What: "echo c > /proc/sysrq-trigger", Kind: "panic", Culprit: "sysrq_handle_crash",
		Panic: "sysrq triggered crash"},
}

// cages says which animals each kernel gets, and what its cases are called; nil is all of them.
var cages = []struct {
	flavour, suffix string
	groups          []string
	animals         []string
}{
	{"cloud-amd64", "amd64", []string{"amd64"}, nil},
	{"686", "i386", []string{"i386"}, []string{"null-read", "bug", "warn"}},
	{"arm64", "arm64", []string{"arm64"}, []string{"null-read", "bug", "warn"}},
	{"5.10-cloud-amd64", "5.10", []string{"5.10"}, eraAnimals},
	{"6.12-cloud-amd64", "6.12", []string{"6.12"}, eraAnimals},
}

// groupsOf gives the groups that every case of a flavour is in. 6.12 has to be asked for: under
// qemu 7.2's TCG too many of its boots die on their own.
func groupsOf(flavour, group string) []string {
	if flavour == "6.12-cloud-amd64" {
		return nil
	}
	return []string{group, "all"}
}

// eraAnimals are those whose wording differs between the kernels of the last years.
var eraAnimals = []string{
	"null-read", "null-call", "list-del-twice", "non-canonical", "bug", "warn", "warn-text", "refcount-underflow",
	"divide", "stack-overflow", "hung-task",
}

// menagerie makes a case of every animal in every cage.
func menagerie() []scenario {
	var all []scenario
	for _, cage := range cages {
		for _, s := range animals {
			if cage.animals != nil && !slices.Contains(cage.animals, s.Crash) {
				continue
			}
			s.Name = fmt.Sprintf("menagerie-%s-%s", s.Crash, cage.suffix)
			s.Flavour = cage.flavour
			s.Groups = append(groupsOf(cage.flavour, "menagerie"), cage.groups...)
			if s.Site != "" {
				s.Object = "menagerie/menagerie.ko"
			}
			if s.Mark == "" && s.Site != "" {
				s.Mark = "/* FAULT " + s.Site + " */"
			}
			if s.Crash == "hardirq-null" {
				s.Mark = "/* FAULT hardirq_null */"
			}
			if cage.flavour == "arm64" && s.Crash != "warn" {
				s.Notes = "A WARNING of context_tracking can follow: the dead task had interrupts off. It belongs to this crash."
			}
			if s.Context == "" {
				s.Context = "task"
			}
			all = append(all, s)
		}
	}
	return all
}

// allCases is every case, in the order in which they run.
func allCases() []scenario {
	return append(story(), menagerie()...)
}

// selectCases picks cases by name or group; no name, or "every", picks all with 6.12.
func selectCases(names []string) ([]scenario, error) {
	all := allCases()
	if len(names) == 0 || slices.Equal(names, []string{"every"}) {
		return all, nil
	}
	var picked []scenario
	for _, n := range names {
		before := len(picked)
		for _, c := range all {
			if c.Name == n || slices.Contains(c.Groups, n) {
				picked = append(picked, c)
			}
		}
		if len(picked) == before {
			return nil, fmt.Errorf("no case and no group %q; harness list names them", n)
		}
	}
	return picked, nil
}
