package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is the PostgreSQL server of this test run: real, made for it, reached by a socket in its own folder.
var server struct {
	once      sync.Once
	dir       string
	cmd       *exec.Cmd
	missing   string // why there is none
	databases int
}

// newPostgres makes an empty database. Without PostgreSQL on this machine the test is skipped, which it says; with
// NFOOPS_ORACLE=require, as in CI, it fails.
func newPostgres(t *testing.T) string {
	t.Helper()
	server.once.Do(startPostgres)
	if server.missing != "" {
		if os.Getenv("NFOOPS_ORACLE") == "require" {
			t.Fatal(server.missing)
		}
		t.Skip("SKIPPED, no PostgreSQL: " + server.missing)
	}
	db, err := sql.Open("pgx", dsnOf("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	server.databases++
	name := fmt.Sprintf("inbox%d", server.databases)
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	return dsnOf(name)
}

func dsnOf(database string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&user=nfoops", database, server.dir)
}

// startPostgres starts the server that Debian's package postgresql installs. It refuses to run as root, so then it
// runs as the user that the package makes.
func startPostgres() {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 || runtime.GOOS != "linux" {
		server.missing = "/usr/lib/postgresql/*/bin/initdb is not there: apt-get install postgresql"
		return
	}
	bin := filepath.Dir(found[len(found)-1])
	var as *syscall.SysProcAttr
	dir, err := os.MkdirTemp("", "nfoops-pg")
	if err != nil {
		server.missing = err.Error()
		return
	}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			server.missing = err.Error()
			return
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := os.Chown(dir, uid, gid); err != nil {
			server.missing = err.Error()
			return
		}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "nfoops", "--auth=trust", "-E", "UTF8", "-N")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		server.missing = fmt.Sprintf("initdb: %v\n%s", err, out)
		return
	}
	var log bytes.Buffer
	run := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=")
	run.SysProcAttr, run.Dir, run.Stderr, run.Stdout = as, dir, &log, &log
	if err := run.Start(); err != nil {
		server.missing = err.Error()
		return
	}
	server.dir, server.cmd = dir, run
	deadline := time.Now().Add(time.Minute)
	for {
		db, err := sql.Open("pgx", dsnOf("postgres"))
		if err == nil {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			err = db.PingContext(ctx)
			cancel()
			_ = db.Close()
		}
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			stopPostgres()
			server.missing = fmt.Sprintf("the server did not come up: %v", err)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func stopPostgres() {
	if server.cmd == nil {
		return
	}
	_ = server.cmd.Process.Signal(syscall.SIGINT) // a fast shutdown
	_ = server.cmd.Wait()
	_ = os.RemoveAll(server.dir)
	server.cmd = nil
}

func TestMain(m *testing.M) {
	if os.Getenv(addEnv) != "" {
		addUntilKilled()
	}
	code := m.Run()
	stopPostgres()
	os.Exit(code)
}
