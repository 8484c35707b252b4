package triage

import (
	"context"
	"errors"
	"io"

	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops"
)

// match asks the knowledge base.
func (a *analysis) match(ctx context.Context) {
	a.diagnose(ctx)
	if a.src.KB == nil {
		return
	}
	for _, m := range a.src.KB.Match(a.facts()) {
		a.r.Matches = append(a.r.Matches, matchOf(m))
		a.entries = append(a.entries, m.Entry)
	}
}

// FirstFacts gives the first crash of r as the knowledge base sees it; found is false where there is none. The error
// is the reader's.
func FirstFacts(ctx context.Context, r io.Reader, src Sources) (facts kb.Facts, found bool, err error) {
	var p oops.Parser
	for c, err := range p.Crashes(r) {
		if err != nil || ctx.Err() != nil {
			return kb.Facts{}, false, errors.Join(err, ctx.Err())
		}
		a := &analysis{crash: c, src: src, r: fromCrash(c)}
		a.symbolise(ctx)
		a.decode()
		a.diagnose(ctx)
		return a.facts(), true, nil
	}
	return kb.Facts{}, false, nil
}

// facts is the crash as the knowledge base sees it.
func (a *analysis) facts() kb.Facts {
	c := a.crash
	f := kb.Facts{
		Kind: a.r.Kind, Kernel: a.r.Kernel, KernelBuild: a.r.KernelBuild, Arch: a.r.Arch, Modules: a.r.Modules,
		Tainted: a.r.Tainted,
		Panic:   a.r.Panic, Comm: a.r.Comm, Access: a.r.Access,
		Lines: kb.Lines{
			Kind: c.HeadLine(), Kernel: c.Kernel.Line, Modules: a.r.Facts["modules"], Panic: c.Panic.Line,
			Comm: c.Comm.Line, Fault: c.FaultAddress.Line,
		},
	}
	if a.r.Context != string(oops.InUnknown) {
		f.Context = a.r.Context
	}
	if c.IP.Known() && c.IP.Value.Symbol != "" {
		f.IP = kbFrame(&c.IP.Value, true, c.IP.Line)
		if c.IPWithin.Known() {
			f.IP = kbFrame(&c.IPWithin.Value, true, c.IPWithin.Line)
			f.IP.Inlined = []string{c.IP.Value.Symbol}
		}
	}
	for i := range c.Trace {
		if fr := &c.Trace[i]; fr.Symbol != "" {
			f.Frames = append(f.Frames, kbFrame(&fr.Location, fr.Reliable, fr.InLine))
		}
	}
	if c.FaultAddress.Known() {
		f.FaultAddress = &c.FaultAddress.Value
	}
	if e := &a.effect; e.Null || e.Poison != "" {
		f.BaseNull, f.Poison = e.Null, e.Poison
		if e.HasBase || e.Null {
			offset := e.Offset
			f.BaseOffset = &offset
		}
	}
	f.Code = map[string]kb.CodeHit{}
	for _, h := range a.hits {
		f.Code[h.ref.Key] = kb.CodeHit{How: h.hit.How, Bytes: h.hit.Bytes, Of: h.hit.Of, Line: c.Code.Line}
	}
	return f
}

func kbFrame(l *oops.Location, reliable bool, line int) kb.Frame {
	return kb.Frame{Symbol: l.Symbol, Offset: l.Offset, Size: l.Size, Module: l.Module, Reliable: reliable, Line: line}
}

func matchOf(m kb.Match) Match {
	out := Match{
		ID: m.ID, Title: m.Title, Class: m.Class, Verdict: m.Verdict, Score: m.Score,
		Evidence: evidence(m.Evidence), Against: evidence(m.Against),
		Affected: m.Affected, FixedIn: list(m.FixedIn), References: []string{},
	}
	e := m.Entry
	if e == nil {
		return out
	}
	out.Workaround, out.WorkCost, out.WorkUndo = e.Workaround.Text, e.Workaround.Cost, e.Workaround.Undo
	out.RootCause, out.CVE = e.RootCause, e.CVE
	out.References = list(e.References)
	fix := Fix{Subject: e.Fixed.Subject, Diff: e.Fix.Diff, Explanation: e.Fix.Explanation}
	if len(e.Fixed.Commits) > 0 {
		fix.Commit = e.Fixed.Commits[0]
	}
	if fix != (Fix{}) {
		out.Fix = &fix
	}
	return out
}

func evidence(in []kb.Evidence) []Evidence {
	out := make([]Evidence, 0, len(in))
	for _, e := range in {
		out = append(out, Evidence(e))
	}
	return out
}
