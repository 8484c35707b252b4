// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

// Command bench times a call trace of 20 frames, half of them in modules, from a cold process: this project, addr2line,
// eu-addr2line, and decode_stacktrace.sh if DECODE_STACKTRACE names it. DIR is an unpacked debug package.
//
//	bench DIR            print the table
//	bench -resolve DIR   resolve the trace once (what the table times)
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nfoops/nfoops/symbols"
)

// trace is what a log could have.
var trace = []symbols.Query{
	{Name: "nf_hook_slow", Offset: 0x43}, {Name: "ip_local_deliver", Offset: 0xdd}, {Name: "ip_rcv", Offset: 0x4f},
	{Name: "__netif_receive_skb_one_core", Offset: 0x8a}, {Name: "process_backlog", Offset: 0x88},
	{Name: "__napi_poll", Offset: 0x2a}, {Name: "net_rx_action", Offset: 0x152}, {Name: "tcp_v4_rcv", Offset: 0x3a1},
	{Name: "ip_finish_output2", Offset: 0x1b5}, {Name: "__local_bh_enable_ip", Offset: 0x6a},
	{Name: "nf_conntrack_in", Offset: 0x1a3, Module: "nf_conntrack"},
	{Name: "nf_ct_delete", Offset: 0x4a, Module: "nf_conntrack"},
	{Name: "nf_conntrack_tcp_packet", Offset: 0x241, Module: "nf_conntrack"},
	{Name: "__nf_conntrack_confirm", Offset: 0x2f0, Module: "nf_conntrack"},
	{Name: "nft_do_chain", Offset: 0x1f1, Module: "nf_tables"},
	{Name: "nf_tables_newrule", Offset: 0x3b4, Module: "nf_tables"},
	{Name: "ipt_do_table", Offset: 0x2a1, Module: "ip_tables"},
	{Name: "xt_check_match", Offset: 0x5a, Module: "x_tables"},
	{Name: "nf_nat_inet_fn", Offset: 0x10c, Module: "nf_nat"},
	{Name: "nf_nat_setup_info", Offset: 0x1c4, Module: "nf_nat"},
}

func main() {
	resolveOnly := flag.Bool("resolve", false, "resolve the trace and print it")
	runs := flag.Int("runs", 5, "take the best of this many runs")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-resolve] DIR")
		os.Exit(2)
	}
	dir := flag.Arg(0)
	if *resolveOnly {
		for _, q := range trace {
			q.Return = true
			as := resolve(dir, q)
			for _, a := range as {
				for _, l := range a.Lines {
					fmt.Printf("%s+%#x %s %s:%d\n", q.Name, q.Offset, l.Function, l.File, l.Line)
				}
			}
		}
		check(kernel.Close())
		return
	}
	compare(dir, *runs)
}

var kernel *symbols.Kernel

func resolve(dir string, q symbols.Query) []symbols.Answer {
	if kernel == nil {
		vmlinux, modules := places(dir)
		var err error
		kernel, err = symbols.OpenKernel(context.Background(), symbols.Sources{Vmlinux: vmlinux, Modules: modules,
			CacheDir: os.Getenv("BENCH_CACHE")})
		check(err)
	}
	as, reason, err := kernel.Resolve(context.Background(), q)
	check(err)
	if reason != "" {
		check(fmt.Errorf("%s is %s", q.Name, reason))
	}
	return as
}

func places(dir string) (vmlinux string, modules []string) {
	for _, pattern := range []string{"usr/lib/debug/boot/vmlinux-*", "usr/lib/debug/lib/modules/*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		check(err)
		if len(found) == 0 {
			check(fmt.Errorf("no %s in %s", pattern, dir))
		}
		if vmlinux == "" {
			vmlinux = found[0]
		} else {
			modules = found
		}
	}
	return vmlinux, modules
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// cost is the best time and the largest memory of some runs.
type cost struct {
	wall, cpu time.Duration
	memory    int64 // KiB
}

// measure runs commands one after the other, several times.
func measure(runs int, commands ...func() *exec.Cmd) cost {
	best := cost{wall: time.Hour}
	for range runs {
		var c cost
		start := time.Now()
		for _, f := range commands {
			cmd := f()
			var out bytes.Buffer
			cmd.Stderr = &out
			if err := cmd.Run(); err != nil {
				check(fmt.Errorf("%s: %w: %s", cmd.Path, err, out.String()))
			}
			c.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
				c.memory = max(c.memory, u.Maxrss)
			}
		}
		c.wall = time.Since(start)
		if c.wall < best.wall {
			best.wall, best.cpu = c.wall, c.cpu
		}
		best.memory = max(best.memory, c.memory)
	}
	return best
}

func compare(dir string, runs int) {
	vmlinux, modules := places(dir)
	self, err := os.Executable()
	check(err)
	// Addresses for the peers: addr2line takes offsets in .text for a module.
	byFile := map[string][]string{vmlinux: nil}
	for _, q := range trace {
		file := vmlinux
		var base uint64
		if q.Module != "" {
			file = moduleFile(modules[0], q.Module)
		}
		a := resolve(dir, q)[0]
		if q.Module != "" {
			m, err := kernel.Module(context.Background(), q.Module, "")
			check(err)
			base = m.Base()
		}
		byFile[file] = append(byFile[file], fmt.Sprintf("%#x", a.Addr-base-1))
	}
	files := make([]string, 0, len(byFile))
	for f := range byFile {
		files = append(files, f)
	}
	slices.Sort(files)
	peer := func(tool string) []func() *exec.Cmd {
		var out []func() *exec.Cmd
		for _, f := range files {
			args := []string{"-f", "-i", "-e", f}
			if f != vmlinux {
				args = append(args, "-j", ".text")
			}
			out = append(out, func() *exec.Cmd { return exec.Command(tool, append(args, byFile[f]...)...) })
		}
		return out
	}
	fmt.Printf("%-34s %9s %9s %10s\n", "20 frames, 10 in 4 modules", "wall", "cpu", "memory")
	row := func(name string, c cost) {
		const ms = time.Millisecond
		fmt.Printf("%-34s %9v %9v %7d MB\n", name, c.wall.Round(ms), c.cpu.Round(ms), c.memory>>10)
	}
	ours := func(cache string) func() *exec.Cmd {
		return func() *exec.Cmd {
			cmd := exec.Command(self, "-resolve", dir)
			cmd.Env = append(os.Environ(), "BENCH_CACHE="+cache)
			return cmd
		}
	}
	row("/bin/true", measure(runs, func() *exec.Cmd { return exec.Command("true") }))
	row("symbols, no cache", measure(runs, ours("")))
	tmp, err := os.MkdirTemp("", "bench")
	check(err)
	defer os.RemoveAll(tmp)
	measure(1, ours(tmp))
	row("symbols, with cache", measure(runs, ours(tmp)))
	for _, tool := range []string{"eu-addr2line", "addr2line"} {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Printf("%-34s not here\n", tool)
			continue
		}
		row(fmt.Sprintf("%s, %d processes", tool, len(files)), measure(runs, peer(tool)...))
	}
	if script := os.Getenv("DECODE_STACKTRACE"); script != "" {
		row("decode_stacktrace.sh", measure(1, func() *exec.Cmd {
			cmd := exec.Command("bash", script, vmlinux, "auto", modules[0])
			cmd.Stdin = strings.NewReader(log())
			return cmd
		}))
	}
}

// log is the trace as decode_stacktrace.sh takes it.
func log() string {
	var b strings.Builder
	for _, q := range trace {
		a := resolve(flag.Arg(0), q)[0]
		fmt.Fprintf(&b, " %s+%#x/%#x", q.Name, q.Offset, a.Symbol.Size)
		if q.Module != "" {
			fmt.Fprintf(&b, " [%s]", q.Module)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func moduleFile(dir, name string) (out string) {
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
		if strings.HasSuffix(path, ".ko") && symbols.ModuleName(path) == name {
			out = path
		}
		return nil
	})
	return out
}
