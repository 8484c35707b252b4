package kb

import (
	"bytes"
	"io/fs"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// record is one entry of a Base. A built-in one stays text until somebody needs it: parsing YAML takes a third of a
// millisecond an entry, and most crashes concern few of them.
type record struct {
	id string
	// text is the YAML of a built-in entry and files where its logs are; both are nil for an entry that was parsed
	// when it was read.
	text  []byte
	files fs.FS

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
		if e, problems := readEntry(r.id+".yaml", r.text); e != nil && len(problems) == 0 {
			r.entry = compile(e)
		}
	})
	return r.entry
}

// mayMatch says whether it is worth the while to parse the entry. A match needs a function or a site of the entry to
// be the culprit, so the culprit's name stands in the text; or it needs code, and then Facts name the entry.
func (r *record) mayMatch(f *Facts, t *trace) bool {
	if r.text == nil {
		return true
	}
	if t.culprit != nil && bytes.Contains(r.text, []byte(t.culprit.symbol)) {
		return true
	}
	for key := range f.Code {
		if rest, found := strings.CutPrefix(key, r.id); found && strings.HasPrefix(rest, "#") {
			return true
		}
	}
	return false
}

// signatures returns the entry's code signatures. They are wanted for every crash, so that a built-in entry is not
// parsed for them: the few lines of its code list are enough.
func (r *record) signatures() []Signature {
	if r.text != nil {
		block := topLevel(r.text, "code")
		if block == nil {
			return nil
		}
		var part struct {
			Code []Signature `yaml:"code"`
		}
		if err := yaml.Load(block, &part); err == nil {
			return part.Code
		}
	}
	if e := r.load(); e != nil {
		return e.Code
	}
	return nil
}

// topLevel cuts the lines of one key of the document's top level out of an entry's text; nil if it isn't there.
func topLevel(text []byte, key string) []byte {
	start := bytes.Index(text, []byte("\n"+key+":"))
	if start < 0 {
		return nil
	}
	block := text[start+1:]
	for i := bytes.IndexByte(block, '\n'); i >= 0 && i+1 < len(block); {
		// What is indented, a list item or a comment goes on with the value; the next key ends it.
		if c := block[i+1]; c != ' ' && c != '-' && c != '#' && c != '\n' {
			return block[:i+1]
		}
		next := bytes.IndexByte(block[i+1:], '\n')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return block
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

// readRecords takes the entries of files as they are, unparsed.
func readRecords(files fs.FS) (*Base, error) {
	dir, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	base := &Base{byID: make(map[string]*record, len(dir)/3)}
	for _, item := range dir {
		id, found := strings.CutSuffix(item.Name(), entrySuffix)
		if !found {
			continue
		}
		text, err := fs.ReadFile(files, item.Name())
		if err != nil {
			return nil, err
		}
		base.byID[id] = &record{id: id, text: text, files: files}
	}
	base.sort()
	return base, nil
}
