// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const connlimitSource = "../module/ipt_connlimit/ipt_connlimit.c"

// The two orders of the predicates. The fixed source is the faulty one with only this changed.
const (
	faultyOrder = "" +
		"\t\tif (0 == memcmp(&conn->tuple, &tuple, sizeof(tuple)) &&\n" +
		"\t\t    found != NULL && (found_ct = tuplehash_to_ctrack(found)) != NULL &&\n"
	fixedOrder = "" +
		"\t\tif (found != NULL && (found_ct = tuplehash_to_ctrack(found)) != NULL &&\n" +
		"\t\t    0 == memcmp(&conn->tuple, &tuple, sizeof(tuple)) &&\n"
)

// TestDiffGivesFixedSource applies every diff of the fix with patch(1) to the faulty source: the
// module's own, the one beside the 2.6.11 case, and the one that the known bug's entry carries.
func TestDiffGivesFixedSource(t *testing.T) {
	if _, err := exec.LookPath("patch"); err != nil {
		t.Skip("no patch(1)")
	}
	faulty, err := os.ReadFile(connlimitSource)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(faulty), faultyOrder) != 1 {
		t.Fatalf("%s does not have the faulty order once", connlimitSource)
	}
	want := strings.Replace(string(faulty), faultyOrder, fixedOrder, 1)
	for name, diff := range map[string][]byte{
		"own":    readFile(t, "../module/ipt_connlimit/fix.diff"),
		"2.6.11": readFile(t, "../../connlimit-2.6.11/fix.diff"),
		"entry":  entryDiff(t, "../../../../kb/entries/"+storyEntry+".yaml"),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "ipt_connlimit.c")
			if err := os.WriteFile(file, faulty, 0o644); err != nil {
				t.Fatal(err)
			}
			// No fuzz: the context has to fit, only the line numbers may differ.
			cmd := exec.Command("patch", "-p1", "-F0", "--no-backup-if-mismatch", "-d", dir)
			cmd.Stdin = bytes.NewReader(diff)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("patch: %v\n%s", err, out)
			}
			if got := readFile(t, file); string(got) != want {
				t.Errorf("the patched source is not the fixed source:\n%s", got)
			}
		})
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func entryDiff(t *testing.T, name string) []byte {
	t.Helper()
	var entry struct {
		Fix struct{ Diff string }
	}
	if err := yaml.Unmarshal(readFile(t, name), &entry); err != nil {
		t.Fatal(err)
	}
	if entry.Fix.Diff == "" {
		t.Fatalf("%s has no diff", name)
	}
	return []byte(entry.Fix.Diff)
}
