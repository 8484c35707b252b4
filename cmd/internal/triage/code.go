package triage

import (
	"strings"
	"sync"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/oops"
)

// signatureHit is a code signature of the knowledge base that was found in the crash's code.
type signatureHit struct {
	ref kb.SignatureRef
	hit disasm.Hit
}

// compiledSignature is a signature of a base, ready to be looked for.
type compiledSignature struct {
	ref kb.SignatureRef
	sig *disasm.Signature
}

// signatures caches the compiled signatures of each base that was used.
var signatures sync.Map // *kb.Base to []compiledSignature

func compiled(base *kb.Base) []compiledSignature {
	if base == nil {
		return nil
	}
	if v, ok := signatures.Load(base); ok {
		return v.([]compiledSignature)
	}
	var out []compiledSignature
	for _, ref := range base.Signatures() {
		// kb lint refuses a signature that does not compile; one from --kb DIR that slipped through is not looked for.
		if sig, err := disasm.CompileSignature(disasm.Arch(ref.Arch), ref.Shape, ref.Ref); err == nil {
			out = append(out, compiledSignature{ref, sig})
		}
	}
	signatures.Store(base, out)
	return out
}

// decode reads the Code: line.
func (a *analysis) decode() {
	c := a.crash
	if !c.Code.Known() {
		return
	}
	line := disasm.ParseCode(c.Code.Value.Text)
	if c.Code.Value.FromIP && line.Fault < 0 && len(line.Units) > 0 {
		line.Fault = 0
	}
	a.request = disasm.Request{Arch: disasm.Arch(a.r.Arch), Code: line, Symbol: a.callee, Bits: a.src.Bits}
	if a.request.Arch == disasm.Unknown {
		a.request.Arch = a.guessArch(line)
	}
	if ip := &c.IP.Value; c.IP.Known() && ip.HasAddress && line.Fault >= 0 {
		a.request.PC = &ip.Address
	}
	a.listing = disasm.Disassemble(a.request)
	a.trustEntry()
	a.decoded = len(line.Units) > 0
	for _, s := range compiled(a.src.KB) {
		if hit, ok := s.sig.Match(a.request, a.listing); ok {
			a.hits = append(a.hits, signatureHit{s.ref, hit})
		}
	}
	code := &Code{
		Bytes: strings.Join(line.Units, " "), Unit: line.Unit, Instructions: []Instruction{},
		Confidence: a.listing.Confidence, Note: a.listing.Note,
	}
	if line.Fault >= 0 {
		fault := line.Fault
		code.FaultIndex = &fault
	}
	if line.Note != "" {
		code.Note = line.Note
	}
	if a.r.Arch == string(oops.Unknown) && a.decoded {
		code.Note = joined(code.Note, "the log does not name the architecture; read as "+string(a.request.Arch))
	}
	insts := a.listing.Insts
	if hit, ok := a.reading(); ok {
		insts = hit.hit.Insts
		code.Note = joined(code.Note, "the knowledge base settles how these bytes are to be read: "+hit.ref.ID)
	}
	for _, in := range insts {
		code.Instructions = append(code.Instructions, Instruction{
			Offset: in.Offset, Bytes: spaced(in.Bytes), Text: in.Text, Fault: in.Fault, Reliable: in.Reliable, Note: in.Note,
		})
	}
	a.r.Code = code
	if line.CutFront || line.CutBack {
		left := count(len(line.Units), "unit is left", "units are left")
		a.r.Damage = append(a.r.Damage, Damage{
			Kind: oops.DamageCodeCut, Line: c.Code.Line, Detail: "the Code: line is cut: " + left,
		})
	}
}

// trustEntry makes sure of the instructions between the function's entry and the fault, where the line shows the entry
// and an instruction begins there: from there on the bytes have one reading.
func (a *analysis) trustEntry() {
	ip := &a.crash.IP.Value
	if !a.crash.IP.Known() || !ip.HasOffset || ip.Symbol == "" || a.request.Code.Fault < 0 {
		return
	}
	entry := false
	for i := range a.listing.Insts {
		in := &a.listing.Insts[i]
		entry = entry || int64(in.Offset) == -int64(ip.Offset)
		if entry && in.Offset < 0 && in.Bytes != nil {
			in.Reliable = true
		}
	}
}

// reading is the hit that completes a fragment, if there is just one such reading.
func (a *analysis) reading() (signatureHit, bool) {
	if a.request.Code.Fault >= 0 {
		return signatureHit{}, false
	}
	for _, h := range a.hits {
		if h.hit.How == "fragment" {
			return h, true
		}
	}
	return signatureHit{}, false
}

// guessArch chooses how to read code of an unknown architecture: as the signature that it has, or as bytes of the
// machine that most logs come from.
func (a *analysis) guessArch(line disasm.CodeLine) disasm.Arch {
	if line.Unit != 1 {
		return disasm.Unknown
	}
	for _, s := range compiled(a.src.KB) {
		req := disasm.Request{Arch: disasm.Arch(s.ref.Arch), Code: line}
		if _, ok := s.sig.Match(req, disasm.Disassemble(req)); ok {
			return req.Arch
		}
	}
	return disasm.X8664
}

// joined puts two sentences together, either of which may be missing.
func joined(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "; " + b
}

func spaced(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for i, c := range b {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}
