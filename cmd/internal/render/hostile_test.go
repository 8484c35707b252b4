package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nfoops/nfoops/cmd/internal/plain"
	"github.com/nfoops/nfoops/cmd/internal/triage"
)

var attacks = []string{
	"\x1b[2J\x1b]0;title\x07\x1b]8;;http://x\x1b\\",
	"::error file=a::b",
	"x%0A::error::y%0D%25,title=z]]><!--",
	"a\n::error::b\r\n::set-output name=x::y",
	strings.Repeat("x", 77) + "::error::late",
	strings.Repeat(":", 300),
	"##[error]x ##vso[task]",
	"\u202eevil\u2066\u200b\ufeff\u00ad",
	"\u0085\u009b31m\u0090",
	"|a|b|\n|---|---|\n`` ` ```\n~~~",
	"<script>alert(1)</script><!-- --><img src=x onerror=y>",
	"@root @org/team #1 org/repo#2 http://evil.example www.evil.example",
	"[x](javascript:y) ![i](http://t) *a* _b_ # h\n# head\n- list\n1. x\n=====\n-----\n> q",
	"\xff\xfe\xc0\x80\x00",
	strings.Repeat("long ", 1000),
	strings.Repeat("w", 4500),
	strings.Repeat("表", 200) + "e\u0301\u0301\u0301",
	"$(reboot) `reboot` '; reboot",
	"```\n</code></pre>\n```",
	"\x01\x02\x03\x04\x05\x00 style marks",
}

// poisoned is the sample with every string replaced.
func poisoned(attack string) *triage.Report {
	r := sample()
	poison(reflect.ValueOf(r).Elem(), attack)
	r.Verdict.Status = "known"
	return r
}

func poison(v reflect.Value, attack string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(attack)
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), attack)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			poison(v.Field(i), attack)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), attack)
		}
	case reflect.Map:
		for i, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			poison(value, attack)
			if key.Kind() == reflect.String {
				v.SetMapIndex(key, reflect.Value{})
				key = reflect.ValueOf(fmt.Sprint(attack, i)).Convert(key.Type())
			}
			v.SetMapIndex(key, value)
		}
	}
}

var sgr = regexp.MustCompile("\x1b\\[(?:0|1|2|1;31|32|33)m")

// serviceMark is how commands to Azure Pipelines begin; they count anywhere in a line.
var serviceMark = regexp.MustCompile(`##[^# ]`)

// checkHarmless holds what every output promises; columns 0 sets no limit.
func checkHarmless(t *testing.T, out []byte, columnLimit int) {
	t.Helper()
	if !utf8.Valid(out) {
		t.Error("not UTF-8")
	}
	for n, line := range strings.Split(string(out), "\n") {
		for _, r := range line {
			if plain.Harmful(r) {
				t.Errorf("line %d has %U: %q", n+1, r, line)
				break
			}
		}
		start := strings.TrimLeft(line, " ")
		if strings.HasPrefix(start, "::") || serviceMark.MatchString(line) {
			t.Errorf("line %d is a command to a build service: %q", n+1, line)
		}
		if columnLimit > 0 && columns(line) > columnLimit {
			t.Errorf("line %d has %d columns: %q", n+1, columns(line), line)
		}
	}
}

func TestHostileText(t *testing.T) {
	for i, attack := range attacks {
		widths := []int{60, 80, 100}
		if testing.Short() {
			widths = widths[:1]
		}
		for _, width := range widths {
			for verbose := range 3 {
				o := Options{Color: true, Width: width, Verbose: verbose}
				r := poisoned(attack)
				out := sgr.ReplaceAll(shown(t, "text", o, r), nil)
				checkHarmless(t, out, width)
				checkHarmless(t, shown(t, "plain", o, r), width)
				if bytes.ContainsFunc(shown(t, "plain", o, r), func(r rune) bool { return r >= 0x80 }) {
					t.Error("plain has more than ASCII")
				}
				o.Brief = true
				checkHarmless(t, sgr.ReplaceAll(shown(t, "text", o, r), nil), 0)
				checkHarmless(t, shown(t, "plain", o, r), 0)
				o.Brief, o.CodeOnly = false, true
				checkHarmless(t, sgr.ReplaceAll(shown(t, "text", o, r), nil), width)
			}
		}
		if t.Failed() {
			t.Fatalf("attack %d: %q", i, attack)
		}
	}
}

// The first screen holds the answers, whatever the log says.
func TestFirstScreen(t *testing.T) {
	reports := map[string]*triage.Report{"sample": sample(), "nothing": nothing()}
	for i, attack := range attacks {
		reports[fmt.Sprint("attack ", i)] = poisoned(attack)
	}
	for name, r := range reports {
		lines := strings.Split(string(shown(t, "plain", Options{}, r)), "\n")
		top := "\n" + strings.Join(lines[:min(firstScreen, len(lines))], "\n")
		for _, heading := range []string{"\n  fixed in ", "\n  you run ", "\n  do now ", "\nWHERE ", "\nWHAT "} {
			if !strings.Contains(top, heading) {
				t.Errorf("%s: no %q in the first screen:%s", name, strings.TrimSpace(heading), top)
			}
		}
		if !regexp.MustCompile(`^\n(?:KNOWN BUG|UNKNOWN) `).MatchString(top) {
			t.Errorf("%s: the verdict is not first:%s", name, top)
		}
	}
}

func TestHostileJSON(t *testing.T) {
	for i, attack := range attacks {
		r := poisoned(attack)
		for _, format := range []string{"json", "jsonl"} {
			out := shown(t, format, Options{}, r)
			checkHarmless(t, out, 0)
			var got struct {
				Title   string
				Reports []struct{ Title string }
			}
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("attack %d: %v", i, err)
			}
			if format == "json" {
				got.Title = got.Reports[0].Title
			}
			want := strings.ToValidUTF8(attack, "\ufffd")
			if utf8.ValidString(attack) && got.Title != want {
				t.Errorf("attack %d: the title came back as %q", i, got.Title)
			}
		}
	}
}

var mdFence = regexp.MustCompile("^`{3,}")

// withoutSpans takes code spans out: a run of backticks up to the next run of the same length.
func withoutSpans(line string) string {
	var out strings.Builder
	for i := 0; i < len(line); {
		run := runAt(line, i)
		end := -1
		for j := i + run; run > 0 && j < len(line); j++ {
			if n := runAt(line, j); n > 0 {
				if n == run {
					end = j + n
					break
				}
				j += n
			}
		}
		switch {
		case end > 0:
			out.WriteString("CODE")
			i = end
		default:
			out.WriteString(line[i : i+max(run, 1)])
			i += max(run, 1)
		}
	}
	return strings.NewReplacer(`\\`, "", `\[`, "", `\]`, "", `\!`, "").Replace(out.String())
}

func runAt(s string, i int) int { return len(s[i:]) - len(strings.TrimLeft(s[i:], "`")) }

func TestHostileMarkdown(t *testing.T) {
	for i, attack := range attacks {
		checkMarkdown(t, i, shown(t, "markdown", Options{}, poisoned(attack)))
		checkMarkdown(t, i, shown(t, "markdown", Options{Brief: true}, poisoned(attack)))
	}
}

// tag are those that the job summary has of its own.
var tag = strings.NewReplacer("<details><summary>The whole reports</summary>", "", "</details>", "")

func checkMarkdown(t *testing.T, attack int, out []byte) {
	t.Helper()
	checkHarmless(t, out, 0)
	fence := ""
	for n, line := range strings.Split(string(out), "\n") {
		if f := mdFence.FindString(line); f != "" && (fence == "" || len(f) >= len(fence)) {
			if fence != "" && line != fence {
				t.Errorf("attack %d: line %d ends the block early: %q", attack, n+1, line)
			}
			if fence == "" {
				fence = f
			} else {
				fence = ""
			}
			continue
		}
		if fence != "" {
			continue
		}
		text := withoutSpans(tag.Replace(line))
		for _, bad := range []string{"<script", "<img", "<!--", "@r", "@o", "](", "![", "http://", " #1", "$(", "`"} {
			if strings.Contains(text, bad) {
				t.Errorf("attack %d: line %d has %q: %q", attack, n+1, bad, line)
			}
		}
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 3 && strings.Count(line, "|") != 8 {
			t.Errorf("attack %d: line %d of the table is broken: %q", attack, n+1, line)
		}
	}
	if fence != "" {
		t.Errorf("attack %d: a block is never closed", attack)
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ in, want, ascii string }{
		{"EIP is at f+0x1/0x2", "EIP is at f+0x1/0x2", "EIP is at f+0x1/0x2"},
		{" a\tb\r\nc  ", "a b c", "a b c"},
		{"\x1b[31mred\x07", `\x1b[31mred\x07`, `\x1b[31mred\x07`},
		{"\u009b31m", `\u009b31m`, `\u009b31m`},
		{"x\u202ey", `x\u202ey`, `x\u202ey`},
		{"\U000e0041", `\U000e0041`, `\U000e0041`},
		{"caf\xe9 é", `caf\xe9 é`, `caf\xe9 \u00e9`},
		{"a – b… “c”", "a – b… “c”", `a - b... "c"`},
		{"::error::x", `\x3a:error::x`, `\x3a:error::x`},
		{"core::panicking", "core::panicking", "core::panicking"},
		{"##[error]", `\x23#[error]`, `\x23#[error]`},
		{"a\x00b", `a\x00b`, `a\x00b`},
	}
	for _, test := range tests {
		if got := Clean(test.in); got != test.want {
			t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
		}
		if got := clean(test.in, true); got != test.ascii {
			t.Errorf("clean(%q, ascii) = %q, want %q", test.in, got, test.ascii)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, a := range attacks {
		f.Add(a, 80)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		got := Clean(s)
		checkHarmless(t, []byte(got), 0)
		if again := Clean(got); again != got && len(got) < 4096 {
			t.Errorf("not stable: %q, then %q", got, again)
		}
		for _, line := range wrap(got, width%200) {
			checkHarmless(t, []byte(line), max(width%200, 20))
		}
		for _, r := range clean(s, true) {
			if r < ' ' || r > '~' {
				t.Errorf("%U in ASCII", r)
			}
		}
	})
}

func BenchmarkText(b *testing.B) {
	b.ReportAllocs()
	newRenderer, _ := For("text")
	r := sample()
	for b.Loop() {
		if err := newRenderer(new(bytes.Buffer), Options{}).Report(r, "oops.txt"); err != nil {
			b.Fatal(err)
		}
	}
}
