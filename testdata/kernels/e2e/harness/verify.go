// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// storyEntry is the known bug that a crash of the connlimit module has to be matched with.
const storyEntry = "ipt-connlimit-predicate-order"

// A report is what the harness looks at in the analyzer's JSON.
type report struct {
	Kind    string
	Kernel  string
	Arch    string
	Context string
	Panic   string
	Fault   string `json:"fault_address"`
	Access  string
	IP      struct{ Symbol, Offset, Module string }
	Culprit struct{ Symbol string }
	Cause   struct{ Struct, Field, Offset string }
	Matches []struct{ ID, Verdict string }
}

// analyze runs the analyzer on a log. Status 1 says that the log has no crash.
func analyze(ctx context.Context, nfoops, log string) ([]report, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, nfoops, "analyze", "--format", "json", log)
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("%s: %w: %s", log, err, strings.TrimSpace(talk.String()))
	}
	var doc struct{ Reports []report }
	if err := json.Unmarshal(out, &doc); err != nil {
		return nil, fmt.Errorf("%s: the analyzer's answer: %w", log, err)
	}
	if (exit != nil) != (len(doc.Reports) == 0) {
		return nil, fmt.Errorf("%s: %d reports, but %v", log, len(doc.Reports), err)
	}
	return doc.Reports, nil
}

// An aspect is one column of the table: what the truth says, what the report says.
type aspect struct {
	Name, Want, Got string
	// Must makes a difference fail the run; the others are only shown.
	Must bool
}

func (a aspect) right() bool { return a.Want == "" || a.Want == a.Got }

// compare holds the reports of a log to the truth of its case.
func compare(t *truth, reports []report, story bool) []aspect {
	var r report
	if len(reports) > 0 {
		r = reports[0]
	}
	match, verdict := "none", "none"
	if len(r.Matches) > 0 {
		match, verdict = r.Matches[0].ID, r.Matches[0].Verdict
	}
	symbol, offset := "", ""
	if p := parsePlace(t.get("ip_symbol")); p.Symbol != "" {
		symbol, offset = p.Symbol, hex(p.Offset)
	}
	kernel, _, _ := strings.Cut(t.get("kernel_release"), " ")
	field := t.get("field")
	all := []aspect{
		{"reports", t.get("number_of_oopses_in_log"), strconv.Itoa(len(reports)), story},
		{"verdict", "none", match, false},
		{"kind", t.get("kind"), r.Kind, story},
		{"ip", symbol, r.IP.Symbol, story},
		{"offset", offset, normal(r.IP.Offset), story},
		{"module", t.get("ip_module"), r.IP.Module, story},
		{"function", t.get("culprit_function"), r.Culprit.Symbol, false},
		{"address", normal(t.get("fault_address")), normal(r.Fault), story},
		{"access", t.get("access"), r.Access, false},
		{"field", field, r.Cause.Field, false},
		{"context", t.get("context"), r.Context, false},
		{"arch", t.get("arch"), r.Arch, false},
		{"kernel", kernel, r.Kernel, false},
		{"panic", t.get("panic_reason"), r.Panic, false},
	}
	if story {
		all[1] = aspect{"verdict", storyEntry, match, true}
		if verdict != "known" && verdict != "likely" {
			all[1].Got = match + " (" + verdict + ")"
		}
	}
	return all
}

func hex(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }

// normal brings an address into one form, whatever zeros or prefix it was printed with.
func normal(address string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(address, "0x"), 16, 64)
	if err != nil {
		return address
	}
	return hex(n)
}

// A tally collects the rows of the table and, aspect by aspect, how many were right.
type tally struct {
	table          *tabwriter.Writer
	logs, failed   int
	order          []string
	right, checked map[string]int
}

func (t *tally) row(c scenario, log, status, remark string) {
	t.logs++
	if status == "FAIL" {
		t.failed++
	}
	fmt.Fprintf(t.table, "%s\t%s\t%s\t%s\n", c.Name, filepath.Base(log), status, remark)
}

// add compares the reports of one log with the truth.
func (t *tally) add(c scenario, log string, y *truth, reports []report) {
	var wrong []string
	status := "ok"
	for _, a := range compare(y, reports, c.Story != "") {
		if a.Want == "" {
			continue
		}
		if t.checked[a.Name] == 0 {
			t.order = append(t.order, a.Name)
		}
		t.checked[a.Name]++
		if a.right() {
			t.right[a.Name]++
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s %q want %q", a.Name, a.Got, a.Want))
		if a.Must {
			status = "FAIL"
		} else if status == "ok" {
			status = "differs"
		}
	}
	t.row(c, log, status, strings.Join(wrong, "; "))
}

// one verifies one log of a case.
func (t *tally) one(ctx context.Context, nfoops string, c scenario, log string) error {
	reports, err := analyze(ctx, nfoops, log)
	switch {
	case err != nil:
		t.row(c, log, "FAIL", err.Error())
	case c.Fixed && len(reports) > 0:
		t.row(c, log, "FAIL", fmt.Sprintf("%d reports of a boot without a crash", len(reports)))
	case c.Fixed:
		t.row(c, log, "ok", "no crash")
	default:
		text, err := os.ReadFile(filepath.Join(filepath.Dir(log), "truth.yaml"))
		if err != nil {
			return fmt.Errorf("%s was captured without a truth: %w", c.Name, err)
		}
		y, err := parseTruth(text)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		t.add(c, log, y, reports)
	}
	return nil
}

// verify runs the analyzer over captured cases and prints log by log what was right. It fails when
// a connlimit case is not what the story says; the other rows are for the reader.
func verify(ctx context.Context, nfoops, from string, cases []scenario) error {
	if _, err := os.Stat(nfoops); err != nil {
		return fmt.Errorf("no analyzer to verify with: %w (make build, or NFOOPS=FILE)", err)
	}
	t := &tally{
		table: tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0),
		right: map[string]int{}, checked: map[string]int{},
	}
	for _, c := range cases {
		for _, name := range []string{"netconsole.log", "netconsole-ext.log", "serial.log"} {
			log := filepath.Join(from, c.Name, name)
			if _, err := os.Stat(log); err != nil {
				continue // not run
			}
			if err := t.one(ctx, nfoops, c, log); err != nil {
				return err
			}
		}
	}
	if t.logs == 0 {
		return fmt.Errorf("no captured case in %s", from)
	}
	for _, name := range t.order {
		fmt.Fprintf(t.table, "%s\t%d of %d\n", name, t.right[name], t.checked[name])
	}
	if err := t.table.Flush(); err != nil {
		return err
	}
	if t.failed > 0 {
		return fmt.Errorf("%d of %d logs are not what they have to be", t.failed, t.logs)
	}
	return nil
}
