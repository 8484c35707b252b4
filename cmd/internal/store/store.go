// Package store is the crash inbox: what the listener, the scanner and people put in, grouped by bug, with the notes
// and the status that people gave. Open gives a Store on SQLite, a file that needs no server, or on PostgreSQL, which
// a team can share; both behave alike and pass the same tests.
//
// The store keeps the report and the raw lines of every crash, so that a later version can read them again. It shows
// nothing: whoever prints what comes out of it makes it harmless first. Times come from the caller.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// What a call can fail with, beside what the database says.
var (
	// ErrNotFound says that no group or crash has this name.
	ErrNotFound = errors.New("not in the inbox")
	// ErrAmbiguous says that several groups begin with the given letters.
	ErrAmbiguous = errors.New("several groups begin like this")
	// ErrReadOnly says that the inbox can be read and not changed.
	ErrReadOnly = errors.New("the inbox can't be written")
	// ErrNewer says that a newer nfoops has written the inbox, in a form that this one doesn't know.
	ErrNewer = errors.New("the inbox was written by a newer nfoops")
)

// Status is where a group stands.
type Status string

// The statuses of a group. New and Known are given by the store when the first crash comes in, the others by what
// people do and by what comes back.
const (
	New      Status = "new"      // nobody has looked at it
	Known    Status = "known"    // the knowledge base names the bug, nobody has looked at it
	Noted    Status = "noted"    // somebody wrote a note
	Closed   Status = "closed"   // done with, until it comes back
	Reopened Status = "reopened" // came back after it was closed
)

// Crash is one crash as it was seen on one host.
type Crash struct {
	ID     int64     // given by the store, ascending in the order of arrival
	Group  string    // ID of its group, given by the store
	Seen   time.Time // when it was received, or read
	Host   string    // name or address of the machine that crashed; "" unknown
	Source string    // where it was read: a file name, or "udp:192.0.2.7:6665"
	Report *triage.Report
	Raw    []byte // the lines as they came, bounded by MaxRaw; nil where a listing leaves them out
}

// MaxRaw bounds the raw text that is kept of one crash, in bytes: longer text keeps its beginning.
const MaxRaw = 4 << 20

// Group is all crashes of one bug: those with the same similar fingerprint, or of the same title where a crash has
// too little for one.
type Group struct {
	ID       string // 12 hex digits; any unambiguous beginning finds it
	Title    string // of the last crash with the best verdict, as are the next four
	Kind     string
	Severity string
	Verdict  string // known, likely, possible or unknown
	Entry    string // ID in the knowledge base of the best match; "" none
	Status   Status
	Why      string // why it has this status, in words: "came back on 6.1.94, which has the fix"
	Count    int    // crashes
	First    time.Time
	Last     time.Time
	Hosts    []Tally // most crashes first, at most MaxTally of them
	Kernels  []Tally // the same by kernel release
	Notes    int
}

// MaxTally is how many hosts and kernels a Group lists.
const MaxTally = 50

// Tally is a name and how many crashes bear it.
type Tally struct {
	Name  string
	Count int
}

// Note is what somebody wrote of a group.
type Note struct {
	At   time.Time
	Text string
}

// Filter chooses groups. The zero value is all of them.
type Filter struct {
	Status []Status // any of these; empty any
	Host   string   // with a crash on this host
	Kernel string   // with a crash on this kernel release
	Text   string   // in the title or the entry, whatever the case
	Since  time.Time
	Limit  int // at most so many, those that crashed last first; 0 for all
}

// Added says what became of a crash that was put in.
type Added struct {
	Crash  int64
	Group  string
	Status Status // of the group afterwards
	First  bool   // the group is new
	Again  bool   // the crash opened a closed group again
}

// Bucket is a span of time and the crashes in it.
type Bucket struct {
	Start time.Time
	Count int
}

// Store is an inbox. It is safe for use by several goroutines, and the database by several processes.
type Store interface {
	// Add keeps a crash; its ID and Group are ignored. When it returns without an error the crash is on the disk and
	// survives the death of the process and of the machine.
	Add(ctx context.Context, c *Crash) (Added, error)
	// Groups lists groups, those that crashed last first.
	Groups(ctx context.Context, f Filter) ([]Group, error)
	// Group finds one by the beginning of its ID. It fails with ErrNotFound or ErrAmbiguous.
	Group(ctx context.Context, id string) (*Group, error)
	// Crashes lists the crashes of a group, the last first, without their raw text; limit 0 means all.
	Crashes(ctx context.Context, group string, limit int) ([]Crash, error)
	// Crash gives one crash with its raw text, or ErrNotFound.
	Crash(ctx context.Context, id int64) (*Crash, error)
	// Notes lists the notes of a group, oldest first.
	Notes(ctx context.Context, group string) ([]Note, error)
	// AddNote keeps a note; a group that is New, Known or Reopened becomes Noted.
	AddNote(ctx context.Context, group string, n Note) error
	// SetStatus gives a group a status; why may be "".
	SetStatus(ctx context.Context, group string, s Status, why string) error
	// Activity counts crashes in n spans of the given length, the last of which ends at end; group "" counts all.
	Activity(ctx context.Context, group string, end time.Time, span time.Duration, n int) ([]Bucket, error)
	// Close ends the use of the store.
	Close() error
}
