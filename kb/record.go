package kb

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// record is one entry of a Base. A built-in one stays text until somebody needs it: most crashes concern few of them,
// and a program that looks one up should not pay for all.
type record struct {
	id string
	// symbols holds the names of all functions and sites of the entry, with blanks between; empty means that nobody
	// looked.
	symbols string
	// code and text are columns of the generated file, see generatedLine; empty for an entry that was parsed when it was
	// read. files is where its logs are.
	code, text string
	files      fs.FS

	once sync.Once
	// entry is nil until load, and stays nil if the text is broken: the tests don't let such an entry into a build.
	entry     *compiled
	log, miss []byte // of an entry without files
}

func (r *record) load() *compiled {
	r.once.Do(func() {
		if r.entry != nil {
			return
		}
		e := new(Entry)
		if err := json.Unmarshal([]byte(r.text), e); err == nil {
			r.entry = compile(e)
		}
	})
	return r.entry
}

// signatures returns the entry's code signatures. They are wanted for every crash, so that a built-in entry is not
// parsed for them.
func (r *record) signatures() []Signature {
	if r.text == "" {
		return r.entry.Code
	}
	if r.code == "" {
		return nil
	}
	var list []Signature
	if err := json.Unmarshal([]byte(r.code), &list); err != nil {
		return nil
	}
	return list
}

func (r *record) readLog(suffix string) ([]byte, bool) {
	if r.files != nil {
		data, err := fs.ReadFile(r.files, r.id+suffix)
		return data, err == nil
	}
	data := r.log
	if suffix == missSuffix {
		data = r.miss
	}
	return data, data != nil
}

const (
	entrySuffix = ".yaml"
	logSuffix   = ".log"
	missSuffix  = ".miss.log"
)

// symbolsOf lists what candidates looks for.
func symbolsOf(e *compiled) string {
	var names []string
	for _, p := range e.functions {
		names = append(names, p.symbol)
	}
	for _, s := range e.sites {
		names = append(names, s.symbol)
	}
	slices.Sort(names)
	return " " + strings.Join(slices.Compact(names), " ") + " "
}

// generatedLine is a record's line in the generated file, four columns with tabs between: the id; the symbols; the code
// signatures as JSON, or nothing; the entry as JSON.
func (r *record) generatedLine() string {
	return r.id + "\t" + r.symbols + "\t" + r.code + "\t" + r.text + "\n"
}

// readGenerated takes the records of a generated file as they are. Lines that begin with # are comments.
func readGenerated(text string, logs fs.FS) (*Base, error) {
	records := make([]record, strings.Count(text, "\n"))
	base := &Base{byID: make(map[string]*record, len(records))}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if strings.HasPrefix(line, "#") {
			continue
		}
		id, rest, found1 := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		symbols, rest, found2 := strings.Cut(rest, "\t")
		code, entry, found3 := strings.Cut(rest, "\t")
		if !found1 || !found2 || !found3 || entry == "" {
			return nil, fmt.Errorf("kb: line %d of the generated entries is broken: run go generate ./kb", number)
		}
		r := &records[number-1]
		r.id, r.symbols, r.code, r.text, r.files = id, symbols, code, entry, logs
		base.byID[id] = r
	}
	base.sort()
	return base, nil
}
