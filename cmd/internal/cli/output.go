package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// outputs are the places that reports go to, each in its format.
type outputs struct {
	list []output
}

type output struct {
	render.Renderer
	buffer *bufio.Writer
	file   *os.File // nil for standard output
	name   string
	format string
}

// fileFormats are those that the ending of a file's name tells, where nothing else does.
var fileFormats = map[string]string{
	".json": "json", ".jsonl": "jsonl", ".md": "markdown", ".sarif": "sarif", ".xml": "junit",
}

// openOutputs opens what -f and -o ask for. Standard output gets the reports unless -o sends them elsewhere. Of the
// options those that depend on the command are the caller's, the others are set for each output. Nothing is opened that
// is one of the inputs: it would be lost before it was read.
func (a *app) openOutputs(options render.Options, inputs ...string) (*outputs, error) {
	targets := a.outputs
	if len(targets) == 0 {
		targets = []string{"-"}
	}
	o := new(outputs)
	for _, target := range targets {
		format, name, given := strings.Cut(target, "=")
		_, known := render.For(format)
		switch {
		case given && !known && a.format == "" && !strings.ContainsAny(format, "/."):
			o.discard()
			return nil, badFormat(format)
		case !given || !known: // a name with an equals sign
			format, name = a.format, target
		}
		if err := o.clash(name, inputs); err != nil {
			o.discard()
			return nil, err
		}
		out := output{name: name}
		w := a.out
		if name != "-" {
			f, err := os.Create(name)
			if err != nil {
				o.discard()
				return nil, pathError(name, err)
			}
			out.file, w = f, f
		}
		if format == "" {
			format = fileFormats[filepath.Ext(name)]
		}
		if format == "" {
			format = "plain"
			if a.colored(w) || isTerminal(w) {
				format = "text"
			}
		}
		newRenderer, _ := render.For(format)
		out.format = format
		out.buffer = bufio.NewWriterSize(w, 64<<10)
		options.Width, options.Color, options.ASCII, options.Verbose = width(w), a.colored(w), a.ascii, a.verbose
		out.Renderer = newRenderer(out.buffer, options)
		if a.redact {
			out.Renderer = render.Redact(out.Renderer)
		}
		o.list = append(o.list, out)
	}
	if format := o.mixed(); format != "" {
		o.discard()
		return nil, withHint(fmt.Errorf("standard output can't hold %s and something else", format),
			"give one of them a file: -o %s=FILE", format)
	}
	return o, nil
}

// clash refuses to write over an input, or over another output.
func (o *outputs) clash(name string, inputs []string) error {
	info, err := os.Stat(name)
	if name == "-" || err != nil || !info.Mode().IsRegular() {
		return nil
	}
	for _, input := range inputs {
		if other, err := os.Stat(input); err == nil && os.SameFile(info, other) {
			return withHint(fmt.Errorf("%s: this is an input, too", name), "give -o the name of another file")
		}
	}
	if o.writes(name) {
		return withHint(fmt.Errorf("%s: two outputs go to this file", name), "give each -o a file of its own")
	}
	return nil
}

// mixed returns a format that is one document, where standard output is to get more than that; else "".
func (o *outputs) mixed() string {
	streams, document := 0, ""
	for _, out := range o.list {
		if out.file != nil {
			continue
		}
		streams++
		switch out.format {
		case "json", "sarif", "junit", "gitlab":
			document = out.format
		}
	}
	if streams < 2 {
		return ""
	}
	return document
}

// report sends one report everywhere. It is seen at once: a crash is not held back until the input ends.
func (o *outputs) report(r *triage.Report, input string) error {
	for _, out := range o.list {
		if err := out.Report(r, input); err != nil {
			return out.failed(err)
		}
		if err := out.buffer.Flush(); err != nil {
			return out.failed(err)
		}
	}
	return nil
}

func (o *outputs) close(doc *triage.Document) error {
	var errs []error
	for _, out := range o.list {
		err := out.Close(doc)
		if err == nil {
			err = out.buffer.Flush()
		}
		if out.file != nil {
			if closeErr := out.file.Close(); err == nil {
				err = closeErr
			}
		}
		if err != nil {
			errs = append(errs, out.failed(err))
		}
	}
	return errors.Join(errs...)
}

// writes says whether the file of this name is one of the outputs.
func (o *outputs) writes(name string) bool {
	var info os.FileInfo
	for _, out := range o.list {
		if out.file == nil {
			continue
		}
		own, err := out.file.Stat()
		if err == nil && info == nil {
			info, err = os.Stat(name)
		}
		if err == nil && os.SameFile(own, info) {
			return true
		}
	}
	return false
}

// brief says whether somebody reads the lines of a scan.
func (o *outputs) brief() bool {
	return slices.ContainsFunc(o.list, func(out output) bool {
		return out.file == nil && (out.format == "text" || out.format == "plain")
	})
}

func (o *outputs) discard() {
	for _, out := range o.list {
		if out.file != nil {
			_ = out.file.Close()
		}
	}
}

func (out *output) failed(err error) error {
	if out.file == nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return fmt.Errorf("%s: %w", out.name, err)
}
