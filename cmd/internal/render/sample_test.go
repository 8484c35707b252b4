package render

import "github.com/nfoops/nfoops/cmd/internal/triage"

func ptr[T any](v T) *T { return &v }

// sample is a report in which every field is set.
func sample() *triage.Report {
	return &triage.Report{
		Title:     "BUG: unable to handle kernel NULL pointer dereference in count_them",
		AltTitles: []string{"bad-access in count_them"},
		Kind:      "null-deref", Severity: "panic", Kernel: "2.6.11.10", KernelBuild: "#3 Tue May 17 12:00:00 CEST 2005",
		Arch: "i386", Host: "gate", Time: "May 17 12:03:04", CPU: ptr(0), PID: ptr(2214), Comm: "telnet",
		Tainted: []string{"P"}, Context: "softirq",
		IP: &triage.Place{
			Address: "0xf8a450a5", Symbol: "count_them", Offset: "0xa5", Size: "0x1c0", Module: "ipt_connlimit",
			File: "net/ipv4/netfilter/ipt_connlimit.c", Line: 217,
			Inlines:    []triage.Inline{{Symbol: "tuplehash_to_ctrack", File: "include/linux/ip_conntrack.h", Line: 90}},
			Candidates: []string{"a.c:1", "b.c:2"}, Forced: true,
		},
		FaultAddress: "0x54", Access: "read", ErrorCode: "0x0",
		Registers: map[string]triage.Hex{"eax": "0x0", "ebx": "0xde4c3124", "ecx": "0x3", "edx": "0xdd6afc51", "esp": "0xdd6afc2c"},
		Order:     []string{"eax", "ebx", "ecx", "edx", "esp"},
		Code: &triage.Code{
			Bytes: "85 db 74 6f 80 78 54 07 0f", FaultIndex: ptr(4), Unit: 1, Confidence: 0.97, Note: "the last instruction is cut",
			Instructions: []triage.Instruction{
				{Offset: -4, Bytes: "85 db", Text: "test %ebx,%ebx"},
				{Offset: -2, Bytes: "74 6f", Text: "je 0xf8a45114", Reliable: true},
				{Offset: 0, Bytes: "80 78 54 07", Text: "cmpb $0x7,0x54(%eax)", Fault: true, Reliable: true, Note: "reads NULL + 0x54"},
				{Offset: 4, Bytes: "0f", Text: "(bad)", Note: "cut"},
			},
		},
		Trace: []triage.Frame{
			{Place: triage.Place{Address: "0xf8a451fa", Symbol: "match", Offset: "0x3a", Size: "0x90", Module: "ipt_connlimit"}, Reliable: true, Context: "softirq", LogLine: 20},
			{Place: triage.Place{Address: "0xc0269190", Symbol: "ip_local_deliver_finish", Offset: "0x0", Size: "0x190"}, Context: "softirq", LogLine: 21},
			{Place: triage.Place{Symbol: "nf_iterate", Offset: "0x65", Size: "0xb0", File: "net/core/netfilter.c", Line: 325}, Reliable: true, Context: "task", Inlined: true, LogLine: 22},
			{Place: triage.Place{Address: "0xc0103363"}, Reliable: true, Context: "task", LogLine: 23, ByOrder: true},
		},
		Modules: []string{"ipt_REJECT", "ipt_connlimit", "ip_conntrack"}, Panic: "Fatal exception in interrupt",
		FollowOn:  []triage.FollowOn{{Title: "Kernel panic - not syncing: Fatal exception in interrupt", Line: 60}},
		Corrupted: true, Completeness: 0.87,
		Damage:  []triage.Damage{{Kind: "code-cut", Line: 59, Detail: "the Code: line is cut: 9 units are left"}},
		Culprit: &triage.Culprit{Symbol: "match", Module: "ipt_connlimit", Why: "count_them is inlined into it", File: "net/ipv4/netfilter/ipt_connlimit.c", Line: 260},
		Cause: &triage.Cause{
			Summary: "reads 1 byte at 0x54 = %eax (0x0) + 0x54; %eax is NULL", BaseRegister: "eax", BaseValue: "0x0", Offset: "0x54",
			Struct: "ip_conntrack", Field: "proto.tcp.state", Poison: "NULL",
		},
		Verdict: triage.Verdict{Status: "known", ID: "an-entry", Sentence: "This is a bug that is known."},
		Matches: []triage.Match{
			{
				ID: "an-entry", Title: "The state of a connection is read before the connection is known", Class: "bug", Verdict: "known", Score: 0.93,
				Evidence: []triage.Evidence{{Fact: "The crash is in count_them.", Weight: 0.4, Line: 11}, {Fact: "The access is 0x54 bytes past NULL.", Weight: 0.3}},
				Against:  []triage.Evidence{{Fact: "The kernel is tainted.", Weight: 0.1, Line: 9}},
				Affected: "yes", FixedIn: []string{"2.6.12", "2.6.11.12"},
				Fix: &triage.Fix{
					Commit: "9e8f1ba3c2d1aabbccdd", Subject: "connlimit: test the entry first", Explanation: "The order of the tests counts.",
					Diff: "--- a/f.c\n+++ b/f.c\n@@ -1,2 +1,2 @@\n \tfound = NULL;\n-\tif (a && b)\n+\tif (b && a)\n",
				},
				Workaround: "Take the rule out.", WorkCost: "No limit.", WorkUndo: "Add it again.", RootCause: "Order.",
				CVE: []string{"CVE-2005-0000"}, References: []string{"https://example.org/"},
			},
			{
				ID: "another-entry", Title: "Something alike", Class: "bug", Verdict: "possible", Score: 0.21, Affected: "unknown",
				Evidence: []triage.Evidence{}, Against: []triage.Evidence{{Fact: "The module is not loaded.", Weight: 0.5}},
				FixedIn: []string{}, References: []string{},
			},
		},
		Symbols: []triage.SymbolSource{
			{Name: "System.map", Used: true, Detail: "verified by 29 symbols of the log"},
			{Name: "System.map.old", Detail: "refused: nf_iterate is at 0xc0269000 there"},
		},
		Missing: []triage.Missing{{What: "the sources", Gives: "the line", How: "apt source linux"}},
		Advice: []triage.Step{
			{Text: "Boot a kernel that has the fix: 2.6.12."},
			{
				Text: "Until then take the rule out:", More: "Nothing else helps.", Cost: "no limit to the number of connections", Undo: "add it again",
				Command: `iptables -D INPUT -p tcp --syn --dport 22 -m connlimit --connlimit-above 1 -m comment --comment "only one at a time" -j REJECT`,
			},
		},
		Fingerprint: triage.Fingerprint{Exact: "45866f9b0f298744", Similar: "d2ba376fd5c22943"},
		Span:        triage.Span{FirstLine: 1, LastLine: 60, Offset: 0, Length: 3211},
		Input:       "oops.txt",
		Test:        &triage.Test{Name: "net: conntrack.sh", State: "running", Runner: "kselftest", Line: 1},
		Count:       3,
		Places:      []triage.Spot{{Input: "oops.txt", Line: 1}, {Input: "oops.txt", Line: 212}},
		Standing:    &triage.Standing{Finding: true, Base: "new", Ignored: "told upstream"},
		Quotes:      map[int]string{11: "EIP is at count_them+0xa5/0x1c0 [ipt_connlimit]", 59: "Code: 85 db"},
		Facts:       map[string]int{"title": 1, "kernel": 10, "ip": 11, "cpu": 8, "pid": 15, "code": 59, "panic": 60, "registers": 12, "modules": 7},
	}
}

// nothing is a report of a crash of which next to nothing is known.
func nothing() *triage.Report {
	return &triage.Report{
		Title: "kernel panic: Fatal exception", AltTitles: []string{}, Kind: "panic", Severity: "panic", Arch: "unknown",
		Tainted: []string{}, Context: "unknown", Registers: map[string]triage.Hex{}, Trace: []triage.Frame{}, Modules: []string{},
		FollowOn: []triage.FollowOn{}, Damage: []triage.Damage{}, Verdict: triage.Verdict{Status: "unknown"}, Matches: []triage.Match{},
		Symbols: []triage.SymbolSource{}, Missing: []triage.Missing{}, Advice: []triage.Step{},
	}
}

func sampleDocument(reports ...*triage.Report) *triage.Document {
	return &triage.Document{
		Schema: triage.Schema, Tool: triage.Tool{Version: "v0", KB: "2 entries"},
		Inputs:     []triage.Input{{Name: "oops.txt", Bytes: 3211, SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
		Reports:    reports,
		Suspicious: []triage.Suspicion{{Line: 70, Text: "Ooops 12", Why: "it looks like the first line of an oops"}},
	}
}
