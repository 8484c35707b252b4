package kb

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// Limits on what is read from a directory that somebody else may have filled. An entry takes 3 KiB; the YAML library's
// search for keys that stand twice grows with the square of their number.
const (
	mostEntryBytes = 64 << 10
	mostLogBytes   = 4 << 20
	mostFiles      = 20000
)

// readBase reads all entries and logs at the top of fsys. Entries with problems are left out, unless the problem is
// one that matching can live with. The error is for fsys itself.
func readBase(fsys fs.FS) (*Base, []Problem, error) {
	dir, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, nil, fmt.Errorf("kb: %w", err)
	}
	if len(dir) > mostFiles {
		return nil, nil, fmt.Errorf("kb: %d files in one directory, more than %d", len(dir), mostFiles)
	}
	base := &Base{byID: make(map[string]*record)}
	logs := make(map[string][]byte)
	var problems []Problem
	taken := make(map[string]string) // id: the file that had it first
	var files []string               // all entry files, broken ones included
	for _, item := range dir {
		name := item.Name()
		isEntry, isLog := strings.HasSuffix(name, entrySuffix), strings.HasSuffix(name, logSuffix)
		if item.IsDir() || !isEntry && !isLog {
			continue
		}
		limit := int64(mostLogBytes)
		if isEntry {
			limit = mostEntryBytes
		}
		data, problem := readFile(fsys, name, item, limit)
		if problem != nil {
			problems = append(problems, *problem)
			if isEntry {
				files = append(files, strings.TrimSuffix(name, entrySuffix))
			}
			continue
		}
		if isLog {
			logs[name] = data
			continue
		}
		files = append(files, strings.TrimSuffix(name, entrySuffix))
		entry, found := readEntry(name, data)
		if entry != nil && entry.ID != "" {
			// On a file system that does not mind case, two such names are one file: so ids are compared without case.
			key := strings.ToLower(entry.ID)
			if first, twice := taken[key]; twice {
				found = append(found, locate(name, data, []finding{{
					path: []any{"id"}, text: fmt.Sprintf("Id %q is already taken by %s.", entry.ID, first),
				}})...)
			} else {
				taken[key] = name
			}
		}
		problems = append(problems, found...)
		usable := entry != nil
		for _, p := range found {
			usable = usable && p.bearable
		}
		if usable {
			c := compile(entry)
			base.byID[entry.ID] = &record{id: entry.ID, symbols: symbolsOf(c), entry: c}
		}
	}
	problems = append(problems, checkLogs(logs, files, base)...)
	for id, r := range base.byID {
		r.log, r.miss = logs[id+logSuffix], logs[id+missSuffix]
	}
	base.sort()
	sortProblems(problems)
	return base, problems, nil
}

func readFile(fsys fs.FS, name string, item fs.DirEntry, limit int64) ([]byte, *Problem) {
	info, err := item.Info()
	if err != nil {
		return nil, &Problem{File: name, Text: fmt.Sprintf("Can't be read: %v.", err)}
	}
	if info.Size() > limit {
		return nil, &Problem{File: name, Text: fmt.Sprintf("Has %d bytes, more than %d.", info.Size(), limit)}
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, &Problem{File: name, Text: fmt.Sprintf("Can't be read: %v.", err)}
	}
	if int64(len(data)) > limit {
		return nil, &Problem{File: name, Text: fmt.Sprintf("Has %d bytes, more than %d.", len(data), limit)}
	}
	return data, nil
}

// checkLogs finds missing and stray logs. An entry that names the places of a log has to have one, and no log goes
// without its near miss.
func checkLogs(logs map[string][]byte, files []string, base *Base) []Problem {
	var problems []Problem
	owned := make(map[string]bool, len(files))
	for _, file := range files {
		owned[file] = true
		wanted := false
		if r := base.byID[file]; r != nil {
			wanted = len(r.entry.Sites) > 0 || len(r.entry.Code) > 0
		}
		for _, suffix := range []string{logSuffix, missSuffix} {
			_, found := logs[file+suffix]
			wanted = wanted || found
		}
		for _, suffix := range []string{logSuffix, missSuffix} {
			data, found := logs[file+suffix]
			switch {
			case !found && wanted:
				problems = append(problems, Problem{
					File: file + entrySuffix, Text: fmt.Sprintf("Log %s is missing.", file+suffix), bearable: true,
				})
			case found && len(bytes.TrimSpace(data)) == 0:
				problems = append(problems, Problem{File: file + suffix, Text: "The log is empty.", bearable: true})
			}
		}
	}
	for name := range logs {
		if !owned[strings.TrimSuffix(strings.TrimSuffix(name, logSuffix), ".miss")] {
			problems = append(problems, Problem{File: name, Text: "The log belongs to no entry.", bearable: true})
		}
	}
	return problems
}

// readEntry decodes and checks one entry. The entry is nil if nothing of it could be decoded.
func readEntry(name string, data []byte) (*Entry, []Problem) {
	entry := new(Entry)
	err := yaml.Load(data, entry, yaml.WithKnownFields())
	problems, fatal := yamlProblems(name, err)
	if fatal || len(problems) > 0 && entry.ID == "" && entry.Title == "" {
		return nil, problems // nothing was decoded: what is missing is not the writer's fault
	}
	findings := entry.check(strings.TrimSuffix(path.Base(name), entrySuffix))
	if len(findings) > 0 {
		problems = append(problems, locate(name, data, findings)...)
	}
	sortProblems(problems)
	return entry, problems
}

// yamlProblems turns the library's errors into problems. fatal says that there is no document to check.
func yamlProblems(name string, err error) (problems []Problem, fatal bool) {
	if err == nil {
		return nil, false
	}
	var several *yaml.LoadErrors
	if errors.As(err, &several) && len(several.Errors) > 0 {
		for _, e := range several.Errors {
			problems = append(problems, yamlProblem(name, e))
			fatal = fatal || e.Stage != yaml.ConstructorStage
		}
		return problems, fatal
	}
	var one *yaml.LoadError
	if errors.As(err, &one) {
		return []Problem{yamlProblem(name, one)}, one.Stage != yaml.ConstructorStage
	}
	return []Problem{{File: name, Text: sentence(err.Error())}}, true
}

func yamlProblem(name string, e *yaml.LoadError) Problem {
	text := strings.TrimPrefix(e.Message, "yaml: ")
	if field, _, found := strings.Cut(strings.TrimPrefix(text, "field "), " not found in type"); found {
		text = fmt.Sprintf("Unknown key %q", field)
	}
	if what, into, found := strings.Cut(strings.TrimPrefix(text, "cannot construct !!"), " into "); found {
		text = fmt.Sprintf("Here belongs %s, not a %s", typeName(into), what)
	}
	switch text {
	case "no documents in stream":
		text = "The file is empty"
	case "expected single document, found multiple":
		text = "The file holds more than one document"
	}
	return Problem{File: name, Line: e.Mark.Line, Column: e.Mark.Column, Text: sentence(text)}
}

// typeName says in words what a Go type of an entry's field is.
func typeName(goType string) string {
	switch {
	case goType == "string":
		return "a text"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "uint"):
		return "a number"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	}
	return "a map"
}

// mostText is where a text from elsewhere, which may quote the file, is cut.
const mostText = 300

// sentence gives a text from elsewhere a capital and a full stop, and keeps it short and on one line.
func sentence(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "?")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
	if len(s) > mostText {
		s = strings.ToValidUTF8(s[:mostText], "") + "…"
	}
	if s == "" {
		return "Something is wrong here."
	}
	return strings.TrimSuffix(strings.ToUpper(s[:1])+s[1:], ".") + "."
}

// finding is something wrong at a place in the document: keys and list indexes from the top.
type finding struct {
	path []any
	text string
}

// locate gives findings the line and column of the value they are about; of the closest value above it where it is
// missing.
func locate(name string, data []byte, findings []finding) []Problem {
	var document yaml.Node
	if err := yaml.Load(data, &document); err != nil {
		document = yaml.Node{}
	}
	problems := make([]Problem, len(findings))
	for i, f := range findings {
		problems[i] = Problem{File: name, Text: f.text}
		if node := find(&document, f.path); node != nil {
			problems[i].Line, problems[i].Column = node.Line, node.Column
		}
	}
	return problems
}

func find(node *yaml.Node, path []any) *yaml.Node {
	if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	for _, step := range path {
		if node.Kind == yaml.AliasNode && node.Alias != nil {
			node = node.Alias
		}
		var next *yaml.Node
		switch s := step.(type) {
		case string:
			for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
				if node.Content[i].Value == s {
					next = node.Content[i+1]
				}
			}
		case int:
			if node.Kind == yaml.SequenceNode && s < len(node.Content) {
				next = node.Content[s]
			}
		}
		if next == nil {
			break
		}
		node = next
	}
	if node.Line == 0 {
		return nil
	}
	return node
}
