package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/plain"
	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/store"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// inboxFlag adds --inbox to a command; more is what else its value can be.
func inboxFlag(cmd *cobra.Command, dsn *string, more string) {
	cmd.Flags().StringVar(dsn, "inbox", "", "the inbox: an SQLite `FILE` or a postgres:// address"+more+
		" (default: inbox.db in the state folder)")
}

// openInbox opens the inbox that the user named, or the usual one, and says its name. It is made if it is not there.
func openInbox(ctx context.Context, dsn string) (box store.Store, name string, err error) {
	if dsn == "" {
		if dsn, err = store.DefaultPath(os.Getenv); err != nil {
			return nil, "", withHint(err, "--inbox FILE names a place for it")
		}
	}
	box, err = store.Open(ctx, dsn)
	switch {
	case errors.Is(err, store.ErrNewer):
		return nil, "", withHint(err, "use the nfoops that wrote it, or another --inbox")
	case err != nil:
		return nil, "", fmt.Errorf("the inbox: %w", err)
	}
	return box, store.Name(dsn), nil
}

// inboxFlags are what list may be told.
type inboxFlags struct {
	dsn    string
	status []string
	host   string
	kernel string
	text   string
	since  string
	limit  int
}

// statuses are those of the store, in the order of a group's life.
var statuses = []string{
	string(store.New), string(store.Known), string(store.Noted), string(store.Closed), string(store.Reopened),
}

const inboxExitHelp = `Exit status:
  0    done; of list: at least one group
  1    no such group or crash; of list: no group is like that
  2    bad usage, an inbox that can't be opened, read or written`

func (a *app) inboxCommand() *cobra.Command {
	var f inboxFlags
	cmd := &cobra.Command{
		Use: "inbox", Short: "Look through the crashes that were kept, and note what became of them",
		Long: `The inbox holds the crashes that nfoops listen received, grouped by bug. list
shows the groups and their IDs; the others take any beginning of an ID that no
other group has.`,
		Annotations: map[string]string{"exit": inboxExitHelp},
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprint(a.err, cmd.UsageString())
			return status(exitUsage)
		},
	}
	run := func(do func(context.Context, store.Store, []string) error) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, args []string) error {
			box, name, err := openInbox(cmd.Context(), f.dsn)
			if err != nil {
				return err
			}
			defer func() { _ = box.Close() }()
			return a.inboxError(do(cmd.Context(), box, args), name)
		}
	}
	list := &cobra.Command{
		Use: "list", Short: "List the groups, those that crashed last first", Args: cobra.NoArgs,
		Example: "  nfoops inbox list --status new,reopened --since 24h",
		RunE: run(func(ctx context.Context, box store.Store, _ []string) error {
			return a.inboxList(ctx, box, &f)
		}),
	}
	flags := list.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&f.status, "status", nil, "only those of this `STATUS`: "+strings.Join(statuses, ", "))
	flags.StringVar(&f.host, "host", "", "only those with a crash on `HOST`")
	flags.StringVar(&f.kernel, "kernel", "", "only those with a crash on kernel `RELEASE`")
	flags.StringVar(&f.text, "text", "", "only those with `TEXT` in the title or the known bug's ID")
	flags.StringVar(&f.since, "since", "", "only those that crashed since `WHEN`: a date, a time, or 24h, 7d ago")
	flags.IntVar(&f.limit, "limit", 0, "list `N` at most; 0 for all")
	_ = list.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(statuses, cobra.ShellCompDirectiveNoFileComp))
	raw := false
	number := int64(0)
	show := &cobra.Command{
		Use: "show GROUP", Short: "Show a group: counts, notes, and the report of its last crash",
		Args: cobra.ExactArgs(1),
		RunE: run(func(ctx context.Context, box store.Store, args []string) error {
			return a.inboxShow(ctx, box, args[0], number, raw)
		}),
	}
	show.Flags().BoolVar(&raw, "raw", false, "print the lines of the crash as they came, made harmless")
	show.Flags().Int64Var(&number, "crash", 0, "show crash `N` of the group instead of its last")
	note := &cobra.Command{
		Use: "note GROUP TEXT...", Short: "Keep a note with a group", Args: cobra.MinimumNArgs(2),
		Example: "  nfoops inbox note 3f2a \"rolled 6.1.94 out to the edge\"",
		RunE: run(func(ctx context.Context, box store.Store, args []string) error {
			return a.inboxNote(ctx, box, args[0], strings.Join(args[1:], " "))
		}),
	}
	why := ""
	closing := &cobra.Command{
		Use: "close GROUP...", Short: "Close groups; they open again if their crash comes back", Args: cobra.MinimumNArgs(1),
		RunE: run(func(ctx context.Context, box store.Store, args []string) error {
			return a.inboxStatus(ctx, box, args, store.Closed, why)
		}),
	}
	reopen := &cobra.Command{
		Use: "reopen GROUP...", Short: "Open closed groups again", Args: cobra.MinimumNArgs(1),
		RunE: run(func(ctx context.Context, box store.Store, args []string) error {
			return a.inboxStatus(ctx, box, args, store.Reopened, why)
		}),
	}
	closing.Flags().StringVar(&why, "why", "", "the `REASON`, which is shown with the group")
	reopen.Flags().StringVar(&why, "why", "", "the `REASON`, which is shown with the group")
	for _, sub := range []*cobra.Command{list, show, note, closing, reopen} {
		inboxFlag(sub, &f.dsn, "")
		sub.Annotations = map[string]string{"exit": inboxExitHelp}
		cmd.AddCommand(sub)
	}
	return cmd
}

// inboxError says what a name that is not there means.
func (a *app) inboxError(err error, name string) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		a.complain(err)
		a.say("nfoops inbox list shows what is in %s", name)
		return status(exitNone)
	case errors.Is(err, store.ErrAmbiguous):
		return withHint(err, "give more letters; nfoops inbox list shows all of them")
	case errors.Is(err, store.ErrReadOnly):
		return withHint(err, "this user may only read it; ls -l %s shows who may write", name)
	}
	return err
}

// findGroup finds a group; the error names what was asked for.
func findGroup(ctx context.Context, box store.Store, id string) (*store.Group, error) {
	g, err := box.Group(ctx, id)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAmbiguous) {
		return nil, fmt.Errorf("group %q: %w", id, err)
	}
	return g, err
}

func (a *app) inboxList(ctx context.Context, box store.Store, f *inboxFlags) error {
	asJSON, err := a.lines("inbox list")
	if err != nil {
		return err
	}
	filter := store.Filter{Host: f.host, Kernel: f.kernel, Text: f.text, Limit: f.limit}
	for _, s := range f.status {
		if !slices.Contains(statuses, s) {
			return fmt.Errorf("--status is of %s, not %q", strings.Join(statuses, ", "), s)
		}
		filter.Status = append(filter.Status, store.Status(s))
	}
	if f.limit < 0 {
		return fmt.Errorf("--limit is 0 or more, not %d", f.limit)
	}
	if filter.Since, err = since(f.since, time.Now()); err != nil {
		return err
	}
	groups, err := box.Groups(ctx, filter)
	if err != nil {
		return err
	}
	if asJSON {
		rows := make([]groupRow, 0, len(groups))
		for i := range groups {
			rows = append(rows, rowOf(&groups[i]))
		}
		err = a.printJSON(rows)
	} else {
		err = a.printGroups(groups)
	}
	if err == nil && len(groups) == 0 {
		if len(f.status) == 0 && f.host+f.kernel+f.text+f.since == "" {
			a.say("the inbox is empty; nfoops listen fills it")
		} else {
			a.say("nothing in the inbox is like that")
		}
		return status(exitNone)
	}
	return err
}

// since reads "2026-03-07", "2026-03-07T04:05:06Z", "24h" or "7d".
func since(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339, "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	var days int
	if n, err := fmt.Sscanf(text, "%dd", &days); n == 1 && err == nil && days >= 0 && text == fmt.Sprintf("%dd", days) {
		return now.AddDate(0, 0, -days), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("--since is a date (2026-03-07), a time, or how long ago (24h, 7d), not %q", text)
}

// groupRow is a group in JSON.
type groupRow struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Kind     string     `json:"kind"`
	Severity string     `json:"severity"`
	Verdict  string     `json:"verdict"`
	Entry    string     `json:"entry,omitempty"`
	Status   string     `json:"status"`
	Why      string     `json:"why,omitempty"`
	Count    int        `json:"count"`
	First    string     `json:"first"`
	Last     string     `json:"last"`
	Hosts    []tallyRow `json:"hosts"`
	Kernels  []tallyRow `json:"kernels"`
	Notes    int        `json:"notes"`
}

type tallyRow struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

func rowOf(g *store.Group) groupRow {
	r := groupRow{
		ID: g.ID, Title: g.Title, Kind: g.Kind, Severity: g.Severity, Verdict: g.Verdict, Entry: g.Entry,
		Status: string(g.Status), Why: g.Why, Count: g.Count, First: stamp(g.First), Last: stamp(g.Last),
		Hosts: []tallyRow{}, Kernels: []tallyRow{}, Notes: g.Notes,
	}
	for _, t := range g.Hosts {
		r.Hosts = append(r.Hosts, tallyRow(t))
	}
	for _, t := range g.Kernels {
		r.Kernels = append(r.Kernels, tallyRow(t))
	}
	return r
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// printGroups prints a line for each group: what it is, how often and where it came, when last.
func (a *app) printGroups(groups []store.Group) error {
	for i := range groups {
		g := &groups[i]
		where := fmt.Sprintf("%d hosts", len(g.Hosts))
		if len(g.Hosts) == store.MaxTally {
			where = fmt.Sprintf("%d hosts or more", len(g.Hosts))
		}
		if len(g.Hosts) == 1 {
			where = g.Hosts[0].Name
		}
		known := g.Verdict
		if g.Entry != "" {
			known += " " + g.Entry
		}
		_, err := fmt.Fprintf(a.out, "%s  %-8s  %4dx  %s  %s\n    %s\n    %s, %s\n", render.Clean(g.ID), g.Status, g.Count,
			g.Last.Local().Format("2006-01-02 15:04"), render.Clean(where), render.Clean(g.Title), g.Severity,
			render.Clean(known))
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) inboxShow(ctx context.Context, box store.Store, id string, number int64, raw bool) error {
	if len(a.outputs) > 0 {
		return errors.New("-o is for reports of logs; send standard output to the file")
	}
	group, err := findGroup(ctx, box, id)
	if err != nil {
		return err
	}
	crashes, err := box.Crashes(ctx, group.ID, 0)
	if err != nil {
		return err
	}
	at := 0
	if number != 0 {
		at = slices.IndexFunc(crashes, func(c store.Crash) bool { return c.ID == number })
	}
	if at < 0 || len(crashes) == 0 {
		return fmt.Errorf("crash %d of group %s is %w", number, group.ID, store.ErrNotFound)
	}
	crash, err := box.Crash(ctx, crashes[at].ID)
	if err != nil {
		return err
	}
	notes, err := box.Notes(ctx, group.ID)
	if err != nil {
		return err
	}
	switch {
	case raw:
		return a.printRaw(crash.Raw)
	case a.format == "json":
		return a.printShown(group, crashes, crash, notes)
	case a.format != "" && a.format != "text" && a.format != "plain":
		return a.printReport(crash)
	}
	if err := a.printHead(group, crashes, crash, notes); err != nil {
		return err
	}
	return a.printReport(crash)
}

// printRaw prints the lines of a crash; what could harm a terminal is escaped.
func (a *app) printRaw(text []byte) error {
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Fprintln(a.out, plain.Line(strings.TrimRight(line, "\r\n"), a.ascii, 8)); err != nil {
			return err
		}
	}
	return nil
}

// printReport shows the report of a crash as analyze would.
func (a *app) printReport(c *store.Crash) error {
	out, err := a.openOutputs(render.Options{})
	if err != nil {
		return err
	}
	if err := out.report(c.Report, c.Source); err != nil {
		return err
	}
	return out.close(new(triage.Document))
}

// shownCrashes is how many crashes of a group the text lists.
const shownCrashes = 10

// printHead prints what is known of the group, above the report of a crash.
func (a *app) printHead(g *store.Group, crashes []store.Crash, c *store.Crash, notes []store.Note) error {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-9s %s\n", name, plain.Line(fmt.Sprintf(format, args...), a.ascii, 1))
	}
	row("group", "%s, %s", g.ID, g.Status)
	if g.Why != "" {
		row("", "%s", g.Why)
	}
	row("crashes", "%d, first %s, last %s", g.Count, local(g.First), local(g.Last))
	row("hosts", "%s", tallies(g.Hosts))
	row("kernels", "%s", tallies(g.Kernels))
	for i := range notes {
		row("note", "%s  %s", local(notes[i].At), notes[i].Text)
	}
	for i := range crashes {
		if i == shownCrashes {
			row("", "and %d more", len(crashes)-i)
			break
		}
		mark := ""
		if crashes[i].ID == c.ID {
			mark = "  <- shown below"
		}
		row("crash", "%d  %s  %s%s", crashes[i].ID, local(crashes[i].Seen), crashes[i].Host, mark)
	}
	_, err := fmt.Fprintln(a.out, b.String())
	return err
}

func local(t time.Time) string { return t.Local().Format(time.DateTime) }

func tallies(list []store.Tally) string {
	var parts []string
	for _, t := range list {
		name := t.Name
		if name == "" {
			name = "UNKNOWN"
		}
		parts = append(parts, fmt.Sprintf("%s (%d)", name, t.Count))
	}
	if len(parts) == 0 {
		return "UNKNOWN"
	}
	return strings.Join(parts, ", ")
}

// printShown is inbox show as JSON.
func (a *app) printShown(g *store.Group, crashes []store.Crash, c *store.Crash, notes []store.Note) error {
	type crashRow struct {
		ID     int64  `json:"id"`
		Seen   string `json:"seen"`
		Host   string `json:"host"`
		Source string `json:"source"`
		Kernel string `json:"kernel,omitempty"`
	}
	type noteRow struct {
		At   string `json:"at"`
		Text string `json:"text"`
	}
	shown := struct {
		Group   groupRow   `json:"group"`
		Notes   []noteRow  `json:"notes"`
		Crashes []crashRow `json:"crashes"`
		Crash   int64      `json:"crash"` // whose report it is
		Report  any        `json:"report"`
	}{rowOf(g), []noteRow{}, []crashRow{}, c.ID, c.Report}
	for _, n := range notes {
		shown.Notes = append(shown.Notes, noteRow{stamp(n.At), n.Text})
	}
	for _, c := range crashes {
		kernel := ""
		if c.Report != nil {
			kernel = c.Report.Kernel
		}
		shown.Crashes = append(shown.Crashes, crashRow{c.ID, stamp(c.Seen), c.Host, c.Source, kernel})
	}
	return a.printJSON(shown)
}

func (a *app) inboxNote(ctx context.Context, box store.Store, id, text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("the note is empty")
	}
	g, err := findGroup(ctx, box, id)
	if err != nil {
		return err
	}
	if err := box.AddNote(ctx, g.ID, store.Note{At: time.Now(), Text: text}); err != nil {
		return err
	}
	a.say("noted with %s", g.ID)
	return nil
}

func (a *app) inboxStatus(ctx context.Context, box store.Store, ids []string, to store.Status, why string) error {
	for _, id := range ids {
		g, err := findGroup(ctx, box, id)
		if err != nil {
			return err
		}
		if err := box.SetStatus(ctx, g.ID, to, why); err != nil {
			return err
		}
		a.say("%s is %s: %s", g.ID, to, g.Title)
	}
	return nil
}
