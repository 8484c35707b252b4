// Package testrun tells from the rows before a crash which test had begun last, or ended. Call [Last].
//
// A build service's log holds the console and the words of whatever ran the tests, each in a form of its own; the forms
// are a table. Nothing here knows what a crash is.
package testrun

import (
	"bytes"
	"strings"

	"github.com/nfoops/nfoops/oops/frame"
)

// State says what the line means for what comes behind it.
type State string

// The states. After a test has ended the next one may run already, if its runner says so only at the end.
const (
	Running State = "running"
	After   State = "after"
)

// Test is what a line of a test runner says.
type Test struct {
	Name   string // as the runner prints it, 200 bytes at most; never empty
	State  State
	Runner string // whose form the line has: one of the table's
	Off    int    // where its row begins: an index of the bytes given to Last
}

// nameLimit bounds a name, in bytes.
const nameLimit = 200

// form is how one runner prints a line.
type form struct {
	runner string
	state  State
	lead   string                   // what the text begins with, behind blanks
	name   func(rest string) string // takes the name out of what follows, "" for none
}

// forms of the runners:
//   - TAP and KTAP: Documentation/dev-tools/ktap.rst; KUnit heads a suite with "# Subtest:"
//   - kselftest: tools/testing/selftests/kselftest/runner.sh
//   - LAVA: signals of lava_test_shell, docs "Writing tests"
//   - GitHub Actions: "group" of the workflow commands, and as its raw logs have it; Azure Pipelines has the same
//   - GitLab: section_start and section_end of "Job logs"
//   - fstests and blktests: what their check scripts write to /dev/kmsg
//   - LTP: ltp-pan's test_start block, and what kirk and runltp write to /dev/kmsg
//   - Go: test2json's input; gotest runs in guests, too
var forms = []form{
	{"tap", After, "ok ", tapName},
	{"tap", After, "not ok ", tapName},
	{"kselftest", Running, "# selftests: ", whole},
	{"kselftest", Running, "selftests: ", before(" [")},
	{"kunit", Running, "# Subtest: ", whole},
	{"run", Running, "# run: ", whole},
	{"lava", Running, "<LAVA_SIGNAL_STARTTC ", before(">")},
	{"lava", After, "<LAVA_SIGNAL_ENDTC ", before(">")},
	{"lava", After, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=", word},
	{"lava", Running, "<LAVA_SIGNAL_STARTRUN ", word},
	{"lava", After, "<LAVA_SIGNAL_ENDRUN ", word},
	{"github", Running, "##[group]", whole},
	{"github", Running, "::group::", whole},
	{"gitlab", Running, "section_start:", sectionName},
	{"gitlab", After, "section_end:", sectionName},
	{"fstests", Running, "run fstests ", before(" at ")},
	{"blktests", Running, "run blktests ", before(" at ")},
	{"ltp", Running, "tag=", before(" stime=")},
	{"ltp", Running, "LTP: starting ", word},
	{"go", Running, "=== RUN   ", word},
	{"go", After, "--- PASS: ", word},
	{"go", After, "--- FAIL: ", word},
	{"go", After, "--- SKIP: ", word},
}

// plainMarks can be taken for nothing else, so they may stand behind a prompt, what ran before, or any transport.
var plainMarks = []string{"<LAVA_SIGNAL_", "section_start:", "section_end:"}

// begins has the first two bytes of every lead, and breaks the bytes behind which transport may end.
var begins, breaks = func() (pairs [1 << 16]bool, ends [256]bool) {
	for _, f := range forms {
		pairs[uint16(f.lead[0])<<8|uint16(f.lead[1])] = true
	}
	for _, c := range []byte(" \t\r]>:;m") { // the m ends a colour
		ends[c] = true
	}
	return pairs, ends
}()

// Last finds the last line of a test runner in rows. They must begin with the begin of a row and end with the end of
// one; a last row without line end counts. The result holds no reference to rows.
func Last(rows []byte) (Test, bool) {
	for end := len(rows); end > 0; {
		rest := rows[:end]
		if rest[end-1] == '\n' {
			rest = rest[:end-1]
		}
		start := bytes.LastIndexByte(rest, '\n') + 1
		if gated(rest[start:]) {
			if t, ok := lastPart(rest[start:]); ok {
				t.Off += start
				return t, true
			}
		}
		end = start
	}
	return Test{}, false
}

// lastPart looks at the parts of a row between lone carriage returns, with which serial consoles overwrite, the last
// one first.
func lastPart(row []byte) (Test, bool) {
	for end := len(row); end > 0; {
		start := bytes.LastIndexByte(row[:end], '\r') + 1
		if t, ok := parse(row[start:end]); ok {
			t.Off = start
			return t, true
		}
		end = start - 1
	}
	return Test{}, false
}

// parse reads one row.
func parse(row []byte) (Test, bool) {
	if len(row) > frame.MaxRow {
		return Test{}, false
	}
	for _, line := range frame.Strip(frame.Row{Text: row}) {
		// Strip takes what it can for transport, which the words of a runner may look like.
		for _, text := range []string{line.Text, line.Raw} {
			if t, ok := match(strings.TrimSpace(text)); ok {
				return t, true
			}
		}
	}
	return Test{}, false
}

// gated says whether the lead of a form may stand somewhere behind whatever transport. Most rows have none, and are
// looked at no further.
func gated(row []byte) bool {
	after := true
	for i := 0; i+1 < len(row); i++ {
		c := row[i]
		if (after || c == '<') && begins[uint16(c)<<8|uint16(row[i+1])] && leads(row[i:]) {
			return true
		}
		after = breaks[c]
	}
	return false
}

func leads(text []byte) bool {
	for i := range forms {
		if bytes.HasPrefix(text, []byte(forms[i].lead)) {
			return true
		}
	}
	return false
}

func match(text string) (Test, bool) {
	for _, mark := range plainMarks {
		if i := strings.Index(text, mark); i > 0 {
			text = text[i:]
		}
	}
	for _, f := range forms {
		rest, fits := strings.CutPrefix(text, f.lead)
		if !fits {
			continue
		}
		name := strings.TrimSpace(f.name(rest))
		if name == "" {
			continue
		}
		return Test{Name: strings.Clone(name[:min(len(name), nameLimit)]), State: f.state, Runner: f.runner}, true
	}
	return Test{}, false
}

func whole(rest string) string { return rest }

// word is the first word, without the ends of a signal.
func word(rest string) string {
	name, _, _ := strings.Cut(rest, " ")
	return strings.TrimRight(name, ">")
}

// before is what stands before a mark that must be there.
func before(mark string) func(string) string {
	return func(rest string) string {
		name, _, found := strings.Cut(rest, mark)
		if !found {
			return ""
		}
		return name
	}
}

// tapName: "12 - name # SKIP why"; the number must be there, the dash and the directive need not.
func tapName(rest string) string {
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits == 0 || digits > 6 || digits == len(rest) || rest[digits] != ' ' {
		return ""
	}
	name := strings.TrimSpace(rest[digits:])
	name = strings.TrimPrefix(name, "- ")
	name, _, _ = strings.Cut(name, " # ")
	return strings.TrimPrefix(name, "selftests: ")
}

// sectionName: "1560896352:my_section[collapsed=true]", then \r\x1b[0K and a heading.
func sectionName(rest string) string {
	seconds, name, _ := strings.Cut(rest, ":")
	if seconds == "" || strings.Trim(seconds, "0123456789") != "" {
		return ""
	}
	end := strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.-", r))
	})
	if end >= 0 {
		name = name[:end]
	}
	return name
}
