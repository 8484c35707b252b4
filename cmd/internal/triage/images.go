package triage

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/oops"
	"github.com/nfoops/nfoops/symbols"
)

// image is a vmlinux or a module that was held against the log, and what came of it.
type image struct {
	*symbols.Image
	source int  // index in Report.Symbols
	forced bool // it is of another kernel, and the user wants it all the same
	places int  // that it was asked for
	lined  int  // of these, the ones with a line of the source
}

// openImages finds the images of the crash's kernel.
func (a *analysis) openImages(ctx context.Context) (done func()) {
	done = func() {}
	if a.src.Kernel == nil {
		return done
	}
	o, end, err := a.src.Kernel.of(ctx, a.r.Kernel, kernelBuildID(a.r.KernelBuild))
	if err != nil {
		a.r.Symbols = append(a.r.Symbols, SymbolSource{Name: "the kernel's files", Detail: "not used: " + err.Error()})
		return done
	}
	a.kernel, a.images = o, map[string]*image{}
	if files := &a.src.Kernel.files; files.Release == AutoRelease && files.Vmlinux == "" && files.Debuginfod == nil {
		if f := symbols.Locate(files.Root, o.release); len(f.Vmlinux)+len(f.Modules)+len(f.SystemMaps) == 0 {
			a.r.Symbols = append(a.r.Symbols, SymbolSource{Name: "release " + o.release,
				Detail: "not found: " + ErrNoRelease.Error()})
		}
	}
	return end
}

// kernelBuildID is the build id of the kernel image, which 5.14 and later print behind the release and the build
// (lib/dump_stack.c:dump_stack_print_info, CONFIG_STACKTRACE_BUILD_ID); "" if it isn't there.
func kernelBuildID(build string) string {
	words := strings.Fields(build)
	if len(words) == 0 {
		return ""
	}
	id := words[len(words)-1]
	if b, err := hex.DecodeString(id); err != nil || len(b) != 20 {
		return ""
	}
	return strings.ToLower(id)
}

// image returns the image of a module, "" for the kernel's own, if there is one that can be trusted; nil if not. What
// became of it is in Report.Symbols.
func (a *analysis) image(ctx context.Context, module, buildID string) *image {
	if a.kernel == nil {
		return nil
	}
	key := module + " " + buildID
	if m, asked := a.images[key]; asked {
		return m
	}
	a.images[key] = nil
	m, err := a.find(ctx, module, buildID)
	switch {
	case errors.Is(err, symbols.ErrNoImage):
		if dirs := a.src.Kernel.files.Modules; module != "" && len(dirs) > 0 {
			a.r.Symbols = append(a.r.Symbols, SymbolSource{Name: "module " + module,
				Detail: "not found below " + strings.Join(dirs, ", ")})
		}
		return nil // what would help is in Report.Missing
	case err != nil:
		name := "vmlinux"
		if module != "" {
			name = module + ".ko"
		}
		a.r.Symbols = append(a.r.Symbols, SymbolSource{Name: name, Detail: refusal(err)})
		return nil
	}
	found := &image{Image: m, source: len(a.r.Symbols)}
	s := SymbolSource{Name: m.Path(), Used: true}
	trust, err := a.trust(m, module, buildID)
	_, unnamed := m.Table()
	switch {
	case err == nil && unnamed == nil:
		s.Detail = trustSentence(trust)
	case unnamed != nil && (err == nil || a.src.Force):
		s.Used, s.Detail = false, refusal(unnamed)
		found = nil
	case a.src.Force:
		found.forced = true
		s.Detail = "FORCED: " + err.Error()
	default:
		s.Used, s.Detail = false, refusal(err)
		found = nil
	}
	a.r.Symbols = append(a.r.Symbols, s)
	a.images[key] = found
	return found
}

func (a *analysis) find(ctx context.Context, module, buildID string) (*symbols.Image, error) {
	if module == "" {
		if m := a.kernel.Image(); m != nil {
			return m, nil
		}
		return nil, symbols.ErrNoImage
	}
	m, err := a.kernel.Module(ctx, module, buildID)
	if err != nil && a.src.Force {
		if any, errAny := a.kernel.Module(ctx, module, ""); errAny == nil {
			return any, nil
		}
	}
	return m, err
}

// trust holds an image against what the log says of it.
func (a *analysis) trust(m *symbols.Image, module, buildID string) (*symbols.Trust, error) {
	c := a.crash
	e := symbols.Evidence{BuildID: buildID, Release: a.r.Kernel, Pairs: a.pairs(module), Code: a.codeEvidence(module)}
	if module == "" {
		e.BuildID, e.Build = kernelBuildID(c.Build.Value), c.Build.Value
		if e.BuildID != "" {
			e.Build = strings.TrimSpace(e.Build[:len(e.Build)-len(e.BuildID)])
		}
	}
	t, err := m.Verify(e)
	var wrong *symbols.WrongImageError
	if err == nil || !errors.As(err, &wrong) || wrong.Line == 0 {
		return t, err
	}
	// One torn line in a damaged log must not cost the right image; an image of another kernel has many such lines.
	const enough = 8
	rest := e
	rest.Pairs = slices.DeleteFunc(slices.Clone(e.Pairs), func(p symbols.Pair) bool { return p.Line == wrong.Line })
	rest.Code = slices.DeleteFunc(slices.Clone(e.Code), func(c symbols.CodeEvidence) bool { return c.Line == wrong.Line })
	again, errAgain := m.Verify(rest)
	if errAgain != nil || !again.BuildID && (wrong.What != "size" || again.Sizes < enough) {
		return nil, err
	}
	again.Notes = append(again.Notes, fmt.Sprintf("line %d contradicts it and was left out", wrong.Line))
	return again, nil
}

// pairs are the symbols that the log prints of a module, "" for the kernel image.
func (a *analysis) pairs(module string) []symbols.Pair {
	return slices.DeleteFunc(a.allPairs(), func(p symbols.Pair) bool {
		return symbols.ModuleName(p.Module) != symbols.ModuleName(module)
	})
}

// codeEvidence is the Code: line, if it is of a module.
func (a *analysis) codeEvidence(module string) []symbols.CodeEvidence {
	c, ip := a.crash, &a.crash.IP.Value
	if !c.IP.Known() || !c.Code.Known() || ip.Symbol == "" || !ip.HasOffset || ip.Module != module || c.Code.Value.FromIP {
		return nil
	}
	line := disasm.ParseCode(c.Code.Value.Text)
	if line.Fault < 0 {
		return nil
	}
	e := symbols.CodeEvidence{Name: ip.Symbol, Offset: ip.Offset, Size: ip.Size, Line: c.Code.Line}
	for i, unit := range line.Units {
		b, err := hex.DecodeString(unit)
		if err != nil || len(b) != line.Unit {
			return nil // an unreadable unit: what lies behind it can't be placed
		}
		if i == line.Fault {
			e.Index = len(e.Bytes)
		}
		switch a.r.Arch {
		case string(oops.I386), string(oops.X8664):
		case string(oops.ARM64), string(oops.RISCV64), string(oops.LoongA):
			slices.Reverse(b) // printed as numbers, kept with the lowest byte first
		default:
			return nil
		}
		e.Bytes = append(e.Bytes, b...)
	}
	return []symbols.CodeEvidence{e}
}

// trustSentence says what confirms an image.
func trustSentence(t *symbols.Trust) string {
	var by []string
	if t.BuildID {
		by = append(by, "the build id")
	}
	switch {
	case t.Build:
		by = append(by, "release and build")
	case t.Release:
		by = append(by, "the release")
	}
	if t.Sizes > 0 {
		by = append(by, count(t.Sizes, "size", "sizes"))
	}
	if t.CodeBytes > 0 {
		by = append(by, fmt.Sprintf("%d bytes of code", t.CodeBytes))
	}
	s := "not verified: the log has too little to compare it with"
	if len(by) > 0 {
		s = "agrees with the log in " + strings.Join(by, ", ")
	}
	if len(by) > 0 && !t.Verified {
		s = "not verified, though it " + s
	}
	for _, n := range t.Notes {
		if !strings.HasSuffix(n, "is not verified: the log has too little to compare it with") {
			s += "; " + n
		}
	}
	return s
}
