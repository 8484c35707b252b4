package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// addEnv makes a process of this test add crashes to the named inbox for ever.
const addEnv = "NFOOPS_TEST_ADD"

func addUntilKilled() {
	ctx := context.Background()
	s, err := Open(ctx, os.Getenv(addEnv))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		added, err := s.Add(ctx, crash(fmt.Sprint("bug", i%5), "h", "6.1", i))
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(added.Crash) // acknowledged
	}
}

// A process that is killed at any instant loses no crash that it has acknowledged, and leaves an inbox that the next
// one can use.
func TestKilled(t *testing.T) {
	each(t, func(t inbox) {
		s := t.open().(*database)
		dsn := s.name
		if dsn == "" || strings.HasPrefix(dsn, "postgres") {
			dsn = dsnOf(fmt.Sprintf("inbox%d", server.databases))
		}
		acknowledged := map[int64]bool{}
		rounds := 8
		if testing.Short() {
			rounds = 3
		}
		for round := range rounds {
			cmd := exec.Command(os.Args[0], "-test.run=^$")
			cmd.Env = append(os.Environ(), addEnv+"="+dsn)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(out)
			for n := 0; ; n++ {
				line, err := lines.ReadString('\n')
				if errors.Is(err, io.EOF) {
					break
				}
				id, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
				if err != nil {
					t.Fatalf("round %d: %s", round, line)
				}
				acknowledged[id] = true
				if n == 3 {
					time.AfterFunc(time.Duration(round*7)*time.Millisecond, func() { _ = cmd.Process.Kill() })
				}
			}
			_ = cmd.Wait()
		}
		total := 0
		groups, err := t.open().Groups(context.Background(), Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			total += g.Count
		}
		for id := range acknowledged {
			if _, err := s.Crash(context.Background(), id); err != nil {
				t.Errorf("crash %d was acknowledged: %v", id, err)
			}
		}
		// The one crash in flight at each kill may be there too.
		if total < len(acknowledged) || total > len(acknowledged)+rounds {
			t.Errorf("%d crashes, %d acknowledged", total, len(acknowledged))
		}
		t.Logf("%d kills, %d acknowledged, %d kept", rounds, len(acknowledged), total)
	})
}

// A disk that fills up loses the new crash with an error, and nothing that was there.
func TestFullDisk(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "inbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db := s.(*database).db
	db.SetMaxOpenConns(1) // the limit is of a connection
	if _, err := db.Exec("PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for i := range 1000 {
		c := crash("aa", "h", "6.1", i)
		c.Raw = make([]byte, 10_000)
		if _, err = s.Add(ctx, c); err != nil {
			break
		}
		kept++
	}
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("the disk was full: %v", err)
	}
	g, err := s.Groups(ctx, Filter{})
	if err != nil || len(g) != 1 || g[0].Count != kept || kept == 0 {
		t.Errorf("%v: %d kept, %+v", err, kept, g)
	}
}

func TestReadOnlyInbox(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "inbox.db")
	s, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Writable(s); err != nil {
		t.Error(err)
	}
	group := add(t, s, crash("aa", "h", "6.1", 0)).Group
	for _, inUse := range []bool{true, false} { // by another process; left alone
		if !inUse {
			_ = s.Close()
		}
		ro, err := openSQLiteFile(ctx, path, true)
		if err != nil {
			t.Fatal(inUse, err)
		}
		if g, err := ro.Groups(ctx, Filter{}); err != nil || len(g) != 1 || g[0].Count != 1 {
			t.Errorf("in use %v: %v %+v", inUse, err, g)
		}
		_, err = ro.Add(ctx, crash("aa", "h", "6.1", 1))
		for _, err := range []error{
			err, Writable(ro), ro.SetStatus(ctx, group, Closed, ""), ro.AddNote(ctx, group, Note{At: noon, Text: "x"}),
		} {
			if !errors.Is(err, ErrReadOnly) {
				t.Errorf("in use %v: changed what can't be changed: %v", inUse, err)
			}
		}
		_ = ro.Close()
	}
}
