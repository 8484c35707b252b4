package cli

import (
	"bytes"
	"testing"
)

// Any text is settings or an error that names the file; it never sets what can't be set.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{
		"format: json\nscan: {fail-on: oops, output: [a, b]}\n", "1: {2: [~]}", "a: &a [*a]", "? [x]\n: y", "\xff", "verbose: 2",
		"scan: {scan: {scan: x}}", "- list", "color: 2027-01-31", "format: {}", "config: x", "help: true", "<<: {a: b}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSettings("file", data)
		if err != nil {
			return
		}
		root := newRoot(new(bytes.Buffer), new(bytes.Buffer), new(bytes.Buffer))
		for _, cmd := range commands(root) {
			if section(cmd) != "scan" {
				continue
			}
			if s.check(root, false) == nil {
				_ = s.apply(cmd)
			}
			for _, flag := range []string{"config", "help"} {
				if f := lookup(cmd, flag); f != nil && f.Changed {
					t.Errorf("%q has set --%s", data, flag)
				}
			}
		}
	})
}
