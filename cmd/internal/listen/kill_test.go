package listen

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// inboxEnv makes a process of this test a listener that keeps crashes in the named inbox until it is killed.
const inboxEnv = "NFOOPS_TEST_LISTEN"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(inboxEnv); dsn != "" {
		fmt.Println("end:", listenUntilKilled(dsn))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func listenUntilKilled(dsn string) error {
	box, err := store.Open(context.Background(), dsn)
	if err != nil {
		return err
	}
	_, err = Run(context.Background(), Config{
		Address: "127.0.0.1:0", Workers: 1, Inbox: box,
		Say:    func(string, ...any) {},
		Ready:  func(listening, _ string) { fmt.Println(listening) },
		Encode: func(r *triage.Report) ([]byte, error) { return json.Marshal(r) },
		Report: func(*triage.Report, string) error { // after the crash was kept
			_, err := fmt.Println("kept")
			return err
		},
	})
	return err
}

// TestKilled: a listener that is killed at any instant loses no crash that it has shown, and the next one goes on with
// the same inbox.
func TestKilled(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	dsn := filepath.Join(t.TempDir(), "inbox.db")
	panicked := bytes.Join(datagrams(t, "connlimit-r-arm64/netconsole.datagrams"), nil)
	shown := 0
	for round := range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), inboxEnv+"="+dsn)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("the listener does not start")
		}
		conn, err := net.Dial("udp", lines.Text())
		if err != nil {
			t.Fatal(lines.Text(), err)
		}
		ended := make(chan struct{})
		go func() { // panics without end, a thousand bytes at a time
			for {
				for at := 0; at < len(panicked); at += 1000 {
					if _, err := conn.Write(panicked[at:min(at+1000, len(panicked))]); err != nil {
						return
					}
				}
				select {
				case <-ended:
					return
				case <-time.After(2 * time.Millisecond):
				}
			}
		}()
		for n := 0; n <= round && lines.Scan(); n++ {
			if lines.Text() != "kept" {
				t.Fatal(lines.Text())
			}
			shown++
		}
		time.Sleep(time.Duration(round) * 700 * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it had still shown
			if strings.HasPrefix(lines.Text(), "kept") {
				shown++
			}
		}
		close(ended)
		_ = cmd.Wait()
		conn.Close()

		box, err := store.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		kept := 0
		groups, err := box.Groups(t.Context(), store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			kept += g.Count
		}
		box.Close()
		if kept < shown {
			t.Fatalf("round %d: %d crashes were shown, %d are in the inbox", round, shown, kept)
		}
	}
	t.Logf("%d crashes were shown in %d rounds", shown, rounds)
}
