package frame

import (
	"bytes"
	"strings"
	"testing"
)

// testGrammar knows as much as the tests need.
var testGrammar = Grammar{
	Starts: func(text string) bool { return strings.HasPrefix(text, "RIP: ") || strings.HasPrefix(text, "RAX: ") },
	Continues: func(prev, text string) Rest {
		switch {
		case strings.HasSuffix(prev, "PID: 1"):
			return BrokenWord
		case strings.HasSuffix(prev, "Tainted:"):
			return WordRest
		}
		return NoRest
	},
}

func unwrapped(log string) []Line {
	var lines []Line
	for row, err := range Rows(strings.NewReader(log)) {
		if err != nil {
			panic(err)
		}
		lines = AppendStrip(lines, row)
	}
	return Unwrap(lines, testGrammar)
}

func TestUnwrap(t *testing.T) {
	wide := strings.Repeat("x", 66)
	for _, tt := range []struct {
		name, log string
		want      []string
	}{
		{"whole lines stay", "one\ntwo\n", []string{"one", "two"}},
		{"bare rows of no width stay", "ip_rcv+0x1/0x2\nhello there\n", []string{"ip_rcv+0x1/0x2", "hello there"}},
		{"broken at 80 columns", strings.Repeat("x", 80) + "\ny\n", []string{strings.Repeat("x", 80) + "y"}},
		{"but not before a start", strings.Repeat("x", 80) + "\nRIP: 1\n", []string{strings.Repeat("x", 80), "RIP: 1"}},
		{"with a time even then", "[    1.000001] " + wide + "\nRIP: 1\n[    1.000002] " + wide + "\nz\n", []string{wide + "RIP: 1", wide + "z"}},
		{"between words", "[    1.000001] " + wide + "\nlastword\n[    1.000002] " + wide[:60] + "\nlastwords\n[    1.000003] " + wide[:55] + "\nlonglastword\n",
			[]string{wide + " lastword", wide[:60] + " lastwords", wide[:55] + " longlastword"}},
		{"not after a short row", "[    1.000001] short\nword\n[    1.000002] b\n", []string{"short", "word", "b"}},
		{"the grammar's rest", "CPU: 0 Tainted:\n G W\n", []string{"CPU: 0 Tainted: G W"}},
		{"the grammar's broken word", "CPU: 0 PID: 1\n88 Comm: a\n", []string{"CPU: 0 PID: 188 Comm: a"}},
		{"quoted", "> [    1.000001] " + wide + "\n> rest\n> [    1.000002] b\n", []string{wide + "rest", "b"}},
		{"soft break", "[    1.000001] " + wide[:60] + "=\nyyy\n[    1.000002] b\n", []string{wide[:60] + "yyy", "b"}},
		{"a blank row ends it", "CPU: 0 Tainted:\n\n G W\n", []string{"CPU: 0 Tainted:", "", " G W"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := unwrapped(tt.log)
			var texts []string
			for i := range got {
				texts = append(texts, got[i].Text)
			}
			if strings.Join(texts, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got  %q\nwant %q", texts, tt.want)
			}
		})
	}
}

func TestUnwrapSpans(t *testing.T) {
	log := "[    1.000001] " + strings.Repeat("x", 70) + "\nlast\n[    1.000002] b\n"
	got := unwrapped(log)
	if len(got) != 2 {
		t.Fatalf("%d lines", len(got))
	}
	if got[0].Num != 1 || got[0].Last != 2 || got[0].Span != (Span{0, 91}) || got[1].Span.Off != 91 || got[1].Num != 3 {
		t.Errorf("%+v\n%+v", got[0], got[1])
	}
}

// seeds are rows of all framings, for the fuzz targets.
func seeds(f *testing.F) {
	f.Helper()
	for _, tt := range stripTests {
		f.Add([]byte(tt.row + "\n" + strings.Repeat("x", 70) + "\nrest\n" + tt.row))
	}
	f.Add([]byte("\xff\xfeO\x00o\x00p\x00s\x00\n\x00"))
	f.Add([]byte("\xfe\xff\x00O\x00\n\xd8\x00"))
	f.Add(bytes.Repeat([]byte(strings.Repeat("a", 70)+"=\n"), 50))
	f.Add(bytes.Repeat([]byte("<1>"), 100))
	f.Add([]byte(`4,1,2,-;a\x0ab\x0a` + "\n SUBSYSTEM=net\n"))
}

// FuzzStrip: nothing panics, and no control byte comes through.
func FuzzStrip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, log []byte) {
		for row, err := range Rows(bytes.NewReader(log)) {
			if err != nil {
				t.Fatal(err)
			}
			if len(row.Text) > 2*MaxRow || row.Span.Off < 0 || row.Span.Off+row.Span.Len > int64(len(log))+1 {
				t.Fatalf("row %d: %d bytes at %+v of %d", row.Num, len(row.Text), row.Span, len(log))
			}
			for _, l := range Strip(row) {
				if i := strings.IndexFunc(l.Text, func(r rune) bool { return isNoise(r) }); i >= 0 {
					t.Fatalf("%q: control byte in %q", row.Text, l.Text)
				}
				if l.Num != row.Num || l.Span != row.Span {
					t.Fatalf("line %d at %+v of row %d at %+v", l.Num, l.Span, row.Num, row.Span)
				}
			}
		}
	})
}

// FuzzUnwrap: the spans of what is joined are inside the input, in order, and leave nothing out.
func FuzzUnwrap(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, log []byte) {
		var lines []Line
		for row, err := range Rows(bytes.NewReader(log)) {
			if err != nil {
				t.Fatal(err)
			}
			lines = AppendStrip(lines, row)
		}
		rows := len(lines)
		got := Unwrap(lines, testGrammar)
		if len(got) > rows || rows > 0 && len(got) == 0 {
			t.Fatalf("%d lines of %d rows", len(got), rows)
		}
		for i := range got {
			l := &got[i]
			if l.Last < l.Num || len(l.Raw) > MaxRow+maxJoined {
				t.Fatalf("line %d to %d, %d bytes", l.Num, l.Last, len(l.Raw))
			}
			if i == 0 {
				continue
			}
			prev := &got[i-1]
			if end := prev.Span.Off + prev.Span.Len; l.Span != prev.Span && l.Span.Off != end {
				t.Fatalf("line %d at %+v does not follow %+v", l.Num, l.Span, prev.Span)
			}
		}
	})
}

// TestProgressBars holds that what a carriage return has wiped out is no rest of the row before it.
func TestProgressBars(t *testing.T) {
	const log = "CPU: 1 PID: 12 Comm: nft Not tainted 6.1.0 #1\n 10% [==>   ] 3 MB/s\r 50% [====> ] 4 MB/s\rHardware name: QEMU\n"
	var rows []Row
	for row, err := range Rows(strings.NewReader(log)) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	lines := Unwrap(AppendStrip(nil, rows...), Grammar{
		Starts:    func(string) bool { return false },
		Continues: func(string, string) Rest { return WordRest },
	})
	if len(lines) < 2 || strings.Contains(lines[0].Text, "%") {
		t.Errorf("%d lines, the first is %q", len(lines), lines[0].Text)
	}
}
