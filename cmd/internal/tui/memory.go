package tui

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/store"
)

// Memory is a store that is forgotten: the crashes of files that are looked at without an inbox. The raw text of its
// crashes is not kept, the files have it. It is safe for use by several goroutines.
type Memory struct {
	mu      sync.Mutex
	crashes []store.Crash
	groups  map[string]*memoryGroup
}

type memoryGroup struct {
	store.Group
	at    []int // of its crashes, in the order in which they came
	notes []store.Note
}

var _ store.Store = (*Memory)(nil)

// Add keeps a crash.
func (s *Memory) Add(_ context.Context, c *store.Crash) (store.Added, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := *c
	kept.ID = int64(len(s.crashes) + 1)
	kept.Group = cmp.Or(c.Report.Fingerprint.Similar, "title "+c.Report.Title)
	kept.Raw = nil
	s.crashes = append(s.crashes, kept)
	g, there := s.groups[kept.Group]
	if !there {
		if s.groups == nil {
			s.groups = map[string]*memoryGroup{}
		}
		g = &memoryGroup{Group: store.Group{ID: kept.Group, Status: store.New, First: c.Seen}}
		s.groups[kept.Group] = g
	}
	g.at = append(g.at, len(s.crashes)-1)
	g.Count++
	g.Title, g.Kind, g.Severity = c.Report.Title, c.Report.Kind, c.Report.Severity
	g.Verdict, g.Entry = c.Report.Verdict.Status, c.Report.Verdict.ID
	if c.Seen.After(g.Last) {
		g.Last = c.Seen
	}
	g.Hosts = tallyUp(g.Hosts, cmp.Or(c.Host, c.Report.Host))
	g.Kernels = tallyUp(g.Kernels, c.Report.Kernel)
	if g.Status == store.New && g.Verdict == "known" {
		g.Status = store.Known
	}
	return store.Added{Crash: kept.ID, Group: kept.Group, Status: g.Status, First: !there}, nil
}

// tallyUp counts a name; the slice is a new one, as others may hold the old.
func tallyUp(list []store.Tally, name string) []store.Tally {
	list = slices.Clone(list)
	i := slices.IndexFunc(list, func(t store.Tally) bool { return t.Name == name })
	switch {
	case i >= 0:
		list[i].Count++
	case len(list) < store.MaxTally:
		list = append(list, store.Tally{Name: name, Count: 1})
	}
	slices.SortStableFunc(list, func(a, b store.Tally) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

// Groups lists groups.
func (s *Memory) Groups(_ context.Context, f store.Filter) ([]store.Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []store.Group{}
	for _, g := range s.groups {
		switch {
		case g.Last.Before(f.Since):
		case len(f.Status) > 0 && !slices.Contains(f.Status, g.Status):
		case f.Host != "" && !named(g.Hosts, f.Host), f.Kernel != "" && !named(g.Kernels, f.Kernel):
		case !strings.Contains(strings.ToLower(g.Title+" "+g.Entry), strings.ToLower(f.Text)):
		default:
			list = append(list, g.Group)
		}
	}
	slices.SortFunc(list, func(a, b store.Group) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(s.groups[a.ID].at[0], s.groups[b.ID].at[0]))
	})
	if f.Limit > 0 {
		list = list[:min(f.Limit, len(list))]
	}
	return list, nil
}

func named(list []store.Tally, name string) bool {
	return slices.ContainsFunc(list, func(t store.Tally) bool { return t.Name == name })
}

// Group finds a group by its whole ID.
func (s *Memory) Group(_ context.Context, id string) (*store.Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, there := s.groups[id]
	if !there {
		return nil, store.ErrNotFound
	}
	kept := g.Group
	return &kept, nil
}

// Crashes lists the crashes of a group.
func (s *Memory) Crashes(_ context.Context, group string, limit int) ([]store.Crash, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, there := s.groups[group]
	if !there {
		return nil, nil
	}
	var list []store.Crash
	for _, at := range slices.Backward(g.at) {
		if limit > 0 && len(list) == limit {
			break
		}
		list = append(list, s.crashes[at])
	}
	return list, nil
}

// Crash gives one crash.
func (s *Memory) Crash(_ context.Context, id int64) (*store.Crash, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id < 1 || id > int64(len(s.crashes)) {
		return nil, store.ErrNotFound
	}
	c := s.crashes[id-1]
	return &c, nil
}

// Notes lists the notes of a group.
func (s *Memory) Notes(_ context.Context, group string) ([]store.Note, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, there := s.groups[group]; there {
		return slices.Clone(g.notes), nil
	}
	return nil, store.ErrNotFound
}

// AddNote keeps a note.
func (s *Memory) AddNote(_ context.Context, group string, n store.Note) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, there := s.groups[group]
	if !there {
		return store.ErrNotFound
	}
	g.notes = append(g.notes, n)
	g.Notes++
	if g.Status != store.Closed {
		g.Status = store.Noted
	}
	return nil
}

// SetStatus gives a group a status.
func (s *Memory) SetStatus(_ context.Context, group string, status store.Status, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, there := s.groups[group]
	if !there {
		return store.ErrNotFound
	}
	g.Status, g.Why = status, why
	return nil
}

// Activity counts crashes in spans of time.
func (s *Memory) Activity(_ context.Context, group string, end time.Time, span time.Duration, n int) (
	[]store.Bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	buckets := make([]store.Bucket, n)
	start := end.Add(-time.Duration(n) * span)
	for i := range buckets {
		buckets[i].Start = start.Add(time.Duration(i) * span)
	}
	for i := range s.crashes {
		c := &s.crashes[i]
		if c.Seen.Before(start) || !c.Seen.Before(end) || group != "" && c.Group != group {
			continue
		}
		buckets[c.Seen.Sub(start)/span].Count++
	}
	return buckets, nil
}

// Close forgets nothing: there is nothing to let go.
func (s *Memory) Close() error { return nil }
