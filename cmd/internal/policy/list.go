package policy

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// Problem is what is wrong in one line of a baseline or an ignore file.
type Problem struct {
	File string
	Line int
	Text string
}

// Error is "FILE:LINE: what is wrong".
func (p *Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// List is a baseline or an ignore file: fingerprints, one a line.
//
//	FINGERPRINT [exp:2027-01-31] # reason
//
// Empty lines and lines that begin with # say nothing. An ignore file needs a reason in each line.
type List struct {
	name    string
	entries map[string]*entry
}

// entry is one line of a List.
type entry struct {
	line    int
	expires time.Time // the first moment at which it holds no more; zero: it holds for ever
	reason  string
	used    bool // a report had this fingerprint
}

// ListLimit is the most entries that a list may have: more is another kind of file.
const ListLimit = 1 << 20

// lineLimit is the longest line of a list, in bytes.
const lineLimit = 4096

// day is the form of the dates in a list; each lasts to its end in UTC.
const day = "2006-01-02"

// ReadBaseline reads what WriteBaseline wrote. The error is a *Problem, or that of the reader.
func ReadBaseline(name string, r io.Reader) (*List, error) { return readList(name, r, false) }

// ReadIgnore reads an ignore file. The error is a *Problem, or that of the reader.
func ReadIgnore(name string, r io.Reader) (*List, error) { return readList(name, r, true) }

func readList(name string, r io.Reader, reasons bool) (*List, error) {
	l := &List{name: name, entries: map[string]*entry{}}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, lineLimit)
	for n := 1; sc.Scan(); n++ {
		text := strings.TrimSpace(sc.Text())
		if n == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if text == "" || text[0] == '#' {
			continue
		}
		fingerprint, e, err := parseEntry(text, reasons)
		if err == nil && len(l.entries) >= ListLimit {
			err = fmt.Errorf("there are more than %d entries", ListLimit)
		}
		if old := l.entries[fingerprint]; err == nil && old != nil {
			err = fmt.Errorf("%s is in line %d already", fingerprint, old.line)
		}
		if err != nil {
			return nil, &Problem{name, n, err.Error()}
		}
		e.line = n
		l.entries[fingerprint] = e
	}
	if err := sc.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s: a line is longer than %d bytes", name, lineLimit)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return l, nil
}

func parseEntry(text string, reasons bool) (string, *entry, error) {
	head, reason, _ := strings.Cut(text, "#")
	e := &entry{reason: strings.TrimSpace(reason)}
	words := strings.Fields(head)
	if len(words) == 0 || len(words[0]) != 16 || strings.Trim(words[0], "0123456789abcdef") != "" {
		return "", nil, errors.New("a line is FINGERPRINT [exp:YYYY-MM-DD] # reason, with a fingerprint of 16 digits")
	}
	for _, w := range words[1:] {
		date, isDate := strings.CutPrefix(w, "exp:")
		if !isDate {
			return "", nil, fmt.Errorf("%q is neither exp:YYYY-MM-DD nor behind a #", w)
		}
		last, err := time.Parse(day, date)
		if err != nil {
			return "", nil, fmt.Errorf("%q is no date of the form YYYY-MM-DD", date)
		}
		e.expires = last.AddDate(0, 0, 1)
	}
	if reasons && e.reason == "" {
		return "", nil, errors.New("the reason is missing: FINGERPRINT # reason")
	}
	return words[0], e, nil
}

// find returns the entry of a report, by its similar fingerprint or the exact one, or nil.
func (l *List) find(r *triage.Report) *entry {
	if l == nil {
		return nil
	}
	for _, f := range []string{r.Fingerprint.Similar, r.Fingerprint.Exact} {
		if e := l.entries[f]; e != nil {
			e.used = true
			return e
		}
	}
	return nil
}

// problems tells, in the order of lines, which entries have expired and which were of no use.
func (l *List) problems(now time.Time) []Problem {
	if l == nil {
		return nil
	}
	var list []Problem
	for _, f := range slices.Sorted(maps.Keys(l.entries)) {
		switch e := l.entries[f]; {
		case e.expired(now):
			list = append(list, Problem{l.name, e.line, f + " has expired, it holds no more"})
		case !e.used:
			list = append(list, Problem{l.name, e.line, f + " is stale: no crash has this fingerprint"})
		}
	}
	slices.SortFunc(list, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return list
}

func (e *entry) expired(now time.Time) bool { return !e.expires.IsZero() && !now.Before(e.expires) }

// WriteBaseline writes the fingerprints of reports, with their titles as clean makes them harmless, so that a later
// scan can tell what is new. The same reports give the same bytes, whatever their order.
func WriteBaseline(w io.Writer, titles map[string]string, clean func(string) string) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "# What nfoops scan --write-baseline saw. A crash whose fingerprint is here is not new.")
	for _, f := range slices.Sorted(maps.Keys(titles)) {
		title := []rune(clean(titles[f]))
		fmt.Fprintf(b, "%s # %s\n", f, string(title[:min(len(title), 200)]))
	}
	return b.Flush()
}
