package tui

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// Backend does for the screens what they may not do themselves: read logs again, show reports as text, find files.
// Its methods are called from several goroutines.
type Backend interface {
	// Analyse reads the log of a crash again, with the symbols that were loaded so far. progress, which is never nil,
	// is told from 0 to 1. The report's line numbers are those of the log that Raw opens. A crash whose log was not
	// kept gives back its own report.
	Analyse(ctx context.Context, c *store.Crash, progress func(float64)) (*triage.Report, error)
	// Raw opens the log of a crash; size 0 means that none was kept.
	Raw(c *store.Crash) (log io.ReaderAt, size int64, err error)
	// LoadSymbols reads a file of symbols, for all crashes that are analysed from now on.
	LoadSymbols(ctx context.Context, path string, progress func(float64)) error
	// SymbolGuesses are files of this machine that may have the symbols of the crash, best first.
	SymbolGuesses(r *triage.Report) []string
	// Text is the text report, in lines of at most width columns, which hold SGR sequences where colours are on.
	Text(r *triage.Report, input string, width int, verbose bool) []string
	// Markdown is the report for a bug tracker.
	Markdown(r *triage.Report, input string, redact bool) (string, error)
	// Entry is what the knowledge base has of a bug, laid out as Text is.
	Entry(id string, width int) ([]string, error)
	// Source is the command that edits a source file that a log names, or the reason why there is none.
	Source(file string, line int) (*exec.Cmd, error)
	// Log is the command that edits the log of a crash.
	Log(c *store.Crash, line int) (*exec.Cmd, error)
	// Browse is the command that shows an address of the web, or the reason why there is none.
	Browse(url string) (*exec.Cmd, error)
}

// Options say what the screens show, and how.
type Options struct {
	Store   store.Store
	Backend Backend
	Name    string // what is shown: the inbox, or the files
	Version string
	// Files says that the store is forgotten at the end: it takes no notes and no status.
	Files bool
	// Feed fills the store while the screens are up; nil where it is full. It tells what it does, and how far it is
	// from 0 to 1 (below 0 it does not know).
	Feed  func(ctx context.Context, say func(text string, done float64)) error
	ASCII bool // nothing but ASCII on the screen
	Calm  bool // nothing moves by itself
	Color bool
	// Poll is how often the store is looked into: 0 for every 2 seconds (10 where it is calm), less for never.
	Poll time.Duration
	Now  func() time.Time
}

// Run shows the screens until the user quits or ctx ends. A note that was being written is kept even then.
func Run(ctx context.Context, o Options, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	m := New(ctx, o)
	profile := []tea.ProgramOption{tea.WithInput(in), tea.WithOutput(out)}
	if !o.Color {
		profile = append(profile, tea.WithColorProfile(colorprofile.ASCII))
	}
	p := tea.NewProgram(m, append(profile, tea.WithContext(ctx))...)
	if o.Feed != nil {
		go func() {
			err := o.Feed(ctx, func(text string, done float64) { p.Send(feedMsg{text: text, done: done}) })
			p.Send(feedMsg{over: true, err: err})
		}()
	}
	_, err := p.Run()
	if keepErr := m.keepDraft(); keepErr != nil {
		return keepErr
	}
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Messages that do not come from the keyboard.
type (
	tickMsg time.Time // time to look into the store
	feedMsg struct {
		text string
		done float64
		over bool
		err  error
	}
	groupsMsg struct {
		groups []store.Group
		whole  bool // all that there are, not only those that changed
		err    error
	}
	activityMsg struct {
		key     string
		buckets []store.Bucket
	}
	previewMsg struct {
		group string
		crash *store.Crash
		err   error
	}
	crashesMsg struct {
		group   string
		total   int
		crashes []store.Crash
		err     error
	}
	analysedMsg struct {
		id     int64
		crash  *store.Crash
		report *triage.Report
		raw    io.ReaderAt
		size   int64
		err    error
	}
	progressMsg struct {
		done float64
		next <-chan tea.Msg
	}
	symbolsMsg struct {
		path string
		err  error
	}
	savedMsg struct {
		what  string
		draft string // the text of a note that could not be saved
		group string
		err   error
	}
	spawnedMsg struct {
		what string
		err  error
	}
)
