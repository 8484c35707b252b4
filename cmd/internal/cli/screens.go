package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/cmd/internal/tui"
	"github.com/nfoops/nfoops/oops/scan"
	"github.com/nfoops/nfoops/symbols"
)

// screens does for the tui what needs the analysis or the file system.
type screens struct {
	*app
	color bool
	tree  string // the kernel's source

	mu      sync.Mutex // held by what uses sources or logs
	sources triage.Sources
	files   triage.KernelFiles // what sources.Kernel was made of
	loaded  int                // files of symbols that were loaded on demand
	read    map[int64]int      // what loaded was when a crash was read
	logs    map[string]*log    // by the name of the input
}

var _ tui.Backend = (*screens)(nil)

// log is an input that was read: a file that can be read again, or the bytes that were kept of it.
type log struct {
	path string
	kept []byte
}

// maxKept bounds how much is kept of an input that can't be read twice, in bytes.
const maxKept = 256 << 20

// feed reads the inputs and puts their crashes into the store.
func (s *screens) feed(ctx context.Context, to store.Store, args []string, say func(string, float64)) error {
	session := triage.NewSession(s.sources, version())
	var broken []error
	for in, err := range s.inputs(args) {
		if err == nil {
			err = s.feedOne(ctx, to, session, in, say)
		}
		switch {
		case ctx.Err() != nil:
			return nil // the screens are gone
		case err != nil:
			broken = append(broken, err)
		}
	}
	if n := len(broken); n > 1 {
		return fmt.Errorf("%w; %d more can't be read", broken[0], n-1)
	}
	return errors.Join(broken...)
}

func (s *screens) feedOne(ctx context.Context, to store.Store, session *triage.Session, in *input,
	say func(string, float64)) error {
	defer func() { _ = in.close() }()
	reading := "reading " + filepath.Base(in.name)
	say(reading, -1)
	seen, kept := time.Now(), new(log)
	var reports iter.Seq2[*triage.Report, error]
	if in.file != nil {
		if info, err := os.Stat(in.name); err == nil {
			seen = info.ModTime()
		}
		kept.path = in.name
		in.file = &progressAt{ReaderAt: in.file, size: in.size, say: func(done float64) { say(reading, done) }}
		finder := in.finder(ctx, scan.Options{Jobs: 1})
		defer finder.Close()
		reports = session.Scan(ctx, in.name, finder)
	} else {
		reports = session.Read(ctx, in.name, io.TeeReader(in, (*keeper)(kept)))
	}
	s.mu.Lock()
	if s.logs == nil {
		s.logs = map[string]*log{}
	}
	s.logs[in.name] = kept
	s.mu.Unlock()
	for rep, err := range reports {
		if err != nil {
			return pathError(in.name, err)
		}
		c := &store.Crash{Seen: seen, Host: rep.Host, Source: in.name, Report: rep}
		if _, err := to.Add(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// keeper keeps what is written, up to a limit.
type keeper log

func (k *keeper) Write(p []byte) (int, error) {
	k.kept = append(k.kept, p[:min(len(p), maxKept-len(k.kept))]...)
	return len(p), nil
}

// progressAt tells how far it is each time that it has come a hundredth further.
type progressAt struct {
	io.ReaderAt
	size int64
	say  func(float64)

	mu    sync.Mutex
	steps int64
}

// ReadAt reads as the file does.
func (p *progressAt) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.ReaderAt.ReadAt(b, off)
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := off + int64(n); p.size > 0 && 100*at/p.size > p.steps {
		p.steps = 100 * at / p.size
		p.say(float64(at) / float64(p.size))
	}
	return n, err
}

// Analyse reads the log of a crash again, unless nothing could come of it but what is known.
func (s *screens) Analyse(ctx context.Context, c *store.Crash, progress func(float64)) (*triage.Report, error) {
	raw, size, err := s.Raw(c)
	if err != nil || size == 0 {
		return c.Report, err
	}
	if f, isFile := raw.(*os.File); isFile {
		defer f.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Raw == nil && s.read[c.ID] == s.loaded {
		return c.Report, nil
	}
	finder := scan.File(ctx, &progressAt{ReaderAt: raw, size: size, say: progress}, size, scan.Options{Jobs: 1})
	defer finder.Close()
	found, err := s.find(ctx, c, finder)
	if err == nil && c.Raw == nil {
		if s.read == nil {
			s.read = map[int64]int{}
		}
		s.read[c.ID] = s.loaded
	}
	return found, err
}

// find is the crash's report as it is read now: the one at the same place of a file, or the one of the same bug of
// the text that the inbox kept.
func (s *screens) find(ctx context.Context, c *store.Crash, from triage.Finder) (*triage.Report, error) {
	session := triage.NewSession(s.sources, version())
	var first *triage.Report
	for r, err := range session.Scan(ctx, c.Source, from) {
		switch {
		case err != nil:
			return c.Report, pathError(c.Source, err)
		case c.Raw == nil && r.Span.Offset == c.Report.Span.Offset,
			c.Raw != nil && r.Fingerprint.Similar == c.Report.Fingerprint.Similar:
			return r, nil
		case first == nil && c.Raw != nil:
			first = r
		}
	}
	if first == nil {
		return c.Report, nil
	}
	return first, nil
}

// Raw opens the log of a crash.
func (s *screens) Raw(c *store.Crash) (io.ReaderAt, int64, error) {
	if c.Raw != nil {
		return bytes.NewReader(c.Raw), int64(len(c.Raw)), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, there := s.logs[c.Source]
	switch {
	case !there:
		return nil, 0, nil
	case kept.path == "":
		return bytes.NewReader(kept.kept), int64(len(kept.kept)), nil
	}
	f, err := os.Open(kept.path)
	if err != nil {
		return nil, 0, pathError(kept.path, err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0, pathError(kept.path, err)
	}
	return f, info.Size(), nil
}

// LoadSymbols reads a file of symbols: a map, a vmlinux, a module or a folder of modules.
func (s *screens) LoadSymbols(ctx context.Context, path string, progress func(float64)) error {
	if rest, atHome := strings.CutPrefix(path, "~/"); atHome {
		home, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		path = filepath.Join(home, rest)
	}
	info, err := os.Stat(path)
	if err != nil {
		return pathError(path, err)
	}
	file, err := s.symbolMap(path, info, progress)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.sources.Symbols = append([]triage.SymbolFile{file}, s.sources.Symbols...)
		s.loaded++
		return nil
	}
	if _, another := errors.AsType[*symbols.FormatError](err); !another && !info.IsDir() {
		return err
	}
	files := s.files
	if !info.IsDir() {
		files.Vmlinux = path
	} else {
		files.Modules = append(slices.Clone(files.Modules), path)
	}
	kernel, err := triage.OpenKernel(ctx, files)
	if errors.Is(err, triage.ErrIsModule) {
		files.Vmlinux, files.Modules = s.files.Vmlinux, append(slices.Clone(files.Modules), path)
		kernel, err = triage.OpenKernel(ctx, files)
	}
	if err != nil {
		return err
	}
	_ = s.sources.Kernel.Close()
	s.sources.Kernel, s.files = kernel, files
	s.loaded++
	return nil
}

// symbolMap reads a System.map or saved kallsyms.
func (s *screens) symbolMap(path string, info os.FileInfo, progress func(float64)) (triage.SymbolFile, error) {
	if info.IsDir() {
		return triage.SymbolFile{}, errors.New("a folder")
	}
	f, err := os.Open(path)
	if err != nil {
		return triage.SymbolFile{}, pathError(path, err)
	}
	defer f.Close()
	told := &progressAt{ReaderAt: f, size: info.Size(), say: progress}
	table, err := symbols.Load(path, io.NewSectionReader(told, 0, math.MaxInt64))
	return triage.SymbolFile{Name: path, Table: table}, err
}

// SymbolGuesses are files of this machine that are of the crashed kernel by the release that the log names.
func (s *screens) SymbolGuesses(r *triage.Report) []string {
	there := symbols.Locate(s.files.Root, r.Kernel)
	found := slices.Concat(there.Vmlinux, there.SystemMaps, there.Modules)
	running, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err == nil && strings.TrimSpace(string(running)) == r.Kernel {
		found = append(found, "/proc/kallsyms")
	}
	return found[:min(len(found), 6)]
}

// Text is the text report.
func (s *screens) Text(r *triage.Report, input string, width int, verbose bool) []string {
	o := render.Options{Width: width, Color: s.color, ASCII: s.ascii, Tool: s.tool(s.sources.KB)}
	if verbose {
		o.Verbose = 1
	}
	text, err := rendered("text", r, input, o, false)
	if err != nil {
		return []string{render.Clean(err.Error())}
	}
	return strings.Split(strings.Trim(text, "\n"), "\n")
}

// Markdown is the report for a bug tracker.
func (s *screens) Markdown(r *triage.Report, input string, redact bool) (string, error) {
	return rendered("markdown", r, input, render.Options{Tool: s.tool(s.sources.KB)}, redact)
}

func rendered(format string, r *triage.Report, input string, o render.Options, redact bool) (string, error) {
	newRenderer, known := render.For(format)
	if !known {
		return "", badFormat(format)
	}
	var b strings.Builder
	out := newRenderer(&b, o)
	if redact {
		out = render.Redact(out)
	}
	err := out.Report(r, input)
	return b.String(), err
}

// Entry is the page of a known bug, as "nfoops kb show" prints it.
func (s *screens) Entry(id string, width int) ([]string, error) {
	if s.sources.KB == nil {
		return nil, fmt.Errorf("%s is not among the known bugs", id)
	}
	e, known := s.sources.KB.Get(id)
	if !known {
		return nil, fmt.Errorf("%s is not among the known bugs", id)
	}
	page := render.Entry(e.Title, entryFields(e), render.Options{Width: width, Color: s.color, ASCII: s.ascii})
	return strings.Split(strings.Trim(string(page), "\n"), "\n"), nil
}

// Source is the command that edits a file of the kernel's source. Its name comes from a log or from debug symbols, so
// it is looked for below the source tree only, whole or without the folder that the kernel was built in.
func (s *screens) Source(file string, line int) (*exec.Cmd, error) {
	root, err := os.OpenRoot(s.tree)
	if err != nil {
		return nil, pathError(s.tree, err)
	}
	defer root.Close()
	parts := strings.Split(filepath.ToSlash(file), "/")
	for i := range parts {
		name := filepath.Join(parts[i:]...)
		if name == "" || !filepath.IsLocal(name) {
			continue
		}
		if info, err := root.Stat(name); err == nil && info.Mode().IsRegular() {
			return editor(filepath.Join(s.tree, name), line)
		}
	}
	return nil, fmt.Errorf("%s is not below %s: nfoops tui --source DIR names the kernel's source tree", file, s.tree)
}

// Log is the command that edits the log of a crash.
func (s *screens) Log(c *store.Crash, line int) (*exec.Cmd, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, there := s.logs[c.Source]; there && kept.path != "" {
		return editor(kept.path, line)
	}
	return nil, errors.New("the log is in no file that an editor could open: nfoops inbox show prints it")
}

// editor starts $VISUAL or $EDITOR on a file. No shell is asked, and a name can't be taken for a flag.
func editor(path string, line int) (*exec.Cmd, error) {
	words := strings.Fields(os.Getenv("VISUAL"))
	if len(words) == 0 {
		words = strings.Fields(os.Getenv("EDITOR"))
	}
	if len(words) == 0 {
		words = []string{"vi"}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	program, err := exec.LookPath(words[0])
	if err != nil {
		return nil, fmt.Errorf("there is no editor %s: set EDITOR", words[0])
	}
	args := slices.Clone(words[1:])
	switch filepath.Base(program) {
	case "code", "codium":
		args = append(args, "--goto", fmt.Sprintf("%s:%d", path, max(line, 1)))
	default:
		args = append(args, fmt.Sprintf("+%d", max(line, 1)), path)
	}
	return exec.Command(program, args...), nil
}

// Browse is the command that shows an address of the web.
func (s *screens) Browse(address string) (*exec.Cmd, error) {
	words := strings.Fields(os.Getenv("BROWSER"))
	if len(words) == 0 {
		switch {
		case runtime.GOOS == "darwin":
			words = []string{"open"}
		case os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "":
			words = []string{"xdg-open"}
		default:
			return nil, errors.New("there is no browser here")
		}
	}
	program, err := exec.LookPath(words[0])
	if err != nil {
		return nil, fmt.Errorf("there is no browser %s here", words[0])
	}
	return exec.Command(program, append(words[1:], address)...), nil
}
