package triage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nfoops/nfoops/disasm"
	"github.com/nfoops/nfoops/kb"
	"github.com/nfoops/nfoops/symbols"
)

// mostFunctionBytes is the longest function that is read in an image; few of the kernel's have a tenth of it.
const mostFunctionBytes = 128 << 10

// CheckImage looks whether the code in a vmlinux or a module has the bug of the entry or its fix. It looks only into
// functions that the entry names, for the signatures that say which of both they tell. File of the result is the
// function, Line is 0.
func CheckImage(img *symbols.Image, e *kb.Entry) kb.Result {
	arch := img.Arch()
	var wanted []kb.Signature
	for _, s := range e.Code {
		if s.Tells != "" && s.Arch == arch {
			wanted = append(wanted, s)
		}
	}
	if len(wanted) == 0 {
		return kb.Result{
			Finding: kb.FindsNothing,
			Reason:  fmt.Sprintf("This entry has no code that tells the bug from the fix on %s.", orUnknown(arch)),
		}
	}
	table, err := img.Table()
	if err != nil {
		return kb.Result{Finding: kb.FindsNothing, Reason: "The image has no symbols: " + err.Error() + "."}
	}
	var looked []string
	found := map[string]string{} // what the signature tells: the function
	for _, name := range e.Functions {
		name, _, _ = strings.Cut(name, " ")
		for _, sym := range functionsNamed(table, name) {
			code, _ := img.Code(sym.Addr, int(min(sym.Size, mostFunctionBytes)))
			if len(code.Bytes) == 0 {
				continue
			}
			if !slices.Contains(looked, sym.Name+"()") {
				looked = append(looked, sym.Name+"()")
			}
			for _, s := range wanted {
				if hasSignature(s, arch, code.Bytes) {
					found[s.Tells] = sym.Name
				}
			}
		}
	}
	bug, fix := found["bug"], found["fix"]
	switch {
	case len(looked) == 0:
		return kb.Result{Finding: kb.FindsNothing, Reason: "None of the functions that this bug is in is in the image."}
	case bug != "" && fix != "":
		return kb.Result{
			Finding: kb.FindsNothing, File: bug,
			Reason: fmt.Sprintf("%s() has code of the bug, %s() code of the fix.", bug, fix),
		}
	case bug != "":
		return kb.Result{Finding: kb.FindsBug, File: bug, Reason: bug + "() has the code of the bug."}
	case fix != "":
		return kb.Result{Finding: kb.FindsFix, File: fix, Reason: fix + "() has the code of the fix."}
	}
	return kb.Result{
		Finding: kb.FindsNothing, File: strings.TrimSuffix(looked[0], "()"),
		Reason: fmt.Sprintf("Neither the code of the bug nor that of the fix is in %s: another compiler may have made it.",
			strings.Join(looked, " and ")),
	}
}

// functionsNamed are those with this name, and those that the compiler cut from it or made for one caller.
func functionsNamed(t *symbols.Table, name string) []symbols.Symbol {
	var list []symbols.Symbol
	for _, suffix := range []string{"", ".isra.0", ".constprop.0", ".part.0", ".constprop.0.isra.0"} {
		for _, s := range t.Named(name + suffix) {
			if (s.Type == 't' || s.Type == 'T') && s.Size > 0 {
				list = append(list, s)
			}
		}
	}
	return list
}

// hasSignature reads a whole function from its first byte and looks for the signature in it.
func hasSignature(s kb.Signature, arch string, code []byte) bool {
	sig, err := disasm.CompileSignature(disasm.Arch(s.Arch), s.Shape, s.Ref)
	if err != nil {
		return false // kb lint refuses such a signature
	}
	line := disasm.CodeLine{Unit: 1, Units: make([]string, len(code))}
	for i, b := range code {
		line.Units[i] = fmt.Sprintf("%02x", b)
	}
	request := disasm.Request{Arch: disasm.Arch(arch), Code: line}
	hit, ok := sig.Match(request, disasm.Disassemble(request))
	return ok && hit.How != "fragment"
}

func orUnknown(arch string) string {
	if arch == "" {
		return "this architecture"
	}
	return arch
}
