// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A listener is "nfoops listen", to which a guest speaks by a netconsole target of its own.
type listener struct {
	nfoops string
	inbox  string
	port   int
	cmd    *exec.Cmd
	talk   bytes.Buffer // what it printed on standard output: a line a crash
}

// startListener starts the receiver; its inbox and its files of hosts are in dir.
func startListener(ctx context.Context, nfoops, dir string) (*listener, error) {
	l := &listener{nfoops: nfoops, inbox: filepath.Join(dir, "inbox.db")}
	l.cmd = exec.CommandContext(ctx, nfoops, "listen", "127.0.0.1:0", "--inbox", l.inbox, "--dir", filepath.Join(dir, "hosts"))
	l.cmd.Stdout = &l.talk
	said, err := l.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(said)
	for l.port == 0 && lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "nfoops: listening on "); ok {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			if l.port, err = strconv.Atoi(port); err != nil {
				return nil, err
			}
		}
	}
	if l.port == 0 {
		return nil, fmt.Errorf("nfoops listen did not start: %w", l.cmd.Wait())
	}
	go func() {
		for lines.Scan() {
			fmt.Fprintln(os.Stderr, lines.Text())
		}
	}()
	return l, nil
}

// stop ends it as systemd would.
func (l *listener) stop() error {
	if err := l.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := l.cmd.Wait(); err != nil {
		return fmt.Errorf("nfoops listen: %w", err)
	}
	return nil
}

// A group is what "nfoops inbox list" tells of one bug.
type group struct {
	Title, Verdict, Entry string
	Count                 int
	Kernels               []struct{ Name string }
}

// groups lists the inbox. Status 1 says that it is empty.
func (l *listener) groups(ctx context.Context) ([]group, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, l.nfoops, "inbox", "list", "--inbox", l.inbox, "-f", "json").Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("nfoops inbox list: %w", err)
	}
	var list []group
	return list, json.Unmarshal(out, &list)
}

// inInbox holds the inbox to what happened: the crash stands in it with its verdict, or nothing does.
func inInbox(list []group, c scenario) error {
	switch {
	case c.Fixed && len(list) == 0:
		return nil
	case c.Fixed:
		return fmt.Errorf("nothing crashed, but the inbox has %+v", list)
	case len(list) == 0:
		return errors.New("the crash is not in the inbox")
	case c.Story == "":
		return nil
	}
	g := list[0]
	if len(list) != 1 || g.Count != 1 || g.Entry != storyEntry || g.Verdict != "known" && g.Verdict != "likely" {
		return fmt.Errorf("the inbox should have one crash of %s, but has %+v", storyEntry, list)
	}
	return nil
}
