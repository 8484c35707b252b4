package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// sarifLog writes SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/): a rule for each kind of crash
// and each known bug, a result for each crash. Crashes of one fingerprint are one result with an occurrenceCount.
// GitHub shows no more than 5,000 results of a run, so no more are held; the first 300 have their call trace.
type sarifLog struct {
	w      io.Writer
	o      Options
	run    *sarif.Run
	result map[string]*sarif.Result
	rest   int
}

func newSARIF(w io.Writer, o Options) Renderer {
	run := sarif.NewRunWithInformationURI("nfoops", "https://github.com/nfoops/nfoops")
	run.ColumnKind = pointer("unicodeCodePoints")
	return &sarifLog{w: w, o: o, run: run, result: map[string]*sarif.Result{}}
}

func pointer(s string) *string { return &s }

// Report takes one report; nothing is written yet.
func (s *sarifLog) Report(r *triage.Report, input string) error {
	key := keyOf(r)
	if old := s.result[key]; old != nil {
		n := *old.OccurrenceCount + max(r.Count, 1)
		old.OccurrenceCount = &n
		return nil
	}
	if len(s.result) >= docLimit {
		s.rest++
		return nil
	}
	id := ruleOf(r)
	s.rule(id, r)
	x := s.run.CreateResultForRule(id)
	x.Level = sarifLevels[gradeOf(r)]
	x.Message = sarif.NewTextMessage(strings.Join(append([]string{headline(r)}, sentences(r)...), "; ") + ".")
	count := max(r.Count, 1)
	x.OccurrenceCount = &count
	// GitHub reads primaryLocationLineHash only.
	x.WithPartialFingerprints(map[string]string{"similar/v1": key, "primaryLocationLineHash": key + ":1"})
	file := uri(fileOf(r, input, s.o.Folder))
	at := sarif.NewLocation().WithPhysicalLocation(place(file, r.Span.FirstLine, r.Span.LastLine))
	if c := r.Culprit; c != nil && c.Symbol != "" {
		at.AddLogicalLocation(logical(c.Symbol, c.Module))
	}
	x.AddLocation(at)
	if len(s.result) < flowResults {
		if flow := codeFlow(r, file); flow != nil {
			x.AddCodeFlow(flow)
		}
	}
	if st := r.Standing; st != nil {
		switch st.Base {
		case "new":
			x.BaselineState = pointer("new")
		case "known":
			x.BaselineState = pointer("unchanged")
		}
		if st.Ignored != "" {
			x.AddSuppression(sarif.NewSuppression().WithKind("external").WithJustification(Clean(st.Ignored)))
		}
	}
	s.result[key] = x
	return nil
}

var sarifLevels = map[grade]string{note: "note", warning: "warning", failure: "error"}

// rule describes a kind of crash or a known bug, once.
func (s *sarifLog) rule(id string, r *triage.Report) {
	if s.run.GetRuleIndex(id) >= 0 {
		return
	}
	rule := s.run.AddRule(id)
	bug := matchOf(r)
	if !strings.HasPrefix(id, "kb/") || bug == nil {
		rule.WithDescription("A kernel crash of the kind " + Clean(orUnknown(r.Kind)) + " that is no known bug.")
		return
	}
	rule.WithDescription(Clean(bug.Title))
	if bug.RootCause != "" {
		rule.FullDescription = sarif.NewMultiformatMessageString().WithText(Clean(bug.RootCause))
	}
	help := strings.Join(knownAs(r, Clean)[1:], ", ") + "."
	if bug.Workaround != "" {
		help += " Workaround: " + Clean(bug.Workaround)
	}
	rule.Help = sarif.NewMultiformatMessageString().WithText(help)
	for _, ref := range bug.References {
		if strings.HasPrefix(ref, "https://") && ref == clean(ref, true) && !strings.ContainsAny(ref, " \"<>\\^`{|}") {
			rule.HelpURI = &ref
			break
		}
	}
}

// place is a range of lines. Lines count from 1 in SARIF; a report without lines has no region.
func place(file string, first, last int) *sarif.PhysicalLocation {
	p := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(file))
	if first > 0 {
		p.WithRegion(sarif.NewSimpleRegion(first, max(first, last)))
	}
	return p
}

func logical(symbol, module string) *sarif.LogicalLocation {
	return sarif.NewLogicalLocation().WithKind("function").WithName(Clean(symbol)).
		WithFullyQualifiedName(Clean(symbol + moduleOf(module)))
}

// flowResults is how many results have a code flow, which is most of what they take.
const flowResults = 300

// flowLimit is how many frames a code flow has at most: the inner ones.
const flowLimit = 32

// codeFlow is the call trace in the order of calls, the fault last; each step points at its line of the log. What the
// kernel doubts (?) is marked unimportant.
func codeFlow(r *triage.Report, file string) *sarif.CodeFlow {
	s := &sheet{r: r}
	flow := sarif.NewThreadFlow()
	add := func(p triage.Place, line int, importance string) {
		at := sarif.NewLocation().WithPhysicalLocation(place(file, line, line)).
			WithMessage(sarif.NewTextMessage(s.place(p, false)))
		if p.Symbol != "" {
			at.AddLogicalLocation(logical(p.Symbol, p.Module))
		}
		step := sarif.NewThreadFlowLocation().WithLocation(at)
		step.Importance = importance
		flow.AddLocation(step)
	}
	frames := r.Trace[:min(len(r.Trace), flowLimit)]
	for i := len(frames) - 1; i >= 0; i-- {
		importance := "important"
		if !frames[i].Reliable {
			importance = "unimportant"
		}
		add(frames[i].Place, frames[i].LogLine, importance)
	}
	if r.IP != nil && (len(frames) == 0 || frames[0].Symbol != r.IP.Symbol || frames[0].Offset != r.IP.Offset) {
		add(*r.IP, r.Facts["ip"], "essential")
	}
	if len(flow.Locations) == 0 {
		return nil
	}
	return sarif.NewCodeFlow().WithThreadFlows([]*sarif.ThreadFlow{flow})
}

// Close writes the document.
func (s *sarifLog) Close(doc *triage.Document) error {
	driver := s.run.Tool.Driver
	driver.Version = pointer(Clean(doc.Tool.Version))
	call := sarif.NewInvocation().WithExecutionSuccessful(true)
	for _, in := range doc.Inputs {
		if in.Error != "" {
			call.WithExecutionSuccessful(false)
			call.AddToolExecutionNotification(notification("error", "not, or not wholly, read: "+Clean(in.Error),
				uri(relative(in.Name, s.o.Folder)), 0))
		}
	}
	for i, x := range doc.Suspicious {
		name := "-"
		if x.Input >= 0 && x.Input < len(doc.Inputs) {
			name = doc.Inputs[x.Input].Name
		}
		if i >= docLimit {
			s.rest++
			continue
		}
		call.AddToolExecutionNotification(notification("note", "looks like a crash, in a form that is not known: "+
			Clean(x.Text)+" ("+Clean(x.Why)+")", uri(relative(name, s.o.Folder)), x.Line))
	}
	if s.rest > 0 {
		call.AddToolExecutionNotification(notification("warning",
			fmt.Sprintf("%d more are not shown: there is room for %d", s.rest, docLimit), "", 0))
	}
	s.run.AddInvocation(call)
	log := sarif.NewReport()
	log.Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	log.AddRun(s.run)
	data, err := encode(log, "", "")
	if err != nil {
		return err
	}
	_, err = s.w.Write(append(data, '\n'))
	return err
}

func notification(level, text, file string, line int) *sarif.Notification {
	n := sarif.NewNotification().WithMessage(sarif.NewTextMessage(text))
	n.Level = level
	if file != "" {
		n.AddLocation(sarif.NewLocation().WithPhysicalLocation(place(file, line, line)))
	}
	return n
}
