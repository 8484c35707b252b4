package listen

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/nfoops/nfoops/cmd/internal/triage"
)

// packets are datagrams as they look on an Ethernet, to port 6666.
func packets(t testing.TB, datagrams [][]byte, v6 bool) [][]byte {
	t.Helper()
	var out [][]byte
	for _, d := range datagrams {
		eth := &layers.Ethernet{SrcMAC: make(net.HardwareAddr, 6), DstMAC: make(net.HardwareAddr, 6), EthernetType: layers.EthernetTypeIPv4}
		udp := &layers.UDP{SrcPort: 6665, DstPort: 6666}
		var ip gopacket.SerializableLayer
		v4 := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IPv4(192, 0, 2, 7), DstIP: net.IPv4(192, 0, 2, 1)}
		six := &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolUDP, HopLimit: 64, SrcIP: net.ParseIP("2001:db8::7"), DstIP: net.ParseIP("2001:db8::1")}
		ip = v4
		_ = udp.SetNetworkLayerForChecksum(v4)
		if v6 {
			eth.EthernetType, ip = layers.EthernetTypeIPv6, six
			_ = udp.SetNetworkLayerForChecksum(six)
		}
		b := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, eth, ip, udp, gopacket.Payload(d)); err != nil {
			t.Fatal(err)
		}
		out = append(out, bytes.Clone(b.Bytes()))
	}
	return out
}

func pcap(t testing.TB, packets [][]byte, ng bool) []byte {
	t.Helper()
	var b bytes.Buffer
	info := func(i int) gopacket.CaptureInfo {
		return gopacket.CaptureInfo{
			Timestamp:     time.Date(2026, 3, 7, 4, 5, 6, i*1000000, time.UTC),
			CaptureLength: len(packets[i]), Length: len(packets[i]),
		}
	}
	if ng {
		w, err := pcapgo.NewNgWriter(&b, layers.LinkTypeEthernet)
		if err != nil {
			t.Fatal(err)
		}
		for i := range packets {
			if err := w.WritePacket(info(i), packets[i]); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		return b.Bytes()
	}
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		if err := w.WritePacket(info(i), packets[i]); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func replay(t testing.TB, file []byte, port uint16) (Outcome, []*triage.Report, error) {
	t.Helper()
	var reports []*triage.Report
	out, err := Replay(t.Context(), Config{
		Say:    t.Logf,
		Encode: func(*triage.Report) ([]byte, error) { return []byte("{}"), nil },
		Report: func(r *triage.Report, _ string) error {
			reports = append(reports, r)
			return nil
		},
	}, bytes.NewReader(file), port)
	return out, reports, err
}

// TestReplay: a capture gives the crash with the sender and, in any form of the file, the same; other ports count if
// the port is 0 only.
func TestReplay(t *testing.T) {
	in := datagrams(t, extended)
	for _, ng := range []bool{false, true} {
		for _, v6 := range []bool{false, true} {
			host := "192.0.2.7"
			if v6 {
				host = "2001:db8::7"
			}
			file := pcap(t, packets(t, in, v6), ng)
			out, reports, err := replay(t, file, 6666)
			if err != nil || out.Crashes != 1 || reports[0].Title != title || reports[0].Host != host {
				t.Errorf("pcapng %v, IPv6 %v: %v %+v", ng, v6, err, out)
			}
			if out, _, err := replay(t, file, 514); err != nil || out.Crashes != 0 {
				t.Errorf("another port: %v %+v", err, out)
			}
			if out, _, err := replay(t, file, 0); err != nil || out.Crashes != 1 {
				t.Errorf("any port: %v %+v", err, out)
			}
			out, _, err = replay(t, file[:len(file)*9/10], 6666)
			if out.Crashes != 1 || err == nil || !strings.Contains(err.Error(), "damaged or cut") {
				t.Errorf("cut: %v %+v", err, out)
			}
		}
	}
	for _, no := range []string{"", "BUG", "BUG: something that is no capture of anything"} {
		if _, _, err := replay(t, []byte(no), 0); !errors.Is(err, ErrNoCapture) {
			t.Errorf("%q: %v", no, err)
		}
	}
}

// FuzzCapture: files and packets of any bytes.
func FuzzCapture(f *testing.F) {
	in := packets(f, [][]byte{[]byte("4,1,2,-;BUG: x\n"), []byte("[    1.5] y\n")}, false)
	f.Add(pcap(f, in, false))
	f.Add(pcap(f, in, true))
	f.Add(pcap(f, packets(f, [][]byte{[]byte("<5> x\n")}, true), true))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, _, _ = replay(t, file, 0)
	})
}
