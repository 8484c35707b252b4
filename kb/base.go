package kb

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed entries/*.yaml entries/*.log
var embedded embed.FS

// Base is a set of entries with their logs. It never changes once loaded and may be used by many goroutines at once.
type Base struct {
	entries []*compiled // by id
	byID    map[string]*compiled
	logs    map[string][]byte // by file name
}

// Load returns the entries that are built into the program. They are parsed once; all callers share them.
func Load() (*Base, error) { return loadEmbedded() }

var loadEmbedded = sync.OnceValues(func() (*Base, error) {
	entries, err := fs.Sub(embedded, "entries")
	if err != nil {
		return nil, err
	}
	base, problems, err := readBase(entries)
	if err == nil && len(problems) > 0 {
		err = problems[0] // can't happen in a program that passed its tests
	}
	return base, err
})

// LoadDir returns the built-in entries together with those at the top of fsys. An entry of fsys takes the place of the
// built-in one with the same id, logs included. The problems are those that Lint finds in fsys: an entry with problems
// in its YAML file is left out, one that only lacks a log is not. The error says that fsys itself can't be read.
func LoadDir(fsys fs.FS) (*Base, []Problem, error) {
	builtIn, err := Load()
	if err != nil {
		return nil, nil, err
	}
	own, problems, err := readBase(fsys)
	if err != nil {
		return nil, problems, err
	}
	merged := &Base{byID: maps.Clone(builtIn.byID), logs: maps.Clone(builtIn.logs)}
	for id, e := range own.byID {
		merged.byID[id] = e
		delete(merged.logs, id+".log")
		delete(merged.logs, id+".miss.log")
	}
	for name, data := range own.logs {
		if _, ours := own.byID[logID(name)]; ours {
			merged.logs[name] = data
		}
	}
	merged.sort()
	return merged, problems, nil
}

func (b *Base) sort() {
	b.entries = make([]*compiled, 0, len(b.byID))
	for _, id := range slices.Sorted(maps.Keys(b.byID)) {
		b.entries = append(b.entries, b.byID[id])
	}
}

// logID is the id of the entry that a log belongs to.
func logID(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".log"), ".miss")
}

// All returns every entry, sorted by id. The slice is the caller's, the entries are shared.
func (b *Base) All() []*Entry {
	all := make([]*Entry, len(b.entries))
	for i, e := range b.entries {
		all[i] = e.Entry
	}
	return all
}

// Get returns the entry with this id, case aside.
func (b *Base) Get(id string) (*Entry, bool) {
	if e, found := b.byID[id]; found {
		return e.Entry, true
	}
	for _, e := range b.entries {
		if strings.EqualFold(e.ID, id) {
			return e.Entry, true
		}
	}
	return nil, false
}

// Log returns the log that shows the bug of this entry: a crash that must match it. Don't change the bytes.
func (b *Base) Log(id string) ([]byte, bool) {
	data, found := b.logs[id+".log"]
	return data, found
}

// MissLog returns the near miss of this entry: a crash that looks like it and must not match it. Don't change the
// bytes.
func (b *Base) MissLog(id string) ([]byte, bool) {
	data, found := b.logs[id+".miss.log"]
	return data, found
}

// Signatures returns all code signatures, sorted by entry and place in it. The caller looks for each of them in the
// code of the crash and puts what it finds into Facts.Code.
func (b *Base) Signatures() []SignatureRef {
	var refs []SignatureRef
	for _, e := range b.entries {
		for n, s := range e.Code {
			refs = append(refs, SignatureRef{
				ID: e.ID, N: n, Key: codeKey(e.ID, n), Arch: s.Arch, Shape: s.Shape, Ref: s.Ref,
			})
		}
	}
	return refs
}
