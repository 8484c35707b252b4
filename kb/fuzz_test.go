package kb

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// factsFrom builds facts from bytes: lines of "key value". It favours what entries hold, so that matches happen.
func factsFrom(text string) Facts {
	f := Facts{Code: map[string]CodeHit{}}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		var n uint64
		_, err := fmt.Sscan(value, &n)
		switch key {
		case "kind":
			f.Kind = value
		case "kernel":
			f.Kernel = value
		case "build":
			f.KernelBuild = value
		case "arch":
			f.Arch = value
		case "ip":
			f.IP = frame(value)
		case "frame":
			f.Frames = append(f.Frames, frame(value))
		case "module":
			f.Modules = append(f.Modules, value)
		case "context":
			f.Context = value
		case "panic":
			f.Panic = value
		case "comm":
			f.Comm = value
		case "access":
			f.Access = value
		case "poison":
			f.Poison = value
		case "null":
			f.BaseNull = true
		case "address":
			if err == nil {
				f.FaultAddress = &n
			}
		case "offset":
			if o := int64(n); err == nil {
				f.BaseOffset = &o
			}
		case "code":
			var hit CodeHit
			var entry string
			if _, err := fmt.Sscan(value, &entry, &hit.How, &hit.Bytes, &hit.Of); err == nil {
				f.Code[entry] = hit
			}
		}
	}
	return f
}

func textOf(f Facts) string {
	var s strings.Builder
	put := func(key string, value any) { fmt.Fprintf(&s, "%s %v\n", key, value) }
	asText := func(f Frame) string {
		text := fmt.Sprintf("%s+%#x/%#x [%s]", f.Symbol, f.Offset, f.Size, f.Module)
		if !f.Reliable {
			text = "? " + text
		}
		return strings.TrimSuffix(text, " []")
	}
	put("kind", f.Kind)
	put("kernel", f.Kernel)
	put("build", f.KernelBuild)
	put("arch", f.Arch)
	put("ip", asText(f.IP))
	for _, x := range f.Frames {
		put("frame", asText(x))
	}
	for _, m := range f.Modules {
		put("module", m)
	}
	put("context", f.Context)
	put("panic", f.Panic)
	put("access", f.Access)
	put("poison", f.Poison)
	if f.BaseNull {
		put("null", "")
	}
	if f.FaultAddress != nil {
		put("address", *f.FaultAddress)
	}
	if f.BaseOffset != nil {
		put("offset", *f.BaseOffset)
	}
	for key, hit := range f.Code {
		put("code", fmt.Sprint(key, " ", hit.How, " ", hit.Bytes, " ", hit.Of))
	}
	return s.String()
}

func FuzzMatch(f *testing.F) {
	for _, c := range entryCases {
		f.Add(textOf(c.log))
		f.Add(textOf(c.miss))
	}
	f.Add("code " + story + "#0 fragment 6 9\npanic Fatal exception in interrupt\n")
	f.Add("code " + story + "#0 shape -9223372036854775808 9223372036854775807\n")
	f.Add("ip kfree+0x1/0x2\nframe ? nf_tables_commit+0x1/0x2\noffset -1\nkernel 2.6.99999.1-rc\n")
	b := load(f)
	f.Fuzz(func(t *testing.T, text string) {
		facts := factsFrom(text)
		before := textOf(facts)
		matches := b.Match(facts)
		if len(facts.Code) < 2 && textOf(facts) != before {
			t.Error("Match changed the facts")
		}
		for i, m := range matches {
			if m.Score < 0 || m.Score > 1 || m.Score != m.Score {
				t.Errorf("%s: score %v", m.ID, m.Score)
			}
			if len(m.Evidence) == 0 {
				t.Errorf("%s: no evidence", m.ID)
			}
			least := map[string]float64{"known": knownScore, "likely": likelyScore, "possible": possibleScore}[m.Verdict]
			if least == 0 || m.Score < least {
				t.Errorf("%s: verdict %q with score %v", m.ID, m.Verdict, m.Score)
			}
			if m.Verdict == "known" && (len(m.Against) > 0 || m.Affected == "no") {
				t.Errorf("%s: known, with %d facts against it, affected %s", m.ID, len(m.Against), m.Affected)
			}
			if m.Affected != "yes" && m.Affected != "no" && m.Affected != "unknown" {
				t.Errorf("%s: affected %q", m.ID, m.Affected)
			}
			for _, e := range append(append([]Evidence{}, m.Evidence...), m.Against...) {
				if e.Weight <= 0 || e.Weight >= 1 || e.Fact == "" {
					t.Errorf("%s: evidence %+v", m.ID, e)
				}
			}
			if i > 0 && (verdictRank[matches[i-1].Verdict] > verdictRank[m.Verdict] ||
				matches[i-1].Verdict == m.Verdict && matches[i-1].Score < m.Score) {
				t.Errorf("matches out of order: %s", show(matches))
			}
			if m.Entry == nil || m.Entry.ID != m.ID {
				t.Errorf("%s: wrong entry", m.ID)
			}
		}
		if facts.IP.Symbol == "" && len(facts.Frames) == 0 {
			for _, hit := range facts.Code {
				if hit.How != "fragment" || hit.Bytes >= leastCodeBytes {
					return
				}
			}
			if len(matches) > 0 {
				t.Errorf("no function and no code, but %s", show(matches))
			}
		}
	})
}

func FuzzLint(f *testing.F) {
	f.Add(goodEntry)
	f.Add(goodEntry + "fix:\n  diff: |\n    --- a/x\n    +++ b/x\n    @@ -1 +1 @@\n    -a\n    +b\n")
	f.Add("a: &a [x]\nb: [*a, *a]\n")
	f.Add("id: [\n")
	f.Add("- 1\n- 2\n")
	f.Add("\x00")
	for _, e := range load(f).All() {
		data, err := os.ReadFile("entries/" + e.ID + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.Replace(string(data), e.ID, "good-one", 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 2
		fsys := directory(map[string]string{
			"good-one.yaml": text, "good-one.log": "BUG: x\n", "good-one.miss.log": "BUG: y\n",
		})
		problems := Lint(fsys)
		for i, p := range problems {
			if p.Text == "" || !strings.HasSuffix(p.Text, ".") || strings.ContainsAny(p.Text, "\n\x00\x1b") {
				t.Errorf("text %q", p.Text)
			}
			if p.Line < 0 || p.Line > lines+strings.Count(text, "\r")+strings.Count(text, "\u2028")+
				strings.Count(text, "\u2029")+strings.Count(text, "\u0085") || p.Column < 0 {
				t.Errorf("place %s in %d lines", p, lines)
			}
			if i > 0 && problems[i-1].File == p.File && problems[i-1].Line > p.Line {
				t.Errorf("out of order: %s, %s", problems[i-1], p)
			}
		}
		// An entry that lint likes can be used for everything.
		base, _, err := LoadDir(fsys)
		if err != nil {
			t.Fatal(err)
		}
		if e, found := base.Get("good-one"); found {
			base.Search(e.Title)
			base.Signatures()
			facts := Facts{Kind: "bug"}
			for _, fn := range e.Functions {
				facts.IP = frame(fn)
				base.Match(facts)
			}
		} else if len(problems) == 0 {
			t.Error("no problem, no entry")
		}
	})
}
