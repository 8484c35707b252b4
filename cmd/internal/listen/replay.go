package listen

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// ErrNoCapture says that a file is neither a pcap nor a pcapng capture.
var ErrNoCapture = errors.New("it is no capture of tcpdump or Wireshark (pcap, pcapng)")

// idleTicks are the ticks of a silence that are gone through one by one: two minutes.
const idleTicks = 1200

// Replay reads a capture as if its datagrams came now, in the time of the capture. Those to the given UDP port count; 0
// is every port.
func Replay(ctx context.Context, c Config, r io.Reader, port uint16) (Outcome, error) {
	packets, err := openCapture(r)
	if err != nil {
		return Outcome{}, err
	}
	p, err := newPipeline(c)
	if err != nil {
		return Outcome{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p.start(func(err error) { stop(err) })
	w := newWorker(nil, &c, c.Limits, p)
	var readErr error
	for ctx.Err() == nil {
		data, at, err := packets.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				readErr = fmt.Errorf("the capture is damaged or cut: %w", err)
			}
			break
		}
		if !w.now.IsZero() {
			for n := 0; n < idleTicks && w.now.Add(tick).Before(at); n++ {
				w.now = w.now.Add(tick)
				w.receiver.Tick(w.now)
				w.collector.Tick(w.now)
			}
		}
		if at.After(w.now) {
			w.now = at
		}
		if from, to, payload, ok := udp(packets.link, data); ok && (port == 0 || to == port) {
			w.datagram(from, payload)
			p.desk.wait(ctx) // a file can be read faster than its crashes are analysed
		}
	}
	w.receiver.Drain(w.now)
	w.collector.Drain()
	out, err := p.finish()
	if cause := context.Cause(ctx); cause != nil {
		readErr = cause
	}
	return out, errors.Join(readErr, err)
}

// wait waits while the queue is more than half full.
func (d *desk) wait(ctx context.Context) {
	for ctx.Err() == nil {
		d.mu.Lock()
		busy := d.size > queueBytes/2 || len(d.queue) > queueLength/2
		d.mu.Unlock()
		if !busy {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// capture is an open pcap or pcapng file.
type capture struct {
	source gopacket.PacketDataSource
	link   layers.LinkType
}

func openCapture(r io.Reader) (*capture, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	magic, err := br.Peek(4)
	if err != nil {
		return nil, ErrNoCapture
	}
	if binary.BigEndian.Uint32(magic) == 0x0a0d0d0a {
		ng, err := pcapgo.NewNgReader(br, pcapgo.DefaultNgReaderOptions)
		if err != nil {
			return nil, ErrNoCapture
		}
		return &capture{ng, ng.LinkType()}, nil
	}
	old, err := pcapgo.NewReader(br)
	if err != nil {
		return nil, ErrNoCapture
	}
	return &capture{old, old.LinkType()}, nil
}

// next gives the next packet. The readers take no more memory than the file has bytes, whatever it says of its lengths.
func (c *capture) next() (data []byte, at time.Time, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	data, info, err := c.source.ReadPacketData()
	return data, info.Timestamp.UTC(), err
}

// udp takes the layers off a packet: Ethernet, VLAN, Linux cooked, raw IP, and so on, down to what UDP carries.
func udp(link layers.LinkType, data []byte) (from netip.AddrPort, port uint16, payload []byte, ok bool) {
	if link == layers.LinkTypeIPv4 || link == layers.LinkTypeIPv6 {
		link = layers.LinkTypeRaw // the library knows no other packets without a link layer
	}
	packet := gopacket.NewPacket(data, link, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	u, isUDP := packet.Layer(layers.LayerTypeUDP).(*layers.UDP)
	if !isUDP || packet.NetworkLayer() == nil {
		return from, 0, nil, false
	}
	addr, ok := netip.AddrFromSlice(packet.NetworkLayer().NetworkFlow().Src().Raw())
	if !ok {
		return from, 0, nil, false
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(u.SrcPort)), uint16(u.DstPort), u.Payload, true
}
