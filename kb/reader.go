package kb

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Limits on what is read from a directory that somebody else may have filled.
const (
	mostEntryBytes = 256 << 10
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
	base := &Base{byID: make(map[string]*compiled), logs: make(map[string][]byte)}
	var problems []Problem
	files := make(map[string]string) // id: the file that had it first
	for _, item := range dir {
		name := item.Name()
		isEntry, isLog := strings.HasSuffix(name, ".yaml"), strings.HasSuffix(name, ".log")
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
			continue
		}
		if isLog {
			base.logs[name] = data
			continue
		}
		entry, found := readEntry(name, data)
		if entry != nil && entry.ID != "" {
			// On a file system that does not mind case, two such names are one file: so ids are compared without case.
			key := strings.ToLower(entry.ID)
			if first, taken := files[key]; taken {
				found = append(found, locate(name, data, []finding{{
					path: []any{"id"}, text: fmt.Sprintf("Id %q is already taken by %s.", entry.ID, first),
				}})...)
			} else {
				files[key] = name
			}
		}
		problems = append(problems, found...)
		usable := entry != nil
		for _, p := range found {
			usable = usable && p.bearable
		}
		if usable {
			base.byID[entry.ID] = compile(entry)
		}
	}
	problems = append(problems, checkLogs(base, files)...)
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

// checkLogs finds missing and stray logs.
func checkLogs(base *Base, files map[string]string) []Problem {
	var problems []Problem
	for id, file := range files {
		want := strings.TrimSuffix(file, ".yaml")
		for _, suffix := range []string{".log", ".miss.log"} {
			data, found := base.logs[want+suffix]
			switch {
			case !found:
				problems = append(problems, Problem{
					File: file, Text: fmt.Sprintf("Log %s is missing.", want+suffix), bearable: true,
				})
			case len(strings.TrimSpace(string(data))) == 0:
				problems = append(problems, Problem{File: want + suffix, Text: "The log is empty.", bearable: true})
			}
		}
		_ = id
	}
	owned := make(map[string]bool, len(files))
	for _, file := range files {
		owned[strings.TrimSuffix(file, ".yaml")] = true
	}
	for name := range base.logs {
		if !owned[logID(name)] {
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
	if fatal {
		return nil, problems
	}
	findings := entry.check(strings.TrimSuffix(path.Base(name), ".yaml"))
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
	return Problem{File: name, Line: e.Mark.Line, Column: e.Mark.Column, Text: sentence(text)}
}

// sentence gives a text from elsewhere a capital and a full stop, and keeps it on one line.
func sentence(s string) string {
	s = strings.Join(strings.Fields(s), " ")
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
