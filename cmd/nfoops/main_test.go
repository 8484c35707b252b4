package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the goldens inside of the scripts anew; read them before you commit")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"nfoops": main})
}

// TestScripts runs testdata/scripts: each command and each exit status has one. $TESTDATA is the folder testdata.
func TestScripts(t *testing.T) {
	testdata, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(testdata, "scripts"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TESTDATA", testdata)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": status,
			"stable": stable,
			"hex":    hexFile,
			"steps":  steps,

			"port":      port,
			"datagrams": datagrams,
			"pcap":      pcap,
		},
	})
}

// status N COMMAND… runs a command that must end with this exit status; stdout and stderr see its output.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// counts are what changes with every known bug that is added.
var counts = regexp.MustCompile(`\b[0-9]+ (entries|known bugs)\b`)

// stable stdout FILE copies the output of the last command without the number of known bugs.
func stable(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: stable stdout file")
	}
	text := counts.ReplaceAllString(ts.ReadFile(args[0]), "N $1")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
}

// hex FILE BYTES… writes bytes given in hexadecimal.
func hexFile(ts *testscript.TestScript, neg bool, args []string) {
	var data []byte
	for _, digits := range args[1:] {
		b, err := strconv.ParseUint(digits, 16, 8)
		ts.Check(err)
		data = append(data, byte(b))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}
