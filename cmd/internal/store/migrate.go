package store

import (
	"context"
	"database/sql"
	"fmt"
)

// migrations bring the tables from one version to the next; the first row makes version 1. A row that was released is
// never changed. Times are microseconds since 1970 in UTC.
var migrations = [][]string{
	{
		`CREATE TABLE groups (
			id TEXT PRIMARY KEY, title TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
			verdict TEXT NOT NULL, entry TEXT NOT NULL, status TEXT NOT NULL, why TEXT NOT NULL,
			crashes BIGINT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL)`,
		`CREATE INDEX groups_last ON groups (last_seen)`,
		`CREATE TABLE crashes (
			id {key}, group_id TEXT NOT NULL REFERENCES groups (id), seen BIGINT NOT NULL,
			host TEXT NOT NULL, source TEXT NOT NULL, kernel TEXT NOT NULL)`,
		`CREATE INDEX crashes_seen ON crashes (group_id, seen)`,
		`CREATE INDEX crashes_host ON crashes (group_id, host)`,
		`CREATE INDEX crashes_kernel ON crashes (group_id, kernel)`,
		`CREATE INDEX crashes_time ON crashes (seen)`,
		// Apart from the crashes, so that listings pass over no megabytes.
		`CREATE TABLE bodies (
			crash BIGINT PRIMARY KEY REFERENCES crashes (id), report TEXT NOT NULL, raw {blob} NOT NULL)`,
		`CREATE TABLE notes (
			id {key}, group_id TEXT NOT NULL REFERENCES groups (id), at BIGINT NOT NULL, body TEXT NOT NULL)`,
		`CREATE INDEX notes_group ON notes (group_id)`,
	},
}

// migrate brings the tables to the newest version. Several processes may do so at once: one works, the rest wait.
func (s *database) migrate(ctx context.Context) error {
	if s.dialect.readOnly {
		var version int
		if err := s.db.QueryRowContext(ctx, "SELECT version FROM schema_version").Scan(&version); err != nil {
			return err
		}
		return checkVersion(version)
	}
	return s.change(ctx, func(tx *sql.Tx) error {
		if s.dialect.lockAll != "" {
			if _, err := tx.ExecContext(ctx, s.dialect.lockAll); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER)"); err != nil {
			return err
		}
		var version sql.NullInt64
		if err := tx.QueryRowContext(ctx, "SELECT MAX(version) FROM schema_version").Scan(&version); err != nil {
			return err
		}
		if err := checkVersion(int(version.Int64)); err != nil || int(version.Int64) == len(migrations) {
			return err
		}
		for _, statements := range migrations[version.Int64:] {
			for _, statement := range statements {
				if _, err := tx.ExecContext(ctx, s.dialect.sql(statement)); err != nil {
					return err
				}
			}
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM schema_version"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, s.dialect.sql("INSERT INTO schema_version VALUES (?)"), len(migrations))
		return err
	})
}

func checkVersion(version int) error {
	if version > len(migrations) {
		return fmt.Errorf("%w: its form is %d, known here is %d", ErrNewer, version, len(migrations))
	}
	return nil
}
