package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/nfoops/nfoops/oops/marker"
)

type bench struct {
	program, dir string
	size         int64
	miss         int
	crashes      [][]byte
}

// cost is what a run took.
type cost struct {
	cpu, wall time.Duration
	memory    int64 // peak, bytes
}

// once runs a command. What it writes goes into a pipe: grep would stop at the first match if it went to /dev/null.
func once(name string, args ...string) (cost, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if filepath.Base(name) == "taskset" {
		cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	}
	cmd.Stdout = struct{ io.Writer }{io.Discard}
	begin := time.Now()
	err := cmd.Run()
	c := cost{wall: time.Since(begin)}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 1) {
		return c, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.memory = u.Maxrss << 10
	}
	return c, nil
}

// best runs a command three times and takes the least of each figure.
func best(name string, args ...string) (cost, error) {
	var c cost
	for i := range 3 {
		d, err := once(name, args...)
		if err != nil {
			return c, err
		}
		if i == 0 {
			c = d
			continue
		}
		c.cpu, c.wall, c.memory = min(c.cpu, d.cpu), min(c.wall, d.wall), max(c.memory, d.memory)
	}
	return c, nil
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) run() error {
	log := b.path("log")
	fmt.Printf("making %d MiB in %s\n", b.size>>20, b.dir)
	const crashes = 200
	at, err := generate(log, plan{b.size, crashes, b.miss}, b.crashes)
	if err != nil {
		return err
	}
	if err := b.correct(log, at); err != nil {
		return err
	}
	for _, part := range []func(string) error{b.tools, b.compressed, b.linear, b.small} {
		fmt.Println()
		if err := part(log); err != nil {
			return err
		}
	}
	return nil
}

// correct compares what is found with what was put in.
func (b *bench) correct(log string, at []crash) error {
	cmd := exec.Command(b.program, "scan", "-q", "-f", "jsonl", "--fail-on", "never", log)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	seen := make([]int, len(at))
	wrong, long := 0, 0
	d := json.NewDecoder(bufio.NewReader(out))
	for {
		var r struct {
			Title string
			Span  struct {
				First int `json:"first_line"`
				Last  int `json:"last_line"`
			}
		}
		if err := d.Decode(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		hit := false
		for i, c := range at {
			if r.Span.First >= c.first && r.Span.First <= c.last {
				seen[i]++
				hit = true
				if r.Span.Last > c.last {
					long++
				}
			}
		}
		if !hit {
			wrong++
			fmt.Printf("false: %q at line %d\n", r.Title, r.Span.First)
		}
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	found, twice := 0, 0
	for _, n := range seen {
		found += min(n, 1)
		twice += max(0, n-1)
	}
	fmt.Printf("crashes: %d of %d found, %d false, %d told twice; %d are told to end in a line behind them\n",
		found, len(at), wrong, twice, long)
	if found < len(at) || wrong+twice+long > 0 {
		return errors.New("what was found is not what was put in: no figure of such a run counts")
	}
	return nil
}

// tools measures the program beside others, all on one core, and on all cores.
func (b *bench) tools(log string) error {
	var literals, quoted []string
	for _, m := range marker.Table {
		if m.Class != marker.Weak {
			literals, quoted = append(literals, m.Text), append(quoted, regexp.QuoteMeta(m.Text))
		}
	}
	list := b.path("markers")
	if err := os.WriteFile(list, []byte(strings.Join(literals, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	const one = "taskset"
	rows := []struct {
		name string
		args []string
	}{
		{"nfoops scan, one core", []string{one, "-c", "0", b.program, "scan", "-q", "--jobs", "1", log}},
		{"nfoops scan", []string{b.program, "scan", "-q", log}},
		{"rg -c, one core", []string{one, "-c", "0", "rg", "-j1", "-c", "-a", "-F", "-f", list, log}},
		{"rg -c", []string{"rg", "-c", "-a", "-F", "-f", list, log}},
		{"grep -cE, one core", []string{one, "-c", "0", "grep", "-a", "-cE", strings.Join(quoted, "|"), log}},
		{"wc -l", []string{"wc", "-l", log}},
	}
	costs := map[string]cost{}
	fmt.Printf("%-26s %9s %9s %10s %9s\n", "over the log", "cpu s", "wall s", "MB/s cpu", "peak MB")
	for _, r := range rows {
		tool := r.args[0]
		if tool == one {
			tool = r.args[3]
		}
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Printf("%-26s is not installed\n", tool)
			continue
		}
		c, err := best(r.args[0], r.args[1:]...)
		if err != nil {
			return err
		}
		costs[r.name] = c
		fmt.Printf("%-26s %9.2f %9.2f %10.0f %9.0f\n", r.name, c.cpu.Seconds(), c.wall.Seconds(),
			float64(b.size)/1e6/c.cpu.Seconds(), float64(c.memory)/1e6)
	}
	ratio := func(what, a, b string, of func(cost) time.Duration) {
		if of(costs[a]) > 0 && of(costs[b]) > 0 {
			fmt.Printf("%-54s %6.2f\n", what, float64(of(costs[a]))/float64(of(costs[b])))
		}
	}
	cpu := func(c cost) time.Duration { return c.cpu }
	wall := func(c cost) time.Duration { return c.wall }
	ratio("throughput on one core, times that of rg (cpu)", "rg -c, one core", "nfoops scan, one core", cpu)
	ratio("throughput on one core, times that of rg (wall)", "rg -c, one core", "nfoops scan, one core", wall)
	ratio("throughput on one core, times that of grep -cE (cpu)", "grep -cE, one core", "nfoops scan, one core", cpu)
	ratio("time on all cores, times that of wc -l (wall)", "nfoops scan", "wc -l", wall)
	ratio("processor time, times that of wc -l", "nfoops scan", "wc -l", cpu)
	return nil
}

// compressed measures packed logs against their decompressors alone.
func (b *bench) compressed(log string) error {
	part := min(b.size, 256<<20)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("%-26s %9s %9s\n", fmt.Sprintf("%d MiB of it packed", part>>20), "cpu s", "wall s")
	for _, format := range []string{"gz", "zst"} {
		packed := b.path("log." + format)
		if err := pack(log, packed, format, part); err != nil {
			return err
		}
		alone, err := best(self, "-discard", packed)
		if err != nil {
			return err
		}
		ours, err := best(b.program, "scan", "-q", packed)
		if err != nil {
			return err
		}
		show := func(name string, c cost) {
			fmt.Printf("%-26s %9.2f %9.2f\n", "."+format+", "+name, c.cpu.Seconds(), c.wall.Seconds())
		}
		show("nfoops scan", ours)
		show("unpacked only", alone)
		tool := map[string]string{"gz": "gzip", "zst": "zstd"}[format]
		if _, err := exec.LookPath(tool); err == nil {
			c, err := best("sh", "-c", tool+" -dc "+packed+" > /dev/null")
			if err != nil {
				return err
			}
			show(tool+" -dc", c)
		}
		fmt.Printf("%-54s %6.2f wall, %.2f cpu\n", "nfoops scan, times the decompressor alone",
			ours.wall.Seconds()/alone.wall.Seconds(), ours.cpu.Seconds()/alone.cpu.Seconds())
		if err := os.Remove(packed); err != nil {
			return err
		}
	}
	return nil
}

func pack(from, to, format string, size int64) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	var z io.WriteCloser = gzip.NewWriter(out)
	if format == "zst" {
		if z, err = zstd.NewWriter(out); err != nil {
			return err
		}
	}
	if _, err := io.CopyN(z, in, size); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return out.Close()
}

// linear shows how the time grows with bytes, and with crashes in as many bytes.
func (b *bench) linear(string) error {
	fmt.Printf("%-38s %9s %9s\n", "growth", "cpu s", "times 1x")
	unit := b.size / 64
	for _, kind := range []string{"bytes", "crashes"} {
		var first float64
		for _, n := range []int64{1, 4, 16} {
			p := plan{size: unit * n, crashes: int(12 * n), miss: b.miss}
			if kind == "crashes" {
				p = plan{size: unit, crashes: int(25 * n), miss: b.miss}
			}
			path := b.path("part")
			if _, err := generate(path, p, b.crashes); err != nil {
				return err
			}
			c, err := best(b.program, "scan", "-q", "--jobs", "1", path)
			if err != nil {
				return err
			}
			if n == 1 {
				first = c.cpu.Seconds()
			}
			fmt.Printf("%-38s %9.3f %9.2f\n", fmt.Sprintf("%2d x %s: %d MiB, %d crashes", n, kind, p.size>>20, p.crashes),
				c.cpu.Seconds(), c.cpu.Seconds()/first)
		}
	}
	c, err := best(b.program, "scan", "-q", os.DevNull)
	if err != nil {
		return err
	}
	fmt.Printf("%-38s %9.3f\n", "start-up, no bytes", c.cpu.Seconds())
	return os.Remove(b.path("part"))
}

// small measures many small files.
func (b *bench) small(string) error {
	const files = 1000
	dir := b.path("small")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i := range files {
		p := plan{size: 16 << 10, crashes: i % 10 / 9, miss: b.miss}
		if _, err := generate(filepath.Join(dir, fmt.Sprintf("%04d.log", i)), p, b.crashes); err != nil {
			return err
		}
	}
	c, err := best(b.program, "scan", "-q", dir)
	if err != nil {
		return err
	}
	fmt.Printf("%d files of 16 KiB, a crash in every tenth: %.0f files/s wall, %.0f a cpu second, %.0f MB peak\n", files,
		files/c.wall.Seconds(), files/c.cpu.Seconds(), float64(c.memory)/1e6)
	return nil
}
