// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A datagram is one UDP payload and its time of arrival after the start of the capture.
type datagram struct {
	At   time.Duration
	Data []byte
}

// A receiver keeps every datagram that arrives at one UDP port of the loopback address.
type receiver struct {
	conn  net.PacketConn
	start time.Time
	done  chan struct{}

	mu  sync.Mutex
	got []datagram
}

// listen opens a receiver on address; port 0 takes a free port. It receives until close.
func listen(address string) (*receiver, error) {
	conn, err := net.ListenPacket("udp4", address)
	if err != nil {
		return nil, err
	}
	if u, ok := conn.(*net.UDPConn); ok {
		// A boot replay comes as one burst of some 500 datagrams. A smaller buffer is no error.
		_ = u.SetReadBuffer(4 << 20)
	}
	r := &receiver{conn: conn, start: time.Now(), done: make(chan struct{})}
	go r.receive()
	return r, nil
}

func (r *receiver) receive() {
	defer close(r.done)
	buf := make([]byte, 65536)
	for {
		n, _, err := r.conn.ReadFrom(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		d := datagram{At: time.Since(r.start), Data: bytes.Clone(buf[:n])}
		r.mu.Lock()
		r.got = append(r.got, d)
		r.mu.Unlock()
	}
}

func (r *receiver) port() int {
	return r.conn.LocalAddr().(*net.UDPAddr).Port
}

// datagrams returns what has arrived so far; the caller must not change the payloads.
func (r *receiver) datagrams() []datagram {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got[:len(r.got):len(r.got)]
}

// contains says whether a datagram with this text has arrived.
func (r *receiver) contains(text string) bool {
	got := r.datagrams()
	for i := len(got) - 1; i >= 0; i-- {
		if bytes.Contains(got[i].Data, []byte(text)) {
			return true
		}
	}
	return false
}

func (r *receiver) close() []datagram {
	r.conn.Close()
	<-r.done
	return r.datagrams()
}

// concat joins the payloads without anything between them, as a receiver writes a log file.
// Extended records end without a newline where they were cut; a basic one carries its own.
func concat(got []datagram) []byte {
	var b bytes.Buffer
	for _, d := range got {
		b.Write(d.Data)
	}
	return b.Bytes()
}

// formatDatagrams writes one line per datagram: seconds with six decimals, a space, the payload
// as a Go string literal in ASCII, which keeps every byte.
func formatDatagrams(got []datagram) []byte {
	var b bytes.Buffer
	for _, d := range got {
		fmt.Fprintf(&b, "%.6f %s\n", d.At.Seconds(), strconv.QuoteToASCII(string(d.Data)))
	}
	return b.Bytes()
}

// parseDatagrams reads what formatDatagrams wrote.
func parseDatagrams(text []byte) ([]datagram, error) {
	var got []datagram
	for n, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if line == "" {
			continue
		}
		at, quoted, _ := strings.Cut(line, " ")
		seconds, err := strconv.ParseFloat(at, 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: time: %w", n+1, err)
		}
		data, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("line %d: payload: %w", n+1, err)
		}
		got = append(got, datagram{At: time.Duration(seconds * float64(time.Second)), Data: []byte(data)})
	}
	return got, nil
}

// captureOnly receives on address (127.0.0.1:6666 if empty) until it is interrupted.
func captureOnly(ctx context.Context, file, address string) error {
	if address == "" {
		address = "127.0.0.1:6666"
	}
	if file == "" {
		return errors.New("capture needs -out FILE")
	}
	r, err := listen(address)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "e2e: receiving on %s, interrupt to end\n", r.conn.LocalAddr())
	<-ctx.Done()
	got := r.close()
	fmt.Fprintf(os.Stderr, "e2e: %d datagrams\n", len(got))
	return os.WriteFile(file, formatDatagrams(got), 0o644)
}
