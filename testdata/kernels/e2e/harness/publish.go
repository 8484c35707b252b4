// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Limits of a committed log.
const (
	linesBefore = 15       // lines kept before the crash was started
	maxLog      = 30 << 10 // bytes
)

// trim cuts the boot off a log: it keeps the last lines before the crash was started, and
// everything after. Nothing inside is touched.
func trim(log []byte) []byte {
	at := bytes.Index(log, []byte(begin))
	if at < 0 {
		return log
	}
	for n := 0; n <= linesBefore && at > 0; n++ {
		at = bytes.LastIndexByte(log[:at-1], '\n') + 1
	}
	return log[at:]
}

// trimDatagrams does the same for datagrams; their times still count from the start of the capture.
func trimDatagrams(text []byte) ([]byte, error) {
	got, err := parseDatagrams(text)
	if err != nil {
		return nil, err
	}
	for i, d := range got {
		if bytes.Contains(d.Data, []byte(begin)) {
			return formatDatagrams(got[max(0, i-linesBefore):]), nil
		}
	}
	return text, nil
}

// publish judges the captures of crashes once more and writes them as test logs. Cases that were
// not run are left alone.
func publish(ctx context.Context, work, to string, cases []scenario) error {
	for _, c := range cases {
		dir := filepath.Join(work, "runs", c.Name)
		if _, err := os.Stat(filepath.Join(dir, "truth.yaml")); err != nil {
			if !c.Fixed {
				fmt.Fprintf(os.Stderr, "e2e: %s has no capture\n", c.Name)
			}
			continue
		}
		p, err := prove(ctx, work, c)
		if err != nil {
			return err
		}
		log, err := os.ReadFile(filepath.Join(dir, "netconsole.log"))
		if err != nil {
			return err
		}
		if _, err := judge(dir, c, p, log); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		out := filepath.Join(to, c.Name)
		if err := os.MkdirAll(out, 0o755); err != nil {
			return err
		}
		names := []string{"serial.log", "netconsole.log", "netconsole-ext.log"}
		if c.Story != "" {
			names = append(names, "netconsole.datagrams", "netconsole-ext.datagrams")
		}
		for _, name := range names {
			log, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return err
			}
			if filepath.Ext(name) == ".datagrams" {
				log, err = trimDatagrams(log)
			} else {
				log = trim(log)
			}
			if err != nil {
				return err
			}
			if len(log) > maxLog {
				return fmt.Errorf("%s/%s has %d bytes", c.Name, name, len(log))
			}
			if err := os.WriteFile(filepath.Join(out, name), log, 0o644); err != nil {
				return err
			}
		}
		text, err := os.ReadFile(filepath.Join(dir, "truth.yaml"))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, "truth.yaml"), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
