package kb

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// goodEntry is the least that passes without a problem.
const goodEntry = `id: good-one
title: A bug for tests
class: bug
quality: rich
subsystem: other
symptom: It dies.
root_cause: Somebody made it up.
functions: [bad_function]
kinds: [bug]
sources:
  - {facts: all, where: this test}
`

func directory(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return fsys
}

func lintText(files map[string]string) []string {
	var lines []string
	for _, p := range Lint(directory(files)) {
		lines = append(lines, p.Error())
	}
	return lines
}

func TestLint(t *testing.T) {
	logs := func(files map[string]string) map[string]string {
		files["good-one.log"], files["good-one.miss.log"] = "BUG: it died\n", "BUG: another died\n"
		return files
	}
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"good", logs(map[string]string{"good-one.yaml": goodEntry}), nil},
		{"other files don't matter", logs(map[string]string{"good-one.yaml": goodEntry, "README.md": "hello"}), nil},
		{"no logs", map[string]string{"good-one.yaml": goodEntry}, nil},
		{"a place without a log", map[string]string{
			"good-one.yaml": goodEntry + "sites: [{at: bad_function+0x1/0x2}]\n",
		}, []string{
			"good-one.yaml: Log good-one.log is missing.",
			"good-one.yaml: Log good-one.miss.log is missing.",
		}},
		{"a log without a near miss", map[string]string{"good-one.yaml": goodEntry, "good-one.log": "x"}, []string{
			"good-one.yaml: Log good-one.miss.log is missing.",
		}},
		{"a thin entry that knows a log", map[string]string{
			"good-one.yaml": strings.Replace(goodEntry, "rich", "thin", 1) + "frames: [[bad_function, caller]]\n",
		}, []string{
			"good-one.yaml:4:10: The entry is thin, but holds facts of a log: read the fix and make it rich.",
		}},
		{"stray and empty logs", map[string]string{
			"good-one.yaml": goodEntry, "good-one.log": "\n", "good-one.miss.log": "x", "lost.log": "x",
		}, []string{
			"good-one.log: The log is empty.",
			"lost.log: The log belongs to no entry.",
		}},
		{"all mistakes of one entry at once", logs(map[string]string{"good-one.yaml": `id: good-one
title: A bug for tests
class: insect
qualty: thin
subsystem: netfilter
symptom: It dies.
functions: [kfree, "two words"]
modules: ["nf tables"]
kinds: [null-ptr]
sites:
  - {at: foo+1/2}
faults:
  - {access: read}
  - {offset: 0x54, access: peek, kernel: {from: "6.2", before: "6.1"}}
code:
  - arch: vax
    shape: []
    ref: "0f b6 4 17"
  - arch: i386
    shape: []
    ref: "90 90"
frames:
  - [one]
introduced: {mainline: "7.0"}
fixed:
  mainline: "6.x"
  stable: {"6.1": "6.6.3"}
  commits: [abc, 0123456789ABCDEF]
cve: [CVE-24-1]
workaround: {text: Don't.}
affected:
  windows: [{note: empty}]
  builds: [{release: "*", affected: maybe}]
fix:
  diff: |
    --- a/x
    +++ b/x
    @@ -1,2 +1,2 @@
    -a
requires:
  - {fact: mood, any: []}
references: ["javascript:alert(1)"]
`}), []string{
			`good-one.yaml:1:1: quality is missing.`,
			`good-one.yaml:1:1: root_cause is missing.`,
			`good-one.yaml:1:1: sources is missing: every fact needs one.`,
			`good-one.yaml:3:8: class "insect" is none of bug, lesson.`,
			`good-one.yaml:4:1: Unknown key "qualty".`,
			`good-one.yaml:5:12: subsystem "netfilter" is none of conntrack, nat, nf_tables, xtables, ipset, ipvs, bridge, ` +
				`queue, log, flowtable, other.`,
			`good-one.yaml:7:13: functions[0] "kfree" is a generic crash site: name the function behind it.`,
			`good-one.yaml:7:20: functions[1] "two words" is no function name, nor one with a module as in "match [ipt_limit]".`,
			`good-one.yaml:8:11: modules[0] "nf tables" is no module name.`,
			`good-one.yaml:9:9: kinds[0] "null-ptr" is no kind of the report format.`,
			`good-one.yaml:11:10: sites[0].at "foo+1/2" is not of the form function+0x1f/0x200.`,
			`good-one.yaml:13:5: faults[0] has neither offset nor address nor poison.`,
			`good-one.yaml:14:28: faults[1].access "peek" is none of read, write, exec.`,
			`good-one.yaml:14:42: faults[1].kernel is empty: from 6.2 is not before 6.1.`,
			`good-one.yaml:16:11: code[0].arch "vax" is none of i386, x86_64, arm, arm64, mips, mips64, ppc, ppc64, riscv64, ` +
				`s390x, loongarch64, sparc64, ia64.`,
			`good-one.yaml:18:10: code[0].ref "0f b6 4 17" is not made of hex bytes with single blanks between them.`,
			`good-one.yaml:20:12: code[1].shape is missing.`,
			`good-one.yaml:21:10: code[1].ref has 2 bytes, a signature needs 5.`,
			`good-one.yaml:23:5: frames[0] has 1 calls, a sequence has 2 to 24.`,
			`good-one.yaml:26:13: fixed.mainline "6.x" is no kernel version such as 6.1.90, 6.13-rc2 or 2.6.11.10.`,
			`good-one.yaml:27:19: fixed.stable: 6.6.3 is no release of the series 6.1.`,
			`good-one.yaml:28:13: fixed.commits[0] "abc" is no commit hash of 12 to 40 small hex digits.`,
			`good-one.yaml:28:18: fixed.commits[1] "0123456789ABCDEF" is no commit hash of 12 to 40 small hex digits.`,
			`good-one.yaml:29:7: cve[0] "CVE-24-1" is no number such as CVE-2024-42270.`,
			`good-one.yaml:30:13: workaround.cost is missing.`,
			`good-one.yaml:30:13: workaround.undo is missing.`,
			`good-one.yaml:32:13: affected.windows[0] has neither from nor before.`,
			`good-one.yaml:33:37: affected.builds[0].affected "maybe" is none of yes, no.`,
			`good-one.yaml:35:9: fix.diff is no unified diff: line 3: hunk header miscounts lines: -1 old, ` +
				`-2 new.`,
			`good-one.yaml:41:5: requires[0].any is missing.`,
			`good-one.yaml:41:12: requires[0].fact "mood" is none of kind, arch, module, trace_module, function, site, ` +
				`frame, context, access, poison, address, taint, build, panic, comm.`,
			`good-one.yaml:42:14: references[0] "javascript:alert(1)" is no web address.`,
		}},
		{"id is not the file's name", logs(map[string]string{
			"good-one.yaml": strings.Replace(goodEntry, "good-one", "other-one", 1),
		}), []string{`good-one.yaml:1:5: Id "other-one" is not the name of its file, good-one.yaml.`}},
		{"two files for one id", logs(map[string]string{
			"Good-One.yaml": strings.Replace(goodEntry, "good-one", "Good-One", 1), "good-one.yaml": goodEntry,
			"Good-One.log": "x", "Good-One.miss.log": "x",
		}), []string{
			`good-one.yaml:1:5: Id "good-one" is already taken by Good-One.yaml.`,
		}},
		{"broken YAML", logs(map[string]string{"good-one.yaml": goodEntry + "modules: [a, b\nkinds: x\n"}), []string{
			`good-one.yaml:13:6: Did not find expected ',' or ']'.`,
		}},
		{"a key twice", logs(map[string]string{"good-one.yaml": goodEntry + "title: Another\n"}), []string{
			`good-one.yaml:12:1: Mapping key "title" already defined at line 2.`,
		}},
		{"wrong types", logs(map[string]string{
			"good-one.yaml": goodEntry + "modules: nf_tables\nfaults: [{offset: many}]\n",
		}), []string{
			"good-one.yaml:12:10: Here belongs a list, not a str `nf_tables`.",
			"good-one.yaml:13:19: Here belongs a number, not a str `many`.",
		}},
		{"empty file", logs(map[string]string{"good-one.yaml": ""}), []string{"good-one.yaml: The file is empty."}},
		{"two documents", logs(map[string]string{"good-one.yaml": goodEntry + "---\n" + goodEntry}), []string{
			"good-one.yaml: The file holds more than one document.",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lintText(tt.files)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
