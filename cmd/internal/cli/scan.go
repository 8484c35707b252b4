package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nfoops/nfoops/cmd/internal/policy"
	"github.com/nfoops/nfoops/cmd/internal/render"
	"github.com/nfoops/nfoops/cmd/internal/triage"
	"github.com/nfoops/nfoops/oops/scan"
)

// scanFlags are the rules of a scan.
type scanFlags struct {
	failOn        string
	baseline      string
	writeBaseline string
	ignore        string
	maxReports    int
	summary       bool
	merge         bool
	stdinName     string
	jobs          int
	follow        bool
	since, until  string
}

func (a *app) scanCommand() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan PATH...",
		Short: "Find the crashes in logs of any size and number, a line each",
		Long: `scan reads files, folders (with all below them) and standard input (-), and
prints a line for each crash: where it is, what it is, and whether it is known.
It is made for build services: the exit status says whether --fail-on is met.

Levels of --fail-on: any (every crash), warning (warnings and worse), oops
(an oops, a panic or a hang), known-fixed (a known bug that has a fix which this
kernel lacks), new (what --baseline does not have), never. What the baseline has
counts for any only; what --ignore-file names never counts.

A baseline and an ignore file have a line for each fingerprint, the ignore file
with a reason: FINGERPRINT [exp:2027-01-31] # reason

scan --merge joins what scans of parts gave, written by -f jsonl; it writes the
same form unless told otherwise. The order of the parts does not matter, nor
whether some were joined before.`,
		Example: `  nfoops scan console.log --fail-on oops
  nfoops scan logs/ -o text=- -o sarif=r.sarif -o junit=r.xml
  nfoops scan logs/ --baseline known.txt --fail-on new --summary
  nfoops scan --merge part1.jsonl part2.jsonl -f plain`,
		Annotations: map[string]string{"exit": scanExitHelp},
		Args:        cobra.ArbitraryArgs,
		RunE:        func(cmd *cobra.Command, args []string) error { return a.scan(cmd, args, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.failOn, "fail-on", string(policy.Warning), "the `LEVEL` of a crash that makes the exit status 1: "+
		strings.Join(policy.Levels(), ", "))
	flags.StringVar(&f.baseline, "baseline", "", "crashes that are not new, in `FILE`")
	flags.StringVar(&f.writeBaseline, "write-baseline", "", "write the fingerprints of all crashes to `FILE`")
	flags.StringVar(&f.ignore, "ignore-file", "", "crashes to pass over, with reasons, in `FILE`")
	flags.IntVar(&f.maxReports, "max-reports", 0, "report `N` crashes at most and count the others; 0 for no limit")
	flags.BoolVar(&f.summary, "summary", false, "one report, at the end, for all crashes of one fingerprint")
	flags.BoolVar(&f.merge, "merge", false, "read reports (-f jsonl) of other scans, and join them by fingerprint")
	flags.StringVar(&f.stdinName, "stdin-name", "", "`NAME` of standard input in reports")
	flags.IntVarP(&f.jobs, "jobs", "j", 0, "search `N` parts of an input at once; 0 for as many as there are processors")
	flags.BoolVar(&f.follow, "follow", false, "go on at the end of the file, through rotations, until Ctrl-C")
	flags.StringVar(&f.since, "since", "", "leave out crashes before `TIME`, or older than 24h, where lines have a time")
	flags.StringVar(&f.until, "until", "", "leave out crashes after `TIME`")
	_ = cmd.RegisterFlagCompletionFunc("fail-on",
		cobra.FixedCompletions(policy.Levels(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

const scanExitHelp = `Exit status:
  0    no crash at or above --fail-on
  1    at least one
  2    bad usage, or an input that can't be read (the rest is still scanned)
  130  interrupted`

// scan reads all inputs and judges what it finds.
func (a *app) scan(cmd *cobra.Command, args []string, f scanFlags) error {
	if len(args) == 0 {
		return withHint(errors.New("scan needs something to read"), "nfoops scan PATH..., or - for standard input")
	}
	if slices.Contains(args, "") {
		return errors.New("a file name is empty")
	}
	if f.follow && (len(args) != 1 || f.merge) {
		return errors.New("--follow reads one file, or - for standard input")
	}
	s := &scanRun{app: a, cmd: cmd, flags: f, seen: map[string]string{}}
	if err := s.rules(); err != nil {
		return err
	}
	base, err := a.base()
	if err != nil {
		return err
	}
	s.session = triage.NewSession(triage.Sources{KB: base}, version())
	if f.merge && a.format == "" {
		a.format = "jsonl"
	}
	folder, _ := os.Getwd() // names stay as they are without it
	s.out, err = a.openOutputs(render.Options{
		Tool: s.session.Document(nil).Tool, Brief: true, Folder: filepath.ToSlash(folder),
	}, args...)
	if err != nil {
		return err
	}
	a.in = breakOff(cmd.Context(), a.in)
	if f.merge {
		err = s.merge(args)
	} else {
		err = s.run(args)
	}
	if err == nil || errors.Is(err, context.Canceled) {
		if groupErr := s.writeGroups(); err == nil {
			err = groupErr
		}
	}
	// Even after an interrupt the documents are closed, so that what was reported can be read.
	if closeErr := s.out.close(s.session.Document(nil)); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return s.conclude()
}

// scanRun is one scan on its way.
type scanRun struct {
	*app
	cmd     *cobra.Command
	flags   scanFlags
	policy  policy.Policy
	session *triage.Session
	period  period
	bar     *progress
	out     *outputs
	groups  *policy.Groups    // nil unless --summary
	seen    map[string]string // fingerprint to title, for --write-baseline

	files, broken              int
	crashes, findings, ignored int
	reported, held             int
	outside                    int // of --since and --until
}

// rules reads the files of the policy.
func (s *scanRun) rules() error {
	var err error
	if s.policy.FailOn, err = policy.ParseLevel(s.flags.failOn); err != nil {
		return fmt.Errorf("--fail-on: %w", err)
	}
	if s.policy.FailOn == policy.New && s.flags.baseline == "" {
		return withHint(errors.New("--fail-on new needs --baseline"),
			"nfoops scan --write-baseline FILE PATH... makes one")
	}
	if s.flags.maxReports < 0 {
		return fmt.Errorf("--max-reports is 0 or more, not %d", s.flags.maxReports)
	}
	if s.policy.Baseline, err = readList(s.flags.baseline, policy.ReadBaseline); err != nil {
		return withHint(err, "nfoops scan --write-baseline FILE PATH... makes a baseline")
	}
	if s.policy.Ignore, err = readList(s.flags.ignore, policy.ReadIgnore); err != nil {
		return err
	}
	if s.flags.jobs < 0 {
		return fmt.Errorf("--jobs is 0 or more, not %d", s.flags.jobs)
	}
	if s.flags.jobs == 0 {
		s.flags.jobs = runtime.GOMAXPROCS(0)
	}
	s.policy.Now = time.Now()
	if s.period, err = readPeriod(s.flags.since, s.flags.until, s.policy.Now); err != nil {
		return err
	}
	if s.flags.summary {
		s.groups = policy.NewGroups(groupLimit)
	}
	return nil
}

// groupLimit bounds what --summary holds back; reports of further fingerprints are written as they come.
const groupLimit = 5000

// readList reads a baseline or an ignore file; none is asked for by "".
func readList(name string, read func(string, io.Reader) (*policy.List, error)) (*policy.List, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, pathError(name, err)
	}
	defer f.Close()
	return read(name, f)
}

// run reports everything; its error ends the scan, which an unreadable input does not.
func (s *scanRun) run(args []string) error {
	inputs := s.inputs(args)
	if s.flags.follow {
		inputs = s.followed(s.cmd.Context(), args[0])
	} else {
		s.bar = s.newProgress()
		defer s.bar.hide()
	}
	for in, err := range inputs {
		if err != nil {
			s.unread(err)
			continue
		}
		if s.out.writes(in.name) { // in a folder that is scanned: its reports would be found again
			_ = in.close()
			continue
		}
		if err := s.read(in); err != nil {
			return err
		}
	}
	return nil
}

// read scans one input.
func (s *scanRun) read(in *input) error {
	defer func() { _ = in.close() }()
	s.files++
	if s.flags.stdinName != "" && (in.name == "-" || strings.HasPrefix(in.name, "-/")) { // itself, or a member
		in.name = s.flags.stdinName + in.name[1:]
	}
	options := scan.Options{Jobs: s.flags.jobs, Live: in.live}
	if s.bar != nil {
		options.Progress = s.bar.add
	}
	finder := in.finder(s.cmd.Context(), options)
	defer finder.Close()
	for r, err := range s.session.Scan(s.cmd.Context(), in.name, finder) {
		switch {
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			s.broken++
			s.bar.hide()
			s.complain(pathError(in.name, err))
		case !s.period.has(r.Time, s.policy.Now):
			s.outside++
		default:
			s.bar.hide()
			if err := s.take(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// unread notes what could not be opened.
func (s *scanRun) unread(err error) {
	s.broken++
	s.complain(err)
	if x, named := errors.AsType[*inputError](err); named {
		s.session.Unread(x.name, x.err)
	}
}

// take judges a report, and writes it or holds it for its group.
func (s *scanRun) take(r *triage.Report) error {
	s.judge(r)
	if s.groups != nil && s.groups.Add(r) {
		return nil
	}
	return s.write(r)
}

// judge counts a report as what the rules make of it.
func (s *scanRun) judge(r *triage.Report) {
	n := max(r.Count, 1)
	s.policy.Judge(r)
	s.crashes += n
	if r.Standing.Finding {
		s.findings += n
	}
	if r.Standing.Ignored != "" {
		s.ignored += n
	}
	if s.flags.writeBaseline != "" && len(s.seen) <= policy.ListLimit {
		s.seen[r.Fingerprint.Similar] = strings.Clone(r.Title)
	}
}

func (s *scanRun) write(r *triage.Report) error {
	if s.flags.maxReports > 0 && s.reported >= s.flags.maxReports {
		s.held++
		return nil
	}
	s.reported++
	return s.out.report(r, r.Input)
}

func (s *scanRun) writeGroups() error {
	if s.groups == nil {
		return nil
	}
	for r := range s.groups.All() {
		if s.flags.merge {
			s.judge(r)
		}
		if err := s.write(r); err != nil {
			return err
		}
	}
	return nil
}

// conclude says what there is to say of the scan as a whole, and its exit status.
func (s *scanRun) conclude() error {
	if err := s.saveBaseline(); err != nil {
		return err
	}
	for _, p := range s.policy.Problems() {
		s.say("warning: %s", p.Error())
	}
	text := fmt.Sprintf("%s in %s: %s at or above --fail-on %s", plural(s.crashes, "crash", "crashes"),
		plural(s.files, "input", "inputs"), plural(s.findings, "finding", "findings"), s.policy.FailOn)
	if s.ignored > 0 {
		text += fmt.Sprintf(", %d ignored", s.ignored)
	}
	if s.outside > 0 {
		text += fmt.Sprintf(", %d outside of --since and --until", s.outside)
	}
	if s.broken > 0 {
		text += fmt.Sprintf(", %s not or not wholly read", plural(s.broken, "input", "inputs"))
	}
	s.say("%s", text)
	if s.findings > 0 && s.out.brief() {
		s.say("hint: nfoops FILE tells all of a crash; the number at the end of its line is for --ignore-file and --baseline")
	}
	if s.held > 0 {
		s.say("%s more not written, as --max-reports says", plural(s.held, "report", "reports"))
	}
	switch {
	case s.broken > 0:
		return status(exitUsage)
	case s.findings > 0:
		return status(exitFinding)
	}
	return nil
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// saveBaseline writes the file as a whole or not at all.
func (s *scanRun) saveBaseline() error {
	name := s.flags.writeBaseline
	if name == "" {
		return nil
	}
	if len(s.seen) > policy.ListLimit {
		return fmt.Errorf("%s: there are more than %d fingerprints", name, policy.ListLimit)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".nfoops-baseline-*")
	if err != nil {
		return pathError(name, err)
	}
	err = policy.WriteBaseline(f, s.seen, func(t string) string { return strings.ReplaceAll(render.Clean(t), "#", " ") })
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return pathError(name, err)
	}
	return nil
}
