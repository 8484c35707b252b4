// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// errSlow says that a guest did not come to its end in time: a loaded machine, or a guest that hangs.
var errSlow = errors.New("the guest did not end in time")

// With panic=0 the guest spins after the last line of its panic and has to be killed.
const (
	panicked = "Kernel panic - not syncing: "
	ended    = "---[ end Kernel panic"
)

// machine gives the qemu program, its machine options and the console for a kernel flavour.
// Always TCG: /dev/kvm can exist, and even make a VM, where a guest never executes.
func machine(flavour string) (program string, options []string, console string) {
	switch flavour {
	case "arm64":
		return "qemu-system-aarch64", []string{"-machine", "virt,gic-version=3", "-cpu", "cortex-a72"}, "ttyAMA0"
	case "686":
		return "qemu-system-i386", []string{"-cpu", "max"}, "ttyS0"
	}
	// 5-level page tables would make pointers that look like no distribution's in the field.
	return "qemu-system-x86_64", []string{"-cpu", "max,la57=off"}, "ttyS0"
}

// kernelRelease reads the release that was unpacked for a flavour.
func kernelRelease(work, flavour string) (string, error) {
	b, err := os.ReadFile(filepath.Join(work, "sys", flavour, "release"))
	return strings.TrimSpace(string(b)), err
}

// qemuArgs is the whole command line of the guest of c; basic and extended are the ports that
// netconsole sends to, live that of nfoops listen (0 for none), serial is the file that gets the serial console.
func qemuArgs(work string, c scenario, basic, extended, live int, serial string) ([]string, error) {
	release, err := kernelRelease(work, c.Flavour)
	if err != nil {
		return nil, err
	}
	program, options, console := machine(c.Flavour)
	words := []string{"console=" + console, fmt.Sprintf("panic=%d", c.PanicTimeout),
		fmt.Sprintf("basic=%d", basic), fmt.Sprintf("ext=%d", extended)}
	if live != 0 {
		words = append(words, fmt.Sprintf("live=%d", live))
	}
	if c.NoKASLR {
		words = append(words, "nokaslr")
	}
	if c.Story != "" {
		words = append(words, "story="+c.Story, fmt.Sprintf("fixed=%d", btoi(c.Fixed)))
	}
	if c.Crash != "" {
		words = append(words, "crash="+c.Crash)
	}
	words = append(words, c.Append...)
	args := []string{"nice", "-n", "5", program}
	args = append(args, options...)
	args = append(args, "-accel", "tcg", "-m", "256", "-smp", fmt.Sprint(max(c.CPUs, 1)),
		"-display", "none", "-nodefaults", "-no-reboot", "-monitor", "none", "-serial", "file:"+serial,
		"-kernel", filepath.Join(work, "sys", c.Flavour, "kernel", "boot", "vmlinuz-"+release),
		"-initrd", filepath.Join(work, "build", c.Flavour, "initramfs.gz"),
		"-append", strings.Join(words, " "),
		// romfile= keeps the card from asking for a boot ROM that no package here brings.
		"-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0,romfile=")
	return args, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// boot runs the guest of c to its end and leaves in dir: serial.log, netconsole.log (basic),
// netconsole-ext.log (extended), and the datagrams with their times. With nfoops there is a listener besides, whose
// inbox is inbox.db; what it should have in it is checked.
func boot(ctx context.Context, work, dir, nfoops string, c scenario, timeout time.Duration) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	basic, err := listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer basic.close()
	extended, err := listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer extended.close()
	serial := filepath.Join(dir, "serial.log")
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var live *listener
	port := 0
	if nfoops != "" {
		if live, err = startListener(ctx, nfoops, dir); err != nil {
			return err
		}
		port = live.port
	}
	args, err := qemuArgs(work, c, basic.port(), extended.port(), port, serial)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Start(); err != nil {
		return err
	}
	exit := make(chan error, 1)
	go func() { exit <- cmd.Wait() }()
	err = await(exit, cmd, serial)
	time.Sleep(100 * time.Millisecond) // what is still in the socket
	files := map[string][]byte{
		"netconsole.log":           concat(basic.datagrams()),
		"netconsole.datagrams":     formatDatagrams(basic.datagrams()),
		"netconsole-ext.log":       concat(extended.datagrams()),
		"netconsole-ext.datagrams": formatDatagrams(extended.datagrams()),
	}
	for name, data := range files {
		if werr := os.WriteFile(filepath.Join(dir, name), data, 0o644); werr != nil {
			return werr
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w (%s); the last lines of %s:\n%s", errSlow, timeout, serial, tail(serial, 5))
	}
	if errors.Is(err, errSlow) {
		return fmt.Errorf("%w; the last lines of %s:\n%s", err, serial, tail(serial, 5))
	}
	if err != nil {
		return fmt.Errorf("qemu: %w: %s", err, strings.TrimSpace(talk.String()))
	}
	if live == nil {
		return nil
	}
	return live.stop()
}

// await returns when qemu is gone. A guest that has panicked and says no more is killed: most
// print the end mark, then a moment is enough for the line to get through on every way; one that
// died in the middle of its panic is given more time.
func await(exit <-chan error, cmd *exec.Cmd, serial string) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	size, grown := 0, time.Now()
	for {
		select {
		case err := <-exit:
			return err
		case <-tick.C:
			b, err := os.ReadFile(serial)
			if err != nil {
				continue
			}
			if len(b) != size {
				size, grown = len(b), time.Now()
			}
			quiet := time.Since(grown)
			if quiet > silence {
				_ = cmd.Process.Kill()
				<-exit
				return fmt.Errorf("%w: not a word for %s", errSlow, silence)
			}
			if quiet < time.Second || !bytes.Contains(b, []byte(ended)) &&
				(quiet < 15*time.Second || !bytes.Contains(b, []byte(panicked))) {
				continue
			}
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return err
			}
			<-exit // killed: its status says nothing
			return nil
		}
	}
}

// silence is how long a guest may say nothing on its serial console; even on a machine with five
// times the load it takes can a boot is never quiet for so long.
const silence = 90 * time.Second

// tail returns the last n lines of a file, for messages.
func tail(file string, n int) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(b), "\r\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
