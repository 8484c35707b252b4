package kb

import "testing"

func TestParseKernel(t *testing.T) {
	tests := []struct {
		release, build string
		want           kernel
		ok             bool
	}{
		{"2.6.11.10", "", kernel{series: [3]int{2, 6, 11}, point: 10, pointKnown: true}, true},
		{"2.4.18", "", kernel{series: [3]int{2, 4, 18}, pointKnown: true}, true},
		{"5.10.121", "", kernel{series: [3]int{5, 10, 0}, point: 121, pointKnown: true}, true},
		{"6.1.90-1-amd64", "", kernel{series: [3]int{6, 1, 0}, point: 90, pointKnown: true}, true},
		{"6.1.0-21-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.90-1 (2024-05-03)",
			kernel{series: [3]int{6, 1, 0}, point: 90, pointKnown: true}, true},
		{"6.1.0-21-amd64", "", kernel{series: [3]int{6, 1, 0}}, true},
		{"5.10.0-0.deb10.16-amd64", "", kernel{series: [3]int{5, 10, 0}}, true},
		{"2.6.32-5-686", "", kernel{series: [3]int{2, 6, 32}}, true},
		{"6.12.38+deb13-amd64", "", kernel{series: [3]int{6, 12, 0}, point: 38, pointKnown: true}, true},
		{"6.1.0-21-amd64", "Debian 5.10.1-1", kernel{series: [3]int{6, 1, 0}}, true},
		{"4.18.0-372.el8.x86_64", "", kernel{series: [3]int{4, 18, 0}, backports: true}, true},
		{"2.6.32-042stab084.18", "", kernel{series: [3]int{2, 6, 32}, backports: true}, true},
		{"5.4.0-42-generic", "#46-Ubuntu SMP", kernel{series: [3]int{5, 4, 0}, backports: true}, true},
		{"5.15.0-1030-aws", "#34~20.04.1-Ubuntu SMP", kernel{series: [3]int{5, 15, 0}, backports: true}, true},
		{"4.19.1-1.el7.elrepo.x86_64", "", kernel{series: [3]int{4, 19, 0}, point: 1, pointKnown: true}, true},
		{"6.1.92-99.174.amzn2023.x86_64", "", kernel{series: [3]int{6, 1, 0}, point: 92, pointKnown: true}, true},
		{"6.7.0-rc3", "", kernel{series: [3]int{6, 7, 0}, rc: 3, pointKnown: true}, true},
		{"6.13.0-rc3+", "", kernel{series: [3]int{6, 13, 0}, rc: 3, pointKnown: true, beyond: true}, true},
		{"5.6.0-rc1-00377-g2bb07f4e1d861", "", kernel{series: [3]int{5, 6, 0}, rc: 1, pointKnown: true, beyond: true}, true},
		{"6.11.0-syzkaller-08481-g88264981f208", "", kernel{series: [3]int{6, 11, 0}, pointKnown: true, beyond: true}, true},
		{"6.1.0-0.rc3.20221104gita6afa4199d3d.7.fc38.x86_64", "",
			kernel{series: [3]int{6, 1, 0}, rc: 3, pointKnown: true, beyond: true}, true},
		{"6.1.0-0.rc0.20221009gita6afa4199d3d.7.fc38.x86_64", "", kernel{}, false},
		{"5.10.103", "#0 SMP", kernel{series: [3]int{5, 10, 0}, point: 103, pointKnown: true}, true},
		{"", "", kernel{}, false},
		{"rusty", "", kernel{}, false},
		{"6", "", kernel{}, false},
		{"999999999999999.1", "", kernel{}, false},
	}
	for _, tt := range tests {
		got, ok := parseKernel(tt.release, tt.build)
		if got != tt.want || ok != tt.ok {
			t.Errorf("parseKernel(%q, %q) = %+v, %v, want %+v, %v", tt.release, tt.build, got, ok, tt.want, tt.ok)
		}
	}
}

func TestCompareKernels(t *testing.T) {
	order := []string{
		"2.4.18", "2.6.11-rc1", "2.6.11", "2.6.11.10", "2.6.12", "3.0", "3.0.1", "4.19.323", "5.10", "6.1.9", "6.1.10",
		"6.13-rc1", "6.13-rc2", "6.13-rc10", "6.13", "6.13.1", "7.0",
	}
	for i, a := range order {
		for j, b := range order {
			ka, ok1 := parseVersion(a)
			kb, ok2 := parseVersion(b)
			if !ok1 || !ok2 {
				t.Fatalf("%s or %s does not parse", a, b)
			}
			if got := compareKernels(ka, kb); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("compare(%s, %s) = %d", a, b, got)
			}
		}
	}
}

func TestAffected(t *testing.T) {
	cve := &Entry{ // CVE-2024-54031 in small
		Introduced: Introduced{Mainline: "6.13-rc2", Stable: map[string]string{"6.6": "6.6.66", "6.12": "6.12.5"}},
		Fixed: Fixed{
			Mainline: "6.13-rc6", Stable: map[string]string{"6.6": "6.6.70", "6.12": "6.12.9"}, StableComplete: true,
		},
		Affected: Affected{Builds: []Build{
			{Release: "4.18.0-553.*.el8*", Affected: "yes"}, {Release: "*Debian 6.6.69-*", Affected: "no"},
		}},
	}
	old := &Entry{ // in from 5.1 on, the list of backports may have gaps
		Introduced: Introduced{Mainline: "5.1"},
		Fixed:      Fixed{Mainline: "6.4", Stable: map[string]string{"5.10": "5.10.184"}},
	}
	backported := &Entry{ // the fix went further back than the bug: so did the bug
		Introduced: Introduced{Mainline: "5.1"},
		Fixed:      Fixed{Mainline: "6.4", Stable: map[string]string{"4.19": "4.19.300"}},
	}
	unclear := &Entry{Fixed: Fixed{Mainline: "2.6.26"}}
	modular := &Entry{Affected: Affected{
		Windows: []Window{{From: "2.6.0", Before: "2.6.23", Modules: []string{"ipt_connlimit"}}},
	}}
	tests := []struct {
		name    string
		entry   *Entry
		release string
		build   string
		modules []string
		want    string
	}{
		{"has the bug", cve, "6.6.67", "", nil, "yes"},
		{"last with the bug", cve, "6.6.69-v8+", "", nil, "yes"},
		{"has the backport", cve, "6.6.70", "", nil, "no"},
		{"later stable", cve, "6.12.40", "", nil, "no"},
		{"before the bad backport", cve, "6.6.65", "", nil, "no"},
		{"older than the bug", cve, "6.1.90", "", nil, "no"},
		{"candidate with the bug", cve, "6.13.0-rc4", "", nil, "yes"},
		{"candidate far from the fix", cve, "6.13.0-rc3+", "", nil, "yes"},
		{"candidate on its way to the fix", cve, "6.13.0-rc5+", "", nil, "unknown"},
		{"candidate with the fix", cve, "6.13.0-rc6", "", nil, "no"},
		{"before the bug in the same cycle", cve, "6.13.0-rc1", "", nil, "no"},
		{"mainline with the fix", cve, "6.13.0", "", nil, "no"},
		{"Debian says its version in the build", cve, "6.12.0-1-amd64", "Debian 6.12.6-1", nil, "yes"},
		{"Debian with the fix", cve, "6.12.0-2-amd64", "Debian 6.12.9-1", nil, "no"},
		{"Debian, the entry knows", cve, "6.6.0-9-amd64", "#1 SMP Debian 6.6.69-2 (2025-01-09)", nil, "no"},
		{"Debian, a build before", cve, "6.6.0-9-amd64", "#1 SMP Debian 6.6.68-1 (2025-01-02)", nil, "yes"},
		{"Debian without the build", cve, "6.12.0-1-amd64", "", nil, "unknown"},
		{"RHEL, not known", cve, "5.14.0-503.el9.x86_64", "", nil, "unknown"},
		{"RHEL, the entry knows", cve, "4.18.0-553.5.1.el8_10.x86_64", "", nil, "yes"},
		{"Ubuntu newer than the fix", cve, "6.14.0-15-generic", "#15-Ubuntu", nil, "no"},
		{"Ubuntu within", cve, "6.8.0-50-generic", "#51-Ubuntu", nil, "unknown"},
		{"series with a backport", old, "5.10.161", "", nil, "yes"},
		{"series without a listed backport", old, "6.1.20", "", nil, "unknown"},
		{"its first release", old, "6.1.0", "", nil, "yes"},
		{"older than the bug, gaps or not", old, "4.19.20", "", nil, "no"},
		{"bug by a backport", backported, "4.19.20", "", nil, "unknown"},
		{"bug by a backport, fixed", backported, "4.19.300", "", nil, "no"},
		{"merge window of the fix", old, "6.3.0-08481-g88264981f208", "", nil, "unknown"},
		{"start not known", unclear, "2.6.20", "", nil, "unknown"},
		{"start not known, has the fix", unclear, "2.6.27.4", "", nil, "no"},
		{"module loaded", modular, "2.6.11.10", "", []string{"ip_tables", "ipt_connlimit"}, "yes"},
		{"module not loaded", modular, "2.6.11.10", "", []string{"ip_tables", "xt_connlimit"}, "no"},
		{"modules not known", modular, "2.6.11.10", "", nil, "unknown"},
		{"outside all windows", modular, "2.6.30", "", []string{"ipt_connlimit"}, "no"},
		{"no version", cve, "", "", nil, "unknown"},
		{"entry without versions", &Entry{}, "6.1.90", "", nil, "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, known := parseKernel(tt.release, tt.build)
			f := Facts{Kernel: tt.release, KernelBuild: tt.build, Modules: tt.modules}
			if got := compile(tt.entry).isAffected(k, known, &f).String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNextSeries(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"6.1", "6.2", true}, {"6.1", "6.3", false}, {"2.6.16", "2.6.17", true}, {"2.6.39", "3.0", true},
		{"2.6.16", "3.0", false}, {"4.20", "5.0", true}, {"4.19", "5.0", false}, {"5.19", "6.0", true}, {"6.19", "7.0", true},
		{"6.12", "7.0", false}, {"6.2", "6.1", false}, {"7.1", "7.2", true}, {"2.4.20", "2.6.0", false},
	} {
		a, _ := parseVersion(tt.a)
		b, _ := parseVersion(tt.b)
		if got := isNextSeries(a, b); got != tt.want {
			t.Errorf("%s, %s: %v", tt.a, tt.b, got)
		}
	}
}
