package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

const groupColumns = `g.id, g.title, g.kind, g.severity, g.verdict, g.entry, g.status, g.why, g.crashes, g.first_seen,
	g.last_seen, (SELECT COUNT(*) FROM notes n WHERE n.group_id = g.id)`

// where is a filter as SQL over groups g, with its order and its parameters.
func (f *Filter) where() (string, []any) {
	var terms []string
	var args []any
	add := func(term string, values ...any) {
		terms = append(terms, term)
		args = append(args, values...)
	}
	if len(f.Status) > 0 {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(f.Status)), ", ")
		values := make([]any, len(f.Status))
		for i, status := range f.Status {
			values[i] = string(status)
		}
		add("g.status IN ("+marks+")", values...)
	}
	if f.Host != "" {
		add("EXISTS (SELECT 1 FROM crashes c WHERE c.group_id = g.id AND c.host = ?)", plain(f.Host))
	}
	if f.Kernel != "" {
		add("EXISTS (SELECT 1 FROM crashes c WHERE c.group_id = g.id AND c.kernel = ?)", plain(f.Kernel))
	}
	if f.Text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(plain(f.Text))) + "%"
		add(`(LOWER(g.title) LIKE ? ESCAPE '\' OR LOWER(g.entry) LIKE ? ESCAPE '\')`, like, like)
	}
	if !f.Since.IsZero() {
		add("g.last_seen >= ?", micros(f.Since))
	}
	clause := ""
	if len(terms) > 0 {
		clause = " WHERE " + strings.Join(terms, " AND ")
	}
	clause += " ORDER BY g.last_seen DESC, g.id"
	if f.Limit > 0 {
		clause += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	return clause, args
}

// Groups lists groups. See Store.
func (s *database) Groups(ctx context.Context, f Filter) ([]Group, error) {
	clause, args := f.where()
	groups, err := s.groups(ctx, clause, args)
	return groups, s.failed(err)
}

// groups lists what the clause chooses, with the tallies of hosts and kernels.
func (s *database) groups(ctx context.Context, clause string, args []any) ([]Group, error) {
	var groups []Group
	index := map[string]int{}
	for row, err := range s.rows(ctx, "SELECT "+groupColumns+" FROM groups g"+clause, args...) {
		if err != nil {
			return nil, err
		}
		var g Group
		var first, last int64
		if err := row.Scan(&g.ID, &g.Title, &g.Kind, &g.Severity, &g.Verdict, &g.Entry, &g.Status, &g.Why, &g.Count,
			&first, &last, &g.Notes); err != nil {
			return nil, err
		}
		g.First, g.Last = fromMicros(first), fromMicros(last)
		index[g.ID] = len(groups)
		groups = append(groups, g)
	}
	for _, column := range []string{"host", "kernel"} {
		query := fmt.Sprintf(`SELECT c.group_id, c.%[1]s, COUNT(*) FROM crashes c
			WHERE c.group_id IN (SELECT g.id FROM groups g%[2]s)
			GROUP BY c.group_id, c.%[1]s ORDER BY COUNT(*) DESC, c.%[1]s`, column, clause)
		for row, err := range s.rows(ctx, query, args...) {
			if err != nil {
				return nil, err
			}
			var id string
			var t Tally
			if err := row.Scan(&id, &t.Name, &t.Count); err != nil {
				return nil, err
			}
			i, known := index[id]
			if !known {
				continue // it came in between the two queries
			}
			list := &groups[i].Hosts
			if column == "kernel" {
				list = &groups[i].Kernels
			}
			if t.Name != "" && len(*list) < MaxTally {
				*list = append(*list, t)
			}
		}
	}
	return groups, nil
}

// rows runs a query and yields its rows, or the error that ended it.
func (s *database) rows(ctx context.Context, query string, args ...any) iter.Seq2[*sql.Rows, error] {
	return func(yield func(*sql.Rows, error) bool) {
		rows, err := s.db.QueryContext(ctx, s.dialect.sql(query), args...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			if !yield(rows, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// Group finds one by the beginning of its ID. See Store.
func (s *database) Group(ctx context.Context, id string) (*Group, error) {
	id = strings.ToLower(id)
	if id == "" || strings.Trim(id, "0123456789abcdef") != "" {
		return nil, ErrNotFound
	}
	groups, err := s.groups(ctx, " WHERE g.id LIKE ? ORDER BY g.id LIMIT 2", []any{id + "%"})
	switch {
	case err != nil:
		return nil, s.failed(err)
	case len(groups) == 0:
		return nil, ErrNotFound
	case len(groups) > 1 && groups[0].ID != id:
		return nil, ErrAmbiguous
	}
	return &groups[0], nil
}

const crashColumns = "c.id, c.group_id, c.seen, c.host, c.source, b.report"

// scanCrash reads the columns of crashColumns, and more where the caller asks for more.
func scanCrash(scan func(...any) error, more ...any) (*Crash, error) {
	var c Crash
	var seen int64
	var report []byte
	if err := scan(append([]any{&c.ID, &c.Group, &seen, &c.Host, &c.Source, &report}, more...)...); err != nil {
		return nil, err
	}
	c.Seen, c.Report = fromMicros(seen), new(triage.Report)
	if err := json.Unmarshal(report, c.Report); err != nil {
		return nil, fmt.Errorf("report of crash %d: %w", c.ID, err)
	}
	return &c, nil
}

// Crashes lists the crashes of a group. See Store.
func (s *database) Crashes(ctx context.Context, group string, limit int) ([]Crash, error) {
	query := "SELECT " + crashColumns + ` FROM crashes c JOIN bodies b ON b.crash = c.id WHERE c.group_id = ?
		ORDER BY c.seen DESC, c.id DESC`
	if limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", limit)
	}
	var list []Crash
	for row, err := range s.rows(ctx, query, group) {
		if err != nil {
			return nil, s.failed(err)
		}
		c, err := scanCrash(row.Scan)
		if err != nil {
			return nil, s.failed(err)
		}
		list = append(list, *c)
	}
	return list, nil
}

// Crash gives one crash with its raw text. See Store.
func (s *database) Crash(ctx context.Context, id int64) (*Crash, error) {
	var raw []byte
	row := s.db.QueryRowContext(ctx, s.dialect.sql("SELECT "+crashColumns+
		", b.raw FROM crashes c JOIN bodies b ON b.crash = c.id WHERE c.id = ?"), id)
	c, err := scanCrash(row.Scan, &raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, s.failed(err)
	}
	c.Raw = raw
	return c, nil
}

// Notes lists the notes of a group. See Store.
func (s *database) Notes(ctx context.Context, group string) ([]Note, error) {
	var list []Note
	for row, err := range s.rows(ctx, "SELECT at, body FROM notes WHERE group_id = ? ORDER BY at, id", group) {
		if err != nil {
			return nil, s.failed(err)
		}
		var n Note
		var at int64
		if err := row.Scan(&at, &n.Text); err != nil {
			return nil, s.failed(err)
		}
		n.At = fromMicros(at)
		list = append(list, n)
	}
	return list, nil
}

// Activity counts crashes over time. See Store.
func (s *database) Activity(ctx context.Context, group string, end time.Time, span time.Duration, n int) (
	[]Bucket, error,
) {
	if n <= 0 || span < time.Microsecond {
		return nil, errors.New("activity needs spans of at least a microsecond")
	}
	start := end.Add(-span * time.Duration(n)).UTC()
	buckets := make([]Bucket, n)
	for i := range buckets {
		buckets[i].Start = start.Add(span * time.Duration(i))
	}
	where, args := "seen >= ? AND seen < ?", []any{micros(start), micros(end)}
	if group != "" {
		where, args = where+" AND group_id = ?", append(args, group)
	}
	// Both numbers are ours, no text; PostgreSQL takes no parameter in GROUP BY as the same expression.
	bucket := fmt.Sprintf("(seen - %d) / %d", micros(start), span.Microseconds())
	query := "SELECT " + bucket + ", COUNT(*) FROM crashes WHERE " + where + " GROUP BY " + bucket
	for row, err := range s.rows(ctx, query, args...) {
		if err != nil {
			return nil, s.failed(err)
		}
		var i, count int
		if err := row.Scan(&i, &count); err != nil {
			return nil, s.failed(err)
		}
		if i >= 0 && i < n {
			buckets[i].Count = count
		}
	}
	return buckets, nil
}
