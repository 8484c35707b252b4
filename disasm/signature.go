package disasm

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// minFragment is the number of visible bytes from which a fragment counts. Five
// bytes are shared by chance once in 10^12 places, or rather more often, since
// compilers repeat themselves.
const minFragment = 5

// maxShape is the largest number of lines of a shape, and maxGap the number of
// instructions that a "..." line may stand for.
const (
	maxShape = 64
	maxGap   = 16
)

// A Signature is code that a known bug leaves in a log. It is safe for
// concurrent use.
type Signature struct {
	arch  Arch
	shape []shapeLine
	ref   []byte
	insts []Inst // of ref; Offset is from its first byte
}

// A Hit says where and how a signature matched.
type Hit struct {
	// How is "shape" (instructions of the same form), "bytes" (the reference
	// encoding, byte for byte) or "fragment" (all that the line shows is a part of
	// the reference encoding).
	How string
	// Bytes is the number of visible bytes that agree, Of the number that the
	// whole code has.
	Bytes, Of int
	// Insts is the reading. For a fragment it holds the completed instructions,
	// with notes on what the log does not show.
	Insts []Inst
	// Offset is the offset of the first of Insts, counted as in a Listing. It is
	// negative also where a fragment starts within an instruction.
	Offset int
}

// CompileSignature compiles a signature from a shape, a reference encoding in
// hexadecimal, or both. Each line of a shape is an instruction in GNU syntax in
// which %a, %b, … %z stand for registers: the same letter for the same register
// in any of its widths, different letters for different registers. "*" stands
// for any immediate, displacement or branch target, and a line "..." for up to
// 16 other instructions. Shapes are for x86. The error names the line that is
// wrong, and tells when the shape does not fit the reference encoding.
func CompileSignature(arch Arch, shape []string, ref string) (*Signature, error) {
	s := &Signature{arch: arch}
	if len(shape) > 0 && !arch.isX86() {
		return nil, fmt.Errorf("signature: shapes are for i386 and x86_64, not for %q", arch)
	}
	if len(shape) > maxShape {
		return nil, fmt.Errorf("signature: %d lines of shape, at most %d are allowed", len(shape), maxShape)
	}
	for i, line := range shape {
		p, err := compileLine(line)
		if err != nil {
			return nil, fmt.Errorf("signature: line %d: %w", i+1, err)
		}
		if p.gap && (i == 0 || i == len(shape)-1 || s.shape[i-1].gap) {
			return nil, fmt.Errorf("signature: line %d: %q stands between two instructions", i+1, "...")
		}
		s.shape = append(s.shape, p)
	}
	var err error
	if s.ref, err = hex.DecodeString(strings.Join(strings.Fields(ref), "")); err != nil {
		return nil, fmt.Errorf("signature: reference encoding: %w", err)
	}
	if len(s.ref) > maxCodeText {
		return nil, errors.New("signature: reference encoding is too long")
	}
	if len(s.shape) == 0 && len(s.ref) < minFragment {
		return nil, fmt.Errorf("signature: neither a shape nor %d bytes of reference encoding", minFragment)
	}
	if len(s.ref) > 0 && arch.isX86() {
		if err := s.checkRef(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// checkRef decodes the reference encoding and holds the shape against it.
func (s *Signature) checkRef() error {
	w := &x86Lister{req: Request{Arch: s.arch}, mode: s.arch.mode(), code: s.ref}
	w.after(0, len(s.ref), true)
	s.insts = w.listed()
	for _, in := range s.insts {
		if in.x86 == nil {
			return fmt.Errorf("signature: reference encoding: no whole instruction at byte %d: %s", in.Offset, in.Text)
		}
	}
	if len(s.shape) > 0 {
		if _, ok := s.matchShape(s.insts); !ok {
			return errors.New("signature: the shape does not fit the reference encoding")
		}
	}
	return nil
}

// Match looks for the signature in a line and its listing, which is that of
// Disassemble for the same request. First it looks for the shape among the
// decoded instructions. Then it looks for the reference encoding: whole, or, in
// a line that shows nothing else, any run of at least five of its bytes. In such
// a fragment every byte has to agree.
func (s *Signature) Match(req Request, l Listing) (Hit, bool) {
	if req.Arch != s.arch && req.Arch != Unknown {
		return Hit{}, false
	}
	if len(s.shape) > 0 {
		if found, ok := s.matchShape(l.Insts); ok {
			return shapeHit(l.Insts[found.from:found.to]), true
		}
	}
	if len(s.ref) == 0 {
		return Hit{}, false
	}
	return s.matchBytes(req)
}

func shapeHit(insts []Inst) Hit {
	h := Hit{How: "shape", Insts: insts, Offset: insts[0].Offset}
	for _, in := range insts {
		h.Bytes += len(in.Bytes)
	}
	h.Of = h.Bytes
	return h
}

// matchBytes compares the visible bytes with the reference encoding.
func (s *Signature) matchBytes(req Request) (Hit, bool) {
	code, readable, fault := x86Bytes(req.Code)
	origin := max(fault, 0)
	for from := 0; from < len(code); {
		if !readable[from] {
			from++
			continue
		}
		to := from
		for to < len(code) && readable[to] {
			to++
		}
		if i := bytes.Index(code[from:to], s.ref); i >= 0 && len(s.ref) >= minFragment {
			return s.reading("bytes", 0, len(s.ref), from+i-origin, req), true
		}
		from = to
	}
	if len(code) < minFragment || bytes.IndexByte(boolBytes(readable), 0) >= 0 {
		return Hit{}, false
	}
	if i := bytes.Index(s.ref, code); i >= 0 {
		return s.reading("fragment", i, i+len(code), -i-origin, req), true
	}
	return Hit{}, false
}

func boolBytes(b []bool) []byte {
	out := make([]byte, len(b))
	for i, v := range b {
		if v {
			out[i] = 1
		}
	}
	return out
}

// reading completes what the line shows of the reference encoding, its bytes
// from to to. base is the offset of the encoding's first byte in the line.
func (s *Signature) reading(how string, from, to, base int, req Request) Hit {
	h := Hit{How: how, Bytes: to - from, Of: len(s.ref), Offset: base}
	first := true
	for _, in := range s.insts {
		start, end := in.Offset, in.Offset+len(in.Bytes)
		if end <= from || start >= to {
			continue
		}
		done := in
		done.Offset = base + start
		done.Reliable = true
		done.Fault = req.Code.Fault >= 0 && done.Offset == 0
		if req.PC != nil && in.x86 != nil {
			pc := *req.PC + uint64(done.Offset)
			done.Text = in.x86.gnuText(in.Bytes, &pc, req.Symbol)
		}
		done.Note = missingNote(in.Bytes, max(from-start, 0), max(end-to, 0))
		if first {
			h.Offset, first = done.Offset, false
		}
		h.Insts = append(h.Insts, done)
	}
	return h
}

// missingNote names the bytes of an instruction that the log does not show.
func missingNote(code []byte, front, back int) string {
	var missing []string
	if front > 0 {
		missing = append(missing, spaced(code[:front]))
	}
	if back > 0 {
		missing = append(missing, spaced(code[len(code)-back:]))
	}
	if missing == nil {
		return ""
	}
	verb := "bytes " + strings.Join(missing, " and ") + " are"
	if front+back == 1 {
		verb = "byte " + missing[0] + " is"
	}
	return verb + " missing in the log; known from the signature"
}

// spaced writes bytes as a Code: line does.
func spaced(b []byte) string {
	out := make([]byte, 0, 3*len(b))
	for i, v := range b {
		if i > 0 {
			out = append(out, ' ')
		}
		out = hex.AppendEncode(out, []byte{v})
	}
	return string(out)
}
