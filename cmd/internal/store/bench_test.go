package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// The inbox of a bad year: 10,000 crashes of 200 bugs on 500 hosts.
func BenchmarkGroups10000(b *testing.B) {
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(b.TempDir(), "inbox.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, err := s.(*database).db.Exec("PRAGMA synchronous = off"); err != nil {
		b.Fatal(err)
	}
	for i := range 10_000 {
		c := crash(fmt.Sprint("bug ", i%200), fmt.Sprint("host ", i%500), fmt.Sprint("6.1.", i%40), i)
		c.Raw = make([]byte, 4<<10)
		if _, err := s.Add(ctx, c); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			if groups, err := s.Groups(ctx, Filter{}); err != nil || len(groups) != 200 {
				b.Fatal(err, len(groups))
			}
		}
	})
	b.Run("activity", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Activity(ctx, "", noon.Add(200*time.Hour), time.Hour, 24); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(b.TempDir(), "inbox.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	c := crash("aa", "h", "6.1", 0)
	for b.Loop() {
		if _, err := s.Add(ctx, c); err != nil {
			b.Fatal(err)
		}
	}
}
