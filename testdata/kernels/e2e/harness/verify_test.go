// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const storyTruth = `kind: 'null-deref'
kernel_release: '6.1.0-56-cloud-amd64 #1'
ip_symbol: 'count_them+0x16d/0x3b0'
ip_module: 'ipt_connlimit'
fault_address: '00000000000000e0'
number_of_oopses_in_log: 1
`

const storyReport = `{"reports": [{"kind": "null-deref", "kernel": "6.1.0-56-cloud-amd64", "fault_address": "0xe0",
	"ip": {"symbol": "count_them", "offset": "0x16d", "module": "ipt_connlimit"},
	"matches": [{"id": "ipt-connlimit-predicate-order", "verdict": "known"}]}]}`

// TestVerify runs the check against answers of a stand-in: only the right one passes.
func TestVerify(t *testing.T) {
	c, err := selectCases([]string{"connlimit-natural-kaslr"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, answer string
		status       string
		ok           bool
	}{
		{"right", storyReport, "0", true},
		{"another offset", strings.Replace(storyReport, "0x16d", "0x16c", 1), "0", false},
		{"another entry", strings.Replace(storyReport, "ipt-connlimit", "xt-connlimit", 1), "0", false},
		{"only possible", strings.Replace(storyReport, `"known"`, `"possible"`, 1), "0", false},
		{"no crash", `{"reports": []}`, "1", false},
		{"failed", storyReport, "2", false},
		{"no JSON", "oops", "0", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			from := filepath.Join(dir, "runs", c[0].Name)
			if err := os.MkdirAll(from, 0o755); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{
				filepath.Join(from, "truth.yaml"):     storyTruth,
				filepath.Join(from, "netconsole.log"): "log\n",
				filepath.Join(dir, "answer"):          test.answer,
			} {
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			script := "#!/bin/sh\ncat '" + filepath.Join(dir, "answer") + "'\nexit " + test.status + "\n"
			nfoops := filepath.Join(dir, "nfoops")
			if err := os.WriteFile(nfoops, []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := verify(context.Background(), nfoops, filepath.Dir(from), c); (err == nil) != test.ok {
				t.Errorf("verify: %v", err)
			}
		})
	}
	if err := verify(context.Background(), "/nonexistent", t.TempDir(), c); err == nil {
		t.Error("a missing analyzer passes")
	}
}
