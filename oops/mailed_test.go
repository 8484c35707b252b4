package oops_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nfoops/nfoops/oops"
)

// mailers are what mail programs do to pasted lines.
var mailers = []struct {
	name string
	row  func(row string) []string
}{
	{"words wrapped at 72", func(row string) []string { return words(row, 72, "") }},
	{"words wrapped at 76", func(row string) []string { return words(row, 76, "") }},
	{"words wrapped at 60", func(row string) []string { return words(row, 60, "") }},
	{"wrapped, then quoted", func(row string) []string { return words(row, 72, "> ") }},
	{"quoted, wrapped by the next mailer", func(row string) []string { return words("> "+row, 74, "") }},
	{"quoted-printable", quotedPrintable},
	{"blank rows between", func(row string) []string { return []string{row, ""} }},
	{"padded to the width of a terminal", func(row string) []string { return []string{row + strings.Repeat(" ", max(0, 100-len(row)))} }},
}

// words breaks a row where words end, as mailers do.
func words(row string, width int, quote string) []string {
	var out []string
	for len(row) > width {
		i := strings.LastIndexByte(row[:width+1], ' ')
		if i <= 0 || strings.TrimSpace(row[:i]) == "" {
			if i = strings.IndexByte(row[width:], ' '); i < 0 {
				break
			}
			i += width
		}
		out = append(out, quote+row[:i])
		row = row[i+1:]
	}
	return append(out, quote+row)
}

func quotedPrintable(row string) []string {
	row = strings.ReplaceAll(row, "=", "=3D")
	if strings.HasSuffix(row, " ") {
		row = row[:len(row)-1] + "=20"
	}
	var out []string
	for len(row) > 76 {
		n := 75
		for n > 70 && (row[n-1] == '=' || row[n-2] == '=') {
			n--
		}
		out = append(out, row[:n]+"=")
		row = row[n:]
	}
	return append(out, row)
}

// TestMailed holds that mailers take no fact from a dump of any era or machine, with and without printk times.
func TestMailed(t *testing.T) {
	for _, e := range append(eras, machines...) {
		texts := strings.Split(strings.TrimSuffix(e.log, "\n"), "\n")
		for _, timed := range []bool{false, true} {
			for _, m := range mailers {
				name := e.name + "/" + m.name
				if timed {
					name += "/timed"
				}
				t.Run(name, func(t *testing.T) {
					var plain, b strings.Builder
					for n, text := range texts {
						if timed {
							text = stamp(93712345678+int64(n)*31) + text
						}
						plain.WriteString(text + "\n")
						for _, row := range m.row(text) {
							b.WriteString(row + "\n")
						}
					}
					want := onlyCrash(t, plain.String())
					got := onlyCrash(t, b.String())
					if got == nil || want == nil {
						t.Fatalf("no single crash in\n%s", b.String())
					}
					got.Stack, want.Stack = nil, nil // rows of bare words have no beginning that tells them
					if want.Arch == oops.S390X {     // nor have the halves of a row of disassembly
						got.Code, got.Fingerprint = want.Code, want.Fingerprint
					}
					// A build id that went to a row of its own is nobody's: 40 digits may be anything.
					ids := cmpopts.IgnoreFields(oops.Location{}, "BuildID")
					if diff := cmp.Diff(want, got, ids, cmpopts.IgnoreUnexported(oops.Crash{})); diff != "" {
						t.Errorf("-pasted +mailed:\n%s", diff)
					}
				})
			}
		}
	}
}
