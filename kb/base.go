package kb

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

// The entries are written as YAML, one file each, and built in as what go generate makes of them: one line of JSON
// each. YAML is good to write and slow to read.
//
//go:generate go test -run ^TestGeneratedFilesAreCurrent$ -update .

//go:embed entries.gen.txt
var generated string

//go:embed entries/*.log
var embedded embed.FS

// Base is a set of entries with their logs. It does not change once loaded and may be used by many goroutines at once.
type Base struct {
	records []*record // by id
	byID    map[string]*record
	// bySymbol finds the records that may match a crash by the culprit's name; unlooked are those whose names are not
	// known.
	bySymbol map[string][]*record
	unlooked []*record
}

// Load returns the entries that are built into the program. They are shared by all callers and parsed as they are
// needed, so that loading costs next to nothing.
func Load() (*Base, error) { return loadEmbedded() }

var loadEmbedded = sync.OnceValues(func() (*Base, error) {
	logs, err := fs.Sub(embedded, "entries")
	if err != nil {
		return nil, err
	}
	return readGenerated(generated, logs)
})

// LoadDir returns the built-in entries together with those at the top of fsys. An entry of fsys takes the place of the
// built-in one with the same id, case aside, logs included. The problems are those that Lint finds in fsys: an entry
// with problems in its YAML file is left out, one that only lacks a log is not. The error says that fsys itself can't
// be read.
func LoadDir(fsys fs.FS) (*Base, []Problem, error) {
	builtIn, err := Load()
	if err != nil {
		return nil, nil, err
	}
	own, problems, err := readBase(fsys)
	if err != nil {
		return nil, problems, err
	}
	merged := &Base{byID: maps.Clone(builtIn.byID)}
	for id, r := range own.byID {
		if old := builtIn.find(id); old != nil {
			delete(merged.byID, old.id)
		}
		merged.byID[id] = r
	}
	merged.sort()
	return merged, problems, nil
}

// sort puts the records in order and notes which name leads to which of them.
func (b *Base) sort() {
	b.records = make([]*record, 0, len(b.byID))
	b.bySymbol, b.unlooked = make(map[string][]*record, 4*len(b.byID)), nil
	for _, id := range slices.Sorted(maps.Keys(b.byID)) {
		r := b.byID[id]
		b.records = append(b.records, r)
		if r.symbols == "" {
			b.unlooked = append(b.unlooked, r)
		}
		for name := range strings.FieldsSeq(r.symbols) {
			b.bySymbol[name] = append(b.bySymbol[name], r)
		}
	}
}

// candidates are the records that are worth the while to parse, each once. A match needs a function or a site of the
// entry to be the culprit, which has several names; or it needs code, and then Facts name the entry.
func (b *Base) candidates(names, coded []string) []*record {
	list := slices.Clone(b.unlooked)
	for _, name := range names {
		list = append(list, b.bySymbol[name]...)
	}
	for _, id := range coded {
		if r, found := b.byID[id]; found {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(x, y *record) int { return strings.Compare(x.id, y.id) })
	return slices.Compact(list)
}

// find returns the record with this id, case aside, or nil.
func (b *Base) find(id string) *record {
	if r, found := b.byID[id]; found {
		return r
	}
	for _, r := range b.records {
		if strings.EqualFold(r.id, id) {
			return r
		}
	}
	return nil
}

// All returns every entry, sorted by id. The slice is the caller's, the entries are shared. It parses what was not
// needed before: some hundredths of a millisecond an entry.
func (b *Base) All() []*Entry {
	all := make([]*Entry, 0, len(b.records))
	for _, r := range b.records {
		if e := r.load(); e != nil {
			all = append(all, e.Entry)
		}
	}
	return all
}

// Len is the number of entries. Unlike All it parses nothing.
func (b *Base) Len() int { return len(b.records) }

// Get returns the entry with this id, case aside.
func (b *Base) Get(id string) (*Entry, bool) {
	if r := b.find(id); r != nil {
		if e := r.load(); e != nil {
			return e.Entry, true
		}
	}
	return nil, false
}

// Log returns the log that shows the bug of this entry: a crash that must match it. Don't change the bytes.
func (b *Base) Log(id string) ([]byte, bool) {
	if r := b.find(id); r != nil {
		return r.readLog(logSuffix)
	}
	return nil, false
}

// MissLog returns the near miss of this entry: a crash that looks like it and must not match it. Don't change the
// bytes.
func (b *Base) MissLog(id string) ([]byte, bool) {
	if r := b.find(id); r != nil {
		return r.readLog(missSuffix)
	}
	return nil, false
}

// Signatures returns all code signatures, sorted by entry and place in it. The caller looks for each of them in the
// code of the crash and puts what it finds into Facts.Code.
func (b *Base) Signatures() []SignatureRef {
	var refs []SignatureRef
	for _, r := range b.records {
		for n, s := range r.signatures() {
			if s.Tells == "fix" {
				continue // no crash of this bug has it
			}
			refs = append(refs, SignatureRef{
				ID: r.id, N: n, Key: codeKey(r.id, n), Arch: s.Arch, Shape: s.Shape, Ref: s.Ref,
			})
		}
	}
	return refs
}
