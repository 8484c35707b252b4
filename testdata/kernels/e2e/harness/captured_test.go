// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const captured = "../../../logs/captured"

// TestCaptured holds the committed captures to their truth and to the rules of a test log.
func TestCaptured(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(captured, "*", "truth.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) < 25 {
		t.Errorf("%d captured crashes, at least 25 belong here", len(dirs))
	}
	cases := map[string]scenario{}
	for _, c := range allCases() {
		cases[c.Name] = c
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			c, known := cases[filepath.Base(dir)]
			if !known {
				t.Fatal("no such case in cases.go")
			}
			text := readFile(t, file)
			y, err := parseTruth(text)
			if err != nil {
				t.Fatal(err)
			}
			if again := y.marshal(); !bytes.Equal(again, text) {
				t.Errorf("the truth file is not in the harness's form:\n%s", again)
			}
			if y.get("kind") != c.Kind || y.get("culprit_function") == "" || y.get("arch") != archOf(c.Flavour) {
				t.Errorf("kind %q, culprit %q, arch %q", y.get("kind"), y.get("culprit_function"), y.get("arch"))
			}
			if c.Field != "" && !strings.HasPrefix(y.get("field_offset"), "0x") {
				t.Errorf("no offset of %s.%s", c.Struct, c.Field)
			}
			for _, name := range []string{"serial.log", "netconsole.log", "netconsole-ext.log"} {
				checkLog(t, filepath.Join(dir, name), y)
			}
		})
	}
}

// checkLog checks one log of a case against its truth.
func checkLog(t *testing.T, file string, y *truth) {
	t.Helper()
	name := filepath.Base(file)
	log := readFile(t, file)
	if len(log) > maxLog {
		t.Errorf("%s has %d bytes", name, len(log))
	}
	if before, _, ok := bytes.Cut(log, []byte(begin)); !ok || bytes.Count(before, []byte("\n")) > linesBefore {
		t.Errorf("%s is not trimmed to %d lines before the crash", name, linesBefore)
	}
	for _, private := range []string{"/home/", "/work", "/tmp/", "/root/"} {
		if bytes.Contains(log, []byte(private)) {
			t.Errorf("%s names a folder of the machine that made it (%s)", name, private)
		}
	}
	r := read(log)
	if place := y.get("ip_symbol"); place != "" && r.IP.String() != place {
		t.Errorf("%s: at %q, the truth says %q", name, r.IP, place)
	}
	if r.Panic != y.get("panic_reason") || r.Comm != y.get("comm") || r.Release != y.get("kernel_release") {
		t.Errorf("%s: panic %q, comm %q, kernel %q", name, r.Panic, r.Comm, r.Release)
	}
	site := y.get("site")
	inTrace := slices.ContainsFunc(r.Frames, func(f place) bool { return f.String() == site })
	if site != "" && site != r.IP.String() && !inTrace {
		t.Errorf("%s: %s is neither the place nor in the trace", name, site)
	}
}

// TestDatagramsAreTheLog checks that the committed datagrams join to the committed log.
func TestDatagramsAreTheLog(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(captured, "*", "*.datagrams"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no datagrams in %s: %v", captured, err)
	}
	for _, file := range files {
		got, err := parseDatagrams(readFile(t, file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		log := readFile(t, strings.TrimSuffix(file, ".datagrams")+".log")
		if joined := concat(got); !bytes.HasSuffix(log, joined) && !bytes.HasSuffix(joined, log) {
			t.Errorf("%s does not join to its log", file)
		}
	}
}

func TestTrim(t *testing.T) {
	var log []string
	for range 40 {
		log = append(log, "[    1.0] boot\r\n")
	}
	end := "[    2.0] " + begin + " null-read\r\n[    2.1] BUG: x\r\n"
	got := trim([]byte(strings.Join(log, "") + end))
	if want := strings.Join(log[:linesBefore], "") + end; string(got) != want {
		t.Errorf("trimmed to\n%s\nwant\n%s", got, want)
	}
	for _, short := range []string{end, log[0] + end, "no crash\n", ""} {
		if got := trim([]byte(short)); string(got) != short {
			t.Errorf("trim(%q) = %q", short, got)
		}
	}
}

func TestTruthRoundTrip(t *testing.T) {
	y := newTruth()
	y.set("what", "it's a test: with 'quotes'")
	y.set("pid", "null")
	y.set("registers", "")
	y.registers = map[string]string{"rax": "0000000000000000"}
	y.set("source_lines", "")
	y.sources = []string{"ip f+0x1/0x2 = f a.c:1"}
	got, err := parseTruth(y.marshal())
	if err != nil {
		t.Fatal(err)
	}
	if got.get("what") != y.get("what") || got.get("pid") != "null" || got.registers["rax"] != "0000000000000000" ||
		!slices.Equal(got.sources, y.sources) || !bytes.Equal(got.marshal(), y.marshal()) {
		t.Errorf("came back as\n%s", got.marshal())
	}
	if _, err := parseTruth([]byte("no key here\n")); err == nil {
		t.Error("a line without a key is accepted")
	}
}

// TestCases checks the table itself: one name each, words of the report format, groups that exist.
func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range allCases() {
		if seen[c.Name] {
			t.Errorf("two cases %s", c.Name)
		}
		seen[c.Name] = true
		if c.Kind == "" || c.What == "" || c.Site == "" && c.Culprit == "" {
			t.Errorf("%s: kind %q, what %q, site %q", c.Name, c.Kind, c.What, c.Site)
		}
		if (c.Field == "") != (c.Struct == "") {
			t.Errorf("%s: struct %q, field %q", c.Name, c.Struct, c.Field)
		}
	}
	for group, least := range map[string]int{"ci": 2, "e2e": 5, "all": 51, "every": 64, "i386": 5, "arm64": 5} {
		picked, err := selectCases([]string{group})
		if err != nil || len(picked) < least {
			t.Errorf("group %s: %d cases, %v", group, len(picked), err)
		}
	}
	if _, err := selectCases([]string{"nobody"}); err == nil {
		t.Error("an unknown name is accepted")
	}
}
