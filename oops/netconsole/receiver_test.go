package netconsole_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/nfoops/nfoops/oops/netconsole"
)

// TestInOrder: what came in order and whole comes out as it came.
func TestInOrder(t *testing.T) {
	for _, name := range captures(t, ".datagrams") {
		in := payloads(capture(t, name))
		if got, want := first(said(netconsole.Limits{}, in)), string(bytes.Join(in, nil)); got != want {
			t.Errorf("%s: %s", name, differs(want, got))
		}
	}
}

func first(text string, _ netconsole.Stats) string { return text }

func differs(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d: want %q, got %q", i+1, w[i], strings.Join(g[min(i, len(g)):min(i+1, len(g))], ""))
		}
	}
	return fmt.Sprintf("%d lines more", len(g)-len(w))
}

// TestAnyOrder: a real panic in 1,000 random orders, with duplicates, is one and the same report.
func TestAnyOrder(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	in := payloads(capture(t, "connlimit-natural-6.12/netconsole-ext.datagrams"))
	whole := string(bytes.Join(in, nil))
	found := parse(t, whole)
	if len(found) != 1 {
		t.Fatalf("%d crashes", len(found))
	}
	want := summary(found[0])
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range rounds {
		mixed := append([][]byte(nil), in...)
		for range rnd.IntN(len(in)) {
			mixed = append(mixed, in[rnd.IntN(len(in))])
		}
		rnd.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		text, st := said(netconsole.Limits{}, mixed)
		if text != whole {
			t.Fatalf("round %d: %s", round, differs(whole, text))
		}
		if int(st.Duplicates) != len(mixed)-len(in) {
			t.Fatalf("round %d: %d duplicates of %d", round, st.Duplicates, len(mixed)-len(in))
		}
		if round%100 == 0 {
			got := parse(t, text)
			if len(got) != 1 || summary(got[0]) != want {
				t.Fatalf("round %d: another report", round)
			}
		}
	}
}

// TestReorderedByTime: while the datagrams come one after another, those that are late by less than Wait find their
// place.
func TestReorderedByTime(t *testing.T) {
	in := capture(t, "connlimit-r-kaslr/netconsole-ext.datagrams")
	whole := string(bytes.Join(payloads(in), nil))
	rnd := rand.New(rand.NewPCG(3, 4))
	for round := range 100 {
		type arrival struct {
			at   time.Duration
			data []byte
		}
		var line []arrival
		for _, d := range in {
			for range 1 + rnd.IntN(2) {
				line = append(line, arrival{d.after + time.Duration(rnd.IntN(400))*time.Millisecond, d.data})
			}
		}
		// insertion sort: by time of arrival
		for i := range line {
			for j := i; j > 0 && line[j].at < line[j-1].at; j-- {
				line[j], line[j-1] = line[j-1], line[j]
			}
		}
		var text bytes.Buffer
		r := netconsole.New(netconsole.Limits{}, func(e netconsole.Event) { text.Write(e.Text) })
		tick := line[0].at
		for _, a := range line {
			for ; tick < a.at; tick += 50 * time.Millisecond {
				r.Tick(zero.Add(tick))
			}
			r.Datagram(zero.Add(a.at), gate, a.data)
		}
		r.Drain(zero.Add(tick + time.Second))
		if text.String() != whole {
			t.Fatalf("round %d: %s (%+v)", round, differs(whole, text.String()), r.Stats())
		}
	}
}

// TestLoss: with a tenth of the datagrams lost the report names what is missing, and has no frame that was not there.
func TestLoss(t *testing.T) {
	for _, name := range captures(t, "-ext.datagrams") {
		in := payloads(capture(t, name))
		frames := map[string]bool{}
		for _, c := range parse(t, string(bytes.Join(in, nil))) {
			for _, f := range c.Trace {
				frames[fmt.Sprint(f.Location)] = true
			}
		}
		rnd := rand.New(rand.NewPCG(5, 6))
		for round := range 20 {
			var some [][]byte
			var lost [][]byte
			for _, d := range in {
				if rnd.IntN(10) == 0 {
					lost = append(lost, d)
				} else {
					some = append(some, d)
				}
			}
			rnd.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
			text, _ := said(netconsole.Limits{}, some)
			for _, c := range parse(t, text) {
				for _, f := range c.Trace {
					if !frames[fmt.Sprint(f.Location)] {
						t.Errorf("%s round %d: invented %v", name, round, f.Location)
					}
				}
				from, to := c.Lines[0].Seq, c.Lines[len(c.Lines)-1].Seq
				for _, d := range lost {
					seq := int64(seqOf(d))
					if seq <= from || seq >= to || named(c.Damage, seq) {
						continue
					}
					t.Errorf("%s round %d: %d is missing, and %v does not say so", name, round, seq, c.Damage)
				}
			}
		}
	}
}

// TestFragments: records that are longer than a datagram come in pieces, in any order; the header tells the release,
// and the user data the CPU.
func TestFragments(t *testing.T) {
	long := strings.Repeat("nf_conntrack(E) ", 190)
	body := "Modules linked in: " + long + "\n foo=bar\n cpu=1\n msgid=7\n cpu=3\n"
	head := "6.14.0,4,412,5000000,-,caller=T9,new=1"
	in := append([][]byte{[]byte("6.14.0,4,411,4999000,-;before\n msgid=6\n")}, fragments(head, body, 700)...)
	in = append(in, []byte("6.14.0,4,413,5000100,-;after\\x0athat\n msgid=8\n"))
	want := "6.14.0,4,411,4999000,-;before\n" + head + ",cpu=3;Modules linked in: " + long + "\n" +
		"6.14.0,4,413,5000100,-;after\\x0athat\n"
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		mixed := append(append([][]byte(nil), in...), in[rnd.IntN(len(in))])
		rnd.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		text, st := said(netconsole.Limits{}, mixed)
		if text != want || st.Duplicates != 1 || st.Lost != 0 || st.Torn != 0 {
			t.Fatalf("%s (%+v)", differs(want, text), st)
		}
	}

	torn, st := said(netconsole.Limits{}, append(append([][]byte(nil), in[:3]...), in[4:]...)) // the third piece is lost
	cut := strings.LastIndexByte(body[:1400], ' ') + 1
	want = "6.14.0,4,411,4999000,-;before\n" + head + ";" + body[:cut] + "\n" +
		"** nfoops: lost by the network: message 412 from byte 1400 on **\n" +
		"6.14.0,4,413,5000100,-;after\\x0athat\n"
	if torn != want || st.Torn != 1 {
		t.Errorf("%s (%+v)", differs(want, torn), st)
	}
}

// fragments breaks a record as the kernel does, every size bytes of the body.
func fragments(head, body string, size int) (out [][]byte) {
	for off := 0; off < len(body); off += size {
		chunk := body[off:min(off+size, len(body))]
		out = append(out, fmt.Appendf(nil, "%s,ncfrag=%d/%d;%s", head, off, len(body), chunk))
	}
	return out
}

// TestMessageCount: where the sender counts its messages, a gap is a loss; a gap of the sequence numbers is none.
func TestMessageCount(t *testing.T) {
	text, st := said(netconsole.Limits{}, [][]byte{
		[]byte("4,10,1000000,-;one\n msgid=4294967295\n"),
		[]byte("4,17,1000001,-;two\n msgid=0\n"),
		[]byte("4,19,1000002,-;three\n msgid=4\n"),
	})
	want := "4,10,1000000,-;one\n4,17,1000001,-;two\n** nfoops: lost by the network: 3 messages **\n4,19,1000002,-;three\n"
	if text != want || st.Lost != 3 {
		t.Errorf("%s (%+v)", differs(want, text), st)
	}
}

// TestReboot: the numbers begin anew.
func TestReboot(t *testing.T) {
	var in [][]byte
	for seq := range 300 {
		in = append(in, fmt.Appendf(nil, "6,%d,%d,-;old %d\n", seq, 1000*seq, seq))
	}
	for seq := range 10 {
		in = append(in, fmt.Appendf(nil, "6,%d,%d,-;new %d\n", seq, 1100*seq+7, seq))
	}
	var got strings.Builder
	r := netconsole.New(netconsole.Limits{}, func(e netconsole.Event) {
		if e.Reboot {
			got.WriteString("REBOOT\n")
		}
		got.Write(e.Text)
	})
	for i, d := range in {
		r.Datagram(zero.Add(time.Duration(i)*time.Millisecond), gate, d)
	}
	r.Tick(zero.Add(time.Hour))
	want := string(bytes.Join(in[:300], nil)) + "REBOOT\n" + string(bytes.Join(in[300:], nil))
	if got.String() != want || r.Stats().Reboots != 1 || r.Stats().Pending != 0 {
		t.Errorf("%s (%+v)", differs(want, got.String()), r.Stats())
	}
}

// TestStray: one datagram of long ago, or one that somebody made up, changes nothing of what comes.
func TestStray(t *testing.T) {
	for name, stray := range map[string]string{
		"of long ago":     "6,3,3000,-;old 3\n",
		"another time":    "6,250,17,-;made up\n",
		"of a far future": "6,4000000000,900000000,-;made up\n",
	} {
		var in [][]byte
		for seq := range 300 {
			in = append(in, fmt.Appendf(nil, "6,%d,%d,-;old %d\n", seq, 1000*seq, seq))
		}
		var text strings.Builder
		r := netconsole.New(netconsole.Limits{}, func(e netconsole.Event) { text.Write(e.Text) })
		for i, d := range in {
			at := zero.Add(time.Duration(i) * 10 * time.Millisecond)
			r.Tick(at)
			r.Datagram(at, gate, d)
			if i == 290 {
				r.Datagram(at, gate, []byte(stray))
			}
		}
		r.Drain(zero.Add(time.Hour))
		got := strings.ReplaceAll(text.String(), stray, "")
		want := strings.ReplaceAll(string(bytes.Join(in, nil)), stray, "")
		if got != want || r.Stats().Reboots != 0 {
			t.Errorf("%s: %s (%+v)", name, differs(want, got), r.Stats())
		}
	}
}

// TestBasic: pieces of lines, several lines a datagram, and a dump of the 2.6 kernels that send every printk by itself.
func TestBasic(t *testing.T) {
	in := [][]byte{
		[]byte("[    3.250000] one\n[    3.250001] tw"), []byte("o\n"),
		[]byte("[    3.250002] three\n"), []byte("[    3.250002] three\n"), // the network's duplicate
		[]byte("[    0.000000] early\n"), []byte("[    0.000000] early\n"), // said twice before the clock runs
		[]byte("Code: "),
	}
	for i := range 63 {
		in = append(in, fmt.Appendf(nil, "%02x ", i))
	}
	in = append(in, []byte("<89> 50\n"), []byte(" "), []byte("<0>Kernel panic: Aiee\n"))
	text, st := said(netconsole.Limits{}, in)
	if !strings.HasPrefix(text, "[    3.250000] one\n[    3.250001] two\n[    3.250002] three\n[    0.000000] early\n[    0.000000] early\nCode: 00 01") ||
		!strings.HasSuffix(text, "3e <89> 50\n <0>Kernel panic: Aiee\n") || st.Duplicates != 1 {
		t.Errorf("%q %+v", text, st)
	}
}

// TestRHEL4: its syslog lines are clipped where they are long; its netlog has a binary header, and knows what is lost.
func TestRHEL4(t *testing.T) {
	text, _ := said(netconsole.Limits{}, [][]byte{[]byte("<5> one\n"), []byte("<5> tw"), []byte("<5> three\n")})
	if want := "<5> one\n<5> tw\n<5> three\n"; text != want {
		t.Errorf("%q", text)
	}
	var in [][]byte
	offset := uint32(4000)
	for _, s := range []string{"Oops: 0002 [#1]\n", "EIP is at destroy_", "conntrack+0x2a/0x120 [ip_conntrack]\n", "eax: 0", "0000000\n"} {
		d := binary.BigEndian.AppendUint32([]byte{4, 0, 0, 0, 0}, 2)
		d = binary.BigEndian.AppendUint32(d, offset)
		in = append(in, append(d, s...))
		offset += uint32(len(s))
	}
	text, st := said(netconsole.Limits{}, [][]byte{in[0], in[2], in[1], in[2], in[4], in[3]})
	if want := "Oops: 0002 [#1]\nEIP is at destroy_conntrack+0x2a/0x120 [ip_conntrack]\neax: 00000000\n"; text != want || st.Duplicates != 1 {
		t.Errorf("%q %+v", text, st)
	}
	text, st = said(netconsole.Limits{}, [][]byte{in[0], in[1], in[3], in[4]})
	if want := "Oops: 0002 [#1]\nEIP is at destroy_\n** nfoops: lost by the network: 36 bytes of the log **\neax: 00000000\n"; text != want {
		t.Errorf("%q %+v", text, st)
	}
}

// TestFlood: a flood of made-up senders costs no more than the limits say, is counted, and a sender that talks meanwhile
// is heard.
func TestFlood(t *testing.T) {
	limits := netconsole.Limits{Sources: 100, Pending: 1 << 20}
	var text strings.Builder
	gone, most := 0, 0
	r := netconsole.New(limits, func(e netconsole.Event) {
		if e.Gone {
			gone++
		}
		if e.Source == gate {
			text.Write(e.Text)
		}
	})
	var want strings.Builder
	filler := bytes.Repeat([]byte("x"), 900)
	for i := range 20000 {
		at := zero.Add(time.Duration(i) * 10 * time.Microsecond)
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 6665)
		r.Datagram(at, from, fmt.Appendf(nil, "6,%d,1,-,ncfrag=0/65000;%s", i, filler))
		if i%50 == 0 {
			d := fmt.Sprintf("6,%d,%d,-;mine\n", i/50, i)
			want.WriteString(d)
			r.Datagram(at, gate, []byte(d))
		}
		most = max(most, r.Stats().Pending)
	}
	r.Drain(zero.Add(time.Hour))
	st := r.Stats()
	if most > limits.Pending+2<<10 || st.Sources > 100 || gone != int(st.Forgotten) || st.Forgotten < 19000 || st.Pending != 0 {
		t.Errorf("most %d bytes, %+v", most, st)
	}
	if text.String() != want.String() {
		t.Error(differs(want.String(), text.String()))
	}
}
