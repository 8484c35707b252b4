// Package doctor looks at a machine and says whether its next crash will be seen, and understood: does netconsole speak
// and does the panic leave it the time, will pstore keep what it can't send, are names and lines of the source at hand.
//
// The checks are a table. They read files below a root that is an argument, and run nothing.
package doctor

import (
	"io/fs"
	"strconv"
	"strings"
)

// State is how a check ended.
type State string

// The states, the best first.
const (
	OK      State = "ok"
	Note    State = "note"    // nothing is wrong, and something is to be known
	Unknown State = "unknown" // it could not be read
	Bad     State = "bad"     // the next crash will tell less, or nothing
)

// Finding is what one check found.
type Finding struct {
	Check string   `json:"check"`
	State State    `json:"state"`
	Says  string   `json:"says"` // one or two sentences
	Type  []string `json:"type"` // what to type, in order; empty where there is nothing to do
}

// Debug is where the debug information of the running kernel is, as far as it was found.
type Debug struct {
	Images  []string // kernel images, those with debug information first
	Modules []string // folders of modules
}

// machine is what the checks look at.
type machine struct {
	root    fs.FS
	release string // uname -r, "" unknown
	debug   Debug
}

// check is a row: its name, and how it looks.
type check struct {
	name string
	look func(*machine) Finding
}

// checks in the order in which a crash meets them.
var checks = []check{
	{"netconsole", netconsole},
	{"netconsole target", target},
	{"panic time-out", panicTimeout},
	{"oops", oops},
	{"console level", consoleLevel},
	{"who printed", whoPrinted},
	{"pstore", pstore},
	{"kdump", kdump},
	{"kallsyms", kallsyms},
	{"debug symbols", debugSymbols},
	{"types", types},
	{"old crashes", oldCrashes},
}

// Release is the release of the kernel that runs on the machine, "" unknown.
func Release(root fs.FS) string { return (&machine{root: root}).line("proc/sys/kernel/osrelease") }

// Look makes all checks on the machine whose files are below root. debug is where its debug information was found.
func Look(root fs.FS, debug Debug) []Finding {
	m := &machine{root: root, release: Release(root), debug: debug}
	var out []Finding
	for _, c := range checks {
		f := c.look(m)
		if f.Says == "" {
			continue // it does not concern this machine
		}
		f.Check = c.name
		if f.Type == nil {
			f.Type = []string{}
		}
		out = append(out, f)
	}
	return out
}

// readMost bounds what is read of a file, in bytes.
const readMost = 1 << 20

// read gives a file, "" where it can't be read.
func (m *machine) read(name string) (text string, ok bool) {
	f, err := m.root.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close()
	var b strings.Builder
	buf := make([]byte, 32<<10)
	for b.Len() < readMost {
		n, err := f.Read(buf) // files of /proc have no size
		b.Write(buf[:n])
		if err != nil || n == 0 {
			break
		}
	}
	return b.String(), true
}

// line gives the first line of a file, without blanks around; "" where it can't be read.
func (m *machine) line(name string) string {
	text, _ := m.read(name)
	first, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(first)
}

// number gives the first number of a file.
func (m *machine) number(name string) (int, bool) {
	word, _, _ := strings.Cut(strings.ReplaceAll(m.line(name), "\t", " "), " ")
	n, err := strconv.Atoi(word)
	return n, err == nil
}

// names lists a folder, nothing where it can't be read.
func (m *machine) names(dir string) []string {
	entries, err := fs.ReadDir(m.root, dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func (m *machine) exists(name string) bool {
	_, err := fs.Stat(m.root, name)
	return err == nil
}

// version is the kernel's, as major and minor number; 0 where it is unknown.
func (m *machine) version() (major, minor int) {
	parts := strings.SplitN(m.release, ".", 3)
	if len(parts) < 2 {
		return 0, 0
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return 0, 0
	}
	digits := parts[1]
	if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = digits[:i]
	}
	minor, _ = strconv.Atoi(digits)
	return major, minor
}

// since says whether the kernel is at least this old; unknown is no.
func (m *machine) since(major, minor int) bool {
	a, b := m.version()
	return a > major || a == major && b >= minor
}

// config is the value of an option of the kernel's configuration: "y", "m", "n"; "" where it can't be told.
func (m *machine) config(option string) string {
	text, ok := m.read("boot/config-" + m.release)
	if !ok || m.release == "" {
		return ""
	}
	for line := range strings.Lines(text) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), option+"="); ok {
			return v
		}
	}
	return "n"
}
