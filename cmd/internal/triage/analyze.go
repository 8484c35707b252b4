package triage

import (
	"context"
	"fmt"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/symbols"
)

// Analyze joins what is known about one crash. It never fails: what cannot be told is absent, and Missing says what
// would tell it.
func Analyze(ctx context.Context, c *oops.Crash, src Sources) *Report {
	a := &analysis{crash: c, src: src, r: fromCrash(c)}
	if src.Arch != "" {
		a.r.Arch = src.Arch
	}
	a.bare = c.IP.Value.Symbol == ""
	done := a.openImages(ctx)
	defer done()
	a.symbolise(ctx)
	a.decode()
	a.locate(ctx)
	a.countLines()
	a.match(ctx)
	a.explain(ctx)
	a.conclude()
	return a.r
}

// analysis is one crash on its way through the parts.
type analysis struct {
	crash   *oops.Crash
	src     Sources
	r       *Report
	request disasm.Request
	listing disasm.Listing
	effect  disasm.Effect
	diag    disasm.Diagnosis // of which effect is a part
	decoded bool
	bare    bool // the log does not name the function of the fault
	hits    []signatureHit
	entries []*kb.Entry                                    // of r.Matches
	logged  []symbols.Pair                                 // see allPairs
	finders []func(uint64) (symbols.Place, symbols.Reason) // name addresses of the log
	typed   *typeReader                                    // of the kernel's types, once it was asked for
	kernel  *openKernel                                    // of this crash; nil for none
	images  map[string]*image                              // by module and build id; nil for none
}

// fromCrash takes over what the log says.
func fromCrash(c *oops.Crash) *Report {
	r := &Report{
		Title: c.Title, AltTitles: list(c.AltTitles), Kind: string(c.Kind), Severity: string(c.Severity),
		Kernel: c.Kernel.Value, KernelBuild: c.Build.Value, Arch: string(c.Arch), Host: c.Host.Value, Time: c.Time.Value,
		Comm: c.Comm.Value, Tainted: list(c.Tainted.Value), Context: string(c.Context),
		Access: c.Access.Value, Panic: c.Panic.Value,
		Registers: map[string]Hex{}, Trace: []Frame{}, Modules: []string{}, FollowOn: []FollowOn{}, Damage: []Damage{},
		Matches: []Match{}, Symbols: []SymbolSource{}, Missing: []Missing{}, Advice: []Step{},
		Corrupted: c.Corrupted, Completeness: c.Completeness,
		Fingerprint: Fingerprint(c.Fingerprint),
		Span:        Span{FirstLine: c.FirstLine, LastLine: c.LastLine, Offset: c.Span.Off, Length: c.Span.Len},
		Quotes:      map[int]string{}, Facts: map[string]int{},
	}
	if r.Arch == "" {
		r.Arch = string(oops.Unknown)
	}
	if c.CPU.Known() {
		r.CPU = &c.CPU.Value
	}
	if c.PID.Known() {
		r.PID = &c.PID.Value
	}
	if c.IP.Known() {
		p := place(&c.IP.Value)
		if c.Source.Known() && p.File == "" && (c.Kind == oops.Warn || c.Kind == oops.Bug) {
			p.File, p.Line = c.Source.Value.File, c.Source.Value.Line
		}
		r.IP = &p
	}
	if c.FaultAddress.Known() {
		r.FaultAddress = hexOf(c.FaultAddress.Value)
	}
	if c.ErrorCode.Known() {
		r.ErrorCode = hexOf(c.ErrorCode.Value)
	}
	for _, g := range c.Registers {
		r.Registers[g.Name] = hexOf(g.Value)
		r.Order = append(r.Order, g.Name)
	}
	byOrder := map[int]bool{}
	for i := range c.Lines {
		if c.Confidence(i) == oops.Ordered {
			byOrder[c.Lines[i].Num] = true
		}
	}
	for i := range c.Trace {
		f := &c.Trace[i]
		out := Frame{
			Place: place(&f.Location), Reliable: f.Reliable, Inlined: f.Inlined, LogLine: f.InLine,
			ByOrder: byOrder[f.InLine],
		}
		if f.Context != oops.InUnknown {
			out.Context = string(f.Context)
		}
		r.Trace = append(r.Trace, out)
	}
	for _, m := range c.Modules {
		r.Modules = append(r.Modules, m.Name)
	}
	for _, f := range c.FollowOn {
		r.FollowOn = append(r.FollowOn, FollowOn(f))
	}
	for _, d := range c.Damage {
		r.Damage = append(r.Damage, Damage(d))
	}
	if c.Culprit.Symbol != "" {
		r.Culprit = culprit(&c.Culprit)
	}
	for i := range c.Lines {
		r.Quotes[c.Lines[i].Num] = c.Lines[i].Text
	}
	r.factLines(c)
	return r
}

func culprit(c *oops.Culprit) *Culprit {
	return &Culprit{Symbol: c.Symbol, Module: c.Module, File: c.File, Line: c.Line, Why: c.Why}
}

// factLines notes the line that each fact was read from.
func (r *Report) factLines(c *oops.Crash) {
	for name, line := range map[string]int{
		"title": c.HeadLine(), "kernel": c.Kernel.Line, "cpu": c.CPU.Line, "pid": c.PID.Line, "comm": c.Comm.Line,
		"tainted": c.Tainted.Line,
		"ip":      c.IP.Line, "fault_address": c.FaultAddress.Line, "access": c.Access.Line, "error_code": c.ErrorCode.Line,
		"code": c.Code.Line, "panic": c.Panic.Line, "culprit": c.Culprit.At, "kernel_offset": c.KernelOffset.Line,
	} {
		if line > 0 {
			r.Facts[name] = line
		}
	}
	if len(c.Modules) > 0 {
		r.Facts["modules"] = c.Modules[0].Line
	}
	if len(c.Registers) > 0 {
		r.Facts["registers"] = c.Registers[0].Line
	}
	if len(c.Trace) > 0 {
		r.Facts["trace"] = c.Trace[0].InLine
	}
}

func place(l *oops.Location) Place {
	p := Place{Symbol: l.Symbol, Module: l.Module, File: l.File, Line: l.Line}
	if l.HasAddress {
		p.Address = hexOf(l.Address)
	}
	if l.HasOffset {
		p.Offset = hexOf(l.Offset)
		if l.Size > 0 {
			p.Size = hexOf(l.Size)
		}
	}
	return p
}

func hexOf(v uint64) Hex { return Hex(fmt.Sprintf("%#x", v)) }

// signedHex prints a displacement: "0x54", "-0x8".
func signedHex(v int64) Hex {
	if v < 0 {
		return Hex(fmt.Sprintf("-%#x", -v))
	}
	return Hex(fmt.Sprintf("%#x", v))
}

// list is s, or an empty list that JSON shows as [].
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
