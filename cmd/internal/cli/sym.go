package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/symbols"
)

func (a *app) symCommand() *cobra.Command {
	var maps, kallsyms []string
	var offset string
	cmd := &cobra.Command{
		Use:   "sym ADDR|FN+OFF/LEN...",
		Short: "Translate addresses into names and names into addresses",
		Long: `sym looks addresses (hexadecimal) and places (name+0xoffset/0xsize) up in the
symbols of a kernel. The first file that knows an answer gives it. An address
has 0x in front, or at least eight digits.`,
		Example: "  nfoops sym c02680f5 nf_iterate+0x65/0xb0 --system-map System.map",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("sym needs an address or a name")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return a.sym(args, slices.Concat(maps, kallsyms), offset)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&maps, "system-map", nil, "look into this System.map, `FILE` (repeatable)")
	flags.StringArrayVar(&kallsyms, "kallsyms", nil, "look into this saved /proc/kallsyms, `FILE` (repeatable)")
	flags.StringVar(&offset, "kernel-offset", "", "the `OFFSET` in the line \"Kernel Offset:\" of the log")
	return cmd
}

func (a *app) sym(args, files []string, offset string) error {
	asJSON, err := a.lines("sym")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return withHint(errors.New("no symbols to look into"), "give --system-map FILE or --kallsyms FILE")
	}
	var slide *uint64
	if offset != "" {
		v, err := address("--kernel-offset", offset)
		if err != nil {
			return err
		}
		slide = &v
	}
	var fits []*symbols.Fit
	for _, path := range files {
		file, err := triage.LoadSymbols(path)
		if err != nil {
			return err
		}
		for _, note := range file.Table.Notes() {
			a.say("%s: %s", path, note)
		}
		fit, err := file.Table.Fit(nil, slide)
		if err != nil {
			return err
		}
		fits = append(fits, fit)
	}
	missed := 0
	rows := make([]symRow, len(args))
	for i, arg := range args {
		answer, found := lookUp(fits, arg)
		if rows[i] = (symRow{Query: arg, Answer: answer}); !found {
			missed++
			rows[i] = symRow{Query: arg, Reason: answer}
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
	Query  string `json:"query"`
	Answer string `json:"answer,omitempty"`
	Reason string `json:"reason,omitempty"`
}

func (a *app) printSyms(rows []symRow) error {
	for _, r := range rows {
		answer := r.Answer
		if answer == "" {
			answer = "UNKNOWN: " + r.Reason
		}
		if _, err := fmt.Fprintf(a.out, "%s  %s\n", render.Clean(r.Query), render.Clean(answer)); err != nil {
			return err
		}
	}
	return nil
}

var addressForm = regexp.MustCompile(`^(?:0[xX][0-9a-fA-F]{1,16}|[0-9a-fA-F]{8,16})$`)

// lookUp asks one file after another; where none knows it gives the reason of the first.
func lookUp(fits []*symbols.Fit, query string) (answer string, found bool) {
	query = strings.Trim(query, "[]<>")
	reason := symbols.Reason("")
	for _, fit := range fits {
		answer, why := lookIn(fit, query)
		if answer != "" {
			return answer, true
		}
		if reason == "" {
			reason = why
		}
	}
	return string(reason), false
}

func lookIn(fit *symbols.Fit, query string) (string, symbols.Reason) {
	if addressForm.MatchString(query) {
		addr, err := address("address", query)
		if err != nil {
			return "", symbols.ReasonOutside
		}
		place, why := fit.Find(addr)
		if place.Symbol.Name == "" {
			return "", why
		}
		return placeName(place), ""
	}
	name, rest, _ := strings.Cut(query, "+")
	off, size, _ := strings.Cut(rest, "/")
	var offset, length uint64
	if off != "" {
		v, err := address("offset", off)
		if err != nil {
			return "", symbols.Reason("not of the form name+0xoffset/0xsize")
		}
		offset = v
	}
	if size != "" {
		v, err := address("size", size)
		if err != nil {
			return "", symbols.Reason("not of the form name+0xoffset/0xsize")
		}
		length = v
	}
	addrs, why := fit.At(name, offset, length)
	if len(addrs) == 0 {
		return "", why
	}
	list := make([]string, len(addrs))
	for i, addr := range addrs {
		list[i] = fmt.Sprintf("%#x", addr)
	}
	return strings.Join(list, " or "), ""
}

func placeName(p symbols.Place) string {
	text := p.Symbol.Demangled() + fmt.Sprintf("+%#x", p.Offset)
	if p.Symbol.Size > 0 {
		text += fmt.Sprintf("/%#x", p.Symbol.Size)
	}
	if p.Symbol.Module != "" {
		text += " [" + p.Symbol.Module + "]"
	}
	return text
}
