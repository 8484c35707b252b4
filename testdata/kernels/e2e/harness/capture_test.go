// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"
)

func TestReceiverKeepsEveryDatagram(t *testing.T) {
	r, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("udp4", r.conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent := []string{"[    0.1] first\n", "", "\x00\xff no text", "last\n"}
	for _, s := range sent {
		if _, err := conn.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); !r.contains("last") && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	got := r.close()
	if len(got) != len(sent) {
		t.Fatalf("%d datagrams, sent %d", len(got), len(sent))
	}
	for i, d := range got {
		if string(d.Data) != sent[i] {
			t.Errorf("datagram %d is %q, sent %q", i, d.Data, sent[i])
		}
		if i > 0 && d.At < got[i-1].At {
			t.Errorf("datagram %d is older than the one before", i)
		}
	}
	if want := strings.Join(sent, ""); string(concat(got)) != want {
		t.Errorf("joined %q, want %q", concat(got), want)
	}
}

func TestDatagramsRoundTrip(t *testing.T) {
	want := []datagram{
		{At: 1500 * time.Microsecond, Data: []byte("6,1,2,-;text with \"quotes\" and \\\n")},
		{At: 2 * time.Second, Data: []byte{0, 0xff, 0xc3, 0x28, '\n'}},
		{At: 3 * time.Second, Data: nil},
	}
	got, err := parseDatagrams(formatDatagrams(want))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d datagrams, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].At.Round(time.Microsecond) != want[i].At || !bytes.Equal(got[i].Data, want[i].Data) {
			t.Errorf("datagram %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func FuzzParseDatagrams(f *testing.F) {
	f.Add([]byte("0.000001 \"a\\n\"\n"))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseDatagrams(text)
		if err != nil {
			return
		}
		again, err := parseDatagrams(formatDatagrams(got))
		if err != nil || !bytes.Equal(concat(again), concat(got)) {
			t.Errorf("%q does not come back: %v", text, err)
		}
	})
}
