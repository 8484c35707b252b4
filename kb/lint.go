package kb

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Lint checks every entry at the top of fsys and the logs beside them, and returns all problems found, sorted by file
// and line; none means that everything is fine.
func Lint(fsys fs.FS) []Problem {
	_, problems, err := readBase(fsys)
	if err != nil {
		return []Problem{{File: ".", Text: sentence(err.Error())}}
	}
	return problems
}

// The words that the fields of an entry may use. The kinds and architectures are those of the report format.
var (
	knownClasses    = []string{"bug", "lesson"}
	knownQualities  = []string{"rich", "thin"}
	knownSubsystems = []string{
		"conntrack", "nat", "nf_tables", "xtables", "ipset", "ipvs", "bridge", "queue", "log", "flowtable", "other",
	}
	knownKinds = []string{
		"null-deref", "paging-request", "gpf", "stack-segment", "bug", "warn", "refcount", "list-corruption",
		"divide-error", "invalid-opcode", "double-fault", "stack-overflow", "unaligned", "soft-lockup", "hard-lockup",
		"rcu-stall", "hung-task", "workqueue-stall", "lockdep", "atomic-sleep", "page-state", "kcsan", "ubsan",
		"memory-leak", "mce", "oom-panic", "panic", "other",
	}
	knownKindFamilies = []string{"kasan-", "kmsan-", "kfence-"}
	knownArchs        = []string{
		"i386", "x86_64", "arm", "arm64", "mips", "mips64", "ppc", "ppc64", "riscv64", "s390x", "loongarch64", "sparc64",
		"ia64",
	}
	knownContexts   = []string{"task", "softirq", "hardirq", "nmi"}
	knownAccesses   = []string{"read", "write", "exec"}
	knownConditions = []string{
		"kind", "arch", "module", "trace_module", "function", "site", "frame", "context", "access", "poison", "address",
		"taint", "build", "panic", "comm",
	}
)

// checker collects findings; at says where in the document it is.
type checker struct {
	findings []finding
}

func (c *checker) report(path []any, format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok && len(s) > mostText {
			args[i] = strings.ToValidUTF8(s[:mostText], "") + "…"
		}
	}
	c.findings = append(c.findings, finding{path: path, text: fmt.Sprintf(format, args...)})
}

func at(path ...any) []any { return path }

func (c *checker) required(value string, path ...any) {
	if strings.TrimSpace(value) == "" {
		c.report(path, "%s is missing.", pathName(path))
	}
}

func (c *checker) oneOf(value string, allowed []string, path ...any) {
	if value != "" && !slices.Contains(allowed, value) {
		c.report(path, "%s %q is none of %s.", pathName(path), value, strings.Join(allowed, ", "))
	}
}

func (c *checker) version(value string, path ...any) {
	if value == "" {
		return
	}
	if _, ok := parseVersion(value); !ok {
		c.report(path, "%s %q is no kernel version such as 6.1.90, 6.13-rc2 or 2.6.11.10.", pathName(path), value)
	}
}

func (c *checker) commit(value string, path ...any) {
	if len(value) < 12 || len(value) > 40 || !isHex(value) || strings.ToLower(value) != value {
		c.report(path, "%s %q is no commit hash of 12 to 40 small hex digits.", pathName(path), value)
	}
}

func (c *checker) symbol(value string, path ...any) {
	name, module, inModule := strings.Cut(value, " [")
	if !isSymbol(name) || inModule && (!strings.HasSuffix(module, "]") || !isModule(strings.TrimSuffix(module, "]"))) {
		c.report(path, "%s %q is no function name, nor one with a module as in \"match [ipt_limit]\".",
			pathName(path), value)
	}
}

// pathName names a place as a reader would: fixed.commits[1].
func pathName(path []any) string {
	var b strings.Builder
	for i, step := range path {
		switch s := step.(type) {
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s)
		case int:
			b.WriteString("[" + strconv.Itoa(s) + "]")
		}
	}
	return b.String()
}

// check returns everything that is wrong with the entry's content. fileID is its file's name without the ending.
func (e *Entry) check(fileID string) []finding {
	c := new(checker)
	c.identity(e, fileID)
	c.crash(e)
	c.history(e)
	c.advice(e)
	return c.findings
}

func (c *checker) identity(e *Entry, fileID string) {
	c.required(e.ID, "id")
	switch {
	case e.ID == "":
	case !isID(e.ID):
		c.report(at("id"), "Id %q is not made of 3 to 80 letters, digits, dots, dashes and underscores.", e.ID)
	case e.ID != fileID:
		c.report(at("id"), "Id %q is not the name of its file, %s.yaml.", e.ID, fileID)
	}
	c.required(e.Title, "title")
	if strings.Contains(strings.TrimSpace(e.Title), "\n") || len(e.Title) > 120 {
		c.report(at("title"), "The title is more than one line of 120 bytes.")
	}
	c.required(e.Class, "class")
	c.oneOf(e.Class, knownClasses, "class")
	c.required(e.Quality, "quality")
	c.oneOf(e.Quality, knownQualities, "quality")
	c.required(e.Subsystem, "subsystem")
	c.oneOf(e.Subsystem, knownSubsystems, "subsystem")
	c.required(e.Symptom, "symptom")
	c.required(e.RootCause, "root_cause")
	for i, cve := range e.CVE {
		if !isCVE(cve) {
			c.report(at("cve", i), "cve[%d] %q is no number such as CVE-2024-42270.", i, cve)
		}
	}
	if len(e.Sources) == 0 {
		c.report(at("sources"), "sources is missing: every fact needs one.")
	}
	for i, s := range e.Sources {
		c.required(s.Facts, "sources", i, "facts")
		c.required(s.Where, "sources", i, "where")
	}
}

func (c *checker) crash(e *Entry) {
	if isLesson := e.Class == "lesson"; isLesson != strings.HasPrefix(e.ID, lessonPrefix) {
		c.report(at("class"), "The ids of lessons, and no others, start with %s.", lessonPrefix)
	} else if isLesson && len(e.Requires) == 0 {
		c.report(at("requires"), "requires is missing: a lesson fits by what it requires.")
	}
	if len(e.Functions) == 0 && len(e.Code) == 0 && e.Quality != "thin" && e.Class != "lesson" {
		c.report(at("functions"), "Without functions and code nothing can match.")
	}
	if e.Quality == "thin" && len(e.Sites)+len(e.Faults)+len(e.Code)+len(e.Frames) > 0 {
		c.report(at("quality"), "The entry is thin, but holds facts of a log: read the fix and make it rich.")
	}
	for i, f := range e.Functions {
		c.symbol(f, "functions", i)
		if genericSites[parsePlace(f).symbol] {
			c.report(at("functions", i), "functions[%d] %q is a generic crash site: name the function behind it.", i, f)
		}
	}
	for i, m := range e.Modules {
		if !isModule(strings.ReplaceAll(m, "*", "x")) {
			c.report(at("modules", i), "modules[%d] %q is no module name.", i, m)
		}
	}
	if len(e.Kinds) == 0 {
		c.report(at("kinds"), "kinds is missing.")
	}
	for i, k := range e.Kinds {
		if !isKind(k) {
			c.report(at("kinds", i), "kinds[%d] %q is no kind of the report format.", i, k)
		}
	}
	for i, x := range e.Contexts {
		c.oneOf(x, knownContexts, "contexts", i)
	}
	for i, s := range e.Sites {
		if _, _, _, ok := parseSite(s.At); !ok {
			c.report(at("sites", i, "at"), "sites[%d].at %q is not of the form function+0x1f/0x200.", i, s.At)
		}
		c.oneOf(s.Arch, knownArchs, "sites", i, "arch")
	}
	for i, f := range e.Faults {
		if f.Offset == nil && f.Address == nil && f.Poison == "" {
			c.report(at("faults", i), "faults[%d] has neither offset nor address nor poison.", i)
		}
		c.oneOf(f.Access, knownAccesses, "faults", i, "access")
		c.oneOf(f.Arch, knownArchs, "faults", i, "arch")
		c.window(f.Kernel, "faults", i, "kernel")
	}
	for i, s := range e.Code {
		c.required(s.Arch, "code", i, "arch")
		c.oneOf(s.Arch, knownArchs, "code", i, "arch")
		if x86 := s.Arch == "i386" || s.Arch == "x86_64"; x86 && len(s.Shape) == 0 {
			c.report(at("code", i, "shape"), "code[%d].shape is missing.", i)
		} else if !x86 && len(s.Shape) > 0 && slices.Contains(knownArchs, s.Arch) {
			c.report(at("code", i, "shape"), "code[%d].shape: shapes are for i386 and x86_64, elsewhere ref has to do.", i)
		}
		c.hexBytes(s.Ref, "code", i, "ref")
		c.oneOf(s.Tells, []string{"bug", "fix"}, "code", i, "tells")
	}
	for i, sequence := range e.Frames {
		if len(sequence) < 2 || len(sequence) > 24 {
			c.report(at("frames", i), "frames[%d] has %d calls, a sequence has 2 to 24.", i, len(sequence))
		}
		for j, f := range sequence {
			c.symbol(f, "frames", i, j)
		}
	}
	c.conditions(e.Requires, "requires")
	c.conditions(e.Excludes, "excludes")
}

func (c *checker) conditions(list []Condition, key string) {
	for i, x := range list {
		c.required(x.Fact, key, i, "fact")
		c.oneOf(x.Fact, knownConditions, key, i, "fact")
		if len(x.Any) == 0 {
			c.report(at(key, i), "%s[%d].any is missing.", key, i)
		}
		for j, v := range x.Any {
			c.required(v, key, i, "any", j)
		}
	}
}

// hexBytes checks pairs of hex digits with single blanks between them, at least as many as a fragment has to have.
func (c *checker) hexBytes(value string, path ...any) {
	pairs := strings.Split(value, " ")
	for _, p := range pairs {
		if len(p) != 2 || !isHex(p) {
			c.report(path, "%s %q is not made of hex bytes with single blanks between them.", pathName(path), value)
			return
		}
	}
	if len(pairs) < leastCodeBytes {
		c.report(path, "%s has %d bytes, a signature needs %d.", pathName(path), len(pairs), leastCodeBytes)
	}
}

func (c *checker) window(w Window, path ...any) {
	c.version(w.From, append(slices.Clone(path), "from")...)
	c.version(w.Before, append(slices.Clone(path), "before")...)
	from, ok1 := parseVersion(w.From)
	before, ok2 := parseVersion(w.Before)
	if ok1 && ok2 && compareKernels(from, before) >= 0 {
		c.report(path, "%s is empty: from %s is not before %s.", pathName(path), w.From, w.Before)
	}
}

func (c *checker) history(e *Entry) {
	c.version(e.Introduced.Mainline, "introduced", "mainline")
	if e.Introduced.Commit != "" {
		c.commit(e.Introduced.Commit, "introduced", "commit")
	}
	c.streams(e.Introduced.Stable, "introduced")
	c.version(e.Fixed.Mainline, "fixed", "mainline")
	c.streams(e.Fixed.Stable, "fixed")
	for i, h := range e.Fixed.Commits {
		c.commit(h, "fixed", "commits", i)
	}
	from, ok1 := parseVersion(e.Introduced.Mainline)
	fixed, ok2 := parseVersion(e.Fixed.Mainline)
	if ok1 && ok2 && compareKernels(from, fixed) > 0 {
		c.report(at("fixed", "mainline"), "Fixed in %s, before it came in with %s.", e.Fixed.Mainline, e.Introduced.Mainline)
	}
	for i, w := range e.Affected.Windows {
		c.window(w, "affected", "windows", i)
		if w.From == "" && w.Before == "" {
			c.report(at("affected", "windows", i), "affected.windows[%d] has neither from nor before.", i)
		}
	}
	for i, b := range e.Affected.Builds {
		c.required(b.Release, "affected", "builds", i, "release")
		c.required(b.Affected, "affected", "builds", i, "affected")
		c.oneOf(b.Affected, []string{"yes", "no"}, "affected", "builds", i, "affected")
	}
}

// streams checks that each version belongs to the series it is listed under.
func (c *checker) streams(stable map[string]string, key string) {
	for _, series := range slices.Sorted(maps.Keys(stable)) {
		v := stable[series]
		k, ok := parseVersion(v)
		switch {
		case !ok:
			c.version(v, key, "stable", series)
			if v == "" {
				c.report(at(key, "stable", series), "%s.stable.%s has no version.", key, series)
			}
		case seriesName(k) != series:
			c.report(at(key, "stable", series), "%s.stable: %s is no release of the series %s.", key, v, series)
		}
	}
}

func (c *checker) advice(e *Entry) {
	c.oneOf(e.Preconditions.UserNamespaces, []string{"yes", "no"}, "preconditions", "user_namespaces")
	if e.Workaround.Text != "" {
		c.required(e.Workaround.Cost, "workaround", "cost")
		c.required(e.Workaround.Undo, "workaround", "undo")
	}
	if e.Fix.Diff != "" {
		if _, err := parseDiff(e.Fix.Diff); err != nil {
			c.report(at("fix", "diff"), "fix.diff is no unified diff: %v.", err)
		}
	}
	if p := e.Pattern; p.File != "" || p.Function != "" || len(p.Faulty)+len(p.Fixed) > 0 {
		c.required(p.File, "check", "file")
		c.required(p.Function, "check", "function")
		if len(p.Faulty) == 0 || len(p.Fixed) == 0 {
			c.report(at("check"), "check needs both faulty and fixed.")
		}
		for key, pieces := range map[string][]string{"faulty": p.Faulty, "fixed": p.Fixed} {
			positive := 0
			for i, piece := range pieces {
				rest, no := strings.CutPrefix(piece, absent)
				if len(tokens(rest)) == 0 {
					c.report(at("check", key, i), "check.%s[%d] holds no code.", key, i)
				}
				if !no {
					positive++
				}
			}
			if positive == 0 && len(pieces) > 0 {
				c.report(at("check", key), "check.%s only says what must not be there.", key)
			}
		}
	}
	for i, r := range e.References {
		if !strings.HasPrefix(r, "https://") && !strings.HasPrefix(r, "http://") || strings.ContainsAny(r, " \t\n\"<>") {
			c.report(at("references", i), "references[%d] %q is no web address.", i, r)
		}
	}
}
