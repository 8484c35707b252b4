// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Failures of chance, after which a guest is started again.
var (
	// errEarly: a boot that went wrong on its own. Under TCG of qemu 7.2 two of five boots of 6.12 die before the
	// network is up, and on a loaded machine one boot of 6.1 in fifty had a module that failed to load.
	errEarly = errors.New("no whole boot up to the crash")
	// errApart: two CPUs reported one after the other, where both at once was wanted.
	errApart = errors.New("the reports of the two CPUs are not interleaved")
)

// again says whether a case that failed with err in its nth try (from 0) deserves another one.
func again(err error, try, retries int) bool {
	switch {
	case errors.Is(err, errSlow):
		return try < retries
	case errors.Is(err, errEarly):
		return try < 6
	case errors.Is(err, errApart):
		return try < 8
	}
	return false
}

// runAll boots the cases one after the other and goes on after a failure. It prints one line per
// case and returns an error that names the failed ones.
func runAll(ctx context.Context, work, nfoops string, cases []scenario, timeout time.Duration, retries int) error {
	var failed []string
	for _, c := range cases {
		start := time.Now()
		err := runOne(ctx, work, nfoops, c, timeout)
		for try := 0; again(err, try, retries) && ctx.Err() == nil; try++ {
			fmt.Fprintf(os.Stderr, "e2e: %s: %v\ne2e: once more\n", c.Name, err)
			err = runOne(ctx, work, nfoops, c, timeout)
		}
		took := time.Since(start).Round(100 * time.Millisecond)
		if err != nil {
			failed = append(failed, c.Name)
			fmt.Printf("FAIL %-34s %8s  %v\n", c.Name, took, err)
		} else {
			site, _ := os.ReadFile(filepath.Join(work, "runs", c.Name, "summary"))
			fmt.Printf("ok   %-34s %8s  %s\n", c.Name, took, bytes.TrimSpace(site))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d cases failed: %s", len(failed), len(cases), strings.Join(failed, ", "))
	}
	return nil
}

// runOne boots a case and holds its capture to what is known; truth.yaml is written beside the
// logs. The summary is one line for the reader of the run.
func runOne(ctx context.Context, work, nfoops string, c scenario, timeout time.Duration) error {
	dir := filepath.Join(work, "runs", c.Name)
	p, err := prove(ctx, work, c)
	if err != nil {
		return err
	}
	if err := boot(ctx, work, dir, nfoops, c, timeout); err != nil {
		return err
	}
	log, err := os.ReadFile(filepath.Join(dir, "netconsole.log"))
	if err != nil {
		return err
	}
	summary, err := judge(dir, c, p, log)
	if err != nil {
		return err
	}
	if nfoops != "" {
		l := &listener{nfoops: nfoops, inbox: filepath.Join(dir, "inbox.db")}
		list, err := l.groups(ctx)
		if err == nil {
			err = inInbox(list, c)
		}
		if err != nil {
			return err
		}
		summary += fmt.Sprintf(", %d in the inbox", len(list))
		for _, g := range list {
			summary += fmt.Sprintf(" (%s %s)", g.Verdict, g.Entry)
		}
	}
	return os.WriteFile(filepath.Join(dir, "summary"), []byte(summary+"\n"), 0o644)
}

// judge says whether the log shows what had to happen, and writes the truth of a crash.
func judge(dir string, c scenario, p proof, log []byte) (summary string, err error) {
	text := bare(log)
	if i := strings.Index(text, "e2e: END FAIL"); i >= 0 {
		line, _, _ := strings.Cut(text[i:], "\n")
		return "", fmt.Errorf("the guest gave up: %s", line)
	}
	if !strings.HasPrefix(text, begin) {
		return "", fmt.Errorf("%w: netconsole brought nothing of it; see %s", errEarly, filepath.Join(dir, "serial.log"))
	}
	if boot, _, _ := strings.Cut(transport.ReplaceAllString(string(log), ""), begin); crashStart.MatchString(boot) {
		return "", fmt.Errorf("%w: the boot had a crash of its own; see %s", errEarly, filepath.Join(dir, "netconsole.log"))
	}
	if c.Fixed {
		return refused(text)
	}
	r := read(log)
	site, insn, err := p.check(c, r)
	if err != nil {
		return "", err
	}
	if c.Panic != "" && r.Panic != c.Panic {
		return "", fmt.Errorf("panic %q, expected %q", r.Panic, c.Panic)
	}
	if c.Panic == "" && r.Panic != "" {
		return "", fmt.Errorf("unexpected panic %q", r.Panic)
	}
	if c.CPUs > 1 {
		first, _, _ := strings.Cut(text, "---[ end trace")
		if strings.Count(first, "[ cut here ]") < 2 {
			return "", errApart
		}
	}
	if err := sameOops(dir, r); err != nil {
		return "", err
	}
	if err := checkFault(c, p, r); err != nil {
		return "", err
	}
	t := buildTruth(c, p, site, insn, r)
	if err := os.WriteFile(filepath.Join(dir, "truth.yaml"), t.marshal(), 0o644); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s %s", c.Kind, site, r.Panic), nil
}

// refused checks the boot with the right order: the second connection is refused, nothing crashes.
func refused(text string) (string, error) {
	for _, want := range []string{
		`(?m)^e2e: first connection: first$`,
		`(?m)^e2e: second connection: .*Connection refused$`,
		`(?m)^e2e: rejected packets: [1-9]`,
		`(?m)^e2e: END no crash$`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			return "", fmt.Errorf("the fixed module: %q is not in the log", want)
		}
	}
	if crashStart.MatchString(text) {
		return "", errors.New("the fixed module: something crashed")
	}
	return "second connection refused, no crash", nil
}

// sameOops checks that the serial console and the extended format tell of the same place.
func sameOops(dir string, r reading) error {
	for _, name := range []string{"serial.log", "netconsole-ext.log"} {
		log, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		other := read(log)
		if other.IP != r.IP || other.Fault != r.Fault || other.Panic != r.Panic {
			return fmt.Errorf("%s differs: %s at %q, %q", name, other.IP, other.Fault, other.Panic)
		}
	}
	return nil
}

// checkFault holds the printed address of a NULL dereference to the place of the member.
func checkFault(c scenario, p proof, r reading) error {
	if c.Kind != "null-deref" || p.FieldOffset < 0 || c.Access == "exec" {
		return nil
	}
	want := fmt.Sprintf("%x", p.FieldOffset)
	if strings.TrimLeft(r.Fault, "0") != want {
		return fmt.Errorf("fault address %s, but %s.%s lies at 0x%s", r.Fault, c.Struct, c.Field, want)
	}
	return nil
}
