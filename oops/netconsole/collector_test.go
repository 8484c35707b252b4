package netconsole_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/nfoops/nfoops/oops/netconsole"
)

// TestWholePanic: every captured panic is one incident, closed when its end comes, and has all that the file has.
func TestWholePanic(t *testing.T) {
	for _, name := range captures(t, ".datagrams") {
		in := capture(t, name)
		var got []netconsole.Incident
		c := netconsole.NewCollector(netconsole.Patience{}, func(i netconsole.Incident) { got = append(got, i) })
		r := netconsole.New(netconsole.Limits{}, c.Event)
		var whole strings.Builder
		at := zero
		for _, d := range in {
			whole.Write(d.data)
			for ; at.Before(zero.Add(d.after)); at = at.Add(50 * time.Millisecond) {
				r.Tick(at)
				c.Tick(at)
			}
			r.Datagram(zero.Add(d.after), gate, d.data)
		}
		r.Drain(at)
		c.Drain()
		why := "the end of the panic came"
		if !strings.Contains(whole.String(), "---[ end Kernel panic") {
			why = "the input ended" // a guest that rebooted first
		}
		if len(got) != 1 || got[0].Source != gate || got[0].Why != why {
			t.Errorf("%s: %d incidents: %+v", name, len(got), got)
			continue
		}
		want, have := parse(t, whole.String()), parse(t, string(got[0].Text))
		if len(want) != 1 || len(have) != 1 || want[0].Title != have[0].Title || want[0].Fingerprint != have[0].Fingerprint ||
			len(want[0].Lines) != len(have[0].Lines) || len(want[0].Damage) != len(have[0].Damage) {
			t.Errorf("%s: %d and %d crashes", name, len(want), len(have))
		}
	}
}

// at is a text at a time of the test.
type at struct {
	after time.Duration
	text  string
}

// TestIncidents: when what looks like a crash is over.
func TestIncidents(t *testing.T) {
	const (
		warn = "------------[ cut here ]------------\nWARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2\n"
		end  = "---[ end trace 0000000000000000 ]---\n"
	)
	banner := "Linux version 6.1.90 (a@b) #1 SMP\n"
	tests := []struct {
		name string
		says []at
		want []string // why, then the text
	}{
		{"nothing of a crash", []at{{0, "usb 1-1: new device\n"}}, nil},
		{"quiet", []at{{0, banner + "a\n" + warn}, {2 * time.Second, "f+0x1/0x2\n"}},
			[]string{"the host went quiet", "a\n" + warn + "f+0x1/0x2\n"}},
		{"settled", []at{{0, warn + end}, {1500 * time.Millisecond, warn + end}},
			[]string{"the host went quiet", warn + end, "the host went quiet", warn + end}},
		{"an oops, then its panic", []at{{0, warn + end}, {500 * time.Millisecond, "Kernel panic - not syncing: x\n---[ end Kernel panic - not syncing: x ]---\n"}},
			[]string{"the end of the panic came", warn + end + "Kernel panic - not syncing: x\n---[ end Kernel panic - not syncing: x ]---\n"}},
		{"a line without an end", []at{{0, "[    1.0] Kernel pa"}, {time.Second, "nic - not syncing: x"}},
			[]string{"the host went quiet", "[    1.0] Kernel panic - not syncing: x"}},
		{"words of a program", []at{{0, "WARNING: the certificate of a.example is old\nINFO: 3 jobs are done\n"}}, nil},
		{"words of a program behind a crash", chatter(warn, 40, "WARNING: job %d is late\n"), []string{"the host talks of other things", ""}},
		{"talks of other things", chatter(warn, 40, "usb 1-1: device number %d\n"), []string{"the host talks of other things", ""}},
		{"settled, and talks of other things", chatter(warn+end, 40, "usb 1-1: device number %d\n"), []string{"the host talks of other things", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			c := netconsole.NewCollector(netconsole.Patience{}, func(i netconsole.Incident) {
				got = append(got, i.Why, strings.TrimPrefix(string(i.Text), banner))
			})
			now := time.Duration(0)
			for _, s := range tt.says {
				for ; now < s.after; now += 100 * time.Millisecond {
					c.Tick(zero.Add(now))
				}
				c.Event(netconsole.Event{Source: gate, At: zero.Add(s.after), Text: []byte(s.text)})
			}
			for range 100 {
				c.Tick(zero.Add(now))
				now += 100 * time.Millisecond
			}
			for i := range got {
				if i < len(tt.want) && tt.want[i] == "" {
					got[i] = ""
				}
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
				t.Errorf("got %q\nwant %q", got, tt.want)
			}
			if n, size, _ := c.Open(); n != 0 || size != 0 {
				t.Errorf("%d incidents of %d bytes are open", n, size)
			}
		})
	}
}

// chatter is a text and then a line every half second, which has its number.
func chatter(text string, seconds int, line string) []at {
	says := []at{{0, text}}
	for i := range 2 * seconds {
		says = append(says, at{time.Duration(i) * 500 * time.Millisecond, fmt.Sprintf(line, i)})
	}
	return says
}

// TestReboots: a new boot ends the incident, and the banner of the one before is forgotten.
func TestReboots(t *testing.T) {
	var got []netconsole.Incident
	c := netconsole.NewCollector(netconsole.Patience{}, func(i netconsole.Incident) { got = append(got, i) })
	say := func(reboot bool, text string) {
		c.Event(netconsole.Event{Source: gate, At: zero, Reboot: reboot, Text: []byte(text)})
	}
	say(false, "Linux version 6.1.90 (a@b) #1 SMP\n"+strings.Repeat("usb 1-1: new device\n", 100)+"BUG: a\n")
	say(true, "Kernel panic - not syncing: x\n")
	c.Drain()
	if len(got) != 2 || got[0].Why != "the host was rebooted" || !strings.HasPrefix(string(got[0].Text), "Linux version 6.1.90") ||
		string(got[1].Text) != "Kernel panic - not syncing: x\n" {
		t.Errorf("%q", got)
	}
}

// TestManyIncidents: hosts that all crash at once take no more memory than they may.
func TestManyIncidents(t *testing.T) {
	emitted := 0
	c := netconsole.NewCollector(netconsole.Patience{Bytes: 1 << 20}, func(netconsole.Incident) { emitted++ })
	most := 0
	for i := range 5000 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 6665)
		for range 10 {
			c.Event(netconsole.Event{Source: from, At: zero, Text: []byte("BUG: " + strings.Repeat("x", 200) + "\n")})
		}
		_, size, _ := c.Open()
		most = max(most, size)
	}
	open, _, hurried := c.Open()
	if most > 1<<20+1<<10 || open+emitted != 5000 || int(hurried) != emitted {
		t.Errorf("most %d, open %d, emitted %d, hurried %d", most, open, emitted, hurried)
	}
}
