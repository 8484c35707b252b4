package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// DefaultPath is where the inbox is unless somebody says otherwise: in the folder that systemd gives a service
// (STATE_DIRECTORY), else in the user's state folder (XDG_STATE_HOME, ~/.local/state).
func DefaultPath(getenv func(string) string) (string, error) {
	const name = "inbox.db"
	if dirs := getenv("STATE_DIRECTORY"); dirs != "" {
		first, _, _ := strings.Cut(dirs, ":")
		return filepath.Join(first, name), nil
	}
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "nfoops", name), nil
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "nfoops", name), nil
	}
	return "", errors.New("no place for the inbox: neither XDG_STATE_HOME nor HOME is set")
}

// Open opens an inbox, and makes it where there is none: dsn is the path of an SQLite file, or the address of a
// PostgreSQL database ("postgres://user@host/name"). A file that can't be written can still be read. The error says
// which inbox it was, without the password.
func Open(ctx context.Context, dsn string) (Store, error) {
	if isPostgres(dsn) {
		return openPostgres(ctx, dsn)
	}
	return openSQLite(ctx, dsn)
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Name is dsn as it can be shown: a password in it is left out.
func Name(dsn string) string {
	if !isPostgres(dsn) {
		return dsn
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "the PostgreSQL inbox"
	}
	values := u.Query()
	if values.Has("password") {
		values.Set("password", "xxxxx")
		u.RawQuery = values.Encode()
	}
	return u.Redacted()
}

func openPostgres(ctx context.Context, dsn string) (Store, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		// What the driver says of an address may repeat it.
		return nil, fmt.Errorf("%s: not the address of a PostgreSQL database", Name(dsn))
	}
	return opened(ctx, db, postgres, Name(dsn))
}

func openSQLite(ctx context.Context, path string) (Store, error) {
	if path == "" {
		return nil, errors.New("the inbox has no name")
	}
	readOnly := false
	if err := makeFile(path); err != nil {
		if info, statErr := os.Stat(path); statErr != nil || !info.Mode().IsRegular() {
			return nil, err
		}
		readOnly = true
	}
	return openSQLiteFile(ctx, path, readOnly)
}

func openSQLiteFile(ctx context.Context, path string, readOnly bool) (Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	d := sqlite
	d.readOnly = readOnly
	query := url.Values{"_pragma": {"busy_timeout(10000)", "foreign_keys(1)"}}
	if readOnly {
		query.Set("mode", "ro")
		if _, err := os.Stat(abs + "-wal"); err != nil {
			// Nobody has it open. Without this SQLite wants to write beside it even to read.
			query.Set("immutable", "1")
		}
	} else {
		// In WAL mode readers and one writer don't wait for each other; FULL makes a commit survive a power cut too.
		query["_pragma"] = append(query["_pragma"], "journal_mode(wal)", "synchronous(full)")
		query.Set("_txlock", "immediate")
	}
	name := url.URL{Scheme: "file", Path: abs, RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return opened(ctx, db, d, path)
}

// makeFile makes an inbox that only its user can read: what kernels print can be confidential.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func opened(ctx context.Context, db *sql.DB, d dialect, name string) (Store, error) {
	s := &database{db: db, dialect: d, name: name}
	if err := s.migrate(ctx); err != nil {
		_ = db.Close()
		return nil, s.failed(err)
	}
	return s, nil
}
