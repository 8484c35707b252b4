package disasm

import (
	"strings"
	"testing"
)

// The code of a lookup by a conntrack's direction: the fault is the movzbl when
// %ebx, a tuple hash, is NULL.
var storyShape = []string{"movzbl 0x17(%a),%b", "mov %a,%c", "lea (%b,%b,2),%b"}

const storyRef = "0f b6 43 17 89 d9 8d 04 40"

func storySignature(t testing.TB) *Signature {
	t.Helper()
	s, err := CompileSignature(I386, storyShape, storyRef)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func matchLine(s *Signature, arch Arch, line string) (Hit, bool) {
	req := Request{Arch: arch, Code: ParseCode(line)}
	return s.Match(req, Disassemble(req))
}

func TestFragmentOfTheStory(t *testing.T) {
	h, ok := matchLine(storySignature(t), I386, "43 17 89 d9 8d 04 ........")
	if !ok {
		t.Fatal("no match")
	}
	if h.How != "fragment" || h.Bytes != 6 || h.Of != 9 || h.Offset != -2 {
		t.Errorf("got %s %d/%d at %d, want fragment 6/9 at -2", h.How, h.Bytes, h.Of, h.Offset)
	}
	var got []string
	for _, in := range h.Insts {
		got = append(got, in.Text+"|"+in.Note)
	}
	want := []string{
		"movzbl 0x17(%ebx),%eax|bytes 0f b6 are missing in the log; known from the signature",
		"mov %ebx,%ecx|",
		"lea (%eax,%eax,2),%eax|byte 40 is missing in the log; known from the signature",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFragmentWithAnyByteChanged(t *testing.T) {
	s := storySignature(t)
	units := strings.Fields("43 17 89 d9 8d 04")
	for i := range units {
		for v := range 256 {
			changed := append([]string(nil), units...)
			changed[i] = spaced([]byte{byte(v)})
			line := strings.Join(changed, " ") + " ........"
			if _, ok := matchLine(s, I386, line); ok != (changed[i] == units[i]) {
				t.Errorf("%q: match is %v", line, ok)
			}
		}
	}
}

func TestSignatureMatch(t *testing.T) {
	story := storySignature(t)
	gap, err := CompileSignature(X8664, []string{"mov *(%a),%b", "...", "call *"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		sig  *Signature
		arch Arch
		line string
		how  string // "" for no match
	}{
		{"the same registers", story, I386, "Code: 85 c0 <0f> b6 43 17 89 d9 8d 04 40 c3", "shape"},
		{"other registers", story, I386, "Code: 85 c0 <0f> b6 56 17 89 f1 8d 14 52 c3", "shape"},
		{"one register for two variables", story, I386, "Code: 85 c0 <0f> b6 56 17 89 f2 8d 14 52 c3", ""},
		{"two registers for one variable", story, I386, "Code: 85 c0 <0f> b6 56 17 89 f9 8d 14 52 c3", ""},
		{"another displacement", story, I386, "Code: 85 c0 <0f> b6 43 18 89 d9 8d 04 40 c3", ""},
		{"another instruction between", story, I386, "Code: 85 c0 <0f> b6 43 17 90 89 d9 8d 04 40 c3", ""},
		{"another architecture", story, X8664, "43 17 89 d9 8d 04", ""},
		{"unknown architecture", story, Unknown, "43 17 89 d9 8d 04", "fragment"},
		{"too short", story, I386, "17 89 d9 8d", ""},
		{"five bytes", story, I386, "17 89 d9 8d 04", "fragment"},
		{"a fragment and something else", story, I386, "43 17 89 d9 8d 04 90", ""},
		{"an unreadable byte", story, I386, "43 17 ?? d9 8d 04 40", ""},
		{"gap", gap, X8664, "Code: <48> 8b 47 10 31 c0 85 d2 e8 00 01 00 00", "shape"},
		{"no gap", gap, X8664, "Code: <48> 8b 47 10 e8 00 01 00 00", "shape"},
		{"gap too long", gap, X8664, "Code: <48> 8b 47 10 " + strings.Repeat("90 ", 17) + "e8 00 01 00 00", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := matchLine(tt.sig, tt.arch, tt.line)
			if h.How != tt.how {
				t.Errorf("%s: got %q, want %q", tt.line, h.How, tt.how)
			}
		})
	}
}

func TestSignatureBytesOnly(t *testing.T) {
	s, err := CompileSignature(ARM64, nil, "d2bfd001 f2df7fe1")
	if err != nil {
		t.Fatal(err)
	}
	h, _ := matchLine(s, ARM64, "Code: aa0003e0 d2bfd001 f2df7fe1 (39000274)")
	if h.How != "bytes" || h.Offset != -8 {
		t.Errorf("got %q at %d, want bytes at -8", h.How, h.Offset)
	}
}

func TestCompileSignatureErrors(t *testing.T) {
	for _, tt := range []struct {
		name  string
		arch  Arch
		shape []string
		ref   string
		want  string
	}{
		{"nothing", I386, nil, "", "neither a shape"},
		{"shape of arm64", ARM64, []string{"nop"}, "", "shapes are for i386"},
		{"no hexadecimal", I386, nil, "0f zz", "reference encoding"},
		{"half an instruction", I386, nil, "89 d9 89 d9 8d 04", "no whole instruction at byte 4"},
		{"they differ", I386, []string{"mov %a,%b"}, "8d 04 40 90 90", "does not fit"},
		{"gap first", I386, []string{"...", "nop"}, "", "stands between"},
		{"empty line", I386, []string{"nop", " "}, "", "line 2: empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := CompileSignature(tt.arch, tt.shape, tt.ref)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want …%s…", err, tt.want)
			}
		})
	}
}
