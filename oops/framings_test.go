package oops_test

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nfoops/nfoops/oops"
)

// framings are the ways in which the same console lines reach a reader. usec is the printk time of the line.
var framings = []struct {
	name string
	line func(text string, n int, usec int64) string
}{
	{"bare", func(text string, _ int, _ int64) string { return text }},
	{"printk time", func(text string, _ int, usec int64) string { return stamp(usec) + text }},
	{"caller T", func(text string, _ int, usec int64) string { return stamp(usec) + "[  T970] " + text }},
	{"caller C", func(text string, _ int, usec int64) string { return stamp(usec) + "[    C1] " + text }},
	{"level", func(text string, _ int, _ int64) string { return "<1>" + text }},
	{"level and time", func(text string, _ int, usec int64) string { return "<4>" + stamp(usec) + text }},
	{"rfc 3164", func(text string, _ int, _ int64) string { return "Mar  7 04:05:06 gate kernel: " + text }},
	{"rfc 3164 with time", func(text string, _ int, usec int64) string {
		return "Mar  7 04:05:06 gate kernel: " + stamp(usec) + text
	}},
	{"rfc 3164 by address", func(text string, _ int, usec int64) string {
		return "Mar  7 04:05:06 192.0.2.7 kernel: " + stamp(usec) + text
	}},
	{"rfc 3164 without host", func(text string, _ int, usec int64) string { return "Mar 17 04:05:06 kernel: " + stamp(usec) + text }},
	{"rfc 3339", func(text string, _ int, usec int64) string {
		return "2026-03-07T04:05:06.123456+01:00 gate kernel: " + stamp(usec) + text
	}},
	{"journald short-iso", func(text string, _ int, _ int64) string { return "2026-03-07T04:05:06+0100 gate kernel: " + text }},
	{"dmesg -T", func(text string, _ int, _ int64) string { return "[Sat Mar  7 04:05:06 2026] " + text }},
	{"dmesg -T, German", func(text string, _ int, _ int64) string { return "[Sa Mär  7 04:05:06 2026] " + text }},
	{"kmsg", func(text string, n int, usec int64) string { return fmt.Sprintf("4,%d,%d,-;%s", 800+n, usec, text) }},
	{"extended netconsole", func(text string, n int, usec int64) string {
		return fmt.Sprintf("6.1.0,1,%d,%d,-,caller=C1;%s", 800+n, usec, strings.ReplaceAll(text, "\t", `\x09`))
	}},
	{"serial noise", func(text string, n int, usec int64) string {
		noise := ""
		switch n % 5 {
		case 1:
			noise = "\x00\x00"
		case 2:
			noise = "\x1b[0m"
		case 3:
			noise = "\x1b[32m"
		}
		return noise + stamp(usec) + text + "\r"
	}},
	{"login prompt", func(text string, n int, usec int64) string {
		if n == 3 {
			return "gate login: " + stamp(usec) + text
		}
		return stamp(usec) + text
	}},
	{"quoted", func(text string, _ int, usec int64) string { return "> " + stamp(usec) + text }},
	{"quoted twice", func(text string, _ int, usec int64) string { return ">> " + stamp(usec) + text }},
	{"html", func(text string, _ int, usec int64) string { return html.EscapeString(stamp(usec) + text) }},
	{"html, no-break spaces", func(text string, _ int, usec int64) string {
		return strings.ReplaceAll(html.EscapeString(stamp(usec)+text), "  ", "&nbsp; ")
	}},
	{"no-break spaces", func(text string, _ int, usec int64) string {
		return strings.ReplaceAll(stamp(usec)+text, "  ", "\u00a0 ")
	}},
	{"tabs for blanks", func(text string, _ int, usec int64) string {
		return stamp(usec) + strings.ReplaceAll(text, "        ", "\t")
	}},
	{"indented", func(text string, _ int, usec int64) string { return "    " + stamp(usec) + text }},
	{"ci", func(text string, _ int, usec int64) string {
		return "2026-03-07T04:05:06.1234567Z " + stamp(usec) + text
	}},
	{"ci, bare", func(text string, _ int, _ int64) string { return "2026-03-07T04:05:06.1234567Z " + text }},
	{"ts, bare", func(text string, _ int, _ int64) string { return "Mar 07 04:05:06 " + text }},
	{"journal json", func(text string, n int, usec int64) string {
		return fmt.Sprintf(`{"_HOSTNAME":"gate","PRIORITY":"4","SYSLOG_IDENTIFIER":"kernel","__REALTIME_TIMESTAMP":"17%d",`+
			`"_SOURCE_MONOTONIC_TIMESTAMP":"%d","MESSAGE":%s}`, usec, usec, quoted(text, n%7 == 3))
	}},
	{"journal export", func(text string, _ int, usec int64) string {
		return fmt.Sprintf("__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=17%d\n_HOSTNAME=gate\nPRIORITY=4\nMESSAGE=%s\n_TRANSPORT=kernel\n", usec, text)
	}},
	{"journal export, bytes", func(text string, _ int, usec int64) string {
		if len(text)&0xff == '\n' {
			text += " " // a length that is a line end
		}
		size := string([]byte{byte(len(text)), byte(len(text) >> 8), 0, 0, 0, 0, 0, 0})
		return fmt.Sprintf("__REALTIME_TIMESTAMP=17%d\nMESSAGE\n%s%s\n_HOSTNAME=gate\n", usec, size, text)
	}},
	{"docker", func(text string, _ int, usec int64) string {
		return fmt.Sprintf(`{"log":%s,"stream":"stdout","time":"2026-03-07T04:05:06.123456789Z"}`, quoted(stamp(usec)+text+"\r\n", false))
	}},
	{"jenkins", func(text string, _ int, usec int64) string { return "[2026-03-07T04:05:06.123Z] " + stamp(usec) + text }},
	{"jenkins, bare", func(text string, _ int, _ int64) string { return "[2026-03-07T04:05:06.123Z] " + text }},
	{"gitlab", func(text string, _ int, usec int64) string {
		return "2026-03-07T04:05:06.123456Z 00O " + stamp(usec) + text
	}},
	{"gitlab, bare", func(text string, _ int, _ int64) string { return "2026-03-07T04:05:06.123456Z 01E " + text }},
	{"kubernetes", func(text string, _ int, usec int64) string {
		return "2026-03-07T04:05:06.123456789Z stdout F " + stamp(usec) + text
	}},
	{"kubernetes, bare", func(text string, _ int, _ int64) string {
		return "2026-03-07T04:05:06.123456789Z stderr F " + text
	}},
	{"lava", func(text string, _ int, usec int64) string {
		return "2026-03-07T04:05:06.123456  " + stamp(usec) + text
	}},
	{"lava yaml", func(text string, _ int, usec int64) string {
		return fmt.Sprintf(`- {"dt": "2026-03-07T04:05:06.123456", "lvl": "target", "msg": %s}`, quoted(stamp(usec)+text, false))
	}},
	{"logcat", func(text string, _ int, usec int64) string {
		return "03-07 04:05:06.789     0     0 W         : " + stamp(usec) + text
	}},
	{"logcat, tagged", func(text string, _ int, _ int64) string { return "03-07 04:05:06.789     0     0 W kernel  : " + text }},
	{"pstore", func(text string, n int, usec int64) string {
		if n%20 == 0 {
			return fmt.Sprintf("Oops#1 Part%d\n", 9-n/20) + "<4>" + stamp(usec) + text
		}
		return "<4>" + stamp(usec) + text
	}},
	{"gitlab, sections", func(text string, n int, usec int64) string {
		row := "2026-03-07T04:05:06.123456Z 00O " + stamp(usec) + text
		if n%9 == 4 {
			return fmt.Sprintf("section_start:17412346%02d:step_script\r\x1b[0K%s\r\nsection_end:17412347%02d:step_script\r\x1b[0K", n, row, n)
		}
		return row
	}},
	{"rhel4 netlog", func(text string, n int, _ int64) string {
		number, offset := 0x4100+n, 0x2000+n*60
		header := []byte{4, 0, 0, byte(number >> 8), byte(number), 0, 0, 0, 2, 0, 0, byte(offset >> 8), byte(offset)}
		return string(header) + text
	}},
	{"replayed", func(text string, n int, usec int64) string {
		if n%8 == 5 {
			return "** replaying previous printk message **\n" + stamp(usec) + text
		}
		return stamp(usec) + text
	}},
	{"vmcore-dmesg", func(text string, n int, usec int64) string {
		if n == 0 {
			return stamp(usec) + "audit: type=1131 audit(1741320306.123:42): pid=1 uid=0\n" + stamp(usec) + text
		}
		return stamp(usec) + text
	}},
	{"datagrams one behind another", func(text string, n int, usec int64) string {
		if n%6 == 2 {
			return "\x00" + stamp(usec) + text + "\r"
		}
		return stamp(usec) + text
	}},
	{"template with bars", func(text string, n int, _ int64) string {
		return fmt.Sprintf("gate|kern|2026/03/07-04:05:%02d.%03d| %s", n%60, n*37%1000, text)
	}},
	{"template with level", func(text string, n int, usec int64) string {
		return fmt.Sprintf("%s@gate#%d: %s", [...]string{"warning", "alert", "err"}[n%3], 1000+n, stamp(usec)+text)
	}},
	{"test bench", func(text string, n int, _ int64) string {
		return fmt.Sprintf("[bench-7 dut3 +%d.%02ds] %s", n/10, n*7%100, text)
	}},
	{"serial collector", func(text string, n int, _ int64) string {
		return fmt.Sprintf("rack4-node17 ttyS1 %02d:%02d:%02d> %s", 4, 5+n/60, n%60, text)
	}},
	{"comma separated", func(text string, n int, _ int64) string {
		return fmt.Sprintf("\"gate\",\"kern\",%d,%s", 1741320306+n, text)
	}},
	{"rhel4 netconsole", func(text string, _ int, _ int64) string { return "<5> " + text }},
	{"datagrams", func(text string, n int, usec int64) string {
		return fmt.Sprintf("%d.%06d %q", n, usec%1e6, stamp(usec)+text+"\n")
	}},
	{"datagrams, extended", func(text string, n int, usec int64) string {
		return fmt.Sprintf("%d.%06d %q", n, usec%1e6, fmt.Sprintf("4,%d,%d,-;%s\n", 800+n, usec, text))
	}},
}

// unwrapped are the framings that are files with a syntax of their own.
var unwrapped = map[string]bool{
	"journal json": true, "journal export": true, "journal export, bytes": true, "docker": true, "lava yaml": true,
	"pstore": true, "rhel4 netlog": true, "replayed": true, "datagrams one behind another": true, "gitlab, sections": true,
	"vmcore-dmesg": true, "datagrams": true, "datagrams, extended": true,
}

// quoted is a text as JSON has it: a string, or an array of its bytes.
func quoted(text string, array bool) string {
	var v any = text
	if array {
		codes := []int{}
		for _, c := range []byte(text) {
			codes = append(codes, int(c))
		}
		v = codes
	}
	b, _ := json.Marshal(v) // a string or numbers
	return string(b)
}

func stamp(usec int64) string { return fmt.Sprintf("[%5d.%06d] ", usec/1e6, usec%1e6) }

// wraps are what happens to the rows afterwards.
var wraps = []struct {
	name string
	row  func(row string) []string
}{
	{"whole", func(row string) []string { return []string{row} }},
	{"wrapped at 80", func(row string) []string { return chop(row, 80) }},
	{"wrapped at 132", func(row string) []string { return chop(row, 132) }},
}

// chop breaks a row as a terminal does whose rows are then copied.
func chop(row string, width int) []string {
	var out []string
	r := []rune(row)
	for len(r) > width {
		out = append(out, string(r[:width]))
		r = r[width:]
	}
	return append(out, string(r))
}

// TestFramings holds that one crash is read the same in every framing, whole and wrapped.
func TestFramings(t *testing.T) {
	for _, log := range []string{"kernels/connlimit-2.6.11/oops.txt", "logs/nf-conntrack-x86_64-6.x/oops.txt"} {
		texts := consoleLines(t, filepath.Join("..", "testdata", log))
		want := onlyCrash(t, strings.Join(texts, "\n")+"\n")
		for _, f := range framings {
			for _, w := range wraps {
				if f.name == "serial noise" && w.name != "whole" {
					continue // a terminal wraps what it shows, and control bytes do not show
				}
				if unwrapped[f.name] && w.name != "whole" {
					continue // files of a program's, which nobody reads in a terminal
				}
				t.Run(filepath.Base(filepath.Dir(log))+"/"+f.name+"/"+w.name, func(t *testing.T) {
					var b strings.Builder
					for n, text := range texts {
						for _, row := range w.row(f.line(text, n, 93712345678+int64(n)*31)) {
							b.WriteString(row + "\n")
						}
					}
					got := onlyCrash(t, b.String())
					if got == nil {
						t.Fatalf("no single crash in\n%s", b.String())
					}
					if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(oops.Crash{})); diff != "" {
						t.Errorf("differs from the bare lines (-bare +framed):\n%s", diff)
					}
				})
			}
		}
	}
}

// consoleLines are the lines of a log without the printk time.
func consoleLines(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(l, "["); ok && len(rest) > 14 && rest[12] == ']' {
			lines[i] = rest[14:]
		}
	}
	return lines
}

// onlyCrash reads the one crash of a log without what a framing may change: lines, spans, host, time, and that rows were
// joined. It is nil if there is not just one.
func onlyCrash(t *testing.T, log string) *oops.Crash {
	t.Helper()
	found := crashesIn(t, log)
	if len(found) != 1 {
		return nil
	}
	return framingFree(found[0])
}

// framingFree is a copy of c without lines, spans, host and time.
func framingFree(c *oops.Crash) *oops.Crash {
	out := *c
	out.Lines, out.Span.Off, out.Span.Len = nil, 0, 0
	out.Host, out.Time = oops.Fact[string]{}, oops.Fact[string]{}
	out.Damage = nil
	for _, d := range c.Damage {
		if d.Kind != oops.DamageWrapped {
			out.Damage = append(out.Damage, d)
		}
	}
	v := reflect.New(reflect.TypeOf(out)).Elem()
	v.Set(reflect.ValueOf(out))
	return clearLines(v).Addr().Interface().(*oops.Crash)
}

// clearLines copies v with the line of every fact set to 1, or 0 where the fact is not known.
func clearLines(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			switch f.Name {
			case "Line", "InLine", "At", "FirstLine", "LastLine":
				if f.Type.Kind() == reflect.Int {
					out.Field(i).SetInt(min(v.Field(i).Int(), 1))
					continue
				}
			}
			if v.Type() == reflect.TypeFor[oops.Fact[oops.Source]]() && f.Name == "Value" {
				continue // a line of a source file
			}
			out.Field(i).Set(clearLines(v.Field(i)))
		}
	case reflect.Slice:
		if v.IsNil() {
			return out
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(clearLines(v.Index(i)))
		}
	}
	return out
}
