package policy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// reportLimit is the longest line that may be a report, in bytes; those that nfoops writes end near 200 KiB.
const reportLimit = 16 << 20

// ReadReports yields the reports of lines as -f jsonl writes them. What is no report comes as an error that names the
// line, and the lines behind it follow; an error of the reader is the last.
func ReadReports(r io.Reader) iter.Seq2[*triage.Report, error] {
	return func(yield func(*triage.Report, error) bool) {
		b := bufio.NewReaderSize(r, 64<<10)
		for n := 1; ; n++ {
			line, err := readLine(b)
			if err == nil || errors.Is(err, errLong) || len(line) > 0 {
				if rep, lineErr := parseReport(line, err); lineErr != nil {
					if !yield(nil, fmt.Errorf("line %d: %w", n, lineErr)) {
						return
					}
				} else if rep != nil && !yield(rep, nil) {
					return
				}
			}
			switch {
			case err == nil, errors.Is(err, errLong):
			case errors.Is(err, io.EOF):
				return
			default:
				yield(nil, err)
				return
			}
		}
	}
}

var errLong = fmt.Errorf("it is longer than %d bytes", reportLimit)

// readLine reads up to and with a line end. A line that is too long is passed over.
func readLine(b *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := b.ReadSlice('\n')
		if long = long || len(line)+len(part) > reportLimit; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long && (err == nil || errors.Is(err, io.EOF)):
			return nil, errLong
		default:
			return line, err
		}
	}
}

// parseReport reads one line; an empty one is nil.
func parseReport(line []byte, err error) (*triage.Report, error) {
	if errors.Is(err, errLong) {
		return nil, err
	}
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return nil, nil
	}
	r := new(triage.Report)
	if err := json.Unmarshal(line, r); err != nil {
		return nil, fmt.Errorf("this is no report of nfoops -f jsonl: %w", err)
	}
	if r.Title == "" || r.Fingerprint.Similar == "" {
		return nil, errors.New("this is no report of nfoops -f jsonl: it has no title or no fingerprint")
	}
	r.Span.Input = 0 // it was an index of the other run's inputs
	complete(r)
	return r, nil
}

// complete gives the lists that the form asks for, which another writer may have left out.
func complete(r *triage.Report) {
	r.Count = min(max(r.Count, 0), CountLimit)
	list(&r.AltTitles)
	list(&r.Tainted)
	list(&r.Trace)
	list(&r.Modules)
	list(&r.FollowOn)
	list(&r.Damage)
	list(&r.Matches)
	list(&r.Symbols)
	list(&r.Missing)
	list(&r.Advice)
	if r.Registers == nil {
		r.Registers = map[string]triage.Hex{}
	}
	if r.Code != nil {
		list(&r.Code.Instructions)
	}
	for i := range r.Matches {
		m := &r.Matches[i]
		list(&m.Evidence)
		list(&m.Against)
		list(&m.FixedIn)
		list(&m.References)
	}
}

func list[T any](s *[]T) {
	if *s == nil {
		*s = []T{}
	}
}
