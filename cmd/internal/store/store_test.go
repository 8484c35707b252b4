package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// crash makes a crash of the bug with the given fingerprint, so many minutes after noon.
func crash(similar, host, kernel string, minutes int) *Crash {
	r := &triage.Report{
		Title: "BUG: unable to handle kernel NULL pointer dereference in " + similar, Kind: "null-deref",
		Severity: "panic", Kernel: kernel, Verdict: triage.Verdict{Status: "unknown"},
		Fingerprint: triage.Fingerprint{Similar: similar},
	}
	return &Crash{
		Seen: noon.Add(time.Duration(minutes) * time.Minute), Host: host, Source: "udp:192.0.2.7", Report: r,
		Raw: []byte("Oops: " + similar + "\x00\xff\n"),
	}
}

// knownAs gives the crash a match.
func knownAs(c *Crash, entry, verdict, affected string) *Crash {
	c.Report.Matches = []triage.Match{{ID: entry, Verdict: verdict, Affected: affected}}
	c.Report.Verdict = triage.Verdict{Status: verdict, ID: entry}
	return c
}

// inbox is an empty inbox under test; every call of open opens it once more, as another process would.
type inbox struct {
	*testing.T
	open func() Store
}

// each runs a test on an empty inbox of every kind.
func each(t *testing.T, test func(inbox)) {
	t.Helper()
	run := func(t *testing.T, dsn string) {
		t.Helper()
		test(inbox{t, func() Store {
			s, err := Open(context.Background(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		}})
	}
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "inbox.db")) })
	t.Run("postgres", func(t *testing.T) { run(t, newPostgres(t)) })
}

func add(t testing.TB, s Store, c *Crash) Added {
	t.Helper()
	added, err := s.Add(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func TestGrouping(t *testing.T) {
	each(t, func(t inbox) {
		ctx, s := context.Background(), t.open()
		first := add(t, s, crash("aa", "fw-1", "6.1.90", 0))
		second := add(t, s, crash("aa", "fw-2", "6.1.94", 5))
		add(t, s, crash("aa", "fw-2", "6.1.94", 3))
		other := add(t, s, crash("bb", "fw-1", "6.1.90", 1))
		if !first.First || second.First || first.Group != second.Group || other.Group == first.Group {
			t.Errorf("groups: %+v %+v %+v", first, second, other)
		}
		groups, err := s.Groups(ctx, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		want := []Group{
			{
				ID: first.Group, Title: "BUG: unable to handle kernel NULL pointer dereference in aa", Kind: "null-deref",
				Severity: "panic", Verdict: "unknown", Status: New, Count: 3, First: noon, Last: noon.Add(5 * time.Minute),
				Hosts: []Tally{{"fw-2", 2}, {"fw-1", 1}}, Kernels: []Tally{{"6.1.94", 2}, {"6.1.90", 1}},
			},
			{
				ID: other.Group, Title: "BUG: unable to handle kernel NULL pointer dereference in bb", Kind: "null-deref",
				Severity: "panic", Verdict: "unknown", Status: New, Count: 1, First: noon.Add(time.Minute),
				Last: noon.Add(time.Minute), Hosts: []Tally{{"fw-1", 1}}, Kernels: []Tally{{"6.1.90", 1}},
			},
		}
		if diff := cmp.Diff(want, groups); diff != "" {
			t.Error(diff)
		}

		list, err := s.Crashes(ctx, first.Group, 2)
		if err != nil || len(list) != 2 || list[0].ID != second.Crash || list[0].Raw != nil {
			t.Errorf("the last two crashes: %v %+v", err, list)
		}
		c, err := s.Crash(ctx, first.Crash)
		if err != nil {
			t.Fatal(err)
		}
		given := crash("aa", "fw-1", "6.1.90", 0)
		if string(c.Raw) != string(given.Raw) || !c.Seen.Equal(given.Seen) || c.Host != given.Host ||
			c.Report.Title != given.Report.Title {
			t.Errorf("the crash came back as %+v", c)
		}
		if _, err := s.Crash(ctx, 1<<40); !errors.Is(err, ErrNotFound) {
			t.Errorf("no such crash: %v", err)
		}
	})
}

func TestGroupByTitleWithoutFingerprint(t *testing.T) {
	each(t, func(t inbox) {
		s := t.open()
		a, b, other := crash("", "a", "", 0), crash("", "b", "", 0), crash("", "b", "", 0)
		other.Report.Title = "kernel panic: Fatal exception"
		first, second, third := add(t, s, a), add(t, s, b), add(t, s, other)
		if first.Group != second.Group || third.Group == first.Group {
			t.Errorf("%+v %+v %+v", first, second, third)
		}
	})
}

func TestGroupByBeginningOfItsID(t *testing.T) {
	each(t, func(t inbox) {
		ctx, s := context.Background(), t.open()
		ids := map[byte]string{} // first digit to a group
		for i := range 17 {      // two of them begin alike
			added := add(t, s, crash(fmt.Sprint("bug ", i), "h", "", i))
			if _, twice := ids[added.Group[0]]; twice {
				if _, err := s.Group(ctx, added.Group[:1]); !errors.Is(err, ErrAmbiguous) {
					t.Errorf("two groups begin with %c: %v", added.Group[0], err)
				}
			}
			ids[added.Group[0]] = added.Group
			g, err := s.Group(ctx, strings.ToUpper(added.Group[:11]))
			if err != nil || g.ID != added.Group {
				t.Errorf("%s: %v", added.Group, err)
			}
		}
		for _, id := range []string{"", "%", "_", "xyz", "ffffffffffff"} {
			if _, err := s.Group(ctx, id); !errors.Is(err, ErrNotFound) {
				t.Errorf("%q: %v", id, err)
			}
		}
	})
}

func TestStatus(t *testing.T) {
	each(t, func(t inbox) {
		ctx, s := context.Background(), t.open()
		check := func(what string, want Status, why string) {
			t.Helper()
			groups, err := s.Groups(ctx, Filter{})
			if err != nil || len(groups) != 1 {
				t.Fatal(err, groups)
			}
			if g := groups[0]; g.Status != want || g.Why != why {
				t.Errorf("%s: %s (%s), want %s (%s)", what, g.Status, g.Why, want, why)
			}
		}
		added := add(t, s, crash("aa", "fw", "6.1.90", 0))
		check("first seen", New, "")
		add(t, s, knownAs(crash("aa", "fw", "6.1.90", 1), "nf-1", "known", "yes"))
		check("told apart", Known, "")
		add(t, s, crash("aa", "fw", "6.1.90", 2)) // a damaged log of it tells less
		groups, _ := s.Groups(ctx, Filter{})
		if groups[0].Entry != "nf-1" || groups[0].Verdict != "known" {
			t.Errorf("the group forgot what it is: %+v", groups[0])
		}
		if err := s.AddNote(ctx, added.Group, Note{At: noon, Text: "ask Pablo\x00"}); err != nil {
			t.Fatal(err)
		}
		check("after a note", Noted, "")
		if err := s.SetStatus(ctx, added.Group, Closed, "upgraded to 6.1.94"); err != nil {
			t.Fatal(err)
		}
		check("closed", Closed, "upgraded to 6.1.94")
		if err := s.AddNote(ctx, added.Group, Note{At: noon.Add(time.Hour), Text: "really"}); err != nil {
			t.Fatal(err)
		}
		check("a note opens nothing", Closed, "upgraded to 6.1.94")
		again := add(t, s, knownAs(crash("aa", "fw", "6.1.90", 3), "nf-1", "known", "yes"))
		if !again.Again || again.Status != Reopened {
			t.Errorf("came back: %+v", again)
		}
		check("came back", Reopened, "came back on 6.1.90")
		if err := s.SetStatus(ctx, added.Group, Noted, ""); err != nil {
			t.Fatal(err)
		}
		add(t, s, knownAs(crash("aa", "fw", "6.1.99", 4), "nf-1", "possible", "no"))
		check("came back on a fixed kernel", Reopened, "came back on 6.1.99, which has the fix")
		notes, err := s.Notes(ctx, added.Group)
		want := []Note{{At: noon, Text: "ask Pablo\uFFFD"}, {At: noon.Add(time.Hour), Text: "really"}}
		if diff := cmp.Diff(want, notes); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if err := s.SetStatus(ctx, added.Group, "gone", ""); err == nil {
			t.Error("a status that does not exist was taken")
		}
		for _, err := range []error{
			s.SetStatus(ctx, "000000000000", Closed, ""), s.AddNote(ctx, "000000000000", Note{At: noon}),
		} {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("no such group: %v", err)
			}
		}
	})
}

func TestFilter(t *testing.T) {
	each(t, func(t inbox) {
		ctx, s := context.Background(), t.open()
		add(t, s, crash("nf_nat_setup", "fw-1", "6.1.90", 0))
		add(t, s, knownAs(crash("100%_sure", "fw-2", "6.6.1", 10), "xt-recent-1", "known", "yes"))
		closed := add(t, s, crash("cc", "fw-1", "6.6.1", 20))
		if err := s.SetStatus(ctx, closed.Group, Closed, ""); err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			name string
			f    Filter
			want string // ends of the titles
		}{
			{"all", Filter{}, "cc 100%_sure nf_nat_setup"},
			{"limit", Filter{Limit: 2}, "cc 100%_sure"},
			{"status", Filter{Status: []Status{New, Known}}, "100%_sure nf_nat_setup"},
			{"host", Filter{Host: "fw-1"}, "cc nf_nat_setup"},
			{"kernel", Filter{Kernel: "6.6.1", Host: "fw-2"}, "100%_sure"},
			{"since", Filter{Since: noon.Add(10 * time.Minute)}, "cc 100%_sure"},
			{"text", Filter{Text: "NF_NAT"}, "nf_nat_setup"},
			{"text is no pattern", Filter{Text: "0%_S"}, "100%_sure"},
			{"entry", Filter{Text: "recent"}, "100%_sure"},
			{"nothing", Filter{Text: "'; DROP TABLE groups; --"}, ""},
		} {
			groups, err := s.Groups(ctx, row.f)
			if err != nil {
				t.Fatal(row.name, err)
			}
			var ends []string
			for _, g := range groups {
				ends = append(ends, g.Title[strings.LastIndexByte(g.Title, ' ')+1:])
			}
			if got := strings.Join(ends, " "); got != row.want {
				t.Errorf("%s: %q, want %q", row.name, got, row.want)
			}
		}
	})
}

func TestActivity(t *testing.T) {
	each(t, func(t inbox) {
		ctx, s := context.Background(), t.open()
		group := add(t, s, crash("aa", "", "", 0)).Group
		add(t, s, crash("aa", "", "", 59))
		add(t, s, crash("bb", "", "", 60))
		add(t, s, crash("aa", "", "", 180)) // at the end, which is outside
		for _, row := range []struct {
			group string
			want  []int
		}{{"", []int{0, 2, 1, 0}}, {group, []int{0, 2, 0, 0}}} {
			buckets, err := s.Activity(ctx, row.group, noon.Add(3*time.Hour), time.Hour, 4)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, b := range buckets {
				got = append(got, b.Count)
			}
			if diff := cmp.Diff(row.want, got); diff != "" || !buckets[0].Start.Equal(noon.Add(-time.Hour)) {
				t.Error(row.group, diff, buckets[0])
			}
		}
	})
}

// Hostile text from a log comes back as text and breaks nothing.
func TestHostileText(t *testing.T) {
	each(t, func(t inbox) {
		ctx, s := context.Background(), t.open()
		evil := "a\x00b\x1b[2J\xff'; DROP TABLE crashes; --\u202e?$1"
		c := crash(evil, evil, evil, 0)
		c.Source = evil
		c.Report.Title, c.Report.Comm = evil, evil
		added := add(t, s, c)
		got, err := s.Crash(ctx, added.Crash)
		if err != nil {
			t.Fatal(err)
		}
		want := "a\uFFFDb\x1b[2J\uFFFD'; DROP TABLE crashes; --\u202e?$1"
		if got.Host != want || got.Source != want {
			t.Errorf("%q %q", got.Host, got.Source)
		}
		if groups, err := s.Groups(ctx, Filter{Host: evil}); err != nil || len(groups) != 1 || groups[0].Title != want {
			t.Errorf("%v %+v", err, groups)
		}
	})
}

// Several users of one inbox, as several processes would be, lose and double nothing.
func TestTogether(t *testing.T) {
	each(t, func(t inbox) {
		const users, crashes = 4, 20
		var wg sync.WaitGroup
		for u := range users {
			s := t.open()
			wg.Go(func() {
				for i := range crashes {
					if _, err := s.Add(context.Background(), crash(fmt.Sprint("bug", i%3), fmt.Sprint("h", u), "6.1", i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		groups, err := t.open().Groups(context.Background(), Filter{})
		total := 0
		for _, g := range groups {
			total += g.Count
		}
		if err != nil || len(groups) != 3 || total != users*crashes {
			t.Errorf("%v: %d groups, %d crashes", err, len(groups), total)
		}
	})
}

func TestNewerInbox(t *testing.T) {
	each(t, func(t inbox) {
		s := t.open().(*database)
		if _, err := s.db.Exec("UPDATE schema_version SET version = version + 1"); err != nil {
			t.Fatal(err)
		}
		if err := s.migrate(context.Background()); !errors.Is(err, ErrNewer) {
			t.Error(err)
		}
	})
}

func TestLongRawTextIsCut(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "inbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := crash("aa", "", "", 0)
	c.Raw = make([]byte, MaxRaw+1)
	got, err := s.Crash(ctx, add(t, s, c).Crash)
	if err != nil || len(got.Raw) != MaxRaw {
		t.Error(err, len(got.Raw))
	}
}

func TestDefaultPath(t *testing.T) {
	for _, row := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"HOME": "/root"}, "/root/.local/state/nfoops/inbox.db"},
		{map[string]string{"HOME": "/root", "XDG_STATE_HOME": "/s"}, "/s/nfoops/inbox.db"},
		{map[string]string{"HOME": "/root", "XDG_STATE_HOME": "relative"}, "/root/.local/state/nfoops/inbox.db"},
		{map[string]string{"STATE_DIRECTORY": "/var/lib/nfoops:/x", "HOME": "/root"}, "/var/lib/nfoops/inbox.db"},
		{map[string]string{}, ""},
	} {
		got, err := DefaultPath(func(name string) string { return row.env[name] })
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%v: %q, %v", row.env, got, err)
		}
	}
}

func TestNameHidesPasswords(t *testing.T) {
	for dsn, want := range map[string]string{
		"/var/lib/inbox.db":                             "/var/lib/inbox.db",
		"postgres://u:secret@h/db":                      "postgres://u:xxxxx@h/db",
		"postgresql://h/db?password=secret&user=u":      "postgresql://h/db?password=xxxxx&user=u",
		"postgres://u:secret@h:port-that-is-none/db%zz": "the PostgreSQL inbox",
	} {
		if got := Name(dsn); got != want {
			t.Errorf("%s: %s", dsn, got)
		}
	}
	_, err := Open(context.Background(), "postgres://u:secret@127.0.0.1:1/db?connect_timeout=1")
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("an error that tells the password: %v", err)
	}
}

func TestNotAnInbox(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", text, dir, filepath.Join(text, "below-a-file.db")} {
		s, err := Open(context.Background(), path)
		if err == nil {
			_ = s.Close()
			t.Errorf("%q was taken for an inbox", path)
		}
		if path != "" && err != nil && !strings.Contains(err.Error(), filepath.Base(dir)) {
			t.Errorf("%q: the error doesn't name the file: %v", path, err)
		}
	}
	if got, _ := os.ReadFile(text); len(got) != 1200 {
		t.Error("the file was changed")
	}
}
