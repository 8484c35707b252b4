package triage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"

	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/symbols"
)

// Sources are what Analyze may ask besides the log itself. The zero value asks nothing.
type Sources struct {
	KB      *kb.Base     // known bugs; nil for none
	Symbols []SymbolFile // maps of the crashed kernel, tried in order
	Arch    string       // architecture that the user states; "" reads it from the log
	Bits    int          // 16 for code of a 16-bit segment, as the user states; 0 for code as wide as the architecture
	Base    *uint64      // address of the kernel's _text that the user states; nil reads it from the log
	Kernel  *Kernel      // images, modules and types of the crashed kernel; nil for none. The caller closes it
	Force   bool         // use files that are not of the crashed kernel, and mark what comes from them
}

// SymbolFile is a System.map or kallsyms that the user gave.
type SymbolFile struct {
	Name  string
	Table *symbols.Table
}

// LoadSymbols reads a System.map or kallsyms, plain or gzip. The error names the file and what it looks like.
func LoadSymbols(path string) (SymbolFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return SymbolFile{}, err
	}
	defer f.Close()
	t, err := symbols.Load(path, f)
	if err != nil {
		var format *symbols.FormatError
		if errors.As(err, &format) {
			return SymbolFile{}, err
		}
		return SymbolFile{}, fmt.Errorf("%s: %w", path, err)
	}
	return SymbolFile{Name: path, Table: t}, nil
}

// Session analyses the inputs of one run, one after another, and keeps what the document says of the run as a whole.
// It must not be used by several goroutines at once.
type Session struct {
	sources    Sources
	inputs     []Input
	suspicious []Suspicion
	version    string
}

// NewSession begins a run; version is the program's own.
func NewSession(src Sources, version string) *Session {
	return &Session{sources: src, version: version}
}

// Read streams the reports of one input. A read error is yielded last, with a nil report, after what could be read.
func (s *Session) Read(ctx context.Context, name string, r io.Reader) iter.Seq2[*Report, error] {
	in := &counted{r: r, sum: sha256.New(), ctx: ctx}
	var p oops.Parser
	return s.reports(ctx, name, &p, p.Crashes(in), func(i *Input) {
		i.Bytes, i.SHA256 = in.n, hex.EncodeToString(in.sum.Sum(nil))
	})
}

// Finder is an oops.Finder that counts the bytes that it has gone through, and still has some of those before a region.
type Finder interface {
	oops.Finder
	Bytes() int64
	Before(dst []byte, from, off int64) []byte
}

// Scan is Read for an input that a finder goes through: the same reports, many times as fast, and with the test that
// ran. There is no checksum of the input: it would take longer than the search.
func (s *Session) Scan(ctx context.Context, name string, f Finder) iter.Seq2[*Report, error] {
	var p oops.Parser
	reports := s.reports(ctx, name, &p, p.Found(f), func(i *Input) { i.Bytes = f.Bytes() })
	return func(yield func(*Report, error) bool) {
		tests := attribution{finder: f}
		for r, err := range reports {
			if err == nil {
				r.Test = tests.of(r)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// reports yields what crashes tell; done notes what the input was, at its end.
func (s *Session) reports(ctx context.Context, name string, p *oops.Parser, crashes iter.Seq2[*oops.Crash, error],
	done func(*Input),
) iter.Seq2[*Report, error] {
	return func(yield func(*Report, error) bool) {
		index := len(s.inputs)
		s.inputs = append(s.inputs, Input{Name: name})
		stopped := false
		for c, err := range crashes {
			if err != nil {
				s.inputs[index].Error = err.Error()
				if !yield(nil, err) {
					stopped = true
				}
				break
			}
			rep := Analyze(ctx, c, s.sources)
			rep.Span.Input, rep.Input = index, name
			if !yield(rep, nil) {
				stopped = true
				break
			}
		}
		if !stopped {
			for _, u := range p.Suspicious() {
				s.suspicious = append(s.suspicious, Suspicion{Input: index, Line: u.Line, Text: u.Text, Why: u.Why})
			}
		}
		done(&s.inputs[index])
	}
}

// Unread notes an input that could not be opened, so that the document tells what is missing from it.
func (s *Session) Unread(name string, err error) {
	s.inputs = append(s.inputs, Input{Name: name, Error: err.Error()})
}

// Document is the run as a whole, with the reports that the caller kept.
func (s *Session) Document(reports []*Report) *Document {
	d := &Document{
		Schema: Schema, Tool: Tool{Version: s.version, KB: "none"},
		Inputs: s.inputs, Reports: reports, Suspicious: s.suspicious,
	}
	if s.sources.KB != nil {
		d.Tool.KB = fmt.Sprintf("%d entries", s.sources.KB.Len())
	}
	if d.Inputs == nil {
		d.Inputs = []Input{}
	}
	if d.Reports == nil {
		d.Reports = []*Report{}
	}
	if d.Suspicious == nil {
		d.Suspicious = []Suspicion{}
	}
	return d
}

// counted counts and hashes what passes, and ends when the run is interrupted.
type counted struct {
	r   io.Reader
	n   int64
	sum hash.Hash
	ctx context.Context
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.sum.Write(p[:n])
	return n, err
}
