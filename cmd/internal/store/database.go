package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// database is a Store in SQL.
type database struct {
	db      *sql.DB
	dialect dialect
	name    string // for errors
}

// Close ends the use of the store. See Store.
func (s *database) Close() error { return s.db.Close() }

// failed names the inbox in an error of the database; the sentinels stay as they are.
func (s *database) failed(err error) error {
	if err == nil || errors.Is(err, ErrNotFound) || errors.Is(err, ErrAmbiguous) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

// Writable gives ErrReadOnly, with the name of the inbox, where opening s has shown that nothing can be put in.
// A database that refuses later is not foreseen.
func Writable(s Store) error {
	if d, ok := s.(*database); ok && d.dialect.readOnly {
		return d.failed(ErrReadOnly)
	}
	return nil
}

// change runs f in a transaction, which is on the disk when change returns nil.
func (s *database) change(ctx context.Context, f func(*sql.Tx) error) error {
	if s.dialect.readOnly {
		return ErrReadOnly
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

// Add keeps a crash: its group, the crash and its text in one transaction. See Store.
func (s *database) Add(ctx context.Context, c *Crash) (Added, error) {
	if c.Report == nil {
		return Added{}, errors.New("a crash without its report")
	}
	report, err := json.Marshal(c.Report)
	if err != nil {
		return Added{}, err
	}
	added := Added{Group: groupOf(c.Report)}
	err = s.change(ctx, func(tx *sql.Tx) error {
		if err := s.addToGroup(ctx, tx, c, &added); err != nil {
			return err
		}
		row := tx.QueryRowContext(ctx, s.dialect.sql(
			`INSERT INTO crashes (group_id, seen, host, source, kernel) VALUES (?, ?, ?, ?, ?) RETURNING id`),
			added.Group, micros(c.Seen), plain(c.Host), plain(c.Source), plain(c.Report.Kernel))
		if err := row.Scan(&added.Crash); err != nil {
			return err
		}
		raw := c.Raw[:min(len(c.Raw), MaxRaw)]
		if raw == nil {
			raw = []byte{}
		}
		_, err := tx.ExecContext(ctx, s.dialect.sql(`INSERT INTO bodies (crash, report, raw) VALUES (?, ?, ?)`),
			added.Crash, plain(string(report)), raw)
		return err
	})
	if err != nil {
		return Added{}, s.failed(err)
	}
	return added, nil
}

// addToGroup makes the group of a crash or brings it up to date.
func (s *database) addToGroup(ctx context.Context, tx *sql.Tx, c *Crash, added *Added) error {
	r, at := c.Report, micros(c.Seen)
	result, err := tx.ExecContext(ctx, s.dialect.sql(
		`INSERT INTO groups (id, title, kind, severity, verdict, entry, status, why, crashes, first_seen, last_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, ?, ?) ON CONFLICT (id) DO NOTHING`),
		added.Group, plain(r.Title), r.Kind, r.Severity, r.Verdict.Status, bestEntry(r), string(New), at, at)
	if err != nil {
		return err
	}
	made, err := result.RowsAffected()
	if err != nil {
		return err
	}
	added.First = made > 0

	var verdict, entry, status, why string
	err = tx.QueryRowContext(ctx, s.dialect.sql(
		`SELECT verdict, entry, status, why FROM groups WHERE id = ?`)+s.dialect.lockRow, added.Group).
		Scan(&verdict, &entry, &status, &why)
	if err != nil {
		return err
	}
	if entry == "" {
		entry = bestEntry(r)
	}
	added.Status, why, added.Again = statusAfter(Status(status), why, entry, r)
	if rank(r.Verdict.Status) >= rank(verdict) {
		_, err = tx.ExecContext(ctx, s.dialect.sql(
			`UPDATE groups SET title = ?, kind = ?, severity = ?, verdict = ?, entry = ? WHERE id = ?`),
			plain(r.Title), r.Kind, r.Severity, r.Verdict.Status, bestEntry(r), added.Group)
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, s.dialect.sql(
		`UPDATE groups SET status = ?, why = ?, crashes = crashes + 1,
		first_seen = CASE WHEN first_seen < ? THEN first_seen ELSE ? END,
		last_seen = CASE WHEN last_seen > ? THEN last_seen ELSE ? END WHERE id = ?`),
		string(added.Status), plain(why), at, at, at, at, added.Group)
	return err
}

// AddNote keeps a note. See Store.
func (s *database) AddNote(ctx context.Context, group string, n Note) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, s.dialect.sql(
			`UPDATE groups SET why = CASE WHEN status = 'closed' THEN why ELSE '' END,
			status = CASE WHEN status = 'closed' THEN status ELSE 'noted' END WHERE id = ?`), group)
		if err := mustChange(result, err); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, s.dialect.sql(`INSERT INTO notes (group_id, at, body) VALUES (?, ?, ?)`),
			group, micros(n.At), plain(n.Text))
		return err
	})
	return s.failed(err)
}

// SetStatus gives a group a status. See Store.
func (s *database) SetStatus(ctx context.Context, group string, status Status, why string) error {
	switch status {
	case New, Known, Noted, Closed, Reopened:
	default:
		return fmt.Errorf("there is no status %q", status)
	}
	return s.failed(s.change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, s.dialect.sql(`UPDATE groups SET status = ?, why = ? WHERE id = ?`),
			string(status), plain(why), group)
		return mustChange(result, err)
	}))
}

// mustChange makes ErrNotFound of a change that changed nothing.
func mustChange(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNotFound, err)
	}
	return nil
}
