package cli

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/symbols"
)

// symFlags are what sym is told beside the questions.
type symFlags struct {
	kernelFlags
	offset  string
	returns bool
}

func (a *app) symCommand() *cobra.Command {
	var f symFlags
	cmd := &cobra.Command{
		Use:   "sym ADDR|FN+OFF/LEN...",
		Short: "Translate addresses into names, names into addresses, both into lines of the source",
		Long: `sym looks addresses (hexadecimal) and places (name+0xoffset/0xsize, with
" [module]" behind it where a log has that) up in what is known of a kernel. The
first file that knows an answer gives it. An address has 0x in front, or at least
eight digits.

Lines of the source are told innermost first where calls were inlined. Where
several functions have a name the size decides; else all are told.`,
		Example: "  nfoops sym c02680f5 nf_iterate+0x65/0xb0 --system-map System.map\n" +
			"  nfoops sym 'nf_ct_delete+0x4a/0x120 [nf_conntrack]' -r auto --return",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("sym needs an address or a name")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.sym(cmd, args, &f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.register(cmd)
	flags.StringVar(&f.offset, "kernel-offset", "", "the `OFFSET` in the line \"Kernel Offset:\" of the log")
	flags.BoolVar(&f.returns, "return", false, "the places are from a call trace: tell the call in front of each")
	return cmd
}

func (a *app) sym(cmd *cobra.Command, args []string, f *symFlags) error {
	asJSON, err := a.lines("sym")
	if err != nil {
		return err
	}
	var slide *uint64
	if f.offset != "" {
		v, err := address("--kernel-offset", f.offset)
		if err != nil {
			return err
		}
		slide = &v
	}
	src, err := a.kernel(cmd.Context(), &f.kernelFlags)
	if err != nil {
		return err
	}
	defer func() { _ = src.Kernel.Close() }()
	if src.Kernel == nil && len(src.Symbols) == 0 {
		return withHint(errors.New("no symbols to look into"),
			"give --system-map FILE or --vmlinux FILE, or --release auto for the running kernel")
	}
	l, err := triage.NewLookup(cmd.Context(), src, slide, "")
	if err != nil {
		return err
	}
	defer l.Close()
	l.Complain = func(s string) { a.say("%s", s) }
	missed := 0
	rows := make([]symRow, len(args))
	for i, arg := range args {
		rows[i] = symAnswer(l, arg, f.returns)
		if rows[i].Answer == "" {
			missed++
		}
	}
	if asJSON {
		err = a.printJSON(rows)
	} else {
		err = a.printSyms(rows)
	}
	if err == nil && missed > 0 {
		return status(exitNone)
	}
	return err
}

// symRow is one question and its answer, or the reason why there is none.
type symRow struct {
	Query  string          `json:"query"`
	Answer string          `json:"answer,omitempty"` // a name for an address, addresses for a name
	Places []triage.Answer `json:"places,omitempty"`
	Reason string          `json:"reason,omitempty"`
}

// printSyms writes a row for each question, and below it the functions at each place that it can mean.
func (a *app) printSyms(rows []symRow) error {
	var b strings.Builder
	for _, r := range rows {
		answer := r.Answer
		if answer == "" {
			answer = "UNKNOWN: " + r.Reason
		}
		fmt.Fprintf(&b, "%s  %s\n", render.Clean(r.Query), render.Clean(answer))
		for i := range r.Places {
			p := &r.Places[i]
			if p.File == "" {
				continue
			}
			lead := "    "
			if len(r.Places) > 1 {
				fmt.Fprintf(&b, "  %d. %s in %s\n", i+1, render.Clean(cmp.Or(string(p.Address), p.Symbol)), render.Clean(p.From))
				lead = "       "
			}
			if p.Forced {
				lead += "FORCED "
			}
			for _, in := range p.Inlines {
				fmt.Fprintf(&b, "%s%s %s:%d (inlined)\n", lead, render.Clean(in.Symbol), render.Clean(in.File), in.Line)
			}
			fmt.Fprintf(&b, "%s%s %s:%d\n", lead, render.Clean(p.Symbol), render.Clean(p.File), p.Line)
		}
	}
	_, err := a.out.Write([]byte(b.String()))
	return err
}

var (
	addressForm = regexp.MustCompile(`^(?:0[xX][0-9a-fA-F]{1,16}|[0-9a-fA-F]{8,16})$`)
	nameForm    = regexp.MustCompile(
		`^([^+\s]+)(?:\+(?:0x)?([0-9a-fA-F]{1,16})(?:/(?:0x)?([0-9a-fA-F]{1,16}))?)?` +
			`(?:\s+\[([\w-]+)(?: ([0-9a-fA-F]{8,}))?\])?$`)
)

// symAnswer looks one question up.
func symAnswer(l *triage.Lookup, query string, ret bool) symRow {
	row := symRow{Query: query}
	text := strings.TrimSpace(query)
	if bare := strings.Trim(text, "[]<>"); addressForm.MatchString(bare) {
		addr, err := address("address", bare)
		if err != nil {
			row.Reason = err.Error()
			return row
		}
		answers, reason := l.Address(addr, ret)
		row.Reason, row.Places = string(reason), answers
		if len(answers) > 0 {
			row.Answer = placeName(&answers[0].Place)
		}
		return row
	}
	q, ok := nameQuery(text)
	if !ok {
		row.Reason = "not of the form name+0xoffset/0xsize [module]"
		return row
	}
	q.Return = ret
	answers, reason := l.Name(q)
	row.Reason, row.Places = string(reason), answers
	var list []string
	for i := range answers {
		p := &answers[i].Place
		if p.Address == "" { // in a module: nothing tells where that was
			list = append(list, placeName(p))
			continue
		}
		list = append(list, string(p.Address))
	}
	row.Answer = strings.Join(list, " or ")
	if row.Answer == "" && row.Reason == "" {
		row.Reason = "not in what was given"
		if q.Module != "" {
			row.Reason = "of a module that is not there"
		}
	}
	return row
}

// nameQuery reads "name+0xoffset/0xsize [module buildid]", of which all but the name may be missing.
func nameQuery(text string) (q symbols.Query, ok bool) {
	m := nameForm.FindStringSubmatch(text)
	if m == nil {
		return q, false
	}
	q = symbols.Query{Name: m[1], BuildID: strings.ToLower(m[5])}
	if m[4] != "" {
		q.Module = symbols.ModuleName(m[4])
	}
	q.Offset, _ = strconv.ParseUint(m[2], 16, 64) // the form holds digits, or nothing
	q.Size, _ = strconv.ParseUint(m[3], 16, 64)
	return q, true
}

func placeName(p *triage.Place) string {
	text := symbols.Symbol{Name: p.Symbol}.Demangled() + "+" + string(p.Offset)
	if p.Size != "" {
		text += "/" + string(p.Size)
	}
	if p.Module != "" {
		text += " [" + p.Module + "]"
	}
	return text
}
