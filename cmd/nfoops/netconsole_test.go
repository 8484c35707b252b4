package main

import (
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gopacket/gopacket"
	packets "github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/rogpeppe/go-internal/testscript"
)

// readDatagrams reads a captured run: seconds and a Go string a line.
func readDatagrams(ts *testscript.TestScript, file string) [][]byte {
	var out [][]byte
	for line := range strings.Lines(ts.ReadFile(file)) {
		_, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		data, err := strconv.Unquote(quoted)
		ts.Check(err)
		out = append(out, []byte(data))
	}
	return out
}

// port NAME puts a free UDP port of the loopback into the environment.
func port(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	ts.Check(err)
	_, p, err := net.SplitHostPort(c.LocalAddr().String())
	ts.Check(err)
	ts.Check(c.Close())
	ts.Setenv(args[0], p)
}

// datagrams ADDRESS FILE... sends captured runs, as soon as somebody listens.
func datagrams(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: datagrams ADDRESS FILE...")
	}
	c, err := net.Dial("udp", args[0])
	ts.Check(err)
	defer c.Close()
	// The loopback says so when nobody listens.
	buf := make([]byte, 1)
	for try := 0; ; try++ {
		_, _ = c.Write(nil)
		ts.Check(c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)))
		if _, err := c.Read(buf); !errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
		if try > 400 {
			ts.Fatalf("nobody listens on %s", args[0])
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, file := range args[1:] {
		for _, d := range readDatagrams(ts, file) {
			_, err := c.Write(d)
			ts.Check(err)
		}
	}
}

// pcap FILE OUT writes a captured run as tcpdump would have.
func pcap(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pcap FILE OUT")
	}
	f, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	defer f.Close()
	w := pcapgo.NewWriter(f)
	ts.Check(w.WriteFileHeader(65536, packets.LinkTypeIPv4))
	for i, d := range readDatagrams(ts, args[0]) {
		ip := &packets.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: packets.IPProtocolUDP, SrcIP: net.IPv4(192, 0, 2, 7), DstIP: net.IPv4(192, 0, 2, 1)}
		b := gopacket.NewSerializeBuffer()
		ts.Check(gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, ip, &packets.UDP{SrcPort: 6665, DstPort: 6666}, gopacket.Payload(d)))
		ts.Check(w.WritePacket(gopacket.CaptureInfo{
			Timestamp:     time.Date(2026, 3, 7, 4, 5, 6, i*1000000, time.UTC),
			CaptureLength: len(b.Bytes()), Length: len(b.Bytes()),
		}, b.Bytes()))
	}
}
