package triage

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/oops"
)

// A codeCase is one Code: line of a log, with the crash that it is of.
type codeCase struct {
	file string // the log, from the folder of its corpus on
	line int
	a    *analysis
}

// codeCases reads every Code: line of the logs of this project, and of those below NFOOPS_CORPUS. A line that several
// logs or reports print counts once.
func codeCases(t *testing.T) []codeCase {
	t.Helper()
	roots := []string{"../../../testdata/logs", "../../../testdata/kernels/connlimit-2.6.11", "../../../kb/entries"}
	if dir := os.Getenv("NFOOPS_CORPUS"); dir != "" {
		roots = append(roots, dir)
	} else {
		t.Log("NFOOPS_CORPUS is not set: only the logs of this project are read")
	}
	var all []codeCase
	seen := map[string]bool{}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, item fs.DirEntry, err error) error {
			if err != nil || !item.Type().IsRegular() || slices.Contains([]string{".out", ".go", ".yaml", ".o", ".gz", ".c"},
				filepath.Ext(path)) {
				return err
			}
			log, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			add := func(c *oops.Crash) {
				a := &analysis{crash: c, r: fromCrash(c)}
				a.decode()
				key := a.r.Arch
				if a.r.Code != nil {
					key += a.r.Code.Bytes
				}
				if a.decoded && !seen[key] {
					seen[key] = true
					all = append(all, codeCase{filepath.ToSlash(name), c.Code.Line, a})
				}
			}
			var p oops.Parser
			arch := oops.Unknown
			for c, err := range p.Crashes(bytes.NewReader(log)) {
				if err != nil {
					return err
				}
				add(c)
				if arch == oops.Unknown {
					arch = c.Arch
				}
			}
			for i, text := range strings.Split(string(log), "\n") {
				// The code of a process that was interrupted, and of reports that belong to an earlier one.
				if text = wholeCode.FindString(text); text != "" && arch != oops.Unknown {
					c := &oops.Crash{Arch: arch}
					c.Code.Value.Text, c.Code.Line = text, i+1
					add(c)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 60 {
		t.Fatalf("%d Code: lines", len(all))
	}
	return all
}

// wholeCode is a Code: line of bytes with its mark.
var wholeCode = regexp.MustCompile(`Code:( [0-9a-f]{2}){8,} <[0-9a-f]{2}>( [0-9a-f]{2}){8,}`)

// isX86 says that a case is of one of the two x86 architectures.
func (c *codeCase) isX86() bool {
	return c.a.request.Arch == disasm.I386 || c.a.request.Arch == disasm.X8664
}

// without returns the request with n units less at the front.
func (c *codeCase) without(n int) disasm.Request {
	req := c.a.request
	req.Code.Units = req.Code.Units[n:]
	req.Code.Fault -= n
	return req
}

// Cutting up to 20 bytes off the front of a line must leave the instructions before the fault right, where they are
// said to be sure. What is right is told by the line as the log has it.
func TestSynchronisationOfLogs(t *testing.T) {
	lines, sure, right := 0, 0, 0
	for _, c := range codeCases(t) {
		if !c.isX86() || c.a.request.Code.Fault <= 0 || strings.Contains(strings.Join(c.a.request.Code.Units, ""), "?") {
			continue
		}
		starts := map[int]bool{}
		known := 0 // offset from which on the whole line is read for sure
		for i := len(c.a.listing.Insts) - 1; i >= 0; i-- {
			in := &c.a.listing.Insts[i]
			starts[in.Offset] = true
			if in.Offset < 0 && in.Reliable && in.Offset < known {
				known = in.Offset
			} else if in.Offset < 0 && !in.Reliable {
				break
			}
		}
		for n := 1; n <= 20 && n <= c.a.request.Code.Fault; n++ {
			lines++
			for _, in := range disasm.Disassemble(c.without(n)).Insts {
				if in.Offset >= 0 || !in.Reliable || in.Offset < known {
					continue
				}
				sure++
				if starts[in.Offset] {
					right++
				} else {
					t.Logf("%s:%d: %d bytes cut: %d: %s", c.file, c.line, n, in.Offset, in.Text)
				}
			}
		}
	}
	t.Logf("%d cut lines, %d instructions before the fault are marked as sure, %d of them are right: %.2f %%", lines, sure,
		right, 100*float64(right)/float64(sure))
	if right*100 < sure*99 {
		t.Errorf("%d of %d are right, less than 99 %%", right, sure)
	}
}
