package cli

import (
	"bytes"
	"context"
	"fmt"

	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/kb"
)

// kbTest runs the log and the near miss of each entry through all of the program: the first match of the log must be
// the entry, that of the near miss must not.
func (a *app) kbTest(ctx context.Context, ids []string) error {
	base, err := a.base()
	if err != nil {
		return err
	}
	entries := base.All()
	if len(ids) > 0 {
		entries = nil
		for _, id := range ids {
			e, found := base.Get(id)
			if !found {
				return withHint(fmt.Errorf("there is no entry %q", id), "nfoops kb list shows all of them")
			}
			entries = append(entries, e)
		}
	}
	failed, bare := 0, 0
	for _, e := range entries {
		if _, hasLog := base.Log(e.ID); !hasLog {
			bare++ // no log of it is known: there is nothing to try it on
			if len(ids) == 0 {
				continue
			}
		}
		problem, err := testEntry(ctx, base, e.ID)
		if err != nil {
			return err
		}
		verdict := "ok"
		if problem != "" {
			failed++
			verdict = "FAILED: " + problem
		}
		if problem == "" && a.quiet {
			continue
		}
		if _, err := fmt.Fprintf(a.out, "%s  %s\n", render.Clean(e.ID), render.Clean(verdict)); err != nil {
			return err
		}
	}
	if failed > 0 {
		a.say("%d of %d entries failed", failed, len(entries))
		return status(exitNone)
	}
	if len(ids) > 0 {
		bare = 0
	}
	text := plural(len(entries)-bare, "entry knows its log", "entries know their logs")
	if bare > 0 {
		text += fmt.Sprintf("; of %d no log is known", bare)
	}
	a.say("%s", text)
	return nil
}

func testEntry(ctx context.Context, base *kb.Base, id string) (problem string, err error) {
	log, found := base.Log(id)
	if !found {
		return "it has no log", nil
	}
	first, crashes, err := firstMatch(ctx, base, id+".log", log)
	switch {
	case err != nil:
		return "", err
	case crashes == 0:
		return "no crash was found in its log", nil
	case first == "":
		return "nothing matches its log", nil
	case first != id:
		return "its log matches " + first + " first", nil
	}
	miss, found := base.MissLog(id)
	if !found {
		return "it has no near miss", nil
	}
	first, crashes, err = firstMatch(ctx, base, id+".miss.log", miss)
	switch {
	case err != nil:
		return "", err
	case crashes == 0:
		return "no crash was found in its near miss", nil
	case first == id:
		return "its near miss matches it", nil
	}
	return "", nil
}

// firstMatch is the best match of the first crash in a log.
func firstMatch(ctx context.Context, base *kb.Base, name string, log []byte) (id string, crashes int, err error) {
	session := triage.NewSession(triage.Sources{KB: base}, version())
	for r, err := range session.Read(ctx, name, bytes.NewReader(log)) {
		if err != nil {
			return "", crashes, err
		}
		if crashes == 0 && len(r.Matches) > 0 {
			id = r.Matches[0].ID
		}
		crashes++
	}
	return id, crashes, nil
}
