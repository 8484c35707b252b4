// Copyright The nfoops authors.
// SPDX-License-Identifier: Apache-2.0

// Command bench times a call trace of 20 frames, half of them in modules, from a cold process: this project's package
// and program, addr2line, eu-addr2line, llvm-symbolizer, and decode_stacktrace.sh if DECODE_STACKTRACE names it; then how
// long a System.map of 200,000 lines takes beside wc -l. DIR is an unpacked debug package, NFOOPS the program.
//
//	bench DIR            print the tables
//	bench -resolve DIR   resolve the trace once (what the table times)
//	bench -plan DIR      print the trace with addresses: the process that measures must stay small, as a child counts
//	                     the memory of its parent as its own
//	bench -load MAP      load a System.map once (what the table times)
//	bench -nothing DIR   do nothing
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
	planOnly := flag.Bool("plan", false, "print the trace with addresses")
	loadOnly := flag.Bool("load", false, "load a System.map")
	nothing := flag.Bool("nothing", false, "do nothing")
	runs := flag.Int("runs", 5, "take the best of this many runs")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-resolve|-plan|-load|-nothing] DIR")
		os.Exit(2)
	}
	switch {
	case *nothing:
		return
	case *planOnly:
		plan(flag.Arg(0))
		return
	case *loadOnly:
		f, err := os.Open(flag.Arg(0))
		check(err)
		_, err = symbols.Load(f.Name(), f)
		check(err)
		return
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
	out, err := exec.Command(self, "-plan", dir).Output()
	check(err)
	byFile := map[string][]string{}
	var files, frames []string
	for line := range strings.Lines(string(out)) {
		file, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		addr, frame, _ := strings.Cut(rest, " ")
		if byFile[file] == nil {
			files = append(files, file)
		}
		byFile[file] = append(byFile[file], addr)
		frames = append(frames, frame)
	}
	slices.Sort(files)
	peer := func(tool string) []func() *exec.Cmd {
		var out []func() *exec.Cmd
		for _, f := range files {
			args := []string{"-f", "-i", "-e", f}
			if f != vmlinux && tool != "llvm-symbolizer" {
				args = append(args, "-j", ".text")
			}
			out = append(out, func() *exec.Cmd { return exec.Command(tool, append(args, byFile[f]...)...) })
		}
		return out
	}
	t := table{}
	fmt.Printf("%-40s %9s %9s %10s\n", "20 frames, 10 of them in 4 modules", "wall", "cpu", "memory")
	ours := func(cache string) func() *exec.Cmd {
		return command([]string{"BENCH_CACHE=" + cache}, self, "-resolve", dir)
	}
	tmp, err := os.MkdirTemp("", "bench")
	check(err)
	defer os.RemoveAll(tmp)
	t.row("nothing", measure(runs, command(nil, self, "-nothing", dir)))
	t.row("package symbols, no cache", measure(runs, ours("")))
	measure(1, ours(tmp))
	t.row("package symbols, with cache", measure(runs, ours(tmp)))
	oops := filepath.Join(tmp, "oops.txt")
	check(os.WriteFile(oops, []byte(log(frames, true)), 0o600))
	if nfoops := os.Getenv("NFOOPS"); nfoops != "" {
		given := []string{"analyze", oops, "--vmlinux", vmlinux, "--modules", modules[0], "-o", os.DevNull}
		t.row("nfoops, no symbols", measure(runs, command(nil, nfoops, "analyze", oops, "-o", os.DevNull)))
		t.row("nfoops --vmlinux --modules, no cache", measure(runs, command([]string{"XDG_CACHE_HOME=/dev/null"}, nfoops,
			given...)))
		measure(1, command([]string{"XDG_CACHE_HOME=" + tmp}, nfoops, given...))
		t.row("nfoops --vmlinux --modules, with cache", measure(runs, command([]string{"XDG_CACHE_HOME=" + tmp}, nfoops,
			given...)))
	}
	for _, tool := range []string{"eu-addr2line", "addr2line", "llvm-symbolizer"} {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Printf("%-40s not here\n", tool)
			continue
		}
		t.row(tool, measure(runs, peer(tool)...))
	}
	if script := os.Getenv("DECODE_STACKTRACE"); script != "" {
		t.row("decode_stacktrace.sh", measure(1, func() *exec.Cmd {
			cmd := exec.Command("bash", script, vmlinux, "auto", modules[0])
			cmd.Stdin = strings.NewReader(log(frames, false))
			return cmd
		}))
	}
	t.ratios()
	loading(self, tmp, dir, runs)
}

// command makes a command that can be run again and again.
func command(env []string, name string, args ...string) func() *exec.Cmd {
	return func() *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), env...)
		return cmd
	}
}

// table keeps the rows.
type table map[string]cost

func (t table) row(name string, c cost) {
	const ms = time.Millisecond
	t[name] = c
	fmt.Printf("%-40s %9v %9v %7d MB\n", name, c.wall.Round(ms), c.cpu.Round(ms), c.memory>>10)
}

// ratios prints what the rows come to. CPU time counts: a busy machine stretches the wall's.
func (t table) ratios() {
	cold, nothing := t["package symbols, no cache"], t["nothing"]
	for _, tool := range []string{"eu-addr2line", "addr2line", "llvm-symbolizer", "decode_stacktrace.sh"} {
		if c, there := t[tool]; there {
			fmt.Printf("package symbols takes 1/%.1f of the cpu time of %s, 1/%.1f of the wall's\n",
				float64(c.cpu)/float64(cold.cpu), tool, float64(c.wall)/float64(cold.wall))
		}
	}
	fmt.Printf("memory beyond a Go program that does nothing: %d MB\n", (cold.memory-nothing.memory)>>10)
	if with, there := t["nfoops --vmlinux --modules, with cache"]; there {
		fmt.Printf("nfoops with symbols and cache: %v of cpu time more than without symbols\n",
			(with.cpu - t["nfoops, no symbols"].cpu).Round(time.Millisecond))
	}
}

// loading compares a System.map of 200,000 lines with wc -l of the same.
func loading(self, tmp, dir string, runs int) {
	const lines = 200_000
	maps, err := filepath.Glob(filepath.Join(dir, "usr/lib/debug/boot/System.map-*"))
	check(err)
	if len(maps) == 0 {
		fmt.Println("no System.map in the package")
		return
	}
	name := filepath.Join(tmp, "System.map")
	check(command(nil, "sh", "-c", fmt.Sprintf("cat '%s' '%[1]s' | head -n %d >'%s'", maps[0], lines, name))().Run())
	runs *= 4 // they are short
	start, startGo := measure(runs, command(nil, "true")), measure(runs, command(nil, self, "-nothing", dir))
	wc, load := measure(runs, command(nil, "wc", "-l", name)), measure(runs, command(nil, self, "-load", name))
	fmt.Printf("a System.map of %d lines: wc -l %v, symbols.Load %v of wall time, without what starting takes: %.1f times\n",
		lines, (wc.wall - start.wall).Round(10*time.Microsecond), (load.wall - startGo.wall).Round(10*time.Microsecond),
		float64(load.wall-startGo.wall)/float64(wc.wall-start.wall))
}

// plan prints a row for each frame: the file, the address in it, the frame as a log has it.
func plan(dir string) {
	vmlinux, modules := places(dir)
	for _, q := range trace {
		file := vmlinux
		var base uint64
		a := resolve(dir, q)[0]
		frame := fmt.Sprintf("%s+%#x/%#x", q.Name, q.Offset, a.Symbol.Size)
		if q.Module != "" {
			file = moduleFile(modules[0], q.Module)
			m, err := kernel.Module(context.Background(), q.Module, "")
			check(err)
			base = m.Base() // addr2line takes offsets in .text
			frame += " [" + q.Module + "]"
		}
		fmt.Printf("%s %#x %s\n", file, a.Addr-base-1, frame)
	}
}

// log is the trace as decode_stacktrace.sh takes it; whole puts an oops around it.
func log(frames []string, whole bool) string {
	trace := " " + strings.Join(frames, "\n ") + "\n"
	if !whole {
		return trace
	}
	return "BUG: kernel NULL pointer dereference, address: 0000000000000050\nOops: 0000 [#1] SMP\n" +
		"CPU: 1 PID: 42 Comm: nc Not tainted 6.1.0-56-amd64 #1\nCall Trace:\n <TASK>\n" + trace +
		" </TASK>\n---[ end trace 0000000000000000 ]---\n"
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
