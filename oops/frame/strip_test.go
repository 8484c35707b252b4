package frame

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// line is a Line without anything known but its text.
func line(raw, text string, format Format) Line {
	return Line{Num: 1, Last: 1, Span: Span{Len: int64(len(raw))}, Raw: raw, Text: text, Format: format, Usec: -1, CPU: -1, Level: -1, Seq: -1}
}

// with changes a line.
func with(l Line, change func(*Line)) Line {
	change(&l)
	return l
}

var stripTests = []struct {
	name, row string
	want      func(Line) Line // from line(row, "Call Trace:", 0)
}{
	{"bare", "Call Trace:", func(l Line) Line { return l }},
	{"blanks stay", " ip_rcv+0x1/0x2", func(l Line) Line { l.Text = " ip_rcv+0x1/0x2"; return l }},
	{"printk time", "[  412.118220] Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec = Stamp, "412.118220", 412118220
		return l
	}},
	{"printk time, milliseconds", "[12.345] Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec = Stamp, "12.345", 12345000
		return l
	}},
	{"only one blank is the transport's", "[  412.118220]  Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec, l.Text = Stamp, "412.118220", 412118220, " Call Trace:"
		return l
	}},
	{"caller task", "[  412.118220][  T970] Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec, l.Caller = Stamp|Caller, "412.118220", 412118220, "T970"
		return l
	}},
	{"caller CPU", "[  412.118220] [   C12] Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec, l.Caller = Stamp|Caller, "412.118220", 412118220, "C12"
		return l
	}},
	{"level", "<4>Call Trace:", func(l Line) Line { l.Format, l.Level = Level, 4; return l }},
	{"syslog priority", "<12>Call Trace:", func(l Line) Line { l.Format, l.Level = Level, 4; return l }},
	{"level behind an open line", " <0>Call Trace:", func(l Line) Line { l.Format, l.Level = Level, 0; return l }},
	{"level, time, caller", "<1>[    1.000002][    T1] Call Trace:", func(l Line) Line {
		l.Format, l.Level, l.Time, l.Usec, l.Caller = Level|Stamp|Caller, 1, "1.000002", 1000002, "T1"
		return l
	}},
	{"rfc 3164", "Mar  7 04:05:06 gate kernel: Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Host, l.Tag = Syslog, "Mar  7 04:05:06", "gate", "kernel"
		return l
	}},
	{"rfc 3164, printk time", "Mar 17 04:05:06 gate kernel: [  412.118220] Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Host, l.Tag, l.Usec = Syslog|Stamp, "Mar 17 04:05:06", "gate", "kernel", 412118220
		return l
	}},
	{"rfc 3164, address for host", "Mar 17 04:05:06 192.0.2.7 kernel: Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Host, l.Tag = Syslog, "Mar 17 04:05:06", "192.0.2.7", "kernel"
		return l
	}},
	{"rfc 3164, IPv6 for host", "Mar 17 04:05:06 2001:db8::7 kernel: Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Host, l.Tag = Syslog, "Mar 17 04:05:06", "2001:db8::7", "kernel"
		return l
	}},
	{"rfc 3164, no host", "Mar 17 04:05:06 kernel: Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Tag = Syslog, "Mar 17 04:05:06", "kernel"
		return l
	}},
	{"time only, then printk time", "Sep 23 07:10:01  [  179.651419][   C16] Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec, l.Caller = Syslog|Stamp|Caller, "Sep 23 07:10:01", 179651419, "C16"
		return l
	}},
	{"rfc 3339", "2026-03-07T04:05:06.123456+01:00 gate kernel: Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Host, l.Tag = Syslog, "2026-03-07T04:05:06.123456+01:00", "gate", "kernel"
		return l
	}},
	{"journald short-iso", "2026-03-07T04:05:06+0100 gate kernel: Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Host, l.Tag = Syslog, "2026-03-07T04:05:06+0100", "gate", "kernel"
		return l
	}},
	{"dmesg -T", "[Sat Mar  7 04:05:06 2026] Call Trace:", func(l Line) Line {
		l.Format, l.Time = Stamp, "Sat Mar  7 04:05:06 2026"
		return l
	}},
	{"dmesg -T, Russian", "[Сб мар  7 04:05:06 2026] Call Trace:", func(l Line) Line {
		l.Format, l.Time = Stamp, "Сб мар  7 04:05:06 2026"
		return l
	}},
	{"kmsg", "4,1234,412118220,-;Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec, l.Level, l.Seq = Record, "412.118220", 412118220, 4, 1234
		return l
	}},
	{"extended netconsole", "6.4.0,1,1234,412118220,-,caller=T42;Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec, l.Level, l.Seq, l.Caller = Record, "412.118220", 412118220, 1, 1234, "T42"
		l.Release = "6.4.0"
		return l
	}},
	{"the CPU that sent it", "1,1234,412118220,-,cpu=3;Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec, l.Level, l.Seq, l.CPU = Record, "412.118220", 412118220, 1, 1234, 3
		return l
	}},
	{"dictionary line", " cpu=3", func(l Line) Line { l.Format, l.Text, l.CPU = Record|Dict, "", 3; return l }},
	{"quoted", "> [    1.000002] Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec = Quote|Stamp, "1.000002", 1000002
		return l
	}},
	{"quoted by two", "> >> Call Trace:", func(l Line) Line { l.Format = Quote; return l }},
	{"HTML", "[    1.000002] &lt;/IRQ&gt;", func(l Line) Line {
		l.Format, l.Time, l.Usec, l.Text = Escape|Stamp, "1.000002", 1000002, "</IRQ>"
		return l
	}},
	{"quoted-printable", "EFLAGS=3D=20", func(l Line) Line { l.Format, l.Text = Escape, "EFLAGS="; return l }},
	{"an order is no escape", "order=20 mode", func(l Line) Line { l.Text = "order=20 mode"; return l }},
	{"Jenkins", "[2026-03-07T04:05:06.123Z] Call Trace:", func(l Line) Line {
		l.Format, l.Time = Syslog, "2026-03-07T04:05:06.123Z"
		return l
	}},
	{"GitLab", "2026-03-07T04:05:06.123456Z 01E Call Trace:", func(l Line) Line {
		l.Format, l.Time = Syslog, "2026-03-07T04:05:06.123456Z"
		return l
	}},
	{"Kubernetes", "2026-03-07T04:05:06.123456789Z stdout F Call Trace:", func(l Line) Line {
		l.Format, l.Time = Syslog, "2026-03-07T04:05:06.123456789Z"
		return l
	}},
	{"logcat, a tag of the kernel's own", "03-07 04:05:06.789     0     0 E BUG     : Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Text = Syslog, "03-07 04:05:06.789", "BUG: Call Trace:"
		return l
	}},
	{"journal as JSON", `{"MESSAGE":"Call Trace:","_HOSTNAME":"gate","PRIORITY":"4"}`, func(l Line) Line {
		l.Format, l.Host, l.Level = Syslog|Escape, "gate", 4
		return l
	}},
	{"journal as JSON, bytes", `{"PRIORITY":"1","MESSAGE":[79,111,112,115]}`, func(l Line) Line {
		l.Format, l.Level, l.Text = Syslog|Escape, 1, "Oops"
		return l
	}},
	{"no message in it", `{"PRIORITY":"1","COMMAND":"Oops"}`, func(l Line) Line {
		l.Text = `{"PRIORITY":"1","COMMAND":"Oops"}`
		return l
	}},
	{"journal export", "MESSAGE=Call Trace:", func(l Line) Line { l.Format = Syslog; return l }},
	{"another field of it", "_HOSTNAME=gate", func(l Line) Line { l.Format, l.Text = Syslog|Record|Dict, ""; return l }},
	{"no field of it", "RAX=0000000000000000", func(l Line) Line { l.Text = "RAX=0000000000000000"; return l }},
	{"LAVA", `- {"dt": "2026-03-07T04:05:06.123456", "lvl": "target", "msg": "[    1.000002] Call Trace:"}`, func(l Line) Line {
		l.Format, l.Time, l.Usec = Syslog|Escape|Stamp, "2026-03-07T04:05:06.123456", 1000002
		return l
	}},
	{"pstore's part", "Panic#1 Part2", func(l Line) Line { l.Format, l.Text = Record|Dict, ""; return l }},
	{"datagram", `4.486881 "[    1.000002] Call Trace:\n"`, func(l Line) Line {
		l.Format, l.Time, l.Usec = Escape|Stamp, "4.486881", 1000002
		return l
	}},
	{"login prompt", "gate login: [  412.118220] Call Trace:", func(l Line) Line {
		l.Format, l.Time, l.Usec = Noise|Stamp, "412.118220", 412118220
		return l
	}},
	{"a byte, not a level", "<89> 50 04", func(l Line) Line { l.Text = "<89> 50 04"; return l }},
	{"an address, not a quote", ">ffff888050f09800: 00 00", func(l Line) Line { l.Text = ">ffff888050f09800: 00 00"; return l }},
	{"ksymoops, not a quote", ">>EIP; c0123456 <f+10/20>", func(l Line) Line { l.Text = ">>EIP; c0123456 <f+10/20>"; return l }},
	{"a frame, not a time", "[<c0123456>] f+0x1/0x2", func(l Line) Line { l.Text = "[<c0123456>] f+0x1/0x2"; return l }},
}

func TestStrip(t *testing.T) {
	for _, tt := range stripTests {
		t.Run(tt.name, func(t *testing.T) {
			row := Row{Num: 1, Span: Span{Len: int64(len(tt.row))}, Text: []byte(tt.row)}
			want := []Line{tt.want(line(tt.row, "Call Trace:", 0))}
			if diff := cmp.Diff(want, Strip(row)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestStripNoise: what is no text is dropped, and Raw has it no more.
func TestStripNoise(t *testing.T) {
	for row, want := range map[string]Line{
		"\x1b[1;31mOops\x1b[0m: 0000\r":       with(line("Oops: 0000", "Oops: 0000", Noise), func(*Line) {}),
		"\x00\x00Call Trace:":                 line("Call Trace:", "Call Trace:", Noise),
		"\u00a0\u00a0Call\u00a0Trace:":        line("  Call Trace:", "  Call Trace:", 0),
		"\u202eCall Trace:":                   line("Call Trace:", "Call Trace:", Noise),
		"\x1b]0;a title of a window\x07Oops":  line("Oops", "Oops", Noise),
		"4,7,1000002,-;a\\x0ab\\x1b[31m":      {},
		"kernel: \x9bno C1 control, no UTF-8": {},
	} {
		got := Strip(Row{Num: 1, Text: []byte(row)})
		for i := range got {
			for _, r := range got[i].Text {
				if isNoise(r) && r != 0xfffd {
					t.Errorf("%q: %q is left", row, got[i].Text)
				}
			}
		}
		if want.Num == 0 {
			continue
		}
		want.Span = Span{}
		if diff := cmp.Diff([]Line{want}, got); diff != "" {
			t.Errorf("%q: %s", row, diff)
		}
	}
}

// TestStripMessageLines: the lines of one message of a journal or a datagram are told apart, each with its own time.
func TestStripMessageLines(t *testing.T) {
	for _, row := range []string{
		`{"MESSAGE":"[    1.000002] one\n[    1.000003]  two"}`,
		`7.000001 "[    1.000002] one\n[    1.000003]  two\n"`,
	} {
		got := Strip(Row{Num: 4, Text: []byte(row)})
		if len(got) != 2 || got[0].Text != "one" || got[1].Text != " two" || got[1].Num != 4 || got[1].Usec != 1000003 {
			t.Errorf("%s: %+v", row, got)
		}
	}
}

// TestStripRecordLines: a record with line ends of its own is several lines.
func TestStripRecordLines(t *testing.T) {
	got := Strip(Row{Num: 4, Text: []byte(`4,9,1000002,-;one\x0a  two\x09three`)})
	if len(got) != 2 || got[0].Text != "one" || got[1].Text != "  two\tthree" || got[1].Num != 4 || got[1].Seq != 9 {
		t.Errorf("%+v", got)
	}
}

// TestLoss: what Loss writes LossOf reads, and nothing else.
func TestLoss(t *testing.T) {
	for _, detail := range []string{"3 messages", "message 412 from byte 1400 on", ""} {
		row := Loss(detail)
		if got, ok := LossOf([]byte(row[:len(row)-1])); !ok || got != detail {
			t.Errorf("%q: %q %v", row, got, ok)
		}
	}
	for _, row := range []string{"", "** 3 printk messages dropped **", "** nfoops: lost by the network: ", Loss(string(make([]byte, 400)))} {
		if got, ok := LossOf([]byte(row)); ok {
			t.Errorf("%q: %q", row, got)
		}
	}
}
