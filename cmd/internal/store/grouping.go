package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// groupOf names the group of a crash: a digest of the similar fingerprint, or of the title where the log had too
// little for one.
func groupOf(r *triage.Report) string {
	key := "similar:" + r.Fingerprint.Similar
	if r.Fingerprint.Similar == "" {
		key = "title:" + r.Title
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:6])
}

// rank orders verdicts: the group shows the best that one of its crashes got.
func rank(verdict string) int {
	switch verdict {
	case "known":
		return 3
	case "likely":
		return 2
	case "possible":
		return 1
	}
	return 0
}

// bestEntry is the knowledge base's entry of the best match, "" without one.
func bestEntry(r *triage.Report) string {
	if len(r.Matches) == 0 {
		return ""
	}
	return r.Matches[0].ID
}

// hasFix says that the crashed kernel is one that should not have the bug of the given entry any more.
func hasFix(r *triage.Report, entry string) bool {
	for i := range r.Matches {
		if m := &r.Matches[i]; m.ID == entry && m.Affected == "no" {
			return true
		}
	}
	return false
}

// statusAfter is where a group stands when one more crash of it has come in, and why. A closed bug that comes back is
// open again; so is one that was looked at and comes back on a kernel that has its fix.
func statusAfter(old Status, why, entry string, r *triage.Report) (status Status, reason string, again bool) {
	kernel := r.Kernel
	if kernel == "" {
		kernel = "an unknown kernel"
	}
	switch fixed := entry != "" && hasFix(r, entry); {
	case fixed && old != Reopened && old != New:
		return Reopened, "came back on " + kernel + ", which has the fix", old == Closed
	case old == Closed:
		return Reopened, "came back on " + kernel, true
	case old == New && r.Verdict.Status == "known":
		return Known, why, false
	}
	return old, why, false
}

// plain is text that both databases take: valid UTF-8 without NUL.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
